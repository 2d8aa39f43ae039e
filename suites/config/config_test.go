package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"omaspec/schemas/mask"
	"omaspec/suites/probe"
)

func env(values map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := values[name]
		return v, ok
	}
}

func write(t *testing.T, name, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLaterSourcesOverride(t *testing.T) {
	file := write(t, "omaspec.yaml", "concurrency: 2\nrate: 5\ntimeout: 3s\nonly: [AUTH-01, AUTH-02]\n", 0o644)
	c, err := Load(Inputs{File: file, Lookup: env(map[string]string{"OMASPEC_RATE": "6", "OMASPEC_TIMEOUT": "4s"}),
		Flags: map[string][]string{"timeout": {"5s"}}})
	if err != nil {
		t.Fatal(err)
	}
	if c.Concurrency != 2 || c.Rate != 6 || c.Timeout != 5*time.Second || c.Budget != 2*time.Minute {
		t.Errorf("concurrency %d, rate %g, timeout %s, budget %s", c.Concurrency, c.Rate, c.Timeout, c.Budget)
	}
	if !slices.Equal(c.Only, []string{"AUTH-01", "AUTH-02"}) {
		t.Errorf("only %q", c.Only)
	}
	if got := c.Changed(); got["rate"] != "6" || got["timeout"] != "5s" || got["only"] != "AUTH-01, AUTH-02" || len(got) != 4 {
		t.Errorf("changed %v", got)
	}
}

// TestConcurrency: the default can be asked for again.
func TestConcurrency(t *testing.T) {
	file := write(t, "omaspec.yaml", "concurrency: 3\n", 0o644)
	for flag, want := range map[string]int{"auto": 0, "64": 64} {
		c, err := Load(Inputs{File: file, Lookup: env(nil), Flags: map[string][]string{"concurrency": {flag}}})
		if err != nil || c.Concurrency != want {
			t.Errorf("%s: %d, %v", flag, c.Concurrency, err)
		}
	}
	if c := Default(); c.Concurrency != 0 {
		t.Errorf("the default is %d", c.Concurrency)
	}
}

// TestEveryOptionHasAnEffect sets each option, by each source that it has, and
// wants another configuration than the default one.
func TestEveryOptionHasAnEffect(t *testing.T) {
	values := map[string]string{
		"target": "https://x.example", "path": "/p", "header": "X-A: b", "http": "2", "ca-file": "f", "server-name": "n", "proxy": "http://p:1",
		"concurrency": "3", "rate": "4", "timeout": "1s", "budget": "1s", "retry-cap": "1s", "profile": "acceptance", "basis": "spec",
		"secret-header": "X-A", "secret-files": "readable", "only": "AUTH-01", "label-filter": "f", "reading": "envelope=auto", "portal-hosts": "a,b", "redirect-hosts": "a", "allow-emails": "a@",
		"connect-to": "10.0.0.7:443", "user-agent": "a/1", "wait": "1s",
		"subject-file": "s", "reports": "r", "color": "never",
	}
	for _, o := range Options {
		if o.Name == "client-cert" || o.Name == "client-key" {
			continue // only together; see TestRefused and the TLS tests of probe
		}
		if o.Name == "format" {
			continue // only with --reports -; see TestOutput
		}
		value := values[o.Name]
		if o.Value == "" {
			value = "true"
		}
		if value == "" {
			t.Errorf("--%s has no value in this test", o.Name)
		}
		// The declaration of a secret field is in vain without the field.
		field := map[string]string{"OMASPEC_HEADER": "X-A: nobody-knows"}
		inputs := map[string]Inputs{"flag": {Lookup: env(field), Flags: map[string][]string{o.Name: {value}}}}
		if !o.FlagOnly {
			inputs["variable"] = Inputs{Lookup: env(map[string]string{"OMASPEC_HEADER": "X-A: nobody-knows", o.Variable(): value})}
			inputs["file"] = Inputs{Lookup: env(field), File: write(t, "c.yaml", o.Name+": \""+value+"\"\n", 0o644)}
		}
		for source, in := range inputs {
			c, err := Load(in)
			if err != nil {
				t.Errorf("%s by %s: %v", o.Name, source, err)
				continue
			}
			if c.Changed()[o.Name] == "" {
				t.Errorf("%s by %s has no effect", o.Name, source)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	for _, test := range []struct{ name, file, want string }{
		{"unknown key", "target: x\nconcurency: 3\n", `:2: there is no option "concurency", did you mean "concurrency"?`},
		{"far from any key", "zzzzzzzz: 3\n", `:1: there is no such option`},
		{"flag only", "dry-run: true\n", "there is no such option"},
		{"not a mapping", "- a\n", "want a mapping"},
		{"nested", "target: {a: b}\n", "target takes a value"},
		{"two values", "target: [a, b]\n", "target takes one value"},
		{"not a number", "concurrency: many\n", "whole number from 1 to 64"},
		{"too many", "concurrency: 1000\n", "whole number from 1 to 64"},
		{"not a duration", "timeout: soon\n", "duration"},
		{"not a switch", "strict: perhaps\n", "true or false"},
		{"not a choice", "profile: lax\n", "gate, acceptance"},
		{"unknown reading", "reading: [shape=flat]\n", "there is no such reading"},
		{"unknown value of a reading", "reading: envelope=round\n", "one of flat, wrapped, auto"},
		{"bad date", "reading: created-not-before=yesterday\n", "want a date"},
		{"half a client certificate", "client-cert: a\n", "belong together"},
		{"quiet and verbose", "quiet: true\nverbose: true\n", "exclude each other"},
		{"header without colon", "header: abc\n", "NAME: VALUE"},
		{"not YAML", "full: true\na: [\n", ":2: this is not YAML"},
		{"two documents", "---\n---\nfull: true\n", ":2: this is a second document"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Load(Inputs{File: write(t, "c.yaml", test.file, 0o644), Lookup: env(nil)})
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("error %v, want one line with %q", err, test.want)
			}
		})
	}
	if _, err := Load(Inputs{File: "no-such-file.yaml", Lookup: env(nil)}); err == nil {
		t.Error("a configuration file that does not exist was accepted")
	}
}

func TestChangedHoldsNoSecret(t *testing.T) {
	c, err := Load(Inputs{Lookup: env(nil), Flags: map[string][]string{
		"header": {"X-Gateway-Key: s3cr3t", "X-Other: s3cr3t-s3cr3t", "X-Stage: blue, green"}, "secret-header": {"x-other"}, "proxy": {"http://user:s3cr3t@proxy.example:3128"}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Changed(); got["header"] != "X-Gateway-Key, X-Other, X-Stage: blue, green" || got["proxy"] != "http://proxy.example:3128" {
		t.Errorf("changed %q", got)
	}
}

func TestTokens(t *testing.T) {
	const value = "s3cr3tT0ken"
	private := write(t, "token", value+"\n", 0o600)
	tests := []struct {
		name  string
		env   map[string]string
		stdin string
		want  string // of the error; "" is none
	}{
		{"variable", map[string]string{"OMASPEC_TOKEN": value}, "", ""},
		{"file", map[string]string{"OMASPEC_TOKEN_FILE": private}, "", ""},
		{"standard input", nil, value + "\r\n", ""},
		{"empty variable", map[string]string{"OMASPEC_TOKEN": " "}, "", "OMASPEC_TOKEN is set and empty"},
		{"both", map[string]string{"OMASPEC_TOKEN": value, "OMASPEC_TOKEN_FILE": private}, "", "both set"},
		{"variable and standard input", map[string]string{"OMASPEC_TOKEN": value}, value, "leave one out"},
		{"readable by others", map[string]string{"OMASPEC_TOKEN_FILE": write(t, "token", value, 0o644)}, "", "chmod 600"},
		{"missing file", map[string]string{"OMASPEC_TOKEN_FILE": private + "x"}, "", "no such file"},
		{"a folder", map[string]string{"OMASPEC_TOKEN_FILE": t.TempDir()}, "", "is a folder"},
		{"empty file", map[string]string{"OMASPEC_TOKEN_FILE": write(t, "token", "\n", 0o600)}, "", "it is empty"},
		{"two lines", map[string]string{"OMASPEC_TOKEN_FILE": write(t, "token", value+"\n"+value, 0o600)}, "", "more than one line"},
		{"another role", map[string]string{"OMASPEC_TOKEN": value, "OMASPEC_TOKEN_EXPIRED_FILE": private + "x"}, "", "OMASPEC_TOKEN_EXPIRED_FILE"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var stdin *strings.Reader
			var tokens map[probe.Role]probe.Secret
			var err error
			if test.stdin != "" {
				stdin = strings.NewReader(test.stdin)
				tokens, err = Default().Tokens(Sources{env(test.env), stdin})
			} else {
				tokens, err = Default().Tokens(Sources{Lookup: env(test.env)})
			}
			if test.want == "" {
				if _, ok := tokens[probe.Valid]; err != nil || !ok {
					t.Errorf("error %v, tokens %v", err, tokens)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), value) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

func subjectOf(path string) (mask.Subjects, error) {
	c := Default()
	c.SubjectFile = path
	return c.Subject()
}

func TestSubject(t *testing.T) {
	const good = "mobilePhone: \"15312340991\"\nsecond-tenant:\n  email: a@b.example\n"
	subjects, err := subjectOf(write(t, "s.yaml", good, 0o600))
	if err != nil {
		t.Fatal(err)
	}
	if subjects["valid"][mask.MobilePhone] != "15312340991" || subjects["second-tenant"][mask.Email] != "a@b.example" {
		t.Error("the values did not arrive")
	}
	for name, path := range map[string]string{
		"readable by others": write(t, "s.yaml", good, 0o640),
		"unknown key":        write(t, "s.yaml", "phone: \"15312340991\"\n", 0o600),
		"nothing in it":      write(t, "s.yaml", "mobilePhone: \"\"\n", 0o600),
		"not YAML":           write(t, "s.yaml", "mobilePhone: [15312340991\n", 0o600),
		"a blank value":      write(t, "s.yaml", "mobilePhone: \" \u3000\"\n", 0o600),
		"a masked value":     write(t, "s.yaml", "mobilePhone: 153****0991\n", 0o600),
		"a second document":  write(t, "s.yaml", good+"---\nemail: a@b.example\n", 0o600),
	} {
		if _, err := subjectOf(path); err == nil || strings.Contains(err.Error(), "15312340991") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add("target: https://x.example\nonly: [AUTH-01]\n")
	f.Add("a: &a [*a]\n")
	f.Fuzz(func(t *testing.T, content string) {
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Skip("the file system refuses it: " + err.Error())
		}
		if _, err := Load(Inputs{File: path, Lookup: env(nil)}); err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("the error has more than one line")
		}
	})
}
