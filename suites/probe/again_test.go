package probe

import (
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"omaspec/reports/evidence"
)

// TestDecide tells what is asked again, and how often.
func TestDecide(t *testing.T) {
	status := func(code int) *evidence.Exchange {
		return &evidence.Exchange{Response: &evidence.Response{Status: code}}
	}
	failed := func(kind string) *evidence.Exchange {
		return &evidence.Exchange{Failure: &evidence.Failure{Kind: kind}}
	}
	cut := func(code int, how string) *evidence.Exchange {
		return &evidence.Exchange{Response: &evidence.Response{Status: code, Cut: how}}
	}
	single := Probe{ID: "M01", Steps: []Step{{}}}
	upstream := Probe{ID: "X04", Steps: []Step{token("{token:upstream-failure}")}}
	raw := Probe{ID: "B19", Steps: []Step{lines("X: y")}}
	once := Probe{ID: "L09", Once: true, Steps: []Step{{}}}
	tests := []struct {
		probe Probe
		x     *evidence.Exchange
		tries int
	}{
		{single, status(200), 1},
		{single, status(401), 1},
		{single, status(403), 1},
		{single, status(500), 1}, // a defect of the endpoint
		{single, status(501), 1},
		{single, status(429), 3},
		{single, status(502), 3},
		{single, status(503), 3},
		{single, status(504), 3},
		{single, status(522), 3},
		{single, cut(200, "short"), 3},
		{single, cut(401, "timeout"), 2},
		{single, cut(200, "limit"), 1}, // which omaspec did
		{upstream, status(502), 1},     // as documented
		{upstream, status(503), 3},
		{single, failed(evidence.FailureDial), 3},
		{single, failed(evidence.FailureReset), 3},
		{single, failed(evidence.FailureClosed), 3},
		{single, failed(evidence.FailureTimeout), 2},
		{single, failed(evidence.FailureTLS), 3},
		{Probe{ID: Baseline, Steps: []Step{{}}}, failed(evidence.FailureTLS), 1},
		{Probe{ID: "T01", Channel: Plaintext, Steps: []Step{{}}}, failed(evidence.FailureClosed), 1},
		{single, failed(evidence.FailureMalformed), 1},
		{single, failed(evidence.FailureInterrupted), 1},
		{raw, failed(evidence.FailureReset), 3},
		{raw, failed(evidence.FailureClosed), 3},
		{raw, cut(400, "short"), 3},
		{raw, failed(evidence.FailureTimeout), 2},
		{raw, failed(evidence.FailureDial), 3},
		{raw, status(503), 3},
		{once, status(429), 1},
		{once, status(503), 1},
	}
	for _, tt := range tests {
		n := 1
		for a := newAgain(); ; n++ {
			if _, again := a.decide(tt.probe, tt.x, n, 1); !again {
				break
			}
		}
		if n != tt.tries {
			t.Errorf("%s, %s: sent %d times, want %d", tt.probe.ID, tt.x, n, tt.tries)
		}
	}
}

// TestAskedAgain has the target, or somebody before it, fail once. The answer that
// comes then counts, and both are kept.
func TestAskedAgain(t *testing.T) {
	tests := []struct {
		name  string
		first string
		again bool
	}{
		{"429 with Retry-After", reply(429, "Retry-After: 1\r\n", ""), true},
		{"429 without", reply(429, "", ""), true},
		{"503 with Retry-After", reply(503, "Retry-After: 0\r\n", ""), true},
		{"503 with a date", reply(503, "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n", ""), true},
		{"503 without", reply(503, "", ""), true},
		{"502", reply(502, "", ""), true},
		{"504", reply(504, "", ""), true},
		{"a torn answer", strings.Replace(reply(401, "Connection: close\r\n", "Unauth"), "Content-Length: 6", "Content-Length: 20", 1), true},
		{"500", reply(500, "Retry-After: 0\r\n", ""), false},
		{"403", reply(403, "", ""), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var first atomic.Bool
			server := record(t, func(request string) string {
				if !strings.Contains(request, TokenField) && first.CompareAndSwap(false, true) {
					return tt.first
				}
				return answer(request)
			})
			plan := planFor(t, server.endpoint(t)).only("M01")
			g := runPlan(t, Config{RetryCap: 10 * time.Millisecond}, plan)
			var ids []string
			for _, x := range g.Exchanges {
				ids = append(ids, x.ID())
			}
			want := []string{"V01", "M01", Closing}
			if tt.again {
				want = []string{"V01", "M01~1", "M01", Closing}
			}
			if !slices.Equal(ids, want) {
				t.Fatalf("exchanges %v, want %v", ids, want)
			}
			if x := g.Exchanges[len(want)-2]; tt.again && x.Status() != 401 {
				t.Errorf("%s counts", x)
			}
			if n := len(server.take()); n != requests(g) {
				t.Errorf("%d requests counted, %d received", requests(g), n)
			}
		})
	}
}

