package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"omaspec/fixtures"
	"omaspec/fixtures/hostile"
	"omaspec/reports"
	"omaspec/reports/evidence"
	"omaspec/schemas"
)

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

// bomb is n mebibytes of zeros in about as many kibibytes of gzip.
func bomb(n int) string {
	var member bytes.Buffer
	w, _ := gzip.NewWriterLevel(&member, gzip.BestCompression)
	_, _ = w.Write(make([]byte, 1<<20))
	_ = w.Close()
	return strings.Replace(whole(strings.Repeat(member.String(), n)), "\r\n", "\r\nContent-Encoding: gzip\r\n", 1)
}

// attacksEverywhere says every hostile text in every place of an answer that can hold
// it.
func attacksEverywhere() string {
	text := hostile.All()
	inField := strings.NewReplacer("\r", "\t", "\n", "\t", "\x00", "\t").Replace(text)
	inJSON := inString(text)
	member := func(name, value string) string { return `"` + name + `":"` + value + `"` }
	body := "{" + strings.Join([]string{member("mobilePhone", inJSON), member("company", inJSON), member("customerName", inJSON),
		member("email", inJSON), member("vdn", inJSON), `"createDate":1681203525000`, member("tenantSpaceStatus", inJSON),
		member("portalUrl", "https://portal.example/"+inJSON), member(inJSON, inJSON)}, ",") + "}" + text
	return "HTTP/1.1 200 " + inField + "\r\nContent-Type: " + inField + "\r\nETag: " + inField + "\r\nSet-Cookie: " + inField +
		"\r\nLocation: " + inField + "\r\nServer: " + inField + "\r\nOwned: " + inField + "\r\nAllow: " + inField +
		fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// inString is a text in a JSON string, where bytes that are not UTF-8 stay as they are.
func inString(text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"', c == '\\':
			b.WriteString(`\` + string(c))
		case c < ' ':
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// hostility is one way to exhaust or to deceive whoever asks.
type hostility struct {
	name   string
	answer func(net.Conn)
	// What a target that begins with it gets: the exit code, and what the reason
	// says, or which requirement is violated. With 0 no target begins with it.
	code int
	want string
}

func hostilities() []hostility {
	const failed, unsure = reports.ExitNonConformant, reports.ExitInconclusive
	chunked := okHead + "Transfer-Encoding: chunked\r\n\r\n"
	return []hostility{
		{"endless body", forever(chunked, "10000\r\n"+strings.Repeat("a", 0x10000)+"\r\n", 0), failed, "BODY-01"},
		{"endless body without a length", forever(okHead+"\r\n", strings.Repeat("a", 0x10000), 0), 0, ""},
		{"endless header section", forever(okHead, "X-More: "+strings.Repeat("a", 1000)+"\r\n", 0), unsure, "larger than the limit"},
		{"endless status line", forever("HTTP/1.1 200 ", strings.Repeat("a", 1000), 0), 0, ""},
		{"endless interim answers", forever("", "HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n", 0), unsure, "got no answer"},
		{"endless trailer section", forever(chunked+"0\r\n", "X-More: "+strings.Repeat("a", 1000)+"\r\n", 0), 0, ""},
		{"endless chunk extension", forever(chunked+"1;", strings.Repeat("a", 1000), 0), 0, ""},
		{"a gigabyte in gzip", saying(bomb(1000)), 0, ""},
		{"a hundred mebibytes in gzip", saying(bomb(100)), failed, "BODY-01"},
		{"deep JSON", saying(whole(strings.Repeat("[", 60_000) + strings.Repeat("]", 60_000))), failed, "BODY-01"},
		{"a deep member", saying(whole(exampleWith(`"150"`, strings.Repeat(`{"a":`, 15_000)+"1"+strings.Repeat("}", 15_000)))), 0, ""},
		{"a number like 1e999999", saying(whole(exampleWith("1681203525000", "1e999999"))), failed, "BODY-01"},
		{"a number of a hundred thousand digits", saying(whole(exampleWith("1681203525000", strings.Repeat("9", 100_000)))), 0, ""},
		{"five thousand names, each twice", saying(whole("{" + names(5000) + "," + names(5000) + `,"x":1}`)), 0, ""},
		{"a thousand telephone numbers", saying(whole(exampleWith(`"153****0991"`, `"`+strings.Join(hostile.Phones(1000), " ")+`"`))), failed, "MASK-01"},
		{"attacks on whoever shows them", saying(attacksEverywhere()), failed, "BODY-01"},
		{"a slow header section", forever("HTTP/1.1 200 OK\r\n", "X", 50*time.Millisecond), unsure, "within the time limit"},
		{"a slow body", forever(okHead+"Content-Length: 303\r\n\r\n", "{", 50*time.Millisecond), 0, ""},
		{"silence", func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }, 0, ""},
		{"no answer", saying(""), 0, ""},
		{"a reset", reset(""), 0, ""},
		{"a reset in the header section", reset("HTTP/1.1 200 OK\r\nConte"), 0, ""},
		{"a reset in the body", reset(okHead + "Content-Length: 303\r\n\r\n{\"mobile"), failed, "HTTP-01"},
		{"garbage", saying("\x00\xff\x1b[31mowned\r\n\r\n"), unsure, "does not begin with an HTTP/1 status line"},
		{"another protocol", saying("SSH-2.0-OpenSSH_9.6 owned\r\n"), 0, ""},
		{"a shorter body than declared", saying(strings.Replace(whole(fixtures.Example), "Length: ", "Length: 9", 1)), failed, "HTTP-01"},
		{"a longer body than declared", saying(okHead + "Content-Length: 16\r\n\r\n" + fixtures.Example), failed, "BODY-01"},
		{"a length of 2 to the 64", saying(okHead + "Content-Length: 18446744073709551616\r\n\r\n" + fixtures.Example), unsure, "Content-Length"},
		{"a negative length", saying(okHead + "Content-Length: -1\r\n\r\n" + fixtures.Example), 0, ""},
		{"two lengths", saying(okHead + "Content-Length: 16\r\nContent-Length: 17\r\n\r\n" + fixtures.Example), 0, ""},
		{"a chunk of 2 to the 64 bytes", saying(chunked + "10000000000000000\r\nowned"), 0, ""},
		{"a wish to wait for a century", saying("HTTP/1.1 429 Too Many\r\nRetry-After: 3153600000\r\nContent-Length: 0\r\n\r\n"), unsure, "limits the rate"},
	}
}

// refusal is the answer of a target that is not hostile any more.
const refusal = "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 4\r\n\r\n\"no\""

// TestHostile meets targets that are hostile in one way from the first answers
// on, and one that is so in every way after a good first answer: bounded time and
// memory, a whole record, and nothing that the target said where it could do harm.
func TestHostile(t *testing.T) {
	for _, h := range hostilities() {
		if h.code == 0 {
			continue
		}
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			r := meet(t, func(n int64, conn net.Conn) {
				if n > 4 {
					say(conn, refusal)
					return
				}
				h.answer(conn)
			})
			if h.code == reports.ExitInconclusive {
				r.wantReason(t, h.code, h.want, secret)
				return
			}
			r.wantReason(t, h.code, "", secret)
			if got := r.violated(t); !slices.Contains(got, h.want) {
				t.Errorf("violated: %v, want %s among them", got, h.want)
			}
		})
	}
	t.Run("in every way, after a good answer", func(t *testing.T) {
		t.Parallel()
		all := hostilities()
		meet(t, func(n int64, conn net.Conn) {
			switch i := int(n) - 2; {
			case i < 0:
				say(conn, whole(fixtures.Example))
			case i < len(all):
				all[i].answer(conn)
			default:
				say(conn, refusal)
			}
		}).wantReason(t, reports.ExitNonConformant, "", secret)
	})
}

// names are the members "0":0 and so on of an object.
func names(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"%d":0,`, i)
	}
	return strings.TrimSuffix(b.String(), ",")
}

