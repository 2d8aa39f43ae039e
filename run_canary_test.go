package main

import (
	"bufio"
	"cmp"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

	"omaspec/fixtures"
	"omaspec/reports"
	"omaspec/suites/probe"
)

// encoding is a form in which a value may turn up somewhere.
type encoding struct {
	name   string
	encode func(string) string
}

var encodings = []encoding{
	{"clear text", func(s string) string { return s }},
	{"reverse", reversed},
	{"percent", func(s string) string {
		return "%" + strings.Join(pairs(strings.ToUpper(hex.EncodeToString([]byte(s)))), "%")
	}},
	{"a query", url.QueryEscape},
	{"base64", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }},
	{"base64url", func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) }},
	{"JSON escapes", jsonEscapes},
	{"HTML", html.EscapeString},
	{"HTML references", func(s string) string {
		var b strings.Builder
		for _, r := range s {
			fmt.Fprintf(&b, "&#%d;", r)
		}
		return b.String()
	}},
}

// unusual are forms that no detector looks for.
var unusual = []encoding{
	{"base32", func(s string) string { return base32.StdEncoding.EncodeToString([]byte(s)) }},
	{"C escapes", func(s string) string {
		return `\x` + strings.Join(pairs(hex.EncodeToString([]byte(s))), `\x`)
	}},
	{"pairs", func(s string) string { return strings.Join(pairs(s), " ") }},
	{"colons", func(s string) string { return strings.Join(pairs(hex.EncodeToString([]byte(s))), ":") }},
	{"tag characters", func(s string) string {
		return strings.Map(func(r rune) rune { return 0xe0000 + r&0x7f }, s)
	}},
	{"full width", func(s string) string {
		return strings.Map(func(r rune) rune {
			if r > ' ' && r < 0x7f {
				r += '！' - '!'
			}
			return r
		}, s)
	}},
}

var hexadecimal = encoding{"hexadecimal", func(s string) string { return hex.EncodeToString([]byte(s)) }}

func jsonEscapes(s string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, `\u%04x`, unit)
	}
	return b.String()
}

func reversed(s string) string {
	runes := []rune(s)
	slices.Reverse(runes)
	return string(runes)
}

func pairs(s string) []string {
	var list []string
	for pair := range slices.Chunk([]byte(s), 2) {
		list = append(list, string(pair))
	}
	return list
}

// planted is what must not be found anywhere, by name.
type planted struct {
	values map[string]string // in no encoding
	pieces map[string]string // not as they are
}

// needles are the texts that give something planted away: values in every
// encoding, in base64 also the core of what it is behind one and two other bytes.
func (p planted) needles() map[string]string {
	all := map[string]string{}
	for name, value := range p.values {
		for _, e := range slices.Concat(encodings, unusual, []encoding{hexadecimal}) {
			all[name+" in "+e.name] = strings.ToLower(e.encode(value))
		}
		for skip := range 3 {
			for alphabet, base := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
				coded := base.EncodeToString([]byte(strings.Repeat("\x00", skip) + value))
				all[fmt.Sprintf("%s in %s at %d", name, alphabet, skip)] = strings.ToLower(coded[min(4, 2*skip) : len(coded)-2])
			}
		}
	}
	for name, piece := range p.pieces {
		all[name] = strings.ToLower(piece)
	}
	return all
}

// leaked returns what of the needles is found, and where. Upper and lower case are the
// same to it, as to whoever reads hexadecimal or a name.
func leaked(needles map[string]string, places map[string][]byte) []string {
	var found []string
	for place, content := range places {
		text := strings.ToLower(string(content))
		for name, needle := range needles {
			if strings.Contains(text, needle) {
				found = append(found, place+" holds "+name)
			}
		}
	}
	slices.Sort(found)
	return found
}

