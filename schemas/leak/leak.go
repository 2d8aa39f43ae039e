// Package leak finds what must not stand in a response: personal data, tokens and
// the internals of the server.
//
// A Detector is built once from what the run knows: the tokens it sent, the masked
// values it saw, and the customer's true values where they are given. Scan then
// looks at a text as it is and behind its encodings: JSON escapes, percent
// encoding, HTML character references and base64, also nested (views.go). A hit
// names the span of the text as given, so that it can be replaced; it never holds
// what it found.
//
// personal.go finds telephone numbers, e-mail addresses, identity and bank cards
// and JSON Web Tokens by their form; secrets.go finds known values; internals.go
// finds stack traces and the like.
package leak

import (
	"cmp"
	"slices"
	"strings"

	"omaspec/schemas"
	"omaspec/schemas/mask"
)

// Kind says what was found.
type Kind string

// The kinds of hits.
const (
	Phone          Kind = "phone"
	Email          Kind = "email"
	IDCard         Kind = "id-card"   // of the People's Republic of China, with a right check digit
	BankCard       Kind = "bank-card" // 16 to 19 digits with a right Luhn digit: one number in ten has it
	Truth          Kind = "truth"     // a true value of the customer
	Token          Kind = "token"     // a secret that the run knows
	JWT            Kind = "jwt"
	StackTrace     Kind = "stack-trace"
	SQL            Kind = "sql"
	ClassName      Kind = "class-name"
	InternalPath   Kind = "internal-path"
	PrivateAddress Kind = "private-address"
	Banner         Kind = "product-banner"
)

// Hit is one thing that was found.
type Hit struct {
	Kind Kind `json:"kind"`
	// Name is the placeholder of a Token, and the member whose value a Truth is.
	Name string `json:"name,omitempty"`
	// Start and End delimit the bytes of the text as given that hold the find,
	// in whatever encoding; of base64 it is the whole encoded run.
	Start int `json:"-"`
	End   int `json:"-"`
	// Encoding names what had to be undone, the outermost first ("percent>base64"),
	// and is empty for plain text. The last word may be the form of a Token:
	// "reversed", "hex", "base64" or "prefix" (only its beginning).
	Encoding string `json:"encoding,omitempty"`
	// Correlated tells that a telephone number or an e-mail address fits a masked
	// value of the run, or is the customer's: the mask is defeated.
	Correlated bool `json:"correlated,omitempty"`
	Length     int  `json:"length"` // of the find, decoded, in bytes
	// Shape is schemas.Shape of the find, decoded. A credential has none: where its
	// digits stand makes it easier to guess.
	Shape string `json:"shape,omitempty"`
}

// Config is what a run knows.
type Config struct {
	// Masked holds the masked values that the run saw. Of them only telephone
	// numbers and e-mail addresses can be correlated.
	Masked map[mask.Field][]string
	// Truth holds the true values of the customers of the run.
	Truth map[mask.Field][]string
	// Secrets holds every token that was sent, by its placeholder ("{token:valid}").
	// One that is shorter than 8 bytes is looked for as a word of its own only, and
	// one of a single byte never.
	Secrets Secrets
	// AllowEmails lists addresses that are no leak: whole ones, or with their
	// local part alone ("support@").
	AllowEmails []string
	// WholeSecrets looks for whole secrets, and for nothing that is found by its form.
	WholeSecrets bool
}

// Detector finds leaks. It is safe for concurrent use.
type Detector struct {
	needles needles
	masked  map[mask.Field]*mask.Index
	truth   map[mask.Field][]string
	allowed []string
	formed  bool // what has a form is looked for too
}

// New builds a Detector.
func New(c Config) *Detector {
	d := &Detector{masked: map[mask.Field]*mask.Index{}, truth: c.Truth, formed: !c.WholeSecrets}
	for _, allowed := range c.AllowEmails {
		d.allowed = append(d.allowed, strings.ToLower(allowed))
	}
	for field, least := range tellingMask {
		d.masked[field] = mask.NewIndex(field, slices.DeleteFunc(slices.Clone(c.Masked[field]), func(value string) bool {
			return len(value) <= mask.MaxIndexed && mask.Judge(field, value).Visible < least
		}))
	}
	d.needles.addSecrets(c.Secrets, c.WholeSecrets)
	d.needles.addTruth(c.Truth)
	return d
}

// tellingMask says how many characters a mask must leave visible before a value
// that fits it is more than a coincidence.
var tellingMask = map[mask.Field]int{mask.MobilePhone: 4, mask.Email: 1}

// Bounds on the encodings that are undone. Within them, one layer around the
// whole text is always undone completely.
const (
	maxDepth  = 3
	growth    = 8       // decoded bytes, as a multiple of the text's length
	allowance = 1 << 16 // and this many more
)

// Scan returns everything that it finds in text, in the order of the text. A hit
// within a larger hit of the same kind and name is not listed. The time is in
// proportion to the length of the text.
func (d *Detector) Scan(text string) []Hit { return d.scan(text, &Survey{}).Hits }

// Uncompared counts the masked values that were too many or too long to be
// correlated with.
func (d *Detector) Uncompared() int {
	n := 0
	for _, ix := range d.masked {
		n += ix.Dropped
	}
	return n
}

