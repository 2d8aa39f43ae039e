package reports

import (
	"bytes"
	"html"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"omaspec/schemas"
)

// TestEveryReportSaysWhatWasJudged looks for the target in every form in which a
// run is told.
func TestEveryReportSaysWhatWasJudged(t *testing.T) {
	console := func(o ConsoleOptions) func(*bytes.Buffer, *Run) error {
		return func(b *bytes.Buffer, run *Run) error { return WriteConsole(b, run, o) }
	}
	writers := map[string]func(*bytes.Buffer, *Run) error{
		"console":         console(ConsoleOptions{}),
		"console quiet":   console(ConsoleOptions{Quiet: true}),
		"console verbose": console(ConsoleOptions{Verbose: true}),
		"console ascii":   console(ConsoleOptions{ASCII: true, Quiet: true}),
		"JUnit":           func(b *bytes.Buffer, run *Run) error { return WriteJUnit(b, run) },
		"summary":         func(b *bytes.Buffer, run *Run) error { return WriteSummary(b, run) },
		"HTML":            func(b *bytes.Buffer, run *Run) error { return WriteHTML(b, run, nil) },
		"annotations":     func(b *bytes.Buffer, run *Run) error { return WriteAnnotations(b, run, true) },
	}
	targets := map[string]struct {
		target Target
		want   string
	}{
		"embedded": {Target{URL: "http://127.0.0.1:35121/x", Embedded: true}, "the embedded reference target"},
		"real":     {Target{URL: "https://staging.example/x"}, "https://staging.example/x"},
		"IPv6":     {Target{URL: "https://[2001:db8::1]:8443/x"}, "https://[2001:db8::1]:8443/x"},
		"hostile":  {Target{URL: "https://a.example/\x1b[31m\n::error::x"}, `https://a.example/\x1b[31m\n: :error: :x`},
	}
	unescape := strings.NewReplacer("&#58;", ":", `\\`, `\`, `\[`, "[", `\]`, "]", "%3A", ":", "%2C", ",")
	for name, c := range targets {
		for form, write := range writers {
			for _, run := range []*Run{conformingRun(), failingRun()} {
				run.Target = c.target
				var b bytes.Buffer
				if err := write(&b, sealed(run)); err != nil {
					t.Fatal(err)
				}
				text := b.String()
				if form == "summary" {
					text = unescape.Replace(text)
				}
				if !strings.Contains(html.UnescapeString(text), c.want) {
					t.Errorf("%s, %s, %s: it does not say %q\n%s", name, form, run.Verdict, c.want, text[:min(len(text), 2000)])
				}
				if last := text[strings.LastIndexByte(strings.TrimSpace(text), '\n')+1:]; strings.HasPrefix(form, "console") && !strings.Contains(last, c.want) {
					t.Errorf("%s, %s: the verdict line is %q", name, form, last)
				}
			}
		}
	}
}

func TestMerged(t *testing.T) {
	finding := func(code, where string, exchanges ...string) schemas.Finding {
		return schemas.Finding{Requirement: "AUTH-03", Issue: schemas.Issue{Code: code, Where: where, Expected: "401", Observed: "200"}, Exchanges: exchanges}
	}
	got := merged([]schemas.Finding{
		finding("a", "status line", "B01", "B02"),
		finding("a", "body", "B01"),
		finding("b", "status line", "B02", "B03"),
	})
	want := []schemas.Finding{
		finding("a", "status line", "B01", "B02", "B03"),
		finding("a", "body", "B01"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStory(t *testing.T) {
	run := failingRun()
	r := run.Requirements[2]
	for i := range 5 {
		f := r.Findings[0]
		f.Where = string(rune('a' + i))
		r.Findings = append(r.Findings, f)
	}
	r.Source = "-"
	want := []fact{
		{"at", "status line"}, {"expected", "401"}, {"observed", "200"}, {"seen in", "B04, L07/1"},
		{"and", "5 more findings"}, {"basis", "spec"}, {reproduce, run.Exchanges[2].Curl},
	}
	if diff := cmp.Diff(want, viewOf(run).story(r, 1), cmp.AllowUnexported(fact{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
