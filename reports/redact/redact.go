package redact

import (
	"crypto/rand"
	"maps"
	"net/http"
	"strings"

	"omaspec/reports/evidence"
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
	masks  map[string]bool   // of telephone numbers, that stay
	never  map[string]bool   // words of true values, in lower case
	words  int               // so far, about
	counts map[string]int

	scratch []unit // used by one call of rewrite
	runes   []rune // and of spellWord
}

// New builds the redactor of one run. secret draws the replacements; nil, which
// everything but a test uses, is a new random key. names are the true values of the
// customers, as far as they are known: their words stay in no place where a person
// may be named.
func New(secret []byte, names ...string) *Redactor {
	r := &Redactor{key: secret, drawn: map[textAt]string{}, taken: map[textAt]string{}, texts: map[textID]string{}, masks: map[string]bool{}, never: map[string]bool{}, counts: map[string]int{}}
	for _, name := range names {
		for word := range strings.FieldsFuncSeq(strings.ToLower(name), func(c rune) bool { return !isWord(c) }) {
			r.never[word] = true
		}
	}
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
func (r *Redactor) remember(m mode, src string, compute func() string) string {
	id := textID{m, src}
	if out, ok := r.texts[id]; ok {
		return out
	}
	out := compute()
	if r.size += len(src) + len(out); r.size > mostRemembered {
		clear(r.texts)
		r.size = len(src) + len(out)
	}
	r.texts[id] = out
	return out
}

// Exchange returns a redacted copy of x, which may be written down. The request
// is symbolic and the failure is in omaspec's own words: both stay.
func (r *Redactor) Exchange(x *evidence.Exchange) *evidence.Exchange {
	out := *x
	if x.Response != nil {
		out.Response = r.response(x)
	}
	return &out
}

func (r *Redactor) response(x *evidence.Exchange) *evidence.Response {
	p := x.Response
	out := *p
	// Values are compared from one success to another, and only there.
	a := answerOf{status: p.Status, contentType: p.Header.Get("Content-Type")}
	apart := x.ID() + "\x00"
	if p.Status != 200 {
		a.salt = apart
	}
	if string(p.Reason) != http.StatusText(p.Status) {
		out.Reason = evidence.Sensitive(r.field("", string(p.Reason), apart+"reason", x.Started))
	}
	out.Header, out.Trailer = r.fields(p.Header, x.Started, apart+"header"), r.fields(p.Trailer, x.Started, apart+"trailer")
	out.Body = evidence.Sensitive(r.codedBody(a, p))
	out.Extra = evidence.Sensitive(r.body(answerOf{p.Status, a.contentType, apart + "extra"}, string(p.Extra)))
	if len(out.Body) != len(p.Body) {
		r.count(CountResized)
	}
	moveLength(&out, p)
	return &out
}