// plantedIn is what a target must not give away: its customers and its tokens,
// and of a token no 16 characters.
func plantedIn(target *fixtures.Target) planted {
	p := planted{map[string]string{}, map[string]string{}}
	for _, role := range []fixtures.Role{fixtures.Valid, fixtures.SecondTenant} {
		s := target.Subject(role)
		for name, value := range map[string]string{"phone": s.MobilePhone, "company": s.Company, "name": s.CustomerName, "email": s.Email} {
			p.values[string(role)+" "+name] = value
		}
	}
	for role, token := range target.Tokens() {
		p.values[string(role)+" token"] = token
		for at := 0; at+12 <= len(token); at += 4 {
			p.pieces[fmt.Sprintf("a piece of the %s token, at %d", role, at)] = token[at : at+12]
		}
	}
	return p
}

// TestFind wants the search of the canary test to find every value in every
// encoding, so that its silence means something.
func TestFind(t *testing.T) {
	p := plantedIn(fixtures.NewTarget())
	needles := p.needles()
	for name, value := range p.values {
		for _, e := range append(encodings, hexadecimal) {
			for _, before := range []string{"", "a", "ab"} {
				text := `{"x":"` + e.encode(before+value) + `"}`
				if len(leaked(needles, map[string][]byte{"x": []byte(text)})) == 0 {
					t.Errorf("%s in %s behind %q is not found", name, e.name, before)
				}
			}
		}
	}
}

// indiscreet is a target that shows its customer and the token of every request
// in every place of every answer, in many encodings.
type indiscreet struct {
	target    *fixtures.Target
	first     int // the style of the first answer
	encodings []encoding

	mu       sync.Mutex
	answers  int
	received []string // tokens
	see      func()   // called at the first request
}

