package schemas

import "testing"

func BenchmarkReadCatalogue(b *testing.B) {
	for b.Loop() {
		if _, err := readCatalogue(catalogueYAML); err != nil {
			b.Fatal(err)
		}
	}
}
