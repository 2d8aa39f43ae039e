package probe

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// The benchmarks compare the default run with a bare program that sends as many
// requests with the same concurrency through net/http and looks at nothing.

var delays = []time.Duration{0, 50 * time.Millisecond, 200 * time.Millisecond}

func slowServer(b *testing.B, delay time.Duration) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(delay)
		handler(w, r)
	}))
	b.Cleanup(server.Close)
	return server.URL
}

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

func BenchmarkBare(b *testing.B) {
	const requests = 103
	for _, delay := range delays {
		b.Run(fmt.Sprint(delay), func(b *testing.B) {
			url := slowServer(b, delay) + DefaultPath
			for b.Loop() {
				client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
				var workers errgroup.Group
				workers.SetLimit(8)
				for range requests {
					workers.Go(func() error {
						request, err := http.NewRequest(http.MethodGet, url, nil)
						if err != nil {
							return err
						}
						request.Header.Set(TokenField, testValid)
						response, err := client.Do(request)
						if err != nil {
							return err
						}
						_, _ = io.Copy(io.Discard, response.Body)
						return response.Body.Close()
					})
				}
				if err := workers.Wait(); err != nil {
					b.Fatal(err)
				}
				client.CloseIdleConnections()
			}
		})
	}
}
