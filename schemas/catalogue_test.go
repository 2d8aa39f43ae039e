package schemas

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var idForm = regexp.MustCompile(`^(AUTH|STATUS|BODY|MASK|HTTP|ISOL)-[0-9]{2}$`)

func TestCatalogueIsWellFormed(t *testing.T) {
	c := Requirements()
	seen := map[string]bool{}
	for _, r := range c.Requirements {
		if !idForm.MatchString(r.ID) || seen[r.ID] {
			t.Errorf("%s: malformed or repeated id", r.ID)
		}
		seen[r.ID] = true
		if !slices.Contains([]Level{MUST, SHOULD, INFO}, r.Level) {
			t.Errorf("%s: level %q", r.ID, r.Level)
		}
		for name, value := range map[string]string{"basis": r.Basis, "source": r.Source, "title": r.Title, "rationale": r.Rationale, "since": r.Since} {
			if value == "" {
				t.Errorf("%s: %s is empty", r.ID, name)
			}
		}
		if !strings.HasSuffix(r.Title, ".") || len(r.Title) > 120 {
			t.Errorf("%s: the title is not one sentence of at most 120 characters", r.ID)
		}
		if r.Line < 2 || !strings.Contains(strings.Split(catalogueYAML, "\n")[r.Line-1], r.ID) {
			t.Errorf("%s: line %d does not hold it", r.ID, r.Line)
		}
		if _, ok := defaultReadings[r.Reading]; r.Reading != "" && !ok {
			t.Errorf("%s: there is no reading %q", r.ID, r.Reading)
		}
	}
}

// numbered are the rows that come in unbroken series.
var numbered = map[string]int{"A": 52, "V": 7, "M": 14, "B": 26, "D": 7, "X": 8, "L": 10, "R": 26, "T": 15}

func TestRowsAreCoveredOrExcluded(t *testing.T) {
	rows, err := Rows()
	if err != nil {
		t.Fatal(err)
	}
	covered := map[string]string{}
	for _, r := range Requirements().Requirements {
		for _, row := range r.Covers {
			if _, ok := rows[row]; !ok {
				t.Errorf("%s covers %s, which is no row", r.ID, row)
			}
			covered[row] = r.ID
		}
	}
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		switch excluded, by := rows[id].Excluded, covered[id]; {
		case excluded == "" && by == "":
			t.Errorf("row %s is neither covered nor excluded", id)
		case excluded != "" && by != "":
			t.Errorf("row %s is excluded, and covered by %s", id, by)
		case rows[id].Text == "":
			t.Errorf("row %s has no text", id)
		}
	}
	for series, last := range numbered {
		format := series + "%d"
		if series != "A" {
			format = series + "%02d"
		}
		for n := 1; n <= last; n++ {
			if id := fmt.Sprintf(format, n); rows[id].Text == "" {
				t.Errorf("row %s is missing", id)
			}
		}
	}
}

func TestShape(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"", "empty"},
		{"1380*005521", "D4*1D6"},
		{"153****0991", "D3*4D4"},
		{"sunk****@huawei.com", "A4*4@A6.A3"},
		{"zXXXXXX", "A1X6"},
		{"SpaceX", "A6"},
		{"华为XXXXXXXXX", "H2X9"},
		{"Huawei Technologies", "A6 A12"},
		{"\x1b[31m", "C1[1D2A1"},
		{strings.Repeat("a1", 100), strings.Repeat("A1D1", 12) + "…"},
	} {
		if got := Shape(test.in); got != test.want {
			t.Errorf("Shape of %d bytes = %s, want %s", len(test.in), got, test.want)
		}
	}
}
