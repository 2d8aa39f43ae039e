package probe

import (
	"slices"
	"time"
)

// How many requests are in flight where the configuration fixes no number.
const (
	// StartInFlight is how many there are at first. It is also the width of the
	// burst, at whatever number in flight.
	StartInFlight = 8
	// MostInFlight is how many there can become.
	MostInFlight = 32
	// leastInFlight keeps a target busy that answers one request at a time: one is
	// being answered, and the next one is on its way.
	leastInFlight = 2
)

// pace decides how many requests may be in flight. More of them are worth having
// only while each is answered as quickly as before: what a target cannot work on
// yet waits in a queue, and shows as a longer wait. So every quick answer adds half
// a place and every slow one takes half a place away, by which a round of them
// makes half as many again, or half of them; and where a request is turned away, at
// most half as many as at first are left at once, and never again more than at first.
// Which wait is quick is learned from the first answer of each kind, and from
// quicker ones; it is raised only by answers that met hardly any other request, and
// so waited in no queue.
//
// Growing by answers, and halving where something was turned away, are the slow
// start and the multiplicative decrease of TCP (RFC 5681, 3.1), and to grow only
// while the limit is used is RFC 7661; that a longer wait means a queue is TCP Vegas
// (Brakmo and Peterson, 1995), which github.com/Netflix/concurrency-limits applies
// to requests.
//
// It knows no clock and sends nothing: what it decides follows from the answers
// that it is told of.
type pace struct {
	limit    float64                // places; a request needs a whole one
	most     float64                // that the limit may become
	patience time.Duration          // the longest wait that is ever quick
	usual    map[kind]time.Duration // wait, by kind of answer
	fellBack []string               // why, each reason once
}

// kind is what the wait for an answer depends on besides the load: refusals may
// be quicker than successes, and a new connection has to be opened first.
type kind struct {
	status int
	opened bool // a connection for this request
}

// answered is an answer, or that there was none.
type answered struct {
	kind kind
	wait time.Duration // from before the connection was opened to the first byte of the answer
	// turnedAway says how the target showed that it does not bear as much: "429", "a
	// reset connection"; "" if it did not. Otherwise kind and wait mean nothing.
	turnedAway string
	inFlight   int // requests at some moment of it, at most
	limit      int // when it was sent
}

// Beyond these multiples of the usual wait an answer is no longer quick, and slow.
// slack is what a busy machine adds to any wait.
const (
	quickWithin = 1.5
	slowBeyond  = 3
	slack       = 5 * time.Millisecond
)

// fellSlow is why a limit fell for slow answers.
const fellSlow = "slower answers"

// newPace starts at StartInFlight. timeout is the time that a request has; waits
// that come near it are no reason to send more, however usual they are.
func newPace(timeout time.Duration) *pace {
	return &pace{limit: StartInFlight, most: MostInFlight, patience: timeout / 8, usual: map[kind]time.Duration{}}
}

// Limit is how many requests may be in flight now.
func (p *pace) Limit() int { return int(p.limit) }

// Answered takes an answer into account, and returns the limit from now on.
func (p *pace) Answered(a answered) int {
	if a.turnedAway == "" {
		p.compare(a)
		return p.Limit()
	}
	// Half of what was too much: the others in flight say no more than that.
	p.fall(min(p.limit, float64(a.limit)/2, StartInFlight/2), a.turnedAway)
	p.most = StartInFlight
	return p.Limit()
}

// compare compares a wait with the usual one of its kind.
func (p *pace) compare(a answered) {
	usual, known := p.usual[a.kind]
	if !known {
		p.usual[a.kind] = a.wait
		return
	}
	beyond := func(multiple float64) bool { return a.wait > time.Duration(multiple*float64(usual))+slack }
	switch {
	case beyond(slowBeyond):
		p.fall(p.limit-0.5, fellSlow)
	case beyond(quickWithin), a.wait > p.patience, 2*a.inFlight < p.Limit():
	default:
		p.limit = min(p.limit+0.5, p.most)
	}
	switch {
	case a.wait < usual:
		p.usual[a.kind] = usual - (usual-a.wait)/8
	case a.inFlight <= leastInFlight:
		p.usual[a.kind] = usual + (a.wait-usual)/4
	}
}

// fall lowers the limit.
func (p *pace) fall(limit float64, why string) {
	p.limit = max(leastInFlight, limit)
	if !slices.Contains(p.fellBack, why) {
		p.fellBack = append(p.fellBack, why)
	}
}
