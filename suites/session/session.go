// Package session is one run against one target, in stages that are values: a
// [Setup] says what to judge and with what; Plan finds everything that can be wrong
// before a request is sent; Gather sends and captures; Judge applies the judges; and
// Report makes the record and the files of the reports folder. [Replay] enters at
// the third stage, with evidence that was recorded. Each stage returns the next one
// and changes none before it, so the order cannot be got wrong.
package session

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"

	"omaspec/reports"
	"omaspec/reports/defect"
	"omaspec/reports/evidence"
	"omaspec/reports/redact"
	"omaspec/schemas"
	"omaspec/schemas/mask"
	"omaspec/suites"
	"omaspec/suites/config"
	"omaspec/suites/probe"
)

// Setup says what to judge, and with what.
type Setup struct {
	evidence.Opaque
	Config config.Config
	// Tokens are the tokens by the role that they play.
	Tokens map[probe.Role]probe.Secret
	// Gateways are credentials for a gateway in front of the target.
	Gateways map[probe.Gateway]probe.Secret
	// Renew gets another valid token when that of the run is refused; nil is no way.
	Renew func(context.Context) (string, error)
	// Subject holds the true data of the tokens' customers, where it is known.
	Subject mask.Subjects
	// Embedded tells that the target is the reference target of this process.
	Embedded bool
	// Roots are PEM certificates to trust instead of --ca-file's, or nil.
	Roots []byte
	Tool  evidence.Tool
	// Skip lists rows that are not sent, whatever their group.
	Skip []string
}

// FromEnvironment makes a setup of omaspec.yaml and the environment, for the specs
// that go test or the ginkgo command run. One whose Config.Embedded says so is still
// to be pointed to the embedded reference target, by Embed.
func FromEnvironment() (*Setup, error) {
	c, err := config.Load(config.Inputs{Lookup: os.LookupEnv, Environ: os.Environ()})
	if err != nil {
		return nil, err
	}
	s := &Setup{Config: c, Tool: evidence.Tool{Name: "omaspec", Version: "dev", Go: runtime.Version()}}
	return s, s.LoadSecrets(config.Sources{Lookup: os.LookupEnv})
}

// LoadSecrets reads the tokens and the ground truth of a run against a target that
// somebody named. Without one there are none, and it is an error to mean one.
func (s *Setup) LoadSecrets(from config.Sources) error {
	if s.Config.Embedded() {
		return s.Config.CheckTarget(from)
	}
	var err error
	if s.Tokens, err = s.Config.Tokens(from); err != nil {
		return err
	}
	command, err := s.Config.TokenCommand(from)
	if err != nil {
		return err
	}
	if len(command) > 0 {
		s.Renew = command.Token
	}
	if _, given := s.Tokens[probe.Valid]; !given && s.Renew != nil {
		token, err := s.Renew(context.Background())
		if err != nil {
			return err
		}
		s.Tokens[probe.Valid] = probe.NewSecret(token)
	}
	if s.Gateways, err = s.Config.Gateways(from); err != nil {
		return err
	}
	s.Subject, err = s.Config.Subject()
	return err
}

// Plan is a run that was checked and not yet started.
type Plan struct {
	evidence.Opaque
	config     config.Config
	selected   []schemas.Requirement
	origin     evidence.Origin
	conditions evidence.Conditions
	probing    probe.Config
	probes     probe.Plan
	preview    probe.Preview
	wallet     *probe.Wallet
}

