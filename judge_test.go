package main

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"omaspec/reports"
)

// commandLine runs the command line in this process.
func commandLine(args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = execute(args, strings.NewReader(""), &out, &err)
	return code, out.String(), err.String()
}

// recorded makes a reports folder of the reference target.
func recorded(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "reports")
	if code, _, stderr := commandLine("run", "--quiet", "--reports", folder); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	return folder
}

// bundle packs a folder's evidence into a ZIP file.
func bundle(t *testing.T, folder string) string {
	t.Helper()
	evidence, err := os.ReadFile(filepath.Join(folder, "evidence.har"))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("reports/evidence.har")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(evidence); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bundle.zip")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestJudge(t *testing.T) {
	folder := recorded(t)
	evidence := filepath.Join(folder, "evidence.har")
	whole, err := os.ReadFile(evidence)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(name string, b []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, test := range []struct {
		name string
		args []string
		code int
		want string // on stdout, or on stderr for a code other than 0
	}{
		{"a file", []string{evidence}, 0, "CONFORMANT"},
		{"a folder", []string{folder}, 0, "nothing was sent"},
		{"a bundle", []string{bundle(t, folder)}, 0, "CONFORMANT"},
		{"other options", []string{folder, "--only", "AUTH-02", "--profile", "acceptance"}, reports.ExitInconclusive, ""},
		{"another reading", []string{folder, "--reading", "envelope=wrapped"}, reports.ExitNonConformant, ""},
		{"truncated", []string{changed("e.har", whole[:len(whole)/2])}, reports.ExitUsage, "truncated"},
		{"edited", []string{changed("e.har", bytes.Replace(whole, []byte(`"status":401`), []byte(`"status":200`), 1))}, reports.ExitUsage, "edited"},
		{"not evidence", []string{filepath.Join(folder, "run.json")}, reports.ExitUsage, "run.json"},
		{"no bundle", []string{changed("e.zip", whole)}, reports.ExitUsage, "no bundle"},
		{"nothing there", []string{folder + "x"}, reports.ExitUsage, "no such file"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, stdout, stderr := commandLine(append([]string{"judge"}, test.args...)...)
			if code != test.code || !strings.Contains(stdout+stderr, test.want) || strings.Count(stderr, "\n") > 1 {
				t.Errorf("exit %d, want %d with %q; stderr %q", code, test.code, test.want, stderr)
			}
		})
	}
	again := filepath.Join(t.TempDir(), "again")
	if code, _, stderr := commandLine("judge", folder, "--quiet", "--reports", again); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	if _, err := os.Stat(filepath.Join(again, "report.html")); err != nil {
		t.Error("judge --reports wrote no report.html")
	}
}

func TestRender(t *testing.T) {
	folder := recorded(t)
	record := filepath.Join(folder, "run.json")
	for _, f := range reports.Formats {
		want, err := os.ReadFile(filepath.Join(folder, f.File))
		if err != nil {
			t.Fatal(err)
		}
		code, stdout, stderr := commandLine("render", record, "--format", f.Name)
		if code != 0 || f.Name != "html" && stdout != string(want) || !strings.Contains(stdout, "CONFORMANT") && f.Name == "html" {
			t.Errorf("%s: exit %d, %d bytes, want the %d of the run; %s", f.Name, code, len(stdout), len(want), stderr)
		}
	}
	out := filepath.Join(t.TempDir(), "junit.xml")
	if code, stdout, stderr := commandLine("render", record, "--format", "junit", "-o", out); code != 0 || stdout != "" {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
	whole, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"truncated": whole[:len(whole)/2],
		"edited":    bytes.Replace(whole, []byte(`"outcome": "passed"`), []byte(`"outcome": "failed"`), 1),
		"version":   bytes.Replace(whole, []byte(`"version": 1`), []byte(`"version": 9`), 1),
	} {
		path := filepath.Join(t.TempDir(), "run.json")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, stderr := commandLine("render", path); code != reports.ExitUsage || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%s: exit %d: %s", name, code, stderr)
		}
	}
	if code, _, stderr := commandLine("render", record, "--format", "pdf"); code != reports.ExitUsage || !strings.Contains(stderr, "the formats are") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}
