package redact

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"omaspec/schemas/lazy"
	"omaspec/schemas/words"
)

// body redacts a body without content coding.
func (r *Redactor) body(a answerOf, text string) string {
	if is, closed := isOpaque(a.contentType, text); is {
		return r.opaqueBody(a, text, closed)
	}
	start := strings.TrimLeft(strings.TrimPrefix(text, mark), jsonSpace)
	value := strings.TrimRight(start, jsonSpace)
	if strings.IndexAny(start, `{["`) == 0 || constants[value] || isNumber(value) {
		if a.salt != "" {
			return text[:len(text)-len(start)] + r.json(a, start)
		}
		return text[:len(text)-len(start)] + r.remember(mode{salt: "success"}, start, func() string { return r.json(a, start) })
	}
	rest := strings.TrimPrefix(text, mark)
	head, tail := r.begin(a, scalar{text: start, place: func() string { return "body" }})
	lead := text[:len(text)-len(rest)]
	if head != "" {
		lead, rest = text[:len(text)-len(start)]+head, tail
	}
	return lead + r.text(rest, mode{place: a.words(""), salt: a.salt + "body", page: strings.HasPrefix(start, "<")})
}

// mark is the byte order mark, which is judged where it stands first (A9).
const mark = "\ufeff"

// jsonSpace is the insignificant white space of RFC 8259 2.
const jsonSpace = " \t\r\n"

// scalar is a string or another scalar in a text that is JSON, or nearly so.
type scalar struct {
	member string        // the name of the member that it is the value of; "" in arrays
	outer  bool          // that is a member of the document, or of what schema wraps
	place  func() string // where it stands, in short
	text   string        // without the quotes of a string
	quoted bool
	named  bool // it is the name of a member
	single bool // it is an element of an array, which nobody compares alone
	late   bool // many scalars came before
}

// eachScalar calls edit for every scalar of text and puts its result in the
// scalar's place. Everything else stays byte by byte. It takes what a strict
// parser refuses as well: cut-off text, several values, words without quotes.
func eachScalar(text string, edit func(scalar) string) string {
	w := walker{frames: []frame{{array: true}}, seen: map[string]visits{}}
	w.out.Grow(len(text))
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '{' || c == '[':
			w.open(c == '[')
			w.out.WriteByte(c)
			i++
		case c == '}' || c == ']':
			w.close()
			w.out.WriteByte(c)
			i++
		case c == '"':
			end, closed := stringEnd(text, i+1)
			s := w.scalar(text[i+1 : end])
			s.quoted, w.text = true, jsonString(s.text)
			if closed && (w.top().name || isName(text[end+1:])) {
				s.named, s.place = true, w.placeOfNames
				w.top().member, w.top().name = jsonString(s.text), false
			}
			w.out.WriteString(`"` + edit(s))
			if i = end; closed {
				w.out.WriteByte('"')
				i++
			}
			w.ended(s.named)
		case strings.IndexByte(jsonSpace+",:", c) >= 0:
			if c == ',' {
				w.next()
			}
			w.out.WriteByte(c)
			i++
		default:
			end := i + 1
			for end < len(text) && strings.IndexByte(jsonSpace+`,:{}[]"`, text[end]) < 0 {
				end++
			}
			s := w.scalar(text[i:end])
			if head := beginning(s.text); head != "" {
				w.text = head
			}
			w.out.WriteString(edit(s))
			i = end
			w.ended(false)
		}
	}
	return w.out.String()
}

// walker is where eachScalar is. Its first frame is the text, as an array of values.
type walker struct {
	out     strings.Builder
	frames  []frame
	scalars int
	text    string            // of the scalar at hand, or what it stands for
	seen    map[string]visits // by place: members can be doubled
}

// visits are the scalars that stood at one place so far.
type visits struct {
	first string
	count int
}

// frame is an array or object that is open.
type frame struct {
	place    string // where it stands, in short
	array    bool
	elements int
	member   string // whose value is next
	name     bool   // a name is next
	outer    bool   // it is the document, or what schema wraps
}

func (w *walker) top() *frame { return &w.frames[len(w.frames)-1] }

// here is the place of the next value.
func (w *walker) here() string {
	f := w.top()
	if f.array {
		return f.place + "/" + strconv.Itoa(f.elements)
	}
	return f.place + "." + f.member
}

