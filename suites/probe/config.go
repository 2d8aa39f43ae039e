package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"omaspec/reports/evidence"
	"omaspec/suites/file"
)

// Config says how the requests of a run are sent. Its zero values mean the
// defaults that stand beside them.
type Config struct {
	// AllowPlaintext permits a valid token over plain http to another machine.
	AllowPlaintext bool
	// HTTP2 sends over HTTP/2 what does not need the exact bytes of HTTP/1.1: by
	// ALPN over https, with prior knowledge over http.
	HTTP2 bool
	// AutoHTTP sends over HTTP/2 where the first request finds a target that does not
	// speak HTTP/1.1.
	AutoHTTP bool

	Concurrency  int           // requests in flight; 0 adapts it to the target, from StartInFlight up to MostInFlight
	Rate         float64       // requests a second; 0 is no limit
	Timeout      time.Duration // of one exchange; 10 s
	Budget       time.Duration // of the whole run; 2 min
	RetryCap     time.Duration // the longest wait after 429 or 503; 5 s
	DialFailures int           // in a row that end the run; 3
	MaxBody      int           // bytes of a response's body; 128 KiB, some 400 times what the page shows
	MaxHeader    int           // bytes of a response's header section; 64 KiB

	TLS TLSOptions
	// Proxy is an http, https or SOCKS 5 proxy, perhaps with a user name and password.
	// Raw probes of a plain http target are not sent through one of the first two,
	// because it would rewrite them. nil is none; the environment is never asked.
	Proxy *url.URL
	// Header are fields that a gateway in front of the target needs. A step that
	// has a field of the same name keeps its own.
	Header []HeaderField
	// Renew gets another valid token of the same customer, once that of the run is
	// refused; nil where there is none to be had.
	Renew func(context.Context) (Secret, error)
	// UserAgent is the value of the User-Agent field; "" is omaspec/VERSION.
	UserAgent string
	// Version of omaspec, for the User-Agent field.
	Version string
}

// HeaderField is a field that the configuration adds to every request.
type HeaderField struct {
	Name    string
	Value   Secret
	Secrecy Secrecy
}

// Secrecy says what becomes of the value of an added field.
type Secrecy int

const (
	// SecretField is recorded as "{header:NAME}", and nothing may hold its value.
	SecretField Secrecy = iota
	// HiddenField is recorded as "{header:NAME}", but its value is no secret: it may
	// stand anywhere.
	HiddenField
	// PublicField is recorded as it is.
	PublicField
)

// TLSOptions say how TLS is spoken and whom to trust.
type TLSOptions struct {
	Roots        *x509.CertPool    // nil is the system's
	Certificates []tls.Certificate // shown to a target that asks
	ServerName   string            // asked for and verified; "" is the target's host name
	Insecure     bool              // go on when the certificate is not valid, and record that
}

