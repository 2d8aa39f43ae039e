package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"omaspec/reports"
	"omaspec/reports/evidence"
	"omaspec/suites/config"
)

func newRender() *cobra.Command {
	var format, output string
	cmd := &cobra.Command{
		Use:   "render RUN.JSON",
		Short: "Make a report of a record again",
		Long: `Make any report of a record: run.json is all that it takes. A record that is
truncated, damaged, edited without a new digest or of an unknown version is
refused, and one beside an evidence.har that is not its own.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			write, err := writerOf(format)
			if err != nil {
				return usage(err)
			}
			f, err := os.Open(args[0])
			if err != nil {
				return usage(fileError("RUN.JSON", err))
			}
			defer func() { _ = f.Close() }()
			record, err := reports.Read(f)
			if err == nil {
				err = checkBeside(args[0], record)
			}
			if err != nil {
				return usage(fmt.Errorf("%s: %w", reports.Line(args[0]), err))
			}
			if output == "" {
				return write(cmd.OutOrStdout(), record)
			}
			out, err := os.Create(output)
			if err != nil {
				return usage(fileError("--output", err))
			}
			if err := write(out, record); err != nil {
				return err
			}
			return out.Close()
		},
	}
	cmd.Flags().StringVar(&format, "format", "console", "`NAME` of the report: "+strings.Join(formatNames(), ", "))
	cmd.Flags().StringVarP(&output, "output", "o", "", "`FILE` to write instead of standard output")
	return cmd
}

// console renders the record as a run shows it in a log.
func console(w io.Writer, run *reports.Run) error {
	return reports.WriteConsole(w, run, newScreen(w, io.Discard, config.Default()).options)
}

func formatNames() []string { return append([]string{config.ConsoleFormat}, reports.FormatNames()...) }

func writerOf(format string) (func(io.Writer, *reports.Run) error, error) {
	if format == config.ConsoleFormat {
		return console, nil
	}
	i := slices.IndexFunc(reports.Formats, func(f reports.Format) bool { return f.Name == format })
	if i < 0 {
		return nil, fmt.Errorf("%s; the formats are %s", config.Unknown("format", format, formatNames()), strings.Join(formatNames(), ", "))
	}
	return func(w io.Writer, run *reports.Run) error { return reports.Formats[i].Write(w, run, nil) }, nil
}

// checkBeside refuses a record that lies beside other evidence than its own.
func checkBeside(path string, record *reports.Run) error {
	if record.Evidence == nil {
		return nil
	}
	evidence, err := readLimited(filepath.Join(filepath.Dir(path), evidence.FileName), evidence.SizeLimit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return matchEvidence(record, evidence)
}