func (d *indiscreet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := r.Header.Get(fixtures.HeaderName)
	d.mu.Lock()
	if d.answers == 0 {
		d.see()
	}
	_, password, _ := r.BasicAuth()
	a := answer{turn: d.answers, token: token, gate: []string{r.Header.Get("Authorization"), password, r.Header.Get("Cookie")}, role: fixtures.Unknown, indiscreet: d}
	d.answers++
	d.received = append(d.received, token)
	d.mu.Unlock()
	for role, known := range d.target.Tokens() {
		if token == known {
			a.role = role
		}
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	styles[(d.first+a.turn)%len(styles)](a, buffered.Writer)
	_ = buffered.Flush()
}

// answer is one answer of an indiscreet target.
type answer struct {
	*indiscreet
	turn  int
	role  fixtures.Role
	token string   // of the request
	gate  []string // what it holds for a gateway
}

// encode encodes the secret with this index; every turn has another encoding.
func (a answer) encode(i int, secret string) (name, encoded string) {
	e := a.encodings[(i+a.turn)%len(a.encodings)]
	return e.name, e.encode(secret)
}

// statuses are those of a correct target; all others are 401.
var statuses = map[fixtures.Role]int{fixtures.Valid: 200, fixtures.SecondTenant: 200, fixtures.UpstreamFailure: 502}

// fields are the names of fields that give something away.
var fields = []string{"X-Customer", "Server", "Location", "ETag", "WWW-Authenticate", "Vary", "Allow", "Link", "Via", "Cache-Control", "Content-Language"}

// head writes a status line and fields that give everything away.
func (a answer) head(w *bufio.Writer, framing ...string) {
	secrets := a.secrets()
	fmt.Fprintf(w, "HTTP/1.1 %d %s\r\n", cmp.Or(statuses[a.role], 401), strings.Join(secrets, " "))
	for i, secret := range secrets {
		name, encoded := a.encode(i, secret)
		fmt.Fprintf(w, "%s: in %s=%s\r\n", fields[(i+a.turn)%len(fields)], name, encoded)
		fmt.Fprintf(w, "Set-Cookie: c%d=%s; Path=/%s\r\n", i, url.QueryEscape(secret), secret)
		if name := strings.Map(fieldName, secret); name != "" {
			fmt.Fprintf(w, "%s: %s\r\nX-%s: 1\r\n", name, secret, name)
		}
	}
	for _, field := range framing {
		w.WriteString(field + "\r\n")
	}
	w.WriteString("Connection: close\r\n\r\n")
}

// fieldName keeps what may stand in the name of a field.
func fieldName(r rune) rune {
	if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return -1
}

// secrets are what an answer gives away.
func (a answer) secrets() []string {
	s := a.target.Subject(a.role)
	list := []string{s.MobilePhone, s.Email, s.CustomerName, s.Company, a.target.Tokens()[fixtures.Valid], a.target.Tokens()[fixtures.SecondTenant]}
	if a.token != "" && len(a.token) < 200 {
		list = append(list, a.token)
	}
	for _, secret := range a.gate {
		if secret != "" {
			list = append(list, secret)
		}
	}
	return list
}

// members are a JSON object that gives everything away: masked members, members
// of no table, names, numbers and nested values.
func (a answer) members() string {
	s := a.target.Subject(a.role)
	text := func(v any) string { return string(fixtures.Text(v)) }
	list := []string{
		`"mobilePhone":` + text(fixtures.MaskPhone(s.MobilePhone)), `"company":` + text(fixtures.MaskCompany(s.Company)),
		`"customerName":` + text(fixtures.MaskName(s.CustomerName)), `"email":` + text(fixtures.MaskEmail(s.Email)),
		`"vdn":` + text(s.MobilePhone), `"createDate":` + s.MobilePhone, `"tenantSpaceStatus":` + text(s.CustomerName),
		`"portalUrl":` + text("https://portal.example/auth?user="+url.QueryEscape(s.Email)+"&redirect_uri=https://portal.example/"+url.PathEscape(s.CustomerName)+"/"+s.MobilePhone),
		`"email":` + text(s.Email), `"mobilePhone":` + s.MobilePhone,
	}
	for i, secret := range a.secrets() {
		name, encoded := a.encode(i, secret)
		list = append(list, text(encoded)+":"+text(name), text(name)+`:{"list":[`+text(encoded)+`]}`, `"escaped":"`+jsonEscapes(secret)+`"`)
	}
	return "{" + strings.Join(list, ",") + "}"
}

// styles are the forms of the answers. The first one can be judged in full.
var styles = []func(answer, *bufio.Writer){
	func(a answer, w *bufio.Writer) { // and more than declared
		body := a.members()
		a.head(w, "Content-Type: application/json", fmt.Sprintf("Content-Length: %d", len(body)))
		w.WriteString(body + strings.Join(a.secrets(), "\n"))
	},
	func(a answer, w *bufio.Writer) { // malformed JSON, and a trailer
		body := strings.TrimSuffix(a.members(), "}") + strings.Join(a.secrets(), `"`)
		a.head(w, "Content-Type: application/json;name="+url.QueryEscape(a.secrets()[0]), "Transfer-Encoding: chunked", "Trailer: X-Trailer")
		fmt.Fprintf(w, "%x\r\n%s\r\n0\r\nX-Trailer: %s\r\n\r\n", len(body), body, strings.Join(a.secrets(), ", "))
	},
	func(a answer, w *bufio.Writer) { // a page
		a.head(w, "Content-Type: text/html")
		for i, secret := range a.secrets() {
			_, encoded := a.encode(i, secret)
			fmt.Fprintf(w, "<p title='%s'>%s</p>\n", html.EscapeString(secret), encoded)
		}
	},
	func(a answer, w *bufio.Writer) { // a string in a coding
		body := string(fixtures.Gzip(fixtures.Text("java.lang.Exception: " + strings.Join(a.secrets(), " "))))
		a.head(w, "Content-Type: application/json", "Content-Encoding: gzip", fmt.Sprintf("Content-Length: %d", len(body)))
		w.WriteString(body)
	},
	func(a answer, w *bufio.Writer) { // no HTTP
		w.WriteString("HTTP/1.1 " + strings.Join(a.secrets(), "\r\n") + "\r\n\r\n")
	},
}

// TestCanary meets an indiscreet target with everything switched on that writes
// something, and then looks for what was planted: on the console, in the summary
// of the CI system, in every file, and in the list of processes.
func TestCanary(t *testing.T) {
	tests := []struct {
		name      string
		subject   bool
		first     int // the style of the first answer
		encodings []encoding
		code      int
	}{
		{"with the subject", true, 0, encodings, reports.ExitNonConformant},
		{"without the subject, and malformed at first", false, 1, encodings, reports.ExitNonConformant},
		{"no HTTP at first", true, 4, encodings, reports.ExitInconclusive},
		{"in hexadecimal", true, 0, []encoding{hexadecimal}, reports.ExitNonConformant},
		{"in unusual forms", true, 0, unusual, reports.ExitNonConformant},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			target := fixtures.NewTarget()
			started, commandLine := make(chan int, 1), ""
			d := &indiscreet{target: target, first: test.first, encodings: test.encodings, see: func() {
				b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", <-started))
				if err != nil {
					t.Error(err)
				}
				commandLine = string(b)
			}}
			server := httptest.NewServer(d)
			t.Cleanup(server.Close)
			p := plantedIn(target)
			for i, secret := range gatewaySecrets {
				p.values[fmt.Sprintf("credential %d for a gateway", i+1)] = secret
			}
			c := with("GITHUB_ACTIONS", "true", "CI", "true")
			c.settle(t)
			summary := filepath.Join(c.dir, "step-summary")
			c.env["GITHUB_STEP_SUMMARY"] = summary
			if err := writeCredentials(c.dir, target, &fixtures.Server{}); err != nil {
				t.Fatal(err)
			}
			const inCommand = "Command-Secret-88137"
			c.env["OMASPEC_TOKEN_COMMAND"] = fmt.Sprintf(`["sh", "-c", "echo %[1]s; echo %[1]s >&2"]`, inCommand)
			p.values["the secret of the token command"] = inCommand
			c.env["OMASPEC_GATEWAY_BASIC"], c.env["OMASPEC_GATEWAY_COOKIE"] = gatewayBasic, gatewayCookie
			for _, info := range probe.Roles {
				c.env[info.Variable] = target.Tokens()[fixtures.Role(info.Role)]
			}
			args := []string{"--target", server.URL, "-v", "--color", "always", "--hostile", "--allow-token-in-url", "--unsafe-methods", "--smuggling", "--timeout", "5s"}
			if test.subject {
				args = append(args, "--subject-file", filepath.Join(c.dir, "subject.yaml"))
			}
			process := c.startRun(t, args...)
			started <- process.Process.Pid
			r := c.wait(t, process)
			r.wantExit(t, test.code)
			places := r.everything()
			places["the list of processes"] = []byte(commandLine)
			var err error
			if places["the step summary"], err = os.ReadFile(summary); err != nil {
				t.Error(err)
			}
			known := literals()
			for i, token := range d.received {
				// What omaspec makes up or derives is as secret as what it was given.
				if len(token) >= 16 && !known[token] && strings.Trim(token, "A") != "" {
					p.pieces[fmt.Sprintf("the token of request %d", i+1)] = token
				}
			}
			for _, leak := range leaked(p.needles(), places) {
				t.Error(leak)
			}
			if !strings.Contains(commandLine, "--allow-token-in-url") {
				t.Errorf("the list of processes shows %q", commandLine)
			}
			if len(r.files) < 4 || len(r.stdout) < 1000 || !strings.Contains(r.stdout, "\n::error ") {
				t.Errorf("%d files and %d bytes on the console are not everything", len(r.files), len(r.stdout))
			}
		})
	}
}

// literals are the tokens that stand in the catalogue of probes for all to read.
func literals() map[string]bool {
	all := map[string]bool{}
	for _, p := range probe.Catalogue() {
		for _, step := range p.Steps {
			for _, f := range step.Fields {
				all[f.Value] = true
			}
		}
	}
	return all
}
