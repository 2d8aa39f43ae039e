package main

import (
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"omaspec/fixtures"
	"omaspec/reports"
	"omaspec/schemas"
	"omaspec/suites/config"
)

// secret is a token of the tests whose target knows none.
const secret = "Mk3srLl4pnoBcQ7tYvW2aXzEuNdHfJgK9DvgIB87KzYpxMdE9+vvzLZqYIw="

// TestRefused holds what is refused before anything is sent. The listener that
// every target and proxy of the table points to must stay alone.
func TestRefused(t *testing.T) {
	var connections atomic.Int64
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			_ = conn.Close()
		}
	}()
	loopback := "http://" + listener.Addr().String()
	there := []string{"--target", loopback}
	// A request to another machine would have to go through this proxy.
	proxied := func(target string) []string { return []string{"--target", target, "--proxy", loopback} }
	token := with("OMASPEC_TOKEN", secret)
	foreign := filepath.Join(t.TempDir(), "reports")
	if err := os.MkdirAll(foreign, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"thesis.doc", "junit.xml"} {
		if err := os.WriteFile(filepath.Join(foreign, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(foreign, link); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		command command
		args    []string
		want    string
	}{
		{"plain http to an address of another machine", token, proxied("http://192.0.2.1"), "use https, or --allow-plaintext"},
		{"plain http to a host name", token, proxied("http://staging.example:8080/gateway"), "use https, or --allow-plaintext"},
		{"plain http to an address that only looks like loopback", token, proxied("http://127.0.0.1.example"), "use https, or --allow-plaintext"},
		{"plain http through a proxy on another machine", token, []string{"--target", loopback, "--proxy", "http://192.0.2.1:3128"}, "use https, or --allow-plaintext"},

		{"a target without a scheme", token, []string{"--target", listener.Addr().String()}, "the target"},
		{"a target of another scheme", token, []string{"--target", "ftp://127.0.0.1"}, "must begin with https:// or http://"},
		{"a target without a host", token, []string{"--target", "https:///rest"}, "names no host"},
		{"a target that is no URL", token, []string{"--target", "http://127.0.0.1:port"}, "the target is not a URL"},
		{"a port that does not exist", token, []string{"--target", "http://127.0.0.1:99999"}, "port"},
		{"a control character in the target", token, []string{"--target", "http://127.0.0.1/\x1b[31m"}, "the target is not a URL"},
		{"a password in the target", token, []string{"--target", "https://user:" + secret + "@127.0.0.1"}, "must not hold a user name or password"},
		{"a token in the target's query", token, []string{"--target", "https://127.0.0.1/?token=" + secret}, "must not have a query"},
		{"a path that is none", token, append(there, "--path", "rest/oma"), "must begin with /"},
		{"a proxy that is none", token, append(there, "--proxy", "socks4://user:name@127.0.0.1:1"), "the proxy must be"},
		{"a proxy that is no URL", token, append(there, "--proxy", "http://user:name@127.0.0.1:x"), "--proxy takes a URL"},

		{"no token", with(), there, "set OMASPEC_TOKEN"},
		{"an empty token", with("OMASPEC_TOKEN", ""), there, "OMASPEC_TOKEN is set and empty"},
		{"a blank token", with("OMASPEC_TOKEN", " \t"), there, "OMASPEC_TOKEN is set and empty"},
		{"an empty token file", with("OMASPEC_TOKEN_FILE", write(t, "token", "\n", 0o600)), there, "OMASPEC_TOKEN_FILE: it is empty"},
		{"an empty standard input", with(), append(there, "--token-stdin"), "--token-stdin: it is empty"},
		{"a token file that the group can read", with("OMASPEC_TOKEN_FILE", write(t, "token", secret, 0o640)), there, "run: chmod 600"},
		{"a token file that all can read", with("OMASPEC_TOKEN_FILE", write(t, "token", secret, 0o604)), there, "run: chmod 600"},
		{"a token file that is not there", with("OMASPEC_TOKEN_FILE", "/nowhere/token"), there, "OMASPEC_TOKEN_FILE"},
		{"a token of four letters", with("OMASPEC_TOKEN", "test"), there, "too short or too common to be kept out of reports"},
		{"a token of one character", with("OMASPEC_TOKEN", "9"), there, "too short or too common"},
		{"a token that is the word for the interface", with("OMASPEC_TOKEN", "QueryTenantBasic"), there, "too short or too common"},
		{"a token that a probe sends", with("OMASPEC_TOKEN", "undefined"), there, "too short or too common"},
		{"a token that is the name of a field", with("OMASPEC_TOKEN", "Cache-Control"), there, "too short or too common"},
		{"a token that is the date of today", with("OMASPEC_TOKEN", time.Now().UTC().Format(time.DateOnly)), there, "too short or too common"},
		{"another token that is a word of the style sheet", with("OMASPEC_TOKEN", secret, "OMASPEC_TOKEN_FOREIGN", "background"), there, "{token:foreign} is too short or too common"},
		{"a token with a line end in it", with("OMASPEC_TOKEN", secret+"\nX-Admin: 1"), there, "holds a control character"},
		{"the same token for two roles", with("OMASPEC_TOKEN", secret, "OMASPEC_TOKEN_EXPIRED", secret), there, "have the same token"},
		{"a subject that all can read", token, append(there, "--subject-file", write(t, "subject.yaml", "email: "+secret+"@a.example\n", 0o644)), "run: chmod 600"},
		{"a subject that is none", token, append(there, "--subject-file", write(t, "subject.yaml", secret, 0o600)), "does not hold the YAML keys"},

		{"an unknown requirement", token, append(there, "--only", "AUTH-99"), `there is no requirement "AUTH-99"`},
		{"a filter that matches nothing", token, append(there, "--label-filter", "family:nobody"), "chooses no requirement"},
		{"a filter that contradicts the ids", token, append(there, "--only", "AUTH-01", "--label-filter", "family:mask"), "chooses no requirement"},
		{"a filter that does not parse", token, append(there, "--label-filter", "((family"), "does not parse"},
		{"an unknown reading", token, append(there, "--reading", "envelope=round"), "one of flat, wrapped, auto"},
		{"an unknown key in the configuration", token, append(there, "--config", write(t, "c.yaml", "targt: x\n", 0o644)), `c.yaml:1: there is no option "targt", did you mean "target"?`},

		{"a CA file that is not there", token, append(there, "--ca-file", "/nowhere/ca.pem"), "--ca-file: no such file"},
		{"a CA file that holds none", token, append(there, "--ca-file", write(t, "ca.pem", secret, 0o600)), "holds no PEM certificate"},
		{"half of a client certificate", token, append(there, "--client-cert", "cert.pem"), "belong together"},
		{"a client certificate that is none", token, append(there, "--client-cert", write(t, "c", secret, 0o600), "--client-key", write(t, "k", secret, 0o600)), "client certificate"},
		{"a header of the probes' own", token, append(there, "--header", "X-Auth-Token: "+secret), "belongs to the probes"},
		{"a header without a colon", token, append(there, "--header", secret), "NAME: VALUE"},
		{"a header whose name is none", token, append(there, "--header", "a b: c"), "is not the name of a field"},

		{"reports where a file is", token, append(there, "--reports", filepath.Join(foreign, "thesis.doc")), "it is a file"},
		{"reports below a file", token, append(there, "--reports", filepath.Join(foreign, "thesis.doc", "out")), "--reports"},
		{"reports where the system lets nobody write", token, append(there, "--reports", "/proc/omaspec"), "--reports"},
		{"reports over a file of somebody else", token, append(there, "--reports", foreign), `it holds "junit.xml", which omaspec did not write`},
		{"reports over a file of somebody else, through a link", token, append(there, "--reports", link), `it holds "junit.xml", which omaspec did not write`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.command.refuse(t, test.args...).wantRefusal(t, test.want, secret)
		})
	}
	if n := connections.Load(); n > 0 {
		t.Errorf("%d connections were opened", n)
	}
	if entries, err := os.ReadDir(foreign); err != nil || len(entries) != 2 {
		t.Errorf("the folder of somebody else holds %d files: %v", len(entries), err)
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
		t.Run(name, func(t *testing.T) { test.refuse(t, test.args...).wantRefusal(t, test.want, secret) })
	}
}

