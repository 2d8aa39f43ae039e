package suites

import (
	"slices"
	"testing"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/suites/probe"
)

// customer is an answer to the valid token: the page's example with other values for
// members.
func customer(id string, changes ...string) *evidence.Exchange {
	x := got(id, 200, "Content-Type", "application/json")
	x.Request.Header = []evidence.RequestField{{Name: "X-Auth-Token", Value: "{token:valid}"}}
	x.Response.Body = evidence.Sensitive(exampleInstead(changes...))
	return x
}

// refused is an answer to the valid token that is none of the customer's.
func refused(id string, status int) *evidence.Exchange {
	x := customer(id)
	x.Response.Status = status
	return x
}

// outcome is that of one requirement.
func outcome(t *testing.T, id string, exchanges ...*evidence.Exchange) schemas.Outcome {
	t.Helper()
	r, _ := schemas.Requirements().Find(id)
	return opened(t, &evidence.Evidence{Gathering: evidence.Gathering{Exchanges: exchanges}}).Judge(t.Context(), r).Outcome
}

// TestWhatChangesByItself: a member that two equal requests get with two values says
// nothing by its third one, unless the first two were about two customers.
func TestWhatChangesByItself(t *testing.T) {
	catalogue := probe.Catalogue()
	selecting := catalogue[slices.IndexFunc(catalogue, func(p probe.Probe) bool { return p.Row() == "R12" })].ID
	other := []string{"vdn", `"151"`, "mobilePhone", `"186****0000"`, "email", `"yXXXXXX"`, "createDate", "1681203999000"}
	for _, test := range []struct {
		name                 string
		first, second, third []string
		want                 schemas.Outcome
	}{
		{"nothing changes", nil, nil, nil, schemas.Passed},
		{"another customer", nil, nil, other, schemas.Failed},
		{"one member is another", nil, nil, []string{"company", `"other"`}, schemas.Failed},
		{"an undocumented member changes", []string{"serial", "1"}, []string{"serial", "1"}, []string{"serial", "2"}, schemas.Passed},
		{"a date that grows", nil, []string{"createDate", "1681203525001"}, []string{"createDate", "1681203525002"}, schemas.Passed},
		{"a date that grows, and another customer", nil, []string{"createDate", "1681203525001"}, other, schemas.Failed},
		{"two customers in turns", nil, other, other, schemas.Failed},
	} {
		got := outcome(t, "ISOL-10", customer(probe.Baseline, test.first...), customer("V02", test.second...),
			customer(selecting, test.third...), customer(probe.Closing))
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// TestTokenThatEnds: once the valid token is refused at the end of a run, nothing that
// wanted a 200 for it, or a 401 for another one, is held against the target; what it
// gave away still is.
func TestTokenThatEnds(t *testing.T) {
	for _, test := range []struct {
		id   string
		x    *evidence.Exchange
		want schemas.Outcome // with the token refused at the end; with the token accepted it fails
	}{
		{"AUTH-01", refused("V02", 401), schemas.Inconclusive},
		{"STATUS-05", refused("R10.lang", 403), schemas.Inconclusive},
		{"ISOL-02", refused("L02/1", 401), schemas.Inconclusive},
		{"ISOL-07", refused("L07/1", 503), schemas.Inconclusive},
		{"ISOL-09", refused("V02", 401), schemas.Inconclusive},
		{"ISOL-10", customer("R12.query.vdn", "company", `"other"`), schemas.Failed},
	} {
		if got := outcome(t, test.id, customer(probe.Baseline), test.x, refused(probe.Closing, 401)); got != test.want {
			t.Errorf("%s: %s, want %s", test.id, got, test.want)
		}
		if got := outcome(t, test.id, customer(probe.Baseline), test.x, customer(probe.Closing)); got != schemas.Failed && got != schemas.Warned {
			t.Errorf("%s with a token that lasts: %s", test.id, got)
		}
	}
}

// TestAnswersWithoutABody wants no content coding to be undone where there is none.
func TestAnswersWithoutABody(t *testing.T) {
	for _, x := range []*evidence.Exchange{got("R03.with", 200), got("R05", 204), got("L06/2", 304)} {
		x.Request.Method = map[string]string{"R03.with": "HEAD"}[x.Probe]
		x.Response.Header = evidence.Fields{{Name: "Content-Encoding", Value: "gzip"}}
		if b := opened(t, &evidence.Evidence{}).body(x); b.undecode != "" {
			t.Errorf("%s: %s", x, b.undecode)
		}
	}
	x := got("V01", 200, "Content-Encoding", "gzip")
	if b := opened(t, &evidence.Evidence{}).body(x); b.undecode == "" {
		t.Error("an empty body is whole gzip")
	}
}
