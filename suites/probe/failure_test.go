package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"

	"omaspec/reports/evidence"
)

// TestFailures: every error of the standard library becomes a failure of a known
// kind, whose text holds nothing of the error's own.
func TestFailures(t *testing.T) {
	const secret = "sent-by-the-target"
	wrapped := func(err error) error { return &net.OpError{Op: "read", Err: fmt.Errorf("%s: %w", secret, err)} }
	tests := []struct {
		name string
		got  error
		want error
	}{
		{"dial timeout", dialFailure(wrapped(context.DeadlineExceeded)), errDialTimeout},
		{"dial deadline", dialFailure(wrapped(os.ErrDeadlineExceeded)), errDialTimeout},
		{"dial refused", dialFailure(wrapped(syscall.ECONNREFUSED)), errDialRefused},
		{"dial name", dialFailure(wrapped(&net.DNSError{Err: secret})), errDialName},
		{"dial network", dialFailure(wrapped(syscall.ENETUNREACH)), errDialNetwork},
		{"dial host", dialFailure(wrapped(syscall.EHOSTUNREACH)), errDialNetwork},
		{"dial other", dialFailure(errors.New(secret)), errDialOther},
		{"handshake timeout", handshakeFailure(wrapped(os.ErrDeadlineExceeded)), errTLSTimeout},
		{"handshake end", handshakeFailure(wrapped(io.EOF)), errTLSClosed},
		{"handshake reset", handshakeFailure(wrapped(syscall.ECONNRESET)), errTLSClosed},
		{"handshake record", handshakeFailure(tls.RecordHeaderError{Msg: secret}), errNotTLS},
		{"handshake ours", handshakeFailure(wrapped(errNotTLS)), errNotTLS},
		{"handshake other", handshakeFailure(errors.New(secret)), errHandshake},
		{"read timeout", readFailure(wrapped(os.ErrDeadlineExceeded)), errTimeout},
		{"read end", readFailure(wrapped(io.EOF)), errClosed},
		{"read unexpected end", readFailure(io.ErrUnexpectedEOF), errClosed},
		{"read reset", readFailure(wrapped(syscall.ECONNRESET)), errReset},
		{"read broken pipe", readFailure(wrapped(syscall.EPIPE)), errReset},
		{"read ours", readFailure(errChunked), errChunked},
		{"read other", readFailure(errors.New(secret)), errReset},
		{"stream timeout", streamFailure(wrapped(context.DeadlineExceeded)), errTimeout},
		{"stream not offered", streamFailure(wrapped(errNoHTTP2)), errNoHTTP2},
		{"stream dial", streamFailure(wrapped(errDialRefused)), errDialRefused},
		{"stream other", streamFailure(errors.New(secret)), errStream},
	}
	for _, tt := range tests {
		if !errors.Is(tt.got, tt.want) || strings.Contains(tt.got.Error(), secret) {
			t.Errorf("%s: %q", tt.name, tt.got)
		}
	}
}

// TestAlerts: of the numbers that a target can send with an alert none is shown.
func TestAlerts(t *testing.T) {
	named := 0
	for number := range 256 {
		err := alertFailure(&net.OpError{Op: "remote error", Err: tls.AlertError(number)})
		if text := err.Error(); strings.ContainsFunc(text, unicode.IsDigit) || !strings.HasPrefix(text, "the target ended TLS with ") {
			t.Errorf("%d: %s", number, text)
		}
		if !errors.Is(err, errTLSAlert) {
			named++
		}
	}
	if named != len(alerts) || named < 30 {
		t.Errorf("%d alerts have a name, and the table has %d", named, len(alerts))
	}
	for number, want := range map[byte]error{40: failed(evidence.FailureTLS, "the target ended TLS with the alert handshake_failure"), 139: errTLSAlert} {
		g := runPlan(t, Config{Timeout: 5 * time.Second}, baselineOnly(t, endpointOf(t, "https://"+serveAlert(t, number))))
		if f := g.Exchanges[0].Failure; f == nil || f.Kind != evidence.FailureTLS || f.Text != want.Error() {
			t.Errorf("%d: %v, want %v", number, f, want)
		}
	}
}

// serveAlert ends every handshake with this fatal alert. It returns the address.
func serveAlert(t *testing.T, number byte) string {
	t.Helper()
	return serveConns(t, afterRequest(func(conn net.Conn) { _, _ = conn.Write([]byte{21, 3, 3, 0, 2, 2, number}) }))
}

func TestCertificateProblem(t *testing.T) {
	chain := []*x509.Certificate{{RawSubject: []byte("leaf")}}
	for want, err := range map[string]error{
		"":                                   nil,
		untrusted + noIntermediate:           x509.UnknownAuthorityError{},
		"it does not name this host":         x509.HostnameError{Certificate: &x509.Certificate{}},
		"it has expired or is not yet valid": x509.CertificateInvalidError{Reason: x509.Expired},
		"its chain could not be verified":    x509.CertificateInvalidError{Reason: x509.TooManyIntermediates},
	} {
		if got := certificateProblem(err, chain, x509.NewCertPool()); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
