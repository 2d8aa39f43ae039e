package probe

import (
	"context"
	"strconv"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"omaspec/reports/evidence"
)

func TestBrake(t *testing.T) {
	begin := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	at := func(seconds float64) time.Time { return begin.Add(time.Duration(seconds * float64(time.Second))) }
	reply := func(status int, after string) *evidence.Response {
		r := &evidence.Response{Status: status}
		if after != "" {
			r.Header = evidence.Fields{{Name: "Retry-After", Value: evidence.Sensitive(after)}}
		}
		return r
	}
	type answer struct {
		sent     float64
		response *evidence.Response
	}
	const least = 2
	for _, test := range []struct {
		name    string
		most    rate.Limit
		answers []answer // each after half a second
		want    rate.Limit
		until   float64 // 0 is no pause
	}{
		{"nothing but answers", rate.Inf, []answer{{1, reply(200, "")}, {1, reply(503, "")}, {2, nil}}, rate.Inf, 0},
		{"429", rate.Inf, []answer{{2, reply(429, "")}}, 40 / 2.5 / 2, 0},
		{"429 in the first second", rate.Inf, []answer{{0.1, reply(429, "")}}, 20, 0},
		{"429 long after the beginning", rate.Inf, []answer{{99.5, reply(429, "")}}, least, 0},
		{"429 at a rate", 30, []answer{{1, reply(429, "")}}, 15, 0},
		{"429 at the lowest rate", 3, []answer{{1, reply(429, "")}, {2, reply(429, "")}, {3, reply(429, "")}}, least, 0},
		{"429 at less than the lowest", 1, []answer{{1, reply(429, "")}}, 1, 0},
		{"several that were sent together", 32, []answer{{1, reply(429, "")}, {1.2, reply(429, "")}, {1.5, reply(429, "")}}, 16, 0},
		{"again", 32, []answer{{1, reply(429, "")}, {2, reply(429, "")}}, 8, 0},
		{"and a good one", 32, []answer{{1, reply(429, "")}, {2, reply(401, "")}}, 16 * recovery, 0},
		{"and no answer", 32, []answer{{1, reply(429, "")}, {2, nil}}, 16, 0},
		{"with a time", 32, []answer{{1, reply(429, "3")}}, 16, 4.5},
		{"with a longer time than the cap", 32, []answer{{1, reply(429, "3600")}}, 16, 1.5 + 5},
		{"with more time than there is", 32, []answer{{1, reply(429, "4")}, {6, reply(429, "4")}, {11, reply(429, "4")}, {16, reply(429, "4")}}, least, 0.5 + 16},
		{"503 with a time", 32, []answer{{1, reply(503, "2")}}, 16, 3.5},
	} {
		b := newBrake(test.most, 10*time.Second, func() rate.Limit { return least })
		b.began, b.sent = begin, 40
		for _, a := range test.answers {
			b.answered(a.response, at(a.sent), at(a.sent+0.5), 5*time.Second)
		}
		until := 0.0
		if !b.until.IsZero() {
			until = b.until.Sub(begin).Seconds()
		}
		if got := b.limiter.Limit(); got != test.want || until != test.until {
			t.Errorf("%s: %v a second after %v s, want %v after %v", test.name, got, until, test.want, test.until)
		}
	}
	b := newBrake(32, 0, func() rate.Limit { return least })
	if b.excuse() != "" {
		t.Errorf("nothing has happened%s", b.excuse())
	}
	b.answered(reply(429, ""), at(1), at(1), 0)
	if b.excuse() == "" {
		t.Error("who asked for fewer requests is not said")
	}
	for i := range 40 {
		b.answered(reply(200, ""), at(2), at(2), 0)
		if got := b.limiter.Limit(); got > 32 || i > 20 && got != 32 {
			t.Errorf("after %d answers %v a second", i+1, got)
		}
	}
}

// TestBrakeIsLate wants a rate never to be exceeded because the time of the run ends.
func TestBrakeIsLate(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	b := newBrake(rate.Every(time.Hour), 0, nil)
	if err := b.wait(ctx); err != nil {
		t.Errorf("the first request: %v", err)
	}
	for i := range 3 {
		if b.wait(ctx) == nil {
			t.Errorf("request %d may be sent, which would have to wait for an hour", i+2)
		}
	}
	b.until = time.Now().Add(time.Hour)
	canceled, stop := context.WithCancel(ctx)
	stop()
	if b.wait(canceled) == nil {
		t.Error("a pause outlasts the run")
	}
}

// TestSlowingDown meets a target that bears a few requests in a second, and tells
// when to come back.
func TestSlowingDown(t *testing.T) {
	for concurrency, retry := range map[int]string{0: "Retry-After: 1\r\n", 4: ""} {
		allowed := rate.NewLimiter(60, 8)
		server := record(t, func(request string) string {
			if !allowed.Allow() {
				return reply(429, retry, "")
			}
			return answer(request)
		})
		g, err := Run(context.Background(), Config{Concurrency: concurrency, RetryCap: 100 * time.Millisecond}, newTestWallet(t), planFor(t, server.endpoint(t)), nil)
		if err != nil {
			t.Fatal(err)
		}
		refused := 0
		for _, x := range g.Exchanges {
			if x.Status() == 429 && x.Try == 0 {
				refused++
			}
		}
		if n := len(g.Exchanges); refused > n/10 || g.Stopped != nil {
			t.Errorf("%s: %d of %d requests were turned away for good", strconv.Quote(retry), refused, n)
		}
	}
}
