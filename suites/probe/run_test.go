package probe

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"omaspec/reports/evidence"
)

func TestBaselineStopsTheRun(t *testing.T) {
	status := func(code int, fields string) Endpoint {
		return record(t, func(string) string { return reply(code, fields, `"x"`) }).endpoint(t)
	}
	tests := []struct {
		name     string
		endpoint Endpoint
		want     evidence.Stop // without the reason
	}{
		{"401", status(401, ""), evidence.Stop{Kind: evidence.StopUnauthorised, Status: 401}},
		{"429", status(429, "Retry-After: 0\r\n"), evidence.Stop{Kind: evidence.StopThrottled, Status: 429}},
		{"502", status(502, ""), evidence.Stop{Kind: evidence.StopUpstream, Status: 502}},
		{"503", status(503, ""), evidence.Stop{Kind: evidence.StopUpstream, Status: 503}},
		{"504", status(504, ""), evidence.Stop{Kind: evidence.StopUpstream, Status: 504}},
		{"302", status(302, "Location: http://127.0.0.1:1/\r\n"), evidence.Stop{Kind: evidence.StopElsewhere, Status: 302}},
		{"404", status(404, ""), evidence.Stop{Kind: evidence.StopElsewhere, Status: 404}},
		{"500", status(500, ""), evidence.Stop{Kind: evidence.StopStatus, Status: 500}},
		{"204", status(204, ""), evidence.Stop{Kind: evidence.StopStatus, Status: 204}},
		{"refused", endpointOf(t, "http://127.0.0.1:1"), evidence.Stop{Kind: evidence.StopFailure, Failure: evidence.FailureDial}},
		{"no end", serveRaw(t, func(conn net.Conn) {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
			_, _ = io.Copy(io.Discard, conn)
		}),
			evidence.Stop{Kind: evidence.StopFailure, Failure: evidence.FailureTimeout}},
		{"garbage", serveRaw(t, says("garbage")), evidence.Stop{Kind: evidence.StopFailure, Failure: evidence.FailureMalformed}},
	}
	for _, tt := range tests {
		plan := planFor(t, tt.endpoint)
		g := runPlan(t, Config{Timeout: 2 * time.Second}, plan)
		if g.Stopped == nil || g.Stopped.Reason == "" {
			t.Errorf("%s: the run was not stopped with a reason", tt.name)
			continue
		}
		got := *g.Stopped
		got.Reason = ""
		if got != tt.want || g.Interrupted {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
		if slices.ContainsFunc(g.Exchanges, func(x *evidence.Exchange) bool { return x.Probe != Baseline }) {
			t.Errorf("%s: %d exchanges, want only those of the baseline", tt.name, len(g.Exchanges))
		}
		unsent := map[string]bool{Baseline: true}
		for _, u := range g.Unsent {
			unsent[u.Probe] = true
			if u.Kind == evidence.UnsentStopped && u.Reason != g.Stopped.Reason {
				t.Errorf("%s: %s is unsent for another reason", tt.name, u.Probe)
			}
		}
		for _, p := range plan.Probes {
			if !unsent[p.ID] {
				t.Errorf("%s: %s is neither sent nor unsent", tt.name, p.ID)
			}
		}
	}
}

// TestOnceIsNotSentAgain: a lock-out test must see the 429.
func TestOnceIsNotSentAgain(t *testing.T) {
	server := record(t, func(request string) string {
		if strings.Contains(request, TokenField) {
			return answer(request)
		}
		return reply(429, "Retry-After: 0\r\n", "")
	})
	g := runPlan(t, Config{}, planFor(t, server.endpoint(t), GroupFull).only("L09"))
	if n := len(server.take()); n != 33 || requests(g) != 33 || g.Exchanges[5].Status() != 429 {
		t.Errorf("%d requests received", n)
	}
}

// TestRedirectsAreNotFollowed counts connections at the place redirected to.
func TestRedirectsAreNotFollowed(t *testing.T) {
	other := record(t, answer)
	server := record(t, func(request string) string {
		if strings.Contains(request, TokenField+": "+testValid) {
			return answer(request)
		}
		return reply(302, "Location: "+other.url()+"\r\n", "")
	})
	g := runPlan(t, Config{}, planFor(t, server.endpoint(t)).only("M01", "B01"))
	if n := len(other.take()); g.Exchanges[1].Status() != 302 || n != 0 {
		t.Errorf("%s, %d requests at the other place", g.Exchanges[1], n)
	}
}

// TestInterrupted ends the run from inside the target, when some requests are
// answered, some are under way and some are not yet sent.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var count atomic.Int64
	server := record(t, func(request string) string {
		if count.Add(1) == 30 {
			cancel()
		}
		if count.Load() > 25 {
			<-ctx.Done()
			return ""
		}
		return answer(request)
	})
	plan := planFor(t, server.endpoint(t))
	g, err := Run(ctx, Config{Concurrency: 8}, newTestWallet(t), plan, nil)
	if err != nil || !g.Interrupted || g.Stopped != nil {
		t.Fatalf("error %v, interrupted %v, stopped %v", err, g.Interrupted, g.Stopped)
	}
	interrupted := 0
	covered := map[string]bool{}
	for _, x := range g.Exchanges {
		covered[x.Probe] = true
		if x.Failure != nil && x.Failure.Kind == evidence.FailureInterrupted {
			interrupted++
		} else if x.Failure != nil {
			t.Errorf("%s: %s", x, x.Failure.Text)
		}
	}
	if interrupted == 0 || len(g.Exchanges) >= plan.Requests() {
		t.Errorf("%d exchanges, %d of them interrupted", len(g.Exchanges), interrupted)
	}
	for _, u := range g.Unsent {
		probe, _, _ := strings.Cut(u.Probe, "/")
		covered[probe] = true
	}
	for _, p := range plan.Probes {
		if !covered[p.ID] {
			t.Errorf("%s is neither sent nor unsent", p.ID)
		}
	}
	if !slices.ContainsFunc(g.Unsent, func(u evidence.Unsent) bool { return u.Probe == Closing && u.Kind == evidence.UnsentInterrupted }) {
		t.Error("the closing probe is not unsent")
	}
}

