package jsonschema

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/xeipuuv/gojsonschema"
)

// suiteFiles names the files of the official JSON Schema test suite that are
// about each keyword in use. Keywords without a file assert nothing.
var suiteFiles = map[string][]string{
	"$schema":     nil,
	"$id":         {"definitions.json", "ref.json"},
	"$comment":    nil,
	"title":       nil,
	"description": nil,
	"type":        {"type.json"},
	"required":    {"required.json"},
	"pattern":     {"pattern.json"},
	"properties":  {"properties.json"},
	"$ref":        {"ref.json", "definitions.json"},
}

// TestOfficialSuite runs the official draft-07 tests for every keyword that the
// lint lets through. They come with the validator's own module. Where it is known
// to fail newer copies of the suite (formats on numbers, limits written as 2.0, an
// $id beside $ref), the lint refuses what would be needed to meet the failure.
func TestOfficialSuite(t *testing.T) {
	if diff := gocmp.Diff(slices.Sorted(maps.Keys(keywords)), slices.Sorted(maps.Keys(suiteFiles))); diff != "" {
		t.Fatalf("keywords without a decision on the suite (-lint +suite):\n%s", diff)
	}
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/xeipuuv/gojsonschema")
	out, err := list.Output()
	if err != nil {
		t.Skip("go list does not find the validator's module, which holds the suite:", err)
	}
	folder := filepath.Join(strings.TrimSpace(string(out)), "testdata", "draft7")
	var run []string
	for _, files := range suiteFiles {
		run = append(run, files...)
	}
	slices.Sort(run)
	ran := 0
	for _, file := range slices.Compact(run) {
		text, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			t.Fatal(err)
		}
		ran += runSuite(t, file, text)
	}
	if ran < 100 {
		t.Errorf("only %d tests: is the suite whole?", ran)
	}
}

func runSuite(t *testing.T, file string, text []byte) int {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var groups []struct {
		Description string
		Schema      any
		Tests       []struct {
			Description string
			Data        any
			Valid       bool
		}
	}
	if err := decoder.Decode(&groups); err != nil {
		t.Fatal(file, err)
	}
	ran := 0
	for _, group := range groups {
		loader := gojsonschema.NewSchemaLoader()
		loader.Draft, loader.AutoDetect = gojsonschema.Draft7, false
		schema, err := loader.Compile(gojsonschema.NewRawLoader(group.Schema))
		if err != nil {
			t.Errorf("%s: %s: %v", file, group.Description, err)
			continue
		}
		for _, test := range group.Tests {
			ran++
			result, err := schema.Validate(gojsonschema.NewRawLoader(test.Data))
			if err != nil || result.Valid() != test.Valid {
				t.Errorf("%s: %s: %s: valid should be %v", file, group.Description, test.Description, test.Valid)
			}
		}
	}
	return ran
}
