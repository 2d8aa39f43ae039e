// Package config says how a run is configured: defaults, then omaspec.yaml, then
// the environment, then flags, each overriding the one before. Every option
// stands once, in the table Options, from which the flags, the variables, the
// YAML keys, the help texts and the README's table are made.
package config

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"omaspec/reports"
	"omaspec/schemas"
	"omaspec/suites/probe"
)

// Config is the configuration of a run, without any secret.
type Config struct {
	Target string // "" is the embedded reference target
	Path   string // "" is the page's

	CAFile, ClientCert, ClientKey      string // PEM files
	ServerName                         string // "" is the target's host
	ConnectTo                          string // HOST:PORT, or "" for the target's own
	Proxy                              string // a URL, or "" for none
	UserAgent                          string // "" is omaspec/VERSION
	InsecureSkipVerify, AllowPlaintext bool
	HTTP                               string   // "auto", "1.1" or "2"
	Headers                            []string // "NAME: VALUE"
	SecretHeaders                      []string // names

	Wait        time.Duration // for the target to be up; 0 is not at all
	Concurrency int           // requests in flight at most; 0 is AutoConcurrency
	Rate        float64       // requests a second at most; 0 is no limit
	Timeout     time.Duration // of one request
	Budget      time.Duration // of all requests together
	RetryCap    time.Duration // the longest Retry-After that is waited for

	Full, Hostile, TokenInURL, UnsafeMethods, Smuggling bool

	Profile       string // reports.ProfileGate or reports.ProfileAcceptance
	Basis         string // reports.BasisAll or reports.BasisSpec
	Strict        bool
	Only          []string // ids of requirements; none is all
	LabelFilter   string   // in Ginkgo's language
	Readings      schemas.Readings
	PortalHosts   []string // that portalUrl may point to
	RedirectHosts []string // that redirect_uri may point to
	AllowEmails   []string // beginnings of addresses that are nobody's
	SubjectFile   string   // a YAML file, or "" for none
	SecretFiles   string   // how secret files may be protected: Private or Readable

	Reports        string // a folder, StandardOutput, or "" for none
	Format         string // of the report on standard output
	Quiet, Verbose bool
	Color          string // "auto", "always" or "never"
	DryRun         bool
	TokenStdin     bool

	set      map[string]string // what was set beside the defaults, as it was given
	recorded map[string]string // what an earlier run had set, as its record says it
	emptied  string            // where a target was named last, and none was given
	hidden   []string          // added fields whose values are not published
}

// Changed returns the options that were set, as text that may be published: of
// secret header fields only the names, and no password of a proxy.
func (c Config) Changed() map[string]string {
	changed := maps.Clone(c.recorded)
	if changed == nil {
		changed = map[string]string{}
	}
	for _, o := range Options {
		value, ok := c.set[o.Name]
		if !ok {
			continue
		}
		if o.public != nil {
			value = o.public(c, value)
		}
		changed[o.Name] = strings.ReplaceAll(value, listSeparator, shownSeparator)
	}
	return changed
}

// Option is one option, in every form in which it can be given.
type Option struct {
	Name     string // the flag without dashes, and the YAML key
	Default  string // as text; "" is empty, off or none
	Value    string // what kind of value it takes, for the help; "" for a switch
	Help     string // one sentence
	Group    string // heading in the help
	List     bool   // may be given several times; in YAML a sequence; in the variable separated by commas
	Lines    bool   // a list whose items may hold commas: in the variable one a line
	Reach    bool   // says how a target is reached, so it is in vain without one
	Judges   bool   // has a part in judging, so recorded evidence brings it along
	FlagOnly bool   // may be given as a flag only
	set      func(*Config, string) error
	public   func(Config, string) string // what of the value may be published; nil is all
}

// Variable is the environment variable of the option: OMASPEC_ and the name.
func (o Option) Variable() string {
	return "OMASPEC_" + strings.ToUpper(strings.ReplaceAll(o.Name, "-", "_"))
}

// The headings of the options.
const (
	groupTarget   = "Target"
	groupPolite   = "Politeness"
	groupProbes   = "Further probes"
	groupJudgment = "Judgement"
	groupOutput   = "Output"
)

