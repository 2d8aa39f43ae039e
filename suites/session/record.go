package session

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"omaspec/reports"
	"omaspec/reports/evidence"
	"omaspec/reports/redact"
	"omaspec/schemas"
	"omaspec/suites"
	"omaspec/suites/probe"
)

// record is the record of a run: every requirement of the catalogue exactly once,
// with what the judgements say about it. It holds symbolic requests, shapes and
// sizes, and nothing else of what was sent and received.
func (j *Judged) record() *reports.Run {
	g := j.evidence.Gathering
	run := &reports.Run{
		Format: reports.RecordFormat, Version: reports.RecordVersion, ID: j.evidence.Origin.RunID,
		Tool:      j.tool,
		Contract:  reports.Contract{Title: schemas.PageTitle, Published: schemas.PagePublished, SHA256: schemas.PageSHA256()},
		Catalogue: reports.Catalogue{Version: schemas.Requirements().Version, SHA256: schemas.Requirements().SHA256},
		Target:    j.target(),
		Settings:  j.settings(),
		Started:   j.evidence.Conditions.Now, Finished: g.Finished.UTC(),
		Notices:      j.notices(),
		Requirements: j.results(),
		Exchanges:    j.exchanges(),
		Unsent:       orEmpty(g.Unsent),
		Flaky:        g.Flakes(),
		Evidence:     j.file,
		Redaction:    reports.Redaction{Policy: redact.Policy, Counts: map[string]int{}},
		Interrupted:  j.interrupted,
	}
	maps.Copy(run.Redaction.Counts, j.redacted.counts)
	if g.Stopped != nil {
		run.Stopped = g.Stopped.Reason
	}
	return run
}

func (j *Judged) target() reports.Target {
	t := reports.Target{URL: j.evidence.Origin.Target, Embedded: j.evidence.Origin.Embedded, Protocols: []string{}}
	for _, x := range j.evidence.Gathering.Exchanges {
		if x.Response != nil && !slices.Contains(t.Protocols, x.Response.Proto) {
			t.Protocols = append(t.Protocols, x.Response.Proto)
		}
		t.TLS = cmp.Or(t.TLS, x.Conn.TLS)
		t.CertificateSHA256 = cmp.Or(t.CertificateSHA256, x.Conn.LeafSHA256)
	}
	slices.Sort(t.Protocols)
	return t
}

func (j *Judged) settings() reports.Settings {
	c := j.config
	settings := reports.Settings{
		Profile: c.Profile, Strict: c.Strict, Basis: c.Basis, Only: orEmpty(c.Only), LabelFilter: c.LabelFilter,
		Readings: []reports.Reading{}, Credentials: orEmpty(j.evidence.Origin.Credentials), Subject: j.evidence.Conditions.Compared,
		Options: c.Changed(), Seed: suites.Seed,
	}
	if used := j.evidence.Gathering.InFlight; used.Most > 0 {
		used.FellBack = orEmpty(used.FellBack)
		settings.InFlight = &used
	}
	for _, r := range schemas.AllReadings {
		settings.Readings = append(settings.Readings, reports.Reading{Name: r.Name, Value: c.Readings.Value(r.Name), Default: r.Default, Rows: slices.Clone(r.Rows), Meaning: r.Meaning})
	}
	return settings
}

// notices shout what weakens the run.
func (j *Judged) notices() []string {
	notices := append([]string{}, j.replayNotices()...)
	add := func(when bool, format string, args ...any) {
		if when {
			notices = append(notices, fmt.Sprintf(format, args...))
		}
	}
	c := j.config
	add(j.interrupted, "The run was interrupted; what follows is partial.")
	if renewal := j.evidence.Gathering.Renewal; renewal != nil {
		add(renewal.Times > 0, "The valid token was refused during the run and replaced (%d times); what was sent since it was last accepted was sent again.", renewal.Times)
		add(renewal.Failure != "", "The valid token was refused during the run and could not be replaced: %s", renewal.Failure)
	}
	add(c.InsecureSkipVerify, "The server's certificate was NOT verified (--insecure-skip-verify): anybody on the way could have answered.")
	add(c.AllowPlaintext && !j.evidence.Conditions.Secure, "The token was sent over plain http (--allow-plaintext).")
	add(c.Basis == reports.BasisSpec, "Only what the page itself says decides the exit code (--basis spec); security requirements of other standards are reported and do not gate.")
	if flakes := j.evidence.Gathering.Flakes(); len(flakes) > 0 {
		notices = append(notices, flakyNotice(flakes))
	}
	add(len(c.Only) > 0 || c.LabelFilter != "", "Only a selection of the requirements was judged: %d of %d.", len(j.selected), len(schemas.Requirements().Requirements))
	return notices
}

