package suites

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/schemas/createdate"
	"omaspec/schemas/lazy"
	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
	"omaspec/schemas/portalurl"
	"omaspec/schemas/strictjson"
	"omaspec/suites/match"
)

// Observation is what the words of one answer showed: what can be seen in the
// captured text only, and no more in the evidence, whose words are rewritten. It
// holds kinds, places and shapes, and nothing that was sent. Live it is taken from
// the text; in recorded evidence it stands beside the exchange.
type Observation struct {
	sightings
	Echoes []echo `json:"echoes,omitempty"`
	// Sensitive are the undocumented members whose names say that they are.
	Sensitive []sensitiveName           `json:"sensitive,omitempty"`
	Masks     map[mask.Field][]maskSeen `json:"masks,omitempty"` // each value of the member, in the order of the text
	// What each value of these members showed, in the order of the text.
	PortalURL  []portalSeen      `json:"portalUrl,omitempty"`
	CreateDate [][]schemas.Issue `json:"createDate,omitempty"`
}

// maskSeen is what one value of a masked member showed; Truth is nil where the
// true value is not known.
type maskSeen struct {
	mask.Result
	Truth *mask.Truth `json:"truth,omitempty"`
}

// portalSeen is what is wrong with one value of portalUrl, by all rules.
type portalSeen struct {
	Issues []schemas.Issue `json:"issues,omitempty"`
	Unread bool            `json:"unread,omitempty"` // not all of it was looked at
}

// sensitiveName is the word by which a name is sensitive, of our list, and where.
type sensitiveName struct {
	Where string `json:"where"`
	Word  string `json:"word"`
}

// echo is something of a request that came back in a way that it must not.
type echo struct {
	Kind  echoKind `json:"kind"`
	Where string   `json:"where"`
}

type echoKind string

const (
	echoScript   echoKind = "script"   // the script element of a token
	echoTemplate echoKind = "template" // the value of a template expression
	echoCallback echoKind = "callback" // a call of the function that a parameter names
	echoCookie   echoKind = "cookie"   // a cookie that the token's value started
	echoHost     echoKind = "host"     // a foreign host that the request named
)

// overall is what all answers together showed.
type overall struct {
	Combinations []combination `json:"combinations,omitempty"`
	// Uncompared counts the masks that were too many or too long to tell whether a
	// leaked value belongs to them.
	Uncompared int `json:"uncompared,omitempty"`
}

// combination is what all masks of one customer's value give away together.
type combination struct {
	Role  string     `json:"role"`
	Field mask.Field `json:"field"`
	mask.Combined
	Unread bool `json:"unread,omitempty"` // not all of them were put together
}

// observe returns what the words of an answer showed.
func (v *View) observe(x *evidence.Exchange) *Observation {
	if o := v.observations[x]; o != nil {
		return o
	}
	o := &Observation{}
	if x.Response != nil {
		o = v.look(x)
	}
	v.observations[x] = o
	return o
}

// look reads a captured answer.
func (v *View) look(x *evidence.Exchange) *Observation {
	o := &Observation{sightings: v.placedHits(x), Echoes: v.echoes(x)}
	truth := v.Subject[roleOf(x)]
	for _, field := range mask.Fields {
		for _, value := range v.judged(x, string(field)) {
			if o.Masks == nil {
				o.Masks = map[mask.Field][]maskSeen{}
			}
			o.Masks[field] = append(o.Masks[field], v.seeMask(field, value, truth[field]))
		}
	}
	if x.Status() == 200 {
		o.Sensitive = v.sensitive(x)
	}
	for _, value := range v.judged(x, "portalUrl") {
		o.PortalURL = append(o.PortalURL, v.portal(value))
	}
	for _, value := range v.judged(x, "createDate") {
		o.CreateDate = append(o.CreateDate, v.date(value))
	}
	return o
}

// sensitive lists the sensitive names of a success, each word once in a place.
func (v *View) sensitive(x *evidence.Exchange) []sensitiveName {
	var found []sensitiveName
	for _, name := range v.undocumented(x) {
		// The word that matched is from our list, not from the wire.
		if word := leak.SensitiveWord(name); word != "" {
			s := sensitiveName{"/" + strictjson.SafeName(name), strings.ToLower(word)}
			if !slices.Contains(found, s) {
				found = append(found, s)
			}
		}
	}
	return found
}

