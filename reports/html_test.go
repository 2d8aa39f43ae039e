package reports

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"omaspec/fixtures/golden"
	"omaspec/reports/evidence"
	"omaspec/schemas"
)

func pageText(t testing.TB, run *Run, bodies map[string]Excerpt) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteHTML(&b, run, bodies); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func parsed(t testing.TB, text []byte) *html.Node {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// elements collects every element in document order.
func elements(doc *html.Node) []*html.Node {
	var out []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			out = append(out, n)
		}
	}
	return out
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// TestHTML shows what a reader with neither script nor style gets, in the tree of
// elements that it comes in: a page that has every part, and the head of one that
// has little to tell.
func TestHTML(t *testing.T) {
	run := failing()
	run.Requirements[5].Outcome, run.Requirements[5].Reason = schemas.NotApplicable, "The target has no tokens."
	bodies := map[string]Excerpt{"V01": {Text: "{\n  \"mobilePhone\": \"15312340991\"\n}", Size: 33}}
	for name, text := range map[string][]byte{"failing": pageText(t, sealed(run), bodies), "conformant": pageText(t, conformingRun(), nil)} {
		doc := parsed(t, text)
		for _, n := range elements(doc) {
			switch n.Data {
			case "style", "script": // files of their own
				n.FirstChild.Data = ""
			case "meta": // the policy holds their digests
				n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "content" })
			case "header":
				if name == "conformant" {
					doc = n
				}
			}
		}
		var b strings.Builder
		outline(t, &b, doc, 0)
		golden.Compare(t, "testdata/html/"+name+".html", []byte(strings.TrimPrefix(b.String(), "\n")+"\n"))
	}
}

// outline writes the children of a node: each that fits into one line, and each row
// of a table, as one line, and the others with their children on lines of their own.
func outline(t testing.TB, b *strings.Builder, n *html.Node, depth int) {
	t.Helper()
	indent := "\n" + strings.Repeat(" ", depth)
	for c := range n.ChildNodes() {
		var whole strings.Builder
		if err := html.Render(&whole, c); err != nil {
			t.Fatal(err)
		}
		text := strings.TrimSpace(whole.String())
		line := strings.Join(strings.Fields(text), " ")
		switch {
		case line == "":
		case n.Data == "pre":
			b.WriteString(indent + strings.ReplaceAll(text, "\n", indent))
		case c.Type != html.ElementNode || c.Data == "tr" || len(line) <= 160 && c.Data != "pre":
			b.WriteString(indent + line)
		default:
			begin, _, _ := strings.Cut(line, ">")
			b.WriteString(indent + begin + ">")
			outline(t, b, c, depth+1)
		}
	}
}

func hostileBodies(run *Run, text string) map[string]Excerpt {
	bodies := map[string]Excerpt{}
	for _, x := range run.Exchanges {
		bodies[x.ID] = Excerpt{Text: text, Size: len(text)}
	}
	return bodies
}

// kinds counts the elements by their name, the names of their attributes, and the
// values of those attributes that never come from a record.
func kinds(doc *html.Node) map[string]int {
	out := map[string]int{}
	for _, n := range elements(doc) {
		kind := n.Data
		for _, a := range n.Attr {
			kind += " " + a.Key
			switch a.Key {
			case "aria-label", "content", "d":
			default:
				kind += "=" + a.Val
			}
		}
		out[kind]++
	}
	return out
}

// TestHTMLIsHarmless wants the page's own elements only, and nothing invisible.
func TestHTMLIsHarmless(t *testing.T) {
	harmless := poisonedBy("nothing")
	want := kinds(parsed(t, pageText(t, harmless, hostileBodies(harmless, "nothing"))))
	for _, a := range attacks() {
		t.Run(a.name, func(t *testing.T) {
			page := pageText(t, a.run, hostileBodies(a.run, a.text))
			if diff := cmp.Diff(want, kinds(parsed(t, page))); diff != "" {
				t.Errorf("elements differ (-harmless +hostile):\n%s", diff)
			}
			if !utf8.Valid(page) {
				t.Error("the page is not UTF-8")
			}
			for _, r := range string(page) {
				if r != '\n' && !visible(r) {
					t.Fatalf("the page has %U", r)
				}
			}
		})
	}
}

