package probe

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"omaspec/reports/evidence"
)

// authority signs certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, IsCA: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}
}

func (a *authority) pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// issue signs a certificate for a host name or address.
func (a *authority) issue(t testing.TB, host string, notAfter time.Time) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "secret-name"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: notAfter,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func inAnHour() time.Time { return time.Now().Add(time.Hour) }

// handler is answer for net/http.
func handler(w http.ResponseWriter, r *http.Request) {
	if token := r.Header.Get(TokenField); token != testValid && token != testSecond || r.URL.Path != DefaultPath {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `"Unauthorized operation."`)
		return
	}
	w.Header().Set("ETag", `"e1"`)
	_, _ = io.WriteString(w, tenantBody)
}

// serveTLS runs a server of net/http with a certificate.
func serveTLS(t testing.TB, config *tls.Config, http2 bool) Endpoint {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(handler))
	server.TLS = config
	server.EnableHTTP2 = http2
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return endpointOf(t, server.URL)
}

func baselineOnly(t testing.TB, e Endpoint) Plan {
	t.Helper()
	plan := planFor(t, e).only()
	plan.Probes = plan.Probes[:1]
	return plan
}

func TestCertificates(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	good := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "127.0.0.1", inAnHour())}}, false)
	named := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "oma.example", inAnHour())}}, false)
	expired := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "127.0.0.1", time.Now().Add(-time.Minute))}}, false)
	plain := serveRaw(t, says("HTTP/1.0 400 Bad Request\r\n\r\n"))
	plain.Secure = true
	tests := []struct {
		name     string
		endpoint Endpoint
		options  TLSOptions
		status   int
		problem  string
	}{
		{"good", good, TLSOptions{Roots: ca.pool()}, 200, ""},
		{"unknown authority", good, TLSOptions{Roots: other.pool()}, 0, untrusted + noIntermediate},
		{"unknown to the system", good, TLSOptions{}, 0, untrusted + unsigned([]*x509.Certificate{{RawSubject: []byte("leaf")}}, nil)},
		{"unknown authority, insecure", good, TLSOptions{Roots: other.pool(), Insecure: true}, 200, untrusted + noIntermediate},
		{"other name", named, TLSOptions{Roots: ca.pool()}, 0, "it does not name this host"},
		{"server name", named, TLSOptions{Roots: ca.pool(), ServerName: "oma.example"}, 200, ""},
		{"expired", expired, TLSOptions{Roots: ca.pool()}, 0, "it has expired or is not yet valid"},
		{"expired, insecure", expired, TLSOptions{Roots: ca.pool(), Insecure: true}, 200, "it has expired or is not yet valid"},
		{"not TLS", plain, TLSOptions{}, 0, ""},
	}
	for _, tt := range tests {
		g := runPlan(t, Config{TLS: tt.options}, baselineOnly(t, tt.endpoint))
		x := g.Exchanges[0]
		if x.Status() != tt.status || g.Transport.Problem != tt.problem || g.Transport.Insecure != tt.options.Insecure {
			t.Errorf("%s: %s %v, transport %+v", tt.name, x, x.Failure, g.Transport)
		}
		if tt.status == 0 && (x.Failure.Kind != evidence.FailureTLS || g.Stopped == nil || g.Stopped.Failure != evidence.FailureTLS || strings.Contains(x.Failure.Text, "secret-name")) {
			t.Errorf("%s: failure %+v, stopped %+v", tt.name, x.Failure, g.Stopped)
		}
		if tt.status == 200 && (x.Conn.TLS != "TLS 1.3" || x.Conn.ALPN != "http/1.1" && x.Conn.ALPN != "" || len(x.Conn.LeafSHA256) != 64 || x.Timings.TLS <= 0 || !x.Secure) {
			t.Errorf("%s: connection %+v", tt.name, x.Conn)
		}
		if tt.status == 200 && (g.Transport.LeafSHA256 != x.Conn.LeafSHA256 || g.Transport.Version != "TLS 1.3") {
			t.Errorf("%s: transport %+v", tt.name, g.Transport)
		}
	}
}

const noIntermediate = "the target sent no intermediate certificate with it; where its CA signs without one, name that with --ca-file"

