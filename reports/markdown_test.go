package reports

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"omaspec/fixtures/golden"
)

func TestSummary(t *testing.T) {
	for _, name := range []string{"conformant", "failing"} {
		golden.Compare(t, "testdata/summary/"+name+".md", summaryOf(t, samples()[name]))
	}
}

// TestSummaryOfMany has every violation and every requirement, and lists only as
// many ids of a group as somebody reads.
func TestSummaryOfMany(t *testing.T) {
	run := samples()["huge"]
	text := string(summaryOf(t, run))
	golden.Compare(t, "testdata/summary/huge.md", headAndTail([]byte(text), 24, 12))
	for what, n := range map[string]int{
		"\n### ❌ ": 80, "\n### Warnings (40)\n": 1, "\n- HTTP-": 40, " and 10 more\n": 1, "left out": 0,
	} {
		if got := strings.Count(text, what); got != n {
			t.Errorf("%q is there %d times, not %d", what, got, n)
		}
	}
	for _, r := range run.Requirements {
		if !strings.Contains(text, "\n| "+r.ID+" | ") {
			t.Errorf("%s is not in the table", r.ID)
		}
	}
}

func summaryOf(t testing.TB, run *Run) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteSummary(&b, run); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestMarkdownIsNeutral(t *testing.T) {
	tests := []struct{ in, want string }{
		{"status line: 401", "status line: 401"},
		{"D4*1D6", `D4\*1D6`},
		{"a|b", `a\|b`},
		{`a\|b`, `a\\\|b`},
		{"<script>", "&lt;script&gt;"},
		{"&lt;", "&amp;lt;"},
		{"`code`", "\\`code\\`"},
		{"[a](javascript:x)", `\[a\](javascript:x)`},
		{"![a](x)", `!\[a\](x)`},
		{"@octocat", "@&#8203;octocat"},
		{"#123", "#&#8203;123"},
		{"GH-123", "GH&#8209;123"},
		{"https://evil.example", "https&#58;//evil.example"},
		{"www.evil.example", "www&#46;evil.example"},
		{"__a__ ~~b~~", `\_\_a\_\_ \~\~b\~\~`},
		{"$x$", "&#36;x&#36;"},
		{"a\n\n# b", `a\\n\\n#&#8203; b`},
		{"\x1b[31m", `\\x1b\[31m`},
	}
	for _, test := range tests {
		if got := md(test.in); got != test.want {
			t.Errorf("md(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

// TestSummaryIsHarmless looks for markup that came with the record.
func TestSummaryIsHarmless(t *testing.T) {
	for _, a := range attacks() {
		t.Run(a.name, func(t *testing.T) { checkMarkdown(t, string(summaryOf(t, a.run))) })
	}
}

// checkMarkdown wants the markup of a summary of failingRun, and no other.
func checkMarkdown(t *testing.T, text string) {
	t.Helper()
	outside, blocks := withoutCode(text)
	if blocks != 2 {
		t.Errorf("%d code blocks, want 2", blocks)
	}
	own := regexp.MustCompile(`<br>|</?details>|</?summary>`)
	if rest := own.ReplaceAllString(outside, ""); strings.ContainsAny(strings.ReplaceAll(rest, "\n> **Notice", ""), "<>") {
		t.Error("there is a tag that is not ours")
	}
	for _, pattern := range []string{"@[a-z]", "[^&]#[0-9]", "://", "[^\\\\]`", "\x1b", "\r", "\u202e", "::"} {
		if found := regexp.MustCompile(pattern).FindString(outside); found != "" {
			t.Errorf("%q is left", found)
		}
	}
	for _, row := range regexp.MustCompile(`(?m)^\| .* \|$`).FindAllString(outside, -1) {
		cells := strings.Count(row, "|") - strings.Count(row, `\|`)
		if cells != 3 && cells != 5 {
			t.Errorf("a row has %d borders", cells)
		}
	}
}

// withoutCode leaves out the code blocks of a summary, which are one line behind a
// fence that is longer than any in that line, and counts them.
func withoutCode(text string) (outside string, blocks int) {
	outside = regexp.MustCompile("(?m)^(`{3,})sh\n(.*)\n(`{3,})\n").ReplaceAllStringFunc(text, func(block string) string {
		lines := strings.Split(block, "\n")
		if fence := lines[2]; lines[0] != fence+"sh" || strings.Contains(lines[1], fence) {
			return block
		}
		blocks++
		return ""
	})
	return outside, blocks
}

func TestSummaryStaysWithinItsBudget(t *testing.T) {
	run := hugeRun()
	for i := range run.Requirements {
		run.Requirements[i].Title = strings.Repeat("<", 1000)
	}
	text := summaryOf(t, sealed(run))
	if len(text) > SummaryBudget {
		t.Errorf("the summary has %d bytes", len(text))
	}
	if !bytes.Contains(text, []byte("NOT CONFORMANT")) || !bytes.HasSuffix(text, []byte("see report.html._\n")) {
		t.Errorf("it ends in %q", text[len(text)-200:])
	}
}

func TestWithinBudget(t *testing.T) {
	a, b := strings.Repeat("a", 100), strings.Repeat("b", 100)
	tests := []struct {
		sections []string
		budget   int
		want     string
	}{
		{[]string{a, b}, 1000, a + b},
		{[]string{a, b}, 200, a + "\n_1 section left out to keep this short; see report.html._\n"},
		{[]string{strings.Repeat("a", 300), b}, 250, b + "\n_1 section left out to keep this short; see report.html._\n"},
	}
	for _, test := range tests {
		if got := withinBudget(test.sections, test.budget); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestFence(t *testing.T) {
	if got, want := fenced("a ``` b ```` c"), "\n`````sh\na ``` b ```` c\n`````\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
