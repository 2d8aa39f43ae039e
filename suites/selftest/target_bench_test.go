package selftest

import "testing"

// BenchmarkTarget judges faulty targets, every seventh of the matrix.
func BenchmarkTarget(b *testing.B) {
	all, err := candidates()
	if err != nil {
		b.Fatal(err)
	}
	i := 0
	for b.Loop() {
		c := all[i%len(all)]
		i += 7
		session, _, err := c.gather(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		session.Judge(b.Context())
	}
}
