package probe

import (
	"bufio"
	"errors"
	"io"
	"strconv"
	"strings"

	"omaspec/reports/evidence"
)

// head is a status line and header section.
type head struct {
	proto  string
	status int
	reason string
	fields evidence.Fields
}

// limits bound what is read of one response, in bytes.
type limits struct{ header, body int }

// readResponse reads one response to a request with this method (RFC 9112 6.3).
// Interim responses are passed over; they count towards the limit of the header
// section. reusable tells whether the connection may carry another request. A
// body that could not be read to its end is kept as far as it came.
func readResponse(r *bufio.Reader, method string, limit limits) (response *evidence.Response, reusable bool, err error) {
	budget := limit.header
	var h head
	for {
		if h, err = readHead(r, &budget); err != nil {
			return nil, false, err
		}
		if h.status >= 200 || h.status == 101 {
			break
		}
	}
	declared, err := declaredLength(h.fields)
	if err != nil {
		return nil, false, err
	}
	response = &evidence.Response{Proto: h.proto, Status: h.status, Reason: evidence.Sensitive(h.reason),
		Header: h.fields, Declared: declared}
	b := bodyReader{r: r, limit: limit.body, overhead: limit.header + limit.body}
	delimited := true
	coding := transferCoding(h.fields)
	switch {
	case method == "HEAD" || h.status == 204 || h.status == 304 || h.status == 101:
	case lastListItem(coding) == "chunked":
		response.Trailer, err = b.chunked(&budget)
	case coding == "" && declared >= 0:
		b.take(declared)
	default:
		delimited = false
		b.untilClose()
	}
	if err != nil {
		return nil, false, err
	}
	response.Body, response.Cut = kept(b.body, b.cut), b.cut
	return response, delimited && b.cut == "" && h.persistent(), nil
}

// transferCoding lists the transfer codings of a message. The coding identity is none
// (RFC 2616 3.6; RFC 9112 dropped it), and servers still name it.
func transferCoding(fields evidence.Fields) string {
	var codings []string
	for item := range strings.SplitSeq(strings.ToLower(strings.Join(fields.Values("Transfer-Encoding"), ",")), ",") {
		if item = strings.TrimSpace(item); item != "" && item != "identity" {
			codings = append(codings, item)
		}
	}
	return strings.Join(codings, ",")
}

// keptOfTooMuch is how much is kept of a body that is larger than the limit: it
// is refused for its size, and a target that sends such bodies sends many.
const keptOfTooMuch = 64 << 10

// kept is what is kept of a body that was read.
func kept(body []byte, cut string) evidence.Sensitive {
	if cut == "limit" && len(body) > keptOfTooMuch {
		body = body[:keptOfTooMuch]
	}
	return evidence.Sensitive(body)
}

// readHead reads a status line and the field lines after it. budget is what is
// left of the limit of the header section.
func readHead(r *bufio.Reader, budget *int) (head, error) {
	line, err := readLine(r, budget)
	if err != nil {
		if errors.Is(err, io.EOF) && line != "" {
			err = errStatusLine
		}
		return head{}, err
	}
	proto, rest, _ := strings.Cut(line, " ")
	code, reason, _ := strings.Cut(rest, " ")
	status, err := strconv.Atoi(code)
	if err != nil || len(code) != 3 || !evidence.IsStatus(status) || proto != "HTTP/1.1" && proto != "HTTP/1.0" {
		return head{}, errStatusLine
	}
	fields, err := readFields(r, budget)
	if errors.Is(err, io.EOF) {
		err = errHeadCut
	}
	return head{proto, status, reason, fields}, err
}

// readFields reads field lines up to the empty line (RFC 9112 5). A folded line
// is joined to the one before with a space.
func readFields(r *bufio.Reader, budget *int) (evidence.Fields, error) {
	var fields evidence.Fields
	for {
		line, err := readLine(r, budget)
		if err != nil || line == "" {
			return fields, err
		}
		if line[0] == ' ' || line[0] == '\t' {
			if len(fields) == 0 {
				return nil, errFieldLine
			}
			last := &fields[len(fields)-1]
			last.Value += evidence.Sensitive(" " + strings.Trim(line, " \t"))
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || !isToken(name) {
			return nil, errFieldLine
		}
		fields = append(fields, evidence.Field{Name: name, Value: evidence.Sensitive(strings.Trim(value, " \t"))})
	}
}

// readLine reads to the next line feed and returns the line without its end. At
// the end of the input it returns io.EOF with what there was of a line.
func readLine(r *bufio.Reader, budget *int) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if *budget -= len(part); *budget < 0 {
			return "", errHeaderLimit
		}
		if err == nil {
			return strings.TrimSuffix(string(line[:len(line)-1]), "\r"), nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return string(line), err
		}
	}
}

