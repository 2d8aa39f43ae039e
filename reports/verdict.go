package reports

import (
	"fmt"
	"strconv"
	"strings"

	"omaspec/schemas"
)

// fewIDs is the number of ids that a sentence names.
const fewIDs = 6

// Decide sets Gates of every requirement, and Verdict, ExitCode and Reason of
// the run. They follow from Requirements, Settings, Interrupted, Stopped and Withheld and
// from nothing else. The first rule that applies decides:
//
//	the run was interrupted                       inconclusive    130
//	omaspec itself failed while judging           inconclusive    5
//	reports were withheld                         as below        5
//	a requirement that gates is violated          non-conformant  1
//	the run stopped early                         inconclusive    3
//	no MUST that gates was judged                 inconclusive    3
//	a MUST that gates is inconclusive             inconclusive    3
//	a MUST that gates was not exercised           partial         0 under the gate profile, else 3
//	none of these                                 conformant      0
//
// A violation outranks missing evidence, because more evidence cannot undo it.
func Decide(run *Run) {
	for i := range run.Requirements {
		r := &run.Requirements[i]
		r.Gates = gates(*r, run.Settings)
	}
	run.Verdict, run.ExitCode, run.Reason = decide(run, tallyOf(run.Requirements))
	if run.Withheld != "" && run.ExitCode != ExitInterrupted {
		run.ExitCode, run.Reason = ExitDefect, run.Withheld+" "+run.Reason
	}
}

// tally sorts the requirements that gate by what they mean for the verdict.
type tally struct {
	judged   int      // requirements that gate and were judged
	musts    int      // MUSTs among them
	violated []string // ids
	unsure   []string // ids of MUSTs that could not be judged
	missing  []string // ids of MUSTs that were not exercised
	defects  []string // ids that omaspec itself failed to judge, whether they gate or not
}

func tallyOf(results []Result) tally {
	var t tally
	for _, r := range results {
		if r.Defect {
			t.defects = append(t.defects, r.ID)
		}
		if !r.Gates {
			continue
		}
		must := r.Level == schemas.MUST
		if judged(r.Outcome) {
			t.judged++
			if must {
				t.musts++
			}
		}
		switch {
		case violates(r.Outcome):
			t.violated = append(t.violated, r.ID)
		case !must || r.Outcome == schemas.Passed || r.Outcome == schemas.NotApplicable:
			// Nothing that could hold back a good verdict.
		case r.Outcome == schemas.NotExercised:
			t.missing = append(t.missing, r.ID)
		default:
			t.unsure = append(t.unsure, r.ID)
		}
	}
	return t
}

func decide(run *Run, t tally) (Verdict, int, string) {
	switch {
	case run.Interrupted:
		return InconclusiveRun, ExitInterrupted, fmt.Sprintf("The run was interrupted; %s judged by then, and %s violated.",
			count(t.judged, "requirement that gates was", "requirements that gate were"), count(len(t.violated), "was", "were"))
	case len(t.defects) > 0:
		return InconclusiveRun, ExitDefect, fmt.Sprintf("A defect of omaspec: it failed to judge %s; please report it.", listIDs(t.defects, fewIDs))
	case len(t.violated) > 0:
		return NonConformant, ExitNonConformant, fmt.Sprintf("%s violated, of %d that gate and were judged: %s.",
			count(len(t.violated), "requirement is", "requirements are"), t.judged, listIDs(t.violated, fewIDs))
	case run.Stopped != "":
		return InconclusiveRun, ExitInconclusive, run.Stopped
	case t.musts == 0:
		return InconclusiveRun, ExitInconclusive, fmt.Sprintf("No MUST requirement that gates was judged%s, so nothing can be said.",
			selection(run.Settings))
	case len(t.unsure) > 0:
		return InconclusiveRun, ExitInconclusive, fmt.Sprintf("%s could not be judged: %s.",
			count(len(t.unsure), "MUST requirement", "MUST requirements"), listIDs(t.unsure, fewIDs))
	case len(t.missing) > 0:
		code, ruling := ExitInconclusive, "does not allow"
		if run.Settings.Profile == ProfileGate {
			code, ruling = ExitConformant, "allows"
		}
		return Partial, code, fmt.Sprintf("%s; %s not exercised%s, which the %s profile %s: %s.",
			count(t.musts, "MUST requirement holds", "MUST requirements hold"), count(len(t.missing), "other was", "others were"),
			selection(run.Settings), run.Settings.Profile, ruling, listIDs(t.missing, fewIDs))
	default:
		return Conformant, ExitConformant, count(t.musts, "MUST requirement was judged, and holds.", "MUST requirements were judged, and all hold.")
	}
}

// gates tells whether a violation of r decides the exit code. Only a MUST does,
// and a SHOULD under --strict; under --basis spec, only what the page itself says.
func gates(r Result, s Settings) bool {
	if s.Basis == BasisSpec && r.Basis != BasisSpec {
		return false
	}
	return r.Level == schemas.MUST || r.Level == schemas.SHOULD && s.Strict
}

func violates(o schemas.Outcome) bool { return o == schemas.Failed || o == schemas.Warned }

func judged(o schemas.Outcome) bool { return violates(o) || o == schemas.Passed }

// selection says that somebody chose what to judge, which is then why something
// was left out.
func selection(s Settings) string {
	if len(s.Only) == 0 && s.LabelFilter == "" {
		return ""
	}
	return " in this selection"
}

// count is a number with the words that follow it: "1 request", "2 requests".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// listIDs names the first ids and counts the others.
func listIDs(ids []string, limit int) string {
	if len(ids) <= limit {
		return strings.Join(ids, ", ")
	}
	return strings.Join(ids[:limit], ", ") + fmt.Sprintf(" and %d more", len(ids)-limit)
}
