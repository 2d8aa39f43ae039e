package suites

import (
	"fmt"
	"slices"
	"strings"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/schemas/portalurl"
	"omaspec/schemas/strictjson"
	"omaspec/suites/match"
)

// Rules that several families apply.

// verbs are the judges that the catalogue names (schemas.Verbs): one word for what
// must become of every request for the rows that a requirement covers.
var verbs = map[string]func(*Case){
	"refused":      func(c *Case) { c.Rows().To(c.beRefused()) },
	"rejected":     func(c *Case) { c.Rows().To(c.beRejected()) },
	"unauthorized": func(c *Case) { c.Rows().To(match.BeRefused()) },
	"accepted":     func(c *Case) { c.Rows().To(c.succeed(200)) },
	"defused":      defused,
	"noted":        func(c *Case) { c.note(c.Rows()) },
}

// succeed accepts these statuses for a token that has to be accepted. Once the control
// at the end of the run failed, any other says nothing of the endpoint.
func (c *Case) succeed(statuses ...int) *match.Matcher {
	wanted := match.HaveStatus(statuses...)
	return match.New("succeed", func(x *evidence.Exchange) []schemas.Issue {
		issues := wanted.Issues(x)
		if len(issues) > 0 && c.way.uncontrolled != "" {
			c.Doubt("%s", c.way.uncontrolled)
			return nil
		}
		return issues
	})
}

// defused is the judge of values that try to become something else than a token:
// they are refused, and nothing of them is evaluated or comes back as markup or as a
// field.
func defused(c *Case) {
	c.Rows().To(c.beRejected())
	c.Rows().Having(func(x *evidence.Exchange) bool { return x.Response != nil }).To(
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
				if !isJSON(x) { // which no browser executes
					add(where, "the script element of the token")
				}
			}
			for _, where := range o.echoed(echoTemplate) {
				add(where, "the value of the template expression in the token")
			}
			return issues
		}))
}

// note records the status of each answer.
func (c *Case) note(answers Answers) {
	for _, x := range answers.list {
		c.look(x)
		c.Note("%s: %s", x.ID(), match.Status(x))
	}
}

// serveNoData accepts everything but a success that carries the data of Table 2.
func (c *Case) serveNoData() *match.Matcher {
	return c.asUsual(match.New("serve no data", func(x *evidence.Exchange) []schemas.Issue {
		if x.Status() >= 300 || !c.hasData(x) {
			return nil
		}
		return one("auth.data-served", "body", "no members of Table 2 without a valid token", match.Status(x)+" with members of Table 2")
	}))
}

// haveSameData accepts refusals and the same members of Table 2 with the same values
// as the first answer of another row, but for those that change by themselves. Only
// the names of members that differ are told.
func (c *Case) haveSameData(row string) *match.Matcher {
	return match.New("have the same data as "+row, func(x *evidence.Exchange) []schemas.Issue {
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
		volatile := c.volatile()
		return slices.DeleteFunc(differences(c.members(base), c.members(x), row), func(i schemas.Issue) bool {
			name := strings.TrimPrefix(i.Where, "/")
			return !isTabled(name) || volatile[name]
		})
	})
}

// volatile are the members of Table 2 that two equal requests for one customer got
// with different values (ISOL-09). No other comparison says anything by them.
func (c *Case) volatile() map[string]bool {
	if c.unsteady != nil {
		return c.unsteady
	}
	c.rows = append(c.rows, "V02")
	names := map[string]bool{}
	c.unsteady = names
	a, b := c.firstSuccess("V01"), c.firstSuccess("V02")
	if a == nil || b == nil || !c.sameCustomer(a, b) {
		return names
	}
	for _, issue := range differences(c.members(a), c.members(b), a.ID()) {
		if name := strings.TrimPrefix(issue.Where, "/"); isTabled(name) {
			names[name] = true
		}
	}
	return names
}

// isTabled tells whether Table 2 has a member of that name.
func isTabled(name string) bool {
	return slices.ContainsFunc(table2, func(m member) bool { return m.name == name })
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

// sameValue compares two values of a member as JSON values.
func sameValue(name string, a, b strictjson.Value) bool {
	if name == "portalUrl" && a.Kind == strictjson.String && b.Kind == strictjson.String {
		return len(portalurl.Compare(a.String, b.String, portalurl.Volatile)) == 0
	}
	return a.Equal(b)
}

// fieldSays judges the value of one response field.
func fieldSays(name, words string, good func(value string) bool) *match.Matcher {
	return match.New("carry "+name+": "+words, func(x *evidence.Exchange) []schemas.Issue {
		values := x.Response.Header.Values(name)
		if slices.ContainsFunc(values, func(v string) bool { return good(strings.TrimSpace(v)) }) {
			return nil
		}
		observed := "another value"
		if len(values) == 0 {
			observed = "no such field"
		}
		return one("http.field", "header "+name, words, observed)
	})
}

// one is a single issue.
func one(code, where, expected, observed string) []schemas.Issue {
	return []schemas.Issue{{Code: code, Where: where, Expected: expected, Observed: observed}}
}

// plural is a count with its noun: "1 byte", "2 bytes".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
