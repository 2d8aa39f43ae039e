package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"omaspec/fixtures"
	"omaspec/reports"
	"omaspec/schemas"
)

// hostileAnswers is how often a hostile target shows what it is: often enough for
// the first requests, which go one by one, and some that go together.
const hostileAnswers = 8

// serveRaw answers the first requests, one on each connection, with what answer
// writes, and all others with a refusal. If late is set, the very first one gets a
// good answer. It returns the URL.
func serveRaw(t *testing.T, late bool, answer func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	var requests atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
				if !readHead(conn) {
					return
				}
				switch n := requests.Add(1); {
				case n == 1 && late:
					say(conn, whole(fixtures.Example))
				case n <= hostileAnswers:
					answer(conn)
				default:
					say(conn, "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 4\r\n\r\n\"no\"")
				}
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// readHead reads to the end of a request's header section.
func readHead(conn net.Conn) bool {
	lines := bufio.NewReader(conn)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return false
		}
		if strings.TrimSpace(line) == "" {
			return true
		}
	}
}

// say writes all of text, and tells whether somebody still listens.
func say(conn net.Conn, text string) bool {
	_, err := io.WriteString(conn, text)
	return err == nil
}

// saying is an answer of a fixed text.
func saying(text string) func(net.Conn) {
	return func(conn net.Conn) { say(conn, text) }
}

// forever says begin, and then again and again what follows.
func forever(begin, again string, pause time.Duration) func(net.Conn) {
	return func(conn net.Conn) {
		for ok := say(conn, begin); ok; ok = say(conn, again) {
			time.Sleep(pause)
		}
	}
}

const okHead = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

// whole is a good answer with that body.
func whole(body string) string {
	return fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", okHead, len(body), body)
}

// exampleWith is the page's example with one value replaced.
func exampleWith(old, with string) string { return strings.Replace(fixtures.Example, old, with, 1) }

// bomb is a gigabyte of zeros in a megabyte of gzip: 1000 members of a mebibyte.
func bomb() string {
	var member bytes.Buffer
	w, _ := gzip.NewWriterLevel(&member, gzip.BestCompression)
	_, _ = w.Write(make([]byte, 1<<20))
	_ = w.Close()
	return strings.Repeat(member.String(), 1000)
}

// commands is text that does something where it is shown raw.
const commands = "\x1b[2J\x1b]0;pwned\x07\n::error::pwned\n::set-output name=x::pwned\n##vso[task.setvariable variable=x]pwned\n##[error]pwned\n##teamcity[buildStatus text='pwned']\nsection_start:0:pwned\r\x1b[0K\u202epwned</script><script>pwned</script>]]>"

