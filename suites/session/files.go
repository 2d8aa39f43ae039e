package session

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"omaspec/reports"
	"omaspec/reports/defect"
	"omaspec/reports/evidence"
	"omaspec/reports/redact"
)

// Report decides and seals the record, and makes every file of the reports folder.
// All of them pass the last gate first. Where one of them holds a secret, by a defect
// of omaspec, only a record is made that holds verdict and outcomes, and says why;
// the exit code is then that of a defect.
func (j *Judged) Report() (*reports.Run, []reports.Artefact, error) {
	if j.err != nil {
		return nil, nil, j.err
	}
	run := j.record()
	if j.file != nil { // of evidence that passed the gate when it was written
		artefacts, err := decided(run, j.redacted.exchanges)
		return run, artefacts, err
	}
	artefacts, err := j.files(run)
	if err == nil {
		artefacts, err = guard(run, artefacts, redact.NewGate(j.given))
	}
	return run, artefacts, err
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
func decided(run *reports.Run, redacted []*evidence.Exchange) ([]reports.Artefact, error) {
	reports.Decide(run)
	if err := reports.Seal(run); err != nil {
		return nil, err
	}
	return render(run, redacted)
}

// files makes every file of the reports folder. The record names the digest of its
// evidence.
func (j *Judged) files(run *reports.Run) ([]reports.Artefact, error) {
	archive, err := j.archive(run)
	if err != nil {
		return nil, fmt.Errorf("encode the evidence: %w", err)
	}
	run.Evidence = reports.EvidenceOf(evidence.FileName, archive)
	artefacts, err := decided(run, j.redacted.exchanges)
	if err != nil {
		return nil, err
	}
	return append(artefacts, reports.Artefact{Name: evidence.FileName, Bytes: archive}), nil
}

// render makes the reports of a sealed record, with the bodies of redacted
// exchanges.
func render(run *reports.Run, redacted []*evidence.Exchange) ([]reports.Artefact, error) {
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

// redacted is what may be written down of the evidence.
type redacted struct {
	counts    map[string]int
	exchanges []*evidence.Exchange
	facts     *evidence.Facts
}

// redact takes secrets and personal data out of the exchanges. What it has not come
// to when ctx ends is not kept. Recorded evidence is redacted already.
func (c *Captured) redact(ctx context.Context) (out redacted, err error) {
	if c.file != nil {
		return redacted{exchanges: c.evidence.Gathering.Exchanges}, nil
	}
	err = defect.Guard(func() error {
		r := redact.New(nil, slices.Concat(slices.Collect(maps.Values(c.evidence.Conditions.Subject.Values()))...)...)
		for _, x := range c.evidence.Gathering.Exchanges {
			if ctx.Err() != nil {
				break
			}
			out.exchanges = append(out.exchanges, r.Exchange(x))
		}
		out.counts = r.Counts()
		return nil
	})()
	return out, err
}

// archive encodes the redacted evidence of a run as an HTTP Archive, from which
// Replay judges again.
func (j *Judged) archive(run *reports.Run) ([]byte, error) {
	kept := *j.evidence
	kept.Gathering.Exchanges, kept.Gathering.Interrupted = j.redacted.exchanges, j.interrupted
	kept.Facts = j.redacted.facts
	var b bytes.Buffer
	err := evidence.Write(&b, &kept, judgedBy(run))
	return b.Bytes(), err
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
