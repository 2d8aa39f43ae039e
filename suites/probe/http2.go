package probe

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"time"

	"omaspec/reports/evidence"
)

// http2Lane sends over HTTP/2 through net/http, by ALPN over https and with prior
// knowledge over http. It follows no redirect, keeps no cookies, and removes no
// content coding.
type http2Lane struct {
	dialer    *dialer
	target    Endpoint
	limits    limits
	timeout   time.Duration // of opening a connection
	transport *http.Transport
	fresh     bool // a new connection for every request

	mu    sync.Mutex
	links map[net.Conn]*link
}

func newHTTP2Lane(d *dialer, target Endpoint, limit limits, timeout time.Duration, fresh bool) *http2Lane {
	quiet()
	h := &http2Lane{dialer: d, target: target, limits: limit, timeout: timeout, fresh: fresh, links: map[net.Conn]*link{}}
	var protocols http.Protocols
	protocols.SetHTTP2(target.Secure)
	protocols.SetUnencryptedHTTP2(!target.Secure)
	h.transport = &http.Transport{
		Protocols:              &protocols,
		DisableCompression:     true,
		MaxResponseHeaderBytes: int64(limit.header),
		DialContext:            func(ctx context.Context, _, _ string) (net.Conn, error) { return h.open(ctx) },
		DialTLSContext:         func(ctx context.Context, _, _ string) (net.Conn, error) { return h.open(ctx) },
	}
	return h
}

// open dials for net/http, which takes the time limit of the request off ctx.
func (h *http2Lane) open(ctx context.Context) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, h.timeout)
	defer cancel()
	l, err := h.dialer.open(ctx, h.target, h.dialer.security.config("h2", "http/1.1"))
	if err != nil {
		return nil, err
	}
	if h.target.Secure && l.info.ALPN != "h2" {
		_ = l.Close()
		return nil, errNoHTTP2
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.links[l.Conn] = l
	return l.Conn, nil
}

// close closes every connection, also one that net/http does not yet call idle.
func (h *http2Lane) close() {
	h.transport.CloseIdleConnections()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.links {
		_ = l.Close()
	}
	clear(h.links)
}

func (h *http2Lane) send(ctx context.Context, out *outgoing, x *evidence.Exchange) error {
	if h.fresh {
		defer h.close()
	}
	var w watch
	request, err := h.request(httptrace.WithClientTrace(ctx, w.trace()), out)
	if err != nil {
		return err
	}
	w.seen.started = time.Now()
	response, err := h.transport.RoundTrip(request)
	seen := w.look()
	h.describe(seen, x)
	if err != nil {
		return streamFailure(err)
	}
	defer func() { _ = response.Body.Close() }()
	if !evidence.IsStatus(response.StatusCode) {
		return errStatusCode
	}
	x.Response = &evidence.Response{Proto: response.Proto, Status: response.StatusCode, Header: fieldsOf(response.Header)}
	if x.Response.Declared, err = declaredLength(x.Response.Header); err != nil {
		return err
	}
	h.readBody(response, x.Response)
	x.Response.Trailer = fieldsOf(response.Trailer)
	x.Timings.Receive = time.Since(seen.first)
	return nil
}

// request makes the request for net/http out of the expanded parts.
func (h *http2Lane) request(ctx context.Context, out *outgoing) (*http.Request, error) {
	var body io.Reader
	if out.body != "" {
		body = strings.NewReader(out.body)
	}
	request, err := http.NewRequestWithContext(ctx, out.symbolic.Method, h.target.origin()+out.target, body)
	if err != nil {
		return nil, errUnsendable
	}
	request.Header["user-agent"] = []string{""} // which keeps net/http from sending its own
	for _, f := range out.fields {
		switch f.Name {
		case "Host":
			request.Host = f.Value
		case "Content-Length", "Connection": // net/http's own, and none of HTTP/2
		case "User-Agent":
			request.Header["user-agent"] = []string{f.Value}
		default:
			// HTTP/2 has lower-case names only. Under one key the lines keep their order.
			name := strings.ToLower(f.Name)
			request.Header[name] = append(request.Header[name], f.Value)
		}
	}
	return request, nil
}

// readBody reads a body within the limit.
func (h *http2Lane) readBody(from *http.Response, to *evidence.Response) {
	body, err := io.ReadAll(io.LimitReader(from.Body, int64(h.limits.body)+1))
	switch {
	case len(body) > h.limits.body:
		to.Cut = "limit"
	case err != nil:
		to.Cut = cutBy(err)
	}
	to.Body = kept(body, to.Cut)
}

// fieldsOf lists a header of net/http by name.
func fieldsOf(header http.Header) evidence.Fields {
	var fields evidence.Fields
	for name, values := range header {
		for _, value := range values {
			fields = append(fields, evidence.Field{Name: name, Value: evidence.Sensitive(value)})
		}
	}
	slices.SortStableFunc(fields, func(a, b evidence.Field) int { return strings.Compare(a.Name, b.Name) })
	return fields
}

// watch sees what net/http does for one request, from goroutines that may go on
// after the response is there.
type watch struct {
	mu   sync.Mutex
	seen sight
}

// sight is what a watch saw.
type sight struct {
	started, written, first time.Time

	connections int // more than one when net/http sent the request again
	conn        net.Conn
	reused      bool
}

func (w *watch) trace() *httptrace.ClientTrace {
	note := func(f func(*sight)) {
		w.mu.Lock()
		defer w.mu.Unlock()
		f(&w.seen)
	}
	return &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			note(func(s *sight) {
				s.connections++
				s.conn, s.reused, s.started = info.Conn, info.Reused, time.Now()
			})
		},
		WroteRequest:         func(httptrace.WroteRequestInfo) { note(func(s *sight) { s.written = time.Now() }) },
		GotFirstResponseByte: func() { note(func(s *sight) { s.first = time.Now() }) },
	}
}

// look returns what was seen so far.
func (w *watch) look() sight {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen
}

// describe fills in the attempts, the connection and the times of an exchange.
func (h *http2Lane) describe(s sight, x *evidence.Exchange) {
	x.Attempts += max(0, s.connections-1)
	h.mu.Lock()
	l := h.links[s.conn]
	h.mu.Unlock()
	if l == nil {
		return
	}
	x.Conn = l.info
	x.Conn.Reused = s.reused
	if !s.reused {
		x.Timings.Connect, x.Timings.TLS = l.connect, l.tls
	}
	if !s.written.IsZero() {
		x.Timings.Send = s.written.Sub(s.started)
		x.Timings.Wait = max(0, s.first.Sub(s.written))
	}
}

// streamFailure says why net/http returned no response.
func streamFailure(err error) error {
	var inapplicable *InapplicableError
	var ours *failure
	switch {
	case errors.As(err, &inapplicable):
		return inapplicable
	case errors.As(err, &ours):
		return ours
	case isTimeout(err):
		return errTimeout
	}
	return errStream
}
