package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"omaspec/reports"
)

// interrupts are the signals that ask a run to end.
var interrupts = []os.Signal{os.Interrupt, syscall.SIGTERM}

// interruptible returns a context that the first interrupt ends. The second one
// ends the process at once, although Ginkgo catches signals too, and goes on
// catching them after the specs have run.
//
// By settle a signal that came before has ended the context, so that ctx.Err tells
// whether the run was interrupted. From then on the reports are written, and the
// first one gives them some time to become whole.
func interruptible(parent context.Context) (ctx context.Context, settle func()) {
	ctx, cancel := context.WithCancel(parent)
	caught := make(chan os.Signal, 2)
	signal.Notify(caught, interrupts...)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-caught:
			cancel()
		case <-stop:
			return
		}
		select {
		case s := <-caught:
			die(s)
		case <-stop:
		}
	}()
	return ctx, func() {
		signal.Stop(caught) // after which nothing is on its way
		close(stop)
		<-stopped
		if len(caught) > 0 {
			cancel()
		}
		last := make(chan os.Signal, 2)
		signal.Notify(last, interrupts...)
		first := ctx.Err() == nil
		go func() {
			s := <-last
			if first {
				select {
				case <-last:
				case <-time.After(grace):
				}
			}
			die(s)
		}()
	}
}

// grace is how long an interrupt waits for reports that are being written.
const grace = time.Second

// die ends the process by the signal. The first process of a container does not
// die of signals, and exits as an interrupted run.
func die(s os.Signal) {
	signal.Reset(interrupts...)
	if self, err := os.FindProcess(os.Getpid()); err == nil && self.Pid != 1 && self.Signal(s) == nil {
		select {} // until it arrives
	}
	os.Exit(reports.ExitInterrupted)
}
