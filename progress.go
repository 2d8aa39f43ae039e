package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// When a line of progress is due in a log.
const (
	beatEvery  = 10 * time.Second // however slow the target is
	beatPause  = time.Second      // however fast
	beatParts  = 4                // a line for every quarter
	barColumns = 24
)

// progressOptions say where progress is shown.
type progressOptions struct {
	unit     string           // what is counted, in the plural: "requests"
	terminal bool             // a bar that moves; otherwise lines for a log
	ascii    bool             // nothing but ASCII in the bar
	now      func() time.Time // the clock of the lines
}

// progress shows how much of a run is done, and a sign of life while nothing is
// answered. Its methods may be called from several goroutines. What cannot be
// written is not shown: progress never fails a run.
type progress struct {
	mu      sync.Mutex
	w       io.Writer
	bar     *progressbar.ProgressBar // nil in a log
	now     func() time.Time
	total   int
	unit    string
	done    int
	started time.Time
	last    time.Time // when the last line was written
	part    int       // how many quarters had passed then
	stop    func()
}

// newProgress starts to show the progress of total units on w, which is standard
// error. finish ends it.
func newProgress(w io.Writer, total int, o progressOptions) *progress {
	p := &progress{w: w, total: max(1, total), unit: o.unit, stop: func() {}}
	if o.terminal {
		p.bar = newBar(w, p.total, o)
		return p
	}
	p.now = o.now
	p.started = p.now()
	p.last = p.started
	return p
}

// alive makes the progress show every second that the run goes on.
func (p *progress) alive() *progress {
	ticker := time.NewTicker(time.Second)
	ctx, cancel := context.WithCancel(context.Background())
	p.stop = cancel
	go func() {
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				p.beat()
			case <-ctx.Done():
				return
			}
		}
	}()
	return p
}

func newBar(w io.Writer, total int, o progressOptions) *progressbar.ProgressBar {
	theme := progressbar.Theme{Saucer: "━", SaucerPadding: "─", BarStart: "", BarEnd: ""}
	if o.ascii {
		theme = progressbar.Theme{Saucer: "=", SaucerPadding: " ", BarStart: "[", BarEnd: "]"}
	}
	return progressbar.NewOptions(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(o.unit),
		progressbar.OptionSetTheme(theme),
		progressbar.OptionSetWidth(barColumns),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionThrottle(65*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
}

// set says how many units are done.
func (p *progress) set(done int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = done
	p.show()
}

// add counts one more.
func (p *progress) add() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	p.show()
}

func (p *progress) show() {
	if p.bar == nil {
		p.line()
		return
	}
	_ = p.bar.Set(p.done)
}

// beat shows that the run is alive while nothing is answered. It writes a line only
// when one is due.
func (p *progress) beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar == nil {
		p.line()
	}
}

// finish takes the bar off the terminal.
func (p *progress) finish() {
	p.stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}

// line writes a line when one is due: after every quarter, and after ten seconds
// in any case. A run of less than a second needs none.
func (p *progress) line() {
	now := p.now()
	since, part := now.Sub(p.last), beatParts*p.done/p.total
	if since < beatEvery && (since < beatPause || part == p.part) {
		return
	}
	p.last, p.part = now, part
	_, _ = fmt.Fprintf(p.w, "omaspec: %d of %d %s done after %.0f s\n", p.done, p.total, p.unit, now.Sub(p.started).Seconds())
}