// Plan checks the setup and plans the run. Nothing is sent. The error is one line
// that says what to do.
func (s *Setup) Plan() (*Plan, error) {
	checked := *s
	s = &checked // whose added fields become hidden
	p := &Plan{}
	var err error
	if p.selected, err = Select(s.Config.Only, s.Config.LabelFilter); err != nil {
		return nil, err
	}
	endpoint, err := probe.ParseEndpoint(s.Config.Target, s.Config.Path)
	if err != nil {
		return nil, err
	}
	endpoint = endpoint.Via(s.Config.ConnectTo)
	if p.probing, err = s.probing(endpoint); err != nil {
		return nil, err
	}
	if p.wallet, err = s.wallet(); err != nil {
		return nil, err
	}
	for _, f := range p.probing.Header {
		if f.Secrecy == probe.HiddenField {
			s.Config.Hide(f.Name)
		}
	}
	if err := s.refuse(p.wallet); err != nil {
		return nil, err
	}
	if s.Renew != nil {
		p.probing.Renew = s.renewed
	}
	p.config = s.Config
	if p.probes, err = probe.NewPlan(endpoint, s.groups()...); err != nil {
		return nil, err
	}
	p.probes.Probes = s.narrow(p.probes.Probes, p.selected)
	p.origin = evidence.Origin{Tool: s.Tool, Catalogue: schemas.Requirements().Version, Target: endpoint.URL(), Embedded: s.Embedded, Options: p.config.Changed()}
	for _, role := range p.wallet.Held() {
		p.origin.Credentials = append(p.origin.Credentials, string(role))
	}
	p.conditions = conditions(p.config)
	p.conditions.Secure, p.conditions.Loopback = endpoint.Secure, endpoint.Loopback()
	p.conditions.Secrets, p.conditions.Subject, p.conditions.Compared = p.wallet.Secrets(), s.Subject, len(s.Subject) > 0
	p.preview, err = p.probes.Preview(p.probing, p.wallet)
	return p, err
}

// wallet holds the credentials of the run.
func (s *Setup) wallet() (*probe.Wallet, error) {
	w, err := probe.NewWallet(s.Tokens, nil)
	if err != nil {
		return nil, err
	}
	for _, info := range probe.Gateways {
		credential, given := s.Gateways[info.Gateway]
		if !given {
			continue
		}
		if err := w.Pass(info.Gateway, credential, func(part string) bool { return !common(part) }); err != nil {
			return nil, fmt.Errorf("the value of %s %w", info.Variable, err)
		}
	}
	return w, nil
}

// renewed is another valid token, which reports can be kept free of.
func (s *Setup) renewed(ctx context.Context) (probe.Secret, error) {
	text, err := s.Renew(ctx)
	if err != nil {
		return probe.Secret{}, err
	}
	token := probe.NewSecret(text)
	wallet, err := probe.NewWallet(map[probe.Role]probe.Secret{probe.Valid: token}, nil)
	if err == nil {
		err = s.refuse(wallet)
	}
	return token, err
}

// conditions are those that follow from the options.
func conditions(c config.Config) evidence.Conditions {
	return evidence.Conditions{Readings: c.Readings, PortalHosts: c.PortalHosts, RedirectHosts: c.RedirectHosts, AllowEmails: c.AllowEmails}
}

// probing is the configuration of the client.
func (s *Setup) probing(target probe.Endpoint) (probe.Config, error) {
	c := s.Config
	tls, err := probe.LoadTLS(c.CAFile, c.ClientCert, c.ClientKey)
	if err != nil {
		return probe.Config{}, err
	}
	tls.ServerName, tls.Insecure = c.ServerName, c.InsecureSkipVerify
	if s.Roots != nil {
		tls.Roots = x509.NewCertPool()
		tls.Roots.AppendCertsFromPEM(s.Roots)
	}
	probing := probe.Config{
		AllowPlaintext: c.AllowPlaintext, HTTP2: c.HTTP == "2", AutoHTTP: c.HTTP == "auto",
		Concurrency: c.Concurrency, Rate: c.Rate, Timeout: c.Timeout, Budget: c.Budget, RetryCap: c.RetryCap,
		TLS: tls, UserAgent: c.UserAgent, Version: s.Tool.Version,
	}
	if probing.Proxy, err = proxyOf(c, target); err != nil {
		return probe.Config{}, err
	}
	for _, f := range c.Fields() {
		probing.Header = append(probing.Header, probe.HeaderField{Name: f.Name, Value: probe.NewSecret(f.Value), Secrecy: s.secrecy(f)})
	}
	return probing, nil
}

