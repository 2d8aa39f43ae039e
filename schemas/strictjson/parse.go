// Package strictjson reads exactly one RFC 8259 text and says what is wrong with
// it. It stands in front of every other rule on bodies: what it lets through is
// bounded, is UTF-8, and means the same to every decoder.
//
// Most faults do not end the reading. A duplicate name, a byte order mark or
// bytes after the text are reported, and the document is still handed over with
// every value of every member, so that a value which a decoder would drop can be
// judged too: an unmasked value in front of a masked one of the same name is
// there for everybody who looks at the bytes.
//
// Values print as their shape, and the pointers made here hold no member name
// but those of the contract: a name can be somebody's address.
package strictjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"omaspec/schemas"
)

// The codes of the issues that Parse reports.
const (
	CodeSyntax           = "json.syntax"            // RFC 8259 2: not in the grammar, or cut off
	CodeUTF8             = "json.utf8"              // RFC 8259 8.1, 8.2; A9
	CodeBOM              = "json.bom"               // RFC 8259 8.1; A9
	CodeTrailing         = "json.trailing"          // A50
	CodeDuplicate        = "json.duplicate"         // RFC 8259 4; A25: all values are equal
	CodeDuplicateDiffers = "json.duplicate-differs" // A25: what is read depends on the decoder
	CodeDepth            = "json.depth"             // Limits.Depth
	CodeSize             = "json.size"              // Limits.Bytes, Limits.Values
	CodeNumber           = "json.number"            // Limits.NumberLength, Limits.ExponentDigits, or not within float64
	CodeEmpty            = "json.empty"             // nothing but white space
)

// expected holds what the contract asks for, by code.
var expected = map[string]string{
	CodeSyntax:           "one JSON text (RFC 8259)",
	CodeUTF8:             "text in UTF-8 (RFC 8259 8.1)",
	CodeBOM:              "no byte order mark (RFC 8259 8.1)",
	CodeTrailing:         "nothing after the JSON text but white space",
	CodeDuplicate:        "each member name once in an object (RFC 8259 4)",
	CodeDuplicateDiffers: "each member name once in an object (RFC 8259 4)",
	CodeDepth:            "no deeper nesting than the limit",
	CodeSize:             "no more bytes and values than the limits",
	CodeNumber:           "a number that every decoder can hold",
	CodeEmpty:            "one JSON text (RFC 8259)",
}

// issuesPerCode bounds how many places of one fault are reported.
const issuesPerCode = 16

const byteOrderMark = "\ufeff"

// whiteSpace is what may stand around a JSON text (RFC 8259 2).
const whiteSpace = " \t\r\n"

// Limits bound what Parse takes. A limit of zero allows nothing.
type Limits struct {
	Bytes          int // length of the whole text
	Values         int // scalars, arrays and objects in it, which cost a hundred times their bytes
	Depth          int // arrays and objects inside each other; 1 is a flat object
	NumberLength   int // characters of a number literal
	ExponentDigits int // digits of the exponent of a number literal
}

// DefaultLimits are far above the contract's own bodies (some 300 bytes, ten
// values, two levels) and far below what makes a decoder or validator slow.
var DefaultLimits = Limits{Bytes: 1 << 20, Values: 10_000, Depth: 64, NumberLength: 32, ExponentDigits: 3}

// Document is what could be read of a body: its root value, and whether it was
// read to its end.
type Document struct {
	Value
	// Complete tells that the root value is whole. It is false for an empty,
	// malformed, cut-off, too deep or too large body; Value then holds what came
	// before the fault.
	Complete bool
	// Values counts the scalars, arrays and objects that were begun.
	Values int
}

// Parse reads one JSON text and reports each way in which b is not exactly one
// (A9, A25, A50). The issues stand in the order in which they were met, at most
// 16 for each code; without any, b is an RFC 8259 text in UTF-8 with unique names and within
// limits. The document is never nil.
func Parse(b []byte, limits Limits) (*Document, []schemas.Issue) {
	return ParseString(string(b), limits)
}

