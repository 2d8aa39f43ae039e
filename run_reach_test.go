package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"omaspec/fixtures"
	"omaspec/reports"
	"omaspec/reports/evidence"
	"omaspec/schemas"
)

// connectTo reaches a target whose name nobody resolves, at one address.
func connectTo(t *testing.T) {
	for _, secure := range []bool{true, false} {
		s := newSite(t, fixtures.Listen{TLS: secure}, func(b *fixtures.Behaviour) {
			b.Certificate = func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"staging.invalid"}, nil }
		})
		scheme, addr, _ := strings.Cut(s.url, "://")
		args := []string{"--connect-to", addr, "--ca-file", s.ca, "--allow-plaintext", "--only", "AUTH-02", "--only", "HTTP-10", "--only", "HTTP-08"}
		for name, want := range map[string]string{"staging.invalid": "staging.invalid", "STAGING.invalid:8443": "STAGING.invalid:8443"} {
			r := s.run(t, append(args, "--target", scheme+"://"+name)...)
			if secure {
				r.wantExit(t, 0)
			} else if got := r.violated(t); !slices.Equal(got, []string{"HTTP-08"}) {
				t.Errorf("violated: %v; a name of another machine is not this one", got)
			}
			for _, v := range s.visits() {
				if v.host != want {
					t.Errorf("the Host field is %s, want %s", v.host, want)
				}
			}
			run := r.record(t)
			if run.Settings.Options["connect-to"] != addr || !strings.HasPrefix(run.Target.URL, scheme+"://"+name+"/") {
				t.Errorf("recorded: %s by %s", run.Target.URL, run.Settings.Options["connect-to"])
			}
			for _, x := range run.Exchanges {
				if x.Curl != "" && !strings.Contains(x.Curl, " --connect-to ::"+addr+" ") {
					t.Errorf("%s: %s", x.ID, x.Curl)
				}
			}
			if !strings.Contains(string(r.files["evidence.har"]), `"connect-to":"`+addr+`"`) {
				t.Error("evidence.har does not say --connect-to")
			}
		}
	}
	s := newSite(t, fixtures.Listen{})
	for _, bad := range []string{"a.example", ":80", "a.example:0", "a.example:99999", "https://a.example:1", "a b:1"} {
		s.run(t, "--connect-to", bad).wantRefusal(t, "takes HOST:PORT", bad)
	}
	s.run(t, "--target", "http://staging.invalid", "--allow-plaintext", "--connect-to", "127.0.0.1:1", "--proxy", "http://127.0.0.1:1").wantRefusal(t, "--connect-to has no effect")
}

// userAgent chooses the User-Agent field, which the bare request has not.
func userAgent(t *testing.T) {
	s := newSite(t, fixtures.Listen{})
	for _, test := range []struct{ option, want string }{{"", "omaspec/"}, {"acme tests/2 {token:valid}", "acme tests/2 {token:valid}"}} {
		args := []string{"--only", "AUTH-01"}
		if test.option != "" {
			args = append(args, "--user-agent", test.option)
		}
		r := s.run(t, args...)
		r.wantExit(t, 0)
		bare := 0
		for _, v := range s.visits() {
			agent, sent := v.header["User-Agent"]
			if !sent && !slices.Contains(slices.Collect(mapsKeys(v.header)), "Accept") {
				bare++
			} else if !strings.HasPrefix(agent[0], "Mozilla/") && !strings.HasPrefix(agent[0], test.want) || !strings.Contains(v.header.Get("Accept"), "*/*") && v.header.Get("Accept") != "text/html" {
				t.Errorf("User-Agent %q, Accept %q", agent, v.header["Accept"])
			}
		}
		if bare != 1 {
			t.Errorf("%d bare requests, want one", bare)
		}
		if i := slices.IndexFunc(r.record(t).Exchanges, func(x reports.Exchange) bool { return x.ID == "V08" }); i < 0 || !strings.Contains(r.record(t).Exchanges[i].Curl, "--header User-Agent: --header Accept:") {
			t.Error("V08 is not recorded with how to send it again")
		}
	}
	s.run(t, "--header", "User-Agent: x").wantRefusal(t, "use --user-agent")
	s.run(t, "--user-agent", "a\tb").wantRefusal(t, "control character")
}

