package suites

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"omaspec/reports/exchange"
	"omaspec/schemas"
	"omaspec/suites/match"
	"omaspec/suites/probe"
)

// transport judges the scheme of the page's URI: https, its versions and its
// certificate; and records what the transport looks like.
var transport = section{"URI: transport", map[string]func(*Case){
	"HTTP-07": strictTransport,
	"HTTP-08": httpsOnly,
	"HTTP-09": oldTLS,
	"HTTP-10": certificate,
	"HTTP-19": transportFacts,
}}

const plainTarget = "the target is addressed over plain http"

// minimumHSTS is a year in seconds (ASVS 3.4.1).
const minimumHSTS = 31536000

func strictTransport(c *Case) {
	if !c.Secure {
		c.Absent(plainTarget)
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
		c.Rows("T01").To(match.New("serve nothing over plain http", func(x *exchange.Exchange) []schemas.Issue {
			if x.Response == nil || x.Status() >= 400 && x.Status() != 401 || x.Status() >= 300 && x.Status() < 400 && !c.isObject(x) {
				return nil
			}
			return []schemas.Issue{{Code: "http.plaintext", Where: "status line", Expected: "no connection, or a refusal by the server", Observed: match.Status(x) + " from the endpoint over plain http"}}
		}).Without("dial", "tls", "timeout", "reset", "closed", "malformed"))
	case c.Loopback:
		c.Absent("the target is on this machine's loopback, over plain http")
	default:
		c.Find(schemas.Issue{Code: "http.plaintext", Where: "URI", Expected: "https", Observed: "the target is addressed over plain http, which --allow-plaintext permitted"}, c.exchanges[:min(1, len(c.exchanges))]...)
	}
}

// oldTLS judges the handshakes of row T02.
func oldTLS(c *Case) {
	if !c.Secure {
		c.Absent(plainTarget)
		return
	}
	handshakes := c.handshakes("T02")
	for _, h := range handshakes {
		switch h.Outcome {
		case probe.HandshakeAccepted:
			c.Find(schemas.Issue{Code: "tls.version", Where: "handshake", Expected: h.Version + " is refused", Observed: h.Version + " is accepted"})
		case probe.HandshakeUnknown:
			c.Doubt("%s: the handshake with %s could not be tried: %s", h.Probe, h.Version, h.Detail)
		}
		c.judged = append(c.judged, h.Probe)
	}
}

// handshakes are the results of a row's handshakes. Where there are none, the
// row counts as not sent.
func (c *Case) handshakes(row string) []probe.HandshakeResult {
	c.rows = append(c.rows, row)
	var results []probe.HandshakeResult
	if c.gathering.Transport != nil {
		for _, h := range c.gathering.Transport.Handshakes {
			if rowOf(h.Probe) == row {
				results = append(results, h)
			}
		}
	}
	if len(results) == 0 {
		c.gaps = append(c.gaps, c.unsent(row)...)
	}
	return results
}

// minimumValidity is how long a certificate must still be good for.
const minimumValidity = 14 * 24 * time.Hour

// certificate judges what the verification of the server's certificate said.
func certificate(c *Case) {
	if !c.Secure {
		c.Absent(plainTarget)
		return
	}
	c.rows = append(c.rows, rowOf(probe.Baseline)) // whose connection showed it first
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
	if left := cert.NotAfter.Sub(c.Now); left < minimumValidity {
		c.Find(schemas.Issue{Code: "tls.expiry", Where: "certificate", Expected: "valid for 14 more days", Observed: fmt.Sprintf("valid for %d more days", int(left.Hours()/24))})
	}
}

// skewLimit is how far the target's clock may be off before it is noted.
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
		c.Note("refusal of %s: median %s", kind, waits[len(waits)/2].Round(10*time.Microsecond))
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
			if form := string(c.form(x)); !slices.Contains(forms, form) {
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
		c.Note("time to first byte: median %s, longest %s", waits[len(waits)/2].Round(100*time.Microsecond), waits[len(waits)-1].Round(100*time.Microsecond))
	}
	for _, h := range c.handshakes("T03") {
		c.Note("%s: %s", h.Version, h.Outcome)
	}
	c.noteWaits()
	c.note(c.Rows("V06", "L08", "L09", "R23"))
}
