package suites

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/schemas/mask"
	"omaspec/schemas/strictjson"
	"omaspec/suites/match"
	"omaspec/suites/probe"
)

// Case is the view of one requirement's judge on the evidence. A judge selects
// answers, applies matchers to them, and may add notes; what follows from that
// (the outcome) is computed in one place, so that no judge can forget that an
// answer was missing.
type Case struct {
	*View
	requirement schemas.Requirement

	rows         []string        // rows that the judge asked for
	unsteady     map[string]bool // see volatile
	wide         bool            // the judge asked for answers of any row
	judged       []string        // exchange ids
	findings     []schemas.Finding
	found        map[schemas.Issue]int // where each finding is
	places       map[string]int        // findings by their code
	unlisted     map[string]*schemas.Finding
	codes        []string // of unlisted, in their order
	omitted      map[string]int
	doubts       []string          // why something that was sent could not be judged
	gaps         []evidence.Unsent // what was not sent
	inapplicable string            // why the requirement does not apply
	refusals     bool              // a refusal was accepted as such
	notes        []string
}

// Answers are exchanges to apply matchers to.
type Answers struct {
	c     *Case
	list  []*evidence.Exchange
	tries bool // those before an answer are looked at with it
}

// Rows selects the exchanges of the given rows ("M01", "B08"), or of all those that
// the requirement covers and something is sent for. A row that was not sent counts
// against the requirement as its reason deserves.
func (c *Case) Rows(rows ...string) Answers {
	if len(rows) == 0 {
		rows = c.covered()
	}
	c.rows = append(c.rows, rows...)
	var list []*evidence.Exchange
	for _, row := range rows {
		sent := c.byRow[row]
		list = append(list, sent...)
		if len(sent) == 0 {
			c.gaps = append(c.gaps, c.unsent(row)...)
		}
	}
	return Answers{c, list, true}
}

// covered are the rows of the requirement that there are probes for.
func (c *Case) covered() []string {
	return slices.DeleteFunc(slices.Clone(c.requirement.Covers), func(row string) bool { return !probed()[row] })
}

// probed holds the rows that there are probes for.
var probed = sync.OnceValue(func() map[string]bool {
	rows := map[string]bool{}
	for _, p := range probe.Catalogue() {
		rows[p.Row()] = true
	}
	return rows
})

// Probes selects the exchanges of single probes or steps ("R07.with", "L01/2").
func (c *Case) Probes(ids ...string) Answers {
	var list []*evidence.Exchange
	for _, id := range ids {
		sent := slices.DeleteFunc(slices.Clone(c.Rows(evidence.RowOf(id)).list), func(x *evidence.Exchange) bool {
			return x.ID() != id && x.Probe != id
		})
		list = append(list, sent...)
	}
	return Answers{c, list, true}
}

// Every selects, from all exchanges of the run, those that keep chosen.
func (c *Case) Every(chosen func(*evidence.Exchange) bool) Answers {
	return c.among(c.exchanges, chosen)
}

// Seen selects, from all exchanges of the run and the tries that do not count, those that
// keep chosen.
func (c *Case) Seen(chosen func(*evidence.Exchange) bool) Answers {
	return c.among(c.gathering.Exchanges, chosen)
}

func (c *Case) among(exchanges []*evidence.Exchange, chosen func(*evidence.Exchange) bool) Answers {
	c.wide = true
	var list []*evidence.Exchange
	for _, x := range exchanges {
		if x.Response != nil && chosen(x) {
			list = append(list, x)
		}
	}
	if len(list) == 0 && c.stopped != "" {
		c.Doubt("%s", c.stopped)
	}
	return Answers{c, list, false}
}

// Successes selects every 200 to the documented request: with a valid token, or with the
// data all the same. What other requests bring has requirements of its own.
func (c *Case) Successes() Answers {
	return c.Every(func(x *evidence.Exchange) bool {
		return x.Status() == 200 && c.documented(x) && (roleOf(x) != "" || c.isObject(x))
	})
}

// documented tells whether a request is the one that the page documents: GET on
// its path, in the rows that send a token as it has to be sent (V, X) or look for
// state between such requests (L).
func (v *View) documented(x *evidence.Exchange) bool {
	return x.Request.Method == "GET" && x.Request.Target == v.path && strings.ContainsRune("VXL", rune(x.Probe[0]))
}

// Having keeps the answers for which chosen is true.
func (a Answers) Having(chosen func(*evidence.Exchange) bool) Answers {
	a.list = slices.DeleteFunc(slices.Clone(a.list), func(x *evidence.Exchange) bool { return !chosen(x) })
	return a
}

