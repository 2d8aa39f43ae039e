package main

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"
)

// midnight is when the clocks of these tests start.
var midnight = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

// fakeClock is a clock that a test moves.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestProgressLines(t *testing.T) {
	tests := []struct {
		name    string
		total   int
		answers int
		pause   time.Duration // between two answers
		want    string
	}{
		{"a fast run says nothing", 60, 60, 10 * time.Millisecond, ""},
		{"a line for every quarter", 8, 8, 2 * time.Second, "" +
			"omaspec: 2 of 8 requests done after 4 s\n" +
			"omaspec: 4 of 8 requests done after 8 s\n" +
			"omaspec: 6 of 8 requests done after 12 s\n" +
			"omaspec: 8 of 8 requests done after 16 s\n"},
		{"a line every ten seconds", 100, 6, 4 * time.Second, "" +
			"omaspec: 3 of 100 requests done after 12 s\n" +
			"omaspec: 6 of 100 requests done after 24 s\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var b bytes.Buffer
			clock := &fakeClock{now: midnight}
			p := newProgress(&b, test.total, progressOptions{unit: "requests", now: clock.Now})
			for i := range test.answers {
				clock.advance(test.pause)
				p.set(i + 1)
			}
			p.finish()
			if b.String() != test.want {
				t.Errorf("got\n%s\nwant\n%s", b.String(), test.want)
			}
		})
	}
}

func TestProgressBeats(t *testing.T) {
	var b bytes.Buffer
	clock := &fakeClock{now: midnight}
	p := newProgress(&b, 3, progressOptions{unit: "requests", now: clock.Now})
	for range 25 {
		clock.advance(time.Second)
		p.beat()
	}
	want := "omaspec: 0 of 3 requests done after 10 s\nomaspec: 0 of 3 requests done after 20 s\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestProgressBar(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		var b bytes.Buffer
		p := newProgress(&b, 40, progressOptions{unit: "requests", terminal: true, ascii: ascii})
		var all sync.WaitGroup
		for range 45 { // more than were announced
			all.Go(p.add)
		}
		all.Wait()
		p.beat()
		p.finish()
		if got := b.String(); !strings.Contains(got, "requests") || strings.Contains(got, "\n") {
			t.Errorf("the bar is not one line that moves: %q", got)
		}
		if got := b.String(); !strings.HasSuffix(strings.TrimRight(got, " "), "\r") {
			t.Errorf("the bar is not taken away at the end: %q", got)
		}
		if got := b.String(); ascii && strings.ContainsFunc(got, func(r rune) bool { return r > 0x7e }) {
			t.Errorf("the bar is not ascii: %q", got)
		}
	}
}
