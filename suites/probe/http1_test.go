package probe

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"omaspec/reports/evidence"
)

// serveRaw answers every connection with respond, which may do anything to it.
func serveRaw(t testing.TB, respond func(net.Conn)) Endpoint {
	t.Helper()
	return endpointOf(t, "http://"+serveConns(t, respond))
}

// serveConns does what serveRaw does and returns the address.
func serveConns(t testing.TB, respond func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		open.Wait()
	})
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer func() { _ = conn.Close() }()
				_ = conn.SetDeadline(time.Now().Add(time.Minute))
				respond(conn)
			})
		}
	})
	return l.Addr().String()
}

// afterRequest reads a request and then writes.
func afterRequest(write func(net.Conn)) func(net.Conn) {
	return func(conn net.Conn) {
		buffer := make([]byte, 64<<10)
		if _, err := conn.Read(buffer); err == nil {
			write(conn)
		}
	}
}

// says writes text and closes.
func says(text string) func(net.Conn) {
	return afterRequest(func(conn net.Conn) { _, _ = io.WriteString(conn, text) })
}

// endless repeats text until the client has had enough.
func endless(head, text string) func(net.Conn) {
	return afterRequest(func(conn net.Conn) {
		_, err := io.WriteString(conn, head)
		for err == nil {
			_, err = io.WriteString(conn, strings.Repeat(text, 1+4096/len(text)))
		}
	})
}

func runPlan(t *testing.T, config Config, plan Plan) *evidence.Gathering {
	t.Helper()
	g, err := Run(context.Background(), config, newTestWallet(t), plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestHostileTargets sends the baseline to targets that misbehave. Each costs
// bounded time and memory and ends as a response or a failure of a known kind.
func TestHostileTargets(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	short := Config{Timeout: 200 * time.Millisecond}
	tests := []struct {
		name    string
		config  Config
		respond func(net.Conn)
		want    string // "failure KIND", or "status CUT length-of-body"
	}{
		{"endless body", Config{}, endless(ok+"\r\n", "x"), fmt.Sprint("200 limit ", keptOfTooMuch)},
		{"endless chunks", Config{}, endless(ok+"Transfer-Encoding: chunked\r\n\r\n", "10\r\n0123456789abcdef\r\n"), fmt.Sprint("200 limit ", keptOfTooMuch)},
		{"small limit", Config{MaxBody: 10}, endless(ok+"\r\n", "x"), "200 limit 10"},
		{"endless headers", Config{}, endless(ok, "A: b\r\n"), "failure limit"},
		{"endless header line", Config{}, endless(ok+"A: ", "b"), "failure limit"},
		{"flood of interim responses", Config{}, endless("", "HTTP/1.1 100 Continue\r\n\r\n"), "failure limit"},
		{"garbage", Config{}, says("\x00\xff\x00\xff\x00\xff\r\n\r\n"), "failure malformed"},
		{"HTTP/0.9", Config{}, says("<html>"), "failure malformed"},
		{"close", Config{}, says(""), "failure closed"},
		{"half a head", Config{}, says(ok + "A: b\r\n"), "failure malformed"},
		{"truncated", Config{}, says(ok + "Content-Length: 10\r\n\r\nabc"), "200 short 3"},
		{"reset", Config{}, afterRequest(func(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0) }), "failure reset"},
		{"reset in the body", Config{}, afterRequest(func(conn net.Conn) {
			_, _ = io.WriteString(conn, ok+"Content-Length: 10\r\n\r\nabc")
			buffer := make([]byte, 1)
			_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond)) // let the client read first
			_, _ = conn.Read(buffer)
			_ = conn.(*net.TCPConn).SetLinger(0)
		}), "200 short 3"},
		{"silence", short, afterRequest(func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }), "failure timeout"},
		{"slow head", short, afterRequest(drip(ok)), "failure timeout"},
		{"slow body", short, afterRequest(drip(ok + "Content-Length: 10\r\n\r\nabc")), "200 timeout 3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plan := planFor(t, serveRaw(t, tt.respond)).only()
			plan.Probes = plan.Probes[:1]
			started := time.Now()
			x := runPlan(t, tt.config, plan).Exchanges[0]
			if got := outcome(x); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if took := time.Since(started); took > 8*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// drip writes text and then nothing, and keeps the connection open.
func drip(text string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = io.WriteString(conn, text)
		_, _ = io.Copy(io.Discard, conn)
	}
}

func outcome(x *evidence.Exchange) string {
	if x.Failure != nil {
		return "failure " + x.Failure.Kind
	}
	return fmt.Sprint(x.Status(), " ", x.Response.Cut, " ", len(x.Response.Body))
}

