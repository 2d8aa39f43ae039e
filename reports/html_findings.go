package reports

import (
	"fmt"
	"html/template"
	"net/url"
	"strconv"
	"unicode/utf8"

	"omaspec/schemas"
	"omaspec/schemas/lazy"
)

// How much the page shows.
const (
	htmlFindings = 20        // findings of a requirement
	htmlFew      = 5         // findings of it that are not folded
	htmlUnfolded = 10        // violations up to which their exchanges are unfolded
	htmlBody     = 32 << 10  // bytes of a body
	htmlBodies   = 256 << 10 // bytes of all bodies, as the page has them
)

// pageBuilder makes the parts of the page. Its anchors are ids of elements, and
// are never made of text that could be anything.
type pageBuilder struct {
	view
	anchors   map[string]string // of requirements, by id
	exchanges []exchangeRow
	places    map[string]int    // in exchanges, by exchange id
	bodies    map[string]string // anchors of the bodies on the page, by exchange id
}

func builderOf(run *Run) *pageBuilder {
	b := &pageBuilder{view: viewOf(run), anchors: map[string]string{}, places: map[string]int{}, bodies: map[string]string{}}
	for i, r := range run.Requirements {
		b.anchors[r.ID] = anchorOf(r.ID, i)
	}
	for i, x := range run.Exchanges {
		b.exchanges = append(b.exchanges, exchangeRowOf(x, i, b.ordinary()))
		if _, known := b.places[x.ID]; !known {
			b.places[x.ID] = i
		}
	}
	return b
}

// catalogueID matches the ids of a catalogue. They are anchors that people can
// type: report.html#MASK-01.
var catalogueID = lazy.Regexp(`^[A-Z]{1,16}-[0-9]{1,6}$`)

func anchorOf(id string, place int) string {
	if catalogueID().MatchString(id) {
		return id
	}
	return "r" + strconv.Itoa(place)
}

// row is a requirement in one line.
type row struct {
	Anchor  string
	ID      shown
	Level   schemas.Level
	Outcome schemas.Outcome
	Word    string // for the outcome
	Title   shown
	Rests   shown // on which place of the page, or standard
	Notes   []shown
	Judged  int // exchanges
}

func (b *pageBuilder) row(r Result) row {
	_, rests := sourceOf(r)
	return row{
		Anchor: b.anchors[r.ID], ID: show(r.ID), Level: r.Level, Outcome: r.Outcome, Word: words(r.Outcome),
		Title: show(r.Title), Rests: show(rests), Notes: showAll(r.Notes), Judged: len(r.Exchanges),
	}
}

func (b *pageBuilder) rows(results []Result) []row {
	var out []row
	for _, r := range results {
		out = append(out, b.row(r))
	}
	return out
}

// grouped are the requirements with one outcome, under the reasons for it.
type grouped struct {
	Count  int
	Groups []rowGroup
}

type rowGroup struct {
	Reason shown
	Rows   []row
}

func (b *pageBuilder) grouped(o schemas.Outcome) *grouped {
	n := b.countOf(o)
	if n == 0 {
		return nil
	}
	out := &grouped{Count: n}
	for _, g := range b.unjudged(o) {
		same := b.selected(func(r Result) bool { return r.Outcome == o && r.Reason == g.reason })
		out.Groups = append(out.Groups, rowGroup{show(g.reason), b.rows(same)})
	}
	return out
}

// card tells a violation in full.
type card struct {
	row
	Mark      string
	Rationale shown
	Written   shown
	Findings  []sighting
	Folded    []sighting // further findings
	More      string     // how many findings are not shown
	Exchange  *witness
	Reproduce shown // a command line, or empty
	Again     shown // what to do where there is no command line
}

// sighting is one finding.
type sighting struct {
	Where, Expected, Observed shown
	Seen                      []exchangeLink
	More                      int // exchanges that are not named
}

// exchangeLink names an exchange; Anchor is empty if it is not on the page.
type exchangeLink struct {
	Anchor string
	ID     shown
}

// witness is the exchange that a card shows.
type witness struct {
	exchangeRow
	Lines []shown // of the request
	Open  bool
	Body  string // anchor of its body, or empty
}

// cards tells violations in full, with their exchanges unfolded or not.
func (b *pageBuilder) cards(results []Result, open bool) []card {
	var out []card
	for _, r := range results {
		c := card{
			row: b.row(r), Mark: unicodeSigns.outcome[r.Outcome].mark, Rationale: show(r.Rationale),
			Written: show(r.File + ":" + strconv.Itoa(r.Line)), Again: show(b.again(r)),
		}
		findings := merged(r.Findings)
		for i, f := range findings[:min(htmlFindings, len(findings))] {
			if i < htmlFew {
				c.Findings = append(c.Findings, b.sighting(f))
			} else {
				c.Folded = append(c.Folded, b.sighting(f))
			}
		}
		if more := len(findings) - htmlFindings; more > 0 {
			c.More = count(more, "more finding", "more findings") + ", in run.json"
		}
		if place, ok := b.witness(r); ok {
			x := b.Exchanges[place]
			c.Exchange = &witness{b.exchanges[place], requestLines(x), open, b.bodies[x.ID]}
			c.Reproduce = shown(lineOf(b.curls[x.ID], curlLimit))
		}
		out = append(out, c)
	}
	return out
}

