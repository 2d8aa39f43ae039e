package redact

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"omaspec/reports/exchange"
	"omaspec/schemas/createdate"
	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
	"omaspec/schemas/media"
	"omaspec/schemas/portalurl"
)

const (
	token   = "0000000000srLl4pnoBcQwErTyUiOp12349DvgIB87KzYpxMdE9+vvzLZ/YIw="
	token2  = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"
	derived = "0000000000srLl4pnoBcQwErTyUiOp12349DvgIB87KzYpx"
)

var secrets = map[string]string{"{token:valid}": token, "{token:second-tenant}": token2, "{token:valid|cut-quarter}": derived}

var subject = map[mask.Field]string{
	mask.MobilePhone: "15312340991", mask.Email: "sunkai@huawei.com",
	mask.CustomerName: "zhangsan", mask.Company: "Huawei Technologies",
}

// success is a 200 with good masks of subject and more members.
func success(more string) *exchange.Exchange {
	return answer("V01", 200, `{"mobilePhone":"153****0991","company":"Huawei XXXXXXXXX","customerName":"zXXXXXX",`+
		`"email":"sunk****@huawei.com","vdn":"150","createDate":1681203525000,"tenantSpaceStatus":"2","portalUrl":"https://a.cn/p"`+more+`}`)
}

func answer(probe string, status int, body string, fields ...exchange.Field) *exchange.Exchange {
	return &exchange.Exchange{Probe: probe, Response: &exchange.Response{
		Proto: "HTTP/1.1", Status: status, Declared: int64(len(body)), Body: exchange.Sensitive(body), Header: fields}}
}

