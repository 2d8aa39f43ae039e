package suites

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"omaspec/reports/exchange"
	"omaspec/schemas"
	"omaspec/suites/match"
	"omaspec/suites/probe"
)

// answer is an exchange with a response.
func answer(id string, status int, body string, fields ...exchange.Field) *exchange.Exchange {
	return &exchange.Exchange{Probe: id, Request: exchange.Request{Method: "GET", Target: "/p", Header: []exchange.RequestField{{Name: "X-Auth-Token", Value: "{token:valid}"}}},
		Response: &exchange.Response{Proto: "HTTP/1.1", Status: status, Header: fields, Body: exchange.Sensitive(body), Declared: int64(len(body))}}
}

func silent(id, kind string) *exchange.Exchange {
	return &exchange.Exchange{Probe: id, Failure: &exchange.Failure{Kind: kind, Text: "nothing came back"}}
}

// controlled adds the two requests by which refusals are measured.
func controlled(exchanges ...*exchange.Exchange) *Evidence {
	all := append([]*exchange.Exchange{answer("V01", 200, "{}")}, exchanges...)
	return &Evidence{Gathering: &probe.Gathering{Exchanges: append(all, answer(probe.Closing, 200, "{}"))}}
}

func notSent(kind probe.UnsentKind) *Evidence {
	e := controlled()
	e.Gathering.Unsent = []probe.Unsent{{Probe: "M01", Kind: kind, Reason: "some reason", Remedy: "some remedy"}}
	return e
}

func TestOutcomes(t *testing.T) {
	must, should, info := schemas.Requirement{ID: "X-01", Level: schemas.MUST}, schemas.Requirement{ID: "X-02", Level: schemas.SHOULD}, schemas.Requirement{ID: "X-03", Level: schemas.INFO}
	refused := func(c *Case) { c.Rows("M01").To(match.BeRefused()) }
	lost := controlled(answer("M01", 401, ""))
	lost.Gathering.Exchanges[2].Response.Status = 401
	for _, test := range []struct {
		name        string
		evidence    *Evidence
		requirement schemas.Requirement
		judge       func(*Case)
		want        schemas.Outcome
		reason      string
	}{
		{"kept", controlled(answer("M01", 401, "")), must, refused, schemas.Passed, ""},
		{"a MUST broken", controlled(answer("M01", 200, "")), must, refused, schemas.Failed, ""},
		{"a SHOULD broken", controlled(answer("M01", 200, "")), should, refused, schemas.Warned, ""},
		{"INFO never fails", controlled(answer("M01", 200, "")), info, refused, schemas.Passed, ""},
		{"no response", controlled(silent("M01", "timeout")), must, refused, schemas.Inconclusive, "nothing came back"},
		{"throttled", controlled(answer("M01", 429, "")), must, refused, schemas.Inconclusive, "turned away with 429"},
		{"a firewall", controlled(answer("M01", 418, "")), must, refused, schemas.Inconclusive, "418"},
		{"503 that says when to come again", controlled(answer("M01", 503, "", exchange.Field{Name: "Retry-After", Value: "1"})), must, refused, schemas.Inconclusive, "503"},
		{"503 of the endpoint", controlled(answer("M01", 503, "")), must, refused, schemas.Failed, ""},
		{"a violation outranks a doubt", controlled(answer("M01", 200, ""), silent("M01.b", "reset")), must, refused, schemas.Failed, ""},
		{"a doubt outranks what is fine", controlled(answer("M01", 401, ""), silent("M01.b", "reset")), must, refused, schemas.Inconclusive, "nothing came back"},
		{"closing is a rejection", controlled(silent("M01", "closed")), must, func(c *Case) { c.Rows("M01").To(match.BeRejected()) }, schemas.Passed, ""},
		{"a timeout is none", controlled(silent("M01", "timeout")), must, func(c *Case) { c.Rows("M01").To(match.BeRejected()) }, schemas.Inconclusive, "nothing came back"},
		{"a refusal without control", lost, must, refused, schemas.Inconclusive, "a refusal proves nothing"},
		{"a missing token", notSent(probe.UnsentCredential), must, refused, schemas.NotExercised, "some reason (some remedy)"},
		{"a group that is off", notSent(probe.UnsentGroup), must, refused, schemas.NotExercised, "some remedy"},
		{"not for this target", notSent(probe.UnsentInapplicable), must, refused, schemas.NotApplicable, "some reason"},
		{"stopped before", notSent(probe.UnsentStopped), must, refused, schemas.Inconclusive, "some reason"},
		{"not part of the run", controlled(), must, refused, schemas.NotExercised, "row M01"},
		{"no occasion", controlled(), must, func(c *Case) { c.Every(answered(502)).To(match.HaveStatus(502)) }, schemas.NotExercised, "no answer of the run"},
		{"declared absent", controlled(), must, func(c *Case) { c.Absent("it is not there") }, schemas.NotApplicable, "it is not there"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &Case{view: test.evidence.view(), requirement: test.requirement}
			test.judge(c)
			if j := c.judgement(); j.Outcome != test.want || !strings.Contains(j.Reason, test.reason) {
				t.Errorf("%s (%s), want %s (%s)", j.Outcome, j.Reason, test.want, test.reason)
			}
		})
	}
}

