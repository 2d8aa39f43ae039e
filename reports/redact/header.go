package redact

import (
	"regexp"
	"strings"

	"omaspec/reports/exchange"
)

// fields redacts a header or trailer section.
func (r *Redactor) fields(section exchange.Fields) exchange.Fields {
	if section == nil {
		return nil
	}
	out := make(exchange.Fields, len(section))
	for i, f := range section {
		value := r.text
		redacted := ""
		switch kind := fieldKinds[strings.ToLower(f.Name)]; kind {
		case locations:
			redacted = r.url(string(f.Value))
		case links:
			redacted = r.links(string(f.Value))
		case cookies:
			redacted = r.cookie(string(f.Value))
		case numbers:
			redacted = value(string(f.Value), counted)
		default:
			redacted = value(string(f.Value), foreign)
		}
		out[i] = exchange.Field{Name: r.text(f.Name, name), Value: exchange.Sensitive(redacted)}
	}
	return out
}

// fieldKind says what a field value is made of.
type fieldKind uint8

const (
	opaque    fieldKind = iota // unknown: its numbers and words may say whose answer it is
	numbers                    // its numbers say how the target serves
	locations                  // a URL
	links                      // URLs in angle brackets
	cookies
)

// fieldKinds is the allow-list of response fields whose values say something
// about the target and nothing about a customer. All others lose their numbers
// and all words outside of the vocabulary.
var fieldKinds = func() map[string]fieldKind {
	kinds := map[string]fieldKind{"location": locations, "content-location": locations, "link": links, "set-cookie": cookies}
	for field := range strings.FieldsSeq(`
		accept-ranges access-control-allow-credentials access-control-allow-headers access-control-allow-methods
		access-control-allow-origin access-control-expose-headers access-control-max-age age allow alt-svc
		cache-control cf-cache-status connection content-encoding content-language content-length content-range
		content-security-policy content-type date expires keep-alive last-modified pragma proxy-authenticate
		referrer-policy retry-after server strict-transport-security trailer transfer-encoding upgrade vary via
		www-authenticate x-aspnet-version x-cache x-cache-hits x-content-type-options x-frame-options
		x-powered-by x-xss-protection ratelimit-limit ratelimit-remaining ratelimit-reset`) {
		kinds[field] = numbers
	}
	return kinds
}()

var linkTarget = regexp.MustCompile(`<[^<>]*>`)

// links redacts a Link value (RFC 8288): the URLs as URLs, the rest as text.
func (r *Redactor) links(value string) string {
	var b strings.Builder
	rest := 0
	for _, at := range linkTarget.FindAllStringIndex(value, -1) {
		b.WriteString(r.text(value[rest:at[0]], counted))
		b.WriteString("<" + r.url(value[at[0]+1:at[1]-1]) + ">")
		rest = at[1]
	}
	b.WriteString(r.text(value[rest:], counted))
	return b.String()
}

// cookie redacts a Set-Cookie value (RFC 6265 4.1): the cookie itself is opaque,
// the attributes say how it is kept.
func (r *Redactor) cookie(value string) string {
	pair, attributes, found := strings.Cut(value, ";")
	if !found {
		return r.text(pair, foreign)
	}
	return r.text(pair, foreign) + ";" + r.text(attributes, counted)
}
