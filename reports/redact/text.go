package redact

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"omaspec/schemas/mask"
	"omaspec/schemas/portalurl"
	"omaspec/schemas/words"
)

// mode says what kind of text is at hand.
type mode struct {
	place words.Place // whose words stay; "" for none
	salt  string      // the place in the answer: equal words of different places become different
	// masks tells that mask signs stay, for the members of Table 2 that are masked.
	masks bool
	// late tells that many texts of the answer came before.
	late bool
	// page tells that the text is a page: names of elements stay.
	page bool
	// json tells that the text is the inside of a JSON string, and url that it is a
	// URL whose parts rules compare.
	json, url bool
}

// text rewrites one text. The escapes of JSON strings and URLs stay escapes, of
// other characters.
func (r *Redactor) text(src string, m mode) string {
	if src == "" || words.IsText(src) {
		return src
	}
	out := ""
	if len(src) < longText {
		out = r.rewrite(src, m)
	} else {
		out = r.remember(m, src, func() string { return r.rewrite(src, m) })
	}
	if out != src {
		r.count(CountTexts)
	}
	return out
}

// longText is the length, in bytes, from which a text is rewritten once.
const longText = 256

// rewrite rewrites a text word by word.
func (r *Redactor) rewrite(src string, m mode) string {
	r.scratch = appendCharacters(r.scratch[:0], src)
	units := m.decode(r.scratch)
	stays := m.stays(units)
	var b strings.Builder
	b.Grow(len(src))
	plain := r.plain(src, m) // from how many words on they are all alike
	start, part := 0, 0      // where positions are counted from, and how often that changed
	foreign, end := newShifts(units), -1
	if m.json && foreign.wide() {
		end = len(units)
	}
	blank := len(units) // from here on there are blanks alone
	for blank > 0 && isBlank(units[blank-1].r) {
		blank--
	}
	for i, n := 0, 0; i < len(units); {
		j := i + 1
		at := strconv.Itoa(part) + "/" + strconv.Itoa(i-start)
		if end < i {
			end = foreign.end(i)
		}
		end = min(end, blank)
		escaped := i > 0 && units[i-1].src == `\` // by a backslash that escapes nothing
		switch u := &units[i]; {
		case u.src == "<" && pageIn(units[i:]) > 0:
			j = i + pageIn(units[i:])
			for _, u := range units[i:j] {
				b.WriteString(u.src)
			}
		case m.json && u.src == `\`:
			b.WriteString(u.src)
		case u.bad || i > 0 && units[i-1].bad && isTrailByte(u.r):
			b.WriteString(r.octet(*u, m, at))
		case i < end && m.json && escaped && isGraphic(u.r):
			b.WriteByte('z')
		case i < end:
			b.WriteString(r.unshifted(*u, m, at))
		case isWord(u.r):
			for j < len(units) && !units[j].bad && isWord(units[j].r) {
				j++
			}
			n++
			w := wordAt{units: units[i:j], mode: m, at: at, element: m.page && i > 0 && isElement(units[:i]), plain: n > plain,
				parameter: m.url && isParameter(units, i, j), escaped: escaped}
			if stays != nil {
				w.stays = stays[i:j]
			}
			if n == 1 && plain < unlimited {
				w.at = src // which tells the text from others
			}
			r.spellWord(&b, w)
		case stays != nil && stays[i]:
			b.WriteString(u.src)
		case u.r < utf8.RuneSelf && (u.write != nil || u.r >= ' ' && u.r != 0x7f):
			b.WriteString(r.sign(*u, m, at))
			if u.r == '?' || u.r == '&' || u.r == '#' {
				start, part = i, part+1 // what follows does not depend on a volatile parameter
			}
		default:
			b.WriteString(r.unique(textAt{"other", m.salt, at, string(u.r)}, func(s *stream) string { return u.spell(s.like(u.r)) }, anything))
		}
		i = j
	}
	return b.String()
}

// Bounds of the words that get a replacement of their own: those of a run, far more
// than conforming answers have, and those in the first texts of each answer all the
// same. Others become all alike; names never do, since each stands once.
const (
	wordsPerRun  = 300_000
	wordsAtLeast = 64
	unlimited    = math.MaxInt
)

// plain says how many words of a text get a replacement of their own.
func (r *Redactor) plain(src string, m mode) int {
	if m.place == words.Names {
		return unlimited
	}
	r.words += len(src)/wordLength + 1
	switch {
	case r.words < wordsPerRun:
		return unlimited
	case m.late:
		return 0
	}
	return wordsAtLeast
}

// wordLength is about how long a word is, with what separates it from the next.
const wordLength = 8

// isWord tells the characters that make up words.
func isWord(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z'
	}
	return r < loneSurrogate && unicode.In(r, unicode.L, unicode.M, unicode.Nd)
}

// The ASCII characters that stand in for escaped ones that are no letters and digits:
// signs that delimit nothing in a URL, blanks, and controls; and the signs that do.
const (
	signs      = "!'()*,-._~"
	blanks     = "\t\n\f\r"
	controls   = "\x01\x02\x03\x04\x05\x06\x07\x08"
	delimiters = ":/?#&=%@+;[]"
)

// sign rewrites an ASCII sign or blank, or an escaped control. Signs and blanks are
// syntax and stay. Of an escape, letters and digits may belong to a value
// that only seems to be escaped (LIKE '%2583451234%', CORP\u0020391), so that
// another character takes its place where no rule reads it.
func (r *Redactor) sign(u unit, m mode, at string) string {
	if !strings.ContainsFunc(u.src, isWord) || m.url && strings.ContainsRune(delimiters, u.r) {
		return u.src
	}
	from := signs
	switch {
	case unicode.IsSpace(u.r):
		from = blanks
	case unicode.IsControl(u.r):
		from = controls
	}
	return r.unique(textAt{"sign", m.salt, at, string(u.r)}, func(s *stream) string { return u.write(rune(from[s.next(len(from))])) }, anything)
}

func anything(string) bool { return true }

// isTrailByte tells an ASCII character that may be the second byte of a Chinese
// one in GBK or Big5.
func isTrailByte(r rune) bool { return r >= 0x40 && r < 0x7f && r != '\\' }

// octet replaces a byte that is not UTF-8 by another one that is not, 0x80 to
// 0xBF, which begins no character, and a trail byte by a letter.
func (r *Redactor) octet(u unit, m mode, at string) string {
	if u.bad {
		s := r.key.stream("octet", m.salt, at, u.src)
		return u.spell(0x80 + rune(s.next(0x40)))
	}
	return r.unique(textAt{"trail", m.salt, at, u.src}, func(s *stream) string { return u.spell(s.like('a')) }, anything)
}

// isElement tells whether the units before a word are "<" or "</".
func isElement(before []unit) bool {
	n := len(before)
	last := before[n-1].r
	return last == '<' || n > 1 && (last == '/' || last == '!') && before[n-2].r == '<'
}

// stays marks the units of mask signs, where they stay. It is nil elsewhere.
func (m mode) stays(units []unit) []bool {
	if !m.masks {
		return nil
	}
	stays := make([]bool, len(units))
	for i := 0; i < len(units); {
		j := i + 1
		for j < len(units) && isLetterMask(units[i].r) && units[j].r == units[i].r {
			j++
		}
		stays[i] = mask.IsSign(units[i].r)
		for k := i; j-i >= 2 && k < j; k++ {
			stays[k] = true
		}
		i = j
	}
	return stays
}

// isLetterMask tells the letters that mask when they stand in a run.
func isLetterMask(r rune) bool { return r == 'x' || r == 'X' || r == 'ｘ' || r == 'Ｘ' }

// wordAt is a word where it stands.
type wordAt struct {
	units   []unit
	stays   []bool // the units that stay; nil for none
	mode    mode
	at      string // its position in the text
	element bool   // it stands where a page has the name of an element
	// parameter tells that it is part of the name of a parameter that rules read.
	parameter bool
	plain     bool // it becomes what all such words become
	escaped   bool // a backslash stands before it that escapes nothing
}

// spellWord writes the replacement of a word like the word.
func (r *Redactor) spellWord(b *strings.Builder, w wordAt) {
	r.runes = r.runes[:0]
	for i := range w.units {
		r.runes = append(r.runes, w.units[i].r)
	}
	word := string(r.runes)
	if r.keeps(w, word) {
		for i := range w.units {
			b.WriteString(w.units[i].src)
		}
		return
	}
	out := r.runes
	if w.plain {
		s := r.key.stream("plain")
		for i, c := range out {
			out[i] = s.like(c)
		}
	} else {
		out = []rune(r.word(textAt{"word", w.mode.salt, w.at, word}))
	}
	for i, c := range out {
		switch {
		case w.stays != nil && w.stays[i]:
			c = w.units[i].r
		case i == 0 && w.escaped && unicode.IsLower(c):
			c = 'z' // which the backslash does not escape either
		}
		b.WriteString(w.units[i].spell(c))
	}
}

// keeps tells whether a word stays where it stands: it is in the closed list of the
// place, and no word of a true value, unless a rule reads it there.
func (r *Redactor) keeps(w wordAt, word string) bool {
	if !words.In(w.mode.place, word) && (!w.element || !words.In(words.Elements, word)) {
		return false
	}
	lower := strings.ToLower(word)
	return !r.never[lower] || w.element && pageElements[lower] || w.parameter
}

// pageElements are those that tell a page from a text (package media).
var pageElements = map[string]bool{"html": true, "head": true, "body": true, "doctype": true}

// isParameter tells whether the word units[i:j] is part of the name of a parameter
// that is read when URLs are compared (package portalurl).
func isParameter(units []unit, i, j int) bool {
	inName := func(u unit) bool { return isWord(u.r) || u.r == '_' }
	for i > 0 && inName(units[i-1]) {
		i--
	}
	for j < len(units) && inName(units[j]) {
		j++
	}
	if i == 0 || j == len(units) || units[i-1].r != '?' && units[i-1].r != '&' || units[j].r != '=' {
		return false
	}
	name := ascii(units[i:j], j-i)
	return name == "redirect_uri" || slices.Contains(portalurl.Volatile, name)
}

// word returns what replaces a word: another one for each word, of the same
// classes of characters, that is in none of the closed lists. Equal words become
// different ones elsewhere: with an alphabet for each place and position, what
// somebody spelled digit by digit cannot be solved like a cipher.
func (r *Redactor) word(w textAt) string {
	if len(w.text) > singularWord {
		s := r.key.stream(w.kind, w.place, w.at, w.text)
		return s.draw(w.text)
	}
	return r.unique(w, func(s *stream) string { return s.draw(w.text) }, func(out string) bool { return !words.Anywhere(out) })
}

// draw draws every character of a text anew.
func (s *stream) draw(text string) string {
	out := make([]byte, 0, len(text))
	for _, c := range text {
		out = utf8.AppendRune(out, s.like(c))
	}
	return string(out)
}

// singularWord is the length, in bytes, beyond which two words do not get the same
// replacement by chance, and none is in a list.
const singularWord = 6

// attempts is how often a replacement is drawn until it is good and taken by
// nothing else.
const attempts = 64

// textAt is a text of a kind, at a position of a place.
type textAt struct{ kind, place, at, text string }

// unique draws the replacement of a text, and another one where that is no good or
// stands for another text there already.
func (r *Redactor) unique(src textAt, draw func(*stream) string, good func(string) bool) string {
	if out, ok := r.drawn[src]; ok {
		return out
	}
	// A further value of a doubled member is another one than the first, and no more
	// is kept of it: that all are different would be an alphabet.
	to, further := src, false
	to.place, _, further = strings.Cut(src.place, again)
	for n := range attempts {
		s := r.key.stream(src.kind, src.place, src.at, src.text, strconv.Itoa(n))
		to.text = draw(&s)
		other, taken := r.taken[to]
		if good(to.text) && (!taken || other == src.text) {
			break
		}
	}
	if len(r.drawn) < mostDrawn && !further {
		r.drawn[src] = to.text
		r.taken[to] = src.text
	}
	return to.text
}

// mostDrawn bounds the replacements that are remembered. More words than that are
// in no honest run, and equal ones still get equal replacements.
const mostDrawn = 1 << 15
