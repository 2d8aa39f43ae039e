package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	jsonv1 "encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// SizeLimit is the largest file that Read accepts, in bytes.
const SizeLimit = 256 << 20

// The reasons for which Read refuses a file, besides a failing reader.
var (
	ErrSize      = fmt.Errorf("the evidence is larger than %d MiB", SizeLimit>>20)
	ErrTruncated = errors.New("the evidence is truncated: its end is missing")
	ErrForeign   = errors.New("the file is no HTTP Archive made by omaspec: log._omaspec is missing or of another format")
	ErrEdited    = errors.New("the evidence was edited or damaged: its digest does not fit its contents")
	ErrMark      = errors.New("the evidence begins with a byte order mark (U+FEFF); save it without one")
)

// Read reads what Write wrote: Read(Write(e)) equals e, but for what the conditions
// do not write, white space in the facts, the zone, monotonic reading and fineness of
// times (Precision), and empty collections, which come back as nil. It reads nothing in two ways: names are
// compared exactly, and a name that stands twice or is unknown is refused. The
// digest protects against accidents; whoever edits a file can make it again. The
// error is one line that says why the file is refused and where, and holds no
// value that the file holds.
func Read(r io.Reader) (*Evidence, error) {
	b, err := io.ReadAll(io.LimitReader(r, SizeLimit+1))
	if err != nil {
		return nil, fmt.Errorf("the evidence cannot be read: %w", err)
	}
	if len(b) > SizeLimit {
		return nil, ErrSize
	}
	a, err := decode(b)
	if err != nil {
		return nil, err
	}
	m, err := checkMeta(a)
	if err != nil {
		return nil, err
	}
	e := &Evidence{Origin: m.Origin, Conditions: m.Conditions, Gathering: m.Gathering}
	e.Facts = &Facts{Together: m.Observed, Exchanges: map[string]jsonv1.RawMessage{}}
	seen := map[string]bool{}
	for i, raw := range a.Log.Entries {
		var n entry
		if err := json.Unmarshal(raw, &n, json.RejectUnknownMembers(true)); err != nil {
			return nil, refusal[entry](fmt.Sprintf("entry %d of the evidence", i+1), err)
		}
		x, err := n.exchange()
		if err == nil && seen[x.ID()] {
			err = errors.New("its _probe and _step are those of an entry before")
		}
		if err != nil {
			return nil, fmt.Errorf("entry %d of the evidence: %w", i+1, err)
		}
		seen[x.ID()] = true
		e.Gathering.Exchanges = append(e.Gathering.Exchanges, x)
		if n.Observed != nil {
			e.Facts.Exchanges[x.ID()] = n.Observed
		}
	}
	return e, nil
}