func newRedactor(withSubject bool, exchanges ...*exchange.Exchange) *Redactor {
	c := Config{Secrets: secrets, Exchanges: exchanges, Key: []byte("a key of the test"), AllowEmails: []string{"support@"}}
	if withSubject {
		c.Subjects = map[string]map[mask.Field]string{"valid": subject}
	}
	return New(c)
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

// found lists what the detectors find in text, decoded.
func found(s *leak.Detector, text string) []string {
	var out []string
	for _, h := range s.Scan(text) {
		if replaced[h.Kind] && h.Encoding == "" {
			out = append(out, text[h.Start:h.End])
		}
	}
	return out
}

// TestHitsStay holds every labelled text against its redaction, in every place.
func TestHitsStay(t *testing.T) {
	places := map[string]func(string) *exchange.Exchange{
		"text":   func(s string) *exchange.Exchange { return answer("M01", 401, "about "+s) },
		"member": func(s string) *exchange.Exchange { return success(`,"note":` + quoted(s)) },
		"name":   func(s string) *exchange.Exchange { return success(`,` + quoted(s) + `:1`) },
		"error":  func(s string) *exchange.Exchange { return answer("M01", 401, quoted(s)) },
		"header": func(s string) *exchange.Exchange {
			return answer("M01", 401, "", exchange.Field{Name: "X-Note", Value: exchange.Sensitive(s)})
		},
		"server": func(s string) *exchange.Exchange {
			return answer("M01", 401, "", exchange.Field{Name: "Server", Value: exchange.Sensitive(s)})
		},
		"cookie": func(s string) *exchange.Exchange {
			return answer("M01", 401, "", exchange.Field{Name: "Set-Cookie", Value: exchange.Sensitive("k=" + s + "; Path=/")})
		},
	}
	all := func(x *exchange.Exchange) string {
		text := string(x.Response.Body)
		for _, f := range x.Response.Header {
			text += "\n" + string(f.Value)
		}
		return text
	}
	for _, withSubject := range []bool{false, true} {
		for place, put := range places {
			for _, text := range lines(t, "testdata/texts.txt") {
				t.Run(fmt.Sprintf("%s/%v/%s", place, withSubject, text), func(t *testing.T) {
					x := put(text)
					r := newRedactor(withSubject, success(""), x)
					y := r.Exchange(x)
					before, after := r.before.Scan(all(x)), r.after.Scan(all(y))
					if !slices.Equal(marks(before), marks(after)) {
						t.Errorf("hits before: %v\nhits after:  %v\n%q\n%q", marks(before), marks(after), all(x), all(y))
					}
					if n := r.Counts()[CountUnfaithful]; n != 0 {
						t.Errorf("%d unfaithful texts", n)
					}
					if len(all(x)) != len(all(y)) {
						t.Errorf("length %d became %d: %q", len(all(x)), len(all(y)), all(y))
					}
					for _, value := range found(r.before, all(x)) {
						if strings.Contains(all(y), value) {
							t.Errorf("%q is still there: %q", value, all(y))
						}
					}
				})
			}
		}
	}
}

// TestMasks holds every labelled masked value against its redaction.
func TestMasks(t *testing.T) {
	b, err := os.ReadFile("testdata/masks.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
		field, value, _ := strings.Cut(line, "\t")
		t.Run(field+"/"+value, func(t *testing.T) {
			body := `{"` + field + `":` + quoted(value) + `}`
			x := answer("V01", 200, body)
			r := newRedactor(false, x)
			out := string(r.Exchange(x).Response.Body)
			var got map[string]string
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			before, after := mask.Judge(mask.Field(field), value), mask.Judge(mask.Field(field), got[field])
			if before != after {
				t.Errorf("%q is %v, %q is %v", value, before, got[field], after)
			}
			stays := value == "X Corp" || before.Verdict == mask.OK || before.Verdict == mask.AllMasked || before.Verdict == mask.Empty
			if stays != (got[field] == value) {
				t.Errorf("%q (%s) became %q", value, before.Verdict, got[field])
			}
			if len(out) != len(body) || r.Counts()[CountUnfaithful] != 0 {
				t.Errorf("%d bytes became %d; counts %v", len(body), len(out), r.Counts())
			}
		})
	}
}

// TestTruths holds masks against the ground truth, before and after.
func TestTruths(t *testing.T) {
	tests := []struct {
		field         mask.Field
		masked, truth string
	}{
		{mask.MobilePhone, "153****0991", "15312340991"},
		{mask.MobilePhone, "153****0991", "15312340992"},
		{mask.MobilePhone, "153****0991", "1530991"},
		{mask.MobilePhone, "15312340991", "15312340991"},
		{mask.MobilePhone, "1531*340991", "15312340991"},
		{mask.MobilePhone, "+86 153 1234 0991", "15312340991"},
		{mask.MobilePhone, "+86 153****0991", "15312340991"},
		{mask.MobilePhone, "15312340991****", "15312340991"},
		{mask.MobilePhone, "153____0991", "15312340991"},
		{mask.MobilePhone, "153????0991", "15312340991"},
		{mask.Email, "sunk____@huawei.com", "sunkai@huawei.com"},
		{mask.CustomerName, "z_______", "zhangsan"},
		{mask.Company, "Huawei…", "Huawei Technologies"},
		{mask.Company, "华为????公司", "华为云计算公司"},
		{mask.MobilePhone, "１５３＊＊＊＊０９９１", "15312340991"},
		{mask.Email, "sunk****@huawei.com", "sunkai@evil.com"},
		{mask.Email, "a****@b.com", "a@b.com"},
		{mask.Email, "sunk****@huawei.com", "sunkai01@huawei.com"},
		{mask.Email, "sunk****@huawei.com", "sunk@huawei.com"},
		{mask.Email, "sunk****@huawei.com", "sunkai@huawei.com"},
		{mask.Email, "sunkai@huawei.com", "sunkai@huawei.com"},
		{mask.Email, "SunKai@Huawei.com", "sunkai@huawei.com"},
		{mask.Email, "s****i@huawei.com", "sunkai@huawei.com"},
		{mask.Email, "sunkai****@huawei.com", "sunkai@huawei.com"},
		{mask.CustomerName, "zXXXXXX", "zhangsa"},
		{mask.CustomerName, "zXXXXXX", "zhangsan"},
		{mask.CustomerName, "zXXXXXX", "lisi"},
		{mask.CustomerName, "zhang***", "zhangsan"},
		{mask.CustomerName, "张", "张"},
		{mask.CustomerName, "*三丰", "张三丰"},
		{mask.CustomerName, "Xavier", "Xavier"},
		{mask.Company, "华为XXXXXXXXX", "华为云计算技术有限公司"},
		{mask.Company, "华为***有限公司", "华为云计算有限公司"},
		{mask.Company, "Huawei Technologies", "huawei technologies"},
		{mask.Company, "华为技术有限公*", "华为技术有限公司"},
	}
	for _, tt := range tests {
		t.Run(tt.masked+"/"+tt.truth, func(t *testing.T) {
			x := answer("V01", 200, `{"`+string(tt.field)+`":`+quoted(tt.masked)+`}`)
			r := New(Config{Exchanges: []*exchange.Exchange{x}, Subjects: map[string]map[mask.Field]string{"valid": {tt.field: tt.truth}}, Key: []byte("k")})
			var got map[mask.Field]string
			if err := json.Unmarshal([]byte(r.Exchange(x).Response.Body), &got); err != nil {
				t.Fatal(err)
			}
			truth := r.Subjects()["valid"][tt.field]
			before, after := mask.JudgeTruth(tt.field, tt.masked, tt.truth), mask.JudgeTruth(tt.field, got[tt.field], truth)
			if before != after {
				t.Errorf("%+v\nbecame %+v\n%q, %q", before, after, got[tt.field], truth)
			}
			if truth == tt.truth {
				t.Errorf("the true value is still there")
			}
			if !before.OK && before.Verdict != mask.Foreign && got[tt.field] == tt.masked {
				t.Errorf("%q shows the true value and is still there", tt.masked)
			}
		})
	}
}

// TestUnion: masks that complete each other must not stay, and still complete
// each other.
func TestUnion(t *testing.T) {
	values := []string{"153****0991", "1531234****", "153*****991"}
	for _, truths := range []map[string]map[mask.Field]string{nil, {"valid": subject}} {
		var all []*exchange.Exchange
		for _, v := range values {
			all = append(all, answer("V01", 200, `{"mobilePhone":"`+v+`"}`))
		}
		r := New(Config{Exchanges: all, Subjects: truths})
		var redacted []string
		for _, x := range all {
			var got map[string]string
			if err := json.Unmarshal([]byte(r.Exchange(x).Response.Body), &got); err != nil {
				t.Fatal(err)
			}
			redacted = append(redacted, got["mobilePhone"])
		}
		if before, after := mask.Union(mask.MobilePhone, values), mask.Union(mask.MobilePhone, redacted); before != after || !after.RevealsMore {
			t.Errorf("%+v became %+v (%q)", before, after, redacted)
		}
		if slices.Equal(redacted[:2], values[:2]) {
			t.Error("together the masks still show the number")
		}
	}
}

func TestPortalURLs(t *testing.T) {
	const caller = "canary0000000000srLl4pnoBcTOKEN"
	for _, value := range lines(t, "testdata/urls.txt") {
		for _, spelling := range []string{quoted(value), strings.ReplaceAll(quoted(value), "/", `\/`)} {
			t.Run(spelling, func(t *testing.T) {
				x := answer("V01", 200, `{"portalUrl":`+spelling+`}`)
				r := New(Config{Secrets: map[string]string{"{token:valid}": caller}, Exchanges: []*exchange.Exchange{x}, Key: []byte("k"),
					Subjects: map[string]map[mask.Field]string{"valid": {mask.CustomerName: "zhangsan", mask.MobilePhone: "+86 15312340991"}}})
				out := string(r.Exchange(x).Response.Body)
				var got map[string]string
				if err := json.Unmarshal([]byte(out), &got); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				hosts := []string{"software.huawei.com"}
				codes := func(s *leak.Detector, value string) (codes []string) {
					for _, i := range portalurl.Judge(value, portalurl.Options{Detector: s, PortalHosts: hosts, RedirectHosts: []string{"a.cn"}}) {
						codes = append(codes, i.Code)
					}
					return codes
				}
				if before, after := codes(r.before, value), codes(r.after, got["portalUrl"]); !slices.Equal(before, after) {
					t.Errorf("%v became %v: %s", before, after, out)
				}
				if r.Counts()[CountUnfaithful] != 0 {
					t.Errorf("unfaithful: %s", out)
				}
			})
		}
	}
}

func TestCreateDates(t *testing.T) {
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, literal := range strings.Fields(`1681203525000 1681203525 1681203525000000000 1681203525000.5 1.681203525e12 0 -1
		null true 20230411165845 20230411 1262303999999 1780272000000 1811808000000 9007199254740993 15312340991 1e400 NaN 01681203525000`) {
		x := answer("V01", 200, `{"createDate":`+literal+`}`)
		r := newRedactor(true, x)
		out := strings.TrimSuffix(strings.TrimPrefix(string(r.Exchange(x).Response.Body), `{"createDate":`), "}")
		before, after := createdate.Judge(literal, now, time.UnixMilli(1262304000000)), createdate.Judge(out, now, time.UnixMilli(1262304000000))
		if len(before) != len(after) || len(before) > 0 && before[0].Code != after[0].Code {
			t.Errorf("%s: %v became %v (%s)", literal, before, after, out)
		}
		if (out == literal) != (literal != "15312340991") && literal != "NaN" {
			t.Errorf("%s became %s", literal, out)
		}
	}
}

// TestTokenForms: a token in any form becomes its placeholder in the same form.
func TestTokenForms(t *testing.T) {
	reversed := func(s string) string { b := []byte(s); slices.Reverse(b); return string(b) }
	percentAll := func(s string) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			fmt.Fprintf(&b, "%%%02X", c)
		}
		return b.String()
	}
	forms := map[string]func(string) string{
		"raw":           func(s string) string { return s },
		"percent":       url.QueryEscape,
		"percent twice": func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
		"percent all":   percentAll,
		"html":          func(s string) string { return strings.ReplaceAll(html.EscapeString(s), "+", "&#43;") },
		"json":          func(s string) string { return strings.ReplaceAll(s, "/", `\/`) },
		"upper":         strings.ToUpper,
		"reversed":      reversed,
		"hex":           func(s string) string { return hex.EncodeToString([]byte(s)) },
		"base64":        func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
		"base64 +1":     func(s string) string { return base64.StdEncoding.EncodeToString([]byte("u" + s)) },
		"base64 +2":     func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("u:" + s + "!?>")) },
		"base64 tail":   func(s string) string { return "path/" + base64.StdEncoding.EncodeToString([]byte("user:"+s)) },
		"url alphabet":  func(s string) string { return strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(s) },
		"beginning":     func(s string) string { return s[:16] },
	}
	for name, form := range forms {
		for placeholder, secret := range secrets {
			t.Run(name+"/"+placeholder, func(t *testing.T) {
				coded := form(secret)
				for _, x := range []*exchange.Exchange{
					answer("B01", 401, "no such token: "+coded+"."),
					answer("B01", 401, quoted("token "+coded+" is bad")),
					answer("B01", 401, "", exchange.Field{Name: "X-Echo", Value: exchange.Sensitive(coded)}),
					answer("B01", 302, "", exchange.Field{Name: "Location", Value: exchange.Sensitive("https://a.cn/login?t=" + coded)}),
					success(`,"portalUrl":"https://a.cn/p?state=` + coded + `"`),
				} {
					r := newRedactor(true, x)
					text := string(x.Response.Body)
					y := r.Exchange(x)
					out := string(y.Response.Body)
					for i, f := range x.Response.Header {
						text += string(f.Value)
						out += string(y.Response.Header[i].Value)
					}
					if strings.Contains(out, coded) || strings.Contains(out, secret) {
						t.Errorf("still there: %s", out)
					}
					if before, after := marks(r.before.Scan(text)), marks(r.after.Scan(out)); !slices.Equal(before, after) {
						t.Errorf("%v became %v:\n%s\n%s", before, after, text, out)
					}
					if r.Counts()[CountUnfaithful] > 0 {
						t.Errorf("unfaithful: %s", out)
					}
					if moved := int64(len(y.Response.Body)); y.Response.Declared != moved {
						t.Errorf("declared %d, has %d", y.Response.Declared, moved)
					}
				}
			})
		}
	}
}

