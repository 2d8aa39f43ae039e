package probe

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"omaspec/fixtures/golden"
	"omaspec/reports/evidence"
)

var traceparentField = regexp.MustCompile(`Traceparent: 00-([0-9a-f]{32})-[0-9a-f]{16}-01`)

// everyField is what every request has, which the golden file writes as {own}.
const everyField = "User-Agent: omaspec/test\r\nAccept: */*\r\nTraceparent: {traceparent}\r\n"

// TestWireGolden sends every probe of every group to a server that records what
// it gets, and compares the bytes with a golden file, in which the tokens stand
// as placeholders again.
func TestWireGolden(t *testing.T) {
	server := record(t, answer)
	wallet := newTestWallet(t)
	plan := planFor(t, server.endpoint(t), allGroups()...)
	g, err := Run(context.Background(), Config{Version: "test"}, wallet, plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	sent := map[string]*evidence.Exchange{}
	for _, x := range g.Exchanges {
		if x.Failure != nil {
			t.Errorf("%s: %s", x.ID(), x.Failure.Text)
		}
		sent[x.Trace] = x
	}
	wire := map[string]string{}
	for _, r := range server.take() {
		m := traceparentField.FindStringSubmatch(r.text)
		if m == nil {
			t.Fatal("a request has no traceparent")
		}
		x := sent[m[1]]
		if wire[x.ID()] != "" {
			t.Errorf("%s came twice", x.ID())
		}
		wire[x.ID()] = symbolic(t, wallet, x, server.Addr().String(), r.text)
	}
	var b strings.Builder
	for _, x := range g.Exchanges {
		fmt.Fprintf(&b, "%s\t%s\n", x.ID(), wire[x.ID()])
	}
	for _, u := range g.Unsent {
		fmt.Fprintf(&b, "%s\tunsent: %s: %s\n", u.Probe, u.Kind, u.Reason)
	}
	golden.Compare(t, "testdata/wire.golden", []byte(b.String()))
}

// symbolic turns the bytes of a request back into the placeholders that its
// exchange says it was made of, the longest values first.
func symbolic(t *testing.T, wallet *Wallet, x *evidence.Exchange, host, wire string) string {
	t.Helper()
	var found []placeholder
	for _, text := range append([]string{x.Request.Target, x.Request.Body}, fieldValues(x.Request)...) {
		for _, p := range placeholders(text) {
			if p.source == "token" || p.source == "repeat" {
				found = append(found, p)
			}
		}
	}
	values := map[string]string{}
	for _, p := range found {
		value, err := wallet.value(p)
		if err != nil {
			t.Fatal(err)
		}
		values[p.text] = value
	}
	texts := slices.SortedFunc(maps.Keys(values), func(a, b string) int { return len(values[b]) - len(values[a]) })
	for _, text := range texts {
		wire = strings.ReplaceAll(wire, values[text], text)
	}
	wire = regexp.MustCompile(`([a-z-]+)-`+wallet.nonce).ReplaceAllString(wire, "{unique:$1}")
	wire = traceparentField.ReplaceAllString(wire, "Traceparent: {traceparent}")
	wire = strings.NewReplacer(host, "{host}", DefaultPath, "{path}", everyField, "{own}\r\n").Replace(wire)
	return strings.Trim(strconv.QuoteToASCII(wire), `"`)
}

func fieldValues(r evidence.Request) []string {
	var values []string
	for _, f := range r.Header {
		values = append(values, f.Value)
	}
	return values
}
