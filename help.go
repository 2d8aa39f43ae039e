package main

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"omaspec/suites/config"
)

// usageByGroup prints the usage of a command with its options under their headings,
// in the order of the table; what is no option of a run comes last.
func usageByGroup(cmd *cobra.Command) error {
	groups, headings := map[string]*pflag.FlagSet{}, []string{}
	add := func(heading string, f *pflag.Flag) {
		if groups[heading] == nil {
			groups[heading] = pflag.NewFlagSet(heading, pflag.ContinueOnError)
			groups[heading].SortFlags = false
			headings = append(headings, heading)
		}
		groups[heading].AddFlag(f)
	}
	listed := map[string]bool{}
	for _, o := range config.Options {
		if f := cmd.Flags().Lookup(o.Name); f != nil {
			listed[o.Name] = true
			add(o.Group, f)
		}
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !listed[f.Name] {
			add("Besides", f)
		}
	})
	w := cmd.OutOrStderr()
	if _, err := fmt.Fprintf(w, "Usage:\n  %s\n", cmd.UseLine()); err != nil {
		return err
	}
	for _, heading := range headings {
		if _, err := fmt.Fprintf(w, "\n%s:\n%s", heading, groups[heading].FlagUsages()); err != nil {
			return err
		}
	}
	return nil
}
