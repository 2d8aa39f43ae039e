package suites

import (
	"testing"

	"omaspec/reports/evidence"
	"omaspec/schemas"
)

// at is an exchange of a run: the id, whose token the request carries, and what came.
func at(id, role string, status int, change ...func(*evidence.Exchange)) *evidence.Exchange {
	x := got(id, status, "Content-Type", "application/json")
	x.Request = evidence.Request{Method: "GET", Target: "/"}
	if role != "" {
		x.Request.Header = []evidence.RequestField{{Name: "X-Auth-Token", Value: "{token:" + role + "}"}}
	}
	if status == 200 {
		x.Response.Body = evidence.Sensitive(exampleInstead())
	}
	for _, c := range change {
		c(x)
	}
	return x
}

func try(n int) func(*evidence.Exchange) { return func(x *evidence.Exchange) { x.Try = n } }

func saying(body string) func(*evidence.Exchange) {
	return func(x *evidence.Exchange) { x.Response.Body = evidence.Sensitive(body) }
}

func torn(x *evidence.Exchange) { x.Response.Cut = "short" }

// TestWay judges AUTH-02 on a request without a token, by what the run shows of the way.
func TestWay(t *testing.T) {
	good, end := at("V01", "valid", 200), at("V01.closing", "valid", 200)
	page := saying("<html>wait</html>")
	tests := []struct {
		name string
		run  []*evidence.Exchange
		want schemas.Outcome
	}{
		{"refused", []*evidence.Exchange{good, at("M01", "", 401), end}, schemas.Passed},
		{"refused when asked again", []*evidence.Exchange{good, at("M01", "", 502, try(1)), at("M01", "", 401), end}, schemas.Passed},
		{"a gateway's status every time", []*evidence.Exchange{good, at("M01", "", 502, try(1)), at("M01", "", 502, try(2)), at("M01", "", 502), end}, schemas.Failed},
		{"another failure each time", []*evidence.Exchange{good, at("M01", "", 502, try(1)), at("M01", "", 504, try(2)), at("M01", "", 503), end}, schemas.Inconclusive},
		{"a status that a good token got too", []*evidence.Exchange{good, at("V02", "valid", 503), at("M01", "", 503), end}, schemas.Inconclusive},
		{"a torn answer to a good token says nothing of others", []*evidence.Exchange{good, at("V02", "valid", 200, torn), at("M01", "", 503), end}, schemas.Failed},
		{"another status than the control", []*evidence.Exchange{good, at("M01", "", 403), at("V01.closing", "valid", 401)}, schemas.Failed},
		{"the status of the control", []*evidence.Exchange{good, at("M01", "", 403), at("V01.closing", "valid", 403)}, schemas.Inconclusive},
		{"a page instead of the data at the end", []*evidence.Exchange{good, at("M01", "", 200, page), at("V01.closing", "valid", 200, page)}, schemas.Inconclusive},
		{"data, and a page at the end", []*evidence.Exchange{good, at("M01", "", 200), at("V01.closing", "valid", 200, page)}, schemas.Failed},
		{"a page, and the data at the end", []*evidence.Exchange{good, at("M01", "", 200, page), end}, schemas.Failed},
		{"data at first, and not when asked again", []*evidence.Exchange{good, at("M01", "", 200, try(1), torn), at("M01", "", 401), end}, schemas.Failed},
		{"half an empty answer at first", []*evidence.Exchange{good, at("M01", "", 200, try(1), torn, saying("")), at("M01", "", 401), end}, schemas.Passed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := outcome(t, "AUTH-02", tt.run...); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}