// TestGzipBombStaysPacked sends a content coding that would unpack to a gigabyte.
func TestGzipBombStaysPacked(t *testing.T) {
	var packed bytes.Buffer
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	_, _ = z.Write(make([]byte, 1<<20))
	_ = z.Close()
	bomb := strings.Repeat(packed.String(), 990)
	server := record(t, func(string) string { return reply(200, "Content-Encoding: gzip\r\n", bomb) })
	x := runPlan(t, Config{MaxBody: 2 << 20}, planFor(t, server.endpoint(t)).only()).Exchanges[0]
	if string(x.Response.Body) != bomb || x.Response.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("the body has %d bytes, %d were sent", len(x.Response.Body), len(bomb))
	}
}

// TestExtraBytes covers the published Content-Length of 16 with a longer body: on
// a shared connection what came with the response, and on a closing one all.
func TestExtraBytes(t *testing.T) {
	response := "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n" + tenantBody
	server := record(t, func(string) string { return response })
	g := runPlan(t, Config{}, planFor(t, server.endpoint(t)).only("V01.raw", "V03"))
	for _, x := range g.Exchanges {
		if x.Response == nil || string(x.Response.Body) != tenantBody[:16] || string(x.Response.Extra) != tenantBody[16:] || x.Response.Declared != 16 {
			t.Errorf("%s: %v with %d bytes and %d after it", x, x.Failure, len(x.Response.Body), len(x.Response.Extra))
		}
		if x.Conn.Reused {
			t.Errorf("%s used a connection that carried other bytes", x)
		}
	}
}

