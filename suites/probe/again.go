package probe

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"omaspec/reports/evidence"
)

// Nobody is accused for what a gateway, a limiter or a network does once: a step whose
// answer may be their doing is sent again, and what came before is kept beside the
// answer that counts.

// mostTries is how often a step is sent at most. What came every time counts.
const mostTries = 3

// again decides what is sent again. What came every time for several steps, and never
// went away, is not asked for any more.
type again struct {
	mutex sync.Mutex
	stood map[sort]int  // steps for which a hindrance came every time
	went  map[sort]bool // hindrances that went away
}

func newAgain() *again { return &again{stood: map[sort]int{}, went: map[sort]bool{}} }

// sort is a hindrance, and whether it met bytes that ordinary clients do not send, which
// may end a connection by themselves.
type sort struct {
	hindrance string
	raw       bool
}

// settledAfter is for how many steps a hindrance has to come every time.
const settledAfter = 3

// pauses are the waits before the second and the third try, so that what restarts can
// be up again.
var pauses = [mostTries - 1]time.Duration{50 * time.Millisecond, 250 * time.Millisecond}

// decide tells whether a step is to be sent once more, and when, after an answer to
// its n-th try (from 1). most is how many requests were in flight with it.
func (a *again) decide(p Probe, x *evidence.Exchange, n, most int) (wait time.Duration, again bool) {
	if p.Once || n >= triesFor(x) {
		return 0, false
	}
	if wait, again = retryAfter(x.Response); again {
		return wait, true // which the brake keeps within bounds
	}
	hindrance := hindranceOf(p, x)
	control := p.ID == Baseline || p.ID == Closing // which everything rests on
	crowded := n == 1 && most > StartInFlight
	switch {
	case hindrance == "", !control && !crowded && a.settled(sort{hindrance, p.RawSocket()}):
		return 0, false
	case crowded:
		return 0, true
	}
	return pauses[n-1], true
}

// triesFor is how often a step with such an answer is sent: fewer times where each costs
// the whole time limit.
func triesFor(x *evidence.Exchange) int {
	late := x.Failure != nil && x.Failure.Kind == evidence.FailureTimeout || x.Response != nil && x.Response.Cut == "timeout"
	if late {
		return mostTries - 1
	}
	return mostTries
}

func (a *again) settled(s sort) bool {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return a.stood[s] >= settledAfter && !a.went[s]
}

// learn takes into account what became of a step that was sent more than once.
func (a *again) learn(p Probe, x *evidence.Exchange, before []*evidence.Exchange) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	now, same := hindranceOf(p, x), 1
	for _, earlier := range before {
		was := hindranceOf(p, earlier)
		if was == now {
			same++
		} else {
			a.went[sort{was, p.RawSocket()}] = true
		}
	}
	if now != "" && same >= triesFor(x) {
		a.stood[sort{now, p.RawSocket()}]++
	}
}

// hindranceOf is the hindrance that an exchange shows. The 502 that the page documents
// for a token is none; nor is that nobody speaks plain http at a port of https, or what a
// first handshake fails at, which lasts.
func hindranceOf(p Probe, x *evidence.Exchange) string {
	switch {
	case x.Status() == http.StatusBadGateway && slices.Contains(p.Needs(), UpstreamFailure):
		return ""
	case x.Failure != nil && p.Channel == Plaintext:
		return ""
	case x.Failure != nil && x.Failure.Kind == evidence.FailureTLS && p.ID == Baseline:
		return ""
	}
	return x.Hindrance()
}

// defaultWait is the wait after a 429 that does not say how long.
const defaultWait = time.Second

// retryAfter tells whether a response asks to be asked again, and when: 429, and
// 503 with Retry-After (RFC 9110 10.2.3, RFC 6585 4).
func retryAfter(response *evidence.Response) (wait time.Duration, asked bool) {
	if response == nil || response.Status != http.StatusTooManyRequests && response.Status != http.StatusServiceUnavailable {
		return 0, false
	}
	value := response.Header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(at)), true
	}
	return defaultWait, response.Status == http.StatusTooManyRequests
}

// sleep waits, unless ctx ends first.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
