package suites

import (
	"strings"

	"omaspec/reports/exchange"
	"omaspec/schemas"
	"omaspec/schemas/media"
	"omaspec/suites/match"
)

// table3Unauthorized judges Table 3: the 401 answers.
var table3Unauthorized = section{"Table 3: status code 401", map[string]func(*Case){
	"STATUS-02": refused("R15"),
	"BODY-31":   func(c *Case) { c.Every(answered(401)).To(sayString(c)) },
	"BODY-32":   func(c *Case) { c.Every(answered(401)).To(sayJSONString(c)) },
	"HTTP-03":   challenge,
	"MASK-16":   func(c *Case) { c.Every(refusing).To(c.noHits("body", bannerKinds)) },
	"MASK-15":   func(c *Case) { c.Every(refusing).To(c.noHits("body", internalKinds)) },
	"MASK-20":   func(c *Case) { c.Every(refusing).To(carryNoMembers(c)) },
}}

// answered chooses answers with that status, except to HEAD.
func answered(status int) func(*exchange.Exchange) bool {
	return func(x *exchange.Exchange) bool { return x.Status() == status && x.Request.Method != "HEAD" }
}

// refusing chooses every answer that is no success and no redirect.
func refusing(x *exchange.Exchange) bool { return x.Status() >= 300 }

// form classifies an error body (row A5).
func (c *Case) form(x *exchange.Exchange) media.Form {
	return c.body(x).form
}

// sayString passes for every form of error body that holds a string which says
// something: the mandatory member of Tables 3 and 4.
func sayString(c *Case) *match.Matcher {
	return match.New("say a string", func(x *exchange.Exchange) []schemas.Issue {
		issue, wrong := c.form(x).Issue()
		if !wrong || issue.Advisory && c.Readings.Value(schemas.ErrorBody) == "lenient" {
			return nil
		}
		return []schemas.Issue{issue}
	})
}

// sayJSONString passes for the two forms that Tables 3 and 4 can be read as.
// What sayString reports is not reported again.
func sayJSONString(c *Case) *match.Matcher {
	return match.New("say a JSON string", func(x *exchange.Exchange) []schemas.Issue {
		issue, wrong := c.form(x).Issue()
		if !wrong || !issue.Advisory {
			return nil
		}
		return []schemas.Issue{issue}
	})
}

func challenge(c *Case) {
	c.Every(answered(401)).To(match.New("carry a challenge", func(x *exchange.Exchange) []schemas.Issue {
		if strings.TrimSpace(x.Response.Header.Get("WWW-Authenticate")) != "" {
			return nil
		}
		return []schemas.Issue{{Code: "http.challenge-missing", Where: "header WWW-Authenticate", Expected: "at least one challenge (RFC 9110 15.5.2)", Observed: "no such field"}}
	}))
}

// carryNoMembers passes for error bodies without the members of Table 2. The
// member schema alone is Table 3's own.
func carryNoMembers(c *Case) *match.Matcher {
	return match.New("carry no customer data", func(x *exchange.Exchange) []schemas.Issue {
		if !c.isObject(x) {
			return nil
		}
		return []schemas.Issue{{Code: "leak.members", Where: "body", Expected: "no members of Table 2 under status " + match.Status(x), Observed: "members of Table 2"}}
	})
}
