package main

import (
	"os"
	"os/exec"
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
