package probe

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"

	"omaspec/reports/evidence"
)

// failure is an evidence.Failure as an error. Its text is always one of ours: the
// errors of the standard library may quote what the target sent.
type failure evidence.Failure

func (f *failure) Error() string { return f.Text }

func failed(kind, text string) error { return &failure{Kind: kind, Text: text} }

// malformed-message errors, and the limit of the header section.
var (
	errStatusLine  = failed(evidence.FailureMalformed, "the answer does not begin with an HTTP/1 status line")
	errStatusCode  = failed(evidence.FailureMalformed, "the status code of the answer has not three digits")
	errFieldLine   = failed(evidence.FailureMalformed, "a field line of the answer is malformed")
	errHeadCut     = failed(evidence.FailureMalformed, "the connection ended inside the header section of the answer")
	errLength      = failed(evidence.FailureMalformed, "the Content-Length of the answer is not one number")
	errChunked     = failed(evidence.FailureMalformed, "the chunked transfer coding of the answer is broken")
	errHeaderLimit = failed(evidence.FailureLimit, "the header section of the answer is larger than the limit")
	errTimeout     = failed(evidence.FailureTimeout, "no complete answer came within the time limit")
	errReset       = failed(evidence.FailureReset, "the target reset the connection")
	errClosed      = failed(evidence.FailureClosed, "the target closed the connection without an answer")
	errInterrupted = failed(evidence.FailureInterrupted, "the run ended before the answer came")
	errStream      = failed(evidence.FailureReset, "the target ended the HTTP/2 stream or connection")
	errNotTLS      = failed(evidence.FailureTLS, "the target does not speak TLS on this port")
	errTLSAlert    = failed(evidence.FailureTLS, "the target ended TLS with an unknown alert")
	errTLSClosed   = failed(evidence.FailureTLS, "the target closed the connection during the TLS handshake")
	errHandshake   = failed(evidence.FailureTLS, "the TLS handshake failed")
	errTLSTimeout  = failed(evidence.FailureTLS, "the TLS handshake did not end within the time limit")
	errProxyTunnel = failed(evidence.FailureDial, "the proxy did not connect to the target")
	errProxyTLS    = failed(evidence.FailureDial, "the TLS handshake with the proxy failed")
	errProxyAsks   = failed(evidence.FailureDial, "the proxy wants other credentials than --proxy has, if any: it answered 407")
	errDialTimeout = failed(evidence.FailureDial, "the connection could not be opened within the time limit")
	errDialRefused = failed(evidence.FailureDial, "the target refused the connection")
	errDialName    = failed(evidence.FailureDial, "the host name could not be resolved")
	errDialNetwork = failed(evidence.FailureDial, "there is no route to the target")
	errDialOther   = failed(evidence.FailureDial, "the connection could not be opened")
	errNoHTTP1     = &InapplicableError{"the target speaks HTTP/2 alone, which cannot carry it"}
	errNoHTTP2     = &InapplicableError{"the target does not offer HTTP/2"}
	errUnsendable  = &InapplicableError{"HTTP/2 cannot carry it"}
	errLost        = fmt.Errorf("%w", errNotReused) // while the next step was sent
	errNotReused   = errors.New("the target closed the connection after the step before")
	errCertificate = "the certificate of the target is not valid: "
)

// dialFailure says why a connection could not be opened.
func dialFailure(err error) error {
	var name *net.DNSError
	switch {
	case isTimeout(err):
		return errDialTimeout
	case errors.As(err, &name):
		return errDialName
	case errors.Is(err, syscall.ECONNREFUSED):
		return errDialRefused
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return errDialNetwork
	}
	return errDialOther
}

// ofProxy says of the proxy what dialFailure says of the target.
var ofProxy = map[error]error{
	errDialTimeout: failed(evidence.FailureDial, "the connection to the proxy could not be opened within the time limit"),
	errDialRefused: failed(evidence.FailureDial, "the proxy refused the connection"),
	errDialName:    failed(evidence.FailureDial, "the host name of the proxy could not be resolved"),
	errDialNetwork: failed(evidence.FailureDial, "there is no route to the proxy"),
	errDialOther:   failed(evidence.FailureDial, "the connection to the proxy could not be opened"),
}

