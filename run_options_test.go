package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"omaspec/fixtures"
	"omaspec/reports"
	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/suites/config"
)

// optionTests shows the effect of every option in a run.
var optionTests = map[string]func(*testing.T){
	"target": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{})
		r := s.run(t, "--target", s.url+"/gateway/", "--only", "AUTH-02")
		if got, want := s.visits()[0].uri, "/gateway"+fixtures.Path; got != want || !strings.HasSuffix(r.record(t).Target.URL, want) {
			t.Errorf("asked for %s, and recorded %s", got, r.record(t).Target.URL)
		}
	},
	"path": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{})
		s.run(t, "--path", "/elsewhere", "--only", "AUTH-02")
		if got := s.visits()[0].uri; got != "/elsewhere" {
			t.Errorf("asked for %s", got)
		}
	},
	"connect-to": connectTo,
	"user-agent": userAgent,
	"wait":       waitUntilUp,
	"header": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{})
		const stage = "blue, not green {host} größe"
		r := s.run(t, "--header", "X-Gateway-Key: "+secret, "--header", "x-stage:"+stage, "--header", "Accept: application/json", "--only", "STATUS-02")
		r.wantExit(t, 0, secret)
		for _, v := range s.visits() {
			if v.header.Get("X-Gateway-Key") != secret || v.header.Get("X-Stage") != stage {
				t.Errorf("a request came without the fields")
			}
			if accepts := v.header.Values("Accept"); len(accepts) != 1 {
				t.Errorf("a request accepts %q, though a probe's own field goes first", accepts)
			}
		}
		if got := r.record(t).Settings.Options["header"]; got != "X-Gateway-Key, x-stage: "+stage+", Accept: application/json" {
			t.Errorf("recorded as %q", got)
		}
		if v01 := r.record(t).Exchanges[0]; !slices.Contains(v01.Header, evidence.RequestField{Name: "Accept", Value: "application/json"}) ||
			!slices.Contains(v01.Header, evidence.RequestField{Name: "X-Gateway-Key", Value: "{header:X-Gateway-Key}"}) {
			t.Errorf("V01 is recorded with %v", v01.Header)
		}
	},
	"secret-header": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{})
		field := []string{"--only", "AUTH-02", "--header", "X-Stage: blue-but-nobody-may-know"}
		for _, args := range [][]string{field, append(field, "--secret-header", "x-stage")} {
			r := s.run(t, args...)
			r.wantExit(t, 0)
			if shown := strings.Contains(string(r.files["run.json"]), "blue-but"); shown == (len(args) > len(field)) {
				t.Errorf("%q: the value is shown: %v", args, shown)
			}
			if got := s.visits()[0].header.Get("X-Stage"); got != "blue-but-nobody-may-know" {
				t.Errorf("sent %q", got)
			}
		}
	},
	"secret-files": secretFiles,
	"http": func(t *testing.T) {
		for version, want := range map[string]string{"auto": "HTTP/1.1", "1.1": "HTTP/1.1", "1": "HTTP/1.1", "2": "HTTP/2.0", "2.0": "HTTP/2.0"} {
			s := newSite(t, fixtures.Listen{TLS: true})
			r := s.run(t, "--http", version, "--ca-file", s.ca)
			r.wantExit(t, 0)
			for _, x := range r.record(t).Exchanges {
				// Some probes are about the exact bytes of HTTP/1.1, and some about HTTP/2.
				if x.Protocol != want && x.ID != "V01.raw" && x.ID != "M01.http2" {
					t.Errorf("--http %s: %s over %s", version, x.ID, x.Protocol)
				}
			}
		}
	},
	"ca-file": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{TLS: true})
		s.run(t).wantReason(t, reports.ExitInconclusive, "not signed by a trusted authority")
		if len(s.visits()) > 0 {
			t.Error("a request was sent over a connection that nobody verified")
		}
		r := s.run(t, "--ca-file", s.ca, "--only", "AUTH-02", "--only", "HTTP-10")
		r.wantExit(t, 0)
		if got := r.outcome(t, "HTTP-10"); got != schemas.Passed {
			t.Errorf("HTTP-10 %s", got)
		}
	},
	"client-cert": clientCertificate,
	"client-key":  clientCertificate,
	"server-name": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{TLS: true}, func(b *fixtures.Behaviour) {
			b.Certificate = func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"staging.example"}, nil }
		})
		s.run(t, "--ca-file", s.ca).wantReason(t, reports.ExitInconclusive, "does not name this host")
		s.run(t, "--ca-file", s.ca, "--server-name", "staging.example", "--only", "AUTH-02").wantExit(t, 0)
	},
	"insecure-skip-verify": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{TLS: true})
		r := s.run(t, "--insecure-skip-verify", "--quiet", "--only", "AUTH-02", "--only", "HTTP-10")
		r.wantExit(t, 0)
		all := r.everything()
		for place, want := range map[string]string{"stdout": "was NOT verified", "run.json": "was NOT verified", "summary.md": "was NOT verified",
			"report.html": "was NOT verified", "junit.xml": "insecure-skip-verify"} {
			if !strings.Contains(string(all[place]), want) {
				t.Errorf("%s does not say %q", place, want)
			}
		}
		if got := r.outcome(t, "HTTP-10"); got != schemas.NotExercised {
			t.Errorf("HTTP-10 %s", got)
		}
	},
	"allow-plaintext": allowPlaintext,
	"proxy": func(t *testing.T) {
		for _, listen := range []fixtures.Listen{{}, {TLS: true}} {
			s := newSite(t, listen)
			p := newProxy(t, s.url)
			// Nobody else could resolve the name.
			target := strings.Replace(s.url, "127.0.0.1", "omaspec.localhost", 1)
			through := strings.Replace(p.URL, "://", "://user:"+secret+"@", 1)
			r := s.run(t, "--target", target, "--proxy", through, "--ca-file", s.ca, "--server-name", "127.0.0.1", "--only", "AUTH-02")
			r.wantExit(t, 0, secret, base64.StdEncoding.EncodeToString([]byte("user:"+secret)))
			if p.requests.Load()+p.tunnels.Load() == 0 || (p.tunnels.Load() > 0) != listen.TLS {
				t.Errorf("TLS %v: %d requests and %d tunnels", listen.TLS, p.requests.Load(), p.tunnels.Load())
			}
			if got := p.credentials.Load(); got != "Basic "+base64.StdEncoding.EncodeToString([]byte("user:"+secret)) {
				t.Error("the proxy was not shown the credentials")
			}
		}
	},
	"concurrency": func(t *testing.T) {
		for _, test := range []struct {
			option, only string
			most         int
		}{{"1", "AUTH-12", 1}, {"3", "AUTH-12", 3}, {"1", "ISOL-07", 8}} {
			s := newSite(t, fixtures.Listen{})
			s.pause = 20 * time.Millisecond // long enough for requests to meet
			used := s.run(t, "--concurrency", test.option, "--only", test.only).record(t).Settings.InFlight
			if s.most() > test.most || used.Most != test.most || used.Adaptive {
				t.Errorf("--concurrency %s --only %s: %d requests at the same time, and %s recorded", test.option, test.only, s.most(), used)
			}
		}
		if used := newSite(t, fixtures.Listen{}).run(t, "--concurrency", "auto", "--only", "ISOL-07").record(t).Settings.InFlight; !used.Adaptive || used.Most < 1 {
			t.Errorf("--concurrency auto: %s recorded", used)
		}
	},
	"rate": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{})
		s.run(t, "--rate", "20", "--only", "AUTH-03")
		all := s.visits()
		if pause, took := 50*time.Millisecond, all[len(all)-1].at.Sub(all[0].at); took < time.Duration(len(all)-2)*pause {
			t.Errorf("%d requests in %s", len(all), took)
		}
	},
	"timeout": func(t *testing.T) {
		target, url, _ := hanging(t)
		r := with("OMASPEC_TOKEN", target.Tokens()[fixtures.Valid]).run(t, "--target", url, "--timeout", "100ms", "--only", "AUTH-02")
		r.wantReason(t, reports.ExitInconclusive, "No MUST requirement that gates was judged")
		if got := r.result(t, "AUTH-02").Reason; !strings.Contains(got, "no complete answer came within the time limit") {
			t.Errorf("AUTH-02: %s", got)
		}
	},
	"budget": func(t *testing.T) {
		target, url, _ := hanging(t)
		r := with("OMASPEC_TOKEN", target.Tokens()[fixtures.Valid]).run(t, "--target", url, "--budget", "200ms", "--only", "AUTH-02", "--only", "AUTH-03")
		r.wantReason(t, reports.ExitInconclusive, "the time for the whole run, 200ms, was over")
	},
	"retry-cap": func(t *testing.T) {
		var refused atomic.Bool
		s := newSite(t, fixtures.Listen{}, answering(func(r *http.Request, a *fixtures.Answer) {
			if r.Header.Get(fixtures.HeaderName) == "" && refused.CompareAndSwap(false, true) {
				a.Status = http.StatusTooManyRequests
				a.Header.Set("Retry-After", "3600")
			}
		}))
		r := s.run(t, "--retry-cap", "10ms", "--only", "AUTH-02")
		r.wantExit(t, 0)
		flaky := r.record(t).Flaky
		if len(flaky) != 1 || flaky[0].String() != "M01: 429 in 1 of 2 tries" {
			t.Errorf("flaky: %v", flaky)
		}
		if want := "NOTICE Flaky"; !strings.Contains(r.stdout, want) {
			t.Errorf("the console does not say %q", want)
		}
	},
	"full":               group("R13", "HTTP-17", "HTTP-17"),
	"hostile":            group("B25.sql", "AUTH-26", "AUTH-26"),
	"allow-token-in-url": group("M07.token", "AUTH-11", "AUTH-11"),
	"unsafe-methods":     group("R01.put", "STATUS-03", ""),
	"smuggling":          group("R23", "HTTP-19", ""),
	"profile": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{})
		s.run(t).wantReason(t, 0, "which the gate profile allows")
		r := s.run(t, "--profile", "acceptance")
		r.wantReason(t, reports.ExitInconclusive, "which the acceptance profile does not allow")
		if got := r.record(t).Verdict; got != reports.Partial {
			t.Errorf("verdict %s", got)
		}
	},
	"strict": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{}, answering(func(r *http.Request, a *fixtures.Answer) {
			if len(r.Header.Get(fixtures.HeaderName)) > 8000 {
				a.Status = http.StatusInternalServerError
			}
		}))
		for _, args := range [][]string{{}, {"--strict"}} {
			r := s.run(t, append(args, "--only", "AUTH-02", "--only", "AUTH-16")...)
			r.wantExit(t, len(args)) // 0, or 1
			if got := r.outcome(t, "AUTH-16"); got != schemas.Warned {
				t.Errorf("AUTH-16 %s", got)
			}
		}
	},
	"basis": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{}, answering(func(r *http.Request, a *fixtures.Answer) {
			if r.Header.Get("X-Forwarded-For") != "" {
				a.Status = http.StatusOK
			}
		}))
		for basis, want := range map[string]int{"all": reports.ExitNonConformant, "spec": 0} {
			r := s.run(t, "--basis", basis, "--only", "AUTH-02", "--only", "AUTH-12")
			r.wantExit(t, want)
			if got := r.outcome(t, "AUTH-12"); got != schemas.Failed {
				t.Errorf("AUTH-12 %s, though a gate changes no outcome", got)
			}
		}
	},
	"only": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{})
		r := s.run(t, "--only", "AUTH-02", "--only", "AUTH-04")
		r.wantReason(t, 0, "2 MUST requirements hold")
		if len(s.visits()) != 5 || r.record(t).Footer.Requests != 5 {
			t.Errorf("%d requests, want V01, V01.raw, M01, B01 and V01.closing", len(s.visits()))
		}
		for _, x := range r.record(t).Requirements {
			if x.ID != "AUTH-02" && x.ID != "AUTH-04" && (x.Outcome != schemas.NotExercised || x.Reason != "it was not selected") {
				t.Errorf("%s %s: %s", x.ID, x.Outcome, x.Reason)
			}
		}
	},
	"label-filter": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{})
		r := with("OMASPEC_TOKEN", s.token()).run(t, "--target", s.url, "--label-filter", "family:auth && level:should && basis:spec")
		r.wantReason(t, reports.ExitInconclusive, "No MUST requirement that gates was judged in this selection")
		for _, x := range r.record(t).Requirements {
			if chosen := x.ID == "AUTH-19"; chosen == (x.Reason == "it was not selected") {
				t.Errorf("%s %s: %s", x.ID, x.Outcome, x.Reason)
			}
		}
	},
	"reading":        readings,
	"portal-hosts":   declaredHosts("--portal-hosts", "software.huawei.com"),
	"redirect-hosts": declaredHosts("--redirect-hosts", "aicc.example-tenant.cn"),
	"allow-emails": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{}, func(b *fixtures.Behaviour) {
			b.Refuse = func(*http.Request, fixtures.Role, int) []byte { return fixtures.Text("Ask ops@desk.example.") }
		})
		for option, want := range map[string]schemas.Outcome{"info@": schemas.Warned, "ops@": schemas.Passed} {
			if got := s.run(t, "--allow-emails", "sales@", "--allow-emails", option, "--only", "MASK-13").outcome(t, "MASK-13"); got != want {
				t.Errorf("--allow-emails %s: MASK-13 %s", option, got)
			}
		}
	},
	"subject-file": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{})
		for content, want := range map[string]schemas.Outcome{
			subjectYAML(s.target):                   schemas.Passed,
			"mobilePhone: \"" + strangePhone + "\"": schemas.Failed,
		} {
			file := write(t, "subject.yaml", content, 0o600)
			r := s.run(t, "--subject-file", file, "--only", "MASK-09")
			r.wantExit(t, r.code, strangePhone, s.target.Subject(fixtures.Valid).MobilePhone)
			if got := r.outcome(t, "MASK-09"); got != want || !r.record(t).Settings.Subject {
				t.Errorf("MASK-09 %s, want %s", got, want)
			}
		}
	},
	"reports": func(t *testing.T) {
		for _, args := range [][]string{{}, {"--reports", "a/b c"}} {
			c := with("OMASPEC_ONLY", "AUTH-02")
			c.dir = t.TempDir()
			c.folder = filepath.Join(c.dir, "reports", "latest")
			if len(args) > 0 {
				c.folder = filepath.Join(c.dir, args[1])
			}
			r := c.process(t, append([]string{"run"}, args...)...)
			r.wantExit(t, 0)
			r.wantWhole(t)
			for _, name := range []string{"run.json", "junit.xml", "summary.md"} {
				if len(r.files[name]) == 0 {
					t.Errorf("%q: there is no %s", args, name)
				}
			}
		}
	},
	"format": printsOneReport,
	"quiet": func(t *testing.T) {
		r := newSite(t, fixtures.Listen{}).run(t, "--quiet")
		r.wantExit(t, 0)
		if r.stderr != "" || strings.Count(r.stdout, "\n") != 2 || !strings.Contains(r.stdout, "NOTICE Only a selection") {
			t.Errorf("stdout %q, stderr %q; want the notice and the verdict", r.stdout, r.stderr)
		}
	},
	"verbose": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{})
		for _, option := range []string{"--verbose", "-v"} {
			r := s.run(t, option, "--only", "AUTH-02")
			for _, x := range schemas.Requirements().Requirements {
				if !strings.Contains(r.stdout, x.ID+"  "+string(x.Level)) {
					t.Errorf("%s does not show %s", option, x.ID)
				}
			}
		}
	},
	"color": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{})
		for when, want := range map[string]bool{"always": true, "never": false, "auto": false} {
			if r := s.run(t, "--color", when, "--only", "AUTH-02"); strings.Contains(r.stdout, "\x1b[") != want {
				t.Errorf("--color %s: %q", when, r.stdout)
			}
		}
	},
	"dry-run": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{})
		r := with("OMASPEC_TOKEN", s.token()).run(t, "--target", s.url, "--dry-run", "--only", "AUTH-02", "--only", "AUTH-22")
		r.wantExit(t, 0, s.token())
		for _, want := range []string{
			"V01  GET " + fixtures.Path + "  X-Auth-Token: {token:valid}\n", "M01  GET " + fixtures.Path + "\n",
			"not sent: X01, because it needs a token that has expired (set OMASPEC_TOKEN_EXPIRED)\n", "\n5 requests would be sent, ",
		} {
			if !strings.Contains(r.stdout, want) {
				t.Errorf("the preview lacks %q:\n%s", want, r.stdout)
			}
		}
		if s.connections.Load() > 0 || r.files != nil || r.stderr != "" {
			t.Errorf("%d connections, %d files, stderr %q", s.connections.Load(), len(r.files), r.stderr)
		}
	},
	"token-stdin": func(t *testing.T) {
		s := newSite(t, fixtures.Listen{})
		c := with()
		c.stdin = s.token() + "\n"
		c.run(t, "--target", s.url, "--token-stdin", "--only", "AUTH-02").wantExit(t, 0, s.token())
	},
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, o := range config.Options {
		test, ok := optionTests[o.Name]
		if !ok {
			t.Errorf("no test shows what --%s does", o.Name)
			continue
		}
		t.Run(o.Name, func(t *testing.T) {
			t.Parallel()
			test(t)
		})
	}
	if len(optionTests) != len(config.Options) {
		t.Errorf("%d tests for %d options", len(optionTests), len(config.Options))
	}
}

