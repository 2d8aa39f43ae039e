package reports

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"omaspec/fixtures/golden"
	"omaspec/fixtures/hostile"
)

func TestConsole(t *testing.T) {
	forms := map[string]ConsoleOptions{
		"tty":     {Color: true, Width: 100},
		"plain":   {},
		"ascii":   {ASCII: true, Width: 80},
		"quiet":   {Quiet: true},
		"verbose": {Verbose: true},
	}
	for _, name := range []string{"conformant", "failing"} {
		for form, o := range forms {
			o.Folder = "reports/latest"
			golden.Compare(t, "testdata/console/"+name+"."+form+".txt", consoleOf(t, samples()[name], o))
		}
	}
}

// TestConsoleOfMany shows ten violations in full, twenty more in a line and ten warnings
// in two, counts the others, and leaves none out where -v asks for all.
func TestConsoleOfMany(t *testing.T) {
	run := samples()["huge"]
	text := consoleOf(t, run, ConsoleOptions{Folder: "reports/latest"})
	golden.Compare(t, "testdata/console/huge.txt", headAndTail(text, 14, 13))
	for _, want := range []string{
		"\nMore violations, told in full by -v (70)\n", "\n  and 50 more, shown by -v\n",
		"\nWarnings, which do not gate (40)\n", "\n  and 30 more, shown by -v\n",
		"\nInconclusive (40)\n", ", HTTP-117 and 28 more\n", "\nNot exercised (40)\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q", want)
		}
	}
	told := func(text []byte) (full, lines int) {
		return bytes.Count(text, []byte("\n    reproduce  ")), bytes.Count(text, []byte("\n"))
	}
	if full, lines := told(text); full != 10 || lines > 160 {
		t.Errorf("%d violations in full, in %d lines", full, lines)
	}
	verbose := consoleOf(t, run, ConsoleOptions{Verbose: true})
	if full, _ := told(verbose); full != 120 {
		t.Errorf("-v tells %d violations and warnings in full", full)
	}
	for _, r := range run.Requirements {
		if !bytes.Contains(verbose, []byte(" "+r.ID+"  "+string(r.Level)+"  "+r.Title+"\n")) {
			t.Errorf("-v does not show %s", r.ID)
		}
	}
	if bytes.Contains(verbose, []byte("shown by -v")) {
		t.Error("-v refers to -v")
	}
}