// TestUnsigned has chains that lead to nobody who is trusted.
func TestUnsigned(t *testing.T) {
	leaf, self := &x509.Certificate{RawSubject: []byte("leaf"), RawIssuer: []byte("ca")}, &x509.Certificate{RawSubject: []byte("a"), RawIssuer: []byte("a")}
	roots := newAuthority(t).pool()
	for want, chain := range map[string][]*x509.Certificate{
		noIntermediate: {leaf}, "the target signed it itself; where that is meant, name it with --ca-file": {self},
		"its chain ends at another; where that is meant, name its CA with --ca-file": {leaf, self},
	} {
		if got := unsigned(chain, roots); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestDaysLeft: of the dates of a certificate, which may spell anything, no more is
// recorded than whether it ends soon.
func TestDaysLeft(t *testing.T) {
	const day = 24 * time.Hour
	now := time.Now()
	for _, test := range []struct {
		lived, left time.Duration
		want        int
	}{
		{397 * day, -time.Hour, 0}, {day, -time.Second, 0}, {0, -3941 * day, 0}, {397 * day, 23 * time.Hour, 0},
		{397 * day, 7*day + time.Hour, 7}, {397 * day, 14*day - time.Hour, 13}, {397 * day, 14*day + time.Hour, 14}, {30000 * day, 3941 * day, 14},
		{80 * day, 10 * day, 14}, {80 * day, 8 * day, 8}, // of 90 days
		{time.Hour, 23 * time.Hour, 14}, {21 * time.Hour, 3 * time.Hour, 14}, {22 * time.Hour, 2 * time.Hour, 0}, // of a day
		{5 * day, day, 14}, {6*day - 10*time.Hour, 10 * time.Hour, 0}, // of 6 days
	} {
		c := &x509.Certificate{NotBefore: now.Add(-test.lived), NotAfter: now.Add(test.left)}
		if got := daysLeft(c, now); got != test.want {
			t.Errorf("%s after %s: %d, want %d", test.left, test.lived, got, test.want)
		}
	}
	eternal := &x509.Certificate{NotBefore: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}
	if got := daysLeft(eternal, now); got != 14 {
		t.Errorf("for ever: %d", got)
	}
	ca := newAuthority(t)
	endpoint := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "127.0.0.1", time.Date(9077, 5, 6, 7, 42, 11, 0, time.UTC))}}, false)
	g := runPlan(t, Config{TLS: TLSOptions{Roots: ca.pool()}}, baselineOnly(t, endpoint))
	text, err := json.Marshal(g)
	if err != nil || strings.Contains(string(text), "9077-") || g.Transport.DaysLeft != 14 {
		t.Errorf("%v, %s", err, text)
	}
}

