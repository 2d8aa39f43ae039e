package session_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/onsi/gomega/format"

	"omaspec/reports"
	"omaspec/schemas"
	"omaspec/suites"
	"omaspec/suites/session"
)

// reference is a setup for the reference target that judges these requirements.
func reference(t *testing.T, only ...string) *session.Setup {
	t.Helper()
	s, server, err := session.Reference()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	s.Config.Only = only
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
			captured, err := reference(t, "AUTH-02").Gather(test.ctx)
			if err != nil {
				t.Fatal(err)
			}
			var judgements []suites.Judgement
			if test.judged {
				judgements = captured.Judge(test.ctx).Judgements()
			}
			run, _, err := captured.Conclude(test.ctx, judgements).Report()
			if err != nil {
				t.Fatal(err)
			}
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
	p, err := reference(t, "AUTH-02", "ISOL-07").Plan()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range p.Preview().Requests {
		rows = append(rows, r.ID)
	}
	got := strings.Join(rows, " ")
	for _, want := range []string{"V01 ", "M01", "B01", "X05", "L07/2", "L07.second-tenant/2", " V01.closing"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not sent: %s", want, got)
		}
	}
	for _, other := range []string{"V02", "L01", "R01"} {
		if strings.Contains(got, other) {
			t.Errorf("%s is sent: %s", other, got)
		}
	}
}

// TestNothingPrints: no stage of a run shows a secret, however it is formatted.
func TestNothingPrints(t *testing.T) {
	setup := reference(t, "AUTH-02")
	plan, err := setup.Plan()
	if err != nil {
		t.Fatal(err)
	}
	captured, err := plan.Gather(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var secrets []string
	for _, token := range captured.Evidence().Conditions.Secrets {
		secrets = append(secrets, token)
	}
	for _, truth := range setup.Subject.Values() {
		secrets = append(secrets, truth...)
	}
	if len(secrets) < 8 {
		t.Fatalf("%d secrets prove little", len(secrets))
	}
	for name, value := range map[string]any{"setup": setup, "plan": plan, "captured": captured, "judged": captured.Judge(t.Context()), "a copy": *setup} {
		for _, text := range shown(value) {
			for _, secret := range secrets {
				if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
					t.Errorf("%s shows %q: %.200s", name, secret, text)
				}
			}
		}
	}
}

// shown is a value in every form that somebody may print it in.
func shown(value any) []string {
	texts := []string{format.Object(value, 1)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, value))
	}
	if b, err := json.Marshal(value); err == nil {
		texts = append(texts, string(b))
	}
	return texts
}
