package strictjson

import "bytes"

// Equal tells whether two values are the same without regard to white space,
// escapes and the order of members. Numbers are equal when their literals are.
func (v Value) Equal(other Value) bool {
	return v.Kind == other.Kind && bytes.Equal(v.canonical(), other.canonical())
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
		c.value.walkNames(at+"/"+v.token(i, c), visit)
	}
}
