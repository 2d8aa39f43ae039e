package suites

import (
	"fmt"
	"slices"
	"strings"

	"omaspec/reports/exchange"
	"omaspec/schemas"
	"omaspec/schemas/media"
	"omaspec/suites/match"
)

// exampleResponseHeader judges the messages themselves: what the example prints
// as response header, and what the page is silent on.
var exampleResponseHeader = section{"Example: response header", map[string]func(*Case){
	"HTTP-01": func(c *Case) { c.Every(notHead).To(asLongAsDeclared) },
	"HTTP-02": contentType,
	"HTTP-04": func(c *Case) { c.Successes().To(notStored) },
	"HTTP-05": varies,
	"HTTP-06": func(c *Case) {
		c.Successes().To(fieldSays("X-Content-Type-Options", "nosniff", func(v string) bool { return strings.EqualFold(v, "nosniff") }))
	},
	"HTTP-11": func(c *Case) { c.Every(anyAnswer).To(plainCookies) },
	"HTTP-12": crossOrigin,
	"HTTP-14": contentCoding,
	"HTTP-15": func(c *Case) { c.Rows("R20").To(badRequest) },
	"HTTP-16": foreignHost,
}}

func notHead(x *exchange.Exchange) bool { return x.Request.Method != "HEAD" }

// asLongAsDeclared compares the body with Content-Length. Bytes after the message
// can be seen only on a raw connection that is read to its end.
var asLongAsDeclared = match.New("be as long as declared", func(x *exchange.Exchange) []schemas.Issue {
	r := x.Response
	observed := ""
	switch {
	case r.Cut == "limit" || r.Cut == "timeout":
		return nil // the harness stopped reading; the body's own rules say so
	case r.Cut == "short" && r.Declared < 0 && !r.Header.Has("Transfer-Encoding"):
		return nil // the end of the connection is the end of the body, and nothing is declared
	case r.Cut == "short":
		observed = fmt.Sprintf("the connection ended after %s", plural(len(r.Body), "byte"))
	case len(r.Extra) > 0:
		observed = plural(len(r.Extra), "more byte") + " after the end of the message"
	default:
		return nil
	}
	expected := "a body that ends where its framing says"
	if r.Declared >= 0 {
		expected = "as many bytes as Content-Length says" // a number of the target's own choice is not repeated
	}
	return []schemas.Issue{{Code: "http.content-length", Where: "header Content-Length", Expected: expected, Observed: observed}}
})

// contentTypeIssues judges Content-Type as a media type. The charset is judged
// with the encoding of the bytes (BODY-02).
func contentTypeIssues(x *exchange.Exchange) []schemas.Issue {
	_, issues := media.ContentType(x.Response.Header.Get("Content-Type"))
	return issues
}

// jsonForms are the forms of error bodies that are JSON, and have to say so.
var jsonForms = []media.Form{media.JSONString, media.InSchema, media.OtherObject}

func contentType(c *Case) {
	c.Every(func(x *exchange.Exchange) bool {
		return x.Status() == 200 && c.documented(x) || (x.Status() == 401 || x.Status() == 502) && slices.Contains(jsonForms, c.form(x)) && notHead(x)
	}).To(match.New("say application/json", contentTypeIssues).Only(func(code string) bool { return code != "media.charset" }))
}

// directives are the names of the Cache-Control directives of an answer, in
// lower case.
func directives(x *exchange.Exchange) []string {
	var names []string
	for _, value := range x.Response.Header.Values("Cache-Control") {
		for _, directive := range strings.Split(value, ",") {
			name, _, _ := strings.Cut(strings.TrimSpace(directive), "=")
			names = append(names, strings.ToLower(name))
		}
	}
	return names
}

func storable(x *exchange.Exchange) bool {
	d := directives(x)
	return !slices.Contains(d, "no-store") && !slices.Contains(d, "private")
}

var notStored = match.New("forbid storing", func(x *exchange.Exchange) []schemas.Issue {
	if !storable(x) {
		return nil
	}
	observed := "no Cache-Control"
	if x.Response.Header.Has("Cache-Control") {
		observed = "a Cache-Control without either"
	}
	return []schemas.Issue{{Code: "http.storable", Where: "header Cache-Control", Expected: "no-store or private", Observed: observed}}
})

