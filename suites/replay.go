package suites

import (
	"fmt"
	"slices"

	"omaspec/reports"
	"omaspec/reports/har"
	"omaspec/schemas"
	"omaspec/suites/probe"
)

// checkProbes refuses evidence with exchanges that no probe sends. Of another
// catalogue at least the rows have to be known.
func checkProbes(e har.Evidence) error {
	known := func(id string) bool { return probe.Title(id) != "" }
	if e.Catalogue != schemas.Requirements().Version {
		known = func(id string) bool {
			return slices.ContainsFunc(probe.Catalogue(), func(p probe.Probe) bool { return p.Row() == rowOf(id) })
		}
	}
	for i, x := range e.Exchanges {
		if !known(x.ID()) {
			return fmt.Errorf("entry %d of the evidence: there is no probe %q; `omaspec list --probes` shows all", i+1, reports.Line(x.ID()))
		}
	}
	return nil
}
