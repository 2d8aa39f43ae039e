package redact

import (
	_ "embed"
	"maps"
	"strings"
	"unicode"
)

//go:embed vocabulary.txt
var vocabularyText string

// words holds words, or whole texts, by section of vocabulary.txt.
type words map[string]map[string]bool

// vocabulary is what stays wherever it stands in the places of its section.
var vocabulary = readVocabulary(vocabularyText)

func readVocabulary(text string) words {
	all := words{}
	section := map[string]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		switch title, _, ok := strings.Cut(line, "]"); {
		case strings.HasPrefix(line, "#"), line == "":
		case ok && strings.HasPrefix(title, "["):
			section = map[string]bool{}
			all[title[1:]] = section
		case len(all) == 1: // the first section is [texts]
			section[line] = true
		default:
			for word := range strings.FieldsSeq(line) {
				section[word] = true
			}
		}
	}
	return all
}

// in tells whether a word is in the general section or in one of the others.
func (w words) in(word string, sections ...string) bool {
	word = strings.ToLower(word)
	for _, s := range append(sections, "general") {
		if w[s][word] {
			return true
		}
	}
	return false
}

// with returns w and, in its general section, the words and short numbers of
// texts too.
func (w words) with(texts []string) words {
	out := maps.Clone(w)
	out["general"], out["numbers"] = maps.Clone(w["general"]), maps.Clone(w["numbers"])
	for _, text := range texts {
		for word := range strings.FieldsFuncSeq(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
			out["general"][word] = true
		}
		for number := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsDigit(r) }) {
			if len(number) <= shortNumber {
				out["numbers"][number] = true
			}
		}
	}
	return out
}

// shortNumber is the length of the longest number that says nothing about a person.
const shortNumber = 4