// TestConfiguration sets one option by a file, a variable and a flag at once.
func TestConfiguration(t *testing.T) {
	t.Parallel()
	s := newSite(t, fixtures.Listen{})
	c := with("OMASPEC_TOKEN", s.token(), "OMASPEC_ONLY", "AUTH-03,AUTH-04")
	c.settle(t)
	if err := os.WriteFile(filepath.Join(c.dir, config.DefaultFile), []byte("target: "+s.url+"\nonly: [AUTH-05]\nprofile: acceptance\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	settings := c.run(t).record(t).Settings
	if !slices.Equal(settings.Only, []string{"AUTH-03", "AUTH-04"}) || settings.Profile != "acceptance" {
		t.Errorf("by variable: %v, %s", settings.Only, settings.Profile)
	}
	if settings = c.run(t, "--only", "AUTH-02", "--profile", "acceptance", "--profile", "gate").record(t).Settings; !slices.Equal(settings.Only, []string{"AUTH-02"}) || settings.Profile != "gate" {
		t.Errorf("by flag: %v, %s", settings.Only, settings.Profile)
	}
}

// allowPlaintext judges a target on another machine, which a proxy on this
// one stands for, over plain http.
func allowPlaintext(t *testing.T) {
	target, server := serve(t, fixtures.Listen{})
	proxy := newProxy(t, server.URL)
	r := with("OMASPEC_TOKEN", target.Tokens()[fixtures.Valid]).
		run(t, "--target", "http://staging.example", "--proxy", proxy.URL, "--allow-plaintext")
	r.wantReason(t, reports.ExitNonConformant, "HTTP-08", target.Tokens()[fixtures.Valid])
	for id, want := range map[string]schemas.Outcome{"MASK-09": schemas.NotExercised, "BODY-29": schemas.NotApplicable} {
		if got := r.outcome(t, id); got != want {
			t.Errorf("%s %s without --subject-file and --portal-hosts", id, got)
		}
	}
	if got := r.violated(t); !slices.Equal(got, []string{"HTTP-08"}) {
		t.Errorf("violated: %v", got)
	}
	if notices := strings.Join(r.record(t).Notices, " "); !strings.Contains(notices, "over plain http (--allow-plaintext)") {
		t.Errorf("notices: %s", notices)
	}
}

// readings judges a target that differs from the page's example wherever a
// reading can be chosen, under the default readings and under others.
func readings(t *testing.T) {
	s := newSite(t, fixtures.Listen{}, wrapped, member("mobilePhone", "***********"), member("company", nil), member("createDate", 1000000000000),
		func(b *fixtures.Behaviour) {
			b.Refuse = func(*http.Request, fixtures.Role, int) []byte {
				return []byte(`{"error_msg":"Unauthorized operation."}`)
			}
		})
	only := []string{"--only", "BODY-05", "--only", "MASK-01", "--only", "BODY-12", "--only", "BODY-22", "--only", "BODY-31"}
	const passed, failed = schemas.Passed, schemas.Failed
	for _, test := range []struct {
		chosen []string
		want   map[string]schemas.Outcome
	}{
		{nil, map[string]schemas.Outcome{"BODY-05": failed, "MASK-01": passed, "BODY-12": failed, "BODY-22": failed, "BODY-31": passed}},
		{[]string{"envelope=auto"}, map[string]schemas.Outcome{"BODY-05": passed, "BODY-12": failed}},
		{[]string{"envelope=wrapped", "masking=documented", "null-members=allowed", "error-body=table", "created-not-before=1999-01-01"},
			map[string]schemas.Outcome{"BODY-05": passed, "MASK-01": failed, "BODY-12": passed, "BODY-22": passed, "BODY-31": failed}},
	} {
		args := only
		for _, reading := range test.chosen {
			args = append(args, "--reading", reading)
		}
		r := s.run(t, args...)
		for id, want := range test.want {
			if got := r.outcome(t, id); got != want {
				t.Errorf("%v: %s %s", test.chosen, id, got)
			}
		}
		for _, reading := range test.chosen {
			if told := strings.Replace(reading, "=", ": ", 1); !strings.Contains(r.stdout, told) {
				t.Errorf("the console does not tell %s", told)
			}
		}
		for _, x := range r.record(t).Settings.Readings {
			if slices.Contains(test.chosen, x.Name+"="+x.Value) == (x.Value == x.Default) {
				t.Errorf("%v: recorded as %s=%s", test.chosen, x.Name, x.Value)
			}
		}
	}
}

// secretFiles hands over secrets as containers and shells do.
func secretFiles(t *testing.T) {
	s := newSite(t, fixtures.Listen{})
	mounted := filepath.Join(t.TempDir(), "token")
	if err := os.Symlink(write(t, "..data", s.token()+"\n", 0o444), mounted); err != nil {
		t.Fatal(err)
	}
	subject := write(t, "subject.yaml", subjectYAML(s.target), 0o440)
	args := []string{"--target", s.url, "--subject-file", subject, "--only", "MASK-09"}
	c := with("OMASPEC_TOKEN_FILE", mounted)
	c.run(t, args...).wantRefusal(t, "--secret-files readable", s.token())
	r := c.run(t, append(args, "--secret-files", "readable")...)
	r.wantExit(t, 0, s.token())
	if got := r.outcome(t, "MASK-09"); got != schemas.Passed {
		t.Errorf("MASK-09 %s", got)
	}
	c.env["OMASPEC_SECRET_FILES"] = "readable"
	c.run(t, args...).wantExit(t, 0, s.token())

	if _, err := os.Stat("/dev/fd"); err != nil {
		t.Skip("this system has no /dev/fd")
	}
	c = with("TOKEN", s.token())
	c.shell = "exec 9<<END\n$TOKEN\nEND\nexport OMASPEC_TOKEN_FILE=/dev/fd/9"
	args = []string{"--target", s.url, "--only", "AUTH-02"}
	r = c.run(t, append(args, "--secret-files", "readable")...)
	r.wantExit(t, 0, s.token())
	r.record(t)
}

// clientCertificate judges a target that wants a certificate of its client.
func clientCertificate(t *testing.T) {
	cert, key, _, err := fixtures.WriteCertificate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, fixtures.Listen{TLS: true}, func(b *fixtures.Behaviour) {
		b.TLS = func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }
	})
	s.run(t, "--ca-file", s.ca).wantReason(t, reports.ExitInconclusive, "certificate_required")
	s.run(t, "--ca-file", s.ca, "--client-cert", cert, "--client-key", key, "--only", "AUTH-02").wantExit(t, 0)
}

