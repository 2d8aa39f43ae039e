package redact

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"omaspec/reports/exchange"
	"omaspec/reports/har"
	"omaspec/schemas/mask"
)

// canaries are planted in every place of an exchange.
var canaries = map[string]string{
	"token":   token,
	"derived": derived,
	"phone":   subject[mask.MobilePhone],
	"mail":    subject[mask.Email],
	"name":    subject[mask.CustomerName],
	"company": subject[mask.Company],
	"other":   "13998765432",
	"nobody":  "wang.lihong@nobody-mail.cn",
	"word":    "Wanglihong",
	"number":  "8017264950",
}

// places put a text somewhere into an exchange.
var places = map[string]func(x *exchange.Exchange, s string){
	"request target": func(x *exchange.Exchange, s string) { x.Request.Target = "/p?x=" + s },
	"request field":  func(x *exchange.Exchange, s string) { x.Request.Header[0].Value = s },
	"request body":   func(x *exchange.Exchange, s string) { x.Request.Body = s },
	"raw request":    func(x *exchange.Exchange, s string) { x.Request.Raw = "GET / HTTP/1.1\r\nX: " + s },
	"failure": func(x *exchange.Exchange, s string) {
		x.Response, x.Failure = nil, &exchange.Failure{Kind: "dial", Text: "dial " + s}
	},
	"reason":           func(x *exchange.Exchange, s string) { x.Response.Reason = exchange.Sensitive(s) },
	"field":            field("X-Anything"),
	"known field":      field("Server"),
	"location":         func(x *exchange.Exchange, s string) { field("Location")(x, "https://a.cn/login/"+s+"?id="+s+"#"+s) },
	"user information": func(x *exchange.Exchange, s string) { field("Location")(x, "https://"+s+":"+s+"@a.cn/") },
	"link":             func(x *exchange.Exchange, s string) { field("Link")(x, "<https://a.cn/"+s+">; title=\""+s+"\"") },
	"cookie":           func(x *exchange.Exchange, s string) { field("Set-Cookie")(x, s+"="+s+"; Path=/"+s) },
	"field name": func(x *exchange.Exchange, s string) {
		x.Response.Header = exchange.Fields{{Name: "X-" + s, Value: "1"}}
	},
	"trailer": func(x *exchange.Exchange, s string) {
		x.Response.Trailer = exchange.Fields{{Name: "X-End", Value: exchange.Sensitive(s)}}
	},
	"extra":      func(x *exchange.Exchange, s string) { x.Response.Extra = exchange.Sensitive(s) },
	"extra JSON": func(x *exchange.Exchange, s string) { x.Response.Extra = exchange.Sensitive(`{"a":` + quoted(s) + `}`) },
	"text":       body(func(s string) string { return "not found: " + s }),
	"page": body(func(s string) string {
		return "<html><body title=\"" + s + "\"><p>" + s + "</p><!-- " + s + " --></body></html>"
	}),
	"string":      body(quoted),
	"schema":      body(func(s string) string { return `{"schema":` + quoted(s) + `}` }),
	"member":      body(func(s string) string { return `{"a":{"b":[` + quoted(s) + `]}}` }),
	"member name": body(func(s string) string { return `{` + quoted(s) + `:1}` }),
	"masked": body(func(s string) string {
		return `{"mobilePhone":` + quoted(s) + `,"company":` + quoted(s) + `,"customerName":` + quoted(s) + `,"email":` + quoted(s) + `}`
	}),
	"public": body(func(s string) string {
		return `{"vdn":` + quoted(s) + `,"createDate":` + quoted(s) + `,"tenantSpaceStatus":` + quoted(s) + `}`
	}),
	"portalUrl": body(func(s string) string {
		return `{"portalUrl":` + quoted("https://a.cn/p/"+s+"?client_id="+s+"&redirect_uri="+url.QueryEscape("https://b.cn/"+s)) + `}`
	}),
	"duplicate":   body(func(s string) string { return `{"email":` + quoted(s) + `,"email":"sunk****@huawei.com"}` }),
	"cut":         body(func(s string) string { return `{"mobilePhone":"153****0991","email":"` + s }),
	"trailing":    body(func(s string) string { return `{"vdn":"1"}` + s }),
	"stack trace": body(func(s string) string { return "java.lang.Error: " + s + "\n\tat com.huawei.A.b(A.java:1)\n" }),
	"not UTF-8":   body(func(s string) string { return "{\"a\":\"\xff" + s + "\xff\"}" }),
	"base64":      body(func(s string) string { return base64.StdEncoding.EncodeToString([]byte("value=" + s)) }),
	"in string":   body(func(s string) string { return quoted(`{"inner":` + quoted(s) + `}`) }),
	"percent":     body(func(s string) string { return "x=" + strings.ReplaceAll(url.QueryEscape(s), "1", "%31") }),
}

