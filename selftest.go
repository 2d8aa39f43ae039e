package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"omaspec/reports"
	"omaspec/suites/config"
	"omaspec/suites/selftest"
)

func newSelftest() *cobra.Command {
	var asJSON, verbose bool
	cmd := &cobra.Command{
		Use:   "selftest [NAME...]",
		Short: "Show that omaspec catches what it claims: judge targets whose faults are known",
		Long: `Judge the reference target with each of its named faults, and with each of its
conforming variants. Every fault must break exactly the requirements that it is
known to break, no variant may be failed, and every requirement must be broken
by some fault. The exit code is 0 when all of that holds, and 5 otherwise.

With names only those faults and variants are judged; auth stands for all whose
names begin with "auth.". "omaspec serve --list-faults" shows all, and
"omaspec explain ID" those that break a requirement.`,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return selftest.Names(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, names []string) error {
			targets, err := selftest.Choose(names...)
			if err != nil {
				return usage(fmt.Errorf("%w; `omaspec serve --list-faults` shows all", err))
			}
			collectLess(400) // 600 targets leave garbage of which next to nothing stays
			ctx, release := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer release()
			screen := newScreen(cmd.OutOrStdout(), cmd.ErrOrStderr(), config.Default())
			progress := newProgress(cmd.ErrOrStderr(), targets.Len(), screen.progress("targets")).alive()
			matrix, err := targets.Judge(ctx, progress.add)
			progress.finish()
			switch {
			case ctx.Err() != nil:
				return exitError{reports.ExitInterrupted, errors.New("interrupted")}
			case err != nil:
				return exitError{reports.ExitDefect, err}
			}
			if err := writeMatrix(cmd.OutOrStdout(), matrix, asJSON, verbose); err != nil {
				return err
			}
			return whether(matrix)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the matrix as JSON")
	cmd.Flags().BoolVar(&verbose, "verbose", false, "list every target")
	cmd.MarkFlagsMutuallyExclusive("json", "verbose")
	return cmd
}

// whether is no error where the matrix is as it has to be.
func whether(matrix selftest.Matrix) error {
	if matrix.Good() {
		return nil
	}
	return exitError{reports.ExitDefect, errors.New("the harness does not do what it claims; please report it")}
}

func writeMatrix(w io.Writer, matrix selftest.Matrix, asJSON, verbose bool) error {
	if !asJSON {
		return matrix.WriteTable(w, verbose)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(matrix)
}
