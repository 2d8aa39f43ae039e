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
			return judge(cmd, args[0], given(cmd.Flags()))
		},
	}
	addOptions(cmd, judging...)
	cmd.Flags().Lookup("reports").DefValue = "" // only where it is given
	return cmd
}

// judge judges the evidence at path. What the flags say is checked before it is
// read, which takes longer.
func judge(cmd *cobra.Command, path string, flags map[string][]string) error {
	c, err := judgingConfig(flags, nil)
	if err != nil {
		return usage(err)
	}
	if _, err := os.Stat(path); err != nil {
		return usage(fileError("EVIDENCE", err))
	}
	if err = checkApart(path, c.Folder()); err == nil {
		err = checkReports(c)
	}
	if err != nil {
		return usage(err)
	}
	recorded, err := readEvidence(path)
	if err != nil {
		return usage(err)
	}
	if c, err = judgingConfig(flags, recorded.Origin.Options); err != nil {
		return usage(err)
	}
	captured, err := session.Replay(recorded, c, tool())
	if err != nil {
		return usage(err)
	}
	signal.Ignore(syscall.SIGPIPE) // see run
	ctx, settle := interruptible(cmd.Context())
	judged := captured.Judge(ctx)
	settle()
	return report(newScreen(cmd.OutOrStdout(), cmd.ErrOrStderr(), c), c.Folder(), judged)
}

// judgingConfig is made of what was recorded, and of the flags. Reports are written
// where they say so, and nowhere else.
func judgingConfig(flags map[string][]string, recorded map[string]string) (config.Config, error) {
	c, err := config.Load(config.Inputs{File: os.DevNull, Lookup: config.NoVariables, Flags: flags, Recorded: recorded})
	if _, ok := flags["reports"]; !ok {
		c.Reports = ""
	}
	return c, err
}
