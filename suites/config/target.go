package config

import (
	"errors"
	"fmt"
	"strconv"

	"omaspec/reports"
	"omaspec/suites/probe"
)

const target = "target" // the name of the option

// EmbeddedTarget is the word for the embedded reference target.
const EmbeddedTarget = "embedded"

// EnvironmentProxy is the word for the proxy that the usual variables name.
const EnvironmentProxy = "environment"

// Embedded tells whether the embedded reference target is to be judged.
func (c Config) Embedded() bool { return c.Target == "" || c.Target == EmbeddedTarget }

// CheckTarget refuses a run that names no target where something says that one
// was meant: it would judge the embedded reference target, and be green.
func (c Config) CheckTarget(from Sources) error {
	if c.Target != "" {
		return nil
	}
	const give = "give its URL with --target or " + prefix + "TARGET"
	if given := c.meant(from); given != "" {
		return fmt.Errorf("no target is named, and %s says that one is meant: %s", given, give)
	}
	if c.Profile == reports.ProfileAcceptance {
		return errors.New("the profile acceptance is about a target, and none is named: " + give + ", or --target " + EmbeddedTarget)
	}
	return nil
}

// meant is what says that a target is meant: a token, or an option that is in
// vain without one. It is "" when nothing does.
func (c Config) meant(from Sources) string {
	if from.Stdin != nil {
		return "--token-stdin"
	}
	valid, _ := probe.Valid.Info()
	for _, secret := range secretVariables() {
		for _, variable := range []string{secret, secret + fileSuffix} {
			_, set := from.Lookup(variable)
			if set && secret == valid.Variable || read(from.Lookup, variable) != "" {
				return variable
			}
		}
	}
	if read(from.Lookup, TokenCommandVariable) != "" {
		return TokenCommandVariable
	}
	for _, o := range Options {
		given := c.set[o.Name]
		if on, err := strconv.ParseBool(given); o.Value == "" && err == nil && !on {
			continue
		}
		if o.Reach && given != "" {
			return "--" + o.Name
		}
	}
	return ""
}
