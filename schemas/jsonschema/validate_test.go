package jsonschema

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"omaspec/schemas"
	"omaspec/schemas/strictjson"
)

// published is the example of the page.
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

var names = []string{SuccessFlat, SuccessWrapped, Error, SuccessFlatNullable, SuccessWrappedNullable}

// TestMain makes every test fail that asks the network for anything: the
// validator's own loader would use http.DefaultTransport.
func TestMain(m *testing.M) {
	http.DefaultTransport = deniedTransport{}
	os.Exit(m.Run())
}

type deniedTransport struct{}

func (deniedTransport) RoundTrip(*http.Request) (*http.Response, error) {
	panic("a schema was asked of the network")
}

// labelled holds bodies with the schemas that they are valid by: the table of
// rows.yaml and what it leaves open.
var labelled = []struct {
	name, body            string
	flat, wrapped, failed bool
}{
	{"published", published, true, false, false},
	{"wrapped", wrapped(published), false, true, false},
	{"number as vdn", replace(`"150"`, `150`), false, false, false},
	{"without vdn", replace(`"vdn":"150",`, ``), false, false, false},
	{"string as createDate", replace(`1681203525000`, `"1681203525000"`), false, false, false},
	{"null as customerName", replace(`"zXXXXXX"`, `null`), false, false, false},
	{"status in the body", `{"returnCode":0}`, false, false, false},
	{"string", `"Unauthorized operation."`, false, false, true},
	{"string in schema", `{"schema":"Unauthorized operation."}`, false, false, true},
	{"gateway error", `{"error_code":"APIG.0301","error_msg":"x"}`, false, false, false},
	{"empty string", `""`, false, false, false},
	{"empty object", `{}`, false, false, false},
	{"empty array", `[]`, false, false, false},
	{"null", `null`, false, false, false},
	{"empty schema", `{"schema":""}`, false, false, false},

	{"flat with a member schema", replace(`"vdn"`, `"schema":"x","vdn"`), true, false, true},
	{"other member", replace(`"vdn"`, `"remark":null,"vdn"`), true, false, false},
	{"empty member", replace(`"150"`, `""`), true, false, false},
	{"fraction as createDate", replace(`1681203525000`, `-1.5e3`), true, false, false},
	{"case of a member", replace(`mobilePhone`, `mobilephone`), false, false, false},
	{"wrapped twice", wrapped(wrapped(published)), false, false, false},
	{"array around", "[" + published + "]", false, false, false},
	{"blank string", `" \t\u00a0\u200a\u3000\ufeff"`, false, false, false},
	{"blank schema", `{"schema":" \n"}`, false, false, false},
	{"number as schema", `{"schema":401}`, false, false, false},
	{"null as schema", `{"schema":null}`, false, false, false},
	{"true", `true`, false, false, false},
	{"number", `502`, false, false, false},
}

func wrapped(body string) string { return `{"schema":` + body + `}` }

func replace(part, by string) string { return strings.Replace(published, part, by, 1) }

func parse(body string) *strictjson.Document {
	doc, _ := strictjson.Parse([]byte(body), strictjson.DefaultLimits)
	return doc
}

func TestValidateLabelledBodies(t *testing.T) {
	for _, test := range labelled {
		for name, want := range map[string]bool{SuccessFlat: test.flat, SuccessWrapped: test.wrapped, Error: test.failed} {
			if got := Validate(name, parse(test.body)); (len(got) == 0) != want {
				t.Errorf("%s by %s: valid should be %v, issues %v", test.name, name, want, places(got))
			}
		}
	}
}

func places(issues []schemas.Issue) []string {
	var out []string
	for _, i := range issues {
		out = append(out, fmt.Sprintf("%s %s: expected %s, observed %s", i.Code, i.Where, i.Expected, i.Observed))
	}
	return out
}

