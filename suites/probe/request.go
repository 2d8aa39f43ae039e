package probe

import (
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"omaspec/reports/evidence"
)

// outgoing is one request, in symbolic form and ready to be sent.
type outgoing struct {
	symbolic evidence.Request
	trace    string
	// close tells that nothing follows on the connection, which is to be read to
	// its end.
	close bool

	wire []byte // the exact bytes of HTTP/1.1
	text string // the same in symbolic form

	// The same request in parts, for HTTP/2.
	target string
	fields []evidence.RequestField
	body   string
}

// writer makes requests out of steps.
type writer struct {
	host  string // of the Host field
	agent string // of the User-Agent field
	extra []HeaderField
	// passes are fields for a gateway in front of the target.
	passes []evidence.RequestField
	// resolve says what the placeholders stand for.
	resolve func(placeholder) (string, error)
	// origin is put in front of every request target, and credentials after the
	// request line, where a proxy forwards plain http (RFC 9112 3.2.2). Neither is
	// recorded.
	origin      string
	credentials string
}

// fieldLine is a field and the line that carries it in HTTP/1.1.
type fieldLine struct {
	evidence.RequestField
	line string
}

func plainLine(f evidence.RequestField) fieldLine { return fieldLine{f, f.Name + ": " + f.Value} }

// exactLine reads the field out of a line that stands as it is.
func exactLine(line string) fieldLine {
	name, value, _ := strings.Cut(line, ":")
	return fieldLine{field(strings.Trim(name, " \t"), strings.Trim(value, " \t")), line}
}

// placeholder is what stands for the field's value where that may not be shown.
func (h HeaderField) placeholder() string { return "{header:" + h.Name + "}" }

// symbolic is the field's value in symbolic text: itself where it is public.
func (h HeaderField) symbolic() string {
	if h.Secrecy == PublicField {
		return literal(h.Value.reveal())
	}
	return h.placeholder()
}

// bodyMethods announce their body also when it is empty (RFC 9110 8.6).
var bodyMethods = []string{"POST", "PUT", "PATCH"}

// lines lists the field lines of a step's request in wire order: the host, those
// of the step, and those of every request.
func (w *writer) lines(s Step, traceparent string, bodyLength int, closing bool) []fieldLine {
	var list []fieldLine
	add := func(name, value string) { list = append(list, plainLine(field(name, value))) }
	ownHost := slices.ContainsFunc(s.Fields, func(f evidence.RequestField) bool { return f.Name == "Host" })
	if !s.NoHost && !ownHost {
		add("Host", w.host)
	}
	fields, ok := joined(s.Fields, w.passes)
	if !ok {
		fields = s.Fields
	}
	for _, f := range fields {
		add(f.Name, f.Value)
	}
	for _, line := range s.Lines {
		list = append(list, exactLine(line))
	}
	if !s.Bare {
		if !named(list, "User-Agent") {
			add("User-Agent", literal(w.agent))
		}
	}
	own := list
	for _, h := range w.extra {
		if !named(own, h.Name) {
			add(h.Name, h.symbolic())
		}
	}
	if !s.Bare && !named(list, "Accept") {
		add("Accept", "*/*")
	}
	add("Traceparent", traceparent)
	if !s.raw() && (bodyLength > 0 || slices.Contains(bodyMethods, s.Method)) {
		add("Content-Length", strconv.Itoa(bodyLength))
	}
	if closing {
		add("Connection", "close")
	}
	return list
}

// named tells whether there is a line of that name.
func named(list []fieldLine, name string) bool {
	return slices.ContainsFunc(list, func(l fieldLine) bool { return strings.EqualFold(l.Name, name) })
}

// request makes the request of a step. The error is that of a placeholder.
func (w *writer) request(s Step, closing bool) (*outgoing, error) {
	trace, traceparent := newTrace()
	out := &outgoing{trace: trace, close: closing,
		symbolic: evidence.Request{Method: s.Method, Target: s.Target, Body: s.Body}}
	var err error
	if out.body, err = substitute(s.Body, w.resolve); err != nil {
		return nil, err
	}
	if out.target, err = substitute(s.Target, w.resolve); err != nil {
		return nil, err
	}
	proto := s.Proto
	if proto == "" {
		proto = "HTTP/1.1"
	}
	text := s.Method + " " + s.Target + " " + proto + "\r\n"
	wire := s.Method + " " + w.origin + out.target + " " + proto + "\r\n" + w.credentials
	for _, l := range w.lines(s, traceparent, len(out.body), closing) {
		out.symbolic.Header = append(out.symbolic.Header, l.RequestField)
		line, err := substitute(l.line, w.resolve)
		if err != nil {
			return nil, err
		}
		value, err := substitute(l.Value, w.resolve)
		if err != nil {
			return nil, err
		}
		text += l.line + "\r\n"
		wire += line + "\r\n"
		out.fields = append(out.fields, field(l.Name, value))
	}
	out.wire = []byte(wire + "\r\n" + out.body)
	out.text = text + "\r\n" + s.Body
	return out, nil
}

// newTrace makes a trace id and the traceparent value that carries it (W3C Trace
// Context 3.2). Both ids begin and end with a letter, so that neither can be taken
// for somebody's number.
func newTrace() (id, traceparent string) {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	for _, end := range []int{0, 16} {
		b[end] = 0xa0 | b[end]&0x5f
	}
	for _, end := range []int{15, 23} {
		b[end] = b[end]&0xf0 | 0x0a | b[end]&0x05
	}
	id = hex.EncodeToString(b[:16])
	return id, "00-" + id + "-" + hex.EncodeToString(b[16:]) + "-01"
}
