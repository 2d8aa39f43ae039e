package main

import (
	"iter"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"omaspec/fixtures"
	"omaspec/reports"
)

// scannerRule is what a secret scanner takes for a secret: text that begins with
// one of some words and has a shape, and of that entropy in its last group.
type scannerRule struct {
	begins  []string // in small letters
	shape   *regexp.Regexp
	entropy float64 // bits a character at least
}

// shaped is a shape at the second character of a text, so that it can ask for a
// word's begin there.
func shaped(expr string) *regexp.Regexp { return regexp.MustCompile(`\A(?s:.)(?:` + expr + `)`) }

// scannerRules are shapes that the rules of common secret scanners have, each
// rather wider than there.
var scannerRules = map[string]scannerRule{
	"JSON Web Token":             {[]string{"ey"}, shaped(`\b(ey[A-Za-z0-9_-]{10,}\.ey[A-Za-z0-9_-]{10,})`), 3},
	"JSON Web Token in base64":   {[]string{"zxlk"}, shaped(`\b(ZXlK[A-Za-z0-9+/_-]{40,})`), 2},
	"token in a curl command":    {[]string{"curl"}, shaped(`(?i)curl\b.*?\s(?:-H|--header)[= \t]*\\?["'](?:[\w-]*auth[\w-]*|[\w-]*key|[\w-]*token):\s*(?:(?:basic|bearer|token)\s)?([\w=~@.+/-]{8,})\\?["']`), 2.75},
	"password in a curl command": {[]string{"curl"}, shaped(`curl\b.*\s(?:-u|--user)[= \t]+(\S{6,})`), 2},
	"password in a URL":          {[]string{"://"}, shaped(`://[^/\s:@"']{2,}:([^/\s:@"']{3,})@`), 2},
	"private key":                {[]string{"-----begin"}, shaped(`(-----BEGIN[A-Z ]*PRIVATE KEY)`), 0},
	"access key":                 {[]string{"akia", "asia", "gh", "xox"}, shaped(`\b((?:AKIA|ASIA)[A-Z2-7]{16}|gh[pousr]_\w{36}|xox[a-z]-\w{10,})`), 0},
	"assignment to a name of a secret": {[]string{"access", "auth", "api", "credential", "creds", "key", "passw", "secret", "token"}, shaped(
		"(?i)(?:access|auth|api|credential|creds|key|passwd|password|secret|token)[ \\t\\w.-]{0,20}[\\s'\"]{0,3}(?:[=>:,]|\\|\\||=>|:=)[`'\"\\s=]{0,5}([\\w.=-]{10,150}|[a-z0-9][a-z0-9+/]{11,}={0,3})(?:[`'\"\\s;]|\\\\[nr]|$)"), 3.5},
}

// words are texts that such rules pass over.
var words = regexp.MustCompile(`^[A-Za-z_.-]+$`)

// scan lists what in the text looks like a secret to a scanner. Like one, it looks
// for shapes only where they can begin: over a whole report they take seconds.
func scan(text string) []string {
	text = "\n" + text
	small := asciiLower(text)
	var found []string
	for name, rule := range scannerRules {
		for _, begin := range rule.begins {
			for at := range places(small, begin) {
				m := rule.shape.FindStringSubmatch(text[at-1 : min(at+2000, len(text))])
				if m == nil {
					continue
				}
				if secret := m[len(m)-1]; entropy(secret) >= rule.entropy && !words.MatchString(secret) {
					found = append(found, name+": "+reports.Line(m[0]))
				}
			}
		}
	}
	return found
}

// places are where in the text the word is.
func places(text, word string) iter.Seq[int] {
	return func(yield func(int) bool) {
		for at := 0; ; at++ {
			next := strings.Index(text[at:], word)
			if next < 0 || !yield(at+next) {
				return
			}
			at += next
		}
	}
}