// flakyNotice lists the first requests that were sent again.
func flakyNotice(flakes []evidence.Flake) string {
	const listed = 5
	var list []string
	for _, f := range flakes[:min(listed, len(flakes))] {
		list = append(list, f.String())
	}
	if more := len(flakes) - listed; more > 0 {
		list = append(list, fmt.Sprintf("%d more", more))
	}
	return "Flaky: what a gateway, a limiter or the network may have answered was asked for again, and only the last answer counts: " + strings.Join(list, "; ") + "."
}

// results merges the judgements into the catalogue.
func (j *Judged) results() []reports.Result {
	selected := func(r schemas.Requirement) bool {
		return slices.ContainsFunc(j.selected, func(x schemas.Requirement) bool { return x.ID == r.ID })
	}
	results := make([]reports.Result, 0, len(schemas.Requirements().Requirements))
	for _, r := range schemas.Requirements().Requirements {
		result := reports.Result{
			ID: r.ID, Level: r.Level, Basis: r.Basis, Source: r.Source, Title: r.Title, Rationale: r.Rationale,
			File: schemas.CatalogueFile, Line: r.Line,
		}
		i := slices.IndexFunc(j.judgements, func(x suites.Judgement) bool { return x.Requirement == r.ID })
		switch {
		case i >= 0:
			x := j.judgements[i]
			result.Outcome, result.Reason, result.Findings, result.Exchanges, result.Notes = x.Outcome, x.Reason, x.Findings, x.Exchanges, x.Notes
			result.Defect = x.Defect
		case selected(r) && j.interrupted:
			result.Outcome, result.Reason = schemas.Inconclusive, suites.Interrupted
		case selected(r):
			result.Outcome, result.Reason, result.Defect = schemas.Inconclusive, "a defect of omaspec: its spec did not run; please report it", true
		default:
			result.Outcome, result.Reason = schemas.NotExercised, "it was not selected"
		}
		result.Findings, result.Exchanges = orEmpty(result.Findings), orEmpty(result.Exchanges)
		results = append(results, result)
	}
	return results
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// exchanges summarises what was sent and how it was answered.
func (j *Judged) exchanges() []reports.Exchange {
	list := make([]reports.Exchange, 0, len(j.evidence.Gathering.Exchanges))
	for _, x := range j.evidence.Gathering.Exchanges {
		e := reports.Exchange{
			ID: x.ID(), Title: probe.Title(x.ID()), Method: x.Request.Method, Target: x.Request.Target, Header: orEmpty(x.Request.Header),
			Status: x.Status(), Started: x.Started.Truncate(evidence.Precision), TotalMS: milliseconds(x.Timings.Total), WaitMS: milliseconds(x.Timings.Wait),
			Attempts: x.Attempts, Conn: x.Conn.ID, Reused: x.Conn.Reused, Trace: x.Trace,
			Curl: j.curl(x),
		}
		if x.Response != nil {
			e.Protocol, e.Bytes = x.Response.Proto, len(x.Response.Body)
		} else {
			e.Failure = x.Failure.Kind + ": " + x.Failure.Text
		}
		list = append(list, e)
	}
	return list
}

// curl is the command line that sends a request again. The embedded target is
// gone by the time somebody reads it.
func (j *Judged) curl(x *evidence.Exchange) string {
	if j.evidence.Origin.Embedded {
		return ""
	}
	return probe.Curl(j.evidence.Origin.Target, j.evidence.Origin.Options["connect-to"], x)
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(evidence.Precision)) / float64(time.Millisecond)
}
