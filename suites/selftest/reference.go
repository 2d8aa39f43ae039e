// Package selftest turns the harness on targets whose faults are known: the
// reference target, its named faults and its conforming variants. It is the one
// package that knows both the suites and the fixtures.
package selftest

import (
	"omaspec/fixtures"
	"omaspec/schemas/mask"
	"omaspec/suites"
	"omaspec/suites/config"
	"omaspec/suites/probe"
)

// Point points a session to a target of ours that is being served: its address,
// its tokens and the true data of its customers.
func Point(s *suites.Session, target *fixtures.Target, server *fixtures.Server) {
	s.Embedded = true
	s.Config.Target = server.URL
	s.Roots = server.CA
	s.Tokens = map[probe.Role]probe.Secret{}
	for role, token := range target.Tokens() {
		s.Tokens[probe.Role(role)] = probe.NewSecret(token)
	}
	s.Subject = mask.Subjects{}
	for _, role := range []fixtures.Role{fixtures.Valid, fixtures.SecondTenant} {
		truth := target.Subject(role)
		s.Subject[string(role)] = mask.Subject{
			mask.MobilePhone: truth.MobilePhone, mask.Company: truth.Company,
			mask.CustomerName: truth.CustomerName, mask.Email: truth.Email,
		}
	}
}

// Embed serves the reference target and points the session to it. The caller
// closes the server.
func Embed(s *suites.Session) (*fixtures.Server, error) {
	target := fixtures.NewTarget()
	server, err := target.Start(fixtures.Listen{})
	if err != nil {
		return nil, err
	}
	Point(s, target, server)
	return server, nil
}

// Session is a session with default settings on the reference target.
func Session() (*suites.Session, *fixtures.Server, error) {
	s := &suites.Session{Config: config.Default()}
	server, err := Embed(s)
	return s, server, err
}
