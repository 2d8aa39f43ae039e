package schemas

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// catalogue.yaml and rows.yaml are YAML of which they use little: every value is on
// the line of its key. Each run needs them, and to read just that takes a hundredth
// of the time of a YAML decoder. TestFilesAreYAML holds what is read against one.

// readCatalogue reads the text of catalogue.yaml, and refuses unknown keys.
func readCatalogue(text string) (*Catalogue, error) {
	c := &Catalogue{}
	for number, line := range entries(text) {
		if err := c.take(line, number); err != nil {
			return nil, fmt.Errorf("read %s: line %d: %w", CatalogueFile, number, err)
		}
	}
	return c, nil
}

// take takes one line of the file.
func (c *Catalogue) take(line string, number int) error {
	key, value, _ := strings.Cut(line, ": ")
	value, err := unquote(value)
	if err != nil {
		return err
	}
	switch key {
	case "version":
		c.Version = value
		return nil
	case "requirements:":
		return nil
	case "- id":
		c.Requirements = append(c.Requirements, Requirement{ID: value, Line: number})
		return nil
	}
	if len(c.Requirements) == 0 {
		return errors.New("no requirement has begun")
	}
	r := &c.Requirements[len(c.Requirements)-1]
	switch key {
	case "  level":
		r.Level = Level(value)
	case "  basis":
		r.Basis = value
	case "  source":
		r.Source = value
	case "  title":
		r.Title = value
	case "  rationale":
		r.Rationale = value
	case "  covers":
		r.Covers = strings.Split(strings.Trim(value, "[]"), ", ")
	case "  judge":
		if _, ok := Verbs[value]; !ok || r.Judge != "" {
			return fmt.Errorf("%s: there is no judge %q, or it has another one", r.ID, value)
		}
		r.Judge = value
	case "  reading":
		r.Reading = value
	case "  since":
		r.Since = value
	default:
		return errors.New("no known key, two spaces and a value")
	}
	return nil
}

// unquote returns what a value says, be it in quotes or not.
func unquote(value string) (string, error) {
	switch {
	case strings.HasPrefix(value, `"`):
		return strconv.Unquote(value)
	case strings.HasPrefix(value, "'"):
		inner, ok := strings.CutSuffix(value[1:], "'")
		if !ok {
			return "", strconv.ErrSyntax
		}
		return strings.ReplaceAll(inner, "''", "'"), nil
	}
	return value, nil
}

// readRows reads the text of rows.yaml, and refuses unknown keys.
func readRows(text string) (map[string]Row, error) {
	rows, section := map[string]Row{}, ""
	for number, line := range entries(text) {
		if name, ok := strings.CutSuffix(line, ":"); ok && slices.Contains(rowSections, name) {
			section = name
			continue
		}
		id, rest, _ := strings.Cut(line, ": {text: ")
		id, inside := strings.CutPrefix(id, "  ")
		row := Row{ID: id, Sent: section == "sent"}
		var err error
		row.Text, rest, err = cutQuoted(rest)
		if excluded, ok := strings.CutPrefix(rest, ", excluded: "); ok && err == nil {
			row.Excluded, rest, err = cutQuoted(excluded)
		}
		if _, twice := rows[id]; err != nil || rest != "}" || twice || !inside || section == "" {
			return nil, fmt.Errorf(`read rows.yaml: line %d: want a section, or in one a new ID: {text: "...", excluded: "..."}`, number)
		}
		rows[id] = row
	}
	return rows, nil
}

// rowSections are the keys of rows.yaml.
var rowSections = []string{"questions", "sent", "seen"}

// cutQuoted returns what the quoted string at the start of s says, and the rest.
func cutQuoted(s string) (text, rest string, err error) {
	quoted, err := strconv.QuotedPrefix(s)
	if err != nil {
		return "", s, err
	}
	text, err = strconv.Unquote(quoted)
	return text, s[len(quoted):], err
}

// entries yields the lines of a file, with their numbers, but for comments and
// empty ones.
func entries(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		number := 0
		for line := range strings.Lines(text) {
			number++
			line = strings.TrimSuffix(line, "\n")
			if line != "" && line[0] != '#' && !yield(number, line) {
				return
			}
		}
	}
}
