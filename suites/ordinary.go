package suites

import (
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
	inName      surroundings = surroundings(words.Names)
	inPortalURL surroundings = surroundings(words.Paths)
	inCookie    surroundings = "Set-Cookie" // whose attributes are words and a date
)

// inField are the surroundings of the value of a response field.
func inField(name string) surroundings {
	if strings.EqualFold(name, string(inCookie)) {
		return inCookie
	}
	return surroundings(words.Serving(name))
}

// scanning is a function that finds leaks.
type scanning func(text string) []leak.Hit

// Scan implements the detector of portalurl.
func (s scanning) Scan(text string) []leak.Hit { return s(text) }

// ordinary tells whether a true value, text[start:end], is an ordinary word there.
func (s surroundings) ordinary(text string, start, end int) bool {
	word := text[start:end]
	places := []words.Place{words.Place(s)}
	switch {
	case words.IsText(text):
		return true
	case s == inName: // X-Max-Age, and not X-Max-Weber
		return words.AllIn(words.Names, text)
	case s == inCookie && strings.Contains(text[:start], ";"):
		places = []words.Place{words.Fields, words.Dates}
	case s == anywhere:
		places = []words.Place{markup(text, start)}
	}
	for _, place := range places {
		if words.In(place, word) || words.In(place, hyphenated(text, start, end)) {
			return true
		}
	}
	return false
}

// hyphenated is a word with those that hyphens join to it: "max-age" of "max".
func hyphenated(text string, start, end int) string {
	joins := func(c byte) bool {
		return c == '-' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	}
	for start > 0 && joins(text[start-1]) {
		start--
	}
	for end < len(text) && joins(text[end]) {
		end++
	}
	return text[start:end]
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
