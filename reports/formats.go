package reports

import (
	"bytes"
	"fmt"
	"io"

	"golang.org/x/sync/errgroup"

	"omaspec/reports/defect"
)

// Format is a report that is made of a record.
type Format struct {
	Name string // as `omaspec render --format` takes it
	File string // in the reports folder
	// Write writes it. bodies are the redacted bodies of responses, by exchange id, as
	// far as they are known; most reports have no use for them.
	Write func(w io.Writer, run *Run, bodies map[string]Excerpt) error
}

// Formats are all reports that are made of a record.
var Formats = []Format{
	{"json", "run.json", withoutBodies(writeJSON)},
	{"junit", "junit.xml", withoutBodies(WriteJUnit)},
	{"markdown", "summary.md", withoutBodies(WriteSummary)},
	{"html", "report.html", WriteHTML},
}

func withoutBodies(write func(io.Writer, *Run) error) func(io.Writer, *Run, map[string]Excerpt) error {
	return func(w io.Writer, run *Run, _ map[string]Excerpt) error { return write(w, run) }
}

// FormatNames are the names of Formats.
func FormatNames() []string {
	names := make([]string, len(Formats))
	for i, f := range Formats {
		names[i] = f.Name
	}
	return names
}

// Render makes every report of a sealed record, with the redacted bodies of
// responses, by exchange id; there may be none.
func Render(run *Run, bodies map[string]Excerpt) ([]Artefact, error) {
	all := make([]Artefact, len(Formats))
	var group errgroup.Group
	for i, f := range Formats {
		group.Go(defect.Guard(func() error {
			var b bytes.Buffer
			if err := f.Write(&b, run, bodies); err != nil {
				return fmt.Errorf("write %s: %w", f.File, err)
			}
			all[i] = Artefact{Name: f.File, Bytes: b.Bytes()}
			return nil
		}))
	}
	return all, group.Wait()
}
