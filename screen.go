package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"

	"omaspec/reports"
	"omaspec/suites/config"
	"omaspec/suites/probe"
	"omaspec/suites/session"
)

// screen is where a run is shown: a terminal that a person looks at, or the log
// of a CI job.
type screen struct {
	out, err io.Writer
	config   config.Config
	options  reports.ConsoleOptions
	live     bool // progress may move on stderr
	github   bool
}

func newScreen(out, err io.Writer, c config.Config) *screen {
	terminal := isTerminal(out)
	ci := os.Getenv("CI") != ""
	return &screen{
		out: out, err: err, config: c,
		live:   isTerminal(err) && !ci && !c.Quiet && os.Getenv("TERM") != "dumb",
		github: os.Getenv("GITHUB_ACTIONS") == "true",
		options: reports.ConsoleOptions{
			Color: coloured(c.Color, terminal), ASCII: !utf8Locale(), Width: columns(out),
			Quiet: c.Quiet, Verbose: c.Verbose, Folder: c.Folder(),
		},
	}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// coloured follows --color, then NO_COLOR, then what the output is.
func coloured(when string, terminal bool) bool {
	switch {
	case when != "auto":
		return when == "always"
	case os.Getenv("NO_COLOR") != "", os.Getenv("TERM") == "dumb":
		return false
	}
	return terminal
}

// utf8Locale tells whether the locale says UTF-8. A CI job often has no locale
// at all, and its log shows UTF-8.
func utf8Locale() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := os.Getenv(name); value != "" {
			value = strings.ToLower(value)
			return strings.Contains(value, "utf-8") || strings.Contains(value, "utf8")
		}
	}
	return os.Getenv("CI") != ""
}

// columns is the width of a terminal, and 0 for anything else.
func columns(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			return width
		}
	}
	return 0
}

// begin says what is about to be sent, before the first request, and starts the
// progress.
func (s *screen) begin(plan *session.Plan) *progress {
	requests := len(plan.Preview().Requests)
	w := s.err
	if s.config.Quiet {
		w = io.Discard
	}
	fmt.Fprintf(w, "omaspec: up to %d requests to %s, %s at a time\n", requests, reports.Line(s.target()), atATime(s.config))
	return newProgress(w, requests, s.progress("requests")).alive()
}

// waiting says that the target may have to come up first, and returns what tells, from
// time to time, why it is not up.
func (s *screen) waiting() (tell func(why string)) {
	if s.config.Quiet || s.config.Wait == 0 {
		return func(string) {}
	}
	started := time.Now()
	last := started
	fmt.Fprintf(s.err, "omaspec: waiting until %s is up, up to %s\n", reports.Line(s.target()), s.config.Wait)
	return func(why string) {
		if now := time.Now(); now.Sub(last) >= beatEvery {
			last = now
			fmt.Fprintf(s.err, "omaspec: not up after %.0f s: %s\n", now.Sub(started).Seconds(), why)
		}
	}
}

// atATime says how many requests are sent at a time.
func atATime(c config.Config) string {
	if c.Concurrency > 0 {
		return strconv.Itoa(c.Concurrency)
	}
	return fmt.Sprintf("%d to %d", probe.StartInFlight, probe.MostInFlight)
}

func (s *screen) progress(unit string) progressOptions {
	return progressOptions{unit: unit, terminal: s.live, ascii: s.options.ASCII, now: time.Now}
}

func (s *screen) target() string {
	if s.config.Embedded() {
		return "the embedded reference target"
	}
	return s.config.Target
}

// show prints the record for people, and for GitHub Actions when running there.
// Its error is that of standard output. Where that is for one report alone, people
// and GitHub are told on standard error, which its runner reads as well.
func (s *screen) show(record *reports.Run, artefacts []reports.Artefact) error {
	s.summarise(record)
	if !s.config.ToStandardOutput() {
		if err := reports.WriteConsole(s.out, record, s.options); err != nil {
			return err
		}
		return reports.WriteAnnotations(s.out, record, s.github)
	}
	_ = reports.WriteAnnotations(s.err, record, s.github)
	if s.config.Format == config.ConsoleFormat {
		return reports.WriteConsole(s.out, record, s.options)
	}
	_ = reports.WriteConsole(s.err, record, reports.ConsoleOptions{
		Quiet: true, ASCII: s.options.ASCII, Width: columns(s.err), Color: coloured(s.config.Color, isTerminal(s.err)),
	})
	return printReport(s.out, artefacts, s.config.Format)
}

// printReport prints the report in that format.
func printReport(w io.Writer, artefacts []reports.Artefact, format string) error {
	for _, f := range reports.Formats {
		for _, a := range artefacts {
			if f.Name == format && a.Name == f.File {
				_, err := w.Write(a.Bytes)
				return err
			}
		}
	}
	return fmt.Errorf("there is no report in the format %s", format)
}

// summarise adds the summary to that of the step of GitHub Actions. It only tells
// of the result, so it changes nothing where it cannot be written.
func (s *screen) summarise(record *reports.Run) {
	path := os.Getenv("GITHUB_STEP_SUMMARY")
	if !s.github || path == "" {
		return
	}
	var summary bytes.Buffer
	err := reports.WriteSummary(&summary, record)
	if err == nil {
		err = appendTo(path, summary.Bytes())
	}
	if err != nil {
		s.warn(fmt.Errorf("write the step summary: %w", err))
	}
}

// warn says in one line what went wrong beside the run.
func (s *screen) warn(err error) {
	fmt.Fprintln(s.err, "omaspec: warning: "+reports.Line(err.Error()))
}
