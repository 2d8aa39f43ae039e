package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"omaspec/fixtures"
	"omaspec/fixtures/hostile"
	"omaspec/reports"
)

// TestInterruptedAfterwards interrupts runs when everything has been sent, at many
// moments of judging, redacting and writing. Each ends as an interrupted run, by
// the signal, or whole; none is a defect, and none is called complete that was not.
func TestInterruptedAfterwards(t *testing.T) {
	t.Parallel()
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			var n atomic.Int64
			url := serveRaw(t, func(i int64, conn net.Conn) {
				say(conn, strings.Replace(whole(fixtures.Example), "\r\n", "\r\nConnection: close\r\n", 1))
				n.Store(i)
			})
			c := with("OMASPEC_TOKEN", secret)
			p := c.startRun(t, "--target", url)
			eventually(t, "almost everything has been sent", func() bool { return n.Load() > 90 })
			time.Sleep(time.Duration(i) * 8 * time.Millisecond)
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
	t.Parallel()
	var n atomic.Int64
	url := serveRaw(t, func(i int64, conn net.Conn) {
		n.Store(i)
		say(conn, strings.Replace(whole(exampleWith(`"150"`, fmt.Sprintf(`"%d %s"`, i, strings.Join(hostile.Phones(9000), " ")))), "\r\n", "\r\nConnection: close\r\n", 1))
	})
	c := with("OMASPEC_TOKEN", secret)
	p := c.startRun(t, "--target", url)
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
func wantEnd(t *testing.T, r *ran, state *os.ProcessState) {
	t.Helper()
	if status := state.Sys().(syscall.WaitStatus); status.Signaled() {
		if s := status.Signal(); s != syscall.SIGTERM && s != syscall.SIGINT {
			t.Errorf("it died of %v", s)
		}
		return
	}
	r.wantWhole(t)
	run := r.record(t)
	switch {
	case r.code == reports.ExitInterrupted && run.Interrupted && !run.Footer.Complete:
		again := with().process(t, "judge", write(t, "evidence.har", string(r.files["evidence.har"]), 0o600))
		if again.code != reports.ExitInterrupted {
			t.Errorf("its evidence is judged with exit %d: %s", again.code, again.stderr)
		}
	case r.code <= reports.ExitNonConformant && !run.Interrupted && run.Footer.Complete:
	default:
		t.Errorf("exit %d, interrupted %t, complete %t: %s", r.code, run.Interrupted, run.Footer.Complete, run.Reason)
	}
}

// TestInterrupted interrupts a run in its middle, which leaves a whole record
// that says so.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]os.Signal{"interrupt": os.Interrupt, "terminate": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target, url, second := hanging(t)
			token := target.Tokens()[fixtures.Valid]
			c := with("OMASPEC_TOKEN", token)
			c.watched = true
			p := c.startRun(t, "--target", url, "--timeout", "50s")
			<-second
			started := time.Now()
			if err := p.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			r := c.wait(t, p)
			if took := time.Since(started); took > 20*time.Second {
				t.Errorf("the run went on for %s", took)
			}
			r.wantReason(t, reports.ExitInterrupted, "The run was interrupted", token)
			run := r.record(t)
			if run.Footer.Complete || !run.Interrupted || run.Verdict != reports.InconclusiveRun {
				t.Errorf("complete %v, interrupted %v, verdict %s", run.Footer.Complete, run.Interrupted, run.Verdict)
			}
			if !strings.Contains(strings.Join(run.Notices, " "), "what follows is partial") {
				t.Error("no notice says that the record is partial")
			}
			if len(r.violated(t)) > 0 {
				t.Errorf("the interrupt was taken for the target's fault: %v", r.violated(t))
			}
		})
	}
}

// TestInterruptedTwice interrupts a run that hangs while it writes to a pipe that
// nobody reads.
func TestInterruptedTwice(t *testing.T) {
	t.Parallel()
	target, url, second := hanging(t)
	pipe := filepath.Join(t.TempDir(), "summary")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	c := with("OMASPEC_TOKEN", target.Tokens()[fixtures.Valid], "GITHUB_ACTIONS", "true", "GITHUB_STEP_SUMMARY", pipe)
	p := c.startRun(t, "--target", url, "--timeout", "50s")
	<-second
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the reports are there", func() bool {
		_, err := os.Stat(filepath.Join(c.folder, "run.json"))
		drafts, _ := filepath.Glob(filepath.Join(c.folder, ".omaspec-new-*"))
		return err == nil && len(drafts) == 0
	})
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	r := c.wait(t, p)
	if status := p.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGINT {
		t.Errorf("the process ended with %v, want it to end by the second interrupt", p.ProcessState)
	}
	r.wantWhole(t)
	if !r.record(t).Interrupted {
		t.Error("the record does not say that the run was interrupted")
	}
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it is not yet so that %s", what)
		}
	}
}
