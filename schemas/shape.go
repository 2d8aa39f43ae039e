package schemas

import (
	"strconv"
	"strings"
	"unicode"
)

// shapeRuns bounds the length of a shape: more runs than these end in "…".
const shapeRuns = 24

// Shape describes a string without giving it away: runs of digits, letters and
// other characters by class and length ("1380*005521" is "D4*1D6"). Classes are
// D (digit), A (letter), H (Han or another letter without case), S (white
// space), C (control), ? (anything else); ASCII punctuation, and the mask signs
// that the page uses, stand for themselves, but not in text that shows characters of
// another encoding as ASCII: あ is $" in ISO-2022-JP. A run of X or x of three or more
// is shown as X, because the page masks with it.
func Shape(s string) string {
	if s == "" {
		return "empty"
	}
	runes := []rune(s)
	shapeClass := shapeClass
	if strings.ContainsAny(s, "\x00\x0e\x1b") || strings.Contains(s, "~{") || strings.HasPrefix(s, "ÿþ") || strings.HasPrefix(s, "þÿ") {
		shapeClass = foreignClass
	}
	var b strings.Builder
	for i, n := 0, 0; i < len(runes); n++ {
		if n == shapeRuns {
			b.WriteString("…")
			break
		}
		j := i + 1
		class := shapeClass(runes[i])
		if letterMask(runes[i:]) >= 3 {
			class = "X"
			j = i + letterMask(runes[i:])
		} else {
			for j < len(runes) && shapeClass(runes[j]) == class && letterMask(runes[j:]) < 3 {
				j++
			}
		}
		b.WriteString(class)
		if j-i > 1 || !strings.ContainsAny(class, "@.-_+ ") {
			b.WriteString(strconv.Itoa(j - i))
		}
		i = j
	}
	return b.String()
}

// letterMask counts the X or x that start runes.
func letterMask(runes []rune) int {
	n := 0
	for n < len(runes) && (runes[n] == 'X' || runes[n] == 'x') {
		n++
	}
	return n
}

// foreignClass is shapeClass where a sign may be part of a letter.
func foreignClass(r rune) string {
	if r >= ' ' && r < 0x7f && shapeClass(r) == string(r) {
		return "?"
	}
	return shapeClass(r)
}

func shapeClass(r rune) string {
	switch {
	case r >= '0' && r <= '9':
		return "D"
	case unicode.IsUpper(r), unicode.IsLower(r), unicode.IsTitle(r):
		return "A"
	case unicode.IsLetter(r):
		return "H"
	case unicode.IsDigit(r):
		return "D"
	case r == ' ':
		return " "
	case unicode.IsSpace(r):
		return "S"
	case unicode.IsControl(r):
		return "C"
	case r > ' ' && r < 0x7f:
		return string(r)
	case r == '＊', r == '•', r == '●', r == '…':
		return string(r)
	default:
		return "?"
	}
}
