package config

import (
	"bytes"
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"omaspec/schemas/mask"
	"omaspec/suites/probe"
)

// text16 is text in UTF-16 behind its mark, as PowerShell writes it.
func text16(text string, order binary.AppendByteOrder) string {
	b := order.AppendUint16(nil, 0xfeff)
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

// marks are the ways to write text that begins with a byte order mark.
var marks = map[string]func(string) string{
	"none":          func(s string) string { return s },
	"UTF-8":         func(s string) string { return "\ufeff" + s },
	"two of UTF-8":  func(s string) string { return "\ufeff\ufeff" + s },
	"UTF-16LE":      func(s string) string { return text16(s, binary.LittleEndian) },
	"UTF-16BE":      func(s string) string { return text16(s, binary.BigEndian) },
	"UTF-8 and CRs": func(s string) string { return "\ufeff" + strings.ReplaceAll(s, "\n", "\r\n") },
}

func TestByteOrderMarks(t *testing.T) {
	for name, encode := range marks {
		t.Run(name, func(t *testing.T) {
			c, err := Load(Inputs{File: write(t, "c.yaml", encode("reports: r\nportal-hosts: [größe.example]\n"), 0o644), Lookup: env(nil)})
			if err != nil || c.Reports != "r" || !slices.Equal(c.PortalHosts, []string{"größe.example"}) {
				t.Errorf("configuration: %q, %q, %v", c.Reports, c.PortalHosts, err)
			}
			tokens, err := c.Tokens(Sources{Lookup: env(map[string]string{"OMASPEC_TOKEN_FILE": write(t, "t", encode("größe\n"), 0o600)})})
			if err != nil || !holds(t, tokens[probe.Valid], "größe") {
				t.Errorf("token file: %v", err)
			}
			tokens, err = c.Tokens(Sources{env(nil), strings.NewReader(encode("größe\n"))})
			if err != nil || !holds(t, tokens[probe.Valid], "größe") {
				t.Errorf("standard input: %v", err)
			}
			subjects, err := subjectOf(write(t, "s.yaml", encode("customerName: 孙\n"), 0o600))
			if err != nil || subjects["valid"][mask.CustomerName] != "孙" {
				t.Errorf("subject: %v", err)
			}
		})
	}
	tokens, err := Default().Tokens(Sources{Lookup: env(map[string]string{"OMASPEC_TOKEN": "\ufefftoken", "OMASPEC_TOKEN_FOREIGN": "\ufeffother\r\n"})})
	if err != nil || !holds(t, tokens[probe.Valid], "token") || !holds(t, tokens[probe.Foreign], "other") {
		t.Errorf("variable: %v", err)
	}
}

// holds tells whether a secret is the value, which only a wallet can say.
func holds(t *testing.T, s probe.Secret, value string) bool {
	t.Helper()
	w, err := probe.NewWallet(map[probe.Role]probe.Secret{probe.Valid: s}, nil)
	return err == nil && w.Secrets()[probe.Valid.Placeholder()] == value
}

// TestEmptyVariables sets every variable to nothing: none of them is then there,
// but for those that say that a target or its token was meant.
func TestEmptyVariables(t *testing.T) {
	file := write(t, "c.yaml", "target: https://x.example\nprofile: acceptance\nconcurrency: 3\nca-file: ca.pem\nreports: r\n", 0o644)
	const variable, unset = "OMASPEC_TOKEN", "is set and empty"
	for _, name := range variables() {
		for _, nothing := range []string{"", " ", "\t\n"} {
			values := map[string]string{name: nothing}
			if !strings.HasPrefix(name, variable) {
				values[variable] = "token"
			}
			c, err := Load(Inputs{File: file, Lookup: env(values)})
			if name == "OMASPEC_TARGET" {
				if err == nil || !strings.Contains(err.Error(), "OMASPEC_TARGET is empty") {
					t.Errorf("%s: %v", name, err)
				}
				continue
			}
			if err != nil || c.Profile != "acceptance" || c.Concurrency != 3 || c.CAFile != "ca.pem" || c.Reports != "r" {
				t.Errorf("%s=%q is not as if it were unset: %v", name, nothing, err)
			}
			tokens, err := c.Tokens(Sources{Lookup: env(values)})
			valid := name == variable || name == variable+fileSuffix
			if valid != (err != nil) || valid && !strings.Contains(err.Error(), name+" "+unset) {
				t.Errorf("%s=%q: %v", name, nothing, err)
			}
			if len(tokens) > 1 {
				t.Errorf("%s=%q gave a token", name, nothing)
			}
		}
	}
	for name, values := range map[string]map[string]string{
		"an empty file variable beside the token": {"OMASPEC_TOKEN": "token", "OMASPEC_TOKEN_FILE": ""},
		"an empty token beside its file":          {"OMASPEC_TOKEN": "", "OMASPEC_TOKEN_FILE": write(t, "t", "token", 0o600)},
		"an empty file of an optional token":      {"OMASPEC_TOKEN": "token", "OMASPEC_TOKEN_REVOKED_FILE": write(t, "t", " \n", 0o600)},
		"both empty":                              {"OMASPEC_TOKEN": "token", "OMASPEC_TOKEN_REVOKED": "", "OMASPEC_TOKEN_REVOKED_FILE": ""},
	} {
		if tokens, err := Default().Tokens(Sources{Lookup: env(values)}); err != nil || len(tokens) != 1 {
			t.Errorf("%s: %d tokens, %v", name, len(tokens), err)
		}
	}
	if _, err := Default().Tokens(Sources{env(map[string]string{"OMASPEC_TOKEN": ""}), strings.NewReader("token")}); err != nil {
		t.Errorf("an empty variable beside standard input: %v", err)
	}
}

// TestEmptyKeys writes every key without a value: it is then as if it were not
// there, but for the target.
func TestEmptyKeys(t *testing.T) {
	want := Default()
	for _, o := range Options {
		if o.FlagOnly {
			continue
		}
		for _, nothing := range []string{"", "~", "null", "Null", `""`, "''", "[]", "[~]", "[~, '']", "# later", "!!null", "!!str"} {
			c, err := Load(Inputs{File: write(t, "c.yaml", "full: true\n"+o.Name+": "+nothing+"\n", 0o644), Lookup: env(nil)})
			if o.Name == "full" {
				continue // a key that stands twice
			}
			if o.Name == target {
				if err == nil || !strings.Contains(err.Error(), "the key target is empty") {
					t.Errorf("target: %s: %v", nothing, err)
				}
				continue
			}
			if err != nil || len(c.Changed()) != 1 || c.Reports != want.Reports || c.CAFile != want.CAFile || c.Timeout != want.Timeout {
				t.Errorf("%s: %s is not as if it were not there: %v, %v", o.Name, nothing, err, c.Changed())
			}
		}
	}
}

// TestScalars holds that values are taken as they are written.
func TestScalars(t *testing.T) {
	for _, test := range []struct{ written, want string }{
		{"1.10", "1.10"}, {"007", "007"}, {"0x1F", "0x1F"}, {"0o17", "0o17"}, {"0b11", "0b11"}, {"2026_11", "2026_11"}, {"1e3", "1e3"}, {"+1", "+1"},
		{"-0", "-0"}, {"1_000.50", "1_000.50"}, {".5", ".5"}, {"1.", "1."}, {".inf", ".inf"}, {"-.INF", "-.INF"}, {".nan", ".nan"},
		{"yes", "yes"}, {"No", "No"}, {"on", "on"}, {"True", "True"}, {"FALSE", "FALSE"}, {"2026-11-27", "2026-11-27"}, {"12:30:45", "12:30:45"},
		{"2026-11-27T10:00:00Z", "2026-11-27T10:00:00Z"}, {`"1.10"`, "1.10"}, {"'007'", "007"}, {"!!str 010", "010"}, {"&a 010", "010"},
		{"a # b", "a"}, {"'a # b'", "a # b"}, {"a: b", ""}, {`"\u4e00"`, "一"}, {"'it''s'", "it's"}, {"<<", "<<"}, {"=", "="}, {"12345678901234567890123", "12345678901234567890123"},
	} {
		c, err := Load(Inputs{File: write(t, "c.yaml", "reports: "+test.written+"\n", 0o644), Lookup: env(nil)})
		if test.want == "" {
			if err == nil {
				t.Errorf("%s was accepted as %q", test.written, c.Reports)
			}
			continue
		}
		if err != nil || c.Reports != test.want {
			t.Errorf("%s is taken as %q, %v", test.written, c.Reports, err)
		}
		subjects, err := subjectOf(write(t, "s.yaml", "email:\nmobilePhone: "+test.written+"\nsecond-tenant: ~\n", 0o600))
		if err != nil || subjects["valid"][mask.MobilePhone] != test.want {
			t.Errorf("%s is taken as the phone %q, %v", test.written, subjects["valid"][mask.MobilePhone], err)
		}
	}
	for _, test := range []struct {
		written string
		want    int // of the concurrency; 0 is refused
	}{{"010", 10}, {"08", 8}, {"+3", 3}, {"0x10", 0}, {"1_0", 0}, {"1e1", 0}, {"3.0", 0}, {"yes", 0}, {"0o10", 0}} {
		c, err := Load(Inputs{File: write(t, "c.yaml", "concurrency: "+test.written+"\n", 0o644), Lookup: env(nil)})
		if (test.want == 0) != (err != nil) || err == nil && c.Concurrency != test.want {
			t.Errorf("concurrency %s is %d, %v", test.written, c.Concurrency, err)
		}
	}
	c, err := Load(Inputs{File: write(t, "c.yaml", "target: |\n  https://x.example\n", 0o644), Lookup: env(map[string]string{"OMASPEC_TIMEOUT": "3s\n"})})
	if err != nil || c.Target != "https://x.example" || c.Timeout != 3*time.Second {
		t.Errorf("line ends: %q, %s, %v", c.Target, c.Timeout, err)
	}
	c, err = Load(Inputs{File: write(t, "c.yaml", "only: [AUTH-01, ~, AUTH-02]\nportal-hosts:\n- 1.10\n- 0x1F\n", 0o644), Lookup: env(nil)})
	if err != nil || !slices.Equal(c.Only, []string{"AUTH-01", "AUTH-02"}) || !slices.Equal(c.PortalHosts, []string{"1.10", "0x1F"}) {
		t.Errorf("lists: %q, %q, %v", c.Only, c.PortalHosts, err)
	}
}

// TestLists holds how the variable of a list is split.
func TestLists(t *testing.T) {
	const fields = "Accept-Language: zh-CN, en;q=0.8\r\n\nX-A: b,c\n"
	sources := map[string]Inputs{
		"variable": {Lookup: env(map[string]string{"OMASPEC_HEADER": fields})},
		"flags":    {Lookup: env(nil), Flags: map[string][]string{"header": {"Accept-Language: zh-CN, en;q=0.8", "X-A: b,c"}}},
		"a list":   {Lookup: env(nil), File: write(t, "c.yaml", "header:\n- 'Accept-Language: zh-CN, en;q=0.8'\n- 'X-A: b,c'\n", 0o644)},
		"a block":  {Lookup: env(nil), File: write(t, "c.yaml", "header: |\n  Accept-Language: zh-CN, en;q=0.8\n  X-A: b,c\n", 0o644)},
	}
	for source, in := range sources {
		c, err := Load(in)
		if err != nil || !slices.Equal(c.Headers, []string{"Accept-Language: zh-CN, en;q=0.8", "X-A: b,c"}) {
			t.Errorf("%s: %q, %v", source, c.Headers, err)
		}
	}
	for _, variable := range []string{"a.example,b.example", "a.example, b.example,", "a.example\nb.example\n", ",a.example,,b.example"} {
		c, err := Load(Inputs{Lookup: env(map[string]string{"OMASPEC_PORTAL_HOSTS": variable})})
		if err != nil || !slices.Equal(c.PortalHosts, []string{"a.example", "b.example"}) {
			t.Errorf("%q: %q, %v", variable, c.PortalHosts, err)
		}
	}
}

func TestSecretNames(t *testing.T) {
	secret := []string{"Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key", "x-apikey", "X-ApiKey", "API_KEY", "PRIVATE-TOKEN", "X-Vault-Token",
		"X-Amz-Security-Token", "CF-Access-Client-Secret", "Ocp-Apim-Subscription-Key", "X-Session-Id", "X-SID", "X-Hub-Signature-256", "X-Sig", "X-Password",
		"X-Pwd", "X-CSRF-Token", "X-Credentials", "X-Auth", "X-JWT-Assertion", "X-Otp", "X-Pin", "x-goog-iap-jwt-assertion", "X-Login", "Sessionid", "X-Bearer", "X-Authentication"}
	public := []string{"Accept", "Accept-Language", "Origin", "Referer", "X-Env", "X-Stage", "X-Forwarded-Host", "X-Keyboard", "X-Design", "X-Author", "X-Monkey",
		"X-Request-Id", "X-Tenant", "Via", "X-Passenger", "X-Pinned", "X-Country", "Idempotency", "X-Consider", "X-Signal"}
	for want, names := range map[bool][]string{true: secret, false: public} {
		for _, name := range names {
			if SecretName(name) != want {
				t.Errorf("%s is a secret: %v", name, !want)
			}
		}
	}
}

func TestSecretHeader(t *testing.T) {
	for _, test := range []struct {
		name    string
		headers []string
		secret  []string
		want    string // of the error
	}{
		{"declared", []string{"X-Env: staging-1"}, []string{"x-env"}, ""},
		{"one of two of that name", []string{"X-Env: staging-1", "X-Stage: b"}, []string{"X-ENV"}, ""},
		{"a field that nobody adds", []string{"X-Env: staging-1"}, []string{"X-Evn"}, "names a field that --header does not add"},
		{"no field at all", nil, []string{"X-Env"}, "names a field that --header does not add"},
		{"a value as well", []string{"X-Env: staging-1"}, []string{"X-Env: staging-1"}, "names a field that --header does not add"},
	} {
		c, err := Load(Inputs{Lookup: env(nil), Flags: map[string][]string{"header": test.headers, "secret-header": test.secret}})
		if test.want != "" {
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "staging") {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		if err != nil || !c.Fields()[0].Secret || strings.Contains(c.Changed()["header"], "staging") {
			t.Errorf("%s: %v, %q", test.name, err, c.Changed())
		}
	}
}

// TestMeant holds when a run without a target is refused.
func TestMeant(t *testing.T) {
	type values = map[string]string
	tests := []struct {
		name  string
		env   values
		flags map[string][]string
		file  string
		want  string // "" is the embedded target
	}{
		{"nothing", nil, nil, "", ""},
		{"other options", values{"OMASPEC_ONLY": "AUTH-01"}, map[string][]string{"full": {"true"}, "http": {"2"}}, "concurrency: 2\n", ""},
		{"switches that are off", values{"OMASPEC_INSECURE_SKIP_VERIFY": "false"}, nil, "allow-plaintext: false\n", ""},
		{"an empty variable", values{"OMASPEC_TARGET": ""}, nil, "", "OMASPEC_TARGET is empty"},
		{"a blank variable", values{"OMASPEC_TARGET": " \n"}, nil, "", "OMASPEC_TARGET is empty"},
		{"an empty flag", nil, map[string][]string{"target": {""}}, "", "--target is empty"},
		{"a blank flag", nil, map[string][]string{"target": {" "}}, "", "--target is empty"},
		{"an empty key", nil, nil, "target:\n", "the key target is empty"},
		{"a null key", nil, nil, "target: ~\n", "the key target is empty"},
		{"an empty flag over a key", nil, map[string][]string{"target": {""}}, "target: https://x.example\n", "--target is empty"},
		{"an empty variable over a key", values{"OMASPEC_TARGET": ""}, nil, "target: https://x.example\n", "OMASPEC_TARGET is empty"},
		{"a flag over an empty variable", values{"OMASPEC_TARGET": ""}, map[string][]string{"target": {"https://x.example"}}, "", "given"},
		{"a variable over an empty key", values{"OMASPEC_TARGET": "https://x.example"}, nil, "target:\n", "given"},
		{"a token", values{"OMASPEC_TOKEN": "x"}, nil, "", "OMASPEC_TOKEN says that one is meant"},
		{"an empty token", values{"OMASPEC_TOKEN": ""}, nil, "", "OMASPEC_TOKEN says"},
		{"a token file", values{"OMASPEC_TOKEN_FILE": "x"}, nil, "", "OMASPEC_TOKEN_FILE says"},
		{"an empty token file", values{"OMASPEC_TOKEN_FILE": ""}, nil, "", "OMASPEC_TOKEN_FILE says"},
		{"a token of another role", values{"OMASPEC_TOKEN_FOREIGN": "x"}, nil, "", "OMASPEC_TOKEN_FOREIGN says"},
		{"a file of another role", values{"OMASPEC_TOKEN_SECOND_TENANT_FILE": "x"}, nil, "", "OMASPEC_TOKEN_SECOND_TENANT_FILE says"},
		{"empty tokens of other roles", values{"OMASPEC_TOKEN_EXPIRED": "", "OMASPEC_TOKEN_REVOKED_FILE": ""}, nil, "", ""},
		{"a subject", values{"OMASPEC_SUBJECT_FILE": "x"}, nil, "", "--subject-file says"},
		{"no subject", values{"OMASPEC_SUBJECT_FILE": ""}, nil, "", ""},
		{"a path", nil, map[string][]string{"path": {"/x"}}, "", "--path says"},
		{"a proxy", nil, nil, "proxy: http://proxy.example:3128\n", "--proxy says"},
		{"a field", values{"OMASPEC_HEADER": "X-A: b"}, nil, "", "--header says"},
		{"authorities", values{"OMASPEC_CA_FILE": "ca.pem"}, nil, "", "--ca-file says"},
		{"a switch", nil, map[string][]string{"insecure-skip-verify": {"true"}}, "", "--insecure-skip-verify says"},
		{"acceptance", nil, map[string][]string{"profile": {"acceptance"}}, "", "the profile acceptance is about a target"},
		{"acceptance by its variable", values{"OMASPEC_PROFILE": "acceptance"}, nil, "", "the profile acceptance is about a target"},
		{"the word", values{"OMASPEC_TOKEN": "x", "OMASPEC_TARGET": "embedded"}, map[string][]string{"profile": {"acceptance"}}, "", ""},
		{"the word over an empty variable", values{"OMASPEC_TARGET": ""}, map[string][]string{"target": {"embedded"}}, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in := Inputs{Lookup: env(test.env), Flags: test.flags, File: write(t, "c.yaml", test.file, 0o644)}
			c, err := Load(in)
			if err == nil {
				err = c.CheckTarget(Sources{Lookup: in.Lookup})
			}
			switch {
			case test.want == "" && (err != nil || !c.Embedded()), test.want == "given" && (err != nil || c.Embedded()):
				t.Errorf("error %v, target %q", err, c.Target)
			case test.want != "" && test.want != "given" && (err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n")):
				t.Errorf("error %v, want one line with %q", err, test.want)
			}
		})
	}
	if err := Default().CheckTarget(Sources{env(nil), strings.NewReader("")}); err == nil {
		t.Error("--token-stdin without a target was accepted")
	}
}

// TestUnreadVariables holds which variables are refused, and what is suggested.
func TestUnreadVariables(t *testing.T) {
	for variable, want := range map[string]string{
		"OMASPEC_TARGTE=x": "OMASPEC_TARGET", "OMASPEC_TARGETS=x": "OMASPEC_TARGET", "OMASPEC_PROFIL=acceptance": "OMASPEC_PROFILE",
		"OMASPEC_HEADERS=x": "OMASPEC_HEADER", "OMASPEC_TOKENS=x": "OMASPEC_TOKEN", "OMASPEC_TOKEN_EXPIRD=x": "OMASPEC_TOKEN_EXPIRED",
		"OMASPEC_TOKEN_SECOND_TENNANT_FILE=x": "OMASPEC_TOKEN_SECOND_TENANT_FILE", "OMASPEC_TOKENFILE=x": "OMASPEC_TOKEN_FILE",
		"OMASPEC_AUTH_TOKEN=x": "OMASPEC_", "OMASPEC_TOKEN_SECOND=x": "OMASPEC_TOKEN", "OMASPEC_TARGTE=": "OMASPEC_TARGET",
		"OMASPEC_CA_FILES=x": "OMASPEC_CA_FILE", "omaspec_target=x": "OMASPEC_TARGET", "OMASPECTARGET=x": "OMASPEC_TARGET", "OMASPEC-TARGET=x": "OMASPEC_TARGET", "Omaspec_Token=x": "OMASPEC_TOKEN",
		"OMASPEC_DRY_RUN=1": "give the flag --dry-run", "OMASPEC_TOKEN_STDIN=1": "give the flag --token-stdin",
		"OMASPEC_CONFIG=x": "read by nobody", "OMASPEC_ZZZZZZZZ=x": "the README lists", "OMASPEC_=x": "read by nobody", "OMASPEC_PORT=8080": "read by nobody",
	} {
		_, err := Load(Inputs{Lookup: env(nil), Environ: []string{"PATH=/bin", variable}})
		name, _, _ := strings.Cut(variable, "=")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q", variable, err, want)
		}
	}
	all := []string{"OMASPECT=x", "MY_OMASPEC_X=x", "OMASPEC", "OMASPEC_AXE=x", "OMASPEC_NO_NGINX=1", "OMASPEC_CHROMIUM=x", "OMASPEC_CHECKOUT=x",
		"OMASPEC_SERVICE_HOST=10.0.0.1", "OMASPEC_SERVICE_PORT=80", "OMASPEC_SERVICE_PORT_HTTP=80", "OMASPEC_PORT=tcp://10.0.0.1:80", "OMASPEC_PORT_80_TCP=tcp://10.0.0.1:80",
		"OMASPEC_PORT_80_TCP_ADDR=10.0.0.1", "OMASPEC_PORT_80_TCP_PROTO=tcp", "OMASPEC_SERVE_SERVICE_HOST=10.0.0.1", "OMASPEC_SERVE_PORT_53_UDP_PORT=53"}
	for _, name := range variables() {
		all = append(all, name+"=")
	}
	if _, err := Load(Inputs{Lookup: env(nil), Environ: all}); err != nil {
		t.Error(err)
	}
}

// TestOwnVariables looks through the source for variables that anything reads.
func TestOwnVariables(t *testing.T) {
	read := regexp.MustCompile(`(?:Getenv\(|LookupEnv\(|const asCommand = )"(OMASPEC_[A-Z_]+)"|(?m:^\t(OMASPEC_[A-Z_]+)=)`)
	found := 0
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" && entry.Name() != "Makefile" {
			return err
		}
		b, err := os.ReadFile(path)
		if !bytes.Contains(b, []byte("OMASPEC_")) {
			return err
		}
		for _, match := range read.FindAllStringSubmatch(string(b), -1) {
			found++
			if err := checkVariables([]string{match[1] + match[2] + "=x"}); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		return err
	})
	if err != nil || found < 5 {
		t.Errorf("%d places that read a variable, %v", found, err)
	}
}

