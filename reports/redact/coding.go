package redact

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"

	"omaspec/reports/evidence"
	"omaspec/schemas/media"
)

// codedLimit bounds what a content coding may expand to, in bytes: as much as the
// rules read.
const codedLimit = 256 << 10

// contentCoding is the list of codings of a response, in the order in which they
// were applied.
func contentCoding(p *evidence.Response) string {
	return strings.Join(p.Header.Values("Content-Encoding"), ",")
}

// codedBody redacts the body of a response under its content coding, which is
// always applied anew: the metadata of gzip (a file's name, a comment, a time) and
// the way it was compressed come from outside too. What cannot be decoded is no
// text to anybody, and still cannot be decoded afterwards: a body that expands too
// far becomes one that expands as far and says nothing.
func (r *Redactor) codedBody(a answerOf, p *evidence.Response) string {
	coding := contentCoding(p)
	decoded, err := media.Decode(coding, []byte(p.Body), codedLimit)
	switch {
	case coding == "", errors.Is(err, media.ErrCoding), errors.Is(err, media.ErrCorrupt):
		return r.body(a, string(p.Body))
	case errors.Is(err, media.ErrLimit):
		return encode(coding, strings.Repeat(" ", codedLimit+1))
	}
	return encode(coding, r.body(a, string(decoded)))
}

// writer writes one body after the other.
type writer interface {
	io.WriteCloser
	Reset(to io.Writer)
}

// writers are those for each coding that media.Decode undoes, by their level. They
// are used again, since each takes up to a megabyte.
var writers = map[string]map[int]*sync.Pool{"gzip": ofGzip, "x-gzip": ofGzip, "deflate": ofZlib, "br": ofBrotli}

var (
	ofGzip = pools(func(level int) (writer, error) { return gzip.NewWriterLevel(nil, level) })
	ofZlib = pools(func(level int) (writer, error) { return zlib.NewWriterLevel(nil, level) })
	// The lowest level tries as hard as is worth it.
	ofBrotli = pools(func(int) (writer, error) { return brotli.NewWriterLevel(nil, brotli.BestSpeed), nil })
)

func pools(open func(level int) (writer, error)) map[int]*sync.Pool {
	byLevel := map[int]*sync.Pool{}
	for _, level := range []int{flate.HuffmanOnly, flate.DefaultCompression} {
		byLevel[level] = &sync.Pool{New: func() any {
			w, _ := open(level) // which is a level
			return w
		}}
	}
	return byLevel
}

// level is how hard to try. For a short text it is not worth filling the tables of
// the usual level, half a megabyte.
func level(text string) int {
	if len(text) < 4<<10 {
		return flate.HuffmanOnly
	}
	return flate.DefaultCompression
}

// encode applies the codings in their order.
func encode(coding, text string) string {
	for name := range strings.SplitSeq(coding, ",") {
		pool, ok := writers[strings.ToLower(strings.Trim(name, " \t"))][level(text)]
		if !ok { // identity
			continue
		}
		var b bytes.Buffer
		w, _ := pool.Get().(writer)
		w.Reset(&b)
		_, _ = io.WriteString(w, text) // a bytes.Buffer takes everything
		_ = w.Close()
		pool.Put(w)
		text = b.String()
	}
	return text
}

// moveLength makes the declared length as right or as wrong for a body as it was for
// the one that it came from. A length that is wrong says no more than in which direction, and
// within mostMissing by how much.
func moveLength(p, from *evidence.Response) {
	moved := func(declared int64) int64 {
		off := declared - int64(len(from.Body))
		if off > mostMissing || off < -mostMissing {
			off = mostMissing
		}
		return max(0, int64(len(p.Body))+off)
	}
	if p.Declared >= 0 {
		p.Declared = moved(p.Declared)
	}
	for i, f := range from.Header {
		if !strings.EqualFold(f.Name, "Content-Length") {
			continue
		}
		n, err := strconv.ParseInt(string(f.Value), 10, 64)
		if err == nil {
			p.Header[i].Value = evidence.Sensitive(strconv.FormatInt(moved(n), 10))
		}
	}
}

// mostMissing bounds, in bytes, how wrong a declared length is shown to be.
const mostMissing = 1000
