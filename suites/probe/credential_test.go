package probe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/onsi/gomega/format"
)

func TestNewWalletRefuses(t *testing.T) {
	tests := map[string]map[Role]string{
		"no valid token":       {Expired: "expired-token-0001"},
		"empty":                {Valid: ""},
		"line end":             {Valid: "hunter2-hunter2\n"},
		"carriage return":      {Valid: "hunter2\rhunter2"},
		"NUL":                  {Valid: "hunter2\x00hunter2"},
		"DEL":                  {Valid: "hunter2\x7f"},
		"space before":         {Valid: " hunter2-hunter2"},
		"tab after":            {Valid: "hunter2-hunter2\t"},
		"too long":             {Valid: strings.Repeat("hunter2", 16<<10/7+1)},
		"unknown role":         {Valid: "hunter2-hunter2", "somebody": "hunter2-other"},
		"a canary supplied":    {Valid: "hunter2-hunter2", Canary: "hunter2-other"},
		"one token, two roles": {Valid: "hunter2-hunter2", SecondTenant: "hunter2-hunter2"},
	}
	for name, tokens := range tests {
		secrets := map[Role]Secret{}
		for role, token := range tokens {
			secrets[role] = NewSecret(token)
		}
		_, err := NewWallet(secrets, nil)
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error shows the token", name)
		}
	}
	if _, err := NewWallet(map[Role]Secret{Valid: NewSecret("hunter2-hunter2")}, strings.NewReader("")); err == nil {
		t.Error("no randomness: accepted")
	}
	constant := io.MultiReader(bytes.NewReader(make([]byte, 64)), bytes.NewReader(nil))
	if _, err := NewWallet(map[Role]Secret{Valid: NewSecret("hunter2-hunter2")}, constant); err == nil {
		t.Error("two equal canaries: accepted")
	}
}

func TestNewWalletAccepts(t *testing.T) {
	for _, token := range []string{"x", "inner space and\ttab"[:11], "größe", "a+b/c==", strings.Repeat("k", maxToken)} {
		if _, err := NewWallet(map[Role]Secret{Valid: NewSecret(token)}, nil); err != nil {
			t.Errorf("token of %d bytes: %v", len(token), err)
		}
	}
}

func TestCanary(t *testing.T) {
	tests := []struct{ name, token string }{
		{"base64", testValid},
		{"hexadecimal", "00ffee11aa22bb33cc44dd55ee66ff77"},
		{"UUID", "3f2504e0-4f89-11d3-9a0c-0305e82c3301"},
		{"upper case", "ABCDEFGHIJKLMNOPQRST"},
		{"digits", "12345678901234567890"},
		{"JWT", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"},
	}
	for _, tt := range tests {
		w := walletOf(t, map[Role]string{Valid: tt.token})
		secrets := w.Secrets()
		canary, second := secrets["{token:canary}"], secrets["{token:canary2}"]
		if len(canary) != len(tt.token) || canary == tt.token || canary == second {
			t.Errorf("%s: a canary of %d characters for %d, or not a new one", tt.name, len(canary), len(tt.token))
		}
		for i := range tt.token {
			if class(tt.token[i]) != class(canary[i]) {
				t.Errorf("%s: character %d is of another class", tt.name, i)
				break
			}
		}
		if isHex(tt.token) != isHex(canary) {
			t.Errorf("%s: hexadecimal is lost", tt.name)
		}
	}
	for _, short := range []string{"x", "***", "a1b2"} {
		if canary := walletOf(t, map[Role]string{Valid: short}).Secrets()["{token:canary}"]; len(canary) < minCanary {
			t.Errorf("the canary of a token of %d characters has only %d", len(short), len(canary))
		}
	}
}

// class is the kind of a character: one letter for each alphabet, or itself.
func class(c byte) string {
	for name, in := range map[string]string{"digit": "0123456789", "lower": "abcdefghijklmnopqrstuvwxyz", "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} {
		if strings.IndexByte(in, c) >= 0 {
			return name
		}
	}
	return string(c)
}

// TestSecretsStayHidden prints secrets, wallets and errors in every way that
// reports, logs and assertion messages use.
func TestSecretsStayHidden(t *testing.T) {
	const value = "hunter2-hunter2"
	w := walletOf(t, map[Role]string{Valid: value})
	secret := NewSecret(value)
	nested := struct {
		private Secret
		Public  map[string]Secret
		wallet  *Wallet
	}{secret, map[string]Secret{"k": secret}, w}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "secret", secret, "config", HeaderField{Name: "X-Key", Value: secret})
	encoded, err := json.Marshal(map[string]any{"secret": secret, "header": HeaderField{Name: "X-Key", Value: secret}})
	if err != nil {
		t.Fatal(err)
	}
	outputs := map[string]string{"json": string(encoded), "slog": log.String(), "gomega": format.Object(nested, 1) + format.Object(w, 1)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		outputs[verb] = fmt.Sprintf(strings.Repeat(verb+" ", 4), secret, &secret, nested, w)
	}
	for way, output := range outputs {
		for _, form := range []string{value, fmt.Sprintf("%x", value), fmt.Sprintf("%X", value), fmt.Sprintf("%d", []byte(value))} {
			if strings.Contains(output, form) {
				t.Errorf("%s shows the secret", way)
			}
		}
	}
	if got := fmt.Sprint(secret); got != "[redacted]" {
		t.Errorf("a secret prints as %q", got)
	}
	if (Secret{}).reveal() != "" {
		t.Error("the zero secret holds something")
	}
}

