package suites

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"omaspec/reports"
	"omaspec/reports/har"
	"omaspec/schemas"
	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
	"omaspec/suites/config"
	"omaspec/suites/probe"
)

// Session is one run against one target, from its configuration to its record:
// Prepare finds everything that can be wrong before a request is sent, Gather
// sends and captures, and Record judges and puts the record together.
type Session struct {
	Config  config.Config
	Tokens  map[probe.Role]probe.Secret
	Subject mask.Subjects
	// Embedded tells that the target is the reference target of this process.
	Embedded bool
	// Roots are PEM certificates to trust instead of --ca-file's, or nil.
	Roots []byte
	Tool  reports.Tool
	// Skip lists rows that are not sent, whatever their group.
	Skip []string
	// Observer is told about the progress; it may be nil.
	Observer probe.Observer

	probing  probe.Config
	endpoint probe.Endpoint
	plan     probe.Plan
	preview  probe.Preview
	wallet   *probe.Wallet
	selected []schemas.Requirement
	started  time.Time
	evidence *Evidence

	target      string        // the endpoint's URL
	credentials []string      // the roles that a token was given for
	replayed    *har.Evidence // nil in a run that sends
	kept        func() kept   // what may be written down of the evidence
}

// String is what every formatter shows of a session, which holds all that is secret.
func (s *Session) String() string { return "a session" }

// Format implements fmt.Formatter for every verb.
func (s *Session) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// GomegaString keeps Gomega's formatter from walking into the secrets.
func (s *Session) GomegaString() string { return s.String() }

// Prepare checks the configuration and plans the run. Nothing is sent. Its error
// is one line that says what to do.
func (s *Session) Prepare() error {
	var err error
	if s.selected, err = Select(s.Config.Only, s.Config.LabelFilter); err != nil {
		return err
	}
	if err := s.prepareProbing(); err != nil {
		return err
	}
	if s.wallet, err = probe.NewWallet(s.Tokens, nil); err != nil {
		return err
	}
	if err := s.refuse(); err != nil {
		return err
	}
	if s.plan, err = probe.NewPlan(s.endpoint, s.groups()...); err != nil {
		return err
	}
	s.target = s.endpoint.URL()
	for _, role := range s.wallet.Held() {
		s.credentials = append(s.credentials, string(role))
	}
	s.narrow()
	s.preview, err = s.plan.Preview(s.probing, s.wallet)
	return err
}

// prepareProbing turns the configuration of the run into that of the client.
func (s *Session) prepareProbing() error {
	c := s.Config
	var err error
	if s.endpoint, err = probe.ParseEndpoint(c.Target, c.Path); err != nil {
		return err
	}
	tls, err := probe.LoadTLS(c.CAFile, c.ClientCert, c.ClientKey)
	if err != nil {
		return err
	}
	tls.ServerName, tls.Insecure = c.ServerName, c.InsecureSkipVerify
	if s.Roots != nil {
		tls.Roots = x509.NewCertPool()
		tls.Roots.AppendCertsFromPEM(s.Roots)
	}
	s.probing = probe.Config{
		AllowPlaintext: c.AllowPlaintext, HTTP2: c.HTTP == "2",
		Concurrency: c.Concurrency, Rate: c.Rate, Timeout: c.Timeout, Budget: c.Budget, RetryCap: c.RetryCap,
		TLS: tls, Version: s.Tool.Version,
	}
	if c.Proxy != "" {
		if s.probing.Proxy, err = url.Parse(c.Proxy); err != nil {
			return fmt.Errorf("--proxy takes a URL such as http://proxy.example:3128")
		}
	}
	for _, f := range c.Fields() {
		secrecy := s.secrecy(f)
		if secrecy == probe.HiddenField {
			s.Config.Hide(f.Name)
		}
		s.probing.Header = append(s.probing.Header, probe.HeaderField{Name: f.Name, Value: probe.NewSecret(f.Value), Secrecy: secrecy})
	}
	return nil
}

