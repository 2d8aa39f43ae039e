package redact

import (
	"slices"
	"strings"
	"unicode/utf8"

	"omaspec/schemas/lazy"
	"omaspec/schemas/media"
	"omaspec/schemas/strictjson"
)

// In encodings that are not made of ASCII and bytes above it, characters have bytes
// that look like ASCII signs: 张 is "_ " in UTF-16, and あ is `$"` in ISO-2022-JP. Such
// text is rewritten without regard to what its bytes look like: as a whole where no
// rule reads it, and else between the sequences that shift to the encoding and back.

// isOpaque tells whether a body is such text, and whether no rule reads it as a page
// or finds a value in it.
func isOpaque(contentType, text string) bool {
	if !mayBeOpaque(contentType, text) {
		return false
	}
	doc, issues := strictjson.ParseString(text, strictjson.DefaultLimits)
	begun := len(doc.Names()) > 0
	doc.Walk(func(string, strictjson.Value) { begun = true })
	return !(begun && doc.Kind != strictjson.Number) && media.FormOf(contentType, text, doc, issues) != media.Page
}

func mayBeOpaque(contentType, text string) bool {
	charset := ""
	if contentType != "" {
		label, _ := media.ContentType(contentType)
		charset = label.Charset
	}
	return isWide(text) || strings.ContainsAny(text, shiftIn) || strings.Contains(text, "~{") || charset != "" && !extendsASCII().MatchString(charset)
}

// isWide tells text in UTF-16 or UTF-32 with a byte order mark, or with a character
// of ASCII.
func isWide(text string) bool {
	return strings.IndexByte(text, 0) >= 0 || strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff")
}

// extendsASCII matches the charsets in which a byte of ASCII stands for itself, or
// follows a byte above it.
var extendsASCII = lazy.Regexp(`^(?:utf-?8|(?:us-)?ascii|iso-?8859.*|latin-?[0-9]+|(?:windows|cp)-?125[0-8]|gb2312|gbk|gb18030|big5.*|euc-.*|shift[-_]jis|sjis|koi8-.*|tis-620)$`)

// opaque rewrites bytes: each becomes another one that is as much a control, a blank,
// a digit, ASCII or beyond it. A sign at the beginning that begins JSON stays.
func (r *Redactor) opaque(text, salt string) string {
	s := r.key.stream("opaque", salt, text)
	out := []byte(text)
	for i, c := range out {
		switch {
		case c == 0, i == 0 && strings.IndexByte(`{["`, c) >= 0:
		case c >= '\t' && c <= '\r':
			out[i] = blanks[s.next(len(blanks))]
		case c < ' ', c == 0x7f:
			out[i] = controls[s.next(len(controls))]
		case c >= '0' && c <= '9':
			out[i] = '0' + byte(s.next(10))
		case c < utf8.RuneSelf:
			out[i] = lettersLower[s.next(len(lettersLower))]
		default:
			out[i] = 0x80 + byte(s.next(0x40))
		}
	}
	r.count(CountTexts)
	return string(out)
}

// shiftIn are the controls that shift to another encoding: escape sequences of
// ISO 2022, and shift out.
const shiftIn = "\x1b\x0e"

// shifts finds, in units, the characters of another encoding that are shown as ASCII
// (RFC 1468, RFC 1557, RFC 1843).
type shifts struct {
	units []unit
	plain int  // up to here no escape sequence without its first byte ends
	zeros bool // there are zeros: of UTF-16 in a page that is not
}

func newShifts(units []unit) shifts {
	return shifts{units: units, zeros: slices.ContainsFunc(units, isZero)}
}

func isZero(u unit) bool { return u.r == 0 }

// end returns where such characters end that begin at an index, or the index where
// none do: at the latest with the line, or with what cannot belong to them.
func (s *shifts) end(i int) int {
	if s.zeros && (i == 0 || isBracket(s.units[i-1])) {
		k := slices.IndexFunc(s.units[i:], isBracket)
		if k < 0 {
			k = len(s.units) - i
		}
		if slices.ContainsFunc(s.units[i:i+k], isZero) {
			return i + k
		}
	}
	switch s.units[i].r {
	case '\x1b', '\x0e':
		for i++; i < len(s.units) && s.units[i].r != '\n' && s.units[i].r != '\x0f' && !(s.units[i].r == '\x1b' && s.back(i+1)); {
			i++
		}
	case '~':
		if !s.at(i, "~{") {
			return i
		}
		for i += 2; i < len(s.units) && isGraphic(s.units[i].r) && !s.at(i, "~}"); {
			i++
		}
	case '$': // an escape sequence whose first byte is lost, or shown in another way
		if i < s.plain || !s.at(i, "$B") && !s.at(i, "$@") && !s.at(i, "$A") && !s.at(i, "$(") {
			return i
		}
		k := i + 2
		for k < len(s.units) && isGraphic(s.units[k].r) {
			if s.back(k) {
				return k
			}
			k++
		}
		s.plain = k
	}
	return i
}

// back tells whether the escape sequence to ASCII goes on at an index.
func (s *shifts) back(i int) bool { return s.at(i, "(B") || s.at(i, "(J") }

func (s *shifts) at(i int, text string) bool {
	for n := range len(text) {
		if i+n >= len(s.units) || s.units[i+n].r != rune(text[n]) {
			return false
		}
	}
	return true
}

// isBracket tells what a tag begins and ends with.
func isBracket(u unit) bool { return u.r == '<' || u.r == '>' }

func isGraphic(r rune) bool { return r > ' ' && r < 0x7f }

// wide tells what isWide tells, of bytes that became the characters of a JSON string.
func (s *shifts) wide() bool {
	first := func(a, b rune) bool { return len(s.units) > 1 && s.units[0].r == a && s.units[1].r == b }
	return s.zeros || first(0xff, 0xfe) || first(0xfe, 0xff)
}

// unshifted rewrites a character of another encoding that is shown as ASCII.
func (r *Redactor) unshifted(u unit, m mode, at string) string {
	switch {
	case u.r >= ' ' && u.r < 0x7f:
	case u.write != nil && u.r < utf8.RuneSelf:
		return r.sign(u, m, at)
	default:
		s := r.key.stream("other", m.salt, at, string(u.r))
		return u.spell(s.like(u.r))
	}
	return r.unique(textAt{"shifted", m.salt, at, string(u.r)}, func(s *stream) string {
		if u.write != nil && !strings.ContainsFunc(u.src, isWord) {
			return u.write(rune(`"\/`[s.next(3)]))
		}
		return u.spell(s.like('a'))
	}, anything)
}

// unread returns where JSON text goes on that a strict parser stops at, because of
// a shift to another encoding: at the control, or behind the first of its characters that
// looked like the end of a string.
func unread(text string) int {
	if i := strings.IndexAny(text, shiftIn); i >= 0 {
		return i
	}
	if strings.Contains(text, "~{") {
		if end := endInHZ().FindStringIndex(text); end != nil {
			return end[1] - 1
		}
	}
	return len(text)
}

var endInHZ = lazy.Regexp(`~\{(?:[^"\\~\x00-\x20]|~[^}])*"[^,:}\]\s]`)
