package schemas

// Level says how much a requirement binds, in the sense of RFC 2119.
type Level string

// The levels of the catalogue. INFO requirements are recorded and never gate.
const (
	MUST   Level = "MUST"
	SHOULD Level = "SHOULD"
	INFO   Level = "INFO"
)

// Outcome is what a run found out about one requirement.
type Outcome string

// The outcomes a requirement can have. Exactly one of them stands in the record
// for every requirement of the catalogue.
const (
	Passed        Outcome = "passed"
	Failed        Outcome = "failed"         // a MUST is violated
	Warned        Outcome = "warned"         // a SHOULD is violated
	Inconclusive  Outcome = "inconclusive"   // it was tried, and nothing could be said
	NotExercised  Outcome = "not-exercised"  // it was not tried: an input or a group was missing
	NotApplicable Outcome = "not-applicable" // it cannot apply to this target or under these readings
)

// Issue is what a rule says about one value: a violation without the requirement
// that it violates. The same issue can break different requirements, depending
// on where the value stood.
type Issue struct {
	// Code is stable and typeable, for example "mask.unmasked" or "url-http".
	Code string `json:"code"`
	// Where is an RFC 6901 JSON pointer ("/email"), a header field name
	// ("header Content-Type"), or another named place ("status line", "body").
	Where string `json:"where"`
	// Expected says in words what the contract asks for.
	Expected string `json:"expected"`
	// Observed describes what was there by its shape. It never holds the value.
	Observed string `json:"observed"`
	// Advisory marks what is worth a warning but breaks no MUST rule.
	Advisory bool `json:"advisory,omitempty"`
}

// Finding is one violation of one requirement, with the exchanges that show it.
type Finding struct {
	Requirement string `json:"requirement"`
	Issue
	// Exchanges holds the ids ("M01", "L02/3") of the exchanges that show the
	// violation, in the order in which they were sent.
	Exchanges []string `json:"exchanges"`
}
