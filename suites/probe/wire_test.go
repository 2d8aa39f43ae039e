package probe

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"omaspec/reports/evidence"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var traceparentField = regexp.MustCompile(`Traceparent: 00-([0-9a-f]{32})-[0-9a-f]{16}-01`)

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
	var golden strings.Builder
	for _, x := range g.Exchanges {
		fmt.Fprintf(&golden, "%s\t%s\n", x.ID(), wire[x.ID()])
	}
	for _, u := range g.Unsent {
		fmt.Fprintf(&golden, "%s\tunsent: %s: %s\n", u.Probe, u.Kind, u.Reason)
	}
	compareGolden(t, "testdata/wire.golden", golden.String())
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
	wire = strings.NewReplacer(host, "{host}", DefaultPath, "{path}").Replace(wire)
	return strings.Trim(strconv.QuoteToASCII(wire), `"`)
}

func fieldValues(r evidence.Request) []string {
	var values []string
	for _, f := range r.Header {
		values = append(values, f.Value)
	}
	return values
}

func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wantLines, gotLines := strings.Split(string(want), "\n"), strings.Split(got, "\n")
	for i := range max(len(wantLines), len(gotLines)) {
		w, g := lineAt(wantLines, i), lineAt(gotLines, i)
		if w != g {
			t.Fatalf("%s:%d (go test -update rewrites it)\nwant %s\ngot  %s", file, i+1, w, g)
		}
	}
}

func lineAt(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(no line)"
}
