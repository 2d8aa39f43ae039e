package redact

import (
	"slices"
	"strings"
	"unicode"

	"omaspec/schemas/mask"
)

// A customer's value is replaced as a whole: every spelling of one telephone
// number (with a country code, with spaces, in full-width digits) gets the same
// pseudonym in the same spelling. And what a rule finds out by comparing values
// with each other must come out the same for their pseudonyms:
//
//   - a properly masked value stays as it is, so the pseudonym of the number that
//     it masks shows the same digits where the mask shows them;
//   - a value that is masked badly, or that another mask of the same value
//     completes, gets a pseudonym, which is the mask of the pseudonym of the
//     true value where that is known;
//   - values that do not belong together get pseudonyms that do not.

// cell is one character of a value, in the form in which values are compared.
type cell struct {
	at     int  // index among the characters of the value
	r      rune // lower case, narrow
	hidden bool // a mask sign
}

// read returns the characters of a value that are compared: letters, digits and
// what hides something; of an e-mail address all; of a telephone number those
// after the country code. Only a masked value hides something, by the signs and
// letters that mask.Judge takes for masks or for fillers.
func read(f mask.Field, runes []rune, isMasked bool) []cell {
	var cells []cell
	for i, r := range runes {
		folded := unicode.ToLower(narrow(r))
		hidden := isMasked && hides(f, runes, i)
		if hidden || f == mask.Email || unicode.In(r, unicode.L, unicode.N, unicode.M) {
			cells = append(cells, cell{i, folded, hidden})
		}
	}
	if f == mask.MobilePhone {
		international := slices.Contains(runes, '+') || slices.Contains(runes, '＋')
		cells = cells[countryCode(cells, international):]
	}
	return cells
}

// hides tells whether the character at i of a masked value hides something.
func hides(f mask.Field, runes []rune, i int) bool {
	r := unicode.ToLower(narrow(runes[i]))
	switch {
	case mask.IsSign(r), r == 'x', r == '?', r == '\ufffd', r == '…', r == 'n' && f == mask.MobilePhone:
		return true
	case r > unicode.MaxASCII && !unicode.IsSymbol(r) || r <= unicode.MaxASCII && !strings.ContainsRune("_-~=^!.", r):
		return false
	}
	least := 2
	if f == mask.Email {
		least = 3 // an address may hold two of them in a row
	}
	start, end := i, i+1
	for start > 0 && i-start < least && runes[start-1] == runes[i] {
		start--
	}
	for end < len(runes) && end-start < least && runes[end] == runes[i] {
		end++
	}
	return end-start >= least
}

// narrow maps the full-width forms U+FF01 to U+FF5E to ASCII.
func narrow(r rune) rune {
	if r >= '！' && r <= '～' {
		return r - '！' + '!'
	}
	return r
}

// countryCode counts the digits that stand for a country: all digits before the
// national number. Which of the other codes have three digits does not matter: a
// pseudonym keeps the first two digits after the code in their class anyway.
func countryCode(cells []cell, international bool) int {
	has := func(i int, digits string) bool {
		for j, d := range []rune(digits) {
			if i+j >= len(cells) || cells[i+j].r != d {
				return false
			}
		}
		return true
	}
	n := 0
	if !international && has(0, "00") {
		international, n = true, 2
	}
	switch {
	case international && (has(n, "1") || has(n, "7")):
		return n + 1
	case international:
		return min(n+2, len(cells))
	case len(cells) == 13 && has(0, "86"):
		return 2
	}
	return 0
}

// letters are the runes of cells.
func letters(cells []cell) []rune {
	out := make([]rune, len(cells))
	for i, c := range cells {
		out[i] = c.r
	}
	return out
}

// align finds for each visible cell of a masked value the character of value that
// it shows; ok is false when masked is no mask of value. A run of mask signs
// stands for any number of characters.
func align(masked []cell, value []rune) (at map[int]int, ok bool) {
	at = map[int]int{}
	var parts [][2]int // runs of visible cells, as ranges
	for i := 0; i < len(masked); {
		j := i
		for j < len(masked) && !masked[j].hidden {
			j++
		}
		if j > i {
			parts = append(parts, [2]int{i, j})
		}
		for j < len(masked) && masked[j].hidden {
			j++
		}
		i = j
	}
	if len(masked) == 0 {
		return at, false
	}
	place := func(part [2]int, from int) bool {
		visible := letters(masked[part[0]:part[1]])
		if from < 0 || from+len(visible) > len(value) || !slices.Equal(visible, value[from:from+len(visible)]) {
			return false
		}
		for i := range visible {
			at[part[0]+i] = from + i
		}
		return true
	}
	next, end := 0, len(value)
	if len(parts) > 0 && !masked[0].hidden {
		if !place(parts[0], 0) {
			return nil, false
		}
		next = parts[0][1]
		parts = parts[1:]
	}
	if len(parts) > 0 && !masked[len(masked)-1].hidden {
		last := parts[len(parts)-1]
		end -= last[1] - last[0]
		if end < next || !place(last, end) {
			return nil, false
		}
		parts = parts[:len(parts)-1]
	}
	for _, part := range parts {
		for !place(part, next) {
			if next++; next >= end {
				return nil, false
			}
		}
		next += part[1] - part[0]
	}
	return at, true
}

