package suites

import (
	"slices"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/suites/match"
)

// authJudges judge Table 1: X-Auth-Token, and everything that must not
// stand in for it.
var authJudges = map[string]func(*Case){
	"AUTH-01": validToken,
	"AUTH-02": refused("M01"),
	"AUTH-03": refused("M02", "M03", "M04"),
	"AUTH-04": refused("B01"),
	"AUTH-05": refused("B02", "B03"),
	"AUTH-06": refused("B04", "B05"),
	"AUTH-07": refused("B06", "B07"),
	"AUTH-08": refused("D06"),
	"AUTH-09": refused("B08", "B09", "B10"),
	"AUTH-10": refusedElsewhere,
	"AUTH-11": refused("M07", "M09"),
	"AUTH-12": refused("M13", "M14"),
	"AUTH-13": rejected("B14"),
	"AUTH-14": rejected("B15"),
	"AUTH-15": rejected("B16", "B17"),
	"AUTH-16": rejected("B11", "B12", "B13"),
	"AUTH-17": injection("B18", "B19", "M12"),
	"AUTH-18": rejected("B20", "B21", "B23", "B24"),
	"AUTH-19": refused("D01", "D02", "D03", "D04", "D07"),
	"AUTH-20": accepted("V03", "V04"),
	"AUTH-21": accepted("V05"),
	"AUTH-22": refused("X01"),
	"AUTH-23": refused("X02"),
	"AUTH-24": refused("X03"),
	"AUTH-25": refused("X06", "X07"),
	"AUTH-26": injection("B25", "B26"),
	"AUTH-27": otherMethods,
	"AUTH-28": otherPaths,
	"AUTH-29": underscores,
	"AUTH-30": noted("V07", "B22", "D05"),
	"AUTH-31": refusedIn("R19.none"),
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
	if c.uncontrolled != "" && c.stopped == "" {
		c.Doubt("%s", c.uncontrolled)
		sent = sent.Having(func(x *evidence.Exchange) bool { return x.Status() == 200 })
	}
	sent.To(match.HaveStatus(200))
}

// validRows are the rows that send the valid token exactly as the page says. What
// V03 to V05 ask for are other spellings, and V07 and L09 are only recorded.
var validRows = []string{"V01", "V02", "V06", "L01", "L02", "L03", "L04", "L07"}

// folded is the name that CGI-style gateways make of X-Auth-Token themselves
// (row M10); whether the target takes it is recorded by AUTH-29.
const folded = "M10.x_auth_token"

func refusedElsewhere(c *Case) {
	c.Rows("M06", "M08", "M10").Having(func(x *evidence.Exchange) bool { return x.Probe != folded }).To(match.BeRefused())
}

// injection is the judge of values that try to become something else than a
// token: they are refused, and nothing of them is evaluated or comes back as
// markup or as a field.
func injection(rows ...string) func(*Case) {
	return func(c *Case) {
		c.Rows(rows...).To(match.BeRejected())
		c.Rows(rows...).Having(func(x *evidence.Exchange) bool { return x.Response != nil }).To(
			match.New("not evaluate what came in", func(x *evidence.Exchange) []schemas.Issue {
				var issues []schemas.Issue
				add := func(where, observed string) {
					issues = append(issues, schemas.Issue{Code: "auth.injection", Where: where, Expected: "nothing of the payload", Observed: observed})
				}
				o := c.observe(x)
				if x.Response.Header.Has("X-Inj") || len(o.echoed(echoCookie)) > 0 {
					add("header", "a field that the token's value started")
				}
				for _, where := range o.echoed(echoScript) {
					add(where, "the script element of the token")
				}
				for _, where := range o.echoed(echoTemplate) {
					add(where, "the value of the template expression in the token")
				}
				return issues
			}))
	}
}

func underscores(c *Case) {
	c.note(c.Rows("M05"))
	c.note(c.Rows("M10").Having(func(x *evidence.Exchange) bool { return x.Probe == folded }))
}

// otherMethods judges requests without a token by other methods. OPTIONS may
// succeed, as long as it gives no data.
func otherMethods(c *Case) {
	c.Rows("R02").To(match.BeRejected())
	c.Probes("R03.none").To(match.BeRejected())
	c.Rows("R04").To(c.serveNoData())
}

// otherPaths judges other spellings of the path without a token. A gateway may
// answer them with a page of its own, but not with the data.
func otherPaths(c *Case) {
	c.Probes("R07.none").To(c.serveNoData())
	c.Rows("R08", "R09").To(c.serveNoData())
}