func TestInterruptedBefore(t *testing.T) {
	server := record(t, answer)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	g, err := Run(ctx, Config{}, newTestWallet(t), planFor(t, server.endpoint(t)), nil)
	if err != nil || !g.Interrupted || len(g.Exchanges) != 0 || len(server.take()) != 0 {
		t.Errorf("error %v, %+v", err, g)
	}
}

func TestBudget(t *testing.T) {
	hold := make(chan struct{})
	server := record(t, func(request string) string {
		if !strings.Contains(request, TokenField) {
			<-hold
		}
		return answer(request)
	})
	defer close(hold)
	g := runPlan(t, Config{Budget: 200 * time.Millisecond, Concurrency: 2}, planFor(t, server.endpoint(t)))
	if g.Stopped == nil || g.Stopped.Kind != evidence.StopBudget || g.Interrupted {
		t.Fatalf("stopped %+v, interrupted %v", g.Stopped, g.Interrupted)
	}
	if !slices.ContainsFunc(g.Exchanges, func(x *evidence.Exchange) bool { return x.Failure != nil && x.Failure.Kind == evidence.FailureTimeout }) {
		t.Error("no exchange ended in a timeout")
	}
}

// TestDialsInARow: an answer in between starts the count anew, and so does any
// other failure.
func TestDialsInARow(t *testing.T) {
	r := newRun(Config{}.withDefaults(), newTestWallet(t), planFor(t, endpointOf(t, "http://127.0.0.1:1")), nil)
	dial := &evidence.Failure{Kind: evidence.FailureDial}
	for _, f := range []*evidence.Failure{dial, dial, nil, dial, dial, {Kind: evidence.FailureReset}, dial, dial} {
		if r.countDials(t.Context(), Probe{}, f); r.stop.Load() != nil {
			t.Fatal("stopped without three dials in a row")
		}
	}
	if r.countDials(t.Context(), Probe{}, dial); r.stop.Load() == nil {
		t.Error("not stopped after three dials in a row")
	}
}

