package selftest

import "testing"

// BenchmarkReport redacts, encodes and scans the reports of one run.
func BenchmarkReport(b *testing.B) {
	captured, err := planned(b).Gather(b.Context(), nil)
	if err != nil {
		b.Fatal(err)
	}
	judgements := captured.Judge(b.Context()).Judgements()
	for b.Loop() {
		if _, _, err := captured.Conclude(b.Context(), judgements).Report(); err != nil {
			b.Fatal(err)
		}
	}
}
