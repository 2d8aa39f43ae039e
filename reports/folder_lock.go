//go:build darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd

package reports

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// lockPatience is how long a run waits for another one to write its reports, which
// takes far less.
const lockPatience = 10 * time.Second

// lockFolder keeps other runs from writing to the folder until the file is closed,
// at the latest by the end of the process. A file system that knows no such locks
// goes without.
func lockFolder(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	for start := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EWOULDBLOCK) && time.Since(start) > lockPatience:
			return nil, errors.Join(errors.New("another run is writing to it"), f.Close())
		case errors.Is(err, syscall.EWOULDBLOCK), errors.Is(err, syscall.EINTR):
			continue
		}
		return f, nil
	}
}
