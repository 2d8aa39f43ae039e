package main

import (
	"bytes"
	"strings"
	"testing"

	"omaspec/suites/config"
)

// TestHelpIsGrouped wants every option of a run once, under its heading.
func TestHelpIsGrouped(t *testing.T) {
	var b bytes.Buffer
	if code := execute([]string{"run", "--help"}, nil, &b, &b); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	heading, under := "", map[string]string{}
	for line := range strings.Lines(b.String()) {
		if !strings.HasPrefix(line, " ") {
			heading = strings.TrimSuffix(strings.TrimSpace(line), ":")
		}
		if _, flag, ok := strings.Cut(line, "--"); ok && strings.HasPrefix(line, " ") {
			name, _, _ := strings.Cut(flag, " ")
			if under[name] != "" {
				t.Errorf("--%s is listed twice", name)
			}
			under[name] = heading
		}
	}
	for _, o := range config.Options {
		if under[o.Name] != o.Group {
			t.Errorf("--%s stands under %q, want %q", o.Name, under[o.Name], o.Group)
		}
	}
	if under["config"] != "Besides" || under["help"] != "Besides" {
		t.Errorf("--config stands under %q, --help under %q", under["config"], under["help"])
	}
}
