package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"omaspec/schemas"
	"omaspec/suites"
	"omaspec/suites/config"
	"omaspec/suites/probe"
	"omaspec/suites/selftest"
)

func newExplain() *cobra.Command {
	return &cobra.Command{
		Use:   "explain ID",
		Short: "Explain a requirement (AUTH-03) or a contract question (A7, M01)",
		Args:  cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return requirementIDs(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			id := strings.ToUpper(args[0])
			rows, err := schemas.Rows()
			if err != nil {
				return err
			}
			if r, ok := schemas.Requirements().Find(id); ok {
				return explainRequirement(cmd.OutOrStdout(), r, rows)
			}
			if row, ok := rows[id]; ok {
				return explainRow(cmd.OutOrStdout(), row)
			}
			return usage(fmt.Errorf("%s; `omaspec list` shows all", config.Unknown("requirement or row", args[0], requirementIDs())))
		},
	}
}

func requirementIDs() []string {
	var ids []string
	for _, r := range schemas.Requirements().Requirements {
		ids = append(ids, r.ID)
	}
	return ids
}

// explainRequirement says what a requirement is, where it is judged, by which
// answers, and which faults show that it can fail.
func explainRequirement(w io.Writer, r schemas.Requirement, rows map[string]schemas.Row) error {
	breaking, err := selftest.Breaking(r.ID)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n\n  %s\n  %s\n\n", r.ID, r.Level, r.Title, r.Rationale)
	fmt.Fprintf(&b, "  source   %s\n  basis    %s\n  written  %s:%d, since catalogue %s\n  judged   %s\n", r.Source, r.Basis, schemas.CatalogueFile, r.Line, r.Since, judgedBy(r))
	if r.Reading != "" {
		fmt.Fprintf(&b, "  reading  %s (`omaspec list --readings`)\n", r.Reading)
	}
	looked, all := suites.Needs(r)
	if all {
		b.WriteString("           on the answers to every probe that gives occasion to it\n")
	}
	b.WriteString("\n  rows and their probes\n")
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, id := range union(r.Covers, looked) {
		fmt.Fprintf(table, "    %s\t%s\n", id, rows[id].Text)
		writeProbes(table, id, "      ")
	}
	if len(breaking) > 0 {
		fmt.Fprint(table, "\n  faults that break it\n")
	}
	for _, f := range breaking {
		fmt.Fprintf(table, "    %s\t%s\n", f.Name, f.Summary)
	}
	table.Flush()
	_, err = io.WriteString(w, b.String())
	return err
}

// judgedBy names what judges a requirement: its verb, or the file of its family.
func judgedBy(r schemas.Requirement) string {
	if r.Judge != "" {
		return r.Judge + ": " + schemas.Verbs[r.Judge]
	}
	return "suites/" + familyFiles[r.Family()]
}

// familyFiles are the files with the judges of each family.
var familyFiles = map[string]string{
	"AUTH": "auth.go", "STATUS": "status.go", "BODY": "body.go", "MASK": "mask.go", "HTTP": "http.go", "ISOL": "isolation.go",
}

// union returns a, and what of b it lacks.
func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// writeProbes lists what is sent for a row.
func writeProbes(table *tabwriter.Writer, row, indent string) {
	for _, p := range probe.Catalogue() {
		if p.Row() == row {
			fmt.Fprintf(table, "%s%s\t%s\n", indent, p.ID, p.Title)
		}
	}
}

// explainRow says what a contract question asks, what is sent for it, and which
// requirements answer it.
func explainRow(w io.Writer, row schemas.Row) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", row.ID, row.Text)
	if row.Excluded != "" {
		fmt.Fprintf(&b, "  not required: %s\n", row.Excluded)
	}
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	writeProbes(table, row.ID, "  ")
	for _, r := range schemas.Requirements().Requirements {
		if slices.Contains(r.Covers, row.ID) {
			fmt.Fprintf(table, "  %s\t%s %s\n", r.ID, r.Level, r.Title)
		}
	}
	table.Flush()
	_, err := io.WriteString(w, b.String())
	return err
}