func TestClientCertificate(t *testing.T) {
	ca := newAuthority(t)
	endpoint := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "127.0.0.1", inAnHour())},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.pool()}, false)
	without := runPlan(t, Config{TLS: TLSOptions{Roots: ca.pool()}}, baselineOnly(t, endpoint)).Exchanges[0]
	if without.Failure == nil || without.Failure.Kind != evidence.FailureTLS || !strings.Contains(without.Failure.Text, "alert") {
		t.Errorf("without a certificate: %s %+v", without, without.Failure)
	}
	dir := t.TempDir()
	caFile, certFile, keyFile := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	pair := ca.issue(t, "client.example", inAnHour())
	key, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		caFile: {Type: "CERTIFICATE", Bytes: ca.cert.Raw}, certFile: {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, keyFile: {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	options, err := LoadTLS(caFile, certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	if with := runPlan(t, Config{TLS: options}, baselineOnly(t, endpoint)).Exchanges[0]; with.Status() != 200 {
		t.Errorf("with a certificate: %s %+v", with, with.Failure)
	}
	for _, files := range [][3]string{{"none", "", ""}, {keyFile, "", ""}, {"", certFile, ""}, {"", "", keyFile}, {"", caFile, keyFile}} {
		if _, err := LoadTLS(files[0], files[1], files[2]); err == nil {
			t.Errorf("LoadTLS of the wrong files %d: no error", slices.Index(files[:], ""))
		}
	}
}

func TestHandshakes(t *testing.T) {
	ca := newAuthority(t)
	certificates := []tls.Certificate{ca.issue(t, "127.0.0.1", inAnHour())}
	strict := serveTLS(t, &tls.Config{Certificates: certificates}, false)
	lax := serveTLS(t, &tls.Config{Certificates: certificates, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12}, false)
	tests := map[string]struct {
		endpoint Endpoint
		want     string
	}{
		"strict": {strict, "T02.tls10 TLS 1.0 refused, T02.tls11 TLS 1.1 refused, T03.tls12 TLS 1.2 accepted, T03.tls13 TLS 1.3 accepted"},
		"lax":    {lax, "T02.tls10 TLS 1.0 accepted, T02.tls11 TLS 1.1 accepted, T03.tls12 TLS 1.2 accepted, T03.tls13 TLS 1.3 refused"},
	}
	for name, tt := range tests {
		g := runPlan(t, Config{TLS: TLSOptions{Roots: ca.pool()}}, planFor(t, tt.endpoint).only("T02.tls10", "T02.tls11", "T03.tls12", "T03.tls13"))
		var got []string
		for _, h := range g.Transport.Handshakes {
			got = append(got, h.Probe+" "+h.Version+" "+h.Outcome)
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	d := &dialer{security: &security{}}
	nowhere := endpointOf(t, "https://127.0.0.1:1")
	if h := d.tryVersion(context.Background(), nowhere, Probe{ID: "T02.tls10", Version: tls.VersionTLS10}); h.Outcome != evidence.HandshakeUnknown {
		t.Errorf("a target that is not there: %+v", h)
	}
}

// TestWholePlanOverTLS sends the default plan to a server of net/http, over
// HTTP/1.1 and over HTTP/2.
func TestWholePlanOverTLS(t *testing.T) {
	ca := newAuthority(t)
	endpoint := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "127.0.0.1", inAnHour())}}, true)
	for _, http2 := range []bool{false, true} {
		plan := planFor(t, endpoint)
		g := runPlan(t, Config{TLS: TLSOptions{Roots: ca.pool()}, HTTP2: http2}, plan)
		byID := map[string]*evidence.Exchange{}
		for _, x := range g.Exchanges {
			byID[x.ID()] = x
			if x.Failure != nil {
				t.Errorf("HTTP/2 %v: %s: %s", http2, x, x.Failure.Text)
			}
		}
		for id, want := range map[string]string{"V06": "HTTP/2.0 200", "V05.padded": "HTTP/1.1 200", "V01": "HTTP/1.1 200", "M02": "HTTP/1.1 401",
			"L02/2": "HTTP/1.1 200", "V02/2": "HTTP/1.1 200", "R03.none": "HTTP/1.1 401", "R09.double-slash": "HTTP/1.1 401", "T01.none": "HTTP/1.0 400"} {
			x := byID[id]
			if http2 && !slices.Contains([]string{"V05.padded", "R03.none", "T01.none"}, id) {
				want = strings.Replace(want, "HTTP/1.1", "HTTP/2.0", 1)
			}
			if x == nil || x.Response == nil || x.Response.Proto+fmt.Sprint(" ", x.Status()) != want {
				t.Errorf("HTTP/2 %v: %s is %v, want %s", http2, id, x, want)
			}
		}
		if x := byID["L02/3"]; !x.Conn.Reused || x.Conn.ID != byID["L02/1"].Conn.ID {
			t.Errorf("HTTP/2 %v: the steps of L02 are not on one connection", http2)
		}
		if a, b := byID["V02/1"].Conn, byID["V02/2"].Conn; a.Reused || b.Reused || a.ID == b.ID {
			t.Errorf("HTTP/2 %v: the steps of V02 share a connection", http2)
		}
		if x := byID["T01.made-up"]; x.Secure || x.Conn.TLS != "" {
			t.Errorf("T01 was sent over TLS")
		}
	}
}

func TestHTTP2IsNotOffered(t *testing.T) {
	ca := newAuthority(t)
	endpoint := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "127.0.0.1", inAnHour())}, NextProtos: []string{"http/1.1"}}, false)
	g := runPlan(t, Config{TLS: TLSOptions{Roots: ca.pool()}}, planFor(t, endpoint).only("V06"))
	if want := (evidence.Unsent{Probe: "V06", Kind: evidence.UnsentInapplicable, Reason: "the target does not offer HTTP/2"}); !slices.Contains(g.Unsent, want) {
		t.Errorf("unsent %+v, exchanges %v", g.Unsent, g.Exchanges)
	}
}

