package reports

import (
	"io"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"omaspec/schemas"
)

// ConsoleOptions say how the console's text is to look.
type ConsoleOptions struct {
	Color   bool   // with ANSI colours
	ASCII   bool   // nothing but ASCII, for a locale that is not UTF-8
	Width   int    // columns to fold at; 0 folds nothing, which suits a log
	Quiet   bool   // notices and the summary line only
	Verbose bool   // every requirement, every finding, every probe that was not sent
	Folder  string // where the reports are, "" if they were not written
}

// How much the console shows of each kind without Verbose.
const (
	consoleBlocks   = 10 // violations told in full
	consoleFindings = 3  // findings of a violation
	consoleRows     = 20 // condensed violations, and groups, each
	consoleWarnings = 10 // warnings, of two lines each
	consoleIDs      = 12 // ids of a group
	fewestIDs       = 2  // exchanges of a violation in short
)

// WriteConsole writes what a person sees after a run: what was judged and under
// which readings, violations from the requirement's sentence to the command that
// shows them again, warnings, what nothing can be said about and how that can be
// changed, and last of all one summary line.
func WriteConsole(w io.Writer, run *Run, o ConsoleOptions) error {
	c := &console{view: viewOf(run), o: o, signs: unicodeSigns}
	if o.ASCII {
		c.signs = asciiSigns
	}
	if !o.Quiet {
		c.header()
	}
	c.notices()
	if !o.Quiet {
		if o.Verbose {
			c.everything()
			c.unsent()
		}
		c.violated()
		c.warned()
		c.groups("Inconclusive", schemas.Inconclusive)
		c.groups("Not exercised", schemas.NotExercised)
		c.blank()
	}
	c.summary()
	_, err := io.WriteString(w, c.b.String())
	return err
}

// console lays out one text.
type console struct {
	view
	o     ConsoleOptions
	signs signs
	b     strings.Builder
}

// style is the parameter of an ANSI SGR sequence (ECMA-48 8.3.117).
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "1;31"
	green  style = "1;32"
	yellow style = "1;33"
)

// sign is a mark with its style.
type sign struct {
	mark  string
	style style
}

type signs struct {
	outcome map[schemas.Outcome]sign
	notice  sign
	dot     string // between parts of a line
}

var unicodeSigns = signs{
	outcome: map[schemas.Outcome]sign{
		schemas.Passed: {"✓", green}, schemas.Failed: {"✗", red}, schemas.Warned: {"▲", yellow},
		schemas.Inconclusive: {"?", yellow}, schemas.NotExercised: {"○", dim}, schemas.NotApplicable: {"–", dim},
	},
	notice: sign{"!", yellow},
	dot:    " · ",
}

var asciiSigns = signs{
	outcome: map[schemas.Outcome]sign{
		schemas.Passed: {"+", green}, schemas.Failed: {"x", red}, schemas.Warned: {"^", yellow},
		schemas.Inconclusive: {"?", yellow}, schemas.NotExercised: {"o", dim}, schemas.NotApplicable: {"-", dim},
	},
	notice: sign{"!", yellow},
	dot:    " | ",
}

var verdictStyles = map[Verdict]style{
	Conformant: green, ConformantWithWaivers: green, Partial: yellow, NonConformant: red, InconclusiveRun: yellow,
}

func (c *console) header() {
	c.row([]piece{{bold, "omaspec "}}, strings.Join([]string{
		c.text(c.Tool.Version), c.text(c.Contract.Title + ", " + c.Contract.Published),
		"catalogue " + c.text(c.Catalogue.Version), count(len(c.Requirements), "requirement", "requirements"),
	}, c.signs.dot))
	target := c.target()
	if how := c.connection(); how != "" {
		target += " (" + how + ")"
	}
	c.fact(0, fact{"target", target})
	for _, r := range c.changedReadings() {
		c.fact(0, fact{"reading", r.Name + ": " + r.Value + " (default " + r.Default + ")"})
	}
	if mode := modeOf(c.Settings); mode != "" {
		c.fact(0, fact{"settings", mode})
	}
	if used := c.Settings.InFlight.String(); used != "" {
		c.fact(0, fact{"in flight", used})
	}
}

