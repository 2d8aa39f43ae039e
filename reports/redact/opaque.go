package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

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
	return isWide(text) || strings.ContainsAny(text, shiftIn) || strings.Contains(text, "~{") || charset != "" && !extendsASCII.MatchString(charset)
}

// isWide tells text in UTF-16 or UTF-32 with a byte order mark, or with a character
// of ASCII.
func isWide(text string) bool {
	return strings.IndexByte(text, 0) >= 0 || strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff")
}

// extendsASCII matches the charsets in which a byte of ASCII stands for itself, or
// follows a byte above it.
var extendsASCII = regexp.MustCompile(`^(?:utf-?8|(?:us-)?ascii|iso-?8859.*|latin-?[0-9]+|(?:windows|cp)-?125[0-8]|gb2312|gbk|gb18030|big5.*|euc-.*|shift[-_]jis|sjis|koi8-.*|tis-620)$`)

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

// shiftEnd returns where the characters of another encoding end that begin at
// units[i], or i where none do: at the latest with the line, or with what cannot
// belong to HZ (RFC 1468, RFC 1557, RFC 1843).
func shiftEnd(units []unit, i int) int {
	at := func(k int, text string) bool { return ascii(units[k:], len(text)) == text }
	switch units[i].r {
	case '\x1b', '\x0e':
		for i++; i < len(units) && units[i].r != '\n' && units[i].r != '\x0f' && !at(i, "\x1b(B") && !at(i, "\x1b(J"); {
			i++
		}
	case '~':
		if !at(i, "~{") {
			return i
		}
		for i += 2; i < len(units) && units[i].r > ' ' && units[i].r < 0x7f && !at(i, "~}"); {
			i++
		}
	}
	return i
}

// isWideUnits tells what isWide tells, of bytes that became the characters of a JSON string.
func isWideUnits(units []unit) bool {
	marked := len(units) > 1 && (units[0].r == 0xff && units[1].r == 0xfe || units[0].r == 0xfe && units[1].r == 0xff)
	return marked || slices.ContainsFunc(units, func(u unit) bool { return u.r == 0 })
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
		if end := endInHZ.FindStringIndex(text); end != nil {
			return end[1] - 1
		}
	}
	return len(text)
}

var endInHZ = regexp.MustCompile(`~\{(?:[^"\\~\x00-\x20]|~[^}])*"[^,:}\]\s]`)
