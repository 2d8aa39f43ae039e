package redact

import (
	"crypto/rand"
	"maps"
	"net/http"
	"regexp"
	"slices"

	"omaspec/reports/exchange"
	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
)

// Config is what the redactor needs to know about a run.
type Config struct {
	// Secrets maps placeholders to what stood for them on the wire, derived values
	// included: "{token:valid|cut-quarter}".
	Secrets map[string]string
	// Subjects holds the true values of the customers by credential role, where
	// they are known.
	Subjects map[string]map[mask.Field]string
	// Exchanges are all exchanges of the run. Their properly masked values decide
	// which pseudonyms are possible.
	Exchanges []*exchange.Exchange
	// AllowEmails are the addresses that the rules take for no leak.
	AllowEmails []string
	// Key draws the pseudonyms. nil, which everything but a test uses, is a new
	// random key.
	Key []byte
}

// The counts that are no kind of hit.
const (
	CountTexts      = "texts"      // texts of which something was replaced
	CountResized    = "resized"    // bodies that changed their length; Content-Length was moved along
	CountUnfaithful = "unfaithful" // texts in which the detectors see something else than before
)

// Policy names what a Redactor does, for the record.
const Policy = "placeholders for credentials, keyed pseudonyms of the same shape for everything that is not vocabulary"

// Redactor redacts the exchanges of one run. It is not safe for concurrent use.
type Redactor struct {
	key        key
	values     pseudonyms
	subjects   map[string]map[mask.Field]string
	secrets    map[string]string
	raw        []string       // what the target sent
	allowed    []string       // e-mail addresses that are no leak
	before     *leak.Detector // sees what was captured
	after      *leak.Detector // sees what was redacted, as somebody will who judges it
	vocabulary words

	texts   map[textID]redaction
	results map[string]string // results of text, and what they are the result of
	seen    map[string]bool   // personal values that were replaced
	made    map[string]bool   // what looks like personal data in the results
	counts  map[string]int
}

// New builds the redactor of one run.
func New(c Config) *Redactor {
	r := &Redactor{
		key: c.Key, subjects: c.Subjects, secrets: c.Secrets, raw: rawTexts(c.Exchanges), allowed: c.AllowEmails,
		vocabulary: vocabulary.with(append(requested(c.Exchanges), c.AllowEmails...)),
		texts:      map[textID]redaction{}, results: map[string]string{},
		seen: map[string]bool{}, made: map[string]bool{}, counts: map[string]int{},
	}
	if r.key == nil {
		r.key = make(key, 32)
		_, _ = rand.Read(r.key) // never fails
	}
	masks := maskedValues(c.Exchanges)
	truth := byField(c.Subjects)
	r.values = newPseudonyms(r.key, masks, truth)
	r.before = leak.New(leak.Config{Masked: masks, Truth: truth, Secrets: c.Secrets, AllowEmails: c.AllowEmails})

	placeholders := map[string]string{}
	for name := range c.Secrets {
		placeholders[name] = name
	}
	redactedMasks := map[mask.Field][]string{}
	for f, values := range masks {
		for _, value := range values {
			redactedMasks[f] = append(redactedMasks[f], r.values.member(f, value))
		}
	}
	r.after = leak.New(leak.Config{Masked: redactedMasks, Truth: byField(r.Subjects()), Secrets: placeholders, AllowEmails: c.AllowEmails})
	for _, subject := range c.Subjects {
		for f, value := range subject {
			r.saw(value)
			pseudonym := r.values.unmasked(f, value)
			r.noteMade(value, redaction{pseudonym, r.before.Scan(value), r.after.Scan(pseudonym)})
		}
	}
	return r
}

// requested lists the symbolic texts of all requests. What a target repeats of
// them is nobody's data, and rules look for it.
func requested(exchanges []*exchange.Exchange) []string {
	var texts []string
	for _, x := range exchanges {
		q := x.Request
		texts = append(texts, q.Method, q.Target, q.Body, q.Raw)
		for _, f := range q.Header {
			texts = append(texts, f.Name, f.Value)
		}
	}
	return texts
}

// byField lists the values of all customers by field.
func byField(subjects map[string]map[mask.Field]string) map[mask.Field][]string {
	all := map[mask.Field][]string{}
	for _, role := range slices.Sorted(maps.Keys(subjects)) {
		for f, value := range subjects[role] {
			all[f] = append(all[f], value)
		}
	}
	return all
}

// Subjects returns the pseudonyms of the ground truth, for judging the evidence.
func (r *Redactor) Subjects() map[string]map[mask.Field]string {
	if r.subjects == nil {
		return nil
	}
	out := map[string]map[mask.Field]string{}
	for role, subject := range r.subjects {
		out[role] = map[mask.Field]string{}
		for f, value := range subject {
			out[role][f] = r.values.unmasked(f, value)
		}
	}
	return out
}

// Text redacts a text that omaspec made itself: an error, a note. Only
// credentials and personal data are replaced.
func (r *Redactor) Text(s string) string { return r.text(s, own) }

// Counts says how often what was replaced: by kind of hit ("token", "phone"), and
// under the names above.
func (r *Redactor) Counts() map[string]int { return maps.Clone(r.counts) }

// saw notes a personal value that was replaced, for the last gate.
func (r *Redactor) saw(value string) { r.seen[value] = true }

// Exchange returns a redacted copy of x, which may be written down.
func (r *Redactor) Exchange(x *exchange.Exchange) *exchange.Exchange {
	out := *x
	out.Request = r.request(x.Request)
	if x.Failure != nil {
		failure := *x.Failure
		failure.Text = r.Text(failure.Text)
		out.Failure = &failure
	}
	if x.Response != nil {
		out.Response = r.response(x.Response)
	}
	return &out
}

// request redacts a request. It is symbolic and holds nothing from the target, so
// this changes nothing unless something went wrong.
func (r *Redactor) request(q exchange.Request) exchange.Request {
	q.Method, q.Target, q.Body, q.Raw = r.Text(q.Method), r.Text(q.Target), r.Text(q.Body), r.Text(q.Raw)
	q.Header = slices.Clone(q.Header)
	for i, f := range q.Header {
		if !traceparent.MatchString(f.Value) { // another one in every request
			q.Header[i].Value = r.Text(f.Value)
		}
	}
	return q
}

// traceparent matches what omaspec sends in the field of that name.
var traceparent = regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-01$`)

func (r *Redactor) response(p *exchange.Response) *exchange.Response {
	out := *p
	if string(p.Reason) != http.StatusText(p.Status) {
		out.Reason = exchange.Sensitive(r.text(string(p.Reason), foreign))
	}
	out.Header, out.Trailer = r.fields(p.Header), r.fields(p.Trailer)
	out.Body = exchange.Sensitive(r.codedBody(p))
	out.Extra = exchange.Sensitive(r.body(string(p.Extra)))
	if grown := len(out.Body) - len(p.Body); grown != 0 {
		r.counts[CountResized]++
		moveLength(&out, grown)
	}
	return &out
}
