package redact

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"omaspec/reports/exchange"
	"omaspec/schemas/lazy"
	"omaspec/schemas/words"
)

// fields redacts a header or trailer section that came at some time.
func (r *Redactor) fields(section exchange.Fields, at time.Time, salt string) exchange.Fields {
	if section == nil {
		return nil
	}
	out := make(exchange.Fields, len(section))
	for i, f := range section {
		salt := salt + strconv.Itoa(i)
		out[i] = exchange.Field{Name: f.Name, Value: exchange.Sensitive(r.field(strings.ToLower(f.Name), string(f.Value), salt, at))}
		if !words.IsField(f.Name) {
			out[i].Name = r.text(f.Name, mode{place: words.Names, salt: salt})
		}
	}
	return out
}

// field redacts the value of a field, by its name in lower case.
func (r *Redactor) field(name, value, salt string, at time.Time) string {
	m := mode{place: words.Serving(name), salt: salt}
	switch name {
	case "date":
		if date, ok := nearby(value, at); ok {
			return date
		}
	case "location", "content-location", "link":
		m.place = words.Paths
	case "set-cookie":
		pair, attributes, _ := strings.Cut(value, ";")
		out := r.text(pair, mode{salt: salt})
		if len(pair) < len(value) {
			out += ";" + r.text(attributes, mode{place: words.Fields, salt: salt + " attributes"})
		}
		return out
	}
	kept, ok := keptParts[name]
	if !ok {
		return r.text(value, m)
	}
	var b strings.Builder
	rest := 0
	for _, part := range kept().FindAllStringIndex(value, -1) {
		b.WriteString(r.text(value[rest:part[0]], m) + value[part[0]:part[1]])
		rest = part[1]
	}
	return strongAge(name, value, b.String()+r.text(value[rest:], m))
}

// keptParts are the parts of values, by field, that a rule reads and that say
// nothing: names of charsets, and of directives that would be a name elsewhere.
var keptParts = map[string]func() *regexp.Regexp{
	"content-type":                lazy.Regexp(`(?i)\b(?:utf-?(?:8|16(?:le|be)?|32)|iso-8859-1|windows-125[12]|gb2312|gb18030|big5)\b|%3B`),
	"access-control-allow-origin": lazy.Regexp(`(?i)^https://evil\.example$`),
	"content-encoding":            lazy.Regexp(`(?i)\bx-gzip\b`),
	"cache-control":               lazy.Regexp(`(?i)\b(?:s-maxage|max-age)\b`),
	"strict-transport-security":   lazy.Regexp(`(?i)\bmax-age\b`),
}

// aYear is what ASVS 3.4.1 wants of max-age at least, in seconds.
const aYear = 31536000

var maxAge = lazy.Regexp(`(?i)(max-age\s*=\s*"?)(\d+)`)

// strongAge puts a max-age of a year, or the rewritten one of no time, back into
// a Strict-Transport-Security value: which of both it is decides a rule.
func strongAge(name, before, after string) string {
	if name != "strict-transport-security" {
		return after
	}
	found := maxAge().FindStringSubmatch(before)
	if found == nil {
		return after
	}
	if seconds, err := strconv.ParseInt(found[2], 10, 64); err != nil || seconds < aYear {
		return after
	}
	return maxAge().ReplaceAllString(after, "${1}"+strconv.Itoa(aYear))
}

// goesRight is how far a clock may be off that goes right.
const goesRight = 5 * time.Minute

// nearby returns a Date value that says no more than that the clock of the target
// goes right, or is before or behind.
func nearby(value string, at time.Time) (string, bool) {
	date, err := http.ParseTime(value)
	if err != nil {
		return "", false
	}
	switch skew := date.Sub(at); {
	case skew > goesRight:
		at = at.Add(24 * time.Hour)
	case skew < -goesRight:
		at = at.Add(-24 * time.Hour)
	}
	return at.UTC().Format(http.TimeFormat), true
}