// decode decodes exactly one JSON text. The format and the version come first: a
// later version may well have members that this one does not know.
func decode(b []byte) (archive, error) {
	var a archive
	if bytes.HasPrefix(b, []byte("\ufeff")) {
		return a, ErrMark
	}
	d := jsontext.NewDecoder(bytes.NewReader(b))
	text, err := d.ReadValue()
	if err != nil {
		return a, refusal[archiveOf[entry]]("the evidence", err)
	}
	if len(bytes.TrimSpace(b[d.InputOffset():])) > 0 {
		return a, errors.New("the evidence has bytes after its end")
	}
	var head struct {
		Log struct {
			Omaspec struct {
				Format  string `json:"format"`
				Version int    `json:"version"`
			} `json:"_omaspec"`
		} `json:"log"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return a, refusal[archiveOf[entry]]("the evidence", err)
	}
	switch h := head.Log.Omaspec; {
	case h.Format != Format:
		return a, ErrForeign
	case h.Version > Version:
		return a, fmt.Errorf("the evidence has a later version; this omaspec reads version %d", Version)
	case h.Version != Version:
		return a, fmt.Errorf("the evidence has an earlier version; this omaspec reads version %d", Version)
	}
	if err := json.Unmarshal(text, &a, json.RejectUnknownMembers(true)); err != nil {
		return a, refusal[archiveOf[entry]]("the evidence", err)
	}
	return a, nil
}

// refusal says in one line why what should hold a T could not be decoded, and where.
// The decoder's own message may quote the text, so only its kind and place are used.
func refusal[T any](what string, err error) error {
	var syntax *jsontext.SyntacticError
	var meaning *json.SemanticError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return ErrTruncated
	case errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &syntax):
		return fmt.Errorf("%s has a member twice: %s, at byte %d", what, Place[T](syntax.JSONPointer), syntax.ByteOffset)
	case errors.Is(err, json.ErrUnknownName) && errors.As(err, &meaning):
		return fmt.Errorf("%s has an unknown member %s; names count in their exact spelling", what, Place[T](meaning.JSONPointer))
	case errors.As(err, &meaning):
		return fmt.Errorf("%s is not a JSON text of omaspec: another kind of value stands at %s", what, Place[T](meaning.JSONPointer))
	case errors.As(err, &syntax):
		return fmt.Errorf("%s is not a JSON text: see byte %d", what, syntax.ByteOffset)
	}
	return fmt.Errorf("%s cannot be decoded", what)
}

// harVersion is log.version.
const harVersion = "1.2"

// checkMeta refuses files that do not hold what their footer says.
func checkMeta(a archive) (meta, error) {
	m := *a.Log.Omaspec
	if a.Log.Version != harVersion || a.Log.Creator != (creator{m.Origin.Tool.Name, m.Origin.Tool.Version}) || len(a.Log.Pages) > 0 {
		return meta{}, errors.New("the evidence was edited: log.version, log.creator or log.pages is not what log._omaspec says")
	}
	if m.Entries != len(a.Log.Entries) {
		return meta{}, fmt.Errorf("the evidence holds %d entries and announces another number", len(a.Log.Entries))
	}
	if sum, err := digest(m, a.Log.Entries); err != nil || sum != m.SHA256 {
		return meta{}, ErrEdited
	}
	return m, nil
}

// exchange is the inverse of newEntry.
func (e entry) exchange() (*Exchange, error) {
	started, err := time.Parse(time.RFC3339Nano, e.Started)
	if err != nil {
		return nil, errors.New("startedDateTime is not a time")
	}
	switch answered := e.Response.Declared != nil; {
	case e.Probe == "":
		return nil, errors.New("it has no _probe")
	case !answered && e.Failure == nil:
		return nil, errors.New("it has neither an answer (response._declared) nor a _failure")
	case answered && e.Failure != nil:
		return nil, errors.New("it has both an answer (response._declared) and a _failure")
	}
	x := &Exchange{
		Probe: e.Probe, Step: e.Step, Try: e.Try, Started: started.UTC().Truncate(Precision), Attempts: e.Attempts, Trace: e.Trace,
		Secure: e.Secure, Request: e.Request.request(), Conn: e.Conn, Timings: e.durations(), Failure: e.Failure,
	}
	if e.Response.Declared != nil {
		if x.Response, err = e.Response.response(); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func (e entry) durations() Timings {
	t := e.Timings
	tls := duration(t.SSL)
	return Timings{
		Connect: duration(t.Connect) - tls, TLS: tls,
		Send: duration(t.Send), Wait: duration(t.Wait), Receive: duration(t.Receive), Total: duration(e.Time),
	}
}

// duration is the inverse of phase.
func duration(ms float64) time.Duration {
	if ms < 0 {
		return 0
	}
	return time.Duration(math.Round(ms*float64(time.Millisecond/Precision))) * Precision
}

func (q request) request() Request {
	out := Request{Method: join(q.Method, q.MethodRaw), Target: string(q.Target), Raw: string(q.Raw)}
	for _, p := range q.Headers {
		out.Header = append(out.Header, RequestField{Name: p.name(), Value: p.value()})
	}
	if q.PostData != nil {
		out.Body = join(q.PostData.Text, q.PostData.Bytes)
	}
	return out
}

func (r response) response() (*Response, error) {
	if !IsStatus(r.Status) {
		return nil, errors.New("its response.status has not three digits")
	}
	body, err := r.Content.body()
	if err != nil {
		return nil, err
	}
	extra, err := base64.StdEncoding.DecodeString(r.Extra)
	if err != nil {
		return nil, errors.New("_extra is not base64")
	}
	return &Response{
		Proto: r.HTTPVersion, Status: r.Status, Reason: Sensitive(join(r.StatusText, r.Reason)),
		Header: fields(r.Headers), Trailer: fields(r.Trailers), Body: Sensitive(body),
		Declared: *r.Declared, Extra: Sensitive(extra), Cut: r.Cut,
	}, nil
}

func fields(pairs []pair) Fields {
	var out Fields
	for _, p := range pairs {
		out = append(out, Field{Name: p.name(), Value: Sensitive(p.value())})
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

// digest is the SHA256 member of m.
func digest(m meta, entries []jsonv1.RawMessage) (string, error) {
	m.SHA256 = ""
	head, err := jsonv1.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("evidence: what was observed is not JSON: %w", err)
	}
	h := sha256.New()
	h.Write(head)
	for _, e := range entries {
		h.Write(e)
		h.Write([]byte("\n"))
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
