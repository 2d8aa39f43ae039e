package suites

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/mod/semver"

	"omaspec/reports"
	"omaspec/reports/exchange"
	"omaspec/reports/har"
	"omaspec/reports/redact"
	"omaspec/schemas"
	"omaspec/suites/config"
	"omaspec/suites/probe"
)

// circumstances are what the evidence file holds besides exchanges: under which
// conditions they were gathered, and how they were judged.
type circumstances struct {
	Now           time.Time         `json:"now"`
	Finished      time.Time         `json:"finished"`
	Secure        bool              `json:"secure"`
	Loopback      bool              `json:"loopback"`
	Embedded      bool              `json:"embedded"`
	Readings      schemas.Readings  `json:"readings"`
	PortalHosts   []string          `json:"portalHosts,omitempty"`
	RedirectHosts []string          `json:"redirectHosts,omitempty"`
	AllowEmails   []string          `json:"allowEmails,omitempty"`
	Profile       string            `json:"profile"`
	Strict        bool              `json:"strict"`
	Basis         string            `json:"basis"`
	Only          []string          `json:"only,omitempty"`
	LabelFilter   string            `json:"labelFilter,omitempty"`
	Insecure      bool              `json:"insecureSkipVerify,omitempty"`
	Plaintext     bool              `json:"allowPlaintext,omitempty"`
	Subject       bool              `json:"subject"` // true values were known
	Options       map[string]string `json:"options"`
	Credentials   []string          `json:"credentials"`
}

// course is how the gathering went.
type course struct {
	Stopped     *probe.Stop      `json:"stopped,omitempty"`
	Interrupted bool             `json:"interrupted,omitempty"`
	Transport   *probe.Transport `json:"transport,omitempty"`
	InFlight    probe.InFlight   `json:"inFlight"`
}

// EvidenceFile is the name of the evidence in a reports folder.
const EvidenceFile = "evidence.har"

// Artefacts decides and seals the record, and makes every file of the reports
// folder. All of them pass the last gate first. Where one of them holds a secret,
// by a defect of omaspec, only a record is made that holds verdict and outcomes,
// and says why; the exit code is then that of a defect.
func (s *Session) Artefacts(run *reports.Run) ([]reports.Artefact, error) {
	if s.replayed != nil { // from evidence that passed the gate when it was written
		return decided(run, s.replayed.Exchanges)
	}
	kept := s.kept()
	run.Redaction = reports.Redaction{Policy: redact.Policy, Counts: kept.counts}
	artefacts, err := s.files(run, kept)
	if err != nil {
		return nil, err
	}
	return guard(run, artefacts, redact.NewGate(s.wallet.Given()))
}

// guard lets reports pass that hold no secret, and puts the bare record in the
// place of others.
func guard(run *reports.Run, artefacts []reports.Artefact, gate *redact.Gate) ([]reports.Artefact, error) {
	leaks, err := gate.Scan(byName(artefacts))
	if err != nil {
		return nil, err
	}
	if len(leaks) == 0 {
		return artefacts, nil
	}
	reports.Withhold(run, fmt.Sprintf("A defect of omaspec: %s would have held a secret at byte %d (%d such places in all), so all but verdict and outcomes is withheld; please report it.",
		leaks[0].File, leaks[0].Offset, len(leaks)))
	if artefacts, err = decided(run, nil); err != nil {
		return nil, err
	}
	if leaks, err = gate.Scan(byName(artefacts)); err != nil {
		return nil, err
	}
	if len(leaks) > 0 {
		return nil, fmt.Errorf("a defect of omaspec: even the bare record, %s, would have held a secret, so no report was written; please report it", leaks[0].File)
	}
	return artefacts, nil
}

// decided decides and seals a record and renders it, with the bodies of redacted
// exchanges.
func decided(run *reports.Run, redacted []*exchange.Exchange) ([]reports.Artefact, error) {
	reports.Decide(run)
	if err := reports.Seal(run); err != nil {
		return nil, err
	}
	return render(run, redacted)
}

// files makes every file of the reports folder. The record names the digest of its
// evidence.
func (s *Session) files(run *reports.Run, kept kept) ([]reports.Artefact, error) {
	archive, err := s.archive(run, kept)
	if err != nil {
		return nil, err
	}
	run.Evidence = reports.EvidenceOf(EvidenceFile, archive)
	artefacts, err := decided(run, kept.exchanges)
	if err != nil {
		return nil, err
	}
	return append(artefacts, reports.Artefact{Name: EvidenceFile, Bytes: archive}), nil
}

