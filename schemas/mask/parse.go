package mask

import (
	"slices"
	"strings"
	"unicode"
)

// class is what one character of a value counts as.
type class uint8

const (
	other   class = iota // a separator or punctuation: hides nothing and shows nothing
	visible              // a letter or a digit
	hidden               // a mask sign
	filler               // a sign used like a mask that is not known as one
)

// cell is one character of a normalised value.
type cell struct {
	r     rune // normalised
	raw   rune // as it was written
	class class
}

// tally counts the cells of each class.
type tally struct{ visible, hidden, filler int }

// signs are the mask signs that stand for a hidden character wherever they are.
const signs = "*•●○∗✱×█■□░▒▓※#"

// IsSign tells whether r is a mask sign on its own. The letters X, x and n are
// not: they count only in runs.
func IsSign(r rune) bool { return strings.ContainsRune(signs, narrow(r)) }

// The signs that look like a mask in a run and are none. A question mark or a
// replacement character is what an encoding fault leaves, and counts alone.
const (
	fillers     = "_-~=^!."
	loneFillers = "?\uFFFD"
)

// parse reads value as a value of f: it normalises widths and spaces, drops
// invisible format characters, and gives every character its class.
func parse(f Field, value string) []cell {
	cells := normalise(value)
	for i := range cells {
		cells[i].class = classOf(cells[i].r)
	}
	markLetters(f, cells)
	markFillers(f, cells)
	return cells
}

// normalise folds full-width forms and spaces to ASCII, writes an ellipsis as
// three full stops, and drops format characters such as U+200B and U+FEFF.
func normalise(value string) []cell {
	cells := make([]cell, 0, len(value))
	for _, r := range value {
		switch {
		case unicode.Is(unicode.Cf, r):
		case unicode.IsSpace(r):
			cells = append(cells, cell{r: ' ', raw: r})
		case r == '…':
			dot := cell{r: '.', raw: r}
			cells = append(cells, dot, dot, dot)
		default:
			cells = append(cells, cell{r: narrow(r), raw: r})
		}
	}
	return cells
}

// narrow maps the full-width forms U+FF01 to U+FF5E to ASCII.
func narrow(r rune) rune {
	if r >= '！' && r <= '～' {
		return r - '！' + '!'
	}
	return r
}

func classOf(r rune) class {
	switch {
	case IsSign(r):
		return hidden
	case unicode.In(r, unicode.L, unicode.N, unicode.M):
		return visible
	}
	return other
}

// markLetters marks runs of X and x, and of n in phone numbers, as hidden where
// they cannot be part of a real value.
func markLetters(f Field, cells []cell) {
	shortName := f == CustomerName && isShortCJKName(cells)
	for i := 0; i < len(cells); {
		end := run(cells, i, func(r rune) bool { return r == 'X' || r == 'x' })
		enough := end-i >= 3 ||
			end-i == 2 && i > 0 && isCJK(cells[i-1].r) ||
			end-i == 1 && shortName
		// XXXLutz is a name, not a mask.
		if opensWord(cells, i) && end < len(cells) && unicode.Is(unicode.Latin, cells[end].r) {
			enough = false
		}
		if end == i && f == MobilePhone {
			end = run(cells, i, func(r rune) bool { return r == 'n' })
			enough = end-i >= 3
		}
		if enough {
			mark(cells[i:end], hidden)
		}
		i = max(end, i+1)
	}
}

// markFillers marks what is used like a mask sign and is none: a repeated
// punctuation mark or symbol, a question mark, a replacement character. E-mail
// addresses may hold two of the punctuation marks in a row.
func markFillers(f Field, cells []cell) {
	least := 2
	if f == Email {
		least = 3
	}
	for i := 0; i < len(cells); {
		r := cells[i].r
		end := run(cells, i, func(next rune) bool { return next == r })
		lone := strings.ContainsRune(loneFillers, r)
		symbol := r > unicode.MaxASCII && unicode.IsSymbol(r) || strings.ContainsRune(fillers, r)
		if cells[i].class == other && (lone || symbol && end-i >= least) {
			mark(cells[i:end], filler)
		}
		i = end
	}
}

// run returns the end of the run of cells from i whose characters are in the set.
func run(cells []cell, i int, in func(rune) bool) int {
	for i < len(cells) && in(cells[i].r) {
		i++
	}
	return i
}

func mark(cells []cell, c class) {
	for i := range cells {
		cells[i].class = c
	}
}

func opensWord(cells []cell, i int) bool { return i == 0 || cells[i-1].class == other }

