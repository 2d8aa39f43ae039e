//go:build interop

package interop_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"omaspec/fixtures"
	"omaspec/fixtures/faults"
	"omaspec/fixtures/hostile"
	"omaspec/fixtures/interop"
	"omaspec/reports"
	"omaspec/schemas"
	"omaspec/suites/config"
	"omaspec/suites/probe"
	"omaspec/suites/session"
)

// TestInteropConsumers shows the reports of good, bad and hostile runs to their
// consumers.
func TestInteropConsumers(t *testing.T) {
	interop.Need(t, interop.Node, interop.Consumers)
	script, err := os.ReadFile("consumers.mjs")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		run  *reports.Run
	}{
		{"conformant", judged(t, "", nil)},
		{"one violation", judged(t, "auth.case", nil)},
		{"many violations and warnings", judged(t, "auth.any", nil)},
		{"violations that do not gate", judged(t, "auth.any", func(s *session.Setup) { s.Config.Basis = reports.BasisSpec })},
		{"exit code without a violation", judged(t, "", func(s *session.Setup) {
			s.Config.Profile = reports.ProfileAcceptance
			delete(s.Tokens, probe.Role(fixtures.SecondTenant))
		})},
		{"hostile", poisoned(t, judged(t, "auth.case", nil))},
		{"everything violated, hostile", poisoned(t, crowded(judged(t, "", nil)))},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd, err := interop.Script(bytes.NewReader(script), rendered(t, c.run))
			if err != nil {
				t.Fatal(err)
			}
			out, err := cmd.CombinedOutput()
			t.Logf("%s, exit code %d\n%s", c.run.Verdict, c.run.ExitCode, out)
			if err != nil {
				t.Errorf("a consumer shows something else than the record says: %v", err)
			}
		})
	}
}

// judged is the sealed record of a run against the reference target, with a fault
// unless that is "", and with a setup changed by set unless that is nil.
func judged(t *testing.T, fault string, set func(*session.Setup)) *reports.Run {
	t.Helper()
	options := []fixtures.Option{fixtures.WithSeed(1)}
	if fault != "" {
		apply, ok := faults.Find(fault)
		if !ok {
			t.Fatalf("there is no fault %s", fault)
		}
		options = append(options, fixtures.With(apply))
	}
	target := fixtures.NewTarget(options...)
	server, err := target.Start(fixtures.Listen{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	setup := &session.Setup{Config: config.Default()}
	session.Point(setup, target, server)
	if set != nil {
		set(setup)
	}
	captured, err := setup.Gather(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run, _, err := captured.Judge(t.Context()).Report()
	if err != nil {
		t.Fatal(err)
	}
	return sealed(t, run)
}

// sealed decides and seals a record and reads it again, so that what it returns
// shares nothing with the tables of the harness.
func sealed(t *testing.T, run *reports.Run) *reports.Run {
	t.Helper()
	reports.Decide(run)
	if err := reports.Seal(run); err != nil {
		t.Fatal(err)
	}
	b, err := reports.Encode(run)
	if err != nil {
		t.Fatal(err)
	}
	if run, err = reports.Read(bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	return run
}

// crowded violates every requirement of the run, each in many places.
func crowded(run *reports.Run) *reports.Run {
	for i := range run.Requirements {
		r := &run.Requirements[i]
		r.Outcome, r.Reason = schemas.Failed, ""
		r.Findings = nil
		for place := range 30 {
			r.Findings = append(r.Findings, schemas.Finding{Requirement: r.ID, Issue: schemas.Issue{
				Code: "crowded", Where: fmt.Sprintf("/member%d", place),
				Expected: strings.Repeat("expected ", 60), Observed: strings.Repeat("|`<b>", 100),
			}})
		}
	}
	return run
}

// fiveMegabytes is a single line.
var fiveMegabytes = strings.Repeat("long|`<b>@you ", 5<<20/14)

// poisoned adds a hostile text to every text of the record but for the words that the
// record's own vocabulary and the catalogue give it, and seals it again. Each stands
// between marks, so that consumers.mjs sees whether all of it arrives.
func poisoned(t *testing.T, run *reports.Run) *reports.Run {
	t.Helper()
	n := 0
	var poison func(reflect.Value)
	poison = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			if v.Type() == reflect.TypeFor[string]() {
				v.SetString(v.String() + "«" + hostile.Texts[n%len(hostile.Texts)].Text + "»")
				n++
			}
		case reflect.Slice:
			for i := range v.Len() {
				poison(v.Index(i))
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if f := v.Type().Field(i); f.IsExported() && !vocabulary[f.Name] {
					poison(v.Field(i))
				}
			}
		}
	}
	poison(reflect.ValueOf(run).Elem())
	if n < len(hostile.Texts) {
		t.Fatalf("the record has only %d texts", n)
	}
	last := &run.Requirements[len(run.Requirements)-1]
	last.Title += fiveMegabytes
	last.Findings = append(last.Findings, schemas.Finding{Requirement: last.ID, Issue: schemas.Issue{Where: fiveMegabytes, Observed: fiveMegabytes}})
	run.Notices = append(run.Notices, fiveMegabytes)
	reports.Decide(run)
	if err := reports.Seal(run); err != nil {
		t.Fatal(err)
	}
	return run
}

// vocabulary names the members of a record that are no free text.
var vocabulary = map[string]bool{
	"Format": true, "Profile": true, "Basis": true, "ID": true, "File": true, "Footer": true, "Started": true, "Finished": true,
}

// rendered writes the reports that consumers.mjs reads into a folder.
func rendered(t *testing.T, run *reports.Run) string {
	t.Helper()
	dir := t.TempDir()
	artefacts, err := reports.Render(run, nil)
	if err != nil {
		t.Fatal(err)
	}
	var annotations bytes.Buffer
	if err := reports.WriteAnnotations(&annotations, run, true); err != nil {
		t.Fatal(err)
	}
	for _, a := range append(artefacts, reports.Artefact{Name: "annotations.txt", Bytes: annotations.Bytes()}) {
		if err := os.WriteFile(filepath.Join(dir, a.Name), a.Bytes, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
