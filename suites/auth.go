package suites

import (
	"slices"

	"omaspec/reports/evidence"
	"omaspec/suites/match"
)

// authJudges judge Table 1: X-Auth-Token, and everything that must not
// stand in for it.
var authJudges = map[string]func(*Case){
	"AUTH-01": validToken,
	"AUTH-10": refusedElsewhere,
	"AUTH-11": refusedInURLAndBody,
	"AUTH-12": trustedFields,
	"AUTH-27": otherMethods,
	"AUTH-28": otherPaths,
	"AUTH-29": underscores,
	"AUTH-31": func(c *Case) { c.Probes("R19.none").To(c.beRefused()) },
}

// validToken judges every documented request with the valid token. A 401 has
// three documented causes that are not the target's fault, and other statuses
// say that the environment is not ready; both stop the run and are doubts here.
func validToken(c *Case) {
	if stop := c.gathering.Stopped; stop != nil && stop.Kind != evidence.StopStatus {
		c.Doubt("%s", stop.Reason)
		return
	}
	sent := c.Every(func(x *evidence.Exchange) bool {
		return c.documented(x) && slices.Contains(validRows, x.Row()) && sends(x, "{token:valid}")
	})
	if c.way.uncontrolled != "" && c.stopped == "" {
		c.Doubt("%s", c.way.uncontrolled)
		sent = sent.Having(func(x *evidence.Exchange) bool { return x.Status() == 200 })
	}
	sent.To(match.HaveStatus(200))
}

// validRows are the rows that send the valid token exactly as the page says. What
// V03 to V05 ask for are other spellings, and V07 and L09 are only recorded.
var validRows = []string{"V01", "V02", "V06", "V08", "L01", "L02", "L03", "L04", "L07"}

// folded is the name that CGI-style gateways make of X-Auth-Token themselves
// (row M10); whether the target takes it is recorded by AUTH-29.
const folded = "M10.x_auth_token"

func refusedElsewhere(c *Case) {
	c.Rows("M06", "M08", "M10").Having(func(x *evidence.Exchange) bool { return x.Probe != folded }).To(c.beRefused())
}

// refusedInURLAndBody accepts that a body is refused because the method is GET: RFC
// 9110 9.3.1 lets a server do so, and some do before they look for a token.
func refusedInURLAndBody(c *Case) {
	c.Rows("M07").To(c.beRefused())
	c.Rows("M09").To(c.beRejected())
}

// trustedFields judges requests without a token whose other fields might open the
// endpoint. Those that HTTP gives a meaning (M15) may be answered as that wants, without
// data.
func trustedFields(c *Case) {
	c.Rows("M13", "M14").To(c.beRefused())
	c.Rows("M15").To(c.serveNoData())
}

func underscores(c *Case) {
	c.note(c.Rows("M05"))
	c.note(c.Rows("M10").Having(func(x *evidence.Exchange) bool { return x.Probe == folded }))
}

// otherMethods judges requests without a token by other methods. OPTIONS may
// succeed, as long as it gives no data.
func otherMethods(c *Case) {
	c.Rows("R02").To(c.beRejected())
	c.Probes("R03.none").To(c.beRejected())
	c.Rows("R04").To(c.serveNoData())
	c.Probes("R01.post-made-up").To(c.serveNoData())
	c.Probes("R24.preflight").To(c.serveNoData())
}

// otherPaths judges other spellings of the path without a token. A gateway may
// answer them with a page of its own, but not with the data.
func otherPaths(c *Case) {
	c.Probes("R07.none").To(c.serveNoData())
	c.Rows("R08", "R09").To(c.serveNoData())
}
