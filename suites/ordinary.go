package suites

import (
	"net/http"
	"strings"

	"omaspec/schemas/leak"
	"omaspec/schemas/words"
)

// Customers are called Max, White, Sun, Target or Cloud. Where such a word belongs
// to the place, a field's directive or a page's colour, it gives nobody away.

// surroundings say where a text stands, as far as some words are ordinary there:
// the place of such words, or one of these.
type surroundings string

const (
	anywhere    surroundings = ""
	inHeader    surroundings = "header"
	inName      surroundings = surroundings(words.Names)
	inPortalURL surroundings = surroundings(words.Paths)
	inCookie    surroundings = "Set-Cookie" // whose attributes are words and a date
)

// inField are the surroundings of the value of a response field.
func inField(name string) surroundings {
	if strings.EqualFold(name, string(inCookie)) {
		return inCookie
	}
	if place := words.Serving(name); place != "" {
		return surroundings(place)
	}
	return inHeader
}

// scanning is a function that finds leaks.
type scanning func(text string) []leak.Hit

// Scan implements the detector of portalurl.
func (s scanning) Scan(text string) []leak.Hit { return s(text) }

// ordinary tells whether a true value, text[start:end], is an ordinary word there.
func (s surroundings) ordinary(text string, start, end int) bool {
	word := text[start:end]
	switch {
	case words.IsText(text):
		return true
	case s == inName:
		return words.AllIn(words.Names, text) || joined(text, start, end)
	case s == inPortalURL:
		return words.In(words.Paths, word)
	case s == anywhere:
		return words.In(markup(text, start), word) || word == strings.ToLower(word) && words.In(words.Prose, word)
	case s == inCookie && !strings.Contains(text[:start], ";"):
		return false
	}
	_, err := http.ParseTime(text)
	place := words.Place(s)
	if s == inCookie {
		place = words.Fields
	}
	return joined(text, start, end) || words.In(place, word) || (err == nil || s == inCookie) && words.In(words.Dates, word)
}

// joined tells whether a hyphen or an underscore joins a word to others than the
// letter x: "max-age", "CF-Ray", and not "X-Wang".
func joined(text string, start, end int) bool {
	is := func(c byte) bool {
		return c == '-' || c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	}
	before, after := start, end
	for before > 0 && is(text[before-1]) {
		before--
	}
	for after < len(text) && is(text[after]) {
		after++
	}
	rest := strings.Trim(text[before:start]+" "+text[end:after], "-_ ")
	return rest != "" && !strings.EqualFold(rest, "x")
}

// tagWindow bounds how far back the start of a tag or a style is looked for.
const tagWindow = 4 << 10

// markup returns whose words are ordinary inside a tag or a style of a page, and ""
// outside of both.
func markup(text string, at int) words.Place {
	before := text[max(0, at-tagWindow):at]
	if strings.HasSuffix(before, "<") || strings.HasSuffix(before, "</") {
		return words.Elements
	}
	open := strings.LastIndexByte(before, '<')
	if open < 0 || open+1 == len(before) || before[open+1]|0x20 < 'a' || before[open+1]|0x20 > 'z' {
		return ""
	}
	style := len(before) >= open+6 && strings.EqualFold(before[open:open+6], "<style")
	if style || !strings.Contains(before[open:], ">") {
		return words.Markup
	}
	return ""
}
