package session

import (
	"omaspec/fixtures"
	"omaspec/schemas/mask"
	"omaspec/suites/config"
	"omaspec/suites/probe"
)

// Point points a setup to a target of ours that is being served: its address,
// its tokens and the true data of its customers.
func Point(s *Setup, target *fixtures.Target, server *fixtures.Server) {
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

// Embed serves the reference target and points the setup to it. The caller
// closes the server.
func Embed(s *Setup) (*fixtures.Server, error) {
	target := fixtures.NewTarget()
	server, err := target.Start(fixtures.Listen{})
	if err != nil {
		return nil, err
	}
	Point(s, target, server)
	return server, nil
}

// Reference is a setup with default settings for the reference target, which is
// served until the caller closes the server.
func Reference() (*Setup, *fixtures.Server, error) {
	s := &Setup{Config: config.Default()}
	server, err := Embed(s)
	return s, server, err
}
