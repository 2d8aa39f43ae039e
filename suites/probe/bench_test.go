package probe

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

var delays = []time.Duration{0, 50 * time.Millisecond, 200 * time.Millisecond}

func slowServer(b *testing.B, delay time.Duration) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(delay)
		handler(w, r)
	}))
	b.Cleanup(server.Close)
	return server.URL
}

// BenchmarkRun sends what a default run sends, without judging it. make bench measures
// whole runs.
func BenchmarkRun(b *testing.B) {
	for _, delay := range delays {
		b.Run(delay.String(), func(b *testing.B) {
			endpoint := endpointOf(b, slowServer(b, delay))
			wallet := walletOf(b, map[Role]string{Valid: testValid})
			for b.Loop() {
				g, err := Run(context.Background(), Config{}, wallet, planFor(b, endpoint), nil)
				if err != nil || g.Stopped != nil {
					b.Fatal(err, g.Stopped)
				}
				b.ReportMetric(float64(requests(g)), "requests")
			}
		})
	}
}