// declaredLength is the Content-Length, or -1 without one. Several equal values
// are one (RFC 9110 8.6).
func declaredLength(fields evidence.Fields) (int64, error) {
	declared := int64(-1)
	for _, line := range fields.Values("Content-Length") {
		for item := range strings.SplitSeq(line, ",") {
			n, err := strconv.ParseUint(strings.Trim(item, " \t"), 10, 63)
			if err != nil || declared >= 0 && declared != int64(n) {
				return 0, errLength
			}
			declared = int64(n)
		}
	}
	return declared, nil
}

// persistent tells whether the target keeps the connection (RFC 9112 9.3).
func (h head) persistent() bool {
	options := "," + strings.ToLower(strings.Join(h.fields.Values("Connection"), ",")) + ","
	options = strings.ReplaceAll(strings.ReplaceAll(options, " ", ""), "\t", "")
	if strings.Contains(options, ",close,") || h.status == 101 {
		return false
	}
	return h.proto == "HTTP/1.1" || strings.Contains(options, ",keep-alive,")
}

func lastListItem(list string) string {
	return strings.Trim(list[strings.LastIndex(list, ",")+1:], " \t")
}

// bodyReader reads a body and remembers why it is not whole. Only a broken chunked
// coding is an error: no body can be made out of it.
type bodyReader struct {
	r     *bufio.Reader
	limit int
	// overhead is what is left for the lines of the chunked coding.
	overhead int
	body     []byte
	cut      string
}

// untilClose reads a body that ends with the connection.
func (b *bodyReader) untilClose() {
	room := b.limit - len(b.body)
	got, err := io.ReadAll(io.LimitReader(b.r, int64(room)+1))
	b.body = append(b.body, got[:min(len(got), room)]...)
	switch {
	case len(got) > room:
		b.cut = "limit"
	case err != nil:
		b.cut = cutBy(err)
	}
}

// chunked reads a body in the chunked coding (RFC 9112 7.1) and its trailers.
func (b *bodyReader) chunked(budget *int) (evidence.Fields, error) {
	for {
		line, err := readLine(b.r, &b.overhead)
		if err != nil {
			b.cut = cutBy(err)
			return nil, nil
		}
		digits, _, _ := strings.Cut(line, ";")
		size, err := strconv.ParseUint(strings.Trim(digits, " \t"), 16, 63)
		if err != nil {
			return nil, errChunked
		}
		if size == 0 {
			return b.trailer(budget)
		}
		if !b.take(int64(size)) {
			return nil, nil
		}
		line, err = readLine(b.r, &b.overhead)
		if err != nil {
			b.cut = cutBy(err)
			return nil, nil
		}
		if line != "" {
			return nil, errChunked
		}
	}
}

// trailer reads the fields after the last chunk.
func (b *bodyReader) trailer(budget *int) (evidence.Fields, error) {
	fields, err := readFields(b.r, budget)
	var ours *failure
	if err == nil || errors.As(err, &ours) {
		return fields, err
	}
	b.cut = cutBy(err)
	return fields, nil
}

// take reads n bytes into the body, within the limit, and tells whether all came.
func (b *bodyReader) take(n int64) bool {
	room := int64(b.limit - len(b.body))
	want := min(n, room)
	got, err := io.ReadAll(io.LimitReader(b.r, want))
	b.body = append(b.body, got...)
	switch {
	case err != nil:
		b.cut = cutBy(err)
	case int64(len(got)) < want:
		b.cut = "short"
	case n > room:
		b.cut = "limit"
	}
	return b.cut == ""
}

// cutBy is what an error while reading a body makes of it.
func cutBy(err error) string {
	switch {
	case isTimeout(err):
		return "timeout"
	case errors.Is(err, errHeaderLimit):
		return "limit" // of the lines between chunks
	}
	return "short"
}
