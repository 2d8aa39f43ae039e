package config

import (
	"fmt"
	"slices"
	"strings"

	"omaspec/schemas/lazy"
	"omaspec/suites/probe"
)

// prefix begins the names of the variables of omaspec.
const prefix = "OMASPEC_"

// stem is how a variable begins that somebody may have meant for omaspec.
const stem = "OMASPEC"

// spelled matches names that may be quoted: a token would have digits or small
// letters.
var spelled = lazy.Regexp(`^[A-Z_]{1,40}$`)

// otherVariables matches the variables with that prefix that are not for a run:
// those of omaspec's own tests, and those with which Kubernetes tells every
// container of a service that is called omaspec or omaspec-something.
var otherVariables = lazy.Regexp(`^OMASPEC_(?:` +
	`(?:AXE|CHECKOUT|CHROMIUM|TEST_AS_COMMAND|NO_[A-Z0-9]+)=.*` +
	`|(?:[A-Z0-9_]+_)?SERVICE_(?:HOST|PORT(?:_[A-Z0-9_]+)?)=.*` +
	`|(?:[A-Z0-9_]+_)?PORT(?:_[0-9]+_(?:TCP|UDP|SCTP))?=(?:tcp|udp|sctp)://.*` +
	`|(?:[A-Z0-9_]+_)?PORT_[0-9]+_(?:TCP|UDP|SCTP)_(?:ADDR|PORT|PROTO)=.*)`)

// variables lists every variable that a run reads.
func variables() []string {
	var names []string
	for _, o := range Options {
		if !o.FlagOnly {
			names = append(names, o.Variable())
		}
	}
	for _, variable := range secretVariables() {
		names = append(names, variable, variable+fileSuffix)
	}
	return append(names, TokenCommandVariable)
}

// secretVariables lists the variables of secrets, each of which may also name a file.
func secretVariables() []string {
	var names []string
	for _, role := range probe.Roles {
		names = append(names, role.Variable)
	}
	for _, gateway := range probe.Gateways {
		names = append(names, gateway.Variable)
	}
	return names
}

// checkVariables refuses variables that nobody reads: whoever sets one means
// something by it.
func checkVariables(environ []string) error {
	known := variables()
	for _, variable := range slices.Sorted(slices.Values(environ)) {
		name, _, _ := strings.Cut(variable, "=")
		if len(name) < len(stem) || !strings.EqualFold(name[:len(stem)], stem) || slices.Contains(known, name) || otherVariables().MatchString(variable) {
			continue
		}
		if !strings.HasPrefix(strings.ToUpper(name), prefix) && nearest(name, known, func(string) int { return 1 }) == "" {
			continue // somebody else's
		}
		for _, o := range Options {
			if o.FlagOnly && o.Variable() == name {
				return fmt.Errorf("the variable %s is read by nobody; give the flag --%s", name, o.Name)
			}
		}
		hint := "the README lists those that are"
		near := nearest(name, known, func(string) int { return max(2, (len(name)-len(prefix))/2) })
		if near != "" {
			hint = "did you mean " + near + "?"
		}
		if near == "" && !spelled().MatchString(name) {
			return fmt.Errorf("a variable that begins with %s is read by nobody; %s", stem, hint)
		}
		return fmt.Errorf("the variable %s is read by nobody; %s", name, hint)
	}
	return nil
}

func variableOf(option string) string { return Option{Name: option}.Variable() }
