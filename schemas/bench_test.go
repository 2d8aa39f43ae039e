package schemas

import "testing"

func BenchmarkParseCatalogue(b *testing.B) {
	for b.Loop() {
		if _, err := ParseCatalogue(catalogueYAML); err != nil {
			b.Fatal(err)
		}
	}
}
