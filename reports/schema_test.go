package reports

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xeipuuv/gojsonschema"
)

func TestSchemaAcceptsRecords(t *testing.T) {
	schema := compileRunSchema(t)
	for name, run := range samples() {
		text, err := Encode(run)
		if err != nil {
			t.Fatal(err)
		}
		result, err := schema.Validate(gojsonschema.NewBytesLoader(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range result.Errors() {
			t.Errorf("%s: %s", name, e)
		}
	}
}

func TestSchemaRefuses(t *testing.T) {
	schema := compileRunSchema(t)
	good, err := Encode(failingRun())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, old, new string }{
		{"another format", `"omaspec.run"`, `"omaspec.other"`},
		{"another version", `"version": 1,`, `"version": 2,`},
		{"an unknown verdict", `"non-conformant"`, `"fine"`},
		{"an unknown outcome", `"outcome": "warned"`, `"outcome": "ok"`},
		{"an unknown member", `"notices"`, `"extra": 1, "notices"`},
		{"a missing member", `"stopped": "",`, ``},
		{"null for a list", `"only": []`, `"only": null`},
		{"a text for a number", `"exitCode": 1`, `"exitCode": "1"`},
		{"a status of two digits", `"status": 200`, `"status": 20`},
		{"a status of four digits", `"status": 200`, `"status": 2000`},
		{"a negative status", `"status": 200`, `"status": -200`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bad := strings.Replace(string(good), test.old, test.new, 1)
			if bad == string(good) {
				t.Fatalf("%s is not in the record", test.old)
			}
			result, err := schema.Validate(gojsonschema.NewStringLoader(bad))
			if err != nil {
				t.Fatal(err)
			}
			if result.Valid() {
				t.Error("the schema accepts it")
			}
		})
	}
}

func compileRunSchema(t *testing.T) *gojsonschema.Schema {
	t.Helper()
	schema, err := gojsonschema.NewSchema(gojsonschema.NewStringLoader(RunSchema))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// schemaNode is the part of a schema that has to agree with the Go types.
type schemaNode struct {
	Ref                  string                `json:"$ref"`
	Type                 string                `json:"type"`
	Description          string                `json:"description"`
	Enum                 []any                 `json:"enum"`
	Const                any                   `json:"const"`
	Items                *schemaNode           `json:"items"`
	Properties           map[string]schemaNode `json:"properties"`
	Required             []string              `json:"required"`
	AdditionalProperties json.RawMessage       `json:"additionalProperties"`
	Definitions          map[string]schemaNode `json:"definitions"`
}

// TestSchemaFollowsTypes walks the Go types and the schema side by side, so that
// neither can gain, lose or change a member without the other.
func TestSchemaFollowsTypes(t *testing.T) {
	var root schemaNode
	if err := json.Unmarshal([]byte(RunSchema), &root); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	var compare func(at string, typ reflect.Type, node schemaNode)
	compare = func(at string, typ reflect.Type, node schemaNode) {
		for node.Ref != "" {
			name := strings.TrimPrefix(node.Ref, "#/definitions/")
			used[name] = true
			description := node.Description
			node = root.Definitions[name]
			if description != "" {
				node.Description = description
			}
		}
		if node.Description == "" && !strings.HasSuffix(at, "[]") {
			t.Errorf("%s has no description", at)
		}
		if typ == reflect.TypeFor[time.Time]() {
			wantType(t, at, "string", node)
			return
		}
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		switch typ.Kind() {
		case reflect.Struct:
			wantType(t, at, "object", node)
			if string(node.AdditionalProperties) != "false" {
				t.Errorf("%s allows unknown members", at)
			}
			fields := membersOf(typ)
			for name, f := range fields {
				property, ok := node.Properties[name]
				if !ok {
					t.Errorf("%s.%s is not in the schema", at, name)
					continue
				}
				if slices.Contains(node.Required, name) == f.optional {
					t.Errorf("%s.%s: optional is %t in Go, and the schema says otherwise", at, name, f.optional)
				}
				compare(at+"."+name, f.typ, property)
			}
			for name := range node.Properties {
				if _, ok := fields[name]; !ok {
					t.Errorf("%s.%s is in the schema only", at, name)
				}
			}
		case reflect.Slice:
			wantType(t, at, "array", node)
			compare(at+"[]", typ.Elem(), *node.Items)
		case reflect.Map:
			wantType(t, at, "object", node)
			var values schemaNode
			if err := json.Unmarshal(node.AdditionalProperties, &values); err != nil {
				t.Fatal(at, err)
			}
			compare(at+"[]", typ.Elem(), values)
		case reflect.String:
			wantType(t, at, "string", node)
		case reflect.Bool:
			wantType(t, at, "boolean", node)
		case reflect.Int, reflect.Int64:
			wantType(t, at, "integer", node)
		case reflect.Float64:
			wantType(t, at, "number", node)
		default:
			t.Errorf("%s is a %s, which the record has no use for", at, typ)
		}
	}
	compare("", reflect.TypeFor[Run](), root)
	for name := range root.Definitions {
		if !used[name] {
			t.Errorf("the definition %s is not used", name)
		}
	}
	wantWords(t, "level", root.Definitions["result"].Properties["level"], levels)
	wantWords(t, "outcome", root.Definitions["outcome"], outcomes)
	wantWords(t, "verdict", root.Properties["verdict"], verdicts)
}

type member struct {
	typ      reflect.Type
	optional bool
}

// membersOf lists the JSON members of a struct, with those of embedded structs.
func membersOf(typ reflect.Type) map[string]member {
	out := map[string]member{}
	for f := range typ.Fields() {
		if f.Anonymous {
			for name, m := range membersOf(f.Type) {
				out[name] = m
			}
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		out[name] = member{f.Type, options == "omitempty"}
	}
	return out
}

// wantType compares a type; a list of words or a constant stands for its type.
func wantType(t *testing.T, at, want string, node schemaNode) {
	t.Helper()
	have := node.Type
	words := append(slices.Clone(node.Enum), node.Const)
	if have == "" && words[0] != nil {
		have = map[reflect.Kind]string{reflect.String: "string", reflect.Float64: "integer"}[reflect.TypeOf(words[0]).Kind()]
	}
	if have != want {
		t.Errorf("%s is %q in the schema and %q in Go", at, have, want)
	}
}

func wantWords[T ~string](t *testing.T, name string, node schemaNode, want []T) {
	t.Helper()
	var have []T
	for _, word := range node.Enum {
		have = append(have, T(word.(string)))
	}
	if !slices.Equal(have, want) {
		t.Errorf("%s: the schema has %v, and Go %v", name, have, want)
	}
}
