package probe

import (
	"bufio"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"omaspec/reports/evidence"
)

var testLimits = limits{header: 1 << 10, body: 64}

func TestReadResponse(t *testing.T) {
	fields := func(pairs ...string) (f evidence.Fields) {
		for i := 0; i < len(pairs); i += 2 {
			f = append(f, evidence.Field{Name: pairs[i], Value: evidence.Sensitive(pairs[i+1])})
		}
		return f
	}
	tests := []struct {
		name, method, wire string
		want               evidence.Response
		reusable           bool
	}{
		{"length", "GET", "HTTP/1.1 200 OK\r\ncontent-LENGTH: 3\r\nX: a\r\n\r\nabc",
			evidence.Response{Reason: "OK", Status: 200, Header: fields("content-LENGTH", "3", "X", "a"), Body: "abc", Declared: 3}, true},
		{"no reason, bare line feeds", "GET", "HTTP/1.1 204\nA:b\n\n",
			evidence.Response{Status: 204, Header: fields("A", "b"), Declared: -1}, true},
		{"white space around values, empty value", "GET", "HTTP/1.1 200 \r\nA: \t b c \t\r\nB:\r\nContent-Length: 0\r\n\r\n",
			evidence.Response{Status: 200, Header: fields("A", "b c", "B", "", "Content-Length", "0")}, true},
		{"folded line", "GET", "HTTP/1.1 200 OK\r\nA: b\r\n \t c\r\nContent-Length: 0\r\n\r\n",
			evidence.Response{Reason: "OK", Status: 200, Header: fields("A", "b c", "Content-Length", "0")}, true},
		{"until close", "GET", "HTTP/1.1 200 OK\r\n\r\nabc",
			evidence.Response{Reason: "OK", Status: 200, Body: "abc", Declared: -1}, false},
		{"chunked with extension and trailer", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0A \r\n0123456789\r\n0\r\nT: u\r\n\r\n",
			evidence.Response{Reason: "OK", Status: 200, Header: fields("Transfer-Encoding", "chunked"), Trailer: fields("T", "u"), Body: "abc0123456789", Declared: -1}, true},
		{"chunked beats length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
			evidence.Response{Reason: "OK", Status: 200, Header: fields("Content-Length", "1", "Transfer-Encoding", "gzip, Chunked"), Body: "ab", Declared: 1}, true},
		{"other transfer coding", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: gzip\r\n\r\nabc",
			evidence.Response{Reason: "OK", Status: 200, Header: fields("Content-Length", "1", "Transfer-Encoding", "gzip"), Body: "abc", Declared: 1}, false},
		{"identity is no coding", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: Identity\r\n\r\nabc",
			evidence.Response{Reason: "OK", Status: 200, Header: fields("Content-Length", "3", "Transfer-Encoding", "Identity"), Body: "abc", Declared: 3}, true},
		{"identity beside a coding", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n1\r\na\r\n0\r\n\r\n",
			evidence.Response{Reason: "OK", Status: 200, Header: fields("Transfer-Encoding", "chunked, identity"), Body: "a", Declared: -1}, true},
		{"HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n",
			evidence.Response{Reason: "OK", Status: 200, Header: fields("Content-Length", "300"), Declared: 300}, true},
		{"304", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 300\r\n\r\n",
			evidence.Response{Reason: "Not Modified", Status: 304, Header: fields("Content-Length", "300"), Declared: 300}, true},
		{"interim responses", "GET", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
			evidence.Response{Reason: "OK", Status: 200, Header: fields("Content-Length", "0")}, true},
		{"switching protocols", "GET", "HTTP/1.1 101 Switching\r\n\r\n",
			evidence.Response{Reason: "Switching", Status: 101, Declared: -1}, false},
		{"close", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive, Close\r\n\r\n",
			evidence.Response{Reason: "OK", Status: 200, Header: fields("Content-Length", "0", "Connection", "keep-alive, Close")}, false},
		{"HTTP/1.0", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
			evidence.Response{Proto: "HTTP/1.0", Reason: "OK", Status: 200, Header: fields("Content-Length", "0")}, false},
		{"HTTP/1.0 keep-alive", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n",
			evidence.Response{Proto: "HTTP/1.0", Reason: "OK", Status: 200, Header: fields("Content-Length", "0", "Connection", "Keep-Alive")}, true},
		{"equal lengths", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\nContent-Length: 1\r\n\r\na",
			evidence.Response{Reason: "OK", Status: 200, Header: fields("Content-Length", "1, 1", "Content-Length", "1"), Body: "a", Declared: 1}, true},
		{"short body", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
			evidence.Response{Reason: "OK", Status: 200, Header: fields("Content-Length", "9"), Body: "abc", Declared: 9, Cut: "short"}, false},
		{"long body", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + strings.Repeat("a", 99),
			evidence.Response{Reason: "OK", Status: 200, Header: fields("Content-Length", "99"), Body: evidence.Sensitive(strings.Repeat("a", 64)), Declared: 99, Cut: "limit"}, false},
		{"long body until close", "GET", "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("a", 65),
			evidence.Response{Reason: "OK", Status: 200, Body: evidence.Sensitive(strings.Repeat("a", 64)), Declared: -1, Cut: "limit"}, false},
		{"body of exactly the limit until close", "GET", "HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("a", 64),
			evidence.Response{Reason: "OK", Status: 200, Body: evidence.Sensitive(strings.Repeat("a", 64)), Declared: -1}, false},
		{"long chunk", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n" + strings.Repeat("a", 99),
			evidence.Response{Reason: "OK", Status: 200, Header: fields("Transfer-Encoding", "chunked"), Body: evidence.Sensitive(strings.Repeat("a", 64)), Declared: -1, Cut: "limit"}, false},
		{"chunks end early", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n5",
			evidence.Response{Reason: "OK", Status: 200, Header: fields("Transfer-Encoding", "chunked"), Body: "abc", Declared: -1, Cut: "short"}, false},
		{"trailers end early", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: u\r\n",
			evidence.Response{Reason: "OK", Status: 200, Header: fields("Transfer-Encoding", "chunked"), Trailer: fields("T", "u"), Body: "abc", Declared: -1, Cut: "short"}, false},
		{"endless chunk extension", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;" + strings.Repeat("x", 2000),
			evidence.Response{Reason: "OK", Status: 200, Header: fields("Transfer-Encoding", "chunked"), Declared: -1, Cut: "limit"}, false},
	}
	for _, tt := range tests {
		for _, source := range []string{"whole", "byte by byte"} {
			input := bufio.NewReader(strings.NewReader(tt.wire))
			if source != "whole" {
				input = bufio.NewReader(iotest.OneByteReader(strings.NewReader(tt.wire)))
			}
			got, reusable, err := readResponse(input, tt.method, testLimits)
			if err != nil {
				t.Errorf("%s, %s: %v", tt.name, source, err)
				continue
			}
			if tt.want.Proto == "" {
				tt.want.Proto = "HTTP/1.1"
			}
			if diff := cmp.Diff(plainResponse(tt.want), plainResponse(*got)); diff != "" || reusable != tt.reusable {
				t.Errorf("%s, %s: reusable %v (-want +got)\n%s", tt.name, source, reusable, diff)
			}
		}
	}
}