// To applies matchers to every answer. Violations become findings; an answer
// that cannot be judged (throttled, timed out, no response) or may not be the
// endpoint's becomes a doubt. Of tries that do not count, what is a violation at first
// sight becomes a finding.
func (a Answers) To(matchers ...*match.Matcher) {
	for _, x := range a.list {
		for _, m := range matchers {
			if x.Try > 0 {
				a.c.glance(x, m)
				continue
			}
			a.c.judge(x, m)
			if a.tries {
				for _, try := range a.c.before[x.ID()] {
					a.c.glance(try, m)
				}
			}
		}
	}
}

// judge applies a matcher to an exchange that counts.
func (c *Case) judge(x *evidence.Exchange, m *match.Matcher) {
	if doubt := unjudgeable(x, m); doubt != "" {
		c.Doubt("%s", doubt)
		return
	}
	c.refusals = c.refusals || m.IsRefusal()
	c.look(x)
	for _, issue := range m.Issues(x) {
		if unsure := c.unsure(x); unsure != "" && !c.firm(issue.Code, x) {
			c.Doubt("%s", unsure)
			continue
		}
		c.Find(issue, x)
	}
}

// glance applies a matcher to a try that does not count.
func (c *Case) glance(try *evidence.Exchange, m *match.Matcher) {
	for _, issue := range m.Issues(try) {
		if c.firm(issue.Code, try) {
			c.Find(issue, try)
		}
	}
}

// unjudgeable says why matcher m can say nothing about x, or "".
func unjudgeable(x *evidence.Exchange, m *match.Matcher) string {
	switch {
	case x.Response == nil && m.Judges(x):
		return ""
	case x.Response == nil:
		return fmt.Sprintf("%s got no response: %s", x.ID(), x.Failure.Text)
	case throttled(x):
		return fmt.Sprintf("%s was turned away with %d before it was judged by the endpoint; set --rate to so few requests a second that none is, and --budget to the time that they take", x.ID(), x.Status())
	}
	return ""
}

// throttled tells whether something in front of the endpoint turned the request
// away: a rate limit, a web application firewall (418 at Huawei Cloud) or a
// service that is not available for now (row A46).
func throttled(x *evidence.Exchange) bool {
	status := x.Status()
	return status == 429 || status == 418 || status == 503 && x.Response.Header.Has("Retry-After")
}

// look notes that x was judged.
func (c *Case) look(x *evidence.Exchange) {
	if !slices.Contains(c.judged, x.ID()) {
		c.judged = append(c.judged, x.ID())
	}
}

// listedPlaces bounds the places of one code that are findings of their own.
const listedPlaces = 16

// Find adds a violation that the given exchanges show. The same issue in another
// exchange is the same finding. Of a code that is found in very many places only
// the first are listed; the last finding of the code says how many more there are.
func (c *Case) Find(issue schemas.Issue, shown ...*evidence.Exchange) {
	i, known := c.found[issue]
	if !known && c.places[issue.Code] == listedPlaces {
		c.omit(issue, max(1, len(shown)), shown...)
		return
	}
	if !known {
		if c.found == nil {
			c.found, c.places = map[schemas.Issue]int{}, map[string]int{}
		}
		i = len(c.findings)
		c.found[issue] = i
		c.places[issue.Code]++
		c.findings = append(c.findings, schemas.Finding{Requirement: c.requirement.ID, Issue: issue})
	}
	c.show(&c.findings[i], shown)
}

// omit counts violations like issue that are not listed, which the exchanges show.
func (c *Case) omit(issue schemas.Issue, n int, shown ...*evidence.Exchange) {
	f := c.unlisted[issue.Code]
	if f == nil {
		if c.unlisted == nil {
			c.unlisted, c.omitted = map[string]*schemas.Finding{}, map[string]int{}
		}
		issue.Where = elsewhere
		f = &schemas.Finding{Requirement: c.requirement.ID, Issue: issue}
		c.unlisted[issue.Code] = f
		c.codes = append(c.codes, issue.Code)
	}
	c.omitted[issue.Code] += n
	c.show(f, shown)
}

// elsewhere is where the violations are that are not listed.
const elsewhere = "elsewhere"

// show notes that exchanges show a finding.
func (c *Case) show(f *schemas.Finding, shown []*evidence.Exchange) {
	for _, x := range shown {
		c.look(x)
		if id := x.ID(); !slices.Contains(f.Exchanges, id) {
			f.Exchanges = append(f.Exchanges, id)
		}
	}
}

// closing are the findings, with one for each code that has more.
func (c *Case) closing() []schemas.Finding {
	for _, code := range c.codes {
		f := *c.unlisted[code]
		f.Observed = plural(c.omitted[code], "more find") + " like these, which are not listed"
		c.findings = append(c.findings, f)
	}
	c.codes = nil
	return c.findings
}

