package reports

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"omaspec/fixtures/golden"
)

func TestAnnotations(t *testing.T) {
	for _, name := range []string{"conformant", "failing"} {
		golden.Compare(t, "testdata/annotations/"+name+".txt", annotationsOf(t, samples()[name], true))
	}
}

func annotationsOf(t testing.TB, run *Run, github bool) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteAnnotations(&b, run, github); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAnnotationsOnlyOnGitHub(t *testing.T) {
	if got := annotationsOf(t, failingRun(), false); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

// commands counts the workflow commands by their kind, and complains about every
// line that is none of ours.
func commands(t *testing.T, text []byte) map[string]int {
	t.Helper()
	command := regexp.MustCompile(`^::(error|warning|notice) title=([^:,\r\n]*)::([^\r\n]+)$`)
	kinds := map[string]int{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		m := command.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("%q is no command of ours", line)
			continue
		}
		checkHarmless(t, m[2])
		checkHarmless(t, m[3])
		kinds[m[1]]++
	}
	return kinds
}

// TestAnnotationsAreWellFormed wants nothing but commands of ours, and not more
// of each than GitHub shows.
func TestAnnotationsAreWellFormed(t *testing.T) {
	for name, run := range samples() {
		if kinds := commands(t, annotationsOf(t, run, true)); kinds["error"] > 10 || kinds["warning"] > 10 {
			t.Errorf("%s: %v", name, kinds)
		}
	}
}

// TestAnnotationsAreHarmless wants the same commands whatever the texts.
func TestAnnotationsAreHarmless(t *testing.T) {
	want := commands(t, annotationsOf(t, failingRun(), true))
	for _, a := range attacks() {
		t.Run(a.name, func(t *testing.T) {
			if diff := cmp.Diff(want, commands(t, annotationsOf(t, a.run, true))); diff != "" {
				t.Errorf("commands (-harmless +hostile):\n%s", diff)
			}
		})
	}
}

// TestAnnotationsOfMany counts what GitHub would drop without a word.
func TestAnnotationsOfMany(t *testing.T) {
	text := annotationsOf(t, samples()["huge"], true)
	if diff := cmp.Diff(map[string]int{"notice": 1, "error": 9, "warning": 9}, commands(t, text)); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	for _, want := range []string{
		"::error title=omaspec::and 72 more; see the summary of this step\n::warning title=HTTP-006 ",
		"::warning title=omaspec::and 32 more; see the summary of this step\n",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q", want)
		}
	}
}

func TestAnnotationsTellOfAVerdictWithoutViolation(t *testing.T) {
	run := conformingRun()
	run.Stopped = "The target cannot be reached: check 100% of the URL."
	want := "::error title=omaspec%3A inconclusive::The target cannot be reached: check 100%25 of the URL.\n"
	if got := string(annotationsOf(t, sealed(run), true)); !strings.HasSuffix(got, "\n"+want) || strings.Count(got, "::error") != 1 {
		t.Errorf("got %q, want %q at its end", got, want)
	}
}
