package probe

import (
	"io"
	"log"
	"runtime"
	"strings"
)

// quiet keeps what net/http itself writes to the standard logger from getting there,
// from now on and for every program that this package is in: under
// GODEBUG=http2debug=2 those are all fields that go out, tokens with them, and in any
// case bytes of answers.
func quiet() {
	if _, already := log.Writer().(quietWriter); !already {
		log.SetOutput(quietWriter{log.Writer()})
	}
}

// quietWriter passes on what others log.
type quietWriter struct{ io.Writer }

func (w quietWriter) Write(line []byte) (int, error) {
	if loggedBy("net/http.") {
		return len(line), nil
	}
	return w.Writer.Write(line)
}

// loggedBy tells whether the function that called the log package is of this one.
func loggedBy(prefix string) bool {
	var callers [16]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers[:])])
	logging := false
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		if logs := strings.HasPrefix(frame.Function, "log."); logging && !logs {
			return strings.HasPrefix(frame.Function, prefix)
		} else if logs {
			logging = true
		}
	}
	return false
}
