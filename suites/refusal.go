package suites

import (
	"slices"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/suites/match"
)

// How a target refuses is judged once: AUTH-02 has a request without a token, and AUTH-04
// one with a token that nobody issued. All that has to be refused besides is held against
// what those two got, so that a wrong status, or no refusal at all, is one violation.

// The rows of those two requests.
const (
	withoutToken = "M01"
	unknownToken = "B01"
)

// beRefused accepts 401, and what the target answers whoever has no token or an unknown
// one.
func (c *Case) beRefused() *match.Matcher { return c.asUsual(match.BeRefused()) }

// beRejected accepts, besides, every way to refuse a request that HTTP itself may refuse.
func (c *Case) beRejected() *match.Matcher { return c.asUsual(match.BeRejected()) }

// asUsual narrows a matcher to what AUTH-02 and AUTH-04 do not say already.
func (c *Case) asUsual(m *match.Matcher) *match.Matcher {
	c.rows = append(c.rows, withoutToken, unknownToken)
	return m.Unless(func(x *evidence.Exchange, _ schemas.Issue) bool {
		return c.refusedAsUsual(x) || c.servedAnyway(x)
	})
}

// refusedAsUsual tells whether an answer is that to a request without a token or with an
// unknown one, and brings no data.
func (c *Case) refusedAsUsual(x *evidence.Exchange) bool {
	return slices.ContainsFunc(slices.Concat(c.byRow[withoutToken], c.byRow[unknownToken]), func(refusal *evidence.Exchange) bool {
		return c.refusesLike(x, refusal)
	})
}

// refusesLike tells whether an answer without data is of the kind of another one. Under a
// status of success the bodies have to be the same, or JSON with the same members.
func (c *Case) refusesLike(x, other *evidence.Exchange) bool {
	switch {
	case x.Response == nil || other.Response == nil || x.Status() != other.Status() || c.hasData(x) || c.hasData(other):
		return false
	case x.Status() >= 300 || len(x.Response.Body) == 0:
		return true
	}
	a, b := c.body(x), c.body(other)
	return a.text == b.text || len(a.names()) > 0 && slices.Equal(a.names(), b.names())
}

// names lists where the members of a JSON body are, at any depth, in order.
func (b *body) names() []string {
	var all []string
	if b.document.Complete {
		b.document.WalkNames(func(pointer, name string) { all = append(all, pointer+"/"+name) })
	}
	slices.Sort(all)
	return all
}

// servedAnyway tells whether the target serves everybody whose token is missing or
// unknown, as that of the request is, so that nothing more can be learned from it.
func (c *Case) servedAnyway(x *evidence.Exchange) bool {
	row, who := withoutToken, "without a token (AUTH-02)"
	if presentsToken(x) {
		row, who = unknownToken, "with a token that nobody issued (AUTH-04)"
	}
	serves := func(x *evidence.Exchange) bool {
		return x.Response != nil && x.Status() < 300 && (c.hasData(x) || hasNoBody(x))
	}
	if !serves(x) || !slices.ContainsFunc(c.byRow[row], serves) {
		return false
	}
	c.Doubt("the target serves everybody %s", who)
	return true
}

// presentsToken tells whether a request has an X-Auth-Token that is not blank.
func presentsToken(x *evidence.Exchange) bool {
	return slices.ContainsFunc(x.Request.Header, func(f evidence.RequestField) bool {
		return evidence.Canonical(f.Name) == "X-Auth-Token" && !slices.Contains(blanks, f.Value)
	})
}

// blanks are the symbolic values of rows M02 to M04.
var blanks = []string{"", "{bytes:09}  ", "{bytes:09}"}
