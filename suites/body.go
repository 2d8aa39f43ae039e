package suites

import (
	"regexp"
	"slices"
	"strings"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/schemas/jsonschema"
	"omaspec/schemas/portalurl"
	"omaspec/schemas/strictjson"
	"omaspec/suites/match"
)

// bodyJudges judge Tables 2 to 4: the bodies of 200, 401 and 502, up to
// their masking.
var bodyJudges = map[string]func(*Case){
	"BODY-01": func(c *Case) {
		c.jsonBodies(match.Codes(strictjson.CodeSyntax, strictjson.CodeTrailing, strictjson.CodeDepth, strictjson.CodeSize, strictjson.CodeNumber, strictjson.CodeEmpty))
	},
	"BODY-02": utf8Everywhere,
	"BODY-03": func(c *Case) { c.jsonBodies(match.Codes(strictjson.CodeDuplicate)) },
	"BODY-04": func(c *Case) { c.jsonBodies(match.Codes(strictjson.CodeDuplicateDiffers)) },
	"BODY-05": envelope,
	"BODY-11": documentedMember("mobilePhone"),
	"BODY-12": documentedMember("company"),
	"BODY-13": documentedMember("customerName"),
	"BODY-14": documentedMember("email"),
	"BODY-15": documentedMember("vdn"),
	"BODY-16": documentedMember("createDate"),
	"BODY-17": documentedMember("tenantSpaceStatus"),
	"BODY-18": documentedMember("portalUrl"),
	"BODY-19": noEmptyStrings,
	"BODY-20": stringsLike("vdn", regexp.MustCompile(`^[0-9]{1,10}$`), "1 to 10 digits"),
	"BODY-21": stringsLike("tenantSpaceStatus", regexp.MustCompile(`^[0-9]{1,3}$`), "1 to 3 digits"),
	"BODY-22": func(c *Case) { c.createDates(false) },
	"BODY-23": func(c *Case) { c.createDates(true) },
	"BODY-24": portalURLs(portalurl.Structure),
	"BODY-25": portalURLs(portalurl.Scheme),
	"BODY-26": portalURLs(portalurl.Parameters),
	"BODY-27": portalURLs(portalurl.Placeholders),
	"BODY-28": portalURLs(portalurl.Reach),
	"BODY-29": declaredHosts,
	"BODY-30": undocumentedMembers,
	"BODY-31": func(c *Case) { c.Every(answered(401)).To(sayString(c)) },
	"BODY-32": func(c *Case) { c.Every(answered(401)).To(sayJSONString(c)) },
	"BODY-33": func(c *Case) { c.badGateways().To(sayString(c)) },
	"BODY-34": func(c *Case) { c.badGateways().To(sayJSONString(c)) },
	"BODY-35": bodyFacts,
}

// member is one row of Table 2.
type member struct {
	name string
	kind strictjson.Kind
}

// table2 lists the rows 1.1 to 1.8.
var table2 = []member{
	{"mobilePhone", strictjson.String}, {"company", strictjson.String}, {"customerName", strictjson.String}, {"email", strictjson.String},
	{"vdn", strictjson.String}, {"createDate", strictjson.Number}, {"tenantSpaceStatus", strictjson.String}, {"portalUrl", strictjson.String},
}

// jsonBodies judges the bodies of all successes by the codes of strictjson.
func (c *Case) jsonBodies(codes func(string) bool) {
	c.Successes().To(match.New("be exactly one JSON text", func(x *evidence.Exchange) []schemas.Issue {
		if x.Response.Cut == "limit" {
			return one(strictjson.CodeSize, "body", "a body of some hundred bytes", "more than the 128 KiB at which omaspec stops reading")
		}
		return placed(c.body(x).issues)
	}).Only(codes))
}

// placed gives an issue about the root a name that a person understands.
func placed(issues []schemas.Issue) []schemas.Issue {
	issues = slices.Clone(issues)
	for i := range issues {
		if issues[i].Where == "" {
			issues[i].Where = "body"
		}
	}
	return issues
}