// TestErrorsQuoteNothing puts a token where it does not belong: no error repeats
// any of it.
func TestErrorsQuoteNothing(t *testing.T) {
	const token = "Mk3srLl4pnoBcQ7t/YvW2aXzE+uNd=="
	try := func(where string, in Inputs) {
		t.Helper()
		if in.Lookup == nil {
			in.Lookup = env(nil)
		}
		c, err := Load(in)
		if err == nil {
			_, err = c.Tokens(Sources{Lookup: in.Lookup})
		}
		if err == nil {
			_, err = c.Subject()
		}
		for _, piece := range []string{"Mk3s", "YvW2", "aXzE"} {
			if err != nil && (strings.Contains(err.Error(), piece) || strings.Contains(err.Error(), "\n")) {
				t.Errorf("%s: the error quotes it: %v", where, err)
			}
		}
	}
	for _, o := range Options {
		try("--"+o.Name, Inputs{Flags: map[string][]string{o.Name: {token}}})
		try("--"+o.Name+" of several", Inputs{Flags: map[string][]string{o.Name: {"a=" + token + ": " + token}}})
		try(o.Variable(), Inputs{Lookup: env(map[string]string{o.Variable(): token})})
		for _, form := range []string{"%", "'%'", "[%, %]", "{%: %}", "\"%", "%: %", "*%", "|\n  %", "!!int %", "[%", "&% %", "!% %", "@%"} {
			try("key "+o.Name+" as "+form, Inputs{File: write(t, "c.yaml", o.Name+": "+strings.ReplaceAll(form, "%", token)+"\n", 0o644)})
		}
	}
	for _, content := range []string{token, token + ": x", "? " + token, "target: x\n" + token + "\n", token + ": a\n" + token + ": b\n", "- " + token, "%" + token, "a: b: " + token, "\t" + token, "\"" + token} {
		try("a configuration "+content, Inputs{File: write(t, "c.yaml", content, 0o644)})
		try("a subject "+content, Inputs{Flags: map[string][]string{"subject-file": {write(t, "s.yaml", content, 0o600)}}})
	}
	for _, path := range []string{token, "/" + token, "a/" + token, token + "\x00"} {
		try("--config", Inputs{File: path})
		try("--subject-file", Inputs{Flags: map[string][]string{"subject-file": {path}}})
		for _, role := range probe.Roles {
			try(role.Variable+fileSuffix, Inputs{Lookup: env(map[string]string{role.Variable + fileSuffix: path})})
			try(role.Variable+" and its file", Inputs{Lookup: env(map[string]string{role.Variable + fileSuffix: path, role.Variable: token})})
		}
	}
}
