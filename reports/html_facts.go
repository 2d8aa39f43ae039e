package reports

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"omaspec/reports/evidence"
	"omaspec/schemas"
)

// state is told by a sign, a word and a colour.
type state struct{ Mark, Word, Class string }

var verdictStates = map[Verdict]state{
	Conformant:            {Mark: "✓", Class: "good"},
	ConformantWithWaivers: {Mark: "✓", Class: "good"},
	Partial:               {Mark: "▲", Class: "unsure"},
	NonConformant:         {Mark: "✗", Class: "bad"},
	InconclusiveRun:       {Mark: "?", Class: "unsure"},
}

func (v view) verdict() state {
	s := verdictStates[v.Verdict]
	s.Word = verdictWords[v.Verdict]
	return s
}

// labelled is text behind a label.
type labelled struct {
	Label string
	Text  shown
}

// facts are what has to be known next to the verdict.
func (v view) facts() []labelled {
	out := []labelled{
		{"Target", show(v.target())},
		{"Contract", show(v.Contract.Title + ", " + v.Contract.Published)},
		{"Run", show(fmt.Sprintf("%s, %s in %s", utc(v.Started), count(v.Footer.Requests, "request", "requests"), v.seconds()))},
		{"Settings", show(settingsOf(v.Settings))},
	}
	for _, r := range v.changedReadings() {
		out = append(out, labelled{"Reading", show(r.Name + ": " + r.Value + " (default " + r.Default + ")")})
	}
	return out
}

// settingsOf is modeOf that names the profile gate as well.
func settingsOf(s Settings) string {
	mode := modeOf(s)
	if s.Profile != ProfileGate {
		return mode
	}
	return strings.TrimSuffix("profile "+s.Profile+", "+mode, ", ")
}

// tallied is an outcome with the number of requirements that have it.
type tallied struct {
	Outcome    schemas.Outcome
	Mark, Word string
	Count      int
	Anchor     string // of the part that lists them
}

func (v view) tallied() []tallied {
	var out []tallied
	for _, o := range outcomes {
		with := v.selected(func(r Result) bool { return r.Outcome == o })
		t := tallied{Outcome: o, Mark: unicodeSigns.outcome[o].mark, Word: words(o), Count: len(with)}
		if t.Count > 0 {
			t.Anchor = partOf(with[0])
		}
		out = append(out, t)
	}
	return out
}

// words is an outcome as people write it.
func words(o schemas.Outcome) string { return strings.ReplaceAll(string(o), "-", " ") }

// partOf is the anchor of the part of the page that a requirement stands in.
func partOf(r Result) string {
	switch {
	case !violates(r.Outcome):
		return string(r.Outcome)
	case r.Gates:
		return "violations"
	default:
		return "warnings"
	}
}

// gate is one condition of the exit code.
type gate struct {
	Name    string
	Found   int
	Allowed string
	State   state
}

var (
	met     = state{"✓", "met", "good"}
	allowed = state{"▲", "allowed", "unsure"}
	notMet  = state{"✗", "not met", "bad"}
)

// gates are the conditions by which Decide decides, in their order of worth.
func (v view) gates() []gate {
	t := tallyOf(v.Requirements)
	none := func(name string, found int) gate {
		g := gate{name, found, "none", met}
		if found > 0 {
			g.State = notMet
		}
		return g
	}
	missing := none("MUST requirements not exercised", len(t.missing))
	if v.Settings.Profile == ProfileGate {
		missing.Allowed = "any, under the profile gate"
		if missing.Found > 0 {
			missing.State = allowed
		}
	}
	judged := gate{"MUST requirements judged", t.musts, "at least 1", met}
	if t.musts == 0 {
		judged.State = notMet
	}
	all := []gate{
		none("Requirements violated", len(t.violated)),
		judged,
		none("MUST requirements inconclusive", len(t.unsure)),
		missing,
	}
	if v.Interrupted || v.Stopped != "" {
		all = append(all, none("Early ends of the run", 1))
	}
	if len(t.defects) > 0 {
		all = append(all, none("Defects of omaspec", len(t.defects)))
	}
	return all
}

