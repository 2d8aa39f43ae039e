package probe

import (
	"cmp"
	"math"
	mathrand "math/rand/v2"
	"slices"
	"testing"
	"time"
)

const ms = time.Millisecond

// TestPace tells a pace of answers, some of them several times, and wants the limit
// that follows.
func TestPace(t *testing.T) {
	ok, no, fresh := kind{200, false}, kind{401, false}, kind{200, true}
	type told struct {
		times int
		answered
		want int // the limit after it
	}
	quick := func(times int, wait time.Duration, want int) told {
		return told{times, answered{kind: ok, wait: wait, inFlight: MostInFlight}, want}
	}
	other := func(k kind, times int, wait time.Duration, want int) told {
		return told{times, answered{kind: k, wait: wait, inFlight: MostInFlight}, want}
	}
	away := func(times, limit, want int) told {
		return told{times, answered{turnedAway: "429", limit: limit}, want}
	}
	learned := quick(1, 100*ms, 8)
	tests := map[string]struct {
		told []told
		why  []string // it fell back
	}{
		"as quick as before":      {[]told{learned, quick(1, 100*ms, 8), quick(1, 100*ms, 9), quick(8, 100*ms, 13)}, nil},
		"up to the most":          {[]told{learned, quick(200, 100*ms, MostInFlight)}, nil},
		"nearly as quick":         {[]told{learned, quick(2, 150*ms, 9)}, nil},
		"neither quick nor slow":  {[]told{learned, quick(20, 200*ms, 8)}, nil},
		"slower":                  {[]told{learned, quick(1, 400*ms, 7), quick(2, 400*ms, 6)}, []string{fellSlow}},
		"a round of slow answers": {[]told{learned, quick(48, 100*ms, 32), quick(32, 400*ms, 16), quick(16, 400*ms, 8)}, []string{fellSlow}},
		"down to the least":       {[]told{learned, quick(100, 4000*ms, leastInFlight)}, []string{fellSlow}},
		"by what a busy machine adds": {[]told{
			quick(1, 1*ms, 8), quick(2, 6*ms, 9), quick(1, 8*ms, 9), quick(1, 9*ms, 8)}, []string{fellSlow}},
		"quicker than at first": {[]told{ // the first answer of all is often the slowest one
			quick(1, 1000*ms, 8), quick(40, 100*ms, 28), quick(1, 400*ms, 27)}, []string{fellSlow}},
		"slow by itself": {[]told{ // and not because of others
			learned, quick(12, 900*ms, 2), {10, answered{kind: ok, wait: 900 * ms, inFlight: 2}, 5}, quick(8, 900*ms, 9)}, []string{fellSlow}},
		"another kind of answer": {[]told{learned,
			other(no, 1, 10*ms, 8), other(fresh, 1, 900*ms, 8), other(no, 1, 100*ms, 7), other(fresh, 3, 900*ms, 9)}, []string{fellSlow}},
		"the limit is not used":    {[]told{learned, {20, answered{kind: ok, wait: 100 * ms, inFlight: 3}, 8}}, nil},
		"quick, but near the time": {[]told{quick(1, 2*time.Second, 8), quick(20, 2*time.Second, 8)}, nil},
		"turned away": {[]told{learned, quick(48, 100*ms, 32), away(1, 32, 4),
			away(31, 32, 4), // those were sent before that
			away(1, 4, 2), quick(3, 100*ms, 3), away(1, 3, 2)}, []string{"429"}},
		"not as many again": {[]told{learned, quick(48, 100*ms, 32), away(1, 10, 4), quick(100, 100*ms, StartInFlight)}, []string{"429"}},
		"for two reasons":   {[]told{learned, away(1, 8, 4), quick(1, 400*ms, 3), away(1, 3, 2)}, []string{"429", fellSlow}},
	}
	for name, tt := range tests {
		p := newPace(10 * time.Second)
		for i, told := range tt.told {
			var got int
			for range told.times {
				got = p.Answered(told.answered)
			}
			if got != told.want || p.Limit() != got {
				t.Errorf("%s: the limit after answer %d is %d, want %d", name, i+1, got, told.want)
			}
		}
		if !slices.Equal(p.fellBack, tt.why) {
			t.Errorf("%s: it fell back for %q", name, p.fellBack)
		}
	}
}

// imagined is a target that exists in numbers only. It answers as many requests at
// a time as it has workers, and the others in turn.
type imagined struct {
	workers int
	time    time.Duration // to answer one
	spread  float64       // of the logarithm of that time
	cold    float64       // times as long for the first one
	bears   int           // requests at a time; others are turned away at once
}