// utf8Everywhere judges the bytes and the declared charset of successes, and of
// the errors that claim to be JSON (row A9).
func utf8Everywhere(c *Case) {
	c.Every(func(x *evidence.Exchange) bool {
		return (x.Status() == 200 && c.documented(x) || x.Status() == 401 || x.Status() == 502) && x.Request.Method != "HEAD" && declaresJSON(x)
	}).To(match.New("be UTF-8 without a byte order mark", func(x *evidence.Exchange) []schemas.Issue {
		issues := append(placed(c.body(x).issues), contentTypeIssues(x)...)
		return slices.DeleteFunc(issues, func(i schemas.Issue) bool {
			return !slices.Contains([]string{strictjson.CodeUTF8, strictjson.CodeBOM, "media.charset"}, i.Code)
		})
	}))
}

// declaresJSON tells whether a body is to be read as JSON: it says so, or it
// belongs to a 200, which the page documents as JSON.
func declaresJSON(x *evidence.Exchange) bool {
	return x.Status() == 200 || strings.Contains(strings.ToLower(x.Response.Header.Get("Content-Type")), "json")
}

// envelope judges where the members of Table 2 stand (row A3).
func envelope(c *Case) {
	want := c.Readings.Value(schemas.Envelope)
	c.Successes().Having(func(x *evidence.Exchange) bool { return !c.body(x).oversize }).To(match.New("have the documented envelope", func(x *evidence.Exchange) []schemas.Issue {
		root := c.body(x).document.Value
		got := "something else"
		if c.isObject(x) {
			got = map[bool]string{false: "flat", true: "wrapped"}[c.body(x).wrapped]
		}
		if got == want || want == "auto" && got != "something else" || !c.body(x).document.Complete && root.Kind == strictjson.Object {
			return nil
		}
		return one("body.envelope", "body", "a JSON object with the members of Table 2, "+want, got)
	}))
}

// documentedMember judges presence and type of one member by the JSON Schema of
// the reading in force.
func documentedMember(name string) func(*Case) {
	return func(c *Case) {
		c.Successes().Having(c.isWhole).To(match.New("match the contract's schema at "+name, func(x *evidence.Exchange) []schemas.Issue {
			return slices.DeleteFunc(c.schemaIssues(x), func(i schemas.Issue) bool { return !strings.HasSuffix(i.Where, "/"+name) })
		}))
	}
}

// schemaIssues validates a success, wrapped or not, by the schema of the reading
// in force.
func (c *Case) schemaIssues(x *evidence.Exchange) []schemas.Issue {
	b := c.body(x)
	name := successSchemas[b.wrapped][c.Readings.Value(schemas.NullMembers) == "allowed"]
	issues, ok := b.schema[name]
	if !ok {
		issues = jsonschema.Validate(name, b.document)
		b.schema[name] = issues
	}
	return slices.Clone(issues)
}

// successSchemas names the schema of a success by whether it is wrapped, and
// whether its members may be null.
var successSchemas = map[bool]map[bool]string{
	false: {false: jsonschema.SuccessFlat, true: jsonschema.SuccessFlatNullable},
	true:  {false: jsonschema.SuccessWrapped, true: jsonschema.SuccessWrappedNullable},
}

// each applies a rule to every value, duplicates included, that a member has in
// the successes.
func (c *Case) each(name, sentence string, rule func(strictjson.Value) []schemas.Issue) {
	c.values(name, sentence, func(_ *Observation, _ int, v strictjson.Value) []schemas.Issue { return rule(v) })
}

func noEmptyStrings(c *Case) {
	for _, m := range table2 {
		c.each(m.name, "have no empty "+m.name, func(v strictjson.Value) []schemas.Issue {
			if v.Kind != strictjson.String || strings.TrimSpace(v.String) != "" {
				return nil
			}
			return one("body.empty", "/"+m.name, "a string that says something", "empty or blank")
		})
	}
}

// stringsLike judges the spelling of a string member. An empty one is judged by
// BODY-19.
func stringsLike(name string, pattern *regexp.Regexp, words string) func(*Case) {
	return func(c *Case) {
		c.each(name, "have "+name+" like "+words, func(v strictjson.Value) []schemas.Issue {
			if v.Kind != strictjson.String || strings.TrimSpace(v.String) == "" || pattern.MatchString(v.String) {
				return nil
			}
			return one("body.format", "/"+name, words, v.Shape())
		})
	}
}