// TestHTMLOfALongLine puts 120 KB into every text, several times of what the page
// shows of any.
func TestHTMLOfALongLine(t *testing.T) {
	long := strings.Repeat("<x\u202e>", 20<<10)
	run := poisoned(func() string { return long })
	text := pageText(t, run, hostileBodies(run, long))
	if len(text) > 1<<20 {
		t.Errorf("the page has %d bytes", len(text))
	}
	for n := range parsed(t, text).Descendants() {
		if n.Data == "x" {
			t.Fatal("there is an element that came from the record")
		}
		if len(n.Data) > 64<<10 {
			t.Errorf("a text of the page has %d bytes", len(n.Data))
		}
		for _, a := range n.Attr {
			if len(a.Val) > 16<<10 {
				t.Errorf("%s of <%s> has %d bytes", a.Key, n.Data, len(a.Val))
			}
		}
	}
}

func TestHTMLPolicy(t *testing.T) {
	doc := parsed(t, pageText(t, failingRun(), nil))
	inline := map[string][]string{}
	policy := ""
	for _, n := range elements(doc) {
		switch n.Data {
		case "style", "script":
			inline[n.Data] = append(inline[n.Data], textOf(n))
		case "meta":
			if attribute(n, "http-equiv") == "Content-Security-Policy" {
				policy = attribute(n, "content")
			}
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s> has the attribute %s", n.Data, a.Key)
			}
		}
	}
	if len(inline["style"]) != 1 || len(inline["script"]) != 1 {
		t.Fatalf("there are %d style and %d script elements", len(inline["style"]), len(inline["script"]))
	}
	want := fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; img-src data:; base-uri 'none'; form-action 'none'",
		digestSource(inline["style"][0]), digestSource(inline["script"][0]))
	if policy != want {
		t.Errorf("the policy is\n%s, want\n%s", policy, want)
	}
}

// TestDigestSource has the example of CSP Level 3, 8.3.
func TestDigestSource(t *testing.T) {
	if got, want := digestSource("alert('Hello, world.');"), "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestHTMLRefersToItselfOnly(t *testing.T) {
	for name, run := range samples() {
		t.Run(name, func(t *testing.T) {
			ids := map[string]int{}
			all := elements(parsed(t, pageText(t, run, hostileBodies(run, "{}"))))
			for _, n := range all {
				if id := attribute(n, "id"); id != "" {
					ids[id]++
				}
			}
			for id, n := range ids {
				if n > 1 {
					t.Errorf("the id %s is there %d times", id, n)
				}
			}
			for _, n := range all {
				for _, a := range n.Attr {
					switch a.Key {
					case "href", "aria-labelledby":
						if ids[strings.TrimPrefix(a.Val, "#")] == 0 || a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
							t.Errorf("<%s %s=%q> leads nowhere", n.Data, a.Key, a.Val)
						}
					case "src", "srcset", "data", "action", "background", "poster":
						t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
					}
				}
			}
		})
	}
	for what, pattern := range map[string]string{
		htmlStyle:  `url\(|@import|https?:`,
		htmlScript: `innerHTML|outerHTML|insertAdjacent|document\.write|eval|Function\(|fetch|XMLHttp|https?:`,
	} {
		if found := regexp.MustCompile(pattern).FindString(what); found != "" {
			t.Errorf("%q must not be there", found)
		}
	}
}

func TestHTMLSizes(t *testing.T) {
	if len(htmlScript) > 6<<10 {
		t.Errorf("the script has %d bytes", len(htmlScript))
	}
	run := largestRun()
	bodies := hostileBodies(run, strings.Repeat(`{"mobilePhone":"15312340991"}`, 2000))
	text := pageText(t, run, bodies)
	if len(text) > 2<<20 {
		t.Errorf("the page has %d bytes", len(text))
	}
	if n := strings.Count(string(text), "<article"); n != 120 {
		t.Errorf("the page tells %d violations", n)
	}
	if !strings.Contains(string(text), "left out to keep this page short") {
		t.Error("the page does not say that bodies were left out")
	}
}

