package session

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"omaspec/reports"
	"omaspec/reports/evidence"
	"omaspec/reports/redact"
	"omaspec/schemas"
)

// TestGuard: a report that holds a secret, which only a defect can put there, costs
// the run everything but what was concluded and why the rest is missing.
func TestGuard(t *testing.T) {
	const secret, number = "tk9-Q2mXw7LtR4bZc81KfJ0yNsE5uGdPaVo", 48151623
	gate := redact.NewGate(map[string]string{"{token:valid}": secret, "{token:expired}": strconv.Itoa(number)})
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	record := func(spoil func(*reports.Run)) *reports.Run {
		run := &reports.Run{
			Format: reports.RecordFormat, Version: reports.RecordVersion, ID: "20260601", Started: now, Finished: now,
			Tool:     reports.Tool{Name: "omaspec", Version: "dev", Go: "go1.26"},
			Target:   reports.Target{URL: "https://staging.example/", Protocols: []string{}},
			Settings: reports.Settings{Profile: reports.ProfileGate, Basis: reports.BasisAll, Only: []string{}, Readings: []reports.Reading{}, Credentials: []string{}, Options: map[string]string{}},
			Notices:  []string{}, Unsent: []evidence.Unsent{}, Redaction: reports.Redaction{Counts: map[string]int{}},
			Requirements: []reports.Result{{ID: "AUTH-02", Level: schemas.MUST, Basis: "spec", Title: "A missing token is refused.", Outcome: schemas.Failed, Exchanges: []string{"M01"},
				Findings: []schemas.Finding{{Requirement: "AUTH-02", Issue: schemas.Issue{Code: "auth.accepted", Where: "status line", Expected: "401", Observed: "200"}, Exchanges: []string{"M01"}}}}},
			Exchanges: []reports.Exchange{{ID: "M01", Title: "no token", Method: "GET", Target: "/", Header: []evidence.RequestField{}, Started: now}},
		}
		spoil(run)
		return run
	}
	for name, spoil := range map[string]func(*reports.Run){
		"an observation": func(r *reports.Run) { r.Requirements[0].Findings[0].Observed = "200 " + secret },
		"a place":        func(r *reports.Run) { r.Requirements[0].Findings[0].Where = secret },
		"a note":         func(r *reports.Run) { r.Requirements[0].Notes = []string{secret} },
		"a reason":       func(r *reports.Run) { r.Requirements[0].Reason = secret },
		"a target":       func(r *reports.Run) { r.Target.URL = "https://staging.example/" + secret },
		"a request":      func(r *reports.Run) { r.Exchanges[0].Target = "/?token=" + secret },
		"a field": func(r *reports.Run) {
			r.Exchanges[0].Header = []evidence.RequestField{{Name: "X-Auth-Token", Value: secret}}
		},
		"a failure":       func(r *reports.Run) { r.Exchanges[0].Failure = secret },
		"a command line":  func(r *reports.Run) { r.Exchanges[0].Curl = "curl -H 'X: " + secret + "'" },
		"an option":       func(r *reports.Run) { r.Settings.Options["path"] = secret },
		"a notice":        func(r *reports.Run) { r.Notices = []string{secret} },
		"what was unsent": func(r *reports.Run) { r.Unsent = []evidence.Unsent{{Probe: "X01", Reason: secret}} },
		"a stop":          func(r *reports.Run) { r.Stopped = secret },
		"a status":        func(r *reports.Run) { r.Exchanges[0].Status = number },
		"a length":        func(r *reports.Run) { r.Exchanges[0].Bytes = number },
		"a wait":          func(r *reports.Run) { r.Exchanges[0].WaitMS = number },
		"a time":          func(r *reports.Run) { r.Exchanges[0].TotalMS = number },
	} {
		t.Run(name, func(t *testing.T) {
			run := record(spoil)
			artefacts, err := decided(run, nil)
			if err != nil {
				t.Fatal(err)
			}
			verdict := run.Verdict
			if artefacts, err = guard(run, artefacts, gate); err != nil {
				t.Fatal(err)
			}
			for _, a := range artefacts {
				if bytes.Contains(a.Bytes, []byte(secret)) || bytes.Contains(a.Bytes, []byte(strconv.Itoa(number))) {
					t.Errorf("%s holds the secret", a.Name)
				}
			}
			if run.ExitCode != reports.ExitDefect || run.Verdict != verdict || run.Requirements[0].Outcome != schemas.Failed || !strings.Contains(run.Reason, "withheld") {
				t.Errorf("exit code %d, verdict %s, outcome %s, reason %q", run.ExitCode, run.Verdict, run.Requirements[0].Outcome, run.Reason)
			}
			i := slices.IndexFunc(artefacts, func(a reports.Artefact) bool { return a.Name == "run.json" })
			if _, err := reports.Read(bytes.NewReader(artefacts[i].Bytes)); err != nil {
				t.Errorf("the bare record is refused: %v", err)
			}
		})
	}
	run := record(func(r *reports.Run) { r.Requirements[0].Title = secret })
	artefacts, err := decided(run, nil)
	if err != nil {
		t.Fatal(err)
	}
	if artefacts, err = guard(run, artefacts, gate); err == nil || artefacts != nil || strings.Contains(err.Error(), secret) {
		t.Errorf("a secret in the catalogue: %v", err)
	}
}
