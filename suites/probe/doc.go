// Package probe sends the requests of a run and captures what comes back. It
// decides nothing about the answers: the suites judge the exchanges it returns.
//
// What is sent is data. A [Probe] describes one request or a short ordered
// sequence in symbolic text, where "{token:valid|cut-quarter}" stands for a
// credential; [NewPlan] chooses probes for a target; [Run] sends them and
// returns a [evidence.Gathering]. The same symbolic text is what is recorded, previewed
// ([Plan.Preview]) and turned into curl lines ([Curl]). Only a [Wallet] knows the
// real values, and they are filled in at the moment of sending.
//
// A newcomer reads in this order: template.go (the placeholder language),
// credential.go and forms.go (its values), plan.go and the plan_*.go tables (one
// file a table of contract questions), run.go (what is sent when), flight.go and
// pace.go (how much at the same time), http1.go and response.go (how, byte for
// byte), http2.go and tls.go.
//
// HTTP/1.1 goes through a small client of its own rather than net/http, because
// the wire must carry exactly the bytes that a probe names, the evidence must
// show field names in the spelling and order that the target used, and bytes
// after the end of a message must be seen; net/http normalises the first two and
// prints the third to the standard logger. HTTP/2 goes through net/http.
package probe