// modeOf names the settings that change what the exit code means.
func modeOf(s Settings) string {
	var out []string
	if s.Profile != ProfileGate {
		out = append(out, "profile "+s.Profile)
	}
	if s.Strict {
		out = append(out, "strict")
	}
	if s.Basis != BasisAll {
		out = append(out, "basis "+s.Basis)
	}
	if len(s.Only) > 0 {
		out = append(out, "only "+listIDs(s.Only, fewIDs))
	}
	if s.LabelFilter != "" {
		out = append(out, "label filter "+s.LabelFilter)
	}
	return strings.Join(out, ", ")
}

func (c *console) notices() {
	for _, text := range warningsOf(c.Run) {
		c.row([]piece{{c.signs.notice.style, c.signs.notice.mark + " "}, {c.signs.notice.style, "NOTICE "}}, c.text(text))
	}
}

// warningsOf is what stands at the top of every report: the notices, and why the
// run ended early where the verdict's reason does not tell.
func warningsOf(run *Run) []string {
	if run.Stopped == "" || run.Stopped == run.Reason {
		return run.Notices
	}
	return append([]string{run.Stopped}, run.Notices...)
}

// everything lists every requirement, for Verbose.
func (c *console) everything() {
	c.blank()
	for _, r := range c.Requirements {
		c.title(r)
		for _, note := range r.Notes {
			c.fact(2, fact{"note", note})
		}
	}
}

func (c *console) unsent() {
	if len(c.Unsent) == 0 {
		return
	}
	c.heading("Not sent", len(c.Unsent))
	for _, u := range c.Unsent {
		text := u.Reason
		if u.Remedy != "" {
			text += "; " + u.Remedy
		}
		c.row([]piece{{plain, "  "}, {bold, c.text(u.Probe) + "  "}}, c.text(text))
	}
}

func (c *console) violated() {
	all := c.violations()
	full := c.cap(len(all), consoleBlocks)
	for _, r := range all[:full] {
		c.block(r)
	}
	if rest := all[full:]; len(rest) > 0 {
		c.heading("More violations, told in full by -v", len(rest))
		c.lines(rest)
	}
}

// warned shows what is violated without deciding the exit code: the sentence, and
// under it what shows that it is, and how.
func (c *console) warned() {
	all := c.warnings()
	if len(all) == 0 {
		return
	}
	if c.o.Verbose {
		for _, r := range all {
			c.block(r)
		}
		return
	}
	c.heading("Warnings, which do not gate", len(all))
	shown := c.cap(len(all), consoleWarnings)
	for _, r := range all[:shown] {
		c.title(r)
		lead := []piece{{plain, "    "}}
		if findings := merged(r.Findings); len(findings) > 0 && len(findings[0].Exchanges) > 0 {
			lead = append(lead, piece{dim, c.text(listIDs(findings[0].Exchanges, fewestIDs)) + "  "})
		}
		c.row(lead, c.fit(c.text(headline(r)), lead))
	}
	c.more(len(all)-shown, "more")
}

// lines shows violations in one line each.
func (c *console) lines(results []Result) {
	shown := c.cap(len(results), consoleRows)
	for _, r := range results[:shown] {
		mark := c.signs.outcome[r.Outcome]
		lead := []piece{{mark.style, mark.mark + " "}, {bold, c.text(r.ID) + "  "}}
		c.row(lead, c.fit(c.text(headline(r)), lead))
	}
	c.more(len(results)-shown, "more")
}

// block tells one violation in full.
func (c *console) block(r Result) {
	c.blank()
	c.title(r)
	for _, f := range c.story(r, c.cap(len(r.Findings), consoleFindings)) {
		c.fact(4, f)
	}
	if c.o.Verbose {
		c.fact(4, fact{"why", r.Rationale})
	}
}

// title is a requirement's sentence behind its outcome.
func (c *console) title(r Result) {
	mark := c.signs.outcome[r.Outcome]
	c.row([]piece{{mark.style, mark.mark + " "}, {bold, c.text(r.ID) + "  "}, {dim, c.text(string(r.Level)) + "  "}}, c.text(r.Title))
}

// groups shows the requirements with that outcome under the reasons for it.
func (c *console) groups(name string, o schemas.Outcome) {
	all := c.unjudged(o)
	if len(all) == 0 {
		return
	}
	c.heading(name, c.countOf(o))
	shown := c.cap(len(all), consoleRows)
	mark := c.signs.outcome[o]
	for _, g := range all[:shown] {
		c.row([]piece{{mark.style, mark.mark + " "}}, c.text(g.reason))
		ids := listIDs(g.ids, c.cap(len(g.ids), consoleIDs))
		c.row([]piece{{plain, "  "}}, c.text(ids))
	}
	c.more(len(all)-shown, "more reasons")
}

