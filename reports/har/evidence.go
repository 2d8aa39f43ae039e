package har

import (
	"encoding/json"

	"omaspec/reports/exchange"
)

// Format and Version name what log._omaspec holds. Read refuses any other.
const (
	Format  = "omaspec.evidence"
	Version = 2
)

// Evidence is everything that judging a run again needs, redacted.
type Evidence struct {
	RunID     string
	Tool      Tool
	Catalogue string // version of the requirement catalogue
	// Target is the absolute URL that was tested. Its scheme and authority make
	// the URL of every entry.
	Target string
	// Settings and Transport are JSON texts that this package does not look into:
	// the readings and options of the run, and the facts that the transport probes
	// found. Read returns them without insignificant white space; nil stays nil.
	Settings  json.RawMessage
	Transport json.RawMessage
	Unsent    []Unsent
	// Observed holds what was observed in all exchanges together, and Observations,
	// per exchange id, what was observed in its words, which are rewritten in the
	// exchange. Both are JSON texts that this package does not look into.
	Observed     json.RawMessage
	Observations map[string]json.RawMessage
	// Requirements holds, per exchange id, the requirements that judge it.
	Requirements map[string][]string
	Exchanges    []*exchange.Exchange
}

// Tool is the program that made the evidence; it is the creator of the HAR.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Unsent is a probe that was not sent, why, and what makes it possible.
type Unsent struct {
	Probe  string `json:"probe"`
	Kind   string `json:"kind"` // in one word: "credential", "group"
	Reason string `json:"reason"`
	Remedy string `json:"remedy"`
}
