package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMakeConformance wants make to hand over a target that was named, be it empty.
func TestMakeConformance(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("make"); err != nil {
		t.Skip("there is no make: " + err.Error())
	}
	for _, test := range []struct {
		args []string
		env  string
		want string
	}{
		{nil, "X=", "run"},
		{[]string{"TARGET="}, "X=", "run --target ''"},
		{nil, "TARGET=", "run --target ''"},
		{[]string{"TARGET=https://x.example"}, "X=", "run --target 'https://x.example'"},
		{nil, "TARGET=https://x.example", "run --target 'https://x.example'"},
	} {
		cmd := exec.Command("make", append([]string{"--no-print-directory", "--dry-run", "conformance"}, test.args...)...)
		cmd.Env = append(os.Environ(), "MAKEFLAGS=", test.env)
		out, err := cmd.Output()
		if err != nil || !strings.HasSuffix(strings.TrimSpace(string(out)), "/omaspec "+test.want) {
			t.Errorf("%q, %s: %s, %v", test.args, test.env, out, err)
		}
	}
}

// TestConformanceIsNotCached asks the go command twice for a result of the specs,
// which depends on what a target answers today.
func TestConformanceIsNotCached(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it links a package twice")
	}
	const source = "suites/conformance/conformance_test.go"
	if _, err := os.ReadFile(source); err != nil { // so that this result is not cached beyond it
		t.Fatal(err)
	}
	for range 2 {
		out, err := exec.Command("go", "test", "-run=^$", "-v", "./"+filepath.Dir(source)).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "ok") || strings.Contains(string(out), "(cached)") {
			t.Errorf("%s, %v", out, err)
		}
	}
}
