package probe

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"sync"

	"omaspec/schemas/leak"
)

// TokenField is the request field that carries the token (Table 1, row 1).
const TokenField = "X-Auth-Token"

// Role says what a credential is to the target.
type Role string

// The roles. Canary and Canary2 are made by the harness for each run.
const (
	Valid           Role = "valid"
	SecondTenant    Role = "second-tenant"
	Expired         Role = "expired"
	Revoked         Role = "revoked"
	NotPurchased    Role = "not-purchased"
	UpstreamFailure Role = "upstream-failure"
	Foreign         Role = "foreign"
	Canary          Role = "canary"
	Canary2         Role = "canary2"
)

// A RoleInfo describes a role that somebody can supply a token for.
type RoleInfo struct {
	Role     Role
	Variable string // the environment variable that supplies it
	Words    string // whose token it is
}

// Roles lists the roles that can be supplied, in the order of reports.
var Roles = []RoleInfo{
	{Valid, "OMASPEC_TOKEN", "a valid token"},
	{SecondTenant, "OMASPEC_TOKEN_SECOND_TENANT", "a valid token of a second customer"},
	{Expired, "OMASPEC_TOKEN_EXPIRED", "a token that has expired"},
	{Revoked, "OMASPEC_TOKEN_REVOKED", "a token that was revoked or logged out"},
	{NotPurchased, "OMASPEC_TOKEN_NOT_PURCHASED", "a valid token of a customer who has not purchased the AICC"},
	{UpstreamFailure, "OMASPEC_TOKEN_UPSTREAM_FAILURE", "a token for which the target's back end fails"},
	{Foreign, "OMASPEC_TOKEN_FOREIGN", "a token of another kind or of another environment"},
}

// Info finds a role in Roles.
func (r Role) Info() (RoleInfo, bool) {
	i := slices.IndexFunc(Roles, func(info RoleInfo) bool { return info.Role == r })
	if i < 0 {
		return RoleInfo{}, false
	}
	return Roles[i], true
}

// Placeholder is the symbolic text of the role's credential: "{token:valid}".
func (r Role) Placeholder() string { return "{token:" + string(r) + "}" }

// Secret holds a value that no formatter may show: fmt, log/slog, encoding/json
// and Gomega all print "[redacted]". The value is kept in a closure, because
// formatters that walk unexported fields would find it in a string.
type Secret struct{ value func() string }

// NewSecret hides value.
func NewSecret(value string) Secret { return Secret{func() string { return value }} }

// reveal returns the value; the zero Secret holds "".
func (s Secret) reveal() string {
	if s.value == nil {
		return ""
	}
	return s.value()
}

const redacted = "[redacted]"

// String returns "[redacted]".
func (Secret) String() string { return redacted }

// GoString returns "[redacted]", for %#v.
func (Secret) GoString() string { return redacted }

// Format prints "[redacted]" for every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText returns "[redacted]", for encoders.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// GomegaString returns "[redacted]".
func (Secret) GomegaString() string { return redacted }

// maxToken bounds the length of a token in bytes.
const maxToken = 16 << 10

// Wallet holds the credentials of a run: the tokens that were supplied and the
// two canaries. It is safe for concurrent use, and prints as its roles.
type Wallet struct {
	tokens   map[Role]Secret
	gateways map[Gateway]Secret
	renewals int // how often the valid token was replaced
	// nonce makes the texts of {unique:NAME}. It is no secret: a target may repeat
	// the URL that it was asked for.
	nonce string

	mu sync.Mutex
	// used holds what every placeholder that was expanded so far became.
	used map[string]Secret
	// hidden holds what the placeholders of hidden fields stand for.
	hidden map[string]Secret
}

