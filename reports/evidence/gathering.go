package evidence

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Gathering is what a run brought back.
type Gathering struct {
	Started  time.Time `json:"started"`  // UTC
	Finished time.Time `json:"finished"` // UTC
	// Exchanges are in the order of the plan, whatever the order of their times. An
	// archive has them as its entries.
	Exchanges []*Exchange `json:"-"`
	// Unsent lists what was not sent, in the order of the plan; the probes of
	// groups that were not asked for come last.
	Unsent []Unsent `json:"unsent"`
	// Stopped says why the run ended before everything was sent; nil if it did not.
	Stopped *Stop `json:"stopped,omitempty"`
	// Interrupted tells that the run was told to end.
	Interrupted bool `json:"interrupted,omitempty"`
	// Transport holds what the TLS handshakes showed; nil for a target without TLS.
	Transport *Transport `json:"transport,omitempty"`
	// InFlight says how many requests were in flight at the same time.
	InFlight InFlight `json:"inFlight"`
	// Renewal says what was done when the valid token was refused during the run; nil
	// where it was not, or where nothing could be done.
	Renewal *Renewal `json:"renewal,omitempty"`
}

// Renewal is how a valid token that was refused during the run was replaced. What was
// sent since it was last accepted was sent again.
type Renewal struct {
	Times   int    `json:"times"`             // that it was replaced
	Failure string `json:"failure,omitempty"` // why it was not replaced in the end, or ""
}

// InFlight is how many requests were in flight at the same time in a run.
type InFlight struct {
	Adaptive bool     `json:"adaptive"` // it followed the target's answers, and was not fixed
	Most     int      `json:"most"`     // the largest number that there was
	FellBack []string `json:"fellBack"` // why there were fewer after that, each once: "429", "slower answers"
}

// String says it in words: "up to 32 requests (auto)"; of nil it is "".
func (f *InFlight) String() string {
	if f == nil {
		return ""
	}
	s := fmt.Sprintf("up to %d requests", f.Most)
	if f.Most == 1 {
		s = "up to 1 request"
	}
	if f.Adaptive {
		s += " (auto)"
	}
	if len(f.FellBack) > 0 {
		s += ", and fewer after " + strings.Join(f.FellBack, ", ")
	}
	return s
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
	StopElsewhere    StopKind = "elsewhere"    // an answer that says that the endpoint is not here, or not so
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

// Flake is what came of a request once or twice, and not when it was sent again.
type Flake struct {
	Exchange string   `json:"exchange"` // the id of the exchange that counts
	Seen     []string `json:"seen"`     // what came before it: "502", "reset"
	Tries    int      `json:"tries"`    // how often it was sent
}

// String says it in words: "M05: 502 in 1 of 2 tries".
func (f Flake) String() string {
	return fmt.Sprintf("%s: %s in %d of %d tries", f.Exchange, strings.Join(slices.Compact(slices.Clone(f.Seen)), ", "), len(f.Seen), f.Tries)
}

// Flakes lists the requests that were sent again and answered otherwise then.
func (g *Gathering) Flakes() []Flake {
	var flakes []Flake
	var seen []string
	tries := 0
	for _, x := range g.Exchanges {
		tries++
		if h := x.Hindrance(); x.Try > 0 {
			if h != "" {
				seen = append(seen, h)
			}
			continue
		} else if slices.ContainsFunc(seen, func(before string) bool { return before != h }) {
			flakes = append(flakes, Flake{x.ID(), seen, tries})
		}
		seen, tries = nil, 0
	}
	return flakes
}