func TestIssues(t *testing.T) {
	for _, test := range []struct {
		name, schema, body string
		want               []string
	}{
		{"types", SuccessFlat, replace(`"150"`, `150`), []string{
			"schema.type /vdn: expected a string, observed a number of shape D3"}},
		{"quoted number", SuccessFlat, replace(`1681203525000`, `"1681203525000"`), []string{
			"schema.type /createDate: expected a number, observed a string of shape D13"}},
		{"null", SuccessFlat, replace(`"zXXXXXX"`, `null`), []string{
			"schema.type /customerName: expected a string, observed null"}},
		{"missing", SuccessFlat, replace(`"vdn":"150",`, ``), []string{
			"schema.required /vdn: expected the mandatory member vdn, observed no such member"}},
		{"case", SuccessFlat, replace(`mobilePhone`, `MobilePhone`), []string{
			"schema.required /mobilePhone: expected the mandatory member mobilePhone, observed no such member, but one whose name differs in case only"}},
		{"sorted", SuccessFlat, `{"vdn":1,"company":true,"email":[],"createDate":{}}`, []string{
			"schema.type /company: expected a string, observed a boolean",
			"schema.type /createDate: expected a number, observed an object with 0 members",
			"schema.required /customerName: expected the mandatory member customerName, observed no such member",
			"schema.type /email: expected a string, observed an array with 0 elements",
			"schema.required /mobilePhone: expected the mandatory member mobilePhone, observed no such member",
			"schema.required /portalUrl: expected the mandatory member portalUrl, observed no such member",
			"schema.required /tenantSpaceStatus: expected the mandatory member tenantSpaceStatus, observed no such member",
			"schema.type /vdn: expected a string, observed a number of shape D1"}},
		{"root", SuccessFlat, `"15312340991"`, []string{
			"schema.type : expected an object, observed a string of shape D11"}},
		{"null root", SuccessFlat, `null`, []string{
			"schema.type : expected an object, observed null"}},
		{"inside of schema", SuccessWrapped, wrapped(replace(`"150"`, `null`)), []string{
			"schema.type /schema/vdn: expected a string, observed null"}},
		{"missing inside of schema", SuccessWrapped, wrapped(replace(`"vdn":"150",`, ``)), []string{
			"schema.required /schema/vdn: expected the mandatory member vdn, observed no such member"}},
		{"not wrapped", SuccessWrapped, published, []string{
			"schema.required /schema: expected the mandatory member schema, observed no such member"}},
		{"last duplicate", SuccessFlat, replace(`"vdn":"150"`, `"vdn":"150","vdn":150`), []string{
			"schema.type /vdn: expected a string, observed a number of shape D3"}},
		{"error of another type", Error, `[]`, []string{
			"schema.type : expected a string or an object, observed an array with 0 elements"}},
		{"blank error", Error, `" "`, []string{
			"schema.pattern : expected at least one character that is not white space, observed a string of shape  "}},
		{"blank error in schema", Error, `{"schema":""}`, []string{
			"schema.pattern /schema: expected at least one character that is not white space, observed a string of shape empty"}},
		{"other error object", Error, `{"error_msg":"x"}`, []string{
			"schema.required /schema: expected the mandatory member schema, observed no such member"}},
		{"no null but null", SuccessFlatNullable, replace(`"150"`, `150`), []string{
			"schema.type /vdn: expected a string or null, observed a number of shape D3"}},
		{"cut off", SuccessFlat, published[:100], []string{
			"schema.unreadable body: expected a whole JSON text, observed none could be read"}},
		{"unknown schema", "success", published, []string{
			"harness.validator body: expected a verdict of the validator, observed no schema has this name"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for range 20 { // the validator's own order is random
				if diff := gocmp.Diff(test.want, places(Validate(test.schema, parse(test.body)))); diff != "" {
					t.Fatal(diff)
				}
			}
		})
	}
}

// TestPanicIsNoVerdict: a panic on the way to a verdict is reported as a defect.
func TestPanicIsNoVerdict(t *testing.T) {
	want := []string{"harness.validator body: expected a verdict of the validator, observed the validator panicked"}
	if diff := gocmp.Diff(want, places(Validate(SuccessFlat, nil))); diff != "" {
		t.Error(diff)
	}
}

