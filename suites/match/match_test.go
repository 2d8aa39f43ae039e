package match_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/onsi/gomega"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/suites/match"
)

// status is an answer with that status code.
func status(code int) *evidence.Exchange {
	return &evidence.Exchange{Probe: "M01", Response: &evidence.Response{Proto: "HTTP/1.1", Status: code}}
}

// failed is an exchange without an answer.
func failed(kind string) *evidence.Exchange {
	return &evidence.Exchange{Probe: "M01", Failure: &evidence.Failure{Kind: kind, Text: "why"}}
}

func TestStatuses(t *testing.T) {
	tests := []struct {
		name    string
		matcher *match.Matcher
		x       *evidence.Exchange
		want    string // the code of the issue; "" for none
	}{
		{"one of two", match.HaveStatus(200, 406), status(406), ""},
		{"none of two", match.HaveStatus(200, 406), status(404), "status.undocumented"},

		{"refused", match.BeRefused(), status(401), ""},
		{"served", match.BeRefused(), status(200), "auth.accepted"},
		{"served without a body", match.BeRefused(), status(204), "auth.accepted"},
		{"sent to a login page", match.BeRefused(), status(302), "auth.redirected"},
		{"refused in another way", match.BeRefused(), status(403), "auth.other-refusal"},
		{"a business failure", match.BeRefused(), status(502), "auth.business-failure"},
		{"a crash", match.BeRefused(), status(500), "auth.unhandled"},

		{"rejected as malformed", match.BeRejected(), status(400), ""},
		{"rejected as too long", match.BeRejected(), status(431), ""},
		{"rejected by nginx", match.BeRejected(), status(494), ""},
		{"closed", match.BeRejected(), failed("closed"), ""},
		{"reset", match.BeRejected(), failed("reset"), ""},
		{"taken", match.BeRejected(), status(200), "auth.accepted"},
		{"taken for a redirect", match.BeRejected(), status(307), "auth.redirected"},
		{"crashed", match.BeRejected(), status(500), "auth.unhandled"},
		{"a conflict", match.BeRejected(), status(409), "auth.other-refusal"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ""
			for _, issue := range test.matcher.Issues(test.x) {
				got = issue.Code
			}
			if got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
			matched, err := test.matcher.Match(test.x)
			if err != nil || matched != (test.want == "") {
				t.Errorf("Match: %v, %v", matched, err)
			}
		})
	}
}

// TestNoAnswer wants nothing to be concluded from an answer that did not come.
func TestNoAnswer(t *testing.T) {
	for _, kind := range []string{"timeout", "dial", "tls", "malformed", "limit", "interrupted"} {
		for _, m := range []*match.Matcher{match.HaveStatus(200), match.BeRefused(), match.BeRejected()} {
			if m.Judges(failed(kind)) || m.Issues(failed(kind)) != nil {
				t.Errorf("%s is judged", kind)
			}
			if matched, err := m.Match(failed(kind)); matched || err == nil {
				t.Errorf("%s matches: %v, %v", kind, matched, err)
			}
		}
	}
	for _, actual := range []any{nil, (*evidence.Exchange)(nil), "an answer"} {
		if matched, err := match.BeRefused().Match(actual); matched || err == nil {
			t.Errorf("%T matches: %v, %v", actual, matched, err)
		}
	}
}

func TestIsRefusal(t *testing.T) {
	if !match.BeRefused().IsRefusal() || !match.BeRejected().IsRefusal() || match.HaveStatus(401).IsRefusal() {
		t.Error("only a matcher that passes for what was refused needs the valid token to be accepted")
	}
}

func TestOnly(t *testing.T) {
	both := match.New("be good", func(*evidence.Exchange) []schemas.Issue {
		return []schemas.Issue{{Code: "a"}, {Code: "b"}}
	})
	if got := both.Only(match.Codes("b", "c")).Issues(status(200)); len(got) != 1 || got[0].Code != "b" {
		t.Errorf("%v", got)
	}
	if got := both.Issues(status(200)); len(got) != 2 {
		t.Errorf("the matcher that was narrowed has changed: %v", got)
	}
	if both.Judges(failed("closed")) || !both.Without("closed").Judges(failed("closed")) {
		t.Error("only the copy judges a closed connection")
	}
}

// TestMessages wants messages that tell the place and the shape, and nothing that
// came over the wire.
func TestMessages(t *testing.T) {
	const phone, token = "13812340842", "Mk3srLl4pnoBcQ7tYvW2aXzEuNdHfJgK"
	everywhere := phone + " " + token + " " + base64.StdEncoding.EncodeToString([]byte(phone))
	x := &evidence.Exchange{Probe: "M01", Response: &evidence.Response{
		Proto: "HTTP/1.1", Status: 200, Reason: evidence.Sensitive(everywhere), Body: evidence.Sensitive(everywhere), Extra: evidence.Sensitive(everywhere),
		Header:  evidence.Fields{{Name: everywhere, Value: evidence.Sensitive(everywhere)}},
		Trailer: evidence.Fields{{Name: everywhere, Value: evidence.Sensitive(everywhere)}},
	}}
	placed := match.New("say nothing", func(x *evidence.Exchange) []schemas.Issue {
		return []schemas.Issue{{Code: "leak.phone", Where: "/email", Expected: "nothing", Observed: "a phone of shape " + schemas.Shape(string(x.Response.Body))}}
	})
	for _, m := range []*match.Matcher{match.HaveStatus(401), match.BeRefused(), match.BeRejected(), placed} {
		matched, err := m.Match(x)
		if matched || err != nil {
			t.Fatalf("Match: %v, %v", matched, err)
		}
		var failure error
		g := gomega.NewGomega(func(message string, _ ...int) { failure = errors.New(message) })
		g.Expect(x).To(m)
		for _, message := range []string{m.FailureMessage(x), m.NegatedFailureMessage(x), failure.Error()} {
			if strings.Contains(message, phone) || strings.Contains(message, token[:8]) || strings.Contains(message, "MTM4") {
				t.Error("a message quotes the answer")
			}
			if !strings.Contains(message, "M01: 200") {
				t.Errorf("%q does not name the exchange", message)
			}
		}
		if !strings.Contains(m.FailureMessage(x), "expected ") || !strings.Contains(m.FailureMessage(x), "observed ") {
			t.Errorf("%q does not say what was expected and observed", m.FailureMessage(x))
		}
	}
}

func TestStatusWords(t *testing.T) {
	if got := match.Status(failed("timeout")); got != "no response: timeout" {
		t.Error(got)
	}
	if got := match.Status(status(418)); got != "418" {
		t.Error(got)
	}
}
