package redact

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"omaspec/schemas"
	"omaspec/schemas/lazy"
	"omaspec/schemas/media"
	"omaspec/schemas/strictjson"
)

// In encodings that are not made of ASCII and bytes above it, characters have bytes
// that look like ASCII signs: 张 is "_ " in UTF-16, and あ is `$"` in ISO-2022-JP. Such
// text is rewritten without regard to what its bytes look like: as a whole where no
// rule reads it, and else between the sequences that shift to the encoding and back.

// isOpaque tells whether a body is such text, and whether no rule reads it as JSON or as
// a page, or finds a value in it. closed tells that all the same it begins with an
// array or object, which is empty.
func isOpaque(contentType, text string) (is, closed bool) {
	if !mayBeOpaque(contentType, text) {
		return false, false
	}
	doc, issues := strictjson.ParseString(text, strictjson.DefaultLimits)
	has := func(codes ...string) bool {
		return slices.ContainsFunc(issues, func(i schemas.Issue) bool { return slices.Contains(codes, i.Code) })
	}
	begun := len(doc.Names()) > 0
	doc.Walk(func(string, strictjson.Value) { begun = true })
	halves := has(strictjson.CodeUTF8) && utf8.ValidString(text) // of surrogate pairs, in a name
	isJSON := doc.Complete && !has(strictjson.CodeTrailing) || has(strictjson.CodeDepth, strictjson.CodeSize) || halves
	form := media.FormOf(contentType, text, doc, issues)
	is = !isJSON && (!begun || doc.Kind == strictjson.Number) && form != media.Page && form != media.Labelled
	return is, doc.Complete && doc.Kind != strictjson.Number
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

// opaqueBody rewrites a body that isOpaque. What a strict parser and media.FormOf read at
// its beginning stays what it is: a byte order mark, blanks, a number, an empty array or
// object, or the sign that begins another value.
func (r *Redactor) opaqueBody(a answerOf, text string, closed bool) string {
	rest := strings.TrimPrefix(text, mark)
	lead := text[:len(text)-len(rest)]
	start := strings.TrimLeftFunc(rest, isBlank)
	s := r.key.stream("opaque blanks", a.salt, text)
	for _, c := range rest[:len(rest)-len(start)] {
		if strings.ContainsRune(jsonSpace, c) {
			c = rune(jsonSpace[s.next(len(jsonSpace))])
		}
		lead += string(s.like(c))
	}
	head, start := r.begin(a, scalar{text: start, place: func() string { return "opaque" }})
	switch {
	case head != "" || start == "":
	case closed:
		head, start = map[byte]string{'[': "[]", '{': "{}"}[start[0]], start[2:]
	case strings.IndexByte(`{["`, start[0]) >= 0:
		head, start = start[:1], start[1:]
	}
	return lead + head + r.opaque(start, a.salt)
}

// isBlank tells what is trimmed before the form of a text is told (package media).
func isBlank(c rune) bool { return unicode.IsSpace(c) || c == '\ufeff' }

// opaque rewrites characters, and bytes that are none: each becomes another one that is
// as much a control, a blank, a digit, ASCII or beyond it. A space is ASCII like any
// other, but for those at the end.
func (r *Redactor) opaque(text, salt string) string {
	s := r.key.stream("opaque", salt, text)
	var b strings.Builder
	b.Grow(len(text))
	end := len(strings.TrimRightFunc(text, isBlank))
	for i := 0; i < len(text); {
		c, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case c == '<' && startOfPage(text[i:]) > 0:
			n = startOfPage(text[i:])
			b.WriteString(text[i : i+n])
		case c == utf8.RuneError && n == 1:
			b.WriteByte(0x80 + byte(s.next(0x40)))
		case c == '\t', c == '\n', c == '\r':
			b.WriteByte("\t\n\r"[s.next(3)])
		case c >= ' ' && c < 0x7f && (c < '0' || c > '9') && i < end:
			b.WriteByte(lettersLower[s.next(len(lettersLower))])
		default:
			b.WriteRune(s.like(c))
		}
		i += n
	}
	r.count(CountTexts)
	return b.String()
}

// startOfPage is the length of what tells a page from other text (package media), if a text
// begins with it.
func startOfPage(text string) int { return len(pageStart().FindString(text)) }

var pageStart = lazy.Regexp(`(?i)^<(?:!doctype|html|head|body)(?:[\s>]|$)`)

// longestStart is the length of the longest.
const longestStart = len("<!doctype>")

// pageIn is startOfPage for units, of which none is escaped.
func pageIn(units []unit) int {
	var text []byte
	for _, u := range units[:min(longestStart, len(units))] {
		if len(u.src) > 1 {
			break
		}
		text = append(text, u.src...)
	}
	return startOfPage(string(text))
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
		for i++; i < len(s.units) && s.units[i].r != '\n' && s.units[i].r != '\x0f' && (s.units[i].r != '\x1b' || !s.back(i+1)); {
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
		if end := endInHZ().FindStringSubmatchIndex(text); end != nil {
			return end[3]
		}
	}
	return len(text)
}

var endInHZ = lazy.Regexp(`~\{(?:[^"\\~\x00-\x20]|~[^}"\\])*~?(")[^,:}\]\s]`)
