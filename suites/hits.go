package suites

import (
	"errors"
	"net/http"
	"strings"
	"sync"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
	"omaspec/schemas/strictjson"
	"omaspec/suites/probe"
)

// placedHit is something sensitive that was found in an answer, and where.
type placedHit struct {
	leak.Hit
	Place string `json:"place"` // "header" or "body"
	Where string `json:"where"` // header name, JSON pointer, "status line" or "body"
}

// certain tells whether a hit is beyond doubt the customer's: it agrees with a
// masked value of the run, or equals a known true value.
func certain(s leak.Sort) bool { return s.Correlated || s.Kind == leak.Truth }

// issue describes a hit by its kind, encoding and shape.
func (h placedHit) issue() schemas.Issue {
	observed := string(h.Kind)
	if whose := probe.Whose(h.Name); whose != "" && h.Kind == leak.Token {
		observed = whose
	}
	if h.Shape != "" {
		observed += " of shape " + h.Shape
	}
	observed += ", " + plural(h.Length, "character")
	if h.Encoding != "" {
		observed += ", encoded (" + h.Encoding + ")"
	}
	if h.Correlated {
		observed += ", agreeing with a masked member"
	}
	return schemas.Issue{Code: "leak." + string(h.Kind), Where: h.Where, Expected: "nothing of the kind", Observed: observed}
}

// sightings is what was found in an answer, or in a part of it.
type sightings struct {
	Hits []placedHit   `json:"hits,omitempty"`
	More map[place]int `json:"more,omitempty"` // how many hits were not kept
	// Unread tells that not everything was looked at.
	Unread bool `json:"unread,omitempty"`
}

// place is where hits of one sort were found: in "header" or "body".
type place struct {
	sort leak.Sort
	name string
}

// MarshalText writes the place and the sort, with a blank between each: "body
// phone correlated", "header token {token:valid}".
func (p place) MarshalText() ([]byte, error) {
	words := []string{p.name, string(p.sort.Kind)}
	if p.sort.Correlated {
		words = append(words, correlated)
	}
	if p.sort.Name != "" {
		words = append(words, p.sort.Name)
	}
	return []byte(strings.Join(words, " ")), nil
}

const correlated = "correlated"

// UnmarshalText reads what MarshalText wrote.
func (p *place) UnmarshalText(text []byte) error {
	words := strings.SplitN(string(text), " ", 3)
	if len(words) < 2 {
		return errors.New("no place and kind of a find")
	}
	p.name, p.sort.Kind = words[0], leak.Kind(words[1])
	for _, word := range words[2:] {
		rest, ok := strings.CutPrefix(word, correlated)
		p.sort.Correlated, p.sort.Name = ok, strings.TrimPrefix(rest, " ")
	}
	return nil
}

// fieldsPerSection is how many fields are looked at one by one.
const fieldsPerSection = 200

// placedHits scans every part of an answer.
func (v *View) placedHits(x *evidence.Exchange) sightings {
	s := scanner{view: v}
	r := x.Response
	if string(r.Reason) != http.StatusText(r.Status) {
		s.scan("header", "status line", string(r.Reason))
	}
	s.fields(r.Header)
	s.fields(r.Trailer)
	s.scan("body", "after the body", string(r.Extra))
	s.join(v.bodyHits(x))
	return s.sightings
}

// fields scans a header or trailer section, its first fields one by one.
func (s *scanner) fields(fields evidence.Fields) {
	for _, f := range fields[:min(fieldsPerSection, len(fields))] {
		s.scanAt("header", func() string { return "header " + safeFieldName(f.Name) }, inField(f.Name), string(f.Value))
		s.scanAt("header", func() string { return "a header name" }, inName, f.Name)
	}
	if len(fields) <= fieldsPerSection {
		return
	}
	var b strings.Builder
	for _, f := range fields[fieldsPerSection:] {
		b.WriteString(f.Name + "\n" + string(f.Value) + "\n")
	}
	s.scan("header", "a further header field", b.String())
}

// bodyHits scans a body, once for each content.
func (v *View) bodyHits(x *evidence.Exchange) sightings {
	b, success := v.body(x), x.Status() == 200
	found, ok := b.hits[success]
	if !ok {
		s := scanner{view: v}
		v.scanBody(&s, x)
		found = s.sightings
		b.hits[success] = found
	}
	return found
}

