package evidence

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"time"

	"omaspec/schemas"
	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
)

// FileName is the name of the evidence in a reports folder.
const FileName = "evidence.har"

// Evidence is everything that judging needs: who gathered it, under which
// conditions, and what was captured. As it comes from a run it holds all that the
// target sent; what Write may write is a redacted copy.
type Evidence struct {
	Origin     Origin
	Conditions Conditions
	Gathering  Gathering
	// Facts are what the words of the answers showed, in evidence whose words are
	// rewritten; nil where they are as they came.
	Facts *Facts
}

// Origin says what run evidence comes from.
type Origin struct {
	RunID     string `json:"runId"`
	Tool      Tool   `json:"tool"`
	Catalogue string `json:"catalogue"` // version of the requirement catalogue
	// Target is the absolute URL that was tested.
	Target   string `json:"target"`
	Embedded bool   `json:"embedded,omitempty"` // it was the embedded reference target
	// Options are those that were set, by name, as they may be published.
	Options map[string]string `json:"options"`
	// Credentials are the roles that a token was given for.
	Credentials []string `json:"credentials"`
}

// Tool is an omaspec: the one that made evidence or a record.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Go      string `json:"go"`
}

// Conditions are what judging needs to know besides the exchanges. What follows
// from the options is not written with them, and what is secret never is.
type Conditions struct {
	Now      time.Time `json:"now"`      // when the exchanges were gathered
	Secure   bool      `json:"secure"`   // the target is addressed over https
	Loopback bool      `json:"loopback"` // the target is on this machine
	// Compared tells that the true values of a customer were known, so that masks
	// were compared with them.
	Compared bool `json:"compared"`

	// Secrets maps placeholders ("{token:valid}") to what they stood for on the
	// wire. In recorded evidence a placeholder stands for itself.
	Secrets leak.Secrets `json:"-"`
	// Subject holds the true data of the tokens' customers by role ("valid",
	// "second-tenant"), where it is known; recorded evidence has none of it.
	Subject mask.Subjects `json:"-"`

	Readings      schemas.Readings `json:"-"`
	PortalHosts   []string         `json:"-"`
	RedirectHosts []string         `json:"-"`
	AllowEmails   []string         `json:"-"`
}

// Facts are what was observed in words that are rewritten in the exchanges. They
// are JSON texts that this package does not look into.
type Facts struct {
	Together  json.RawMessage            // of all exchanges
	Exchanges map[string]json.RawMessage // by exchange id
}

// String is what every formatter shows of evidence: how much there is.
func (e *Evidence) String() string {
	return fmt.Sprintf("evidence of %d exchanges", len(e.Gathering.Exchanges))
}

// Format implements fmt.Formatter for every verb.
func (e *Evidence) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, e.String()) }

// GomegaString keeps Gomega's formatter from walking into what was captured.
func (e *Evidence) GomegaString() string { return e.String() }

// MarshalJSON keeps encoders from writing what was captured.
func (e *Evidence) MarshalJSON() ([]byte, error) { return []byte(strconv.Quote(e.String())), nil }

// HandOver encodes evidence without loss for another process of the same run,
// whatever bytes its tokens and answers hold. It holds secrets and goes nowhere else.
func (e *Evidence) HandOver() ([]byte, error) {
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(handed(*e)); err != nil {
		return nil, fmt.Errorf("hand over the evidence: %w", err)
	}
	return b.Bytes(), nil
}

// TakeOver decodes what HandOver returned.
func TakeOver(b []byte) (*Evidence, error) {
	var h handed
	if err := gob.NewDecoder(bytes.NewReader(b)).Decode(&h); err != nil {
		return nil, fmt.Errorf("take over the evidence: %w", err)
	}
	e := Evidence(h)
	return &e, nil
}

// handed is evidence without the methods that hide it.
type handed Evidence
