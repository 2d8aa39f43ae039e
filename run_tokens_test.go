package main

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"omaspec/fixtures"
	"omaspec/reports"
	"omaspec/suites/probe"
)

// TestTokenInOptions gives a token of the run in the place of something else, in
// every form in which a URL and a report would show it.
func TestTokenInOptions(t *testing.T) {
	const token, second = "Mk3srLl4/noBcQ7tYvW2+XzEuNdHfJg=", "secondTenantsOwnToken0001"
	here := "http://" + closedPort(t)
	forms := map[string]string{
		"as it is": token, "percent-encoded": url.QueryEscape(token), "percent-encoded twice": url.QueryEscape(url.QueryEscape(token)),
		"in base64": base64.StdEncoding.EncodeToString([]byte(token)), "in hexadecimal": hex.EncodeToString([]byte(token)),
		"in capitals": strings.ToUpper(token), "of another role": second,
	}
	for form, text := range forms {
		t.Run(form, func(t *testing.T) {
			for _, args := range [][]string{
				{"--target", here + "/gw/" + text}, {"--target", here + "/" + text + "/rest"}, {"--path", "/" + text}, {"--path", "/a/" + text + "/b"},
				{"--proxy", "http://user:" + url.PathEscape(text) + "@127.0.0.1:1"}, {"--server-name", text}, {"--connect-to", text + ":80"}, {"--connect-to", "x." + text + ".example:80"}, {"--user-agent", "x/" + text}, {"--header", "X-Env: a " + text + " b"},
				{"--portal-hosts", text}, {"--redirect-hosts", "a.example", "--redirect-hosts", text}, {"--allow-emails", text}, {"--reports", filepath.Join(t.TempDir(), text)},
				{"--label-filter", "family:auth || req: containsAny {\"" + text + "\"}"},
			} {
				if args[0] != "--target" {
					args = append([]string{"--target", here}, args...)
				}
				c := with("OMASPEC_TOKEN", token, "OMASPEC_TOKEN_SECOND_TENANT", second)
				r := c.refuse(t, args...)
				r.wantRefusal(t, "", token, second, text)
			}
		})
	}
	for _, args := range [][]string{{"--target", "http://" + second + ".example"}, {"--target", "http://user:" + second + "@127.0.0.1"}, {"--target", here + "/?" + second},
		{"--target", here + "/#" + second}, {"--target", second}, {"--header", second + ": x"}, {"--header", second}} {
		r := with("OMASPEC_TOKEN", token, "OMASPEC_TOKEN_SECOND_TENANT", second, "OMASPEC_TARGET", here).refuse(t, args...)
		r.wantRefusal(t, "", token, second, strings.ToLower(second))
	}
}

// TestTokenInSecretField sends a token a second time, in a field that hides it.
func TestTokenInSecretField(t *testing.T) {
	t.Parallel()
	s := newSite(t, fixtures.Listen{})
	for _, args := range [][]string{{"--header", "X-Api-Key: " + s.token()}, {"--header", "X-Env: " + s.token(), "--secret-header", "X-Env"}} {
		s.run(t, args...).wantExit(t, 0, s.token())
	}
	s.run(t, "--header", "X-Env: "+s.token()).wantRefusal(t, "declare the field with --secret-header", s.token())
	with("OMASPEC_TOKEN", s.token(), "OMASPEC_HEADER", "X-Api-Key: staging-1\nX-Env: at staging-1").run(t, "--target", s.url).
		wantRefusal(t, "holds the value of a secret field", "staging-1")
	for _, common := range []string{"blue", "staging", "internal", "Requirements"} {
		s.run(t, "--header", "X-Env: "+common, "--secret-header", "X-Env").wantRefusal(t, "too short or too common")
	}
}

