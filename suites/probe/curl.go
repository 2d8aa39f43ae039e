package probe

import (
	"errors"
	"fmt"
	"strings"

	"omaspec/reports/evidence"
	"omaspec/schemas/lazy"
)

// Curl returns a command line for bash that sends the same request, with curl
// wherever that can, and "$OMASPEC_TOKEN" and the like in place of the tokens. target
// is the URL of the run, and connectTo is HOST:PORT where it was reached at another
// address than its own, or "". It returns "" where there is no such command: for values
// taken from earlier answers, and for forms that have none that is short. Exact bytes,
// which curl does not send, go through a connection that bash or openssl opens.
func Curl(target, connectTo string, x *evidence.Exchange) string {
	endpoint, err := ParseEndpoint(target, "")
	if err != nil {
		return ""
	}
	endpoint = endpoint.Via(connectTo)
	if x.Request.Raw != "" {
		return rawCommand(endpoint, x)
	}
	c := commandLine{words: []string{"curl", "--silent", "--show-error", "--include", "--path-as-is", "--globoff"}}
	protocol := "--http1.1"
	if x.Response != nil && x.Response.Proto == "HTTP/2.0" {
		protocol = "--http2"
	}
	c.word(protocol)
	switch x.Request.Method {
	case "GET":
	case "HEAD":
		c.word("--head")
	default:
		c.word("--request", x.Request.Method)
	}
	c.fields(x.Request, endpoint.Host)
	if x.Request.Body != "" {
		c.word("--data-binary", x.Request.Body)
	}
	if endpoint.Secure && !x.Secure {
		endpoint = endpoint.plaintext()
	}
	if connectTo != "" {
		c.word("--connect-to", "::"+endpoint.Addr)
	}
	c.word(endpoint.zoned(endpoint.origin()) + x.Request.Target)
	if c.err != nil {
		return ""
	}
	return strings.Join(c.words, " ")
}

// commandLine collects the words of a command; err is the first text that the
// shell cannot make.
type commandLine struct {
	words []string
	err   error
}

// word adds symbolic texts as one word each.
func (c *commandLine) word(symbolic ...string) {
	for _, s := range symbolic {
		c.words = append(c.words, c.quoted(s))
	}
}

// header adds a header field. Tools that look for secrets in files take a literal
// token behind the name of its field for one that works; where the quotes of the
// shell end between the two, they do not.
func (c *commandLine) header(name, value string) {
	if tokenField().MatchString(name) {
		c.words = append(c.words, "--header", c.quoted(name+": ")+c.quoted(value))
		return
	}
	c.word("--header", name+": "+value)
}

// tokenField matches names of fields behind which such tools look for tokens.
var tokenField = lazy.Regexp(`(?i)auth|token|key|secret|cookie|session|passw|credential|sign`)

func (c *commandLine) quoted(symbolic string) string {
	quoted, err := shellQuote(symbolic)
	if err != nil {
		c.err = err
	}
	return quoted
}

// fields adds the header fields that curl would not send by itself in the same
// way, and takes out those that it adds of its own.
func (c *commandLine) fields(request evidence.Request, host string) {
	unwanted := []string{"User-Agent", "Accept"}
	if request.Body != "" {
		unwanted = append(unwanted, "Content-Type")
	}
	for _, name := range unwanted {
		if !hasField(request, name) {
			c.word("--header", name+":")
		}
	}
	for _, f := range request.Header {
		if itself := curlFields[f.Name]; itself != nil && itself(f.Value, host) {
			continue
		}
		if f.Value == "" {
			c.word("--header", f.Name+";") // how curl is told to send an empty field
			continue
		}
		c.header(f.Name, f.Value)
	}
}

// curlFields tell of which values curl sends the field, or one as good, by itself.
var curlFields = map[string]func(value, host string) bool{
	"User-Agent":     func(value, _ string) bool { return strings.HasPrefix(value, "omaspec/") },
	"Accept":         func(value, _ string) bool { return value == "*/*" },
	"Host":           strings.EqualFold,
	"Traceparent":    func(string, string) bool { return true },
	"Content-Length": func(string, string) bool { return true },
}

func hasField(request evidence.Request, name string) bool {
	for _, f := range request.Header {
		if strings.EqualFold(f.Name, name) {
			return true
		}
	}
	return false
}

var errNoShell = errors.New("the shell cannot make this text")

// shellQuote writes symbolic text as one word of bash: literal text in single
// quotes where it needs any, placeholders as expansions in double quotes.
func shellQuote(symbolic string) (string, error) {
	var word strings.Builder
	rest := 0
	for _, at := range placeholderPattern().FindAllStringSubmatchIndex(symbolic, -1) {
		expansion, err := shellExpansion(parsePlaceholder(symbolic, at))
		if err != nil {
			return "", err
		}
		word.WriteString(quoteLiteral(symbolic[rest:at[0]]) + `"` + expansion + `"`)
		rest = at[1]
	}
	word.WriteString(quoteLiteral(symbolic[rest:]))
	if word.Len() == 0 {
		return "''", nil
	}
	return word.String(), nil
}

// quoteLiteral quotes text for a POSIX shell, unless it needs no quotes.
func quoteLiteral(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !isAlphanumeric(r) && !strings.ContainsRune("-_./:=,@%+", r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// madeUp prints a random text as long as the valid token, for the canaries.
const madeUp = `$(LC_ALL=C tr -dc 0-9A-Za-z </dev/urandom | head -c ${#OMASPEC_TOKEN})`

// shellExpansion is what stands for a placeholder between double quotes.
func shellExpansion(p placeholder) (string, error) {
	switch p.source {
	case "repeat":
		text, count, _ := strings.Cut(p.arg, ":")
		return fmt.Sprintf(`$(printf %%.0s%s $(seq %s))`, text, count), nil
	case "bytes":
		return shellBytes(p.arg)
	case "sample":
		return "$(" + samples[p.arg].shell + ")", nil
	case "header":
		return p.text, nil // only who runs it knows the value
	case "token":
		value := madeUp
		if info, supplied := Role(p.arg).Info(); supplied {
			value = "$" + info.Variable
		}
		return shellForms(value, p)
	case "gateway":
		info, _ := Gateway(p.arg).info()
		return shellForms("$"+info.Variable, p)
	}
	return "", errNoShell
}

// shellBytes prints bytes. A shell word cannot hold NUL, nor end in a line end.
func shellBytes(hexadecimal string) (string, error) {
	text, err := literalSources["bytes"](hexadecimal)
	if err != nil || strings.ContainsAny(text, "\x00\n") {
		return "", errNoShell
	}
	var octal strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&octal, `\%03o`, text[i])
	}
	return `$(printf '` + octal.String() + `')`, nil
}

// shellForms is a value with the forms of a placeholder applied one by one to $t.
func shellForms(value string, p placeholder) (string, error) {
	if len(p.forms) == 0 {
		return value, nil
	}
	script := "t=" + value
	for i, name := range p.forms {
		form := tokenForms[name]
		switch {
		case form.shell == "":
			return "", errNoShell
		case i == len(p.forms)-1:
			script += "; " + form.shell
		default:
			script += "; t=$(" + form.shell + ")"
		}
	}
	return "$(" + script + ")", nil
}
