package evidence

import (
	"reflect"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Place is a pointer into a file that should hold a T, for showing. Names that omaspec
// gives to no member there read "<unknown>": somebody chose them who edited the file.
func Place[T any](p jsontext.Pointer) string {
	if p == "" {
		return "its root"
	}
	place, at := "", reflect.TypeFor[T]()
	for token := range p.Tokens() {
		var name string
		if name, at = member(at, token); at == nil {
			return place + "/<unknown>"
		}
		place += "/" + name
	}
	return place
}

// indexDigits bounds what is shown as an index.
const indexDigits = 5

// member is the name and the type of a member or element of a type, in whatever case
// it is asked for; nil for none.
func member(t reflect.Type, token string) (string, reflect.Type) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 && len(token) <= indexDigits && strings.Trim(token, "0123456789") == "" {
			return token, t.Elem()
		}
	case reflect.Struct:
		for i := range t.NumField() {
			if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); strings.EqualFold(name, token) && name != "-" {
				return name, t.Field(i).Type
			}
		}
	}
	return "", nil
}