func TestContentCodings(t *testing.T) {
	zip := func(s string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		_, _ = w.Write([]byte(s))
		_ = w.Close()
		return b.String()
	}
	text := `{"note":"15312340991 ` + token + `"}`
	stored := func(s string) string {
		var b bytes.Buffer
		w, _ := gzip.NewWriterLevel(&b, gzip.NoCompression)
		_, _ = w.Write([]byte(s))
		_ = w.Close()
		return b.String()
	}
	tests := []struct {
		name, coding, body string
		want               error
	}{
		{"gzip", "gzip", zip(text), nil},
		{"identity", "identity", text, nil},
		{"gzip twice", "gzip, gzip", zip(zip(text)), nil},
		{"cut", "gzip", zip(text)[:40], media.ErrCorrupt},
		{"stored and cut", "gzip", stored(text)[:60], media.ErrCorrupt},
		{"no gzip at all", "gzip", text, media.ErrCorrupt},
		{"bytes after", "gzip", zip(text) + "x", media.ErrCorrupt},
		{"unknown", "br", text, media.ErrCoding},
		{"bomb", "gzip", zip(strings.Repeat("15312340991 ", 1<<19)), media.ErrLimit},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := answer("R17", 200, tt.body, exchange.Field{Name: "Content-Encoding", Value: exchange.Sensitive(tt.coding)})
			r := newRedactor(true, x)
			y := r.Exchange(x)
			got, err := media.Decode(y.Response.Header.Get("Content-Encoding"), []byte(y.Response.Body), 1<<20)
			if !errors.Is(err, tt.want) {
				t.Errorf("error %v, want %v", err, tt.want)
			}
			if err == nil && !strings.Contains(string(got), "{token:valid}") {
				t.Errorf("got %q", got)
			}
			if strings.Contains(string(got), "12340991 ") || strings.Contains(string(y.Response.Body), "1234099") {
				t.Error("the number is still there")
			}
			if y.Response.Declared != int64(len(y.Response.Body)) || r.Counts()[CountUnfaithful] != 0 {
				t.Errorf("declared %d of %d; %v", y.Response.Declared, len(y.Response.Body), r.Counts())
			}
		})
	}
}

