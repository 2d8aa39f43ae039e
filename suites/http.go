package suites

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/schemas/media"
	"omaspec/suites/match"
	"omaspec/suites/probe"
)

// httpJudges judge the messages themselves (RFC 9110, RFC 9112), what the
// example prints as response header, and the transport.
var httpJudges = map[string]func(*Case){
	"HTTP-01": func(c *Case) { c.Every(notHead).To(asLongAsDeclared) },
	"HTTP-02": contentType,
	"HTTP-03": challenge,
	"HTTP-04": func(c *Case) { c.Successes().To(notStored) },
	"HTTP-05": varies,
	"HTTP-06": func(c *Case) {
		c.Successes().To(fieldSays("X-Content-Type-Options", "nosniff", func(v string) bool { return strings.EqualFold(v, "nosniff") }))
	},
	"HTTP-07": strictTransport,
	"HTTP-08": httpsOnly,
	"HTTP-09": oldTLS,
	"HTTP-10": certificate,
	"HTTP-11": func(c *Case) { c.Every(anyAnswer).To(plainCookies) },
	"HTTP-12": crossOrigin,
	"HTTP-13": traceRefused,
	"HTTP-14": contentCoding,
	"HTTP-15": func(c *Case) { c.Rows().To(match.BeRejected()) },
	"HTTP-16": foreignHost,
	"HTTP-17": func(c *Case) { c.Rows().To(noScript(c)) },
	"HTTP-18": func(c *Case) { c.Rows().To(bodiless) },
	"HTTP-19": transportFacts,
	"HTTP-20": func(c *Case) { c.Successes().To(notScriptable) },
}

// asLongAsDeclared compares the body with Content-Length. Bytes after the message
// can be seen only on a raw connection that is read to its end.
var asLongAsDeclared = match.New("be as long as declared", func(x *evidence.Exchange) []schemas.Issue {
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
	where, expected := "body", "a body that ends where its framing says"
	switch {
	case r.Header.Has("Transfer-Encoding"):
		where = "header Transfer-Encoding"
	case r.Declared >= 0:
		where, expected = "header Content-Length", "as many bytes as Content-Length says" // a number of the target's own choice is not repeated
	}
	return one("http.content-length", where, expected, observed)
})

// contentTypeIssues judges Content-Type as a media type. The charset is judged
// with the encoding of the bytes (BODY-02).
func contentTypeIssues(x *evidence.Exchange) []schemas.Issue {
	_, issues := media.ContentType(x.Response.Header.Get("Content-Type"))
	return issues
}

// isJSON tells whether an answer says that it is JSON.
func isJSON(x *evidence.Exchange) bool {
	return !slices.ContainsFunc(contentTypeIssues(x), func(i schemas.Issue) bool { return i.Code != "media.charset" })
}

// jsonForms are the forms of error bodies that are JSON, and have to say so.
var jsonForms = []media.Form{media.JSONString, media.InSchema, media.OtherObject}

func contentType(c *Case) {
	c.Every(func(x *evidence.Exchange) bool {
		return x.Status() == 200 && c.documented(x) || (x.Status() == 401 || x.Status() == 502) && slices.Contains(jsonForms, c.body(x).form) && notHead(x)
	}).Having(func(x *evidence.Exchange) bool {
		_, executed := scriptable(x)
		return !executed // which HTTP-20 judges
	}).To(match.New("say application/json", contentTypeIssues).Only(func(code string) bool { return code != "media.charset" }))
}

// scriptable judges the media type of a documented 200. Those of others have
// requirements of their own, as STATUS-06 what is asked for as HTML.
func scriptable(x *evidence.Exchange) (schemas.Issue, bool) {
	if x.Status() != 200 {
		return schemas.Issue{}, false
	}
	return media.Scriptable(x.Response.Header.Get("Content-Type"))
}

var notScriptable = match.New("be nothing that browsers execute", func(x *evidence.Exchange) []schemas.Issue {
	if issue, executed := scriptable(x); executed {
		return []schemas.Issue{issue}
	}
	return nil
})

