package probe

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"sync"
	"time"

	"omaspec/reports/evidence"
)

// lane sends requests one after the other, on the connections that a probe may
// use. send fills in the connection, the times and the response of the exchange;
// its error is a *failure, errNotReused or an *InapplicableError.
type lane interface {
	send(ctx context.Context, out *outgoing, x *evidence.Exchange) error
	close()
}

// http1 is a client of one target for HTTP/1.1, with a pool of connections. It
// follows no redirect, keeps no cookies, and removes no content coding.
type http1 struct {
	dialer *dialer
	target Endpoint
	limits limits

	mu   sync.Mutex
	idle []*link
}

const (
	// lingering is how long a connection is read or written after the end of a
	// response, where the target does not end it or read what it was sent.
	lingering = 500 * time.Millisecond
	// maxExtra bounds what is kept of the bytes that come then.
	maxExtra = 64 << 10
)

// open dials a new connection.
func (h *http1) open(ctx context.Context) (*link, error) {
	var config *tls.Config
	if h.target.Secure {
		config = h.dialer.security.config("http/1.1")
	}
	return h.dialer.open(ctx, h.target, config)
}

// converse sends requests in one write and reads their responses in order. It
// returns whether the connection may carry another request, and closes it
// otherwise. The error is that of the first response that could not be read; x
// has an exchange for every request.
func (h *http1) converse(ctx context.Context, l *link, outs []*outgoing, xs []*evidence.Exchange) (reusable bool, err error) {
	defer guard(ctx, l)()
	var wire []byte
	for _, out := range outs {
		wire = append(wire, out.wire...)
	}
	started := time.Now()
	writing := l.write(wire)
	firsts := make([]time.Time, len(outs))
	reusable = true
	for i, out := range outs {
		last := i == len(outs)-1
		if firsts[i], reusable, err = h.receive(ctx, l, out, xs[i], last); err != nil || !reusable {
			break
		}
	}
	received := time.Now()
	_ = l.SetWriteDeadline(received.Add(lingering)) // for a target that answered and reads no further
	if !reusable {
		_ = l.Close()
	}
	sent := <-writing
	if reusable && sent.err != nil {
		reusable = false
		_ = l.Close()
	}
	for i, x := range xs {
		x.Timings.Send = min(sent.at.Sub(started), received.Sub(started))
		if !firsts[i].IsZero() {
			// The end of the write may be noticed after an answer that came at once.
			x.Timings.Wait = firsts[i].Sub(started)
			if sent.at.Before(firsts[i]) {
				x.Timings.Wait = firsts[i].Sub(sent.at)
			}
			x.Timings.Receive = received.Sub(firsts[i])
		}
	}
	return reusable, err
}

// written is the end of a write.
type written struct {
	at  time.Time
	err error // reading the response says what it means
}

// write sends wire from a goroutine of its own, because a target may answer
// before it has read everything.
func (l *link) write(wire []byte) <-chan written {
	end := make(chan written, 1)
	go func() {
		_, err := l.Write(wire)
		end <- written{time.Now(), err}
	}()
	return end
}

// receive reads one response, and after the last one what else there is. first
// is when its first byte came.
func (h *http1) receive(ctx context.Context, l *link, out *outgoing, x *evidence.Exchange, last bool) (first time.Time, reusable bool, err error) {
	if _, err := l.reader.Peek(1); err != nil {
		return time.Time{}, false, readFailure(err)
	}
	first = time.Now()
	x.Response, reusable, err = readResponse(l.reader, out.symbolic.Method, h.limits)
	if err != nil {
		return first, false, readFailure(err)
	}
	if x.Response.Cut != "" || !last {
		return first, reusable, nil
	}
	if out.close {
		reusable = false
		l.linger(ctx, x.Response)
	} else if n := l.reader.Buffered(); n > 0 {
		reusable = false
		extra, _ := l.reader.Peek(n)
		x.Response.Extra = evidence.Sensitive(extra)
	}
	return first, reusable, nil
}