// plainResponse shows what a test sent to itself.
func plainResponse(r evidence.Response) []string {
	lines := []string{r.Proto, string(rune('0'+r.Status/100)) + string(rune('0'+r.Status/10%10)) + string(rune('0'+r.Status%10)), string(r.Reason), string(r.Body), r.Cut}
	for _, f := range append(append(evidence.Fields{}, r.Header...), r.Trailer...) {
		lines = append(lines, f.Name+": "+string(f.Value))
	}
	if r.Declared >= 0 {
		lines = append(lines, "declared")
	}
	return lines
}

func TestReadResponseFails(t *testing.T) {
	tests := []struct {
		name, wire string
		want       error
	}{
		{"HTTP/0.9", "<html>hello</html>", errStatusLine},
		{"garbage", "\x00\x01\x02\r\n\r\n", errStatusLine},
		{"other version", "HTTP/2.0 200 OK\r\n\r\n", errStatusLine},
		{"letters for a status", "HTTP/1.1 abc OK\r\n\r\n", errStatusLine},
		{"signed status", "HTTP/1.1 +20 OK\r\n\r\n", errStatusLine},
		{"status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", errStatusLine},
		{"status below 100", "HTTP/1.1 099 OK\r\n\r\n", errStatusLine},
		{"status of ten digits", "HTTP/1.1 4815162342 OK\r\n\r\n", errStatusLine},
		{"no colon", "HTTP/1.1 200 OK\r\nA b\r\n\r\n", errFieldLine},
		{"space in the name", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", errFieldLine},
		{"no name", "HTTP/1.1 200 OK\r\n: b\r\n\r\n", errFieldLine},
		{"fold without a line", "HTTP/1.1 200 OK\r\n b\r\n\r\n", errFieldLine},
		{"head ends early", "HTTP/1.1 200 OK\r\nA: b\r\n", errHeadCut},
		{"length of letters", "HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n", errLength},
		{"negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", errLength},
		{"huge length", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", errLength},
		{"different lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na", errLength},
		{"chunk size of letters", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", errChunked},
		{"negative chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", errChunked},
		{"chunk without its end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n", errChunked},
		{"endless header", "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 500), errHeaderLimit},
		{"endless line", "HTTP/1.1 200 " + strings.Repeat("x", 5000), errHeaderLimit},
		{"endless interim responses", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 500), errHeaderLimit},
		{"endless trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("A: b\r\n", 500), errHeaderLimit},
	}
	for _, tt := range tests {
		_, reusable, err := readResponse(bufio.NewReader(strings.NewReader(tt.wire)), "GET", testLimits)
		if !errors.Is(err, tt.want) || reusable {
			t.Errorf("%s: %v, reusable %v; want %v", tt.name, err, reusable, tt.want)
		}
	}
}

// FuzzReadResponse feeds arbitrary bytes: reading must keep to its limits, and
// never take more than there is.
func FuzzReadResponse(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"HTTP/1.0 401 No\n\nabc", "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 204\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
	} {
		f.Add("GET", seed)
	}
	f.Fuzz(func(t *testing.T, method, wire string) {
		response, reusable, err := readResponse(bufio.NewReader(strings.NewReader(wire)), method, testLimits)
		if (response == nil) == (err == nil) {
			t.Fatal("neither a response nor an error, or both")
		}
		if err != nil {
			return
		}
		size := len(response.Body)
		for _, field := range append(response.Header, response.Trailer...) {
			if !isToken(field.Name) {
				t.Error("a field name is no token")
			}
			size += len(field.Name) + len(field.Value)
		}
		if size > len(wire) || len(response.Body) > testLimits.body || size > testLimits.body+testLimits.header {
			t.Error("more was read than there is, or than the limits allow")
		}
		if reusable && response.Cut != "" {
			t.Error("a connection with a cut body is called reusable")
		}
	})
}
