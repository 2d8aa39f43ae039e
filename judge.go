package main

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"omaspec/suites/config"
	"omaspec/suites/session"
)

// judging lists the options that make sense without a target. Those that name hosts
// or addresses do not: in evidence, names are rewritten.
var judging = []string{"profile", "strict", "basis", "only", "label-filter", "reading",
	"reports", "format", "quiet", "verbose", "color"}

func newJudge() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "judge EVIDENCE",
		Short: "Judge recorded evidence again, without a network",
		Long: `Judge the exchanges in an evidence.har, or in the reports folder or ZIP file
that holds exactly one, again: with the catalogue of this omaspec, and under the options of the run
that recorded them unless they are given here. Nothing is sent. Reports are
written only where --reports says so, and never over the evidence itself; with
--reports - one is printed. A run.json beside the evidence has to name its digest.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			flags := given(cmd.Flags())
			// Options are checked before the evidence is read, which takes longer.
			c, err := config.Load(config.Inputs{File: os.DevNull, Lookup: config.NoVariables, Flags: flags})
			if err != nil {
				return usage(err)
			}
			if _, err := os.Stat(args[0]); err != nil {
				return usage(fileError("EVIDENCE", err))
			}
			if _, ok := flags["reports"]; !ok {
				c.Reports = ""
			} else if err := checkApart(args[0], c.Reports); err != nil {
				return usage(err)
			} else if err := checkReports(c); err != nil {
				return usage(err)
			}
			recorded, err := readEvidence(args[0])
			if err != nil {
				return usage(err)
			}
			reports := c.Reports
			if c, err = config.Load(config.Inputs{File: os.DevNull, Lookup: config.NoVariables, Flags: flags, Recorded: recorded.Origin.Options}); err != nil {
				return usage(err)
			}
			c.Reports = reports
			captured, err := session.Replay(recorded, c, tool())
			if err != nil {
				return usage(err)
			}
			signal.Ignore(syscall.SIGPIPE) // see run
			ctx, settle := interruptible(cmd.Context())
			judged := captured.Judge(ctx)
			settle()
			return report(newScreen(cmd.OutOrStdout(), cmd.ErrOrStderr(), c), judged)
		},
	}
	addOptions(cmd, judging...)
	cmd.Flags().Lookup("reports").DefValue = "" // only where it is given
	return cmd
}