// judged are the values of a member of Table 2 that are judged in an answer: those
// of a success.
func (v *View) judged(x *evidence.Exchange, name string) []strictjson.Value {
	if x.Status() != 200 {
		return nil
	}
	values, _ := v.memberValues(x, name)
	return values
}

// seeMask judges one value of a masked member. A bare number is judged like its
// digits: as a number it is of the wrong type, and as a value not masked.
func (v *View) seeMask(field mask.Field, value strictjson.Value, truth string) maskSeen {
	text := value.String
	if value.Kind == strictjson.Number {
		text = value.Raw
	}
	if truth == "" || value.Kind != strictjson.String || value.String == "" {
		return maskSeen{Result: v.mask(field, text)}
	}
	return v.known.of(knownKey{maskKey{field, value.String}, truth}, func() maskSeen {
		result, t := mask.JudgeKnown(field, value.String, truth)
		return maskSeen{Result: result, Truth: &t}
	})
}

// date judges one value of createDate. Another type is judged by BODY-16.
func (v *View) date(value strictjson.Value) []schemas.Issue {
	if value.Kind != strictjson.Number {
		return nil
	}
	return createdate.Judge(value.Raw, v.Now, v.Readings.NotBefore())
}

// echoesOf says, by row, what may come back of a request. What the baseline shows
// of a foreign host stands there anyway.
var echoesOf = map[string]func(*View, *evidence.Exchange) []echo{
	"V01": (*View).foreignHosts, "R21": (*View).foreignHosts, "R13": (*View).callbacks,
	"B18": (*View).injected, "B19": (*View).injected, "M12": (*View).injected, "B25": (*View).injected, "B26": (*View).injected,
}

func (v *View) echoes(x *evidence.Exchange) []echo {
	if find := echoesOf[x.Row()]; find != nil {
		return find(v, x)
	}
	return nil
}

// evilHost is the host that the probes of row R21 name.
const evilHost = "evil.example"

func (v *View) foreignHosts(x *evidence.Exchange) []echo {
	var found []echo
	injected := portalurl.HostInjected(evilHost)
	for _, f := range x.Response.Header {
		if evidence.Canonical(f.Name) == "Host" {
			continue // which says what was asked, and is nobody's link
		}
		if injected(string(f.Value)) {
			found = append(found, echo{echoHost, "header " + safeFieldName(f.Name)})
		}
	}
	if injected(v.body(x).text) {
		found = append(found, echo{echoHost, "body"})
	}
	return found
}

// callback matches a call of the function that the probes of row R13 name.
var callback = lazy.Regexp(`^(?:\s|/\*.*?\*/)*(?:typeof\s+)?cb\b[^"]{0,80}\(`)

func (v *View) callbacks(x *evidence.Exchange) []echo {
	if callback().MatchString(v.body(x).text) {
		return []echo{{echoCallback, "body"}}
	}
	return nil
}

// evaluated matches what {{7*7}} is.
var evaluated = lazy.Regexp(`\b49\b`)

func (v *View) injected(x *evidence.Exchange) []echo {
	var found []echo
	if slices.ContainsFunc(x.Response.Header.Values("Set-Cookie"), func(v string) bool { return strings.HasPrefix(v, "x=1") }) {
		found = append(found, echo{echoCookie, "header"})
	}
	if text := v.body(x).text; strings.Contains(text, "<script>alert(1)</script>") {
		found = append(found, echo{echoScript, "body"})
	} else if x.Probe == "B25.template" && evaluated().MatchString(text) {
		found = append(found, echo{echoTemplate, "body"})
	}
	return found
}

// echoed lists where something of a kind came back.
func (o *Observation) echoed(kind echoKind) []string {
	var places []string
	for _, e := range o.Echoes {
		if e.Kind == kind {
			places = append(places, e.Where)
		}
	}
	return places
}

// Bounds of the masks that are put together, and of the bytes of one.
const (
	masksTogether = 1024
	maskTogether  = 256
)

