package redact

import (
	"regexp"
	"strconv"
	"strings"

	"omaspec/schemas/words"
)

// body redacts a body without content coding, of an answer with a status.
func (r *Redactor) body(status int, text string) string {
	start := strings.TrimLeft(strings.TrimPrefix(text, mark), jsonSpace)
	value := strings.TrimRight(start, jsonSpace)
	_, isNumber := readNumber(value)
	if strings.IndexAny(start, `{["`) == 0 || constants[value] || isNumber {
		return text[:len(text)-len(start)] + r.json(status, start)
	}
	rest := strings.TrimPrefix(text, mark)
	return text[:len(text)-len(rest)] + r.text(rest, mode{place: wordsOf(status, ""), salt: "body"})
}

// mark is the byte order mark, which is judged where it stands first (A9).
const mark = "\ufeff"

// jsonSpace is the insignificant white space of RFC 8259 2.
const jsonSpace = " \t\r\n"

// scalar is a string or another scalar in a text that is JSON, or nearly so.
type scalar struct {
	member string        // the name of the member that it is the value of or in, decoded
	index  int           // in the array that it is an element of
	path   func() string // its place: the names and indexes around it
	text   string        // without the quotes of a string
	quoted bool
	named  bool // it is the name of a member
	late   bool // many scalars came before
}

// eachScalar calls edit for every scalar of text and puts its result in the
// scalar's place. Everything else stays byte by byte. It takes what a strict
// parser refuses as well: cut-off text, several values, words without quotes.
func eachScalar(text string, edit func(scalar) string) string {
	var out strings.Builder
	out.Grow(len(text))
	var names []string // by depth; "" outside of objects
	var indexes []int  // by depth, how many commas there were
	member := ""
	path := func() string { return place(names, indexes, member) }
	count := 0
	late := func() bool {
		count++
		return count > wordsAtLeast
	}
	index := func() int {
		if n := len(names) - 1; n >= 0 && names[n] == member {
			return indexes[n]
		}
		return 0
	}
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '{' || c == '[':
			names, indexes = append(names, member), append(indexes, 0)
			out.WriteByte(c)
			i++
		case c == '}' || c == ']':
			if n := len(names) - 1; n >= 0 {
				member, names, indexes = names[n], names[:n], indexes[:n]
			}
			out.WriteByte(c)
			i++
		case c == '"':
			end, closed := stringEnd(text, i+1)
			s := scalar{member: member, index: index(), path: path, text: text[i+1 : end], quoted: true, late: late()}
			if closed && isName(text[end+1:]) {
				s.named, s.path = true, func() string { return place(names, indexes, nameOfMember) }
				member = jsonString(s.text)
			}
			out.WriteString(`"` + edit(s))
			if i = end; closed {
				out.WriteByte('"')
				i++
			}
		case strings.IndexByte(jsonSpace+",:", c) >= 0:
			if c == ',' && len(names) > 0 {
				member = names[len(names)-1]
				indexes[len(indexes)-1]++
			}
			out.WriteByte(c)
			i++
		default:
			end := i + 1
			for end < len(text) && strings.IndexByte(jsonSpace+`,:{}[]"`, text[end]) < 0 {
				end++
			}
			out.WriteString(edit(scalar{member: member, index: index(), path: path, text: text[i:end], late: late()}))
			i = end
		}
	}
	return out.String()
}

// nameOfMember stands in a place for the name of any member, which is no member.
const nameOfMember = "\x00"

// placeDepth is how many levels around a scalar tell its place.
const placeDepth = 4

// place names where a scalar stands, by the names and array indexes around it. The
// member schema does not count: what it wraps is the same as without it (A3).
func place(names []string, indexes []int, member string) string {
	var b strings.Builder
	for i := max(0, len(names)-placeDepth); i < len(names); i++ {
		if names[i] == "schema" {
			continue
		}
		b.WriteString(names[i])
		if next := append(names[i+1:len(names):len(names)], member)[0]; next == names[i] { // an array
			b.WriteString("/" + strconv.Itoa(indexes[i]))
		}
		b.WriteByte('/')
	}
	return b.String() + member
}

// stringEnd returns where the string that starts at text[i] ends, and whether
// its closing quote is there.
func stringEnd(text string, i int) (int, bool) {
	for ; i < len(text); i++ {
		switch text[i] {
		case '"':
			return i, true
		case '\\':
			i++
		}
	}
	return len(text), false
}

func isName(rest string) bool { return strings.HasPrefix(strings.TrimLeft(rest, jsonSpace), ":") }

// jsonString is what a string without its quotes stands for. A byte that is not
// UTF-8 reads as U+FFFD, as it does to the rules.
func jsonString(s string) string {
	var b strings.Builder
	for _, u := range unescape(s) {
		if u.bad {
			u.r = '\ufffd'
		}
		b.WriteRune(u.r)
	}
	return b.String()
}

