package suites

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/schemas/mask"
	"omaspec/suites/match"
	"omaspec/suites/probe"
)

// got is the answer to a probe.
func got(id string, status int, fields ...string) *evidence.Exchange {
	x := &evidence.Exchange{Probe: id, Attempts: 1,
		Request:  evidence.Request{Method: "GET", Target: probe.DefaultPath},
		Response: &evidence.Response{Proto: "HTTP/1.1", Status: status, Declared: -1}}
	for i := 0; i < len(fields); i += 2 {
		x.Response.Header = append(x.Response.Header, evidence.Field{Name: fields[i], Value: evidence.Sensitive(fields[i+1])})
	}
	return x
}

// lost is a probe without an answer.
func lost(id, kind string) *evidence.Exchange {
	x := got(id, 0)
	x.Response, x.Failure = nil, &evidence.Failure{Kind: kind, Text: "no answer came"}
	return x
}

// controlled are exchanges with the valid token accepted before and after them.
func controlled(between ...*evidence.Exchange) []*evidence.Exchange {
	valid := func(id string) []*evidence.Exchange {
		x := got(id, 200)
		x.Request.Header = []evidence.RequestField{{Name: "X-Auth-Token", Value: "{token:valid}"}}
		return []*evidence.Exchange{x}
	}
	return slices.Concat(valid(probe.Baseline), between, valid(probe.Closing))
}

// gap is a probe that was not sent.
func gap(id string, kind evidence.UnsentKind) evidence.Unsent {
	return evidence.Unsent{Probe: id, Kind: kind, Reason: "it lacks " + id, Remedy: "give " + id}
}

