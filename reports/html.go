package reports

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"sync"

	"omaspec/schemas"
)

// WriteHTML writes the record as report.html: one page that needs no other file,
// and that can be read with neither script nor style. Its script filters, copies,
// unfolds and changes the theme; its Content-Security-Policy allows that script
// and that style by their digest (CSP Level 3, 2.3.1), and nothing else.
//
// No text of the record can become an element or an attribute, and whatever is
// invisible in it is shown as an escape: see Line.
//
// Of the redacted bodies of responses, by exchange id, those that show a violation
// are on the page, as far as there is room.
func WriteHTML(w io.Writer, run *Run, bodies map[string]Excerpt) error {
	p, err := pageOf(run, bodies)
	if err != nil {
		return err
	}
	return htmlTemplate().Execute(w, p)
}

// Excerpt is the beginning of a response's body, or all of it.
type Excerpt struct {
	// Text is redacted already. The page shows its first 32 KiB.
	Text string
	// Size of the whole body in bytes.
	Size int
}

var (
	//go:embed html/report.tmpl
	htmlText string
	//go:embed html/report.css
	htmlStyle string
	//go:embed html/report.js
	htmlScript string
)

var htmlTemplate = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("report").Parse(htmlText))
})

// htmlPolicy is the page's Content-Security-Policy. The directives that say who
// may frame the page have no effect in a meta element, so they are not there.
func htmlPolicy() string {
	return "default-src 'none'; style-src '" + digestSource(htmlStyle) + "'; script-src '" + digestSource(htmlScript) +
		"'; img-src data:; base-uri 'none'; form-action 'none'"
}

// digestSource is the source expression that allows an inline element with
// exactly that text.
func digestSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// shown is text that is fit for the page. What comes from a record becomes shown
// by show alone, so that the compiler finds what was forgotten.
type shown string

func show(s string) shown { return shown(Line(s)) }

func showAll(texts []string) []shown {
	var out []shown
	for _, s := range texts {
		out = append(out, show(s))
	}
	return out
}

// page is what the template shows, from the top to the bottom. A part that is
// empty or nil is left out.
type page struct {
	Policy  string
	Style   template.CSS
	Script  template.JS
	Title   shown
	Product shown

	Verdict  state
	ExitCode int
	Reason   shown
	Notices  []shown
	Facts    []labelled
	Total    int
	Tally    []tallied
	Gates    []gate

	Violated      []card
	Inconclusive  *grouped
	NotExercised  *grouped
	Unsent        *unsentGroups
	Warned        []card
	Coverage      coverage
	Questions     *questions
	Readings      []readingRow
	Timings       *timings
	Passed        []row
	NotApplicable *grouped
	Environment   []labelled
	Exchanges     []exchangeRow
	Ordinary      shown // request line
	Bodies        *bodyTexts
	Limits        []shown
	Digest        shown
}

func pageOf(run *Run, bodies map[string]Excerpt) (page, error) {
	b := builderOf(run)
	questions, err := b.questions()
	violated := b.violations()
	texts := b.bodyTexts(bodies) // before the cards, which refer to them
	return page{
		Policy: htmlPolicy(), Style: template.CSS(htmlStyle), Script: template.JS(htmlScript),
		Title:   show(verdictWords[run.Verdict] + " · " + b.host() + " · omaspec"),
		Product: show("omaspec " + run.Tool.Version),

		Verdict:  b.verdict(),
		ExitCode: run.ExitCode,
		Reason:   show(run.Reason),
		Notices:  showAll(warningsOf(run)),
		Facts:    b.facts(),
		Total:    len(run.Requirements),
		Tally:    b.tallied(),
		Gates:    b.gates(),

		Violated:      b.cards(violated, len(violated) <= htmlUnfolded),
		Inconclusive:  b.grouped(schemas.Inconclusive),
		NotExercised:  b.grouped(schemas.NotExercised),
		Unsent:        unsentGroupsOf(run.Unsent),
		Warned:        b.cards(b.warnings(), false),
		Coverage:      coverageOf(run.Requirements),
		Questions:     questions,
		Readings:      readingsOf(run.Settings.Readings),
		Timings:       timingsOf(run.Exchanges),
		Passed:        b.rows(b.selected(func(r Result) bool { return r.Outcome == schemas.Passed })),
		NotApplicable: b.grouped(schemas.NotApplicable),
		Environment:   b.environment(),
		Exchanges:     b.exchanges,
		Ordinary:      show(b.ordinary()),
		Bodies:        texts,
		Limits:        showAll(b.limits()),
		Digest:        show(run.Footer.SHA256),
	}, err
}
