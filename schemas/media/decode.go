package media

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
)

// The ways in which Decode can fail. Its errors wrap one of them, and hold
// nothing that came from the wire.
var (
	// ErrLimit: the decoded body is longer than the limit.
	ErrLimit = errors.New("the decoded body is longer than the limit")
	// ErrCoding: the body has a coding that cannot be undone here.
	ErrCoding = errors.New("the content coding is not supported")
	// ErrCorrupt: the body is not what its coding says, or not all of it.
	ErrCorrupt = errors.New("the coded body is damaged")
)

// maxCodings bounds how many codings a body may have on top of each other.
const maxCodings = 4

// codings opens the reader for each coding (RFC 9110 8.4.1).
var codings = map[string]func(*bytes.Reader) (io.Reader, error){
	"gzip":    func(r *bytes.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	"x-gzip":  func(r *bytes.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	"deflate": inflate,
	"br":      func(r *bytes.Reader) (io.Reader, error) { return brotli.NewReader(r), nil }, // RFC 7932
}

// inflate reads the zlib format, or bare deflate data, which "some
// non-conformant implementations send" (RFC 9110 8.4.1.2).
func inflate(r *bytes.Reader) (io.Reader, error) {
	decoded, err := zlib.NewReader(r)
	if !errors.Is(err, zlib.ErrHeader) {
		return decoded, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return flate.NewReader(r), nil
}

// Decode undoes the codings that a Content-Encoding value lists, the last one
// first (RFC 9110 8.4; A44). No list, and "identity", leave the body as it is.
// With an error it returns what had been decoded so far: at most limit bytes.
func Decode(encoding string, body []byte, limit int) ([]byte, error) {
	names := strings.Split(encoding, ",")
	if len(names) > maxCodings {
		return nil, fmt.Errorf("%w: %d codings on top of each other", ErrCoding, len(names))
	}
	for _, name := range slices.Backward(names) {
		name = strings.ToLower(strings.Trim(name, " \t"))
		if name == "" || name == "identity" {
			continue
		}
		open, ok := codings[name]
		if !ok {
			return nil, fmt.Errorf("%w: %s, which was not asked for", ErrCoding, shown(name))
		}
		var err error
		if body, err = decode(open, body, limit); err != nil {
			return body, fmt.Errorf("%s: %w", name, err)
		}
	}
	if len(body) > limit {
		return body[:limit], ErrLimit
	}
	return body, nil
}

// decode undoes one coding. Bytes after the coded data are damage: nobody would
// look at them.
func decode(open func(*bytes.Reader) (io.Reader, error), body []byte, limit int) ([]byte, error) {
	source := bytes.NewReader(body)
	reader, err := open(source)
	if err != nil {
		return nil, ErrCorrupt
	}
	decoded, err := io.ReadAll(io.LimitReader(reader, int64(limit)+1))
	switch {
	case len(decoded) > limit:
		return decoded[:limit], ErrLimit
	case err != nil || source.Len() > 0:
		return decoded, ErrCorrupt
	}
	return decoded, nil
}