// Options lists every option of `omaspec run`.
var Options = []Option{
	{Name: "target", Value: "URL", Group: groupTarget, Help: "The implementation to judge; without one, and with the word embedded, the embedded reference target.", set: text(func(c *Config) *string { return &c.Target })},
	{Name: "path", Value: "PATH", Reach: true, Group: groupTarget, Help: "The path of the endpoint, where a gateway changes it.", set: text(func(c *Config) *string { return &c.Path })},
	{Name: "connect-to", Value: "HOST:PORT", Reach: true, Group: groupTarget, Help: "Connect to this address whatever the target's name is, as to one node behind a balancer; Host, SNI and certificate stay the target's.", set: address(func(c *Config) *string { return &c.ConnectTo })},
	{Name: "user-agent", Value: "TEXT", Reach: true, Group: groupTarget, Help: "The User-Agent field of every request whose probe has one; omaspec/VERSION without it.", set: text(func(c *Config) *string { return &c.UserAgent })},
	{Name: "header", Value: "NAME: VALUE", List: true, Lines: true, Reach: true, Group: groupTarget, Help: "A header field to send with every request whose probe has none of that name, for gateways.", set: list(func(c *Config) *[]string { return &c.Headers }), public: publicFields},
	{Name: "secret-header", Value: "NAME", List: true, Reach: true, Group: groupTarget, Help: "An added header field whose value is a secret, though its name does not say so.", set: list(func(c *Config) *[]string { return &c.SecretHeaders })},
	{Name: "http", Default: "auto", Value: "VERSION", Group: groupTarget, Help: "HTTP version of the ordinary requests: 1.1, 2, or auto, which is 1.1 except for a target that speaks 2 alone.", set: httpVersion},
	{Name: "ca-file", Value: "FILE", Reach: true, Group: groupTarget, Help: "PEM file of the certificate authorities to trust instead of the system's.", set: text(func(c *Config) *string { return &c.CAFile })},
	{Name: "client-cert", Value: "FILE", Reach: true, Group: groupTarget, Help: "PEM file of the client certificate.", set: text(func(c *Config) *string { return &c.ClientCert })},
	{Name: "client-key", Value: "FILE", Reach: true, Group: groupTarget, Help: "PEM file of the client certificate's key.", set: text(func(c *Config) *string { return &c.ClientKey })},
	{Name: "server-name", Value: "NAME", Reach: true, Group: groupTarget, Help: "Name to ask for and to verify in the TLS handshake.", set: text(func(c *Config) *string { return &c.ServerName })},
	{Name: "insecure-skip-verify", Judges: true, Reach: true, Group: groupTarget, Help: "Do not verify the server's certificate; every report says so, and HTTP-10 is not exercised.", set: toggle(func(c *Config) *bool { return &c.InsecureSkipVerify })},
	{Name: "allow-plaintext", Judges: true, Reach: true, Group: groupTarget, Help: "Permit a plain-http target that is not on loopback; HTTP-08 then fails.", set: toggle(func(c *Config) *bool { return &c.AllowPlaintext })},
	{Name: "proxy", Value: "URL", Reach: true, Group: groupTarget, Help: "HTTP or SOCKS 5 proxy to send through (http://, https://, socks5://); environment is the one that the usual variables name, which are not used otherwise.", set: text(func(c *Config) *string { return &c.Proxy }), public: withoutPassword},

	{Name: "wait", Default: "0s", Value: "DURATION", Reach: true, Group: groupPolite, Help: "Wait at most so long until the target is up, which is when it answers, and not with 502, 503 or 504.", set: waiting(func(c *Config) *time.Duration { return &c.Wait })},
	{Name: "concurrency", Default: AutoConcurrency, Value: "N", Group: groupPolite, Help: concurrencyHelp, set: concurrency},
	{Name: "rate", Default: "0", Value: "N", Group: groupPolite, Help: "Requests a second at most; 0 is no limit.", set: number(func(c *Config) *float64 { return &c.Rate }, 0, 10000)},
	{Name: "timeout", Default: "10s", Value: "DURATION", Group: groupPolite, Help: "Time for one request.", set: duration(func(c *Config) *time.Duration { return &c.Timeout })},
	{Name: "budget", Default: "2m", Value: "DURATION", Group: groupPolite, Help: "Time for all requests together.", set: duration(func(c *Config) *time.Duration { return &c.Budget })},
	{Name: "retry-cap", Default: "5s", Value: "DURATION", Group: groupPolite, Help: "Longest Retry-After that is waited for, at most twice for one request, after 429 or 503.", set: duration(func(c *Config) *time.Duration { return &c.RetryCap })},

	{Name: "full", Group: groupProbes, Help: "Send every variant of every probe.", set: toggle(func(c *Config) *bool { return &c.Full })},
	{Name: "hostile", Group: groupProbes, Help: "Send injection payloads as tokens (AUTH-26).", set: toggle(func(c *Config) *bool { return &c.Hostile })},
	{Name: "allow-token-in-url", Group: groupProbes, Help: "Send the valid token in the URL and in a body (AUTH-11); it will stand in access logs.", set: toggle(func(c *Config) *bool { return &c.TokenInURL })},
	{Name: "unsafe-methods", Group: groupProbes, Help: "Send POST, PUT, PATCH and DELETE with the valid token.", set: toggle(func(c *Config) *bool { return &c.UnsafeMethods })},
	{Name: "smuggling", Group: groupProbes, Help: "Send a request with contradictory framing.", set: toggle(func(c *Config) *bool { return &c.Smuggling })},

	{Name: "profile", Judges: true, Default: reports.ProfileGate, Value: "NAME", Group: groupJudgment, Help: "gate: a MUST that was not exercised makes the verdict partial and exits 0; acceptance: it exits 3.", set: choice(func(c *Config) *string { return &c.Profile }, reports.ProfileGate, reports.ProfileAcceptance)},
	{Name: "strict", Judges: true, Group: groupJudgment, Help: "SHOULD gates like MUST.", set: toggle(func(c *Config) *bool { return &c.Strict })},
	{Name: "basis", Judges: true, Default: reports.BasisAll, Value: "NAME", Group: groupJudgment, Help: "all: every requirement gates by its level; spec: only what the page itself says.", set: choice(func(c *Config) *string { return &c.Basis }, reports.BasisAll, reports.BasisSpec)},
	{Name: "only", Judges: true, Value: "ID", List: true, Group: groupJudgment, Help: "Judge only these requirements, and send only what they need.", set: list(func(c *Config) *[]string { return &c.Only })},
	{Name: "label-filter", Judges: true, Value: "FILTER", Group: groupJudgment, Help: "Judge only what a Ginkgo label filter chooses: 'family:mask && level:must'.", set: text(func(c *Config) *string { return &c.LabelFilter })},
	{Name: "reading", Judges: true, Value: "NAME=VALUE", List: true, Group: groupJudgment, Help: "Choose a reading where the page is ambiguous; `omaspec list --readings` shows them.", set: reading},
	{Name: "portal-hosts", Judges: true, Value: "HOST", List: true, Group: groupJudgment, Help: "The hosts that portalUrl may point to (BODY-29).", set: list(func(c *Config) *[]string { return &c.PortalHosts })},
	{Name: "redirect-hosts", Judges: true, Value: "HOST", List: true, Group: groupJudgment, Help: "The hosts that redirect_uri may point to (BODY-29).", set: list(func(c *Config) *[]string { return &c.RedirectHosts })},
	{Name: "allow-emails", Judges: true, Value: "PREFIX", List: true, Group: groupJudgment, Help: "Beginnings of e-mail addresses that are nobody's, besides support@ and noreply@.", set: list(func(c *Config) *[]string { return &c.AllowEmails })},
	{Name: "subject-file", Value: "FILE", Reach: true, Group: groupJudgment, Help: "YAML file (0600) with the true phone, e-mail, name and company of the token's customer.", set: text(func(c *Config) *string { return &c.SubjectFile })},
	{Name: "secret-files", Default: Private, Value: "WHICH", Group: groupJudgment, Help: "Which files of tokens, credentials and true values are read: private ones, which only their owner can read, or readable ones too (mode 0440, 0444), and pipes, as containers and shells hand them over.", set: choice(func(c *Config) *string { return &c.SecretFiles }, Private, Readable)},

	{Name: "reports", Default: "reports/latest", Value: "DIR", Group: groupOutput, Help: "Folder for run.json, junit.xml and the other reports; - writes none and prints one report, and an empty value writes none.", set: text(func(c *Config) *string { return &c.Reports })},
	{Name: "format", Default: ConsoleFormat, Value: "NAME", Group: groupOutput, Help: "What --reports - prints: " + strings.Join(formats, ", ") + ".", set: choice(func(c *Config) *string { return &c.Format }, formats...)},
	{Name: "quiet", Group: groupOutput, Help: "Print the verdict line only.", set: toggle(func(c *Config) *bool { return &c.Quiet })},
	{Name: "verbose", Group: groupOutput, Help: "Print every requirement, and warnings in full.", set: toggle(func(c *Config) *bool { return &c.Verbose })},
	{Name: "color", Default: "auto", Value: "WHEN", Group: groupOutput, Help: "auto, always or never; NO_COLOR is honoured.", set: choice(func(c *Config) *string { return &c.Color }, "auto", "always", "never")},
	{Name: "dry-run", FlagOnly: true, Group: groupOutput, Help: "Print what would be sent, and send nothing.", set: toggle(func(c *Config) *bool { return &c.DryRun })},
	{Name: "token-stdin", FlagOnly: true, Group: groupOutput, Help: "Read the valid token from standard input.", set: toggle(func(c *Config) *bool { return &c.TokenStdin })},
}

