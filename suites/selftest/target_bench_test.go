package selftest

import (
	"testing"

	"omaspec/schemas"
)

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
		captured, err := c.gather(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		captured.View().Run(b.Context(), schemas.Requirements().Requirements)
	}
}
