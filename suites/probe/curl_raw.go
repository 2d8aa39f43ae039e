package probe

import (
	"fmt"
	"net"
	"strings"

	"omaspec/reports/evidence"
)

// rawCommand is a command line for bash that sends the exact bytes of a raw probe, or
// "". Steps that went out in one write cannot be sent one by one.
func rawCommand(endpoint Endpoint, x *evidence.Exchange) string {
	host, port, err := net.SplitHostPort(endpoint.Addr)
	if err != nil || x.Step > 0 {
		return ""
	}
	printf, err := shellPrintf(withoutTrace(x.Request.Raw))
	switch {
	case err != nil:
		return ""
	case x.Secure:
		return printf + " | openssl s_client -quiet -alpn http/1.1 -servername " + quoteLiteral(endpoint.hostname()) + " -connect " + quoteLiteral(endpoint.Addr)
	}
	return "(exec 3<>" + quoteLiteral("/dev/tcp/"+host+"/"+port) + " && " + printf + " >&3 && cat <&3)"
}

// withoutTrace leaves out the trace of the run.
func withoutTrace(raw string) string {
	head, rest, found := strings.Cut(raw, "Traceparent: ")
	if !found {
		return raw
	}
	_, rest, _ = strings.Cut(rest, "\r\n")
	return head + rest
}

// shellPrintf is a command of bash that prints symbolic text byte by byte: what is
// literal in the format, and placeholders as its arguments.
func shellPrintf(symbolic string) (string, error) {
	var format, arguments strings.Builder
	rest := 0
	for _, at := range placeholderPattern().FindAllStringSubmatchIndex(symbolic, -1) {
		format.WriteString(octal(symbolic[rest:at[0]]))
		rest = at[1]
		p := parsePlaceholder(symbolic, at)
		if p.source == "bytes" {
			text, err := literalSources["bytes"](p.arg)
			if err != nil {
				return "", err
			}
			format.WriteString(octal(text))
			continue
		}
		expansion, err := shellExpansion(p)
		if err != nil {
			return "", err
		}
		format.WriteString("%s")
		arguments.WriteString(` "` + expansion + `"`)
	}
	format.WriteString(octal(symbolic[rest:]))
	return "printf '" + format.String() + "'" + arguments.String(), nil
}

// octal writes text as a format of printf between single quotes.
func octal(text string) string {
	var b strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\r':
			b.WriteString(`\r`)
		case c == '\n':
			b.WriteString(`\n`)
		case c == '%':
			b.WriteString("%%")
		case c < ' ' || c > '~' || c == '\'' || c == '\\':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
