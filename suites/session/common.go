package session

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"omaspec/reports"
	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/schemas/mask"
	"omaspec/schemas/words"
	"omaspec/suites"
	"omaspec/suites/config"
	"omaspec/suites/probe"
)

// common tells whether a value is too short or too common to be kept out of
// reports: one that every report holds by itself, whatever the target answers.
func common(value string) bool {
	lower := strings.ToLower(value)
	return replaced(value) < config.LeastSecret || words.IsText(value) || isMask(value) || strings.Contains(probeText(), lower) ||
		!mixed(value) && strings.Contains(ownText(), lower)
}

// isMask tells a value of the shape of the page's masked telephone number, which
// evidence keeps.
func isMask(value string) bool { return mask.Judge(mask.MobilePhone, value).Documented }

// replaced counts the bytes of a value that evidence always replaces: of words that
// are in none of the closed lists. Of fewer than a secret has, a target's text would
// be the value again now and then, by chance.
func replaced(value string) int {
	n := 0
	for word := range strings.FieldsFuncSeq(value, func(r rune) bool {
		return r < utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}) {
		if !words.Anywhere(word) {
			n += len(word)
		}
	}
	return n
}

// mixed tells whether a value is like nothing that people write: most tokens are,
// and ownText takes as long as a whole run.
func mixed(value string) bool {
	in := func(low, high rune) bool {
		return strings.ContainsFunc(value, func(r rune) bool { return low <= r && r <= high })
	}
	return len(value) >= 16 && in('0', '9') && in('A', 'Z') && in('a', 'z')
}

// probeText is, in lower case, what the probes send, and how reports speak of it.
var probeText = sync.OnceValue(func() string {
	var text strings.Builder
	for _, role := range probe.Roles {
		fmt.Fprintln(&text, role.Role, role.Variable, role.Words)
	}
	for _, p := range probe.Catalogue() {
		fmt.Fprintln(&text, p.ID, p.Title)
		for i, step := range p.Steps {
			fmt.Fprintln(&text, step.Title, step.Method, step.Target, step.Body, step.Fields, step.Lines)
			x := &evidence.Exchange{Probe: p.ID, Step: i, Request: evidence.Request{Method: step.Method, Target: step.Target, Header: step.Fields, Body: step.Body}}
			fmt.Fprintln(&text, probe.Curl("http://target.example", "", x))
		}
	}
	return strings.ToLower(text.String())
})

// ownText is, in lower case, what omaspec itself writes into reports: everything
// of a run of today that got no answer, with every outcome.
var ownText = sync.OnceValue(func() string {
	var text strings.Builder
	artefacts, err := trial()
	if err != nil {
		panic("reports of a run without answers: " + err.Error())
	}
	for _, a := range artefacts {
		text.Write(a.Bytes)
	}
	return strings.ToLower(text.String())
})

// trial makes the reports of a run that got no answer.
func trial() ([]reports.Artefact, error) {
	now := time.Now().UTC()
	c := &Captured{config: config.Default(), tool: evidence.Tool{Name: "omaspec", Version: "dev", Go: runtime.Version()}, selected: schemas.Requirements().Requirements}
	c.evidence = &evidence.Evidence{Gathering: evidence.Gathering{Started: now, Finished: now}, Conditions: evidence.Conditions{Now: now}}
	outcomes := []schemas.Outcome{schemas.Passed, schemas.Failed, schemas.Warned, schemas.Inconclusive, schemas.NotExercised, schemas.NotApplicable}
	j := &Judged{Captured: c}
	for i, r := range c.selected {
		j.judgements = append(j.judgements, suites.Judgement{Requirement: r.ID, Outcome: outcomes[i%len(outcomes)], Reason: "no reason"})
	}
	return decided(j.record(), nil)
}
