package jsonschema

import (
	"embed"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/xeipuuv/gojsonschema"

	"omaspec/schemas/strictjson"
)

//go:embed *.schema.json
var files embed.FS

const (
	// base is where the schemas live. The name never resolves (RFC 2606 2).
	base    = "https://omaspec.invalid/schemas/"
	suffix  = ".schema.json"
	dialect = "http://json-schema.org/draft-07/schema#"
)

// documents reads the embedded schemas, and derives those that allow null, by
// name.
func documents() (map[string]map[string]any, error) {
	documents := map[string]map[string]any{}
	for _, source := range []struct {
		name, file string
		change     func(schema map[string]any)
	}{
		{SuccessFlat, SuccessFlat, nil},
		{SuccessWrapped, SuccessWrapped, nil},
		{Error, Error, nil},
		{SuccessFlatNullable, SuccessFlat, allowNull},
		{SuccessWrappedNullable, SuccessWrapped, referToNullable},
	} {
		text, err := files.ReadFile(source.file + suffix)
		if err != nil {
			return nil, err
		}
		schema, err := read(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", source.file, err)
		}
		if source.change != nil {
			source.change(schema)
			schema["$id"] = base + source.name + suffix
		}
		documents[source.name] = schema
	}
	return documents, nil
}

// allowNull adds null to the type of each member of success.flat (A22).
func allowNull(schema map[string]any) {
	for _, member := range schema["properties"].(map[string]any) {
		m := member.(map[string]any)
		m["type"] = []any{m["type"], "null"}
	}
}

// referToNullable makes success.wrapped refer to the members that may be null.
func referToNullable(schema map[string]any) {
	schema["properties"].(map[string]any)["schema"] = map[string]any{"$ref": SuccessFlatNullable + suffix}
}

// read parses a schema as strictly as a body: duplicate members would be lost.
func read(text []byte) (map[string]any, error) {
	doc, issues := strictjson.Parse(text, strictjson.DefaultLimits)
	if len(issues) > 0 {
		return nil, fmt.Errorf("%s at %q", issues[0].Code, issues[0].Where)
	}
	schema, ok := doc.Any().(map[string]any)
	if !ok {
		return nil, errors.New("not an object")
	}
	return schema, nil
}

// compile lints the documents and compiles each. They can refer to each other,
// and to nothing else.
func compile(documents map[string]map[string]any) (map[string]*gojsonschema.Schema, error) {
	loader := gojsonschema.NewSchemaLoader()
	loader.Draft = gojsonschema.Draft7
	loader.AutoDetect = false
	loader.Validate = false // validating by the metaschema would replace the sealed loader
	for name, schema := range documents {
		if err := lintDocument(name, schema); err != nil {
			return nil, err
		}
		if err := loader.AddSchema(base+name+suffix, gojsonschema.NewRawLoader(schema)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	compiled := map[string]*gojsonschema.Schema{}
	for name := range documents {
		schema, err := loader.Compile(seal(base + name + suffix))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		compiled[name] = schema
	}
	return compiled, nil
}

// sealed is a loader, and a factory of loaders, that loads nothing: what the
// compiler has not been given, it does not get. Of the loader inside only the
// reference is ever used.
type sealed struct{ gojsonschema.JSONLoader }

func seal(reference string) sealed { return sealed{gojsonschema.NewReferenceLoader(reference)} }

func (s sealed) LoadJSON() (any, error) { return nil, fmt.Errorf("%v is not embedded", s.JsonSource()) }

func (s sealed) LoaderFactory() gojsonschema.JSONLoaderFactory { return s }

func (s sealed) New(reference string) gojsonschema.JSONLoader { return seal(reference) }

// keywords are the only ones that a schema here may use: those for which the
// validator passes the official test suite. The value tells whether the keyword
// holds schemas by name.
var keywords = map[string]bool{
	"$schema": false, "$id": false, "$comment": false, "title": false, "description": false,
	"type": false, "required": false, "pattern": false,
	"$ref":       false,
	"properties": true,
}

// lintDocument refuses what the validator would silently skip or take for
// something else.
func lintDocument(name string, schema map[string]any) error {
	if schema["$id"] != base+name+suffix {
		return fmt.Errorf("%s: $id is not %s%s%s", name, base, name, suffix)
	}
	if schema["$schema"] != dialect {
		return fmt.Errorf("%s: $schema is not %s", name, dialect)
	}
	return lint(name, schema)
}

func lint(at string, node any) error {
	schema, ok := node.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: a schema is an object", at)
	}
	if _, ok := schema["$ref"]; ok && len(schema) > 1 {
		return fmt.Errorf("%s: draft-07 ignores what stands beside $ref", at)
	}
	for _, keyword := range slices.Sorted(maps.Keys(schema)) {
		named, ok := keywords[keyword]
		if !ok {
			return fmt.Errorf("%s: unknown keyword %q", at, keyword)
		}
		if !named {
			continue
		}
		members, ok := schema[keyword].(map[string]any)
		if !ok {
			return fmt.Errorf("%s: %s is not an object", at, keyword)
		}
		for _, member := range slices.Sorted(maps.Keys(members)) {
			if err := lint(at+"/"+member, members[member]); err != nil {
				return err
			}
		}
	}
	return nil
}
