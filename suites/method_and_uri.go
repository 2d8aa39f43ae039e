package suites

import (
	"slices"
	"strings"

	"omaspec/reports/exchange"
	"omaspec/schemas"
	"omaspec/schemas/mask"
	"omaspec/schemas/strictjson"
	"omaspec/suites/match"
)

// methodAndURI judges the sections Method and URI: what happens beside GET on
// the documented path, and the status codes that nobody documented.
var methodAndURI = section{"Method and URI", map[string]func(*Case){
	"STATUS-03": func(c *Case) { c.Rows("R01", "R06").To(match.BeRejected()) },
	"STATUS-04": allowField,
	"STATUS-05": func(c *Case) { c.Rows("R10").To(match.HaveStatus(200), c.haveSameData("V01")) },
	"STATUS-06": func(c *Case) { c.Rows("R14").To(jsonOrRefused(c)) },
	"STATUS-07": func(c *Case) {
		c.note(c.Probes("R07.with"))
		c.note(c.Probes("R19.with"))
		c.note(c.Rows("R16", "R18", "R22", "R25", "R26"))
	},
	"STATUS-08": noUndocumentedFailure,
	"HTTP-13":   traceRefused,
	"HTTP-17":   func(c *Case) { c.Rows("R13").To(noScript(c)) },
	"HTTP-18":   func(c *Case) { c.Rows("R03").To(bodiless) },
	"MASK-18":   unmaskingSwitches,
	"ISOL-10":   func(c *Case) { c.Rows("R12").To(c.haveSameData("V01")) },
}}

func allowField(c *Case) {
	c.Every(func(x *exchange.Exchange) bool { return x.Status() == 405 }).To(
		match.New("carry an Allow header field", func(x *exchange.Exchange) []schemas.Issue {
			if x.Response.Header.Has("Allow") {
				return nil
			}
			return []schemas.Issue{{Code: "http.allow-missing", Where: "header Allow", Expected: "the allowed methods (RFC 9110 15.5.6)", Observed: "no such field"}}
		}))
}

// noUndocumentedFailure judges every answer. 501 and 505 say truthfully that a
// method or version is not supported, and 503 that the service is away.
func noUndocumentedFailure(c *Case) {
	c.Every(func(x *exchange.Exchange) bool { return !throttled(x) }).To(
		match.New("be no undocumented failure", func(x *exchange.Exchange) []schemas.Issue {
			if x.Status() < 500 || slices.Contains([]int{501, 502, 505}, x.Status()) {
				return nil
			}
			return []schemas.Issue{{Code: "status.undocumented", Where: "status line", Expected: "200, 401, 502, or another 4xx", Observed: match.Status(x)}}
		}))
}

// jsonOrRefused accepts the documented answer and 406, and nothing rendered.
func jsonOrRefused(c *Case) *match.Matcher {
	return match.New("be JSON or be refused", func(x *exchange.Exchange) []schemas.Issue {
		if x.Status() >= 400 && x.Status() < 500 {
			return nil
		}
		issues := match.HaveStatus(200, 406).Issues(x)
		if base := c.baseline(); base != nil && c.body(base).document.Complete && !c.body(x).document.Complete {
			issues = append(issues, schemas.Issue{Code: "body.not-json", Where: "body", Expected: "JSON, whatever Accept says, or 406", Observed: "something else than JSON"})
		}
		return issues
	})
}

// noScript accepts everything but the data as an argument of a function.
func noScript(c *Case) *match.Matcher {
	return match.New("be no script", func(x *exchange.Exchange) []schemas.Issue {
		if len(c.observe(x).echoed(echoCallback)) == 0 {
			return nil
		}
		return []schemas.Issue{{Code: "body.jsonp", Where: "body", Expected: "JSON", Observed: "a call of the function that the parameter names"}}
	})
}

var bodiless = match.New("have no body", func(x *exchange.Exchange) []schemas.Issue {
	if n := len(x.Response.Body) + len(x.Response.Extra); n > 0 {
		return []schemas.Issue{{Code: "http.head-body", Where: "body", Expected: "no body after the header section (RFC 9110 9.3.2)", Observed: plural(n, "byte")}}
	}
	return nil
})

// traceRefused judges TRACE, which must neither succeed nor repeat the request.
func traceRefused(c *Case) {
	c.Rows("R05").To(match.New("refuse TRACE", func(x *exchange.Exchange) []schemas.Issue {
		if x.Status() != 200 {
			return nil
		}
		return []schemas.Issue{{Code: "http.trace", Where: "status line", Expected: "405 or another refusal", Observed: "200"}}
	}))
}

