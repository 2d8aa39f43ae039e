package redact

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"omaspec/reports/exchange"
	"omaspec/schemas/media"
)

// codedLimit bounds what a content coding may expand to, in bytes. It is above
// the limit of the rules, so that what is too long for them stays so.
const codedLimit = 4 << 20

// contentCoding is the list of codings of a response, in the order in which they
// were applied.
func contentCoding(p *exchange.Response) string {
	return strings.Join(p.Header.Values("Content-Encoding"), ",")
}

// plainBody is the body without its content coding, where that can be undone.
func plainBody(p *exchange.Response) string {
	if decoded, err := media.Decode(contentCoding(p), []byte(p.Body), codedLimit); err == nil {
		return string(decoded)
	}
	return string(p.Body)
}

// codedBody redacts the body of a response under its content coding. What cannot
// be decoded is no text to anybody, and still cannot be decoded afterwards: a
// body that expands too far becomes one that expands as far and says nothing.
func (r *Redactor) codedBody(p *exchange.Response) string {
	coding := contentCoding(p)
	decoded, err := media.Decode(coding, []byte(p.Body), codedLimit)
	switch {
	case coding == "" || errors.Is(err, media.ErrCoding) || errors.Is(err, media.ErrCorrupt):
		return r.undecodable(coding, string(p.Body))
	case errors.Is(err, media.ErrLimit):
		return encode(coding, strings.Repeat(" ", codedLimit+1))
	}
	text := r.body(string(decoded))
	if text == string(decoded) {
		return string(p.Body)
	}
	return encode(coding, text)
}

// undecodable redacts a body without a coding, or one that does not decode. The
// result decodes no better than the body did.
func (r *Redactor) undecodable(coding, body string) string {
	out := r.body(body)
	_, before := media.Decode(coding, []byte(body), codedLimit)
	_, after := media.Decode(coding, []byte(out), codedLimit)
	if (before == nil) != (after == nil) {
		r.counts[CountUnfaithful]++
	}
	return out
}

// writers open the writer for each coding that media.Decode undoes.
var writers = map[string]func(io.Writer) io.WriteCloser{
	"gzip":    func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
	"x-gzip":  func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
	"deflate": func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) },
}

// encode applies the codings in their order.
func encode(coding, text string) string {
	for name := range strings.SplitSeq(coding, ",") {
		open, ok := writers[strings.ToLower(strings.Trim(name, " \t"))]
		if !ok { // identity
			continue
		}
		var b bytes.Buffer
		w := open(&b)
		_, _ = io.WriteString(w, text) // a bytes.Buffer takes everything
		_ = w.Close()
		text = b.String()
	}
	return text
}

// moveLength moves the declared length of a body that has become longer by grown
// bytes, so that it is as right or as wrong as it was.
func moveLength(p *exchange.Response, grown int) {
	if p.Declared >= 0 {
		p.Declared = max(0, p.Declared+int64(grown))
	}
	p.Header = slices.Clone(p.Header)
	for i, f := range p.Header {
		if n, err := strconv.ParseInt(string(f.Value), 10, 64); err == nil && strings.EqualFold(f.Name, "Content-Length") {
			p.Header[i].Value = exchange.Sensitive(strconv.FormatInt(max(0, n+int64(grown)), 10))
		}
	}
}