// Default is the configuration without any input.
func Default() Config {
	c := Config{Readings: schemas.Readings{}}
	for _, o := range Options {
		if o.Default != "" {
			if err := o.set(&c, o.Default); err != nil {
				panic("default of --" + o.Name + ": " + err.Error())
			}
		}
	}
	return c
}

// apply sets the option from text, and notes that it was set.
func (o Option) apply(c *Config, value string) error {
	if err := o.set(c, value); err != nil {
		return err
	}
	if c.set == nil {
		c.set = map[string]string{}
	}
	c.set[o.Name] = value
	return nil
}

// Given calls see for every option that was set, with the text that it was given.
func (c Config) Given(see func(option, text string)) {
	for _, o := range Options {
		if text, ok := c.set[o.Name]; ok {
			see(o.Name, text)
		}
	}
}

// Set sets an option, as a flag does that is given once for each value.
func (c *Config) Set(option string, values ...string) error {
	i := slices.IndexFunc(Options, func(o Option) bool { return o.Name == option })
	if i < 0 {
		return errors.New(Unknown("option", option, optionNames()))
	}
	return c.take(Options[i], "--"+option, strings.Join(values, listSeparator))
}

// withoutPassword keeps a URL without its user information.
func withoutPassword(_ Config, value string) string {
	u, err := url.Parse(value)
	if err != nil {
		return "[a URL that does not parse]"
	}
	u.User = nil
	return u.String()
}

