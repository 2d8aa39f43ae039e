package reports

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"omaspec/fixtures/golden"
	"omaspec/fixtures/hostile"
	"omaspec/schemas"
)

// TestHostile shows in a line for each attack how it looks where it is aimed at,
// as the title of a requirement. That none does harm anywhere is what
// TestConsoleIsHarmless and its like are for.
func TestHostile(t *testing.T) {
	run := conformingRun()
	base := run.Requirements[0]
	run.Requirements = nil
	for i, h := range hostile.Texts {
		r := base
		r.ID, r.Title, r.Outcome = fmt.Sprintf("X-%02d", i), h.Text, schemas.Failed
		run.Requirements = append(run.Requirements, r)
	}
	sealed(run)
	console := titles(consoleOf(t, run, ConsoleOptions{Verbose: true}), `\n✗ (X-\d+)  MUST  (.*)`)
	page := titles(pageText(t, run, nil), `">(X-\d+)</a> (.*)</h3>`)
	shown := map[string]map[string]string{
		hostile.Terminal: console,
		hostile.Log:      {},
		hostile.Reader:   console,
		hostile.Markdown: titles(summaryOf(t, run), `\n### ❌ (X-\d+): (.*)`),
		hostile.XML:      titles(junitOf(t, run), `<testcase name="(X-\d+) ([^"]*)"`),
		hostile.HTML:     page,
		hostile.Program:  page,
	}
	for _, r := range run.Requirements { // GitHub is told of eight only
		var b strings.Builder
		annotate(&b, "error", []Result{r})
		shown[hostile.Log][r.ID] = titles([]byte(b.String()), `title=(X-\d+) MUST (.*?)::`)[r.ID]
	}
	var b strings.Builder
	for i, h := range hostile.Texts {
		fmt.Fprintf(&b, "%-35s %s\n", h, shown[h.Aim][run.Requirements[i].ID])
	}
	golden.Compare(t, "testdata/hostile.txt", []byte(b.String()))
}

// titles finds by the pattern the ids in a report, and what stands behind each.
func titles(text []byte, pattern string) map[string]string {
	found := map[string]string{}
	for _, m := range regexp.MustCompile(pattern).FindAllSubmatch(text, -1) {
		found[string(m[1])] = string(m[2])
	}
	return found
}
