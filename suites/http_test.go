package suites

import (
	"testing"

	"omaspec/reports/evidence"
)

// TestWhereABodyIsWrong wants Content-Length to be blamed only where there is one.
func TestWhereABodyIsWrong(t *testing.T) {
	const chunked = "Transfer-Encoding"
	for _, test := range []struct {
		name            string
		field, value    string
		declared        int64
		cut, extra      string
		where, observed string
	}{
		{"short", "Content-Length", "9", 9, "short", "", "header Content-Length", "the connection ended after 4 bytes"},
		{"too long", "Content-Length", "4", 4, "", "more", "header Content-Length", "4 more bytes after the end of the message"},
		{"a chunk is missing", chunked, "chunked", -1, "short", "", "header Transfer-Encoding", "the connection ended after 4 bytes"},
		{"bytes after the last chunk", chunked, "chunked", -1, "", "x", "header Transfer-Encoding", "1 more byte after the end of the message"},
		{"bytes after a 204", "Server", "x", -1, "", "xy", "body", "2 more bytes after the end of the message"},
		{"as long as the connection", "Server", "x", -1, "short", "", "", ""},
		{"whole", "Content-Length", "4", 4, "", "", "", ""},
		{"read no further", chunked, "chunked", -1, "limit", "", "", ""},
	} {
		x := got("V01", 200, test.field, test.value)
		x.Response.Body, x.Response.Declared, x.Response.Cut, x.Response.Extra = "body", test.declared, test.cut, evidence.Sensitive(test.extra)
		issues := asLongAsDeclared.Issues(x)
		if test.where == "" && len(issues) == 0 {
			continue
		}
		if len(issues) != 1 || issues[0].Where != test.where || issues[0].Observed != test.observed {
			t.Errorf("%s: %v", test.name, issues)
		}
	}
}