// again says how to see a violation again where there is no command line.
func (b *pageBuilder) again(r Result) string {
	command := "omaspec run --only " + r.ID
	if b.Target.Embedded {
		return "The built-in target ended with the run; " + command + " starts and judges it again."
	}
	return "curl cannot send this request; " + command + " with the same options sends it again."
}

func (b *pageBuilder) sighting(f schemas.Finding) sighting {
	s := sighting{Where: show(f.Where), Expected: show(f.Expected), Observed: show(f.Observed)}
	few := min(fewIDs, len(f.Exchanges))
	for _, id := range f.Exchanges[:few] {
		link := exchangeLink{ID: show(id)}
		if place, known := b.places[id]; known {
			link.Anchor = b.exchanges[place].Anchor
		}
		s.Seen = append(s.Seen, link)
	}
	s.More = len(f.Exchanges) - few
	return s
}

// witness is the place of the first exchange that shows the violation and that
// curl can send; if there is none, of the first that shows it.
func (b *pageBuilder) witness(r Result) (place int, ok bool) {
	for _, f := range r.Findings {
		for _, id := range f.Exchanges {
			i, known := b.places[id]
			switch {
			case !known:
			case b.curls[id] != "":
				return i, true
			case !ok:
				place, ok = i, true
			}
		}
	}
	return place, ok
}

func requestLine(x Exchange) string { return x.Method + " " + x.Target }

// ordinary is the request line of most exchanges.
func (v view) ordinary() string {
	u, err := url.Parse(v.Target.URL)
	if err != nil {
		return "GET"
	}
	return "GET " + u.EscapedPath()
}

func requestLines(x Exchange) []shown {
	lines := []shown{show(requestLine(x))}
	for _, h := range x.Header {
		lines = append(lines, show(h.Name+": "+h.Value))
	}
	return lines
}

// exchangeRow is an exchange in one line of the table.
type exchangeRow struct {
	Anchor      string
	ID          shown
	Title       shown
	Request     shown // line, empty for the ordinary one
	Answer      shown
	Bytes       int
	Wait, Total string
	Connection  string
	Started     string
	Trace       shown
}

func exchangeRowOf(x Exchange, place int, ordinary string) exchangeRow {
	row := exchangeRow{
		Anchor: "x" + strconv.Itoa(place), ID: show(x.ID), Title: show(x.Title),
		Answer: show(strconv.Itoa(x.Status) + " " + x.Protocol), Bytes: x.Bytes,
		Wait: milliseconds(x.WaitMS), Total: milliseconds(x.TotalMS), Connection: fmt.Sprintf("%d, new", x.Conn),
		Started: x.Started.UTC().Format("15:04:05.000"), Trace: show(x.Trace),
	}
	if line := requestLine(x); line != ordinary {
		row.Request = show(line)
	}
	switch {
	case x.Failure == withheld:
		row.Answer = show(withheld)
	case x.Status == 0:
		row.Answer = show("no answer: " + x.Failure)
	}
	if x.Reused {
		row.Connection = fmt.Sprintf("%d, reused", x.Conn)
	}
	if x.Attempts > 1 {
		row.Connection += ", " + count(x.Attempts, "attempt", "attempts")
	}
	return row
}

// milliseconds writes a time as people read it: "0.40 ms", "12.3 ms", "1.25 s".
func milliseconds(ms float64) string {
	switch {
	case ms < 10:
		return strconv.FormatFloat(ms, 'f', 2, 64) + " ms"
	case ms < 1000:
		return strconv.FormatFloat(ms, 'f', 1, 64) + " ms"
	default:
		return strconv.FormatFloat(ms/1000, 'f', 2, 64) + " s"
	}
}

// bodyTexts are the bodies of the exchanges that show a violation.
type bodyTexts struct {
	Shown   []bodyText
	LeftOut string // how many there was no room for
}

type bodyText struct {
	Anchor string
	ID     shown
	Size   string
	Text   shown
}

func (b *pageBuilder) bodyTexts(bodies map[string]Excerpt) *bodyTexts {
	showsViolation := map[string]bool{}
	for _, r := range append(b.violations(), b.warnings()...) {
		for _, f := range r.Findings {
			for _, id := range f.Exchanges {
				showsViolation[id] = true
			}
		}
	}
	var out bodyTexts
	room, left := htmlBodies, 0
	for i, x := range b.Exchanges {
		body, known := bodies[x.ID]
		if !known || !showsViolation[x.ID] || b.places[x.ID] != i {
			continue
		}
		part := prefix(body.Text, htmlBody)
		text := Neutralise(part)
		cost := len(template.HTMLEscapeString(text))
		if cost > room {
			left++
			continue
		}
		room -= cost
		anchor := "b" + strconv.Itoa(i)
		b.bodies[x.ID] = anchor
		out.Shown = append(out.Shown, bodyText{anchor, show(x.ID), sizeOf(len(part), body.Size), shown(text)})
	}
	if out.Shown == nil {
		return nil
	}
	if left > 0 {
		out.LeftOut = count(left, "more is", "more are") + " left out to keep this page short."
	}
	return &out
}

// prefix is the longest beginning of s that has at most n bytes and ends with a
// whole character.
func prefix(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func sizeOf(part, whole int) string {
	if part < whole {
		return fmt.Sprintf("the first %d of %d bytes", part, whole)
	}
	return count(whole, "byte", "bytes")
}
