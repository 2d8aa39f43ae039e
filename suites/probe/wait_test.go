package probe

import (
	"context"
	"crypto/tls"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestAwait has targets that come up, and others that do not.
func TestAwait(t *testing.T) {
	for name, test := range map[string]struct {
		answers []string // the last one for ever
		limit   time.Duration
		asked   int // 0 is more than two
		told    []string
	}{
		"up at once":          {[]string{reply(401, "", "")}, time.Minute, 1, nil},
		"an error of its own": {[]string{reply(500, "", "")}, time.Minute, 1, nil},
		"a page of a gateway": {[]string{reply(502, "", ""), reply(503, "", ""), reply(504, "", ""), reply(404, "", "")}, time.Minute, 4,
			[]string{"it answered 502", "it answered 503", "it answered 504"}},
		"no HTTP":  {[]string{"hello\r\n\r\n", reply(200, "", "")}, time.Minute, 2, []string{"does not begin with an HTTP/1 status line"}},
		"closed":   {[]string{"", reply(200, "", "")}, time.Minute, 2, []string{"closed the connection without an answer"}},
		"never up": {[]string{reply(503, "", "")}, 500 * time.Millisecond, 0, []string{"it answered 503"}},
	} {
		var n atomic.Int64
		server := record(t, func(request string) string {
			if strings.Contains(request, TokenField) {
				t.Errorf("%s: a token was sent", name)
			}
			return test.answers[min(int(n.Add(1)), len(test.answers))-1]
		})
		var told []string
		err := Await(context.Background(), Config{}, newTestWallet(t), planFor(t, server.endpoint(t)), test.limit, func(why string) { told = append(told, why) })
		if asked := int(n.Load()); err != nil || asked != test.asked && (test.asked > 0 || asked < 3) {
			t.Errorf("%s: asked %d times, %v", name, asked, err)
		}
		for i, want := range test.told {
			if i >= len(told) || !strings.Contains(told[i], want) {
				t.Errorf("%s: told %q, want %q", name, told, test.told)
				break
			}
		}
		if test.told == nil && len(told) > 0 {
			t.Errorf("%s: told %q", name, told)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	server := record(t, func(string) string { return reply(503, "", "") })
	told := 0
	if err := Await(ctx, Config{}, newTestWallet(t), planFor(t, server.endpoint(t)), time.Hour, func(string) { told++; cancel() }); err != nil || told != 1 {
		t.Errorf("interrupted: told %d times, %v", told, err)
	}
	remote := planFor(t, endpointOf(t, "http://staging.example"))
	if err := Await(context.Background(), Config{}, newTestWallet(t), remote, time.Hour, func(string) {}); err == nil {
		t.Error("a configuration that cannot be used is accepted")
	}
}

// TestAwaitWantsNoOtherProtocol: whether a target speaks HTTP/2 is for the run to say.
func TestAwaitWantsNoOtherProtocol(t *testing.T) {
	ca := newAuthority(t)
	server := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{ca.issue(t, "127.0.0.1", inAnHour())}, NextProtos: []string{"http/1.1"}}, false)
	told := []string{}
	config := Config{HTTP2: true, TLS: TLSOptions{Roots: ca.pool()}}
	if err := Await(context.Background(), config, newTestWallet(t), planFor(t, server), time.Minute, func(why string) { told = append(told, why) }); err != nil || slices.Contains(told, errNoHTTP2.Error()) {
		t.Errorf("told %q, %v", told, err)
	}
}