// summary is the line that people read first and that scripts keep.
func (c *console) summary() {
	parts := append(c.counts(), count(c.Footer.Requests, "request", "requests"), c.seconds())
	if c.o.Folder != "" {
		parts = append(parts, c.text(c.o.Folder))
	}
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(part, " ", noBreak)
	}
	parts = append([]string{c.text(c.target())}, parts...)
	why := "exit" + noBreak + strconv.Itoa(c.ExitCode) + ": " + c.text(c.Reason)
	c.row([]piece{{verdictStyles[c.Verdict], verdictWords[c.Verdict]}, {plain, c.signs.dot}}, strings.Join(append(parts, why), c.signs.dot))
}

// noBreak stands for a space at which fold does not break the line.
const noBreak = "\u00a0"

// cap is how many of n are shown.
func (c *console) cap(n, limit int) int {
	if c.o.Verbose {
		return n
	}
	return min(n, limit)
}

func (c *console) more(n int, what string) {
	if n > 0 {
		c.row([]piece{{plain, "  "}}, "and "+strconv.Itoa(n)+" "+what+", shown by -v")
	}
}

func (c *console) heading(name string, n int) {
	c.blank()
	c.row([]piece{{bold, name}, {dim, " (" + strconv.Itoa(n) + ")"}}, "")
}

// labelWidth is the width of a fact's label and the space behind it.
const labelWidth = len(reproduce + "  ")

// fact writes a label and its text. A command line is never folded, so that it
// can be copied.
func (c *console) fact(indent int, f fact) {
	lead := []piece{{plain, strings.Repeat(" ", indent)}, {dim, f.label + strings.Repeat(" ", labelWidth-len(f.label))}}
	if f.label == reproduce {
		c.put(lead)
		c.b.WriteString(c.safe(f.line()) + "\n")
		return
	}
	c.row(lead, c.safe(f.line()))
}

// piece is text in one style.
type piece struct {
	style style
	text  string
}

// row writes lead and then text, folded at the width and indented by lead.
func (c *console) row(lead []piece, text string) {
	indent := 0
	for _, p := range lead {
		indent += columns(p.text)
	}
	c.put(lead)
	for i, line := range fold(text, c.o.Width-indent) {
		if i > 0 {
			c.b.WriteString(strings.Repeat(" ", indent))
		}
		c.b.WriteString(strings.ReplaceAll(line, noBreak, " ") + "\n")
	}
}

func (c *console) put(pieces []piece) {
	for _, p := range pieces {
		if c.o.Color && p.style != plain {
			c.b.WriteString("\x1b[" + string(p.style) + "m" + p.text + "\x1b[0m")
			continue
		}
		c.b.WriteString(p.text)
	}
}

func (c *console) blank() { c.b.WriteByte('\n') }

// text makes text of the record fit for one line of this console.
func (c *console) text(s string) string { return c.safe(Line(s)) }

func (c *console) safe(s string) string {
	if !c.o.ASCII {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < unicode.MaxASCII:
			b.WriteRune(r)
		case r == '…':
			b.WriteString("...")
		default:
			b.WriteString(escape(r))
		}
	}
	return b.String()
}

// fit cuts text to what is left of the line behind lead.
func (c *console) fit(text string, lead []piece) string {
	if c.o.Width == 0 {
		return text
	}
	room := c.o.Width
	for _, p := range lead {
		room -= columns(p.text)
	}
	if columns(text) <= room {
		return text
	}
	end := c.safe("…")
	used := len(end)
	for i, r := range text {
		if used += columns(string(r)); used > room {
			return text[:i] + end
		}
	}
	return text
}

// fold breaks text at spaces into lines of at most that many columns. A word
// that is longer stays whole, so that what is copied is whole. It folds nothing
// where there is no room to speak of.
func fold(text string, room int) []string {
	if room < 20 {
		return []string{text}
	}
	var lines []string
	line, used := "", 0
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' }) {
		n := columns(word)
		if used > 0 && used+1+n > room {
			lines = append(lines, line)
			line, used = "", 0
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+n
	}
	return append(lines, line)
}

// columns is the width of text on a terminal (UAX #11).
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case r < unicode.MaxASCII:
			n++
		case unicode.In(r, unicode.Mn, unicode.Me):
			// Drawn on the character before it.
		default:
			n++
			if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
				n++
			}
		}
	}
	return n
}
