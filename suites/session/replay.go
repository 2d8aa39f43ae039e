package session

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"omaspec/reports"
	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/suites"
	"omaspec/suites/config"
	"omaspec/suites/probe"
)

// Recorded is an evidence file that was read.
type Recorded struct {
	*evidence.Evidence
	File *reports.Evidence // its name and digest
}

// Replay takes recorded evidence up where Gather would have returned it: what was
// captured then is judged by the catalogue of today. c is the configuration, for
// which the options of the recorded run were the lowest source (config.Inputs).
func Replay(r Recorded, c config.Config, tool evidence.Tool) (*Captured, error) {
	if err := checkProbes(r.Evidence); err != nil {
		return nil, err
	}
	if err := checkReadings(r.Origin.Options, c.Readings); err != nil {
		return nil, err
	}
	e := *r.Evidence
	then := e.Conditions
	e.Conditions = conditions(c)
	e.Conditions.Now, e.Conditions.Secure, e.Conditions.Loopback, e.Conditions.Compared = then.Now, then.Secure, then.Loopback, then.Compared
	replayed := &Captured{config: c, tool: tool, evidence: &e, file: r.File}
	var err error
	if replayed.selected, err = Select(c.Only, c.LabelFilter); err != nil {
		return nil, err
	}
	replayed.view, err = suites.Open(context.Background(), &e)
	return replayed, err
}

// checkReadings refuses a reading that needs what was rewritten.
func checkReadings(recorded map[string]string, now schemas.Readings) error {
	c, err := config.Load(config.Inputs{File: os.DevNull, Lookup: config.NoVariables, Recorded: recorded})
	if err != nil {
		return err
	}
	if before := c.Readings.Value(schemas.CreatedNotBefore); before != now.Value(schemas.CreatedNotBefore) {
		return fmt.Errorf("the reading %s cannot be another one than that of the run, %s: in evidence, times are rewritten", schemas.CreatedNotBefore, before)
	}
	return nil
}

// checkProbes refuses evidence with exchanges that no probe sends. Of another
// catalogue at least the rows have to be known.
func checkProbes(e *evidence.Evidence) error {
	known := func(id string) bool { return probe.Title(id) != "" }
	if e.Origin.Catalogue != schemas.Requirements().Version {
		known = func(id string) bool {
			return slices.ContainsFunc(probe.Catalogue(), func(p probe.Probe) bool { return p.Row() == evidence.RowOf(id) })
		}
	}
	for i, x := range e.Gathering.Exchanges {
		if !known(x.ID()) {
			return fmt.Errorf("entry %d of the evidence: there is no such probe; `omaspec list --probes` shows all", i+1)
		}
	}
	return nil
}

// replayNotices say what a record of replayed evidence rests on, and which
// requirements are younger than the evidence.
func (j *Judged) replayNotices() []string {
	if j.file == nil {
		return nil
	}
	then := j.evidence.Origin
	notices := []string{fmt.Sprintf("Judged from the evidence of run %s, made by %s %s; nothing was sent.", then.RunID, then.Tool.Name, then.Tool.Version)}
	var young []string
	for _, r := range schemas.Requirements().Requirements {
		if semver.Compare("v"+r.Since, "v"+then.Catalogue) > 0 {
			young = append(young, r.ID)
		}
	}
	if len(young) > 0 {
		notices = append(notices, fmt.Sprintf("The evidence was gathered under catalogue %s; new since then, and judged on what it happens to hold: %s.", then.Catalogue, strings.Join(young, ", ")))
	}
	return notices
}
