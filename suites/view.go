package suites

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
	"omaspec/schemas/media"
	"omaspec/schemas/portalurl"
	"omaspec/schemas/strictjson"
)

// View is evidence prepared for judging: indexed, parsed and scanned once, however
// many judges ask. It is not for concurrent use.
type View struct {
	evidence.Opaque
	evidence.Conditions
	gathering evidence.Gathering
	exchanges []*evidence.Exchange            // those that count
	before    map[string][]*evidence.Exchange // the tries before them, by their id
	byRow     map[string][]*evidence.Exchange
	path      string // of the documented request

	// stopped says why the run stopped before it could judge anything, or "".
	stopped string
	way     way

	// ctx is that of the judge at work. What is read after its end is not all.
	ctx context.Context

	// What was read is kept, since many judges ask, and most answers are alike.
	read     map[*evidence.Exchange]*body
	bodies   map[bodyKey]*body
	detector *leak.Detector
	survey   *leak.Survey
	scans    memo[scanKey, leak.Found]
	masks    memo[maskKey, mask.Result]
	known    memo[knownKey, maskSeen]
	portals  memo[string, portalSeen]
	decoded  int // bytes that content codings became
	values   int // of JSON

	observations map[*evidence.Exchange]*Observation
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
	data    bool             // it has them, or an object with several of them, at any depth

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

// Open prepares evidence for judging. What is observed first stops when ctx ends.
// The error says that recorded facts do not belong to the exchanges.
func Open(ctx context.Context, e *evidence.Evidence) (*View, error) {
	v := &View{ctx: ctx, Conditions: e.Conditions, gathering: e.Gathering, byRow: map[string][]*evidence.Exchange{}, before: map[string][]*evidence.Exchange{},
		read: map[*evidence.Exchange]*body{}, bodies: map[bodyKey]*body{}, observations: map[*evidence.Exchange]*Observation{}}
	v.Compared = v.Compared || len(v.Subject) > 0
	v.survey = &leak.Survey{Kept: hitsPerSort, Decoded: decodedPerRun, Raw: rawPerRun, Stop: func() bool { return v.ctx.Err() != nil }}
	for i, x := range v.gathering.Exchanges {
		if i == 0 {
			v.path = x.Request.Target
		}
		if x.Try > 0 {
			id := evidence.Counting(x.ID())
			v.before[id] = append(v.before[id], x)
			continue
		}
		v.exchanges = append(v.exchanges, x)
		v.byRow[x.Row()] = append(v.byRow[x.Row()], x)
	}
	if v.gathering.Stopped != nil {
		v.stopped = v.gathering.Stopped.Reason
	}
	v.way = v.lookAtWay()
	v.detector = leak.New(leak.Config{Masked: v.masked(), Truth: v.Subject.Values(), Secrets: v.Secrets, AllowEmails: v.AllowEmails})
	if e.Facts == nil {
		return v, nil
	}
	return v, v.recall(*e.Facts)
}

func statusOf(x *evidence.Exchange) string {
	if x.Response == nil {
		return "no response (" + x.Failure.Kind + ")"
	}
	return fmt.Sprint(x.Status())
}

// unsent lists why nothing of a row was sent.
func (v *View) unsent(row string) []evidence.Unsent {
	var list []evidence.Unsent
	for _, u := range v.gathering.Unsent {
		if evidence.RowOf(u.Probe) == row {
			list = append(list, u)
		}
	}
	if len(list) == 0 {
		list = append(list, evidence.Unsent{Probe: row, Kind: evidence.UnsentGroup, Reason: "row " + row + " was not part of this run"})
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
func (v *View) body(x *evidence.Exchange) *body {
	if b := v.read[x]; b != nil {
		return b
	}
	h := x.Response.Header
	key := bodyKey{strings.Join(h.Values("Content-Encoding"), ","), h.Get("Content-Type"), string(x.Response.Body)}
	if hasNoBody(x) {
		key.coding = "" // of the body that another request would have got
	}
	b := v.bodies[key]
	if b == nil {
		b = v.newBody(key)
		v.bodies[key] = b
	}
	v.read[x] = b
	return b
}

func (v *View) newBody(key bodyKey) *body {
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
	b.data = b.tabled || holdsTable(b.document.Value)
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

// holdsTable tells whether a value holds an object with several members of Table 2, at any
// depth: one name alone is anybody's.
func holdsTable(v strictjson.Value) bool {
	members := map[string]int{} // by the pointer of their object
	v.WalkNames(func(object, name string) {
		if isTabled(name) {
			members[object]++
		}
	})
	return slices.ContainsFunc(slices.Collect(maps.Values(members)), func(n int) bool { return n > 1 })
}

// decode removes a content coding. Where it becomes too much, the leaks in what it
// has become by then count.
func (v *View) decode(b *body, coding string) {
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
func (v *View) members(x *evidence.Exchange) strictjson.Value { return v.body(x).object }

// masked collects the properly masked values of all 200s, which leaks are
// correlated with.
func (v *View) masked() map[mask.Field][]string {
	all := map[mask.Field][]string{}
	seen := map[maskKey]bool{}
	for _, x := range v.gathering.Exchanges {
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
func (v *View) memberValues(x *evidence.Exchange, name string) (values []strictjson.Value, all bool) {
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
func (v *View) mask(field mask.Field, text string) mask.Result {
	return v.masks.of(maskKey{field, text}, func() mask.Result { return mask.Judge(field, text) })
}

// portal judges a value of portalUrl by all its rules, once for each text. Another
// type is judged by BODY-18.
func (v *View) portal(value strictjson.Value) portalSeen {
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
func (v *View) scan(around surroundings, text string) leak.Found {
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
