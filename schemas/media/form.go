package media

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"omaspec/schemas"
	"omaspec/schemas/lazy"
	"omaspec/schemas/strictjson"
)

// Form is the form in which an error response (401, 502) carries its text.
// Tables 3 and 4 say "schema, String", which allows more than one reading (A5).
type Form string

// The forms of A5, by the names that reports give them. JSONString and InSchema are
// the two readings of the tables.
const (
	JSONString  Form = "F1" // a JSON string as the body
	InSchema    Form = "F2" // a JSON object with a string in the member schema
	PlainText   Form = "F3" // text/plain
	Unquoted    Form = "F4" // text without quotes under another content type, as of JSON
	OtherObject Form = "F5" // another JSON object with a text in it
	NoBody      Form = "F6" // no body
	Page        Form = "F7" // an HTML or XML page
	Other       Form = "F8" // anything else: other JSON, broken JSON, blank text, binary data
	Labelled    Form = "F9" // a text that is none, and says that it is a page
)

// String returns the form and what it is: "F1, a JSON string".
func (f Form) String() string { return string(f) + ", " + forms[f].observed }

// forms says of each form what it is, and which issue it gives, if any.
var forms = map[Form]struct {
	observed string
	code     string
	advisory bool
}{
	JSONString:  {observed: "a JSON string"},
	InSchema:    {observed: "a JSON object with the string in schema"},
	PlainText:   {"plain text", "form.plain-text", true},
	Unquoted:    {"text without the quotes of a JSON string", "form.unquoted", true},
	OtherObject: {"a JSON object with its text elsewhere than in schema", "form.object", true},
	NoBody:      {"an empty body", "form.empty", false},
	Page:        {"an HTML or XML page, as gateways send it", "form.page", false},
	Labelled:    {"a text that its Content-Type calls an HTML or XML page", "form.page", false},
	Other:       {"neither a JSON string nor a text", "form.other", false},
}

// Issue returns the issue of a form that is not a reading of Tables 3 and 4, and
// whether there is one. It is advisory where the text is there all the same
// (PlainText, Unquoted, OtherObject).
func (f Form) Issue() (schemas.Issue, bool) {
	form := forms[f]
	return schemas.Issue{
		Code:     form.code,
		Where:    "body",
		Expected: "a text that is not blank, as a JSON string or in the member schema",
		Observed: form.observed,
		Advisory: form.advisory,
	}, form.code != ""
}

// pageTypes are the content types of pages for people.
var pageTypes = []string{"text/html", "application/xhtml+xml", "application/xml", "text/xml"}

// ErrorForm tells the form of an error response from its Content-Type value and
// its decoded body. The body decides wherever it can: a page labelled as JSON is
// a page, and a JSON string labelled as HTML (a usual default) is a JSON string.
func ErrorForm(contentType string, body []byte) Form {
	doc, issues := strictjson.Parse(body, strictjson.DefaultLimits)
	return FormOf(contentType, string(body), doc, issues)
}

// FormOf is ErrorForm for a body that was read as JSON already.
func FormOf(contentType, body string, doc *strictjson.Document, issues []schemas.Issue) Form {
	label, _ := ContentType(contentType)
	isJSON := doc.Complete && !slices.ContainsFunc(issues, func(i schemas.Issue) bool { return i.Code == strictjson.CodeTrailing })
	text := strings.TrimFunc(body, isBlank)
	switch {
	case len(body) == 0:
		return NoBody
	case text == "":
		return Other
	case !isJSON && isPage(text):
		return Page
	case label.Essence == "text/plain" && isPlain(text): // in any encoding: JSON alone has to be UTF-8
		return PlainText
	case !isJSON && !isText(text):
		return Other
	}
	switch form := jsonForm(doc); {
	case isJSON && (form == JSONString || form == InSchema):
		return form
	case slices.Contains(pageTypes, label.Essence):
		return Labelled
	case isJSON:
		return form
	case text[0] == '{' || text[0] == '"':
		return Other // meant as JSON, and broken
	default:
		return Unquoted
	}
}

// jsonForm tells the form of a JSON text, whatever its label.
func jsonForm(doc *strictjson.Document) Form {
	schema, _ := doc.Member("schema")
	switch {
	case hasText(doc.Value):
		return JSONString
	case hasText(schema):
		return InSchema
	}
	form := Other
	if doc.Kind == strictjson.Object {
		doc.Walk(func(_ string, v strictjson.Value) {
			if hasText(v) {
				form = OtherObject
			}
		})
	}
	return form
}

// hasText tells whether v is a string that is not blank. The text of any other
// value is empty.
func hasText(v strictjson.Value) bool { return strings.TrimFunc(v.String, isBlank) != "" }

// isBlank tells whether r is one of the characters that the pattern of the error
// schema takes for white space.
func isBlank(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' }

// isText tells whether s is UTF-8 without control characters but white space.
func isText(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && !unicode.IsSpace(r) })
}

// isPlain tells whether s has no control characters but white space, in whatever encoding
// that keeps ASCII as it is.
func isPlain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' && !unicode.IsSpace(r) || r == 0x7f })
}

// pageStart is how much of a text is searched for the start of a page.
const pageStart = 64 << 10

// page matches markup at the start of a text, or the frame of a page anywhere.
var page = lazy.Regexp(`(?i)^<[a-z!?/]|<(?:!doctype|html|head|body)[\s>]`)

func isPage(text string) bool {
	text = text[:min(len(text), pageStart)]
	return strings.Contains(text, "<") && page().MatchString(text)
}
