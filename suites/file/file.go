// Package file reads the files that people hand to a run: configurations, tokens
// and certificates, on machines as they are. Its errors are about a file, and the
// caller says which. They never quote a path at which nothing is: what stands in
// place of a path may be a token.
package file

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
	"unicode/utf16"
)

// Limit bounds the size of a file in bytes.
const Limit = 4 << 20

// patience is how long a pipe may take: one that nobody writes to would keep the
// run waiting for ever.
var patience = 10 * time.Second

// Read reads a file as text, see Text.
func Read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, Problem(err)
	}
	return read(path, info)
}

// ReadSecret reads a file that nobody but its owner can read, as text. With
// readable it also reads files that others can read and none of them can write,
// and pipes: a secret that is mounted into a container has mode 0440 or 0444, and
// a shell hands over the output of a command as /dev/fd/63.
func ReadSecret(path string, readable bool) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, Problem(err)
	}
	if err := checkSecret(path, info.Mode(), readable); err != nil {
		return nil, err
	}
	return read(path, info)
}

func checkSecret(path string, mode fs.FileMode, readable bool) error {
	const allow = "allow it with --secret-files readable"
	switch pipe := mode&fs.ModeNamedPipe != 0; {
	case mode.IsDir():
		return fmt.Errorf("%s is a folder", path)
	case pipe && readable:
		return nil
	case pipe:
		return fmt.Errorf("%s is a pipe, not a regular file; %s", path, allow)
	case !mode.IsRegular():
		return fmt.Errorf("%s is not a regular file", path)
	case readable && mode.Perm()&0o022 != 0:
		return fmt.Errorf("%s can be written by others (mode %04o); run: chmod go-w %s", path, mode.Perm(), path)
	case !readable && mode.Perm()&0o077 != 0:
		return fmt.Errorf("%s can be read by others (mode %04o); run: chmod 600 %s, or %s", path, mode.Perm(), path, allow)
	}
	return nil
}

// read reads a file as text. It waits for a pipe, but not for ever.
func read(path string, info fs.FileInfo) ([]byte, error) {
	if info.Mode().IsRegular() {
		return readText(path)
	}
	type result struct {
		text []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := readText(path)
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-time.After(patience):
		return nil, fmt.Errorf("%s gave nothing for %s", path, patience)
	}
}

func readText(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, Problem(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, Limit+1))
	if err != nil {
		return nil, Problem(err)
	}
	if len(b) > Limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, Limit)
	}
	return Text(b)
}

// mark is the byte order mark in UTF-8, which editors leave behind.
const mark = "\ufeff"

// Text returns UTF-8 without a byte order mark at its beginning. Text in UTF-16,
// which PowerShell writes, is known by its mark.
func Text(b []byte) ([]byte, error) {
	for order, first := range map[binary.ByteOrder]string{binary.LittleEndian: "\xff\xfe", binary.BigEndian: "\xfe\xff"} {
		units, ok := bytes.CutPrefix(b, []byte(first))
		if !ok {
			continue
		}
		if len(units)%2 != 0 {
			return nil, errors.New("it is cut off in the middle of a character of UTF-16")
		}
		text := make([]uint16, len(units)/2)
		for i := range text {
			text[i] = order.Uint16(units[2*i:])
		}
		return []byte(string(utf16.Decode(text))), nil
	}
	return bytes.TrimLeft(b, mark), nil
}

// Problem is what a file system says without the path that it says it about.
func Problem(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
