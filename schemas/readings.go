package schemas

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Readings are the declared choices where the page contradicts itself or is
// silent, by name. The zero value of every reading is its default.
type Readings map[string]string

// Reading describes one choice.
type Reading struct {
	Name    string
	Values  []string // the first is the default; nil for a free value, see Check
	Default string
	Rows    []string // the rows that it answers
	Meaning string   // what the default means, in one sentence
}

// The names of the readings.
const (
	Envelope         = "envelope"
	Masking          = "masking"
	NullMembers      = "null-members"
	ErrorBody        = "error-body"
	CreatedNotBefore = "created-not-before"
)

// AllReadings lists every reading, in the order in which reports print them.
var AllReadings = []Reading{
	{
		Name: Envelope, Values: []string{"flat", "wrapped", "auto"}, Default: "flat", Rows: []string{"A3", "A4"},
		Meaning: "flat: the members of Table 2 stand at the root of the 200 body, as in the example; wrapped: under \"schema\"; auto: either.",
	},
	{
		Name: Masking, Values: []string{"lenient", "documented"}, Default: "lenient", Rows: []string{"A17", "A18", "A20", "A21"},
		Meaning: "lenient: any adequate mask passes, and another shape than the example's is a warning; documented: only the example's shape passes.",
	},
	{
		Name: NullMembers, Values: []string{"forbidden", "allowed"}, Default: "forbidden", Rows: []string{"A22"},
		Meaning: "forbidden: a mandatory member may not be null; allowed: it may, as a sibling page shows.",
	},
	{
		Name: ErrorBody, Values: []string{"lenient", "table"}, Default: "lenient", Rows: []string{"A5"},
		Meaning: "lenient: any string payload passes, and other forms than those of Tables 3 and 4 are warnings; table: only those forms pass.",
	},
	{
		Name: CreatedNotBefore, Default: "2010-01-01", Rows: []string{"A28"},
		Meaning: "the earliest creation date that is plausible (UTC).",
	},
}

var defaultReadings = func() Readings {
	r := Readings{}
	for _, reading := range AllReadings {
		r[reading.Name] = reading.Default
	}
	return r
}()

// Value returns the choice for name: the one that was made, or the default.
func (r Readings) Value(name string) string {
	if v := r[name]; v != "" {
		return v
	}
	return defaultReadings[name]
}

// Check refuses unknown names and values.
func (r Readings) Check() error {
	for _, name := range slices.Sorted(maps.Keys(r)) {
		i := slices.IndexFunc(AllReadings, func(x Reading) bool { return x.Name == name })
		if i < 0 {
			return fmt.Errorf("there is no reading %q; the readings are %s", name, strings.Join(slices.Sorted(maps.Keys(defaultReadings)), ", "))
		}
		if values := AllReadings[i].Values; values != nil && !slices.Contains(values, r[name]) {
			return fmt.Errorf("reading %s: %q is none of %s", name, r[name], strings.Join(values, ", "))
		}
	}
	if _, err := time.Parse(time.DateOnly, r.Value(CreatedNotBefore)); err != nil {
		return fmt.Errorf("reading %s: want a date such as 2010-01-01", CreatedNotBefore)
	}
	return nil
}

// NotBefore is the reading created-not-before as a time. It is the default's if
// the value does not parse, which Check excludes.
func (r Readings) NotBefore() time.Time {
	t, err := time.Parse(time.DateOnly, r.Value(CreatedNotBefore))
	if err != nil {
		t, _ = time.Parse(time.DateOnly, defaultReadings[CreatedNotBefore])
	}
	return t
}
