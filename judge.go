package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"omaspec/reports"
	"omaspec/reports/har"
	"omaspec/suites"
	"omaspec/suites/config"
)

// judging lists the options that make sense without a target.
var judging = []string{"profile", "strict", "basis", "only", "label-filter", "reading", "portal-hosts", "redirect-hosts", "allow-emails",
	"reports", "quiet", "verbose", "color"}

func newJudge() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "judge EVIDENCE",
		Short: "Judge recorded evidence again, without a network",
		Long: `Judge the exchanges in an evidence.har, or in the reports folder that holds
one, again: with the catalogue of this omaspec, and under the options of the run
that recorded them unless they are given here. Nothing is sent. Reports are
written only where --reports says so.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			flags := given(cmd.Flags())
			c, err := config.Load(config.Inputs{File: os.DevNull, Lookup: nothing, Flags: flags})
			if err != nil {
				return usage(err)
			}
			evidence, err := readEvidence(args[0])
			if err != nil {
				return usage(err)
			}
			s, err := suites.Replay(evidence, c)
			if err != nil {
				return usage(err)
			}
			s.Tool = tool()
			if _, ok := flags["reports"]; !ok {
				c.Reports = ""
			}
			return report(newScreen(cmd.OutOrStdout(), cmd.ErrOrStderr(), c), s, s.Record(s.Judge()))
		},
	}
	addOptions(cmd, judging...)
	return cmd
}

// nothing is an environment without variables: what was recorded counts.
func nothing(string) (string, bool) { return "", false }

// readEvidence reads an evidence file, or the one in a folder.
func readEvidence(path string) (har.Evidence, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, suites.EvidenceFile)
	}
	f, err := os.Open(path)
	if err != nil {
		return har.Evidence{}, err
	}
	defer func() { _ = f.Close() }()
	evidence, err := har.Read(f)
	if err != nil {
		return evidence, fmt.Errorf("%s: %w", reports.Line(path), err)
	}
	return evidence, nil
}