func TestHTTP2WithPriorKnowledge(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(handler))
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Config.Protocols.SetHTTP1(true)
	server.Start()
	defer server.Close()
	g := runPlan(t, Config{HTTP2: true}, planFor(t, endpointOf(t, server.URL)).only("M01", "V05.padded"))
	for i, want := range []string{"HTTP/2.0 200", "HTTP/1.1 200", "HTTP/2.0 401", "HTTP/2.0 200"} {
		if x := g.Exchanges[i]; x.Response == nil || x.Response.Proto+fmt.Sprint(" ", x.Status()) != want {
			t.Errorf("%s: want %s, failure %v", x, want, x.Failure)
		}
	}
}

// TestHTTP2SendsTheSameValues compares what a server of net/http gets over HTTP/2
// with the values that the probes name, invisible characters included.
func TestHTTP2SendsTheSameValues(t *testing.T) {
	var mu sync.Mutex
	got := map[string]string{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		got[r.Header.Get("Traceparent")[3:35]] = r.Method + " " + r.RequestURI + " " + r.Host + fmt.Sprintf(" %q %q %q", r.Header[TokenField], r.Header["User-Agent"], r.Header["Accept"])
		mu.Unlock()
		handler(w, r)
	}))
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Config.Protocols.SetHTTP1(true)
	server.Start()
	defer server.Close()
	endpoint := endpointOf(t, server.URL)
	plan := planFor(t, endpoint, GroupFull, GroupHostile, GroupUnsafeMethods)
	wallet := newTestWallet(t)
	g, err := Run(context.Background(), Config{HTTP2: true}, wallet, plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, x := range g.Exchanges {
		if x.Response == nil || x.Response.Proto != "HTTP/2.0" || x.Status() == 400 || x.Status() == 431 {
			continue // the server answered without asking its handler
		}
		host := endpoint.Host
		var tokens, agents, accepted []string
		for _, f := range x.Request.Header {
			if strings.EqualFold(f.Name, TokenField) {
				value, _ := wallet.expand(f.Value)
				tokens = append(tokens, value)
			}
			switch f.Name {
			case "Host":
				host = f.Value
			case "User-Agent":
				agents = append(agents, f.Value)
			case "Accept":
				accepted = append(accepted, f.Value)
			}
		}
		target, err := wallet.expand(strings.ReplaceAll(x.Request.Target, "{next-vdn:V01}", "151"))
		if err != nil {
			t.Fatal(err)
		}
		if want := x.Request.Method + " " + target + " " + host + fmt.Sprintf(" %q %q %q", tokens, agents, accepted); got[x.Trace] != want {
			t.Errorf("%s: the server got another request than was recorded", x)
		}
		compared++
	}
	if compared < 150 {
		t.Errorf("only %d requests could be compared", compared)
	}
}

// TestHostileHTTP2 holds HTTP/2 to the same limits.
func TestHostileHTTP2(t *testing.T) {
	ca := newAuthority(t)
	hold := make(chan struct{})
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Header.Get(TokenField) {
		case testValid:
			_, _ = io.WriteString(w, tenantBody)
		case "null":
			for _, err := w.Write(nil); err == nil; {
				_, err = w.Write(make([]byte, 64<<10))
			}
		case "undefined":
			for i := range 2000 {
				w.Header().Set(fmt.Sprint("X-", i), strings.Repeat("y", 100))
			}
		case "":
			_, _ = io.WriteString(w, "part")
			_ = http.NewResponseController(w).Flush()
			<-hold
		default:
			panic(http.ErrAbortHandler)
		}
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "127.0.0.1", inAnHour())}}
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	defer close(hold)
	for probe, want := range map[string]string{"V03": "200  41", "M01": "200 timeout 4", "B01": "failure reset",
		"B08.null": fmt.Sprint("200 limit ", keptOfTooMuch), "B08.undefined": "failure reset"} {
		g := runPlan(t, Config{TLS: TLSOptions{Roots: ca.pool()}, HTTP2: true, Timeout: time.Second}, planFor(t, endpointOf(t, server.URL)).only(probe))
		if got := outcome(g.Exchanges[1]); got != want {
			t.Errorf("%s: %q, want %q", g.Exchanges[1], got, want)
		}
	}
}

// TestHTTP2Alone: what only HTTP/1.1 can carry does not apply to a target that does not
// speak it, and is asked of one that answered once with nothing.
func TestHTTP2Alone(t *testing.T) {
	for _, auto := range []bool{false, true} {
		t.Run(fmt.Sprint("auto ", auto), func(t *testing.T) { testHTTP2Alone(t, auto) })
	}
}

