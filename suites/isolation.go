package suites

import (
	"strings"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/suites/match"
)

// isolationJudges judge what the Description implies: the token alone decides
// whose data comes back, whatever came before on the connection, in a cache, or at
// the same time.
var isolationJudges = map[string]func(*Case){
	"ISOL-01": func(c *Case) { c.sequence("L01") },
	"ISOL-02": func(c *Case) { c.sequence("L02") },
	"ISOL-03": ownData,
	"ISOL-04": func(c *Case) { c.Rows().Having(withoutTenant).To(c.beRefused()) },
	"ISOL-05": deception,
	"ISOL-06": conditional,
	"ISOL-07": func(c *Case) { c.Rows().To(c.fitItsToken()) },
	"ISOL-09": repeated,
	"ISOL-10": func(c *Case) { c.Rows().To(c.haveSameData("V01")) },
}

// sequence judges the ordered requests of a row, which came over one connection.
func (c *Case) sequence(row string) {
	for _, x := range c.Rows(row).list {
		if x.Step > 1 && !x.Conn.Reused {
			c.Doubt("%s came over a new connection: the target closed the one before", x.ID())
			continue
		}
		Answers{c, []*evidence.Exchange{x}, true}.To(c.fitItsToken())
	}
}

// fitItsToken accepts exactly what the token of a request deserves: its own
// customer's data, or a 401 for none and for a random one.
func (c *Case) fitItsToken() *match.Matcher {
	refused := c.beRefused()
	return match.New("fit the token of its request", func(x *evidence.Exchange) []schemas.Issue {
		role := roleOf(x)
		if role == "" {
			c.refusals = true
			return refused.Issues(x)
		}
		if x.Status() != 200 {
			return c.succeed(200).Issues(x)
		}
		own := c.identity(role)
		if own == "" || c.identityOf(x) == own {
			return nil
		}
		observed := "another answer than this token got at first"
		if x.Response.Cut != "" {
			observed = "" // of which some is missing
		}
		for _, other := range tenants {
			if other != role && c.identityOf(x) == c.identity(other) {
				observed = "the data of another customer of this run"
			}
		}
		if observed == "" {
			return nil
		}
		return one("isol.mixed", "body", "the data of the token's own customer", observed)
	})
}

func withoutTenant(x *evidence.Exchange) bool { return roleOf(x) == "" }

// identity is what tells a role's customer from another one.
func (c *Case) identity(role string) string {
	if x := c.firstSuccess(firstAnswers[role]); x != nil && c.isObject(x) {
		return c.identityOf(x)
	}
	return ""
}

// identifying are the members that tell one customer from another.
var identifying = []string{"vdn", "mobilePhone", "email", "createDate"}

// identityOf is the tuple of the identifying members of an answer, without those that
// change by themselves. It is compared and never shown.
func (c *Case) identityOf(x *evidence.Exchange) string {
	volatile := c.volatile()
	var b strings.Builder
	for _, name := range identifying {
		if v, _ := c.members(x).Member(name); !volatile[name] {
			b.WriteString(v.Raw)
		}
		b.WriteByte(0)
	}
	return b.String()
}

// sameCustomer tells whether two answers with different values are still about one
// customer: half of what identifies it is there and equal.
func (c *Case) sameCustomer(a, b *evidence.Exchange) bool {
	equal := 0
	for _, name := range identifying {
		x, there := c.members(a).Member(name)
		if y, _ := c.members(b).Member(name); there && x.Raw == y.Raw {
			equal++
		}
	}
	return 2*equal >= len(identifying)
}

// ownData judges that two tokens get two customers' data, alone and in turns on
// one connection (rows X05 and L03).
func ownData(c *Case) {
	c.Rows("X05").To(c.succeed(200), match.New("be another customer's data than V01", func(x *evidence.Exchange) []schemas.Issue {
		if x.Status() != 200 || !c.isObject(x) || c.identityOf(x) != c.identity("valid") {
			return nil
		}
		return one("isol.same-customer", "body", "the data of the second tenant", "the same vdn, mobilePhone, email and createDate as for the first tenant (are the two tokens of two customers?)")
	}))
	c.sequence("L03")
}

// deception judges requests without a token to a longer URL that was asked for
// with one before (row L05).
func deception(c *Case) {
	c.Rows().Having(withoutTenant).To(
		c.serveNoData(), match.New("confirm nothing", unconfirmed))
}

// conditional judges If-None-Match without the token that the tag belongs to.
func conditional(c *Case) {
	answers := c.Rows()
	answers.To(match.New("confirm nothing", unconfirmed))
	answers.Having(withoutTenant).To(c.beRefused())
}

// unconfirmed refuses 304, which tells that the stored answer is still good.
func unconfirmed(x *evidence.Exchange) []schemas.Issue {
	if x.Status() != 304 {
		return nil
	}
	return one("isol.confirmed", "status line", "no 304 to somebody else's answer", "304")
}

// repeated judges that one token gets one answer (row V02 and every other
// success with the same token).
func repeated(c *Case) {
	c.Rows("V02").To(c.succeed(200))
	for _, role := range tenants {
		first := c.firstSuccess(firstAnswers[role])
		if first == nil || !c.isObject(first) {
			continue
		}
		c.Successes().Having(func(x *evidence.Exchange) bool { return roleOf(x) == role && x.Row() != "L07" }).To(
			match.New("be the same answer again", func(x *evidence.Exchange) []schemas.Issue {
				return differences(c.members(first), c.members(x), first.ID())
			}))
	}
}