// TestNullable: every member may be null, none may be absent or of another type.
func TestNullable(t *testing.T) {
	nulls := `{"mobilePhone":null,"company":null,"customerName":null,"email":null,"vdn":null,"createDate":null,"tenantSpaceStatus":null,"portalUrl":null}`
	for _, test := range []struct {
		schema, body string
		want         bool
	}{
		{SuccessFlatNullable, published, true},
		{SuccessFlatNullable, nulls, true},
		{SuccessFlatNullable, `{}`, false},
		{SuccessFlatNullable, `null`, false},
		{SuccessFlatNullable, wrapped(nulls), false},
		{SuccessWrappedNullable, wrapped(published), true},
		{SuccessWrappedNullable, wrapped(nulls), true},
		{SuccessWrappedNullable, `{"schema":null}`, false},
		{SuccessWrappedNullable, nulls, false},
		{SuccessFlat, nulls, false},
		{SuccessWrapped, wrapped(nulls), false},
	} {
		if got := Validate(test.schema, parse(test.body)); (len(got) == 0) != test.want {
			t.Errorf("%s: valid should be %v: %v", test.schema, test.want, places(got))
		}
	}
}

// hostile bodies crash or stall the validator when it reads them itself.
var hostile = map[string]string{
	"overflow":                   replace(`1681203525000`, `1e400`),
	"huge exponent":              replace(`1681203525000`, `1e10000000`),
	"tiny":                       replace(`1681203525000`, `1e-999999`),
	"long integer":               replace(`1681203525000`, strings.Repeat("9", 1_000_000)),
	"many huge exponents":        replace(`"150"`, "["+strings.Repeat("1e999999,", 100)+"1]"),
	"beyond 2^53":                replace(`1681203525000`, `9007199254740993`),
	"minus zero":                 replace(`1681203525000`, `-0`),
	"many elements":              "[" + strings.Repeat("0,", 100_000) + "0]",
	"many members":               `{"a0":1` + strings.Repeat(`,"a":1`, 100_000) + "}",
	"open brackets":              strings.Repeat("[", 100_000),
	"balanced brackets":          strings.Repeat("[", 9_998) + strings.Repeat("]", 9_998),
	"wrapped often":              strings.Repeat(`{"schema":`, 60) + "1" + strings.Repeat("}", 60),
	"trailing":                   published + published,
	"not UTF-8":                  replace("zXXXXXX", "\xff\xfe"),
	"half a surrogate pair":      replace("zXXXXXX", `\ud800`),
	"NUL":                        "\x00",
	"escapes":                    replace("zXXXXXX", `\u001b[31m::error::`),
	"name with escapes and tags": `{"\u001b[31m<script>":1}`,
	"empty":                      "",
	"long blank":                 `"` + strings.Repeat(" ", 1_000_000) + `"`,
}

func TestHostileBodies(t *testing.T) {
	for name, body := range hostile {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			doc := parse(body)
			for _, schema := range names {
				for _, issue := range Validate(schema, doc) {
					if issue.Code == CodeHarness {
						t.Errorf("%s: %v", schema, places([]schemas.Issue{issue}))
					}
				}
			}
			if spent := time.Since(begin); spent > 10*time.Second {
				t.Errorf("took %v", spent)
			}
		})
	}
}

// TestIssuesHoldNoValue plants a canary in every value and in a name.
func TestIssuesHoldNoValue(t *testing.T) {
	const canary = "zhangsan15312340991"
	body := strings.NewReplacer(`"153****0991"`, `["`+canary+`"]`, `"150"`, `{"`+canary+`":1}`, `1681203525000`, `"`+canary+`"`,
		`"zXXXXXX"`, `15312340991`, `"company"`, `"`+canary+`"`).Replace(published)
	for _, schema := range names {
		for _, body := range []string{body, wrapped(body), `{"schema":["` + canary + `"]}`} {
			issues := Validate(schema, parse(body))
			if shown := fmt.Sprintf("%+v", issues); len(issues) == 0 || strings.Contains(shown, "zhangsan") || strings.Contains(shown, "15312340991") {
				t.Errorf("%s: %d issues, or a value in one", schema, len(issues))
			}
		}
	}
}

func TestValidateConcurrently(t *testing.T) {
	var group sync.WaitGroup
	for i := range 16 {
		group.Go(func() {
			for _, test := range labelled {
				name := names[i%len(names)]
				if got := Validate(name, parse(test.body)); len(got) > 0 && got[0].Code == CodeHarness {
					t.Errorf("%s by %s: %v", test.name, name, places(got))
				}
			}
		})
	}
	group.Wait()
}

func BenchmarkValidate(b *testing.B) {
	doc := parse(published)
	b.ReportAllocs()
	for b.Loop() {
		Validate(SuccessFlat, doc)
	}
}