// serveNoData accepts everything but a success that carries the data of Table 2.
func (c *Case) serveNoData() *match.Matcher {
	return match.New("serve no data", func(x *exchange.Exchange) []schemas.Issue {
		if x.Status() >= 300 || !c.isObject(x) {
			return nil
		}
		return []schemas.Issue{{Code: "auth.data-served", Where: "body", Expected: "no members of Table 2 without a valid token", Observed: match.Status(x) + " with members of Table 2"}}
	})
}

// unmaskingSwitches judges every success that asked for something besides the
// documented request: it must show no more than the baseline does. What is wrong
// with the baseline already is judged by MASK-01 to MASK-04.
func unmaskingSwitches(c *Case) {
	c.Rows("R11") // the rows that ask for unmasked data outright have to be sent
	base := c.baseline()
	if base == nil {
		c.Doubt("there is no answer to the documented request to compare with")
		return
	}
	known := c.allMaskIssues(base)
	c.Every(func(x *exchange.Exchange) bool {
		return x.Status() == 200 && x.Request.Method == "GET" && strings.HasPrefix(x.Probe, "R")
	}).To(match.New("stay masked", func(x *exchange.Exchange) []schemas.Issue {
		issues := slices.DeleteFunc(c.allMaskIssues(x), func(i schemas.Issue) bool { return slices.Contains(known, i) })
		if more := c.names(x) - c.names(base); more > 0 {
			issues = append(issues, schemas.Issue{Code: "body.members-added", Where: "body", Expected: "the members of the documented answer", Observed: plural(more, "more member")})
		}
		return issues
	}))
}

// allMaskIssues judges the four masked members of an answer.
func (c *Case) allMaskIssues(x *exchange.Exchange) []schemas.Issue {
	var issues []schemas.Issue
	for _, field := range mask.Fields {
		for i, value := range c.memberValues(x, string(field)) {
			issues = append(issues, c.maskIssues(field, c.observe(x).Masks[field][i], value)...)
		}
	}
	return issues
}

// baseline is the first exchange with the valid token, if it was a 200.
func (c *Case) baseline() *exchange.Exchange {
	for _, x := range c.byRow["V01"] {
		if x.Status() == 200 {
			return x
		}
	}
	return nil
}

// names counts the member names of an answer's object.
func (c *Case) names(x *exchange.Exchange) int { return len(c.members(x).Names()) }

// haveSameData accepts refusals and the same members with the same values as the
// first answer of another row. Only the names of members that differ are told.
func (c *Case) haveSameData(row string) *match.Matcher {
	return match.New("have the same data as "+row, func(x *exchange.Exchange) []schemas.Issue {
		if x.Status() != 200 {
			return nil
		}
		base := c.firstSuccess(row)
		if base == nil {
			c.Doubt("there is no answer of %s to compare with", row)
			return nil
		}
		if !c.body(base).document.Complete {
			return nil // which BODY-01 says
		}
		return differences(c.members(base), c.members(x), row)
	})
}

// firstSuccess is the first 200 of a row.
func (c *Case) firstSuccess(row string) *exchange.Exchange {
	for _, x := range c.byRow[row] {
		if x.Status() == 200 {
			return x
		}
	}
	return nil
}

// differences names the members whose values differ, compared as JSON values.
func differences(a, b strictjson.Value, row string) []schemas.Issue {
	if a.Raw == b.Raw {
		return nil
	}
	var issues []schemas.Issue
	ours, theirs := lastValues(a), lastValues(b)
	names := a.Names()
	for _, name := range b.Names() {
		if _, both := ours[name]; !both {
			names = append(names, name)
		}
	}
	for _, name := range names {
		x, inA := ours[name]
		y, inB := theirs[name]
		if inA == inB && sameValue(name, x, y) {
			continue
		}
		observed := "another value"
		if inA != inB {
			observed = "a member that only one of them has"
		}
		issues = append(issues, schemas.Issue{Code: "body.differs", Where: "/" + strictjson.SafeName(name), Expected: "the same value as in " + row, Observed: observed})
	}
	return issues
}

// lastValues holds the value that most decoders keep of each member.
func lastValues(object strictjson.Value) map[string]strictjson.Value {
	values := map[string]strictjson.Value{}
	object.Each(func(name string, value strictjson.Value) { values[name] = value })
	return values
}