// group is the test of a group of probes: a probe that it adds, what to judge,
// and the requirement that is not exercised without it, or "".
func group(probe, only, requirement string) func(*testing.T) {
	return func(t *testing.T) {
		s := newSite(t, fixtures.Listen{})
		option := "--" + strings.TrimPrefix(t.Name(), "TestOptions/")
		for _, on := range []bool{false, true} {
			args := []string{"--only", only}
			if on {
				args = append(args, option)
			}
			r := s.run(t, args...)
			if sent := slices.ContainsFunc(r.record(t).Exchanges, func(x reports.Exchange) bool { return x.ID == probe }); sent != on {
				t.Errorf("%s %v: %s sent %v", option, on, probe, sent)
			}
			if requirement != "" && (r.outcome(t, requirement) == schemas.NotExercised) == on {
				t.Errorf("%s %v: %s %s", option, on, requirement, r.outcome(t, requirement))
			}
		}
	}
}

// declaredHosts is the test of an option that declares hosts.
func declaredHosts(option, good string) func(*testing.T) {
	return func(t *testing.T) {
		s := newSite(t, fixtures.Listen{})
		for hosts, want := range map[string]schemas.Outcome{good: schemas.Passed, "second.example": schemas.Failed} {
			if got := s.run(t, option, "first.example", option, hosts, "--only", "BODY-29").outcome(t, "BODY-29"); got != want {
				t.Errorf("%s %q: BODY-29 %s", option, hosts, got)
			}
		}
	}
}

// strangePhone is nobody's telephone number.
const strangePhone = "15911112222"
