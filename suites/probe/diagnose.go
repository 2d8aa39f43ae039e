package probe

import (
	"context"
	"crypto/tls"

	"omaspec/reports/evidence"
)

// A cure is a setting of crypto/tls with which a handshake may succeed that fails
// without it.
type cure struct {
	setting string
	why     string
	apply   func(*tls.Config)
}

// cures are tried where a handshake failed before a certificate was seen.
var cures = []cure{
	{"GODEBUG=tlsmlkem=0", "without ML-KEM it does not fail, whose ClientHello of more than one packet something on the way cuts", func(c *tls.Config) {
		c.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
	}},
	{"GODEBUG=tlsrsakex=1", "the target offers nothing but key exchange by RSA, which has no forward secrecy", func(c *tls.Config) {
		c.CipherSuites = rsaKeyExchange
	}},
}

// rsaKeyExchange are the cipher suites without forward secrecy that crypto/tls knows and
// does not offer.
var rsaKeyExchange = []uint16{
	tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA,
}

// diagnose tries what may cure a failed handshake, and says what does; "" if nothing.
func (r *run) diagnose(ctx context.Context, f *evidence.Failure) string {
	if f.Kind != evidence.FailureTLS || !r.plan.Endpoint.Secure || r.dialer.security.seen() {
		return ""
	}
	if r.shakes(ctx, func(*tls.Config) {}) {
		return "" // it failed by accident
	}
	for _, c := range cures {
		if r.shakes(ctx, c.apply) {
			return "; " + c.why + ": set " + c.setting
		}
	}
	return ""
}

// shakes tells whether a handshake succeeds with a change of its configuration.
func (r *run) shakes(ctx context.Context, change func(*tls.Config)) bool {
	config := r.dialer.security.unverified()
	change(config)
	limited, cancel := context.WithTimeout(ctx, r.config.Timeout)
	defer cancel()
	l, err := r.dialer.open(limited, r.plan.Endpoint, config)
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}
