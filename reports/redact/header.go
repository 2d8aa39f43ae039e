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
		redact, ok := fieldKinds[strings.ToLower(f.Name)]
		if !ok {
			redact = (*Redactor).opaque
		}
		out[i] = exchange.Field{Name: r.text(f.Name, name), Value: exchange.Sensitive(redact(r, string(f.Value)))}
	}
	return out
}

// fieldKinds is the allow-list of response fields whose values say something
// about the target and nothing about a customer. All others lose their numbers
// and all words outside of the vocabulary.
var fieldKinds = func() map[string]func(*Redactor, string) string {
	kinds := map[string]func(*Redactor, string) string{"location": (*Redactor).url, "content-location": (*Redactor).url, "link": (*Redactor).links}
	for field := range strings.FieldsSeq(`
		accept-ranges access-control-allow-credentials access-control-allow-headers access-control-allow-methods
		access-control-allow-origin access-control-expose-headers access-control-max-age age allow alt-svc
		cache-control cf-cache-status connection content-encoding content-language content-length content-range
		content-security-policy content-type date expires keep-alive last-modified pragma proxy-authenticate
		referrer-policy retry-after server strict-transport-security trailer transfer-encoding upgrade vary via
		www-authenticate x-aspnet-version x-cache x-cache-hits x-content-type-options x-frame-options
		x-powered-by x-xss-protection ratelimit-limit ratelimit-remaining ratelimit-reset`) {
		kinds[field] = (*Redactor).served
	}
	return kinds
}()

func (r *Redactor) opaque(value string) string { return r.text(value, foreign) }
func (r *Redactor) served(value string) string { return r.text(value, serving) }

var linkTarget = regexp.MustCompile(`<[^<>]*>`)

// links redacts a Link value (RFC 8288): the URLs as URLs, the rest as text.
func (r *Redactor) links(value string) string {
	var b strings.Builder
	rest := 0
	for _, at := range linkTarget.FindAllStringIndex(value, -1) {
		b.WriteString(r.text(value[rest:at[0]], serving))
		b.WriteString("<" + r.url(value[at[0]+1:at[1]-1]) + ">")
		rest = at[1]
	}
	b.WriteString(r.text(value[rest:], serving))
	return b.String()
}
