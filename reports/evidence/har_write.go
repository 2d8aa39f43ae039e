package evidence

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"omaspec/schemas/media"
)

// shownLimit bounds the decoded text of a coded body, in bytes.
const shownLimit = 256 << 10

// Write writes redacted evidence as one HAR 1.2 text, one entry a line. judges
// holds, by exchange id, the requirements that were judged on it, for whoever reads
// the file. It fails when the target is no absolute URL, when one of omaspec's own
// strings (a probe id, a failure's text) is not valid UTF-8, and when w fails.
func Write(w io.Writer, e *Evidence, judges map[string][]string) error {
	base, err := url.Parse(e.Origin.Target)
	if err != nil || base.Scheme == "" || base.Host == "" {
		return errors.New("evidence: the target is not an absolute URL")
	}
	facts := Facts{}
	if e.Facts != nil {
		facts = *e.Facts
	}
	m := meta{
		Format: Format, Version: Version, Origin: e.Origin, Conditions: e.Conditions, Gathering: e.Gathering,
		Observed: facts.Together, Entries: len(e.Gathering.Exchanges),
	}
	head, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("evidence: what was observed is not JSON: %w", err)
	}
	out := bufio.NewWriter(w)
	made, err := json.Marshal(creator{e.Origin.Tool.Name, e.Origin.Tool.Version})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, `{"log":{"version":"1.2","creator":%s,"pages":[],"entries":[`+"\n", made)
	sum := sha256.New()
	sum.Write(head)
	for i, x := range e.Gathering.Exchanges {
		if i > 0 {
			_, _ = out.WriteString(",\n")
		}
		if err := writeEntry(io.MultiWriter(out, sum), base, x, facts.Exchanges[x.ID()], judges[x.ID()]); err != nil {
			return err
		}
		sum.Write([]byte("\n"))
	}
	// What closes the file comes last: a truncated one has none.
	m.SHA256 = hex.EncodeToString(sum.Sum(nil))
	closing, err := json.Marshal(m)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n],\n"+`"_omaspec":%s}}`+"\n", closing)
	return out.Flush()
}

// writeEntry writes one element of log.entries.
func writeEntry(w io.Writer, base *url.URL, x *Exchange, observed json.RawMessage, judges []string) error {
	if err := writable(x); err != nil {
		return err
	}
	made := newEntry(base, x)
	made.Observed, made.Requirements = observed, judges
	text, err := json.Marshal(made)
	if err != nil {
		return fmt.Errorf("evidence: exchange %s: %w", x.ID(), err)
	}
	_, err = w.Write(text)
	return err
}

// writable refuses what JSON strings cannot carry in members that omaspec fills
// itself.
func writable(x *Exchange) error {
	own := []string{x.Probe, x.Trace, x.Conn.Remote, x.Conn.TLS, x.Conn.Cipher, x.Conn.ALPN, x.Conn.LeafSHA256}
	if x.Failure != nil {
		own = append(own, x.Failure.Kind, x.Failure.Text)
	}
	if x.Response != nil {
		own = append(own, x.Response.Proto, x.Response.Cut)
	}
	for _, s := range own {
		if !utf8.ValidString(s) {
			return errors.New("evidence: a text of an exchange's description is not valid UTF-8")
		}
	}
	return nil
}

func newEntry(base *url.URL, x *Exchange) entry {
	t := x.Timings
	e := entry{
		Started:  x.Started.UTC().Truncate(Precision).Format(time.RFC3339Nano),
		Time:     milliseconds(t.Total),
		Request:  newRequest(base, x),
		Response: newResponse(x.Response),
		Timings: timings{
			Blocked: -1, DNS: -1,
			Connect: phase(t.Connect + t.TLS), SSL: phase(t.TLS),
			Send: milliseconds(t.Send), Wait: milliseconds(t.Wait), Receive: milliseconds(t.Receive),
		},
		Probe: x.Probe, Step: x.Step, Try: x.Try, Row: x.Row(),
		Conn: x.Conn, Secure: x.Secure, Attempts: x.Attempts, Trace: x.Trace,
		Failure: x.Failure,
	}
	if host, _, err := net.SplitHostPort(x.Conn.Remote); err == nil {
		e.ServerIP = host
	}
	if x.Conn.ID != 0 {
		e.ConnName = strconv.Itoa(x.Conn.ID)
	}
	if x.Failure != nil {
		e.Error = x.Failure.Kind + ": " + x.Failure.Text
	}
	return e
}

