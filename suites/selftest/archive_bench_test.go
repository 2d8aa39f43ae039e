package selftest

import "testing"

// BenchmarkArtefacts redacts, encodes and scans the reports of one run.
func BenchmarkArtefacts(b *testing.B) {
	s := prepared(b)
	if _, err := s.Gather(b.Context()); err != nil {
		b.Fatal(err)
	}
	judgements := s.Judge(b.Context())
	for b.Loop() {
		if _, err := s.Artefacts(s.Record(judgements)); err != nil {
			b.Fatal(err)
		}
	}
}
