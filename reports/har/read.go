package har

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"omaspec/reports/exchange"
)

// SizeLimit is the largest file that Read accepts, in bytes.
const SizeLimit = 256 << 20

// The reasons for which Read refuses a file, besides a failing reader.
var (
	ErrSize      = fmt.Errorf("the evidence is larger than %d MiB", SizeLimit>>20)
	ErrTruncated = errors.New("the evidence is truncated: its end is missing")
	ErrForeign   = errors.New("the file is no HTTP Archive made by omaspec: log._omaspec is missing or of another format")
	ErrEdited    = errors.New("the evidence was edited: its digest does not fit its contents")
)

// Read reads what Write wrote: Read(Write(e)) equals e, but for white space in
// Settings and Transport, the zone and monotonic reading of times, and empty
// collections, which come back as nil. The error is one line that says why the
// file is refused, and holds nothing that the file holds.
func Read(r io.Reader) (Evidence, error) {
	b, err := io.ReadAll(io.LimitReader(r, SizeLimit+1))
	if err != nil {
		return Evidence{}, fmt.Errorf("the evidence cannot be read: %w", err)
	}
	if len(b) > SizeLimit {
		return Evidence{}, ErrSize
	}
	var a archive
	if err := decodeOne(b, &a); err != nil {
		return Evidence{}, err
	}
	m, err := checkMeta(a)
	if err != nil {
		return Evidence{}, err
	}
	e := Evidence{
		RunID: m.RunID, Tool: m.Tool, Catalogue: m.Catalogue, Target: m.Target,
		Settings: m.Settings, Transport: m.Transport,
		Unsent: m.Unsent, Observed: m.Observed,
	}
	for i, raw := range a.Log.Entries {
		var n entry
		if err := json.Unmarshal(raw, &n); err != nil {
			return Evidence{}, fmt.Errorf("entry %d of the evidence is malformed", i+1)
		}
		x, err := n.exchange()
		if err != nil {
			return Evidence{}, fmt.Errorf("entry %d of the evidence: %w", i+1, err)
		}
		e.Exchanges = append(e.Exchanges, x)
		if n.Observed != nil {
			if e.Observations == nil {
				e.Observations = map[string]json.RawMessage{}
			}
			e.Observations[x.ID()] = n.Observed
		}
		if len(n.Requirements) > 0 {
			if e.Requirements == nil {
				e.Requirements = map[string][]string{}
			}
			e.Requirements[x.ID()] = n.Requirements
		}
	}
	return e, nil
}

// decodeOne decodes exactly one JSON text.
func decodeOne(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	switch err := d.Decode(v); {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return ErrTruncated
	case err != nil:
		return errors.New("the evidence is not a JSON text with the members of an HTTP Archive")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the evidence has bytes after its end")
	}
	return nil
}

// checkMeta refuses foreign files, other versions, and files that do not hold
// what their footer says.
func checkMeta(a archive) (meta, error) {
	if a.Log.Omaspec == nil || a.Log.Omaspec.Format != Format {
		return meta{}, ErrForeign
	}
	m := *a.Log.Omaspec
	if m.Version != Version {
		return meta{}, fmt.Errorf("the evidence has version %d; this omaspec reads version %d", m.Version, Version)
	}
	if m.Entries != len(a.Log.Entries) {
		return meta{}, fmt.Errorf("the evidence announces %d entries and holds %d", m.Entries, len(a.Log.Entries))
	}
	if sum, err := digest(m, a.Log.Entries); err != nil || sum != m.SHA256 {
		return meta{}, ErrEdited
	}
	return m, nil
}

// exchange is the inverse of newEntry.
func (e entry) exchange() (*exchange.Exchange, error) {
	started, err := time.Parse(time.RFC3339Nano, e.Started)
	if err != nil {
		return nil, errors.New("startedDateTime is not a time")
	}
	x := &exchange.Exchange{
		Probe: e.Probe, Step: e.Step, Started: started.UTC(), Attempts: e.Attempts, Trace: e.Trace,
		Secure: e.Secure, Request: e.Request.request(), Conn: e.Conn, Timings: e.durations(), Failure: e.Failure,
	}
	if e.Response.Declared != nil {
		if x.Response, err = e.Response.response(); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func (e entry) durations() exchange.Timings {
	t := e.Timings
	tls := duration(t.SSL)
	return exchange.Timings{
		Connect: duration(t.Connect) - tls, TLS: tls,
		Send: duration(t.Send), Wait: duration(t.Wait), Receive: duration(t.Receive), Total: duration(e.Time),
	}
}

// duration is the inverse of phase. It rounds to the nanosecond, which is exact
// up to 104 days.
func duration(ms float64) time.Duration {
	if ms < 0 {
		return 0
	}
	return time.Duration(math.Round(ms * float64(time.Millisecond)))
}

func (q request) request() exchange.Request {
	out := exchange.Request{Method: join(q.Method, q.MethodRaw), Target: string(q.Target), Raw: string(q.Raw)}
	for _, p := range q.Headers {
		out.Header = append(out.Header, exchange.RequestField{Name: p.name(), Value: p.value()})
	}
	if q.PostData != nil {
		out.Body = join(q.PostData.Text, q.PostData.Bytes)
	}
	return out
}

func (r response) response() (*exchange.Response, error) {
	body, err := r.Content.body()
	if err != nil {
		return nil, err
	}
	extra, err := base64.StdEncoding.DecodeString(r.Extra)
	if err != nil {
		return nil, errors.New("_extra is not base64")
	}
	return &exchange.Response{
		Proto: r.HTTPVersion, Status: r.Status, Reason: exchange.Sensitive(join(r.StatusText, r.Reason)),
		Header: fields(r.Headers), Trailer: fields(r.Trailers), Body: exchange.Sensitive(body),
		Declared: *r.Declared, Extra: exchange.Sensitive(extra), Cut: r.Cut,
	}, nil
}

func fields(pairs []pair) exchange.Fields {
	var out exchange.Fields
	for _, p := range pairs {
		out = append(out, exchange.Field{Name: p.name(), Value: exchange.Sensitive(p.value())})
	}
	return out
}

// body returns the bytes of the message, with their content coding.
func (c content) body() (string, error) {
	coded := c.Coded
	if coded == "" && c.Encoding == "" {
		return c.Text, nil
	}
	if coded == "" {
		coded = c.Text
	}
	b, err := base64.StdEncoding.DecodeString(coded)
	if err != nil {
		return "", errors.New("the body is not base64")
	}
	return string(b), nil
}
