package probe

import (
	"bytes"
	"log"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestQuiet runs itself with GODEBUG=http2debug=2, under which net/http logs every
// field: nothing of it may stand on standard error, and what others log does.
func TestQuiet(t *testing.T) {
	const child, ours = "OMASPEC_TEST_QUIET", "logged by a test"
	if target := os.Getenv(child); target != "" {
		runPlan(t, Config{HTTP2: true, Timeout: 5 * time.Second}, planFor(t, endpointOf(t, "http://"+target)).only("M01", "V03"))
		log.Print(ours)
		return
	}
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestQuiet$")
	c.Env = append(os.Environ(), child+"="+serveHTTP2(t, "401"), "GODEBUG=http2debug=2")
	var stderr bytes.Buffer
	c.Stderr = &stderr
	if err := c.Run(); err != nil {
		t.Fatal(err, stderr.String())
	}
	text := stderr.String()
	if strings.Contains(text, testValid) || strings.Contains(text, "http2:") {
		t.Errorf("net/http logged %d bytes", len(text))
	}
	if !strings.Contains(text, ours) {
		t.Errorf("what others log is lost: %q", text)
	}
}

// TestQuietKeepsHandlers: the log of a handler, which net/http calls, is somebody
// else's.
func TestQuietKeepsHandlers(t *testing.T) {
	var logged bytes.Buffer
	before := log.Writer()
	defer log.SetOutput(before)
	log.SetOutput(&logged)
	quiet()
	quiet()
	http.HandlerFunc(func(http.ResponseWriter, *http.Request) { log.Print("a handler") }).ServeHTTP(nil, nil)
	if got := logged.String(); strings.Count(got, "a handler\n") != 1 {
		t.Errorf("logged: %q", got)
	}
}