// scanBody scans a JSON body member by member, so that hits have a pointer, and
// any other as one text.
func (v *View) scanBody(s *scanner, x *evidence.Exchange) {
	b := v.body(x)
	s.Unread = s.Unread || b.oversize
	if !b.document.Complete {
		s.scan("body", "body", b.text)
		s.scan("body", "body", b.partial)
		return
	}
	_, trailing, _ := strings.Cut(b.text, b.document.Raw)
	s.scan("body", "after the JSON text", trailing)
	b.document.WalkNames(func(pointer, name string) {
		s.scanAt("body", func() string { return pointer + " (member name)" }, inName, name)
	})
	judged := map[string]bool{}
	if x.Status() == 200 {
		judged = v.judgedElsewhere(x)
	}
	b.document.Walk(func(pointer string, scalar strictjson.Value) {
		switch {
		case judged[pointer] && (scalar.Kind == strictjson.String || scalar.Kind == strictjson.Number):
		case scalar.Kind == strictjson.String:
			s.scan("body", pointerOrBody(pointer), scalar.String)
		default:
			s.scan("body", pointerOrBody(pointer), scalar.Raw)
		}
	})
}

// judgedElsewhere holds the pointers of the members of a 200 that have rules of
// their own: the masked ones (MASK-01 to MASK-04) and portalUrl (MASK-21).
func (v *View) judgedElsewhere(x *evidence.Exchange) map[string]bool {
	prefix := ""
	if v.body(x).wrapped {
		prefix = "/schema"
	}
	pointers := map[string]bool{prefix + "/portalUrl": true}
	for _, field := range mask.Fields {
		pointers[prefix+"/"+string(field)] = true
	}
	return pointers
}

func pointerOrBody(pointer string) string {
	if pointer == "" {
		return "body"
	}
	return pointer
}

// scanner collects hits, the first ones of each sort.
type scanner struct {
	sightings
	view  *View
	count map[place]int
}

func (s *scanner) scan(place, where, text string) {
	s.scanAt(place, func() string { return where }, anywhere, text)
}

func (s *scanner) scanAt(name string, where func() string, around surroundings, text string) {
	if text == "" {
		return
	}
	found := s.view.scan(around, text)
	s.Unread = s.Unread || found.Unread
	for _, hit := range found.Hits {
		if around == inCookie && hit.Kind == leak.JWT {
			continue // the target's own, for the caller; the caller's token is one of the secrets
		}
		s.add(place{hit.Sort(), name}, func() placedHit { return placedHit{hit, name, where()} })
	}
	for sort, n := range found.More {
		if around != inCookie || sort.Kind != leak.JWT {
			s.omit(place{sort, name}, n)
		}
	}
}

// join adds what was found in a part.
func (s *scanner) join(part sightings) {
	s.Unread = s.Unread || part.Unread
	for _, hit := range part.Hits {
		s.add(place{hit.Sort(), hit.Place}, func() placedHit { return hit })
	}
	for at, n := range part.More {
		s.omit(at, n)
	}
}

// add adds a hit, unless enough of its sort are there.
func (s *scanner) add(at place, hit func() placedHit) {
	if s.count == nil {
		s.count = map[place]int{}
	}
	if s.count[at]++; s.count[at] > hitsPerSort {
		s.omit(at, 1)
		return
	}
	s.Hits = append(s.Hits, hit())
}

func (s *scanner) omit(at place, n int) {
	if s.More == nil {
		s.More = map[place]int{}
	}
	s.More[at] += n
}

// fieldWords are the words that the names of common fields are made of.
var fieldWords = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for word := range strings.FieldsSeq(`
		accept access account age agent allow alt api app auth authenticate authentication authorization cache
		client code company connection contact content control cookie cors created credentials custom customer
		data date debug description disposition email encoding error etag expires expose file forwarded frame
		from host id info ip key language last length limit link location login mail member message method mobile
		modified name nonce number oma options origin owner phone policy powered proxy rate redirect ref refresh
		remaining request reset response result retry security server service session set source span state status
		store sts strict subject tel tenant time timing token trace trailer transport type uid upgrade uri url user
		userid username value vary vdn version via warning www x`) {
		words[word] = true
	}
	return words
})

// safeFieldName is a field name that may be printed, in its canonical spelling:
// one of common words, since any other word may be somebody's name.
func safeFieldName(name string) string {
	for word := range strings.SplitSeq(strings.ToLower(name), "-") {
		if !fieldWords()[word] {
			return "<unknown, " + plural(len(name), "character") + ">"
		}
	}
	return evidence.Canonical(name)
}
