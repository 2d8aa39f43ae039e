package main

import (
	"errors"
	"strings"
	"testing"

	"omaspec/reports"
	"omaspec/suites/selftest"
)

// TestSelftestFails wants exit code 5, and to hear why, where the harness says
// something else of a target than it has to. The scripts have what goes well.
func TestSelftestFails(t *testing.T) {
	as := func(variant bool, expected, observed, doubts []string) selftest.Matrix {
		return selftest.Matrix{Trials: []selftest.Trial{{Name: "auth.case", Variant: variant, Expected: expected, Observed: observed, Doubts: doubts}}}
	}
	ids := func(ids ...string) []string { return ids }
	for _, test := range []struct {
		name   string
		matrix selftest.Matrix
		want   string // "" where all is well
	}{
		{"a fault that is caught", as(false, ids("AUTH-08"), ids("AUTH-08"), ids("AUTH-09")), ""},
		{"a fault that survives", as(false, ids("AUTH-08"), nil, nil), "missed AUTH-08"},
		{"a fault that is known for nothing", as(false, nil, nil, nil), "nothing is known that it breaks"},
		{"a fault that breaks too much", as(false, ids("AUTH-08"), ids("AUTH-08", "BODY-01"), nil), "unexpected BODY-01"},
		{"a variant that is left alone", as(true, nil, nil, nil), ""},
		{"a variant that is accused", as(true, nil, ids("AUTH-08"), nil), "unexpected AUTH-08"},
		{"a variant that is in doubt", as(true, nil, nil, ids("AUTH-08")), "in doubt AUTH-08"},
		{"a requirement that nothing breaks", selftest.Matrix{Whole: true, Unkilled: ids("AUTH-08")}, "AUTH-08: no fault breaks it"},
	} {
		var b strings.Builder
		if err := writeMatrix(&b, test.matrix, false, false); err != nil || !strings.Contains(b.String(), test.want) {
			t.Errorf("%s: %v, %s", test.name, err, &b)
		}
		code, err := 0, whether(test.matrix)
		if e, ok := errors.AsType[exitError](err); ok {
			code = e.code
		}
		if want := map[bool]int{true: 0, false: reports.ExitDefect}[test.want == ""]; code != want || strings.Contains(b.String(), "✗") != (want != 0) {
			t.Errorf("%s: exit code %d: %v\n%s", test.name, code, err, &b)
		}
	}
}
