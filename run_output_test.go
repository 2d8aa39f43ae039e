package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"omaspec/reports"
)

// printsOneReport prints every format in the place of a reports folder. Nothing
// else may stand on standard output, and nothing at all on disk.
func printsOneReport(t *testing.T) {
	parses := map[string]func(text string) bool{
		"console": func(text string) bool {
			return strings.HasPrefix(text, "omaspec ") && strings.Contains(text, "\nPARTIAL ") && strings.Count(text, "\nPARTIAL ") == 1
		},
		"json": func(text string) bool {
			run, err := reports.Read(strings.NewReader(text))
			return err == nil && run.Verdict == reports.Partial
		},
		"junit":    func(text string) bool { return xml.Unmarshal([]byte(text), new(struct{})) == nil },
		"markdown": func(text string) bool { return strings.HasPrefix(text, "## ") },
		"html": func(text string) bool {
			return strings.HasPrefix(strings.ToLower(text), "<!doctype html>") && strings.HasSuffix(text, "</html>\n")
		},
	}
	for _, format := range formatNames() {
		for _, github := range []bool{false, true} {
			t.Run(fmt.Sprint(format, " on GitHub ", github), func(t *testing.T) {
				c, args := with(), []string{"run", "--only", "AUTH-02"}
				if github {
					c = with("GITHUB_ACTIONS", "true", "CI", "true", "OMASPEC_REPORTS", "-", "OMASPEC_FORMAT", format)
				} else {
					args = append(args, "--reports", "-", "--format", format)
				}
				c.settle(t)
				r := c.process(t, args...)
				r.wantExit(t, reports.ExitConformant)
				if parse := parses[format]; parse == nil || !parse(r.stdout) {
					t.Errorf("this is no %s alone: %q ... %q", format, r.stdout[:min(len(r.stdout), 200)], r.stdout[max(0, len(r.stdout)-200):])
				}
				if strings.Contains(r.stdout, "\n::") || strings.Contains(r.stderr, "::notice ") != github {
					t.Errorf("stdout holds commands, or stderr not what it should: %q", r.stderr)
				}
				if told := strings.Contains(r.stderr, "PARTIAL · the embedded") || strings.Contains(r.stderr, "PARTIAL | the embedded"); told != (format != "console") {
					t.Errorf("stderr %q", r.stderr)
				}
				if entries, err := os.ReadDir(c.dir); err != nil || len(entries) > 0 {
					t.Errorf("on disk are %v, %v", entries, err)
				}
			})
		}
	}
}

// lost is a writer that nobody reads any more.
func lost(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	t.Cleanup(func() { _ = w.Close() })
	return w
}

func full(t *testing.T) *os.File {
	t.Helper()
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full: " + err.Error())
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// TestLostConsole wants the verdict's own exit code, but no success that stands
// nowhere.
func TestLostConsole(t *testing.T) {
	t.Parallel()
	token, url := open(t)
	tests := []struct {
		name  string
		where func(*testing.T) *os.File
		args  []string
		code  int
		want  string
	}{
		{"a reader who left", lost, nil, reports.ExitConformant, "omaspec: warning: write to standard output: "},
		{"a reader who left a violation", lost, []string{"--target", url}, reports.ExitNonConformant, "omaspec: warning: write to standard output: "},
		{"a full disk", full, nil, reports.ExitConformant, "omaspec: warning: write to standard output: "},
		{"a reader who left, and no folder", lost, []string{"--reports="}, reports.ExitDefect, "omaspec: write to standard output: "},
		{"a reader who left a violation, and no folder", lost, []string{"--reports=", "--target", url}, reports.ExitNonConformant, "omaspec: warning: write to standard output: "},
		{"a reader of the record who left", lost, []string{"--reports=-", "--format=json"}, reports.ExitDefect, "omaspec: write to standard output: "},
		{"a full disk for the record", full, []string{"--reports=-", "--format=json"}, reports.ExitDefect, "no space left on device"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := with("OMASPEC_ONLY", "AUTH-02")
			if slices.Contains(test.args, "--target") {
				c.env["OMASPEC_TOKEN"] = token
			}
			c.settle(t)
			c.stdout = test.where(t)
			r := c.run(t, test.args...)
			r.wantExit(t, test.code)
			if !strings.Contains(r.stderr, test.want) {
				t.Errorf("stderr %q, want %q", r.stderr, test.want)
			}
			if strings.Contains(test.want, "warning") && r.files != nil {
				r.wantWhole(t)
				if r.record(t).ExitCode != test.code {
					t.Error("the reports are not those of the run")
				}
			}
		})
	}
}

// TestLostProgress wants a run to go on when nobody reads its progress.
func TestLostProgress(t *testing.T) {
	t.Parallel()
	c := with("OMASPEC_ONLY", "AUTH-02")
	c.settle(t)
	c.stdout, c.stderr = lost(t), lost(t)
	r := c.run(t)
	r.wantExit(t, reports.ExitConformant)
	r.wantWhole(t)
}

// TestStepSummary wants the verdict's own exit code and one line of warning where
// the summary of a step cannot be written, and the summary where it can.
func TestStepSummary(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	token, url := open(t)
	tests := []struct {
		name, path, want string
	}{
		{"a folder that is not there", "/nonexistent/summary", "no such file or directory"},
		{"a folder", dir, "is a directory"},
		{"a path below a file", os.Args[0] + "/summary", "not a directory"},
		{"a full disk", "/dev/full", "no space left on device"},
		{"a name too long", filepath.Join(dir, strings.Repeat("n", 300)), "file name too long"},
		{"one that can be written", filepath.Join(dir, "summary"), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			github := []string{"GITHUB_ACTIONS", "true", "GITHUB_STEP_SUMMARY", test.path}
			good := with(github...).run(t, "--quiet", "--only", "AUTH-02")
			good.wantExit(t, reports.ExitConformant)
			bad := with(append(github, "OMASPEC_TOKEN", token)...).run(t, "--quiet", "--only", "AUTH-02", "--target", url)
			bad.wantExit(t, reports.ExitNonConformant)
			for _, r := range []*ran{good, bad} {
				if warned := strings.Count(r.stderr, "omaspec: warning: write the step summary: "); warned != min(1, len(test.want)) || !strings.Contains(r.stderr, test.want) || strings.Count(r.stderr, "\n") != warned {
					t.Errorf("stderr %q, want one line with %q", r.stderr, test.want)
				}
			}
		})
	}
	written, err := os.ReadFile(filepath.Join(dir, "summary"))
	if err != nil || bytes.Count(written, []byte("## ")) < 2 || !slices.Contains(strings.Split(string(written), "\n"), "| Target | the embedded reference target |") {
		t.Errorf("the summary is %q, %v", written, err)
	}
}

// TestFullDisk refuses a run whose reports would not fit, before anything is sent,
// which leaves the reports of the run before as they were.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	c := with("OMASPEC_ONLY", "AUTH-02")
	c.settle(t)
	before := c.run(t)
	before.wantExit(t, reports.ExitConformant)
	c.shell = "ulimit -f 16" // blocks of 512 or 1024 bytes for each file
	r := c.run(t)
	r.wantExit(t, reports.ExitUsage)
	if !strings.Contains(r.stderr, "make room, or choose another folder with --reports") || r.stdout != "" {
		t.Errorf("stdout %q, stderr %q", r.stdout, r.stderr)
	}
	if !cmp.Equal(r.files, before.files) {
		t.Error("the reports of the run before are not what they were")
	}
}
