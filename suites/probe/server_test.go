package probe

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	mathrand "math/rand/v2"
)

// The tokens of the tests. The valid one is base64 with unused bits at its end.
const (
	testValid  = "Mk3srLl4pnoBcQ7tYvW2aXzEuNdHfJgK9DvgIB87KzYpxMdE9+vvzLZqYIw="
	testSecond = "Zq8tRw1yUe5oPa3sDf6gHj9kLzXcVbNmQwErTyUiOpAsDfGhJkLzXcVb0+8="
)

// fixedRandom makes the same canaries in every test run.
func fixedRandom() io.Reader { return mathrand.NewChaCha8([32]byte{1, 2, 3}) }

// newTestWallet holds a token for every role.
func newTestWallet(t testing.TB) *Wallet {
	t.Helper()
	return walletOf(t, map[Role]string{Valid: testValid, SecondTenant: testSecond, Expired: "expired-0a1b2c3d4e5f6071",
		Revoked: "revoked-0a1b2c3d4e5f6071", NotPurchased: "unpaid-0a1b2c3d4e5f60718", UpstreamFailure: "failing-0a1b2c3d4e5f6071",
		Foreign: "foreign-0a1b2c3d4e5f6071"})
}

func walletOf(t testing.TB, tokens map[Role]string) *Wallet {
	t.Helper()
	secrets := map[Role]Secret{}
	for role, token := range tokens {
		secrets[role] = NewSecret(token)
	}
	w, err := NewWallet(secrets, fixedRandom())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// received is one request as a recording server got it.
type received struct {
	conn int // counts the server's connections from 1
	text string
}

// recorder is a server that reads requests byte for byte and answers with what
// respond returns; "" closes the connection.
type recorder struct {
	net.Listener
	respond func(request string) string

	mu       sync.Mutex
	requests []received
	conns    int
}

// record serves on loopback until the test ends.
func record(t testing.TB, respond func(string) string) *recorder {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return recordOn(t, l, respond)
}

func recordOn(t testing.TB, l net.Listener, respond func(string) string) *recorder {
	s := &recorder{Listener: l, respond: respond}
	var open sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		open.Wait()
	})
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns++
			id := s.conns
			s.mu.Unlock()
			open.Go(func() { s.serve(conn, id) })
		}
	})
	return s
}

// take returns the requests that came since the last time.
func (s *recorder) take() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := s.requests
	s.requests = nil
	return requests
}

// url is the address of the server with the published path.
func (s *recorder) url() string { return "http://" + s.Addr().String() + DefaultPath }

func (s *recorder) endpoint(t testing.TB) Endpoint {
	t.Helper()
	return endpointOf(t, s.url())
}

func endpointOf(t testing.TB, target string) Endpoint {
	t.Helper()
	e, err := ParseEndpoint(target, "")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (s *recorder) serve(conn net.Conn, id int) {
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	reader := bufio.NewReader(conn)
	for {
		text, err := readRequest(reader)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.requests = append(s.requests, received{id, text})
		s.mu.Unlock()
		response := s.respond(text)
		if _, err := io.WriteString(conn, response); err != nil || response == "" {
			return
		}
		if strings.Contains(text, "Connection: close\r\n") || strings.Contains(response, "Connection: close\r\n") {
			return
		}
	}
}

var lengthField = regexp.MustCompile(`\r\nContent-Length: (\d+)\r\n`)

// readRequest reads to the empty line and over the body, without understanding
// anything else.
func readRequest(r *bufio.Reader) (string, error) {
	var b bytes.Buffer
	end := func(mark string) error {
		for !bytes.HasSuffix(b.Bytes(), []byte(mark)) {
			c, err := r.ReadByte()
			if err != nil {
				return err
			}
			b.WriteByte(c)
		}
		return nil
	}
	if err := end("\r\n\r\n"); err != nil {
		return "", err
	}
	head := b.String()
	if strings.Contains(head, "Transfer-Encoding: chunked") {
		b.Reset()
		err := end("0\r\n\r\n")
		return head + b.String(), err
	}
	if m := lengthField.FindStringSubmatch(head); m != nil {
		n, _ := strconv.Atoi(m[1])
		body := make([]byte, n)
		if _, err := io.ReadFull(r, body); err != nil {
			return "", err
		}
		return head + string(body), nil
	}
	return head, nil
}

// reply is a whole response.
func reply(status int, fields, body string) string {
	return fmt.Sprintf("HTTP/1.1 %d %s\r\n%sContent-Length: %d\r\n\r\n%s", status, "Reason", fields, len(body), body)
}

const tenantBody = `{"mobilePhone":"153****0991","vdn":"150"}`

// answer is a target that knows the two valid tokens, under the documented name
// and method, and gives the baseline an entity tag and a cookie.
func answer(request string) string {
	head, _, _ := strings.Cut(request, "\r\n\r\n")
	bodiless := strings.HasPrefix(request, "HEAD ")
	for line := range strings.SplitSeq(head, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		value = strings.Trim(value, " \t")
		if strings.EqualFold(name, TokenField) && (value == testValid || value == testSecond) {
			response := reply(200, "ETag: \"e1\"\r\nSet-Cookie: sid=s1; Secure\r\nContent-Type: application/json\r\n", tenantBody)
			if bodiless {
				response = strings.TrimSuffix(response, tenantBody)
			}
			return response
		}
	}
	if bodiless {
		return reply(401, "", "")
	}
	return reply(401, "", `"Unauthorized operation."`)
}

// expand fills in the credentials of symbolic text.
func (w *Wallet) expand(symbolic string) (string, error) { return substitute(symbolic, w.value) }

// planFor is the plan of these groups for a recording server.
func planFor(t testing.TB, e Endpoint, groups ...Group) Plan {
	t.Helper()
	plan, err := NewPlan(e, groups...)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// only keeps the baseline, the given probes and the closing one.
func (p Plan) only(ids ...string) Plan {
	var kept []Probe
	for _, probe := range p.Probes {
		for _, id := range append(ids, Baseline, Closing) {
			if probe.ID == id {
				kept = append(kept, probe)
			}
		}
	}
	p.Probes, p.Left = kept, nil
	return p
}

// allGroups are the names of all opt-in groups.
func allGroups() []Group {
	var groups []Group
	for _, info := range Groups {
		groups = append(groups, info.Group)
	}
	return groups
}