func challenge(c *Case) {
	c.Every(answered(401)).To(match.New("carry a challenge", func(x *evidence.Exchange) []schemas.Issue {
		if strings.TrimSpace(x.Response.Header.Get("WWW-Authenticate")) != "" {
			return nil
		}
		return one("http.challenge-missing", "header WWW-Authenticate", "at least one challenge (RFC 9110 15.5.2)", "no such field")
	}))
}

// directives are the names of the Cache-Control directives of an answer, in
// lower case.
func directives(x *evidence.Exchange) []string {
	var names []string
	for _, value := range x.Response.Header.Values("Cache-Control") {
		for _, directive := range strings.Split(value, ",") {
			name, _, _ := strings.Cut(strings.TrimSpace(directive), "=")
			names = append(names, strings.ToLower(name))
		}
	}
	return names
}

func storable(x *evidence.Exchange) bool {
	d := directives(x)
	return !slices.Contains(d, "no-store") && !slices.Contains(d, "private")
}

var notStored = match.New("forbid storing", func(x *evidence.Exchange) []schemas.Issue {
	if !storable(x) {
		return nil
	}
	observed := "no Cache-Control"
	if x.Response.Header.Has("Cache-Control") {
		observed = "a Cache-Control without either"
	}
	return one("http.storable", "header Cache-Control", "no-store or private", observed)
})

// varies judges the answers that a cache may store.
func varies(c *Case) {
	answers := c.Successes()
	if len(answers.list) > 0 && len(answers.Having(storable).list) == 0 {
		c.NotApplicable("no answer may be stored")
	}
	answers.Having(storable).To(fieldSays("Vary", "X-Auth-Token or *", func(v string) bool {
		v = strings.ToLower(v)
		return strings.Contains(v, "x-auth-token") || strings.TrimSpace(v) == "*"
	}))
}

// plainCookies accepts no cookie but one that a browser keeps to itself.
var plainCookies = match.New("set no unprotected cookie", func(x *evidence.Exchange) []schemas.Issue {
	for _, cookie := range x.Response.Header.Values("Set-Cookie") {
		attributes := map[string]bool{}
		for _, attribute := range strings.Split(strings.ToLower(cookie), ";")[1:] {
			name, _, _ := strings.Cut(attribute, "=")
			attributes[strings.TrimSpace(name)] = true
		}
		for _, attribute := range []string{"secure", "httponly", "samesite"} {
			if !attributes[attribute] {
				return one("http.cookie", "header Set-Cookie", "no cookie, or one that is Secure, HttpOnly and SameSite", "a cookie without "+attribute)
			}
		}
	}
	return nil
})

// evilOrigin is the origin that the probes of row R24 come from.
const evilOrigin = "https://evil.example"

// crossOrigin judges the answers that a page could read: what a preflight allows lets it
// ask, and the answer decides by itself who may read it.
func crossOrigin(c *Case) {
	c.Probes("R24.get").To(match.New("admit no foreign origin", func(x *evidence.Exchange) []schemas.Issue {
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
		return one("http.cors", "header Access-Control-Allow-Origin", "no field, or an origin that is trusted", observed)
	}))
}

// traceRefused judges TRACE, which must neither succeed nor repeat the request.
func traceRefused(c *Case) {
	c.Rows().To(match.New("refuse TRACE", func(x *evidence.Exchange) []schemas.Issue {
		if x.Status() != 200 {
			return nil
		}
		return one("http.trace", "status line", "405 or another refusal", "200")
	}))
}

// contentCoding judges codings wherever one is used, and the answers to
// Accept-Encoding against the baseline.
func contentCoding(c *Case) {
	c.Every(func(x *evidence.Exchange) bool { return x.Response.Header.Has("Content-Encoding") }).To(
		match.New("use a coding that was asked for and decodes", func(x *evidence.Exchange) []schemas.Issue {
			if failure := c.body(x).undecode; failure != "" {
				return one("http.content-coding", "header Content-Encoding", "a body that decodes", failure)
			}
			if x.Row() != "R17" && !strings.EqualFold(x.Response.Header.Get("Content-Encoding"), "identity") {
				return one("http.content-coding", "header Content-Encoding", "no content coding, since none was asked for", "a content coding")
			}
			return nil
		}))
	c.Rows("R17").To(c.succeed(200, 406), c.haveSameData("V01"))
}

