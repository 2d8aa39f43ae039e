package main

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"omaspec/fixtures"
	"omaspec/reports"
	"omaspec/suites/config"
	"omaspec/suites/probe"
)

// TestArgumentsAreNotQuoted gives a token to every command in every place that
// takes a word, as a person does who knows another tool.
func TestArgumentsAreNotQuoted(t *testing.T) {
	const token = "Mk3srLl4pnoBcQ7tYvW2aXzEuNdHfJgK"
	harmless := write(t, "run.json", "{}", 0o600)
	tests := [][]string{
		{token}, {token, "run"}, {"help", token}, {"help", "run", token}, {"completion", token}, {"completion", "bash", token}, {"version", token},
		{"--" + token}, {"--" + token + "=x"}, {"-" + token}, {"---" + token}, {"--=" + token},
		{"run", token}, {"run", "--", token}, {"run", "-" + token}, {"run", "-v" + token}, {"run", "--" + token}, {"run", "--token", token}, {"run", "--token=" + token},
		{"run", "--full=" + token}, {"run", "--full", token}, {"run", "--config", token}, {"run", "--tokens", token}, {"run", "-H", token},
		{"list", token}, {"list", "--label-filter", token}, {"list", "--label-filter", token + " &&"}, {"list", "--json=" + token},
		{"explain", token}, {"explain", "AUTH-01", token}, {"explain", "--json", token},
		{"judge", token}, {"judge", token, token}, {"judge", token + ".zip"}, {"judge", "/" + token + "/x"}, {"judge", harmless, "--profile", token},
		{"judge", harmless, "--only", token}, {"judge", harmless, "--reading", token}, {"judge", harmless, "--target", token},
		{"render", token}, {"render", harmless, "--format", token}, {"render", harmless, "-o", "/" + token + "/x"}, {"render", harmless, token},
		{"serve", token}, {"serve", "--fault", token}, {"serve", "--seed", token}, {"serve", "--addr", token}, {"serve", "--addr", token + ":80"},
		{"serve", "--addr", "127.0.0.1:" + token}, {"serve", "--addr", "[" + token + "]:1"}, {"serve", "--credentials", "/proc/" + token},
		{"selftest", token}, {"selftest", "--json=" + token},
	}
	for _, o := range config.Options {
		if o.Name == "reports" {
			continue // makes a folder of any name
		}
		tests = append(tests, []string{"run", "--target", "http://127.0.0.1:1", "--" + o.Name, token}, []string{"run", "--" + o.Name + "=" + token})
	}
	for _, args := range tests {
		for _, env := range []command{with(), with("OMASPEC_TOKEN", token)} {
			r := env.execute(t, args...)
			r.wantExit(t, reports.ExitUsage, token, token[4:], strings.ToLower(token), strings.ToUpper(token))
			line, more, _ := strings.Cut(r.stderr, "\n")
			if more != "" || !strings.HasPrefix(line, "omaspec: ") || r.stdout != "" {
				t.Errorf("%q: stderr %q, stdout %q; want one line", args, r.stderr, r.stdout)
			}
		}
	}
}

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
				{"--proxy", "http://user:" + url.PathEscape(text) + "@127.0.0.1:1"}, {"--server-name", text}, {"--header", "X-Env: a " + text + " b"},
				{"--portal-hosts", text}, {"--redirect-hosts", "a.example", "--redirect-hosts", text}, {"--allow-emails", text}, {"--reports", filepath.Join(t.TempDir(), text)},
				{"--label-filter", "family:auth || req: containsAny {\"" + text + "\"}"},
			} {
				if args[0] != "--target" {
					args = append([]string{"--target", here}, args...)
				}
				c := with("OMASPEC_TOKEN", token, "OMASPEC_TOKEN_SECOND_TENANT", second)
				r := c.run(t, args...)
				r.wantRefusal(t, "", token, second, text)
			}
		})
	}
	for _, args := range [][]string{{"--target", "http://" + second + ".example"}, {"--target", "http://user:" + second + "@127.0.0.1"}, {"--target", here + "/?" + second},
		{"--target", here + "/#" + second}, {"--target", second}, {"--header", second + ": x"}, {"--header", second}} {
		r := with("OMASPEC_TOKEN", token, "OMASPEC_TOKEN_SECOND_TENANT", second, "OMASPEC_TARGET", here).run(t, args...)
		r.wantRefusal(t, "", token, second, strings.ToLower(second))
	}
}

