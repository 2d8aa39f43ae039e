package main

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"omaspec/fixtures"
)

// serve serves a target of ours until the test ends.
func serve(t *testing.T, l fixtures.Listen, changes ...func(*fixtures.Behaviour)) (*fixtures.Target, *fixtures.Server) {
	t.Helper()
	var options []fixtures.Option
	for _, change := range changes {
		options = append(options, fixtures.With(change))
	}
	target := fixtures.NewTarget(options...)
	server, err := target.Start(l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return target, server
}

// closedPort is the address of a port of this machine where nobody listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	return l.Addr().String()
}

// open is a target that lets everybody in: AUTH-02 is violated.
func open(t *testing.T) (token, url string) {
	t.Helper()
	target, server := serve(t, fixtures.Listen{}, func(b *fixtures.Behaviour) { b.Status[fixtures.Missing] = 200 })
	return target.Tokens()[fixtures.Valid], server.URL
}

// hanging is a target that answers the first request well, tells of the second
// one, and answers no more until the test ends.
func hanging(t *testing.T) (target *fixtures.Target, url string, second <-chan struct{}) {
	t.Helper()
	var requests atomic.Int64
	asked, release := make(chan struct{}), make(chan struct{})
	target, server := serve(t, fixtures.Listen{}, observing(func(*http.Request) {
		switch n := requests.Add(1); {
		case n == 2:
			close(asked)
			fallthrough
		case n > 2:
			<-release
		}
	}))
	t.Cleanup(func() { close(release) })
	return target, server.URL, asked
}

// observing shows every request to a target before it is answered.
func observing(see func(*http.Request)) func(*fixtures.Behaviour) {
	return func(b *fixtures.Behaviour) {
		respond := b.Respond
		b.Respond = func(r *http.Request) fixtures.Answer {
			see(r)
			return respond(r)
		}
	}
}

// site is a target of ours that remembers what it was asked.
type site struct {
	target      *fixtures.Target
	url, ca     string // ca is the file with the CA's certificate, "" without TLS
	pause       time.Duration
	connections atomic.Int64

	mu       sync.Mutex
	seen     []visit // since the last run began
	inFlight int
	together int // requests at the same time, at most
}

type visit struct {
	method, uri, proto string
	host               string
	secure             bool
	header             http.Header
	at                 time.Time
}

func newSite(t *testing.T, l fixtures.Listen, changes ...func(*fixtures.Behaviour)) *site {
	t.Helper()
	s := &site{}
	remember := func(b *fixtures.Behaviour) {
		respond := b.Respond
		b.Respond = func(r *http.Request) fixtures.Answer {
			defer s.visit(r)()
			return respond(r)
		}
		configure := b.TLS
		b.TLS = func(c *tls.Config) {
			if configure != nil {
				configure(c)
			}
			c.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
				s.connections.Add(1)
				return nil, nil
			}
		}
	}
	var server *fixtures.Server
	s.target, server = serve(t, l, append(changes, remember)...)
	s.url = server.URL
	if l.TLS {
		s.ca = write(t, "ca.pem", string(server.CA), 0o600)
	}
	return s
}

// visit remembers a request until the returned function is called.
func (s *site) visit(r *http.Request) (leave func()) {
	s.connections.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, visit{r.Method, r.RequestURI, r.Proto, r.Host, r.TLS != nil && r.TLS.HandshakeComplete, r.Header, time.Now()})
	s.inFlight++
	s.together = max(s.together, s.inFlight)
	return func() {
		time.Sleep(s.pause)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.inFlight--
	}
}

// visits are the requests of the last run.
func (s *site) visits() []visit {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.seen)
}

// most is how many requests were there at the same time.
func (s *site) most() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.together
}

func (s *site) token() string { return s.target.Tokens()[fixtures.Valid] }

// run judges AUTH-02 of the site alone, unless args say otherwise.
func (s *site) run(t *testing.T, args ...string) *ran {
	t.Helper()
	s.mu.Lock()
	s.seen = nil
	s.mu.Unlock()
	if !slices.Contains(args, "--only") {
		args = append(args, "--only", "AUTH-02")
	}
	r := with("OMASPEC_TOKEN", s.token()).run(t, append([]string{"--target", s.url}, args...)...)
	r.wantExit(t, r.code, s.token())
	return r
}

// answering changes every answer of a target.
func answering(edit func(*http.Request, *fixtures.Answer)) func(*fixtures.Behaviour) {
	return func(b *fixtures.Behaviour) {
		respond := b.Respond
		b.Respond = func(r *http.Request) fixtures.Answer {
			a := respond(r)
			edit(r, &a)
			return a
		}
	}
}

// member replaces the value of one member of a 200.
func member(name string, value any) func(*fixtures.Behaviour) {
	return func(b *fixtures.Behaviour) {
		members := b.Members
		b.Members = func(c fixtures.Call) []fixtures.Member {
			list := members(c)
			for i := range list {
				if list[i].Name == name {
					list[i].Value = value
				}
			}
			return list
		}
	}
}

// wrapped puts the members of a 200 under the member schema.
func wrapped(b *fixtures.Behaviour) {
	encode := b.Encode
	b.Encode = func(members []fixtures.Member) []byte {
		return []byte(`{"schema":` + string(encode(members)) + `}`)
	}
}

// proxy is a forward proxy that takes every request, and every tunnel, to one
// server of this machine.
type proxy struct {
	*httptest.Server
	requests, tunnels atomic.Int64
	credentials       atomic.Value
}

func newProxy(t *testing.T, server string) *proxy {
	t.Helper()
	u, err := url.Parse(server)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = "http", u.Host
	}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.credentials.Store(r.Header.Get("Proxy-Authorization"))
		if r.Method != http.MethodConnect {
			p.requests.Add(1)
			forward.ServeHTTP(w, r)
			return
		}
		p.tunnels.Add(1)
		far, err := net.Dial("tcp", u.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.WriteHeader(http.StatusOK)
		near, sent, err := http.NewResponseController(w).Hijack()
		if err != nil {
			_ = far.Close()
			return
		}
		carry := func(to net.Conn, from io.Reader) {
			defer to.Close()
			_, _ = io.Copy(to, from)
		}
		go carry(near, far)
		go carry(far, sent) // with what came before the connection was taken over
	}))
	t.Cleanup(p.Close)
	return p
}

// serveRaw answers every request on a connection of its own with what answer
// writes; n counts the requests from 1. It returns the URL.
func serveRaw(t *testing.T, answer func(n int64, conn net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	var requests atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
				if readHead(conn) {
					answer(requests.Add(1), conn)
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// readHead reads to the end of a request's header section.
func readHead(conn net.Conn) bool {
	lines := bufio.NewReader(conn)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return false
		}
		if strings.TrimSpace(line) == "" {
			return true
		}
	}
}
