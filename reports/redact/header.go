package redact

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"omaspec/reports/evidence"
	"omaspec/schemas/lazy"
	"omaspec/schemas/words"
)

// fields redacts a header or trailer section that came at some time.
func (r *Redactor) fields(section evidence.Fields, at time.Time, salt string) evidence.Fields {
	if section == nil {
		return nil
	}
	out := make(evidence.Fields, len(section))
	for i, f := range section {
		salt := salt + strconv.Itoa(i)
		out[i] = evidence.Field{Name: f.Name, Value: evidence.Sensitive(r.field(strings.ToLower(f.Name), string(f.Value), salt, at))}
		if !words.IsField(f.Name) {
			out[i].Name = r.text(f.Name, mode{place: words.Names, salt: salt})
		}
	}
	return out
}

// field redacts the value of a field, by its name in lower case.
func (r *Redactor) field(name, value, salt string, at time.Time) string {
	if isWide(value) {
		return r.opaque(value, salt)
	}
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
			out += r.parts(name, ";"+attributes, mode{place: words.Fields, salt: salt + " attributes"})
		}
		return out
	}
	return strongAge(name, value, r.parts(name, value, m))
}

// parts redacts the value of a field but for its kept parts. Each of the others is a
// place of its own: positions count from its start.
func (r *Redactor) parts(name, value string, m mode) string {
	kept, ok := keptParts[name]
	if !ok {
		return r.text(value, m)
	}
	var b strings.Builder
	salt, rest := m.salt, 0
	for i, part := range kept().FindAllStringIndex(value, -1) {
		m.salt = salt + "/" + strconv.Itoa(i)
		b.WriteString(r.text(value[rest:part[0]], m) + value[part[0]:part[1]])
		rest = part[1]
	}
	m.salt = salt
	return b.String() + r.text(value[rest:], m)
}

// keptParts are the parts of values, by field, that a rule reads where it reads them:
// media types, charsets, codings, and the names of directives. They stay also where
// a customer is called like them.
var keptParts = map[string]func() *regexp.Regexp{
	"content-type": lazy.Regexp(`(?i)^\s*(?:application/(?:json|octet-stream|problem\+json|xhtml\+xml|xml)|text/(?:html|json|plain|xml))\b(?:%3B)?` +
		`|charset=(?:"?(?:utf-?(?:8|16(?:le|be)?|32)|iso-8859-1|us-ascii|windows-125[12]|gb2312|gbk|gb18030|big5)\b)?`),
	"access-control-allow-origin":      lazy.Regexp(`(?i)^\s*(?:https://evil\.example|null)\s*$`),
	"access-control-allow-credentials": lazy.Regexp(`(?i)^true$`),
	"content-encoding":                 lazy.Regexp(`(?i)(?:^|,)[ \t]*(?:gzip|x-gzip|deflate|identity|br|compress|zstd)\b`),
	"cache-control":                    lazy.Regexp(`(?i)(?:^|,)\s*(?:no-store|private|s-maxage|max-age)\b`),
	"set-cookie":                       lazy.Regexp(`(?i);\s*(?:secure|httponly|samesite)\b`),
	"strict-transport-security":        lazy.Regexp(`(?i)(?:^|;)\s*max-age\b`),
	"vary":                             lazy.Regexp(`(?i)x-auth-token`),
	"x-content-type-options":           lazy.Regexp(`(?i)^\s*nosniff\s*$`),
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
