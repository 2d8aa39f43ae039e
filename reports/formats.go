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
	Name  string // as `omaspec render --format` takes it
	File  string // in the reports folder
	Write func(io.Writer, *Run) error
}

// Formats are all reports that are made of a record.
var Formats = []Format{
	{"json", "run.json", writeJSON},
	{"junit", "junit.xml", WriteJUnit},
	{"markdown", "summary.md", WriteSummary},
	{"html", "report.html", WriteHTML},
}

// Render makes every report of a sealed record. The redacted bodies of responses,
// by exchange id, go into the report for people; there may be none.
func Render(run *Run, bodies map[string]Excerpt) ([]Artefact, error) {
	all := make([]Artefact, len(Formats))
	var group errgroup.Group
	for i, f := range Formats {
		write := f.Write
		if f.Name == "html" {
			write = func(w io.Writer, run *Run) error { return WriteHTMLWith(w, run, bodies) }
		}
		group.Go(defect.Guard(func() error {
			var b bytes.Buffer
			if err := write(&b, run); err != nil {
				return fmt.Errorf("write %s: %w", f.File, err)
			}
			all[i] = Artefact{Name: f.File, Bytes: b.Bytes()}
			return nil
		}))
	}
	return all, group.Wait()
}
