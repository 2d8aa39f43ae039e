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
)

// Transport holds what the TLS handshakes of a run showed (rows T02 to T04).
type Transport struct {
	// Version, Cipher and ALPN are what the first connection agreed on: "TLS 1.3".
	Version string `json:"version"`
	Cipher  string `json:"cipher"`
	ALPN    string `json:"alpn"`
	// ServerName is the name that the certificate was verified for.
	ServerName string `json:"serverName"`
	// Problem says why the certificate is not valid; "" when it is.
	Problem string `json:"problem,omitempty"`
	// Insecure tells that the run went on regardless of Problem.
	Insecure   bool      `json:"insecure,omitempty"`
	LeafSHA256 string    `json:"leafSha256"` // of the target's certificate, hex
	NotBefore  time.Time `json:"notBefore"`
	NotAfter   time.Time `json:"notAfter"`
	// Handshakes are the results of the Handshake probes that were sent.
	Handshakes []HandshakeResult `json:"handshakes"`
}

// HandshakeResult says whether the target accepted one version of TLS.
type HandshakeResult struct {
	Probe   string `json:"probe"`   // "T02.tls10"
	Version string `json:"version"` // "TLS 1.0"
	// Outcome is "accepted", "refused", or "unknown" when the target could not be
	// asked.
	Outcome string `json:"outcome"`
	Detail  string `json:"detail,omitempty"` // one line of ours
}

// The outcomes of a handshake.
const (
	HandshakeAccepted = "accepted"
	HandshakeRefused  = "refused"
	HandshakeUnknown  = "unknown"
)

// security speaks TLS as the options say, and keeps what the first certificate
// of the target showed.
type security struct {
	options TLSOptions

	mu    sync.Mutex
	facts *Transport
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
		return failed(failTLS, "the target showed no certificate")
	}
	leaf := state.PeerCertificates[0]
	intermediates := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		intermediates.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: s.options.Roots, Intermediates: intermediates, DNSName: s.options.ServerName})
	problem := certificateProblem(err)
	s.record(state, problem)
	if problem != "" && !s.options.Insecure {
		return failed(failTLS, errCertificate+problem)
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
	s.facts = &Transport{
		Version:    tls.VersionName(state.Version),
		Cipher:     tls.CipherSuiteName(state.CipherSuite),
		ALPN:       state.NegotiatedProtocol,
		ServerName: s.options.ServerName,
		Problem:    problem,
		Insecure:   s.options.Insecure,
		LeafSHA256: fingerprint(leaf),
		NotBefore:  leaf.NotBefore.UTC(),
		NotAfter:   leaf.NotAfter.UTC(),
	}
}

// transport returns the facts; without a handshake that showed a certificate,
// only what was asked for.
func (s *security) transport() *Transport {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.facts == nil {
		return &Transport{ServerName: s.options.ServerName, Insecure: s.options.Insecure}
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
func (d *dialer) tryVersion(ctx context.Context, target Endpoint, p Probe) HandshakeResult {
	config := d.security.unverified()
	config.MinVersion, config.MaxVersion = p.Version, p.Version
	config.CipherSuites = allCipherSuites()
	result := HandshakeResult{Probe: p.ID, Version: tls.VersionName(p.Version), Outcome: HandshakeAccepted}
	l, err := d.open(ctx, target, config)
	if err == nil {
		_ = l.Close()
		return result
	}
	var f *failure
	result.Outcome, result.Detail = HandshakeRefused, err.Error()
	if !errors.As(err, &f) || f.Kind != failTLS || errors.Is(err, errTLSTimeout) || errors.Is(err, errNotTLS) {
		result.Outcome = HandshakeUnknown
	}
	return result
}
