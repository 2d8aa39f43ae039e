// Package words lists, by place, the words and texts that cannot say who somebody
// is: names that the contract and HTTP define, what serves as the value of a
// standard field, the published page's own sentences. They are what the redactor
// keeps of an answer and what a customer's true value may coincide with. The
// lists are closed: nothing is ever added to them from a run.
package words

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Place is where a word says nothing.
type Place string

// The places.
const (
	Names    Place = "names"    // of members, fields and parameters
	Fields   Place = "fields"   // values of fields that say how the target serves
	Products Place = "products" // values of fields that say what serves
	Dates    Place = "dates"    // values of fields that hold a date
	Markup   Place = "markup"   // tags and styles of pages
	Prose    Place = "prose"    // sentences, in lower case
	Elements Place = "elements" // of HTML and XML, directly after "<" or "</"
	Paths    Place = "paths"    // of portalUrl
	Errors   Place = "errors"   // error texts
	texts    Place = "texts"
)

//go:embed words.txt
var list string

// lists holds the words, or the whole texts, of each place.
var lists = sync.OnceValue(func() map[Place]map[string]bool { return read(list) })

func read(text string) map[Place]map[string]bool {
	all := map[Place]map[string]bool{}
	place := Place("")
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		title, _, ok := strings.Cut(line, "]")
		switch {
		case line == "", strings.HasPrefix(line, "#"):
		case ok && line[0] == '[':
			place = Place(title[1:])
			all[place] = map[string]bool{}
		case place == texts:
			all[place][line] = true
		default:
			for word := range strings.FieldsSeq(line) {
				all[place][word] = true
			}
		}
	}
	return all
}

// shortWord is the length, in letters, up to which a word of an error text may be
// a name when it begins with a capital.
const shortWord = 3

// In tells whether word, in any case, says nothing at a place.
func In(place Place, word string) bool {
	lower := strings.ToLower(word)
	if place == Errors && word != lower && utf8.RuneCountInString(word) <= shortWord {
		return false
	}
	return lists()[place][lower]
}

// AllIn tells whether every word of a text says nothing at a place.
func AllIn(place Place, text string) bool {
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if !In(place, word) {
			return false
		}
	}
	return true
}

// IsText tells whether text is a sentence of the published page (Tables 3 and 4).
func IsText(text string) bool { return lists()[texts][text] }

// served says which words the value of a response field is made of, by their place.
// The fields that are not here may hold anything.
var served = map[Place]string{
	Fields: `accept-ranges access-control-allow-credentials access-control-allow-headers access-control-allow-methods
		access-control-allow-origin access-control-expose-headers access-control-max-age age allow alt-svc
		cache-control connection content-encoding content-language content-length content-range
		content-security-policy content-type cross-origin-opener-policy cross-origin-resource-policy
		keep-alive permissions-policy pragma proxy-authenticate referrer-policy
		strict-transport-security trailer transfer-encoding upgrade vary www-authenticate
		x-cache x-content-type-options x-frame-options x-xss-protection
		ratelimit-limit ratelimit-remaining ratelimit-reset`,
	Dates:    `date expires last-modified retry-after`,
	Products: `server via x-powered-by x-aspnet-version x-generator`,
}

// serving holds served by field, in lower case.
var serving = sync.OnceValue(func() map[string]Place {
	all := map[string]Place{}
	for place, names := range served {
		for name := range strings.FieldsSeq(names) {
			all[name] = place
		}
	}
	return all
})

// Serving returns the place of the words in the value of a response field, by its
// name in any case: Fields, Dates, Products, or "" for a field that may hold anything.
func Serving(field string) Place { return serving()[strings.ToLower(field)] }

// IsField tells, in any case, a field that rules look for or that says how the
// target serves. Its name is nobody's.
func IsField(name string) bool { return Serving(name) != "" || fields[strings.ToLower(name)] }

var fields = map[string]bool{"content-length": true, "date": true, "etag": true, "link": true, "location": true, "set-cookie": true, "x-inj": true}

// Anywhere tells whether word, in any case, is in the list of any place.
func Anywhere(word string) bool {
	word = strings.ToLower(word)
	for _, list := range lists() {
		if list[word] {
			return true
		}
	}
	return false
}
