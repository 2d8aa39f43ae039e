package main

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"omaspec/fixtures"
	"omaspec/reports"
)

// scannerRule is what a secret scanner takes for a secret: text of a shape, and
// of that entropy in its last group.
type scannerRule struct {
	shape   *regexp.Regexp
	entropy float64 // bits a character at least
}

// scannerRules are shapes that the rules of common secret scanners have, each
// rather wider than there.
var scannerRules = map[string]scannerRule{
	"JSON Web Token":             {regexp.MustCompile(`\b(ey[A-Za-z0-9_-]{10,}\.ey[A-Za-z0-9_-]{10,})`), 3},
	"JSON Web Token in base64":   {regexp.MustCompile(`\b(ZXlK[A-Za-z0-9+/_-]{40,})`), 2},
	"token in a curl command":    {regexp.MustCompile(`(?i)curl\b.*?\s(?:-H|--header)[= \t]*\\?["'](?:[\w-]*auth[\w-]*|[\w-]*key|[\w-]*token):\s*(?:(?:basic|bearer|token)\s)?([\w=~@.+/-]{8,})\\?["']`), 2.75},
	"password in a curl command": {regexp.MustCompile(`curl\b.*\s(?:-u|--user)[= \t]+(\S{6,})`), 2},
	"password in a URL":          {regexp.MustCompile(`://[^/\s:@"']{2,}:([^/\s:@"']{3,})@`), 2},
	"private key":                {regexp.MustCompile(`(-----BEGIN[A-Z ]*PRIVATE KEY)`), 0},
	"access key":                 {regexp.MustCompile(`\b((?:AKIA|ASIA)[A-Z2-7]{16}|gh[pousr]_\w{36}|xox[a-z]-\w{10,})`), 0},
	"assignment to a name of a secret": {regexp.MustCompile(
		"(?i)(?:access|auth|api|credential|creds|key|passwd|password|secret|token)[ \\t\\w.-]{0,20}[\\s'\"]{0,3}(?:[=>:,]|\\|\\||=>|:=)[`'\"\\s=]{0,5}([\\w.=-]{10,150}|[a-z0-9][a-z0-9+/]{11,}={0,3})(?:[`'\"\\s;]|\\\\[nr]|$)"), 3.5},
}

// words are texts that such rules pass over.
var words = regexp.MustCompile(`^[A-Za-z_.-]+$`)

// scan lists what in the text looks like a secret to a scanner.
func scan(text string) []string {
	var found []string
	for name, rule := range scannerRules {
		for _, m := range rule.shape.FindAllStringSubmatch(text, -1) {
			if secret := m[len(m)-1]; entropy(secret) >= rule.entropy && !words.MatchString(secret) {
				found = append(found, name+": "+reports.Line(m[0]))
			}
		}
	}
	return found
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
	for text, want := range map[string]bool{
		`"value": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."`:                  true,
		`curl -sS --header 'X-Auth-Token: ../../etc/passwd' http://a`:           true,
		`"curl": "curl --header \"Authorization: Bearer abcd1234efgh5678\""`:    true,
		`auth_token: "k3Jv9sQ2mZx8Lr5T"`:                                        true,
		`https://admin:hunter2@a.example`:                                       true,
		`curl -sS --header 'X-Auth-Token: '"$OMASPEC_TOKEN" http://a`:           false,
		`curl -sS --header 'X-Auth-Token: '../../etc/passwd http://a`:           false,
		`{"name": "X-Auth-Token", "value": "{token:valid|cut-quarter}"}`:        false,
		`X-Auth-Token: {sample:unsigned-jwt}`:                                   false,
		`"basis": "RFC 6750 5.3", "title": "No response repeats the token."`:    false,
		`"expected": "no token in the answer; access is by X-Auth-Token alone"`: false,
	} {
		if found := scan(text); len(found) > 0 != want {
			t.Errorf("%s: found %q", text, found)
		}
	}
}

// TestReportsHoldNothingThatLooksLikeASecret scans whole reports folders, with every
// probe that there is, and with the curl lines that runs against real targets have.
func TestReportsHoldNothingThatLooksLikeASecret(t *testing.T) {
	t.Parallel()
	everything := []string{"--full", "--hostile", "--allow-token-in-url", "--unsafe-methods", "--smuggling", "--verbose", "--quiet=false"}
	target, server := serve(t, fixtures.Listen{}, func(b *fixtures.Behaviour) { b.Equal = func(string, string) bool { return true } })
	tokens := with("GITHUB_ACTIONS", "true")
	for role, variable := range map[fixtures.Role]string{fixtures.Valid: "OMASPEC_TOKEN", fixtures.SecondTenant: "OMASPEC_TOKEN_SECOND_TENANT"} {
		tokens.env[variable] = target.Tokens()[role]
	}
	for name, r := range map[string]*ran{
		"embedded":     with().run(t, everything...),
		"a bad target": tokens.run(t, append(everything, "--target", server.URL)...),
	} {
		if len(r.files) < 6 || r.code != 0 && r.code != reports.ExitNonConformant {
			t.Fatalf("%s: exit %d, %d files, %s", name, r.code, len(r.files), r.stderr)
		}
		if curls := strings.Count(string(r.files["run.json"]), `"curl": "curl `); curls > 0 != (name == "a bad target") {
			t.Errorf("%s: %d curl lines", name, curls)
		}
		for file, b := range r.everything() {
			for _, found := range scan(string(b)) {
				t.Errorf("%s, %s: %s", name, file, found)
			}
		}
	}
}
