package selftest

import (
	"testing"

	"omaspec/schemas"
	"omaspec/suites"
)

// prepared is a session on the reference target that has only to gather.
func prepared(b *testing.B) *suites.Session {
	b.Helper()
	s, server, err := Session()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = server.Close() })
	if err := s.Prepare(); err != nil {
		b.Fatal(err)
	}
	return s
}

func BenchmarkGather(b *testing.B) {
	s := prepared(b)
	for b.Loop() {
		if _, err := s.Gather(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkJudge judges the same evidence by the judges alone, and by the Ginkgo
// specs around them.
func BenchmarkJudge(b *testing.B) {
	s := prepared(b)
	e, err := s.Gather(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	fresh := func() *suites.Evidence {
		return &suites.Evidence{Gathering: e.Gathering, Conditions: e.Conditions}
	}
	b.Run("judges", func(b *testing.B) {
		for b.Loop() {
			e := fresh()
			for _, r := range schemas.Requirements().Requirements {
				suites.Judge(e, r)
			}
		}
	})
	b.Run("specs", func(b *testing.B) {
		for b.Loop() {
			suites.Run(fresh(), "")
		}
	})
}
