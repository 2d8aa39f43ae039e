package leak

import (
	"encoding/base64"
	"html"
	"iter"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// view is the text as given, or what it becomes when encodings are undone.
type view struct {
	text     string
	encoding string // the undone encodings, the outermost first
	depth    int
	parent   *view   // nil for the text as given
	pieces   []piece // what the bytes of text were in the parent's text, in order
}

// piece says that the bytes of a view from at, up to the next piece, come from
// the bytes from to to of its parent: one by one, or as a whole.
type piece struct {
	at       int
	from, to int
	whole    bool
}

// source returns the bytes of the text as given that s comes from.
func (v *view) source(s span) span {
	for ; v.parent != nil; v = v.parent {
		s = span{v.from(s.start).start, v.from(s.end - 1).end}
	}
	return s
}

// from returns the bytes of the parent that the byte i comes from.
func (v *view) from(i int) span {
	p := v.pieces[sort.Search(len(v.pieces), func(n int) bool { return v.pieces[n].at > i })-1]
	if p.whole {
		return span{p.from, p.to}
	}
	return span{p.from + i - p.at, p.from + i - p.at + 1}
}

// decoders undo one layer of an encoding. They return no pieces when there is none.
var decoders = []struct {
	name   string
	decode func(text string) (string, []piece)
}{
	{"json", func(text string) (string, []piece) { return replace(text, '\\', jsonEscape) }},
	{"percent", func(text string) (string, []piece) { return replace(text, '%', percentEscape) }},
	{"html", func(text string) (string, []piece) { return replace(text, '&', htmlReference) }},
	{"width", func(text string) (string, []piece) { return replace(text, fullWidthLead, fullWidth) }},
	{"format", func(text string) (string, []piece) { return replace(text, formatLead, invisible) }},
	{"base64", decodeBase64},
}

// The first bytes of what fullWidth and invisible read, in UTF-8.
const (
	fullWidthLead = 0xef
	formatLead    = 0xe2
)

// fullWidth reads a full-width form of ASCII (Unicode, Halfwidth and Fullwidth Forms), or
// a byte order mark, which shows as nothing.
func fullWidth(s string) (string, int) {
	switch r, n := utf8.DecodeRuneInString(s); {
	case r >= '！' && r <= '～':
		return string(r - '！' + '!'), n
	case r == '\ufeff':
		return "", n
	}
	return "", 0
}

// invisible reads a character that shows as nothing: the zero-width ones, the word joiner
// and the marks of direction (Unicode, General Punctuation).
func invisible(s string) (string, int) {
	if r, n := utf8.DecodeRuneInString(s); r >= '\u200b' && r <= '\u200f' || r >= '\u202a' && r <= '\u202e' || r >= '\u2060' && r <= '\u2064' {
		return "", n
	}
	return "", 0
}

// decode returns the views that undoing one layer makes.
func (v *view) decode() []*view {
	var out []*view
	for _, d := range decoders {
		if text, pieces := d.decode(v.text); pieces != nil {
			out = append(out, &view{text, join(v.encoding, d.name), v.depth + 1, v, pieces})
		}
	}
	return out
}

// replace undoes the escapes that start with mark. escape reads one at the start
// of its argument, and returns what it stands for and its length, 0 if it is none.
func replace(text string, mark byte, escape func(string) (string, int)) (string, []piece) {
	var b strings.Builder
	var pieces []piece
	done := 0 // text[:done] is written
	room := func() {
		b.Grow(len(text))
		pieces = make([]piece, 0, min(2*strings.Count(text, string(mark)), len(text))+1)
	}
	for i := 0; ; {
		next := strings.IndexByte(text[i:], mark)
		if next < 0 {
			break
		}
		i += next
		plain, n := escape(text[i:])
		if n == 0 {
			i++
			continue
		}
		if pieces == nil {
			room()
		}
		if done < i {
			pieces = append(pieces, piece{b.Len(), done, i, false})
			b.WriteString(text[done:i])
		}
		pieces = append(pieces, piece{b.Len(), i, i + n, true})
		b.WriteString(plain)
		i += n
		done = i
	}
	if pieces == nil {
		return "", nil
	}
	if done < len(text) {
		pieces = append(pieces, piece{b.Len(), done, len(text), false})
		b.WriteString(text[done:])
	}
	return b.String(), pieces
}

// percentEscape reads a percent-encoded byte (RFC 3986 2.1).
func percentEscape(s string) (string, int) {
	if len(s) < 3 {
		return "", 0
	}
	b, err := strconv.ParseUint(s[1:3], 16, 8)
	if err != nil {
		return "", 0
	}
	return string([]byte{byte(b)}), 3
}

var shortEscapes = map[byte]string{
	'"': `"`, '\\': `\`, '/': "/", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t",
}

// jsonEscape reads an escape of a JSON string (RFC 8259 7).
func jsonEscape(s string) (string, int) {
	if len(s) < 2 {
		return "", 0
	}
	if plain, ok := shortEscapes[s[1]]; ok {
		return plain, 2
	}
	r, ok := unicodeEscape(s)
	if !ok {
		return "", 0
	}
	if low, ok := unicodeEscape(s[6:]); ok {
		if pair := utf16.DecodeRune(r, low); pair != unicode.ReplacementChar {
			return string(pair), 12
		}
	}
	return string(r), 6
}

// unicodeEscape reads \uXXXX at the start of s.
func unicodeEscape(s string) (rune, bool) {
	if len(s) < 6 || s[:2] != `\u` {
		return 0, false
	}
	n, err := strconv.ParseUint(s[2:6], 16, 16)
	return rune(n), err == nil
}

// htmlReference reads an HTML character reference. A number needs no semicolon.
func htmlReference(s string) (string, int) {
	n := referenceLength(s)
	if n == 0 {
		return "", 0
	}
	plain := html.UnescapeString(s[:n])
	if plain == s[:n] || plain == "" {
		return "", 0
	}
	return plain, n
}

// referenceLength is the length of what starts s and has the form of a reference:
// "&#" and 1 to 7 digits, "&#x" and 1 to 6, or "&", a name and ";".
func referenceLength(s string) int {
	switch {
	case len(s) > 3 && s[1] == '#' && s[2]|0x20 == 'x' && isHexDigit(s[3]):
		return semicolon(s, span{3, run(s, 3, 6, isHexDigit)})
	case len(s) > 2 && s[1] == '#':
		return semicolon(s, span{2, run(s, 2, 7, isDigit)})
	case len(s) < 4 || !isLetter(s[1]):
		return 0
	}
	end := run(s, 1, 31, isAlnum)
	if end < 3 || at(s, end) != ';' {
		return 0
	}
	return end + 1
}

// semicolon is the end of a number and of a semicolon behind it, 0 without a number.
func semicolon(s string, number span) int {
	switch {
	case number.start == number.end:
		return 0
	case at(s, number.end) == ';':
		return number.end + 1
	}
	return number.end
}

// run returns the end of the characters from i that are in a set, at most so many.
func run(s string, i, most int, in func(byte) bool) int {
	end := i
	for end < len(s) && end < i+most && in(s[end]) {
		end++
	}
	return end
}

func isHexDigit(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// Bounds of what is taken for base64, in characters, and of the readable text in
// it, in bytes. Shorter runs are everywhere, and make false hits.
const (
	minBase64   = 16
	minReadable = 8
)

// decodeBase64 decodes every run of base64 or base64url characters (RFC 4648 4
// and 5), and keeps the readable parts, one a line. A run may start with
// characters that do not belong to the encoded text, such as the slash of a path,
// so each of the four alignments is tried.
func decodeBase64(text string) (string, []piece) {
	var b strings.Builder
	var pieces []piece
	var decoded []byte
	for i := 0; i < len(text); {
		end := i
		for end < len(text) && isBase64[text[end]] {
			end++
		}
		if end-i < minBase64 {
			i = end + 1
			continue
		}
		run := toStandard.Replace(text[i:end])
		to := end
		for to < len(text) && to < end+2 && text[to] == '=' {
			to++
		}
		for skip := range 4 {
			decoded = appendDecoded(decoded[:0], run[skip:])
			for part := range readable(decoded) {
				pieces = append(pieces, piece{b.Len(), i, to, true})
				b.Write(part)
				b.WriteByte('\n')
			}
		}
		i = end + 1
	}
	return b.String(), pieces
}

var isBase64 = func() (set [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_") {
		set[c] = true
	}
	return set
}()

var toStandard = strings.NewReplacer("-", "+", "_", "/")

// appendDecoded appends what a run without padding decodes to; a single character
// that is left over is dropped.
func appendDecoded(to []byte, run string) []byte {
	if len(run)%4 == 1 {
		run = run[:len(run)-1]
	}
	decoded, err := base64.RawStdEncoding.AppendDecode(to, []byte(run))
	if err != nil {
		return to
	}
	return decoded
}

// readable yields the runs of printable text and line breaks in s.
func readable(s []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		start := 0
		for i := 0; i <= len(s); {
			size := readableRune(s[i:])
			if size > 0 {
				i += size
				continue
			}
			if i-start >= minReadable && !yield(s[start:i]) {
				return
			}
			i++
			start = i
		}
	}
}

// readableRune returns the length of the character that s begins with, 0 where it
// is not readable.
func readableRune(s []byte) int {
	switch {
	case len(s) == 0:
		return 0
	case s[0] >= ' ' && s[0] < 0x7f, s[0] == '\t', s[0] == '\r', s[0] == '\n':
		return 1
	case s[0] < utf8.RuneSelf:
		return 0
	}
	r, size := utf8.DecodeRune(s)
	if size == 1 || !unicode.IsPrint(r) {
		return 0
	}
	return size
}