// render makes the reports of a sealed record, with the bodies of redacted
// exchanges.
func render(run *reports.Run, redacted []*exchange.Exchange) ([]reports.Artefact, error) {
	bodies := map[string]reports.Excerpt{}
	for _, x := range redacted {
		if x.Response != nil && utf8.ValidString(string(x.Response.Body)) {
			bodies[x.ID()] = reports.Excerpt{Text: string(x.Response.Body), Size: len(x.Response.Body)}
		}
	}
	return reports.Render(run, bodies)
}

func byName(artefacts []reports.Artefact) map[string][]byte {
	files := map[string][]byte{}
	for _, a := range artefacts {
		files[a.Name] = a.Bytes
	}
	return files
}

// kept is what may be written down of the evidence.
type kept struct {
	counts    map[string]int
	exchanges []*exchange.Exchange
}

// redact takes secrets and personal data out of the exchanges. What it has not come
// to when ctx ends is not kept.
func (s *Session) redact(ctx context.Context) kept {
	r := redact.New(nil, slices.Concat(slices.Collect(maps.Values(s.evidence.Conditions.Subject.Values()))...)...)
	var k kept
	for _, x := range s.evidence.Gathering.Exchanges {
		if ctx.Err() != nil {
			break
		}
		k.exchanges = append(k.exchanges, r.Exchange(x))
	}
	k.counts = r.Counts()
	return k
}

// archive encodes the redacted evidence of a run as an HTTP Archive, from which
// Replay judges again.
func (s *Session) archive(run *reports.Run, kept kept) ([]byte, error) {
	g := s.evidence.Gathering
	e := har.Evidence{
		RunID: run.ID, Tool: har.Tool{Name: run.Tool.Name, Version: run.Tool.Version}, Catalogue: run.Catalogue.Version, Target: s.target,
		Requirements: judgedBy(run), Exchanges: kept.exchanges, Observations: map[string]json.RawMessage{},
	}
	for _, u := range g.Unsent {
		e.Unsent = append(e.Unsent, har.Unsent{Probe: u.Probe, Kind: string(u.Kind), Reason: u.Reason, Remedy: u.Remedy})
	}
	v := s.evidence.view(s.evidence.context())
	var err error
	for _, x := range g.Exchanges[:len(kept.exchanges)] {
		if e.Observations[x.ID()], err = json.Marshal(v.observe(x)); err != nil {
			return nil, fmt.Errorf("encode the evidence: %w", err)
		}
	}
	if e.Observed, err = json.Marshal(v.together()); err != nil {
		return nil, fmt.Errorf("encode the evidence: %w", err)
	}
	if e.Settings, err = json.Marshal(s.circumstances()); err != nil {
		return nil, fmt.Errorf("encode the evidence: %w", err)
	}
	if e.Transport, err = json.Marshal(course{g.Stopped, g.Interrupted, g.Transport, g.InFlight}); err != nil {
		return nil, fmt.Errorf("encode the evidence: %w", err)
	}
	var b bytes.Buffer
	if err := har.Write(&b, e); err != nil {
		return nil, fmt.Errorf("encode the evidence: %w", err)
	}
	return b.Bytes(), nil
}

// judgedBy lists, by exchange, the requirements that were judged on it.
func judgedBy(run *reports.Run) map[string][]string {
	by := map[string][]string{}
	for _, r := range run.Requirements {
		for _, id := range r.Exchanges {
			by[id] = append(by[id], r.ID)
		}
	}
	return by
}

func (s *Session) circumstances() circumstances {
	c, conditions := s.Config, s.evidence.Conditions
	return circumstances{
		Now: conditions.Now, Finished: s.evidence.Gathering.Finished, Secure: conditions.Secure, Loopback: conditions.Loopback, Embedded: s.Embedded,
		Readings: conditions.Readings, PortalHosts: conditions.PortalHosts, RedirectHosts: conditions.RedirectHosts, AllowEmails: conditions.AllowEmails,
		Profile: c.Profile, Strict: c.Strict, Basis: c.Basis, Only: c.Only, LabelFilter: c.LabelFilter,
		Insecure: c.InsecureSkipVerify, Plaintext: c.AllowPlaintext, Options: c.Changed(), Credentials: s.credentials,
		Subject: conditions.truthKnown(),
	}
}