// body reads the body of a response. Who asks for what could not be read to its
// end is in doubt.
func (c *Case) body(x *evidence.Exchange) *body {
	b := c.View.body(x)
	if b.unread != "" {
		c.Doubt("%s was not judged to its end: %s", x.ID(), b.unread)
	}
	return b
}

// members is the object with the members of Table 2 in a response.
func (c *Case) members(x *evidence.Exchange) strictjson.Value { return c.body(x).object }

// memberValues are the values that a member of Table 2 has in a response.
func (c *Case) memberValues(x *evidence.Exchange, name string) []strictjson.Value {
	c.body(x)
	values, all := c.View.memberValues(x, name)
	if !all {
		c.Doubt("%s was not judged to its end: it has the same member more than %d times", x.ID(), sameNames)
	}
	return values
}

// placedHits are the hits in every part of an answer.
func (c *Case) placedHits(x *evidence.Exchange) sightings {
	c.body(x)
	found := c.observe(x).sightings
	if found.Unread {
		c.Doubt("%s was not searched to its end: undoing its encodings makes too much of it", x.ID())
	}
	return found
}

// masks is what the values of a masked member in a response showed.
func (c *Case) masks(x *evidence.Exchange, field mask.Field) []maskSeen {
	c.memberValues(x, string(field))
	return c.observe(x).Masks[field]
}

// Doubt notes why something that was sent could not be judged.
func (c *Case) Doubt(format string, args ...any) {
	if doubt := fmt.Sprintf(format, args...); !slices.Contains(c.doubts, doubt) {
		c.doubts = append(c.doubts, doubt)
	}
}

// NotApplicable says why the requirement does not apply to this target.
func (c *Case) NotApplicable(reason string) { c.inapplicable = reason }

// Gap notes an input that was missing, and what would provide it.
func (c *Case) Gap(reason, remedy string) {
	c.gaps = append(c.gaps, evidence.Unsent{Reason: reason, Remedy: remedy})
}

// Note records an observation that has no verdict.
func (c *Case) Note(format string, args ...any) {
	if note := fmt.Sprintf(format, args...); !slices.Contains(c.notes, note) {
		c.notes = append(c.notes, note)
	}
}

// judgement draws the conclusion: a violation outranks a doubt, a doubt outranks
// everything that was fine, and where nothing was judged, nothing is passed.
func (c *Case) judgement() Judgement {
	j := Judgement{Requirement: c.requirement.ID, Findings: c.closing(), Exchanges: c.judged, Notes: c.notes}
	if c.refusals && c.way.uncontrolled != "" {
		c.Doubt("%s", c.way.uncontrolled)
	}
	for _, gap := range c.gaps {
		if gap.Kind == evidence.UnsentStopped {
			c.Doubt("%s", gap.Reason)
		}
	}
	switch {
	case len(c.findings) > 0:
		j.Outcome = violated[c.requirement.Level]
		if c.requirement.Level == schemas.INFO {
			j.Findings = nil
			for _, f := range c.findings {
				j.Notes = append(j.Notes, fmt.Sprintf("%s: %s (%s)", f.Where, f.Observed, strings.Join(f.Exchanges, ", ")))
			}
		}
	case c.inapplicable != "":
		j.Outcome, j.Reason = schemas.NotApplicable, c.inapplicable
	case len(c.doubts) > 0:
		j.Outcome, j.Reason = schemas.Inconclusive, strings.Join(first(c.doubts, 3), "; ")
	case len(c.judged) == 0 && len(c.gaps) > 0:
		j.Outcome, j.Reason = missing(c.gaps)
	case len(c.judged) == 0:
		j.Outcome, j.Reason = schemas.NotExercised, "no answer of the run gave occasion to judge it"
	default:
		j.Outcome = schemas.Passed
	}
	return j
}

// violated is what a violation of each level is called.
var violated = map[schemas.Level]schemas.Outcome{
	schemas.MUST:   schemas.Failed,
	schemas.SHOULD: schemas.Warned,
	schemas.INFO:   schemas.Passed,
}

// missing concludes from what was not sent: the requirement does not apply if
// that is so for every gap, and was not exercised otherwise.
func missing(gaps []evidence.Unsent) (schemas.Outcome, string) {
	var reasons []string
	outcome := schemas.NotApplicable
	for _, gap := range gaps {
		if gap.Kind != evidence.UnsentInapplicable {
			outcome = schemas.NotExercised
		}
		reason := gap.Reason
		if gap.Remedy != "" {
			reason += " (" + gap.Remedy + ")"
		}
		if !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
	}
	return outcome, strings.Join(first(reasons, 3), "; ")
}

func first(list []string, n int) []string { return list[:min(n, len(list))] }
