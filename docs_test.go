package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// documents are what people read in the repository.
var documents = []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "reports/README.md"}

var (
	link  = regexp.MustCompile(`\]\(([^):#]+)\)`)
	named = regexp.MustCompile("`((?:schemas|suites|fixtures|reports)/[a-z0-9_/.]+\\.[a-z]+)`")
)

// TestDocumentsNameWhatIsThere wants every link inside the repository, and every file
// that is called by its path, to be there.
func TestDocumentsNameWhatIsThere(t *testing.T) {
	found := 0
	for _, document := range documents {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			found++
			if _, err := os.Stat(filepath.Join(filepath.Dir(document), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", document, m[1])
			}
		}
		for _, m := range named.FindAllStringSubmatch(string(text), -1) {
			found++
			if _, err := os.Stat(m[1]); err != nil && !strings.HasPrefix(m[1], "reports/latest/") {
				t.Errorf("%s names %s, which is not there", document, m[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d names were looked at", found)
	}
}
