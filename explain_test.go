package main

import (
	"strings"
	"testing"

	"omaspec/schemas"
)

// TestExplainEverything explains every requirement.
func TestExplainEverything(t *testing.T) {
	rows, err := schemas.Rows()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range schemas.Requirements().Requirements {
		var b strings.Builder
		if err := explainRequirement(&b, r, rows); err != nil || !strings.HasPrefix(b.String(), r.ID) || !strings.Contains(b.String(), "judged on\n    ") {
			t.Errorf("%v, %s", err, b.String())
		}
	}
}
