package suites

import (
	"slices"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/suites/match"
)

// statusJudges judge the status codes: the documented ones, and those that
// nobody documented.
var statusJudges = map[string]func(*Case){
	"STATUS-01": func(c *Case) { c.Rows().To(match.HaveStatus(502)) },
	"STATUS-04": allowField,
	"STATUS-05": func(c *Case) { c.Rows().To(c.succeed(200), c.haveSameData("V01")) },
	"STATUS-06": func(c *Case) { c.Rows().To(jsonOrRefused(c)) },
	"STATUS-07": func(c *Case) {
		c.note(c.Probes("R07.with"))
		c.note(c.Probes("R19.with"))
		c.note(c.Rows("R16", "R18", "R22", "R25", "R26"))
	},
	"STATUS-08": noUndocumentedFailure,
}

func allowField(c *Case) {
	c.Every(func(x *evidence.Exchange) bool { return x.Status() == 405 }).To(
		match.New("carry an Allow header field", func(x *evidence.Exchange) []schemas.Issue {
			if x.Response.Header.Has("Allow") {
				return nil
			}
			return one("http.allow-missing", "header Allow", "the allowed methods (RFC 9110 15.5.6)", "no such field")
		}))
}

// noUndocumentedFailure judges every answer. 501 and 505 say truthfully that a
// method or version is not supported, and 503 that the service is away.
func noUndocumentedFailure(c *Case) {
	c.Every(func(x *evidence.Exchange) bool { return !throttled(x) }).To(
		match.New("be no undocumented failure", func(x *evidence.Exchange) []schemas.Issue {
			if x.Status() < 500 || slices.Contains([]int{501, 502, 505}, x.Status()) {
				return nil
			}
			return one("status.undocumented", "status line", "200, 401, 502, or another 4xx", match.Status(x))
		}))
}

// jsonOrRefused accepts the documented answer and 406, and nothing rendered.
func jsonOrRefused(c *Case) *match.Matcher {
	return match.New("be JSON or be refused", func(x *evidence.Exchange) []schemas.Issue {
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