// open enters an array or object. The member schema does not count in places: what
// it wraps is the same as without it (A3).
func (w *walker) open(array bool) {
	f := w.top()
	inner := frame{array: array, name: !array, outer: len(w.frames) == 1}
	if f.outer && f.member == "schema" && !array {
		inner.place, inner.outer = f.place, true
	} else {
		sum := sha256.Sum256([]byte(w.here()))
		inner.place = hex.EncodeToString(sum[:8])
	}
	w.frames = append(w.frames, inner)
}

func (w *walker) close() {
	if len(w.frames) > 1 {
		w.frames = w.frames[:len(w.frames)-1]
		w.ended(false)
	}
}

// next goes to the next element or member.
func (w *walker) next() {
	f := w.top()
	f.name = !f.array
	if len(w.frames) > 1 {
		f.elements++
	}
}

// ended notes that a value has ended, which counts in the text itself.
func (w *walker) ended(named bool) {
	if len(w.frames) == 1 && !named {
		w.top().elements++
	}
}

func (w *walker) scalar(text string) scalar {
	w.scalars++
	w.text = text
	f := w.top()
	return scalar{member: f.member, outer: f.outer, place: w.placeOfValue, text: text, single: f.array && len(w.frames) > 1, late: w.scalars > wordsAtLeast}
}

// placeOfValue is the place of the scalar at hand. A further value of a doubled
// member has another one, unless it is the first one again (A25).
func (w *walker) placeOfValue() string {
	place := w.here()
	v, ok := w.seen[place]
	if !ok {
		v.first = w.text
	}
	v.count++
	w.seen[place] = v
	if w.text != v.first {
		place += again + strconv.Itoa(v.count)
	}
	return place
}

// again begins what tells a further value at a place from the first one.
const again = "\x00again "

// placeOfNames is the place of all names of an object: equal ones stay equal.
func (w *walker) placeOfNames() string { return w.top().place + ":" }

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
// UTF-8, and half a surrogate pair, read as U+FFFD, as they do to the rules.
func jsonString(s string) string {
	if strings.IndexByte(s, '\\') < 0 && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, u := range unescape(s) {
		if u.bad || isLone(u.r) {
			u.r = unicode.ReplacementChar
		}
		b.WriteRune(u.r)
	}
	return b.String()
}

// json redacts a text that is JSON, or nearly so, of an answer.
func (r *Redactor) json(a answerOf, text string) string {
	if i := unread(text); i < len(text) {
		return r.json(a, text[:i]) + r.opaque(text[i:], a.salt)
	}
	return eachScalar(text, func(s scalar) string {
		switch {
		case s.named && documented[strings.ToLower(jsonString(s.text))]:
			return s.text
		case s.named:
			return r.text(s.text, mode{place: words.Names, salt: a.salt + s.place(), json: true})
		case s.quoted && (r.keepsMask(a, s) || words.IsText(jsonString(s.text))):
			return s.text
		case s.quoted:
			place := a.words(s.member)
			return r.text(s.text, mode{place: place, salt: a.salt + s.place(), late: s.late, masks: maskedMember[strings.ToLower(s.member)], json: true, url: place == words.Paths})
		}
		head, rest := r.begin(a, s)
		return head + r.text(rest, mode{salt: a.salt + s.place(), late: s.late})
	})
}

// begin rewrites what beginning returns, and returns the rest as it is.
func (r *Redactor) begin(a answerOf, s scalar) (head, rest string) {
	head = beginning(s.text)
	rest = s.text[len(head):]
	if head == "" || constants[head] {
		return head, rest
	}
	s.text = head
	n, _ := readNumber(head)
	return r.number(n, a, s), rest
}

// beginning returns what a strict parser reads at the beginning of text that is no
// string: a literal name, or as much of a number as there is.
func beginning(text string) string {
	for name := range constants {
		if strings.HasPrefix(text, name) {
			return name
		}
	}
	n, rest := readNumber(text)
	if n.whole == "" {
		return ""
	}
	return strings.TrimSuffix(text, rest)
}

// keepsMask tells the mask of the customer's telephone number in the very shape of
// the page's example: that it hides four of eleven digits shows, and two of them
// never complete each other. The masks of the other members may hide nothing
// ("LinXXX"). Only as many are kept as a run has customers: a list of them could say
// anything.
func (r *Redactor) keepsMask(a answerOf, s scalar) bool {
	if a.status != 200 || !s.outer || s.member != "mobilePhone" {
		return false
	}
	value := jsonString(s.text)
	if !phoneMask().MatchString(value) {
		return false
	}
	if !r.masks[value] && len(r.masks) < customers {
		r.masks[value] = true
	}
	return r.masks[value]
}

// customers is how many customers a run may have tokens of.
const customers = 2