// TestTasks: the steps of bursts alternate; of the others the longest sequences
// come first; what is measured waits for all of them.
func TestTasks(t *testing.T) {
	plan := planFor(t, endpointOf(t, "http://127.0.0.1:1"), GroupFull).only("M01", "L01", "L02", "L07", "L07.second-tenant", "L09", "L10")
	ids := func(tasks []task) (ids []string) {
		for _, task := range tasks {
			ids = append(ids, plan.Probes[task.probe].exchangeID(task.from))
		}
		return ids
	}
	all := newRun(Config{}.withDefaults(), newTestWallet(t), plan, nil).tasks()
	want := []string{"L07/1", "L07.second-tenant/1", "L07/2", "L07.second-tenant/2"}
	if got := ids(all.burst); len(got) != 20 || !slices.Equal(got[:4], want) {
		t.Errorf("the burst is %v", got)
	}
	if got, want := ids(all.ordinary), []string{"L09/1", "L02/1", "L01/1", "M01"}; !slices.Equal(got, want) {
		t.Errorf("beside it go %v, want %v", got, want)
	}
	if got, want := ids(all.alone), []string{"L10/1", Closing}; !slices.Equal(got, want) {
		t.Errorf("alone go %v, want %v", got, want)
	}
}

// TestTargetGone closes the listener after the baseline.
func TestTargetGone(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := recordOn(t, l, func(request string) string {
		_ = l.Close()
		return strings.Replace(answer(request), "\r\n", "\r\nConnection: close\r\n", 1)
	})
	plan := planFor(t, server.endpoint(t)).only("M01", "M02", "M03", "M04", "M05")
	g := runPlan(t, Config{Concurrency: 1}, plan)
	if g.Stopped == nil || g.Stopped.Kind != evidence.StopUnreachable {
		t.Fatalf("stopped %+v", g.Stopped)
	}
	if len(g.Exchanges) != 1+3*mostTries { // the baseline and three steps that could not dial
		t.Errorf("%d exchanges", len(g.Exchanges))
	}
}

