package redact

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"omaspec/reports/exchange"
	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
	"omaspec/schemas/portalurl"
)

// body redacts a body without content coding.
func (r *Redactor) body(text string) string {
	start := strings.TrimLeft(strings.TrimPrefix(text, "\ufeff"), jsonSpace)
	if strings.IndexAny(start, `{["`) == 0 || number.MatchString(strings.TrimRight(start, jsonSpace)) {
		return r.json(text)
	}
	return r.text(text, foreign)
}

// jsonSpace is the insignificant white space of RFC 8259 2.
const jsonSpace = " \t\r\n"

// scalar is a string or another scalar in a text that is JSON, or nearly so.
type scalar struct {
	member string // the name of the member that it is the value of or in, decoded
	text   string // without the quotes of a string
	quoted bool
	named  bool // it is the name of a member
}

// eachScalar calls edit for every scalar of text and puts its result in the
// scalar's place. Everything else stays byte by byte. It takes what a strict
// parser refuses as well: cut-off text, several values, words without quotes.
func eachScalar(text string, edit func(scalar) string) string {
	var out strings.Builder
	var names []string // by depth; "" outside of objects
	member := ""
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '{' || c == '[':
			names = append(names, member)
			out.WriteByte(c)
			i++
		case c == '}' || c == ']':
			if n := len(names) - 1; n >= 0 {
				member, names = names[n], names[:n]
			}
			out.WriteByte(c)
			i++
		case c == '"':
			end, closed := stringEnd(text, i+1)
			s := scalar{member: member, text: text[i+1 : end], quoted: true}
			if closed && isName(text[end+1:]) {
				s.named = true
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
			}
			out.WriteByte(c)
			i++
		default:
			end := i + 1
			for end < len(text) && strings.IndexByte(jsonSpace+`,:{}[]"`, text[end]) < 0 {
				end++
			}
			out.WriteString(edit(scalar{member: member, text: text[i:end]}))
			i = end
		}
	}
	return out.String()
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
func (r *Redactor) json(text string) string {
	return eachScalar(text, func(s scalar) string {
		switch edit, public := members[strings.ToLower(s.member)]; {
		case s.named:
			return r.text(s.text, name)
		case public:
			return edit(r, s)
		}
		return r.scalar(s)
	})
}

// members says how the members of Table 2 are redacted, by name in lower case: a
// member in the wrong case holds the same data.
var members = map[string]func(*Redactor, scalar) string{
	"mobilephone":       func(r *Redactor, s scalar) string { return r.masked(mask.MobilePhone, s) },
	"company":           func(r *Redactor, s scalar) string { return r.masked(mask.Company, s) },
	"customername":      func(r *Redactor, s scalar) string { return r.masked(mask.CustomerName, s) },
	"email":             func(r *Redactor, s scalar) string { return r.masked(mask.Email, s) },
	"vdn":               func(r *Redactor, s scalar) string { return r.public(s, true, shortDigits) },
	"tenantspacestatus": func(r *Redactor, s scalar) string { return r.public(s, true, shortDigits) },
	"createdate":        func(r *Redactor, s scalar) string { return r.public(s, false, number) },
	"portalurl":         func(r *Redactor, s scalar) string { return r.portalURL(s.text) },
}

var (
	shortDigits = regexp.MustCompile(`^[0-9]{1,10}$`)
	number      = regexp.MustCompile(`^(-?[0-9.]+)(?:([eE][-+]?)([0-9]+))?$`)
)

// scalar redacts a value that nothing is known about. A number stays a number, and
// a usual exponent stays: it decides whether the number can be held at all.
func (r *Redactor) scalar(s scalar) string {
	parts := number.FindStringSubmatch(s.text)
	if s.quoted || parts == nil || parts[2] == "" {
		return r.text(s.text, foreign)
	}
	mantissa, e, exponent := parts[1], parts[2], parts[3]
	if len(exponent) > 3 {
		exponent = r.text(exponent, foreign)
	}
	return r.text(mantissa, foreign) + e + exponent
}

// public keeps a value that has the type and form that the contract gives it,
// unless it is somebody's telephone number.
func (r *Redactor) public(s scalar, quoted bool, form *regexp.Regexp) string {
	hit := func(h leak.Hit) bool { return replaced[h.Kind] }
	if s.quoted == quoted && form.MatchString(s.text) && !slices.ContainsFunc(r.before.Scan(s.text), hit) {
		return s.text
	}
	return r.scalar(s)
}

// masked redacts the value of a masked member.
func (r *Redactor) masked(f mask.Field, s scalar) string {
	if !s.quoted {
		return r.scalar(s)
	}
	value := jsonString(s.text)
	out := r.maskedText(f, s, value)
	before, after := mask.Judge(f, value), mask.Judge(f, jsonString(out))
	if before.Verdict != after.Verdict || before.Documented != after.Documented {
		r.counts[CountUnfaithful]++
	}
	return out
}

// maskedText is masked for a string. What is no value of the field, and what holds
// a credential, another kind of data or an encoded value, is redacted as any text.
func (r *Redactor) maskedText(f mask.Field, s scalar, value string) string {
	hits := r.before.Scan(s.text)
	if len(value) > longestMember || mask.Judge(f, value).Verdict == mask.Invalid || slices.ContainsFunc(hits, func(h leak.Hit) bool { return inBase64(h) || !isOf(f, h) }) {
		return r.scalar(s)
	}
	out := r.values.member(f, value)
	if out == value && utf8.ValidString(s.text) {
		return s.text
	}
	r.saw(value)
	units := unescape(s.text)
	var b strings.Builder
	octets := r.key.stream("octets", s.text)
	for i, c := range []rune(out) {
		if units[i].bad {
			c = 0x80 + rune(octets.next(0x40))
		}
		b.WriteString(units[i].spell(c))
	}
	d := redaction{b.String(), hits, r.after.Scan(b.String())}
	r.count(d, s.text, foreign)
	r.noteMade(s.text, d)
	return d.out
}

// longestMember is the length, in bytes, up to which a masked value is compared
// with others and may stay.
const longestMember = 256

// isOf tells whether a hit is a value of the field.
func isOf(f mask.Field, h leak.Hit) bool {
	return h.Kind == leak.Phone && f == mask.MobilePhone || h.Kind == leak.Email && f == mask.Email || h.Kind == leak.Truth && h.Name == string(f)
}

// portalURL redacts the value of portalUrl, as it is written in a JSON string.
func (r *Redactor) portalURL(src string) string {
	out := r.url(src)
	codes := func(s *leak.Detector, text string) (codes []string) {
		for _, issue := range portalurl.Judge(jsonString(text), portalurl.Options{Detector: s}) {
			codes = append(codes, issue.Code)
		}
		return codes
	}
	if !slices.Equal(codes(r.before, src), codes(r.after, out)) {
		r.counts[CountUnfaithful]++
	}
	return out
}

// maskedValues collects the properly masked values of the run: they are what
// leaks are correlated with.
func maskedValues(exchanges []*exchange.Exchange) map[mask.Field][]string {
	masks := map[mask.Field][]string{}
	for _, x := range exchanges {
		if x.Status() != 200 {
			continue
		}
		eachScalar(plainBody(x.Response), func(s scalar) string {
			for _, f := range mask.Fields {
				if s.quoted && !s.named && s.member == string(f) {
					value := jsonString(s.text)
					if len(value) <= longestMember && mask.Judge(f, value).Verdict == mask.OK && !slices.Contains(masks[f], value) {
						masks[f] = append(masks[f], value)
					}
				}
			}
			return ""
		})
	}
	return masks
}
