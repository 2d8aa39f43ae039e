package probe

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"omaspec/reports/evidence"
)

func TestCurl(t *testing.T) {
	const target = "https://oma.example:8443" + DefaultPath
	request := func(method string, fields ...evidence.RequestField) *evidence.Exchange {
		header := append([]evidence.RequestField{field("Host", "oma.example:8443")}, fields...)
		return &evidence.Exchange{Secure: true, Request: evidence.Request{Method: method, Target: DefaultPath + "?a=b", Header: append(header,
			field("User-Agent", "omaspec/1"), field("Accept", "*/*"), field("Traceparent", "00-1-2-01"))}}
	}
	const start = "curl --silent --show-error --include --path-as-is --globoff --http1.1 "
	const end = " 'https://oma.example:8443" + DefaultPath + "?a=b'"
	plain := request("GET")
	plain.Secure = false
	second := request("GET")
	second.Response = &evidence.Response{Proto: "HTTP/2.0"}
	body := request("POST", field("Content-Length", "2"))
	body.Request.Body = "{}"
	raw := request("GET")
	raw.Request.Raw = "GET / HTTP/1.1\r\nA: it's 100% {bytes:e900}{token:valid|reversed}\r\nTraceparent: 00-1-2-01\r\n\r\n"
	together := &evidence.Exchange{Step: 2, Secure: true, Request: raw.Request}
	bare := &evidence.Exchange{Secure: true, Request: evidence.Request{Method: "GET", Target: DefaultPath + "?a=b", Header: request("GET").Request.Header[:1]}}
	tests := []struct {
		name string
		x    *evidence.Exchange
		want string
	}{
		{"token", request("GET", field(TokenField, "{token:valid}")), start + `--header 'X-Auth-Token: '"$OMASPEC_TOKEN"` + end},
		{"form", request("GET", field(TokenField, "x{token:expired|first-8}")),
			start + `--header 'X-Auth-Token: 'x"$(t=$OMASPEC_TOKEN_EXPIRED; printf %s "${t:0:8}")"` + end},
		{"two forms", request("GET", field(TokenField, "{token:valid|first-8|reversed}")),
			start + `--header 'X-Auth-Token: '"$(t=$OMASPEC_TOKEN; t=$(printf %s "${t:0:8}"); printf %s "$t" | rev)"` + end},
		{"canary", request("GET", field(TokenField, "{token:canary}")), start + `--header 'X-Auth-Token: '"` + madeUp + `"` + end},
		{"quotes", request("GET", field(TokenField, "' OR '1'='1")), start + `--header 'X-Auth-Token: '''\'' OR '\''1'\''='\''1'` + end},
		{"dollar", request("GET", field(TokenField, "${jndi:x}`id`")), start + "--header 'X-Auth-Token: ''${jndi:x}`id`'" + end},
		{"empty", request("GET", field(TokenField, "")), start + `--header 'X-Auth-Token;'` + end},
		{"own Accept", request("GET", field("Accept", "text/html")), start + `--header 'Accept: text/html'` + end},
		{"foreign Host", request("GET", field("Host", "evil.example")), start + `--header 'Host: evil.example'` + end},
		{"bytes", request("GET", field(TokenField, "a{bytes:e9}")), start + `--header 'X-Auth-Token: 'a"$(printf '\351')"` + end},
		{"repeat", request("GET", field(TokenField, "{repeat:A:3}")), start + `--header 'X-Auth-Token: '"$(printf %.0sA $(seq 3))"` + end},
		{"a literal that could be a token", request("GET", field(TokenField, "../../etc/passwd")), start + `--header 'X-Auth-Token: '../../etc/passwd` + end},
		{"a literal of another scheme", request("GET", field("Authorization", "Basic YWRtaW46YWRtaW4=")), start + `--header 'Authorization: ''Basic YWRtaW46YWRtaW4='` + end},
		{"sample", request("GET", field(TokenField, "{sample:page}")), start + `--header 'X-Auth-Token: '"$(printf %s 0000000000 srLl4pnoBc '*************' 9DvgIB87KzYp xMdE9+vvzLZqYIw=)"` + end},
		{"HEAD", request("HEAD"), start + `--head` + end},
		{"body", body, start + `--request POST --header Content-Type: --data-binary '{}'` + end},
		{"HTTP/2", second, strings.Replace(start, "--http1.1 ", "--http2", 1) + end},
		{"plain http", plain, strings.TrimSpace(start) + strings.Replace(end, "https", "http", 1)},
		{"configured field", request("GET", field("X-Key", "{header:X-Key}")), start + `--header 'X-Key: '"{header:X-Key}"` + end},
		{"no field of its own", bare, start + "--header User-Agent: --header Accept:" + end},
		{"another User-Agent", request("GET", field("User-Agent", "it's mine/2")), start + `--header 'User-Agent: it'\''s mine/2'` + end},
		{"gateway, basic", request("GET", field("Authorization", "Basic {gateway:basic|base64}")),
			start + `--header 'Authorization: ''Basic '"$(t=$OMASPEC_GATEWAY_BASIC; printf %s "$t" | base64 | tr -d '\n')"` + end},
		{"gateway, cookie", request("GET", field("Cookie", "{gateway:cookie}; a={token:valid}")),
			start + `--header 'Cookie: '"$OMASPEC_GATEWAY_COOKIE"'; a='"$OMASPEC_TOKEN"` + end},
		{"raw", raw, `printf 'GET / HTTP/1.1\r\nA: it\047s 100%% \351\000%s\r\n\r\n' "$(t=$OMASPEC_TOKEN; printf %s "$t" | rev)" | openssl s_client -quiet -alpn http/1.1 -servername oma.example -connect oma.example:8443`},
		{"raw, in one write with others", together, ""},
		{"entity tag", request("GET", field("If-None-Match", "{etag:V01}")), ""},
		{"form without a command", request("GET", field(TokenField, "{token:valid|jwt-unsigned}")), ""},
		{"NUL", request("GET", field(TokenField, "{bytes:00}")), ""},
	}
	for _, tt := range tests {
		if got := Curl(target, "", tt.x); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

// TestCurlConnectTo wants the command to go where the request went, and to name the
// target.
func TestCurlConnectTo(t *testing.T) {
	for _, test := range []struct {
		target, connectTo string
		secure            bool
		want              string // the end of it
	}{
		{"https://oma.example", "10.0.0.7:8443", true, " --connect-to ::10.0.0.7:8443 https://oma.example/x"},
		{"https://oma.example", "10.0.0.7:443", false, " --connect-to ::10.0.0.7:80 http://oma.example/x"},
		{"http://oma.example:81", "[::1]:80", false, " --connect-to '::[::1]:80' http://oma.example:81/x"},
		{"http://[fe80::1%25eth0]:80", "", false, " 'http://[fe80::1%25eth0]:80/x'"},
	} {
		x := &evidence.Exchange{Secure: test.secure, Request: evidence.Request{Method: "GET", Target: "/x", Header: []evidence.RequestField{field("Host", endpointOf(t, test.target).Host)}}}
		if got := Curl(test.target, test.connectTo, x); !strings.HasSuffix(got, test.want) || strings.Contains(got, "Host:") {
			t.Errorf("%s by %s: %s", test.target, test.connectTo, got)
		}
	}
}

// bash runs a script with the tokens of newTestWallet in the environment.
func bash(t *testing.T, script string) string {
	t.Helper()
	command := exec.Command("bash", "-c", script)
	command.Env = append(command.Environ(), "LC_ALL=C", "no_proxy=*")
	secrets := newTestWallet(t).Secrets()
	for _, info := range Roles {
		command.Env = append(command.Env, info.Variable+"="+secrets[info.Role.Placeholder()])
	}
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("bash: %v", err)
	}
	return string(out)
}

func needs(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skipf("%s is not installed here", p)
		}
	}
}

