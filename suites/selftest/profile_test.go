package selftest

import "testing"

func BenchmarkTarget(b *testing.B) {
	all := subjects(expectation{})
	i := 0
	for b.Loop() {
		s := all[i%300]
		i += 7
		e, err := s.gather(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		s.row.judge(e)
	}
}
