package probe

import (
	"strings"
	"testing"

	"omaspec/reports/evidence"
)

// TestElsewhere has answers that do not come from the endpoint, and others beside
// them that may.
func TestElsewhere(t *testing.T) {
	plain, secure := endpointOf(t, "http://target.example:8080/a"), endpointOf(t, "https://target.example/a")
	for _, test := range []struct {
		name     string
		status   int
		location string
		body     string
		target   Endpoint
		want     string // part of it; "" is none
	}{
		{"another host", 301, "https://login.example/", "", secure, "a redirect to another host,"},
		{"another host without a scheme", 302, "//login.example/x", "", secure, "a redirect to another host,"},
		{"another path", 302, "/elsewhere", "", secure, "a redirect to another path of the same host,"},
		{"a trailing slash", 308, secure.Path + "/", "", secure, "a redirect to another path of the same host,"},
		{"https", 301, "https://target.example" + plain.Path, "", plain, "a redirect to https on the same host,"},
		{"https in capitals", 301, "https://TARGET.example:8443" + plain.Path, "", plain, "a redirect to https on the same host,"},
		{"plain http", 301, "http://target.example" + secure.Path, "", secure, "a redirect to plain http on the same host,"},
		{"another port", 301, "http://target.example:9090" + plain.Path, "", plain, "a redirect to another port of the same host,"},
		{"itself", 307, plain.Path, "", plain, "a redirect to itself,"},
		{"no place", 302, "", "", plain, "a redirect to nowhere,"},
		{"no URL", 302, "http://%zz", "", plain, "a redirect to nowhere,"},
		{"not modified", 304, "", "", plain, ""},
		{"no such page", 404, "", "", plain, "got 404"},
		{"nginx", 400, "", "<center>The plain HTTP request was sent to HTTPS port</center>", plain, "--target takes an https URL"},
		{"Go", 400, "", "Client sent an HTTP request to an HTTPS server.\n", plain, "--target takes an https URL"},
		{"Apache", 400, "", "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />", plain, "--target takes an https URL"},
		{"any other bad request", 400, "", "missing header", plain, ""},
		{"over TLS", 400, "", "Client sent an HTTP request to an HTTPS server.\n", secure, ""},
		{"a login page", 200, "", `<form><INPUT name="p" type='password' />`, plain, "asks for a password"},
		{"a login page without quotes", 200, "", `<input type=password>`, plain, "asks for a password"},
		{"a member called password", 200, "", `{"vdn":"input type=password"}`, plain, ""},
		{"data", 200, "", `{"vdn":"150"}`, plain, ""},
		{"refused", 401, "", "", plain, ""},
		{"forbidden", 403, "", "", plain, ""},
	} {
		x := &evidence.Exchange{Response: &evidence.Response{Status: test.status, Body: evidence.Sensitive(test.body)}}
		if test.location != "" {
			x.Response.Header = evidence.Fields{{Name: "Location", Value: evidence.Sensitive(test.location)}}
		}
		if got := elsewhere(x, test.target); !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}
