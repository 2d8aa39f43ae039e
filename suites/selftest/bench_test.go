package selftest

import (
	"testing"

	"omaspec/schemas"
	"omaspec/suites"
	"omaspec/suites/session"
)

// planned is a run against the reference target.
func planned(b *testing.B) *session.Plan {
	b.Helper()
	s, server, err := session.Reference()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Close() })
	p, err := s.Plan()
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func BenchmarkGather(b *testing.B) {
	p := planned(b)
	for b.Loop() {
		if _, err := p.Gather(b.Context(), nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkJudge judges the same evidence by the judges alone, and by the Ginkgo
// specs around them.
func BenchmarkJudge(b *testing.B) {
	captured, err := planned(b).Gather(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	fresh := func() *suites.View {
		v, err := suites.Open(b.Context(), captured.Evidence())
		if err != nil {
			b.Fatal(err)
		}
		return v
	}
	b.Run("judges", func(b *testing.B) {
		for b.Loop() {
			v := fresh()
			for _, r := range schemas.Requirements().Requirements {
				v.Judge(b.Context(), r)
			}
		}
	})
	b.Run("specs", func(b *testing.B) {
		for b.Loop() {
			fresh().Run(b.Context(), schemas.Requirements().Requirements)
		}
	})
}