// scan looks at text and at what it becomes when encodings are undone, within the
// bounds of s.
func (d *Detector) scan(text string, s *Survey) Found {
	var all Found
	budget := growth*len(text) + allowance
	queue := []*view{{text: text}}
	var seen map[string]bool // what was decoded
	for len(queue) > 0 && !all.Unread {
		v := queue[0]
		queue = queue[1:]
		all.add(d.look(v, s))
		if v.depth == maxDepth {
			continue
		}
		for _, child := range v.decode() {
			if seen[child.text] || child.text == text {
				continue
			}
			if budget -= len(child.text); budget < 0 || !s.spend(len(child.text)) {
				all.Unread = true
				break
			}
			if seen == nil {
				seen = map[string]bool{}
			}
			seen[child.text] = true
			queue = append(queue, child)
		}
	}
	all.Hits = merge(all.Hits)
	return all
}

// span is a range of bytes.
type span struct{ start, end int }

// look looks at one view, within the bounds of s.
func (d *Detector) look(v *view, s *Survey) *sorter {
	hits := &sorter{view: v, kept: s.Kept}
	d.needles.find(v.text, func(f find) {
		if f.kind == Truth && v.parent == nil && s.Spare != nil && s.Spare(v.text, f.span.start, f.span.end) {
			return
		}
		hits.add(Sort{Kind: f.kind, Name: f.name}, f.span, f.form)
	})
	if d.formed {
		for _, s := range joinedMobiles(v.text) {
			if found := v.text[s.start:s.end]; d.isTruth(mask.MobilePhone, found) || d.masked[mask.MobilePhone].Fits(found) {
				d.sort(hits, Phone, s)
			}
		}
	}
	for _, finder := range finders {
		if !d.formed {
			break
		}
		for _, s := range finder.find(v.text) {
			d.sort(hits, finder.kind, s)
		}
	}
	return hits
}

// sort adds a find that has a form.
func (d *Detector) sort(hits *sorter, kind Kind, s span) {
	field, personal := fields[kind]
	if !personal {
		hits.add(Sort{Kind: kind}, s, "")
		return
	}
	certain, possible := Sort{Kind: kind, Correlated: true}, Sort{Kind: kind}
	if hits.full(certain) && hits.full(possible) {
		hits.add(possible, s, "") // which only counts it
		return
	}
	found := hits.view.text[s.start:s.end]
	switch {
	case kind == Email && d.allows(found):
	case d.isTruth(field, found):
		hits.add(Sort{Kind: Truth, Name: string(field)}, s, "")
		hits.add(certain, s, "")
	case d.masked[field].Fits(found):
		hits.add(certain, s, "")
	default:
		hits.add(possible, s, "")
	}
}

// finders find things by their form.
var finders = []struct {
	kind Kind
	find func(text string) []span
}{
	{Phone, phones},
	{Email, emails},
	{IDCard, idCards},
	{BankCard, bankCards},
	{JWT, jwts},
	{StackTrace, stackTraces},
	{SQL, sqlErrors},
	{ClassName, classNames},
	{InternalPath, paths},
	{PrivateAddress, privateAddresses},
	{Banner, banners},
}

// fields says which member holds values of a kind.
var fields = map[Kind]mask.Field{Phone: mask.MobilePhone, Email: mask.Email}

func (d *Detector) allows(address string) bool {
	address = strings.ToLower(address)
	local, _, _ := strings.Cut(address, "@")
	return slices.Contains(d.allowed, address) || slices.Contains(d.allowed, local+"@")
}

func (d *Detector) isTruth(f mask.Field, found string) bool {
	return slices.ContainsFunc(d.truth[f], func(truth string) bool {
		return endAlike(found, truth) && mask.JudgeTruth(f, found, truth).Verdict == mask.Unmasked
	})
}

// endAlike tells whether two values may be the same in different spelling: their
// last letters or digits are. Most are told apart here, where it costs little.
func endAlike(a, b string) bool {
	const telling = 4
	i, j := len(a)-1, len(b)-1
	for n := 0; n < telling; n++ {
		for i >= 0 && !isAlnum(a[i]) {
			i--
		}
		for j >= 0 && !isAlnum(b[j]) {
			j--
		}
		if i < 0 || j < 0 {
			return true // too short to tell, or of other characters than these
		}
		if fold[a[i]] != fold[b[j]] {
			return false
		}
		i, j = i-1, j-1
	}
	return true
}

// hit describes the find s in v.
func (v *view) hit(sort Sort, s span, form string) Hit {
	found := v.text[s.start:s.end]
	source := v.source(s)
	h := Hit{
		Kind: sort.Kind, Name: sort.Name, Correlated: sort.Correlated,
		Start: source.start, End: source.end,
		Encoding: join(v.encoding, form),
		Length:   len(found),
	}
	if h.Kind != Token && h.Kind != JWT {
		h.Shape = schemas.Shape(found)
	}
	return h
}

func join(outer, inner string) string {
	if outer == "" || inner == "" {
		return outer + inner
	}
	return outer + ">" + inner
}

// merge sorts hits and drops each that lies within another of its kind and name.
func merge(hits []Hit) []Hit {
	slices.SortStableFunc(hits, func(a, b Hit) int {
		return cmp.Or(
			cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.Start, b.Start),
			cmp.Compare(b.End, a.End),
			cmp.Compare(b.Length, a.Length),
		)
	})
	var out []Hit
	for _, h := range hits {
		if n := len(out) - 1; n >= 0 && out[n].Kind == h.Kind && out[n].Name == h.Name && out[n].End >= h.End {
			out[n].Correlated = out[n].Correlated || h.Correlated
			continue
		}
		out = append(out, h)
	}
	slices.SortStableFunc(out, func(a, b Hit) int { return cmp.Compare(a.Start, b.Start) })
	return out
}
