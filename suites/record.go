package suites

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"time"

	"omaspec/reports"
	"omaspec/reports/exchange"
	"omaspec/schemas"
	"omaspec/suites/probe"
)

// Record puts the record of a run together: every requirement of the catalogue
// exactly once, with what the judgements say about it. It holds symbolic requests,
// shapes and sizes, and nothing else of what was sent and received.
func (s *Session) Record(judgements []Judgement) *reports.Run {
	g := s.evidence.Gathering
	run := &reports.Run{
		Format: reports.RecordFormat, Version: reports.RecordVersion, ID: runID(s.started),
		Tool:      s.Tool,
		Contract:  reports.Contract{Title: schemas.PageTitle, Published: schemas.PagePublished, SHA256: schemas.PageSHA256()},
		Catalogue: reports.Catalogue{Version: schemas.Requirements().Version, SHA256: schemas.Requirements().SHA256},
		Target:    s.describeTarget(g),
		Settings:  s.settings(),
		Started:   s.started, Finished: g.Finished.UTC(),
		Notices:      s.notices(g),
		Requirements: s.results(g, judgements),
		Exchanges:    s.exchanges(g),
		Unsent:       unsent(g),
		Redaction:    reports.Redaction{Policy: redactionPolicy, Counts: map[string]int{}},
		Interrupted:  g.Interrupted,
	}
	run.Tool.Go = runtime.Version()
	if g.Stopped != nil {
		run.Stopped = g.Stopped.Reason
	}
	return run
}

const redactionPolicy = "symbolic requests; of responses only status codes, sizes, places and shapes"

// runID sorts by time; two runs of one target in the same microsecond do not
// happen.
func runID(t time.Time) string { return t.Format("20060102T150405.000000Z") }

func (s *Session) describeTarget(g *probe.Gathering) reports.Target {
	t := reports.Target{URL: s.target, Embedded: s.Embedded, Protocols: []string{}}
	for _, x := range g.Exchanges {
		if x.Response != nil && !slices.Contains(t.Protocols, x.Response.Proto) {
			t.Protocols = append(t.Protocols, x.Response.Proto)
		}
		t.TLS = cmp.Or(t.TLS, x.Conn.TLS)
		t.CertificateSHA256 = cmp.Or(t.CertificateSHA256, x.Conn.LeafSHA256)
	}
	slices.Sort(t.Protocols)
	return t
}

func (s *Session) settings() reports.Settings {
	c := s.Config
	settings := reports.Settings{
		Profile: c.Profile, Strict: c.Strict, Basis: c.Basis, Only: orEmpty(c.Only), LabelFilter: c.LabelFilter,
		Readings: []reports.Reading{}, Credentials: orEmpty(s.credentials), Subject: s.evidence.Conditions.truthKnown(),
		Options: c.Changed(), Seed: seed,
	}
	if used := s.evidence.Gathering.InFlight; used.Most > 0 {
		settings.InFlight = &reports.InFlight{Adaptive: used.Adaptive, Most: used.Most, FellBack: orEmpty(used.FellBack)}
	}
	for _, r := range schemas.AllReadings {
		settings.Readings = append(settings.Readings, reports.Reading{Name: r.Name, Value: c.Readings.Value(r.Name), Default: r.Default, Rows: slices.Clone(r.Rows), Meaning: r.Meaning})
	}
	return settings
}

// notices shout what weakens the run.
func (s *Session) notices(g *probe.Gathering) []string {
	notices := append([]string{}, s.replayNotices()...)
	add := func(when bool, format string, args ...any) {
		if when {
			notices = append(notices, fmt.Sprintf(format, args...))
		}
	}
	c := s.Config
	add(g.Interrupted, "The run was interrupted; what follows is partial.")
	add(c.InsecureSkipVerify, "The server's certificate was NOT verified (--insecure-skip-verify): anybody on the way could have answered.")
	add(c.AllowPlaintext && !s.evidence.Conditions.Secure, "The token was sent over plain http (--allow-plaintext).")
	add(c.Basis == reports.BasisSpec, "Only what the page itself says decides the exit code (--basis spec); security requirements of other standards are reported and do not gate.")
	add(len(c.Only) > 0 || c.LabelFilter != "", "Only a selection of the requirements was judged: %d of %d.", len(s.selected), len(schemas.Requirements().Requirements))
	return notices
}

// results merges the judgements into the catalogue.
func (s *Session) results(g *probe.Gathering, judgements []Judgement) []reports.Result {
	selected := func(r schemas.Requirement) bool {
		return slices.ContainsFunc(s.selected, func(x schemas.Requirement) bool { return x.ID == r.ID })
	}
	results := make([]reports.Result, 0, len(schemas.Requirements().Requirements))
	for _, r := range schemas.Requirements().Requirements {
		result := reports.Result{
			ID: r.ID, Level: r.Level, Basis: r.Basis, Source: r.Source, Title: r.Title, Rationale: r.Rationale,
			File: schemas.CatalogueFile, Line: r.Line,
		}
		i := slices.IndexFunc(judgements, func(j Judgement) bool { return j.Requirement == r.ID })
		switch {
		case i >= 0:
			j := judgements[i]
			result.Outcome, result.Reason, result.Findings, result.Exchanges, result.Notes = j.Outcome, j.Reason, j.Findings, j.Exchanges, j.Notes
			result.Defect = j.Defect
		case selected(r) && g.Interrupted:
			result.Outcome, result.Reason = schemas.Inconclusive, interrupted
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
func (s *Session) exchanges(g *probe.Gathering) []reports.Exchange {
	list := make([]reports.Exchange, 0, len(g.Exchanges))
	for _, x := range g.Exchanges {
		e := reports.Exchange{
			ID: x.ID(), Title: probe.Title(x.ID()), Method: x.Request.Method, Target: x.Request.Target, Header: []reports.Header{},
			Status: x.Status(), Started: x.Started, TotalMS: milliseconds(x.Timings.Total), WaitMS: milliseconds(x.Timings.Wait),
			Attempts: x.Attempts, Conn: x.Conn.ID, Reused: x.Conn.Reused, Trace: x.Trace,
			Curl: s.curl(x),
		}
		for _, f := range x.Request.Header {
			e.Header = append(e.Header, reports.Header{Name: f.Name, Value: f.Value})
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
func (s *Session) curl(x *exchange.Exchange) string {
	if s.Embedded {
		return ""
	}
	return probe.Curl(s.target, x)
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond)) / float64(time.Millisecond)
}

func unsent(g *probe.Gathering) []reports.Unsent {
	list := make([]reports.Unsent, 0, len(g.Unsent))
	for _, u := range g.Unsent {
		list = append(list, reports.Unsent{Probe: u.Probe, Reason: u.Reason, Remedy: u.Remedy})
	}
	return list
}
