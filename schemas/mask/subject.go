package mask

import (
	"fmt"
	"io"
	"strconv"
)

// Subject is what is true about one customer, by member. It prints and marshals
// as how many values it holds, whatever does it.
type Subject map[Field]string

// Subjects holds the true values of the customers of a run by the role of their
// token ("valid", "second-tenant"). It prints and marshals like Subject.
type Subjects map[string]Subject

// Values lists the true values of all customers by member.
func (s Subjects) Values() map[Field][]string {
	all := map[Field][]string{}
	for _, subject := range s {
		for field, value := range subject {
			all[field] = append(all[field], value)
		}
	}
	return all
}

// String is what every formatter shows.
func (s Subject) String() string { return strconv.Itoa(len(s)) + " true values" }

// String is what every formatter shows.
func (s Subjects) String() string { return "true values of " + strconv.Itoa(len(s)) + " customers" }

// Format implements fmt.Formatter for every verb.
func (s Subject) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// Format implements fmt.Formatter for every verb.
func (s Subjects) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// GomegaString keeps Gomega's formatter from walking into the values.
func (s Subject) GomegaString() string { return s.String() }

// GomegaString keeps Gomega's formatter from walking into the values.
func (s Subjects) GomegaString() string { return s.String() }

// MarshalJSON implements json.Marshaler.
func (s Subject) MarshalJSON() ([]byte, error) { return []byte(strconv.Quote(s.String())), nil }

// MarshalJSON implements json.Marshaler.
func (s Subjects) MarshalJSON() ([]byte, error) { return []byte(strconv.Quote(s.String())), nil }