// TestSequenceAgain has a connection be lost once in a sequence that needs it: all steps
// are sent again, in order, on a new one.
func TestSequenceAgain(t *testing.T) {
	for step, first := range map[int]string{1: "", 2: "HTTP/1.1 200 OK\r\nContent-Length: 99\r\nConnection: close\r\n\r\n{"} {
		var asked atomic.Int64
		server := record(t, func(request string) string {
			if asked.Add(1) == int64(1+step) {
				return first
			}
			return answer(request)
		})
		g := runPlan(t, Config{}, planFor(t, server.endpoint(t)).only("L02"))
		var ids []string
		conns := map[int]bool{}
		for _, x := range g.Exchanges {
			if x.Probe == "L02" && x.Try == 0 {
				ids = append(ids, x.ID())
				conns[x.Conn.ID] = true
			}
		}
		if want := []string{"L02/1", "L02/2", "L02/3"}; !slices.Equal(ids, want) || len(conns) != 1 || len(g.Exchanges) == 5 {
			t.Errorf("lost at step %d: %v on %d connections, of %v", step, ids, len(conns), g.Exchanges)
		}
	}
}

// TestAgainOnNewConnection has a server that turns away whatever comes over a connection
// that was used before.
func TestAgainOnNewConnection(t *testing.T) {
	endpoint := serveRaw(t, func(conn net.Conn) {
		buffer := make([]byte, 4096)
		for first := true; ; first = false {
			n, err := conn.Read(buffer)
			if err != nil {
				return
			}
			said := reply(502, "", "")
			if first {
				said = answer(string(buffer[:n]))
			}
			_, _ = io.WriteString(conn, said)
		}
	})
	for _, x := range runPlan(t, Config{Concurrency: 1}, planFor(t, endpoint).only("M06", "M08", "B02", "B03", "B04")).Exchanges {
		if x.Try == 0 && x.Status() == 502 {
			t.Errorf("%s", x)
		}
	}
}

// TestSettled has a target that answers everybody without a token in one way that could
// be a gateway's. Once that is settled, nothing is asked again.
func TestSettled(t *testing.T) {
	server := record(t, func(request string) string {
		if strings.Contains(request, TokenField+": "+testValid+"\r\n") {
			return answer(request)
		}
		return reply(502, "", "")
	})
	plan := planFor(t, server.endpoint(t))
	plan.Probes = slices.DeleteFunc(plan.Probes, func(p Probe) bool { return len(p.Steps) > 1 })
	again := 0
	for _, x := range runPlan(t, Config{Concurrency: 1}, plan).Exchanges {
		if x.Try > 0 {
			again++
		}
	}
	// Ordinary requests and raw ones are settled apart.
	if want := 2 * settledAfter * (mostTries - 1); again != want {
		t.Errorf("%d were asked again, want %d", again, want)
	}
}

// TestUnsettled has what went away once be asked again for ever.
func TestUnsettled(t *testing.T) {
	p := Probe{ID: "M01", Steps: []Step{{}}}
	bad := &evidence.Exchange{Response: &evidence.Response{Status: 502}}
	good := &evidence.Exchange{Response: &evidence.Response{Status: 401}}
	a := newAgain()
	a.learn(p, good, []*evidence.Exchange{bad})
	for range 2 * settledAfter {
		a.learn(p, bad, []*evidence.Exchange{bad, bad})
	}
	if _, again := a.decide(p, bad, 1, 1); !again {
		t.Error("502 went away once, and is taken for settled")
	}
}