func TestOrderAndProgress(t *testing.T) {
	server := record(t, answer)
	plan := planFor(t, server.endpoint(t))
	var want []string
	for _, p := range plan.Probes {
		for i := range p.Steps {
			want = append(want, p.exchangeID(i))
		}
	}
	var calls []int
	g, err := Run(context.Background(), Config{}, newTestWallet(t), plan, func(done int) { calls = append(calls, done) })
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, x := range g.Exchanges {
		got = append(got, x.ID())
	}
	want = slices.DeleteFunc(want, func(id string) bool { return !slices.Contains(got, id) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the exchanges are not in the order of the plan (-want +got)\n%s", diff)
	}
	if !slices.IsSorted(calls) || calls[len(calls)-1] != len(got) {
		t.Errorf("progress ends at %d, for %d exchanges", calls[len(calls)-1], len(got))
	}
}

// TestBaselineComesFirstAndClosingLast looks at the order at the server, and at
// how many requests it has at a time.
func TestBaselineComesFirstAndClosingLast(t *testing.T) {
	var mu sync.Mutex
	var now, most int
	server := record(t, func(request string) string {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		defer func() {
			mu.Lock()
			now--
			mu.Unlock()
		}()
		return answer(request)
	})
	plan := planFor(t, server.endpoint(t))
	plan.Probes = slices.DeleteFunc(plan.Probes, func(p Probe) bool { return p.Connection == ConnBurst })
	g := runPlan(t, Config{Concurrency: 3}, plan)
	first, last := g.Exchanges[0], g.Exchanges[len(g.Exchanges)-1]
	requests := server.take()
	if !strings.Contains(requests[0].text, first.Trace) || !strings.Contains(requests[len(requests)-1].text, last.Trace) {
		t.Error("the baseline is not the first request, or the closing one not the last")
	}
	if want := (evidence.InFlight{Most: most}); most > 3 || g.InFlight.Most > 3 || g.InFlight.Most < want.Most || g.InFlight.Adaptive {
		t.Errorf("%d requests at a time, and %+v recorded", most, g.InFlight)
	}
}

func TestRate(t *testing.T) {
	server := record(t, answer)
	started := time.Now()
	g := runPlan(t, Config{Rate: 100}, planFor(t, server.endpoint(t)).only("V02", "M01", "M02", "L02", "B01"))
	if took, least := time.Since(started), time.Duration(requests(g)-2)*10*time.Millisecond; took < least {
		t.Errorf("%d requests in %s", requests(g), took)
	}
}

// TestInputsOfTheBaseline: probes that build on the first answer are left out
// where it has nothing for them.
func TestInputsOfTheBaseline(t *testing.T) {
	bare := func(body, fields string) *evidence.Gathering {
		server := record(t, func(request string) string {
			if strings.Contains(request, testValid) {
				return reply(200, fields, body)
			}
			return reply(401, "", "")
		})
		return runPlan(t, Config{}, planFor(t, server.endpoint(t)).only("M11", "L06.none", "L06.second-tenant", "R12.vdn"))
	}
	for _, body := range []string{"{}", "not JSON", `{"vdn":"abc"}`, `{"vdn":null}`, `[1]`, `{"schema":"text"}`} {
		g := bare(body, "")
		if len(g.Exchanges) != 2 || len(g.Unsent) != 4 {
			t.Errorf("body %s: exchanges %v, unsent %v", body, g.Exchanges, g.Unsent)
		}
		for _, u := range g.Unsent {
			if u.Kind != evidence.UnsentInapplicable {
				t.Errorf("body %s: %+v", body, u)
			}
		}
	}
	for _, body := range []string{`{"vdn":"150"}`, `{"vdn":150}`, `{"schema":{"vdn":"150"}}`} {
		g := bare(body, "ETag: x\r\nSet-Cookie: a=b; Path=/\r\nSet-Cookie: c=d\r\n")
		if len(g.Exchanges) != 6 || len(g.Unsent) != 0 {
			t.Errorf("body %s: exchanges %v, unsent %v", body, g.Exchanges, g.Unsent)
		}
	}
	in := inputsFrom(&evidence.Exchange{Response: &evidence.Response{Body: `{"vdn":"7"}`, Header: evidence.Fields{
		{Name: "set-cookie", Value: "a=b; Path=/"}, {Name: "Set-Cookie", Value: "c=d"}, {Name: "etag", Value: "\x01"}}}})
	if cookie, err := inputSources["cookie"](in); cookie != "a=b; c=d" || err != nil {
		t.Errorf("cookie %q, %v", cookie, err)
	}
	if next, err := inputSources["next-vdn"](in); next != "8" || err != nil {
		t.Errorf("next VDN %q, %v", next, err)
	}
	if _, err := inputSources["etag"](in); err == nil {
		t.Error("a control character is sent back")
	}
}

func TestConfiguredFields(t *testing.T) {
	server := record(t, answer)
	wallet := newTestWallet(t)
	config := Config{Header: []HeaderField{{Name: "X-Gateway-Key", Value: NewSecret("gateway-secret")}}, Version: "9.9"}
	g, err := Run(context.Background(), config, wallet, planFor(t, server.endpoint(t)).only("B17", "R21.host"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range server.take() {
		if !strings.Contains(r.text, "\r\nX-Gateway-Key: gateway-secret\r\n") || !strings.Contains(r.text, "\r\nUser-Agent: omaspec/9.9\r\n") {
			t.Errorf("request %d lacks the configured fields", i)
		}
	}
	for _, x := range g.Exchanges {
		if recorded := fmt.Sprintf("%+v", x.Request); strings.Contains(recorded, "gateway-secret") || !strings.Contains(recorded, "{header:X-Gateway-Key}") {
			t.Errorf("%s records the configured field wrongly", x)
		}
	}
	if wallet.Secrets()["{header:X-Gateway-Key}"] != "gateway-secret" {
		t.Error("the configured value is not among the secrets")
	}
}

// TestSecrecy sends fields of every secrecy, and wants each recorded and looked
// for as it says.
func TestSecrecy(t *testing.T) {
	server := record(t, answer)
	wallet := newTestWallet(t)
	config := Config{Header: []HeaderField{
		{"X-Secret", NewSecret("secret-{host}"), SecretField},
		{"X-Hidden", NewSecret("hidden-{host}"), HiddenField},
		{"X-Public", NewSecret("public-größe {token:valid} {x}"), PublicField},
		{"X-Public", NewSecret("again"), PublicField},
		{"accept", NewSecret("application/json"), PublicField},
	}}
	g, err := Run(context.Background(), config, wallet, planFor(t, server.endpoint(t)).only("R14.html"), nil)
	if err != nil {
		t.Fatal(err)
	}
	sent := "X-Secret: secret-{host}\r\nX-Hidden: hidden-{host}\r\nX-Public: public-größe {token:valid} {x}\r\nX-Public: again\r\n"
	for _, r := range server.take() {
		if !strings.Contains(r.text, sent) || strings.Count(strings.ToLower(r.text), "\r\naccept: ") != 1 {
			t.Errorf("sent:\n%s", r.text)
		}
	}
	for _, x := range g.Exchanges {
		var recorded []string
		accept := "accept: application/json"
		if x.Probe == "R14.html" {
			accept = "Accept: text/html"
		}
		for _, f := range x.Request.Header {
			recorded = append(recorded, f.Name+": "+f.Value)
		}
		for _, want := range []string{"X-Secret: {header:X-Secret}", "X-Hidden: {header:X-Hidden}",
			"X-Public: public-gr{bytes:c3}{bytes:b6}{bytes:c3}{bytes:9f}e {bytes:7b}token:valid} {bytes:7b}x}", "X-Public: again", accept} {
			if !slices.Contains(recorded, want) {
				t.Errorf("%s is recorded as %q, without %q", x, recorded, want)
			}
		}
	}
	secrets := wallet.Secrets()
	if secrets["{header:X-Secret}"] != "secret-{host}" || secrets["{header:X-Hidden}"] != "" || secrets["{header:X-Public}"] != "" {
		t.Error("not the secret field alone is among the secrets")
	}
}

func TestConfigIsRefused(t *testing.T) {
	local, remote := endpointOf(t, "http://127.0.0.1:1"), endpointOf(t, "http://service.example")
	proxy := func(s string) *url.URL { u, _ := url.Parse(s); return u }
	tests := map[string]struct {
		endpoint Endpoint
		config   Config
	}{
		"no target":               {Endpoint{}, Config{}},
		"plain http":              {remote, Config{}},
		"plain http by a proxy":   {local, Config{Proxy: proxy("http://proxy.example:3128")}},
		"negative concurrency":    {local, Config{Concurrency: -1}},
		"negative rate":           {local, Config{Rate: -1}},
		"negative timeout":        {local, Config{Timeout: -1}},
		"negative limit":          {local, Config{MaxBody: -1}},
		"socks 4 proxy":           {local, Config{Proxy: proxy("socks4://127.0.0.1:1")}},
		"a zone by a proxy":       {endpointOf(t, "http://[::1%25lo]"), Config{Proxy: proxy("socks5://127.0.0.1:1")}},
		"rerouted by a proxy":     {endpointOf(t, "http://localhost").Via("127.0.0.1:1"), Config{Proxy: proxy("http://127.0.0.1:1")}},
		"rerouted to elsewhere":   {local.Via("10.0.0.7:80"), Config{}},
		"user agent":              {local, Config{UserAgent: "a\r\nB: hunter2"}},
		"proxy without a host":    {local, Config{Proxy: proxy("http:///x")}},
		"HTTP/2 by a plain proxy": {local, Config{Proxy: proxy("http://127.0.0.1:1"), HTTP2: true}},
		"field name":              {local, Config{Header: []HeaderField{{Name: "A B", Value: NewSecret("x")}}}},
		"field value":             {local, Config{Header: []HeaderField{{Name: "A", Value: NewSecret("hunter2\r\nB: c")}}}},
		"token field":             {local, Config{Header: []HeaderField{{Name: "x-auth-token", Value: NewSecret("hunter2")}}}},
		"a secret twice":          {local, Config{Header: []HeaderField{{Name: "A", Value: NewSecret("hunter2")}, {Name: "a", Value: NewSecret("b")}}}},
		"a token for a name":      {local, Config{Header: []HeaderField{{Name: "hunter2=", Value: NewSecret("x")}}}},
		"host field":              {local, Config{Header: []HeaderField{{Name: "HOST", Value: NewSecret("hunter2")}}}},
	}
	for name, tt := range tests {
		plan := planFor(t, endpointOf(t, "http://127.0.0.1:1"))
		plan.Endpoint = tt.endpoint
		if _, err := Run(context.Background(), tt.config, newTestWallet(t), plan, nil); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	if err := (Config{AllowPlaintext: true}).check(remote); err != nil {
		t.Errorf("plain http that is allowed: %v", err)
	}
	if _, err := Run(context.Background(), Config{}, newTestWallet(t), Plan{Endpoint: local}, nil); err == nil {
		t.Error("a plan without a baseline is accepted")
	}
	broken := planFor(t, local)
	broken.Probes[3].Steps[0] = token("{token:nobody}")
	if _, err := Run(context.Background(), Config{}, newTestWallet(t), broken, nil); err == nil {
		t.Error("a plan with an unknown role is accepted")
	}
}

// requests counts the requests that were sent, with those that were sent again.
func requests(g *evidence.Gathering) int {
	n := 0
	for _, x := range g.Exchanges {
		n += x.Attempts
	}
	return n
}
