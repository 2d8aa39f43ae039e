// Package reports says what was found: the run record, and everything made from
// it. A record is built once, holds no token and no customer's value, and every
// other format (console, JUnit, Markdown, HTML, annotations) is a pure function
// of it. This package never imports suites: it reports on what it is handed.
package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"omaspec/reports/evidence"
	"omaspec/schemas"
)

// RecordFormat and RecordVersion name the document that run.json holds. A reader
// refuses any other format, and any version that it does not know.
const (
	RecordFormat  = "omaspec.run"
	RecordVersion = 1
)

// Verdict is the run's answer in one word.
type Verdict string

// The verdicts, from the best to the least sure.
const (
	Conformant            Verdict = "conformant"
	ConformantWithWaivers Verdict = "conformant-with-waivers"
	Partial               Verdict = "partial" // a MUST was not exercised
	NonConformant         Verdict = "non-conformant"
	InconclusiveRun       Verdict = "inconclusive"
)

// The exit codes of the command.
const (
	ExitConformant    = 0   // nothing that gates is violated or in doubt
	ExitNonConformant = 1   // a requirement that gates is violated
	ExitUsage         = 2   // the command or its input is wrong; nothing was judged
	ExitInconclusive  = 3   // something that gates could not be judged
	ExitRegressed     = 4   // reserved for the comparison of records
	ExitDefect        = 5   // omaspec failed, or the reports were withheld
	ExitInterrupted   = 130 // somebody ended the run, as shells say it (128 + SIGINT)
)

// Run is the record of one run, as run.json holds it: a header, every requirement
// of the catalogue exactly once in catalogue order, and a footer that makes a
// truncated or edited record recognisable.
type Run struct {
	Format  string `json:"format"`
	Version int    `json:"version"`
	ID      string `json:"id"` // unique, sortable by time

	Tool      Tool      `json:"tool"`
	Contract  Contract  `json:"contract"`
	Catalogue Catalogue `json:"catalogue"`
	Target    Target    `json:"target"`
	Settings  Settings  `json:"settings"`

	Started  time.Time `json:"started"`  // UTC
	Finished time.Time `json:"finished"` // UTC

	// Notices are shown at the top of every report: what weakens this run, for
	// example that certificates were not verified.
	Notices []string `json:"notices"`

	Requirements []Result          `json:"requirements"`
	Exchanges    []Exchange        `json:"exchanges"`
	Unsent       []evidence.Unsent `json:"unsent"`
	// Flaky lists what was not answered as usual, and was when it was sent again: it
	// accuses nobody.
	Flaky []evidence.Flake `json:"flaky,omitempty"`

	Redaction Redaction `json:"redaction"`

	// Evidence is the file that the record was made of; nil where none was kept.
	Evidence *Evidence `json:"evidence,omitempty"`

	// Interrupted tells that somebody stopped the run before it had judged
	// everything.
	Interrupted bool `json:"interrupted"`
	// Stopped says in one sentence why the run ended early without anybody asking
	// for it, and what to do: the target could not be reached, or refuses the
	// valid token. It is empty for a run that sent all it meant to.
	Stopped string `json:"stopped"`

	// Withheld says in one sentence why the record holds verdict, outcomes and counts
	// only (Withhold). It is empty for a whole record.
	Withheld string `json:"withheld,omitempty"`

	Verdict  Verdict `json:"verdict"`
	ExitCode int     `json:"exitCode"`
	Reason   string  `json:"reason"` // one sentence: why this verdict and exit code

	Footer Footer `json:"footer"`
}

// Tool is the omaspec that made the record.
type Tool = evidence.Tool

// Contract is the published page that the catalogue is derived from.
type Contract struct {
	Title     string `json:"title"`
	Published string `json:"published"` // the page's own date, "2023-09-27"
	SHA256    string `json:"sha256"`    // of the page's text
}

// Catalogue identifies the requirements that were judged.
type Catalogue struct {
	Version string `json:"version"`
	SHA256  string `json:"sha256"`
}

// Target is the implementation under test.
type Target struct {
	URL      string `json:"url"` // scheme, host, port and path
	Embedded bool   `json:"embedded"`
	// Protocols that the target answered with, for example "HTTP/1.1", "HTTP/2.0".
	Protocols []string `json:"protocols"`
	TLS       string   `json:"tls,omitempty"`
	// CertificateSHA256 is the fingerprint of the server's leaf certificate.
	CertificateSHA256 string `json:"certificateSha256,omitempty"`
}

// Reading is one declared choice where the page contradicts itself or is silent.
type Reading struct {
	Name    string   `json:"name"`
	Value   string   `json:"value"`
	Default string   `json:"default"`
	Rows    []string `json:"rows"` // of schemas/rows.yaml: "A3"
	Meaning string   `json:"meaning"`
}

