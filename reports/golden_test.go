package reports

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with testdata/name, and writes it where -update asks for that.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (-want +got), see go test -update:\n%s", path, cmp.Diff(string(want), string(got)))
	}
}

// samples are the records that every writer is shown.
func samples(t testing.TB) map[string]*Run {
	return map[string]*Run{
		"conformant": conformingRun(),
		"failing":    failingRun(),
		"hostile":    hostileRun(t),
		"huge":       hugeRun(),
	}
}
