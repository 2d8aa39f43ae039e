package probe

import (
	"strings"
	"testing"
)

func TestParseEndpoint(t *testing.T) {
	tests := []struct {
		target, path string
		want         Endpoint
	}{
		{"https://service.besclouds.com", "", Endpoint{true, "service.besclouds.com", "service.besclouds.com:443", DefaultPath, ""}},
		{"https://service.besclouds.com/", "", Endpoint{true, "service.besclouds.com", "service.besclouds.com:443", DefaultPath, ""}},
		{"https://a.example:8443" + DefaultPath, "", Endpoint{true, "a.example:8443", "a.example:8443", DefaultPath, ""}},
		{"http://127.0.0.1:80/gateway/", "", Endpoint{false, "127.0.0.1:80", "127.0.0.1:80", "/gateway" + DefaultPath, ""}},
		{"http://[::1]:8080/x", "/y/z", Endpoint{false, "[::1]:8080", "[::1]:8080", "/y/z", ""}},
		{"http://localhost:/", "", Endpoint{false, "localhost", "localhost:80", DefaultPath, ""}},
		{"http://[fe80::1%25eth0]:8080", "", Endpoint{false, "[fe80::1]:8080", "[fe80::1%eth0]:8080", DefaultPath, "eth0"}},
		{"https://[FE80::1%25en-1.2]", "/x", Endpoint{true, "[FE80::1]", "[FE80::1%en-1.2]:443", "/x", "en-1.2"}},
		{"https://a.example/a%2Fb", "", Endpoint{true, "a.example", "a.example:443", "/a%2Fb" + DefaultPath, ""}},
	}
	for _, tt := range tests {
		got, err := ParseEndpoint(tt.target, tt.path)
		if got != tt.want || err != nil {
			t.Errorf("ParseEndpoint(%q, %q) = %+v, %v; want %+v", tt.target, tt.path, got, err, tt.want)
		}
	}
	for _, bad := range [][2]string{
		{"", ""}, {"service.besclouds.com", ""}, {"ftp://a.example", ""}, {"https://", ""}, {"https://:443", ""}, {"http://a b/", ""},
		{"https://u:p@a.example", ""}, {"https://a.example/?x=1", ""}, {"https://a.example/#f", ""}, {"https://a.example/?", ""},
		{"https://a.example:0", ""}, {"https://a.example:65536", ""}, {"https://a.example:x", ""}, {"https://bücher.example", ""},
		{"https://a.example", "x"}, {"https://a.example", "/"}, {"https://a.example", "/a b"}, {"https://a.example", "/a?b"},
		{"https://a.example", "/{token:valid}"}, {"https://a.example", "/a\r\nb"}, {"https://{path}", ""},
		{"http://[fe80::1%25]", ""}, {"http://[fe80::1%25e th0]", ""}, {"http://[fe80::1%25%7Bpath%7D]", ""}, {"http://a%25eth0", ""}, {"http://[10.0.0.1%25eth0]", ""},
	} {
		if e, err := ParseEndpoint(bad[0], bad[1]); err == nil {
			t.Errorf("ParseEndpoint(%q, %q) = %+v, want an error", bad[0], bad[1], e)
		}
	}
}

// TestEndpointURL wants the address of an endpoint to lead there again, and what goes
// into requests to be without a zone.
func TestEndpointURL(t *testing.T) {
	for _, target := range []string{"https://a.example/x", "http://[::1]:8080/x", "http://[fe80::1%25eth0]:8080/x"} {
		e := endpointOf(t, target)
		if e.URL() != target+DefaultPath {
			t.Errorf("%s is said to be %s", target, e.URL())
		}
		if again := endpointOf(t, e.URL()); again != e {
			t.Errorf("%s: %+v, and again %+v", target, e, again)
		}
		if origin, err := e.resolve("{origin} {host}"); err != nil || strings.Contains(origin, "eth0") {
			t.Errorf("%s: requests hold %s", target, origin)
		}
	}
}

func TestVia(t *testing.T) {
	for _, test := range []struct{ target, addr, plain string }{
		{"https://a.example", "10.0.0.7:443", "10.0.0.7:80"},
		{"https://a.example", "10.0.0.7:8443", "10.0.0.7:8443"},
		{"https://a.example:8443", "node-7:443", "node-7:80"},
		{"http://a.example", "[::1]:8080", "[::1]:8080"},
	} {
		e := endpointOf(t, test.target)
		via := e.Via(test.addr)
		if via.Addr != test.addr || via.Host != e.Host || via.URL() != e.URL() || via.hostname() != e.hostname() {
			t.Errorf("%s via %s: %+v", test.target, test.addr, via)
		}
		if got := via.plaintext(); got.Addr != test.plain || got.Host != e.plaintext().Host {
			t.Errorf("%s via %s, in clear text: %+v", test.target, test.addr, got)
		}
		if e.rerouted() || !via.rerouted() || e.Via("") != e {
			t.Errorf("%s via %s: rerouted %v, %v", test.target, test.addr, e.rerouted(), via.rerouted())
		}
		if via.Loopback() {
			t.Errorf("%s via %s is taken for this machine, and its name is another's", test.target, test.addr)
		}
	}
	if endpointOf(t, "http://localhost").Via("10.0.0.7:80").Loopback() {
		t.Error("another machine is taken for this one")
	}
}

func TestLoopback(t *testing.T) {
	for target, want := range map[string]bool{
		"http://127.0.0.1": true, "http://127.9.9.9:1": true, "http://[::1]:8080": true, "http://localhost": true, "http://LOCALHOST.": true,
		"http://a.localhost": true, "http://127.0.0.1.example": false, "http://localhost.example": false, "http://10.0.0.1": false,
		"http://0.0.0.0": false,
	} {
		if got := endpointOf(t, target).Loopback(); got != want {
			t.Errorf("%s: loopback %v, want %v", target, got, want)
		}
	}
}

func TestPlaintext(t *testing.T) {
	for target, want := range map[string]Endpoint{
		"https://a.example":      {false, "a.example", "a.example:80", DefaultPath, ""},
		"https://a.example:443":  {false, "a.example", "a.example:80", DefaultPath, ""},
		"https://a.example:8443": {false, "a.example:8443", "a.example:8443", DefaultPath, ""},
	} {
		if got := endpointOf(t, target).plaintext(); got != want {
			t.Errorf("%s: %+v, want %+v", target, got, want)
		}
	}
}

func TestPathForms(t *testing.T) {
	want := map[string]string{
		"upper": "/A/B", "double-slash": "//a//b", "dot": "/a/./b", "dot-dot": "/a/x/../b", "encoded-dot": "/a/%2e/b",
		"dot-dot-semicolon": "/a/x/..;/b", "encoded-slash": "/a%2fb", "encoded-last-octet": "/a/%62",
	}
	for name := range pathForms {
		got, err := Endpoint{Path: "/a/b"}.resolve("{path|" + name + "}")
		if got != want[name] || err != nil {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want[name])
		}
	}
	if _, err := (Endpoint{Path: "/a"}).resolve("{path|no-form}"); err == nil {
		t.Error("an unknown form of the path is accepted")
	}
}
