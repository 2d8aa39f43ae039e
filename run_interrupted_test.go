package main

import (
	"fmt"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"omaspec/fixtures"
	"omaspec/reports"
)

// TestInterruptedAfterwards interrupts runs when everything has been sent, at many
// moments of judging, redacting and writing. Each ends as an interrupted run, by
// the signal, or whole; none is a defect, and none is called complete that was not.
func TestInterruptedAfterwards(t *testing.T) {
	for i := range 12 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			var n atomic.Int64
			url := serveRaw(t, func(i int64, conn net.Conn) {
				say(conn, strings.Replace(whole(fixtures.Example), "\r\n", "\r\nConnection: close\r\n", 1))
				n.Store(i)
			})
			c := with("OMASPEC_TOKEN", secret)
			p := c.start(t, "--target", url)
			eventually(t, "almost everything has been sent", func() bool { return n.Load() > 90 })
			time.Sleep(time.Duration(i) * 4 * time.Millisecond)
			if err := p.Process.Signal(interrupts[i%2]); err != nil && p.ProcessState == nil {
				t.Log(err) // it has ended
			}
			wantEnd(t, c.wait(t, p), p.ProcessState)
		})
	}
}

// TestTerminatedUnderLoad terminates a run while the answers of a hostile target are
// judged and redacted.
func TestTerminatedUnderLoad(t *testing.T) {
	var n atomic.Int64
	url := serveRaw(t, func(i int64, conn net.Conn) {
		n.Store(i)
		say(conn, strings.Replace(whole(exampleWith(`"150"`, fmt.Sprintf(`"%d %s"`, i, phones(9000)))), "\r\n", "\r\nConnection: close\r\n", 1))
	})
	c := with("OMASPEC_TOKEN", secret)
	p := c.start(t, "--target", url)
	// When no request has come for a while, all have been answered.
	last, since := int64(-1), time.Now()
	eventually(t, "everything has been sent", func() bool {
		if now := n.Load(); now != last {
			last, since = now, time.Now()
		}
		return last > 50 && time.Since(since) > 150*time.Millisecond
	})
	started := time.Now()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	r := c.wait(t, p)
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("the run went on for %s", took)
	}
	wantEnd(t, r, p.ProcessState)
}

// wantEnd wants a run that was interrupted, that died of the signal, or that was
// done before.
func wantEnd(t *testing.T, r ran, state *os.ProcessState) {
	t.Helper()
	if status := state.Sys().(syscall.WaitStatus); status.Signaled() {
		if s := status.Signal(); s != syscall.SIGTERM && s != syscall.SIGINT {
			t.Errorf("it died of %v", s)
		}
		return
	}
	run := r.record(t)
	switch {
	case r.code == reports.ExitInterrupted && run.Interrupted && !run.Footer.Complete:
		if code, _, stderr := commandLine("judge", written(t, "evidence.har", r.files["evidence.har"])); code != reports.ExitInterrupted {
			t.Errorf("its evidence is judged with exit %d: %s", code, stderr)
		}
	case r.code <= reports.ExitNonConformant && !run.Interrupted && run.Footer.Complete:
	default:
		t.Errorf("exit %d, interrupted %t, complete %t: %s", r.code, run.Interrupted, run.Footer.Complete, run.Reason)
	}
}
