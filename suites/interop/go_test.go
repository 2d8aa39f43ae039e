//go:build interop

package interop_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestConformanceIsNotCached asks the go command twice for a result of the specs,
// which depends on what a target answers today.
func TestConformanceIsNotCached(t *testing.T) {
	for range 2 {
		out, err := exec.Command("go", "test", "-run=^$", "-v", "omaspec/suites/conformance").CombinedOutput()
		if err != nil || !strings.Contains(string(out), "ok") || strings.Contains(string(out), "(cached)") {
			t.Errorf("%s, %v", out, err)
		}
	}
}
