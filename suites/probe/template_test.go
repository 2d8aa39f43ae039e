package probe

import (
	"errors"
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	w := newTestWallet(t)
	tests := []struct{ symbolic, want string }{
		{"", ""},
		{"{token:valid}", testValid},
		{"Bearer {token:valid}", "Bearer " + testValid},
		{"{token:valid},{token:second-tenant}", testValid + "," + testSecond},
		{"{token:valid|first-8|reversed}", "4lLrs3kM"},
		{"{repeat:ab:3}", "ababab"},
		{"{repeat:A:0}", ""},
		{"a{bytes:0d0a}b", "a\r\nb"},
		{"{sample:unsigned-jwt}", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."},
		{"{sample:page}", "0000000000srLl4pnoBc*************9DvgIB87KzYpxMdE9+vvzLZqYIw="},
		{"{}", "{}"},
		{"{{7*7}}", "{{7*7}}"},
		{"${jndi:dns://127.0.0.1/x}", "${jndi:dns://127.0.0.1/x}"},
		{`{"X-Auth-Token":"{token:valid|in-json}"}`, `{"X-Auth-Token":"` + testValid + `"}`},
	}
	for _, tt := range tests {
		if got, err := w.expand(tt.symbolic); got != tt.want || err != nil {
			t.Errorf("expand(%q) = %q, %v; want %q", tt.symbolic, got, err, tt.want)
		}
	}
}

func TestExpandErrors(t *testing.T) {
	w := walletOf(t, map[Role]string{Valid: "short"})
	for _, symbolic := range []string{
		"{token:nobody}", "{token:valid|no-form}", "{repeat:A}", "{repeat:A:-1}", "{repeat:A:9999999}", "{repeat::3}",
		"{bytes:0}", "{bytes:}", "{etag:V01}", "{header:X-None}", "{path}", "{sample:none}", "{sample}",
	} {
		var missing *MissingError
		var cannot *InapplicableError
		if _, err := w.expand(symbolic); err == nil || errors.As(err, &missing) || errors.As(err, &cannot) {
			t.Errorf("expand(%q): error %v, want one about the language", symbolic, err)
		}
	}
	var missing *MissingError
	if _, err := w.expand("{token:expired}"); !errors.As(err, &missing) || missing.Role != Expired {
		t.Errorf("an absent role: error %v", err)
	}
	var cannot *InapplicableError
	if _, err := w.expand("{token:valid|first-8}"); !errors.As(err, &cannot) || strings.Contains(err.Error(), "{token") {
		t.Errorf("a form that the token does not allow: error %v", err)
	}
}

// TestExpandIsOnePass keeps a target from having credentials filled into what it
// sent, for example an entity tag of the text {token:valid}.
func TestExpandIsOnePass(t *testing.T) {
	got, err := substitute("{etag:V01}", func(placeholder) (string, error) { return "{token:valid}", nil })
	if got != "{token:valid}" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func FuzzSubstitute(f *testing.F) {
	for _, seed := range []string{"", "{token:valid}", "{token:valid|a|b}x{repeat:A:3}", "{{token:}}", "{bytes:0g}", "{token:valid|"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, symbolic string) {
		same, err := substitute(symbolic, func(p placeholder) (string, error) { return p.text, nil })
		if err != nil || same != symbolic {
			t.Errorf("substituting every placeholder by itself changes the text")
		}
		if len(placeholders(symbolic)) > strings.Count(symbolic, "{") {
			t.Errorf("more placeholders than braces")
		}
	})
}
