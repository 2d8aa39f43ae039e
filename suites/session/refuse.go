package session

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"omaspec/schemas/leak"
	"omaspec/suites/config"
	"omaspec/suites/probe"
)

// secrecy says what becomes of the value of an added field. What every report holds
// is never looked for; somebody's address is no secret of the run, and is not shown.
func (s *Setup) secrecy(f config.Field) probe.Secrecy {
	switch {
	case f.Secret && !common(f.Value):
		return probe.SecretField
	case f.Secret, s.personal(f.Value):
		return probe.HiddenField
	}
	return probe.PublicField
}

// personal tells whether text looks like somebody's data, or holds a true value.
func (s *Setup) personal(text string) bool {
	return len(leak.New(leak.Config{AllowEmails: s.Config.AllowEmails}).Scan(text)) > 0 || s.holdsTruth(text)
}

// holdsTruth tells whether a text holds a customer's true value: as a word, or, where
// it is long, inside one, as in user_zhangsan2024.
func (s *Setup) holdsTruth(text string) bool {
	truth, long := s.Subject.Values(), leak.Secrets{}
	for _, value := range slices.Concat(slices.Collect(maps.Values(truth))...) {
		if !isLong(value) {
			continue
		}
		if strings.Contains(strings.ToLower(text), strings.ToLower(value)) {
			return true
		}
		long[value] = value // which finds it encoded too
	}
	words := leak.New(leak.Config{Truth: truth}).Scan(text)
	return slices.ContainsFunc(words, func(h leak.Hit) bool { return h.Kind == leak.Truth }) ||
		len(leak.New(leak.Config{Secrets: long, WholeSecrets: true}).Scan(text)) > 0
}

// isLong tells whether a true value is in no longer word by accident.
func isLong(value string) bool {
	han := 0
	for _, r := range value {
		if unicode.Is(unicode.Han, r) {
			han++
		}
	}
	return han >= 4 || utf8.RuneCountInString(value) >= 6
}

// refuse refuses what reports could not be kept free of. The embedded target has
// tokens that nobody chose.
func (s *Setup) refuse(wallet *probe.Wallet) error {
	if !s.Embedded {
		if err := s.refuseCommon(wallet); err != nil {
			return err
		}
	}
	if err := s.refuseTokens(wallet); err != nil {
		return err
	}
	return s.refuseSecretFields()
}

// refuseTokens refuses a configuration that holds a token of the run: reports show
// options, and URLs stand in the logs of every machine on the way. The value of a
// secret field is neither, so it may be one.
func (s *Setup) refuseTokens(wallet *probe.Wallet) error {
	var err error
	look := func(option, text string) {
		if secret, held := wallet.Holds(text); held && err == nil {
			err = fmt.Errorf("--%s holds %s, which must not stand there: reports and logs would show it", option, secret)
		}
		if err == nil && s.holdsTruth(text) {
			err = fmt.Errorf("--%s holds a true value of the customer, which must not stand there: every report would show it", option)
		}
	}
	look("target", s.Config.Target)
	look("path", s.Config.Path)
	for _, f := range s.Config.Fields() {
		look("header", f.Name)
		if secret, held := wallet.Holds(f.Value); held && !f.Secret && err == nil {
			err = fmt.Errorf("--header: the value of an added field holds %s; declare the field with --secret-header", secret)
		}
	}
	s.Config.Given(func(option, text string) {
		if option != "header" {
			look(option, text)
		}
	})
	return err
}

// refuseSecretFields refuses a secret field whose value stands in another option.
func (s *Setup) refuseSecretFields() error {
	changed := s.Config.Changed()
	changed["target"], changed["path"] = s.Config.Target, s.Config.Path
	for _, f := range s.Config.Fields() {
		if s.secrecy(f) != probe.SecretField {
			continue
		}
		for _, option := range slices.Sorted(maps.Keys(changed)) {
			if strings.Contains(strings.ToLower(changed[option]), strings.ToLower(f.Value)) {
				return fmt.Errorf("--%s holds the value of a secret field of --header, and reports show it; change one of them", option)
			}
		}
	}
	return nil
}

// refuseCommon refuses a token that could not be kept out of reports.
func (s *Setup) refuseCommon(wallet *probe.Wallet) error {
	for placeholder, token := range wallet.Given() {
		if !strings.HasPrefix(placeholder, "{header:") && common(token) {
			return fmt.Errorf("the value of %s is too short or too common to be kept out of reports, which hold such a text by themselves; use another one", placeholder)
		}
	}
	declared := func(f config.Field) bool { return f.Declared && common(f.Value) }
	if slices.ContainsFunc(s.Config.Fields(), declared) {
		return fmt.Errorf("--secret-header: the value of a field is too short or too common to be kept out of reports, which hold such a text by themselves")
	}
	return nil
}
