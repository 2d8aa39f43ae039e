package selftest

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"omaspec/reports"
	"omaspec/reports/evidence"
	"omaspec/suites"
	"omaspec/suites/config"
	"omaspec/suites/session"
)

var update = flag.Bool("update", false, "rewrite matrix.yaml from what is observed; review every line of the difference")

var sample = flag.Int("sample", 1, "judge one target in so many")

// TestMatrix is the proof that the harness catches what it claims, and nothing
// else: a fault that survives, an extra violation, a variant that is not left
// alone, or a requirement that no fault breaks fails it. On the way it judges the
// evidence of every target again, which must come to the same outcomes.
func TestMatrix(t *testing.T) {
	every := *sample
	if every > 1 {
		t.Logf("one target in %d is judged", every)
	}
	m, err := run(t.Context(), every, func() {}, func(name string, c *session.Captured, live []suites.Judgement) {
		if err := sameFromEvidence(c, live); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	})
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
	if every > 1 {
		return
	}
	for _, id := range m.Unkilled {
		t.Errorf("no fault breaks %s", id)
	}
}

// sameFromEvidence makes the reports of a judged target, which must pass the last
// gate, and judges their evidence again.
func sameFromEvidence(captured *session.Captured, live []suites.Judgement) error {
	_, artefacts, err := captured.Conclude(context.Background(), live).Report()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(artefacts, func(a reports.Artefact) bool { return a.Name == evidence.FileName })
	recorded, err := evidence.Read(bytes.NewReader(artefacts[i].Bytes))
	if err != nil {
		return err
	}
	c, err := config.Load(config.Inputs{File: os.DevNull, Lookup: config.NoVariables, Recorded: recorded.Origin.Options})
	if err != nil {
		return err
	}
	replayed, err := session.Replay(session.Recorded{Evidence: recorded, File: &reports.Evidence{}}, c, evidence.Tool{})
	if err != nil {
		return err
	}
	var different []string
	then := map[string]suites.Judgement{}
	for _, j := range live {
		then[j.Requirement] = j
	}
	for _, j := range replayed.Judge(context.Background()).Judgements() {
		if was := then[j.Requirement]; j.Outcome != was.Outcome {
			different = append(different, fmt.Sprintf("%s was %s and is %s", j.Requirement, was.Outcome, j.Outcome))
		} else if !slices.Equal(found(j), found(was)) {
			different = append(different, fmt.Sprintf("%s found %v and finds %v", j.Requirement, found(was), found(j)))
		}
	}
	if len(different) > 0 {
		return fmt.Errorf("judged again from its evidence, %s", strings.Join(different, ", "))
	}
	return nil
}

// found lists what a judgement found, where, in which exchanges.
func found(j suites.Judgement) []string {
	var list []string
	for _, f := range j.Findings {
		list = append(list, fmt.Sprintf("%s at %s %v", f.Code, f.Where, f.Exchanges))
	}
	return list
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
