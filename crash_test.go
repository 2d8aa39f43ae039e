package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"runtime/debug"
	"sync"
	"syscall"
	"testing"
	"time"
)

// asCrash makes the test binary crash in one way, prepared as main is.
const asCrash = "OMASPEC_TEST_CRASH"

// crashes are crashes that no deferred function can recover from.
var crashes = map[string]func(){
	"a goroutine that panics": func() { go panic("x"); select {} },
	"a stack without end":     func() { debug.SetMaxStack(1 << 20); _ = overflow(1) },
	"a map written at once":   races,
	"a double unlock":         func() { new(sync.Mutex).Unlock() },
	"a quit":                  func() { _ = syscall.Kill(os.Getpid(), syscall.SIGQUIT); select {} },
}

func overflow(n int) int { return n + overflow(n+1) } //nolint:staticcheck // as it is meant

// races writes to one map from two goroutines until the runtime notices.
func races() {
	m := map[int]int{}
	for range 2 {
		go func() {
			for i := 0; ; i++ {
				m[i%8] = i
			}
		}()
	}
	select {}
}

// TestCrash wants a crash of the runtime never to be taken for an exit code of the
// table.
func TestCrash(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name := range crashes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			p := exec.CommandContext(ctx, self)
			p.Env = append(os.Environ(), asCrash+"="+name)
			var stderr bytes.Buffer
			p.Stderr = &stderr
			_ = p.Run()
			if status := p.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGABRT || status.CoreDump() {
				t.Errorf("it ended with %v; stderr begins with %.200q", p.ProcessState, stderr.String())
			}
		})
	}
}
