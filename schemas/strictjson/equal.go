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
