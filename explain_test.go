package main

import (
	"os"
	"strings"
	"testing"

	"omaspec/schemas"
)

// TestExplainRequirements wants everything that there is to say of a requirement,
// once.
func TestExplainRequirements(t *testing.T) {
	rows, err := schemas.Rows()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range schemas.Requirements().Requirements {
		var b strings.Builder
		if err := explainRequirement(&b, r, rows); err != nil || !strings.HasPrefix(b.String(), r.ID) {
			t.Errorf("%s: %v", r.ID, err)
		}
		if file := judgedBy(r); r.Judge == "" {
			if judges, err := os.ReadFile(file); err != nil || !strings.Contains(string(judges), `"`+r.ID+`"`) {
				t.Errorf("%s does not judge %s: %v", file, r.ID, err)
			}
		}
		wanted := []string{r.Title, r.Source, "judged   "}
		for _, id := range r.Covers {
			wanted = append(wanted, rows[id].Text)
		}
		if r.Level != schemas.INFO {
			wanted = append(wanted, "faults that break it\n    ")
		}
		for _, want := range wanted {
			if n := strings.Count(b.String(), want); n != 1 && want != r.Source {
				t.Errorf("%s: %q stands there %d times", r.ID, want, n)
			}
		}
	}
}
