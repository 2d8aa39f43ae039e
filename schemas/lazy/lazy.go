// Package lazy puts work off until it is needed: every command initialises the
// whole program, and none needs all of it.
package lazy

import (
	"regexp"
	"sync"
)

// Regexp returns a function that compiles expr when it is first called, and
// returns the same regular expression from then on. It may be called from any
// goroutine, and panics if expr does not parse, as regexp.MustCompile does.
func Regexp(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
