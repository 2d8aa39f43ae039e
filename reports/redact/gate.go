package redact

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"

	"omaspec/schemas/leak"
)

// Gate is the last look at finished reports before they are published: it knows
// the run's secrets and the personal values that were replaced, and which
// telephone numbers and addresses are pseudonyms.
type Gate struct {
	secrets *leak.Detector
	seen    *leak.Detector // of the replaced values
	made    map[string]bool
}

// Leak is something that must not be published: a credential, a personal value,
// or what looks like one and is no pseudonym. It never holds what was found.
type Leak struct {
	File   string
	Kind   leak.Kind
	Offset int // of its first byte
}

// Gate returns the gate for the reports of the run. Redact everything first.
func (r *Redactor) Gate() *Gate {
	seen := map[string]string{}
	for i, value := range slices.Sorted(maps.Keys(r.seen)) {
		if tells(value, r.vocabulary) {
			seen["value "+strconv.Itoa(i)] = value
		}
	}
	return &Gate{secrets: r.before, seen: leak.New(leak.Config{Secrets: seen}), made: r.made}
}

// tells tells whether a value found in a report can only be the customer's: it is
// no word that every report may hold, and no shorter than four letters or digits,
// or two of another script.
func tells(value string, vocabulary words) bool {
	return !vocabulary.in(value) && (len(value) >= 4 || utf8.RuneCountInString(value) >= 2 && len(value) >= 6)
}

// gated lists the kinds of hits that withhold a report. Identity cards are found
// by their check digit. One number in ten has the check digit of a bank card, and
// requests without a valid token carry a JSON Web Token that says nothing, so
// these two do not.
var gated = []leak.Kind{leak.Token, leak.Truth, leak.Phone, leak.Email, leak.IDCard}

// Scan looks through the bytes of finished reports, by file name, and returns
// what it finds in the order of names and offsets.
func (g *Gate) Scan(files map[string][]byte) []Leak {
	var leaks []Leak
	for _, file := range slices.Sorted(maps.Keys(files)) {
		text := string(files[file])
		found := g.scan(text)
		for _, h := range g.seen.Scan(text) {
			if h.Kind == leak.Token {
				found = append(found, Leak{Kind: leak.Truth, Offset: h.Start})
			}
		}
		slices.SortStableFunc(found, func(a, b Leak) int { return cmp.Compare(a.Offset, b.Offset) })
		for _, l := range slices.Compact(found) {
			l.File = file
			leaks = append(leaks, l)
		}
	}
	return leaks
}

func (g *Gate) scan(text string) []Leak {
	var found []Leak
	for _, h := range g.secrets.Scan(text) {
		if slices.Contains(gated, h.Kind) && !g.isPseudonym(text[h.Start:h.End], h) {
			found = append(found, Leak{Kind: h.Kind, Offset: h.Start})
		}
	}
	return found
}

// isPseudonym tells whether what was found in source is what this run put there.
func (g *Gate) isPseudonym(source string, h leak.Hit) bool {
	if inBase64(h) {
		return !slices.ContainsFunc(contents(decoded(source)), func(content string) bool { return len(g.scan(content)) > 0 })
	}
	return h.Kind != leak.Token && h.Kind != leak.Truth && g.made[decoded(source)]
}

// contents decodes a run of base64 from each of its first four characters on.
func contents(run string) []string {
	var out []string
	for skip := range 4 {
		if content, _, err := decodeRun(run, skip); err == nil {
			out = append(out, content)
		}
	}
	return out
}
