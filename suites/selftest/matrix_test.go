package selftest

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"omaspec/fixtures/golden"
	"omaspec/reports"
	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/suites"
	"omaspec/suites/config"
	"omaspec/suites/probe"
	"omaspec/suites/session"
)

var (
	sample = flag.Int("sample", 1, "judge one target in so many")
	only   = flag.String("only", "", "judge only the targets whose names begin so")
)

// TestMatrix is the proof that the harness catches what it claims, and nothing
// else: a fault that survives, an extra violation, a variant that is not left
// alone, or a requirement or one of its rows that no fault breaks fails it. On the
// way it judges the evidence of every target again, which must come to the same
// outcomes, as must another number of requests in flight.
func TestMatrix(t *testing.T) {
	all, err := candidates()
	if err != nil {
		t.Fatal(err)
	}
	chosen := choose(all)
	if len(chosen) < len(all) {
		t.Logf("%d targets of %d are judged", len(chosen), len(all))
	}
	reference := map[bool]func() (map[string]string, error){}
	for _, tls := range []bool{false, true} {
		reference[tls] = sync.OnceValues(func() (map[string]string, error) { return referenceAppearance(t.Context(), tls) })
	}
	violated, adaptive := map[string]bool{}, map[string]string{}
	m, err := run(t.Context(), chosen, func() {}, func(j judged) {
		for _, row := range j.violatedRows() {
			violated[row] = true
		}
		if err := sameFromEvidence(j.captured, j.judgements); err != nil {
			t.Errorf("%s: %v", j.trial.Name, err)
		}
		if err := j.differs(reference[j.tls]); err != nil {
			t.Errorf("%s: %v", j.trial.Name, err)
		}
		adaptive[j.trial.Name] = outcomes(j.judgements)
	})
	if err != nil {
		t.Fatal(err)
	}
	if golden.Update() {
		if err := os.WriteFile("matrix.yaml", []byte(observed(all, m)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, trial := range m.Trials {
		if !trial.Good() {
			t.Errorf("%s (%s): %s", trial.Name, trial.Summary, trial.Difference())
		}
	}
	checkInFlight(t, chosen, adaptive)
	if len(chosen) < len(all) {
		return
	}
	for _, id := range m.Unkilled {
		t.Errorf("no fault breaks %s", id)
	}
	for _, r := range schemas.Requirements().Requirements {
		rows, _ := suites.Needs(r)
		for _, row := range rows {
			if r.Level != schemas.INFO && !violated[row] && !slices.Contains(skipped, row) {
				t.Errorf("%s is judged on row %s, and no fault shows there", r.ID, row)
			}
		}
	}
}

// checkInFlight wants the same outcomes of targets that are asked with a fixed number
// of requests in flight.
func checkInFlight(t *testing.T, chosen []candidate, adaptive map[string]string) {
	t.Helper()
	m, err := run(t.Context(), otherwise(chosen), func() {}, func(j judged) {
		if diff := cmp.Diff(adaptive[j.trial.Name], outcomes(j.judgements)); diff != "" && !j.trial.Unsteady {
			t.Errorf("%s has other outcomes with %d requests in flight (-adaptive +fixed):\n%s", j.trial.Name, j.concurrency, diff)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, trial := range m.Trials {
		if !trial.Good() {
			t.Errorf("%s with a fixed number of requests in flight: %s", trial.Name, trial.Difference())
		}
	}
}

// otherwise lists candidates to be judged with a fixed number of requests in flight:
// one, as many as at first, and the most. Those that are about requests meeting each
// other, and every twentieth, have all three, and every fifth one of them, in turn; of
// a sample, every fifth has one.
func otherwise(chosen []candidate) (others []candidate) {
	numbers := []int{1, probe.StartInFlight, probe.MostInFlight}
	for i, c := range chosen {
		use := numbers[:0]
		switch {
		case *sample == 1 && (i%20 == 0 || strings.HasPrefix(c.trial.Name, "isol.")):
			use = numbers
		case i%5 == 0:
			use = numbers[i/5%3:][:1]
		}
		for _, c.concurrency = range use {
			others = append(others, c)
		}
	}
	return others
}

// outcomes lists every outcome, a line each.
func outcomes(judgements []suites.Judgement) string {
	var list strings.Builder
	for _, j := range judgements {
		fmt.Fprintln(&list, j.Requirement, j.Outcome)
	}
	return list.String()
}

// violatedRows lists the rows whose answers, or handshakes, show a violation.
func (j judged) violatedRows() []string {
	var rows []string
	for _, judgement := range j.judgements {
		if judgement.Outcome != schemas.Failed && judgement.Outcome != schemas.Warned {
			continue
		}
		for _, f := range judgement.Findings {
			shown := f.Exchanges
			if len(shown) == 0 {
				shown = judgement.Exchanges // a handshake is no exchange
			}
			for _, id := range shown {
				rows = append(rows, evidence.RowOf(id))
			}
		}
	}
	return rows
}

// choose returns the candidates that the flags ask for.
func choose(all []candidate) []candidate {
	var chosen []candidate
	for i, c := range all {
		if i%*sample == 0 && strings.HasPrefix(c.trial.Name, *only) {
			chosen = append(chosen, c)
		}
	}
	return chosen
}

// TestExpectations wants matrix.yaml to have every fault and variant, and no other.
func TestExpectations(t *testing.T) {
	expected, err := expectations()
	if err != nil {
		t.Fatal(err)
	}
	all, err := candidates()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if !c.known {
			t.Errorf("matrix.yaml lacks %s; run: go test ./suites/selftest -run Matrix -only %s -update", c.trial.Name, c.trial.Name)
		}
	}
	if got := len(expected.Faults) + len(expected.Variants); got > len(all) {
		t.Errorf("matrix.yaml has %d names of %d", got, len(all))
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

// observed renders what was observed in the form of matrix.yaml. What was not
// judged, or is as expected, stays as it is: of an unsteady fault each run shows
// another part.
func observed(all []candidate, m Matrix) string {
	verdicts := map[string][]string{}
	for _, c := range all {
		verdicts[c.trial.Name] = c.trial.Expected
	}
	for _, trial := range m.Trials {
		if !trial.Good() {
			verdicts[trial.Name] = trial.verdicts()
		}
	}
	var b strings.Builder
	head, _, _ := strings.Cut(string(matrixYAML), "\nfaults:")
	b.WriteString(head + "\n")
	for _, variants := range []bool{false, true} {
		b.WriteString(map[bool]string{false: "faults:\n", true: "variants:\n"}[variants])
		for _, c := range all {
			if c.trial.Variant == variants {
				fmt.Fprintf(&b, "  %s: [%s]\n", c.trial.Name, strings.Join(verdicts[c.trial.Name], ", "))
			}
		}
	}
	return b.String()
}

// TestCommonest wants the commonest mistakes to violate as many MUST requirements as is
// written, and no more.
func TestCommonest(t *testing.T) {
	expected, err := expectations()
	if err != nil {
		t.Fatal(err)
	}
	if len(expected.Commonest) < 25 {
		t.Errorf("%d mistakes", len(expected.Commonest))
	}
	for name, want := range expected.Commonest {
		ids, known := expected.Faults[name]
		musts := slices.DeleteFunc(slices.Clone(ids), func(id string) bool {
			r, _ := schemas.Requirements().Find(id)
			return r.Level != schemas.MUST
		})
		if !known || len(musts) != want {
			t.Errorf("%s violates %v, want %d", name, musts, want)
		}
	}
}