func mapsKeys(h http.Header) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range h {
			if !yield(name) {
				return
			}
		}
	}
}

// waitUntilUp starts a run before its target is up.
func waitUntilUp(t *testing.T) {
	for _, status := range []int{502, 503, 504} {
		var asked atomic.Int64
		s := newSite(t, fixtures.Listen{}, answering(func(r *http.Request, a *fixtures.Answer) {
			if asked.Add(1) <= 3 {
				a.Status = status
				if r.Header.Get(fixtures.HeaderName) != "" {
					t.Error("a token was sent to a target that is not up")
				}
			}
		}))
		r := s.run(t, "--wait", "50s")
		r.wantExit(t, 0)
		if asked.Load() < 4 || !strings.Contains(r.stderr, "waiting until "+s.url+" is up, up to 50s") {
			t.Errorf("asked %d times; stderr %q", asked.Load(), r.stderr)
		}
		if first := r.record(t).Exchanges[0]; first.ID != "V01" || first.Attempts != 1 {
			t.Errorf("the first exchange is %s, of %d attempts", first.ID, first.Attempts)
		}
	}
	closed := "http://" + closedPort(t)
	r := with("OMASPEC_TOKEN", secret).run(t, "--target", closed, "--wait", "300ms")
	r.wantReason(t, reports.ExitInconclusive, "the target refused the connection", secret)

	// A target that starts later.
	target := fixtures.NewTarget()
	late := with("OMASPEC_TOKEN", target.Tokens()[fixtures.Valid])
	p := late.startRun(t, "--target", closed, "--wait", "50s", "--only", "AUTH-02")
	server, err := target.Start(fixtures.Listen{Addr: strings.TrimPrefix(closed, "http://")})
	if err != nil {
		t.Skipf("another program took the port: %v", err)
	}
	t.Cleanup(func() { _ = server.Close() })
	late.wait(t, p).wantExit(t, 0)

	// An interrupt ends the waiting.
	var asked atomic.Int64
	away := serveRaw(t, func(n int64, conn net.Conn) {
		asked.Store(n)
		say(conn, "HTTP/1.1 503 x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	})
	c := with("OMASPEC_TOKEN", secret)
	p = c.startRun(t, "--target", away, "--wait", "1h")
	eventually(t, "the target was asked", func() bool { return asked.Load() > 0 })
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	c.wait(t, p).wantExit(t, reports.ExitInterrupted, secret)
}

// behind puts a gateway in front of a target that wants these credentials.
func behind(basic, cookie string) func(*fixtures.Behaviour) {
	return func(b *fixtures.Behaviour) {
		respond := b.Respond
		b.Respond = func(r *http.Request) fixtures.Answer {
			user, password, _ := r.BasicAuth()
			if basic != "" && user+":"+password != basic || !strings.Contains("; "+r.Header.Get("Cookie")+";", "; "+cookie+";") && cookie != "" || len(r.Header["Cookie"]) > 1 {
				a := fixtures.Answer{Status: 401, Header: http.Header{}, Body: []byte("who are you?")}
				a.Header.Set("WWW-Authenticate", `Basic realm="staging"`)
				return a
			}
			return respond(r)
		}
	}
}

// The credentials for a gateway, as the tests give them.
const (
	gatewayBasic  = "gate-keeper:Open-Sesame-4711"
	gatewayCookie = "gate_session=Zk9x17unguessable3words; stage=blue"
)

// gatewaySecrets are what no report may hold of them.
var gatewaySecrets = []string{gatewayBasic, "Open-Sesame-4711", "gate-keeper", "Zk9x17unguessable3words", base64.StdEncoding.EncodeToString([]byte(gatewayBasic))}

// TestGateway judges a target behind a gateway that wants credentials with every
// request.
func TestGateway(t *testing.T) {
	t.Parallel()
	s := newSite(t, fixtures.Listen{}, behind(gatewayBasic, "gate_session=Zk9x17unguessable3words"))
	r := s.run(t, "--only", "AUTH-02")
	r.wantReason(t, reports.ExitInconclusive, "OMASPEC_GATEWAY_BASIC")
	file := write(t, "basic", gatewayBasic+"\n", 0o600)
	c := with("OMASPEC_TOKEN", s.token(), "OMASPEC_GATEWAY_BASIC_FILE", file, "OMASPEC_GATEWAY_COOKIE", gatewayCookie)
	r = c.run(t, "--target", s.url, "--full")
	r.wantExit(t, 0, append(gatewaySecrets, s.token())...)
	if got := r.outcome(t, "AUTH-10"); got != schemas.Passed {
		t.Errorf("AUTH-10 %s: %s", got, r.result(t, "AUTH-10").Reason)
	}
	run := r.record(t)
	for _, x := range run.Exchanges {
		for _, want := range []evidence.RequestField{{Name: "Authorization", Value: "Basic {gateway:basic|base64}"}, {Name: "Cookie", Value: "{gateway:cookie}"}} {
			if !slices.ContainsFunc(x.Header, func(f evidence.RequestField) bool {
				return f.Name == want.Name && strings.HasPrefix(f.Value, want.Value)
			}) {
				t.Errorf("%s is recorded without %s", x.ID, want.Name)
			}
		}
	}
	for _, id := range []string{"M06", "V07"} {
		if !slices.ContainsFunc(run.Unsent, func(u evidence.Unsent) bool {
			return u.Probe == id && strings.Contains(u.Reason, "the gateway in front")
		}) {
			t.Errorf("%s does not say why it was not sent", id)
		}
	}
	for variable, bad := range map[string][]string{
		"OMASPEC_GATEWAY_BASIC":  {"without-a-colon-4711", ":password-alone-4711", "gate:two\nlines-4711", "a:b"},
		"OMASPEC_GATEWAY_COOKIE": {"no cookie at all 4711", "a b=c-4711", "a=b"},
	} {
		for _, value := range bad {
			with("OMASPEC_TOKEN", s.token(), variable, value).run(t, "--target", s.url).wantRefusal(t, "", value)
		}
	}
	with("OMASPEC_TOKEN", s.token(), "OMASPEC_GATEWAY_BASIC", gatewayBasic).run(t, "--target", s.url, "--user-agent", gatewayBasic).
		wantRefusal(t, "--user-agent holds the credential of OMASPEC_GATEWAY_BASIC", gatewaySecrets...)
	with("OMASPEC_GATEWAY_COOKIE", gatewayCookie).run(t).wantRefusal(t, "OMASPEC_GATEWAY_COOKIE says that one is meant", gatewaySecrets...)
}

// TestGatewayInClearText wants no credential to go over plain http to the clear-text
// port of an https target.
func TestGatewayInClearText(t *testing.T) {
	t.Parallel()
	s := newSite(t, fixtures.Listen{TLS: true}, func(b *fixtures.Behaviour) { b.Plain = true })
	c := with("OMASPEC_TOKEN", s.token(), "OMASPEC_GATEWAY_BASIC", gatewayBasic, "OMASPEC_GATEWAY_COOKIE", gatewayCookie, "OMASPEC_HEADER", "X-Api-Key: "+secret+"\nX-Stage: blue")
	c.run(t, "--target", s.url, "--ca-file", s.ca, "--only", "HTTP-08")
	plain := 0
	for _, v := range s.visits() {
		_, _, basic := (&http.Request{Header: v.header}).BasicAuth()
		if v.secure != basic || v.secure == (v.header.Get("X-Api-Key") == "") || v.header.Get("X-Stage") != "blue" {
			t.Errorf("over TLS %v: Authorization %v, X-Api-Key %v", v.secure, basic, v.header.Get("X-Api-Key") != "")
		}
		if !v.secure {
			plain++
		}
	}
	if plain == 0 {
		t.Error("nothing was sent in clear text")
	}
}

// socks is a SOCKS 5 proxy that takes every connection to one server of this machine,
// wants these credentials if any, and answers with that reply.
func socks(t *testing.T, server, credentials string, reply byte) (addr string, asked *atomic.Value) {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	asked = &atomic.Value{}
	read := func(conn net.Conn, n int) []byte {
		b := make([]byte, n)
		_, _ = io.ReadFull(conn, b)
		return b
	}
	serve := func(conn net.Conn) {
		defer conn.Close()
		methods := read(conn, int(read(conn, 2)[1]))
		switch {
		case credentials == "":
			_, _ = conn.Write([]byte{5, 0})
		case !slices.Contains(methods, 2):
			_, _ = conn.Write([]byte{5, 0xff})
			return
		default:
			_, _ = conn.Write([]byte{5, 2})
			name := read(conn, int(read(conn, 2)[1]))
			password := read(conn, int(read(conn, 1)[0]))
			if string(name)+":"+string(password) != credentials {
				_, _ = conn.Write([]byte{1, 1})
				return
			}
			_, _ = conn.Write([]byte{1, 0})
		}
		host := ""
		switch head := read(conn, 4); head[3] {
		case 3:
			host = string(read(conn, int(read(conn, 1)[0])))
		case 1:
			host = net.IP(read(conn, 4)).String()
		case 4:
			host = net.IP(read(conn, 16)).String()
		}
		port := binary.BigEndian.Uint16(read(conn, 2))
		asked.Store(net.JoinHostPort(host, (&net.TCPAddr{Port: int(port)}).String()[1:]))
		_, _ = conn.Write([]byte{5, reply, 0, 3, 1, 'x', 0, 1})
		if reply != 0 {
			return
		}
		far, err := net.Dial("tcp", u.Host)
		if err != nil {
			return
		}
		defer far.Close()
		go func() { _, _ = io.Copy(far, conn) }()
		_, _ = io.Copy(conn, far)
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serve(conn)
		}
	}()
	return l.Addr().String(), asked
}

// TestSOCKS sends through a SOCKS proxy, which resolves the target's name.
func TestSOCKS(t *testing.T) {
	t.Parallel()
	for _, listen := range []fixtures.Listen{{}, {TLS: true}} {
		s := newSite(t, listen)
		target := strings.Replace(s.url, "127.0.0.1", "omaspec.localhost", 1)
		_, port, _ := net.SplitHostPort(strings.Split(s.url, "://")[1])
		for _, scheme := range []string{"socks5", "socks5h"} {
			addr, asked := socks(t, s.url, "user:"+secret, 0)
			r := s.run(t, "--target", target, "--proxy", scheme+"://user:"+secret+"@"+addr, "--ca-file", s.ca, "--server-name", "127.0.0.1", "--only", "AUTH-03")
			r.wantExit(t, 0, secret)
			if asked.Load() != "omaspec.localhost:"+port {
				t.Errorf("the proxy was asked for %v", asked.Load())
			}
			// Such a proxy rewrites nothing, so raw probes are sent.
			if !slices.ContainsFunc(r.record(t).Exchanges, func(x reports.Exchange) bool { return x.ID == "M03" && x.Status == 401 }) {
				t.Error("M03 was not sent")
			}
		}
		addr, asked := socks(t, s.url, "", 0)
		s.run(t, "--target", target, "--proxy", "socks5://"+addr, "--connect-to", "[2001:db8::7]:1234", "--ca-file", s.ca, "--server-name", "127.0.0.1", "--allow-plaintext", "--only", "AUTH-02").wantExit(t, 0)
		if asked.Load() != "[2001:db8::7]:1234" {
			t.Errorf("the proxy was asked for %v", asked.Load())
		}
	}
	s := newSite(t, fixtures.Listen{})
	refusing, _ := socks(t, s.url, "", 5)
	wanting, _ := socks(t, s.url, "user:other", 0)
	for proxy, want := range map[string]string{
		refusing:                      "the proxy did not connect to the target: the connection was refused",
		wanting:                       "the proxy wants other credentials than --proxy has, if any",
		"user:wrong@" + wanting:       "the proxy wants other credentials than --proxy has, if any",
		closedPort(t):                 "the proxy refused the connection",
		strings.Split(s.url, "//")[1]: "the proxy does not speak SOCKS 5",
		"nowhere.invalid:1080":        "the host name of the proxy could not be resolved",
	} {
		s.run(t, "--allow-plaintext", "--proxy", "socks5://"+proxy).wantReason(t, reports.ExitInconclusive, want)
	}
}

// TestEnvironmentProxy wants the usual variables to count only when they are asked for.
func TestEnvironmentProxy(t *testing.T) {
	t.Parallel()
	s := newSite(t, fixtures.Listen{})
	p := newProxy(t, s.url)
	socksAddr, asked := socks(t, s.url, "", 0)
	closed := "http://" + closedPort(t)
	for _, test := range []struct {
		name      string
		variables []string
		args      []string
		want      string
		code      int
	}{
		{"not asked for", []string{"HTTP_PROXY", closed, "ALL_PROXY", closed}, []string{"--target", s.url}, "", 0},
		{"HTTP_PROXY", []string{"HTTP_PROXY", p.URL, "ALL_PROXY", closed}, []string{"--proxy", "environment"}, "http", 0},
		{"ALL_PROXY", []string{"ALL_PROXY", "socks5://" + socksAddr}, []string{"--proxy", "environment"}, "socks", 0},
		{"in lower case", []string{"http_proxy", p.URL}, []string{"--proxy", "environment"}, "http", 0},
		{"NO_PROXY", []string{"HTTP_PROXY", closed, "NO_PROXY", "staging.invalid"}, []string{"--proxy", "environment", "--connect-to", strings.Split(s.url, "//")[1]}, "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := p.requests.Load()
			asked.Store("")
			c := with(append([]string{"OMASPEC_TOKEN", s.token()}, test.variables...)...)
			args := append([]string{"--target", "http://staging.invalid", "--allow-plaintext", "--only", "AUTH-02"}, test.args...)
			c.run(t, args...).wantExit(t, test.code)
			if used := p.requests.Load() > before; used != (test.want == "http") || (asked.Load() != "") != (test.want == "socks") {
				t.Errorf("http proxy used: %v, SOCKS proxy asked for %q", used, asked.Load())
			}
		})
	}
	with("OMASPEC_TOKEN", s.token(), "HTTP_PROXY", "http://user:"+secret+"@%zz").run(t, "--target", "http://staging.invalid", "--allow-plaintext", "--proxy", "environment").
		wantRefusal(t, "holds no URL of one", secret)
}

// TestZone asks a link-local address of this machine, whose zone it must not send.
func TestZone(t *testing.T) {
	t.Parallel()
	zone, addr := linkLocal(t)
	s := newSite(t, fixtures.Listen{Addr: "[" + addr + "%" + zone + "]:0"})
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.url, "http://"))
	r := s.run(t, "--target", "http://["+addr+"%25"+zone+"]:"+port, "--allow-plaintext", "--only", "AUTH-02")
	r.wantExit(t, 0)
	for _, v := range s.visits() {
		if v.host != "["+addr+"]:"+port {
			t.Errorf("the Host field is %q", v.host)
		}
	}
	if got := r.record(t).Target.URL; !strings.Contains(got, "%25"+zone+"]") {
		t.Errorf("recorded as %s", got)
	}
	s.run(t, "--target", "http://["+addr+"%25"+zone+"]:"+port, "--allow-plaintext", "--proxy", "socks5://127.0.0.1:1").wantRefusal(t, "means nothing to a proxy")
}

