package suites

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"omaspec/reports"
	"omaspec/reports/exchange"
	"omaspec/schemas"
	"omaspec/schemas/mask"
	"omaspec/schemas/words"
	"omaspec/suites/config"
	"omaspec/suites/probe"
)

// common tells whether a value is too short or too common to be kept out of
// reports: one that every report holds by itself, whatever the target answers.
func common(value string) bool {
	lower := strings.ToLower(value)
	return len(value) < config.LeastSecret || words.Anywhere(value) || words.IsText(value) || isMask(value) || isPunctuation(value) || strings.Contains(probeText(), lower) ||
		!mixed(value) && strings.Contains(ownText(), lower)
}

// isMask tells a value of the shape of the page's masked telephone number, which
// evidence keeps.
func isMask(value string) bool { return mask.Judge(mask.MobilePhone, value).Documented }

// isPunctuation tells a value without a character that evidence replaces.
func isPunctuation(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool {
		return r >= utf8.RuneSelf || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	})
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
			x := &exchange.Exchange{Probe: p.ID, Step: i, Request: exchange.Request{Method: step.Method, Target: step.Target, Header: step.Fields, Body: step.Body}}
			fmt.Fprintln(&text, probe.Curl("http://target.example", x))
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
	s := &Session{Config: config.Default(), Tool: reports.Tool{Name: "omaspec", Version: "dev"}, started: now, selected: schemas.Requirements().Requirements}
	s.evidence = &Evidence{Gathering: &probe.Gathering{Started: now, Finished: now}, Conditions: Conditions{Now: now}}
	outcomes := []schemas.Outcome{schemas.Passed, schemas.Failed, schemas.Warned, schemas.Inconclusive, schemas.NotExercised, schemas.NotApplicable}
	var judgements []Judgement
	for i, r := range s.selected {
		j := Judgement{Requirement: r.ID, Outcome: outcomes[i%len(outcomes)], Reason: "no reason"}
		judgements = append(judgements, j)
	}
	return decided(s.Record(judgements), nil)
}

// refuseCommon refuses a token that could not be kept out of reports.
func (s *Session) refuseCommon() error {
	for placeholder, token := range s.wallet.Given() {
		if strings.HasPrefix(placeholder, "{token:") && common(token) {
			return fmt.Errorf("the token of %s is too short or too common to be kept out of reports, which hold such a text by themselves; use another one", placeholder)
		}
	}
	declared := func(f config.Field) bool { return f.Declared && common(f.Value) }
	if slices.ContainsFunc(s.Config.Fields(), declared) {
		return fmt.Errorf("--secret-header: the value of a field is too short or too common to be kept out of reports, which hold such a text by themselves")
	}
	return nil
}
