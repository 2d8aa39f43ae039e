package suites

import (
	"fmt"
	"slices"
	"strings"

	"omaspec/reports/evidence"
	"omaspec/suites/probe"
)

// Whose doing an answer is: the endpoint's, or that of what stands on the way to it. A
// limiter, a firewall, a gateway whose server restarts and a token that expired answer
// what they please, so what the control with the valid token shows to be theirs accuses
// nobody.

// firstSight are the codes of what is a violation however rarely it is seen, and whoever
// answered: data that was served is gone.
var firstSight = map[string]bool{
	"auth.accepted": true, "auth.data-served": true, "isol.confirmed": true, "isol.mixed": true,
	"leak.phone": true, "leak.email": true, "leak.truth": true, "leak.token": true, "leak.jwt": true, "leak.members": true,
}

// way is what a run showed of the way to the endpoint.
type way struct {
	// uncontrolled says why refusals prove nothing: the valid token was not
	// accepted at the end of the run. It is "" when it was.
	uncontrolled string
	closing      *evidence.Exchange  // the control at the end; nil where it was not sent
	hindered     map[string][]string // the probes with a valid token that were turned away, by the hindrance
}

// lookAtWay looks at the requests with a valid token.
func (v *View) lookAtWay() way {
	w := way{uncontrolled: "a refusal proves nothing: the run ended before the valid token was sent once more", hindered: map[string][]string{}}
	for _, x := range v.gathering.Exchanges {
		turnedAway := x.Response == nil || x.Response.Cut == "" // what is cut short every time, the target does
		if h := x.Hindrance(); h != "" && turnedAway && roleOf(x) != "" && x.Request.Method == "GET" {
			w.hindered[h] = append(w.hindered[h], x.Probe)
		}
		if x.Probe != probe.Closing || x.Try > 0 {
			continue
		}
		w.closing, w.uncontrolled = x, ""
		switch {
		case x.Status() != 200:
			w.uncontrolled = fmt.Sprintf("a refusal proves nothing: at the end of the run the valid token got %s (expired, revoked or locked out?)", statusOf(x))
		case v.baseline() != nil && v.isObject(v.baseline()) && !v.isObject(x):
			w.uncontrolled = "a refusal proves nothing: at the end of the run the valid token got 200 without the data (is something before the endpoint answering?)"
		}
	}
	return w
}

// unsure says why an answer may not be the endpoint's, or "".
func (v *View) unsure(x *evidence.Exchange) string {
	hindrance := x.Hindrance()
	if v.way.uncontrolled != "" && v.way.closing != nil {
		if v.alike(x, v.way.closing) || hindrance != "" && v.way.closing.Hindrance() != "" {
			return v.way.uncontrolled
		}
	}
	if hindrance == "" {
		return ""
	}
	if slices.ContainsFunc(v.way.hindered[hindrance], func(probe string) bool { return probe != x.Probe }) {
		return fmt.Sprintf("%s came with valid tokens too (%s): the endpoint may not have been asked at all", hindrance, v.way.hindered[hindrance][0])
	}
	seen := hindrances(append(slices.Clone(v.before[x.ID()]), x))
	if slices.ContainsFunc(seen, func(h string) bool { return h != hindrance }) {
		return fmt.Sprintf("%s was answered otherwise each time (%s)", x.ID(), strings.Join(seen, ", "))
	}
	return ""
}

// alike tells whether the same place may have answered both.
func (v *View) alike(a, b *evidence.Exchange) bool {
	return a.Status() == b.Status() && (a.Response == nil || v.isObject(a) == v.isObject(b))
}

// firm tells whether an issue is a violation at first sight. A success that brings no
// data may be anybody's page.
func (v *View) firm(code string, x *evidence.Exchange) bool {
	return firstSight[code] && (code != "auth.accepted" && code != "isol.mixed" || v.hasData(x))
}

func hindrances(list []*evidence.Exchange) []string {
	var names []string
	for _, x := range list {
		if h := x.Hindrance(); h != "" {
			names = append(names, h)
		}
	}
	return names
}