func TestSecretsOfWallet(t *testing.T) {
	w := walletOf(t, map[Role]string{Valid: testValid})
	before := len(w.Secrets())
	for _, symbolic := range []string{"{token:valid|cut-quarter}", "{token:canary|in-url}", "{token:valid|percent}", "{token:valid|in-url}"} {
		if _, err := w.expand(symbolic); err != nil {
			t.Fatal(err)
		}
	}
	secrets := w.Secrets()
	if secrets["{token:valid|cut-quarter}"] != testValid[:45] {
		t.Error("a derived value that was expanded is not among the secrets")
	}
	if _, both := secrets["{token:valid|percent}"]; both || secrets["{token:valid|in-url}"] == "" {
		t.Error("one value has more than its shortest placeholder")
	}
	if len(secrets) != before+3 {
		t.Errorf("%d secrets, want %d", len(secrets), before+3)
	}
}

func TestHolds(t *testing.T) {
	w := walletOf(t, map[Role]string{Valid: "Valid/Token+1=", Expired: "an-expired-one"})
	if err := w.Pass(GatewayBasic, NewSecret("gate:open-sesame-9"), func(string) bool { return true }); err != nil {
		t.Fatal(err)
	}
	const Valid, Expired, gateway = `the token of the role "valid"`, `the token of the role "expired"`, "the credential of OMASPEC_GATEWAY_BASIC"
	for text, want := range map[string]string{
		"/gate:open-sesame-9/": gateway, "Basic Z2F0ZTpvcGVuLXNlc2FtZS05": gateway,
		"Valid/Token+1=": Valid, "https://x.example/a/valid/token+1=/b": Valid, "Valid%2FToken%2B1%3D": Valid, "Valid%252FToken%252B1%253D": Valid,
		"VmFsaWQvVG9rZW4rMT0=": Valid, "VmFsaWQvVG9rZW4rMT0": Valid, "56616C69642F546F6B656E2B313D": Valid, "https://AN-EXPIRED-ONE.example": Expired,
		"x%zzValid/Token+1=": Valid,
		"":                   "", "Valid": "", "https://x.example/rest": "", "an-expired-on": "",
	} {
		if what, held := w.Holds(text); what != want || held != (want != "") {
			t.Errorf("%s holds %q", text, what)
		}
	}
}

