package jsonschema

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/xeipuuv/gojsonschema"

	"omaspec/schemas/strictjson"
)

func mustDocuments(t testing.TB) map[string]map[string]any {
	t.Helper()
	documents, err := documents()
	if err != nil {
		t.Fatal(err)
	}
	return documents
}

// TestDocuments: the embedded files are the schemas that Validate knows, and are
// valid by the draft's own schema, which the validator has built in.
func TestDocuments(t *testing.T) {
	var embedded []string
	entries, err := files.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		embedded = append(embedded, strings.TrimSuffix(entry.Name(), suffix))
	}
	if diff := gocmp.Diff([]string{Error, SuccessFlat, SuccessWrapped}, embedded); diff != "" {
		t.Error(diff)
	}
	meta, err := gojsonschema.NewSchema(gojsonschema.NewReferenceLoader(dialect))
	if err != nil {
		t.Fatal(err)
	}
	documents := mustDocuments(t)
	if diff := gocmp.Diff(slices.Sorted(slices.Values(names)), slices.Sorted(maps.Keys(documents))); diff != "" {
		t.Error(diff)
	}
	for name, document := range documents {
		result, err := meta.Validate(gojsonschema.NewRawLoader(document))
		if err != nil || !result.Valid() {
			t.Errorf("%s is not a draft-07 schema", name)
		}
	}
	if _, err := compile(documents); err != nil {
		t.Error(err)
	}
}

// TestMembers: the schema names the members of Table 2 with their types and rows,
// all of them mandatory, and each name may be printed in a pointer.
func TestMembers(t *testing.T) {
	flat := mustDocuments(t)[SuccessFlat]
	properties := flat["properties"].(map[string]any)
	var required []string
	for _, name := range flat["required"].([]any) {
		required = append(required, name.(string))
	}
	want := []struct{ name, kind, row string }{
		{"mobilePhone", "string", "1.1"}, {"company", "string", "1.2"}, {"customerName", "string", "1.3"}, {"email", "string", "1.4"},
		{"vdn", "string", "1.5"}, {"createDate", "number", "1.6"}, {"tenantSpaceStatus", "string", "1.7"}, {"portalUrl", "string", "1.8"},
	}
	if len(properties) != len(want) || len(required) != len(want) {
		t.Fatalf("%d members, %d required", len(properties), len(required))
	}
	for i, w := range want {
		member, _ := properties[w.name].(map[string]any)
		if required[i] != w.name || member["type"] != w.kind || member["$comment"] != "Table 2 row "+w.row {
			t.Errorf("%s: %v", w.name, member)
		}
		if got := strictjson.SafePointer("/" + w.name); got != "/"+w.name {
			t.Errorf("the pointer to %s reads %s", w.name, got)
		}
	}
}

// document is a schema with the given members besides $id and $schema.
func document(t *testing.T, members string) map[string]any {
	t.Helper()
	schema, err := read([]byte(`{"$schema":"` + dialect + `","$id":"` + base + "x" + suffix + `"` + members + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestCompileRefuses(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret.json")
	if err := os.WriteFile(secret, []byte(`{"type":"string"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, members, want string }{
		{"unknown keyword", `,"requires":["vdn"]`, "unknown keyword"},
		{"keyword of a later draft", `,"dependentRequired":{}`, "unknown keyword"},
		{"nested unknown keyword", `,"properties":{"vdn":{"typ":"string"}}`, "x/vdn: unknown keyword"},
		{"format", `,"properties":{"vdn":{"type":"string","format":"masked"}}`, "unknown keyword"},
		{"limit of 2.0", `,"properties":{"vdn":{"minLength":2.0}}`, "unknown keyword"},
		{"beside $ref", `,"properties":{"vdn":{"$ref":"y.schema.json","title":"VDN"}}`, "beside $ref"},
		{"boolean schema", `,"properties":{"vdn":true}`, "a schema is an object"},
		{"properties as array", `,"properties":[]`, "is not an object"},
		{"unknown type", `,"type":"strng"`, "strng"},
		{"required as text", `,"required":"vdn"`, "required"},
		{"look-ahead", `,"pattern":"(?=a)"`, "pattern"},
		{"remote reference", `,"properties":{"vdn":{"$ref":"http://127.0.0.1:1/x.json"}}`, "not embedded"},
		{"remote reference over https", `,"properties":{"vdn":{"$ref":"https://example.com/x.json#/a"}}`, "not embedded"},
		{"file reference", `,"properties":{"vdn":{"$ref":"file://` + secret + `"}}`, "not embedded"},
		{"missing neighbour", `,"properties":{"vdn":{"$ref":"y.schema.json"}}`, "not embedded"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := compile(map[string]map[string]any{"x": document(t, test.members)})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	for name, schema := range map[string]map[string]any{
		"another $id":     {"$schema": dialect, "$id": base + "y" + suffix},
		"another dialect": {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": base + "x" + suffix},
		"no dialect":      {"$id": base + "x" + suffix},
	} {
		if _, err := compile(map[string]map[string]any{"x": schema}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"duplicate": `{"type":"string","type":"number"}`,
		"trailing":  `{} {}`,
		"not JSON":  `type: string`,
		"boolean":   `true`,
	} {
		if _, err := read([]byte(text)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
