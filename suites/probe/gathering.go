package probe

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"time"

	"omaspec/reports/exchange"
)

// Gathering is what a run brought back.
type Gathering struct {
	Started, Finished time.Time // UTC
	// Exchanges are in the order of the plan, whatever the order of their times.
	Exchanges []*exchange.Exchange
	// Unsent lists what was not sent, in the order of the plan; the probes of
	// groups that were not asked for come last.
	Unsent []Unsent
	// Stopped says why the run ended before everything was sent; nil if it did not.
	Stopped *Stop
	// Interrupted tells that the run was told to end.
	Interrupted bool
	// Transport holds what the TLS handshakes showed; nil for a target without TLS.
	Transport *Transport
	// InFlight says how many requests were in flight at the same time.
	InFlight InFlight
}

// UnsentKind says what kept a probe from being sent.
type UnsentKind string

// The kinds of reasons.
const (
	UnsentGroup        UnsentKind = "group"          // its group was not asked for
	UnsentCredential   UnsentKind = "credential"     // a token for a role was not supplied
	UnsentInapplicable UnsentKind = "not-applicable" // it cannot apply to this target or this token
	UnsentConnection   UnsentKind = "connection"     // the connection that it had to use was closed before
	UnsentStopped      UnsentKind = "stopped"        // the run was stopped before
	UnsentInterrupted  UnsentKind = "interrupted"    // the run was interrupted before
)

// Unsent is a probe, or one step of it, that was not sent.
type Unsent struct {
	Probe  string     `json:"probe"` // "M11", "L01/2"
	Kind   UnsentKind `json:"kind"`
	Reason string     `json:"reason"` // one clause for people
	Remedy string     `json:"remedy"` // the option or variable that makes it possible, or ""
}

// StopKind says why a run was stopped.
type StopKind string

// The kinds of stops. All but the last two are about the first request.
const (
	StopUnauthorised StopKind = "unauthorised" // 401 for the valid token
	StopThrottled    StopKind = "throttled"    // 429
	StopUpstream     StopKind = "upstream"     // 502, 503 or 504
	StopStatus       StopKind = "status"       // any other status than 200
	StopFailure      StopKind = "failure"      // no response
	StopUnreachable  StopKind = "unreachable"  // several connections in a row could not be opened
	StopBudget       StopKind = "budget"       // the time for the whole run is over
)

// Stop says why a run was stopped.
type Stop struct {
	Kind    StopKind `json:"kind"`
	Status  int      `json:"status,omitempty"`  // of the first answer
	Failure string   `json:"failure,omitempty"` // Failure.Kind of the first request
	Reason  string   `json:"reason"`            // one sentence for people
}

// Requests counts the requests that were sent, with those that were sent again.
func (g *Gathering) Requests() int {
	n := 0
	for _, x := range g.Exchanges {
		n += x.Attempts
	}
	return n
}

// Marshal encodes the gathering without loss, whatever bytes the target sent, so
// that one process can hand it to another. The result holds everything that the
// target sent; it is not for keeping.
func (g *Gathering) Marshal() ([]byte, error) {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(g); err != nil {
		return nil, fmt.Errorf("encode the gathering: %w", err)
	}
	return b.Bytes(), nil
}

// Unmarshal decodes what Marshal returned.
func Unmarshal(b []byte) (*Gathering, error) {
	g := &Gathering{}
	if err := gob.NewDecoder(bytes.NewReader(b)).Decode(g); err != nil {
		return nil, fmt.Errorf("decode the gathering: %w", err)
	}
	return g, nil
}