func foreignHost(c *Case) {
	c.Rows().To(match.New("not repeat a foreign host", func(x *evidence.Exchange) []schemas.Issue {
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

// noScript accepts everything but the data as an argument of a function.
func noScript(c *Case) *match.Matcher {
	return match.New("be no script", func(x *evidence.Exchange) []schemas.Issue {
		if len(c.observe(x).echoed(echoCallback)) == 0 {
			return nil
		}
		return one("body.jsonp", "body", "JSON", "a call of the function that the parameter names")
	})
}

var bodiless = match.New("have no body", func(x *evidence.Exchange) []schemas.Issue {
	if n := len(x.Response.Body) + len(x.Response.Extra); n > 0 {
		return one("http.head-body", "body", "no body after the header section (RFC 9110 9.3.2)", plural(n, "byte"))
	}
	return nil
})

const plainTarget = "the target is addressed over plain http"

// minimumHSTS is a year in seconds (ASVS 3.4.1).
const minimumHSTS = 31536000

func strictTransport(c *Case) {
	if !c.Secure {
		c.NotApplicable(plainTarget)
		return
	}
	c.Successes().To(fieldSays("Strict-Transport-Security", "max-age of at least "+strconv.Itoa(minimumHSTS), func(value string) bool {
		for _, directive := range strings.Split(strings.ToLower(value), ";") {
			age, ok := strings.CutPrefix(strings.TrimSpace(directive), "max-age=")
			if seconds, err := strconv.ParseInt(strings.Trim(age, `"`), 10, 64); ok && err == nil {
				return seconds >= minimumHSTS
			}
		}
		return false
	}))
}

// httpsOnly judges the target's own scheme, and that nothing is served when its
// https host is asked over plain http (row T01).
func httpsOnly(c *Case) {
	switch {
	case c.Secure:
		c.Rows("T01").To(match.New("serve nothing over plain http", func(x *evidence.Exchange) []schemas.Issue {
			if x.Response == nil || x.Status() >= 400 && x.Status() != 401 || x.Status() >= 300 && x.Status() < 400 && !c.isObject(x) {
				return nil
			}
			return one("http.plaintext", "status line", "no connection, or a refusal by the server", match.Status(x)+" from the endpoint over plain http")
		}).Without(evidence.FailureDial, evidence.FailureTLS, evidence.FailureTimeout, evidence.FailureReset, evidence.FailureClosed, evidence.FailureMalformed))
	case c.Loopback:
		c.NotApplicable("the target is on this machine's loopback, over plain http")
	default:
		c.Find(schemas.Issue{Code: "http.plaintext", Where: "URI", Expected: "https", Observed: "the target is addressed over plain http, which --allow-plaintext permitted"}, c.exchanges[:min(1, len(c.exchanges))]...)
	}
}

// oldTLS judges the handshakes of row T02.
func oldTLS(c *Case) {
	if !c.Secure {
		c.NotApplicable(plainTarget)
		return
	}
	handshakes := c.handshakes("T02")
	for _, h := range handshakes {
		switch h.Outcome {
		case evidence.HandshakeAccepted:
			c.Find(schemas.Issue{Code: "tls.version", Where: "handshake", Expected: h.Version + " is refused", Observed: h.Version + " is accepted"})
		case evidence.HandshakeUnknown:
			c.Doubt("%s: the handshake with %s could not be tried: %s", h.Probe, h.Version, h.Detail)
		}
		c.judged = append(c.judged, h.Probe)
	}
}

// handshakes are the results of a row's handshakes. Where there are none, the
// row counts as not sent.
func (c *Case) handshakes(row string) []evidence.HandshakeResult {
	c.rows = append(c.rows, row)
	var results []evidence.HandshakeResult
	if c.gathering.Transport != nil {
		for _, h := range c.gathering.Transport.Handshakes {
			if evidence.RowOf(h.Probe) == row {
				results = append(results, h)
			}
		}
	}
	if len(results) == 0 {
		c.gaps = append(c.gaps, c.unsent(row)...)
	}
	return results
}

// certificate judges what the verification of the server's certificate said.
func certificate(c *Case) {
	if !c.Secure {
		c.NotApplicable(plainTarget)
		return
	}
	c.rows = append(c.rows, evidence.RowOf(probe.Baseline)) // whose connection showed it first
	cert := c.gathering.Transport
	switch {
	case cert == nil:
		c.Doubt("no certificate was seen")
		return
	case cert.Insecure && cert.Problem != "":
		c.Gap("the certificate does not verify, which --insecure-skip-verify permitted: "+cert.Problem, "give the CA with --ca-file instead")
		return
	}
	c.judged = append(c.judged, probe.Baseline)
	if cert.Problem != "" {
		c.Find(schemas.Issue{Code: "tls.certificate", Where: "certificate", Expected: "a certificate that verifies", Observed: cert.Problem})
	}
	if cert.Problem != evidence.Expired && cert.DaysLeft < evidence.MostDaysLeft {
		c.Find(schemas.Issue{Code: "tls.expiry", Where: "certificate", Expected: fmt.Sprintf("valid for %d more days, or for a tenth of its lifetime", evidence.MostDaysLeft), Observed: fmt.Sprintf("valid for %d more days", cert.DaysLeft)})
	}
}

// expired tells whether the handshake showed a certificate that nobody accepts.
func (v *View) expired() bool {
	cert := v.gathering.Transport
	return cert != nil && cert.Problem == evidence.Expired && !cert.Insecure
}

// skewLimit is how far the target's clock may be off before it is noted, as much as
// Kerberos and most token services tolerate.
const skewLimit = 5 * time.Minute

// noteWaits records how long refusals of different kinds took (row L10), which
// says how much of a token was compared only if it differs by far. It has no
// verdict.
func (c *Case) noteWaits() {
	kinds := map[string][]time.Duration{}
	for _, x := range c.Rows("L10").list {
		_, kind, _ := strings.Cut(probe.Title(x.ID()), ": ")
		kinds[kind] = append(kinds[kind], x.Timings.Wait)
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		waits := kinds[kind]
		slices.Sort(waits)
		c.Note("refusal of %s: median %s", kind, waits[len(waits)/2].Round(evidence.Precision))
	}
}

// transportFacts records what has no verdict.
func transportFacts(c *Case) {
	var protocols, forms []string
	var waits []time.Duration
	for _, x := range c.Every(anyAnswer).list {
		c.look(x)
		if !slices.Contains(protocols, x.Response.Proto) {
			protocols = append(protocols, x.Response.Proto)
		}
		if x.Status() == 401 {
			if form := string(c.body(x).form); !slices.Contains(forms, form) {
				forms = append(forms, form)
			}
		}
		waits = append(waits, x.Timings.Wait)
		for _, name := range []string{"Server", "X-Powered-By", "X-AspNet-Version"} {
			if strings.ContainsAny(x.Response.Header.Get(name), "0123456789") {
				c.Note("%s names a version", name)
			}
		}
		if date, err := time.Parse(time.RFC1123, x.Response.Header.Get("Date")); err == nil && date.Sub(x.Started).Abs() > skewLimit {
			c.Note("the clock of the target is off by more than %s", skewLimit)
		}
	}
	slices.Sort(protocols)
	c.Note("protocols: %s", strings.Join(protocols, ", "))
	if len(forms) > 1 {
		c.Note("refusals have %d different forms", len(forms))
	}
	if len(waits) > 0 {
		slices.Sort(waits)
		c.Note("time to first byte: median %s, longest %s", waits[len(waits)/2].Round(evidence.Precision), waits[len(waits)-1].Round(evidence.Precision))
	}
	for _, h := range c.handshakes("T03") {
		c.Note("%s: %s", h.Version, h.Outcome)
	}
	c.noteWaits()
	c.note(c.Rows("V06", "L08", "L09", "R23"))
}
