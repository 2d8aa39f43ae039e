package config

import (
	"strings"
	"testing"
)

// TestOutput says where reports go, by every source.
func TestOutput(t *testing.T) {
	for _, test := range []struct {
		name           string
		reports        string
		format         string
		folder, refuse string
	}{
		{"a folder", "out", "", "out", ""},
		{"a folder, and the format of people", "out", "console", "out", ""},
		{"a folder called like nothing", "./-", "", "./-", ""},
		{"standard output", "-", "", "", ""},
		{"a record on standard output", "-", "json", "", ""},
		{"a page on standard output", "-", "html", "", ""},
		{"a record beside a folder", "out", "json", "", "give --reports - as well"},
		{"an unknown format", "-", "yaml", "", "takes console, json"},
	} {
		variables, file, flags := map[string]string{"OMASPEC_REPORTS": test.reports}, "reports: \""+test.reports+"\"\n", map[string][]string{"reports": {test.reports}}
		if test.format != "" {
			variables["OMASPEC_FORMAT"], flags["format"] = test.format, []string{test.format}
			file += "format: " + test.format + "\n"
		}
		for source, in := range map[string]Inputs{
			"variables": {Lookup: env(variables)},
			"file":      {Lookup: env(nil), File: write(t, "c.yaml", file, 0o644)},
			"flags":     {Lookup: env(nil), Flags: flags},
		} {
			c, err := Load(in)
			switch {
			case test.refuse != "":
				if err == nil || !strings.Contains(err.Error(), test.refuse) {
					t.Errorf("%s, %s: got %v, want %q", test.name, source, err, test.refuse)
				}
			case err != nil:
				t.Errorf("%s, %s: %v", test.name, source, err)
			case c.Folder() != test.folder || c.ToStandardOutput() != (test.reports == "-"):
				t.Errorf("%s, %s: folder %q", test.name, source, c.Folder())
			}
		}
	}
	if c, err := Load(Inputs{Lookup: env(nil), Flags: map[string][]string{"reports": {""}}}); err != nil || c.Folder() != "" || c.ToStandardOutput() {
		t.Errorf("an empty flag: %v, folder %q", err, c.Folder())
	}
}
