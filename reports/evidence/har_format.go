package evidence

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"
)

// Format and Version name what log._omaspec holds. Read refuses any other.
const (
	Format  = "omaspec.evidence"
	Version = 4
)

// archive is the whole file. Entries stay raw, because the digest covers their
// bytes.
type archive = archiveOf[json.RawMessage]

// archiveOf is the whole file, with its entries as E.
type archiveOf[E any] struct {
	Log struct {
		Version string     `json:"version"`
		Creator creator    `json:"creator"`
		Pages   []struct{} `json:"pages"`
		Entries []E        `json:"entries"`
		Omaspec *meta      `json:"_omaspec"`
	} `json:"log"`
}

// creator is log.creator.
type creator struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// meta is log._omaspec. Entries and SHA256 close the file.
type meta struct {
	Format     string          `json:"format"`
	Version    int             `json:"version"`
	Origin     Origin          `json:"origin"`
	Conditions Conditions      `json:"conditions"`
	Gathering  Gathering       `json:"gathering"`
	Observed   json.RawMessage `json:"observed,omitempty"`
	Entries    int             `json:"entries"`
	// SHA256 covers this object with the member empty, and then every entry, each
	// followed by a line feed (hex).
	SHA256 string `json:"sha256"`
}

// entry is one element of log.entries (HAR 1.2, "entries").
type entry struct {
	Started  string   `json:"startedDateTime"` // RFC 3339
	Time     float64  `json:"time"`            // milliseconds
	Request  request  `json:"request"`
	Response response `json:"response"`
	Cache    struct{} `json:"cache"`
	Timings  timings  `json:"timings"`
	ServerIP string   `json:"serverIPAddress,omitempty"`
	ConnName string   `json:"connection,omitempty"`

	Probe        string   `json:"_probe"`
	Step         int      `json:"_step,omitempty"`
	Try          int      `json:"_try,omitempty"`
	Row          string   `json:"_row"`
	Requirements []string `json:"_requirements,omitempty"`
	Conn         Conn     `json:"_conn"`
	Secure       bool     `json:"_secure,omitempty"`
	Attempts     int      `json:"_attempts"`
	Trace        string   `json:"_trace,omitempty"`
	Failure      *Failure `json:"_failure,omitempty"`
	// Observed is what was observed in the words of the answer.
	Observed json.RawMessage `json:"_observed,omitempty"`
	// Error is where browser developer tools look for the reason of status 0.
	Error string `json:"_error,omitempty"`
}

type request struct {
	Method      string    `json:"method"`
	URL         string    `json:"url"`
	HTTPVersion string    `json:"httpVersion"`
	Cookies     []cookie  `json:"cookies"`
	Headers     []pair    `json:"headers"`
	QueryString []pair    `json:"queryString"`
	PostData    *postData `json:"postData,omitempty"`
	HeadersSize int       `json:"headersSize"`
	BodySize    int       `json:"bodySize"`

	MethodRaw wire `json:"_method,omitempty"` // only when method cannot hold it
	Target    wire `json:"_target"`           // the request target as it was sent
	Raw       wire `json:"_raw,omitempty"`
}

type response struct {
	Status      int      `json:"status"`
	StatusText  string   `json:"statusText"`
	HTTPVersion string   `json:"httpVersion"`
	Cookies     []cookie `json:"cookies"`
	Headers     []pair   `json:"headers"`
	Content     content  `json:"content"`
	RedirectURL string   `json:"redirectURL"`
	HeadersSize int      `json:"headersSize"`
	BodySize    int      `json:"bodySize"`

	Reason   wire   `json:"_statusText,omitempty"` // only when statusText cannot hold it
	Trailers []pair `json:"_trailers,omitempty"`
	Declared *int64 `json:"_declared,omitempty"`
	Extra    string `json:"_extra,omitempty"` // base64
	Cut      string `json:"_cut,omitempty"`
}

// pair is a header field, a trailer field or a query parameter. NameBytes and
// ValueBytes hold the exact text where that is not valid UTF-8, so that Name and
// Value cannot.
type pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`

	NameBytes  wire `json:"_name,omitempty"`
	ValueBytes wire `json:"_value,omitempty"`
}

type cookie struct {
	Name     string `json:"name"`
	Value    string `json:"value"`
	Path     string `json:"path,omitempty"`
	Domain   string `json:"domain,omitempty"`
	Expires  string `json:"expires,omitempty"` // RFC 3339
	HTTPOnly bool   `json:"httpOnly,omitempty"`
	Secure   bool   `json:"secure,omitempty"`
}

type postData struct {
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
	Bytes    wire   `json:"_text,omitempty"`
}

// content is the body. Text is what a person reads: without its content coding,
// where that is known. Coded then holds the bytes of the message in base64.
type content struct {
	Size     int    `json:"size"`
	MimeType string `json:"mimeType"`
	Text     string `json:"text"`
	Encoding string `json:"encoding,omitempty"` // "base64" or absent
	Coded    string `json:"_coded,omitempty"`
}

// timings are milliseconds; -1 is a phase that did not happen. As HAR 1.2 wants
// it, connect includes ssl.
type timings struct {
	Blocked float64 `json:"blocked"`
	DNS     float64 `json:"dns"`
	Connect float64 `json:"connect"`
	SSL     float64 `json:"ssl"`
	Send    float64 `json:"send"`
	Wait    float64 `json:"wait"`
	Receive float64 `json:"receive"`
}

// wire is text that may hold any bytes. In JSON it is a string where it is valid
// UTF-8, and {"base64": "..."} where it is not.
type wire string

type wireBytes struct {
	Base64 *string `json:"base64"`
}

func (w wire) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(w)) {
		return json.Marshal(string(w))
	}
	coded := base64.StdEncoding.EncodeToString([]byte(w))
	return json.Marshal(wireBytes{Base64: &coded})
}

func (w *wire) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*w = wire(s)
		return nil
	}
	var coded wireBytes
	if json.Unmarshal(b, &coded) != nil || coded.Base64 == nil {
		return errors.New("neither a string nor base64")
	}
	raw, err := base64.StdEncoding.DecodeString(*coded.Base64)
	*w = wire(raw)
	return err
}

// split gives the two members that carry s: the text for people, and the exact
// bytes where the text cannot hold them.
func split(s string) (text string, exact wire) {
	if utf8.ValidString(s) {
		return s, ""
	}
	return strings.ToValidUTF8(s, "\ufffd"), wire(s)
}

// join is the inverse of split.
func join(text string, exact wire) string {
	if exact != "" {
		return string(exact)
	}
	return text
}

func newPair(name, value string) pair {
	var p pair
	p.Name, p.NameBytes = split(name)
	p.Value, p.ValueBytes = split(value)
	return p
}

func (p pair) name() string  { return join(p.Name, p.NameBytes) }
func (p pair) value() string { return join(p.Value, p.ValueBytes) }
