//go:build !linux

package reports

import "os"

// makeRoom takes n bytes of the file system for a new file.
func makeRoom(f *os.File, n int) error { return fill(f, n) }