// largestRun violates 120 requirements with 20 findings each in 300 exchanges.
func largestRun() *Run {
	run := failing()
	run.Exchanges = nil
	for i := range 300 {
		run.Exchanges = append(run.Exchanges, sampleExchange(fmt.Sprintf("M%03d.x-access-token", i), i))
	}
	base := run.Requirements[4]
	run.Requirements = nil
	for i := range 120 {
		r := base
		r.ID = fmt.Sprintf("MASK-%02d", i)
		r.Title = "No header field, cookie or status line shows what the masked members hide, whatever the token is."
		r.Findings = nil
		for j := range 20 {
			var seen []string
			for k := range 12 {
				seen = append(seen, run.Exchanges[(i+j*12+k)%300].ID)
			}
			r.Findings = append(r.Findings, schemas.Finding{Requirement: r.ID, Exchanges: seen, Issue: schemas.Issue{
				Code: "mask.unmasked", Where: fmt.Sprintf("/members/%d/mobilePhone", j),
				Expected: "a phone number with at least 3 digits and 30 % hidden, and at most 7 digits visible",
				Observed: "D11: 11 visible, 0 hidden",
			}})
		}
		run.Requirements = append(run.Requirements, r)
	}
	return sealed(run)
}

func TestHTMLBodies(t *testing.T) {
	run := failingRun()
	long := strings.Repeat("é", 20<<10)
	b := builderOf(run)
	got := b.bodyTexts(map[string]Excerpt{
		"V01": {Text: long, Size: len(long) + 5}, // of which MASK-01 complains
		"B04": {Text: "{}", Size: 2},             // of which AUTH-03 complains
		"M01": {Text: "{}", Size: 2},             // of which nothing complains
	})
	want := &bodyTexts{Shown: []bodyText{
		{"b0", "V01", fmt.Sprintf("the first %d of %d bytes", 32<<10, len(long)+5), shown(long[:32<<10])},
		{"b2", "B04", "2 bytes", "{}"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"V01": "b0", "B04": "b2"}, b.bodies); diff != "" {
		t.Errorf("anchors (-want +got):\n%s", diff)
	}
	if none := builderOf(run).bodyTexts(map[string]Excerpt{"M01": {Text: "{}", Size: 2}}); none != nil {
		t.Errorf("bodies that show nothing make %v", none)
	}
}

func TestCards(t *testing.T) {
	run := conformingRun()
	run.Exchanges[1].Curl = ""
	r := run.Requirements[1]
	for i := range 23 {
		r.Findings = append(r.Findings, schemas.Finding{
			Issue:     schemas.Issue{Where: fmt.Sprintf("/%d", i), Expected: "x", Observed: "D1"},
			Exchanges: []string{"gone", "M01"},
		})
	}
	cards := func(run *Run) card { return builderOf(run).cards([]Result{r}, true)[0] }

	c := cards(run)
	if len(c.Findings) != 5 || len(c.Folded) != 15 || c.More != "3 more findings, in run.json" {
		t.Errorf("%d findings, %d folded, %q", len(c.Findings), len(c.Folded), c.More)
	}
	want := sighting{Where: "/0", Expected: "x", Observed: "D1", Seen: []exchangeLink{{"", "gone"}, {"x1", "M01"}}}
	if diff := cmp.Diff(want, c.Findings[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if c.Exchange.ID != "M01" || c.Reproduce != "" || c.Again != "curl cannot send this request; omaspec run --only AUTH-02 with the same options sends it again." {
		t.Errorf("the exchange is %s, the command %q, the sentence %q", c.Exchange.ID, c.Reproduce, c.Again)
	}

	run.Target.Embedded = true
	if c := cards(run); c.Again != "The built-in target ended with the run; omaspec run --only AUTH-02 starts and judges it again." {
		t.Errorf("the sentence is %q", c.Again)
	}

	// The first exchange that curl can send is shown.
	r.Findings[22].Exchanges = []string{"M01", "B04", "V01"}
	if c := cards(run); c.Exchange.ID != "B04" || string(c.Reproduce) != run.Exchanges[2].Curl {
		t.Errorf("the exchange is %s, the command %q", c.Exchange.ID, c.Reproduce)
	}

	r.Findings = r.Findings[:1]
	r.Findings[0].Exchanges = nil
	if c := cards(run); c.Exchange != nil {
		t.Errorf("the exchange is %s", c.Exchange.ID)
	}
}

func TestGatePanel(t *testing.T) {
	result := func(o schemas.Outcome) Result {
		return Result{ID: "X-1", Level: schemas.MUST, Basis: "spec", Outcome: o}
	}
	tests := []struct {
		name string
		run  Run
		want []string
	}{
		{"nothing was judged", Run{}, []string{"0 none met", "0 at least 1 not met", "0 none met", "0 none met"}},
		{"all is well", Run{Requirements: []Result{result(schemas.Passed)}}, []string{"0 none met", "1 at least 1 met", "0 none met", "0 none met"}},
		{"violated", Run{Requirements: []Result{result(schemas.Failed)}}, []string{"1 none not met", "1 at least 1 met", "0 none met", "0 none met"}},
		{"inconclusive", Run{Requirements: []Result{result(schemas.Inconclusive)}}, []string{"0 none met", "0 at least 1 not met", "1 none not met", "0 none met"}},
		{"not exercised", Run{Requirements: []Result{result(schemas.NotExercised)}}, []string{"0 none met", "0 at least 1 not met", "0 none met", "1 none not met"}},
		{"not exercised, which the profile allows", Run{Settings: Settings{Profile: ProfileGate}, Requirements: []Result{result(schemas.NotExercised)}},
			[]string{"0 none met", "0 at least 1 not met", "0 none met", "1 any, under the profile gate allowed"}},
		{"stopped, with a defect", Run{Stopped: "x", Requirements: []Result{{Defect: true, Outcome: schemas.Inconclusive}}},
			[]string{"0 none met", "0 at least 1 not met", "0 none met", "0 none met", "1 none not met", "1 none not met"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			Decide(&test.run)
			var got []string
			for _, g := range viewOf(&test.run).gates() {
				got = append(got, strconv.Itoa(g.Found)+" "+g.Allowed+" "+g.State.Word)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestGatePanelAgreesWithTheVerdict: a gate is not met exactly if the exit code is not 0.
func TestGatePanelAgreesWithTheVerdict(t *testing.T) {
	for name, run := range samples() {
		missed := slices.ContainsFunc(viewOf(run).gates(), func(g gate) bool { return g.State == notMet })
		if missed != (run.ExitCode != ExitConformant) {
			t.Errorf("%s: a gate is not met: %t; exit code %d", name, missed, run.ExitCode)
		}
	}
}

func TestQuestions(t *testing.T) {
	run := conformingRun()
	if q, err := builderOf(run).questions(); q != nil || err != nil {
		t.Errorf("a record of another catalogue has the questions %v, %v", q, err)
	}
	catalogue := schemas.Requirements()
	run.Catalogue = Catalogue{Version: catalogue.Version, SHA256: catalogue.SHA256}
	run.Requirements = nil
	for _, r := range catalogue.Requirements {
		run.Requirements = append(run.Requirements, Result{ID: r.ID, Level: r.Level, Basis: r.Basis, Outcome: schemas.Passed})
	}
	q, err := builderOf(run).questions()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := schemas.Rows()
	if err != nil {
		t.Fatal(err)
	}
	if len(q.Rows) != len(rows) {
		t.Errorf("%d questions of %d", len(q.Rows), len(rows))
	}
	excluded := 0
	for _, row := range q.Rows {
		if row.Excluded != "" {
			excluded++
		}
		if (row.Excluded == "") != (len(row.Answers) > 0) {
			t.Errorf("%s has %d answers and is excluded: %q", row.ID, len(row.Answers), row.Excluded)
		}
	}
	want := fmt.Sprintf("%d contradictions, gaps and test cases were found in the page. Requirements that this run judged answer %d of them; for %d nothing is required.",
		len(rows), len(rows)-excluded, excluded)
	if q.Sentence != want {
		t.Errorf("got %q, want %q", q.Sentence, want)
	}
}

func TestByNumber(t *testing.T) {
	got := slices.SortedFunc(maps.Keys(map[string]bool{"A10": true, "B1": true, "A2": true, "LEAK": true, "L1": true, "A1": true}), byNumber)
	if want := []string{"A1", "A2", "A10", "B1", "L1", "LEAK"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestUnsentGroups(t *testing.T) {
	got := unsentGroupsOf([]evidence.Unsent{{Probe: "A", Reason: "no token", Remedy: "set X"}, {Probe: "B", Reason: "not asked for", Remedy: "use --y"}, {Probe: "C", Reason: "no token", Remedy: "set X"}})
	want := &unsentGroups{Count: 3, Groups: []unsentGroup{{"no token", "set X", []shown{"A", "C"}}, {"not asked for", "use --y", []shown{"B"}}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if unsentGroupsOf(nil) != nil {
		t.Error("a run that sent all has a part for what was not sent")
	}
}

func TestAnchors(t *testing.T) {
	tests := []struct{ id, want string }{
		{"MASK-01", "MASK-01"}, {"mask-01", "r7"}, {"MASK-01\n", "r7"}, {"MASK-01 onclick=x", "r7"}, {"", "r7"},
	}
	for _, test := range tests {
		if got := anchorOf(test.id, 7); got != test.want {
			t.Errorf("anchorOf(%q) = %q, want %q", test.id, got, test.want)
		}
	}
}

func TestMilliseconds(t *testing.T) {
	tests := []struct {
		ms   float64
		want string
	}{{0, "0.00 ms"}, {0.399, "0.40 ms"}, {9.5, "9.50 ms"}, {12.34, "12.3 ms"}, {999, "999.0 ms"}, {1254, "1.25 s"}}
	for _, test := range tests {
		if got := milliseconds(test.ms); got != test.want {
			t.Errorf("milliseconds(%v) = %q, want %q", test.ms, got, test.want)
		}
	}
}

func TestTimings(t *testing.T) {
	if got := timingsOf([]Exchange{{Status: 0, WaitMS: 1}}); got != nil {
		t.Errorf("a run without an answer has the timings %v", got)
	}
	got := timingsOf([]Exchange{{Status: 401, WaitMS: 1}, {Status: 200, WaitMS: 100}, {Status: 200, WaitMS: 1}, {Status: 0, WaitMS: 5000}})
	want := &timings{
		Sentence: "Time to the first byte. 200: median 50.5 ms of 2; 401: median 1.00 ms of 1.",
		Ticks:    []tick{{"48.0", "1 ms"}, {"364.0", "10 ms"}, {"680.0", "100 ms"}},
		Rows: []strip{
			{200, 2, "1.00 ms", "50.5 ms", "100.0 ms", 28, "M48.0 17v12M680.0 17v12", "M586.2 13v20"},
			{401, 1, "1.00 ms", "1.00 ms", "1.00 ms", 58, "M48.0 47v12", "M48.0 43v20"},
		},
		Height: 92, Floor: 68, Legend: 86,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAxisHoldsAnything(t *testing.T) {
	for _, waits := range [][2]float64{{0, 0}, {-5, 1e300}, {1, 1}, {0.001, 3}} {
		a := axisOf(waits[0], waits[1])
		if n := len(a.ticks()); n < 2 || n > 12 {
			t.Errorf("%v: %d ticks", waits, n)
		}
		for _, w := range waits {
			x, err := strconv.ParseFloat(a.at(w), 64)
			if err != nil || x < plotLeft || x > plotRight {
				t.Errorf("%v is drawn at %q", w, a.at(w))
			}
		}
	}
}

func TestSettingsOf(t *testing.T) {
	tests := []struct {
		settings Settings
		want     string
	}{
		{Settings{Profile: ProfileGate, Basis: BasisAll}, "profile gate"},
		{Settings{Profile: ProfileGate, Basis: BasisAll, Strict: true}, "profile gate, strict"},
		{Settings{Profile: ProfileAcceptance, Basis: BasisSpec}, "profile acceptance, basis spec"},
	}
	for _, test := range tests {
		if got := settingsOf(test.settings); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}

func TestLimits(t *testing.T) {
	run := conformingRun()
	run.Settings.Subject = true
	few := viewOf(run).limits()
	run.Target.Embedded, run.Settings.Subject, run.Settings.Credentials = true, false, nil
	run.Requirements[0].Outcome = schemas.NotExercised
	if many := viewOf(run).limits(); len(many) != len(few)+4 {
		t.Errorf("%d limits, and %d of a run that proves less", len(few), len(many))
	}
}