// opened is evidence prepared for judging.
func opened(t testing.TB, e *evidence.Evidence) *View {
	t.Helper()
	v, err := Open(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestJudgement holds the rules by which what was found becomes an outcome.
func TestJudgement(t *testing.T) {
	refused := func(rows ...string) func(*Case) {
		return func(c *Case) { c.Rows(rows...).To(match.BeRefused()) }
	}
	both := func(judges ...func(*Case)) func(*Case) {
		return func(c *Case) {
			for _, judge := range judges {
				judge(c)
			}
		}
	}
	doubt := func(c *Case) { c.Doubt("who knows") }
	absent := func(c *Case) { c.NotApplicable("it is not there") }
	nothing := func(*Case) {}

	tests := []struct {
		name      string
		level     schemas.Level
		exchanges []*evidence.Exchange
		unsent    []evidence.Unsent
		judge     func(*Case)
		outcome   schemas.Outcome
		reason    string // part of it; "" is none
	}{
		{"kept", schemas.MUST, controlled(got("M01", 401)), nil, refused("M01"), schemas.Passed, ""},
		{"violated", schemas.MUST, controlled(got("M01", 200)), nil, refused("M01"), schemas.Failed, ""},
		{"a violated SHOULD is a warning", schemas.SHOULD, controlled(got("M01", 200)), nil, refused("M01"), schemas.Warned, ""},
		{"INFO never fails", schemas.INFO, controlled(got("M01", 200)), nil, refused("M01"), schemas.Passed, ""},
		{"one of many violates", schemas.MUST, controlled(got("M01", 401), got("M02", 200), got("M03", 401)), nil, refused("M01", "M02", "M03"), schemas.Failed, ""},

		{"a finding outranks a doubt", schemas.MUST, controlled(got("M01", 200)), nil, both(doubt, refused("M01")), schemas.Failed, ""},
		{"a finding outranks what does not apply", schemas.MUST, controlled(got("M01", 200)), nil, both(absent, refused("M01")), schemas.Failed, ""},
		{"a finding outranks a gap", schemas.MUST, controlled(got("M01", 200)), []evidence.Unsent{gap("X01", evidence.UnsentCredential)}, refused("M01", "X01"), schemas.Failed, ""},
		{"a doubt outranks a pass", schemas.MUST, controlled(got("M01", 401)), nil, both(doubt, refused("M01")), schemas.Inconclusive, "who knows"},
		{"a doubt outranks a gap", schemas.MUST, controlled(), []evidence.Unsent{gap("X01", evidence.UnsentCredential)}, both(doubt, refused("X01")), schemas.Inconclusive, "who knows"},
		{"what does not apply outranks a doubt", schemas.MUST, controlled(), nil, both(doubt, absent), schemas.NotApplicable, "it is not there"},

		{"nothing looked at", schemas.MUST, controlled(), nil, nothing, schemas.NotExercised, "no answer of the run gave occasion"},
		{"a row that was not part of the run", schemas.MUST, controlled(), nil, refused("M01"), schemas.NotExercised, "row M01 was not part of this run"},
		{"a missing credential", schemas.MUST, controlled(), []evidence.Unsent{gap("X01", evidence.UnsentCredential)}, refused("X01"), schemas.NotExercised, "it lacks X01 (give X01)"},
		{"a group that nobody asked for", schemas.MUST, controlled(), []evidence.Unsent{gap("B25.sql", evidence.UnsentGroup)}, refused("B25"), schemas.NotExercised, "it lacks B25.sql"},
		{"a connection that was closed", schemas.MUST, controlled(), []evidence.Unsent{gap("L01/2", evidence.UnsentConnection)}, refused("L01"), schemas.NotExercised, "it lacks L01/2"},
		{"what cannot apply to the target", schemas.MUST, controlled(), []evidence.Unsent{gap("T01.none", evidence.UnsentInapplicable)}, refused("T01"), schemas.NotApplicable, "it lacks T01.none"},
		{"some that cannot apply, and a missing one", schemas.MUST, controlled(), []evidence.Unsent{gap("T01.none", evidence.UnsentInapplicable), gap("X01", evidence.UnsentCredential)}, refused("T01", "X01"), schemas.NotExercised, "it lacks T01.none"},
		{"some that were sent, and a missing one", schemas.MUST, controlled(got("M01", 401)), []evidence.Unsent{gap("X01", evidence.UnsentCredential)}, refused("M01", "X01"), schemas.Passed, ""},
		{"one that the stop prevented", schemas.MUST, controlled(got("M01", 401)), []evidence.Unsent{gap("M02", evidence.UnsentStopped)}, refused("M01", "M02"), schemas.Inconclusive, "it lacks M02"},
		{"an input that a judge misses", schemas.MUST, controlled(), nil, func(c *Case) { c.Gap("the truth is not known", "tell it") }, schemas.NotExercised, "the truth is not known (tell it)"},

		{"refused, and nobody asked whether the token still works", schemas.MUST, []*evidence.Exchange{got(probe.Baseline, 200), got("M01", 401)}, nil, refused("M01"), schemas.Inconclusive, "a refusal proves nothing: the run ended before"},
		{"refused, and the token works no more", schemas.MUST, []*evidence.Exchange{got("M01", 401), got(probe.Closing, 401)}, nil, refused("M01"), schemas.Inconclusive, "a refusal proves nothing: at the end of the run the valid token got 401"},
		{"refused, and no answer at the end", schemas.MUST, []*evidence.Exchange{got("M01", 401), lost(probe.Closing, "timeout")}, nil, refused("M01"), schemas.Inconclusive, "no response (timeout)"},
		{"served, and the token works no more", schemas.MUST, []*evidence.Exchange{got("M01", 200), got(probe.Closing, 401)}, nil, refused("M01"), schemas.Failed, ""},
		{"accepted, and the token works no more", schemas.MUST, []*evidence.Exchange{got("V03", 200), got(probe.Closing, 401)}, nil, func(c *Case) { c.Rows("V03").To(match.HaveStatus(200)) }, schemas.Passed, ""},

		{"throttled", schemas.MUST, controlled(got("M01", 429)), nil, refused("M01"), schemas.Inconclusive, "M01 was turned away with 429"},
		{"stopped by a firewall", schemas.MUST, controlled(got("M01", 418)), nil, refused("M01"), schemas.Inconclusive, "M01 was turned away with 418"},
		{"away for now", schemas.MUST, controlled(got("M01", 503, "Retry-After", "1")), nil, refused("M01"), schemas.Inconclusive, "M01 was turned away with 503"},
		{"away without a word", schemas.MUST, controlled(got("M01", 503)), nil, refused("M01"), schemas.Failed, ""},
		{"no answer", schemas.MUST, controlled(lost("M01", "timeout")), nil, refused("M01"), schemas.Inconclusive, "M01 got no response: no answer came"},
		{"no answer where closing is one", schemas.MUST, controlled(lost("B17", "closed")), nil, func(c *Case) { c.Rows("B17").To(match.BeRejected()) }, schemas.Passed, ""},
		{"no answer where only closing is one", schemas.MUST, controlled(lost("B17", "timeout")), nil, func(c *Case) { c.Rows("B17").To(match.BeRejected()) }, schemas.Inconclusive, "B17 got no response"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			e := &evidence.Evidence{Gathering: evidence.Gathering{Exchanges: test.exchanges, Unsent: test.unsent}}
			c := &Case{View: opened(t, e), requirement: schemas.Requirement{ID: "TEST-01", Level: test.level}}
			test.judge(c)
			j := c.judgement()
			if j.Outcome != test.outcome || !strings.Contains(j.Reason, test.reason) || (j.Reason == "") != (test.reason == "") {
				t.Errorf("%s: %s; want %s: %s", j.Outcome, j.Reason, test.outcome, test.reason)
			}
			if violated := j.Outcome == schemas.Failed || j.Outcome == schemas.Warned; violated != (len(j.Findings) > 0) {
				t.Errorf("%s with %d findings", j.Outcome, len(j.Findings))
			}
		})
	}
}

// TestInfoIsNoted wants what an INFO requirement would have found among its notes.
func TestInfoIsNoted(t *testing.T) {
	e := &evidence.Evidence{Gathering: evidence.Gathering{Exchanges: controlled(got("M01", 200))}}
	c := &Case{View: opened(t, e), requirement: schemas.Requirement{ID: "TEST-01", Level: schemas.INFO}}
	c.Rows("M01").To(match.BeRefused())
	c.Note("and %d more", 1)
	c.Note("and %d more", 1)
	if notes := c.judgement().Notes; len(notes) != 2 || !strings.Contains(strings.Join(notes, "\n"), "status line: 200 (answered as a success without a token) (M01)") {
		t.Errorf("%q", notes)
	}
}

// TestFindingsAreMerged wants the same issue in two answers to be one finding.
func TestFindingsAreMerged(t *testing.T) {
	e := &evidence.Evidence{Gathering: evidence.Gathering{Exchanges: controlled(got("B01", 200), got("B02", 200), got("B03", 403))}}
	c := &Case{View: opened(t, e), requirement: schemas.Requirement{ID: "TEST-01", Level: schemas.MUST}}
	c.Rows("B01", "B02", "B03").To(match.BeRefused())
	c.Rows("B01").To(match.BeRefused()) // again
	j := c.judgement()
	if len(j.Findings) != 2 || !slices.Equal(j.Findings[0].Exchanges, []string{"B01", "B02"}) || !slices.Equal(j.Findings[1].Exchanges, []string{"B03"}) {
		t.Errorf("%v", j.Findings)
	}
	if !slices.Equal(j.Exchanges, []string{"B01", "B02", "B03"}) {
		t.Errorf("judged on %v", j.Exchanges)
	}
}

// TestSelections holds the ways to choose answers.
func TestSelections(t *testing.T) {
	step := got("L02", 401)
	step.Step = 2
	query := got("V03", 200)
	query.Request.Target += "?lang=en"
	e := &evidence.Evidence{Gathering: evidence.Gathering{Exchanges: controlled(got("B08.null", 401), got("B08.none", 401), step, query, got("R10.x", 200), lost("M01", "reset"))}}
	c := &Case{View: opened(t, e)}
	for name, test := range map[string]struct {
		answers Answers
		want    []string
	}{
		"a row":             {c.Rows("B08"), []string{"B08.null", "B08.none"}},
		"a probe":           {c.Probes("B08.none"), []string{"B08.none"}},
		"a step":            {c.Probes("L02/2"), []string{"L02/2"}},
		"another step":      {c.Probes("L02/1"), nil},
		"every answer":      {c.Every(func(x *evidence.Exchange) bool { return x.Status() == 401 }), []string{"B08.null", "B08.none", "L02/2"}},
		"every success":     {c.Successes(), []string{probe.Baseline, probe.Closing}}, // documented requests only
		"a part of a row":   {c.Rows("B08").Having(func(x *evidence.Exchange) bool { return strings.HasSuffix(x.Probe, "null") }), []string{"B08.null"}},
		"what was not sent": {c.Rows("X01"), nil},
	} {
		var ids []string
		for _, x := range test.answers.list {
			ids = append(ids, x.ID())
		}
		if !slices.Equal(ids, test.want) {
			t.Errorf("%s: %v, want %v", name, ids, test.want)
		}
	}
}

// TestStoppedRun wants nothing to be judged but what the run stopped at.
func TestStoppedRun(t *testing.T) {
	for _, test := range []struct {
		stop     evidence.Stop
		baseline *evidence.Exchange
		first    schemas.Outcome
	}{
		{evidence.Stop{Kind: evidence.StopUnauthorised, Status: 401, Reason: "the three causes"}, got(probe.Baseline, 401), schemas.Inconclusive},
		{evidence.Stop{Kind: evidence.StopThrottled, Status: 429, Reason: "too many"}, got(probe.Baseline, 429), schemas.Inconclusive},
		{evidence.Stop{Kind: evidence.StopUpstream, Status: 502, Reason: "the back end"}, got(probe.Baseline, 502), schemas.Inconclusive},
		{evidence.Stop{Kind: evidence.StopFailure, Failure: "dial", Reason: "nobody there"}, lost(probe.Baseline, "dial"), schemas.Inconclusive},
		{evidence.Stop{Kind: evidence.StopStatus, Status: 500, Reason: "the valid token got 500"}, got(probe.Baseline, 500), schemas.Failed},
	} {
		test.baseline.Request.Header = []evidence.RequestField{{Name: "X-Auth-Token", Value: "{token:valid}"}}
		e := &evidence.Evidence{Gathering: evidence.Gathering{Exchanges: []*evidence.Exchange{test.baseline}, Stopped: &test.stop}}
		v := opened(t, e)
		for _, r := range schemas.Requirements().Requirements {
			want, reason := schemas.Inconclusive, test.stop.Reason
			if r.ID == precondition {
				want = test.first
			}
			if want == schemas.Failed {
				reason = ""
			}
			if j := v.Judge(t.Context(), r); j.Outcome != want || j.Reason != reason || j.Defect {
				t.Errorf("%s: %s %s: %s", test.stop.Kind, r.ID, j.Outcome, j.Reason)
			}
		}
	}
}

// TestPanickingJudge wants a defect, and not a word of what it panicked with.
func TestPanickingJudge(t *testing.T) {
	r, _ := schemas.Requirements().Find("AUTH-02")
	judge := judges()[r.ID]
	t.Cleanup(func() { judges()[r.ID] = judge })
	judges()[r.ID] = func(*Case) { panic("of 13812340842") }
	e := &evidence.Evidence{Gathering: evidence.Gathering{Exchanges: controlled()}}
	v := opened(t, e)
	j := v.Judge(t.Context(), r)
	if j.Outcome != schemas.Inconclusive || !j.Defect || !strings.Contains(j.Reason, "the judge panicked (string)") || strings.Contains(j.String(), "138") {
		t.Errorf("%+v", j)
	}
	all, _ := v.Run(t.Context(), schemas.Requirements().Requirements)
	if i := slices.IndexFunc(all, func(j Judgement) bool { return j.Defect }); i < 0 || len(all) != len(judges()) {
		t.Errorf("%d judgements of %d, and no defect among them", len(all), len(judges()))
	}
}

// TestEveryRequirementHasOneJudge wants the catalogue and the suites to be about
// the same requirements, and each to be judged in the file of its family.
func TestEveryRequirementHasOneJudge(t *testing.T) {
	for prefix, family := range map[string]map[string]func(*Case){
		"AUTH-": authJudges, "STATUS-": statusJudges, "BODY-": bodyJudges, "MASK-": maskJudges, "HTTP-": httpJudges, "ISOL-": isolationJudges,
	} {
		for id := range family {
			if !strings.HasPrefix(id, prefix) {
				t.Errorf("%s is judged among %s", id, prefix)
			}
		}
	}
	for verb := range schemas.Verbs {
		if verbs[verb] == nil {
			t.Errorf("nothing is done for the verb %s", verb)
		}
	}
	for id := range judges() {
		if _, ok := schemas.Requirements().Find(id); !ok {
			t.Errorf("%s is judged, and not in the catalogue", id)
		}
	}
	for _, r := range schemas.Requirements().Requirements {
		if judges()[r.ID] == nil {
			t.Errorf("nothing judges %s", r.ID)
		}
	}
}

// TestNeeds wants every judge to look at rows that there are probes for, or at
// the answers of all.
func TestNeeds(t *testing.T) {
	var known []string
	for _, p := range probe.Catalogue() {
		known = append(known, p.Row())
	}
	for _, r := range schemas.Requirements().Requirements {
		rows, all := Needs(r)
		if len(rows) == 0 && !all && r.ID != "HTTP-10" { // for which any connection will do
			t.Errorf("%s is judged on nothing", r.ID)
		}
		for _, row := range rows {
			if !slices.Contains(known, row) {
				t.Errorf("%s is judged on %s, which no probe is of", r.ID, row)
			}
		}
	}
	r, _ := schemas.Requirements().Find("AUTH-09")
	if rows, all := Needs(r); !slices.Equal(rows, []string{"B08", "B09", "B10", "M01", "B01"}) || all {
		t.Errorf("AUTH-09: %v, %v", rows, all)
	}
}

// TestEvidenceTravels hands evidence to another process, which has to judge alike.
func TestEvidenceTravels(t *testing.T) {
	e := &evidence.Evidence{Gathering: evidence.Gathering{Exchanges: controlled(got("M01", 200, "X-Note", "\xff\x00"), lost("M02", "closed")),
		Unsent: []evidence.Unsent{gap("X01", evidence.UnsentCredential)}}, Conditions: evidence.Conditions{Now: time.Unix(1, 0).UTC(), Loopback: true, Readings: schemas.Readings{schemas.Envelope: "auto"}, Secrets: map[string]string{"{token:valid}": "t\xff"},
		Subject: mask.Subjects{"valid": {mask.MobilePhone: "13812340842"}}, PortalHosts: []string{"a.example"}}}
	b, err := e.HandOver()
	if err != nil {
		t.Fatal(err)
	}
	other, err := evidence.TakeOver(b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(e.Conditions, other.Conditions) {
		t.Error("the conditions have changed on the way")
	}
	ours, theirs := opened(t, e), opened(t, other)
	for _, r := range schemas.Requirements().Requirements {
		if here, there := ours.Judge(t.Context(), r), theirs.Judge(t.Context(), r); !reflect.DeepEqual(here, there) {
			t.Errorf("%s: %v here, %v there", r.ID, here, there)
		}
	}
	for _, bad := range []string{"", "{}", `{"Gathering":"AAAA"}`} {
		if _, err := evidence.TakeOver([]byte(bad)); err == nil {
			t.Errorf("%q was taken for evidence", bad)
		}
	}
}

// TestPlainCookies: what guards a cookie is the name of an attribute, and no word of
// its path.
func TestPlainCookies(t *testing.T) {
	for cookie, guarded := range map[string]bool{
		"k=v; Secure; HttpOnly; SameSite=Lax":             true,
		"k=v;secure ; httponly;samesite = strict; Path=/": true,
		"k=v; Path=/secure; HttpOnly; SameSite=Lax":       false,
		"k=secure; HttpOnly; SameSite=Lax":                false,
		"k=v; Secure-; HttpOnly; SameSite":                false,
		"k=v":                                             false,
	} {
		if got := len(plainCookies.Issues(got("V01", 200, "Set-Cookie", cookie))) == 0; got != guarded {
			t.Errorf("%s: guarded %t, want %t", cookie, got, guarded)
		}
	}
}
