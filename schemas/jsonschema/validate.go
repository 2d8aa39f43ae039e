// Package jsonschema holds the JSON Schemas of the bodies that the page
// describes (Tables 2 to 4), and judges a body by them.
//
// The schemas are draft-07 files beside this text. They say which members there
// are and of which type, and no more: masks, the date and the URL have rules in
// code, so that one fault gives one finding.
//
// github.com/xeipuuv/gojsonschema does the validation. It reads beyond the end of
// a text, fetches what a schema refers to, crashes on some numbers, skips
// keywords that it does not know and carries the judged value in its errors.
// Therefore it only ever sees what strictjson has read, compiles nothing but the
// embedded files after a lint of its own, loads nothing, and its errors are put
// into words here.
package jsonschema

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/xeipuuv/gojsonschema"

	"omaspec/schemas"
	"omaspec/schemas/strictjson"
)

// The names of the schemas that Validate knows.
const (
	SuccessFlat    = "success.flat"    // Table 2, rows 1.1 to 1.8 as members of the body (A3)
	SuccessWrapped = "success.wrapped" // the same members inside of row 1, "schema" (A3)
	Error          = "error"           // Tables 3 and 4, in the forms F1 and F2 (A5)

	// The 200 bodies under the reading that a mandatory member may be null (A22).
	SuccessFlatNullable    = "success.flat.nullable"
	SuccessWrappedNullable = "success.wrapped.nullable"
)

// The codes of the issues that Validate reports.
const (
	CodeType     = "schema.type"
	CodeRequired = "schema.required"
	CodePattern  = "schema.pattern"
	// CodeUnreadable: the body is not a whole JSON text, so there is nothing to
	// validate. The issues of strictjson.Parse say why.
	CodeUnreadable = "schema.unreadable"
	// CodeHarness: the validator failed, and nothing is known about the body.
	CodeHarness = "harness.validator"
)

// compiled holds the schemas by name. They are compiled once, on first use.
var compiled = sync.OnceValues(func() (map[string]*gojsonschema.Schema, error) {
	documents, err := documents()
	if err != nil {
		return nil, err
	}
	return compile(documents)
})

// Validate judges doc by the schema called name. It returns one issue for each
// violation, sorted by place, and none if doc is valid. Where is the JSON pointer
// of the member, also of a missing one. Of a duplicated member the last value is
// judged.
//
// A failure of the validator itself, or an unknown name, gives the issue
// harness.validator: it never passes for a valid body. Validate may be called by
// many goroutines.
func Validate(name string, doc *strictjson.Document) (issues []schemas.Issue) {
	defer func() {
		if recover() != nil { // what was recovered may hold a value
			issues = []schemas.Issue{defect("the validator panicked")}
		}
	}()
	known, err := compiled()
	if err != nil {
		return []schemas.Issue{defect("the schemas do not compile")}
	}
	schema, ok := known[name]
	if !ok {
		return []schemas.Issue{defect("no schema has this name")}
	}
	if !doc.Complete {
		return []schemas.Issue{{Code: CodeUnreadable, Where: "body", Expected: "a whole JSON text", Observed: "none could be read"}}
	}
	result, err := schema.Validate(gojsonschema.NewRawLoader(doc.Any()))
	if err != nil {
		return []schemas.Issue{defect("the validator refused the body")}
	}
	for _, e := range result.Errors() {
		issues = append(issues, issue(doc, e))
	}
	slices.SortFunc(issues, func(a, b schemas.Issue) int {
		return cmp.Or(cmp.Compare(a.Where, b.Where), cmp.Compare(a.Code, b.Code))
	})
	return issues
}

func defect(observed string) schemas.Issue {
	return schemas.Issue{Code: CodeHarness, Where: "body", Expected: "a verdict of the validator", Observed: observed}
}

// kinds puts the validator's errors into codes and words, by its name for the
// kind of error. There is one for every keyword that asserts something.
var kinds = map[string]struct {
	code     string
	expected func(gojsonschema.ErrorDetails) string
}{
	"invalid_type": {CodeType, expectedType},
	"required":     {CodeRequired, func(d gojsonschema.ErrorDetails) string { return "the mandatory member " + missing(d) }},
	"pattern":      {CodePattern, func(gojsonschema.ErrorDetails) string { return "at least one character that is not white space" }},
}

// issue puts one error of the validator into our words. It looks at neither
// e.Value nor e.Description.
func issue(doc *strictjson.Document, e gojsonschema.ResultError) schemas.Issue {
	kind, ok := kinds[e.Type()]
	if !ok {
		return defect("an error of an unknown kind")
	}
	// The schemas lead to named members only, and no name holds a "/" or "~".
	at := strings.TrimPrefix(e.Context().String("/"), gojsonschema.STRING_CONTEXT_ROOT)
	if name := missing(e.Details()); name != "" {
		at += "/" + name
	}
	at = strictjson.SafePointer(at)
	return schemas.Issue{Code: kind.code, Where: at, Expected: kind.expected(e.Details()), Observed: observed(doc.Value, at)}
}

// missing is the name of the member that a "required" error is about, else "".
func missing(d gojsonschema.ErrorDetails) string {
	name, _ := d["property"].(string)
	return name
}

var typeWords = strings.NewReplacer("[", "", "]", "", ",", " or ",
	"string", "a string", "number", "a number", "object", "an object")

func expectedType(d gojsonschema.ErrorDetails) string {
	types, _ := d["expected"].(string)
	return typeWords.Replace(types)
}

// observed describes the value at pointer by its shape. Where there is none, it
// tells whether the name is there in another case (A26).
func observed(v strictjson.Value, pointer string) string {
	for _, name := range strings.Split(pointer, "/")[1:] {
		member, ok := v.Member(name)
		if !ok && slices.ContainsFunc(v.Names(), func(n string) bool { return strings.EqualFold(n, name) }) {
			return "no such member, but one whose name differs in case only"
		}
		if !ok {
			return "no such member"
		}
		v = member
	}
	return v.Shape()
}
