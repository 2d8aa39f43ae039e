package suites

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"slices"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"omaspec/reports/exchange"
	"omaspec/schemas"
	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
	"omaspec/schemas/media"
	"omaspec/schemas/portalurl"
	"omaspec/schemas/strictjson"
	"omaspec/suites/probe"
)

// Evidence is all that the judges look at: the exchanges, and the conditions
// under which they were gathered.
type Evidence struct {
	Gathering  *probe.Gathering
	Conditions Conditions

	ctx  context.Context // of the run that judges it, or nil
	once sync.Once
	seen *view
}

// Conditions are what judging needs to know besides the exchanges.
type Conditions struct {
	Now      time.Time // when the exchanges were gathered
	Secure   bool      // the target is addressed over https
	Loopback bool      // the target is on this machine
	Readings schemas.Readings
	// Secrets maps placeholders ("{token:valid}") to what they stood for on the
	// wire. In recorded evidence a placeholder stands for itself.
	Secrets leak.Secrets
	// Subject holds the true data of the tokens' customers by role ("valid",
	// "second-tenant"), where it is known. Recorded evidence has none of it, and
	// Known tells that it was known.
	Subject mask.Subjects
	Known   bool

	PortalHosts   []string
	RedirectHosts []string
	AllowEmails   []string
}

// String is what every formatter shows of evidence: how much there is.
func (e *Evidence) String() string {
	n := 0
	if e.Gathering != nil {
		n = len(e.Gathering.Exchanges)
	}
	return fmt.Sprintf("evidence of %d exchanges", n)
}

// Format implements fmt.Formatter for every verb.
func (e *Evidence) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.String()) }

// GomegaString keeps Gomega's formatter from walking into what was captured.
func (e *Evidence) GomegaString() string { return e.String() }

// MarshalJSON keeps encoders from writing what was captured.
func (e *Evidence) MarshalJSON() ([]byte, error) { return []byte(strconv.Quote(e.String())), nil }

// truthKnown tells whether the masks were compared with true values.
func (c Conditions) truthKnown() bool { return c.Known || len(c.Subject) > 0 }

// handed is evidence on its way to another process.
type handed struct {
	Gathering  []byte
	Conditions Conditions
}

// marshal encodes evidence for another process of the same parallel run, whatever
// bytes its tokens hold. It holds secrets and goes nowhere else.
func (e *Evidence) marshal() ([]byte, error) {
	gathering, err := e.Gathering.Marshal()
	if err != nil {
		return nil, fmt.Errorf("hand over the evidence: %w", err)
	}
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(handed{gathering, e.Conditions}); err != nil {
		return nil, fmt.Errorf("hand over the evidence: %w", err)
	}
	return b.Bytes(), nil
}

func unmarshalEvidence(b []byte) (*Evidence, error) {
	var h handed
	if err := gob.NewDecoder(bytes.NewReader(b)).Decode(&h); err != nil {
		return nil, fmt.Errorf("take over the evidence: %w", err)
	}
	gathering, err := probe.Unmarshal(h.Gathering)
	if err != nil {
		return nil, fmt.Errorf("take over the evidence: %w", err)
	}
	return &Evidence{Gathering: gathering, Conditions: h.Conditions}, nil
}

// view is the evidence prepared for judging: indexed, parsed and scanned once,
// however many judges ask.
type view struct {
	Conditions
	gathering *probe.Gathering
	exchanges []*exchange.Exchange
	byRow     map[string][]*exchange.Exchange
	path      string // of the documented request

	// stopped says why the run stopped before it could judge anything, or "".
	stopped string
	// uncontrolled says why refusals prove nothing: the valid token was not
	// accepted at the end of the run. It is "" when it was.
	uncontrolled string

	// ctx is that of the judge at work. What is read after its end is not all.
	ctx context.Context

	// What was read is kept, since many judges ask, and most answers are alike.
	read     map[*exchange.Exchange]*body
	bodies   map[bodyKey]*body
	detector *leak.Detector
	survey   *leak.Survey
	scans    memo[scanKey, leak.Found]
	masks    memo[maskKey, mask.Result]
	known    memo[knownKey, maskSeen]
	portals  memo[string, portalSeen]
	decoded  int // bytes that content codings became
	values   int // of JSON

	observations map[*exchange.Exchange]*Observation
	overall      *overall // of all exchanges together
}

// bodyKey is what the reading of a body depends on.
type bodyKey struct{ coding, contentType, text string }

// body is what could be read of a response's body.
type body struct {
	text     string // without its content coding, where that could be removed
	undecode string // why the content coding could not be removed, or ""
	partial  string // what came of a content coding that could not be removed
	unread   string // why not all of it was looked at, or ""
	oversize bool   // its content coding becomes more than any answer needs
	form     media.Form
	document *strictjson.Document
	issues   []schemas.Issue // of reading it as JSON

	object  strictjson.Value // that holds the members of Table 2; see objectOf
	wrapped bool             // it is the value of schema
	tabled  bool             // it has any of them

	schema map[string][]schemas.Issue // by the name of the schema
	hits   map[bool]sightings         // by whether it is the body of a 200
}