// values holds the pseudonyms of one field.
type values struct {
	field mask.Field
	key   key
	// masks are the properly masked values of the run; those that shown holds stay
	// as they are.
	masks []string
	shown map[string]bool
	// known maps values, as they are compared, to pseudonyms; taken holds all
	// pseudonyms.
	known map[string][]rune
	taken map[string]bool
	// maskOf maps masked values that do not stay to what replaces their visible cells.
	maskOf map[string][]rune
	truths [][]rune // true values, as they are compared
	// assembled are values of which only the masks are known.
	assembled []*assembly
}

// assembly is a value as far as several masks of it show it.
type assembly struct {
	length int
	real   map[int]rune
	pseudo map[int]rune
}

// attempts bounds the search for a pseudonym that behaves like the value.
const attempts = 64

// newValues prepares the pseudonyms of one field: masks are its properly masked
// values in the run, truths the true values that are known.
func newValues(f mask.Field, k key, masks, truths []string) *values {
	v := &values{field: f, key: k, masks: slices.Compact(slices.Sorted(slices.Values(masks))), shown: map[string]bool{},
		known: map[string][]rune{}, taken: map[string]bool{}, maskOf: map[string][]rune{}}
	for _, t := range truths {
		v.truths = append(v.truths, letters(read(f, []rune(t), false)))
	}
	for _, m := range v.masks {
		v.shown[m] = v.mayShow(m, truths)
	}
	for _, t := range v.truths {
		v.pseudonym(t)
	}
	for _, m := range v.masks {
		if !v.shown[m] {
			v.masked(m)
		}
	}
	return v
}

// mayShow tells whether a properly masked value may stand in the evidence: it
// hides enough of the true value, and no other mask of the run completes it.
func (v *values) mayShow(masked string, truths []string) bool {
	for _, t := range truths {
		switch mask.JudgeTruth(v.field, masked, t).Verdict {
		case mask.Unmasked, mask.UnderMasked, mask.NothingHidden:
			return false
		}
	}
	return !slices.ContainsFunc(v.masks, func(other string) bool {
		return other != masked && mask.Union(v.field, []string{masked, other}).RevealsMore
	})
}

// pseudonym returns the pseudonym of a value in the form of read.
func (v *values) pseudonym(value []rune) []rune {
	if p, ok := v.known[string(value)]; ok {
		return p
	}
	fixed := v.shownBy(value)
	var best []rune
	for salt := range attempts {
		p := v.key.stream("value", string(v.field), string(value), string(rune(salt))).value(v.field, value, fixed)
		if slices.Equal(p, value) || v.taken[string(p)] {
			continue
		}
		if best == nil {
			best = p
		}
		if v.behavesLike(value, p) {
			best = p
			break
		}
	}
	if best == nil { // everything is shown already, or there are more values than pseudonyms
		best = v.key.stream("value", string(v.field), string(value)).value(v.field, value, fixed)
	}
	v.known[string(value)] = best
	v.taken[string(best)] = true
	return best
}

// shownBy returns the characters of value that masks of the run show, or what
// these masks are replaced by.
func (v *values) shownBy(value []rune) map[int]rune {
	fixed := map[int]rune{}
	for _, m := range v.masks {
		cells := read(v.field, []rune(m), true)
		at, ok := align(cells, value)
		if !ok {
			continue
		}
		replaced, known := v.maskOf[m]
		for cell, i := range at {
			switch {
			case v.shown[m]:
				fixed[i] = value[i]
			case known:
				fixed[i] = replaced[cell]
			}
		}
	}
	if v.field == mask.Company {
		keepLegalForm(value, fixed)
	}
	return fixed
}

// behavesLike tells whether p is masked by the same masks of the run as value.
func (v *values) behavesLike(value, p []rune) bool {
	return !slices.ContainsFunc(v.masks, func(m string) bool {
		cells := read(v.field, []rune(m), true)
		before := agrees(cells, value)
		if replaced, ok := v.maskOf[m]; ok {
			for i := range cells {
				cells[i].r = replaced[i]
			}
		}
		return before != agrees(cells, p)
	})
}

// agrees tells whether value begins and ends with what a masked value shows.
func agrees(masked []cell, value []rune) bool {
	_, ok := align(masked, value)
	return ok
}

