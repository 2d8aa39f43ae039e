package evidence

import (
	"fmt"
	"io"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Sensitive is text from the wire that may hold personal data or a token. It
// prints as its length; convert it to string or []byte to judge it.
type Sensitive string

// String returns the length in place of the text.
func (s Sensitive) String() string { return "[" + strconv.Itoa(len(s)) + " bytes]" }

// GoString returns what String returns, so that %#v does not show the text.
func (s Sensitive) GoString() string { return s.String() }

// Format prints the length for every verb, so that neither %x nor %q shows the text.
func (s Sensitive) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

// GomegaString keeps Gomega's formatter from showing the text.
func (s Sensitive) GomegaString() string { return s.String() }

// Opaque keeps formatters and encoders out of the type that embeds it, which holds
// what nobody may print.
type Opaque struct{}

// String is what stands in the place of such a value.
func (Opaque) String() string { return "[not shown]" }

// Format implements fmt.Formatter for every verb.
func (o Opaque) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, o.String()) }

// GomegaString keeps Gomega's formatter out.
func (o Opaque) GomegaString() string { return o.String() }

// MarshalJSON keeps encoders out.
func (o Opaque) MarshalJSON() ([]byte, error) { return []byte(strconv.Quote(o.String())), nil }

// Field is one header or trailer field line, in the spelling it had on the wire
// where that is known.
type Field struct {
	Name  string    `json:"name"`
	Value Sensitive `json:"value"`
}

// Fields is a header or trailer section in wire order where that is known, and
// sorted by name otherwise.
type Fields []Field

// Values returns the values of every line called name, without regard to case
// (RFC 9110 5.1).
func (f Fields) Values(name string) []string {
	var out []string
	for _, field := range f {
		if strings.EqualFold(field.Name, name) {
			out = append(out, string(field.Value))
		}
	}
	return out
}

// Get returns the first value of name, or "".
func (f Fields) Get(name string) string {
	if v := f.Values(name); len(v) > 0 {
		return v[0]
	}
	return ""
}

// Has tells whether a line called name is present.
func (f Fields) Has(name string) bool { return len(f.Values(name)) > 0 }

// Canonical is the canonical spelling of a field name, for showing it.
func Canonical(name string) string { return textproto.CanonicalMIMEHeaderKey(name) }

// RequestField is one request field line in its symbolic form.
type RequestField struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Request is what was sent, in symbolic form: wherever a credential stood, its
// placeholder stands ("{token:valid}", "{token:valid|cut-quarter}").
type Request struct {
	Method string         `json:"method"`
	Target string         `json:"target"` // path and query, as in the request line
	Header []RequestField `json:"header"`
	Body   string         `json:"body,omitempty"`
	// Raw is the symbolic form of the exact bytes, for probes that a raw socket
	// sent; the other members then describe the same request.
	Raw string `json:"raw,omitempty"`
}

// Response is what came back. A response without a Status never exists: an
// exchange that got no response has a Failure instead.
type Response struct {
	Proto   string    `json:"proto"`            // "HTTP/1.1", "HTTP/2.0"
	Status  int       `json:"status"`           // of three digits
	Reason  Sensitive `json:"reason,omitempty"` // reason phrase
	Header  Fields    `json:"header"`
	Trailer Fields    `json:"trailer,omitempty"`
	Body    Sensitive `json:"body"` // after removing the transfer coding, before any content coding is removed
	// Declared is the Content-Length that the response declared, or -1.
	Declared int64 `json:"declared"`
	// Extra holds the bytes that came after the end of the message. Only a raw
	// probe, which reads until the connection ends, sees them.
	Extra Sensitive `json:"extra,omitempty"`
	// Cut says why the body is not whole: "limit" (more than the byte limit),
	// "short" (the connection ended early), "timeout", or "" when it is whole.
	Cut string `json:"cut,omitempty"`
}

// IsStatus tells whether code has three digits, as a status code has (RFC 9110 15).
// HTTP/2 can carry any number in its place.
func IsStatus(code int) bool { return code >= 100 && code <= 999 }

// The kinds of failures.
const (
	FailureDial        = "dial"
	FailureTLS         = "tls"
	FailureTimeout     = "timeout"
	FailureReset       = "reset"
	FailureClosed      = "closed"      // the peer closed without a response
	FailureMalformed   = "malformed"   // not HTTP
	FailureLimit       = "limit"       // the header section is too large
	FailureInterrupted = "interrupted" // the run ended before
)

// Failure says why an exchange has no response.
type Failure struct {
	Kind string `json:"kind"` // one of the above
	// Text is one line for people, made by omaspec; it holds nothing that the
	// target sent and no token.
	Text string `json:"text"`
}

