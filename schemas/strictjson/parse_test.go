package strictjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"omaspec/schemas"
)

const published = `{
    "mobilePhone": "153****0991",
    "company":"Huawei XXXXXXXXX",
    "customerName":"zXXXXXX",
    "email":"sunk****@huawei.com",
    "vdn":"150",
    "createDate":1681203525000,
    "tenantSpaceStatus":"2",
    "portalUrl":"https://software.huawei.com/auth?client_id=xxxxx&redirect_uri=https://xxx.com/service-cloud/sm/login/portal.html"
}`

// places renders issues as "code where" lines.
func places(issues []schemas.Issue) []string {
	var out []string
	for _, i := range issues {
		out = append(out, strings.TrimSpace(i.Code+" "+i.Where))
	}
	return out
}

func TestParse(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, test := range []struct {
		name, body string
		complete   bool
		want       []string
	}{
		{"published example", published, true, nil},
		{"scalar root", ` "Unauthorized operation." `, true, nil},
		{"null root", "null", true, nil},
		{"case is no duplicate", `{"vdn":"1","VDN":"2"}`, true, nil},
		{"surrogate pair", `"\ud83d\ude00"`, true, nil},
		{"values at the limit", "[" + strings.Repeat("0,", 9_998) + "0]", true, nil},
		{"depth at the limit", deep(64), true, nil},
		{"size at the limit", `"` + strings.Repeat("a", 1<<20-2) + `"`, true, nil},
		{"number at the limit", "0." + strings.Repeat("1", 30), true, nil},
		{"underflow is within float64", "1e-999", true, nil},

		{"empty", "", false, []string{"json.empty"}},
		{"white space", " \r\n\t", false, []string{"json.empty"}},
		{"only a mark", "\ufeff", false, []string{"json.bom", "json.empty"}},
		{"mark", "\ufeff{}", true, []string{"json.bom"}},
		{"mark and trailing", "\ufeff{} x", true, []string{"json.bom", "json.trailing"}},

		{"unquoted text", "Unauthorized operation.", false, []string{"json.syntax"}},
		{"single quotes", `{'vdn':'150'}`, false, []string{"json.syntax"}},
		{"single quoted value", `{"vdn":'150'}`, false, []string{"json.syntax /vdn"}},
		{"unquoted name", `{vdn:1}`, false, []string{"json.syntax"}},
		{"number as name", `{1:1}`, false, []string{"json.syntax"}},
		{"trailing comma", `{"vdn":"150",}`, false, []string{"json.syntax"}},
		{"comment", `{"vdn":/* */1}`, false, []string{"json.syntax /vdn"}},
		{"NaN", `{"createDate":NaN}`, false, []string{"json.syntax /createDate"}},
		{"Infinity", `-Infinity`, false, []string{"json.syntax"}},
		{"plus sign", `+1`, false, []string{"json.syntax"}},
		{"raw line break in a string", "{\"vdn\":\"a\nb\"}", false, []string{"json.syntax /vdn"}},
		{"cut in a value", `{"mobilePhone":"153****0991","company":"Hua`, false, []string{"json.syntax /company"}},
		{"cut in a literal", "nul", false, []string{"json.syntax"}},
		{"cut after a name", `{"vdn"`, false, []string{"json.syntax /vdn"}},
		{"cut after the example's Content-Length", `{"mobilePhone":"`, false, []string{"json.syntax /mobilePhone"}},
		{"closing bracket alone", "]", false, []string{"json.syntax"}},
		{"mismatched brackets", `{"vdn":["x"}`, false, []string{"json.syntax /vdn/1"}},
		{"UTF-16", "{\x00}\x00", false, []string{"json.syntax"}},
		{"UTF-16 with a mark", "\xff\xfe{\x00}\x00", false, []string{"json.syntax", "json.utf8"}},

		{"two texts", `{}{"x":1}`, true, []string{"json.trailing"}},
		{"garbage after", `{} garbage`, true, []string{"json.trailing"}},
		{"letters after a literal", `truefoo`, true, []string{"json.trailing"}},
		{"leading zero", `01`, true, []string{"json.trailing"}},
		{"NUL after", "{}\x00", true, []string{"json.trailing"}},
		{"not UTF-8 after", "{}\xff", true, []string{"json.trailing", "json.utf8"}},

		{"not UTF-8", "{\"company\":\"a\xffb\"}", true, []string{"json.utf8 /company"}},
		{"GBK name", "{\"\xbb\xaa\":\"x\"}", true, []string{"json.utf8"}},
		{"half a surrogate pair", `{"company":"\ud800"}`, true, []string{"json.utf8 /company"}},

		{"equal duplicate", `{"vdn":"150","vdn":"150"}`, true, []string{"json.duplicate /vdn"}},
		{"equal but for an escape", `{"vdn":"150","\u0076dn":"15\u0030"}`, true, []string{"json.duplicate /vdn"}},
		{"equal but for space and order", `{"schema":{"vdn":1,"code":[1]},"schema":{"code": [ 1 ],"vdn": 1}}`, true, []string{"json.duplicate /schema"}},
		{"different duplicate", `{"mobilePhone":"15312340991","mobilePhone":"153****0991"}`, true, []string{"json.duplicate-differs /mobilePhone"}},
		{"difference in the middle", `{"vdn":1,"vdn":2,"vdn":1}`, true, []string{"json.duplicate-differs /vdn"}},
		{"different kinds", `{"vdn":"1","vdn":1}`, true, []string{"json.duplicate-differs /vdn"}},
		{"beyond 2^53", `{"vdn":9007199254740993,"vdn":9007199254740992}`, true, []string{"json.duplicate-differs /vdn"}},
		{"duplicate of an unknown name", `{"15312340991":1,"15312340991":1}`, true, []string{"json.duplicate /<unknown>"}},
		{"nested duplicate", `{"schema":{"vdn":1,"vdn":2}}`, true, []string{"json.duplicate-differs /schema/vdn"}},
		{"duplicate in a cut-off text", `{"vdn":"1","vdn":"2","email":`, false, []string{"json.syntax /email", "json.duplicate-differs /vdn"}},

		{"too deep", deep(65), false, []string{"json.depth" + "/0" + strings.Repeat("/*", 63)}},
		{"far too deep", strings.Repeat("[", 100_000), false, []string{"json.depth" + "/0" + strings.Repeat("/*", 63)}},
		{"too large", `"` + strings.Repeat("a", 1<<20) + `"`, false, []string{"json.size"}},

		{"too many values", "[" + strings.Repeat("0,", 9_999) + "0]", false, []string{"json.size /*"}},
		{"too many values, before a fault", "[" + strings.Repeat("{},", 10_000) + "x", false, []string{"json.size /*"}},

		{"overflow", `{"createDate":1e400}`, true, []string{"json.number /createDate"}},
		{"huge exponent", `{"createDate":1e10000000}`, true, []string{"json.number /createDate"}},
		{"small exponent in many digits", `{"createDate":1e0001}`, true, []string{"json.number /createDate"}},
		{"capital exponent", `1E0001`, true, []string{"json.number"}},
		{"long literal", strings.Repeat("1", 33), true, []string{"json.number"}},
		{"one issue a place", `[{"x":1e400,"x":1e400}]`, true, []string{"json.number /0/<unknown>", "json.duplicate /0/<unknown>"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			doc, issues := Parse([]byte(test.body), DefaultLimits)
			got := places(issues)
			for i := range got {
				got[i] = strings.Replace(got[i], "json.depth /0", "json.depth/0", 1)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("issues (-want +got):\n%s", diff)
			}
			if doc.Complete != test.complete {
				t.Errorf("Complete is %v", doc.Complete)
			}
			for _, i := range issues {
				if i.Expected == "" || i.Observed == "" || i.Advisory {
					t.Errorf("issue %s says too little: %+v", i.Code, i)
				}
			}
		})
	}
}