// ParseString is Parse for a string, of which the document then holds parts.
func ParseString(text string, limits Limits) (*Document, []schemas.Issue) {
	p := &parser{limits: limits}
	doc := &Document{}
	if len(text) > limits.Bytes {
		p.report(CodeSize, fmt.Sprintf("%d bytes; the limit is %d", len(text), limits.Bytes))
		return doc, p.issues
	}
	text, marked := strings.CutPrefix(text, byteOrderMark)
	if marked {
		p.report(CodeBOM, "a byte order mark before the text")
	}
	if strings.Trim(text, whiteSpace) == "" {
		p.report(CodeEmpty, "no text at all")
		return doc, p.issues
	}
	p.text = text
	p.decoder = jsontext.NewDecoder(bytes.NewBufferString(text),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	doc.Value, doc.Complete = p.value()
	doc.Values = p.values
	if doc.Complete {
		p.trailing()
	}
	if !utf8.ValidString(text) && !p.reported(CodeUTF8) {
		p.report(CodeUTF8, "bytes outside of the strings that are not UTF-8")
	}
	return doc, p.issues
}

type parser struct {
	text    string
	decoder *jsontext.Decoder
	limits  Limits
	values  int      // that have been begun
	path    []string // reference tokens to the value that is being read, safe to print
	issues  []schemas.Issue
}

// value reads one value. It returns what was read, and whether that is all of it.
func (p *parser) value() (Value, bool) {
	if p.values++; p.values > p.limits.Values {
		p.report(CodeSize, fmt.Sprintf("more than %d values", p.limits.Values))
		return Value{}, false
	}
	switch p.decoder.PeekKind() {
	case jsontext.KindBeginObject:
		return p.container(Object, jsontext.KindEndObject)
	case jsontext.KindBeginArray:
		return p.container(Array, jsontext.KindEndArray)
	default:
		return p.scalar()
	}
}

func (p *parser) container(kind Kind, end jsontext.Kind) (Value, bool) {
	v := Value{Kind: kind}
	if len(p.path) >= p.limits.Depth {
		p.report(CodeDepth, fmt.Sprintf("more than %d levels", p.limits.Depth))
		return v, false
	}
	if !p.delimiter() {
		return v, false
	}
	start := p.offset() - 1
	whole := p.children(&v, end) && p.delimiter()
	if whole {
		v.Raw = p.text[start:p.offset()]
	}
	if kind == Object {
		p.duplicates(v)
	}
	return v, whole
}

// delimiter reads a bracket that PeekKind has announced.
func (p *parser) delimiter() bool {
	_, err := p.decoder.ReadToken()
	if err != nil {
		p.syntax(err)
	}
	return err == nil
}

// children reads the members or elements of v up to its closing bracket.
func (p *parser) children(v *Value, end jsontext.Kind) bool {
	at := pointer(p.path)
	for p.decoder.PeekKind() != end {
		var name Value
		alone := false // a name without a value is no member
		if v.Kind == Object {
			var ok bool
			if name, ok = p.scalar(); !ok {
				return false
			}
			rest := strings.TrimLeft(p.text[p.offset():], " \t\r\n")
			alone = !strings.HasPrefix(rest, ":")
		}
		c := child{name: name.String}
		p.path = append(p.path, v.token(at, len(v.children), c))
		var whole bool
		c.value, whole = p.value()
		p.path = p.path[:len(p.path)-1]
		if alone {
			return false
		}
		v.children = append(v.children, c)
		if !whole {
			return false
		}
	}
	return true
}

var scalarKinds = map[jsontext.Kind]Kind{
	jsontext.KindNull:   Null,
	jsontext.KindFalse:  Boolean,
	jsontext.KindTrue:   Boolean,
	jsontext.KindString: String,
	jsontext.KindNumber: Number,
}

// scalar reads a scalar or a member name.
func (p *parser) scalar() (Value, bool) {
	raw, err := p.decoder.ReadValue()
	if err != nil {
		p.syntax(err)
		return Value{}, false
	}
	v := Value{Kind: scalarKinds[raw.Kind()], Raw: p.text[p.offset()-len(raw) : p.offset()]}
	switch v.Kind {
	case String:
		text, err := jsontext.AppendUnquote(nil, raw)
		if err != nil {
			p.report(CodeUTF8, "a string with bytes that are not UTF-8, or with an escaped half of a surrogate pair")
		}
		v.String = string(text)
	case Number:
		if v.outsized = !p.limits.holds(v.Raw); v.outsized {
			p.report(CodeNumber, "a number literal of "+strconv.Itoa(len(v.Raw))+" characters, too long or too large")
		}
	}
	return v, true
}

// holds tells whether a number literal is within the limits and float64.
func (l Limits) holds(literal string) bool {
	if len(literal) > l.NumberLength {
		return false
	}
	_, exponent, _ := strings.Cut(strings.ToLower(literal), "e")
	_, err := strconv.ParseFloat(literal, 64)
	return err == nil && len(strings.TrimLeft(exponent, "+-")) <= l.ExponentDigits
}

// duplicates reports the member names that v has more than once.
func (p *parser) duplicates(v Value) {
	values := make(map[string][]Value, len(v.children))
	for _, c := range v.children {
		values[c.name] = append(values[c.name], c.value)
	}
	for _, name := range v.Names() {
		if same := values[name]; len(same) > 1 {
			code, observed := CodeDuplicate, "the same name %d times, with equal values"
			if !allEqual(same) {
				code, observed = CodeDuplicateDiffers, "the same name %d times, with different values"
			}
			p.path = append(p.path, SafeName(name))
			p.report(code, fmt.Sprintf(observed, len(same)))
			p.path = p.path[:len(p.path)-1]
		}
	}
}

// allEqual compares JSON values as Equal does.
func allEqual(values []Value) bool {
	return !slices.ContainsFunc(values[1:], func(v Value) bool { return !v.Equal(values[0]) })
}

// trailing reports what follows the root value.
func (p *parser) trailing() {
	if rest := strings.Trim(p.text[p.offset():], whiteSpace); rest != "" {
		p.report(CodeTrailing, fmt.Sprintf("%d more bytes after the JSON text", len(rest)))
	}
}

// offset is the index in text after what was read last.
func (p *parser) offset() int { return int(p.decoder.InputOffset()) }

// syntax reports an error of the decoder in words that quote nothing: the
// decoder's own text holds some of the bytes.
func (p *parser) syntax(err error) {
	syntactic, ok := errors.AsType[*jsontext.SyntacticError](err)
	if errors.Is(err, io.ErrUnexpectedEOF) || !ok {
		p.report(CodeSyntax, fmt.Sprintf("the text ends in the middle of a value, after %d bytes", len(p.text)))
		return
	}
	at := int(syntactic.ByteOffset)
	r, _ := utf8.DecodeRuneInString(p.text[at:])
	p.report(CodeSyntax, fmt.Sprintf("a character of shape %s that the grammar does not allow, at byte %d", schemas.Shape(string(r)), at))
}

// report records an issue at the current path, once for each code and place.
func (p *parser) report(code, observed string) {
	issue := schemas.Issue{Code: code, Where: pointer(p.path), Expected: expected[code], Observed: observed}
	places := 0
	for _, earlier := range p.issues {
		if earlier.Code == code {
			places++
			if earlier.Where == issue.Where || places == issuesPerCode {
				return
			}
		}
	}
	p.issues = append(p.issues, issue)
}

func (p *parser) reported(code string) bool {
	return slices.ContainsFunc(p.issues, func(i schemas.Issue) bool { return i.Code == code })
}
