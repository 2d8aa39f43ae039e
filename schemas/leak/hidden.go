package leak

import (
	"fmt"
	"io"
	"strconv"
)

// Secrets holds what must not be found, by its placeholder ("{token:valid}"). It
// prints and marshals as how many there are, whatever does it.
type Secrets map[string]string

// String is what every formatter shows.
func (s Secrets) String() string { return strconv.Itoa(len(s)) + " secrets" }

// Format implements fmt.Formatter for every verb.
func (s Secrets) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// GomegaString keeps Gomega's formatter from walking into the values.
func (s Secrets) GomegaString() string { return s.String() }

// MarshalJSON implements json.Marshaler.
func (s Secrets) MarshalJSON() ([]byte, error) { return []byte(strconv.Quote(s.String())), nil }

// String is what every formatter shows: a Detector holds secrets and true values.
func (d *Detector) String() string { return "a detector of leaks" }

// Format implements fmt.Formatter for every verb.
func (d *Detector) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, d.String()) }

// GomegaString keeps Gomega's formatter from walking into the values.
func (d *Detector) GomegaString() string { return d.String() }
