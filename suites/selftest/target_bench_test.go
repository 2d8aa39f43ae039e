package selftest

import "testing"

// BenchmarkTarget judges faulty targets, every seventh of the matrix.
func BenchmarkTarget(b *testing.B) {
	expected, err := expectations()
	if err != nil {
		b.Fatal(err)
	}
	all := subjects(expected)
	i := 0
	for b.Loop() {
		s := all[i%len(all)]
		i += 7
		session, err := s.gather(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		session.Judge(b.Context())
	}
}
