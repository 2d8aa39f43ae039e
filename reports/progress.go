package reports

import (
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

// ProgressOptions say where progress is shown.
type ProgressOptions struct {
	Unit     string           // what is counted, in the plural: "requests"
	Terminal bool             // a bar that moves; otherwise lines for a log
	ASCII    bool             // nothing but ASCII in the bar
	Now      func() time.Time // the clock of the lines
}

// Progress shows how much of a run is done. Its methods may be
// called from several goroutines. What cannot be written is not shown: progress
// never fails a run.
type Progress struct {
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
}

// NewProgress starts to show the progress of total units on w, which is
// standard error.
func NewProgress(w io.Writer, total int, o ProgressOptions) *Progress {
	p := &Progress{w: w, total: max(1, total), unit: o.Unit}
	if o.Terminal {
		p.bar = newBar(w, p.total, o)
		return p
	}
	p.now = o.Now
	p.started = p.now()
	p.last = p.started
	return p
}

func newBar(w io.Writer, total int, o ProgressOptions) *progressbar.ProgressBar {
	theme := progressbar.Theme{Saucer: "━", SaucerPadding: "─", BarStart: "", BarEnd: ""}
	if o.ASCII {
		theme = progressbar.Theme{Saucer: "=", SaucerPadding: " ", BarStart: "[", BarEnd: "]"}
	}
	return progressbar.NewOptions(total,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetDescription(o.Unit),
		progressbar.OptionSetTheme(theme),
		progressbar.OptionSetWidth(barColumns),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionThrottle(65*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)
}

// Answered counts one more.
func (p *Progress) Answered() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if p.bar == nil {
		p.line()
		return
	}
	_ = p.bar.Set(p.done)
}

// Beat shows that the run is alive while nothing is answered. It is called every
// second or so, and writes a line only when one is due.
func (p *Progress) Beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar == nil {
		p.line()
	}
}

// Finish takes the bar off the terminal.
func (p *Progress) Finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}

// line writes a line when one is due: after every quarter, and after ten seconds
// in any case. A run of less than a second needs none.
func (p *Progress) line() {
	now := p.now()
	since, part := now.Sub(p.last), beatParts*p.done/p.total
	if since < beatEvery && (since < beatPause || part == p.part) {
		return
	}
	p.last, p.part = now, part
	_, _ = fmt.Fprintf(p.w, "omaspec: %d of %d %s done after %.0f s\n", p.done, p.total, p.unit, now.Sub(p.started).Seconds())
}
