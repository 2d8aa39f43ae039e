package reports

import (
	"errors"
	"os"
	"syscall"
)

// makeRoom takes n bytes of the file system for a new file. Where that can be
// asked for, nothing is written.
func makeRoom(f *os.File, n int) error {
	for {
		err := syscall.Fallocate(int(f.Fd()), 0, 0, int64(n))
		switch {
		case errors.Is(err, syscall.EINTR): // tmpfs gives up when a signal comes
			continue
		case errors.Is(err, errors.ErrUnsupported):
			return fill(f, n)
		}
		return err
	}
}
