package schemas

import (
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestFilesAreYAML holds what is read line by line against a YAML decoder.
func TestFilesAreYAML(t *testing.T) {
	var catalogue Catalogue
	if err := yaml.UnmarshalWithOptions([]byte(catalogueYAML), &catalogue, yaml.DisallowUnknownField()); err != nil {
		t.Fatal(err)
	}
	ours := cmpopts.IgnoreFields(Catalogue{}, "SHA256")
	if diff := cmp.Diff(&catalogue, Requirements(), ours, cmpopts.IgnoreFields(Requirement{}, "Line")); diff != "" {
		t.Errorf("%s is not read as YAML says (-YAML +read); keep every value on the line of its key:\n%s", CatalogueFile, diff)
	}
	var sections map[string]map[string]Row
	if err := yaml.UnmarshalWithOptions([]byte(rowsYAML), &sections, yaml.DisallowUnknownField()); err != nil {
		t.Fatal(err)
	}
	rows := map[string]Row{}
	for name, section := range sections {
		for id, row := range section {
			row.ID, row.Sent = id, name == "sent"
			rows[id] = row
		}
	}
	read, err := Rows()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows, read); diff != "" {
		t.Errorf("rows.yaml is not read as YAML says (-YAML +read):\n%s", diff)
	}
}

func TestReadCatalogueRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"a misspelt key":                  "version: 1\nrequirments:\n",
		"a misspelt key of a requirement": "requirements:\n- id: AUTH-01\n  levl: MUST\n",
		"a key without a value":           "requirements:\n- id: AUTH-01\n  level:\n",
		"a value of two lines":            "requirements:\n- id: AUTH-01\n  title: one\n    two\n",
		"an open quote":                   "requirements:\n- id: AUTH-01\n  source: \"-\n",
		"an open single quote":            "requirements:\n- id: AUTH-01\n  source: '-\n",
		"an unknown judge":                "requirements:\n- id: AUTH-02\n  judge: refuse\n",
		"two judges":                      "requirements:\n- id: AUTH-02\n  judge: [refused, noted]\n",
		"a judge twice":                   "requirements:\n- id: AUTH-02\n  judge: refused\n  judge: noted\n",
		"a level before the first id":     "version: 1\nrequirements:\n  level: MUST\n",
	} {
		if _, err := readCatalogue(text); err == nil || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%s: got the error %v, want one that says in which line", name, err)
		}
	}
}

func TestReadRowsRefuses(t *testing.T) {
	if _, err := readRows("sent:\n  A1: {text: \"x\", excluded: \"y\"}\n"); err != nil {
		t.Error(err)
	}
	for name, text := range map[string]string{
		"an unknown key":     `  A1: {text: "x", exclude: "y"}`,
		"no text":            `  A1: {excluded: "y"}`,
		"no quotes":          `  A1: {text: x}`,
		"an open quote":      `  A1: {text: "x}`,
		"an open brace":      `  A1: {text: "x"`,
		"something behind":   `  A1: {text: "x"} # y`,
		"a row twice":        "  A1: {text: \"x\"}\n  A1: {text: \"y\"}",
		"a row beside":       `A1: {text: "x"}`,
		"an unknown section": "asked:",
	} {
		if _, err := readRows("sent:\n" + text + "\n"); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if _, err := readRows("  A1: {text: \"x\"}\n"); err == nil {
		t.Error("a row before the first section was accepted")
	}
}
