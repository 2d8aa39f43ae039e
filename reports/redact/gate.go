package redact

import (
	"cmp"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"omaspec/reports/exchange"
	"omaspec/schemas/leak"
)

// Gate is the last look at finished reports before they are published: it knows
// the run's secrets and the personal values that were replaced, and which
// telephone numbers and addresses are pseudonyms.
type Gate struct {
	detector   *leak.Detector // of the run's secrets, of the replaced values, and of what looks like one
	made       map[string]bool
	raw        []string // what the target sent
	vocabulary words
}

// valueName begins the names of replaced values, which no placeholder does.
const valueName = "value "

// Leak is something that must not be published: a credential, a personal value,
// or what looks like one and is no pseudonym. It never holds what was found.
type Leak struct {
	File   string
	Kind   leak.Kind
	Offset int // of its first byte
}

// Gate returns the gate for the reports of the run. Redact everything first.
func (r *Redactor) Gate() *Gate {
	hidden := map[string]string{}
	maps.Copy(hidden, r.secrets)
	for i, value := range slices.Sorted(maps.Keys(r.seen)) {
		if tells(value, r.vocabulary) {
			hidden[valueName+strconv.Itoa(i)] = value
		}
	}
	return &Gate{detector: leak.New(leak.Config{Truth: byField(r.subjects), Secrets: hidden, AllowEmails: r.allowed}), made: r.made, raw: r.raw, vocabulary: r.vocabulary}
}

// tells tells whether a value that is found in a report can only be the
// customer's: every report holds short words of ASCII and those of the vocabulary,
// and so many times, sizes and trace ids that every short number turns up by chance.
func tells(value string, vocabulary words) bool {
	if strings.Trim(value, hexDigits) == "" && len(value) < numberTells {
		return false
	}
	shortWord := len(value) < 5 && !strings.ContainsFunc(value, func(r rune) bool { return r >= utf8.RuneSelf })
	return !shortWord && utf8.RuneCountInString(value) > 1 && !vocabulary.in(value)
}

const (
	hexDigits   = "0123456789abcdefABCDEF"
	numberTells = 10
)

// gated lists the kinds of hits that withhold a report. Identity cards are found
// by their check digit. One number in ten has the check digit of a bank card, and
// requests without a valid token carry a JSON Web Token that says nothing, so
// these two do not.
var gated = []leak.Kind{leak.Token, leak.Truth, leak.Phone, leak.Email, leak.IDCard}

// Scan looks through the bytes of finished reports, by file name, and returns
// what it finds in the order of names and offsets.
func (g *Gate) Scan(files map[string][]byte) []Leak {
	found := g.lines(files)
	var leaks []Leak
	for _, file := range slices.Sorted(maps.Keys(files)) {
		offset := 0
		for line := range strings.Lines(string(files[file])) {
			for _, l := range *found[line] {
				leaks = append(leaks, Leak{file, l.Kind, offset + l.Offset})
			}
			offset += len(line)
		}
	}
	return leaks
}

// lines looks through every line of the files, once, since reports repeat most of
// theirs, and several at a time.
func (g *Gate) lines(files map[string][]byte) map[string]*[]Leak {
	found := map[string]*[]Leak{}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, content := range files {
		for line := range strings.Lines(string(content)) {
			if found[line] != nil {
				continue
			}
			leaks := new([]Leak)
			found[line] = leaks
			group.Go(func() error {
				*leaks = g.line(line)
				return nil
			})
		}
	}
	_ = group.Wait() // nothing returns an error
	return found
}

// line looks through one line: no secret and no value of a customer spans two.
func (g *Gate) line(line string) []Leak {
	found := g.scan(line)
	slices.SortStableFunc(found, func(a, b Leak) int { return cmp.Compare(a.Offset, b.Offset) })
	return slices.Compact(found)
}

func (g *Gate) scan(text string) []Leak {
	var found []Leak
	for _, h := range g.detector.Scan(text) {
		switch {
		case strings.HasPrefix(h.Name, valueName):
			found = append(found, Leak{Kind: leak.Truth, Offset: h.Start})
		case slices.Contains(gated, h.Kind) && !g.isPseudonym(text[h.Start:h.End], h):
			found = append(found, Leak{Kind: h.Kind, Offset: h.Start})
		}
	}
	return found
}

// isPseudonym tells whether what was found in source is what this run put there,
// or a word that says nothing.
func (g *Gate) isPseudonym(source string, h leak.Hit) bool {
	if inBase64(h) {
		return !slices.ContainsFunc(contents(decoded(source)), func(content string) bool { return len(g.scan(content)) > 0 })
	}
	switch found := decoded(source); h.Kind {
	case leak.Token:
		return false
	case leak.Truth:
		return !tells(found, g.vocabulary)
	default:
		return g.made[found] || !g.captured(source) && !g.captured(found)
	}
}

// captured tells whether the target sent a text. A number or address that it did
// not send is one of omaspec's own, a time or a size, however it looks.
func (g *Gate) captured(text string) bool {
	return slices.ContainsFunc(g.raw, func(raw string) bool { return strings.Contains(raw, text) })
}

// rawTexts lists all that the target sent, each text once.
func rawTexts(exchanges []*exchange.Exchange) []string {
	texts := map[string]bool{}
	for _, x := range exchanges {
		if x.Response == nil {
			continue
		}
		for _, text := range []exchange.Sensitive{x.Response.Reason, x.Response.Body, exchange.Sensitive(plainBody(x.Response)), x.Response.Extra} {
			texts[string(text)] = true
		}
		for _, f := range slices.Concat(x.Response.Header, x.Response.Trailer) {
			texts[f.Name], texts[string(f.Value)] = true, true
		}
	}
	return slices.Collect(maps.Keys(texts))
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
