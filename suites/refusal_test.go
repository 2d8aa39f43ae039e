package suites

import (
	"testing"

	"omaspec/reports/evidence"
	"omaspec/schemas"
)

// TestRefusals judges requirements on an answer by what a request without a token (M01)
// and one with an unknown token (B01) got.
func TestRefusals(t *testing.T) {
	envelope := saying(`{"code":401,"message":"no"}`)
	other := saying(`{"code":0,"list":[]}`)
	head := func(x *evidence.Exchange) { x.Request.Method, x.Response.Body = "HEAD", "" }
	none := func(status int, change ...func(*evidence.Exchange)) *evidence.Exchange {
		return at("M01", "", status, change...)
	}
	unknown := func(status int, change ...func(*evidence.Exchange)) *evidence.Exchange {
		return at("B01", "canary", status, change...)
	}
	tests := []struct {
		name          string
		id            string
		none, unknown *evidence.Exchange
		x             *evidence.Exchange
		want          schemas.Outcome
	}{
		{"a wrong status for no token is AUTH-02's", "AUTH-02", none(400), unknown(401), none(400), schemas.Failed},
		{"and an empty token has it too", "AUTH-03", none(400), unknown(401), at("M02", "", 400), schemas.Passed},
		{"an empty token has a wrong status of its own", "AUTH-03", none(401), unknown(401), at("M02", "", 400), schemas.Failed},
		{"an empty token is refused as an unknown one", "AUTH-03", none(401), unknown(502), at("M02", "", 502), schemas.Passed},
		{"a bearer credential is taken for a bad token", "AUTH-10", none(401), unknown(403), at("M06", "", 403), schemas.Passed},
		{"a bearer credential makes the target fail", "AUTH-10", none(401), unknown(403), at("M06", "", 500), schemas.Failed},
		{"a redirect for everybody", "STATUS-02", none(302), unknown(302), at("R15", "", 302), schemas.Passed},
		{"a redirect for browsers", "STATUS-02", none(401), unknown(401), at("R15", "", 302), schemas.Failed},
		{"an envelope with 200", "AUTH-05", none(200, envelope), unknown(200, envelope), at("B02", "valid|change-early", 200, envelope), schemas.Passed},
		{"another object with 200", "AUTH-05", none(200, envelope), unknown(200, envelope), at("B02", "valid|change-early", 200, other), schemas.Failed},
		{"data in the envelope", "AUTH-05", none(200, saying(`{"code":401,"data":null}`)), unknown(200, saying(`{"code":401,"data":null}`)),
			at("B02", "valid|change-early", 200, saying(`{"code":0,"data":{"vdn":"150"}}`)), schemas.Failed},
		{"a page, and another page", "AUTH-05", none(200, saying("<p>no</p>")), unknown(200, saying("<p>no</p>")),
			at("B02", "valid|change-early", 200, saying("<p>150</p>")), schemas.Failed},
		{"data among envelopes with 200", "AUTH-05", none(200, envelope), unknown(200, envelope), at("B02", "valid|change-early", 200), schemas.Failed},
		{"everybody without a token is served", "AUTH-10", none(200), unknown(401), at("M06", "", 200), schemas.Inconclusive},
		{"and by HEAD", "AUTH-27", none(200), unknown(401), at("R03.none", "", 200, head), schemas.Inconclusive},
		{"every token is served", "AUTH-05", none(401), unknown(200), at("B02", "valid|change-early", 200), schemas.Inconclusive},
		{"every token is served, and one with a change is not", "AUTH-05", none(401), unknown(200), at("B02", "valid|change-early", 401), schemas.Passed},
		{"who has no token is served, and a changed one is accepted too", "AUTH-05", none(200), unknown(401), at("B02", "valid|change-early", 200), schemas.Failed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := []*evidence.Exchange{at("V01", "valid", 200), tt.none, tt.unknown, tt.x, at("V01.closing", "valid", 200)}
			if tt.x.Probe == tt.none.Probe {
				run = append(run[:1], run[2:]...)
			}
			if got := outcome(t, tt.id, run...); got != tt.want {
				t.Errorf("%s is %s, want %s", tt.id, got, tt.want)
			}
		})
	}
}