func consoleOf(t testing.TB, run *Run, o ConsoleOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteConsole(&b, run, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestConsoleIsHarmless shows the hostile records in every form.
func TestConsoleIsHarmless(t *testing.T) {
	for _, a := range attacks() {
		for _, o := range []ConsoleOptions{
			{}, {Verbose: true}, {Quiet: true}, {Width: 20}, {Width: 60, Verbose: true}, {Width: 100, Color: true}, {ASCII: true, Width: 80},
		} {
			t.Run(fmt.Sprintf("%s/%+v", a.name, o), func(t *testing.T) {
				o.Folder = "reports/latest" + a.text
				text := string(consoleOf(t, a.run, o))
				if o.Color {
					text = colour.ReplaceAllString(text, "")
				}
				checkHarmless(t, text)
				if o.ASCII && strings.ContainsFunc(text, func(r rune) bool { return r > 0x7e }) {
					t.Error("not ASCII")
				}
			})
		}
	}
}

// TestConsoleFolds wants no line wider than the terminal, but for words that
// cannot be broken and for the command lines.
func TestConsoleFolds(t *testing.T) {
	for _, width := range []int{60, 80, 100, 132} {
		for line := range strings.Lines(string(consoleOf(t, failingRun(), ConsoleOptions{Width: width, Color: true}))) {
			line = colour.ReplaceAllString(strings.TrimSuffix(line, "\n"), "")
			if columns(line) > width && !strings.Contains(line, sampleURL) {
				t.Errorf("%d columns: %q", width, line)
			}
			if strings.TrimRight(line, " ") != line {
				t.Errorf("%q ends in a space", line)
			}
		}
	}
}

// TestConsoleEndsInTheSummary wants one last line in a log, whatever the run.
func TestConsoleEndsInTheSummary(t *testing.T) {
	for name, run := range samples() {
		for _, o := range []ConsoleOptions{{}, {Quiet: true}, {Verbose: true}} {
			lines := strings.Split(strings.TrimSuffix(string(consoleOf(t, run, o)), "\n"), "\n")
			last := lines[len(lines)-1]
			if !strings.HasPrefix(last, verdictWords[run.Verdict]+" · ") || !strings.Contains(last, " passed · ") || !strings.Contains(last, " · exit ") {
				t.Errorf("%s: the last line is %q", name, last)
			}
		}
	}
}

func TestConsoleShoutsNotices(t *testing.T) {
	run := failingRun()
	run.Stopped = "The valid token is refused."
	for _, o := range []ConsoleOptions{{}, {Quiet: true}, {Verbose: true}} {
		text := string(consoleOf(t, sealed(run), o))
		for _, want := range append(slices.Clone(run.Notices), run.Stopped) {
			if !strings.Contains(text, "! NOTICE "+want) {
				t.Errorf("%+v: %q is not shouted", o, want)
			}
		}
	}
}

func TestConsoleNamesTheSettings(t *testing.T) {
	run := failingRun()
	run.Settings.Profile, run.Settings.Strict, run.Settings.Basis = ProfileAcceptance, true, BasisSpec
	run.Settings.Only, run.Settings.LabelFilter = []string{"AUTH-03"}, "MUST"
	want := "settings   profile acceptance, strict, basis spec, only AUTH-03, label filter MUST\n"
	if text := string(consoleOf(t, run, ConsoleOptions{})); !strings.Contains(text, want) {
		t.Errorf("no %q in\n%s", want, text)
	}
}

func TestFold(t *testing.T) {
	tests := []struct {
		text string
		room int
		want []string
	}{
		{"", 40, []string{""}},
		{"one two", 40, []string{"one two"}},
		{"one two three four five", 20, []string{"one two three four", "five"}},
		{"one two three four five", 19, []string{"one two three four five"}}, // no room to speak of
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa b", 20, []string{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "b"}},
		{"a" + noBreak + "b c d e f g h i j k", 20, []string{"a" + noBreak + "b c d e f g h i j", "k"}},
		{"漢字漢字 漢字漢字 漢字", 20, []string{"漢字漢字 漢字漢字", "漢字"}},
	}
	for _, test := range tests {
		if got := fold(test.text, test.room); !slices.Equal(got, test.want) {
			t.Errorf("fold(%q, %d) = %q, want %q", test.text, test.room, got, test.want)
		}
	}
}

func TestColumns(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 3, "é": 1, "e\u0301": 1, "漢字": 4, "✗ ▲": 3, "ｆ": 2} {
		if got := columns(text); got != want {
			t.Errorf("columns(%q) = %d, want %d", text, got, want)
		}
	}
}

func BenchmarkWriters(b *testing.B) {
	writers := map[string]func(*Run) error{
		"console": func(r *Run) error { return WriteConsole(io.Discard, r, ConsoleOptions{Width: 100, Color: true}) },
		"verbose": func(r *Run) error { return WriteConsole(io.Discard, r, ConsoleOptions{Verbose: true}) },
		"junit":   func(r *Run) error { return WriteJUnit(io.Discard, r) },
		"summary": func(r *Run) error { return WriteSummary(io.Discard, r) },
		"record":  func(r *Run) error { _, err := Encode(r); return err },
	}
	for name, run := range map[string]*Run{"conformant": conformingRun(), "huge": hugeRun()} {
		for form, write := range writers {
			b.Run(form+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if err := write(run); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkRead(b *testing.B) {
	text := encoded(b, hugeRun())
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(bytes.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNeutralise(b *testing.B) {
	for name, text := range map[string]string{"plain": strings.Repeat("status line: 401 ", 20), "hostile": hostile.All()} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				Neutralise(text)
			}
		})
	}
}