// proxyOf is the proxy to send through, or nil.
func proxyOf(c config.Config, target probe.Endpoint) (*url.URL, error) {
	switch c.Proxy {
	case "":
		return nil, nil
	case config.EnvironmentProxy:
		return environmentProxy(target)
	}
	proxy, err := url.Parse(c.Proxy)
	if err != nil {
		return nil, errors.New("--proxy takes a URL such as http://proxy.example:3128")
	}
	return proxy, nil
}

// environmentProxy is the proxy that the usual variables name for a target.
func environmentProxy(target probe.Endpoint) (*url.URL, error) {
	variables := httpproxy.FromEnvironment()
	for _, proxy := range []*string{&variables.HTTPProxy, &variables.HTTPSProxy} {
		*proxy = cmp.Or(*proxy, os.Getenv("ALL_PROXY"), os.Getenv("all_proxy"))
		if *proxy != "" && !isProxy(*proxy) { // which httpproxy takes for none
			return nil, errors.New("--proxy environment: a variable of a proxy holds no URL of one")
		}
	}
	u, err := url.Parse(target.URL())
	if err != nil {
		return nil, err
	}
	return variables.ProxyFunc()(u)
}

// isProxy tells whether a variable holds the URL of a proxy, perhaps without a scheme.
func isProxy(value string) bool {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	return err == nil && u.Host != ""
}

// groups are the opt-in probes of the run. Against the embedded target, which
// nobody else uses, all of them are on.
func (s *Setup) groups() []probe.Group {
	asked := map[probe.Group]bool{
		probe.GroupFull: s.Config.Full, probe.GroupHostile: s.Config.Hostile, probe.GroupTokenInURL: s.Config.TokenInURL,
		probe.GroupUnsafeMethods: s.Config.UnsafeMethods, probe.GroupSmuggling: s.Config.Smuggling,
	}
	var groups []probe.Group
	for _, info := range probe.Groups {
		if asked[info.Group] || s.Embedded && info.Group != probe.GroupFull {
			groups = append(groups, info.Group)
		}
	}
	return groups
}

// narrow drops the probes that are to be skipped and those that the selected
// requirements do not need, and keeps the controls.
func (s *Setup) narrow(probes []probe.Probe, selected []schemas.Requirement) []probe.Probe {
	probes = slices.DeleteFunc(probes, func(p probe.Probe) bool { return slices.Contains(s.Skip, p.Row()) })
	rows := append([]string{evidence.RowOf(probe.Baseline)}, suites.Controls()...)
	for _, r := range selected {
		needed, all := suites.Needs(r)
		if all {
			return probes
		}
		rows = append(rows, needed...)
	}
	return slices.DeleteFunc(probes, func(p probe.Probe) bool { return !slices.Contains(rows, p.Row()) })
}

// Preview describes what would be sent, in symbolic form.
func (p *Plan) Preview() probe.Preview { return p.preview }

// Evidence plans, sends and captures; it is a source of evidence for suites.Register.
func (s *Setup) Evidence(ctx context.Context) (*evidence.Evidence, error) {
	c, err := s.Gather(ctx)
	if err != nil {
		return nil, err
	}
	return c.Evidence(), nil
}

// Gather plans, waits where that is wanted, sends and captures.
func (s *Setup) Gather(ctx context.Context) (*Captured, error) {
	p, err := s.Plan()
	if err != nil {
		return nil, err
	}
	if err := p.Await(ctx, func(string) {}); err != nil {
		return nil, err
	}
	return p.Gather(ctx, nil)
}

// Await waits until the target is up, as long as --wait allows. tell hears again and
// again why it is not.
func (p *Plan) Await(ctx context.Context, tell func(why string)) error {
	if p.config.Wait == 0 {
		return nil
	}
	return probe.Await(ctx, p.probing, p.wallet, p.probes, p.config.Wait, tell)
}

