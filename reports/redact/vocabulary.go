package redact

import (
	_ "embed"
	"maps"
	"strings"
	"unicode"
)

//go:embed vocabulary.txt
var vocabularyText string

// vocabulary holds the words and numbers that stay where they stand, in lower
// case. Lines that begin with "#" are comments.
var vocabulary = func() map[string]bool {
	words := map[string]bool{}
	for line := range strings.Lines(vocabularyText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for word := range strings.FieldsSeq(line) {
			words[word] = true
		}
	}
	return words
}()

// withWords returns words with those of texts.
func withWords(words map[string]bool, texts []string) map[string]bool {
	words = maps.Clone(words)
	for _, text := range texts {
		notLetter := func(r rune) bool { return !unicode.IsLetter(r) }
		for word := range strings.FieldsFuncSeq(strings.ToLower(text), notLetter) {
			words[word] = true
		}
	}
	return words
}
