package selftest

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// WriteTable writes the matrix for people: one line for each family of faults
// and for the variants, then what is wrong, and last the numbers that count.
// Verbose lists every target with the requirements that it broke.
func (m Matrix) WriteTable(w io.Writer, verbose bool) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if verbose {
		for _, trial := range m.Trials {
			fmt.Fprintf(table, "%s\t%s\t%s\n", mark(trial.Good()), trial.Name, cmp.Or(strings.Join(trial.verdicts(), " "), "-"))
		}
		fmt.Fprintln(table)
	}
	fmt.Fprintf(table, "family\tas expected\tof\t\n")
	for _, f := range m.families() {
		fmt.Fprintf(table, "%s\t%d\t%d\t\n", f.name, f.good, f.total)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	var b strings.Builder
	for _, trial := range m.Trials {
		if !trial.Good() {
			fmt.Fprintf(&b, "\n✗ %s: %s\n  %s\n", trial.Name, trial.Summary, trial.Difference())
		}
	}
	for _, id := range m.Unkilled {
		fmt.Fprintf(&b, "\n✗ %s: no fault breaks it, so its green proves nothing\n", id)
	}
	fmt.Fprintf(&b, "\n%s\n", m.Summary())
	_, err := io.WriteString(w, b.String())
	return err
}

// Summary is the numbers in one line: of what was judged at all, and of a whole
// matrix also how much it covers.
func (m Matrix) Summary() string {
	var parts []string
	add := func(words string, good, total int) {
		if total > 0 {
			parts = append(parts, fmt.Sprintf("%s %d of %d", words, good, total))
		}
	}
	killed, faults := m.Count(false)
	add("faults killed", killed, faults)
	green, variants := m.Count(true)
	add("conforming variants green", green, variants)
	add("requirements covered", m.Covered, m.Requirements)
	return strings.Join(parts, " · ")
}

func mark(good bool) string {
	if good {
		return "✓"
	}
	return "✗"
}

// family counts the trials whose names begin alike.
type family struct {
	name        string
	good, total int
}

// families counts the trials of each family, in the order in which they come.
func (m Matrix) families() []family {
	var all []family
	for _, trial := range m.Trials {
		name, _, _ := strings.Cut(trial.Name, ".")
		if trial.Variant {
			name = "conforming variants"
		}
		i := slices.IndexFunc(all, func(f family) bool { return f.name == name })
		if i < 0 {
			i = len(all)
			all = append(all, family{name: name})
		}
		all[i].total++
		if trial.Good() {
			all[i].good++
		}
	}
	return all
}