func testHTTP2Alone(t *testing.T, auto bool) {
	asked := []string{rawControl, "M01", "R03.none", "V06", "L02"}
	ca := newAuthority(t)
	start := func(change func(*httptest.Server), handler http.HandlerFunc) Endpoint {
		server := httptest.NewUnstartedServer(handler)
		server.TLS = &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "127.0.0.1", inAnHour())}}
		server.EnableHTTP2 = true
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		change(server)
		t.Cleanup(server.Close)
		return endpointOf(t, server.URL)
	}
	gather := func(endpoint Endpoint) *evidence.Gathering {
		return runPlan(t, Config{TLS: TLSOptions{Roots: ca.pool()}, HTTP2: !auto, AutoHTTP: auto, Timeout: 5 * time.Second}, planFor(t, endpoint).only(asked...))
	}
	g := gather(start(func(s *httptest.Server) { // crypto/tls would fall back to HTTP/1.1
		s.Config.Protocols = new(http.Protocols)
		s.Config.Protocols.SetUnencryptedHTTP2(true)
		s.Start()
	}, handler))
	var left []string
	for _, u := range g.Unsent {
		if u.Reason == errNoHTTP1.Error() && u.Kind == evidence.UnsentInapplicable {
			left = append(left, u.Probe)
		}
	}
	if want := []string{rawControl, "R03.none"}; !slices.Equal(left, want) {
		t.Errorf("left out %v, want %v", left, want)
	}
	for _, x := range g.Exchanges {
		if x.Failure != nil || x.Response.Proto != "HTTP/2.0" {
			t.Errorf("%s: %v", x, x.Failure)
		}
	}

	var lost atomic.Bool
	g = gather(start(func(s *httptest.Server) { s.StartTLS() }, func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 1 && lost.CompareAndSwap(false, true) {
			panic(http.ErrAbortHandler)
		}
		handler(w, r)
	}))
	for _, x := range g.Exchanges {
		if x.Failure != nil && x.Try == 0 {
			t.Errorf("with HTTP/1.1: %s: %v", x, x.Failure)
		}
	}
	if !lost.Load() || slices.ContainsFunc(g.Unsent, func(u evidence.Unsent) bool { return u.Reason == errNoHTTP1.Error() }) {
		t.Errorf("with HTTP/1.1: %v", g.Unsent)
	}
}

// TestStatusOverHTTP2: HTTP/2 can carry any number as the status, and omaspec takes
// those of three digits only.
func TestStatusOverHTTP2(t *testing.T) {
	for status, want := range map[string]string{
		"100000": "failure malformed", "48151623": "failure malformed", "1000": "failure malformed", "99": "failure malformed",
		"-401": "failure malformed", "9223372036854775807": "failure malformed", "999": "999  0", "401": "401  0",
	} {
		endpoint := endpointOf(t, "http://"+serveHTTP2(t, status))
		g := runPlan(t, Config{HTTP2: true, Timeout: 5 * time.Second}, planFor(t, endpoint).only("M01"))
		if got := outcome(g.Exchanges[1]); got != want {
			t.Errorf("%s: %q, want %q", status, got, want)
		}
		if f := g.Exchanges[1].Failure; f != nil && strings.ContainsFunc(f.Text, unicode.IsDigit) {
			t.Errorf("%s: the failure shows a number: %s", status, f.Text)
		}
	}
}

// serveHTTP2 serves HTTP/2 with prior knowledge, without a body: status 200 for the
// valid token, and then the given one. It returns the address.
func serveHTTP2(t *testing.T, status string) string {
	t.Helper()
	return serveConns(t, func(conn net.Conn) { answerHTTP2(conn, status) })
}

func answerHTTP2(conn net.Conn, status string) {
	_, _ = io.ReadFull(conn, make([]byte, len(http2.ClientPreface)))
	framer := http2.NewFramer(conn, conn)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	_ = framer.WriteSettings()
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return
		}
		request, ok := frame.(*http2.MetaHeadersFrame)
		if !ok {
			continue
		}
		code := status
		for _, f := range request.RegularFields() {
			if f.Value == testValid {
				code = "200"
			}
		}
		var block bytes.Buffer
		_ = hpack.NewEncoder(&block).WriteField(hpack.HeaderField{Name: ":status", Value: code})
		_ = framer.WriteHeaders(http2.HeadersFrameParam{StreamID: request.StreamID, BlockFragment: block.Bytes(), EndStream: true, EndHeaders: true})
	}
}