// reset says text and resets the connection.
func reset(text string) func(net.Conn) {
	return func(conn net.Conn) {
		say(conn, text)
		_ = conn.(*net.TCPConn).SetLinger(0)
	}
}

// The bounds of a run against a hostile target: generous, since the machine may be
// busy, the race detector multiplies what is used, and a process begins with the
// memory of the one that started it.
const (
	hostileTime   = 50 * time.Second
	hostileMemory = 768 << 20
	hostileFiles  = 32 << 20
)

// meet runs omaspec as a process against a hostile target. It wants bounded time,
// memory and reports, a reason for every outcome, and harmless words.
func meet(t *testing.T, answer func(n int64, conn net.Conn)) *ran {
	t.Helper()
	c := with("OMASPEC_TOKEN", secret)
	started := time.Now()
	p := c.startRun(t, "--target", serveRaw(t, answer), "--timeout", "400ms", "--budget", "5s", "--retry-cap", "10ms", "--concurrency", "32")
	r := c.wait(t, p)
	if took := time.Since(started); took > hostileTime {
		t.Errorf("the run took %s", took)
	}
	if used := p.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10; used > hostileMemory {
		t.Errorf("the run used %d MiB", used>>20)
	}
	size := 0
	for _, b := range r.everything() {
		size += len(b)
	}
	if size > hostileFiles {
		t.Errorf("the run wrote %d MiB", size>>20)
	}
	for _, x := range r.record(t).Requirements {
		if x.Outcome == schemas.Failed && len(x.Findings) == 0 || x.Outcome == schemas.Inconclusive && x.Reason == "" {
			t.Errorf("%s is %s without a reason", x.ID, x.Outcome)
		}
	}
	harmless(t, r)
	return r
}

// harmless wants nothing that a terminal or a CI system could take for a command but
// in the two reports that show whole answers, and nowhere a word that a hostile target
// said.
func harmless(t *testing.T, r *ran) {
	t.Helper()
	for place, b := range r.everything() {
		text := strings.ToLower(string(b))
		for _, bad := range []string{"\x1b", "\x07", "\x00", hostile.Mark} {
			if strings.Contains(text, bad) {
				t.Errorf("%s holds %q", place, bad)
			}
		}
		if place == evidence.FileName || place == "report.html" {
			continue
		}
		for _, bad := range []string{"\u202e", "##vso[", "##[", "##teamcity[", "section_start:"} {
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

// TestLengthThatIsATelephoneNumber wants no number that the target chose for a length
// in any report.
func TestLengthThatIsATelephoneNumber(t *testing.T) {
	t.Parallel()
	const phone = "15911112222"
	url := serveRaw(t, func(_ int64, conn net.Conn) {
		say(conn, okHead+"Content-Length: "+phone+"\r\n\r\n"+fixtures.Example)
	})
	r := with("OMASPEC_TOKEN", secret).run(t, "--target", url)
	r.wantExit(t, reports.ExitNonConformant, secret, phone)
	if got := r.violated(t); !slices.Contains(got, "HTTP-01") {
		t.Errorf("violated: %v", got)
	}
}
