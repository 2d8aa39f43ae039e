package redact

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"omaspec/fixtures/hostile"
	"omaspec/fixtures/race"
	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/schemas/media"
	"omaspec/schemas/strictjson"
	"omaspec/schemas/words"
)

// testKey makes every test see the same replacements.
var testKey = []byte("a key of 32 bytes for every test")

var came = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func answer(status int, body string, fields ...evidence.Field) *evidence.Exchange {
	return &evidence.Exchange{Probe: "V01", Started: came, Response: &evidence.Response{
		Proto: "HTTP/1.1", Status: status, Declared: int64(len(body)), Body: evidence.Sensitive(body), Header: fields}}
}

func field(name, value string) evidence.Field {
	return evidence.Field{Name: name, Value: evidence.Sensitive(value)}
}

// redacted is the body of an answer after redaction.
func redacted(status int, body string) string {
	return string(New(testKey).Exchange(answer(status, body)).Response.Body)
}

// lines reads a file of JSON strings, one a line.
func lines(t testing.TB, file string) []string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(b)) {
		var s string
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// TestWhatStays lists what stays of a text in a place, and only there. "*" stands
// for a run of replaced letters and digits.
func TestWhatStays(t *testing.T) {
	body := func(status int, before string) func(*Redactor) string {
		return func(r *Redactor) string { return string(r.Exchange(answer(status, before)).Response.Body) }
	}
	value := func(name, before string) func(*Redactor) string {
		return func(r *Redactor) string {
			return string(r.Exchange(answer(200, "{}", field(name, before))).Response.Header[0].Value)
		}
	}
	tests := []struct {
		name, before string
		redact       func(*Redactor) string
		want         string
	}{
		{"the page's sentence", "", body(401, `"Unauthorized operation."`), `"Unauthorized operation."`},
		{"words of errors", "", body(401, `{"message":"Invalid token abc of Wang"}`), `{"message":"Invalid token * of *"}`},
		{"no words of errors in a success", "", body(200, `{"note":"Invalid token"}`), `{"*":"* *"}`},
		{"a short word with a capital may be a name", "", body(401, `"The Of of"`), `"* * of"`},
		{"words that are names", "", body(401, `"Max White Li Sun Target Apple Block Head"`), `"* * * * * * * *"`},
		{"documented members", "", body(200, `{"mobilePhone":"153****0991","vdn":"150","Hugo":true}`), `{"mobilePhone":"153****0991","vdn":"*","*":true}`},
		{"members in the wrong case", "", body(200, `{"MOBILEPHONE":"1390775****"}`), `{"MOBILEPHONE":"*****"}`},
		{"names that are sensitive", "", body(200, `{"Birthe Rawlings":1}`), `{"* *":*}`},
		{"a mask of another shape", "", body(200, `{"mobilePhone":"1531234****","email":"a****@b.cn","customerName":"LinXXX"}`), `{"mobilePhone":"*****","email":"*****@*.*","customerName":"*XXX"}`},
		{"an appended mask", "", body(200, `{"company":"Kunlun***"}`), `{"company":"****"}`},
		{"the signs of masks where masks belong", "", body(200, `{"company":"王●●●","note":"王●●●"}`), `{"company":"*●●●","*":"*?"}`},
		{"numbers", "", body(200, `{"createDate":1681203525000,"n":[1,-2.5,3e8]}`), `{"createDate":*000,"*":[*,-*.*,*e*]}`},
		{"elements", "", body(404, "<html><head><title>Head of html</title></head>"), "<html><head><title>* of *</title></head>"},
		{"a byte order mark", "", body(200, "\ufeff{\"a\":\"\ufeff\"}"), "\ufeff{\"*\":\"?\"}"},
		{"media types", "", value("Content-Type", "application/json;charset=UTF-8"), "application/json;charset=UTF-8"},
		{"the misprint of the page", "", value("Content-Type", "application/json%3Bcharset=UTF-8"), "application/json%3Bcharset=UTF-8"},
		{"no other media types", "", value("Content-Type", "application/vnd.hugo+json; v=13"), "application/*.*+json; *=*"},
		{"directives", "", value("Cache-Control", "private, max-age=3600, no-store"), "private, max-age=*, no-store"},
		{"directives alone", "", value("Cache-Control", "Max-Hugo"), "*-*"},
		{"a year", "", value("Strict-Transport-Security", "max-age=63072000; includeSubDomains; Hugo"), "max-age=31536000; includeSubDomains; *"},
		{"products", "", value("Server", "nginx/1.25.3 (Hugo)"), "nginx/*.*.* (*)"},
		{"products that are no products", "", value("X-Customer", "nginx private Max"), "* * *"},
		{"cookies", "", value("Set-Cookie", "secure=private; Path=/hugo; Secure; HttpOnly"), "*=*; Path=/*; Secure; HttpOnly"},
		{"the foreign origin", "", value("Access-Control-Allow-Origin", "https://evil.example"), "https://evil.example"},
		{"no other origin", "", value("Access-Control-Allow-Origin", "https://hugo.example"), "*://*.*"},
		{"a date nearby", "", value("Date", "Mon, 01 Jun 2026 12:00:07 GMT"), "Mon, 01 Jun 2026 12:00:00 GMT"},
		{"a date far away", "", value("Date", "Sun, 06 Nov 1994 08:49:37 GMT"), "Sun, 31 May 2026 12:00:00 GMT"},
		{"no date", "", value("Date", "13907756421"), "*"},
		{"a URL", "", value("Location", "https://hugo.cn/auth/login/hugo"), "https://*.*/auth/login/*"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := test.redact(New(testKey))
			if !fitsPattern(got, test.want) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestZeros: three zeros at the end stay of the time that the page documents, and of
// no other number.
func TestZeros(t *testing.T) {
	for _, text := range []string{`{"n":13907756000}`, `{"d":{"createDate":1390775642000}}`, `{"schema":{"n":139077564000}}`, `{"createDate":13907756000}`,
		`{"createDate":-1390775642000}`, `{"createDate":1390775642000.5}`, `{"createDate":1390775642000e3}`, `{"CreateDate":1390775642000}`,
		`[1390775642000]`, `1390775642000`, `{"createDate":[1390775642000]}`, `{"n":"13907756000"}`} {
		for _, status := range []int{200, 401} {
			if got := redacted(status, text); regexp.MustCompile(`000([^0-9]|$)`).MatchString(got) {
				t.Errorf("%d: %s became %s", status, text, got)
			}
		}
	}
	for _, text := range []string{`{"createDate":1681203525000}`, `{"schema":{"createDate":1681203525000}}`} {
		if got := redacted(200, text); !strings.Contains(got, "000}") {
			t.Errorf("%s became %s", text, got)
		}
	}
}

// fitsPattern compares a text with a pattern in which "*" stands for a run of
// replaced letters and digits, or for itself, and "?" for other characters.
func fitsPattern(text, pattern string) bool {
	expr := strings.NewReplacer(`\*`, "[*0-9"+lettersLower+strings.ToUpper(lettersLower)+hanLetters+"]+", `\?`, `[^\x00-\x7f]+`).Replace(regexp.QuoteMeta(pattern))
	return regexp.MustCompile("^" + expr + "$").MatchString(text)
}

// TestStructure: what rules read in the form of a body is as it was.
func TestStructure(t *testing.T) {
	bodies := []string{
		`{"a":1,"a":1}`, `{"a":1,"a":2}`, `{"hugo":"x","hugo":"y","Hugo":"x"}`, `{"schema":{"vdn":"150"}}`, `{"a":1}trailing`, `{"a":`, "",
		" \n", `"text"`, `text`, `{"a":01}`, `{"a":1e400}`, `{"a":1e-400}`, `{"a":1E5}`, `{"a":-0}`, `{"a":1.0}`, `[1,[2,[3]]]`, `{"a":"\ud800"}`,
		`{"a":"\udc00x"}`, `{"a":"\ud83d\ude00"}`, "{\"a\":\"\xff\"}", "\xef\xbb\xbf{}", `{"a":"\x74"}`, `{"a":tru}`, `{'a':1}`, `NaN`,
		`<html><body>x</body></html>`, `<?xml version="1.0"?><a/>`, `{"a":"&#49;%31\u0031"}`, "\x00\x01", "{\"a\":\"\x01\"}", `nul`, `null`, " true\n", `1`, ` -1.5 `, `{"a":"\u00e9é"}`,
		strings.Repeat("[", 200) + strings.Repeat("]", 200), `{"n":123456789012345678901234567890}`, `{"a":"  "}`, "{\"a\":\"\u00a0\"}",
		"\xd5\xc5\xc8\xfd", "{\"a\":\"\xd5\x7d\xc8\x5b\"}", `{"` + strings.Repeat("k", 300) + `":null}`,
		"[" + strings.Repeat("[],", 10_000) + "\x00",
	}
	codes := func(body string) (codes []string, form media.Form) {
		_, issues := strictjson.Parse([]byte(body), strictjson.DefaultLimits)
		for _, i := range issues {
			codes = append(codes, i.Code)
		}
		return codes, media.ErrorForm("application/json", []byte(body))
	}
	for _, status := range []int{200, 401} {
		for _, before := range bodies {
			after := redacted(status, before)
			codesBefore, formBefore := codes(before)
			codesAfter, formAfter := codes(after)
			if !slices.Equal(codesBefore, codesAfter) || formBefore != formAfter {
				t.Errorf("%q (%v, %s) became %q (%v, %s)", before, codesBefore, formBefore, after, codesAfter, formAfter)
			}
			if len(before) != len(after) || utf8.ValidString(before) != utf8.ValidString(after) {
				t.Errorf("%q became %q: another length or validity", before, after)
			}
		}
	}
}

// TestShapes: findings about values describe the same shape before and after.
func TestShapes(t *testing.T) {
	for _, text := range append(lines(t, "testdata/texts.txt"), lines(t, "testdata/urls.txt")...) {
		before, after := `{"note":`+quoted(text)+`}`, redacted(200, `{"note":`+quoted(text)+`}`)
		var got map[string]string
		if err := json.Unmarshal([]byte(after), &got); err != nil {
			t.Errorf("%s became %s: %v", before, after, err)
		}
		if utf8.ValidString(text) && !strings.ContainsAny(text, "xX") && schemas.Shape(got["note"]) != schemas.Shape(text) && got["note"] != "" {
			t.Errorf("%q of shape %s became %q of shape %s", text, schemas.Shape(text), got["note"], schemas.Shape(got["note"]))
		}
	}
}

// TestEquality: equal values stay equal and different ones different, in each
// place, whatever the spelling; and what differs in a volatile parameter only
// differs there only.
func TestEquality(t *testing.T) {
	r := New(testKey)
	body := func(s string) string { return string(r.Exchange(answer(200, s)).Response.Body) }
	member := func(text, name string) string {
		var got map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Fatal(err, text)
		}
		var s string
		if json.Unmarshal(got[name], &s) != nil {
			return string(got[name])
		}
		return s
	}
	a := body(`{"vdn":"150","createDate":1681203525000,"company":"昆仑XXX"}`)
	if b := body(`{ "createDate" : 1681203525000, "vdn":"\u0031\u0035\u0030","company":"昆仑XXX"}`); member(a, "vdn") != member(b, "vdn") || member(a, "createDate") != member(b, "createDate") {
		t.Errorf("%s\n%s", a, b)
	}
	var wrapped struct {
		Schema map[string]any `json:"schema"`
	}
	if err := json.Unmarshal([]byte(body(`{"schema":{"vdn":"150"}}`)), &wrapped); err != nil || wrapped.Schema["vdn"] != member(a, "vdn") {
		t.Errorf("wrapped: %v, flat: %s", wrapped.Schema, a)
	}
	seen := map[string]string{}
	for n := range 1000 {
		out := member(body(fmt.Sprintf(`{"vdn":"%03d"}`, n)), "vdn")
		if other, ok := seen[out]; ok && n < 900 { // the last ones may find no free number
			t.Errorf("%03d and %s are both %s", n, other, out)
		}
		seen[out] = fmt.Sprintf("%03d", n)
	}
	one, two := member(body(`{"portalUrl":"https://a.cn/p?state=k-1&x=1&redirect_uri=https%3A%2F%2Fb.cn%2Fp%3Fstate%3Dz%26y%3D2#f"}`), "portalUrl"),
		member(body(`{"portalUrl":"https://a.cn/p?state=q-7-8&x=1&redirect_uri=https%3A%2F%2Fb.cn%2Fp%3Fstate%3Dw-2%26y%3D2#f"}`), "portalUrl")
	for _, part := range [][2]string{{"", "state="}, {"&x", "%3Dz"}} {
		before, tail, _ := strings.Cut(one, "&")
		ours, _, _ := strings.Cut(before, "state=")
		theirs, _, _ := strings.Cut(two, "state=")
		common, _, _ := strings.Cut(tail, "%3D")
		if part[0] == "" && ours != theirs || part[0] == "&x" && !strings.Contains(two, common) {
			t.Errorf("%s\n%s", one, two)
		}
	}
}

// TestNoAlphabet: where somebody spells 0 to 9 and then a telephone number, each
// digit in its own place, the number cannot be read like a cipher.
func TestNoAlphabet(t *testing.T) {
	const phone = "13907756421"
	digits := strings.Split("0123456789"+phone, "")
	each := func(before, after string) string { return before + strings.Join(digits, after+before) + after }
	layouts := map[string]string{
		"spaces":         `"` + each(" ", "") + `"`,
		"commas":         `"` + each(",", "") + `"`,
		"ampersands":     `"` + each("&", "") + `"`,
		"question marks": `"` + each("?x=", "&#") + `"`,
		"array":          `{"d":[` + strings.Join(digits, ",") + `]}`,
		"strings":        `{"d":["` + strings.Join(digits, `","`) + `"]}`,
		"deep":           `{"d":[` + strings.Join(strings.Split(each("[[[[[[", "]]]]]]"), "]["), "],[") + `]}`,
		"objects":        `{"d":[{"n":` + strings.Join(digits, `},{"n":`) + `}]}`,
		"names":          `{"d":[{"` + strings.Join(digits, `":0},{"`) + `":0}]}`,
		"doubled":        `{"d":` + strings.Join(digits, `,"d":`) + `}`,
		"doubled text":   `{"d":"` + strings.Join(digits, `","d":"`) + `"}`,
		"lines":          `{"d":` + strings.Join(digits, "}\n{\"d\":") + `}`,
		"values":         strings.Join(digits, " "),
		"page":           "<p>" + strings.Join(digits, "</p><p>") + "</p>",
		"words":          `"` + each("abcdefg", " ") + `"`,
	}
	for name, text := range map[string]string{
		"Cache-Control": each("max-age=", ", "), "Set-Cookie": "a=b" + each("; secure=", ""), "Vary": each("x-auth-token ", ", "),
		"Content-Type": "text/html" + each("; charset=", ""), "Content-Encoding": each("gzip;q=", ", "), "Strict-Transport-Security": each("max-age=", "; "),
		"Content-Language": each(" ", ","),
	} {
		value := string(New(testKey).Exchange(answer(401, "", field(name, text))).Response.Header[0].Value)
		if read(regexp.MustCompile(`[0-9]`).FindAllString(value, -1)) == phone {
			t.Errorf("%s: %s became %s", name, text, value)
		}
	}
	for name, text := range layouts {
		for _, status := range []int{200, 401} {
			got := regexp.MustCompile(`[0-9]`).FindAllString(redacted(status, text), -1)
			if read(got) == phone {
				t.Errorf("%s, %d: %s became %s", name, status, text, redacted(status, text))
			}
		}
	}
	// One digit an answer: refusals are compared with nothing.
	var got []string
	r := New(testKey)
	for n, digit := range digits {
		x := answer(401, `{"try":`+digit+`}`, field("X-Try", digit))
		x.Probe, x.Step = "L10", n+1
		y := r.Exchange(x).Response
		got = append(got, regexp.MustCompile(`[0-9]`).FindString(string(y.Body)))
	}
	if read(got) == phone {
		t.Errorf("over answers: %v", got)
	}
}

// read is what the digits behind the first ten say, if those are an alphabet.
func read(digits []string) string {
	if len(digits) < 11 {
		return ""
	}
	var b strings.Builder
	for _, d := range digits[10:] {
		fmt.Fprint(&b, slices.Index(digits[:10], d))
	}
	return b.String()
}

// TestEscapesTellNothing: letters and digits that may as well be those of a value do
// not stay as those of an escape, in whatever place a text stands.
func TestEscapesTellNothing(t *testing.T) {
	spots := map[string]func(*Redactor, string) string{
		"field": func(r *Redactor, s string) string {
			return string(r.Exchange(answer(401, "", field("X-Query", s))).Response.Header[0].Value)
		},
		"path": func(r *Redactor, s string) string {
			return string(r.Exchange(answer(401, "", field("Location", s))).Response.Header[0].Value)
		},
	}
	for place, status := range map[string]int{"%s": 404, "<p>%s</p>": 404, `"%s"`: 404, `{"note":"%s"}`: 200, `{"company":"%s"}`: 200, `{"%s":1}`: 200, `{%s`: 404} {
		spots[place] = func(r *Redactor, s string) string {
			return string(r.Exchange(answer(status, strings.Replace(place, "%s", s, 1))).Response.Body)
		}
	}
	for _, text := range []string{
		`LIKE '%207741356890%'`, `LIKE '%3A7741356890%'`, `LIKE '%0907741356%'`, `LIKE '%252077%'`, `LIKE '%7E7741%'`, `%0D77`, `%5c77`, `%00774`,
		`CORP\nora.q`, `CORP\tom.q`, `CORP\rita.q`, `CORP\finn.q`, `CORP\bert.q`, `CORP\u0020391`, `CORP\u000a391`, `CORP\u002d391`, `CORP\u0000391`, `\\u00252077`,
		`&#32;0775`, `&#x2d;0775`, `&lt;0775`, `&#3907756421;`,
	} {
		escape := regexp.MustCompile(`%[0-9A-Za-z]{2}|\\u[0-9a-f]{4}|\\[a-z]|&#?[0-9a-z]+`).FindString(text)
		for place, redact := range spots {
			stays := 0
			for n := range 10 { // with other keys
				if strings.Contains(redact(New(append([]byte{byte(n)}, testKey...)), text), escape) {
					stays++
				}
			}
			if stays == 10 {
				t.Errorf("%s: %s of %s stays", place, escape, text)
			}
		}
	}
	// What rules read stays: that a URL stands in a URL, and blank text blank.
	const before = `{"portalUrl":"https://a.cn/p\u003fx=%2C77&redirect_uri=https%3A%2F%2Fb.cn%253Fstate%253D1"}`
	got := redacted(200, before)
	for _, part := range []string{`\u003f`, `=https%3A%2F%2F`, `%253Fstate%253D`} {
		if !strings.Contains(got, part) {
			t.Errorf("%s became %s", before, got)
		}
	}
	if strings.Contains(got, "%2C") {
		t.Errorf("%s became %s", before, got)
	}
	for _, blank := range []string{`"\n"`, `"\u0020\t"`, `{"schema":"\r\f"}`} {
		if got := redacted(401, blank); media.ErrorForm("application/json", []byte(got)) != media.ErrorForm("application/json", []byte(blank)) {
			t.Errorf("%s became %s", blank, got)
		}
	}
}

// TestMasks: the masks of the customers of a run stay, and no list of masks, which
// could say anything.
func TestMasks(t *testing.T) {
	r := New(testKey)
	body := func(status int, s string) string { return string(r.Exchange(answer(status, s)).Response.Body) }
	for _, kept := range []string{`{"mobilePhone":"139****6421"}`, `{"schema":{"mobilePhone":"186****7077"}}`, `{"mobilePhone":"\u0031\u0033\u0039****6421"}`} {
		if out := body(200, kept); out != kept {
			t.Errorf("%s became %s", kept, out)
		}
	}
	for _, gone := range []string{`{"mobilePhone":"077****5000"}`, `{"note":"390****7756"}`, `{"mobilePhone":["139****0775"]}`, `{"a":{"mobilePhone":"077****6421"}}`, `{"MobilePhone":"077****6421"}`} {
		out := body(200, gone)
		for _, digits := range regexp.MustCompile(`[0-9]{3,4}`).FindAllString(gone, -1) {
			if strings.Contains(out, digits) {
				t.Errorf("%s became %s", gone, out)
			}
		}
	}
	if out := body(401, `{"mobilePhone":"077****5111"}`); strings.Contains(out, "5111") {
		t.Errorf("in a refusal: %s", out)
	}
}

// TestTrueWordsInFields: words of a customer stay in no field either, but where a rule
// reads them.
func TestTrueWordsInFields(t *testing.T) {
	r := New(testKey, "Deny Bypass", "Sunday Public", "Private Secure", "True Json", "Vary Path Session", "Application Head")
	for _, test := range []struct{ name, before, want string }{
		{"WWW-Authenticate", `Bearer realm="Deny Bypass", error="Sunday"`, `Bearer realm="* *", error="*"`},
		{"Set-Cookie", "a=b; Path=/Sunday-Public; Domain=private.secure; Secure; HttpOnly; SameSite=Lax; session", "*=*; *=/*-*; Domain=*.*; Secure; HttpOnly; SameSite=Lax; *"},
		{"X-Cache", "Sunday Bypass", "* *"},
		{"X-Frame-Options", "deny", "*"},
		{"Content-Security-Policy", "default-src private.secure", "default-src *.*"},
		{"Cache-Control", `public, private, no-store, x="Private Secure"`, `*, private, no-store, x="* *"`},
		{"Vary", "Accept, X-Auth-Token, Path", "Accept, X-Auth-Token, *"},
		{"Last-Modified", "Sunday, 29 Nov", "*, * Nov"},
		{"Expires", "Public", "*"},
		{"Allow", "GET, HEAD", "GET, *"},
		{"Content-Type", "application/json; charset=utf-8; owner=True-Json", "application/json; charset=utf-8; *=*-*"},
		{"Content-Type", "Json/application", "*/*"},
		{"Access-Control-Allow-Credentials", "true", "true"},
		{"Access-Control-Allow-Headers", "True, X-Auth-Token", "*, X-Auth-Token"},
		{"Access-Control-Allow-Origin", " null", " null"},
		{"X-Content-Type-Options", "nosniff", "nosniff"},
		{"Strict-Transport-Security", "max-age=1; preload", "max-age=*; preload"},
	} {
		if got := string(r.Exchange(answer(200, "{}", field(test.name, test.before))).Response.Header[0].Value); !fitsPattern(got, test.want) {
			t.Errorf("%s: %s became %s, want %s", test.name, test.before, got, test.want)
		}
	}
	page := "<html><head><session>x</session></head><Session></html>"
	if got := string(r.Exchange(answer(404, page)).Response.Body); !fitsPattern(got, "<html><head><*>*</*></head><*></html>") {
		t.Errorf("%s became %s", page, got)
	}
}

// TestTrueWordsThatAreNames: evidence of a customer who is called like a member or a
// parameter can still be read by the rules.
func TestTrueWordsThatAreNames(t *testing.T) {
	r := New(testKey, "State Email Company", "Redirect Schema")
	const before = `{"schema":{"company":"XXX","\u0065mail":"x","Company":1,"State Company":2,"portalUrl":"https://a.cn/p?state=company&x=redirect&redirect_uri=https%3A%2F%2Fb.cn%2F%3Fstate%3Demail#state"}}`
	const want = `{"schema":{"company":"XXX","\u0065mail":"*","Company":*,"* *":*,"portalUrl":"https://*.*/*!state=*&*=*&redirect_uri=https%3A%2F%2F*.*%2F%3Fstate%3D*#*"}}`
	if got := string(r.Exchange(answer(200, before)).Response.Body); !fitsPattern(strings.ReplaceAll(got, "?", "!"), want) {
		t.Errorf("%s\nbecame\n%s", before, got)
	}
}

// TestTrueWords: words of a closed list do not stay where they are those of a
// customer.
func TestTrueWords(t *testing.T) {
	r := New(testKey, "Grant Null", "Gateway System", "Max Private", "Envoy Express")
	x := answer(401, `{"description":"Access denied for Gateway System, not for null","Ray Grant":1}`,
		field("Cache-Control", "private, max-age=0"), field("Server", "envoy"), field("X-Max-Ray", "1"), field("Access-Control-Max-Age", "1"), field("Location", "https://x.cn/Grant/login"))
	y := r.Exchange(x).Response
	if out := string(y.Body); regexp.MustCompile(`(?i)gateway|system|null|grant`).MatchString(out) || !strings.Contains(out, "Access denied") {
		t.Errorf("body: %s", out)
	}
	for i, want := range []string{"private, max-age=*", "*", "*", "*", "https://*.*/*/login"} {
		if !fitsPattern(string(y.Header[i].Value), want) {
			t.Errorf("%s: %s, want %s", y.Header[i].Name, string(y.Header[i].Value), want)
		}
	}
	if y.Header[2].Name == "X-Max-Ray" || y.Header[3].Name != "Access-Control-Max-Age" {
		t.Errorf("names: %s, %s", y.Header[2].Name, y.Header[3].Name)
	}
}

// TestCodings: a coded body is always coded anew, and decodes as it did.
func TestCodings(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Name, w.Comment, w.Extra, w.ModTime = "wangxiaoming", "13907756421", []byte("13907756421"), time.Unix(1390775642, 0)
	_, _ = w.Write([]byte(`"Unauthorized operation."`))
	_ = w.Close()
	coded := b.String()
	plain := evidence.Sensitive("x")
	for _, test := range []struct {
		name, coding, body string
		fails              error
	}{
		{"metadata", "gzip", coded, nil},
		{"twice", "gzip, gzip", encode("gzip", coded), nil},
		{"damaged", "gzip", coded[:len(coded)-3] + "wangxiaoming", media.ErrCorrupt},
		{"no gzip", "gzip", "wangxiaoming 13907756421", media.ErrCorrupt},
		{"unknown", "br", "wangxiaoming 13907756421", media.ErrCoding},
		{"deflate", "deflate", encode("deflate", "wangxiaoming"), nil},
	} {
		x := answer(401, test.body, field("Content-Encoding", test.coding))
		y := New(testKey).Exchange(x).Response
		out := string(y.Body)
		decoded, err := media.Decode(test.coding, []byte(out), codedLimit)
		if (err == nil) != (test.fails == nil) {
			t.Errorf("%s: decoding says %v", test.name, err)
		}
		for _, text := range []string{out, string(decoded)} {
			if strings.Contains(text, "wangxiaoming") || strings.Contains(text, "13907756421") {
				t.Errorf("%s: still there", test.name)
			}
		}
		if string(y.Header[0].Value) != test.coding && test.coding != "br" {
			t.Errorf("%s: the coding became %s", test.name, string(y.Header[0].Value))
		}
		if strings.Contains(out, string(plain)) && test.name == "damaged" {
			t.Errorf("damaged: %q", out)
		}
	}
}

// TestWritersAreUsedAgain: a coded body does not depend on the ones before, and takes
// no writer of its own.
func TestWritersAreUsedAgain(t *testing.T) {
	long := strings.Repeat("wangxiaoming 13907756421 ", 1000)
	for _, coding := range []string{"gzip", "x-gzip", "deflate"} {
		first := encode(coding, long)
		_, _ = encode(coding, "short"), encode("gzip, deflate", long[1:])
		if encode(coding, long) != first {
			t.Errorf("%s: the second time it is another body", coding)
		}
	}
	if race.Enabled {
		return // with it a pool forgets at random
	}
	const times, most = 100, 100 << 10
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range times {
		encode("gzip", long)
	}
	runtime.ReadMemStats(&after)
	if each := (after.TotalAlloc - before.TotalAlloc) / times; each > most {
		t.Errorf("a body takes %d bytes", each)
	}
}

// TestLengths: a declared length is as right or as wrong as it was, and says
// nothing by how much it is wrong.
func TestLengths(t *testing.T) {
	for _, test := range []struct{ declared, body, want int64 }{
		{10, 10, 10}, {12, 10, 12}, {8, 10, 8}, {13907756421, 10, 1010}, {0, 0, 0},
	} {
		x := answer(200, strings.Repeat("7", int(test.body)), field("Content-Length", fmt.Sprint(test.declared)), field("content-length", "13907756421, 7"))
		x.Response.Declared = test.declared
		y := New(testKey).Exchange(x).Response
		if y.Declared != test.want || string(y.Header[0].Value) != fmt.Sprint(test.want) || strings.Contains(string(y.Header[1].Value), "13907756421") {
			t.Errorf("%d for %d bytes became %d, %s, %s", test.declared, test.body, y.Declared, string(y.Header[0].Value), string(y.Header[1].Value))
		}
	}
}

// TestInputStays: redacting changes nothing in what it was given, and neither the
// request nor the failure.
func TestInputStays(t *testing.T) {
	build := func() *evidence.Exchange {
		x := answer(200, `{"phone":"15312340991"}`, field("X-Phone", "15312340991"), field("Content-Length", "99"))
		x.Response.Trailer = evidence.Fields{field("X-End", "15312340991")}
		x.Request = evidence.Request{Method: "GET", Target: "/", Header: []evidence.RequestField{{Name: "X-Auth-Token", Value: "{token:valid}"}}}
		x.Failure = &evidence.Failure{Kind: "reset", Text: "the target reset the connection"}
		return x
	}
	x := build()
	y := New(testKey).Exchange(x)
	if !reflect.DeepEqual(x, build()) {
		t.Error("the exchange was changed")
	}
	if !reflect.DeepEqual(y.Request, x.Request) || *y.Failure != *x.Failure {
		t.Errorf("got %v, %v", y.Request, y.Failure)
	}
	if string(y.Response.Trailer[0].Value) == "15312340991" {
		t.Error("the trailer stayed")
	}
}

// TestKeys: another key, other replacements; and none is a word of a closed list.
func TestKeys(t *testing.T) {
	a, b := New(nil).text("Wanglihong 13907756421", mode{}), New(nil).text("Wanglihong 13907756421", mode{})
	if a == b {
		t.Error("two runs replace alike")
	}
	r := New(testKey)
	for n := range 3000 {
		if out := r.word(textAt{"word", fmt.Sprint(n), "0", fmt.Sprintf("%c%c", 'a'+n%26, 'a'+n/26%26)}); words.Anywhere(out) {
			t.Fatalf("%q is a word of a closed list", out)
		}
	}
}

func TestCounts(t *testing.T) {
	r := New(testKey)
	x := answer(401, quoted("15312340991"), field("X-Id", "7"))
	r.Exchange(x)
	r.Exchange(x)
	if got := r.Counts(); got[CountTexts] != 4 || got[CountResized] != 0 {
		t.Errorf("got %v", got)
	}
}

func FuzzExchange(f *testing.F) {
	for _, text := range lines(f, "testdata/texts.txt") {
		f.Add(text, " ")
	}
	for _, u := range lines(f, "testdata/urls.txt") {
		f.Add(`{"portalUrl":`+quoted(u)+`}`, u)
	}
	f.Add(`{"mobilePhone":"153****0991","email":"a@b.c`, "\xff%\\u00")
	f.Add("%2531&#x3", `\ud83d`)
	f.Fuzz(func(t *testing.T, body, value string) {
		if len(body)+len(value) > 4096 {
			return
		}
		x := answer(401, body, field(value, body), field("Location", value))
		r := New(testKey)
		y := r.Exchange(x)
		out := string(y.Response.Body)
		if utf8.ValidString(out) != utf8.ValidString(body) {
			t.Errorf("validity of UTF-8 changed: %q became %q", body, out)
		}
		if json.Valid([]byte(body)) != json.Valid([]byte(out)) {
			t.Errorf("JSON or not: %q became %q", body, out)
		}
		if len(out) != len(body) && utf8.ValidString(body) {
			t.Errorf("%d bytes became %d: %q became %q", len(body), len(out), body, out)
		}
		if again := string(r.Exchange(x).Response.Body); again != out {
			t.Error("the second result differs from the first")
		}
	})
}

func BenchmarkPhones(b *testing.B) {
	text := quoted(strings.Join(hostile.Phones(9000), " "))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		New(testKey).Exchange(answer(200, text))
	}
}
