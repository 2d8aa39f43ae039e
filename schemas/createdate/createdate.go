// Package createdate judges createDate, the creation time in the 200 body
// (Table 2, row 1.6). The page calls it a Number and shows 1681203525000: whole
// milliseconds since 1970-01-01T00:00:00Z, as every page of its family does (A28).
//
// The rules read the literal as it stands in the body, digit by digit: a float64
// would round it, and a literal such as 1e999999 must cost nothing.
package createdate

import (
	"strconv"
	"strings"
	"time"

	"omaspec/schemas"
)

// Skew is how far ahead of now a creation time may be.
const Skew = 5 * time.Minute

// Earliest is the default lower bound of a creation time.
var Earliest = time.Date(2010, time.January, 1, 0, 0, 0, 0, time.UTC)

// The codes of the issues.
const (
	CodeType     = "createdate.type"     // another JSON value than a number
	CodeJSON     = "createdate.json"     // not JSON
	CodeRange    = "createdate.range"    // before notBefore, or after now and Skew
	CodeUnit     = "createdate.unit"     // in range when read in another unit
	CodeFraction = "createdate.fraction" // no whole number
	CodeLexical  = "createdate.lexical"  // a whole number with a fraction or exponent part; advisory
)

// expected says what each code asks for.
var expected = map[string]string{
	CodeType:     "a JSON number",
	CodeJSON:     "a JSON number (RFC 8259 6)",
	CodeRange:    "milliseconds since 1970-01-01T00:00:00Z, between the earliest creation time and now",
	CodeUnit:     "milliseconds since 1970-01-01T00:00:00Z",
	CodeFraction: "a whole number of milliseconds",
	CodeLexical:  "an integer without fraction or exponent part, as many clients need it",
}

// Judge returns what is wrong with literal, the JSON text of the member: nothing
// for a whole number of milliseconds in [notBefore, now+Skew]. A zero notBefore
// means Earliest.
func Judge(literal string, now, notBefore time.Time) []schemas.Issue {
	literal = strings.Trim(literal, " \t\r\n")
	if isOtherJSON(literal) {
		return []schemas.Issue{issue(CodeType, literal, "")}
	}
	n, ok := parse(literal)
	if !ok {
		return []schemas.Issue{issue(CodeJSON, literal, "")}
	}
	if notBefore.IsZero() {
		notBefore = Earliest
	}
	var issues []schemas.Issue
	if code, why := judge(n, window{notBefore.UnixMilli(), now.Add(Skew).UnixMilli()}); code != "" {
		issues = append(issues, issue(code, literal, why))
	}
	if n.whole() && strings.ContainsAny(literal, ".eE") {
		issues = append(issues, issue(CodeLexical, literal, ""))
	}
	return issues
}

func issue(code, literal, why string) schemas.Issue {
	observed := schemas.Shape(literal)
	if why != "" {
		observed += ": " + why
	}
	return schemas.Issue{
		Code:     code,
		Where:    "/createDate",
		Expected: expected[code],
		Observed: observed,
		Advisory: code == CodeLexical,
	}
}

// isOtherJSON tells the start of a string, an object or an array, or a literal name.
func isOtherJSON(literal string) bool {
	switch literal {
	case "null", "true", "false":
		return true
	}
	return strings.IndexAny(literal, `"{[`) == 0
}

// number is a JSON number as digits × 10^exponent, with no zero at either end of
// digits; zero has no digits.
type number struct {
	negative bool
	digits   string
	exponent int
}

// exponentLimit bounds the exponents that are told apart.
const exponentLimit = 1_000_000_000

// parse reads a JSON number (RFC 8259 6).
func parse(literal string) (number, bool) {
	rest, negative := strings.CutPrefix(literal, "-")
	whole, rest := cutDigits(rest)
	if whole == "" || len(whole) > 1 && whole[0] == '0' {
		return number{}, false
	}
	n := number{negative: negative}
	var fraction string
	if after, ok := strings.CutPrefix(rest, "."); ok {
		if fraction, rest = cutDigits(after); fraction == "" {
			return number{}, false
		}
	}
	if rest != "" && (rest[0] == 'e' || rest[0] == 'E') {
		sign := 1
		after := rest[1:]
		if after != "" && (after[0] == '+' || after[0] == '-') {
			if after[0] == '-' {
				sign = -1
			}
			after = after[1:]
		}
		var exponent string
		if exponent, rest = cutDigits(after); exponent == "" {
			return number{}, false
		}
		n.exponent = sign * saturate(exponent)
	}
	if rest != "" {
		return number{}, false
	}
	digits := whole + fraction
	n.exponent -= len(fraction)
	n.digits = strings.TrimRight(digits, "0")
	n.exponent += len(digits) - len(n.digits)
	n.digits = strings.TrimLeft(n.digits, "0")
	return n, true
}

// cutDigits cuts s after its leading ASCII digits.
func cutDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:]
}

func saturate(digits string) int {
	n, err := strconv.Atoi(strings.TrimLeft(digits, "0"))
	if err != nil && strings.Trim(digits, "0") != "" || n > exponentLimit {
		return exponentLimit
	}
	return n
}

func (n number) zero() bool  { return n.digits == "" }
func (n number) whole() bool { return n.zero() || n.exponent >= 0 }

// integer returns the magnitude of a whole number; ok is false when it is beyond
// 18 digits.
func (n number) integer() (v int64, ok bool) {
	if n.zero() {
		return 0, true
	}
	if len(n.digits)+n.exponent > 18 {
		return 0, false
	}
	v, err := strconv.ParseInt(n.digits+strings.Repeat("0", n.exponent), 10, 64)
	return v, err == nil
}

// window is a closed range of milliseconds.
type window struct{ from, to int64 }

func (w window) holds(ms int64) bool { return ms >= w.from && ms <= w.to }

// judge returns the code of what is wrong with n, "" for nothing, and what the
// number looks like.
func judge(n number, w window) (code, why string) {
	switch {
	case n.zero():
		return CodeRange, "zero"
	case n.negative:
		return CodeRange, "negative"
	case !n.whole():
		return CodeFraction, ""
	}
	v, ok := n.integer()
	switch {
	case !ok:
		return CodeRange, "far in the future; perhaps nanoseconds"
	case w.holds(v):
		return "", ""
	}
	for _, u := range units {
		if u.fits(v, w) {
			return CodeUnit, u.looks
		}
	}
	if v > w.to {
		return CodeRange, "in the future"
	}
	return CodeRange, "too early"
}

// units are the other ways to write a time, each with the test whether a number
// makes sense in it.
var units = []struct {
	looks string
	fits  func(v int64, w window) bool
}{
	{"looks like seconds", func(v int64, w window) bool { return v <= w.to/1000 && w.holds(v*1000) }},
	{"looks like microseconds", func(v int64, w window) bool { return w.holds(v / 1000) }},
	{"looks like yyyyMMddHHmmss", func(v int64, _ window) bool { return isDate(v, "20060102150405") }},
	{"looks like yyyyMMdd", func(v int64, _ window) bool { return isDate(v, "20060102") }},
}

// isDate tells whether the digits of v are a date in layout, in 1990 to 2099.
func isDate(v int64, layout string) bool {
	t, err := time.Parse(layout, strconv.FormatInt(v, 10))
	return err == nil && t.Year() >= 1990 && t.Year() <= 2099
}
