package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"omaspec/fixtures"
	"omaspec/reports"
	"omaspec/schemas"
)

// exampleBody answers the valid token with the page's example, as it is printed.
func exampleBody(b *fixtures.Behaviour) {
	b.Encode = func([]fixtures.Member) []byte { return []byte(fixtures.Example) }
}

// TestPublishedExample judges targets that answer with what the page itself prints.
// Its portalUrl holds placeholders, which is all that is wrong with the body.
func TestPublishedExample(t *testing.T) {
	tests := []struct {
		name     string
		change   func(*fixtures.Behaviour)
		code     int
		violated []string
		finding  string // what the finding about the last of them says
	}{
		{"the body", func(*fixtures.Behaviour) {}, 0, []string{"BODY-27"}, "was meant to be replaced"},
		{"the body and the misprinted content type",
			func(b *fixtures.Behaviour) { b.Header.Set("Content-Type", fixtures.MisprintedContentType) },
			0, []string{"BODY-27", "HTTP-02"}, "misprint"},
		{"the body and the length 16", func(b *fixtures.Behaviour) {
			b.Send = sixteen(b.Send)
			b.Compress = func(*http.Request, *fixtures.Answer) {} // 16 bytes of gzip are a story of their own
		},
			reports.ExitNonConformant, []string{"BODY-01", "HTTP-01"}, "more bytes after the end of the message"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			target, server := serve(t, fixtures.Listen{}, exampleBody, test.change)
			r := with("OMASPEC_TOKEN", target.Tokens()[fixtures.Valid]).run(t, "--target", server.URL)
			r.wantExit(t, test.code)
			r.wantWhole(t)
			if got := r.violated(t); !slices.Equal(got, test.violated) {
				t.Errorf("violated %v, want %v", got, test.violated)
			}
			last := r.result(t, test.violated[len(test.violated)-1])
			if !slices.ContainsFunc(last.Findings, func(f schemas.Finding) bool {
				return strings.Contains(f.Expected+" "+f.Observed, test.finding)
			}) {
				t.Errorf("no finding says %q: %v", test.finding, last.Findings)
			}
		})
	}
}

// sixteen sends every 200 whole, with the length that the page prints.
func sixteen(send func(http.ResponseWriter, *http.Request, fixtures.Answer)) func(http.ResponseWriter, *http.Request, fixtures.Answer) {
	return func(w http.ResponseWriter, r *http.Request, a fixtures.Answer) {
		if a.Status != http.StatusOK {
			send(w, r, a)
			return
		}
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		a.Header.Set("Content-Length", "16")
		_, _ = buffered.WriteString("HTTP/1.1 200 OK\r\n")
		_ = a.Header.Write(buffered)
		_, _ = buffered.WriteString("\r\n")
		if r.Method != http.MethodHead {
			_, _ = buffered.Write(a.Body)
		}
		_ = buffered.Flush()
	}
}
