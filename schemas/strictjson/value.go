package strictjson

import (
	"encoding/json"
	"fmt"
	"strconv"

	"omaspec/schemas"
)

// Kind is the type of a JSON value, in the words of JSON Schema.
type Kind string

// The kinds of JSON values. The zero Kind stands for no value at all.
const (
	Null    Kind = "null"
	Boolean Kind = "boolean"
	Number  Kind = "number"
	String  Kind = "string"
	Array   Kind = "array"
	Object  Kind = "object"
)

// Value is one JSON value as it stood in the body. Whatever formats it prints
// its shape.
type Value struct {
	Kind   Kind
	Raw    string // the literal; "" for an array or object that is cut off
	String string // the decoded text of a string, else ""

	outsized bool    // a number outside the limits
	children []child // in the order of the text
}

// child is a member of an object, or an element of an array (without a name).
type child struct {
	name  string
	value Value
}

// Names returns the member names of an object in the order of the text, each
// once. A name is data from the wire and may be sensitive.
func (v Value) Names() []string {
	if v.Kind != Object {
		return nil
	}
	seen := make(map[string]bool, len(v.children))
	var names []string
	for _, c := range v.children {
		if !seen[c.name] {
			seen[c.name] = true
			names = append(names, c.name)
		}
	}
	return names
}

// Members returns every value that the member called name has, in the order of
// the text; more than one where the name is duplicated (A25). Names are compared
// exactly (A26).
func (v Value) Members(name string) []Value {
	if v.Kind != Object {
		return nil
	}
	var values []Value
	for i := range v.children {
		if v.children[i].name == name {
			values = append(values, v.children[i].value)
		}
	}
	return values
}

// Member returns the last value of the member called name, which is the one that
// most decoders keep.
func (v Value) Member(name string) (Value, bool) {
	if v.Kind == Object {
		for i := len(v.children) - 1; i >= 0; i-- {
			if v.children[i].name == name {
				return v.children[i].value, true
			}
		}
	}
	return Value{}, false
}

// Has tells whether v is an object with a member called name.
func (v Value) Has(name string) bool {
	_, ok := v.Member(name)
	return ok
}

// Walk visits every scalar in v in the order of the text, also each value of a
// duplicated member. Pointers are RFC 6901 pointers as SafePointer makes them.
func (v Value) Walk(visit func(pointer string, scalar Value)) { v.walk("", visit) }

func (v Value) walk(at string, visit func(string, Value)) {
	switch v.Kind {
	case "":
	case Array, Object:
		for i, c := range v.children {
			c.value.walk(at+"/"+v.token(at, i, c), visit)
		}
	default:
		visit(at, v)
	}
}

// Each visits every member of an object in the order of the text.
func (v Value) Each(visit func(name string, value Value)) {
	if v.Kind != Object {
		return
	}
	for _, c := range v.children {
		visit(c.name, c.value)
	}
}

// WalkNames visits every member name in v in the order of the text, each once
// for each object. A name is data from the wire and may be sensitive. Pointers
// are those of the object that has the name, as SafePointer makes them.
func (v Value) WalkNames(visit func(pointer, name string)) { v.walkNames("", visit) }

func (v Value) walkNames(at string, visit func(string, string)) {
	for _, name := range v.Names() {
		visit(at, name)
	}
	for i, c := range v.children {
		c.value.walkNames(at+"/"+v.token(at, i, c), visit)
	}
}

// token is the reference token of the child c at index i of the value at a pointer,
// safe to print.
func (v Value) token(at string, i int, c child) string {
	if v.Kind == Array {
		return safeIndex(at, strconv.Itoa(i))
	}
	return SafeName(c.name)
}

// Any returns v as encoding/json would decode it: map[string]any, []any, string,
// json.Number, bool or nil. The last value of a duplicated member wins. A number
// that Parse reported as json.number stands as 0, because such literals stop or
// crash validators.
func (v Value) Any() any {
	switch v.Kind {
	case Object:
		members := make(map[string]any, len(v.children))
		for _, c := range v.children {
			members[c.name] = c.value.Any()
		}
		return members
	case Array:
		elements := make([]any, len(v.children))
		for i, c := range v.children {
			elements[i] = c.value.Any()
		}
		return elements
	case String:
		return v.String
	case Number:
		if v.outsized {
			return json.Number("0")
		}
		return json.Number(v.Raw)
	case Boolean:
		return v.Raw == "true"
	default:
		return nil
	}
}

// Shape describes v in words for an issue, without giving it away: "a string of
// shape D3*4D4", "an object with 8 members".
func (v Value) Shape() string {
	switch v.Kind {
	case Null:
		return "null"
	case Boolean:
		return "a boolean"
	case Number:
		return "a number of shape " + schemas.Shape(v.Raw)
	case String:
		return "a string of shape " + schemas.Shape(v.String)
	case Array:
		return fmt.Sprintf("an array with %d elements", len(v.children))
	case Object:
		return fmt.Sprintf("an object with %d members", len(v.children))
	default:
		return "nothing"
	}
}

// Format prints the shape for every verb.
func (v Value) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(v.Shape())) }

// GomegaString keeps Gomega's formatter from showing the value.
func (v Value) GomegaString() string { return v.Shape() }
