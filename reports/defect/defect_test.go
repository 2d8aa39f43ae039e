package defect

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestGuard(t *testing.T) {
	if err := Guard(func() error { return io.EOF })(); !errors.Is(err, io.EOF) {
		t.Errorf("an error comes back as %v", err)
	}
	if err := Guard(func() error { return nil })(); err != nil {
		t.Errorf("success comes back as %v", err)
	}
	for name, f := range map[string]func() error{
		"a string":       func() error { panic("15312340991") },
		"an error":       func() error { panic(errors.New("15312340991")) },
		"of the runtime": func() error { var m map[string]int; m["15312340991"] = 1; return nil }, //nolint:staticcheck // as it is meant
		"handed on":      func() error { panic(Of("15312340991")) },
	} {
		err := Guard(f)()
		var p *Panic
		if !errors.As(err, &p) || strings.Contains(err.Error(), "153") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
		if name == "handed on" && p.Type != "string" {
			t.Errorf("a panic that is handed on is one of %s", p.Type)
		}
	}
}
