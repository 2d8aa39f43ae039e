package probe

import (
	"context"
	"strconv"
	"sync"
	"time"

	"omaspec/reports/evidence"
)

// flight has the places for requests in flight. A task enters before it starts and
// leaves when it is done; each of its requests has a place from begin to end. A task
// that waits, because the target asked for that, leaves its place to another one,
// but keeps new tasks from starting.
type flight struct {
	fixed int // the number of places; 0 leaves it to pace

	mu       sync.Mutex
	changed  sync.Cond
	pace     *pace
	tasks    int           // that have entered
	taken    int           // places; some of them wait for the rate
	repeated int           // places of requests that are sent again
	underWay map[*leg]bool // requests that were sent and are not answered
	most     int           // of them at the same time
}

// leg is a request on its way.
type leg struct {
	limit int // when it was sent
	most  int // requests that were under way at some moment of it
}

func newFlight(fixed int, timeout time.Duration) *flight {
	f := &flight{fixed: fixed, pace: newPace(timeout), underWay: map[*leg]bool{}}
	f.changed.L = &f.mu
	return f
}

// places is how many requests may be in flight.
func (f *flight) places() int {
	places := f.fixed
	if places == 0 {
		places = f.pace.Limit()
	}
	if f.repeated > 0 {
		places = min(places, StartInFlight)
	}
	return places
}

// enter waits until n more tasks may start: n is 1, or more where none has started.
// While the target bears few requests, there are as many tasks as at first.
func (f *flight) enter(ctx context.Context, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wait(ctx, func() bool {
		most := f.places()
		if f.fixed == 0 {
			most = max(most, StartInFlight)
		}
		return f.tasks == 0 || f.tasks+n <= most
	})
	f.tasks += n
}

// leave ends a task.
func (f *flight) leave() { f.change(func() { f.tasks-- }) }

// A manner says how many places there are for a request.
type manner int

const (
	ordinary manner = iota
	// together is for a burst, which is about requests that come together: never
	// fewer than StartInFlight.
	together
	// repeated is for a request that may have met too many others: never more, and no
	// more for all others meanwhile.
	repeated
)

// begin waits for a place.
func (f *flight) begin(ctx context.Context, m manner) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.wait(ctx, func() bool { return f.room(m) })
	f.taken++
	if m == repeated {
		f.repeated++
	}
}

// room tells whether there is a place.
func (f *flight) room(m manner) bool {
	switch places := f.places(); m {
	case together:
		return f.taken < max(places, StartInFlight)
	case repeated:
		return f.taken < min(places, StartInFlight)
	default:
		return f.taken < places
	}
}

// end gives the place back.
func (f *flight) end(m manner) {
	f.change(func() {
		f.taken--
		if m == repeated {
			f.repeated--
		}
	})
}

// sent counts a request that is under way from now on.
func (f *flight) sent() *leg {
	l := &leg{}
	f.change(func() {
		l.limit = f.places()
		f.underWay[l] = true
		f.most = max(f.most, len(f.underWay))
		for other := range f.underWay {
			other.most = max(other.most, len(f.underWay))
		}
	})
	return l
}

// answered counts it no more, and learns from what became of it.
func (f *flight) answered(l *leg, x *evidence.Exchange, turnedAway string) {
	f.change(func() {
		if x.Response != nil || turnedAway != "" {
			t := x.Timings
			f.pace.Answered(answered{kind{x.Status(), !x.Conn.Reused}, t.Connect + t.TLS + t.Send + t.Wait, turnedAway, l.most, l.limit})
		}
		delete(f.underWay, l)
	})
}

// used says what there was.
func (f *flight) used() evidence.InFlight {
	f.mu.Lock()
	defer f.mu.Unlock()
	u := evidence.InFlight{Adaptive: f.fixed == 0, Most: f.most}
	if u.Adaptive && f.most > 1 {
		u.FellBack = f.pace.fellBack
	}
	return u
}

// wait waits until ready. The end of ctx ends it too: what is to be sent then finds
// out by itself that it is too late.
func (f *flight) wait(ctx context.Context, ready func() bool) {
	if ready() {
		return
	}
	defer context.AfterFunc(ctx, func() { f.change(func() {}) })()
	for !ready() && ctx.Err() == nil {
		f.changed.Wait()
	}
}

// change does something that somebody may wait for.
func (f *flight) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
	f.changed.Broadcast()
}

// turnedAway says how the target showed that it does not bear what it is sent: by
// 429 or 503, or by a connection that it refused, ended or let wait; otherwise "".
// Bytes that ordinary clients do not send may end a connection by themselves, and let
// nobody wait.
func turnedAway(p Probe, x *evidence.Exchange) string {
	switch status := x.Status(); {
	case status == 429 || status == 503:
		return strconv.Itoa(status)
	case x.Failure == nil:
		return ""
	case p.RawSocket() && (x.Failure.Kind == evidence.FailureReset || x.Failure.Kind == evidence.FailureClosed):
		return "" // an answer to bytes that ordinary clients do not send
	}
	return overloads[x.Failure.Kind]
}

// overloads are the failures that too many requests can cause, in words.
var overloads = map[string]string{
	evidence.FailureDial: "a connection that could not be opened", evidence.FailureReset: "a reset connection",
	evidence.FailureClosed: "a closed connection", evidence.FailureTimeout: "a time-out",
}