func TestForms(t *testing.T) {
	const t2 = "abcdefghijklmnopqrstuvwx" // 24 letters
	const jwtToken = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjEwMDB9.c2ln"
	tests := []struct{ form, token, want string }{ // want "" is not applicable
		{"cut-quarter", t2, "abcdefghijklmnopqr"},
		{"cut-quarter", "abcde", "abc"},
		{"cut-quarter", "abc", ""},
		{"first-8", t2, "abcdefgh"},
		{"first-8", "abcdefgh", ""},
		{"reversed", "abc", "cba"},
		{"reversed", "abcba", ""},
		{"twice", "ab", "abab"},
		{"plus-A", "ab", "abA"},
		{"change-early", t2, "abcdffghijklmnopqrstuvwx"},
		{"change-early", "00112233445566778899aabb", "00113233445566778899aabb"},
		{"change-early", "++++++a+++++++++++++", "++++++b+++++++++++++"},
		{"change-early", "f23456", "f33456"},
		{"change-early", "++++++++++++a+++++++", ""},
		{"change-early", "ab", "bb"},
		{"change-early", "+-", ""},
		{"change-late", t2, "abcdefghijklmnopqrstuvwx"[:16] + "rrstuvwx"},
		{"change-late", "0123456789abcdef", "0123456789abcdef"[:11] + "ccdef"},
		{"change-late", testValid, testValid[:40] + "L" + testValid[41:]},
		{"change-late", "abcdefghijkl", ""},
		{"change-middle", t2, "abcdefghijkl" + "n" + "nopqrstuvwx"},
		{"change-middle", "++++", ""},
		{"change-end", t2, "abcdefghijklmnopqrstuv" + "x" + "x"},
		{"change-end", "abcdefghijklmnopqrYQ==", "abcdefghijklmnopqrZQ=="},
		{"without-beginning", t2, "defghijklmnopqrstuvwx"},
		{"without-beginning", "abc", ""},
		{"change-1", t2, "b" + "bcdefghijklmnopqrstuvwx"},
		{"change-2", t2, "abc" + "e" + "efghijklmnopqrstuvwx"},
		{"change-3", t2, "abcdef" + "h" + "hijklmnopqrstuvwx"},
		{"change-4", t2, "abcdefghi" + "k" + "klmnopqrstuvwx"},
		{"change-5", t2, "abcdefghijkl" + "n" + "nopqrstuvwx"},
		{"change-6", t2, "abcdefghijklmno" + "q" + "qrstuvwx"},
		{"change-7", t2, "abcdefghijklmnopqr" + "t" + "tuvwx"},
		{"change-8", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnop" + "r" + "rstuv"},
		{"change-8", t2, ""},
		{"swap-case", "aBz1", "AbZ1"},
		{"swap-case", "12+4", ""},
		{"swap-case", "00ffEE", ""},
		{"swap-case", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", ""},
		{"percent", "a+b/c=", "a%2Bb%2Fc%3D"},
		{"percent", "abc", ""},
		{"in-url", "abc", "abc"},
		{"in-url", "a b\xff", "a%20b%FF"},
		{"in-json", `a"b`, `a\"b`},
		{"base64", "abc", "YWJj"},
		{"base64url", "a+b/c==", "a-b_c"},
		{"base64url", "abc", ""},
		{"spare-bits", "YqIw=", ""},
		{"spare-bits", "vvzLZqYIw=", ""},
		{"spare-bits", "qIw=", "qIx="},
		{"spare-bits", "YQ==", "YR=="},
		{"spare-bits", "YQ", "YR"},
		{"spare-bits", "_-8", "_-9"},
		{"spare-bits", "YWJj", ""},
		{"spare-bits", "Y.==", ""},
		{"full-width", "aZ0", "ａＺ０"},
		{"jwt-alg-none", jwtToken, "eyJhbGciOiJub25lIn0.eyJleHAiOjEwMDB9."},
		{"jwt-alg-none", "a.b.c", ""},
		{"jwt-alg-none", t2, ""},
		{"jwt-ten-years", jwtToken, "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjMxNTM2MTAwMH0.c2ln"},
		{"jwt-ten-years", "e30.e30.c2ln", ""},
		{"jwt-unsigned", jwtToken, "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjEwMDB9."},
	}
	tried := map[string]bool{}
	for _, tt := range tests {
		tried[tt.form] = true
		w := walletOf(t, map[Role]string{Valid: tt.token})
		got, err := w.expand("{token:valid|" + tt.form + "}")
		var cannot *InapplicableError
		if tt.want == "" && !errors.As(err, &cannot) {
			t.Errorf("%s of %q = %q, want not applicable", tt.form, tt.token, got)
		}
		if tt.want != "" && (err != nil || got != tt.want) {
			t.Errorf("%s of %q = %q, %v; want %q", tt.form, tt.token, got, err, tt.want)
		}
	}
	for name := range tokenForms {
		if !tried[name] {
			t.Errorf("the form %s has no test", name)
		}
	}
}

// TestChangesKeepTheAlphabet holds rows B02 and B03 to their rule for tokens of
// many lengths and alphabets.
func TestChangesKeepTheAlphabet(t *testing.T) {
	for _, model := range []string{"0123456789abcdef", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo+/w==", "Az9-_.Zb4"} {
		for n := 15; n < 200; n++ {
			token := strings.Repeat(model, 200/len(model)+1)[:n]
			for form, region := range map[string][2]int{"change-early": {0, (n + 2) / 3}, "change-late": {2 * n / 3, n - 4}} {
				changed, err := tokenForms[form].apply(token)
				if err != nil {
					continue
				}
				var at []int
				for i := range token {
					if token[i] != changed[i] {
						at = append(at, i)
					}
				}
				if len(at) != 1 || at[0] < region[0] || at[0] >= region[1] || class(token[at[0]]) != class(changed[at[0]]) {
					t.Fatalf("%s of %d characters of %q changes %v", form, n, model, at)
				}
				if isHex(token) && !isHex(changed) {
					t.Fatalf("%s of %q is not hexadecimal any more", form, token)
				}
			}
		}
	}
}