// TestShapes: what is no personal data by its form loses its content and keeps its
// form, byte by byte.
func TestShapes(t *testing.T) {
	tests := []struct{ name, in string }{
		{"broken JSON", `{"mobilePhone":"153****0991","nick":"Li Lei`},
		{"single quotes", `{'nick':'Li Lei'}`},
		{"byte order mark", "\ufeff{\"nick\":\"Li Lei\"}"},
		{"trailing bytes", `{"nick":"Li Lei"} Li Lei`},
		{"duplicate names", `{"nick":"Li Lei","nick":"Li Lei","nick":"Han Mei"}`},
		{"not UTF-8", "{\"nick\":\"Li Lei \xc0\xee\xc0\xd7\"}"},
		{"GBK in percent", "https://a.cn/%C0%EE?nick=%C0%D7+Lei"},
		{"names in the middle", "<h1>Error 500</h1><p>Li Lei was not found, id 4711-0815, build 20240102</p>"},
		{"Cyrillic", "Имя Ли Лэй"},
		{"numbers", `[4711,0.4711,-4711e3,4711E+2,0]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRedactor(false)
			out := string(r.Exchange(answer("M01", 401, tt.in)).Response.Body)
			if len(out) != len(tt.in) || utf8.ValidString(out) != utf8.ValidString(tt.in) || out == tt.in {
				t.Errorf("%q became %q", tt.in, out)
			}
			for _, word := range []string{"Li", "Lei", "Mei", "\xc0", "C0", "4711", "0815", "20240102", "Имя", "Ли"} {
				if strings.Contains(out, word) {
					t.Errorf("%q is still in %q", word, out)
				}
			}
			if json.Valid([]byte(out)) != json.Valid([]byte(tt.in)) {
				t.Errorf("%q is JSON no less than %q", tt.in, out)
			}
		})
	}
	r := newRedactor(false)
	a := string(r.Exchange(answer("V01", 200, `{"nick":"Li Lei","v":["a","b","c","d","e","f","g"]}`)).Response.Body)
	if b := string(r.Exchange(answer("V02", 200, `{ "v":["a","b","c","d","e","f","g"], "nick" : "Li Lei"}`)).Response.Body); !sameMembers(t, a, b) {
		t.Errorf("equal values became different: %s, %s", a, b)
	}
	var got struct{ V []string }
	for _, v := range decodeMembers(t, a) {
		if list, ok := v.([]any); ok {
			for _, e := range list {
				got.V = append(got.V, e.(string))
			}
		}
	}
	slices.Sort(got.V)
	if len(slices.Compact(got.V)) != 7 {
		t.Errorf("different values became equal: %s", a)
	}
}

func decodeMembers(t *testing.T, body string) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func sameMembers(t *testing.T, a, b string) bool {
	t.Helper()
	return fmt.Sprint(decodeMembers(t, a)) == fmt.Sprint(decodeMembers(t, b))
}

// TestVocabulary: what rules and people need to read an error stays.
func TestVocabulary(t *testing.T) {
	for _, text := range []string{
		"Unauthorized operation. 1. Check whether you have purchased services related to the AICC. 2. Sign in to the AICC as a system administrator and check whether the value of Business Software Mall Official Website under System parameters > Unified Public Configuration > Cloud Customers is correct. 3. Check whether the request header parameter is correctly set.",
		"The business fails.", "application/json;charset=UTF-8", "no-store", "Bearer realm=\"\"", "<html><head><title>502 Bad Gateway</title></head>",
		"Traceback (most recent call last):", "X-Auth-Token, Accept-Encoding", "Tue, 11 Apr 2023 08:58:45 GMT",
	} {
		r := newRedactor(false)
		if got := r.text(text, serving); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
	for _, member := range []string{"contactPhone", "idNo", "id_no", "zhangs_api_key", "account_no2", "accessToken", "realName2", "customer_address"} {
		r := newRedactor(false)
		got := r.text(member, name)
		if before, after := leak.SensitiveName.FindString(member), leak.SensitiveName.FindString(got); before != after {
			t.Errorf("%s became %s", member, got)
		}
	}
}

// TestOctets: a masked member that is not UTF-8 is judged as the rules read it,
// with U+FFFD for each bad byte, and the bytes themselves do not stay.
func TestOctets(t *testing.T) {
	x := answer("V01", 200, "{\"company\":\"\xbb\xaa\xce技术有限公司\"}")
	r := newRedactor(false, x)
	out := string(r.Exchange(x).Response.Body)
	if utf8.ValidString(out) || strings.Contains(out, "\xbb\xaa") || strings.Contains(out, "技术") || !strings.Contains(out, "有限公司") || r.Counts()[CountUnfaithful] != 0 {
		t.Errorf("got %q, %v", out, r.Counts())
	}
	before := mask.Judge(mask.Company, jsonString(string(x.Response.Body)[12:34]))
	if after := mask.Judge(mask.Company, jsonString(out[12:34])); before != after {
		t.Errorf("%v became %v", before, after)
	}
}

// TestPseudonymsSayNothing: no pseudonym is a word or number that a rule looks for.
func TestPseudonymsSayNothing(t *testing.T) {
	var text strings.Builder
	for i := 10; i < 100; i++ {
		if i != 49 {
			fmt.Fprintf(&text, "%d,", i)
		}
	}
	for i := range 100 {
		r := New(Config{Key: []byte{byte(i)}})
		if out := r.text(text.String(), foreign); strings.Contains(out, "49") {
			t.Fatalf("got %s", out)
		}
		if out := r.text("id 7f31245a-1c2d3e", foreign); strings.Trim(out[3:], "0123456789abcdef-") != "" {
			t.Fatalf("a hexadecimal number became %s", out)
		}
	}
}

// TestRequestWords: what the target repeats of a request is not personal, and
// rules look for it.
func TestRequestWords(t *testing.T) {
	x := answer("B25.script", 401, "not valid: <script>alert(1)</script> for Li Lei")
	x.Request.Header = []exchange.RequestField{{Name: "X-Auth-Token", Value: "<script>alert(1)</script>"}}
	out := string(newRedactor(false, x).Exchange(x).Response.Body)
	if !strings.HasPrefix(out, "not valid: <script>alert(1)</script> ") || strings.Contains(out, "Lei") {
		t.Errorf("got %q", out)
	}
}

// TestSplitTokens: a token that is found only as a whole is found where the
// delimiters of a URL split it, and next to itself.
func TestSplitTokens(t *testing.T) {
	const early = "AbC/dEfGhIjKlMnOpQrStUvWxYz0123="
	tests := []struct{ field, value string }{
		{"Location", "https://a.cn/login/" + early + "/x?t=" + early},
		{"X-Echo", url.QueryEscape(early + early)},
		{"X-Echo", early + early + " " + early},
	}
	for _, tt := range tests {
		x := answer("B01", 401, "", exchange.Field{Name: tt.field, Value: exchange.Sensitive(tt.value)})
		r := New(Config{Secrets: map[string]string{"{token:valid}": early, "{token:valid|twice}": early + early, "{token:valid|in-url}": url.QueryEscape(early)}})
		out := string(r.Exchange(x).Response.Header[0].Value)
		if before, after := marks(r.before.Scan(tt.value)), marks(r.after.Scan(out)); !slices.Equal(before, after) || r.Counts()[CountUnfaithful] != 0 {
			t.Errorf("%v became %v: %s", before, after, out)
		}
		if strings.Contains(out, "dEfGhIjKlMn") {
			t.Errorf("still there: %s", out)
		}
	}
}

// TestGate: what was redacted passes, and what slipped through does not.
func TestGate(t *testing.T) {
	leaky := success(`,"phone":"13912345678","mail":"li.lei@example-mail.cn","card":"11010519491231002X","b":"` +
		base64.StdEncoding.EncodeToString([]byte("call 13912345678 now")) + `"`)
	named := answer("V02", 200, `{"customerName":"wanglihong"}`)
	r := newRedactor(true, success(""), leaky, named)
	clean := string(r.Exchange(leaky).Response.Body) + string(r.Exchange(named).Response.Body)
	g := r.Gate()
	if leaks := g.Scan(map[string][]byte{"evidence.har": []byte(clean), "report.html": []byte("<p>" + html.EscapeString(clean))}); leaks != nil {
		t.Errorf("%v in %s", leaks, clean)
	}
	// A number that the target never sent is nobody's: reports are full of times,
	// sizes and ids, and one in some hundred runs has one that looks like a phone.
	if leaks := g.Scan(map[string][]byte{"a": []byte(`{"wait":18812345678}`)}); leaks != nil {
		t.Errorf("a number of our own: %v", leaks)
	}
	for name, text := range map[string]string{
		"token": token, "token in base64": base64.StdEncoding.EncodeToString([]byte("x" + token)), "derived": derived, "truth": subject[mask.CustomerName],
		"phone": "13912345678", "mail": "li.lei@example-mail.cn", "name": "Wanglihong",
		"phone in base64": base64.StdEncoding.EncodeToString([]byte("call 13912345678 now")), "company": subject[mask.Company], "card": "11010519491231002X",
	} {
		leaks := g.Scan(map[string][]byte{"a": []byte(clean), "b": []byte(clean + " " + text)})
		if len(leaks) == 0 || leaks[0].File != "b" || leaks[0].Offset < len(clean) {
			t.Errorf("%s: %v", name, leaks)
		}
		if strings.Contains(fmt.Sprintf("%#v", leaks), text) {
			t.Errorf("%s: the leak holds what was found", name)
		}
	}
}

func TestCounts(t *testing.T) {
	r := newRedactor(true, success(""))
	x := answer("M01", 401, quoted("15312340991 sunkai@huawei.com "+token))
	r.Exchange(x)
	r.Exchange(x)
	want := map[string]int{"phone": 2, "email": 2, "truth": 4, "token": 2, CountTexts: 2, CountResized: 2}
	if got := r.Counts(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestInputStays: redacting changes nothing in what it was given.
func TestInputStays(t *testing.T) {
	build := func() *exchange.Exchange {
		x := answer("V01", 200, `{"phone":"15312340991","t":"`+token+`"}`, exchange.Field{Name: "X-Phone", Value: "15312340991"},
			exchange.Field{Name: "Content-Length", Value: "99"})
		x.Response.Trailer = exchange.Fields{{Name: "X-End", Value: token}}
		x.Request = exchange.Request{Method: "GET", Target: "/", Header: []exchange.RequestField{{Name: "X-Auth-Token", Value: token}}}
		x.Failure = &exchange.Failure{Kind: "reset", Text: "reset while sending " + token}
		return x
	}
	x := build()
	y := newRedactor(true, x).Exchange(x)
	if !reflect.DeepEqual(x, build()) {
		t.Error("the exchange was changed")
	}
	for _, text := range []string{y.Request.Header[0].Value, y.Failure.Text, string(y.Response.Trailer[0].Value)} {
		if strings.Contains(text, token) || !strings.Contains(text, "{token:valid}") {
			t.Errorf("got %q", text)
		}
	}
}

func TestLeakKindsAreAllKnown(t *testing.T) {
	for _, kind := range []leak.Kind{leak.Phone, leak.Email, leak.IDCard, leak.BankCard, leak.Truth, leak.Token, leak.JWT} {
		if c := kind.Class(); !replaced[kind] || c != leak.Personal && c != leak.Credential {
			t.Errorf("%s: %s", kind, c)
		}
	}
}
