package main

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

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
		Long: `Judge the exchanges in an evidence.har, or in the reports folder or ZIP file
that holds one, again: with the catalogue of this omaspec, and under the options of the run
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
			if _, gone := os.Stat(args[0]); gone != nil {
				return usage(fileError("EVIDENCE", gone))
			}
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

// readEvidence reads an evidence file, or the one in a folder or in a bundle,
// which is a ZIP file of a reports folder.
func readEvidence(path string) (har.Evidence, error) {
	f, err := openEvidence(path)
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

func openEvidence(path string) (io.ReadCloser, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, suites.EvidenceFile)
	}
	if !strings.EqualFold(filepath.Ext(path), ".zip") {
		return os.Open(path)
	}
	bundle, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("%s is no bundle: %w", reports.Line(path), err)
	}
	for _, entry := range bundle.File {
		if filepath.Base(entry.Name) == suites.EvidenceFile {
			f, err := entry.Open()
			return bundled{f, bundle}, err
		}
	}
	_ = bundle.Close()
	return nil, fmt.Errorf("%s holds no %s", reports.Line(path), suites.EvidenceFile)
}

// bundled is a file in a bundle that is open as long as the file is.
type bundled struct {
	io.ReadCloser
	bundle *zip.ReadCloser
}

func (b bundled) Close() error { return errors.Join(b.ReadCloser.Close(), b.bundle.Close()) }
