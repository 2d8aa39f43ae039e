package reports

import (
	"reflect"
	"strings"
	"testing"

	"omaspec/schemas"
)

func TestDecide(t *testing.T) {
	const (
		passed       = schemas.Passed
		failed       = schemas.Failed
		warned       = schemas.Warned
		inconclusive = schemas.Inconclusive
		notExercised = schemas.NotExercised
		na           = schemas.NotApplicable
	)
	must := func(o schemas.Outcome) Result { return Result{Level: schemas.MUST, Basis: "spec", Outcome: o} }
	should := func(o schemas.Outcome) Result { return Result{Level: schemas.SHOULD, Basis: "spec", Outcome: o} }
	info := func(o schemas.Outcome) Result { return Result{Level: schemas.INFO, Basis: "spec", Outcome: o} }
	sec := func(o schemas.Outcome) Result { return Result{Level: schemas.MUST, Basis: "RFC 9110 5.1", Outcome: o} }
	defect := func(r Result) Result { r.Defect = true; return r }
	gate := Settings{Profile: ProfileGate, Basis: BasisAll}
	acceptance := Settings{Profile: ProfileAcceptance, Basis: BasisAll}
	strict := Settings{Profile: ProfileGate, Basis: BasisAll, Strict: true}
	spec := Settings{Profile: ProfileGate, Basis: BasisSpec}
	only := Settings{Profile: ProfileGate, Basis: BasisAll, Only: []string{"AUTH-01"}}
	filtered := Settings{Profile: ProfileAcceptance, Basis: BasisAll, LabelFilter: "MUST"}

	tests := []struct {
		name     string
		settings Settings
		results  []Result
		run      Run // Interrupted and Stopped
		verdict  Verdict
		code     int
		reason   string // a part of it
	}{
		{"all hold", gate, []Result{must(passed), must(passed), must(na), should(passed)}, Run{}, Conformant, 0, "2 MUST requirements were judged, and all hold"},
		{"one holds", gate, []Result{must(passed)}, Run{}, Conformant, 0, "1 MUST requirement was judged, and holds"},
		{"acceptance, all hold", acceptance, []Result{must(passed), must(na)}, Run{}, Conformant, 0, "1 MUST"},
		{"a warning does not gate", gate, []Result{must(passed), should(warned)}, Run{}, Conformant, 0, ""},
		{"a SHOULD that could not be judged does not gate", gate, []Result{must(passed), should(inconclusive), should(notExercised)}, Run{}, Conformant, 0, ""},
		{"INFO never gates", strict, []Result{must(passed), info(failed), info(inconclusive), info(notExercised)}, Run{}, Conformant, 0, ""},

		{"a MUST is violated", gate, []Result{must(passed), must(failed)}, Run{}, NonConformant, 1, "1 requirement is violated, of 2 that gate and were judged: R02."},
		{"a MUST with a SHOULD's outcome is violated too", gate, []Result{must(passed), must(warned)}, Run{}, NonConformant, 1, "R02"},
		{"strict: a warning gates", strict, []Result{must(passed), should(warned)}, Run{}, NonConformant, 1, "1 requirement is violated, of 2 that gate and were judged: R02."},
		{"strict: a SHOULD that could not be judged does not", strict, []Result{must(passed), should(inconclusive), should(notExercised)}, Run{}, Conformant, 0, ""},
		{"a violation outranks inconclusive", gate, []Result{must(failed), must(inconclusive)}, Run{}, NonConformant, 1, ""},
		{"a violation outranks not exercised", acceptance, []Result{must(failed), must(notExercised)}, Run{}, NonConformant, 1, ""},
		{"a violation outranks a stop", gate, []Result{must(failed), must(inconclusive)}, Run{Stopped: "Stopped."}, NonConformant, 1, ""},

		{"spec: a standard's MUST does not gate", spec, []Result{must(passed), sec(failed)}, Run{}, Conformant, 0, "1 MUST requirement was judged"},
		{"spec: nor does it when inconclusive or not exercised", spec, []Result{must(passed), sec(inconclusive), sec(notExercised)}, Run{}, Conformant, 0, ""},
		{"spec: the page's MUST gates", spec, []Result{must(failed), sec(passed)}, Run{}, NonConformant, 1, "of 1 that gate"},
		{"spec: only standards judged is nothing judged", spec, []Result{must(na), sec(passed)}, Run{}, InconclusiveRun, 3, "No MUST"},

		{"stopped", gate, []Result{must(passed), must(notExercised)}, Run{Stopped: "The valid token is refused."}, InconclusiveRun, 3, "The valid token is refused."},
		{"stopped, though everything judged holds", gate, []Result{must(passed)}, Run{Stopped: "Stopped."}, InconclusiveRun, 3, "Stopped."},
		{"a MUST is inconclusive", gate, []Result{must(passed), must(inconclusive)}, Run{}, InconclusiveRun, 3, "1 MUST requirement could not be judged: R02."},
		{"a MUST with an unknown outcome", gate, []Result{must(passed), must("")}, Run{}, InconclusiveRun, 3, "R02"},
		{"inconclusive outranks not exercised", gate, []Result{must(passed), must(inconclusive), must(notExercised)}, Run{}, InconclusiveRun, 3, ""},
		{"no requirements", gate, nil, Run{}, InconclusiveRun, 3, "No MUST"},
		{"nothing judged", gate, []Result{must(notExercised), must(na)}, Run{}, InconclusiveRun, 3, "No MUST"},
		{"only a SHOULD judged", gate, []Result{must(notExercised), should(passed)}, Run{}, InconclusiveRun, 3, "No MUST"},
		{"only a SHOULD judged, strict", strict, []Result{must(notExercised), should(passed)}, Run{}, InconclusiveRun, 3, "No MUST"},

		{"gate: a MUST was not exercised", gate, []Result{must(passed), must(notExercised)}, Run{}, Partial, 0, "1 MUST requirement holds; 1 other was not exercised, which the gate profile allows: R02."},
		{"acceptance: a MUST was not exercised", acceptance, []Result{must(passed), must(notExercised)}, Run{}, Partial, 3, "does not allow"},
		{"an unknown profile allows nothing", Settings{Profile: "lax"}, []Result{must(passed), must(notExercised)}, Run{}, Partial, 3, "does not allow"},
		{"a selection is partial", only, []Result{must(passed), must(notExercised)}, Run{}, Partial, 0, "not exercised in this selection"},
		{"a filter is partial", filtered, []Result{must(passed), must(notExercised)}, Run{}, Partial, 3, "in this selection"},
		{"a selection without a MUST", only, []Result{should(passed), must(notExercised)}, Run{}, InconclusiveRun, 3, "No MUST requirement that gates was judged in this selection"},

		{"a defect", gate, []Result{must(passed), defect(must(inconclusive))}, Run{}, InconclusiveRun, 5, "A defect of omaspec: it failed to judge R02; please report it."},
		{"a defect where nothing gates", gate, []Result{must(passed), defect(info(inconclusive))}, Run{}, InconclusiveRun, 5, "R02"},
		{"a defect outranks a violation", gate, []Result{must(failed), defect(must(inconclusive))}, Run{}, InconclusiveRun, 5, "R02"},
		{"an interrupt outranks a defect", gate, []Result{must(passed), defect(must(inconclusive))}, Run{Interrupted: true}, InconclusiveRun, 130, "interrupted"},

		{"interrupted", gate, []Result{must(passed)}, Run{Interrupted: true}, InconclusiveRun, 130, "1 requirement that gates was judged"},
		{"an interrupt outranks a violation", gate, []Result{must(failed), must(notExercised)}, Run{Interrupted: true}, InconclusiveRun, 130, "1 was violated"},
		{"an interrupt outranks a stop", gate, nil, Run{Interrupted: true, Stopped: "Stopped."}, InconclusiveRun, 130, "interrupted"},
		{"many violations", gate, repeat(must(failed), 9), Run{}, NonConformant, 1, "9 requirements are violated, of 9 that gate and were judged: R01, R02, R03, R04, R05, R06 and 3 more."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			run := test.run
			run.Settings = test.settings
			run.Requirements = test.results
			for i := range run.Requirements {
				run.Requirements[i].ID = "R0" + string(rune('1'+i))
			}
			Decide(&run)
			if run.Verdict != test.verdict || run.ExitCode != test.code {
				t.Errorf("got %s, exit %d; want %s, exit %d", run.Verdict, run.ExitCode, test.verdict, test.code)
			}
			if !strings.Contains(run.Reason, test.reason) {
				t.Errorf("reason %q lacks %q", run.Reason, test.reason)
			}
			if strings.Count(run.Reason, ".") != 1 || !strings.HasSuffix(run.Reason, ".") {
				t.Errorf("reason %q is not one sentence", run.Reason)
			}
			again := run
			if Decide(&again); !reflect.DeepEqual(run, again) {
				t.Error("deciding twice gives another answer")
			}
		})
	}
}

func repeat(r Result, n int) []Result {
	out := make([]Result, n)
	for i := range out {
		out[i] = r
	}
	return out
}

func TestGates(t *testing.T) {
	tests := []struct {
		level  schemas.Level
		basis  string
		strict bool
		only   string
		want   bool
	}{
		{schemas.MUST, "spec", false, BasisAll, true},
		{schemas.MUST, "ASVS 14.3.2", false, BasisAll, true},
		{schemas.MUST, "ASVS 14.3.2", false, BasisSpec, false},
		{schemas.MUST, "spec", false, BasisSpec, true},
		{schemas.SHOULD, "spec", false, BasisAll, false},
		{schemas.SHOULD, "spec", true, BasisAll, true},
		{schemas.SHOULD, "ASVS 14.3.2", true, BasisSpec, false},
		{schemas.INFO, "spec", true, BasisAll, false},
	}
	for _, test := range tests {
		run := Run{
			Requirements: []Result{{Level: test.level, Basis: test.basis, Gates: !test.want}},
			Settings:     Settings{Strict: test.strict, Basis: test.only},
		}
		if Decide(&run); run.Requirements[0].Gates != test.want {
			t.Errorf("%+v: gates is %t", test, run.Requirements[0].Gates)
		}
	}
}
