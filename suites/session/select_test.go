package session

import (
	"strings"
	"testing"

	"omaspec/schemas"
)

func TestSelect(t *testing.T) {
	for _, test := range []struct {
		name   string
		ids    []string
		filter string
		want   int
		err    string
	}{
		{"everything", nil, "", len(schemas.Requirements().Requirements), ""},
		{"two", []string{"MASK-04", "AUTH-01", "AUTH-01"}, "", 2, ""},
		{"one by its label", nil, "req:MASK-04", 1, ""},
		{"by level and family", nil, "family:isol && level:should", 1, ""},
		{"by both", []string{"AUTH-01", "MASK-01"}, "family:mask", 1, ""},
		{"an unknown id", []string{"AUTH-01", "AUTH-99"}, "", 0, "there is no requirement \"AUTH-99\", did you mean \"AUTH-09\"?; `omaspec list` shows all"},
		{"an id of another case", []string{"auth-01"}, "", 0, `there is no requirement "auth-01"`},
		{"a filter that matches nothing", nil, "family:nobody", 0, "chooses no requirement"},
		{"ids that the filter excludes", []string{"AUTH-01"}, "family:mask", 0, "chooses no requirement"},
		{"a filter that does not parse", nil, "((", 0, "does not parse; an example is 'family:mask && level:must'"},
		{"a filter with half a label", nil, "family:", 0, "does not parse"},
	} {
		t.Run(test.name, func(t *testing.T) {
			chosen, err := Select(test.ids, test.filter)
			if test.err == "" && (err != nil || len(chosen) != test.want) {
				t.Errorf("%d requirements, %v", len(chosen), err)
			}
			if test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "\n")) {
				t.Errorf("%v, want one line with %q", err, test.err)
			}
		})
	}
}
