package suites

import (
	"fmt"
	"testing"

	"omaspec/reports/evidence"
	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
)

// TestOrdinaryWords: true values that are words of a place are no leak there, and
// are one everywhere else.
func TestOrdinaryWords(t *testing.T) {
	field := func(name, value string) *evidence.Response {
		return &evidence.Response{Status: 401, Header: evidence.Fields{{Name: name, Value: evidence.Sensitive(value)}}}
	}
	body := func(status int, text string) *evidence.Response {
		return &evidence.Response{Status: status, Body: evidence.Sensitive(text)}
	}
	tests := []struct {
		truth  string
		answer *evidence.Response
		leaks  bool
	}{
		{"Max", field("Strict-Transport-Security", "max-age=31536000"), false},
		{"Max", field("Cache-Control", "no-store, max-age=0"), false},
		{"Max", field("Cache-Control", "no-store, Max"), true},
		{"Max", field("X-Owner", "Max"), true},
		{"Max", field("Set-Cookie", "k=v; Max-Age=0"), false},
		{"Max", field("Set-Cookie", "k=Max; Path=/"), true},
		{"Max", field("Access-Control-Max-Age", "0"), false},
		{"Max", field("X-Max-Weber", "0"), false}, // as in X-Max-Age
		{"Wang", field("X-Wang", "0"), true},
		{"Ray", field("CF-Ray", "8a1b2c-HKG"), false},
		{"Max", field("NEL", `{"report_to":"default","max_age":86400}`), false},
		{"Max", field("CDN-Cache-Control", "max-age=3600"), false},
		{"Sun", field("X-Served-At", "Sun, 01 Mar 2026 10:00:00 GMT"), false},
		{"Ubuntu", field("Server", "nginx/1.24.0 (Ubuntu)"), false},
		{"Cache", field("Server-Timing", "cdn-cache;desc=HIT"), false},
		{"Home", body(404, "<h1>Not Found</h1><a href='/'>home</a>"), false},
		{"Page", body(404, "<p>The page you asked for is not here.</p>"), false},
		{"Page", body(404, "<p>Mr. Page is not here.</p>"), true},
		{"Huawei", body(200, `{"portalUrl":"https://software.huawei.com/auth?client_id=a&redirect_uri=https://b.example/p"}`), false},
		{"Head", field("Allow", "GET, HEAD"), false},
		{"Head", field("Server", "Head"), true},
		{"Sun", field("Date", "Sun, 29 Nov 2026 08:49:37 GMT"), false},
		{"May", field("Expires", "Fri, 01 May 2026 08:49:37 GMT"), false},
		{"Sun", field("Set-Cookie", "k=v; Expires=Sun, 29 Nov 2026 08:49:37 GMT"), false},
		{"Sun", field("X-Name", "Sun"), true},
		{"Block", field("X-XSS-Protection", "1; mode=block"), false},
		{"Private", field("Cache-Control", "private"), false},
		{"Apache", field("Server", "Apache/2.4.62"), false},
		{"Apache", field("X-Company", "Apache"), true},
		{"White", body(404, `<html><body bgcolor="white"><h1>404</h1></body></html>`), false},
		{"White", body(404, `<style>p { color: white; }</style>`), false},
		{"White", body(404, `<html><p>White</p></html>`), true},
		{"Target", body(404, `<a target="_blank">x</a>`), false},
		{"Target", body(404, `not for Target`), true},
		{"Head", body(404, "<head><title>x</title></head>"), false},
		{"Li", body(404, "<ul><li>x</li></ul>"), false},
		{"Li", body(404, "<ul><li>Li</li></ul>"), true},
		{"Cloud", body(401, `"Unauthorized operation. 1. Check whether you have purchased services related to the AICC. 2. Sign in to the AICC as a system administrator and check whether the value of Business Software Mall Official Website under System parameters > Unified Public Configuration > Cloud Customers is correct. 3. Check whether the request header parameter is correctly set."`), false},
		{"Cloud", body(401, `"no such customer: Cloud"`), true},
		{"Email", body(200, `{"email":"x****@y.cn"}`), false},
		{"Company", body(200, `{"company":"XXXX","remark":"Company"}`), true},
		{"Cloud", body(200, `{"portalUrl":"https://a.example/service-cloud/sm/login/portal.html?client_id=a&redirect_uri=https://b.example/p"}`), false},
		{"Kunlun", body(200, `{"portalUrl":"https://a.example/kunlun/sm?client_id=a&redirect_uri=https://b.example/p"}`), true},
		{"Found", &evidence.Response{Status: 302, Reason: "Found"}, false},
		{"Found", &evidence.Response{Status: 302, Reason: "by Found"}, true},
		{"王晓明", field("Cache-Control", "王晓明"), true},
		{"Tian", body(200, `{"a":"\u0054\u0069\u0061\u006e"}`), true},
	}
	for i, test := range tests {
		t.Run(fmt.Sprint(i, " ", test.truth), func(t *testing.T) {
			x := &evidence.Exchange{Probe: "V01", Request: evidence.Request{Method: "GET", Target: "/"}, Response: test.answer}
			e := &evidence.Evidence{Gathering: evidence.Gathering{Exchanges: []*evidence.Exchange{x}},
				Conditions: evidence.Conditions{Subject: mask.Subjects{"valid": {mask.CustomerName: test.truth}}}}
			o := opened(t, e).observe(x)
			found := len(o.PortalURL) > 0 && len(o.PortalURL[0].Issues) > 0
			for _, h := range o.Hits {
				found = found || h.Kind == leak.Truth
			}
			if found != test.leaks {
				t.Errorf("found: %t, want %t (%+v)", found, test.leaks, o)
			}
		})
	}
}
