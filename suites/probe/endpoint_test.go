package probe

import "testing"

func TestParseEndpoint(t *testing.T) {
	tests := []struct {
		target, path string
		want         Endpoint
	}{
		{"https://service.besclouds.com", "", Endpoint{true, "service.besclouds.com", "service.besclouds.com:443", DefaultPath}},
		{"https://service.besclouds.com/", "", Endpoint{true, "service.besclouds.com", "service.besclouds.com:443", DefaultPath}},
		{"https://a.example:8443" + DefaultPath, "", Endpoint{true, "a.example:8443", "a.example:8443", DefaultPath}},
		{"http://127.0.0.1:80/gateway/", "", Endpoint{false, "127.0.0.1:80", "127.0.0.1:80", "/gateway" + DefaultPath}},
		{"http://[::1]:8080/x", "/y/z", Endpoint{false, "[::1]:8080", "[::1]:8080", "/y/z"}},
		{"http://localhost:/", "", Endpoint{false, "localhost", "localhost:80", DefaultPath}},
		{"https://a.example/a%2Fb", "", Endpoint{true, "a.example", "a.example:443", "/a%2Fb" + DefaultPath}},
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
	} {
		if e, err := ParseEndpoint(bad[0], bad[1]); err == nil {
			t.Errorf("ParseEndpoint(%q, %q) = %+v, want an error", bad[0], bad[1], e)
		}
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
		"https://a.example":      {false, "a.example", "a.example:80", DefaultPath},
		"https://a.example:443":  {false, "a.example", "a.example:80", DefaultPath},
		"https://a.example:8443": {false, "a.example:8443", "a.example:8443", DefaultPath},
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
