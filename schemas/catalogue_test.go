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

// TestVerbs wants the head of the catalogue to explain every verb.
func TestVerbs(t *testing.T) {
	for verb, meaning := range Verbs {
		if line := fmt.Sprintf("\n#                %-12s %s\n", verb, meaning); !strings.Contains(catalogueYAML, line) {
			t.Errorf("catalogue.yaml does not have the line %s", strings.TrimSpace(line))
		}
	}
}

func TestRowsAreCoveredOrExcluded(t *testing.T) {
	rows := allRows(t)
	covered := map[string]string{}
	for _, r := range Requirements().Requirements {
		for _, row := range r.Covers {
			if _, ok := rows[row]; !ok {
				t.Errorf("%s covers %s, which is no row", r.ID, row)
			}
			covered[row] = r.ID
		}
		if r.Judge != "" && !slices.ContainsFunc(r.Covers, func(row string) bool { return rows[row].Sent }) {
			t.Errorf("%s is judged as %s, and nothing is sent for what it covers", r.ID, r.Judge)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		switch excluded, by := rows[id].Excluded, covered[id]; {
		case excluded == "" && by == "":
			t.Errorf("row %s is neither covered nor excluded", id)
		case excluded != "" && by != "":
			t.Errorf("row %s is excluded, and covered by %s", id, by)
		case !strings.HasSuffix(rows[id].Text, "?"):
			t.Errorf("row %s is not a question", id)
		}
	}
}

// TestRowsAreNumbered wants every series of rows to count from 1 without a gap, and
// two rows never to ask the same.
func TestRowsAreNumbered(t *testing.T) {
	rows := allRows(t)
	series := map[string]int{}
	askedBy := map[string]string{}
	for id, row := range rows {
		if name := strings.TrimRight(id, "0123456789"); name != id {
			series[name]++
		}
		if other := askedBy[row.Text]; other != "" {
			t.Errorf("rows %s and %s ask the same", id, other)
		}
		askedBy[row.Text] = id
	}
	for name, last := range series {
		format := name + "%02d"
		if name == "A" {
			format = name + "%d"
		}
		for n := 1; n <= last; n++ {
			if id := fmt.Sprintf(format, n); rows[id].Text == "" {
				t.Errorf("there are %d rows %s, and %s is none", last, name, id)
			}
		}
	}
}

func allRows(t *testing.T) map[string]Row {
	t.Helper()
	rows, err := Rows()
	if err != nil {
		t.Fatal(err)
	}
	return rows
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
		{"\x1b[31m", "C1?1D2A1"},
		{"\x1b$B$&$-\x1b(B.", "C1?1A1?4C1?1A1?1"}, // うき
		{"~{;/;.~}", "?8"},                        // 花哗
		{"\x00[[\x00.", "C1?2C1?1"},
		{"ÿþ[[._", "A2?4"},
		{"~[[._", "~1[2._"},
		{strings.Repeat("a1", 100), strings.Repeat("A1D1", 12) + "…"},
	} {
		if got := Shape(test.in); got != test.want {
			t.Errorf("Shape of %d bytes = %s, want %s", len(test.in), got, test.want)
		}
	}
}
