package reports

import (
	"fmt"
	"io"
	"strings"
)

// GitHub shows ten errors and ten warnings of a step and drops the others without
// a word. This many of each are told, and one more counts the rest.
const annotationLimit = 8

// annotationText is the number of characters of an annotation's message.
const annotationText = 300

// WriteAnnotations writes the record as workflow commands of GitHub Actions: a
// notice of the verdict and of what was judged, an error for every violation that
// gates, a warning for every other one, and an error for a verdict that no
// violation explains. They name no file: GitHub looks for files in the repository
// of the workflow, where the catalogue is not. Anywhere but in a step of GitHub
// Actions (github false) it writes nothing.
func WriteAnnotations(w io.Writer, run *Run, github bool) error {
	if !github {
		return nil
	}
	v := viewOf(run)
	violations := v.violations()
	var b strings.Builder
	command(&b, "notice", []fact{{"title", "omaspec: " + string(run.Verdict)}},
		fmt.Sprintf("judged: %s; exit code %d: %s", Line(v.target()), run.ExitCode, run.Reason))
	annotate(&b, "error", violations)
	if run.ExitCode != ExitConformant && len(violations) == 0 {
		command(&b, "error", []fact{{"title", "omaspec: " + string(run.Verdict)}}, run.Reason)
	}
	annotate(&b, "warning", v.warnings())
	_, err := io.WriteString(w, b.String())
	return err
}

func annotate(b *strings.Builder, kind string, results []Result) {
	shown := min(len(results), annotationLimit)
	for _, r := range results[:shown] {
		command(b, kind, []fact{{"title", fmt.Sprintf("%s %s %s", r.ID, r.Level, r.Title)}}, headline(r))
	}
	if more := len(results) - shown; more > 0 {
		command(b, kind, []fact{{"title", "omaspec"}}, fmt.Sprintf("and %d more; see the summary of this step", more))
	}
}

// command writes one workflow command.
func command(b *strings.Builder, kind string, properties []fact, message string) {
	var list []string
	for _, p := range properties {
		list = append(list, p.label+"="+commandProperty.Replace(lineOf(p.text, annotationText)))
	}
	fmt.Fprintf(b, "::%s %s::%s\n", kind, strings.Join(list, ","), commandData.Replace(lineOf(message, annotationText)))
}

// How the values of workflow commands are escaped (actions/toolkit, command.ts).
var (
	commandData     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	commandProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)
