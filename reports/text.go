package reports

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lineLimit is the number of characters to which Line cuts.
const lineLimit = 400

// Neutralise makes text harmless to a terminal and to the log of a CI system. It
// keeps line feeds. Every other control character, every invisible or
// direction-changing character and every byte that is not UTF-8 becomes a visible
// escape ("\x1b", "\u202e"). What CI systems read as a command is broken up by a
// space, at the start of a line and inside it: "::error" (GitHub), "##[" and
// "##vso[" (Azure Pipelines, which scans whole lines), "##teamcity[", and
// "section_start:" (GitLab). An IPv6 address in brackets stays as it is.
func Neutralise(s string) string {
	if harmless(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + len(s)/8)
	last := rune(0) // the character written last
	for i := 0; i < len(s); {
		if n := ipv6(s[i:]); n > 0 {
			b.WriteString(s[i : i+n])
			last, i = ']', i+n
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n' || visible(r):
			if r == last && (r == ':' || r == '#') || r == ':' && sectionMark(s[:i]) {
				b.WriteByte(' ')
			}
			b.WriteRune(r)
		default:
			b.WriteString(escape(r))
		}
		last, i = r, i+n
	}
	return b.String()
}

// Line makes text fit for one line of a terminal or a log: Neutralise, with line
// feeds escaped as well, cut after 400 characters.
func Line(s string) string { return lineOf(s, lineLimit) }

// quote is Line in quotation marks.
func quote(s string) string { return `"` + Line(s) + `"` }

// lineOf is Line with another limit. It cuts before and after, because escapes
// are longer than what they stand for, and the work is to stay bounded.
func lineOf(s string, limit int) string {
	return clip(strings.ReplaceAll(Neutralise(clip(s, limit+1)), "\n", `\n`), limit)
}

// clip cuts s to at most limit characters, of which "…" is the last if s was
// longer.
func clip(s string, limit int) string {
	n, cut := 0, 0
	for i := range s {
		switch n {
		case limit - 1:
			cut = i
		case limit:
			return s[:cut] + "…"
		}
		n++
	}
	return s
}

// harmless tells that Neutralise has nothing to do, which is the usual case.
func harmless(s string) bool {
	last := byte(0)
	for i := range len(s) {
		c := s[i]
		if c != '\n' && (c < ' ' || c > '~') || c == last && (c == ':' || c == '#') {
			return false
		}
		last = c
	}
	return !slices.ContainsFunc(sectionMarks, func(mark string) bool { return strings.Contains(s, mark+":") })
}

var sectionMarks = []string{"section_start", "section_end"}

func sectionMark(before string) bool {
	return slices.ContainsFunc(sectionMarks, func(mark string) bool { return strings.HasSuffix(before, mark) })
}

// blanks are letters and signs that are drawn as nothing.
const blanks = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"

// visible tells whether r is drawn and moves the text in its own direction only.
func visible(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.Is(unicode.Variation_Selector, r) && !strings.ContainsRune(blanks, r)
}

// escape writes r in the form of a Go string literal.
func escape(r rune) string {
	switch {
	case r < 0x80:
		return fmt.Sprintf(`\x%02x`, r)
	case r < 0x10000:
		return fmt.Sprintf(`\u%04x`, r)
	default:
		return fmt.Sprintf(`\U%08x`, r)
	}
}

// ipv6 is the length of the IPv6 address in brackets that starts s, or 0. Its
// colons name no command: none of them can start a line.
func ipv6(s string) int {
	if len(s) == 0 || s[0] != '[' {
		return 0
	}
	for i := 1; i < len(s) && i < len("[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]"); i++ {
		switch c := s[i]; {
		case c == ']':
			return i + 1
		case c != ':' && c != '.' && !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)):
			return 0
		}
	}
	return 0
}