// NewWallet checks the supplied tokens and makes the canaries. A valid token is
// required, no two tokens may be equal, and every token must be able to stand in
// a field value (RFC 9110 5.5) of at most 16 KiB. Errors name the role and the
// problem, never the value. random is the source of the canaries; nil means
// crypto/rand.
func NewWallet(tokens map[Role]Secret, random io.Reader) (*Wallet, error) {
	if _, ok := tokens[Valid]; !ok {
		return nil, errors.New("no valid token was supplied: set OMASPEC_TOKEN")
	}
	w := &Wallet{tokens: map[Role]Secret{}, gateways: map[Gateway]Secret{}, used: map[string]Secret{}, hidden: map[string]Secret{}}
	for _, role := range slices.Sorted(maps.Keys(tokens)) {
		if _, ok := role.Info(); !ok {
			return nil, fmt.Errorf("there is no role %q to supply a token for", role)
		}
		if err := checkToken(tokens[role].reveal()); err != nil {
			return nil, fmt.Errorf("the token for the role %q %w", role, err)
		}
		if err := w.add(role, tokens[role]); err != nil {
			return nil, err
		}
	}
	if random == nil {
		random = rand.Reader
	}
	var nonce [8]byte
	if _, err := io.ReadFull(random, nonce[:]); err != nil {
		return nil, fmt.Errorf("no randomness for unique texts: %w", err)
	}
	w.nonce = hex.EncodeToString(nonce[:])
	for _, role := range []Role{Canary, Canary2} {
		canary, err := newCanary(tokens[Valid].reveal(), random)
		if err != nil {
			return nil, err
		}
		if err := w.add(role, canary); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// add puts a token in the wallet unless another role has the same one: a probe
// that expects a refusal would then be told to use a token that must work.
func (w *Wallet) add(role Role, token Secret) error {
	for other, held := range w.tokens {
		if held.reveal() == token.reveal() {
			return fmt.Errorf("the roles %q and %q have the same token", min(other, role), max(other, role))
		}
	}
	w.tokens[role] = token
	w.used[role.Placeholder()] = token
	return nil
}

// checkToken tells whether a token can be sent as it is.
func checkToken(token string) error {
	switch {
	case token == "":
		return errors.New("is empty")
	case len(token) > maxToken:
		return fmt.Errorf("is longer than %d bytes", maxToken)
	case strings.Trim(token, " \t") != token:
		return errors.New("begins or ends with white space, which a field value cannot carry")
	case hasControl(token):
		return errors.New("holds a control character (a line end, perhaps)")
	}
	return nil
}

// hasControl tells whether s holds a byte that a field value must not hold
// (RFC 9110 5.5).
func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// minCanary is the least length of a canary in bytes. A shorter one could stand
// in an answer by chance, and be taken for an echo.
const minCanary = 16

// newCanary returns a random token that looks like token: digits for digits,
// letters for letters of the same case, hexadecimal where token is, anything
// else as it stands, so that a check of the form alone would let it pass.
func newCanary(token string, random io.Reader) (Secret, error) {
	var seed [32]byte
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return Secret{}, fmt.Errorf("no randomness for the canary token: %w", err)
	}
	source := mathrand.New(mathrand.NewChaCha8(seed))
	model := token
	if !strings.ContainsFunc(model, isAlphanumeric) {
		model = "a"
	}
	length := max(minCanary, len(token))
	for len(model) < length {
		model += model
	}
	model = model[:length]
	letters := 26
	if isHex(token) {
		letters = 6
	}
	canary := []byte(model)
	for i, c := range canary {
		switch {
		case '0' <= c && c <= '9':
			canary[i] = '0' + byte(source.IntN(10))
		case 'a' <= c && c <= 'z':
			canary[i] = 'a' + byte(source.IntN(letters))
		case 'A' <= c && c <= 'Z':
			canary[i] = 'A' + byte(source.IntN(letters))
		}
	}
	return NewSecret(string(canary)), nil
}

// Has tells whether the wallet holds a credential of the role.
func (w *Wallet) Has(role Role) bool {
	_, ok := w.tokens[role]
	return ok
}

// Held lists the supplied roles that the wallet holds, in the order of Roles.
func (w *Wallet) Held() []Role {
	var held []Role
	for _, info := range Roles {
		if w.Has(info.Role) {
			held = append(held, info.Role)
		}
	}
	return held
}

// A MissingError says that a placeholder names a role that has no token.
type MissingError struct{ Role Role }

func (e *MissingError) Error() string {
	info, _ := e.Role.Info()
	return fmt.Sprintf("it needs %s", info.Words)
}

// An InapplicableError says that a placeholder cannot have a value in this run,
// for example because the token is too short for its form.
type InapplicableError struct{ Reason string }

func (e *InapplicableError) Error() string { return e.Reason }

// value is what one placeholder stands for. It returns a *MissingError for a role
// without a token, an *InapplicableError for a form that the token does not allow,
// and another error for a placeholder that is not in the language.
func (w *Wallet) value(p placeholder) (string, error) {
	if literal, ok := literalSources[p.source]; ok {
		return literal(p.arg)
	}
	switch p.source {
	case "header":
		return w.header(p)
	case "unique":
		return p.arg + "-" + w.nonce, nil
	}
	credential, err := w.credential(p)
	if err != nil {
		return "", err
	}
	value := credential.reveal()
	for _, name := range p.forms {
		f, ok := tokenForms[name]
		if !ok {
			return "", fmt.Errorf("%s names no form", p.text)
		}
		made, err := f.apply(value)
		if err == nil && made == value && !f.carries {
			err = errUnchanged
		}
		if err != nil {
			return "", &InapplicableError{fmt.Sprintf("the token %s: %s", f.words, err)}
		}
		value = made
	}
	w.remember(p.text, value)
	return value, nil
}

// credential is what a placeholder stands for before its forms.
func (w *Wallet) credential(p placeholder) (Secret, error) {
	switch p.source {
	case "token":
		token, ok := w.tokens[Role(p.arg)]
		if ok {
			return token, nil
		}
		if _, known := Role(p.arg).Info(); known {
			return Secret{}, &MissingError{Role(p.arg)}
		}
		return Secret{}, fmt.Errorf("%s names no role", p.text)
	case "gateway":
		credential, ok := w.gateways[Gateway(p.arg)]
		if ok {
			return credential, nil
		}
	}
	return Secret{}, fmt.Errorf("%s has no value here", p.text)
}

// header is the value of a field that the configuration adds.
func (w *Wallet) header(p placeholder) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	value, ok := w.used[p.text]
	if !ok {
		value, ok = w.hidden[p.text]
	}
	if !ok {
		return "", fmt.Errorf("%s names no configured field", p.text)
	}
	return value.reveal(), nil
}

