package redact

import (
	"crypto/rand"
	"maps"
	"net/http"

	"omaspec/reports/exchange"
)

// The counts of what was rewritten.
const (
	CountTexts   = "texts"   // texts of which something was replaced
	CountResized = "resized" // bodies that changed their length; Content-Length was moved along
)

// Policy names what a Redactor does, for the record.
const Policy = "symbolic requests; of responses every letter, digit and sign outside of closed lists is replaced, with a key that is thrown away"

// Redactor redacts the exchanges of one run. It is not safe for concurrent use.
type Redactor struct {
	key    key
	drawn  map[textAt]string // replacements, by what they replace
	taken  map[textAt]string // what was replaced, by replacement
	texts  map[textID]string // results of text
	size   int               // bytes in texts
	words  int               // so far, about
	names  int               // of members, so far
	counts map[string]int

	scratch []unit // used by one call of rewrite
	runes   []rune // and of spellWord
}

// New builds the redactor of one run. secret draws the replacements; nil, which
// everything but a test uses, is a new random key.
func New(secret []byte) *Redactor {
	r := &Redactor{key: secret, drawn: map[textAt]string{}, taken: map[textAt]string{}, texts: map[textID]string{}, counts: map[string]int{}}
	if secret == nil {
		r.key = make(key, keySize)
		_, _ = rand.Read(r.key) // never fails
	}
	return r
}

// Counts says how often something was replaced, by the names above.
func (r *Redactor) Counts() map[string]int { return maps.Clone(r.counts) }

func (r *Redactor) count(what string) { r.counts[what]++ }

type textID struct {
	mode mode
	src  string
}

// mostRemembered bounds the texts whose results are kept, in bytes.
const mostRemembered = 4 << 20

// remember returns the result for a text, once: most answers are alike.
func (r *Redactor) remember(m mode, src string, make func() string) string {
	id := textID{m, src}
	if out, ok := r.texts[id]; ok {
		return out
	}
	out := make()
	if r.size += len(src) + len(out); r.size > mostRemembered {
		clear(r.texts)
		r.size = len(src) + len(out)
	}
	r.texts[id] = out
	return out
}

// Exchange returns a redacted copy of x, which may be written down. The request
// is symbolic and the failure is in omaspec's own words: both stay.
func (r *Redactor) Exchange(x *exchange.Exchange) *exchange.Exchange {
	out := *x
	if x.Response != nil {
		out.Response = r.response(x)
	}
	return &out
}

func (r *Redactor) response(x *exchange.Exchange) *exchange.Response {
	p := x.Response
	out := *p
	if string(p.Reason) != http.StatusText(p.Status) {
		out.Reason = exchange.Sensitive(r.text(string(p.Reason), mode{salt: "reason"}))
	}
	out.Header, out.Trailer = r.fields(p.Header, x.Started), r.fields(p.Trailer, x.Started)
	out.Body = exchange.Sensitive(r.codedBody(p))
	out.Extra = exchange.Sensitive(r.body(p.Status, string(p.Extra)))
	if len(out.Body) != len(p.Body) {
		r.count(CountResized)
	}
	moveLength(&out, len(p.Body))
	return &out
}
