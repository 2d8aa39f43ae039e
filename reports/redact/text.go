package redact

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
	"omaspec/schemas/words"
)

// mode says what kind of text is at hand.
type mode struct {
	place words.Place // whose words stay; "" for none
	salt  string      // the place in the answer: equal short words of different places become different
	// masks tells that mask signs stay, for the members of Table 2 that are masked.
	masks bool
	// sensitive tells that the words by which a name is sensitive stay (row A24).
	sensitive bool
	// zeros tells that digits become zeros, where only their being there counts.
	zeros bool
}

// text rewrites one text. Its escapes (JSON, percent, HTML references) stay
// escapes, of other characters.
func (r *Redactor) text(src string, m mode) string {
	if src == "" || words.IsText(src) {
		return src
	}
	out := r.remember(m, src, func() string { return r.rewrite(decode(characters(src)), m) })
	if out != src {
		r.counts[CountTexts]++
	}
	return out
}

// rewrite rewrites the text that units are.
func (r *Redactor) rewrite(units []unit, m mode) string {
	var b strings.Builder
	stays := m.stays(units)
	before := "" // the word before, which tells short words apart
	for i := 0; i < len(units); {
		j := i + 1
		switch u := units[i]; {
		case u.bad || i > 0 && units[i-1].bad && isTrailByte(u.r):
			b.WriteString(r.octet(u, m, i))
		case isWord(u.r):
			for j < len(units) && !units[j].bad && isWord(units[j].r) {
				j++
			}
			before = r.spellWord(&b, units[i:j], stays[i:j], m, before, i > 0 && isElement(units[:i]))
		case stays[i], u.r < 0x80 && u.r >= ' ' && u.r != 0x7f:
			b.WriteString(u.src)
			if strings.ContainsRune("?&#", u.r) {
				before = "" // what follows does not depend on a volatile parameter
			}
		default:
			b.WriteString(u.spell(r.key.stream("other", m.salt, before, string(u.r)).like(u.r)))
		}
		i = j
	}
	return b.String()
}

// isWord tells the characters that make up words.
func isWord(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z'
	}
	return r < loneSurrogate && unicode.In(r, unicode.L, unicode.M, unicode.Nd)
}

// isTrailByte tells an ASCII character that may be the second byte of a Chinese
// one in GBK or Big5.
func isTrailByte(r rune) bool { return r >= 0x40 && r < 0x7f && r != '\\' }

// octet replaces a byte that is not UTF-8 by another one that is not, 0x80 to
// 0xBF, which begins no character, and a trail byte by a letter.
func (r *Redactor) octet(u unit, m mode, i int) string {
	s := r.key.stream("octet", m.salt, strconv.Itoa(i), u.src)
	if u.bad {
		return u.spell(0x80 + rune(s.next(0x40)))
	}
	return u.spell(s.like('a'))
}

// isElement tells whether the units before a word are "<" or "</".
func isElement(before []unit) bool {
	n := len(before)
	last := before[n-1].r
	return last == '<' || n > 1 && (last == '/' || last == '!') && before[n-2].r == '<'
}

// stays marks the units that stay because of what surrounds them: mask signs, and
// the words by which a name is sensitive.
func (m mode) stays(units []unit) []bool {
	stays := make([]bool, len(units))
	if !m.masks && !m.sensitive {
		return stays
	}
	if m.masks {
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
	}
	if m.sensitive {
		plain := ascii(units, len(units)) // of ASCII, so that its bytes are units
		for _, s := range leak.SensitiveName.FindAllStringIndex(plain, -1) {
			for i := s[0]; i < s[1]; i++ {
				stays[i] = true
			}
		}
	}
	return stays
}

// isLetterMask tells the letters that mask when they stand in a run.
func isLetterMask(r rune) bool { return r == 'x' || r == 'X' || r == 'ｘ' || r == 'Ｘ' }

// spellWord writes the replacement of a word like the word, and returns the word.
func (r *Redactor) spellWord(b *strings.Builder, units []unit, stays []bool, m mode, before string, element bool) string {
	runes := make([]rune, len(units))
	for i, u := range units {
		runes[i] = u.r
	}
	word := string(runes)
	if words.In(m.place, word) || element && words.In(words.Elements, word) {
		for _, u := range units {
			b.WriteString(u.src)
		}
		return word
	}
	for i, c := range []rune(r.word(word, m.salt+"\x00"+before)) {
		switch {
		case stays[i]:
			c = runes[i]
		case m.zeros && c >= '0' && c <= '9':
			c = '0'
		}
		b.WriteString(units[i].spell(c))
	}
	return word
}

// shortWord is the length, in bytes, up to which equal words are told apart by
// where they stand. With an alphabet for each place, digits that somebody spelled
// one by one cannot be solved like a cipher.
const shortWord = 5

// word returns what replaces a word: another one for each word, of the same
// classes of characters, that is in none of the closed lists.
func (r *Redactor) word(word, where string) string {
	draw := func(s *stream) string {
		out := make([]byte, 0, len(word))
		for _, c := range word {
			out = utf8.AppendRune(out, s.like(c))
		}
		return string(out)
	}
	switch {
	case len(word) > singularWord:
		return draw(r.key.stream("word", word))
	case len(word) > shortWord:
		where = ""
	}
	return r.unique("word", where, word, draw, func(out string) bool { return !words.Anywhere(out) })
}

// singularWord is the length, in bytes, beyond which two words do not get the same
// replacement by chance, and none is in a list.
const singularWord = 9

// attempts is how often a replacement is drawn until it is good and taken by
// nothing else.
const attempts = 64

// unique draws the replacement of a text of a kind at a place, and another one
// where that is no good or stands for another text already.
func (r *Redactor) unique(kind, where, src string, draw func(*stream) string, good func(string) bool) string {
	if out, ok := r.drawn[textAt{kind, where, src}]; ok {
		return out
	}
	var out string
	for n := range attempts {
		out = draw(r.key.stream(kind, where, src, strconv.Itoa(n)))
		other, taken := r.taken[textAt{kind, where, out}]
		if good(out) && (!taken || other == src) {
			break
		}
	}
	if len(r.drawn) < mostDrawn {
		r.drawn[textAt{kind, where, src}] = out
		r.taken[textAt{kind, where, out}] = src
	}
	return out
}

// textAt is a text of a kind at a place.
type textAt struct{ kind, where, text string }

// mostDrawn bounds the replacements that are remembered. More words than that are
// in no honest run, and equal ones still get equal replacements.
const mostDrawn = 1 << 15
