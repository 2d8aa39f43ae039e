package redact

import (
	"slices"
	"strings"
)

// url redacts a URL as it stands in a JSON string or a field value. Its scheme,
// host, port and structure stay, and so do the names of parameters that rules
// know; every other part is redacted for itself. Where that hides something from
// the detectors, or shows them something, it is redacted as any text.
func (r *Redactor) url(src string) string {
	units, _ := decodeOnce(unescape(src), readReference)
	out := r.urlUnits(units)
	if d := (redaction{out, r.before.Scan(src), r.after.Scan(out)}); d.faithful() {
		r.noteMade(src, d)
		return out
	}
	return r.text(src, foreign)
}

// urlUnits redacts the URL that units read as.
func (r *Redactor) urlUnits(units []unit) string {
	scheme := slices.IndexFunc(units, func(u unit) bool { return strings.ContainsRune(":/?#", u.r) })
	if scheme <= 0 || units[scheme].r != ':' {
		return r.afterAuthority(units)
	}
	head, rest := r.text(source(units[:scheme]), name)+source(units[scheme:scheme+1]), units[scheme+1:]
	if ascii(rest, 2) != "//" {
		return head + r.afterAuthority(rest)
	}
	end := slices.IndexFunc(rest[2:], func(u unit) bool { return strings.ContainsRune("/?#", u.r) })
	if end < 0 {
		end = len(rest) - 2
	}
	return head + source(rest[:2]) + r.authority(rest[2:2+end]) + r.afterAuthority(rest[2+end:])
}

// authority keeps host and port and redacts user and password.
func (r *Redactor) authority(units []unit) string {
	at := lastIndex(units, '@')
	if at < 0 {
		return r.text(source(units), host)
	}
	var b strings.Builder
	for part := range splitUnits(units[:at], ":") {
		b.WriteString(r.delimited(part, ":", foreign))
	}
	return b.String() + source(units[at:at+1]) + r.text(source(units[at+1:]), host)
}

// afterAuthority redacts path, query and fragment.
func (r *Redactor) afterAuthority(units []unit) string {
	query := slices.IndexFunc(units, func(u unit) bool { return u.r == '?' || u.r == '#' })
	if query < 0 {
		query = len(units)
	}
	var b strings.Builder
	for part := range splitUnits(units[:query], "/;") {
		b.WriteString(r.parameter(part, "/;"))
	}
	for part := range splitUnits(units[query:], "&#") {
		b.WriteString(r.parameter(part, "?&#"))
	}
	return b.String()
}

// parameter redacts a parameter, or a segment without a name, with the delimiter
// in front of it.
func (r *Redactor) parameter(units []unit, delimiters string) string {
	equals := slices.IndexFunc(units, func(u unit) bool { return u.r == '=' })
	if equals < 0 {
		return r.delimited(units, delimiters, path)
	}
	value := units[equals+1:]
	out := r.delimited(units[:equals], delimiters, name) + source(units[equals:equals+1])
	if isURL(value) {
		return out + r.urlUnits(value)
	}
	if decoded, ok := decodeOnce(value, readPercent); ok && isURL(decoded) {
		return out + r.urlUnits(decoded)
	}
	return out + r.text(source(value), foreign)
}

// isURL tells whether units start with a scheme and an authority.
func isURL(units []unit) bool {
	plain := ascii(units, len(units))
	i := strings.Index(plain, "://")
	return i > 0 && !strings.ContainsAny(plain[:i], "/?#&=")
}

// delimited redacts what follows a delimiter, if units start with one.
func (r *Redactor) delimited(units []unit, delimiters string, m mode) string {
	if len(units) > 0 && strings.ContainsRune(delimiters, units[0].r) {
		return source(units[:1]) + r.text(source(units[1:]), m)
	}
	return r.text(source(units), m)
}

// splitUnits yields units in parts, each but the first with its delimiter in front.
func splitUnits(units []unit, delimiters string) func(func([]unit) bool) {
	return func(yield func([]unit) bool) {
		start := 0
		for i := 1; i <= len(units); i++ {
			if i == len(units) || strings.ContainsRune(delimiters, units[i].r) {
				if !yield(units[start:i]) {
					return
				}
				start = i
			}
		}
	}
}

// source is how units are written.
func source(units []unit) string {
	var b strings.Builder
	for _, u := range units {
		b.WriteString(u.src)
	}
	return b.String()
}

func lastIndex(units []unit, r rune) int {
	for i := len(units) - 1; i >= 0; i-- {
		if units[i].r == r {
			return i
		}
	}
	return -1
}