// secrecy says what becomes of the value of an added field. What every report holds
// is never looked for; somebody's address is no secret of the run, and is not shown.
func (s *Session) secrecy(f config.Field) probe.Secrecy {
	switch {
	case f.Secret && !common(f.Value):
		return probe.SecretField
	case f.Secret, s.personal(f.Value):
		return probe.HiddenField
	}
	return probe.PublicField
}

// personal tells whether text looks like somebody's data, or holds a true value.
func (s *Session) personal(text string) bool {
	truth := map[mask.Field][]string{}
	for _, values := range s.Subject {
		for field, value := range values {
			truth[field] = append(truth[field], value)
		}
	}
	return len(leak.New(leak.Config{Truth: truth, AllowEmails: s.Config.AllowEmails}).Scan(text)) > 0
}

// holdsTruth tells whether a text holds a customer's true value.
func (s *Session) holdsTruth(text string) bool {
	hits := leak.New(leak.Config{Truth: s.Subject.Values()}).Scan(text)
	return slices.ContainsFunc(hits, func(h leak.Hit) bool { return h.Kind == leak.Truth })
}

// refuse refuses what reports could not be kept free of. The embedded target has
// tokens that nobody chose.
func (s *Session) refuse() error {
	if !s.Embedded {
		if err := s.refuseCommon(); err != nil {
			return err
		}
	}
	if err := s.refuseTokens(); err != nil {
		return err
	}
	return s.refuseSecretFields()
}

// refuseTokens refuses a configuration that holds a token of the run: reports show
// options, and URLs stand in the logs of every machine on the way. The value of a
// secret field is neither, so it may be one.
func (s *Session) refuseTokens() error {
	var err error
	look := func(option, text string) {
		if role, held := s.wallet.Holds(text); held && err == nil {
			err = fmt.Errorf("--%s holds the token of the role %q, which must not stand there: reports and logs would show it", option, role)
		}
		if err == nil && s.holdsTruth(text) {
			err = fmt.Errorf("--%s holds a true value of the customer, which must not stand there: every report would show it", option)
		}
	}
	look("target", s.Config.Target)
	look("path", s.Config.Path)
	for _, f := range s.Config.Fields() {
		look("header", f.Name)
		if role, held := s.wallet.Holds(f.Value); held && !f.Secret && err == nil {
			err = fmt.Errorf("--header: the value of an added field holds the token of the role %q; declare the field with --secret-header", role)
		}
	}
	s.Config.Given(func(option, text string) {
		if option != "header" {
			look(option, text)
		}
	})
	return err
}

// refuseSecretFields refuses a secret field whose value stands in another option.
func (s *Session) refuseSecretFields() error {
	changed := s.Config.Changed()
	changed["target"], changed["path"] = s.Config.Target, s.Config.Path
	for _, f := range s.Config.Fields() {
		if s.secrecy(f) != probe.SecretField {
			continue
		}
		for _, option := range slices.Sorted(maps.Keys(changed)) {
			if strings.Contains(strings.ToLower(changed[option]), strings.ToLower(f.Value)) {
				return fmt.Errorf("--%s holds the value of a secret field of --header, and reports show it; change one of them", option)
			}
		}
	}
	return nil
}

// groups are the opt-in probes of the run. Against the embedded target, which
// nobody else uses, all of them are on.
func (s *Session) groups() []probe.Group {
	asked := map[probe.Group]bool{
		probe.Full: s.Config.Full, probe.Hostile: s.Config.Hostile, probe.TokenInURL: s.Config.TokenInURL,
		probe.UnsafeMethods: s.Config.UnsafeMethods, probe.Smuggling: s.Config.Smuggling,
	}
	var groups []probe.Group
	for _, info := range probe.Groups {
		if asked[info.Group] || s.Embedded && info.Group != probe.Full {
			groups = append(groups, info.Group)
		}
	}
	return groups
}

