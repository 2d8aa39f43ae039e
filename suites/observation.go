package suites

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"

	"omaspec/reports/exchange"
	"omaspec/schemas"
	"omaspec/schemas/createdate"
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
	Hits   []placedHit               `json:"hits,omitempty"`
	Echoes []echo                    `json:"echoes,omitempty"`
	Masks  map[mask.Field][]maskSeen `json:"masks,omitempty"` // each value of the member, in the order of the text
	// The issues of each value of these members, in the order of the text.
	PortalURL  [][]schemas.Issue `json:"portalUrl,omitempty"`
	CreateDate [][]schemas.Issue `json:"createDate,omitempty"`
}

// maskSeen is what one value of a masked member showed; Truth is nil where the
// true value is not known.
type maskSeen struct {
	mask.Result
	Truth *mask.Truth `json:"truth,omitempty"`
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

// combination is what all masks of one customer's value give away together.
type combination struct {
	Role  string     `json:"role"`
	Field mask.Field `json:"field"`
	mask.Combined
}

// observe returns what the words of an answer showed.
func (v *view) observe(x *exchange.Exchange) *Observation {
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
func (v *view) look(x *exchange.Exchange) *Observation {
	o := &Observation{Hits: v.placedHits(x), Echoes: v.echoes(x)}
	if x.Status() != 200 {
		return o
	}
	members := v.members(x)
	truth := v.Subject[roleOf(x)]
	for _, field := range mask.Fields {
		for _, value := range members.Members(string(field)) {
			if o.Masks == nil {
				o.Masks = map[mask.Field][]maskSeen{}
			}
			o.Masks[field] = append(o.Masks[field], seeMask(field, value, truth[field]))
		}
	}
	for _, value := range members.Members("portalUrl") {
		o.PortalURL = append(o.PortalURL, v.portal(value))
	}
	for _, value := range members.Members("createDate") {
		o.CreateDate = append(o.CreateDate, v.date(value))
	}
	return o
}

// seeMask judges one value of a masked member. A bare number is judged like its
// digits: as a number it is of the wrong type, and as a value not masked.
func seeMask(field mask.Field, v strictjson.Value, truth string) maskSeen {
	text := v.String
	if v.Kind == strictjson.Number {
		text = v.Raw
	}
	seen := maskSeen{Result: mask.Judge(field, text)}
	if truth != "" && v.Kind == strictjson.String && v.String != "" {
		t := mask.JudgeTruth(field, v.String, truth)
		seen.Truth = &t
	}
	return seen
}

// date judges one value of createDate. Another type is judged by BODY-16.
func (v *view) date(value strictjson.Value) []schemas.Issue {
	if value.Kind != strictjson.Number {
		return nil
	}
	return createdate.Judge(value.Raw, v.Now, v.Readings.NotBefore())
}

// echoesOf says, by row, what may come back of a request. What the baseline shows
// of a foreign host stands there anyway.
var echoesOf = map[string]func(*view, *exchange.Exchange) []echo{
	"V01": (*view).foreignHosts, "R21": (*view).foreignHosts, "R13": (*view).callbacks,
	"B18": (*view).injected, "B19": (*view).injected, "M12": (*view).injected, "B25": (*view).injected, "B26": (*view).injected,
}

func (v *view) echoes(x *exchange.Exchange) []echo {
	if find := echoesOf[rowOf(x.Probe)]; find != nil {
		return find(v, x)
	}
	return nil
}

// evilHost is the host that the probes of row R21 name.
const evilHost = "evil.example"

func (v *view) foreignHosts(x *exchange.Exchange) []echo {
	var found []echo
	for _, f := range x.Response.Header {
		if portalurl.HostInjected(string(f.Value), evilHost) {
			found = append(found, echo{echoHost, "header " + safeFieldName(f.Name)})
		}
	}
	if portalurl.HostInjected(v.body(x).text, evilHost) {
		found = append(found, echo{echoHost, "body"})
	}
	return found
}

// callback matches a call of the function that the probes of row R13 name.
var callback = regexp.MustCompile(`^(?:\s|/\*.*?\*/)*(?:typeof\s+)?cb\b[^"]{0,80}\(`)

func (v *view) callbacks(x *exchange.Exchange) []echo {
	if callback.MatchString(v.body(x).text) {
		return []echo{{echoCallback, "body"}}
	}
	return nil
}

// evaluated matches what {{7*7}} is.
var evaluated = regexp.MustCompile(`\b49\b`)

func (v *view) injected(x *exchange.Exchange) []echo {
	var found []echo
	if slices.ContainsFunc(x.Response.Header.Values("Set-Cookie"), func(v string) bool { return strings.HasPrefix(v, "x=1") }) {
		found = append(found, echo{echoCookie, "header"})
	}
	if text := v.body(x).text; strings.Contains(text, "<script>alert(1)</script>") {
		found = append(found, echo{echoScript, "body"})
	} else if x.Probe == "B25.template" && evaluated.MatchString(text) {
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

// combine puts all masks of each customer's values together. Only masks that hide
// enough count; what is wrong with others is said of each.
func (v *view) combine() []combination {
	var all []combination
	for _, role := range tenants {
		values := map[mask.Field][]string{}
		for _, x := range v.exchanges {
			if x.Status() != 200 || !v.documented(x) || !sends(x, "{token:"+role+"}") || !v.isObject(x) {
				continue
			}
			for _, field := range mask.Fields {
				for i, m := range v.members(x).Members(string(field)) {
					if m.Kind == strictjson.String && v.observe(x).Masks[field][i].Verdict == mask.OK && !slices.Contains(values[field], m.String) {
						values[field] = append(values[field], m.String)
					}
				}
			}
		}
		for _, field := range mask.Fields {
			if combined := mask.Union(field, values[field]); combined.RevealsMore {
				all = append(all, combination{role, field, combined})
			}
		}
	}
	return all
}

// values applies a rule to every value, duplicates included, that a member has in
// the successes, with its index among them.
func (c *Case) values(name, sentence string, rule func(o *Observation, i int, v strictjson.Value) []schemas.Issue) {
	c.Successes().Having(c.isObject).To(match.New(sentence, func(x *exchange.Exchange) []schemas.Issue {
		var issues []schemas.Issue
		for i, value := range c.members(x).Members(name) {
			issues = append(issues, rule(c.observe(x), i, value)...)
		}
		return issues
	}))
}

// combinations are what combine finds, once.
func (v *view) combinations() []combination {
	if v.combined == nil {
		found := v.combine()
		v.combined = &found
	}
	return *v.combined
}

// recall takes over what was observed when recorded evidence was gathered, since
// its words do not show it any more. It refuses what does not belong to the
// exchanges.
func (v *view) recall(combined json.RawMessage, observations map[string]json.RawMessage) error {
	v.combined = &[]combination{}
	if err := strictly(combined, v.combined); err != nil {
		return errors.New("what was observed in all exchanges together is not in the form of this version")
	}
	for _, x := range v.exchanges {
		o := &Observation{}
		if err := strictly(observations[x.ID()], o); err != nil {
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
func (v *view) fits(o *Observation, x *exchange.Exchange) (name string, ok bool) {
	observed := map[string]int{"portalUrl": len(o.PortalURL), "createDate": len(o.CreateDate)}
	for _, field := range mask.Fields {
		observed[string(field)] = len(o.Masks[field])
	}
	for name, n := range observed {
		holds := 0
		if x.Status() == 200 {
			holds = len(v.members(x).Members(name))
		}
		if n != holds {
			return name, false
		}
	}
	return "", true
}
