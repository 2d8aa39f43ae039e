package suites_test

import (
	"context"
	"strings"
	"testing"

	"omaspec/reports"
	"omaspec/schemas"
	"omaspec/suites"
	"omaspec/suites/selftest"
)

// prepared is a session on the reference target that judges these requirements.
func prepared(t *testing.T, only ...string) *suites.Session {
	t.Helper()
	s, server, err := selftest.Session()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	s.Config.Only = only
	if err := s.Prepare(); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRecord wants a record to hold every requirement once, whatever became of it.
func TestRecord(t *testing.T) {
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		name    string
		ctx     context.Context
		judged  bool
		outcome schemas.Outcome
		reason  string
		verdict reports.Verdict
		code    int
	}{
		{"judged", t.Context(), true, schemas.Passed, "", reports.Partial, reports.ExitConformant},
		{"a spec that did not run", t.Context(), false, schemas.Inconclusive, "its spec did not run", reports.InconclusiveRun, reports.ExitDefect},
		{"interrupted before it was judged", interrupted, false, schemas.Inconclusive, "the run was interrupted before it was judged", reports.InconclusiveRun, reports.ExitInterrupted},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := prepared(t, "AUTH-02")
			if _, err := s.Gather(test.ctx); err != nil {
				t.Fatal(err)
			}
			var judgements []suites.Judgement
			if test.judged {
				judgements = s.Judge(test.ctx)
			}
			run := s.Record(judgements)
			reports.Decide(run)
			if run.Verdict != test.verdict || run.ExitCode != test.code {
				t.Errorf("verdict %s, exit code %d", run.Verdict, run.ExitCode)
			}
			if len(run.Requirements) != len(schemas.Requirements().Requirements) {
				t.Errorf("%d requirements", len(run.Requirements))
			}
			for _, r := range run.Requirements {
				outcome, reason := schemas.NotExercised, "it was not selected"
				if r.ID == "AUTH-02" {
					outcome, reason = test.outcome, test.reason
				}
				if r.Outcome != outcome || !strings.Contains(r.Reason, reason) || r.Defect != (r.ID == "AUTH-02" && test.code == reports.ExitDefect) {
					t.Errorf("%s %s: %s", r.ID, r.Outcome, r.Reason)
				}
			}
		})
	}
}

// TestNarrowedPlan wants a choice to send what it needs, the two controls, and
// nothing else.
func TestNarrowedPlan(t *testing.T) {
	var rows []string
	for _, r := range prepared(t, "AUTH-02", "ISOL-07").Preview().Requests {
		rows = append(rows, r.ID)
	}
	got := strings.Join(rows, " ")
	for _, want := range []string{"V01 ", "M01", "X05", "L07/2", "L07.second-tenant/2", " V01.closing"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not sent: %s", want, got)
		}
	}
	for _, other := range []string{"V02", "B01", "L01", "R01"} {
		if strings.Contains(got, other) {
			t.Errorf("%s is sent: %s", other, got)
		}
	}
}