// The values of Settings.Profile and Settings.Basis.
const (
	ProfileGate       = "gate"
	ProfileAcceptance = "acceptance"
	BasisAll          = "all"
	BasisSpec         = "spec"
)

// Settings are the options that shaped the run, without any secret.
type Settings struct {
	Profile     string            `json:"profile"` // ProfileGate or ProfileAcceptance
	Strict      bool              `json:"strict"`
	Basis       string            `json:"basis"` // BasisAll or BasisSpec
	Only        []string          `json:"only"`
	LabelFilter string            `json:"labelFilter"`
	Readings    []Reading         `json:"readings"`
	Credentials []string          `json:"credentials"` // roles that were available: "valid", "second-tenant"
	Subject     bool              `json:"subject"`     // ground truth was available
	Options     map[string]string `json:"options"`     // every other option that is not at its default
	Seed        int64             `json:"seed"`
	// InFlight says how many requests were in flight at the same time; nil where
	// nothing was sent.
	InFlight *evidence.InFlight `json:"inFlight,omitempty"`
}

// Result is what was found out about one requirement.
type Result struct {
	ID        string          `json:"id"`
	Level     schemas.Level   `json:"level"`
	Basis     string          `json:"basis"`
	Source    string          `json:"source"` // where on the page, or "-"
	Title     string          `json:"title"`
	Rationale string          `json:"rationale"`
	File      string          `json:"file"` // where the requirement is written
	Line      int             `json:"line"`
	Outcome   schemas.Outcome `json:"outcome"`
	// Reason says why nothing was concluded, in one sentence with what to do; it
	// is empty for passed, failed and warned.
	Reason   string            `json:"reason,omitempty"`
	Findings []schemas.Finding `json:"findings"`
	// Exchanges holds the ids of all exchanges that were judged.
	Exchanges []string `json:"exchanges"`
	// Notes are observations that have no verdict (INFO).
	Notes []string `json:"notes,omitempty"`
	// Gates tells whether a failure of this requirement decides the exit code
	// under the settings of the run (level, --strict, --basis).
	Gates bool `json:"gates"`
	// Defect tells that omaspec itself failed while it judged this requirement.
	Defect bool `json:"defect,omitempty"`
}

// Exchange summarises one exchange without anything that the target sent besides
// its status code and sizes.
type Exchange struct {
	ID       string                  `json:"id"`
	Title    string                  `json:"title"` // what the probe sends, in words
	Method   string                  `json:"method"`
	Target   string                  `json:"target"` // symbolic path and query
	Header   []evidence.RequestField `json:"header"` // symbolic: "{token:valid}"
	Status   int                     `json:"status"` // 0 without a response
	Protocol string                  `json:"protocol,omitempty"`
	Failure  string                  `json:"failure,omitempty"` // kind and text, when there was no response
	Bytes    int                     `json:"bytes"`             // of the body
	Started  time.Time               `json:"started"`
	TotalMS  float64                 `json:"totalMs"`  // milliseconds, as is WaitMS
	WaitMS   float64                 `json:"waitMs"`   // from the request's end to the first byte of the answer
	Attempts int                     `json:"attempts"` // how often it was sent, for one answer
	Conn     int                     `json:"conn"`     // number of the connection, from 1; 0 without one
	Reused   bool                    `json:"reused"`   // the connection had carried a request before
	Trace    string                  `json:"trace,omitempty"`
	// Curl is a command line that sends the same request, with $OMASPEC_TOKEN in
	// place of the token; empty where curl cannot send it.
	Curl string `json:"curl,omitempty"`
}

// Evidence names the evidence file of a record by its digest, so that the two are
// not mixed up. It protects against accidents: whoever edits one of them can make
// the digests again.
type Evidence struct {
	File   string `json:"file"`
	SHA256 string `json:"sha256"` // of the file's bytes (hex)
}

// EvidenceOf names an evidence file.
func EvidenceOf(name string, content []byte) *Evidence {
	sum := sha256.Sum256(content)
	return &Evidence{File: name, SHA256: hex.EncodeToString(sum[:])}
}

// Redaction counts what the redactor took out while the record was built.
type Redaction struct {
	Policy string         `json:"policy"`
	Counts map[string]int `json:"counts"` // "token" -> 3
}

// Footer closes the record. Complete is false for an interrupted run.
type Footer struct {
	Complete     bool                    `json:"complete"`
	Requirements int                     `json:"requirements"`
	Requests     int                     `json:"requests"`
	Outcomes     map[schemas.Outcome]int `json:"outcomes"`
	// SHA256 covers the record with this member empty (hex).
	SHA256 string `json:"sha256"`
}