// TestIssueTexts pins one text of each code.
func TestIssueTexts(t *testing.T) {
	for body, want := range map[string]string{
		`{"vdn":'1'}`:           "a character of shape '1 that the grammar does not allow, at byte 7",
		`{"vdn":"1`:             "the text ends in the middle of a value, after 9 bytes",
		`{} 15312340991`:        "11 more bytes after the JSON text",
		`{"vdn":1,"vdn":2}`:     "the same name 2 times, with different values",
		`{"vdn":1,"vdn":1}`:     "the same name 2 times, with equal values",
		`1e400`:                 "a number literal of 5 characters, too long or too large",
		strings.Repeat("[", 9):  "more than 8 levels",
		strings.Repeat(" ", 99): "99 bytes; the limit is 64",
	} {
		_, issues := Parse([]byte(body), Limits{Bytes: 64, Values: 9, Depth: 8, NumberLength: 32, ExponentDigits: 3})
		if len(issues) != 1 || issues[0].Observed != want {
			t.Errorf("%d bytes: got %+v, want %q", len(body), issues, want)
		}
	}
}

func TestZeroLimitsAllowNothing(t *testing.T) {
	if doc, issues := Parse([]byte("1"), Limits{}); len(issues) == 0 || doc.Complete {
		t.Error("one byte was taken under a limit of none")
	}
}