// commandsEverywhere says them in every place of an answer that can hold them.
func commandsEverywhere() string {
	inField := strings.NewReplacer("\r", "\t", "\n", "\t").Replace(commands)
	inJSON := strings.NewReplacer("\\", `\\`, `"`, `\"`, "\x1b", `\u001b`, "\x07", `\u0007`, "\n", `\n`, "\r", `\r`).Replace(commands)
	member := func(name, value string) string { return `"` + name + `":"` + value + `"` }
	body := "{" + strings.Join([]string{member("mobilePhone", inJSON), member("company", inJSON), member("customerName", inJSON),
		member("email", inJSON), member("vdn", inJSON), `"createDate":1681203525000`, member("tenantSpaceStatus", inJSON),
		member("portalUrl", "https://pwned/"+inJSON), member(inJSON, inJSON)}, ",") + "}" + commands
	return "HTTP/1.1 200 " + inField + "\r\nContent-Type: " + inField + "\r\nETag: " + inField + "\r\nSet-Cookie: " + inField +
		"\r\nLocation: " + inField + "\r\nServer: " + inField + "\r\nPwned: " + inField + "\r\nAllow: " + inField +
		fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// TestHostile meets targets that want to exhaust or to deceive, from the first
// request on and after a good answer to it: bounded time, bounded memory, a whole
// record, and nothing that the target said on the console or in a report.
func TestHostile(t *testing.T) {
	tests := []struct {
		name   string
		answer func(net.Conn)
		code   int    // of a target that is hostile from the first request on
		want   string // what the reason for it says
	}{
		{"endless body, chunked", forever(okHead+"Transfer-Encoding: chunked\r\n\r\n", "10000\r\n"+strings.Repeat("a", 0x10000)+"\r\n", 0), reports.ExitNonConformant, "BODY-01"},
		{"endless body without a length", forever(okHead+"\r\n", strings.Repeat("a", 0x10000), 0), reports.ExitNonConformant, "BODY-01"},
		{"endless header section", forever(okHead, "X-More: "+strings.Repeat("a", 1000)+"\r\n", 0), reports.ExitInconclusive, "larger than the limit"},
		{"endless status line", forever("HTTP/1.1 200 ", strings.Repeat("a", 1000), 0), reports.ExitInconclusive, "larger than the limit"},
		{"endless interim answers", forever("", "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n", 0), reports.ExitInconclusive, "got no answer"},
		{"endless trailer section", forever(okHead+"Transfer-Encoding: chunked\r\n\r\n0\r\n", "X-More: "+strings.Repeat("a", 1000)+"\r\n", 0), reports.ExitInconclusive, "got no answer"},
		{"endless chunk extension", forever(okHead+"Transfer-Encoding: chunked\r\n\r\n1;", strings.Repeat("a", 1000), 0), reports.ExitInconclusive, "chunked"},
		{"a gigabyte in gzip", saying(strings.Replace(whole(bomb()), "\r\n", "\r\nContent-Encoding: gzip\r\n", 1)), reports.ExitNonConformant, "BODY-01"},
		{"deep JSON", saying(whole(strings.Repeat("[", 500_000) + strings.Repeat("]", 500_000))), reports.ExitNonConformant, "BODY-01"},
		{"deep member", saying(whole(exampleWith(`"150"`, strings.Repeat(`{"a":`, 100_000)+"1"+strings.Repeat("}", 100_000)))), reports.ExitNonConformant, "BODY-01"},
		{"a number of a million digits of exponent", saying(whole(exampleWith("1681203525000", "1e999999"))), reports.ExitNonConformant, "BODY-01"},
		{"a number of half a million digits", saying(whole(exampleWith("1681203525000", strings.Repeat("9", 500_000)))), reports.ExitNonConformant, "BODY-01"},
		{"a hundred thousand names, each twice", saying(whole("{" + names(50_000) + "," + names(50_000) + `,"x":1}`)), reports.ExitNonConformant, "BODY-1"},
		{"ninety thousand telephone numbers", saying(whole(exampleWith(`"150"`, `"`+phones(75_000)+`"`))), reports.ExitNonConformant, "BODY-"},
		{"commands to terminals and CI systems", saying(commandsEverywhere()), reports.ExitNonConformant, "BODY-01"},
		{"slow header section", forever("HTTP/1.1 200 OK\r\n", "X", 50*time.Millisecond), reports.ExitInconclusive, "within the time limit"},
		{"slow body", forever(okHead+"Content-Length: 303\r\n\r\n", "{", 50*time.Millisecond), reports.ExitNonConformant, "BODY-01"},
		{"silence", func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }, reports.ExitInconclusive, "within the time limit"},
		{"no answer", saying(""), reports.ExitInconclusive, "closed the connection without an answer"},
		{"reset without an answer", reset(""), reports.ExitInconclusive, "got no answer"},
		{"reset in the header section", reset("HTTP/1.1 200 OK\r\nConte"), reports.ExitInconclusive, "got no answer"},
		{"reset in the body", reset(okHead + "Content-Length: 303\r\n\r\n{\"mobile"), reports.ExitNonConformant, "HTTP-01"},
		{"garbage", saying("\x00\xff\x1b[31mpwned\r\n\r\n"), reports.ExitInconclusive, "does not begin with an HTTP/1 status line"},
		{"another protocol", saying("SSH-2.0-OpenSSH_9.6 pwned\r\n"), reports.ExitInconclusive, "does not begin with an HTTP/1 status line"},
		{"a shorter body than declared", saying(strings.Replace(whole(fixtures.Example), "Length: ", "Length: 9", 1)), reports.ExitNonConformant, "HTTP-01"},
		{"a longer body than declared", saying(okHead + "Content-Length: 16\r\n\r\n" + fixtures.Example), reports.ExitNonConformant, "BODY-01"},
		{"a length of 2 to the 64", saying(okHead + "Content-Length: 18446744073709551616\r\n\r\n" + fixtures.Example), reports.ExitInconclusive, "Content-Length"},
		{"a negative length", saying(okHead + "Content-Length: -1\r\n\r\n" + fixtures.Example), reports.ExitInconclusive, "Content-Length"},
		{"two lengths", saying(okHead + "Content-Length: 16\r\nContent-Length: 17\r\n\r\n" + fixtures.Example), reports.ExitInconclusive, "Content-Length"},
		{"a chunk of 2 to the 64 bytes", saying(okHead + "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\npwned"), reports.ExitInconclusive, "chunked"},
		{"a wish to wait for a century", saying("HTTP/1.1 429 Too Many\r\nRetry-After: 3153600000\r\nContent-Length: 0\r\n\r\n"), reports.ExitInconclusive, "limits the rate"},
	}
	for _, test := range tests {
		for _, late := range []bool{false, true} {
			if late && test.code == reports.ExitNonConformant {
				continue // has been judged: the run goes on after such an answer
			}
			name := test.name + map[bool]string{false: " at once", true: " after a good answer"}[late]
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := meet(t, serveRaw(t, late, test.answer))
				switch {
				case late: // what it is is a matter of which requests were answered
					r.wantReason(t, max(r.code, reports.ExitNonConformant), "", secret)
				case test.code == reports.ExitInconclusive:
					r.wantReason(t, test.code, test.want, secret)
				default:
					r.wantReason(t, test.code, "", secret)
					if got := r.violated(t); !slices.Contains(got, test.want) {
						t.Errorf("violated: %v, want %s among them", got, test.want)
					}
				}
				nothingRaw(t, r)
				for _, x := range r.record(t).Requirements {
					if x.Outcome == schemas.Failed && len(x.Findings) == 0 || x.Outcome == schemas.Inconclusive && x.Reason == "" {
						t.Errorf("%s is %s without a reason", x.ID, x.Outcome)
					}
				}
			})
		}
	}
}

