package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"omaspec/reports"
	"omaspec/suites/config"
	"omaspec/suites/selftest"
)

func newSelftest() *cobra.Command {
	var asJSON, verbose bool
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Show that omaspec catches what it claims: judge targets whose faults are known",
		Long: `Judge the reference target with each of its named faults, and with each of its
conforming variants. Every fault must break exactly the requirements that it is
known to break, no variant may be failed, and every requirement must be broken
by some fault. The exit code is 0 when all of that holds, and 5 otherwise.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			collectLess()
			ctx, release := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer release()
			screen := newScreen(cmd.OutOrStdout(), cmd.ErrOrStderr(), config.Default())
			progress := newProgress(cmd.ErrOrStderr(), selftest.Size(), screen.progress("targets")).alive()
			matrix, err := selftest.Run(ctx, progress.add)
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
			if !matrix.Good() {
				return exitError{reports.ExitDefect, errors.New("the harness does not do what it claims; please report it")}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the matrix as JSON")
	cmd.Flags().BoolVar(&verbose, "verbose", false, "list every target")
	cmd.MarkFlagsMutuallyExclusive("json", "verbose")
	return cmd
}

// collectLess makes the garbage collector trade memory for time, unless GOGC says
// what it is to do: 600 targets leave garbage of which next to nothing stays, and a
// third of the time went to looking for that.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

func writeMatrix(w io.Writer, matrix selftest.Matrix, asJSON, verbose bool) error {
	if !asJSON {
		return matrix.WriteTable(w, verbose)
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(matrix)
}
