package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"omaspec/schemas"
	"omaspec/suites/probe"
	"omaspec/suites/session"
)

func newList() *cobra.Command {
	var filter string
	var asJSON, probes, readings bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the requirements, the probes or the readings",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := session.Select(nil, filter)
			if err != nil {
				return usage(err)
			}
			out := cmd.OutOrStdout()
			switch {
			case probes:
				return listProbes(out)
			case readings:
				return listReadings(out)
			case asJSON:
				encoder := json.NewEncoder(out)
				encoder.SetIndent("", "  ")
				return encoder.Encode(chosen)
			}
			return listRequirements(out, chosen)
		},
	}
	cmd.Flags().StringVar(&filter, "label-filter", "", "list only what a Ginkgo label filter chooses")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the requirements as JSON")
	cmd.Flags().BoolVar(&probes, "probes", false, "list the probes instead")
	cmd.Flags().BoolVar(&readings, "readings", false, "list the readings instead")
	cmd.MarkFlagsMutuallyExclusive("json", "probes", "readings")
	return cmd
}

func listRequirements(w io.Writer, chosen []schemas.Requirement) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range chosen {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", r.ID, r.Level, r.Basis, r.Title)
	}
	return table.Flush()
}

func listProbes(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, p := range probe.Catalogue() {
		fmt.Fprintf(table, "%s\t%s\t%s\n", p.ID, cmp.Or(p.Group, probe.GroupDefault), p.Title)
	}
	return table.Flush()
}

func listReadings(w io.Writer) error {
	for _, r := range schemas.AllReadings {
		values := strings.Join(r.Values, ", ")
		if values == "" {
			values = "a date"
		}
		if _, err := fmt.Fprintf(w, "%s (%s; default %s; rows %s)\n    %s\n", r.Name, values, r.Default, strings.Join(r.Rows, ", "), r.Meaning); err != nil {
			return err
		}
	}
	return nil
}
