package reports

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
)

func TestAnnotations(t *testing.T) {
	for name, run := range samples(t) {
		t.Run(name, func(t *testing.T) {
			golden(t, "annotations/"+name+".txt", annotationsOf(t, run, true))
		})
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

// TestAnnotationsAreWellFormed wants nothing but commands of ours, and not more
// of each than GitHub shows.
func TestAnnotationsAreWellFormed(t *testing.T) {
	command := regexp.MustCompile(`^::(error|warning|notice) title=[^:,\r\n]*::[^\r\n]+$`)
	for name, run := range samples(t) {
		kinds := map[string]int{}
		for line := range strings.Lines(string(annotationsOf(t, run, true))) {
			line = strings.TrimSuffix(line, "\n")
			m := command.FindStringSubmatch(line)
			if m == nil {
				t.Errorf("%s: %q", name, line)
				continue
			}
			kinds[m[1]]++
		}
		if kinds["error"] > 10 || kinds["warning"] > 10 {
			t.Errorf("%s: %v", name, kinds)
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