// Conn describes the connection that an exchange used.
type Conn struct {
	ID         int    `json:"id"` // counts connections of the run from 1
	Reused     bool   `json:"reused"`
	Remote     string `json:"remote,omitempty"` // address and port
	TLS        string `json:"tls,omitempty"`    // "TLS 1.3", or "" without TLS
	Cipher     string `json:"cipher,omitempty"`
	ALPN       string `json:"alpn,omitempty"`
	LeafSHA256 string `json:"leafSha256,omitempty"` // of the server's certificate, hex
}

// Precision is that of the times that are written down. Nobody needs more, and what lies
// below it could be the target's to choose: it decides how long it waits.
const Precision = 100 * time.Microsecond

// Timings are durations; a phase that did not happen is zero.
type Timings struct {
	Connect time.Duration `json:"connect"`
	TLS     time.Duration `json:"tls"`
	Send    time.Duration `json:"send"`
	Wait    time.Duration `json:"wait"` // request sent to first byte of the response
	Receive time.Duration `json:"receive"`
	Total   time.Duration `json:"total"`
}

// Exchange is one captured request and response.
type Exchange struct {
	// Probe and Step name it: "L02" and 3 are shown as "L02/3". Step counts from
	// 1, and is 0 in a probe of one request.
	Probe string `json:"probe"`
	Step  int    `json:"step,omitempty"`
	// Try is 0 in the exchange that counts. Where the way may have been the cause of an
	// answer, the request was sent again, and the exchanges before have the numbers from
	// 1: "M05~1".
	Try      int       `json:"try,omitempty"`
	Started  time.Time `json:"started"`
	Attempts int       `json:"attempts"` // more than 1 where a connection from before had ended and was replaced
	// Trace is the trace-id of the W3C traceparent that was sent, 32 hex digits.
	Trace    string    `json:"trace,omitempty"`
	Secure   bool      `json:"secure"` // sent over https
	Request  Request   `json:"request"`
	Conn     Conn      `json:"conn"`
	Timings  Timings   `json:"timings"`
	Response *Response `json:"response,omitempty"`
	Failure  *Failure  `json:"failure,omitempty"`
}

// ID is the probe's id, with the step where the probe has several, and with the
// number of the try where the exchange does not count.
func (x *Exchange) ID() string {
	id := x.Probe
	if x.Step > 0 {
		id += "/" + strconv.Itoa(x.Step)
	}
	if x.Try > 0 {
		id += "~" + strconv.Itoa(x.Try)
	}
	return id
}

// Counting is the id of the exchange that counts among those that were sent for the
// same: "M05" of "M05~1".
func Counting(id string) string {
	id, _, _ = strings.Cut(id, "~")
	return id
}

// Hindrance names what came where an answer was due, as far as it may be the doing of
// what stands on the way to the endpoint: a gateway's or a limiter's status ("502",
// "429"), a body that is "cut short", or the kind of a Failure ("reset"). Otherwise
// it is "".
func (x *Exchange) Hindrance() string {
	switch {
	case x.Failure != nil && slices.Contains(hindrances, x.Failure.Kind):
		return x.Failure.Kind
	case x.Response == nil:
		return ""
	case slices.Contains(gatewayStatuses, x.Status()):
		return strconv.Itoa(x.Status())
	case x.Response.Cut == "short" || x.Response.Cut == "timeout":
		return "cut short"
	}
	return ""
}

// hindrances are the failures that a network, a balancer or a restart can cause.
var hindrances = []string{FailureDial, FailureTLS, FailureTimeout, FailureReset, FailureClosed}

// gatewayStatuses are what limiters and gateways answer by themselves: RFC 6585 4, RFC
// 9110 15.6.3 to 15.6.5, and those of Cloudflare for a server that it cannot reach.
var gatewayStatuses = []int{429, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 530}

// Row is the row of the contract questions that the exchange answers: "L02".
func (x *Exchange) Row() string { return RowOf(x.Probe) }

// RowOf is the row of a probe or exchange id: the part before the variant and the
// step.
func RowOf(id string) string {
	row, _, _ := strings.Cut(Counting(id), "/")
	row, _, _ = strings.Cut(row, ".")
	return row
}

// Status is the response's status code, or 0 without a response.
func (x *Exchange) Status() int {
	if x.Response == nil {
		return 0
	}
	return x.Response.Status
}

// String names the exchange and its status, and nothing that came with it.
func (x *Exchange) String() string {
	if x == nil {
		return "no exchange"
	}
	if x.Failure != nil {
		return x.ID() + ": " + x.Failure.Kind
	}
	return x.ID() + ": " + strconv.Itoa(x.Status())
}

// GomegaString keeps Gomega's formatter from walking into the response.
func (x *Exchange) GomegaString() string { return x.String() }