// objectOf finds the object that holds the members of Table 2: the root, or, where
// the root has none of them, the member schema (row A3). Whether that is the
// documented place is judged by BODY-05 alone.
func objectOf(root strictjson.Value) (object strictjson.Value, wrapped bool) {
	inner, ok := root.Member("schema")
	if ok && inner.Kind == strictjson.Object && !root.Has("mobilePhone") {
		return inner, true
	}
	return root, false
}

// context is that of the run that judges the evidence.
func (e *Evidence) context() context.Context {
	if e.ctx == nil {
		return context.Background()
	}
	return e.ctx
}

func (e *Evidence) view(ctx context.Context) *view {
	e.once.Do(func() { e.seen = newView(ctx, e.Gathering, e.Conditions) })
	e.seen.ctx = ctx
	return e.seen
}

func newView(ctx context.Context, g *probe.Gathering, conditions Conditions) *view {
	v := &view{ctx: ctx, Conditions: conditions, gathering: g, byRow: map[string][]*exchange.Exchange{},
		read: map[*exchange.Exchange]*body{}, bodies: map[bodyKey]*body{}, observations: map[*exchange.Exchange]*Observation{}}
	v.survey = &leak.Survey{Kept: hitsPerSort, Decoded: decodedPerRun, Raw: rawPerRun, Stop: func() bool { return v.ctx.Err() != nil }}
	if g == nil {
		g = &probe.Gathering{}
		v.gathering = g
	}
	v.exchanges = g.Exchanges
	if len(g.Exchanges) > 0 {
		v.path = g.Exchanges[0].Request.Target
	}
	for _, x := range g.Exchanges {
		v.byRow[rowOf(x.Probe)] = append(v.byRow[rowOf(x.Probe)], x)
	}
	if g.Stopped != nil {
		v.stopped = g.Stopped.Reason
	}
	v.uncontrolled = uncontrolled(g)
	v.detector = leak.New(leak.Config{Masked: v.masked(), Truth: conditions.Subject.Values(), Secrets: conditions.Secrets, AllowEmails: conditions.AllowEmails})
	return v
}

// uncontrolled looks at the closing request with the valid token.
func uncontrolled(g *probe.Gathering) string {
	for _, x := range g.Exchanges {
		if x.Probe == probe.Closing {
			if x.Status() == 200 {
				return ""
			}
			return fmt.Sprintf("a refusal proves nothing: at the end of the run the valid token got %s (expired, revoked or locked out?)", statusOf(x))
		}
	}
	return "a refusal proves nothing: the run ended before the valid token was sent once more"
}

func statusOf(x *exchange.Exchange) string {
	if x.Response == nil {
		return "no response (" + x.Failure.Kind + ")"
	}
	return fmt.Sprint(x.Status())
}

// unsent lists why nothing of a row was sent.
func (v *view) unsent(row string) []probe.Unsent {
	var list []probe.Unsent
	for _, u := range v.gathering.Unsent {
		if rowOf(u.Probe) == row {
			list = append(list, u)
		}
	}
	if len(list) == 0 {
		list = append(list, probe.Unsent{Probe: row, Kind: probe.UnsentGroup, Reason: "row " + row + " was not part of this run"})
	}
	return list
}

// Bounds of what is read for one run, far beyond what conforming answers come to.
// What lies beyond them is not judged, and whoever asks for it is in doubt.
const (
	bodyLimit     = 256 << 10 // bytes that the content coding of one body may become
	decodedLimit  = 8 << 20   // and those of all bodies
	decodedPerRun = 8 << 20   // bytes that other encodings may become
	rawPerRun     = 16 << 20  // bytes of text that is searched
	valuesPerRun  = 100_000   // of JSON, in all bodies
	valuesAtLeast = 100       // of JSON, in each body all the same
	hitsPerSort   = 8         // of leaks, kept of each text
	sameNames     = 64        // values of one member in one object
	memoised      = 4096      // results of each kind that are kept
	memoisedText  = 4 << 10   // bytes of a text whose result is kept
)

// body reads the body of a response, once.
func (v *view) body(x *exchange.Exchange) *body {
	if b := v.read[x]; b != nil {
		return b
	}
	h := x.Response.Header
	key := bodyKey{strings.Join(h.Values("Content-Encoding"), ","), h.Get("Content-Type"), string(x.Response.Body)}
	b := v.bodies[key]
	if b == nil {
		b = v.newBody(key)
		v.bodies[key] = b
	}
	v.read[x] = b
	return b
}

