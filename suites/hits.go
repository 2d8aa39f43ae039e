package suites

import (
	"strings"

	"omaspec/reports/exchange"
	"omaspec/schemas"
	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
	"omaspec/schemas/strictjson"
)

// placedHit is something sensitive that was found in an answer, and where.
type placedHit struct {
	leak.Hit
	Place string `json:"place"` // "header" or "body"
	Where string `json:"where"` // header name, JSON pointer, "status line" or "body"
}

// certain tells whether a hit is beyond doubt the customer's: it agrees with a
// masked value of the run, or equals a known true value.
func (h placedHit) certain() bool { return h.Correlated || h.Kind == leak.Truth }

// issue describes a hit by its kind, encoding and shape.
func (h placedHit) issue() schemas.Issue {
	observed := string(h.Kind) + " of shape " + h.Shape + ", " + plural(h.Length, "character")
	if h.Encoding != "" {
		observed += ", encoded (" + h.Encoding + ")"
	}
	if h.Correlated {
		observed += ", agreeing with a masked member"
	}
	return schemas.Issue{Code: "leak." + string(h.Kind), Where: h.Where, Expected: "nothing of the kind", Observed: observed}
}

// placedHits scans every part of an answer.
func (v *view) placedHits(x *exchange.Exchange) []placedHit {
	s := scanner{view: v}
	r := x.Response
	s.scan("header", "status line", string(r.Reason))
	for _, fields := range []exchange.Fields{r.Header, r.Trailer} {
		for _, f := range fields {
			s.scan("header", "header "+safeFieldName(f.Name), string(f.Value))
			s.scan("header", "a header name", f.Name)
		}
	}
	s.scan("body", "after the body", string(r.Extra))
	v.scanBody(&s, x)
	return s.hits
}

// scanBody scans a JSON body member by member, so that hits have a pointer, and
// any other as one text.
func (v *view) scanBody(s *scanner, x *exchange.Exchange) {
	b := v.body(x)
	if !b.document.Complete {
		s.scan("body", "body", b.text)
		return
	}
	_, trailing, _ := strings.Cut(b.text, b.document.Raw)
	s.scan("body", "after the JSON text", trailing)
	b.document.WalkNames(func(pointer, name string) { s.scan("body", pointer+" (member name)", name) })
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
func (v *view) judgedElsewhere(x *exchange.Exchange) map[string]bool {
	prefix := ""
	if _, wrapped := v.body(x).members(); wrapped {
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

// scanner collects hits, the same one in the same place once.
type scanner struct {
	view *view
	hits []placedHit
}

func (s *scanner) scan(place, where, text string) {
	if text == "" {
		return
	}
	for _, hit := range s.view.scan(text) {
		s.hits = append(s.hits, placedHit{hit, place, where})
	}
}

// fieldWords are the words that the names of common fields are made of.
var fieldWords = func() map[string]bool {
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
}()

// safeFieldName is a field name that may be printed, in its canonical spelling:
// one of common words, since any other word may be somebody's name.
func safeFieldName(name string) string {
	for word := range strings.SplitSeq(strings.ToLower(name), "-") {
		if !fieldWords[word] {
			return "<unknown, " + plural(len(name), "character") + ">"
		}
	}
	return exchange.Canonical(name)
}
