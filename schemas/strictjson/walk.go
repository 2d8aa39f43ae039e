package strictjson

import (
	"cmp"
	"slices"
)

// Equal tells whether two values are the same without regard to white space,
// escapes and the order of members. Numbers are equal when their literals are. It
// takes no longer than reading the smaller value: nested duplicates would else be
// read once for each level.
func (v Value) Equal(other Value) bool {
	if v.Kind != other.Kind || len(v.children) != len(other.children) {
		return false
	}
	if v.Raw == other.Raw && v.Raw != "" {
		return true
	}
	switch v.Kind {
	case String:
		return v.String == other.String
	case Array, Object:
		return (v.Raw == "") == (other.Raw == "") && slices.EqualFunc(v.sorted(), other.sorted(), func(a, b child) bool {
			return a.name == b.name && a.value.Equal(b.value)
		})
	}
	return v.Raw == other.Raw
}

// sorted returns the children of v, members by their names.
func (v Value) sorted() []child {
	if v.Kind == Array {
		return v.children
	}
	return slices.SortedStableFunc(slices.Values(v.children), func(a, b child) int { return cmp.Compare(a.name, b.name) })
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