// linkLocal is a link-local IPv6 address of this machine.
func linkLocal(t *testing.T) (zone, addr string) {
	t.Helper()
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Skipf("the interfaces of this machine cannot be listed: %v", err)
	}
	for _, i := range interfaces {
		addrs, _ := i.Addrs()
		for _, a := range addrs {
			if n, ok := a.(*net.IPNet); ok && n.IP.To4() == nil && (n.IP.IsLinkLocalUnicast() || n.IP.IsLoopback()) {
				zone, addr = i.Name, n.IP.String()
				if n.IP.IsLinkLocalUnicast() {
					return zone, addr
				}
			}
		}
	}
	if addr == "" {
		t.Skip("this machine has no IPv6 address with a zone")
	}
	return zone, addr
}

// TestHTTP2Only judges targets that do not speak HTTP/1.1, by prior knowledge and by
// ALPN, without being told so.
func TestHTTP2Only(t *testing.T) {
	t.Parallel()
	for _, secure := range []bool{false, true} {
		target := fixtures.NewTarget()
		server := httptest.NewUnstartedServer(target)
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.Config.Protocols = new(http.Protocols)
		ca := ""
		if secure {
			server.EnableHTTP2 = true
			server.TLS = &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				if !slices.Contains(hello.SupportedProtos, "h2") {
					return nil, errors.New("h2 alone")
				}
				return nil, nil
			}}
			server.Config.Protocols.SetHTTP2(true)
			server.StartTLS()
			ca = write(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})), 0o600)
		} else {
			server.Config.Protocols.SetUnencryptedHTTP2(true)
			server.Start()
		}
		t.Cleanup(server.Close)
		c := with("OMASPEC_TOKEN", target.Tokens()[fixtures.Valid])
		args := []string{"--target", server.URL, "--ca-file", ca, "--only", "AUTH-01", "--only", "AUTH-02", "--only", "HTTP-01", "--only", "AUTH-15", "--full"}
		for _, more := range [][]string{nil, {"--http", "2"}, {"--wait", "50s"}} {
			r := c.run(t, append(args, more...)...)
			r.wantExit(t, 0)
			if got := r.record(t).Target.Protocols; !slices.Contains(got, "HTTP/2.0") || slices.Contains(got, "HTTP/1.1") {
				t.Errorf("%q: over %v", more, got)
			}
			if got := r.outcome(t, "AUTH-15"); got != schemas.NotApplicable {
				t.Errorf("%q: AUTH-15 %s: %s", more, got, r.result(t, "AUTH-15").Reason)
			}
		}
		c.run(t, append(args, "--http", "1.1")...).wantExit(t, reports.ExitInconclusive)
	}
}