// unsentGroups are the probes that were not sent, under what would change that.
type unsentGroups struct {
	Count  int
	Groups []unsentGroup
}

type unsentGroup struct {
	Reason, Remedy shown
	Probes         []shown
}

func unsentGroupsOf(unsent []evidence.Unsent) *unsentGroups {
	if len(unsent) == 0 {
		return nil
	}
	out := &unsentGroups{Count: len(unsent)}
	places := map[evidence.Unsent]int{}
	for _, u := range unsent {
		why := evidence.Unsent{Reason: u.Reason, Remedy: u.Remedy}
		i, known := places[why]
		if !known {
			i = len(out.Groups)
			places[why] = i
			out.Groups = append(out.Groups, unsentGroup{Reason: show(u.Reason), Remedy: show(u.Remedy)})
		}
		out.Groups[i].Probes = append(out.Groups[i].Probes, show(u.Probe))
	}
	return out
}

// coverage counts outcomes by family.
type coverage struct {
	Sentence string
	Columns  []string
	Rows     []familyRow
	Sum      familyRow
}

type familyRow struct {
	Family shown
	About  string
	Cells  []int // in the order of outcomes
	Judged int
	Total  int
}

// families says what the families of the catalogue are about.
var families = map[string]string{
	"AUTH":   "tokens: valid, missing, bad",
	"STATUS": "status codes",
	"BODY":   "bodies, types, formats",
	"MASK":   "masking and leaks",
	"HTTP":   "message and transport",
	"ISOL":   "isolation of requests and tenants",
}

func coverageOf(results []Result) coverage {
	c := coverage{Sum: familyRow{Family: "All", Cells: make([]int, len(outcomes))}}
	for _, o := range outcomes {
		c.Columns = append(c.Columns, words(o))
	}
	places := map[string]int{}
	for _, r := range results {
		name := family(r.ID)
		i, known := places[name]
		if !known {
			i = len(c.Rows)
			places[name] = i
			c.Rows = append(c.Rows, familyRow{Family: show(name), About: families[name], Cells: make([]int, len(outcomes))})
		}
		c.Rows[i].add(r.Outcome)
		c.Sum.add(r.Outcome)
	}
	c.Sentence = fmt.Sprintf("%d of %s judged: passed, failed or warned. The run says nothing about the others.",
		c.Sum.Judged, count(c.Sum.Total, "requirement was", "requirements were"))
	return c
}

func (f *familyRow) add(o schemas.Outcome) {
	f.Cells[slices.Index(outcomes, o)]++
	f.Total++
	if judged(o) {
		f.Judged++
	}
}

// questions are the contract questions, with the requirements that answer them.
type questions struct {
	Sentence string
	Rows     []question
}

type question struct {
	ID       string
	Text     string
	Excluded string // why no requirement answers it
	Answers  []row
}

// questions returns nil unless the record was made with the catalogue that this
// omaspec has, because a record does not hold the questions.
func (b *pageBuilder) questions() (*questions, error) {
	catalogue := schemas.Requirements()
	if b.Catalogue.SHA256 != catalogue.SHA256 {
		return nil, nil
	}
	rows, err := schemas.Rows()
	if err != nil {
		return nil, err
	}
	results := map[string]Result{}
	for _, r := range b.Requirements {
		results[r.ID] = r
	}
	answers := map[string][]Result{}
	for _, r := range catalogue.Requirements {
		for _, id := range r.Covers {
			answers[id] = append(answers[id], results[r.ID])
		}
	}
	q := &questions{}
	excluded, settled := 0, 0
	for _, id := range slices.SortedFunc(maps.Keys(rows), byNumber) {
		if rows[id].Excluded != "" {
			excluded++
		}
		if slices.ContainsFunc(answers[id], func(r Result) bool { return judged(r.Outcome) }) {
			settled++
		}
		q.Rows = append(q.Rows, question{id, rows[id].Text, rows[id].Excluded, b.rows(answers[id])})
	}
	q.Sentence = fmt.Sprintf("%d contradictions, gaps and test cases were found in the page. Requirements that this run judged answer %d of them; for %d nothing is required.",
		len(rows), settled, excluded)
	return q, nil
}

