package suites_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/suites"
	"omaspec/suites/session"
)

// Register adds the specs to a suite of your own. A setup for a target of yours has
// its Config.Target and Tokens; the one of session.Reference is for the reference
// target.
func ExampleRegister() {
	TestMyProject := func(t *testing.T) {
		gomega.RegisterFailHandler(ginkgo.Fail)
		setup, server, err := session.Reference()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Close() }()
		suites.Register(setup.Evidence, func(judgements []suites.Judgement) {
			t.Logf("%d requirements were judged", len(judgements))
		})
		ginkgo.RunSpecs(t, "my project")
	}
	_ = TestMyProject
}

// Judging needs nothing but evidence: no network, no clock.
func ExampleView_Judge() {
	captured := &evidence.Evidence{Gathering: evidence.Gathering{Exchanges: []*evidence.Exchange{
		{Probe: "M01", Request: evidence.Request{Method: "GET"}, Response: &evidence.Response{Status: 200}},
	}}}
	view, err := suites.Open(context.Background(), captured)
	if err != nil {
		fmt.Println(err)
		return
	}
	requirement, _ := schemas.Requirements().Find("AUTH-02")
	judgement := view.Judge(context.Background(), requirement)
	fmt.Println(judgement.Requirement, judgement.Outcome, judgement.Findings[0].Observed)
	// Output:
	// AUTH-02 failed 200 (answered as a success without a token)
}
