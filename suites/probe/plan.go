package probe

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"omaspec/reports/evidence"
)

// Group says when a probe is sent.
type Group string

// The groups. A plan always holds GroupDefault; the others are opt-in.
const (
	GroupDefault       Group = "default"
	GroupFull          Group = "full"           // more variants and measurements, nothing dangerous
	GroupHostile       Group = "hostile"        // attack strings, which a web application firewall may answer
	GroupTokenInURL    Group = "token-in-url"   // puts the valid token where access logs keep it
	GroupUnsafeMethods Group = "unsafe-methods" // PUT, DELETE, ...: a faulty target might obey
	GroupSmuggling     Group = "smuggling"      // ambiguous message lengths, which may disturb other users of a proxy
)

// A GroupInfo describes a group that somebody can ask for.
type GroupInfo struct {
	Group  Group
	Option string // the command's option that adds it
}

// Groups lists the opt-in groups.
var Groups = []GroupInfo{
	{GroupFull, "--full"},
	{GroupHostile, "--hostile"},
	{GroupTokenInURL, "--allow-token-in-url"},
	{GroupUnsafeMethods, "--unsafe-methods"},
	{GroupSmuggling, "--smuggling"},
}

// Connection says which connections the steps of a probe use.
type Connection string

// The ways to use connections.
const (
	ConnShared    Connection = ""          // any connection of the run
	ConnNew       Connection = "new"       // every step on a new connection of its own
	ConnOne       Connection = "one"       // all steps in order on one new connection
	ConnPipelined Connection = "pipelined" // all steps in one write on one new connection
	ConnBurst     Connection = "burst"     // shared connections, the steps in no order and at the same time
)

// Channel says how a probe reaches the target, where that differs from the way
// the configuration chooses.
type Channel string

// The channels. All but the first need a target with https.
const (
	Direct    Channel = ""
	HTTP2     Channel = "http2"     // HTTP/2, if the target offers it
	Plaintext Channel = "plaintext" // plain http to the target's clear-text port
	Handshake Channel = "handshake" // a TLS handshake and no request
)

// Baseline and Closing are the probes that send the valid token alone, first and
// last: what the negative results of a run are measured by.
const (
	Baseline = "V01"
	Closing  = "V01.closing"
)

// Step is one request in symbolic text.
type Step struct {
	Title  string                  // what is sent, in words; "" where the probe's title says it
	Method string                  // "" is GET
	Target string                  // path and query; "" is {path}
	Fields []evidence.RequestField // field lines, in order, besides those of every request
	Body   string
	// Bare leaves out what ordinary clients send and nobody has to: Accept and
	// User-Agent.
	Bare bool
	// Close sends "Connection: close" on a new connection and reads until it
	// ends, so that bytes after the end of the message are seen.
	Close bool

	// Lines are field lines in their exact spelling, sent after Fields. They, Proto
	// and NoHost make the probe one for a raw socket: it implies Close.
	Lines  []string
	Proto  string // "" is HTTP/1.1
	NoHost bool   // no Host line of its own
}

// raw tells whether the step needs exact bytes that ordinary clients do not send.
func (s Step) raw() bool { return len(s.Lines) > 0 || s.Proto != "" || s.NoHost }

// Probe is one request, or a short ordered sequence of requests.
type Probe struct {
	// ID is the row of the contract questions, with a variant after a dot: "M01",
	// "B08.null".
	ID         string
	Title      string // what this probe sends, in words; what is asked by it is the row's text
	Group      Group
	Connection Connection
	Channel    Channel
	Version    uint16 // offered in a Handshake, for example tls.VersionTLS10
	// Once keeps the probe from being sent again, whatever came: here that is an
	// answer like any other.
	Once bool
	// Alone sends the probe when nothing else is in flight, because its times are
	// measured.
	Alone bool
	Steps []Step
}

// Row is the part of the ID before the variant.
func (p Probe) Row() string {
	row, _, _ := strings.Cut(p.ID, ".")
	return row
}

// RawSocket tells whether the probe sends bytes that ordinary clients do not.
func (p Probe) RawSocket() bool {
	return p.Connection == ConnPipelined || slices.ContainsFunc(p.Steps, Step.raw)
}

// hasBody tells whether a request of the probe has a body.
func (p Probe) hasBody() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Body != "" })
}

// ends tells whether the probe ends its connections itself, which HTTP/1.1 alone can.
func (p Probe) ends() bool {
	return p.RawSocket() || slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Close })
}

// OnlyTLS tells whether the probe needs a target with https.
func (p Probe) OnlyTLS() bool { return p.Channel != Direct }

// Needs lists the supplied roles whose tokens the probe sends.
func (p Probe) Needs() []Role {
	var needs []Role
	for _, step := range p.Steps {
		for _, text := range step.texts() {
			for _, ph := range placeholders(text) {
				role := Role(ph.arg)
				if _, supplied := role.Info(); ph.source == "token" && supplied && !slices.Contains(needs, role) {
					needs = append(needs, role)
				}
			}
		}
	}
	return needs
}