// configure takes up a field that the configuration adds.
func (w *Wallet) configure(h HeaderField) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch h.Secrecy {
	case SecretField:
		w.used[h.placeholder()] = h.Value
	case HiddenField:
		w.hidden[h.placeholder()] = h.Value
	}
}

// remember keeps the value of a placeholder for Secrets.
func (w *Wallet) remember(text, value string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.used[text] = NewSecret(value)
}

// Secrets returns the real value of every placeholder: of all roles that the
// wallet holds, and of every derived value and secret configured field that was
// used so far. Where several placeholders stand for one value, the shortest is
// given. It is for the redactor and for the detection of echoes, which cannot find
// a value that they do not know; nobody else may ask for it.
func (w *Wallet) Secrets() leak.Secrets {
	w.mu.Lock()
	defer w.mu.Unlock()
	texts := slices.SortedFunc(maps.Keys(w.used), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
	seen := map[string]bool{}
	out := make(leak.Secrets, len(texts))
	for _, text := range texts {
		if value := w.used[text].reveal(); !seen[value] && !fragment(text, value) {
			seen[value] = true
			out[text] = value
		}
	}
	return out
}

// fragment tells whether a placeholder stands for a piece of a token that is so
// short that another token, an id or a date may begin alike: it gives nobody away.
func fragment(placeholder, value string) bool {
	return strings.Contains(placeholder, "|") && len(value) < minCanary
}

// Given returns the secrets that somebody supplied, by placeholder: the tokens of
// all roles, the credentials of gateways, and the values of configured fields that are
// secret. It is for the
// last look at the reports; nobody else may ask for it.
func (w *Wallet) Given() leak.Secrets {
	w.mu.Lock()
	defer w.mu.Unlock()
	given := leak.Secrets{}
	for _, role := range w.Held() {
		given[role.Placeholder()] = w.tokens[role].reveal()
	}
	for text, value := range w.used {
		old := strings.HasPrefix(text, "{token:"+string(Valid)+earlier) && !strings.Contains(text, "|")
		if old || strings.HasPrefix(text, "{header:") || strings.HasPrefix(text, "{gateway:") {
			given[text] = value.reveal()
		}
	}
	return given
}

// Holds tells which token or other credential, or the beginning of which, stands in
// text, in any encoding that leaks are found in: "the token of the role "valid"".
func (w *Wallet) Holds(text string) (what string, held bool) {
	secrets, words := leak.Secrets{}, map[string]string{}
	for _, role := range w.Held() {
		secrets[role.Placeholder()], words[role.Placeholder()] = w.tokens[role].reveal(), fmt.Sprintf("the token of the role %q", role)
	}
	for g, credential := range w.gateways {
		info, _ := g.info()
		secrets[g.Placeholder()], words[g.Placeholder()] = credential.reveal(), "the credential of "+info.Variable
	}
	for _, h := range leak.New(leak.Config{Secrets: secrets}).Scan(text) {
		if words[h.Name] != "" && h.Kind == leak.Token {
			return words[h.Name], true
		}
	}
	return "", false
}

// String names the roles that the wallet holds.
func (w *Wallet) String() string { return fmt.Sprintf("wallet of %v", w.Held()) }

// GoString returns what String returns, for %#v.
func (w *Wallet) GoString() string { return w.String() }