// names are the members "0":0 and so on of an object.
func names(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"%d":0,`, i)
	}
	return strings.TrimSuffix(b.String(), ",")
}

// phones are n different telephone numbers.
func phones(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "139%08d ", i)
	}
	return b.String()
}

// reset says text and resets the connection.
func reset(text string) func(net.Conn) {
	return func(conn net.Conn) {
		say(conn, text)
		_ = conn.(*net.TCPConn).SetLinger(0)
	}
}

// The bounds of a run against a hostile target: generous, since the machine may be
// busy and the race detector multiplies what is used.
const (
	hostileTime   = 40 * time.Second
	hostileMemory = 384 << 20
	hostileFiles  = 32 << 20
)

// meet runs omaspec as a process against a hostile target, and measures it.
func meet(t *testing.T, url string) ran {
	t.Helper()
	c := with("OMASPEC_TOKEN", secret)
	started := time.Now()
	p := c.start(t, "--target", url, "--timeout", "400ms", "--budget", "5s", "--retry-cap", "10ms", "--concurrency", "32")
	r := c.wait(t, p)
	if took := time.Since(started); took > hostileTime {
		t.Errorf("the run took %s", took)
	}
	if used := p.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10; used > hostileMemory {
		t.Errorf("the run used %d MiB", used>>20)
	}
	t.Logf("user %s sys %s rss %d MiB", p.ProcessState.UserTime(), p.ProcessState.SystemTime(), p.ProcessState.SysUsage().(*syscall.Rusage).Maxrss>>10)
	size := 0
	for _, b := range r.everything() {
		size += len(b)
	}
	if size > hostileFiles {
		t.Errorf("the run wrote %d MiB", size>>20)
	}
	return r
}

// nothingRaw wants nothing of what a hostile target said, and nothing that a
// terminal or a CI system could take for a command.
func nothingRaw(t *testing.T, r ran) {
	t.Helper()
	for place, b := range r.everything() {
		text := string(b)
		if strings.Contains(strings.ToLower(text), "pwned") {
			t.Errorf("%s quotes the target", place)
		}
		for _, bad := range []string{"\x1b", "\x07", "\u202e", "\x00", "##vso[", "##[", "##teamcity[", "section_start:"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s holds %q", place, bad)
			}
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(strings.TrimSpace(line), "::") {
				t.Errorf("%s holds a workflow command", place)
			}
		}
	}
}
