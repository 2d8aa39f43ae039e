package match_test

import (
	"fmt"

	"omaspec/reports/evidence"
	"omaspec/suites/match"
)

// The matchers work in any Gomega suite, as Expect(answer).To(match.BeRefused()),
// and by themselves.
func ExampleBeRefused() {
	answer := &evidence.Exchange{Probe: "M01", Response: &evidence.Response{Status: 403}}
	for _, issue := range match.BeRefused().Issues(answer) {
		fmt.Printf("%s at the %s: expected %s, observed %s\n", issue.Code, issue.Where, issue.Expected, issue.Observed)
	}
	// Output:
	// auth.other-refusal at the status line: expected 401, observed 403 (403 is what RFC 9110 would suggest, but the page documents 401)
}
