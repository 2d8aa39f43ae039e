package probe

import "crypto/tls"

// transportProbes are the rows T that something is sent for: clear text, and the
// versions of TLS. The certificate and what a handshake agreed on are seen on every
// connection.
var transportProbes = []Probe{
	{ID: "T01.none", Title: "plain http without a token", Channel: Plaintext, Connection: ConnNew, Steps: []Step{{}}},
	{ID: "T01.made-up", Title: "plain http with a made-up token", Channel: Plaintext, Connection: ConnNew, Steps: []Step{token("{token:canary}")}},
	{ID: "T02.tls10", Title: "a handshake with TLS 1.0", Channel: Handshake, Version: tls.VersionTLS10},
	{ID: "T02.tls11", Title: "a handshake with TLS 1.1", Channel: Handshake, Version: tls.VersionTLS11},
	{ID: "T03.tls12", Title: "a handshake with TLS 1.2", Channel: Handshake, Version: tls.VersionTLS12},
	{ID: "T03.tls13", Title: "a handshake with TLS 1.3", Channel: Handshake, Version: tls.VersionTLS13},
}