func isCJK(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// isShortCJKName tells a name of two or three characters, CJK or X. In such a
// name a single X hides a character.
func isShortCJKName(cells []cell) bool {
	anyCJK := false
	for _, c := range cells {
		switch {
		case isCJK(c.r):
			anyCJK = true
		case c.r != 'X' && c.r != 'x':
			return false
		}
	}
	return anyCJK && len(cells) >= 2 && len(cells) <= 3
}

func hasControl(cells []cell) bool {
	return slices.ContainsFunc(cells, func(c cell) bool { return unicode.IsControl(c.r) })
}

func blank(cells []cell) bool {
	return !slices.ContainsFunc(cells, func(c cell) bool { return c.r != ' ' })
}

func contains(cells []cell, r rune) bool {
	return slices.ContainsFunc(cells, func(c cell) bool { return c.r == r })
}

func count(cells []cell) tally {
	var t tally
	for _, c := range cells {
		switch c.class {
		case visible:
			t.visible++
		case hidden:
			t.hidden++
		case filler:
			t.filler++
		}
	}
	return t
}

// positions drops the separators and punctuation.
func positions(cells []cell) []cell {
	out := make([]cell, 0, len(cells))
	for _, c := range cells {
		if c.class != other {
			out = append(out, c)
		}
	}
	return out
}

// phoneCharacters tells whether cells hold nothing but digits, signs and the
// separators of phone numbers, with a plus sign at the start only.
func phoneCharacters(cells []cell) bool {
	for i, c := range cells {
		switch {
		case c.class == visible && !unicode.IsDigit(c.r):
			return false
		case c.class == other && c.r == '+':
			if !blank(cells[:i]) {
				return false
			}
		case c.class == other && !strings.ContainsRune(" -().", c.r):
			return false
		}
	}
	return true
}

// twoDigitCodes lists the country calling codes of two digits (ITU-T E.164). The
// codes of one digit are 1 and 7; all others have three.
const twoDigitCodes = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 " +
	"60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98"

// national returns the positions of a phone number after its country code: after
// "+" or "00", or the 86 that starts 13 positions.
func national(cells []cell) []cell {
	p := positions(cells)
	international := contains(cells, '+')
	if !international && startsWith(p, "00") {
		international = true
		p = p[2:]
	}
	switch {
	case international && (startsWith(p, "1") || startsWith(p, "7")):
		return p[1:]
	case international:
		lead := 0
		for lead < min(3, len(p)) && p[lead].class == visible {
			lead++
		}
		if lead >= 2 && strings.Contains(twoDigitCodes, string([]rune{p[0].r, p[1].r})) {
			lead = 2
		}
		return p[lead:]
	case len(p) == 13 && startsWith(p, "86"):
		return p[2:]
	}
	return p
}

func startsWith(cells []cell, text string) bool {
	for i, r := range []rune(text) {
		if i >= len(cells) || cells[i].r != r {
			return false
		}
	}
	return true
}

// legalForms are the endings of company names that say nothing about which
// company it is; the longer one of two that overlap comes first.
var legalForms = []string{
	"有限责任公司", "股份有限公司", "有限公司", "集团", "公司",
	" Co., Ltd", " Co.,Ltd", " Ltd", " Inc", " LLC", " GmbH", " S.A", " plc", " Corp",
}

// cutLegalForm removes one trailing legal form, when something is left without
// it, and returns what is left and the form ("" when there was none).
func cutLegalForm(cells []cell) (rest []cell, form string) {
	const longest = 12
	end := len(cells)
	for end > 0 && (cells[end-1].r == ' ' || cells[end-1].r == '.' && cells[end-1].class == other) {
		end--
	}
	tail := strings.ToLower(text(cells[max(0, end-longest):end]))
	for _, form := range legalForms {
		if !strings.HasSuffix(tail, strings.ToLower(form)) {
			continue
		}
		rest := cells[:end-len([]rune(form))]
		if len(positions(rest)) > 0 {
			return rest, form
		}
	}
	return cells, ""
}

func text(cells []cell) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteRune(c.r)
	}
	return b.String()
}

// splitAddress cuts an e-mail address at its "@". ok is false unless there is
// exactly one, with something before it.
func splitAddress(cells []cell) (local, domain []cell, ok bool) {
	isAt := func(c cell) bool { return c.r == '@' }
	at := slices.IndexFunc(cells, isAt)
	if at <= 0 || slices.ContainsFunc(cells[at+1:], isAt) {
		return nil, nil, false
	}
	return cells[:at], cells[at+1:], true
}

// localCharacters tells whether cells may be a local part: signs, letters, digits
// and the punctuation of an RFC 5322 atom. Quoted local parts are not known here.
func localCharacters(cells []cell) bool {
	return !slices.ContainsFunc(cells, func(c cell) bool {
		return c.class == other && !strings.ContainsRune("!$%&'+-/=^_`{|}~.", c.r)
	})
}

func domainCharacters(cells []cell) bool {
	return !slices.ContainsFunc(cells, func(c cell) bool {
		return c.class == other && c.r != '.' && c.r != '-'
	})
}

// wholeDomain tells whether cells are at least two labels, none of them empty.
func wholeDomain(cells []cell) bool {
	labels := strings.Split(text(cells), ".")
	return len(labels) >= 2 && !slices.Contains(labels, "")
}