// TestHandshakeCures names the setting that makes a handshake succeed, and with which
// the run then does.
func TestHandshakeCures(t *testing.T) {
	t.Parallel()
	target := fixtures.NewTarget()
	serveTLS := func(config *tls.Config) string {
		server := httptest.NewUnstartedServer(target)
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.TLS = config
		server.StartTLS()
		t.Cleanup(server.Close)
		return server.URL
	}
	pair, err := rsaPair()
	if err != nil {
		t.Fatal(err)
	}
	old := &tls.Config{Certificates: []tls.Certificate{pair}, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}}
	for cure, url := range map[string]string{
		"GODEBUG=tlsrsakex=1": serveTLS(old),
		"GODEBUG=tlsmlkem=0":  "https://" + cutting(t, strings.TrimPrefix(serveTLS(nil), "https://")),
	} {
		t.Run(cure, func(t *testing.T) {
			args := []string{"--target", url, "--insecure-skip-verify", "--only", "AUTH-02"}
			c := with("OMASPEC_TOKEN", target.Tokens()[fixtures.Valid])
			c.run(t, args...).wantReason(t, reports.ExitInconclusive, "set "+cure)
			variable, value, _ := strings.Cut(cure, "=")
			c.env[variable] = value
			c.run(t, args...).wantExit(t, 0)
		})
	}
	s := newSite(t, fixtures.Listen{TLS: true})
	if r := s.run(t); strings.Contains(r.stdout, "GODEBUG") {
		t.Error("an untrusted certificate is said to be cured by a setting")
	}
}

// rsaPair is a certificate with a key of RSA.
func rsaPair() (tls.Certificate, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// cutting is the address of a middlebox that ends connections whose first record is
// larger than a packet.
func cutting(t *testing.T, far string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	carry := func(near net.Conn) {
		defer near.Close()
		head := make([]byte, 5)
		if _, err := io.ReadFull(near, head); err != nil || binary.BigEndian.Uint16(head[3:]) > 1200 {
			return
		}
		conn, err := net.Dial("tcp", far)
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = conn.Write(head)
		go func() { _, _ = io.Copy(conn, near) }()
		_, _ = io.Copy(near, conn)
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go carry(conn)
		}
	}()
	return l.Addr().String()
}