// TestShellForms runs the bash command of every form that has one.
func TestShellForms(t *testing.T) {
	needs(t, "bash", "rev", "tr", "base64")
	w := newTestWallet(t)
	var script, want strings.Builder
	for name, f := range tokenForms {
		if f.shell == "" {
			continue
		}
		symbolic := "{token:valid|" + name + "}"
		value, err := w.expand(symbolic)
		if err != nil {
			continue
		}
		word, err := shellQuote(symbolic)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		fmt.Fprintf(&script, "printf '%%s %%s\\n' %s %s\n", name, word)
		fmt.Fprintf(&want, "%s %s\n", name, value)
	}
	if got := bash(t, script.String()); got != want.String() {
		t.Errorf("the shell makes other texts:\n%s\nwant\n%s", got, want.String())
	}
}

// TestShellSamples runs the bash command of every sample, and wants it to hold
// nothing that looks like the sample.
func TestShellSamples(t *testing.T) {
	needs(t, "bash", "base64", "tr")
	for name, s := range samples {
		word, err := shellQuote("{sample:" + name + "}")
		if err != nil {
			t.Fatal(err)
		}
		if got := bash(t, "printf %s "+word); got != s.value {
			t.Errorf("%s: the shell makes %q, want %q", name, got, s.value)
		}
		if strings.Contains(word, s.value[:16]) {
			t.Errorf("%s: the command quotes the beginning of the sample", name)
		}
	}
}

