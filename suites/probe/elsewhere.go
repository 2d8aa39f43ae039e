package probe

import (
	"fmt"
	"net/url"
	"strings"

	"omaspec/reports/evidence"
	"omaspec/schemas/lazy"
)

// elsewhere says why an answer to the baseline does not come from the endpoint at
// target, and which option mends that; "" of an answer that may.
func elsewhere(x *evidence.Exchange, target Endpoint) string {
	body := string(x.Response.Body)
	switch status := x.Status(); {
	case status >= 300 && status < 400 && status != 304:
		return fmt.Sprintf("the valid token got %d, a redirect %s, and a run follows none: --target and --path take the final address",
			status, leads(x.Response.Header.Get("Location"), target))
	case status == 404:
		return "the valid token got 404: nothing is at this address; --target and --path say where the endpoint is"
	case status == 400 && !target.Secure && asksForTLS().MatchString(body):
		return "the target's port speaks TLS and was asked over plain http: --target takes an https URL"
	case status == 200 && asksForPassword().MatchString(body):
		return "the valid token got a page that asks for a password: something in front of the endpoint wants a login first; " +
			"--target takes the address behind it, and OMASPEC_GATEWAY_COOKIE or --header what it wants instead"
	}
	return ""
}

// leads says in our words where a redirect of target leads.
func leads(location string, target Endpoint) string {
	there, err := url.Parse(location)
	switch {
	case err != nil || location == "":
		return "to nowhere"
	case there.Host != "" && !strings.EqualFold(there.Host, target.Host) && !strings.EqualFold(there.Hostname(), target.hostname()):
		return "to another host"
	case there.Scheme == "https" && !target.Secure:
		return "to https on the same host"
	case there.Scheme == "http" && target.Secure:
		return "to plain http on the same host"
	case there.Host != "" && !strings.EqualFold(there.Host, target.Host):
		return "to another port of the same host"
	case there.Path != target.Path:
		return "to another path of the same host"
	}
	return "to itself"
}

// asksForTLS are the words of nginx, Go and Apache to plain http on a port that
// speaks TLS.
var asksForTLS = lazy.Regexp(`(?i)plain HTTP request was sent to HTTPS port|sent an HTTP request to an HTTPS server|speaking plain HTTP to an SSL-enabled server port`)

// asksForPassword finds the field for a password of an HTML form.
var asksForPassword = lazy.Regexp(`(?i)<input\b[^<>]{0,200}\btype\s*=\s*["']?password\b`)
