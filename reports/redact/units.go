package redact

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// unit is one character of a text as a rule finally sees it, with the bytes that it
// is written with. The number that stands in a JSON string as "1\u0035\u0033" has
// three units; replacing a unit keeps the way in which it was written, so that the
// text decodes to as many characters of the same classes.
type unit struct {
	r   rune   // the character, or a byte that is not UTF-8
	bad bool   // r is such a byte
	src string // as it is written
	// write spells another character in the same way. It is nil for a character
	// that stands for itself.
	write func(rune) string
}

// spell returns r written like u.
func (u unit) spell(r rune) string {
	switch {
	case u.bad:
		return string([]byte{byte(r)})
	case r == u.r:
		return u.src
	case u.write == nil:
		return string(r)
	}
	return u.write(r)
}

// characters splits s into units without decoding anything.
func characters(s string) []unit { return appendCharacters(make([]unit, 0, len(s)), s) }

// appendCharacters appends the characters of s to units.
func appendCharacters(units []unit, s string) []unit {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			units = append(units, unit{r: rune(s[i]), bad: true, src: s[i : i+1]})
		} else {
			units = append(units, unit{r: r, src: s[i : i+n]})
		}
		i += n
	}
	return units
}

// rounds is how many levels of percent-encoding are undone: a URL in a URL in a URL.
const rounds = 4

// decode undoes what rules undo: the escapes of a JSON string, once, and in a URL
// percent-encoding. What only looks like an escape elsewhere is text like any other.
func (m mode) decode(units []unit) []unit {
	if m.json {
		units, _ = decodeOnce(units, '\\', readBackslash)
	}
	for changed, n := m.url, 0; changed && n < rounds; n++ {
		units, changed = decodeOnce(units, '%', readPercent)
	}
	return units
}

// reader reads an escape at the start of units. It returns the character that the
// escape stands for, how many units it takes (0 for none), and a scheme that
// writes another character in the same style.
type reader func(units []unit) (r rune, n int, scheme func(rune) string)

// decodeOnce undoes one level of the escapes that begin with a character and that
// read reads.
func decodeOnce(units []unit, begin rune, read reader) (out []unit, changed bool) {
	if !slices.ContainsFunc(units, func(u unit) bool { return u.r == begin }) {
		return units, false
	}
	out = make([]unit, 0, len(units))
	for i := 0; i < len(units); {
		n := 0
		if units[i].r == begin {
			var r rune
			var scheme func(rune) string
			if r, n, scheme = read(units[i:]); n > 0 {
				out = append(out, merge(units[i:i+n], r, scheme))
				changed = true
			}
		}
		if n == 0 {
			out = append(out, units[i])
			n = 1
		}
		i += n
	}
	return out, changed
}

// unescape undoes the escapes of a JSON string, once.
func unescape(s string) []unit {
	units, _ := decodeOnce(characters(s), '\\', readBackslash)
	return units
}

// merge makes one unit of several that are an escape of r. Writing another
// character writes its escape with the spelling of these units, each in its place.
func merge(units []unit, r rune, scheme func(rune) string) unit {
	var src strings.Builder
	for _, u := range units {
		src.WriteString(u.src)
	}
	parts := append([]unit(nil), units...)
	return unit{r: r, src: src.String(), write: func(r rune) string {
		var b strings.Builder
		i := 0
		for _, c := range scheme(r) {
			b.WriteString(parts[min(i, len(parts)-1)].spell(c))
			i++
		}
		return b.String()
	}}
}

// ascii is the plain text of at most n units, as far as they are ASCII.
func ascii(units []unit, n int) string {
	var b strings.Builder
	for _, u := range units[:min(n, len(units))] {
		if u.bad || u.r >= utf8.RuneSelf {
			break
		}
		b.WriteByte(byte(u.r))
	}
	return b.String()
}

// simpleEscapes are the two-character escapes of RFC 8259 7.
var simpleEscapes = map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func readBackslash(units []unit) (rune, int, func(rune) string) {
	s := ascii(units, 12)
	if len(s) < 2 || s[0] != '\\' {
		return 0, 0, nil
	}
	if r, ok := simpleEscapes[s[1]]; ok {
		return r, 2, simpleEscape
	}
	first, ok := hex4(s, 0)
	if !ok {
		return 0, 0, nil
	}
	upper := strings.ToLower(s[2:6]) != s[2:6]
	scheme := func(r rune) string {
		if isLone(r) {
			r += 0xd800 - loneSurrogate
		}
		return jsonEscape(r, upper)
	}
	if !utf16.IsSurrogate(first) {
		return first, 6, scheme
	}
	if second, ok := hex4(s, 6); ok {
		if r := utf16.DecodeRune(first, second); r != utf8.RuneError {
			return min(r, loneSurrogate-1), 12, scheme
		}
	}
	return loneSurrogate + first - 0xd800, 6, scheme
}

// loneSurrogate is where the runes begin that stand for an escaped half of a
// surrogate pair: near the end of the last private plane, which no text uses.
const loneSurrogate = 0x10f000

func isLone(r rune) bool { return r >= loneSurrogate && r < loneSurrogate+0x800 }

// hex4 reads \uXXXX at s[i:].
func hex4(s string, i int) (rune, bool) {
	if len(s) < i+6 || s[i] != '\\' || s[i+1] != 'u' {
		return 0, false
	}
	v, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
	return rune(v), err == nil
}

const hexLower, hexUpper = "0123456789abcdef", "0123456789ABCDEF"

// simpleEscape writes the two-character escape of a character, if it has one.
func simpleEscape(r rune) string {
	for c, of := range simpleEscapes {
		if of == r {
			return `\` + string(rune(c))
		}
	}
	return jsonEscape(r, false)
}

// jsonEscape writes \uXXXX, or a surrogate pair of them.
func jsonEscape(r rune, upper bool) string {
	digits := hexLower
	if upper {
		digits = hexUpper
	}
	four := func(r rune) string {
		return `\u` + string([]byte{digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15]})
	}
	if r > 0xffff {
		high, low := utf16.EncodeRune(r)
		return four(high) + four(low)
	}
	return four(r)
}

// readPercent reads the percent-encoded UTF-8 of one character, or one
// percent-encoded byte that is not UTF-8.
func readPercent(units []unit) (rune, int, func(rune) string) {
	s := ascii(units, 3*utf8.UTFMax)
	var octets []byte
	for i := 0; i+3 <= len(s) && s[i] == '%'; i += 3 {
		v, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			break
		}
		octets = append(octets, byte(v))
	}
	if len(octets) == 0 {
		return 0, 0, nil
	}
	digits := hexUpper
	if strings.ToUpper(s[1:3]) != s[1:3] {
		digits = hexLower
	}
	r, n := utf8.DecodeRune(octets)
	if r == utf8.RuneError && n == 1 {
		r = badByte + rune(octets[0])
	}
	return r, 3 * n, func(r rune) string {
		var b strings.Builder
		octets := []byte(string(r))
		if r >= badByte && r < badByte+0x100 {
			octets = []byte{byte(r - badByte)}
		}
		for _, o := range octets {
			b.WriteString("%" + string([]byte{digits[o>>4], digits[o&15]}))
		}
		return b.String()
	}
}

// badByte is where the runes begin that stand for an escaped byte which is not
// UTF-8: the end of the last private plane, which no text uses.
const badByte = 0x10fe00
