package selftest

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite matrix.yaml from what is observed; review every line of the difference")

// TestMatrix is the proof that the harness catches what it claims, and nothing
// else: a fault that survives, an extra violation, a variant that is not left
// alone, or a requirement that no fault breaks fails it.
func TestMatrix(t *testing.T) {
	m, err := Run(t.Context(), func() {})
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("matrix.yaml", []byte(observed(m)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, r := range m.Rows {
		if !r.Good() {
			t.Errorf("%s (%s): %s", r.Name, r.Summary, r.Difference())
		}
	}
	for _, id := range m.Unkilled {
		t.Errorf("no fault breaks %s", id)
	}
}

// observed renders what was observed in the form of matrix.yaml.
func observed(m Matrix) string {
	var b strings.Builder
	head, _, _ := strings.Cut(string(matrixYAML), "faults:")
	b.WriteString(head)
	for _, variants := range []bool{false, true} {
		b.WriteString(map[bool]string{false: "faults:\n", true: "variants:\n"}[variants])
		for _, r := range m.Rows {
			if r.Variant == variants {
				fmt.Fprintf(&b, "  %s: [%s]\n", r.Name, strings.Join(r.verdicts(), ", "))
			}
		}
	}
	return b.String()
}