func TestStoppedRun(t *testing.T) {
	e := controlled()
	e.Gathering.Stopped = &probe.Stop{Kind: probe.StopUnauthorised, Reason: "the valid token was answered with 401"}
	for _, r := range schemas.Requirements().Requirements {
		if j := Judge(e, r); j.Outcome != schemas.Inconclusive || !strings.Contains(j.Reason, "401") {
			t.Errorf("%s is %s (%s)", r.ID, j.Outcome, j.Reason)
		}
	}
}

// TestPanickingJudge: what a judge panics with may hold a value of the target.
func TestPanickingJudge(t *testing.T) {
	r := schemas.Requirement{ID: "X-99", Level: schemas.MUST}
	judges[r.ID] = func(*Case) { panic("15312340991") }
	defer delete(judges, r.ID)
	j := Judge(controlled(), r)
	if !j.Defect || j.Outcome != schemas.Inconclusive || strings.Contains(j.String(), "15312340991") {
		t.Errorf("defect %t, %s", j.Defect, j)
	}
}

func TestEveryRequirementHasAJudge(t *testing.T) {
	for _, r := range schemas.Requirements().Requirements {
		if judges[r.ID] == nil {
			t.Errorf("%s has no judge", r.ID)
		}
		if rows, all := Needs(r); len(rows) == 0 && !all && !slices.Contains([]string{"HTTP-10"}, r.ID) {
			t.Errorf("%s looks at nothing", r.ID)
		}
	}
	for id := range judges {
		if _, ok := schemas.Requirements().Find(id); !ok {
			t.Errorf("%s is judged, and is no requirement", id)
		}
	}
}

func TestSelect(t *testing.T) {
	for _, test := range []struct {
		ids    []string
		filter string
		want   int
		err    string
	}{
		{nil, "", len(schemas.Requirements().Requirements), ""},
		{[]string{"AUTH-01", "MASK-04"}, "", 2, ""},
		{nil, "req:MASK-04", 1, ""},
		{nil, "family:isol && level:should", 1, ""},
		{[]string{"AUTH-01"}, "family:mask", 0, "chooses no requirement"},
		{[]string{"AUTH-99"}, "", 0, `no requirement "AUTH-99"`},
		{nil, "family:", 0, "does not parse"},
		{nil, "((", 0, "does not parse"},
	} {
		chosen, err := Select(test.ids, test.filter)
		if len(chosen) != test.want || (err == nil) != (test.err == "") || err != nil && (!strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "\n")) {
			t.Errorf("%q %q: %d requirements, error %v", test.ids, test.filter, len(chosen), err)
		}
	}
}

// TestMatchersShowNoValue plants a value everywhere and reads all that a matcher
// and a formatter can say about it.
func TestMatchersShowNoValue(t *testing.T) {
	const secret = "15312340991"
	x := answer("V01", 500, `{"mobilePhone":"`+secret+`"}`, exchange.Field{Name: "X-Phone", Value: secret})
	for _, m := range []*match.Matcher{match.HaveStatus(200), match.BeRefused(), match.BeRejected()} {
		if ok, err := m.Match(x); ok || err != nil {
			t.Errorf("matched %t, error %v", ok, err)
		}
		for _, text := range []string{m.FailureMessage(x), m.NegatedFailureMessage(x), fmt.Sprint(x), fmt.Sprintf("%v %+v %#v %q %x", x.Response, x.Response.Header, x.Response.Body, x.Response.Body, x.Response.Body)} {
			if strings.Contains(text, secret) || strings.Contains(text, "3135333132333430393931") {
				t.Errorf("it shows the value: %d characters", len(text))
			}
		}
	}
}