// TestLateExtraBytes sends the rest of the body in a packet of its own, which the
// next request on the connection would take for its answer.
func TestLateExtraBytes(t *testing.T) {
	endpoint := serveRaw(t, func(conn net.Conn) {
		buffer := make([]byte, 4096)
		for {
			if _, err := conn.Read(buffer); err != nil {
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
			_ = conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
			n, err := conn.Read(buffer) // the next request, if it comes at once
			_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
			if _, lost := io.WriteString(conn, "late"); lost != nil || err == nil && n > 0 {
				return
			}
		}
	})
	g := runPlan(t, Config{Concurrency: 1}, planFor(t, endpoint).only("V03", "V04"))
	for _, x := range g.Exchanges {
		if x.Status() != 200 {
			t.Errorf("%s: the bytes of another response spoilt it", x)
		}
	}
}

// TestConnections asserts which connections the probes use, as the server sees it.
func TestConnections(t *testing.T) {
	server := record(t, answer)
	g := runPlan(t, Config{}, planFor(t, server.endpoint(t), GroupFull))
	conns := map[string][]int{} // by probe, in the order of the steps
	uses := map[int][]string{}
	requests := server.take()
	for _, x := range g.Exchanges {
		i := slices.IndexFunc(requests, func(r received) bool { return strings.Contains(r.text, x.Trace) })
		conn := requests[i].conn
		conns[x.Probe] = append(conns[x.Probe], conn)
		if !slices.Contains(uses[conn], x.Probe) {
			uses[conn] = append(uses[conn], x.Probe)
		}
		if x.Conn.Remote != server.Addr().String() || x.Conn.ID == 0 {
			t.Errorf("%s: the connection is not described", x)
		}
	}
	for _, p := range planFor(t, server.endpoint(t), GroupFull).Probes {
		list := conns[p.ID]
		distinct := len(slices.Compact(slices.Sorted(slices.Values(list))))
		switch p.Connection {
		case ConnOne, ConnPipelined:
			if distinct > 1 || len(list) > 0 && len(uses[list[0]]) != 1 {
				t.Errorf("%s used %d connections, or shared one", p.ID, distinct)
			}
		case ConnNew:
			if distinct != len(list) || slices.ContainsFunc(list, func(conn int) bool { return len(uses[conn]) != 1 }) {
				t.Errorf("%s used %d connections for %d steps, or shared one", p.ID, distinct, len(list))
			}
		}
		if p.RawSocket() && len(list) > 0 && len(uses[list[0]]) != 1 {
			t.Errorf("%s shared its connection with %v", p.ID, uses[list[0]])
		}
	}
	for _, x := range g.Exchanges {
		if x.Probe == "L02" && x.Conn.Reused != (x.Step > 1) || x.Probe == "V02" && x.Conn.Reused {
			t.Errorf("%s: reused %v", x, x.Conn.Reused)
		}
	}
	if shared := len(conns[Baseline]); shared == 0 || len(uses[conns["V03"][0]]) < 2 {
		t.Error("shared probes do not share connections")
	}
}

// TestOneConnectionIsGone stops a sequence whose connection the target closes.
func TestOneConnectionIsGone(t *testing.T) {
	announced := record(t, func(request string) string {
		return strings.Replace(answer(request), "\r\n", "\r\nConnection: close\r\n", 1)
	})
	silent := serveRaw(t, func(conn net.Conn) {
		buffer := make([]byte, 4096)
		n, _ := conn.Read(buffer)
		_, _ = io.WriteString(conn, answer(string(buffer[:n])))
	})
	for name, endpoint := range map[string]Endpoint{"announced": announced.endpoint(t), "silent": silent} {
		g := runPlan(t, Config{}, planFor(t, endpoint).only("L02"))
		want := evidence.Unsent{Probe: "L02/2", Kind: evidence.UnsentConnection, Reason: errNotReused.Error()}
		counting := slices.DeleteFunc(slices.Clone(g.Exchanges), func(x *evidence.Exchange) bool { return x.Try > 0 })
		if !slices.Contains(g.Unsent, want) || len(counting) != 3 {
			t.Errorf("%s: unsent %v, exchanges %v", name, g.Unsent, g.Exchanges)
		}
		for _, x := range g.Exchanges {
			if x.Failure != nil {
				t.Errorf("%s: %s", name, x)
			}
		}
	}
}

// TestStaleConnectionIsReplaced lets the target close pooled connections without
// a word; the requests that meet one are sent again, and that is counted.
func TestStaleConnectionIsReplaced(t *testing.T) {
	endpoint := serveRaw(t, func(conn net.Conn) {
		buffer := make([]byte, 64<<10)
		n, _ := conn.Read(buffer)
		_, _ = io.WriteString(conn, answer(string(buffer[:n])))
	})
	g := runPlan(t, Config{Concurrency: 1}, planFor(t, endpoint).only("V03", "V04"))
	stale := map[string]int{Baseline: 1, "V03": 2, "V04": 2, Closing: 1} // which has a connection of its own
	for _, x := range g.Exchanges {
		if x.Status() != 200 || x.Conn.Reused || x.Attempts != stale[x.ID()] {
			t.Errorf("%s after %d attempts, reused %v", x, x.Attempts, x.Conn.Reused)
		}
	}
}

// TestAnswerBeforeTheRequestIsRead refuses a long request after its first bytes,
// and leaves the rest unread on an open connection, which must not be used again.
func TestAnswerBeforeTheRequestIsRead(t *testing.T) {
	client, target := net.Pipe() // holds nothing that is not read
	defer func() { _ = target.Close() }()
	go func() {
		_, _ = target.Read(make([]byte, 16))
		_, _ = io.WriteString(target, reply(431, "", ""))
	}()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	h := &http1{limits: testLimits}
	l := &link{Conn: client, reader: bufio.NewReader(client)}
	x := &evidence.Exchange{}
	started := time.Now()
	reusable, err := h.sendOn(ctx, l, false, &outgoing{wire: make([]byte, 1<<20)}, x)
	if err != nil || x.Status() != 431 || reusable || time.Since(started) > 10*time.Second {
		t.Errorf("%s, error %v, reusable %v", x, err, reusable)
	}
}

func TestPipelined(t *testing.T) {
	writes := 0
	var mu sync.Mutex
	endpoint := serveRaw(t, func(conn net.Conn) {
		buffer := make([]byte, 64<<10)
		for {
			n, err := conn.Read(buffer)
			if err != nil {
				return
			}
			requests := strings.SplitAfter(string(buffer[:n]), "\r\n\r\n")
			if len(requests) > 2 {
				mu.Lock()
				writes++
				mu.Unlock()
			}
			for _, request := range requests[:len(requests)-1] {
				_, _ = io.WriteString(conn, answer(request))
			}
			if strings.Contains(string(buffer[:n]), "Connection: close") {
				return
			}
		}
	})
	g := runPlan(t, Config{}, planFor(t, endpoint, GroupFull).only("L08"))
	if len(g.Exchanges) != 4 || g.Exchanges[1].Status() != 401 || g.Exchanges[2].Status() != 200 || writes != 1 {
		t.Fatalf("exchanges %v, %d joint writes", g.Exchanges, writes)
	}
	if first, second := g.Exchanges[1].Conn, g.Exchanges[2].Conn; first.ID != second.ID || g.Exchanges[1].Request.Raw == "" {
		t.Error("the pipelined exchanges are not described as such")
	}
}

func TestTimings(t *testing.T) {
	endpoint := serveRaw(t, afterRequest(func(conn net.Conn) {
		_ = conn.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
		_, _ = conn.Read(make([]byte, 1))
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{")
		_ = conn.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
		_, _ = conn.Read(make([]byte, 1))
		_, _ = io.WriteString(conn, "}")
	}))
	plan := planFor(t, endpoint).only()
	plan.Probes = plan.Probes[:1]
	timings := runPlan(t, Config{}, plan).Exchanges[0].Timings
	if timings.Connect <= 0 || timings.TLS != 0 || timings.Wait < 25*time.Millisecond || timings.Receive < 25*time.Millisecond ||
		timings.Total < timings.Connect+timings.Wait+timings.Receive {
		t.Errorf("timings %+v", timings)
	}
}