// proxyServer forwards plain http and opens tunnels, for those who know the
// password.
func proxyServer(t testing.TB, seen *atomic.Int64) *url.URL {
	t.Helper()
	credentials := "Basic " + base64.StdEncoding.EncodeToString([]byte("user:secret"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Proxy-Authorization") != credentials {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		seen.Add(1)
		if r.Method != http.MethodConnect {
			r.RequestURI = ""
			r.Header.Del("Proxy-Authorization")
			response, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			defer func() { _ = response.Body.Close() }()
			w.WriteHeader(response.StatusCode)
			_, _ = io.Copy(w, response.Body)
			return
		}
		target, err := net.Dial("tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		client, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(client, "HTTP/1.1 200 Connected\r\n\r\n")
		go func() {
			_, _ = io.Copy(target, client)
			_ = target.Close()
		}()
		_, _ = io.Copy(client, target)
		_ = client.Close()
	}))
	t.Cleanup(server.Close)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("user", "secret")
	return u
}

func TestProxy(t *testing.T) {
	var seen atomic.Int64
	proxy := proxyServer(t, &seen)
	ca := newAuthority(t)
	secure := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "127.0.0.1", inAnHour())}}, true)
	server := httptest.NewServer(http.HandlerFunc(handler))
	defer server.Close()
	for name, endpoint := range map[string]Endpoint{"https": secure, "http": endpointOf(t, server.URL)} {
		seen.Store(0)
		g := runPlan(t, Config{Proxy: proxy, TLS: TLSOptions{Roots: ca.pool()}}, planFor(t, endpoint).only("M01", "V06", "B17", "L02"))
		want := map[string]int{"https": 8, "http": 6}[name] // V06 and B17 cannot pass a proxy for plain http
		if len(g.Exchanges) != want || seen.Load() == 0 {
			t.Errorf("%s: %v, unsent %v, the proxy saw %d", name, g.Exchanges, g.Unsent, seen.Load())
		}
		for _, x := range g.Exchanges {
			if x.Failure != nil {
				t.Errorf("%s: %s: %s", name, x, x.Failure.Text)
			}
			if recorded := fmt.Sprintf("%+v", x.Request); strings.Contains(recorded, "Proxy-Authorization") || x.Request.Target != DefaultPath {
				t.Errorf("%s: %s records what is for the proxy", name, x)
			}
		}
	}
}

// TestProxyFailures wants what a proxy does not do to be said of the proxy.
func TestProxyFailures(t *testing.T) {
	const secure, plain = "https://127.0.0.1:1", "http://127.0.0.1:1"
	proxied := func(answer string) string { return serveRaw(t, says(answer)).origin() }
	for _, test := range []struct{ name, proxy, target, want string }{
		{"down, http", "http://127.0.0.1:1", plain, "the proxy refused the connection"},
		{"down, https", "http://127.0.0.1:1", secure, "the proxy refused the connection"},
		{"credentials, http", proxied("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"), plain, errProxyAsks.Error()},
		{"credentials, https", proxied("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno"), secure, errProxyAsks.Error()},
		{"forbidden", proxied("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"), secure, "the proxy did not connect to the target: it answered 403"},
		{"unreachable", proxied("HTTP/1.1 504 Gateway Timeout\r\n\r\n"), secure, "the proxy did not connect to the target: it answered 504"},
		{"talks too early", proxied("HTTP/1.1 200 OK\r\n\r\nhello"), secure, errProxyTunnel.Error()},
		{"is none", proxied("garbage\r\n"), secure, errProxyTunnel.Error()},
		{"no TLS", strings.Replace(proxied("garbage\r\n"), "http:", "https:", 1), secure, errProxyTLS.Error()},
	} {
		proxy, err := url.Parse(test.proxy)
		if err != nil {
			t.Fatal(err)
		}
		g := runPlan(t, Config{Proxy: proxy}, baselineOnly(t, endpointOf(t, test.target)))
		if f := g.Exchanges[0].Failure; f == nil || f.Kind != evidence.FailureDial || f.Text != test.want || g.Stopped == nil {
			t.Errorf("%s: %+v", test.name, f)
		}
	}
}
