package reports

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"omaspec/fixtures/hostile"
)

func TestNeutralise(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"plain text", "status line: 401, expected 200", "status line: 401, expected 200"},
		{"line feeds stay", "a\nb", "a\nb"},
		{"other languages stay", "漢字 é ∑ ＊", "漢字 é ∑ ＊"},
		{"colour", "\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`},
		{"a title for the terminal", "\x1b]0;x\x07", `\x1b]0;x\x07`},
		{"C1 control", "a\u009bb", `a\u009bb`},
		{"next line", "a\u0085b", `a\u0085b`},
		{"return and tab", "a\rb\tc", `a\x0db\x09c`},
		{"delete", "a\x7fb", `a\x7fb`},
		{"bidi override", "\u202egpj.exe\u202c", `\u202egpj.exe\u202c`},
		{"bidi isolate", "\u2066a\u2069", `\u2066a\u2069`},
		{"zero width", "a\u200b\u200c\u200d\u2060\ufeffb", `a\u200b\u200c\u200d\u2060\ufeffb`},
		{"soft hyphen", "a\u00adb", `a\u00adb`},
		{"line separator", "a\u2028b\u2029c", `a\u2028b\u2029c`},
		{"tag characters", "a\U000e0041b", `a\U000e0041b`},
		{"variation selector", "a\ufe0fb", `a\ufe0fb`},
		{"blank letters", "a\u3164\u2800b", `a\u3164\u2800b`},
		{"private use", "\ue000", `\ue000`},
		{"not a character", "\uffff", `\uffff`},
		{"not UTF-8", "a\xff\xfeb", `a\xff\xfeb`},
		{"half a rune", "\xe6\xbc", `\xe6\xbc`},
		{"the replacement character itself", "\ufffd", "\ufffd"},

		{"GitHub", "::error::x", ": :error: :x"},
		{"GitHub, indented", "  ::add-mask::x", "  : :add-mask: :x"},
		{"GitHub, second line", "a\n::stop-commands::t", "a\n: :stop-commands: :t"},
		{"GitHub, after a return", "a\r::error::x", `a\x0d: :error: :x`},
		{"more colons", ":::::", ": : : : :"},
		{"colons behind something invisible", "\u200b::error::x", `\u200b: :error: :x`},
		{"Azure", "##vso[task.setvariable variable=a]b", "# #vso[task.setvariable variable=a]b"},
		{"Azure, inside a line", "x ##[error]b", "x # #[error]b"},
		{"more signs", "###[error]", "# # #[error]"},
		{"TeamCity", "##teamcity[message text='x']", "# #teamcity[message text='x']"},
		{"GitLab", "section_start:1560896352:x", "section_start :1560896352:x"},
		{"GitLab, end", "a section_end:1:x", "a section_end :1:x"},
		{"GitLab and GitHub", "section_start::x", "section_start : :x"},

		{"IPv6", "http://[::1]:8080/a", "http://[::1]:8080/a"},
		{"IPv6, long", "[2001:db8::ff00:42:8329]", "[2001:db8::ff00:42:8329]"},
		{"not quite IPv6", "[::error]", "[: :error]"},
		{"brackets that do not close", "[::", "[: :"},
		{"IPv6 behind signs", "##[::]", "# #[::]"},
		{"a shape", "D4*1D6", "D4*1D6"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Neutralise(test.in)
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			checkHarmless(t, got)
		})
	}
}

// checkHarmless holds what Neutralise promises against its result.
func checkHarmless(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("%q is not UTF-8", s)
	}
	for _, r := range s {
		if r != '\n' && !unicode.IsGraphic(r) {
			t.Errorf("%q holds %U", s, r)
		}
	}
	for line := range strings.SplitSeq(s, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "::") {
			t.Errorf("%q starts with a command", line)
		}
	}
	for _, mark := range []string{"##", "section_start:", "section_end:"} {
		if strings.Contains(s, mark) {
			t.Errorf("%q holds %s", s, mark)
		}
	}
	if again := Neutralise(s); again != s {
		t.Errorf("%q becomes %q the second time", s, again)
	}
}

func FuzzNeutralise(f *testing.F) {
	for _, text := range hostile.Texts {
		f.Add(text.Text)
	}
	for _, seed := range []string{hostile.All(), "", "::", "[::1]", "##[", "section_start:", "a\nb", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		checkHarmless(t, Neutralise(s))
		line := Line(s)
		checkHarmless(t, line)
		if n := utf8.RuneCountInString(line); n > lineLimit || strings.Contains(line, "\n") {
			t.Errorf("%q is not a line: %d characters", line, n)
		}
		if cell := md(s); strings.ContainsAny(cell, "<>\n") || strings.Contains(strings.ReplaceAll(cell, "@&#8203;", ""), "@") {
			t.Errorf("Markdown %q", cell)
		}
	})
}

func TestLine(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a\nb", `a\nb`},
		{"a\n::error::b", `a\n: :error: :b`},
		{strings.Repeat("a", lineLimit), strings.Repeat("a", lineLimit)},
		{strings.Repeat("漢", lineLimit+1), strings.Repeat("漢", lineLimit-1) + "…"},
		{strings.Repeat("\x00", lineLimit), strings.Repeat(`\x00`, lineLimit/4)[:lineLimit-1] + "…"},
		{strings.Repeat("a", 5<<20), strings.Repeat("a", lineLimit-1) + "…"},
	}
	for _, test := range tests {
		if got := Line(test.in); got != test.want {
			t.Errorf("Line(%.40q…) = %.40q… (%d), want %.40q… (%d)", test.in, got, len(got), test.want, len(test.want))
		}
	}
}
