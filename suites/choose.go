package suites

import (
	"maps"
	"slices"

	"omaspec/reports/evidence"
)

// What judges choose answers by.

// sends tells whether a request carries exactly one X-Auth-Token with that
// symbolic value.
func sends(x *evidence.Exchange, value string) bool {
	var found []string
	for _, f := range x.Request.Header {
		if evidence.Canonical(f.Name) == "X-Auth-Token" {
			found = append(found, f.Value)
		}
	}
	return len(found) == 1 && found[0] == value
}

func anyAnswer(*evidence.Exchange) bool { return true }

func status200(x *evidence.Exchange) bool { return x.Status() == 200 }

func not200(x *evidence.Exchange) bool { return x.Status() != 200 }

// answered chooses answers with that status, except to HEAD.
func answered(status int) func(*evidence.Exchange) bool {
	return func(x *evidence.Exchange) bool { return x.Status() == status && x.Request.Method != "HEAD" }
}

// refusing chooses every answer that is no success.
func refusing(x *evidence.Exchange) bool { return x.Status() >= 300 }

// hasNoBody tells whether an answer has none whatever its fields say (RFC 9112 6.3).
func hasNoBody(x *evidence.Exchange) bool {
	return x.Request.Method == "HEAD" || x.Status() == 204 || x.Status() == 304
}

func notHead(x *evidence.Exchange) bool { return x.Request.Method != "HEAD" }

// tenants are the roles whose tokens get data.
var tenants = []string{"valid", "second-tenant"}

// roleOf is the tenant whose token a request carries, or "".
func roleOf(x *evidence.Exchange) string {
	for _, role := range tenants {
		if sends(x, "{token:"+role+"}") {
			return role
		}
	}
	return ""
}

// Controls are the rows that judging rests on, whatever is judged: the first request
// with each tenant's token.
func Controls() []string { return slices.Collect(maps.Values(firstAnswers)) }

// firstAnswers names the exchange that shows first, and alone on its way, whose
// data a role's token gets.
var firstAnswers = map[string]string{"valid": "V01", "second-tenant": "X05"}

// baseline is the first exchange with the valid token, if it was a 200.
func (v *View) baseline() *evidence.Exchange {
	for _, x := range v.byRow["V01"] {
		if x.Status() == 200 {
			return x
		}
	}
	return nil
}

// firstSuccess is the first 200 of a row.
func (c *Case) firstSuccess(row string) *evidence.Exchange {
	for _, x := range c.byRow[row] {
		if x.Status() == 200 {
			return x
		}
	}
	return nil
}

// isObject tells whether a body has members of Table 2, so that single ones can
// be judged. Where it has none, BODY-01 or BODY-05 says so.
func (v *View) isObject(x *evidence.Exchange) bool { return v.body(x).tabled }

// hasData tells whether a body holds the data of Table 2 anywhere.
func (v *View) hasData(x *evidence.Exchange) bool { return v.body(x).data }

// isWhole tells whether, besides, nothing of the object is missing.
func (c *Case) isWhole(x *evidence.Exchange) bool {
	return c.isObject(x) && c.body(x).document.Complete
}
