// Package example shows the specs inside a suite of another project: import
// omaspec/suites, register with a source of evidence, and keep your own specs
// beside them. Nothing is registered by importing the package alone.
package example

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"omaspec/reports/evidence"
	"omaspec/suites"
	"omaspec/suites/match"
	"omaspec/suites/session"
)

func TestMyProject(t *testing.T) {
	RegisterFailHandler(Fail)

	// A setup says what to judge. This one is for the reference target; yours sets
	// Config.Target and Tokens:
	//
	//	setup := &session.Setup{Config: config.Default()}
	//	setup.Config.Target = "https://staging.example"
	//	setup.Tokens = map[probe.Role]probe.Secret{probe.Valid: probe.NewSecret(token)}
	setup, server, err := session.Reference()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()

	var judged []suites.Judgement
	suites.Register(setup.Evidence, func(judgements []suites.Judgement) { judged = judgements })
	RunSpecs(t, "my project")
	if len(judged) == 0 {
		t.Error("no judgement arrived")
	}
}

var _ = Describe("my project", func() {
	It("has specs of its own, in the same words", func() {
		answer := &evidence.Exchange{Probe: "M01", Response: &evidence.Response{Status: 401}}
		Expect(answer).To(match.BeRefused())
	})
})