// createDates judges the number literal of createDate: its advisory issues, or
// the others. Another type is judged by BODY-16.
func (c *Case) createDates(advisory bool) {
	c.values("createDate", "have createDate in milliseconds", func(o *Observation, i int, _ strictjson.Value) []schemas.Issue {
		return slices.DeleteFunc(slices.Clone(o.CreateDate[i]), func(i schemas.Issue) bool { return i.Advisory != advisory })
	})
}

// portalURLs judges portalUrl, and its redirect_uri, by the rules of one aspect.
func portalURLs(wanted portalurl.Aspect) func(*Case) {
	return func(c *Case) {
		answers := c.Successes()
		if wanted == portalurl.Sensitive { // which no answer may be
			answers = c.Every(func(x *evidence.Exchange) bool { return x.Status() == 200 && c.isObject(x) })
		}
		c.valuesIn(answers, "portalUrl", "have a good portalUrl", func(o *Observation, i int, _ strictjson.Value) []schemas.Issue {
			if o.PortalURL[i].Unread {
				c.Doubt("a portalUrl was not searched to its end: undoing its encodings makes too much of it")
			}
			return slices.DeleteFunc(slices.Clone(o.PortalURL[i].Issues), func(i schemas.Issue) bool { return portalurl.AspectOf(i.Code) != wanted })
		})
	}
}

func declaredHosts(c *Case) {
	if len(c.PortalHosts)+len(c.RedirectHosts) == 0 {
		c.NotApplicable("no hosts were declared with --portal-hosts or --redirect-hosts")
	}
	portalURLs(portalurl.Hosts)(c)
}

// undocumentedMembers lists members beyond Table 2. Their names may be personal
// data, so only their number is told, and the names that the contract knows.
func undocumentedMembers(c *Case) {
	c.Successes().Having(c.isObject).To(match.New("have the documented members only", func(x *evidence.Exchange) []schemas.Issue {
		var where []string
		for _, name := range c.undocumented(x) {
			where = append(where, "/"+strictjson.SafeName(name))
		}
		if len(where) == 0 {
			return nil
		}
		return one("body.undocumented-member", strings.Join(first(slices.Compact(where), 5), ", "), "the eight members of Table 2", plural(len(where), "more member"))
	}))
}

// undocumented lists the names beyond Table 2 that a 200 has.
func (v *View) undocumented(x *evidence.Exchange) []string {
	names := v.members(x).Names()
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return slices.ContainsFunc(table2, func(m member) bool { return m.name == name })
	})
}

// sayString passes for every form of error body that holds a string which says
// something: the mandatory member of Tables 3 and 4.
func sayString(c *Case) *match.Matcher {
	return match.New("say a string", func(x *evidence.Exchange) []schemas.Issue {
		issue, wrong := c.body(x).form.Issue()
		if !wrong || issue.Advisory && c.Readings.Value(schemas.ErrorBody) == "lenient" {
			return nil
		}
		return []schemas.Issue{issue}
	})
}

// sayJSONString passes for the two forms that Tables 3 and 4 can be read as.
// What sayString reports is not reported again.
func sayJSONString(c *Case) *match.Matcher {
	return match.New("say a JSON string", func(x *evidence.Exchange) []schemas.Issue {
		issue, wrong := c.body(x).form.Issue()
		if !wrong || !issue.Advisory {
			return nil
		}
		return []schemas.Issue{issue}
	})
}

// badGateways selects the 502 that the page documents: that for a token whose back end
// fails. Any other may be a gateway's own.
func (c *Case) badGateways() Answers { return c.Rows("X04").Having(answered(502)) }

// bodyFacts records what the page leaves open.
func bodyFacts(c *Case) {
	for _, x := range c.Every(answered(401)).list {
		c.look(x)
		c.Note("401 form: %s", c.body(x).form)
	}
	for _, x := range c.Every(answered(502)).list {
		c.look(x)
		c.Note("502 form: %s", c.body(x).form)
	}
	for _, x := range c.Successes().Having(c.isObject).list {
		c.look(x)
		if v, ok := c.members(x).Member("createDate"); ok && v.Kind == strictjson.Number && strings.HasSuffix(v.Raw, "000") {
			c.Note("createDate has the precision of seconds")
		}
		for _, seen := range c.observe(x).PortalURL {
			for _, i := range seen.Issues {
				if portalurl.AspectOf(i.Code) == portalurl.Curious {
					c.Note("%s: %s", i.Code, i.Observed)
				}
			}
		}
	}
}