// linger reads what comes after the end of the response.
func (l *link) linger(ctx context.Context, response *evidence.Response) {
	until := time.Now().Add(lingering)
	if deadline, ok := ctx.Deadline(); ok && deadline.Before(until) {
		until = deadline
	}
	_ = l.SetReadDeadline(until)
	extra, _ := io.ReadAll(io.LimitReader(l.reader, maxExtra))
	response.Extra = evidence.Sensitive(extra)
}

// sendOn sends one request on l, which was opened for it unless reused.
func (h *http1) sendOn(ctx context.Context, l *link, reused bool, out *outgoing, x *evidence.Exchange) (reusable bool, err error) {
	x.Conn = l.info
	x.Conn.Reused = reused
	if !reused {
		x.Timings.Connect, x.Timings.TLS = l.connect, l.tls
	}
	return h.converse(ctx, l, []*outgoing{out}, []*evidence.Exchange{x})
}

// sendTogether sends requests in one write on a new connection. The error is
// that of the first one without a response.
func (h *http1) sendTogether(ctx context.Context, outs []*outgoing, xs []*evidence.Exchange) error {
	l, err := h.open(ctx)
	if err != nil {
		return err
	}
	for i, x := range xs {
		x.Conn = l.info
		x.Conn.Reused = i > 0
	}
	reusable, err := h.converse(ctx, l, outs, xs)
	if reusable {
		_ = l.Close()
	}
	if err == nil && xs[len(xs)-1].Response == nil {
		err = errClosed
	}
	return err
}

// sharedLane takes connections from the pool. A connection from the pool that
// the target has closed meanwhile, or that carries bytes which belong to no
// response, is replaced once; Attempts counts that.
type sharedLane struct{ *http1 }

func (s sharedLane) send(ctx context.Context, out *outgoing, x *evidence.Exchange) error {
	l := s.takeIdle()
	if l != nil {
		reusable, err := s.sendOn(ctx, l, true, out, x)
		if !isStale(err) {
			s.keep(l, reusable)
			return err
		}
		x.Attempts++
	}
	l, err := s.open(ctx)
	if err != nil {
		return err
	}
	reusable, err := s.sendOn(ctx, l, false, out, x)
	s.keep(l, reusable)
	return err
}

func (sharedLane) close() {}

// isStale tells whether a failure on a used connection may be due to its past.
func isStale(err error) bool {
	return errors.Is(err, errClosed) || errors.Is(err, errReset) || errors.Is(err, errStatusLine)
}

func (h *http1) takeIdle() *link {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.idle) == 0 {
		return nil
	}
	l := h.idle[len(h.idle)-1]
	h.idle = h.idle[:len(h.idle)-1]
	return l
}

func (h *http1) keep(l *link, reusable bool) {
	if !reusable {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.idle = append(h.idle, l)
}

// closeIdle closes the pool.
func (h *http1) closeIdle() {
	for l := h.takeIdle(); l != nil; l = h.takeIdle() {
		_ = l.Close()
	}
}

// freshLane opens a new connection for every request, and closes it.
type freshLane struct{ *http1 }

func (f freshLane) send(ctx context.Context, out *outgoing, x *evidence.Exchange) error {
	l, err := f.open(ctx)
	if err != nil {
		return err
	}
	reusable, err := f.sendOn(ctx, l, false, out, x)
	if reusable {
		_ = l.Close()
	}
	return err
}

func (freshLane) close() {}

// oneLane sends every request on the same connection, and none once that is gone.
type oneLane struct {
	*http1
	link *link
	used bool
}

func (o *oneLane) send(ctx context.Context, out *outgoing, x *evidence.Exchange) (err error) {
	reused := o.used
	if !reused {
		o.used = true
		if o.link, err = o.open(ctx); err != nil {
			return err
		}
	}
	if o.link == nil {
		return errNotReused
	}
	reusable, err := o.sendOn(ctx, o.link, reused, out, x)
	if !reusable {
		o.link = nil
	}
	if reused && (errors.Is(err, errClosed) || errors.Is(err, errReset)) {
		return errLost
	}
	return err
}

func (o *oneLane) close() {
	if o.link != nil {
		_ = o.link.Close()
	}
}
