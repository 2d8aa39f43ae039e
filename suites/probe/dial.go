package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"omaspec/reports/evidence"
)

// dialer opens the connections of a run and numbers them.
type dialer struct {
	security  *security
	proxy     *url.URL
	maxHeader int
	opened    atomic.Int64
}

// link is a connection to the target, with what opening it showed.
type link struct {
	net.Conn
	reader  *bufio.Reader
	info    evidence.Conn
	connect time.Duration
	tls     time.Duration
}

// open connects to the target, through the proxy if there is one, and speaks
// TLS where the target is https. The error is a *failure.
func (d *dialer) open(ctx context.Context, target Endpoint, config *tls.Config) (*link, error) {
	l := &link{}
	started := time.Now()
	var err error
	if l.Conn, err = d.connect(ctx, target); err != nil {
		return nil, err
	}
	l.connect = time.Since(started)
	l.info = evidence.Conn{ID: int(d.opened.Add(1)), Remote: l.RemoteAddr().String()}
	if target.Secure {
		if err := l.secure(ctx, config); err != nil {
			return nil, err
		}
	}
	l.reader = bufio.NewReader(l.Conn)
	return l, nil
}

// secure does the TLS handshake; it closes the connection if that fails.
func (l *link) secure(ctx context.Context, config *tls.Config) error {
	started := time.Now()
	secure := tls.Client(l.Conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = l.Close()
		return handshakeFailure(err)
	}
	l.Conn = secure
	l.tls = time.Since(started)
	state := secure.ConnectionState()
	l.info.TLS = tls.VersionName(state.Version)
	l.info.Cipher = tls.CipherSuiteName(state.CipherSuite)
	l.info.ALPN = state.NegotiatedProtocol
	l.info.LeafSHA256 = fingerprint(state.PeerCertificates[0])
	return nil
}

// connect opens the TCP connection. To a plain http target through an http proxy it
// is the one to the proxy itself.
func (d *dialer) connect(ctx context.Context, target Endpoint) (net.Conn, error) {
	if d.proxy == nil {
		return dialTCP(ctx, target.Addr)
	}
	conn, err := d.connectProxy(ctx)
	through := d.tunnel
	switch {
	case err != nil:
		return nil, err
	case isSOCKS(d.proxy):
		through = d.socks
	case !target.Secure:
		return conn, nil
	}
	if err := through(ctx, conn, target.Addr); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

func dialTCP(ctx context.Context, addr string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, dialFailure(err)
	}
	return conn, nil
}

// connectProxy opens the connection to the proxy, with TLS if it is https.
func (d *dialer) connectProxy(ctx context.Context) (net.Conn, error) {
	port := d.proxy.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}[d.proxy.Scheme]
	}
	conn, err := dialTCP(ctx, net.JoinHostPort(d.proxy.Hostname(), port))
	if err != nil {
		return nil, ofProxy[err]
	}
	if d.proxy.Scheme != "https" {
		return conn, nil
	}
	secure := tls.Client(conn, &tls.Config{
		ServerName: d.proxy.Hostname(), RootCAs: d.security.options.Roots, MinVersion: tls.VersionTLS12})
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, errProxyTLS
	}
	return secure, nil
}

// tunnel asks the proxy for a connection to addr (RFC 9110 9.3.6).
func (d *dialer) tunnel(ctx context.Context, conn net.Conn, addr string) error {
	defer guard(ctx, conn)()
	request := "CONNECT " + addr + " HTTP/1.1\r\nHost: " + addr + "\r\n" + d.proxyCredentials() + "\r\n"
	if _, err := conn.Write([]byte(request)); err != nil {
		return errProxyTunnel
	}
	reader := bufio.NewReader(conn)
	budget := d.maxHeader
	head, err := readHead(reader, &budget)
	switch {
	case err != nil:
		return errProxyTunnel
	case head.status != http.StatusOK:
		return tunnelFailure(head.status)
	case reader.Buffered() > 0:
		return errProxyTunnel
	}
	return nil
}

// proxyCredentials is the field line that authenticates to the proxy, or "".
func (d *dialer) proxyCredentials() string {
	if d.proxy == nil || d.proxy.User == nil {
		return ""
	}
	password, _ := d.proxy.User.Password()
	pair := d.proxy.User.Username() + ":" + password
	return "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(pair)) + "\r\n"
}

// guard makes the end of ctx the end of every read and write of conn, until the
// returned function is called.
func guard(ctx context.Context, conn net.Conn) (release func()) {
	deadline, _ := ctx.Deadline()
	_ = conn.SetDeadline(deadline)
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return func() { stop() }
}
