package probe

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"omaspec/reports/evidence"
)

// brake keeps the requests of a run apart in time: by the rate that the configuration
// gives, and, where the target says that there were too many (429, or 503 with
// Retry-After), by ever less. Then nothing at all is sent for as long as the target
// asks, and after that half as much in a second as before; every other answer raises
// that again a little. Like pace, it decides about speed, and about no outcome.
type brake struct {
	limiter *rate.Limiter
	most    rate.Limit // that the configuration allows; rate.Inf is no limit
	// least is the lowest rate that leaves enough time for what is still to be sent.
	least func() rate.Limit

	mu     sync.Mutex
	until  time.Time     // nothing is sent before
	pauses time.Duration // that the target may still ask for
	began  time.Time     // the first request
	sent   int
	fell   time.Time // when the rate fell last
}

// recovery is by what an answer raises a rate that fell: as much as it fell after 14
// of them, so that a target that turns away one in 15 is sent no less.
const recovery = 1.05

// fewest is of how many requests a rate can be known; before, it is that of so many.
const fewest = 2 * StartInFlight

func newBrake(most rate.Limit, pauses time.Duration, least func() rate.Limit) *brake {
	return &brake{limiter: rate.NewLimiter(most, 1), most: most, pauses: pauses, least: least}
}

var errTooLate = errors.New("the run would be over before")

// wait waits until a request may be sent. The error says that it may not be any more.
func (b *brake) wait(ctx context.Context) error {
	for {
		b.mu.Lock()
		pause := time.Until(b.until)
		b.mu.Unlock()
		if pause <= 0 {
			break
		}
		if !sleep(ctx, pause) {
			return ctx.Err()
		}
	}
	if b.limiter.Wait(ctx) != nil {
		return errTooLate
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sent++; b.sent == 1 {
		b.began = time.Now()
	}
	return nil
}

// excuse says, behind a clause, that the target slowed the run down; "" if it did not.
func (b *brake) excuse() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fell.IsZero() {
		return ""
	}
	return ", since the target asked for fewer requests"
}

// answered takes the answer to a request that was sent then into account. longest is
// the longest pause at once.
func (b *brake) answered(response *evidence.Response, sent, now time.Time, longest time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	pause, asked := retryAfter(response)
	if !asked {
		if limit := b.limiter.Limit(); response != nil && limit < b.most && !b.fell.IsZero() {
			b.limiter.SetLimit(min(limit*recovery, b.most))
		}
		return
	}
	if !sent.After(b.fell) { // which says nothing of the rate since
		return
	}
	b.fell = now
	was := b.limiter.Limit()
	limit := was
	if was == rate.Inf {
		limit = rate.Limit(float64(max(b.sent, fewest)) / max(1, now.Sub(b.began).Seconds()))
	}
	b.limiter.SetLimit(min(max(limit/2, b.least()), was))
	if response.Header.Has("Retry-After") {
		pause = min(pause, longest, b.pauses)
		b.pauses -= pause
		b.until = now.Add(pause)
		b.fell = b.until
	}
}