// Captured is evidence that is ready to be judged.
type Captured struct {
	evidence.Opaque
	config   config.Config
	selected []schemas.Requirement
	tool     evidence.Tool
	evidence *evidence.Evidence
	view     *suites.View
	given    map[string]string // the secrets that reports must not hold
	file     *reports.Evidence // the recorded evidence that it was read from, or nil
}

// Evidence is all that was captured.
func (c *Captured) Evidence() *evidence.Evidence { return c.evidence }

// View is the evidence prepared for judging.
func (c *Captured) View() *suites.View { return c.view }

// Gather sends the probes and captures the exchanges, telling the observer, which
// may be nil, how far it is. An interrupted run, and one that stops early, still has
// evidence, which says so.
func (p *Plan) Gather(ctx context.Context, observer probe.Observer) (*Captured, error) {
	started := time.Now().UTC()
	ready := time.AfterFunc(slowAnswer, rehearse)
	defer ready.Stop()
	gathering, err := probe.Run(ctx, p.probing, p.wallet, p.probes, func(done int) {
		ready.Stop()
		if observer != nil {
			observer(done)
		}
	})
	if err != nil {
		return nil, err
	}
	e := &evidence.Evidence{Origin: p.origin, Conditions: p.conditions, Gathering: *gathering}
	e.Origin.RunID, e.Conditions.Now = runID(started), started
	for name, secret := range p.wallet.Given() { // with the tokens that were had meanwhile
		if strings.HasPrefix(name, "{token:") {
			e.Conditions.Secrets[name] = secret
		}
	}
	c := &Captured{config: p.config, selected: p.selected, tool: p.origin.Tool, evidence: e, given: p.wallet.Given()}
	c.view, err = suites.Open(ctx, e)
	return c, err
}

// slowAnswer is how long the first answer of a target takes that leaves time to
// rehearse what comes after the last one.
const slowAnswer = 15 * time.Millisecond

// rehearse makes and checks reports of nothing: templates, tables and the program's
// own pages, which a process pays for at their first use, are there when the last
// answer is. Whatever goes wrong here, the real reports say.
func rehearse() {
	_ = defect.Guard(func() error {
		artefacts, err := trial()
		if err != nil {
			return err
		}
		_, err = redact.NewGate(nil).Scan(byName(artefacts))
		return err
	})()
}

// runID sorts by time; two runs of one target in the same microsecond do not
// happen.
func runID(t time.Time) string { return t.Format("20060102T150405.000000Z") }

// Judged is evidence with what was concluded from it.
type Judged struct {
	*Captured
	judgements  []suites.Judgement
	interrupted bool
	redacted    redacted
	err         error // that kept it from being redacted
}

// Judge applies the judges of the selected requirements, and redacts the evidence
// meanwhile. When ctx ends, or a signal comes that Ginkgo catches, what was not found
// to be violated by then is inconclusive, and the run counts as interrupted.
func (c *Captured) Judge(ctx context.Context) *Judged {
	j := &Judged{Captured: c}
	done := make(chan struct{})
	go func() {
		defer close(done)
		j.redacted, j.err = c.redact(ctx)
	}()
	var ended bool
	j.judgements, ended = c.view.Run(ctx, c.selected)
	<-done
	j.observe(ctx)
	j.interrupted = j.interrupted || ended
	return j
}

// Conclude is Judge with judgements that were made elsewhere, as by go test.
func (c *Captured) Conclude(ctx context.Context, judgements []suites.Judgement) *Judged {
	j := &Judged{Captured: c, judgements: judgements}
	j.redacted, j.err = c.redact(ctx)
	j.observe(ctx)
	return j
}

// observe keeps what the words showed of the exchanges that were redacted.
func (j *Judged) observe(ctx context.Context) {
	if j.file == nil && j.err == nil {
		j.redacted.facts, j.err = j.view.Facts(ctx, len(j.redacted.exchanges))
	}
	j.interrupted = j.evidence.Gathering.Interrupted || ctx.Err() != nil
}

// Judgements are what was concluded.
func (j *Judged) Judgements() []suites.Judgement { return j.judgements }