func (v *view) newBody(key bodyKey) *body {
	b := &body{text: key.text, schema: map[string][]schemas.Issue{}, hits: map[bool]sightings{}}
	if key.coding != "" {
		v.decode(b, key.coding)
	}
	limits := strictjson.DefaultLimits
	limits.Values = min(limits.Values, max(valuesPerRun-v.values, valuesAtLeast))
	b.document, b.issues = strictjson.ParseString(b.text, limits)
	v.values += b.document.Values
	b.object, b.wrapped = objectOf(b.document.Value)
	b.tabled = slices.ContainsFunc(table2, func(m member) bool { return b.object.Has(m.name) })
	if b.document.Values > limits.Values && limits.Values < strictjson.DefaultLimits.Values {
		b.unread = "the answers hold too much JSON to read all of it"
	}
	switch {
	case b.unread != "":
		b.issues = nil
	case b.oversize:
		b.issues = []schemas.Issue{{Code: strictjson.CodeSize, Where: "body", Expected: "a body of some hundred bytes",
			Observed: "more than 256 KiB when its content coding is undone, at which omaspec stops reading"}}
	}
	b.form = media.FormOf(key.contentType, b.text, b.document, b.issues)
	return b
}

// decode removes a content coding. Where it becomes too much, the leaks in what it
// has become by then count.
func (v *view) decode(b *body, coding string) {
	limit := min(bodyLimit, max(decodedLimit-v.decoded, 0))
	decoded, err := media.Decode(coding, []byte(b.text), limit)
	v.decoded += len(decoded)
	switch {
	case err == nil:
		b.text = string(decoded)
		return
	case errors.Is(err, media.ErrLimit) && limit == bodyLimit:
		b.oversize = true
	case errors.Is(err, media.ErrLimit):
		b.unread = "its content coding becomes too much to read all of it"
	}
	b.partial = string(decoded)
	if limit == bodyLimit || !errors.Is(err, media.ErrLimit) {
		b.undecode = err.Error()
	}
}

// members is the object with the members of Table 2 in a response.
func (v *view) members(x *exchange.Exchange) strictjson.Value { return v.body(x).object }

// masked collects the properly masked values of all 200s, which leaks are
// correlated with.
func (v *view) masked() map[mask.Field][]string {
	all := map[mask.Field][]string{}
	seen := map[maskKey]bool{}
	for _, x := range v.exchanges {
		if x.Status() != 200 || v.ctx.Err() != nil {
			continue
		}
		for _, field := range mask.Fields {
			values, _ := v.memberValues(x, string(field))
			for _, value := range values {
				key := maskKey{field, value.String}
				if value.Kind == strictjson.String && !seen[key] && v.mask(field, value.String).Verdict == mask.OK {
					seen[key] = true
					all[field] = append(all[field], value.String)
				}
			}
		}
	}
	return all
}

// memberValues are the first values that a member of Table 2 has in a response,
// and whether those are all.
func (v *view) memberValues(x *exchange.Exchange, name string) (values []strictjson.Value, all bool) {
	values = v.members(x).Members(name)
	return values[:min(sameNames, len(values))], len(values) <= sameNames
}

// maskKey is a value of a masked member.
type maskKey struct {
	field mask.Field
	text  string
}

// knownKey is such a value, and the true one.
type knownKey struct {
	maskKey
	truth string
}

// mask judges a value of a masked member, once.
func (v *view) mask(field mask.Field, text string) mask.Result {
	return v.masks.of(maskKey{field, text}, func() mask.Result { return mask.Judge(field, text) })
}

// portal judges a value of portalUrl by all its rules, once for each text. Another
// type is judged by BODY-18.
func (v *view) portal(value strictjson.Value) portalSeen {
	if value.Kind != strictjson.String {
		return portalSeen{}
	}
	return v.portals.of(value.String, func() (p portalSeen) {
		p.Issues = portalurl.Judge(value.String, portalurl.Options{PortalHosts: v.PortalHosts, RedirectHosts: v.RedirectHosts, Detector: scanning(func(text string) []leak.Hit {
			found := v.scan(inPortalURL, text)
			p.Unread = p.Unread || found.Unread
			return found.Hits
		})})
		return p
	})
}

// scanKey is a text and where it stands.
type scanKey struct {
	around surroundings
	text   string
}

// scan looks for leaks in a text, and remembers what it found in short ones.
func (v *view) scan(around surroundings, text string) leak.Found {
	v.survey.Spare = around.ordinary
	if len(text) > memoisedText {
		return v.survey.Scan(v.detector, text)
	}
	return v.scans.of(scanKey{around, text}, func() leak.Found { return v.survey.Scan(v.detector, text) })
}

// memo remembers the last results of a function.
type memo[K comparable, V any] struct{ results map[K]V }

func (m *memo[K, V]) of(key K, compute func() V) V {
	result, ok := m.results[key]
	if ok {
		return result
	}
	result = compute()
	if m.results == nil || len(m.results) >= memoised {
		m.results = map[K]V{}
	}
	m.results[key] = result
	return result
}