// narrow drops the probes that are to be skipped and those that the selected
// requirements do not need, and keeps the first and the last request with the
// valid token.
func (s *Session) narrow() {
	s.plan.Probes = slices.DeleteFunc(s.plan.Probes, func(p probe.Probe) bool { return slices.Contains(s.Skip, p.Row()) })
	rows := []string{rowOf(probe.Baseline)}
	for _, r := range s.selected {
		needed, all := Needs(r)
		if all {
			return
		}
		rows = append(rows, needed...)
	}
	for _, x := range firstAnswers {
		rows = append(rows, x)
	}
	s.plan.Probes = slices.DeleteFunc(s.plan.Probes, func(p probe.Probe) bool { return !slices.Contains(rows, p.Row()) })
}

// Preview describes what would be sent, in symbolic form.
func (s *Session) Preview() probe.Preview { return s.preview }

// Gather sends the probes and captures the exchanges. An interrupted run, and
// one that stops early, still has evidence, which says so.
func (s *Session) Gather(ctx context.Context) (*Evidence, error) {
	s.started = time.Now().UTC()
	gathering, err := probe.Run(ctx, s.probing, s.wallet, s.plan, s.Observer)
	if err != nil {
		return nil, err
	}
	s.kept = sync.OnceValue(func() kept { return s.redact(ctx) })
	s.evidence = &Evidence{Gathering: gathering, Conditions: Conditions{
		Now: s.started, Secure: s.endpoint.Secure, Loopback: s.endpoint.Loopback(),
		Readings: s.Config.Readings, Secrets: s.wallet.Secrets(), Subject: s.Subject,
		PortalHosts: s.Config.PortalHosts, RedirectHosts: s.Config.RedirectHosts, AllowEmails: s.Config.AllowEmails,
	}}
	return s.evidence, nil
}

// Keep starts to find out what can be written down of the gathered evidence,
// while something else goes on. Whoever calls wait waits for it, as Artefacts does.
func (s *Session) Keep() (wait func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		// A panic comes again, where it is reported, when Artefacts asks.
		defer func() { _ = recover() }()
		s.kept()
	}()
	return func() { <-done }
}

// Judge runs the specs of the selected requirements on the gathered evidence. When
// ctx ends, or a signal comes that Ginkgo catches, what was not found to be violated
// by then is inconclusive, and the evidence says that the run was interrupted.
func (s *Session) Judge(ctx context.Context) []Judgement {
	all, ended := run(ctx, s.evidence, filterOf(s.selected))
	s.evidence.Gathering.Interrupted = s.evidence.Gathering.Interrupted || ended
	return all
}

// Source is the session as a source of evidence for Register.
func (s *Session) Source() Source {
	return func(ctx context.Context) (*Evidence, error) {
		if err := s.Prepare(); err != nil {
			return nil, err
		}
		return s.Gather(ctx)
	}
}

// FromEnvironment makes a session from omaspec.yaml and the environment, for the
// specs that go test or the ginkgo command run. One whose Config.Embedded says so
// is still to be pointed to the embedded reference target.
func FromEnvironment() (*Session, error) {
	c, err := config.Load(config.Inputs{Lookup: os.LookupEnv, Environ: os.Environ()})
	if err != nil {
		return nil, err
	}
	s := &Session{Config: c, Tool: reports.Tool{Name: "omaspec", Version: "dev"}}
	return s, s.LoadSecrets(config.Sources{Lookup: os.LookupEnv})
}

// LoadSecrets reads the tokens and the ground truth of a run against a target that
// somebody named. Without one there are none, and it is an error to mean one.
func (s *Session) LoadSecrets(from config.Sources) error {
	if s.Config.Embedded() {
		return s.Config.CheckTarget(from)
	}
	var err error
	if s.Tokens, err = s.Config.Tokens(from); err != nil {
		return err
	}
	s.Subject, err = s.Config.Subject()
	return err
}