// TestEveryValueIsOffered: the value that a decoder would drop can be judged.
func TestEveryValueIsOffered(t *testing.T) {
	doc, _ := Parse([]byte("\ufeff"+`{"mobilePhone":"15312340991","vdn":null,"mobilePhone":"153****0991"} x`), DefaultLimits)
	if diff := cmp.Diff([]string{"mobilePhone", "vdn"}, doc.Names()); diff != "" {
		t.Error(diff)
	}
	values := doc.Members("mobilePhone")
	if len(values) != 2 || values[0].String != "15312340991" || values[1].String != "153****0991" || values[0].Raw != `"15312340991"` {
		t.Errorf("got %v", values)
	}
	last, ok := doc.Member("mobilePhone")
	if !ok || last.String != "153****0991" {
		t.Errorf("got %v", last)
	}
	if !doc.Has("vdn") || doc.Has("email") || values[0].Has("vdn") {
		t.Error("Has does not tell which members there are")
	}
	if _, ok := doc.Member("mobilephone"); ok {
		t.Error("names were compared without regard to case")
	}
	if got := doc.Any().(map[string]any)["mobilePhone"]; got != "153****0991" {
		t.Error("Any does not hold the last value")
	}
}

func TestWalk(t *testing.T) {
	doc, _ := Parse([]byte(`{"vdn":"a","vdn":1,"schema":{"email":null,"15312340991":true},"x":[[],{},"b",1.50]}`), DefaultLimits)
	var got []string
	doc.Walk(func(pointer string, v Value) { got = append(got, fmt.Sprintf("%s %s %s", pointer, v.Kind, v.Raw)) })
	want := []string{
		`/vdn string "a"`,
		`/vdn number 1`,
		`/schema/email null null`,
		`/schema/<unknown> boolean true`,
		`/<unknown>/2 string "b"`,
		`/<unknown>/3 number 1.50`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestReadBeforeTheFault: what came before a fault is there to be judged.
func TestReadBeforeTheFault(t *testing.T) {
	doc, _ := Parse([]byte(`{"mobilePhone":"15312340991","schema":{"vdn":"150","email":"s`), DefaultLimits)
	var got []string
	doc.Walk(func(pointer string, _ Value) { got = append(got, pointer) })
	if diff := cmp.Diff([]string{"/mobilePhone", "/schema/vdn"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAny(t *testing.T) {
	doc, _ := Parse([]byte(`{"a":[1.50,1e400,"\u0041",true,false,null,{}],"a":[1.50,1e400,"A",true,false,null,{}]}`), DefaultLimits)
	want := map[string]any{"a": []any{json.Number("1.50"), json.Number("0"), "A", true, false, nil, map[string]any{}}}
	if got := doc.Any(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v", got)
	}
}

func TestSafePointer(t *testing.T) {
	for pointer, want := range map[string]string{
		"":                               "",
		"/vdn":                           "/vdn",
		"/schema/email":                  "/schema/email",
		"/Vdn":                           "/<unknown>",
		"/sunkai@huawei.com":             "/<unknown>",
		"/13907756421/3":                 "/*/*",
		"/999/1000":                      "/999/*",
		"/1000/999":                      "/*/*",
		"/139/077/564/21":                "/139/*/*/*",
		"/email/139/vdn/077/Vdn":         "/email/139/vdn/*/<unknown>",
		"/~01531~1":                      "/<unknown>",
		"/":                              "/<unknown>",
		"15312340991":                    "",
		"15312340991/vdn":                "/vdn",
		"/schema/\x1b[31m::error::/code": "/schema/<unknown>/code",
	} {
		if got := SafePointer(pointer); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestIndexesSpellNothing: of nested arrays one index is shown, in whatever way a
// pointer comes up.
func TestIndexesSpellNothing(t *testing.T) {
	leaf := `{"a":1,"a":1,"Wang":null}`
	for _, index := range []int{21, 564, 77, 139} {
		leaf = "[" + strings.Repeat("0,", index) + leaf + "]"
	}
	doc, issues := Parse([]byte(leaf), DefaultLimits)
	var got []string
	note := func(pointer string) {
		if strings.Count(pointer, "/") > 4 {
			got = append(got, pointer)
		}
	}
	doc.Walk(func(pointer string, _ Value) { note(pointer) })
	doc.WalkNames(func(pointer, _ string) { note(pointer + "/") })
	for _, issue := range issues {
		note(issue.Where)
	}
	place := "/139/*/*/*/"
	if want := []string{place + unknown, place + unknown, place + unknown, place, place, place + unknown}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestNothingPrintsAValue: neither a document nor its issues show what they hold.
func TestNothingPrintsAValue(t *testing.T) {
	const secret = "zhangsan"
	body := `{"zhangsan":"zhangsan","email":"zhangsan@evil.example","zhangsan":1,"createDate":1e400} zhangsan`
	doc, issues := Parse([]byte(body), DefaultLimits)
	value, _ := doc.Member("email")
	shown := fmt.Sprintf("%v %+v %#v %s %q %x %v %v %v", doc, doc, value, value, value, value, value.GomegaString(), doc.GomegaString(), issues)
	if strings.Contains(shown, secret) || strings.Contains(shown, "7a68616e67") {
		t.Error("a value was printed")
	}
	if got, want := value.Shape(), "a string of shape A8@A4.A7"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestShape(t *testing.T) {
	for body, want := range map[string]string{
		`null`:          "null",
		`false`:         "a boolean",
		`1681203525000`: "a number of shape D13",
		`"153****0991"`: "a string of shape D3*4D4",
		`[1,2]`:         "an array with 2 elements",
		`{"a":1}`:       "an object with 1 members",
		``:              "nothing",
	} {
		doc, _ := Parse([]byte(body), DefaultLimits)
		if got := doc.Shape(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// hostile bodies must end soon, with a bounded number of issues.
var hostile = map[string]string{
	"numbers with huge exponents": "[" + strings.Repeat("1e999999,", 100_000) + "1]",
	"one long number":             strings.Repeat("1", 1<<20),
	"many duplicates":             "{" + strings.Repeat(`"a":[],`, 100_000) + `"a":[]}`,
	"a large first duplicate":     `{"a":[` + strings.Repeat(" ", 500_000) + `]` + strings.Repeat(`,"a":[]`, 50_000) + "}",
	"nested duplicates":           nestedDuplicates(11),
	"many small objects":          "[" + strings.Repeat(`{"":0},`, 140_000) + "0]",
	"many elements":               "[" + strings.Repeat("0,", 500_000) + "0]",
	"a long name above many":      `{"` + strings.Repeat("x", 500_000) + `":[` + strings.Repeat("0,", 250_000) + "0]}",
	"many names":                  manyNames(60_000),
	"bad UTF-8 in many strings":   "[" + strings.Repeat("\"\xff\",", 200_000) + "0]",
	"open brackets":               strings.Repeat("[", 1<<20),
	"open objects":                strings.Repeat(`{"a":`, 200_000),
}

func nestedDuplicates(levels int) string {
	body := "[" + strings.Repeat(" ", 200) + "]"
	for range levels {
		body = `{"a":` + body + `,"a":` + body + "}"
	}
	return body
}

func manyNames(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"n%d":0`, i)
	}
	return "{" + b.String()[1:] + "}"
}

func TestHostileBodiesAreBounded(t *testing.T) {
	for name, body := range hostile {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			doc, issues := Parse([]byte(body), DefaultLimits)
			doc.Walk(func(string, Value) {})
			doc.Any()
			t.Logf("%v, %d issues", time.Since(begin).Round(time.Millisecond), len(issues))
			count := map[string]int{}
			for _, i := range issues {
				if count[i.Code]++; count[i.Code] > 16 {
					t.Fatalf("%d issues", len(issues))
				}
			}
			if spent := time.Since(begin); spent > 20*time.Second {
				t.Errorf("took %v", spent)
			}
		})
	}
}

// FuzzParse: Parse never panics, accepts what encoding/json accepts, and hands
// over what encoding/json decodes.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{published, `{"a":[1,-0.5e+3,"\ud83d\ude00\ud800",null],"a":{}} x`, "\ufeff{}", "{\"\xff\":1e999}", `"`, "01", strings.Repeat("[", 70)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		doc, issues := Parse(b, DefaultLimits)
		has := func(codes ...string) bool {
			return slices.ContainsFunc(issues, func(i schemas.Issue) bool { return slices.Contains(codes, i.Code) })
		}
		doc.Walk(func(pointer string, _ Value) {
			if SafePointer(pointer) != pointer {
				t.Errorf("an unsafe pointer of %d bytes", len(pointer))
			}
		})
		if has(CodeSize, CodeDepth) {
			return
		}
		if got, want := !has(CodeSyntax, CodeTrailing, CodeEmpty, CodeBOM), json.Valid(b); got != want {
			t.Fatalf("accepted: %v, by encoding/json: %v; issues %v", got, want, issues)
		}
		if !json.Valid(b) || has(CodeUTF8, CodeNumber) {
			return
		}
		decoder := json.NewDecoder(bytes.NewReader(b))
		decoder.UseNumber()
		var want any
		if err := decoder.Decode(&want); err != nil {
			t.Fatal("encoding/json does not decode what it calls valid")
		}
		if !reflect.DeepEqual(doc.Any(), want) {
			t.Error("encoding/json decodes something else")
		}
	})
}

func BenchmarkParse(b *testing.B) {
	body := []byte(published)
	b.ReportAllocs()
	for b.Loop() {
		Parse(body, DefaultLimits)
	}
}