// exchangeID names the exchange of the step with this index.
func (p Probe) exchangeID(step int) string {
	return (&evidence.Exchange{Probe: p.ID, Step: p.stepNumber(step)}).ID()
}

// stepNumber is the Step of the exchange of the step with this index.
func (p Probe) stepNumber(step int) int {
	if len(p.Steps) < 2 {
		return 0
	}
	return step + 1
}

// texts returns all symbolic texts of the step.
func (s Step) texts() []string {
	texts := append([]string{s.Target, s.Body}, s.Lines...)
	for _, f := range s.Fields {
		texts = append(texts, f.Value)
	}
	return texts
}

// Catalogue returns every probe, in the order of the contract questions. The rows
// that have probes stand under "sent" in schemas/rows.yaml.
func Catalogue() []Probe {
	return slices.Concat(validProbes, missingProbes, badProbes, derivedProbes, inputProbes, stateProbes,
		requestProbes, transportProbes, closingProbes)
}

var closingProbes = []Probe{
	{ID: Closing, Title: "the valid token once more, after everything else", Connection: ConnNew, Steps: []Step{token("{token:valid}")}},
}

// Plan is what a run sends: probes in the order of their exchanges in the
// result, with the placeholders of the target filled in.
type Plan struct {
	Endpoint Endpoint
	Probes   []Probe
	// Left holds the probes of the groups that were not asked for.
	Left []Probe
}

// NewPlan chooses the default probes and those of the given groups for a target.
func NewPlan(endpoint Endpoint, groups ...Group) (Plan, error) {
	for _, g := range groups {
		known := slices.ContainsFunc(Groups, func(info GroupInfo) bool { return info.Group == g })
		if !known && g != GroupDefault {
			return Plan{}, fmt.Errorf("there is no group of probes called %q", g)
		}
	}
	plan := Plan{Endpoint: endpoint}
	for _, p := range Catalogue() {
		if p.Group == "" {
			p.Group = GroupDefault
		}
		if p.Group != GroupDefault && !slices.Contains(groups, p.Group) {
			plan.Left = append(plan.Left, p)
			continue
		}
		p, err := p.resolve(endpoint)
		if err != nil {
			return Plan{}, err
		}
		plan.Probes = append(plan.Probes, p)
	}
	return plan, nil
}

// resolve fills in the placeholders of the target.
func (p Probe) resolve(endpoint Endpoint) (Probe, error) {
	if p.Channel == Plaintext {
		endpoint = endpoint.plaintext()
	}
	steps := make([]Step, len(p.Steps))
	for i, s := range p.Steps {
		if s.Method == "" {
			s.Method = "GET"
		}
		if s.Target == "" {
			s.Target = "{path}"
		}
		s.Fields, s.Lines = slices.Clone(s.Fields), slices.Clone(s.Lines)
		texts := []*string{&s.Target, &s.Body}
		for j := range s.Fields {
			texts = append(texts, &s.Fields[j].Value)
		}
		for j := range s.Lines {
			texts = append(texts, &s.Lines[j])
		}
		for _, text := range texts {
			resolved, err := endpoint.resolve(*text)
			if err != nil {
				return Probe{}, fmt.Errorf("probe %s: %w", p.exchangeID(i), err)
			}
			*text = resolved
		}
		steps[i] = s
	}
	p.Steps = steps
	return p, nil
}

// Requests is the number of requests that the plan sends when every input is
// there and nothing has to be sent again. A handshake counts as one.
func (p Plan) Requests() int {
	n := 0
	for _, probe := range p.Probes {
		n += max(1, len(probe.Steps))
	}
	return n
}

// titles holds the title of every exchange of the catalogue, by its id.
var titles = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for _, p := range Catalogue() {
		for i, s := range p.Steps {
			title := p.Title
			if s.Title != "" {
				title += ": " + s.Title
			}
			m[p.exchangeID(i)] = title
		}
	}
	return m
})

// Title says in words what the exchange with this id sent; "" for an id that no
// probe of the catalogue has.
func Title(id string) string { return titles()[evidence.Counting(id)] }

// The makers of steps that the tables share.

func field(name, value string) evidence.RequestField {
	return evidence.RequestField{Name: name, Value: value}
}

// with is a request with these field lines.
func with(fields ...evidence.RequestField) Step { return Step{Fields: fields} }

// token is a request with this value in X-Auth-Token.
func token(value string) Step { return with(field(TokenField, value)) }

// lines is a request with these exact field lines.
func lines(lines ...string) Step { return Step{Lines: lines} }

// titled gives a step of a sequence its own words.
func titled(title string, s Step) Step {
	s.Title = title
	return s
}

// to changes the target of a request.
func to(target string, s Step) Step {
	s.Target = target
	return s
}

// method changes the method of a request.
func method(name string, s Step) Step {
	s.Method = name
	return s
}

// The steps that sequences are made of.
var (
	validStep  = titled("the valid token", token("{token:valid}"))
	secondStep = titled("the second customer's token", token("{token:second-tenant}"))
	noneStep   = titled("no token", Step{})
	badStep    = titled("a made-up token", token("{token:canary}"))
)