// combine puts all masks of one customer's value together. Only masks that hide
// enough count; what is wrong with others is said of each.
func (v *View) combine(role string, field mask.Field) combination {
	c := combination{Role: role, Field: field}
	var values []string
	seen := map[string]bool{}
	for _, x := range v.exchanges {
		if !v.documented(x) || !sends(x, "{token:"+role+"}") || v.ctx.Err() != nil {
			continue
		}
		for _, m := range v.judged(x, string(field)) {
			switch {
			case m.Kind != strictjson.String || seen[m.String] || v.mask(field, m.String).Verdict != mask.OK:
			case len(values) == masksTogether || len(m.String) > maskTogether:
				c.Unread = true
			default:
				seen[m.String] = true
				values = append(values, m.String)
			}
		}
	}
	c.Combined = mask.Union(field, values)
	return c
}

// together is what all answers together showed.
func (v *View) together() *overall {
	if v.overall != nil {
		return v.overall
	}
	v.overall = &overall{Uncompared: v.detector.Uncompared()}
	for _, role := range tenants {
		for _, field := range mask.Fields {
			if c := v.combine(role, field); c.RevealsMore || c.Unread {
				v.overall.Combinations = append(v.overall.Combinations, c)
			}
		}
	}
	return v.overall
}

// values applies a rule to every value, duplicates included, that a member has in
// the successes, with its index among them.
func (c *Case) values(name, sentence string, rule func(o *Observation, i int, v strictjson.Value) []schemas.Issue) {
	c.valuesIn(c.Successes(), name, sentence, rule)
}

// valuesIn is values, in other answers.
func (c *Case) valuesIn(answers Answers, name, sentence string, rule func(o *Observation, i int, v strictjson.Value) []schemas.Issue) {
	answers.Having(c.isObject).To(match.New(sentence, func(x *evidence.Exchange) []schemas.Issue {
		var issues []schemas.Issue
		for i, value := range c.memberValues(x, name) {
			issues = append(issues, rule(c.observe(x), i, value)...)
		}
		return issues
	}))
}

// Facts are what was observed in the first n exchanges, for evidence whose words are
// rewritten. What was not read when ctx ends is not read any more.
func (v *View) Facts(ctx context.Context, n int) (*evidence.Facts, error) {
	v.ctx = ctx
	facts := &evidence.Facts{Exchanges: map[string]json.RawMessage{}}
	var err error
	for _, x := range v.gathering.Exchanges[:n] {
		if facts.Exchanges[x.ID()], err = json.Marshal(v.observe(x)); err != nil {
			return nil, err
		}
	}
	facts.Together, err = json.Marshal(v.together())
	return facts, err
}

// recall takes over what was observed when recorded evidence was gathered, since
// its words do not show it any more. It refuses what does not belong to the
// exchanges.
func (v *View) recall(facts evidence.Facts) error {
	v.overall = &overall{}
	if err := strictly(facts.Together, v.overall); err != nil {
		return errors.New("what was observed in all exchanges together is not in the form of this version")
	}
	for _, x := range v.gathering.Exchanges {
		o := &Observation{}
		if err := strictly(facts.Exchanges[x.ID()], o); err != nil {
			return fmt.Errorf("exchange %s: what was observed is missing, or not in the form of this version", x.ID())
		}
		if name, ok := v.fits(o, x); !ok {
			return fmt.Errorf("exchange %s: it holds another number of values of %s than were observed", x.ID(), name)
		}
		v.observations[x] = o
	}
	return nil
}

// strictly decodes JSON without unknown or doubled members.
func strictly(text []byte, into any) error {
	return jsonv2.Unmarshal(text, into, jsonv2.RejectUnknownMembers(true))
}

// fits tells whether as many values were observed as an answer holds, or of which
// member not.
func (v *View) fits(o *Observation, x *evidence.Exchange) (name string, ok bool) {
	observed := map[string]int{"portalUrl": len(o.PortalURL), "createDate": len(o.CreateDate)}
	for _, field := range mask.Fields {
		observed[string(field)] = len(o.Masks[field])
	}
	for name, n := range observed {
		if n != len(v.judged(x, name)) {
			return name, false
		}
	}
	return "", true
}