var phoneMask = lazy.Regexp(`^[0-9]{3}\*{4}[0-9]{4}$`)

// constants are the literal names of RFC 8259 3.
var constants = map[string]bool{"true": true, "false": true, "null": true}

// documented holds the members of Table 2, and what may wrap them, in lower case:
// rules read them by their names, which are nobody's.
var documented = map[string]bool{"mobilephone": true, "company": true, "customername": true, "email": true, "vdn": true,
	"createdate": true, "tenantspacestatus": true, "portalurl": true, "schema": true}

// maskedMember holds the masked members of Table 2 in lower case: one in the
// wrong case holds the same data.
var maskedMember = map[string]bool{"mobilephone": true, "company": true, "customername": true, "email": true}

// answerOf is what matters of the answer that a body belongs to.
type answerOf struct {
	status      int
	contentType string
	salt        string // of the places in it
}

// words is the place of the words in a member, or in a body without members: those
// of error texts stay where the answer is an error.
func (a answerOf) words(member string) words.Place {
	switch {
	case a.status >= 300:
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

// readNumber reads a number as far as text has the form of one, and returns the rest.
func readNumber(text string) (n number, rest string) {
	rest = text
	digits := func() (part string) {
		end := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		part, rest = rest[:end], rest[end:]
		return part
	}
	if strings.HasPrefix(rest, "-") {
		n.sign, rest = "-", rest[1:]
	}
	if n.whole = digits(); n.whole == "" {
		return n, rest
	}
	if strings.HasPrefix(rest, ".") {
		rest = rest[1:]
		if n.fraction = "." + digits(); n.fraction == "." {
			return n, rest
		}
	}
	if rest == "" || rest[0]|0x20 != 'e' {
		return n, rest
	}
	n.e, rest = rest[:1], rest[1:]
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		n.e, rest = n.e+rest[:1], rest[1:]
	}
	n.exponent = digits()
	return n, rest
}

// isNumber tells whether text is a number.
func isNumber(text string) bool {
	n, rest := readNumber(text)
	return n.whole != "" && n.fraction != "." && (n.e == "") == (n.exponent == "") && rest == ""
}

// isBeyond tells whether a number is beyond what a float64 can hold.
func (n number) isBeyond() bool {
	_, err := strconv.ParseFloat(n.whole+n.fraction+n.e+n.exponent, 64)
	return errors.Is(err, strconv.ErrRange)
}

// number replaces the digits of a number, which keeps its length and stays a
// number, or stays none, that a float64 can hold. A createDate of whole seconds stays
// one, which the report notes; elsewhere three zeros are part of somebody's number.
func (r *Redactor) number(n number, a answerOf, s scalar) string {
	r.count(CountTexts)
	if r.plain(s.text, mode{late: s.late}) == 0 {
		d := r.key.stream("plain")
		return d.number(n, "")
	}
	end := ""
	if s.outer && s.member == "createDate" && len(s.text) == timeDigits && strings.HasSuffix(s.text, wholeSeconds) {
		end = wholeSeconds
	}
	draw := func(d *stream) string { return d.number(n, end) }
	if s.single {
		d := r.key.stream("element", a.salt, s.place(), s.text)
		return draw(&d)
	}
	return r.unique(textAt{"number", a.salt + s.place(), "", s.text}, draw, anything)
}

// number draws the digits of a number, but for the end of its whole part.
func (s *stream) number(n number, end string) string {
	digits := s.integer(strings.TrimSuffix(n.whole, end))
	if n.e != "" && digits == "0" {
		digits = "1" // zero is not beyond anything
	}
	return n.sign + digits + end + s.digits(n.fraction) + n.e + s.power(n)
}

// A time in milliseconds has so many digits until the year 2286, and ends like that
// where it was made of seconds.
const (
	timeDigits   = 13
	wholeSeconds = "000"
)

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

// power draws the digits of an exponent of the same length, with which a number is on
// the same side of what a float64 can hold.
func (s *stream) power(n number) string {
	out := []byte(s.digits(n.exponent))
	if len(out) < 3 {
		return string(out)
	}
	out[0] = '9'
	exponent, err := strconv.Atoi(n.exponent)
	if isTiny := strings.HasSuffix(n.e, "-") && (err != nil || exponent >= 300); !isTiny && !n.isBeyond() {
		out[0] = '1'
		out[1] = min(out[1], '8')
		for i := range len(out) - 3 {
			out[i] = '0'
		}
		out[len(out)-3] = '1'
	}
	return string(out)
}