// LoadTLS reads a PEM file of authorities to trust instead of the system's, and
// a PEM client certificate with its key. "" leaves the option out. Its errors name
// the options.
func LoadTLS(caFile, certFile, keyFile string) (TLSOptions, error) {
	var o TLSOptions
	if caFile != "" {
		pem, err := file.Read(caFile)
		if err != nil {
			return o, fmt.Errorf("--ca-file: %w", err)
		}
		o.Roots = x509.NewCertPool()
		if !o.Roots.AppendCertsFromPEM(pem) {
			return o, errors.New("--ca-file: it holds no PEM certificate")
		}
	}
	if (certFile == "") != (keyFile == "") {
		return o, errors.New("a client certificate and its key must be given together")
	}
	if certFile == "" {
		return o, nil
	}
	cert, err := file.Read(certFile)
	if err != nil {
		return o, fmt.Errorf("--client-cert: %w", err)
	}
	key, err := file.Read(keyFile)
	if err != nil {
		return o, fmt.Errorf("--client-key: %w", err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return o, fmt.Errorf("--client-cert and --client-key hold no client certificate with its key: %w", err)
	}
	o.Certificates = []tls.Certificate{pair}
	return o, nil
}

// withDefaults fills in what is zero.
func (c Config) withDefaults() Config {
	setDefault(&c.Timeout, 10*time.Second)
	setDefault(&c.Budget, 2*time.Minute)
	setDefault(&c.RetryCap, 5*time.Second)
	setDefault(&c.DialFailures, 3)
	setDefault(&c.MaxBody, 128<<10)
	setDefault(&c.MaxHeader, 64<<10)
	setDefault(&c.Version, "dev")
	setDefault(&c.UserAgent, "omaspec/"+c.Version)
	return c
}

func setDefault[T comparable](v *T, value T) {
	var zero T
	if *v == zero {
		*v = value
	}
}

// ownFields are the fields that the probes and the client set themselves.
var ownFields = []string{"X-Auth-Token", "Host", "Connection", "Content-Length", "Transfer-Encoding", "Traceparent", "User-Agent", "Cookie", "Authorization"}

// instead says how an own field is given otherwise.
var instead = map[string]string{"User-Agent": "; use --user-agent"}

// check refuses a configuration that cannot be used, before anything is sent.
func (c Config) check(target Endpoint) error {
	if target.Addr == "" {
		return errors.New("there is no target")
	}
	if c.Concurrency < 0 || c.Rate < 0 || min(c.Timeout, c.Budget, c.RetryCap) < 0 || min(c.DialFailures, c.MaxBody, c.MaxHeader) < 0 {
		return errors.New("limits must not be negative")
	}
	if c.Proxy != nil {
		switch schemes := append([]string{"http", "https"}, socksSchemes...); {
		case !slices.Contains(schemes, c.Proxy.Scheme) || c.Proxy.Hostname() == "":
			return errors.New("the proxy must be http://HOST:PORT, https://HOST:PORT or socks5://HOST:PORT")
		case target.Zone != "":
			return errors.New("the target's address has a zone, which means nothing to a proxy")
		case target.Secure || isSOCKS(c.Proxy):
		case c.HTTP2:
			return errors.New("HTTP/2 over plain http cannot go through an http proxy; a SOCKS proxy can carry it")
		case target.rerouted():
			return errors.New("an http proxy finds a plain http target by its name, so --connect-to has no effect; a SOCKS proxy can use it")
		}
	}
	local := target.Loopback() && (c.Proxy == nil || isLoopback(c.Proxy.Hostname()))
	if !target.Secure && !local && !c.AllowPlaintext {
		return errors.New("the target is plain http on another machine, which would see the token in clear text: use https, or --allow-plaintext")
	}
	return c.checkHeader()
}

// checkHeader refuses added fields that cannot be sent. What is no field's name is
// not quoted: it may be a value in the wrong place.
func (c Config) checkHeader() error {
	if hasControl(c.UserAgent) || strings.TrimSpace(c.UserAgent) != c.UserAgent {
		return errors.New("--user-agent: it holds a control character, or begins or ends with white space")
	}
	hidden := map[string]bool{}
	for _, h := range c.Header {
		name := strings.ToLower(h.Name)
		switch {
		case !isToken(h.Name):
			return errors.New("--header: what stands before the colon is not the name of a field")
		case slices.ContainsFunc(ownFields, func(own string) bool { return strings.EqualFold(own, h.Name) }):
			return fmt.Errorf("the field %s belongs to the probes and cannot be added%s", evidence.Canonical(h.Name), instead[evidence.Canonical(h.Name)])
		case hasControl(h.Value.reveal()):
			return errors.New("--header: a value holds a control character")
		case h.Secrecy != PublicField && hidden[name]:
			return errors.New("--header: a field whose value is not shown is given twice")
		}
		hidden[name] = h.Secrecy != PublicField
	}
	return nil
}

// isToken tells whether s is a token of RFC 9110 5.6.2.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !isAlphanumeric(r) && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}