// TestCurlSendsTheSame runs the curl lines of the default plan against the server
// that recorded the original requests, and compares. A process takes ten lines, since
// it takes longer to start than to send them: --next gives each its own options.
func TestCurlSendsTheSame(t *testing.T) {
	needs(t, "bash", "curl", "rev", "tr", "base64", "seq", "head")
	server := record(t, answer)
	g, err := Run(context.Background(), Config{}, newTestWallet(t), planFor(t, server.endpoint(t), GroupHostile, GroupTokenInURL, GroupUnsafeMethods), nil)
	if err != nil {
		t.Fatal(err)
	}
	original := map[string]string{}
	for _, r := range server.take() {
		original[traceparentField.FindStringSubmatch(r.text)[1]] = r.text
	}
	var lines []string
	var compared []*evidence.Exchange
	raw := 0
	for _, x := range g.Exchanges {
		random := strings.Contains(fmt.Sprint(x.Request), "{token:canary")
		line := Curl(server.url(), "", x)
		if line == "" || random || x.Probe == "L07" {
			continue
		}
		if x.Request.Raw != "" {
			bash(t, line)
			sent := server.take()
			want := traceparentField.ReplaceAllString(original[x.Trace], "\x00")
			if want = strings.Replace(want, "\x00\r\n", "", 1); len(sent) != 1 || sent[0].text != want {
				t.Errorf("%s: its command sends something else: %q", x, line)
			}
			raw++
			continue
		}
		lines = append(lines, strings.TrimPrefix(line, "curl ")+" --max-time 10")
		compared = append(compared, x)
	}
	var script strings.Builder
	for some := range slices.Chunk(lines, 10) {
		script.WriteString("curl --fail-early " + strings.Join(some, " --next ") + " >/dev/null || exit 1\n")
	}
	bash(t, script.String())
	requests := server.take()
	if raw < 5 {
		t.Errorf("only %d commands for exact bytes were compared", raw)
	}
	if len(requests) != len(compared) || len(compared) < 60 {
		t.Fatalf("%d requests came for %d lines", len(requests), len(compared))
	}
	for i, x := range compared {
		got, want := sortedLines(requests[i].text), sortedLines(original[x.Trace])
		if !slices.Equal(got, want) {
			t.Errorf("%s: curl sends %d lines that are not the same", x, len(got))
			for j := range got {
				if j >= len(want) || got[j] != want[j] {
					t.Logf("line %d differs", j+1)
				}
			}
		}
	}
}

var ours = regexp.MustCompile(`(?i)^(user-agent|traceparent|content-length): `)

// sortedLines is a request without the fields that differ for good reasons, and in
// no order.
func sortedLines(request string) []string {
	request = strings.ReplaceAll(request, ": \r\n", ":\r\n") // an empty field
	lines := slices.DeleteFunc(strings.Split(request, "\r\n"), ours.MatchString)
	slices.Sort(lines)
	return lines
}
