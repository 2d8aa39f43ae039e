package probe

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
)

// Config says how the requests of a run are sent. Its zero values mean the
// defaults that stand beside them.
type Config struct {
	// AllowPlaintext permits a valid token over plain http to another machine.
	AllowPlaintext bool
	// HTTP2 sends over HTTP/2 what does not need the exact bytes of HTTP/1.1: by
	// ALPN over https, with prior knowledge over http.
	HTTP2 bool

	Concurrency  int           // requests in flight; 8
	Rate         float64       // requests a second; 0 is no limit
	Timeout      time.Duration // of one exchange; 10 s
	Budget       time.Duration // of the whole run; 2 min
	RetryCap     time.Duration // the longest wait after 429 or 503; 5 s
	DialFailures int           // in a row that end the run; 3
	MaxBody      int           // bytes of a response's body; 128 KiB, some 400 times what the page shows
	MaxHeader    int           // bytes of a response's header section; 64 KiB

	TLS TLSOptions
	// Proxy is an http or https proxy, perhaps with a user name and password. Raw
	// probes of a plain http target are not sent through one, because it would
	// rewrite them. nil is none; the environment is never asked.
	Proxy *url.URL
	// Header are fields that a gateway in front of the target needs. They are
	// recorded as "{header:NAME}", not by their values.
	Header []HeaderField
	// Version of omaspec, for the User-Agent field.
	Version string
}

// HeaderField is a field that the configuration adds to every request.
type HeaderField struct {
	Name  string
	Value Secret
}

// TLSOptions say how TLS is spoken and whom to trust.
type TLSOptions struct {
	Roots        *x509.CertPool    // nil is the system's
	Certificates []tls.Certificate // shown to a target that asks
	ServerName   string            // asked for and verified; "" is the target's host name
	Insecure     bool              // go on when the certificate is not valid, and record that
}

// LoadTLS reads a PEM file of authorities to trust instead of the system's, and
// a PEM client certificate with its key. "" leaves the option out.
func LoadTLS(caFile, certFile, keyFile string) (TLSOptions, error) {
	var o TLSOptions
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return o, fmt.Errorf("read the CA file: %w", err)
		}
		o.Roots = x509.NewCertPool()
		if !o.Roots.AppendCertsFromPEM(pem) {
			return o, fmt.Errorf("the CA file %s holds no PEM certificate", caFile)
		}
	}
	if (certFile == "") != (keyFile == "") {
		return o, errors.New("a client certificate and its key must be given together")
	}
	if certFile != "" {
		pair, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			return o, fmt.Errorf("read the client certificate: %w", err)
		}
		o.Certificates = []tls.Certificate{pair}
	}
	return o, nil
}

// withDefaults fills in what is zero.
func (c Config) withDefaults() Config {
	setDefault(&c.Concurrency, 8)
	setDefault(&c.Timeout, 10*time.Second)
	setDefault(&c.Budget, 2*time.Minute)
	setDefault(&c.RetryCap, 5*time.Second)
	setDefault(&c.DialFailures, 3)
	setDefault(&c.MaxBody, 128<<10)
	setDefault(&c.MaxHeader, 64<<10)
	setDefault(&c.Version, "dev")
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

// check refuses a configuration that cannot be used, before anything is sent.
func (c Config) check(target Endpoint) error {
	if target.Addr == "" {
		return errors.New("there is no target")
	}
	if c.Concurrency < 0 || c.Rate < 0 || min(c.Timeout, c.Budget, c.RetryCap) < 0 || min(c.DialFailures, c.MaxBody, c.MaxHeader) < 0 {
		return errors.New("limits must not be negative")
	}
	if c.Proxy != nil {
		if c.Proxy.Scheme != "http" && c.Proxy.Scheme != "https" || c.Proxy.Hostname() == "" {
			return errors.New("the proxy must be http://HOST:PORT or https://HOST:PORT")
		}
		if c.HTTP2 && !target.Secure {
			return errors.New("HTTP/2 over plain http cannot go through a proxy")
		}
	}
	local := target.Loopback() && (c.Proxy == nil || isLoopback(c.Proxy.Hostname()))
	if !target.Secure && !local && !c.AllowPlaintext {
		return errors.New("the target is plain http on another machine, which would see the token in clear text: use https, or --allow-plaintext")
	}
	for _, h := range c.Header {
		if !isToken(h.Name) {
			return fmt.Errorf("%q is not the name of a field", h.Name)
		}
		if slices.ContainsFunc(ownFields, func(own string) bool { return strings.EqualFold(own, h.Name) }) {
			return fmt.Errorf("the field %s belongs to the probes and cannot be added", h.Name)
		}
		if hasControl(h.Value.reveal()) {
			return fmt.Errorf("the value of the field %s holds a control character", h.Name)
		}
	}
	return nil
}

// isToken tells whether s is a token of RFC 9110 5.6.2.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !isAlphanumeric(r) && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}