// varies judges the answers that a cache may store.
func varies(c *Case) {
	answers := c.Successes()
	if len(answers.list) > 0 && len(answers.Having(storable).list) == 0 {
		c.Absent("no answer may be stored")
	}
	answers.Having(storable).To(fieldSays("Vary", "X-Auth-Token or *", func(v string) bool {
		v = strings.ToLower(v)
		return strings.Contains(v, "x-auth-token") || strings.TrimSpace(v) == "*"
	}))
}

// fieldSays judges the value of one response field.
func fieldSays(name, words string, good func(value string) bool) *match.Matcher {
	return match.New("carry "+name+": "+words, func(x *exchange.Exchange) []schemas.Issue {
		values := x.Response.Header.Values(name)
		if slices.ContainsFunc(values, func(v string) bool { return good(strings.TrimSpace(v)) }) {
			return nil
		}
		observed := "another value"
		if len(values) == 0 {
			observed = "no such field"
		}
		return []schemas.Issue{{Code: "http.field", Where: "header " + name, Expected: words, Observed: observed}}
	})
}

// plainCookies accepts no cookie but one that a browser keeps to itself.
var plainCookies = match.New("set no unprotected cookie", func(x *exchange.Exchange) []schemas.Issue {
	for _, cookie := range x.Response.Header.Values("Set-Cookie") {
		_, attributes, _ := strings.Cut(strings.ToLower(cookie), ";")
		for _, attribute := range []string{"secure", "httponly", "samesite"} {
			if !strings.Contains(attributes, attribute) {
				return []schemas.Issue{{Code: "http.cookie", Where: "header Set-Cookie", Expected: "no cookie, or one that is Secure, HttpOnly and SameSite", Observed: "a cookie without " + attribute}}
			}
		}
	}
	return nil
})

// evilOrigin is the origin that the probes of row R24 come from.
const evilOrigin = "https://evil.example"

func crossOrigin(c *Case) {
	c.Rows("R24").To(match.New("admit no foreign origin", func(x *exchange.Exchange) []schemas.Issue {
		h := x.Response.Header
		origin := strings.TrimSpace(h.Get("Access-Control-Allow-Origin"))
		if origin != "*" && !strings.EqualFold(origin, evilOrigin) && origin != "null" {
			return nil
		}
		observed := "every origin is admitted"
		if origin != "*" {
			observed = "the foreign origin is admitted"
		}
		if strings.EqualFold(h.Get("Access-Control-Allow-Credentials"), "true") {
			observed += ", with credentials"
		}
		return []schemas.Issue{{Code: "http.cors", Where: "header Access-Control-Allow-Origin", Expected: "no field, or an origin that is trusted", Observed: observed}}
	}))
}

// contentCoding judges codings wherever one is used, and the answers to
// Accept-Encoding against the baseline.
func contentCoding(c *Case) {
	c.Every(func(x *exchange.Exchange) bool { return x.Response.Header.Has("Content-Encoding") }).To(
		match.New("use a coding that was asked for and decodes", func(x *exchange.Exchange) []schemas.Issue {
			if failure := c.body(x).undecode; failure != "" {
				return []schemas.Issue{{Code: "http.content-coding", Where: "header Content-Encoding", Expected: "a body that decodes", Observed: failure}}
			}
			if rowOf(x.Probe) != "R17" && !strings.EqualFold(x.Response.Header.Get("Content-Encoding"), "identity") {
				return []schemas.Issue{{Code: "http.content-coding", Where: "header Content-Encoding", Expected: "no content coding, since none was asked for", Observed: "a content coding"}}
			}
			return nil
		}))
	c.Rows("R17").To(match.HaveStatus(200, 406), c.haveSameData("V01"))
}

// badRequest accepts the 400 that RFC 9112 3.2 requires, a closed connection,
// and another refusal.
var badRequest = match.BeRejected()

func foreignHost(c *Case) {
	c.Rows("R21").To(match.New("not repeat a foreign host", func(x *exchange.Exchange) []schemas.Issue {
		if base := c.baseline(); base != nil && slices.Contains(c.observe(base).echoed(echoHost), "body") {
			return nil // it stands there anyway
		}
		var issues []schemas.Issue
		for _, where := range c.observe(x).echoed(echoHost) {
			issues = append(issues, schemas.Issue{Code: "http.host-injection", Where: where, Expected: "the service's own host", Observed: "the host that the request named"})
		}
		return issues
	}))
}
