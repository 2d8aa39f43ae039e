package evidence

// Transport holds what the TLS handshakes of a run showed (rows T02 to T04).
type Transport struct {
	// Version, Cipher and ALPN are what the first connection agreed on: "TLS 1.3".
	Version string `json:"version"`
	Cipher  string `json:"cipher"`
	ALPN    string `json:"alpn"`
	// ServerName is the name that the certificate was verified for.
	ServerName string `json:"serverName"`
	// Problem says why the certificate is not valid, in words of ours; "" when it is.
	Problem string `json:"problem,omitempty"`
	// Insecure tells that the run went on regardless of Problem.
	Insecure   bool   `json:"insecure,omitempty"`
	LeafSHA256 string `json:"leafSha256"` // of the target's certificate, hex
	// DaysLeft is how many whole days the certificate was still valid when it was
	// seen, from 0 to MostDaysLeft, and MostDaysLeft where a tenth of its lifetime was
	// left: its dates themselves are the target's to choose.
	DaysLeft int `json:"daysLeft"`
	// Handshakes are the results of the Handshake probes that were sent.
	Handshakes []HandshakeResult `json:"handshakes"`
}

// MostDaysLeft stands for as many days and more, and for enough: the time that people need to
// notice and renew a certificate (HTTP-10).
const MostDaysLeft = 14

// Expired is the Transport.Problem that no option of the client can be the cause of.
const Expired = "it has expired or is not yet valid"

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