// TestTokenInSecretField sends a token a second time, in a field that hides it.
func TestTokenInSecretField(t *testing.T) {
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
		if got := s.visits[0].header.Get(test.name); got != test.value {
			t.Errorf("%s: sent as %q", test.name, got)
		}
		if published := r.record(t).Settings.Options["header"]; strings.Contains(published, test.name+": "+test.value) != test.shown && test.name != "X-Braces" {
			t.Errorf("%s: published in %q", test.name, published)
		}
	}
}

// TestMeantAndNotGiven wants no run of the embedded target where another one was
// meant.
func TestMeantAndNotGiven(t *testing.T) {
	private := write(t, "token", secret, 0o600)
	elsewhere := write(t, "ci.yaml", "profile: gate\n", 0o644)
	tests := map[string]struct {
		command
		args []string
		want string
	}{
		"an empty target variable":       {with("OMASPEC_TARGET", "", "OMASPEC_TOKEN", secret), nil, "OMASPEC_TARGET is empty"},
		"an empty target":                {with("OMASPEC_TOKEN", secret), []string{"--target", ""}, "--target is empty"},
		"an empty target and no token":   {with("OMASPEC_TARGET", ""), nil, "OMASPEC_TARGET is empty"},
		"an unset secret of a CI system": {with("OMASPEC_TOKEN", ""), nil, "OMASPEC_TOKEN says"},
		"a token file":                   {with("OMASPEC_TOKEN_FILE", private), nil, "OMASPEC_TOKEN_FILE says"},
		"a token on standard input":      {with(), []string{"--token-stdin"}, "--token-stdin says"},
		"a configuration of elsewhere":   {with("OMASPEC_TOKEN", secret), []string{"--config", elsewhere}, "OMASPEC_TOKEN says"},
		"a dry run":                      {with("OMASPEC_TOKEN", secret), []string{"--dry-run"}, "OMASPEC_TOKEN says"},
		"acceptance":                     {with(), []string{"--profile", "acceptance"}, "the profile acceptance"},
		"a misspelt target variable":     {with("OMASPEC_TARGTE", "http://127.0.0.1:1"), nil, "did you mean OMASPEC_TARGET?"},
		"a misspelt token variable":      {with("OMASPEC_TOKN", secret), nil, "did you mean OMASPEC_TOKEN?"},
		"a misspelt profile variable":    {with("OMASPEC_PROFIL", "acceptance"), nil, "did you mean OMASPEC_PROFILE?"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test.run(t, test.args...).wantRefusal(t, test.want, secret) })
	}
	r := with("OMASPEC_TOKEN", secret, "OMASPEC_ONLY", "AUTH-02").run(t, "--target", config.EmbeddedTarget, "--profile", "acceptance")
	r.wantReason(t, reports.ExitInconclusive, "which the acceptance profile does not allow", secret)
	if !r.record(t).Target.Embedded {
		t.Error("the word does not choose the embedded target")
	}
}

// TestMakeConformance wants make to hand over a target that was named, be it empty.
func TestMakeConformance(t *testing.T) {
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("there is no make: " + err.Error())
	}
	for _, test := range []struct {
		args []string
		env  string
		want string
	}{
		{nil, "X=", "run"},
		{[]string{"TARGET="}, "X=", "run --target ''"},
		{nil, "TARGET=", "run --target ''"},
		{[]string{"TARGET=https://x.example"}, "X=", "run --target 'https://x.example'"},
		{nil, "TARGET=https://x.example", "run --target 'https://x.example'"},
	} {
		cmd := exec.Command("make", append([]string{"--no-print-directory", "--dry-run", "conformance"}, test.args...)...)
		cmd.Env = append(os.Environ(), "MAKEFLAGS=", test.env)
		out, err := cmd.Output()
		if err != nil || !strings.HasSuffix(strings.TrimSpace(string(out)), "/omaspec "+test.want) {
			t.Errorf("%q, %s: %s, %v", test.args, test.env, out, err)
		}
	}
}

// TestOptionalSecrets hands over empty secrets, as a CI system does that has none.
func TestOptionalSecrets(t *testing.T) {
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
	if got := s.visits[0].header.Get(fixtures.HeaderName); got != s.token() {
		t.Error("another token was sent")
	}
}

// TestConformanceIsNotCached asks the go command twice for a result of the specs,
// which depends on what a target answers today.
func TestConformanceIsNotCached(t *testing.T) {
	if testing.Short() {
		t.Skip("it links a package twice")
	}
	const source = "suites/conformance/conformance_test.go"
	if _, err := os.ReadFile(source); err != nil { // so that this result is not cached beyond it
		t.Fatal(err)
	}
	for range 2 {
		out, err := exec.Command("go", "test", "-run=^$", "-v", "./"+filepath.Dir(source)).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "ok") || strings.Contains(string(out), "(cached)") {
			t.Errorf("%s, %v", out, err)
		}
	}
}
