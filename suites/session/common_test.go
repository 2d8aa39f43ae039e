package session

import (
	"strings"
	"testing"
	"time"

	"omaspec/schemas"
	"omaspec/suites/probe"
)

// TestCommon holds what can be kept out of reports and what cannot.
func TestCommon(t *testing.T) {
	for _, value := range []string{"", "x", "test", "1234567", "王", "querytenantbasic", "QUERYTENANTBASIC", "undefined", "Unauthorized operation.", "139****6421", "----------------", "{}[]{}[]", "业务失败", "Cache-Control", "application/json",
		"expired.session.of.user", "Forbidden_Operation", "not/found/here", "GATEWAY ERROR 502", "login-7-denied-3", "1-2-3-4-5-6-7", "{session:abc}", "please_contact_support",
		"X-Auth-Token", "Requirements", "background", "not exercised", "conformant", "OMASPEC_TOKEN", "AUTH-01 ", schemas.PagePublished,
		schemas.PageSHA256(), strings.ToUpper(schemas.PageSHA256()), schemas.PageSHA256()[7:23], time.Now().UTC().Format(time.DateOnly)} {
		if !common(value) && len(value) > 0 {
			t.Errorf("%q can be kept out of reports", value)
		}
	}
	for _, value := range []string{"0000000000Mk3srLl4pnoBcQ7tYvW2aXzEuNdHfJgKqq8=", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ0ZW5hbnQtMTMxIn0.c2lnbmF0dXJl",
		"deadbeef-1111-4222-8333-444455556666", "48151623", "15-11-1901", "session-48151623", "login.kunlun.denied7", "a1-b2-c3-d4", "correct horse battery staple", "😀😀😀😀😀😀", "孙开孙开孙开", strings.Repeat("k", 9),
		"0123456789abcdef0123456789abcdef"} {
		if common(value) {
			t.Errorf("%q cannot be kept out of reports", value)
		}
	}
	for _, p := range probe.Catalogue() {
		for _, step := range p.Steps {
			for _, f := range step.Fields {
				if !strings.Contains(f.Value, "{") && len(f.Value) > 0 && !common(f.Value) {
					t.Errorf("%s sends %q, which can be kept out of reports", p.ID, f.Value)
				}
			}
		}
	}
}