// byNumber sorts A2 before A10.
func byNumber(a, b string) int {
	letter := func(s string) string { return strings.TrimRight(s, "0123456789") }
	return cmp.Or(cmp.Compare(letter(a), letter(b)), cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}

type readingRow struct {
	Name, Value, Default, Rows, Meaning shown
	Changed                             bool
}

func readingsOf(readings []Reading) []readingRow {
	var out []readingRow
	for _, r := range readings {
		out = append(out, readingRow{
			show(r.Name), show(r.Value), show(r.Default), show(strings.Join(r.Rows, ", ")), show(r.Meaning), r.Value != r.Default,
		})
	}
	return out
}

// environment is what somebody needs to make the same run again.
func (v view) environment() []labelled {
	out := []labelled{}
	add := func(label, text string) {
		if text != "" {
			out = append(out, labelled{label, show(text)})
		}
	}
	add("Tool", strings.TrimSpace(fmt.Sprintf("%s %s %s", v.Tool.Name, v.Tool.Version, v.Tool.Commit))+", "+v.Tool.Go)
	add("Contract", fmt.Sprintf("%s, %s, SHA-256 %s", v.Contract.Title, v.Contract.Published, v.Contract.SHA256))
	add("Catalogue", v.Catalogue.Version+", SHA-256 "+v.Catalogue.SHA256)
	add("Target", v.Target.URL)
	if v.Target.Embedded {
		add("Kind of target", "the reference target that is built into omaspec")
	}
	add("Protocols", strings.Join(v.Target.Protocols, ", "))
	add("TLS", v.Target.TLS)
	add("Certificate", v.Target.CertificateSHA256)
	add("Run", v.ID)
	add("Started", utc(v.Started))
	add("Finished", utc(v.Finished))
	add("Requests", strconv.Itoa(v.Footer.Requests))
	add("In flight", inFlightOf(v.Settings))
	add("Settings", settingsOf(v.Settings))
	add("Basis", v.Settings.Basis)
	add("Seed", strconv.FormatInt(v.Settings.Seed, 10))
	add("Credentials", cmp.Or(strings.Join(v.Settings.Credentials, ", "), "none"))
	add("True values", map[bool]string{true: "given", false: "not given"}[v.Settings.Subject])
	for _, name := range slices.Sorted(maps.Keys(v.Settings.Options)) {
		out = append(out, labelled{"Option", show(name + " = " + v.Settings.Options[name])})
	}
	add("Redaction", v.Redaction.Policy)
	for _, what := range slices.Sorted(maps.Keys(v.Redaction.Counts)) {
		out = append(out, labelled{"Taken out", show(what + ": " + strconv.Itoa(v.Redaction.Counts[what]))})
	}
	return out
}

// limits says what must not be concluded from the run.
func (v view) limits() []string {
	var out []string
	add := func(when bool, sentence string) {
		if when {
			out = append(out, sentence)
		}
	}
	open := v.countOf(schemas.Inconclusive) + v.countOf(schemas.NotExercised)
	add(v.Target.Embedded, "The target was the reference target that is built into omaspec, so nothing is said about any other implementation.")
	add(open > 0, count(open, "requirement was", "requirements were")+" tried without a result or not at all, and may be violated.")
	add(true, fmt.Sprintf("It shows how %s were answered within %s from %s on. Another time, another load, another token or another way into the system may give other answers.",
		count(v.Footer.Requests, "request", "requests"), v.seconds(), utc(v.Started)))
	add(!slices.Contains(v.Settings.Credentials, "second-tenant"), "One customer's token was used, so nothing is said about the data of other customers.")
	add(!v.Settings.Subject, "The customer's true values were not given, so a mask that hides nothing of them can look right.")
	add(true, fmt.Sprintf("It judges by the page of %s under the readings above. Where the page is silent it judges by the standards that are named, or not at all.", v.Contract.Published))
	add(true, "It sees answers only, not what the target stores or logs, or who else can read it.")
	add(true, "The timings are those of single requests from one place, and no statement about performance.")
	add(true, "The digest below shows whether run.json was damaged or edited by mistake. It does not show who made it.")
	return out
}