// masked returns the characters that replace the cells of a masked value that may
// not stay.
func (v *values) masked(text string) []rune {
	if p, ok := v.maskOf[text]; ok {
		return p
	}
	cells := read(v.field, []rune(text), true)
	out := letters(cells)
	for _, truth := range v.truths {
		if at, ok := align(cells, truth); ok {
			p := v.pseudonym(truth)
			for cell, i := range at {
				out[cell] = p[i]
			}
			v.maskOf[text] = out
			return out
		}
	}
	a := v.assemblyOf(cells)
	if v.field == mask.Company {
		keepLegalForm(letters(cells), a.pseudo)
	}
	s := v.key.stream("mask", string(v.field), text)
	for i, c := range cells {
		if c.hidden {
			continue
		}
		if _, ok := a.pseudo[i]; !ok {
			a.pseudo[i] = s.valueRune(v.field, letters(cells), i)
		}
		a.real[i] = c.r
		out[i] = a.pseudo[i]
	}
	v.maskOf[text] = out
	return out
}

// assemblyOf finds the value that cells may be a mask of, or starts a new one.
func (v *values) assemblyOf(cells []cell) *assembly {
	for _, a := range v.assembled {
		contradicts := len(cells) != a.length
		for i, c := range cells {
			r, known := a.real[i]
			contradicts = contradicts || known && !c.hidden && r != c.r
		}
		if !contradicts {
			return a
		}
	}
	a := &assembly{len(cells), map[int]rune{}, map[int]rune{}}
	v.assembled = append(v.assembled, a)
	return a
}

// value draws a pseudonym. fixed holds what is decided already, by index.
func (s *stream) value(f mask.Field, value []rune, fixed map[int]rune) []rune {
	out := make([]rune, len(value))
	kept := topLevelDomain(f, value)
	for i := range value {
		out[i] = s.valueRune(f, value, i)
		if r, ok := fixed[i]; ok {
			out[i] = r
		} else if i >= kept {
			out[i] = value[i]
		}
	}
	return out
}

// valueRune draws one character. A telephone number keeps its first digit and
// the class of its second, which tell a mobile number from any other number.
func (s *stream) valueRune(f mask.Field, value []rune, i int) rune {
	r := value[i]
	switch {
	case f != mask.MobilePhone || i > 1:
		return s.like(r)
	case i == 0:
		return r
	case r >= '3' && r <= '9':
		return '3' + rune(s.next(7))
	case r >= '0' && r <= '2':
		return '0' + rune(s.next(3))
	}
	return s.like(r)
}

// topLevelDomain is the index of the last dot of an e-mail address, from where it
// stays, and the length of any other value.
func topLevelDomain(f mask.Field, value []rune) int {
	if f == mask.Email {
		for i := len(value) - 1; i >= 0 && value[i] != '@'; i-- {
			if value[i] == '.' {
				return i
			}
		}
	}
	return len(value)
}

// legalForms end company names and say nothing about which company it is, as
// they are compared: without spaces and punctuation, in lower case.
var legalForms = strings.Fields("有限责任公司 股份有限公司 有限公司 集团 公司 coltd ltd inc llc gmbh sa plc corp")

// keepLegalForm fixes the legal form that value ends with.
func keepLegalForm(value []rune, fixed map[int]rune) {
	for _, form := range legalForms {
		if rest, ok := strings.CutSuffix(string(value), form); ok && rest != "" {
			for i := len([]rune(rest)); i < len(value); i++ {
				fixed[i] = value[i]
			}
			return
		}
	}
}

// apply replaces the characters of a value: cells say which ones, p by what.
func apply(runes []rune, cells []cell, p []rune) []rune {
	out := slices.Clone(runes)
	for i, c := range cells {
		out[c.at] = inStyleOf(runes[c.at], p[i])
	}
	return out
}

// inStyleOf gives r the width and case of model.
func inStyleOf(model, r rune) rune {
	wide := narrow(model) != model
	if unicode.IsUpper(model) {
		r = unicode.ToUpper(r)
	}
	if wide && r > ' ' && r < 0x7f {
		r += '！' - '!'
	}
	return r
}

// pseudonyms holds the pseudonyms of all fields.
type pseudonyms map[mask.Field]*values

func newPseudonyms(k key, masks, truths map[mask.Field][]string) pseudonyms {
	p := pseudonyms{}
	for _, f := range mask.Fields {
		p[f] = newValues(f, k, masks[f], truths[f])
	}
	return p
}

// unmasked returns the pseudonym of a true value, in the spelling of text.
func (p pseudonyms) unmasked(f mask.Field, text string) string {
	runes := []rune(text)
	cells := read(f, runes, false)
	return string(apply(runes, cells, p[f].pseudonym(letters(cells))))
}

// member returns what replaces the text of a masked member: the text itself where
// it is properly masked, and otherwise a pseudonym with the same verdict.
func (p pseudonyms) member(f mask.Field, text string) string {
	v := p[f]
	verdict := mask.Judge(f, text).Verdict
	if shown, known := v.shown[text]; shown || !known && (verdict == mask.OK || verdict == mask.AllMasked) || verdict == mask.Empty {
		return text
	}
	if verdict == mask.Unmasked || verdict == mask.Ambiguous {
		return p.unmasked(f, text)
	}
	runes := []rune(text)
	return string(apply(runes, read(f, runes, true), v.masked(text)))
}
