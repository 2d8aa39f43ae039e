package lazy

import "testing"

func TestRegexp(t *testing.T) {
	expr := Regexp(`^a+$`)
	if first := expr(); !first.MatchString("aa") || first != expr() {
		t.Error("two calls do not return one regular expression")
	}
	wrong := Regexp(`(`)
	defer func() {
		if recover() == nil {
			t.Error("an expression that does not parse was accepted")
		}
	}()
	wrong()
}
