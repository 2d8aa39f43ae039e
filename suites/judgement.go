package suites

import (
	"encoding/json"
	"fmt"
	"strings"

	"omaspec/schemas"
)

// Judgement is what the judge of one requirement concluded. It holds places,
// codes and shapes only, and may go into any report.
type Judgement struct {
	Requirement string            `json:"requirement"`
	Outcome     schemas.Outcome   `json:"outcome"`
	Reason      string            `json:"reason,omitempty"` // for inconclusive, not-exercised and not-applicable
	Findings    []schemas.Finding `json:"findings,omitempty"`
	Exchanges   []string          `json:"exchanges,omitempty"` // ids of what was judged
	Notes       []string          `json:"notes,omitempty"`
	// Defect is set when omaspec itself failed while judging; the outcome is then
	// inconclusive and the run's exit code 5.
	Defect bool `json:"defect,omitempty"`
}

// String is the failure text of the specs: the findings, one paragraph each.
func (j Judgement) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", j.Requirement, j.Outcome)
	if j.Reason != "" {
		b.WriteString(": " + j.Reason)
	}
	for _, f := range j.Findings {
		fmt.Fprintf(&b, "\n  at       %s (%s)\n  expected %s\n  observed %s\n  exchange %s",
			f.Where, f.Code, f.Expected, f.Observed, strings.Join(f.Exchanges, ", "))
	}
	return b.String()
}

// GomegaString is String, so that Gomega shows the findings.
func (j Judgement) GomegaString() string { return j.String() }

// judgementOf decodes a judgement from a Ginkgo report entry, which is the value
// itself in this process and JSON from another one.
func judgementOf(raw any, text string) (Judgement, bool) {
	if j, ok := raw.(Judgement); ok {
		return j, true
	}
	var j Judgement
	if json.Unmarshal([]byte(text), &j) != nil || j.Requirement == "" {
		return Judgement{}, false
	}
	return j, true
}
