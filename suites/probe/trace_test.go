package probe

import (
	"regexp"
	"testing"
)

// TestTraceIDsAreNoNumbers: an id of digits alone could be taken for a card or
// telephone number by whoever looks for those.
func TestTraceIDsAreNoNumbers(t *testing.T) {
	form := regexp.MustCompile(`^00-[a-f][0-9a-f]{30}[a-f]-[a-f][0-9a-f]{14}[a-f]-01$`)
	for range 1000 {
		id, traceparent := newTrace()
		if !form.MatchString(traceparent) || traceparent[3:35] != id {
			t.Fatalf("trace id %s, traceparent %s", id, traceparent)
		}
	}
}
