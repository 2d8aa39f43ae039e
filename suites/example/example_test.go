// Package example shows the specs inside a suite of another project: import
// omaspec/suites, register with a source of evidence, and keep your own specs
// beside them. Nothing is registered by importing the package alone.
package example

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"omaspec/reports/exchange"
	"omaspec/suites"
	"omaspec/suites/match"
	"omaspec/suites/selftest"
)

func TestMyProject(t *testing.T) {
	RegisterFailHandler(Fail)

	// A session says what to judge. This one points to the reference target; yours
	// sets Config.Target and Tokens:
	//
	//	session := &suites.Session{Config: config.Default()}
	//	session.Config.Target = "https://staging.example"
	//	session.Tokens = map[probe.Role]probe.Secret{probe.Valid: probe.NewSecret(token)}
	session, server, err := selftest.Session()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()

	var judged []suites.Judgement
	suites.Register(session.Source(), func(judgements []suites.Judgement) { judged = judgements })
	RunSpecs(t, "my project")
	if len(judged) == 0 {
		t.Error("no judgement arrived")
	}
}

var _ = Describe("my project", func() {
	It("has specs of its own, in the same words", func() {
		answer := &exchange.Exchange{Probe: "M01", Response: &exchange.Response{Status: 401}}
		Expect(answer).To(match.BeRefused())
	})
})
