// Package media judges how a body was labelled and wrapped: its Content-Type,
// the form in which an error text came, and its Content-Encoding.
package media

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"omaspec/schemas"
	"omaspec/schemas/lazy"
)

// The codes of the issues that ContentType reports.
const (
	CodeMissing        = "media.missing"
	CodeInvalid        = "media.invalid"         // RFC 9110 8.3.1
	CodePercentEncoded = "media.percent-encoded" // A8: as the page's example prints it
	CodeNotJSON        = "media.not-json"        // A8
	CodeCharset        = "media.charset"         // A9
)

// Type is a media type in lower case. Both members are "" where they are absent.
type Type struct {
	Essence string // "application/json"
	Charset string // "utf-8"
}

const (
	applicationJSON = "application/json"
	where           = "header Content-Type"
	wanted          = "application/json, with no charset or utf-8"
)

// CodeScriptable is the code of the issue that Scriptable reports.
const CodeScriptable = "media.scriptable"

// Scriptable judges whether a Content-Type value makes browsers execute what stands in
// the body: whether it is a scriptable MIME type (WHATWG MIME Sniffing 4.6), which is
// HTML, PDF, or XML in any form.
func Scriptable(value string) (schemas.Issue, bool) {
	t, _ := ContentType(value)
	xml := t.Essence == "text/xml" || t.Essence == "application/xml" || strings.HasSuffix(t.Essence, "+xml")
	if !xml && t.Essence != "text/html" && t.Essence != "application/pdf" {
		return schemas.Issue{}, false
	}
	return schemas.Issue{Code: CodeScriptable, Where: where, Expected: wanted, Observed: "the type " + shown(t.Essence) + ", which browsers execute"}, true
}

// longest is the length, in bytes, up to which a value is read.
const longest = 2048

// The grammar of RFC 9110 8.3.1 and 5.6.6. A quoted string may hold any byte but
// control characters.
const (
	token     = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
	quoted    = `"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[^\x00-\x08\x0a-\x1f\x7f])*"`
	parameter = `(` + token + `)=(` + token + `|` + quoted + `)`
)

var (
	mediaType  = lazy.Regexp(`^(` + token + `/` + token + `)((?:[ \t]*;[ \t]*(?:` + parameter + `)?)*)$`)
	parameters = lazy.Regexp(`;[ \t]*` + parameter)
)

// ContentType parses one Content-Type value and judges it as the label of a JSON
// body (A8, A9). An empty value counts as a missing field.
//
// The misprint of the published page, "%3B" where the semicolon belongs, gives
// the advisory issue media.percent-encoded; the type is then read as it was
// meant. No other issue is advisory. A type that cannot be read is zero.
func ContentType(value string) (Type, []schemas.Issue) {
	value = strings.Trim(value, " \t")
	if value == "" {
		return Type{}, []schemas.Issue{{Code: CodeMissing, Where: where, Expected: wanted, Observed: "no Content-Type"}}
	}
	if len(value) > longest {
		return Type{}, []schemas.Issue{{Code: CodeInvalid, Where: where, Expected: wanted, Observed: fmt.Sprintf("a value of %d bytes, which labels nothing", len(value))}}
	}
	var issues []schemas.Issue
	if meant, ok := unescapeType(value); ok {
		issues = append(issues, misprint)
		value = meant
	}
	parts := mediaType().FindStringSubmatch(value)
	if parts == nil {
		return Type{}, []schemas.Issue{{Code: CodeInvalid, Where: where,
			Expected: "a media type (RFC 9110 8.3.1): " + wanted, Observed: "a value that is not in its grammar: " + shown(value)}}
	}
	t := Type{Essence: strings.ToLower(parts[1])}
	if t.Essence != applicationJSON {
		issues = append(issues, schemas.Issue{Code: CodeNotJSON, Where: where, Expected: wanted, Observed: "the type " + shown(t.Essence)})
	}
	for _, p := range parameters().FindAllStringSubmatch(parts[2], -1) {
		if !strings.EqualFold(p[1], "charset") {
			continue
		}
		t.Charset = strings.ToLower(unquote(p[2]))
		if !slices.Contains(labelsOfUTF8, t.Charset) {
			issues = append(issues, schemas.Issue{Code: CodeCharset, Where: where,
				Expected: "UTF-8 (RFC 8259 8.1), named or not", Observed: "the charset " + shown(t.Charset)})
		}
	}
	return t, issues
}

// labelsOfUTF8 are the labels by which clients know UTF-8 (WHATWG Encoding 4.2).
var labelsOfUTF8 = []string{"utf-8", "utf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "x-unicode20utf8"}

var misprint = schemas.Issue{
	Code:     CodePercentEncoded,
	Where:    where,
	Expected: `";" before a parameter: application/json;charset=UTF-8`,
	Observed: `"%3B" in its place, as in the misprinted example of the page (application/json%3Bcharset=UTF-8)`,
	Advisory: true,
}

// unescapeType undoes the misprint of the page: an escaped semicolon in place of
// the first one.
func unescapeType(value string) (string, bool) {
	essence, _, _ := strings.Cut(strings.ToLower(value), ";")
	if !strings.Contains(essence, "%3b") {
		return "", false
	}
	meant, err := url.PathUnescape(value)
	return meant, err == nil
}

// unquote returns what a token or quoted string stands for.
func unquote(s string) string {
	if !strings.HasPrefix(s, `"`) {
		return s
	}
	return quotedPair().ReplaceAllString(s[1:len(s)-1], "$1")
}

var quotedPair = lazy.Regexp(`\\(.)`)

// public holds the labels that are shown as they came. Everything else from the
// wire is shown by its shape.
var public = []string{
	"application/json", "application/octet-stream", "application/pdf", "application/problem+json", "application/xhtml+xml", "application/xml",
	"image/svg+xml", "text/html", "text/json", "text/plain", "text/xml",
	"big5", "gb18030", "gb2312", "gbk", "iso-8859-1", "us-ascii", "utf-16", "utf-16be", "utf-16le", "utf-32", "utf8", "windows-1252",
	"br", "compress", "zstd",
}

func shown(label string) string {
	if slices.Contains(public, label) {
		return label
	}
	return "of shape " + schemas.Shape(label)
}
