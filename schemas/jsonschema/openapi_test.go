package jsonschema

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	gocmp "github.com/google/go-cmp/cmp"
)

// openAPI is what openapi.yaml says, as far as the page says it too.
type openAPI struct {
	Servers []struct {
		URL       string
		Variables map[string]struct{ Default string }
	}
	Security   []map[string][]string
	Paths      map[string]map[string]operation
	Components struct {
		SecuritySchemes map[string]struct{ Type, In, Name string } `yaml:"securitySchemes"`
	}
	ExternalDocs struct{ URL string } `yaml:"externalDocs"`
}

type operation struct {
	OperationID string `yaml:"operationId"`
	Parameters  []any
	RequestBody any `yaml:"requestBody"`
	Responses   map[string]struct {
		Description string
		Content     map[string]struct {
			Schema struct {
				Ref string `yaml:"$ref"`
			}
			Examples map[string]struct{ Value any }
		}
	}
}

func readOpenAPI(t *testing.T, into any) {
	t.Helper()
	text, err := os.ReadFile("../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// TestOpenAPIFollowsThePage compares the document with the text of the page.
func TestOpenAPIFollowsThePage(t *testing.T) {
	text, err := os.ReadFile("../querytenantbasic.txt")
	if err != nil {
		t.Fatal(err)
	}
	page := strings.Join(strings.Fields(string(text)), " ")
	says := func(sentence string) {
		t.Helper()
		if !strings.Contains(page, strings.Join(strings.Fields(sentence), " ")) {
			t.Errorf("the page does not say %q", sentence)
		}
	}
	var api openAPI
	readOpenAPI(t, &api)

	paths := slices.Collect(maps.Keys(api.Paths))
	if len(paths) != 1 || len(api.Servers) != 1 {
		t.Fatalf("paths %v, servers %v", paths, api.Servers)
	}
	says("URI " + strings.ReplaceAll(api.Servers[0].URL, "{domain}", "Domain name") + paths[0] +
		" (For example, the domain name is " + api.Servers[0].Variables["domain"].Default + ".)")
	methods := slices.Collect(maps.Keys(api.Paths[paths[0]]))
	if len(methods) != 1 {
		t.Fatalf("methods %v", methods)
	}
	says("Method " + strings.ToUpper(methods[0]) + " URI")

	scheme := api.Components.SecuritySchemes["token"]
	if scheme.Type != "apiKey" || scheme.In != "header" || !reflect.DeepEqual(api.Security, []map[string][]string{{"token": {}}}) {
		t.Errorf("security %v by %+v", api.Security, scheme)
	}
	says("Table 1 Request header parameter No. Parameter Type Mandatory or Not Description 1 " + scheme.Name + " String Yes")

	get := api.Paths[paths[0]][methods[0]]
	if get.OperationID == "" || get.Parameters != nil || get.RequestBody != nil || api.ExternalDocs.URL == "" {
		t.Errorf("operation %q with parameters %v", get.OperationID, get.Parameters)
	}
	if diff := gocmp.Diff([]string{"200", "401", "502"}, slices.Sorted(maps.Keys(get.Responses))); diff != "" {
		t.Error(diff)
	}
	says(published)
	for status, response := range get.Responses {
		says("tatus code: " + status + " Table")
		says(response.Description)
	}
}

// TestOpenAPIExamples: each example is valid by the schema of its response, and
// the one of 200 is the page's own.
func TestOpenAPIExamples(t *testing.T) {
	var api openAPI
	readOpenAPI(t, &api)
	for _, path := range api.Paths {
		for status, response := range path["get"].Responses {
			content, ok := response.Content["application/json"]
			if !ok || len(response.Content) != 1 || len(content.Examples) == 0 {
				t.Errorf("%s: content %v", status, response.Content)
			}
			name := strings.TrimSuffix(strings.TrimPrefix(content.Schema.Ref, "jsonschema/"), suffix)
			if want := map[string]string{"200": SuccessFlat, "401": Error, "502": Error}[status]; name != want {
				t.Errorf("%s refers to %s, not to %s", status, name, want)
			}
			for title, example := range content.Examples {
				body, err := json.Marshal(example.Value)
				if err != nil {
					t.Fatal(err)
				}
				doc := parse(string(body))
				if issues := Validate(name, doc); len(issues) > 0 {
					t.Errorf("%s, %s: %v", status, title, places(issues))
				}
				if status == "200" && !reflect.DeepEqual(doc.Any(), parse(published).Any()) {
					t.Error("the example of 200 is not the published one")
				}
			}
		}
	}
}

// TestOpenAPIReferences: every $ref leads to an embedded file.
func TestOpenAPIReferences(t *testing.T) {
	var document any
	readOpenAPI(t, &document)
	references := 0
	var visit func(node any)
	visit = func(node any) {
		switch node := node.(type) {
		case map[string]any:
			for name, value := range node {
				visit(value)
				if name != "$ref" {
					continue
				}
				references++
				file, ok := strings.CutPrefix(value.(string), "jsonschema/")
				if _, err := files.Open(file); !ok || err != nil {
					t.Errorf("%v is not embedded", value)
				}
			}
		case []any:
			for _, value := range node {
				visit(value)
			}
		}
	}
	visit(document)
	if references != 3 {
		t.Errorf("%d references", references)
	}
}