// TestHeaderValues holds what becomes of the values of added fields: public words
// are shown, and no value of any field keeps a run from its reports.
func TestHeaderValues(t *testing.T) {
	t.Parallel()
	s := newSite(t, fixtures.Listen{})
	tests := []struct {
		name, value string
		shown       bool
	}{
		{"Accept", "application/json, text/plain;q=0.9, */*;q=0.8", true},
		{"Origin", "https://portal.aicc.example", true},
		{"Referer", "https://portal.aicc.example/workbench?lang=zh-CN", true},
		{"Accept-Language", "zh-CN, en;q=0.8", true},
		{"X-Env", "staging", true},
		{"X-Gateway-Route", "blue-green-deployment-of-2026", true},
		{"X-Braces", "{token:valid} {repeat:a:3} {x}", false}, // a brace is written as its byte
		{"X-Api-Key", "Zk9-17-unguessable-words", false},
		{"X-Auth", "short", false},
		{"X-Auth-Mode", "1", false},
		{"X-Session-Sticky", "true", false},
		{"X-Token-Format", "jwt", false},
		{"X-Signature", "test", false},
		{"X-Auth-Type", "internal", false},
		{"X-Token-Type", "application/json", false},
		{"X-Forwarded-Session", "connection", false},
		{"From", "zhang.wei@customer.example", false},
		{"X-Contact", "15911112222", false},
		{"X-Customer", "zhangsan", false},
	}
	var fields []string
	for _, test := range tests {
		fields = append(fields, test.name+": "+test.value)
	}
	subject := write(t, "subject.yaml", "customerName: zhangsan\n", 0o600)
	r := with("OMASPEC_TOKEN", s.token(), "OMASPEC_HEADER", strings.Join(fields, "\n")).run(t, "--target", s.url, "--subject-file", subject)
	r.wantExit(t, reports.ExitConformant, s.token(), "unguessable", "15911112222", "zhang.wei")
	if got := r.violated(t); slices.Contains(got, "MASK-14") || slices.Contains(got, "MASK-21") {
		t.Errorf("what omaspec sent is taken for a leak: %v", got)
	}
	recorded := map[string]string{}
	for _, h := range r.record(t).Exchanges[0].Header {
		recorded[h.Name] = h.Value
	}
	for _, test := range tests {
		if got := recorded[test.name]; got == "" || (got == test.value) != test.shown {
			t.Errorf("%s: recorded as %q", test.name, got)
		}
		if got := s.visits()[0].header.Get(test.name); got != test.value {
			t.Errorf("%s: sent as %q", test.name, got)
		}
		if published := r.record(t).Settings.Options["header"]; strings.Contains(published, test.name+": "+test.value) != test.shown && test.name != "X-Braces" {
			t.Errorf("%s: published in %q", test.name, published)
		}
	}
}

// TestOptionalSecrets hands over empty secrets, as a CI system does that has none.
func TestOptionalSecrets(t *testing.T) {
	t.Parallel()
	s := newSite(t, fixtures.Listen{})
	c := with("OMASPEC_SUBJECT_FILE", "", "OMASPEC_CA_FILE", "", "OMASPEC_CLIENT_CERT", "", "OMASPEC_CLIENT_KEY", "", "OMASPEC_PROXY", "", "OMASPEC_HEADER", "")
	for _, info := range probe.Roles {
		c.env[info.Variable], c.env[info.Variable+"_FILE"] = "", ""
	}
	c.env["OMASPEC_TOKEN"] = s.token()
	r := c.run(t, "--target", s.url, "--only", "AUTH-02")
	r.wantExit(t, 0, s.token())
	if got := r.record(t).Settings.Credentials; len(got) != 1 {
		t.Errorf("credentials %v", got)
	}
}

// TestMarkedFiles hands over files that begin with a byte order mark.
func TestMarkedFiles(t *testing.T) {
	t.Parallel()
	const mark = "\ufeff"
	s := newSite(t, fixtures.Listen{TLS: true})
	ca, err := os.ReadFile(s.ca)
	if err != nil {
		t.Fatal(err)
	}
	cert, key, _, err := fixtures.WriteCertificate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	marked := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return write(t, "marked", mark+string(b), 0o600)
	}
	configuration := write(t, "c.yaml", mark+"target: "+s.url+"\nca-file: "+write(t, "ca.pem", mark+string(ca), 0o600)+"\n", 0o644)
	c := with("OMASPEC_TOKEN_FILE", write(t, "token", mark+s.token()+"\r\n", 0o600))
	c.run(t, "--config", configuration, "--subject-file", write(t, "s.yaml", mark+subjectYAML(s.target), 0o600),
		"--client-cert", marked(cert), "--client-key", marked(key), "--only", "MASK-09").wantExit(t, 0, s.token())
	if got := s.visits()[0].header.Get(fixtures.HeaderName); got != s.token() {
		t.Error("another token was sent")
	}
}