func field(name string) func(*exchange.Exchange, string) {
	return func(x *exchange.Exchange, s string) {
		x.Response.Header = exchange.Fields{{Name: name, Value: exchange.Sensitive(s)}}
	}
}

func body(write func(string) string) func(*exchange.Exchange, string) {
	return func(x *exchange.Exchange, s string) { x.Response.Body = exchange.Sensitive(write(s)) }
}

// ours are places that omaspec fills itself: only what it knows to be secret is
// looked for there.
var ours = map[string]bool{"request target": true, "request field": true, "request body": true, "raw request": true, "failure": true}

// TestCanaries plants every canary in every place and searches the finished HAR.
func TestCanaries(t *testing.T) {
	for place, plant := range places {
		for name, canary := range canaries {
			if ours[place] && (name == "word" || name == "number") ||
				place == "public" && name == "number" || // a good vdn
				place == "user information" && (name == "token" || name == "derived" || name == "mail") { // with the host it is another address
				continue
			}
			t.Run(place+"/"+name, func(t *testing.T) {
				x := answer("V01", 200, "")
				x.Request = exchange.Request{Method: "GET", Target: "/p", Header: []exchange.RequestField{{Name: "X-Auth-Token", Value: "{token:valid}"}}}
				plant(x, canary)
				r := newRedactor(true, success(""), x)
				var b bytes.Buffer
				evidence := har.Evidence{Target: "https://staging.example/p", Subjects: r.Subjects(), Exchanges: []*exchange.Exchange{r.Exchange(success("")), r.Exchange(x)}}
				if err := har.Write(&b, evidence); err != nil {
					t.Fatal(err)
				}
				for _, form := range []string{canary, url.QueryEscape(canary), base64.StdEncoding.EncodeToString([]byte("value=" + canary)), strings.ToLower(canary)} {
					if bytes.Contains(b.Bytes(), []byte(form)) || bytes.Contains(bytes.ToLower(b.Bytes()), []byte(strings.ToLower(canary))) {
						t.Fatalf("%q is in the HAR", form)
					}
				}
				if leaks := r.Gate().Scan(map[string][]byte{"evidence.har": b.Bytes()}); leaks != nil {
					at := leaks[0].Offset
					t.Errorf("the gate says %v: …%s", leaks, b.Bytes()[max(0, at-40):min(b.Len(), at+40)])
				}
				if n := r.Counts()[CountUnfaithful]; n > 0 {
					t.Errorf("%d unfaithful texts: %s", n, r.Exchange(x).Response.Body)
				}
			})
		}
	}
}

func FuzzExchange(f *testing.F) {
	for _, text := range lines(f, "testdata/texts.txt") {
		f.Add(text, " ", byte(0))
	}
	for _, u := range lines(f, "testdata/urls.txt") {
		f.Add(`{"portalUrl":`+quoted(u)+`}`, u, byte(1))
	}
	f.Add(`{"mobilePhone":"153****0991","email":"a@b.c`, "\xff%\\u00", byte(2))
	f.Add("%2531&#x3", `\ud83d`, byte(3))
	plants := []string{"", "13998765432", token, "wang.lihong@nobody-mail.cn"}
	f.Fuzz(func(t *testing.T, before, after string, which byte) {
		if len(before)+len(after) > 4096 {
			return
		}
		plant := plants[int(which)%len(plants)]
		// A plant is found where it stands alone.
		body := before + " " + plant + " " + after
		x := answer("V01", 200, body, exchange.Field{Name: after, Value: exchange.Sensitive(before)}, exchange.Field{Name: "Location", Value: exchange.Sensitive(after)})
		r := newRedactor(which >= 4, success(""), x)
		y := r.Exchange(x)
		out := string(y.Response.Body)
		if plant != "" && strings.Contains(out, plant) {
			t.Errorf("the plant %d is still in %q", which%4, out)
		}
		if utf8.ValidString(out) != utf8.ValidString(body) {
			t.Errorf("validity of UTF-8 changed: %q became %q", body, out)
		}
		if json.Valid([]byte(body)) && plant != token && !json.Valid([]byte(out)) && r.Counts()["token"] == 0 {
			t.Errorf("JSON became none: %q became %q", body, out)
		}
		if plant == "" && len(out) != len(body) && r.Counts()["token"] == 0 && utf8.ValidString(body) {
			t.Errorf("%d bytes became %d: %q became %q", len(body), len(out), body, out)
		}
		if fmt.Sprint(r.Exchange(x).Response) != fmt.Sprint(y.Response) || string(r.Exchange(x).Response.Body) != out {
			t.Error("the second result differs from the first")
		}
	})
}
