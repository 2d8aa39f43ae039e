package reports

import (
	"omaspec/reports/evidence"
	"omaspec/schemas"
)

// Withhold takes everything out of a record but verdict, outcomes and their counts,
// and says why: a report that was made of it would have held a secret, by a defect of
// omaspec. No number stays that the target chose. What was concluded stands all the
// same. Decide and Seal come after it.
func Withhold(run *Run, why string) {
	run.Withheld = why
	run.Target = Target{URL: withheld, Embedded: run.Target.Embedded, Protocols: []string{}}
	run.Settings.Options = map[string]string{}
	run.Settings.Only, run.Settings.LabelFilter = []string{}, ""
	run.Notices = []string{why}
	run.Evidence = nil
	run.Unsent = []evidence.Unsent{}
	run.Flaky = nil
	if run.Stopped != "" {
		run.Stopped = withheld
	}
	for i := range run.Requirements {
		r := &run.Requirements[i]
		r.Notes = nil
		if r.Reason != "" {
			r.Reason = withheld
		}
		for j, f := range r.Findings {
			f.Issue = schemas.Issue{Code: f.Code, Where: withheld, Expected: withheld, Observed: withheld, Advisory: f.Advisory}
			r.Findings[j] = f
		}
	}
	for i, x := range run.Exchanges {
		run.Exchanges[i] = Exchange{ID: x.ID, Title: x.Title, Method: withheld, Target: withheld, Header: []evidence.RequestField{},
			Failure: withheld, Started: x.Started, Attempts: x.Attempts, Conn: x.Conn, Reused: x.Reused}
	}
}

// withheld stands where something was taken out.
const withheld = "withheld"
