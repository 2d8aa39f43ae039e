package schemas

import (
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/semver"
)

// TestChangelog wants every version of the catalogue that a requirement names to be
// told of in CHANGELOG.md, the newest one first, and the catalogue to have that one.
func TestChangelog(t *testing.T) {
	b, err := os.ReadFile("../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "## Catalogue\n")
	section, _, ok := strings.Cut(rest, "\n## ")
	if !ok {
		t.Fatal("CHANGELOG.md has no section Catalogue before another one")
	}
	var told []string
	for line := range strings.Lines(section) {
		if version, ok := strings.CutPrefix(line, "### "); ok {
			told = append(told, "v"+strings.TrimSpace(version))
		}
	}
	if !slices.IsSortedFunc(told, func(a, b string) int { return semver.Compare(b, a) }) {
		t.Errorf("the versions are not told with the newest first: %v", told)
	}
	c := Requirements()
	if len(told) == 0 || told[0] != "v"+c.Version {
		t.Errorf("the catalogue has version %s, and CHANGELOG.md tells of %v", c.Version, told)
	}
	for _, r := range c.Requirements {
		if !slices.Contains(told, "v"+r.Since) {
			t.Errorf("%s is there since %s, of which CHANGELOG.md says nothing", r.ID, r.Since)
		}
	}
}
