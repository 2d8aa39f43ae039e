package suites

import (
	"bytes"
	"encoding/gob"
	"fmt"
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

	once sync.Once
	seen *view
}

// Conditions are what judging needs to know besides the exchanges.
type Conditions struct {
	Now      time.Time        `json:"now"`      // when the exchanges were gathered
	Secure   bool             `json:"secure"`   // the target is addressed over https
	Loopback bool             `json:"loopback"` // the target is on this machine
	Readings schemas.Readings `json:"readings"`
	// Secrets maps placeholders ("{token:valid}") to what they stood for on the
	// wire. In recorded evidence a placeholder stands for itself.
	Secrets map[string]string `json:"secrets"`
	// Subject holds the true data of the tokens' customers by role ("valid",
	// "second-tenant"), where it is known. Recorded evidence has none of it, and
	// Known tells that it was known.
	Subject map[string]map[mask.Field]string `json:"subject,omitempty"`
	Known   bool                             `json:"known,omitempty"`

	PortalHosts   []string `json:"portalHosts,omitempty"`
	RedirectHosts []string `json:"redirectHosts,omitempty"`
	AllowEmails   []string `json:"allowEmails,omitempty"`
}

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

	// What was read is kept, since many judges ask, and most answers are alike.
	bodies   map[bodyKey]*body
	detector *leak.Detector
	scans    map[string][]leak.Hit
	portals  map[string][]schemas.Issue

	observations map[*exchange.Exchange]*Observation
	combined     *[]combination
}

// bodyKey is what the reading of a body depends on.
type bodyKey struct{ coding, contentType, text string }

// body is what could be read of a response's body.
type body struct {
	text     string // without its content coding, where that could be removed
	undecode string // why the content coding could not be removed, or ""
	form     media.Form
	document *strictjson.Document
	issues   []schemas.Issue // of reading it as JSON
}

// members is the object that holds the members of Table 2: the root, or, where
// the root has none of them, the member schema (row A3). Whether that is the
// documented place is judged by BODY-05 alone.
func (b *body) members() (object strictjson.Value, wrapped bool) {
	root := b.document.Value
	inner, ok := root.Member("schema")
	if ok && inner.Kind == strictjson.Object && len(root.Members("mobilePhone")) == 0 {
		return inner, true
	}
	return root, false
}

func (e *Evidence) view() *view {
	e.once.Do(func() { e.seen = newView(e.Gathering, e.Conditions) })
	return e.seen
}

func newView(g *probe.Gathering, conditions Conditions) *view {
	v := &view{Conditions: conditions, gathering: g, byRow: map[string][]*exchange.Exchange{},
		bodies: map[bodyKey]*body{}, scans: map[string][]leak.Hit{}, portals: map[string][]schemas.Issue{},
		observations: map[*exchange.Exchange]*Observation{}}
	if g == nil {
		v.gathering = &probe.Gathering{}
		return v
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
	masked := map[mask.Field][]string{}
	for _, x := range g.Exchanges {
		v.collectMasked(x, masked)
	}
	v.detector = leak.New(leak.Config{Masked: masked, Truth: truths(conditions.Subject), Secrets: conditions.Secrets, AllowEmails: conditions.AllowEmails})
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

// bodyLimit bounds what a content coding may expand to.
const bodyLimit = 1 << 20

// body reads the body of a response, once.
func (v *view) body(x *exchange.Exchange) *body {
	h := x.Response.Header
	key := bodyKey{strings.Join(h.Values("Content-Encoding"), ","), h.Get("Content-Type"), string(x.Response.Body)}
	if b := v.bodies[key]; b != nil {
		return b
	}
	b := &body{text: key.text}
	if key.coding != "" {
		decoded, err := media.Decode(key.coding, []byte(b.text), bodyLimit)
		if err != nil {
			b.undecode = err.Error()
		} else {
			b.text = string(decoded)
		}
	}
	b.document, b.issues = strictjson.Parse([]byte(b.text), strictjson.DefaultLimits)
	b.form = media.ErrorForm(key.contentType, []byte(b.text))
	v.bodies[key] = b
	return b
}

// members is the object with the members of Table 2 in a response.
func (v *view) members(x *exchange.Exchange) strictjson.Value {
	object, _ := v.body(x).members()
	return object
}

// collectMasked adds the properly masked values of a 200, which leaks are
// correlated with.
func (v *view) collectMasked(x *exchange.Exchange, masked map[mask.Field][]string) {
	if x.Status() != 200 {
		return
	}
	members := v.members(x)
	for _, field := range mask.Fields {
		for _, value := range members.Members(string(field)) {
			if value.Kind == strictjson.String && mask.Judge(field, value.String).Verdict == mask.OK {
				masked[field] = append(masked[field], value.String)
			}
		}
	}
}

// portal judges a value of portalUrl by all its rules, once for each text. Another
// type is judged by BODY-18.
func (v *view) portal(value strictjson.Value) []schemas.Issue {
	if value.Kind != strictjson.String {
		return nil
	}
	issues, ok := v.portals[value.String]
	if !ok {
		issues = portalurl.Judge(value.String, portalurl.Options{PortalHosts: v.PortalHosts, RedirectHosts: v.RedirectHosts, Detector: v.detector})
		v.portals[value.String] = issues
	}
	return issues
}

// scan looks for leaks in a text, once for each text.
func (v *view) scan(text string) []leak.Hit {
	hits, ok := v.scans[text]
	if !ok {
		hits = v.detector.Scan(text)
		v.scans[text] = hits
	}
	return hits
}

// truths lists the true values of all customers by field.
func truths(subjects map[string]map[mask.Field]string) map[mask.Field][]string {
	all := map[mask.Field][]string{}
	for _, subject := range subjects {
		for field, value := range subject {
			all[field] = append(all[field], value)
		}
	}
	return all
}
