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

	"github.com/google/go-cmp/cmp"

	"omaspec/reports"
	"omaspec/reports/har"
	"omaspec/suites"
	"omaspec/suites/config"
	"omaspec/suites/probe"
)

var update = flag.Bool("update", false, "rewrite matrix.yaml from what is observed; review every line of the difference")

var sample = flag.Int("sample", 1, "judge one target in so many")

// TestMatrix is the proof that the harness catches what it claims, and nothing
// else: a fault that survives, an extra violation, a variant that is not left
// alone, or a requirement that no fault breaks fails it. On the way it judges the
// evidence of every target again, which must come to the same outcomes. So must
// another number of requests in flight.
func TestMatrix(t *testing.T) {
	every := *sample
	if every > 1 {
		t.Logf("one target in %d is judged", every)
	}
	all := sampled(t, every)
	adaptive := map[string]string{}
	m, err := run(t.Context(), all, func() {}, func(s subject, session *suites.Session, live []suites.Judgement) {
		if err := sameFromEvidence(session, live); err != nil {
			t.Errorf("%s: %v", s.row.Name, err)
		}
		adaptive[s.row.Name] = outcomes(live)
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
	if every == 1 {
		for _, id := range m.Unkilled {
			t.Errorf("no fault breaks %s", id)
		}
	}
	fixed, err := run(t.Context(), otherwise(all, every), func() {}, func(s subject, _ *suites.Session, judgements []suites.Judgement) {
		if diff := cmp.Diff(adaptive[s.row.Name], outcomes(judgements)); diff != "" && !s.row.Unsteady {
			t.Errorf("%s has other outcomes with %d requests in flight (-adaptive +fixed):\n%s", s.row.Name, s.concurrency, diff)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range fixed.Rows {
		if !r.Good() {
			t.Errorf("%s with a fixed number of requests in flight: %s", r.Name, r.Difference())
		}
	}
}

// sampled lists every nth target of the matrix.
func sampled(t *testing.T, every int) (all []subject) {
	t.Helper()
	expected, err := expectations()
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range subjects(expected) {
		if i%every == 0 {
			all = append(all, s)
		}
	}
	return all
}

// otherwise lists targets to be judged with a fixed number of requests in flight: one,
// as many as at first, and the most. Those that are about requests meeting each
// other, and every twentieth, have all three, and every fifth one of them, in turn.
func otherwise(all []subject, every int) (others []subject) {
	numbers := []int{1, probe.StartInFlight, probe.MostInFlight}
	for i, s := range all {
		i *= every
		use := numbers[:0]
		switch {
		case i%20 == 0 || strings.HasPrefix(s.row.Name, "isol."):
			use = numbers
		case i%5 == 0:
			use = numbers[i/5%3:][:1]
		}
		for _, s.concurrency = range use {
			others = append(others, s)
		}
	}
	return others
}

// outcomes lists every outcome of a judged session, a line each.
func outcomes(judgements []suites.Judgement) string {
	var list strings.Builder
	for _, j := range judgements {
		fmt.Fprintln(&list, j.Requirement, j.Outcome)
	}
	return list.String()
}

// sameFromEvidence makes the reports of a judged session, which must pass the
// last gate, and judges their evidence again.
func sameFromEvidence(s *suites.Session, live []suites.Judgement) error {
	artefacts, err := s.Artefacts(s.Record(live))
	if err != nil {
		return err
	}
	i := slices.IndexFunc(artefacts, func(a reports.Artefact) bool { return a.Name == suites.EvidenceFile })
	evidence, err := har.Read(bytes.NewReader(artefacts[i].Bytes))
	if err != nil {
		return err
	}
	replayed, err := suites.Replay(evidence, config.Default())
	if err != nil {
		return err
	}
	var different []string
	then := map[string]suites.Judgement{}
	for _, j := range live {
		then[j.Requirement] = j
	}
	for _, j := range replayed.Judge(context.Background()) {
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
