package reports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"omaspec/reports/evidence"
	"omaspec/schemas"
)

// MaxRecord is the size in bytes of the largest record that Read accepts. A
// default run's record has some 200 kB.
const MaxRecord = 32 << 20

// Read reads a record as Encode writes it. It refuses, with the reason in one
// line, what is too large, cut short, not JSON, of another format or version,
// what has members it does not know or lacks some, rows that are repeated,
// missing or counted wrongly, and a record that was changed after it was sealed.
func Read(r io.Reader) (*Run, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxRecord+1))
	if err != nil {
		return nil, fmt.Errorf("read record: %w", err)
	}
	run, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("read record: %w", err)
	}
	return run, nil
}

func parse(text []byte) (*Run, error) {
	if len(text) > MaxRecord {
		return nil, fmt.Errorf("it is larger than %d bytes", MaxRecord)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, errors.New("it is empty")
	}
	if bytes.HasPrefix(text, []byte("\ufeff")) {
		return nil, errors.New("it begins with a byte order mark (U+FEFF); save it without one")
	}
	// The format and the version come first: a later version may well have
	// members that this one does not know.
	var head struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, refusal(err)
	}
	if head.Format != RecordFormat {
		return nil, fmt.Errorf("its format is not %q", RecordFormat)
	}
	if head.Version != RecordVersion {
		return nil, fmt.Errorf("its version is not %d, the only one that this omaspec knows", RecordVersion)
	}
	var run Run
	if err := json.Unmarshal(text, &run, json.RejectUnknownMembers(true)); err != nil {
		return nil, refusal(err)
	}
	for _, check := range []func(*Run) error{checkWords, checkRows, checkCounts, checkDigest} {
		if err := check(&run); err != nil {
			return nil, err
		}
	}
	if err := checkWhole(&run, text); err != nil {
		return nil, err
	}
	return &run, nil
}

// refusal says in one line why text could not be decoded. The decoder's own
// message may quote the text, so only its kind and place are used.
func refusal(err error) error {
	var syntax *jsontext.SyntacticError
	var meaning *json.SemanticError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it is truncated: it ends inside a JSON value")
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		return fmt.Errorf("the member %s is there twice, again at byte %d", evidence.Place[Run](syntax.JSONPointer), syntax.ByteOffset)
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &meaning):
		return fmt.Errorf("the member %s is unknown", evidence.Place[Run](meaning.JSONPointer))
	case errors.As(err, &syntax):
		return fmt.Errorf("it is not JSON: see byte %d", syntax.ByteOffset)
	case errors.As(err, &meaning):
		return fmt.Errorf("the value at %s has the wrong type", evidence.Place[Run](meaning.JSONPointer))
	default:
		return errors.New("it cannot be decoded")
	}
}

// checkWords refuses words that no report could render.
func checkWords(run *Run) error {
	if !slices.Contains(verdicts, run.Verdict) {
		return errors.New("there is no such verdict as at /verdict")
	}
	for i, r := range run.Requirements {
		if !slices.Contains(levels, r.Level) {
			return fmt.Errorf("there is no such level as at /requirements/%d/level", i)
		}
		if !slices.Contains(outcomes, r.Outcome) {
			return fmt.Errorf("there is no such outcome as at /requirements/%d/outcome", i)
		}
	}
	return nil
}

func checkRows(run *Run) error {
	seen := make(map[string]bool, len(run.Requirements))
	for i, r := range run.Requirements {
		if seen[r.ID] {
			return fmt.Errorf("a requirement is there twice, again at /requirements/%d", i)
		}
		seen[r.ID] = true
	}
	if have, want := len(run.Requirements), run.Footer.Requirements; have != want {
		return fmt.Errorf("it has %d requirements and its footer counts another number: rows are missing or were added", have)
	}
	return nil
}

func checkCounts(run *Run) error {
	want, have := footerOf(run), run.Footer
	switch {
	case have.Requests != want.Requests:
		return errors.New("its footer counts another number of requests than the rows have")
	case have.Complete != want.Complete:
		return fmt.Errorf("its footer says complete: %t, and its header interrupted: %t", have.Complete, run.Interrupted)
	}
	for _, o := range outcomes {
		if have.Outcomes[o] != want.Outcomes[o] {
			return fmt.Errorf("its footer counts another number of %s than the rows have", o)
		}
	}
	return nil
}

func checkDigest(run *Run) error {
	digest, err := digestOf(run)
	if err != nil {
		return err
	}
	if digest != run.Footer.SHA256 {
		return errors.New("it was edited or damaged: its digest is not the one in its footer")
	}
	return nil
}

// checkWhole refuses what decoding cannot notice and the digest, which is made
// from the decoded record, does not cover: a member that is left out where zero
// is its value, or null for an empty list.
func checkWhole(run *Run, text []byte) error {
	again, err := Encode(run)
	if err != nil {
		return err
	}
	have, want := jsontext.Value(slices.Clone(text)), jsontext.Value(again)
	if err := errors.Join(have.Canonicalize(), want.Canonicalize()); err != nil {
		return refusal(err)
	}
	if !bytes.Equal(have, want) {
		return errors.New("it was edited: members are missing, or spelled in another way than omaspec writes them")
	}
	return nil
}

var (
	verdicts = []Verdict{Conformant, ConformantWithWaivers, Partial, NonConformant, InconclusiveRun}
	levels   = []schemas.Level{schemas.MUST, schemas.SHOULD, schemas.INFO}
)