func newRequest(base *url.URL, x *Exchange) request {
	q := x.Request
	out := request{
		URL:         absolute(base, x.Secure, q.Target),
		HTTPVersion: "HTTP/1.1",
		Cookies:     []cookie{},
		Headers:     []pair{},
		HeadersSize: -1,
		BodySize:    len(q.Body),
		Target:      wire(q.Target),
		Raw:         wire(q.Raw),
	}
	out.Method, out.MethodRaw = split(q.Method)
	if x.Response != nil {
		out.HTTPVersion = x.Response.Proto
	}
	for _, f := range q.Header {
		out.Headers = append(out.Headers, newPair(f.Name, f.Value))
	}
	out.QueryString = queryPairs(out.URL)
	if q.Body != "" {
		out.PostData = &postData{MimeType: requestField(q.Header, "Content-Type")}
		out.PostData.Text, out.PostData.Bytes = split(q.Body)
	}
	return out
}

// queryPairs lists the parameters of a URL in order, decoded where they can be.
func queryPairs(u string) []pair {
	out := []pair{}
	_, query, _ := strings.Cut(u, "?")
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		out = append(out, newPair(unescaped(name), unescaped(value)))
	}
	return out
}

func unescaped(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

func requestField(fields []RequestField, name string) string {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return strings.ToValidUTF8(f.Value, "\ufffd")
		}
	}
	return ""
}

// absolute is the URL of a request target for showing: always absolute and always
// parseable, also where the probe sent neither.
func absolute(base *url.URL, secure bool, target string) string {
	u := url.URL{Scheme: "http", Host: base.Host}
	if secure {
		u.Scheme = "https"
	}
	prefix := u.String()
	if strings.HasPrefix(target, "/") {
		if parsed, err := url.Parse(prefix + target); err == nil && parsed.Host == base.Host {
			return strings.ToValidUTF8(parsed.String(), "%EF%BF%BD")
		}
	}
	return prefix + "/?target=" + url.QueryEscape(target)
}

func newResponse(r *Response) response {
	if r == nil {
		return response{Cookies: []cookie{}, Headers: []pair{}, HeadersSize: -1, BodySize: -1}
	}
	out := response{
		Status:      r.Status,
		HTTPVersion: r.Proto,
		Cookies:     setCookies(r.Header),
		Headers:     newPairs(r.Header),
		Content:     newContent(r),
		RedirectURL: strings.ToValidUTF8(r.Header.Get("Location"), "\ufffd"),
		HeadersSize: -1,
		BodySize:    len(r.Body),
		Declared:    &r.Declared,
		Extra:       base64.StdEncoding.EncodeToString([]byte(r.Extra)),
		Cut:         r.Cut,
	}
	out.StatusText, out.Reason = split(string(r.Reason))
	if len(r.Trailer) > 0 {
		out.Trailers = newPairs(r.Trailer)
	}
	return out
}

func newPairs(fields Fields) []pair {
	out := make([]pair, 0, len(fields))
	for _, f := range fields {
		out = append(out, newPair(f.Name, string(f.Value)))
	}
	return out
}

func newContent(r *Response) content {
	body := string(r.Body)
	c := content{Size: len(body), MimeType: strings.ToValidUTF8(r.Header.Get("Content-Type"), "\ufffd")}
	coding := strings.Join(r.Header.Values("Content-Encoding"), ",")
	if decoded, err := media.Decode(coding, []byte(body), shownLimit); err == nil && coding != "" {
		c.Coded = base64.StdEncoding.EncodeToString([]byte(body))
		c.Size = len(decoded)
		body = string(decoded)
	}
	if utf8.ValidString(body) && controls(body) <= len(body)/mostControls {
		c.Text = body
	} else {
		c.Text, c.Encoding = base64.StdEncoding.EncodeToString([]byte(body)), "base64"
	}
	return c
}

// mostControls is the share of control characters that a shown body may have: each
// takes six characters in JSON.
const mostControls = 20

func controls(text string) int {
	n := 0
	for i := range len(text) {
		if text[i] < ' ' && !strings.ContainsRune("\t\r\n", rune(text[i])) {
			n++
		}
	}
	return n
}

// setCookies lists the cookies of a response as developer tools show them.
func setCookies(fields Fields) []cookie {
	h := http.Header{"Set-Cookie": fields.Values("Set-Cookie")}
	out := []cookie{}
	for _, c := range (&http.Response{Header: h}).Cookies() {
		k := cookie{
			Name: strings.ToValidUTF8(c.Name, "\ufffd"), Value: strings.ToValidUTF8(c.Value, "\ufffd"),
			Path: strings.ToValidUTF8(c.Path, "\ufffd"), Domain: strings.ToValidUTF8(c.Domain, "\ufffd"),
			HTTPOnly: c.HttpOnly, Secure: c.Secure,
		}
		if !c.Expires.IsZero() {
			k.Expires = c.Expires.UTC().Format(time.RFC3339)
		}
		out = append(out, k)
	}
	return out
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(Precision)) / float64(time.Millisecond)
}

// phase is milliseconds, or -1 for a phase that did not happen.
func phase(d time.Duration) float64 {
	if d == 0 {
		return -1
	}
	return milliseconds(d)
}
