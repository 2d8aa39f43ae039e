package reports

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"omaspec/schemas"
)

// fact is one labelled line of what a report tells about a requirement.
type fact struct{ label, text string }

// line is the text as one harmless line. A command line is kept whole: it is of
// no use without its end.
func (f fact) line() string {
	if f.label == reproduce {
		return lineOf(f.text, curlLimit)
	}
	return Line(f.text)
}

// reproduce labels a command line that shows a violation again.
const reproduce = "reproduce"

// curlLimit is the number of characters to which a command line is cut. It is
// far longer than any that omaspec makes.
const curlLimit = 4000

// view is a record with what several writers look up in it.
type view struct {
	*Run
	curls map[string]string // by exchange id, where curl can send it
}

func viewOf(run *Run) view {
	v := view{Run: run, curls: make(map[string]string, len(run.Exchanges))}
	for _, x := range run.Exchanges {
		if _, known := v.curls[x.ID]; !known && x.Curl != "" {
			v.curls[x.ID] = x.Curl
		}
	}
	return v
}

// selected returns the requirements that keep picks, in catalogue order.
func (v view) selected(keep func(Result) bool) []Result {
	var out []Result
	for _, r := range v.Requirements {
		if keep(r) {
			out = append(out, r)
		}
	}
	return out
}

// violations are the requirements that decided against the target.
func (v view) violations() []Result {
	return v.selected(func(r Result) bool { return violates(r.Outcome) && r.Gates })
}

// warnings are violated as well, but do not gate.
func (v view) warnings() []Result {
	return v.selected(func(r Result) bool { return violates(r.Outcome) && !r.Gates })
}

// story tells a violation from where it is to how to see it again. It has at
// most limit findings.
func (v view) story(r Result, limit int) []fact {
	var out []fact
	add := func(label, text string) {
		if text != "" {
			out = append(out, fact{label, text})
		}
	}
	findings := merged(r.Findings)
	for _, f := range findings[:min(limit, len(findings))] {
		add("at", f.Where)
		add("expected", f.Expected)
		add("observed", f.Observed)
		add("seen in", listIDs(f.Exchanges, fewIDs))
	}
	if more := len(findings) - limit; more > 0 {
		add("and", count(more, "more finding", "more findings"))
	}
	add(sourceOf(r))
	add(reproduce, v.curlOf(r))
	return out
}

// sourceOf says what a requirement rests on: the place on the page, with its
// basis behind it, or the basis alone.
func sourceOf(r Result) (label, text string) {
	if r.Source == "" || r.Source == "-" {
		return "basis", r.Basis
	}
	return "page", r.Source + " (basis: " + r.Basis + ")"
}

// curlOf is the command line of the first exchange that shows the violation and
// that curl can send.
func (v view) curlOf(r Result) string {
	for _, f := range r.Findings {
		for _, id := range f.Exchanges {
			if curl := v.curls[id]; curl != "" {
				return curl
			}
		}
	}
	return ""
}

// merged joins findings that differ in nothing but their exchanges.
func merged(findings []schemas.Finding) []schemas.Finding {
	type sight struct {
		place    int
		exchange string
	}
	var out []schemas.Finding
	places := make(map[schemas.Issue]int, len(findings))
	seen := map[sight]bool{}
	for _, f := range findings {
		key := schemas.Issue{Where: f.Where, Expected: f.Expected, Observed: f.Observed}
		i, known := places[key]
		if !known {
			i = len(out)
			places[key] = i
			out = append(out, schemas.Finding{Requirement: f.Requirement, Issue: f.Issue})
		}
		for _, id := range f.Exchanges {
			if !seen[sight{i, id}] {
				seen[sight{i, id}] = true
				out[i].Exchanges = append(out[i].Exchanges, id)
			}
		}
	}
	return out
}

// headline is a violation in one line: where, and what was there for what.
func headline(r Result) string {
	findings := merged(r.Findings)
	if len(findings) == 0 {
		return r.Title
	}
	f := findings[0]
	text := f.Where + ": expected " + f.Expected + "; observed " + f.Observed
	if more := len(findings) - 1; more > 0 {
		text += " (and " + count(more, "more finding)", "more findings)")
	}
	return text
}

// group is what has the same reason for having no verdict.
type group struct {
	reason string
	ids    []string
}

// unjudged groups the requirements with that outcome by their reason, in the
// order in which the reasons first occur.
func (v view) unjudged(o schemas.Outcome) []group {
	var out []group
	place := map[string]int{}
	for _, r := range v.Requirements {
		if r.Outcome != o {
			continue
		}
		i, known := place[r.Reason]
		if !known {
			i = len(out)
			place[r.Reason] = i
			out = append(out, group{reason: r.Reason})
		}
		out[i].ids = append(out[i].ids, r.ID)
	}
	return out
}

// changedReadings are the readings that are not at their default.
func (v view) changedReadings() []Reading {
	return slices.DeleteFunc(slices.Clone(v.Settings.Readings), func(r Reading) bool { return r.Value == r.Default })
}

// counts says how many requirements have which outcome: "61 passed", "2 failed".
// Passed is always told, the others where there are any.
func (v view) counts() []string {
	var out []string
	for _, o := range outcomes {
		if n := v.countOf(o); n > 0 || o == schemas.Passed {
			out = append(out, strconv.Itoa(n)+" "+strings.ReplaceAll(string(o), "-", " "))
		}
	}
	return out
}

func (v view) countOf(o schemas.Outcome) int {
	return len(v.selected(func(r Result) bool { return r.Outcome == o }))
}

// seconds is how long the run took: "0.84 s".
func (v view) seconds() string {
	return strconv.FormatFloat(v.Finished.Sub(v.Started).Seconds(), 'f', 2, 64) + " s"
}

// connection says how the target was spoken to: "HTTP/1.1, HTTP/2.0, TLS 1.3".
func (v view) connection() string {
	return strings.Join(slices.DeleteFunc(append(slices.Clone(v.Target.Protocols), v.Target.TLS), func(s string) bool { return s == "" }), ", ")
}

// target says what was judged.
func (v view) target() string {
	if v.Target.Embedded {
		return "the embedded reference target"
	}
	return v.Target.URL
}

// host is the target's host and port.
func (v view) host() string {
	if v.Target.Embedded {
		return "embedded reference target"
	}
	u, err := url.Parse(v.Target.URL)
	if err != nil || u.Host == "" {
		return v.Target.URL
	}
	return u.Host
}

// family is the part of a requirement's id before the first dash.
func family(id string) string {
	name, _, _ := strings.Cut(id, "-")
	return name
}

// utc is a time as reports write it, in whole seconds.
func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// verdictWords is what people read in place of the record's word.
var verdictWords = map[Verdict]string{
	Conformant:            "CONFORMANT",
	ConformantWithWaivers: "CONFORMANT, WITH WAIVERS",
	Partial:               "PARTIAL",
	NonConformant:         "NOT CONFORMANT",
	InconclusiveRun:       "INCONCLUSIVE",
}