func text(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, value string) error {
		*field(c) = value
		return nil
	}
}

func address(field func(*Config) *string) func(*Config, string) error {
	return func(c *Config, value string) error {
		host, port, err := net.SplitHostPort(value)
		n, bad := strconv.ParseUint(port, 10, 16)
		if value != "" && (err != nil || bad != nil || n == 0 || host == "" || strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("/@{}[]", r) })) {
			return errors.New("takes HOST:PORT, such as 10.0.0.7:443 or [::1]:8443")
		}
		*field(c) = value
		return nil
	}
}

func toggle(field func(*Config) *bool) func(*Config, string) error {
	return func(c *Config, value string) error {
		on, err := strconv.ParseBool(value)
		if err != nil {
			return errors.New("takes true or false")
		}
		*field(c) = on
		return nil
	}
}

func list(field func(*Config) *[]string) func(*Config, string) error {
	return func(c *Config, value string) error {
		*field(c) = nil
		for _, item := range strings.Split(value, listSeparator) {
			if item = strings.TrimSpace(item); item != "" {
				*field(c) = append(*field(c), item)
			}
		}
		return nil
	}
}

// listSeparator joins the items of a list option before they are set: a flag
// that is given twice, a YAML sequence, or the commas of a variable.
const listSeparator = "\n"

