package redact

import (
	"regexp"
	"slices"
	"strings"

	"omaspec/reports/exchange"
	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
	"omaspec/schemas/portalurl"
)

// body redacts a body without content coding.
func (r *Redactor) body(text string) string {
	if strings.IndexAny(strings.TrimLeft(strings.TrimPrefix(text, "\ufeff"), jsonSpace), `{["`) == 0 {
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

// jsonString is what a string without its quotes stands for.
func jsonString(s string) string {
	var b strings.Builder
	for _, u := range unescape(s) {
		b.WriteString(u.plain())
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
	number      = regexp.MustCompile(`^-?[0-9.]+(?:[eE][-+]?[0-9]+)?$`)
)

// scalar redacts a value that nothing is known about. The exponent of a number
// stays: it decides whether the number can be held at all.
func (r *Redactor) scalar(s scalar) string {
	if !s.quoted && number.MatchString(s.text) {
		if i := strings.IndexAny(s.text, "eE"); i > 0 {
			return r.text(s.text[:i], foreign) + s.text[i:]
		}
	}
	return r.text(s.text, foreign)
}

// public keeps a value that has the type and form that the contract gives it,
// unless it is somebody's telephone number.
func (r *Redactor) public(s scalar, quoted bool, form *regexp.Regexp) string {
	hit := func(h leak.Hit) bool { return replaced[h.Kind] }
	if s.quoted == quoted && form.MatchString(s.text) && !slices.ContainsFunc(r.before.scan(s.text), hit) {
		return s.text
	}
	return r.scalar(s)
}

// masked redacts the value of a masked member. What is no value of the field, and
// what holds a credential or an encoded value, is redacted as any text.
func (r *Redactor) masked(f mask.Field, s scalar) string {
	hits := r.before.scan(s.text)
	other := func(h leak.Hit) bool { return h.Kind.Class() == leak.Credential || inBase64(h) }
	value := jsonString(s.text)
	before := mask.Judge(f, value)
	if !s.quoted || before.Verdict == mask.Invalid || slices.ContainsFunc(hits, other) {
		return r.scalar(s)
	}
	out := r.values.member(f, value)
	if out == value {
		return s.text
	}
	r.saw(value)
	units := unescape(s.text)
	var b strings.Builder
	for i, c := range []rune(out) {
		b.WriteString(units[i].spell(c))
	}
	after := mask.Judge(f, out)
	r.count(redaction{b.String(), before == after && slices.Equal(marks(hits), marks(r.after.scan(b.String()))), hits}, s.text, foreign)
	return b.String()
}

// portalURL redacts the value of portalUrl, as it is written in a JSON string.
func (r *Redactor) portalURL(src string) string {
	out := r.url(src)
	codes := func(s scanner, text string) (codes []string) {
		for _, issue := range portalurl.Judge(jsonString(text), portalurl.Options{Detector: s[0]}) {
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
					if mask.Judge(f, value).Verdict == mask.OK && !slices.Contains(masks[f], value) {
						masks[f] = append(masks[f], value)
					}
				}
			}
			return ""
		})
	}
	return masks
}