// Replay makes a session of recorded evidence. It has nothing to send: Judge and
// Record judge what was captured then, by the catalogue of today. Options of the
// configuration that were set override the recorded ones, but for those that need
// what was rewritten.
func Replay(e har.Evidence, c config.Config) (*Session, error) {
	var then circumstances
	var how course
	if err := json.Unmarshal(e.Settings, &then); err != nil {
		return nil, fmt.Errorf("the evidence does not say under which conditions it was gathered")
	}
	if err := json.Unmarshal(e.Transport, &how); err != nil {
		return nil, fmt.Errorf("the evidence does not say how it was gathered")
	}
	if err := checkProbes(e); err != nil {
		return nil, err
	}
	then.override(&c)
	if before, now := then.Readings.Value(schemas.CreatedNotBefore), c.Readings.Value(schemas.CreatedNotBefore); before != now {
		return nil, fmt.Errorf("the reading %s cannot be another one than that of the run, %s: in evidence, times are rewritten", schemas.CreatedNotBefore, before)
	}
	s := &Session{Config: c, Embedded: then.Embedded, target: e.Target, credentials: then.Credentials, started: then.Now, replayed: &e}
	var err error
	if s.selected, err = Select(c.Only, c.LabelFilter); err != nil {
		return nil, err
	}
	g := &probe.Gathering{
		Started: then.Now, Finished: then.Finished, Exchanges: e.Exchanges,
		Stopped: how.Stopped, Interrupted: how.Interrupted, Transport: how.Transport, InFlight: how.InFlight,
	}
	for _, u := range e.Unsent {
		g.Unsent = append(g.Unsent, probe.Unsent{Probe: u.Probe, Kind: probe.UnsentKind(u.Kind), Reason: u.Reason, Remedy: u.Remedy})
	}
	s.evidence = &Evidence{Gathering: g, Conditions: Conditions{
		Now: then.Now, Secure: then.Secure, Loopback: then.Loopback, Readings: c.Readings, Known: then.Subject,
		PortalHosts: c.PortalHosts, RedirectHosts: c.RedirectHosts, AllowEmails: c.AllowEmails,
	}}
	return s, s.evidence.view(context.Background()).recall(e.Observed, e.Observations)
}

// override puts the recorded options into the configuration, where it does not
// set them itself.
func (then circumstances) override(c *config.Config) {
	set := c.Changed()
	keep := func(name string, use func()) {
		if _, ok := set[name]; !ok {
			use()
		}
	}
	keep("reading", func() { c.Readings = then.Readings })
	keep("profile", func() { c.Profile = then.Profile })
	keep("strict", func() { c.Strict = then.Strict })
	keep("basis", func() { c.Basis = then.Basis })
	keep("only", func() { c.Only = then.Only })
	keep("label-filter", func() { c.LabelFilter = then.LabelFilter })
	c.PortalHosts, c.RedirectHosts, c.AllowEmails = then.PortalHosts, then.RedirectHosts, then.AllowEmails
	c.InsecureSkipVerify, c.AllowPlaintext = then.Insecure, then.Plaintext
	c.Restore(then.Options)
}

// replayNotices say what a record of replayed evidence rests on, and which
// requirements are younger than the evidence.
func (s *Session) replayNotices() []string {
	if s.replayed == nil {
		return nil
	}
	notices := []string{fmt.Sprintf("Judged from the evidence of run %s, made by %s %s; nothing was sent.", s.replayed.RunID, s.replayed.Tool.Name, s.replayed.Tool.Version)}
	var young []string
	for _, r := range schemas.Requirements().Requirements {
		if semver.Compare("v"+r.Since, "v"+s.replayed.Catalogue) > 0 {
			young = append(young, r.ID)
		}
	}
	if len(young) > 0 {
		notices = append(notices, fmt.Sprintf("The evidence was gathered under catalogue %s; new since then, and judged on what it happens to hold: %s.", s.replayed.Catalogue, strings.Join(young, ", ")))
	}
	return notices
}