// asciiLower leaves everything where it stood.
func asciiLower(text string) string {
	b := []byte(text)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

// entropy is Shannon's, in bits a character.
func entropy(s string) float64 {
	counts := map[rune]float64{}
	for _, r := range s {
		counts[r]++
	}
	sum, n := 0.0, float64(len([]rune(s)))
	for _, c := range counts {
		sum -= c / n * math.Log2(c/n)
	}
	return sum
}

func TestScan(t *testing.T) {
	secrets := map[string][]string{
		"JSON Web Token":           {`"value": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."`},
		"JSON Web Token in base64": {`"text":"ZXlKaGJHY2lPaUp1YjI1bEluMC5leUp6ZFdJaU9pSmhaRzFwYmlKOS4="`},
		"token in a curl command": {
			`curl -sS --header 'X-Auth-Token: ../../etc/passwd' http://a`,
			`"curl": "curl --header \"Authorization: Bearer abcd1234efgh5678\""`,
		},
		"password in a curl command":       {`curl -sS -u admin:hunter2 http://a`},
		"password in a URL":                {`https://admin:hunter2@a.example`},
		"private key":                      {"-----BEGIN EC PRIVATE KEY-----"},
		"access key":                       {`id=AKIAIOSFODNN7EXAMPLE`, "ghp_0123456789abcdefghijABCDEFGHIJ012345", "xoxb-123456789012"},
		"assignment to a name of a secret": {`auth_token: "k3Jv9sQ2mZx8Lr5T"`, `PASSWORD=k3Jv9sQ2mZx8Lr5T`},
	}
	for name := range scannerRules {
		if len(secrets[name]) == 0 {
			t.Errorf("no text shows what the rule %s finds", name)
		}
		for _, text := range secrets[name] {
			for _, text := range []string{text, "é " + text + "\n\xff"} {
				if found := scan(text); !slices.ContainsFunc(found, func(f string) bool { return strings.HasPrefix(f, name+": ") }) {
					t.Errorf("%s: %s is not found, only %q", name, text, found)
				}
			}
		}
	}
	for _, text := range []string{
		`curl -sS --header 'X-Auth-Token: '"$OMASPEC_TOKEN" http://a`,
		`curl -sS --header 'X-Auth-Token: '../../etc/passwd http://a`,
		`{"name": "X-Auth-Token", "value": "{token:valid|cut-quarter}"}`,
		`X-Auth-Token: {sample:unsigned-jwt}`,
		`"basis": "RFC 6750 5.3", "title": "No response repeats the token."`,
		`"expected": "no token in the answer; access is by X-Auth-Token alone"`,
	} {
		if found := scan(text); len(found) > 0 {
			t.Errorf("%s: found %q", text, found)
		}
	}
}

// TestReportsHoldNothingThatLooksLikeASecret scans whole reports folders, with every
// probe that there is, and with the curl lines that runs against real targets have.
// These are the runs that do most at once, so the race detector watches them.
func TestReportsHoldNothingThatLooksLikeASecret(t *testing.T) {
	t.Parallel()
	everything := []string{"--full", "--hostile", "--allow-token-in-url", "--unsafe-methods", "--smuggling", "--verbose", "--quiet=false"}
	target, server := serve(t, fixtures.Listen{}, func(b *fixtures.Behaviour) { b.Equal = func(string, string) bool { return true } })
	embedded, tokens := with(), with("GITHUB_ACTIONS", "true")
	embedded.watched, tokens.watched = true, true
	for role, variable := range map[fixtures.Role]string{fixtures.Valid: "OMASPEC_TOKEN", fixtures.SecondTenant: "OMASPEC_TOKEN_SECOND_TENANT"} {
		tokens.env[variable] = target.Tokens()[role]
	}
	gated := with("OMASPEC_TOKEN", target.Tokens()[fixtures.Valid], "OMASPEC_GATEWAY_BASIC", gatewayBasic, "OMASPEC_GATEWAY_COOKIE", gatewayCookie)
	for name, r := range map[string]*ran{
		"embedded":         embedded.run(t, everything...),
		"a bad target":     tokens.run(t, append(everything, "--target", server.URL)...),
		"behind a gateway": gated.run(t, append(everything, "--target", server.URL)...),
	} {
		if len(r.files) < 6 || r.code != 0 && r.code != reports.ExitNonConformant {
			t.Fatalf("%s: exit %d, %d files, %s", name, r.code, len(r.files), r.stderr)
		}
		if curls := strings.Count(string(r.files["run.json"]), `"curl": "curl `); curls > 0 != (name != "embedded") {
			t.Errorf("%s: %d curl lines", name, curls)
		}
		for file, b := range r.everything() {
			for _, found := range scan(string(b)) {
				t.Errorf("%s, %s: %s", name, file, found)
			}
		}
	}
}
