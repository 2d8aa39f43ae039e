package config

import (
	"errors"

	"omaspec/reports"
)

// StandardOutput takes the place of a reports folder: then no folder is written,
// and standard output holds one report, in Config.Format, and nothing else.
const StandardOutput = "-"

// ConsoleFormat is the format in which a run is shown to people.
const ConsoleFormat = "console"

// formats are those of the one report.
var formats = append([]string{ConsoleFormat}, reports.FormatNames()...)

// Folder is the reports folder, or "" where none is to be written.
func (c Config) Folder() string {
	if c.ToStandardOutput() {
		return ""
	}
	return c.Reports
}

// ToStandardOutput tells whether standard output is for one report alone.
func (c Config) ToStandardOutput() bool { return c.Reports == StandardOutput }

// checkOutput refuses a format that nothing is written in.
func (c Config) checkOutput() error {
	if c.Format != ConsoleFormat && !c.ToStandardOutput() {
		return errors.New("--format says what --reports - prints, and a folder holds every format; give --reports - as well, or leave it out")
	}
	return nil
}