// json redacts a text that is JSON, or nearly so.
func (r *Redactor) json(status int, text string) string {
	return eachScalar(text, func(s scalar) string {
		switch {
		case s.named:
			r.names++
			return r.text(s.text, mode{place: words.Names, salt: s.path(), sensitive: r.names < namesPerRun})
		case s.quoted && isPhoneMask(s.text), !s.quoted && constants[s.text]:
			return s.text
		case s.quoted:
			return r.text(s.text, mode{place: wordsOf(status, s.member), salt: s.path(), late: s.late, masks: maskedMember[strings.ToLower(s.member)]})
		}
		if n, ok := readNumber(s.text); ok {
			return r.number(n, s)
		}
		return r.text(s.text, mode{salt: s.path(), late: s.late})
	})
}

// namesPerRun bounds the names of members that are searched for words that say that
// they are sensitive.
const namesPerRun = 20_000

// isPhoneMask tells the mask of a telephone number in the very shape of the page's
// example: that it hides four of eleven digits shows, and two of them never
// complete each other. The masks of the other members may hide nothing ("LinXXX").
func isPhoneMask(s string) bool { return len(s) == len("139****6421") && phoneMask.MatchString(s) }

var phoneMask = regexp.MustCompile(`^[0-9]{3}\*{4}[0-9]{4}$`)

// constants are the literal names of RFC 8259 3.
var constants = map[string]bool{"true": true, "false": true, "null": true}

// maskedMember holds the masked members of Table 2 in lower case: one in the
// wrong case holds the same data.
var maskedMember = map[string]bool{"mobilephone": true, "company": true, "customername": true, "email": true}

// wordsOf is the place of the words in a member, or in a body without members:
// those of error texts stay where the answer is an error.
func wordsOf(status int, member string) words.Place {
	switch {
	case status >= 300:
		return words.Errors
	case member == "portalUrl":
		return words.Paths
	}
	return ""
}

// number is a JSON number (RFC 8259 6) in its parts, also with zeros in front.
type number struct {
	sign, whole, fraction string // "-", "12", ".5"
	e, exponent           string // "e+", "10"
}

// readNumber reads a number, and tells whether text is one.
func readNumber(text string) (n number, ok bool) {
	rest := text
	digits := func() (part string) {
		end := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		part, rest = rest[:end], rest[end:]
		return part
	}
	if strings.HasPrefix(rest, "-") {
		n.sign, rest = "-", rest[1:]
	}
	if n.whole = digits(); n.whole == "" {
		return n, false
	}
	if strings.HasPrefix(rest, ".") {
		rest = rest[1:]
		if n.fraction = "." + digits(); n.fraction == "." {
			return n, false
		}
	}
	if rest == "" {
		return n, true
	}
	if rest[0]|0x20 != 'e' {
		return n, false
	}
	n.e, rest = rest[:1], rest[1:]
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		n.e, rest = n.e+rest[:1], rest[1:]
	}
	n.exponent = digits()
	return n, n.exponent != "" && rest == ""
}

// number replaces the digits of a number, which keeps its length and stays a
// number, or stays none, that a float64 can hold. Whole seconds stay whole.
func (r *Redactor) number(n number, s scalar) string {
	r.count(CountTexts)
	if r.plain(s.text, mode{late: s.late}) == 0 {
		var same stream
		return same.number(n)
	}
	draw := func(d *stream) string { return d.number(n) }
	if s.index > 0 { // nobody compares single elements
		d := r.key.stream("element", s.path(), s.text)
		return draw(&d)
	}
	return r.unique(textAt{"number", s.path(), "", s.text}, draw, func(string) bool { return true })
}

// number draws the digits of a number.
func (s *stream) number(n number) string {
	digits, tail := n.whole, ""
	if len(digits) > wholeSeconds && strings.HasSuffix(digits, "000") {
		digits, tail = digits[:len(digits)-3], "000"
	}
	digits = s.integer(digits)
	if n.e != "" && digits == "0" {
		digits = "1" // zero is not beyond anything
	}
	return n.sign + digits + tail + s.digits(n.fraction) + n.e + s.power(n.exponent)
}

// wholeSeconds is how many digits a time in milliseconds has at least.
const wholeSeconds = 9

// digits draws the digits in s anew.
func (s *stream) digits(text string) string {
	b := []byte(text)
	for i, c := range b {
		if c != '.' {
			b[i] = '0' + byte(s.next(10))
		}
	}
	return string(b)
}

// integer draws digits of which the first is zero only where it was, or where it
// is the only one.
func (s *stream) integer(digits string) string {
	out := []byte(s.digits(digits))
	switch {
	case len(digits) == 1:
	case digits[0] == '0':
		out[0] = '0'
	default:
		out[0] = '1' + byte(s.next(9))
	}
	return string(out)
}

// power draws the digits of an exponent of the same length and on the same side of
// what a float64 can hold.
func (s *stream) power(digits string) string {
	out := []byte(s.digits(digits))
	if len(digits) < 3 {
		return string(out)
	}
	out[0] = '9'
	if n, err := strconv.Atoi(digits); err == nil && n < 300 {
		out[0] = '1'
		out[1] = min(out[1], '8')
		for i := range len(out) - 3 {
			out[i] = '0'
		}
		out[len(out)-3] = '1'
	}
	return string(out)
}
