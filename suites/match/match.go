// Package match holds the Gomega matchers of omaspec. Each applies one rule to a
// captured exchange and speaks of places and shapes, never of values, so that a
// failure message can go into any report. They work in any Gomega suite:
//
//	Expect(answer).To(match.HaveStatus(200))
package match

import (
	"fmt"
	"slices"
	"strings"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/suites/probe"
)

// Rule judges one exchange. It returns what is wrong with it, and nothing for an
// exchange that keeps the rule.
type Rule func(*evidence.Exchange) []schemas.Issue

// Matcher is a Gomega matcher that applies a rule to an *evidence.Exchange.
type Matcher struct {
	name    string
	rule    Rule
	without []string // kinds of Failure that it can judge
	refusal bool     // passing means that something was refused
	issues  []schemas.Issue
}

// New makes a matcher of a rule. The name completes the sentence "Expected the
// answer to ...". The rule sees only exchanges that have a response.
func New(name string, rule Rule) *Matcher { return &Matcher{name: name, rule: rule} }

// Only keeps the issues whose code is chosen, so that one rule can serve several
// requirements.
func (m *Matcher) Only(chosen func(code string) bool) *Matcher {
	return m.Unless(func(_ *evidence.Exchange, i schemas.Issue) bool { return !chosen(i.Code) })
}

// Codes chooses issues by their codes.
func Codes(codes ...string) func(string) bool {
	return func(code string) bool { return slices.Contains(codes, code) }
}

// Issues applies the rule. An exchange without a response has none, unless the
// matcher judges closed connections too.
func (m *Matcher) Issues(x *evidence.Exchange) []schemas.Issue {
	if !m.Judges(x) {
		return nil
	}
	return m.rule(x)
}

// Judges tells whether the rule can say something about x: x has a response, or
// failed in a way that the rule is prepared for.
func (m *Matcher) Judges(x *evidence.Exchange) bool {
	return x.Response != nil || x.Failure != nil && slices.Contains(m.without, x.Failure.Kind)
}

// Without makes the matcher judge exchanges without a response too, when they
// failed in one of the given ways (evidence.Failure.Kind).
func (m *Matcher) Without(kinds ...string) *Matcher {
	kept := *m
	kept.without = kinds
	return &kept
}

// Unless leaves out the issues for which excused is true.
func (m *Matcher) Unless(excused func(*evidence.Exchange, schemas.Issue) bool) *Matcher {
	kept := *m
	kept.rule = func(x *evidence.Exchange) []schemas.Issue {
		return slices.DeleteFunc(m.rule(x), func(i schemas.Issue) bool { return excused(x, i) })
	}
	return &kept
}

// IsRefusal tells whether passing means that something was refused, which proves
// something only while the valid token is accepted.
func (m *Matcher) IsRefusal() bool { return m.refusal }

// Match implements types.GomegaMatcher for *evidence.Exchange.
func (m *Matcher) Match(actual any) (bool, error) {
	x, ok := actual.(*evidence.Exchange)
	if !ok || x == nil {
		return false, fmt.Errorf("%s judges an *evidence.Exchange, not a %T", m.name, actual)
	}
	if !m.Judges(x) {
		return false, fmt.Errorf("exchange %s has no response to judge", x.ID())
	}
	m.issues = m.rule(x)
	return len(m.issues) == 0, nil
}

// FailureMessage names what is wrong, by place and shape.
func (m *Matcher) FailureMessage(actual any) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Expected %v to %s", actual, m.name)
	for _, i := range m.issues {
		fmt.Fprintf(&b, "\n  %s (%s)\n    expected %s\n    observed %s", i.Where, i.Code, i.Expected, i.Observed)
	}
	return b.String()
}

// NegatedFailureMessage says that the rule was kept.
func (m *Matcher) NegatedFailureMessage(actual any) string {
	return fmt.Sprintf("Expected %v not to %s", actual, m.name)
}

// statusLine is where issues about the status code stand.
const statusLine = "status line"

// HaveStatus passes for one of the given status codes.
func HaveStatus(codes ...int) *Matcher {
	return New("have status "+list(codes), func(x *evidence.Exchange) []schemas.Issue {
		if slices.Contains(codes, x.Status()) {
			return nil
		}
		return []schemas.Issue{{Code: "status.undocumented", Where: statusLine, Expected: list(codes), Observed: Status(x)}}
	})
}

// BeRefused passes for the documented refusal, 401, and nothing else (page,
// status code 401). A 2xx means that the request was let in.
func BeRefused() *Matcher {
	m := New("be refused with 401", func(x *evidence.Exchange) []schemas.Issue {
		if x.Status() == 401 {
			return nil
		}
		return []schemas.Issue{{Code: refusalCode(x.Status()), Where: statusLine, Expected: "401", Observed: Status(x) + refusalHint(x)}}
	})
	m.refusal = true
	return m
}

// rejections are the statuses by which HTTP itself may refuse a request that is
// malformed or too long (RFC 9110 15.5, 421 included; 431 of RFC 6585, and 494,
// which is nginx's 431). What turns away for other reasons is judged before.
var rejections = []int{400, 401, 403, 404, 405, 406, 411, 413, 414, 415, 417, 421, 426, 431, 494, 501, 505}

// BeRejected passes for every way to refuse a request that HTTP itself may
// refuse: a 4xx, 501 or 505, or a connection that is closed without a response.
func BeRejected() *Matcher {
	m := New("be rejected", func(x *evidence.Exchange) []schemas.Issue {
		if x.Response == nil || slices.Contains(rejections, x.Status()) {
			return nil
		}
		return []schemas.Issue{{Code: refusalCode(x.Status()), Where: statusLine, Expected: "400, 401 or another refusal, or a closed connection", Observed: Status(x) + refusalHint(x)}}
	})
	m.refusal = true
	return m.Without(evidence.FailureClosed, evidence.FailureReset)
}

// refusalCode names what came instead of a refusal by its class.
func refusalCode(status int) string {
	switch {
	case status < 300:
		return "auth.accepted"
	case status < 400:
		return "auth.redirected"
	case status == 502:
		return "auth.business-failure"
	case status >= 500:
		return "auth.unhandled"
	default:
		return "auth.other-refusal"
	}
}

var hints = map[int]string{
	403: " (403 is what RFC 9110 would suggest, but the page documents 401)",
	502: " (a bad credential is reported as a business failure)",
}

func refusalHint(x *evidence.Exchange) string {
	if x.Status() < 300 {
		return " (answered as a success " + probe.Carried(x.Request) + ")"
	}
	return hints[x.Status()]
}

// Status is the status code of an exchange in words, or why there is none.
func Status(x *evidence.Exchange) string {
	if x.Response == nil {
		return "no response: " + x.Failure.Kind
	}
	return fmt.Sprint(x.Status())
}

func list(codes []int) string {
	words := make([]string, len(codes))
	for i, code := range codes {
		words[i] = fmt.Sprint(code)
	}
	return strings.Join(words, " or ")
}
