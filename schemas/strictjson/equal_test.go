package strictjson

import (
	"slices"
	"testing"
)

func TestEqual(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":[2]}`, `{ "b": [ 2 ], "a": 1 }`, true},
		{`"x"`, `"\u0078"`, true},
		{`1`, `1.0`, false},
		{`1`, `"1"`, false},
		{`[1,2]`, `[2,1]`, false},
	} {
		a, _ := Parse([]byte(test.a), DefaultLimits)
		b, _ := Parse([]byte(test.b), DefaultLimits)
		if got := a.Equal(b.Value); got != test.want {
			t.Errorf("%s and %s: equal is %t", test.a, test.b, got)
		}
	}
}

func TestWalkNames(t *testing.T) {
	doc, _ := Parse([]byte(`{"schema":{"email":1,"secret":[{"x":1}]},"schema":2}`), DefaultLimits)
	var got []string
	doc.WalkNames(func(pointer, name string) { got = append(got, pointer+" "+name) })
	want := []string{" schema", "/schema email", "/schema secret", "/schema/<unknown>/0 x"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
