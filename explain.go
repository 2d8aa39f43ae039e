package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"omaspec/schemas"
	"omaspec/suites"
	"omaspec/suites/config"
	"omaspec/suites/probe"
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

func explainRequirement(w io.Writer, r schemas.Requirement, rows map[string]schemas.Row) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n\n  %s\n  %s\n\n", r.ID, r.Level, r.Title, r.Rationale)
	fmt.Fprintf(&b, "  source   %s\n  basis    %s\n  written  %s:%d, since catalogue %s\n", r.Source, r.Basis, schemas.CatalogueFile, r.Line, r.Since)
	if r.Reading != "" {
		fmt.Fprintf(&b, "  reading  %s (`omaspec list --readings`)\n", r.Reading)
	}
	b.WriteString("  answers\n")
	for _, id := range r.Covers {
		fmt.Fprintf(&b, "    %-10s %s\n", id, rows[id].Text)
	}
	judged, all := suites.Needs(r)
	b.WriteString("  judged on\n")
	switch {
	case all:
		b.WriteString("    the answers to every probe that gives occasion to it\n")
	case len(judged) == 0:
		b.WriteString("    the first connection\n")
	}
	for _, p := range probe.Catalogue() {
		if slices.Contains(judged, p.Row()) {
			fmt.Fprintf(&b, "    %-22s %s\n", p.ID, p.Title)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func explainRow(w io.Writer, row schemas.Row) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", row.ID, row.Text)
	if row.Excluded != "" {
		fmt.Fprintf(&b, "  not required: %s\n", row.Excluded)
	}
	for _, r := range schemas.Requirements().Requirements {
		if slices.Contains(r.Covers, row.ID) {
			fmt.Fprintf(&b, "  %s %s %s\n", r.ID, r.Level, r.Title)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