// tunnelFailure says why a proxy that answered with this status connects to nobody.
func tunnelFailure(status int) error {
	if status == http.StatusProxyAuthRequired {
		return errProxyAsks
	}
	return failed(evidence.FailureDial, fmt.Sprintf("%s: it answered %d", errProxyTunnel, status))
}

// handshakeFailure says why a TLS handshake failed.
func handshakeFailure(err error) error {
	var ours *failure
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &ours):
		return ours
	case isTimeout(err):
		return errTLSTimeout
	case errors.As(err, &record):
		return errNotTLS
	case isEnd(err), isReset(err):
		return errTLSClosed
	}
	if alert := alertFailure(err); alert != nil {
		return alert
	}
	return errHandshake
}

// alertFailure names the TLS alert that the target sent; nil if err is no alert.
func alertFailure(err error) error {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "remote error" {
		return nil
	}
	name, known := alerts[op.Err.Error()]
	if !known {
		return errTLSAlert
	}
	return failed(evidence.FailureTLS, "the target ended TLS with the alert "+name)
}

// alerts are the names of RFC 8446 6 and of earlier versions, by the text of
// crypto/tls, which shows the number of any other: a number that the target chose.
var alerts = func() map[string]string {
	byText := map[string]string{}
	for number, name := range map[tls.AlertError]string{
		0: "close_notify", 10: "unexpected_message", 20: "bad_record_mac", 21: "decryption_failed", 22: "record_overflow",
		30: "decompression_failure", 40: "handshake_failure", 42: "bad_certificate", 43: "unsupported_certificate",
		44: "certificate_revoked", 45: "certificate_expired", 46: "certificate_unknown", 47: "illegal_parameter",
		48: "unknown_ca", 49: "access_denied", 50: "decode_error", 51: "decrypt_error", 60: "export_restriction",
		70: "protocol_version", 71: "insufficient_security", 80: "internal_error", 86: "inappropriate_fallback",
		90: "user_canceled", 100: "no_renegotiation", 109: "missing_extension", 110: "unsupported_extension",
		111: "certificate_unobtainable", 112: "unrecognized_name", 113: "bad_certificate_status_response",
		114: "bad_certificate_hash_value", 115: "unknown_psk_identity", 116: "certificate_required",
		120: "no_application_protocol", 121: "ech_required",
	} {
		byText[number.Error()] = name
	}
	return byText
}()

// readFailure says why no answer could be read.
func readFailure(err error) error {
	var ours *failure
	switch {
	case errors.As(err, &ours):
		return ours
	case isTimeout(err):
		return errTimeout
	case isEnd(err):
		return errClosed
	case isReset(err):
		return errReset
	}
	if alert := alertFailure(err); alert != nil {
		return alert
	}
	return errReset
}

// certificateProblem says what is wrong with the first certificate of a chain, which
// was verified with err, without quoting it. roots are those of --ca-file; nil are
// the system's.
func certificateProblem(err error, chain []*x509.Certificate, roots *x509.CertPool) string {
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &authority):
		return untrusted + unsigned(chain, roots)
	case errors.As(err, &name):
		return "it does not name this host"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return evidence.Expired
	}
	return "its chain could not be verified"
}

const untrusted = "it is not signed by a trusted authority: "

// unsigned says why a chain leads to no trusted authority, as far as can be seen.
func unsigned(chain []*x509.Certificate, roots *x509.CertPool) string {
	leaf := chain[0]
	if roots == nil {
		if roots, _ = x509.SystemCertPool(); roots.Equal(x509.NewCertPool()) {
			return "this machine trusts none; install its CA certificates, or name a CA with --ca-file"
		}
	}
	switch {
	case bytes.Equal(leaf.RawIssuer, leaf.RawSubject):
		return "the target signed it itself; where that is meant, name it with --ca-file"
	case len(chain) == 1:
		return "the target sent no intermediate certificate with it; where its CA signs without one, name that with --ca-file"
	}
	return "its chain ends at another; where that is meant, name its CA with --ca-file"
}

func isTimeout(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}

func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}

func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED)
}
