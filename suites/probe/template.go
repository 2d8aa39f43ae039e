package probe

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"omaspec/schemas/lazy"
)

// The placeholder language. Symbolic text is printable ASCII (with CR LF between
// the lines of raw requests) in which these placeholders may stand:
//
//	{token:ROLE}         the credential of a role ("valid", "canary", ...)
//	{gateway:NAME}       a credential for a gateway in front ("basic", "cookie")
//	{header:NAME}        the value of a field that the configuration adds
//	{repeat:TEXT:N}      TEXT, N times
//	{bytes:HEX}          exactly these bytes
//	{sample:NAME}        a token that somebody published: see samples
//	{etag:V01}           the entity tag of the answer to V01
//	{cookie:V01}         the cookies that the answer to V01 set
//	{next-vdn:V01}       the VDN in the answer to V01, plus one
//	{unique:NAME}        a text that no other run sends, and that is no credential
//	{path} {host} {origin}  of the target
//
// Forms may follow, each after a bar, and are applied from left to right:
// "{token:valid|reversed|base64}", "{path|upper}". Anything else in braces is
// itself: "{}" and "{{7*7}}" are ordinary text.
var placeholderPattern = lazy.Regexp(
	`\{(token|gateway|unique|header|repeat|bytes|sample|etag|cookie|next-vdn|path|host|origin)(?::([^{}|]*))?((?:\|[0-9A-Za-z-]+)*)\}`)

// placeholder is one parsed occurrence.
type placeholder struct {
	text   string // as written, with its braces
	source string // "token"
	arg    string // "valid"
	forms  []string
}

// substitute replaces every placeholder of symbolic by what resolve says, in one
// pass: a value that looks like a placeholder is not looked at again. The first
// error ends it.
func substitute(symbolic string, resolve func(placeholder) (string, error)) (string, error) {
	var out strings.Builder
	rest := 0
	for _, at := range placeholderPattern().FindAllStringSubmatchIndex(symbolic, -1) {
		value, err := resolve(parsePlaceholder(symbolic, at))
		if err != nil {
			return "", err
		}
		out.WriteString(symbolic[rest:at[0]])
		out.WriteString(value)
		rest = at[1]
	}
	out.WriteString(symbolic[rest:])
	return out.String(), nil
}

// placeholders returns every placeholder of symbolic, in order.
func placeholders(symbolic string) []placeholder {
	var out []placeholder
	for _, at := range placeholderPattern().FindAllStringSubmatchIndex(symbolic, -1) {
		out = append(out, parsePlaceholder(symbolic, at))
	}
	return out
}

// parsePlaceholder reads one match of placeholderPattern in s.
func parsePlaceholder(s string, at []int) placeholder {
	p := placeholder{text: s[at[0]:at[1]], source: s[at[2]:at[3]]}
	if at[4] >= 0 {
		p.arg = s[at[4]:at[5]]
	}
	if forms := s[at[6]:at[7]]; forms != "" {
		p.forms = strings.Split(forms[1:], "|")
	}
	return p
}

// literal is symbolic text that stands for s: s itself, but for bytes that are not
// printable ASCII and for braces, in which a placeholder would begin.
func literal(s string) string {
	var out strings.Builder
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '{' {
			fmt.Fprintf(&out, "{bytes:%02x}", c)
			continue
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// maxRepeat bounds {repeat:...}; the longest that the catalogue asks for is 1 MiB.
const maxRepeat = 1 << 20

// literalSources are the placeholders that mean the same for every run.
var literalSources = map[string]func(arg string) (string, error){
	"repeat": func(arg string) (string, error) {
		text, count, _ := strings.Cut(arg, ":")
		n, err := strconv.Atoi(count)
		if err != nil || text == "" || n < 0 || n > maxRepeat/len(text) {
			return "", fmt.Errorf("{repeat:%s} is not {repeat:TEXT:N} of at most %d bytes", arg, maxRepeat)
		}
		return strings.Repeat(text, n), nil
	},
	"bytes": func(arg string) (string, error) {
		b, err := hex.DecodeString(arg)
		if err != nil || len(b) == 0 {
			return "", fmt.Errorf("{bytes:%s} is not {bytes:HEX}", arg)
		}
		return string(b), nil
	},
	"sample": func(arg string) (string, error) {
		s, ok := samples[arg]
		if !ok {
			return "", fmt.Errorf("{sample:%s} names no sample", arg)
		}
		return s.value, nil
	},
}

// sample is a published token. It stands in records by its name, because tools
// that look for secrets in files take it for one.
type sample struct {
	value string
	shell string // a bash command that prints the value, which does not look like one
}

// samples are the texts of {sample:...}, by name.
var samples = map[string]sample{
	// The token of the page's example request.
	"page": {
		value: "0000000000srLl4pnoBc*************9DvgIB87KzYpxMdE9+vvzLZqYIw=",
		shell: `printf %s 0000000000 srLl4pnoBc '*************' 9DvgIB87KzYp xMdE9+vvzLZqYIw=`,
	},
	// A JSON Web Token of the user admin, without a signature.
	"unsigned-jwt": {
		value: base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." +
			base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"admin"}`)) + ".",
		shell: `for t in '{"alg":"none"}' '{"sub":"admin"}'; do printf %s. "$(printf %s "$t" | base64 | tr -d =)"; done`,
	},
}