// course is how a run on an imagined target went.
type course struct {
	took, longest time.Duration
	most, last    int // the limit
	away          int // requests that were turned away
}

// play sends the baseline, 100 requests and the closing one, with a fixed number in
// flight or, for 0, at a pace.
func (target imagined) play(fixed int, seed uint64) (c course) {
	random := mathrand.New(mathrand.NewPCG(seed, 1))
	p := newPace(10 * time.Second)
	limit := func() int { return cmp.Or(fixed, p.Limit()) }
	type request struct {
		sent, done time.Duration
		answer     answered
	}
	var now time.Duration
	var underWay []request
	free := make([]time.Duration, target.workers) // when each worker will be
	send := func(status int) {
		worker := slices.Index(free, slices.Min(free))
		takes := float64(target.time) * math.Exp(target.spread*random.NormFloat64())
		if now == 0 {
			takes *= max(1, target.cold)
		}
		r := request{sent: now, answer: answered{kind: kind{status: status}, limit: limit()}}
		if target.bears > 0 && len(underWay) >= target.bears {
			r.answer.turnedAway = "503"
			r.done = now + ms
			c.away++
		} else {
			free[worker] = max(free[worker], now) + time.Duration(takes)
			r.done = free[worker]
		}
		underWay = append(underWay, r)
		for i := range underWay {
			underWay[i].answer.inFlight = max(underWay[i].answer.inFlight, len(underWay))
		}
	}
	receive := func() {
		first := 0
		for i, r := range underWay {
			if r.done < underWay[first].done {
				first = i
			}
		}
		r := underWay[first]
		now = r.done
		r.answer.wait = now - r.sent
		underWay = slices.Delete(underWay, first, first+1)
		c.longest = max(c.longest, r.answer.wait)
		p.Answered(r.answer)
		c.most = max(c.most, limit())
	}
	send(200)
	receive()
	for n := range 100 {
		for len(underWay) >= limit() {
			receive()
		}
		send([]int{200, 401, 401}[n%3])
	}
	for len(underWay) > 0 {
		receive()
	}
	send(200)
	receive()
	c.took, c.last = now, p.Limit()
	return c
}

// TestPaceOnTargets plays runs on imagined targets of different strength. Nothing
// here measures time.
func TestPaceOnTargets(t *testing.T) {
	const many = 1000
	tests := map[string]struct {
		target  imagined
		quicker float64 // than with 8 in flight; 1 is as quick
		most    int     // that the limit becomes at most
		last    int     // that it is at most in the end
	}{
		"steady":            {imagined{workers: many, time: 200 * ms}, 1.8, 32, 32},
		"unsteady":          {imagined{workers: many, time: 200 * ms, spread: 0.1}, 1.7, 32, 32},
		"cold at first":     {imagined{workers: many, time: 50 * ms, spread: 0.1, cold: 10}, 1.3, 32, 32},
		"slow":              {imagined{workers: many, time: 3 * time.Second}, 1, 8, 8},
		"eight at a time":   {imagined{workers: 8, time: 50 * ms, spread: 0.1}, 0.99, 20, 20},
		"four at a time":    {imagined{workers: 4, time: 50 * ms, spread: 0.1}, 0.99, 11, 11},
		"one at a time":     {imagined{workers: 1, time: 50 * ms}, 1, 9, 4},
		"one, unsteady":     {imagined{workers: 1, time: 50 * ms, spread: 0.3}, 1, 10, 5},
		"one, and slow":     {imagined{workers: 1, time: 500 * ms}, 1, 8, 3},
		"turns away from 9": {imagined{workers: many, time: 50 * ms, bears: 8}, 0.99, 12, 8},
	}
	for name, tt := range tests {
		for seed := range uint64(20) {
			eight, got := tt.target.play(8, seed), tt.target.play(0, seed)
			if faster := float64(eight.took) / float64(got.took); faster < tt.quicker || got.most > tt.most || got.last > tt.last {
				t.Errorf("%s, seed %d: %.2f times as quick, the limit was up to %d, and %d in the end", name, seed, faster, got.most, got.last)
			}
			if got.longest > eight.longest*5/2 {
				t.Errorf("%s, seed %d: an answer took %s, and %s with 8 in flight", name, seed, got.longest, eight.longest)
			}
			if got.away > MostInFlight {
				t.Errorf("%s, seed %d: %d requests were turned away", name, seed, got.away)
			}
		}
	}
}
