package probe

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"sync"
	"time"

	"omaspec/reports/evidence"
)

// security speaks TLS as the options say, and keeps what the first certificate
// of the target showed.
type security struct {
	options TLSOptions

	mu    sync.Mutex
	facts *evidence.Transport
}

// config is for connections that carry requests. The certificate is verified in
// VerifyConnection instead of by crypto/tls, so that the result is recorded also
// where the run goes on regardless.
func (s *security) config(protocols ...string) *tls.Config {
	c := s.unverified()
	c.NextProtos = protocols
	c.VerifyConnection = s.verify
	return c
}

// unverified is for handshakes that carry nothing.
func (s *security) unverified() *tls.Config {
	return &tls.Config{
		ServerName:         s.options.ServerName,
		Certificates:       s.options.Certificates,
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // #nosec G402 -- config verifies in VerifyConnection
	}
}

// verify checks the certificate that a handshake showed.
func (s *security) verify(state tls.ConnectionState) error {
	if len(state.PeerCertificates) == 0 {
		return failed(evidence.FailureTLS, "the target showed no certificate")
	}
	leaf := state.PeerCertificates[0]
	intermediates := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		intermediates.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: s.options.Roots, Intermediates: intermediates, DNSName: s.options.ServerName})
	problem := certificateProblem(err, state.PeerCertificates, s.options.Roots)
	s.record(state, problem)
	if problem != "" && !s.options.Insecure {
		return failed(evidence.FailureTLS, errCertificate+problem)
	}
	return nil
}

// record keeps the facts of the first handshake.
func (s *security) record(state tls.ConnectionState, problem string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.facts != nil {
		return
	}
	leaf := state.PeerCertificates[0]
	s.facts = &evidence.Transport{
		Version:    tls.VersionName(state.Version),
		Cipher:     tls.CipherSuiteName(state.CipherSuite),
		ALPN:       state.NegotiatedProtocol,
		ServerName: s.options.ServerName,
		Problem:    problem,
		Insecure:   s.options.Insecure,
		LeafSHA256: fingerprint(leaf),
		DaysLeft:   daysLeft(leaf, time.Now()),
	}
}

// daysLeft is evidence.Transport.DaysLeft of a certificate. Those that live for
// days are renewed by machines, which leave them a share of their lifetime.
func daysLeft(c *x509.Certificate, now time.Time) int {
	left, lifetime := c.NotAfter.Sub(now), c.NotAfter.Sub(c.NotBefore)
	if left > 0 && left >= lifetime/10 {
		return evidence.MostDaysLeft
	}
	return int(min(max(left/(24*time.Hour), 0), evidence.MostDaysLeft))
}

// seen tells whether a target has shown a certificate.
func (s *security) seen() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.facts != nil
}

// transport returns the facts; without a handshake that showed a certificate,
// only what was asked for.
func (s *security) transport() *evidence.Transport {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.facts == nil {
		return &evidence.Transport{ServerName: s.options.ServerName, Insecure: s.options.Insecure}
	}
	return s.facts
}

func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// allCipherSuites are offered in Handshake probes: a target that accepts an old
// version only with a weak cipher still accepts it.
func allCipherSuites() []uint16 {
	var ids []uint16
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		ids = append(ids, suite.ID)
	}
	return ids
}

// tryVersion offers the target exactly one version of TLS.
func (d *dialer) tryVersion(ctx context.Context, target Endpoint, p Probe) evidence.HandshakeResult {
	config := d.security.unverified()
	config.MinVersion, config.MaxVersion = p.Version, p.Version
	config.CipherSuites = allCipherSuites()
	result := evidence.HandshakeResult{Probe: p.ID, Version: tls.VersionName(p.Version), Outcome: evidence.HandshakeAccepted}
	l, err := d.open(ctx, target, config)
	if err == nil {
		_ = l.Close()
		return result
	}
	var f *failure
	result.Outcome, result.Detail = evidence.HandshakeRefused, err.Error()
	if !errors.As(err, &f) || f.Kind != evidence.FailureTLS || errors.Is(err, errTLSTimeout) || errors.Is(err, errNotTLS) {
		result.Outcome = evidence.HandshakeUnknown
	}
	return result
}