// TestEmbeddedByName judges the embedded target although a token is there.
func TestEmbeddedByName(t *testing.T) {
	t.Parallel()
	r := with("OMASPEC_TOKEN", secret, "OMASPEC_ONLY", "AUTH-02").run(t, "--target", config.EmbeddedTarget, "--profile", "acceptance")
	r.wantReason(t, reports.ExitInconclusive, "which the acceptance profile does not allow", secret)
	if !r.record(t).Target.Embedded {
		t.Error("the word does not choose the embedded target")
	}
}

// TestEarlyEnd holds the runs that end with the first request, each with its
// exit code, its reason, and a record that says that nothing was judged.
func TestEarlyEnd(t *testing.T) {
	t.Parallel()
	_, private := serve(t, fixtures.Listen{TLS: true})
	_, expired := serve(t, fixtures.Listen{TLS: true}, func(b *fixtures.Behaviour) {
		b.Certificate = func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	})
	_, plain := serve(t, fixtures.Listen{})
	ca := write(t, "ca.pem", string(private.CA), 0o600)
	status := func(code int, fields ...string) []string {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(fields); i += 2 {
				w.Header().Set(fields[i], fields[i+1])
			}
			w.WriteHeader(code)
			_, _ = io.WriteString(w, `"x"`)
		}))
		t.Cleanup(server.Close)
		return []string{"--target", server.URL}
	}
	tests := []struct {
		name string
		args []string
		code int
		want string
	}{
		{"nobody listens", []string{"--target", "http://" + closedPort(t)}, reports.ExitInconclusive, "the target refused the connection"},
		{"a host that has no address", []string{"--target", "https://omaspec.invalid"}, reports.ExitInconclusive, "the host name could not be resolved"},
		{"the proxy refuses", []string{"--target", "https://staging.example", "--proxy", "http://" + closedPort(t)}, reports.ExitInconclusive, "the proxy refused the connection"},
		{"a private CA that nobody named", []string{"--target", private.URL}, reports.ExitInconclusive, "it is not signed by a trusted authority"},
		{"a certificate for another host", []string{"--target", private.URL, "--ca-file", ca, "--server-name", "other.example"}, reports.ExitInconclusive, "it does not name this host"},
		{"a certificate that has expired", []string{"--target", expired.URL, "--ca-file", ca}, reports.ExitNonConformant, "HTTP-10"},
		{"https to a port of plain http", []string{"--target", strings.Replace(plain.URL, "http:", "https:", 1)}, reports.ExitInconclusive, "does not speak TLS"},
		{"http to a port of https", []string{"--target", strings.Replace(private.URL, "https:", "http:", 1)}, reports.ExitInconclusive, "--target takes an https URL"},
		{"401", status(401), reports.ExitInconclusive, "the page names three causes"},
		{"429", status(429, "Retry-After", "0"), reports.ExitInconclusive, "the target limits the rate of requests"},
		{"502", status(502), reports.ExitInconclusive, "the target's back end fails: the valid token got 502"},
		{"503", status(503, "Retry-After", "0"), reports.ExitInconclusive, "the target's back end fails: the valid token got 503"},
		{"500", status(500), reports.ExitNonConformant, "AUTH-01"},
		{"404", status(404), reports.ExitInconclusive, "--target and --path say where the endpoint is"},
		{"302", status(302, "Location", "https://login.example/?next="+secret), reports.ExitInconclusive, "a redirect to another host"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := with("OMASPEC_TOKEN", secret).run(t, append(test.args, "--timeout", "5s", "--retry-cap", "10ms")...)
			r.wantReason(t, test.code, test.want, secret)
			run := r.record(t)
			for _, x := range run.Requirements {
				if x.Outcome != schemas.Inconclusive && x.ID != "AUTH-01" && x.ID != test.want {
					t.Errorf("%s is %s, though nothing was judged", x.ID, x.Outcome)
				}
			}
			if run.Stopped == "" || run.Footer.Requests > 3 {
				t.Errorf("stopped %q after %d requests", run.Stopped, run.Footer.Requests)
			}
			if test.code == reports.ExitInconclusive && run.Verdict != reports.InconclusiveRun {
				t.Errorf("verdict %s", run.Verdict)
			}
		})
	}
}
