package example

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"omaspec/fixtures/race"
)

// TestReadme builds the module that the README shows, as somebody has it who copied
// it from there.
func TestReadme(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	own := map[string]string{}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		own[name] = string(text)
	}
	module := strings.Replace(block(t, string(readme), "go.mod"), "../omaspec", root, 1)
	// What go mod tidy adds are the other requirements of omaspec.
	for line := range strings.Lines(own["go.mod"]) {
		if strings.HasPrefix(line, "\t") && !strings.Contains(module, line) {
			module += "require" + line
		}
	}
	files := map[string]string{
		"go.mod":       module,
		"go.sum":       own["go.sum"],
		"mine_test.go": block(t, string(readme), "suite"),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"vet", "./..."}
	if race.Enabled {
		args = []string{"vet", "-race", "./..."} // what it needs is built already
	}
	vet := exec.CommandContext(t.Context(), "go", args...)
	vet.Dir = dir
	vet.Env = append(os.Environ(), "GOFLAGS=", "GOPROXY=off", "GOWORK=off") // what this module needs is there
	if out, err := vet.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// block is the code between two marks of the README.
func block(t *testing.T, readme, mark string) string {
	t.Helper()
	_, rest, _ := strings.Cut(readme, "<!-- "+mark+" -->")
	text, _, ok := strings.Cut(rest, "<!-- /"+mark+" -->")
	_, text, fenced := strings.Cut(text, "\n```")
	_, text, _ = strings.Cut(text, "\n")
	text, _, closed := strings.Cut(text, "```")
	if !ok || !fenced || !closed {
		t.Fatalf("the README has no block %s", mark)
	}
	return text
}
