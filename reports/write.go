package reports

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"omaspec/schemas"
)

// outcomes is the order in which reports count and list outcomes.
var outcomes = []schemas.Outcome{
	schemas.Passed, schemas.Failed, schemas.Warned, schemas.Inconclusive, schemas.NotExercised, schemas.NotApplicable,
}

// encoding makes a record's JSON the same every time: members in the order of
// the types, maps sorted by name, [] and {} rather than null, and omitempty as
// encoding/json understands it. Text that is not UTF-8 becomes U+FFFD, because a
// bad byte must not cost a run its report.
var encoding = json.JoinOptions(
	json.Deterministic(true),
	jsonv1.OmitEmptyWithLegacySemantics(true),
	jsontext.AllowInvalidUTF8(true),
)

// Seal computes the footer: the counts, and the digest over everything else. A
// record that is changed afterwards has to be sealed again. It fails only where
// a number of the record is not finite.
func Seal(run *Run) error {
	run.Footer = footerOf(run)
	digest, err := digestOf(run)
	if err != nil {
		return err
	}
	run.Footer.SHA256 = digest
	return nil
}

// Encode returns the bytes of run.json: indented with two spaces, and ended by a
// line feed. It refuses a record that was not sealed after its last change.
func Encode(run *Run) ([]byte, error) {
	var b bytes.Buffer
	err := writeJSON(&b, run)
	return b.Bytes(), err
}

// ordinaryResult is what a requirement or an exchange takes in run.json, in bytes.
const ordinaryResult = 1500

// writeJSON is Encode to a writer.
func writeJSON(w io.Writer, run *Run) error {
	digest, err := digestOf(run)
	if err != nil {
		return err
	}
	if digest != run.Footer.SHA256 {
		return fmt.Errorf("write run.json: the record was not sealed after its last change")
	}
	if b, ok := w.(*bytes.Buffer); ok { // which copies all that it holds whenever it grows
		b.Grow(ordinaryResult * (len(run.Requirements) + len(run.Exchanges)))
	}
	if err := json.MarshalWrite(w, run, encoding, jsontext.WithIndent("  ")); err != nil {
		return fmt.Errorf("write run.json: %w", err)
	}
	_, err = w.Write([]byte{'\n'})
	return err
}

// footerOf counts what the rows hold. Every outcome is counted, also with zero.
func footerOf(run *Run) Footer {
	f := Footer{
		Complete:     !run.Interrupted,
		Requirements: len(run.Requirements),
		Outcomes:     make(map[schemas.Outcome]int, len(outcomes)),
	}
	for _, o := range outcomes {
		f.Outcomes[o] = 0
	}
	for _, r := range run.Requirements {
		f.Outcomes[r.Outcome]++
	}
	for _, x := range run.Exchanges {
		f.Requests += max(1, x.Attempts)
	}
	return f
}

// digestOf is the SHA-256 (hex) of the record's canonical form (RFC 8785, JSON
// Canonicalization Scheme) with an empty footer.sha256, so that a program in any
// language can compute it from run.json.
func digestOf(run *Run) (string, error) {
	unsigned := *run
	unsigned.Footer.SHA256 = ""
	b, err := json.Marshal(&unsigned, encoding)
	if err != nil {
		return "", fmt.Errorf("digest of the record: %w", err)
	}
	canonical := jsontext.Value(b)
	if err := canonical.Canonicalize(); err != nil {
		return "", fmt.Errorf("digest of the record: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}