// shownSeparator takes its place where options are shown.
const shownSeparator = ", "

func choice(field func(*Config) *string, values ...string) func(*Config, string) error {
	return func(c *Config, value string) error {
		if !slices.Contains(values, value) {
			return fmt.Errorf("takes %s", strings.Join(values, ", "))
		}
		*field(c) = value
		return nil
	}
}

// httpVersion also takes the spellings 1 and 2.0.
func httpVersion(c *Config, value string) error {
	switch value {
	case "1":
		value = "1.1"
	case "2.0":
		value = "2"
	}
	return choice(func(c *Config) *string { return &c.HTTP }, "auto", "1.1", "2")(c, value)
}

func whole(field func(*Config) *int, low, high int) func(*Config, string) error {
	return func(c *Config, value string) error {
		n, err := strconv.Atoi(value)
		if err != nil || n < low || n > high {
			return fmt.Errorf("takes a whole number from %d to %d", low, high)
		}
		*field(c) = n
		return nil
	}
}

// AutoConcurrency leaves it to the target's answers how many requests are in flight.
const AutoConcurrency = "auto"

var concurrencyHelp = fmt.Sprintf("Requests in flight at most; auto starts at %d, goes up to %d while answers stay as quick as they were, and back when they do not. The burst of ISOL-07 is of %d in any case.",
	probe.StartInFlight, probe.MostInFlight, probe.StartInFlight)

func concurrency(c *Config, value string) error {
	if value == AutoConcurrency {
		c.Concurrency = 0
		return nil
	}
	if err := whole(func(c *Config) *int { return &c.Concurrency }, 1, 64)(c, value); err != nil {
		return fmt.Errorf("%w, or %s", err, AutoConcurrency)
	}
	return nil
}

func number(field func(*Config) *float64, low, high float64) func(*Config, string) error {
	return func(c *Config, value string) error {
		n, err := strconv.ParseFloat(value, 64)
		if err != nil || !(n >= low && n <= high) {
			return fmt.Errorf("takes a number from %g to %g", low, high)
		}
		*field(c) = n
		return nil
	}
}

func duration(field func(*Config) *time.Duration) func(*Config, string) error {
	return func(c *Config, value string) error {
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 || d > time.Hour {
			return errors.New("takes a duration up to 1h such as 10s")
		}
		*field(c) = d
		return nil
	}
}

func waiting(field func(*Config) *time.Duration) func(*Config, string) error {
	return func(c *Config, value string) error {
		if d, err := time.ParseDuration(value); err == nil && d == 0 {
			*field(c) = 0
			return nil
		}
		return duration(field)(c, value)
	}
}

func reading(c *Config, value string) error {
	c.Readings = schemas.Readings{}
	for _, item := range strings.Split(value, listSeparator) {
		if strings.TrimSpace(item) == "" {
			continue
		}
		name, choice, ok := strings.Cut(item, "=")
		if !ok {
			return errors.New("takes NAME=VALUE, such as envelope=auto")
		}
		name, choice = strings.TrimSpace(name), strings.TrimSpace(choice)
		if err := checkReading(name, choice); err != nil {
			return err
		}
		c.Readings[name] = choice
	}
	return c.Readings.Check()
}

// checkReading says what Readings.Check says, without quoting what was given.
func checkReading(name, choice string) error {
	var names []string
	for _, r := range schemas.AllReadings {
		names = append(names, r.Name)
		if r.Name == name && r.Values != nil && !slices.Contains(r.Values, choice) {
			return fmt.Errorf("%s takes one of %s", name, strings.Join(r.Values, ", "))
		}
	}
	if !slices.Contains(names, name) {
		return fmt.Errorf("chooses a reading: %s; `omaspec list --readings` shows all", Unknown("reading", name, names))
	}
	return nil
}
