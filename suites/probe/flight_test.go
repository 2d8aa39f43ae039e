package probe

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// hands counts the requests that a target has at the same time.
type hands struct {
	mu        sync.Mutex
	baseline  bool // was there, and met nobody
	now, most int
	wanted    int           // at the same time
	met       chan struct{} // closed when so many are there
}

func newHands(wanted int) *hands { return &hands{wanted: wanted, met: make(chan struct{})} }

// take takes a request, and waits until the wanted number was there at once. The
// baseline does not wait.
func (h *hands) take() (now int) {
	h.mu.Lock()
	if !h.baseline {
		h.baseline = true
		h.now++
		h.mu.Unlock()
		return 1
	}
	h.now++
	now, h.most = h.now, max(h.most, h.now)
	if h.now == h.wanted {
		close(h.met)
		h.wanted = 0
	}
	h.mu.Unlock()
	<-h.met
	return now
}

func (h *hands) give() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now--
}

// TestRoom lists for each manner up to how many places can be taken.
func TestRoom(t *testing.T) {
	tests := []struct {
		fixed, repeated           int
		ordinary, together, again int
	}{
		{0, 0, StartInFlight, StartInFlight, StartInFlight}, // as it begins
		{1, 0, 1, StartInFlight, 1},
		{20, 0, 20, 20, StartInFlight},
		{20, 1, StartInFlight, StartInFlight, StartInFlight},
		{3, 1, 3, StartInFlight, 3},
	}
	for _, tt := range tests {
		for m, want := range map[manner]int{ordinary: tt.ordinary, together: tt.together, repeated: tt.again} {
			f := newFlight(tt.fixed, time.Second)
			f.repeated = tt.repeated
			for f.taken = 0; f.taken < 100 && f.room(m); {
				f.taken++
			}
			if f.taken != want {
				t.Errorf("of %d places, %d of them for the second time: room for %d of manner %d, want %d", tt.fixed, tt.repeated, f.taken, m, want)
			}
		}
	}
}

// TestBurstIsTogether: the requests of a burst meet, whatever else is allowed, and no
// others do. It ends only if so many come at the same time.
func TestBurstIsTogether(t *testing.T) {
	for _, concurrency := range []int{0, 1, 3, MostInFlight} {
		h := newHands(StartInFlight)
		server := record(t, func(request string) string {
			h.take()
			defer h.give()
			return answer(request)
		})
		g := runPlan(t, Config{Concurrency: concurrency, Timeout: 2 * time.Second}, planFor(t, server.endpoint(t)).only("L07", "L07.second-tenant"))
		if h.most != StartInFlight || g.InFlight.Most != StartInFlight || len(g.Exchanges) != 22 {
			t.Errorf("concurrency %d: %d at the same time, and %+v recorded", concurrency, h.most, g.InFlight)
		}
	}
}

// TestMeasuredAlone: L10 meets no other request.
func TestMeasuredAlone(t *testing.T) {
	server := record(t, answer)
	g := runPlan(t, Config{Concurrency: MostInFlight}, planFor(t, server.endpoint(t), GroupFull))
	measured := 0
	for _, x := range g.Exchanges {
		if x.Probe != "L10" {
			continue
		}
		measured++
		for _, y := range g.Exchanges {
			if x != y && y.Started.Before(x.Started.Add(x.Timings.Total)) && x.Started.Before(y.Started.Add(y.Timings.Total)) {
				t.Errorf("%s met %s", x.ID(), y.ID())
			}
		}
	}
	if measured != 15 {
		t.Errorf("%d measured", measured)
	}
}

// TestTooManyIsAskedAgain has a target that bears as many requests as there are at
// first and turns all others away, without asking to wait. That more are sent must
// not show in what is found.
func TestTooManyIsAskedAgain(t *testing.T) {
	h := newHands(StartInFlight + 4)
	server := record(t, func(request string) string {
		defer h.give()
		if now := h.take(); now > StartInFlight {
			return reply(503, "", "")
		}
		return answer(request)
	})
	plan := planFor(t, server.endpoint(t))
	plan.Probes = slices.DeleteFunc(plan.Probes, func(p Probe) bool { return len(p.Steps) > 1 })
	again := 0
	for _, x := range runPlan(t, Config{Concurrency: MostInFlight}, plan).Exchanges {
		switch {
		case x.Try > 0:
			again++
		case x.Status() == 503:
			t.Errorf("%s was turned away", x)
		}
	}
	if again < 4 {
		t.Errorf("%d were asked again", again)
	}
}

// TestFallingBack wants the reason in the result, unless the number was fixed.
func TestFallingBack(t *testing.T) {
	for _, concurrency := range []int{0, 8} {
		var refused atomic.Bool
		h := newHands(2)
		server := record(t, func(request string) string {
			h.take()
			defer h.give()
			if !strings.Contains(request, TokenField) && refused.CompareAndSwap(false, true) {
				return reply(429, "Retry-After: 0\r\n", "")
			}
			return answer(request)
		})
		g := runPlan(t, Config{Concurrency: concurrency}, planFor(t, server.endpoint(t)).only("L07"))
		adaptive := concurrency == 0
		if g.InFlight.Adaptive != adaptive || slices.Contains(g.InFlight.FellBack, "429") != adaptive || g.InFlight.Most < 2 {
			t.Errorf("concurrency %d: %+v", concurrency, g.InFlight)
		}
	}
}
