package leak

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"omaspec/schemas"
	"omaspec/schemas/mask"
)

func texts(text string, spans []span) []string {
	found := []string{}
	for _, s := range spans {
		found = append(found, text[s.start:s.end])
	}
	return found
}

func TestFinders(t *testing.T) {
	tests := []struct {
		name string
		find func(string) []span
		text string
		want []string
	}{
		// The labelled vectors.
		{"phone", phones, `contact 15312340991 now`, []string{"15312340991"}},
		{"phone", phones, `"phone":"15312340991"`, []string{"15312340991"}},
		{"phone", phones, `0086 15312340991`, []string{"15312340991"}},
		{"phone", phones, `8615312340991`, []string{"8615312340991"}},
		{"phone", phones, `"createDate":1681203525`, nil},
		{"phone", phones, `orderId 251679538126441114`, nil},
		{"phone", phones, `ver 1.15312340991`, nil},
		{"phone", phones, `153****0991`, nil},
		{"phone", phones, `+4915112345678`, []string{"+4915112345678"}},
		{"phone", phones, `tel:+1-202-555-0143`, []string{"+1-202-555-0143"}},
		{"phone", phones, `16812035250.5`, nil},
		{"phone", phones, `ETag: "15312340991"`, []string{"15312340991"}},
		{"phone", phones, `400-955-988`, nil},
		{"phone", phones, `Content-Length: 303`, nil},
		{"phone", phones, `19999999999`, []string{"19999999999"}},
		{"phone", phones, `12345678901`, nil},
		{"phone", phones, `%2B8613800138000`, nil},
		{"phone", phones, `12 34 56 78 90`, nil},
		{"email", emails, `user sunkai@huawei.com not found`, []string{"sunkai@huawei.com"}},
		{"email", emails, `sunk****@huawei.com`, nil},
		{"email", emails, `a@b`, nil},
		{"email", emails, `@RequestMapping java.lang`, nil},
		{"email", emails, `com.huawei.Foo@7f31245a.bar`, nil},
		{"email", emails, `git@github.com:x/y.git`, []string{"git@github.com"}},
		{"email", emails, `mailto:ops@example.org`, []string{"ops@example.org"}},
		{"email", emails, `sunkai%40huawei.com`, nil},

		{"phone", phones, `15312340991`, []string{"15312340991"}},
		{"phone", phones, `008615312340991`, []string{"008615312340991"}},
		{"phone", phones, `+86 153 1234 0991`, []string{"+86 153 1234 0991"}},
		{"phone", phones, `+8615312340991 200 OK`, []string{"+8615312340991"}},
		{"phone", phones, `+1 (202) 555-0143.`, []string{"+1 (202) 555-0143"}},
		{"phone", phones, `153 1234 0991, 153-1234-0991`, []string{"153 1234 0991", "153-1234-0991"}},
		{"phone", phones, `153  1234 0991`, nil},
		{"phone", phones, `123 1234 0991`, nil},
		{"phone", phones, `153 1234 09912`, nil},
		{"phone", phones, `手机15312340991。`, []string{"15312340991"}},
		{"phone", phones, `15312340991.`, []string{"15312340991"}},
		{"phone", phones, `15312340991*`, nil},
		{"phone", phones, `_15312340991`, nil},
		{"phone", phones, `a15312340991`, nil},
		{"phone", phones, `Mon, 01 Jun 2026 00:00:00 +0800`, nil},
		{"phone", phones, `2026-06-01T00:00:00+08:00`, nil},
		{"phone", phones, `00:00:00 +0800 20260601`, nil},
		{"phone", phones, `+15312340991 20`, []string{"+15312340991"}},
		{"phone", phones, `+12345678 1234567890123`, []string{"+12345678"}},
		{"phone", phones, `+1234567`, nil},
		{"phone", phones, `+1234567890123456`, nil},
		{"phone", phones, `x+4915112345678`, nil},
		{"phone", phones, `1e+15312340991`, []string{"15312340991"}},

		{"email", emails, `sunkai@huawei.com`, []string{"sunkai@huawei.com"}},
		{"email", emails, `<sunkai@mail.huawei.com>.`, []string{"sunkai@mail.huawei.com"}},
		{"email", emails, `sunkai@12306.cn`, []string{"sunkai@12306.cn"}},
		{"email", emails, `sunkai@facade.com`, []string{"sunkai@facade.com"}},
		{"email", emails, `logo@2x.png`, nil},
		{"email", emails, `s****i@huawei.com`, nil},
		{"email", emails, `s••••i@huawei.com`, nil},
		{"email", emails, `sunkXXXX@huawei.com`, nil},
		{"email", emails, `bobbby@huawei.com`, []string{"bobbby@huawei.com"}},
		{"email", emails, `sunk\u002a\u002a\u002a\u002a@huawei.com`, nil},
		{"email", emails, `sunk%2A%2A%2A%2A@huawei.com`, nil},
		{"email", emails, `sunk&#42;&#42;n@huawei.com`, nil},
		{"email", emails, `to: a;sunkai@huawei.com`, []string{"sunkai@huawei.com"}},
		{"email", emails, `a@b@c.com`, []string{"b@c.com"}},
		{"email", emails, `a@-b.com`, nil},
		{"email", emails, `a@b.c`, nil},
		{"email", emails, `a@b.com-`, []string{"a@b.com"}},

		{"id", idCards, `id 11010519491231002X.`, []string{"11010519491231002X"}},
		{"id", idCards, `440524188001010014`, nil}, // a right check digit, but of 1880
		{"id", idCards, `110105194912310021`, nil},
		{"id", idCards, `11010519491331002X`, nil},
		{"id", idCards, `251679538126441114`, nil},
		{"card", bankCards, `4111111111111111`, []string{"4111111111111111"}},
		{"card", bankCards, `4111111111111112`, nil},
		{"card", bankCards, `x4111111111111111`, nil},
		{"jwt", jwts, `Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0abc.sig-_1;`, []string{"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0abc.sig-_1"}},
		{"jwt", jwts, `eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.`, []string{"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."}},
		{"jwt", jwts, `eyJhbGciOiJub25lIn0.short.`, nil},
		{"jwt", jwts, `eyJshort.eyJzdWIiOiJhZG1pbiJ9.`, nil},
		{"jwt", jwts, `eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9`, nil},

		{"stack", stackTraces, "x\n\tat com.huawei.oma.Tenant.query(Tenant.java:42)\n", []string{"\tat com.huawei.oma.Tenant.query(Tenant.java:42)"}},
		{"stack", stackTraces, "  at A$B.c(D.kt:1)", []string{"  at A$B.c(D.kt:1)"}},
		{"stack", stackTraces, "at A.c(D.scala:1)", []string{"at A.c(D.scala:1)"}},
		{"stack", stackTraces, "look at A.c(D.java:1)", nil},
		{"stack", stackTraces, "<pre>Error: x<br> &nbsp; &nbsp;at f (/root/a/server.js:15:51)<br>", []string{"<br> &nbsp; &nbsp;at f (/root/a/server.js:15:51)"}},
		{"stack", stackTraces, "<p>Meet us at (12:30:15)", nil},
		{"stack", stackTraces, "base.rb:1696:in 'call'", []string{".rb:1696:in '"}},
		{"stack", stackTraces, "app.rb:38:in &#39;query&#39;", []string{".rb:38:in &#39;"}},
		{"stack", stackTraces, "#0 /srv/x.php(12): f()", []string{"#0 /srv/x.php(12)"}},
		{"stack", stackTraces, "ticket #0 of shop.php", nil},
		{"stack", stackTraces, "in <b>/srv/x.php</b> on line <b>12</b>", []string{".php</b> on line <b>12"}},
		{"stack", stackTraces, "   at A.B.C(String s) in C:\\x\\y.cs:line 3", []string{"   at A.B.C(String s) in C:\\x\\y.cs:line 3"}},
		{"stack", stackTraces, "look at the field in the form: line 3", nil},
		{"stack", stackTraces, "died at /srv/a.pl line 53.", []string{"at /srv/a.pl line 53"}},
		{"stack", stackTraces, "an error at the first line 53", nil},
		{"stack", stackTraces, "thread 'main' (7) panicked at src/a.rs:1:2", []string{"thread 'main' (7) panicked at "}},
		{"stack", stackTraces, "** (Ecto.NoResultsError) expected", []string{"** (Ecto.NoResultsError) "}},
		{"stack", stackTraces, "** (see below) **", nil},
		{"sql", sqlErrors, "relation \"t\" does not exist", []string{"relation \"t\" does not exist"}},
		{"sql", sqlErrors, "the tenant does not exist", nil},
		{"sql", sqlErrors, "no such table: t", []string{"no such table: t"}},
		{"sql", sqlErrors, "SQLITE_ERROR: x", []string{"SQLITE_ERROR"}},
		{"banner", banners, "Apache/2.4.71 (Debian) Server at", []string{"Apache/2.4.71"}},
		{"banner", banners, "licensed under Apache 2", nil},
		{"banner", banners, "PHP/8.2.1", []string{"PHP/8.2.1"}},
		{"banner", banners, "(squid/5.7)", []string{"squid/5.7"}},
		{"banner", banners, "Powered by Jetty:// 9.4", []string{"Powered by Jetty://"}},
		{"path", paths, "see /rest/oma/softwareconsole/tenant/querytenantbasic", nil},
		{"path", paths, "see /app/login and /data/2023/items", nil},
		{"path", paths, "in /app/src/tenant.py", []string{"/app/src/tenant.py"}},
		{"path", paths, "in /usr/share/rubygems-integration", []string{"/usr/share/rubygems-integration"}},
		{"path", paths, "https://x.example/srv/files", nil},
		{"private", privateAddresses, "fd12:3456::1", []string{"fd12:3456::1"}},
		{"private", privateAddresses, "fe80::1:2", []string{"fe80::1:2"}},
		{"private", privateAddresses, "fd12:3456:789a:1::1", []string{"fd12:3456:789a:1::1"}},
		{"private", privateAddresses, "fe80:1:2:3::4", []string{"fe80:1:2:3::4"}},
		{"private", privateAddresses, "fd:12:34:56:78:9a", nil},
		{"private", privateAddresses, "2001:db8::fd12:1", nil},
		{"stack", stackTraces, "Caused by: x", []string{"Caused by: "}},
		{"stack", stackTraces, `Exception in thread "main"`, []string{"Exception in thread"}},
		{"stack", stackTraces, "Traceback (most recent call last):", []string{"Traceback (most recent call last)"}},
		{"stack", stackTraces, "goroutine 1 [running]:", []string{"goroutine 1 ["}},
		{"stack", stackTraces, "panic: runtime error", []string{"panic: "}},
		{"stack", stackTraces, "System.NullReferenceException", []string{"System.NullReferenceException"}},
		{"stack", stackTraces, "under System parameters > Unified", nil},
		{"sql", sqlErrors, "ORA-00942: table", []string{"ORA-00942"}},
		{"sql", sqlErrors, "SQLSTATE[42S02]", []string{"SQLSTATE"}},
		{"sql", sqlErrors, `syntax error at or near "x"`, []string{"syntax error at or near"}},
		{"sql", sqlErrors, "AURORA-12345", nil},
		{"class", classNames, "java.lang.NullPointerException: x", []string{"java.lang.NullPointerException"}},
		{"class", classNames, "jakarta.servlet.Error", []string{"jakarta.servlet.Error"}},
		{"class", classNames, "org.springframework.web.X", []string{"org.springframework.web.X"}},
		{"class", classNames, "com.huawei.oma.Tenant", []string{"com.huawei.oma.Tenant"}},
		{"class", classNames, "https://software.huawei.com/auth", nil},
		{"class", classNames, "An Error or Exception of java.", nil},
		{"banner", banners, "Server: nginx/1.24.0", []string{"nginx/1.24.0"}},
		{"banner", banners, "Server: nginx", nil},
		{"banner", banners, "<h1>Whitelabel Error Page</h1>", []string{"Whitelabel Error Page"}},
		{"banner", banners, "Apache Tomcat/9.0.1", []string{"Apache Tomcat/9.0.1"}},
		{"banner", banners, "<center>openresty</center>", []string{"openresty"}},
		{"path", paths, "in /opt/oma/bin/x", []string{"/opt/oma/bin/x"}},
		{"path", paths, "/home/abc", nil},
		{"path", paths, "https://x.com/home/index.html", nil},
		{"path", paths, `C:\Users\oma`, []string{`C:\Users\oma`}},
		{"path", paths, `C:\\temp\\x`, []string{`C:\\temp\\x`}},
		{"path", paths, `Step A:\nthen`, nil},
		{"address", privateAddresses, "10.0.0.8", []string{"10.0.0.8"}},
		{"address", privateAddresses, "to 192.168.1.1.", []string{"192.168.1.1"}},
		{"address", privateAddresses, "172.16.0.1 172.31.9.9 172.32.0.1", []string{"172.16.0.1", "172.31.9.9"}},
		{"address", privateAddresses, "1.10.0.0.8", nil},
		{"address", privateAddresses, "10.0.0.8.9", nil},
		{"address", privateAddresses, "110.0.0.8", nil},
		{"address", privateAddresses, "8.8.8.8", nil},
	}
	for i, test := range tests {
		t.Run(fmt.Sprintf("%d %s", i+1, test.name), func(t *testing.T) {
			got := slices.Compact(slices.Sorted(slices.Values(texts(test.text, test.find(test.text)))))
			want := slices.Sorted(slices.Values(test.want))
			if !slices.Equal(got, want) {
				t.Errorf("%q: got %q, want %q", test.text, got, want)
			}
		})
	}
}

func TestCorrelation(t *testing.T) {
	tests := []struct {
		field  mask.Field
		masked string
		text   string
		want   bool
	}{
		{mask.MobilePhone, `153****0991`, `err for 15312340991`, true},
		{mask.MobilePhone, `153****0991`, `15399990992`, false},
		{mask.MobilePhone, `153****0991`, `"createDate":1531234567890991`, false},
		{mask.Email, `sunk****@huawei.com`, `sunkai01@huawei.com`, true},
		{mask.Email, `sunk****@huawei.com`, `sunk****@huawei.com`, false},
		{mask.Email, `sunk****@huawei.com`, `other@huawei.com`, false},
		{mask.CustomerName, `zXXXXXX`, `zhangsan`, false},
		{mask.Company, `华为XXXXXXXXX`, `华为云计算技术有限公司`, false},
		{mask.Company, `Huawei XXXXXXXXX`, `Huawei Technologies`, false},

		{mask.MobilePhone, `153****0991`, `+86 153-1234-0991`, true},
		{mask.MobilePhone, `153****0991`, `tel%3A%2B8615312340991`, true},
		{mask.MobilePhone, `***********`, `15312340991`, false},
		{mask.MobilePhone, `********991`, `15312340991`, false},
		{mask.MobilePhone, `153****0991`, base64.StdEncoding.EncodeToString([]byte("15399990992, 15312340991")), true},
		{mask.Email, `****@huawei.com`, `sunkai@huawei.com`, false},
		{mask.Email, `sunk****@huawei.com`, `"sunk****", "%22sunkai@huawei.com%22"`, true},
	}
	for i, test := range tests {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			d := New(Config{Masked: map[mask.Field][]string{test.field: {test.masked}}})
			hits := d.Scan(test.text)
			if got := slices.ContainsFunc(hits, func(h Hit) bool { return h.Correlated }); got != test.want {
				t.Errorf("%s: correlated is %t, want %t: %+v", schemas.Shape(test.text), got, test.want, hits)
			}
		})
	}
}

// secret has the form of the page's sample token.
const secret = "canary0000000000srLl4pnoBcTOKEN+/w9DvgIB87KzYpxMdE9+vvzLZqYIw="

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// TestSecretEchoes looks for one secret in every form that it may take.
func TestSecretEchoes(t *testing.T) {
	encode := base64.StdEncoding.EncodeToString
	urlSafe := base64.RawURLEncoding.EncodeToString
	percent := url.QueryEscape
	var upper strings.Builder // every character escaped, as JSON may do it
	for _, r := range secret {
		fmt.Fprintf(&upper, `\u%04X`, r)
	}
	tests := []struct {
		name, echo, encoding string
	}{
		{"raw", secret, ""},
		{"lower case", strings.ToLower(secret), ""},
		{"upper case", strings.ToUpper(secret), ""},
		{"percent", percent(secret), "percent"},
		{"percent in lower case", strings.ToLower(percent(secret)), "percent"},
		{"percent twice", percent(percent(secret)), "percent>percent"},
		{"JSON with escaped slashes", strings.ReplaceAll(secret, "/", `\/`), "json"},
		{"JSON, all escaped", upper.String(), "json"},
		{"JSON in JSON", strings.ReplaceAll(upper.String(), `\`, `\\`), "json>json"},
		{"HTML", strings.NewReplacer("+", "&#43;", "=", "&#61;").Replace(secret), "html"},
		{"HTML hexadecimal", strings.NewReplacer("+", "&#x2b;", "/", "&sol;").Replace(secret), "html"},
		{"base64", encode([]byte(secret)), "base64"},
		{"base32", base32.StdEncoding.EncodeToString([]byte(secret)), "base32"},
		{"base32 behind two bytes", base32.StdEncoding.EncodeToString([]byte("x:" + secret)), "base32"},
		{"base64 after one byte", encode([]byte("a" + secret)), "base64"},
		{"base64 after two bytes", encode([]byte("ab" + secret + "cd")), "base64"},
		{"base64url", urlSafe([]byte("{\"token\":\"" + secret + "\"}")), "base64"},
		{"base64 in lower case", strings.ToLower(encode([]byte(secret))), "base64"},
		{"base64 in lower case, after two bytes", strings.ToLower(encode([]byte("ab" + secret))), "base64"},
		{"base64 of percent", encode([]byte(percent(secret))), "base64>percent"},
		{"percent of base64", percent(encode([]byte("x" + secret + "xy"))), "base64"},
		{"hex", hex.EncodeToString([]byte(secret)), "hex"},
		{"hex in upper case", strings.ToUpper(hex.EncodeToString([]byte(secret))), "hex"},
		{"reversed", reversed(secret), "reversed"},
		{"beginning", secret[:17], "prefix"},
		{"its first twelve", secret[:12], "prefix"},
		{"beginning in base64", encode([]byte(secret[:18])), "base64>prefix"},
		{"beginning in hex", hex.EncodeToString([]byte(secret[:12])), "hex>prefix"},
	}
	d := New(Config{Secrets: map[string]string{"{token:valid}": secret}})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			const before, after = `{"schema": "Unauthorized: `, ` is bad"}`
			text := before + test.echo + after
			var tokens []Hit
			for _, h := range d.Scan(text) {
				if h.Kind == Token {
					tokens = append(tokens, h)
				}
			}
			if len(tokens) == 0 {
				t.Fatal("not found")
			}
			h := tokens[0]
			if h.Name != "{token:valid}" || h.Start < len(before) || h.End > len(before)+len(test.echo) {
				t.Errorf("found %q at %d to %d of %d", h.Name, h.Start, h.End, len(text))
			}
			if !strings.HasPrefix(h.Encoding, test.encoding) && test.encoding != "" || test.encoding == "" && h.Encoding != "" {
				t.Errorf("encoding is %q, want %q", h.Encoding, test.encoding)
			}
		})
	}
}

// TestBase64Alphabets finds a lower-cased echo in either alphabet: it can no longer
// be decoded, only compared.
func TestBase64Alphabets(t *testing.T) {
	const secret = "???>>>~~~canary???>>>~~~"
	d := New(Config{Secrets: map[string]string{"{token}": secret}})
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		hits := d.Scan(strings.ToLower(encoding.EncodeToString([]byte(secret))))
		if len(hits) != 1 || hits[0].Encoding != "base64" {
			t.Errorf("got %+v", hits)
		}
	}
}

// TestWholeRun holds a token in base64 to one hit, which covers all of it.
func TestWholeRun(t *testing.T) {
	d := New(Config{Secrets: map[string]string{"{token}": secret}})
	text := base64.StdEncoding.EncodeToString([]byte(secret + "!"))
	hits := d.Scan(text)
	if len(hits) != 1 || hits[0].Start != 0 || hits[0].End != len(text) {
		t.Errorf("got %+v for %d bytes", hits, len(text))
	}
}

// TestLargeText finds what stands behind one layer of each encoding at the end of
// a large text that is encoded too.
func TestLargeText(t *testing.T) {
	var b strings.Builder
	for b.Len() < 1<<17 {
		b.WriteString(`%41\u0041&#65;&amp;TG9yZW0gaXBzdW0gZG9sb3Ig `)
	}
	var want, got []int
	for _, end := range []string{
		"%2B8613800138000", `\u0031\u0035312340991`, "&#49;5312340991", base64.StdEncoding.EncodeToString([]byte("15312340991 is it")),
	} {
		want = append(want, b.Len())
		b.WriteString(end + " ")
	}
	for _, h := range New(Config{}).Scan(b.String()) {
		got = append(got, h.Start)
	}
	if !slices.Equal(got, want) {
		t.Errorf("found something at %v, want %v", got, want)
	}
}

func TestSecretsNotFound(t *testing.T) {
	tests := []struct{ name, secret, text string }{
		{"eleven characters", secret, secret[:11]},
		{"another token", secret, "canary0000000000xrLl4pnoBc"[1:]},
		{"a run of zeros", "00000000000000000000abcdefgh", "id 000000000000"},
		{"a short one in a word", "admin", "administrator"},
		{"a short one in a word", "admin", "badmin"},
		{"the middle", secret, secret[20:40]},
		{"another JSON Web Token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIyIn0.b3RoZXI"},
		{"part of one under 20", "0123456789abcdefghi", "0123456789abcdefgh"},
		{"empty", "", "anything"},
	}
	for _, test := range tests {
		d := New(Config{Secrets: map[string]string{"{token}": test.secret}})
		for _, h := range d.Scan(test.text) {
			if h.Kind == Token {
				t.Errorf("%s: found (%s, %d bytes)", test.name, h.Encoding, h.Length)
			}
		}
	}
}

func TestSecretNames(t *testing.T) {
	d := New(Config{Secrets: map[string]string{
		"{token:valid}":             secret,
		"{token:valid|cut-quarter}": secret[:48],
		"{token:canary}":            "0123456789abcdef",
		"{literal}":                 "null",
	}})
	tests := []struct{ text, want string }{
		{secret, "{token:valid}"},
		{secret[:48], "{token:valid}"}, // the beginning of it; both fit, and the shorter name is the simpler
		{"x 0123456789abcdef y", "{token:canary}"},
		{`"null"`, "{literal}"},
		{"NULL,", "{literal}"},
	}
	for _, test := range tests {
		hits := d.Scan(test.text)
		if len(hits) != 1 || hits[0].Name != test.want {
			t.Errorf("%s: got %+v, want one %s", schemas.Shape(test.text), hits, test.want)
		}
	}
}

func TestTruth(t *testing.T) {
	d := New(Config{Truth: map[mask.Field][]string{
		mask.MobilePhone:  {"15312340991"},
		mask.Company:      {"华为云计算技术有限公司"},
		mask.CustomerName: {"Li"},
		mask.Email:        {"sunkai@huawei.com"},
	}})
	tests := []struct {
		text  string
		names []string
	}{
		{"x_15312340991_y", []string{"mobilePhone"}},
		{"+86 153 1234 0991", []string{"mobilePhone"}},
		{"SUNKAI@Huawei.com", []string{"email"}},
		{"sunkai%40huawei.com", []string{"email"}},
		{`\u534e\u4e3a\u4e91\u8ba1\u7b97\u6280\u672f\u6709\u9650\u516c\u53f8`, []string{"company"}},
		{base64.StdEncoding.EncodeToString([]byte("的华为云计算技术有限公司")), []string{"company"}},
		{url.QueryEscape("华为云计算技术有限公司"), []string{"company"}},
		{"Dear LI, the List of Lili is public", []string{"customerName"}},
		{"153****0991, sunk****@huawei.com", nil},
		{"25312340991 15312340992", nil},
	}
	for _, test := range tests {
		var names []string
		for _, h := range d.Scan(test.text) {
			if h.Kind == Truth {
				names = append(names, h.Name)
			}
		}
		if !slices.Equal(names, test.names) {
			t.Errorf("%s: got %v, want %v", schemas.Shape(test.text), names, test.names)
		}
	}
}

// TestEncodings finds a telephone number and an address behind every encoding,
// and holds each hit to the exact span.
func TestEncodings(t *testing.T) {
	base := base64.StdEncoding.EncodeToString
	tests := []struct {
		before, encoded, after string
		kind                   Kind
		encoding               string
	}{
		{"a ", "15312340991", " b", Phone, ""},
		{"tel=", "%2B8613800138000", "&x=1", Phone, "percent"},
		{"tel=", "%252B8613800138000", "&x=1", Phone, "percent>percent"},
		{`{"a":"\t`, `15312340991`, `"}`, Phone, "json"},
		{`{"a":"`, `\u0031\u0035312340991`, `"}`, Phone, "json"},
		{`{"a":"{\"b\":\"`, `\\u0031\\u0035312340991`, `\"}"}`, Phone, "json>json"},
		{"<p>", "&#49;5312340991", "</p>", Phone, "html"},
		{"", "sunkai%40huawei.com", "", Email, "percent"},
		{"", "sunkai&commat;huawei.com", "", Email, "html"},
		{"", `sunk\u0061i\u0040huawei.com`, "", Email, "json"},
		{"id=", base([]byte("15312340991 is it")), ";", Phone, "base64"},
		{"v1.", base([]byte(`{"email":"sunkai@huawei.com"}`)), ".x", Email, "base64"},
		{"cookie=", url.QueryEscape(base([]byte("15312340991?"))), "", Phone, "percent>base64"},
		{"", base([]byte("mail: sunkai%40huawei.com")), "", Email, "base64>percent"},
		{"", base([]byte(base([]byte("call 15312340991 now")))), "", Phone, "base64>base64"},
		{`{"a":"`, strings.ReplaceAll(base([]byte("???>>>15312340991???>>>")), "/", `\/`), `"}`, Phone, "json>base64"},
		{"", "sunkai@huawei.co%6d", " ", Email, "percent"},
		{"", base([]byte("\x00\x01\x02\x03a@bcd.cn\x00")), " ", Email, "base64"},
		{base([]byte("\x00\x01\x02\x03a@bc.cn\x00\x01")), "", "", "", ""}, // too short to be trusted
		{"x@", "", "", "", ""},
	}
	d := New(Config{})
	for i, test := range tests {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			var got []string
			for _, h := range d.Scan(test.before + test.encoded + test.after) {
				got = append(got, fmt.Sprintf("%s %q %d-%d", h.Kind, h.Encoding, h.Start, h.End))
			}
			var want []string
			if test.kind != "" {
				want = []string{fmt.Sprintf("%s %q %d-%d", test.kind, test.encoding, len(test.before), len(test.before)+len(test.encoded))}
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// TestAlignments finds base64 that something is glued to.
func TestAlignments(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte("sunkai@huawei.com"))
	for _, before := range []string{"", "/", "/x", "/x/", "id_a", "/a/b-c"} {
		text := before + encoded
		hits := New(Config{}).Scan(text)
		if len(hits) != 1 || hits[0].Kind != Email || hits[0].Start != 0 || hits[0].End != len(text) {
			t.Errorf("after %q: %+v", before, hits)
		}
	}
}

// TestNothingFound holds the detector to no telephone number and no address where
// there is none.
func TestNothingFound(t *testing.T) {
	page, err := os.ReadFile("../querytenantbasic.txt")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, text string }{
		{"the published page", string(page)},
		{"the page, JSON-escaped", strings.NewReplacer("\n", `\n`, `"`, `\"`).Replace(string(page))},
		{"the page, HTML-escaped", html.EscapeString(string(page))},
		{"the page, percent-encoded", url.QueryEscape(string(page))},
		{"the page in base64", base64.StdEncoding.EncodeToString(page)},
		{"masked values, escaped", `{"mobilePhone":"153\u002a\u002a\u002a\u002a0991","email":"sunk\u002a\u002a\u002a\u002a@huawei.com"}`},
		{"masked values, percent-encoded", "mobilePhone=153%2A%2A%2A%2A0991&email=sunk%2A%2A%2A%2A%40huawei.com&e=sunk%2A%2A%2A%2A@huawei.com"},
		{"milliseconds", "1681203525000 1780272000000 1531234099112"},
		{"seconds", `"t":1681203525,"u":1780272000.123`},
		{"nanoseconds", "1681203525000000000"},
		{"a UUID", "15312340-9911-4a53-8153-123409911531"},
		{"a trace", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
		{"a trace of digits", "00-15312340991153123409911531234099-1531234099112345-01"},
		{"an ETag", `ETag: W/"12f-18a3b5312340991"`},
		{"an order", "orderId 251679538126441114"},
		{"Content-Length", "Content-Length: 303\r\nAge: 86400\r\nDate: Mon, 01 Jun 2026 00:00:00 GMT"},
		{"versions and annotations", "@RequestMapping @2x v1.15312340991 logo@3x.png Foo@1b2c3d4e"},
		{"a request id", "X-Request-Id: 6f1d1e9b15312340991c"},
	}
	masked := map[mask.Field][]string{mask.MobilePhone: {"153****0991"}, mask.Email: {"sunk****@huawei.com"}}
	d := New(Config{Masked: masked, Secrets: map[string]string{"{token:valid}": secret}})
	for _, test := range tests {
		for _, h := range d.Scan(test.text) {
			if h.Kind != BankCard {
				t.Errorf("%s: found %s %s (%s)", test.name, h.Kind, h.Shape, h.Encoding)
			}
		}
	}
}

// TestNoise scans random base64, of which the seeds are fixed.
func TestNoise(t *testing.T) {
	d := New(Config{Secrets: map[string]string{"{token:valid}": secret}})
	for seed := range uint32(20) {
		for _, h := range d.Scan(noise(seed, 20_000)) {
			if h.Kind != BankCard {
				t.Errorf("seed %d: found %s %s (%s)", seed, h.Kind, h.Shape, h.Encoding)
			}
		}
	}
}

// noise returns base64 characters from a small linear congruential generator.
func noise(seed uint32, n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	var b strings.Builder
	for range n {
		seed = seed*1664525 + 1013904223
		b.WriteByte(alphabet[seed>>26])
	}
	return b.String()
}

func TestAllowEmails(t *testing.T) {
	d := New(Config{AllowEmails: []string{"support@", "OPS@example.org"}})
	hits := d.Scan("support@a.com Support@b.com ops@example.org ops@example.com mysupport@a.com")
	var got []int
	for _, h := range hits {
		got = append(got, h.Length)
	}
	if !slices.Equal(got, []int{len("ops@example.com"), len("mysupport@a.com")}) {
		t.Errorf("got %+v", hits)
	}
}

func TestHit(t *testing.T) {
	text := `err for 15312340991 (sunkai%40huawei.com) at 10.0.0.8, nginx/1.2`
	d := New(Config{Masked: map[mask.Field][]string{mask.MobilePhone: {"153****0991"}}})
	want := []Hit{
		{Kind: Phone, Start: 8, End: 19, Correlated: true, Length: 11, Shape: "D11"},
		{Kind: Email, Start: 21, End: 40, Encoding: "percent", Length: 17, Shape: "A6@A6.A3"},
		{Kind: PrivateAddress, Start: 45, End: 53, Length: 8, Shape: "D2.D1.D1.D1"},
		{Kind: Banner, Start: 55, End: 64, Length: 9, Shape: "A5/1D1.D1"},
	}
	if got := d.Scan(text); !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func FuzzScan(f *testing.F) {
	for _, s := range []string{
		"15312340991", "sunkai%40huawei.com", `\u0031\ud83d\ude00`, "&#49;&nGt;&acE;", secret,
		base64.StdEncoding.EncodeToString([]byte("call 15312340991 now")), "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
		"at A.c(D.java:1)", "10.0.0.8", `C:\Users\x`, "11010519491231002X",
	} {
		f.Add(s)
	}
	d := New(Config{
		Masked:  map[mask.Field][]string{mask.MobilePhone: {"153****0991"}, mask.Email: {"sunk****@huawei.com"}},
		Truth:   map[mask.Field][]string{mask.CustomerName: {"张三"}, mask.MobilePhone: {"15312340991"}},
		Secrets: map[string]string{"{token:valid}": secret, "{literal}": "null"},
	})
	f.Fuzz(func(t *testing.T, text string) {
		hits := d.Scan(text)
		for i, h := range hits {
			if h.Start < 0 || h.Start >= h.End || h.End > len(text) {
				t.Fatalf("%s at %d to %d of %d", h.Kind, h.Start, h.End, len(text))
			}
			if i > 0 && h.Start < hits[i-1].Start {
				t.Fatalf("hits are not in order")
			}
		}
		// Whatever surrounds it, a secret is found in percent encoding and in base64.
		wrapped := text + "\n" + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(secret))) + "\n" + text
		if !slices.ContainsFunc(d.Scan(wrapped), func(h Hit) bool { return h.Kind == Token }) {
			t.Fatal("the planted token is not found")
		}
	})
}

// TestSecretsTogether: of many secrets that begin alike each is found as if there were no
// other, up to the end of a text.
func TestSecretsTogether(t *testing.T) {
	secrets := Secrets{}
	for n := 2; n <= len(secret); n++ {
		secrets[fmt.Sprintf("{%02d}", n)] = secret[:n]
	}
	for _, whole := range []bool{false, true} {
		d := New(Config{Secrets: secrets, WholeSecrets: whole})
		for name, value := range secrets {
			for _, text := range []string{value, "a " + strings.ToUpper(value), value + ". "} {
				start := strings.Index(strings.ToLower(text), strings.ToLower(value))
				hits := d.Scan(text)
				if len(hits) != 1 || hits[0].Name != name || hits[0].Start != start || hits[0].End != start+len(value) || hits[0].Encoding != "" {
					t.Errorf("%q in %q, whole %t: %+v", value, text, whole, hits)
				}
			}
		}
	}
}

func BenchmarkScan(b *testing.B) {
	const mib = 1 << 20
	body := `{"mobilePhone":"153****0991","company":"Huawei XXXXXXXXX","customerName":"zXXXXXX","email":"sunk****@huawei.com",` +
		`"vdn":"150","createDate":1681203525000,"tenantSpaceStatus":"2","portalUrl":"https://software.huawei.com/auth` +
		`?client_id=xxxxx&redirect_uri=https://xxx.com/service-cloud/sm/login/portal.html"}`
	fill := func(s string) string { return strings.Repeat(s, mib/len(s)) }
	encoded := fill("call 15312340991 or ")
	for range 3 {
		encoded = base64.StdEncoding.EncodeToString([]byte(encoded))[:mib]
	}
	inputs := []struct{ name, text string }{
		{"body", body},
		{"bodies", fill(body)},
		{"digits", fill("15312340991 ")},
		{"one run of digits", fill("1")},
		{"at signs", fill("@")},
		{"addresses", fill("a@bb.cc ")},
		{"one local part", fill("a")},
		{"percent", fill("%41")},
		{"percent signs", fill("%")},
		{"nested percent", fill("%252525")},
		{"backslashes", fill(`\`)},
		{"ampersands", fill("&")},
		{"references", fill("&amp;amp;")},
		{"noise", noise(1, mib)},
		{"base64 thrice", encoded},
		{"short runs of base64", fill("MTUzMTIzNDA5OTE= ")},
		{"nearly tokens", fill(secret[:11] + "x")},
		{"tokens", fill(secret)},
		{"web tokens", fill("eyJeyJeyJ")},
		{"addresses of machines", fill("10.10.10.")},
		{"frames", fill(".java:")},
		{"all at once", fill(`%41\u0041&#65;MTUzMTIzNDA5OTE= @a.bb `)},
	}
	secrets := map[string]string{}
	for i := range 30 {
		secrets[fmt.Sprintf("{token:%d}", i)] = reversed(noise(uint32(i), 64))
	}
	secrets["{token:valid}"] = secret
	d := New(Config{
		Masked:  map[mask.Field][]string{mask.MobilePhone: {"153****0991"}, mask.Email: {"sunk****@huawei.com"}},
		Secrets: secrets,
	})
	for _, in := range inputs {
		b.Run(in.name, func(b *testing.B) {
			b.SetBytes(int64(len(in.text)))
			b.ReportAllocs()
			for b.Loop() {
				d.Scan(in.text)
			}
		})
	}
}

// TestNodeStacks: frames of JavaScript, and sentences that only begin like one.
func TestNodeStacks(t *testing.T) {
	d := New(Config{})
	for text, want := range map[string]bool{
		"Error: x\n    at f (/srv/app.js:12:5)\n":                   true,
		"Error: x\n    at node:events:524:28\n":                     true,
		"Error: x\n    at Server.<anonymous> (file:///a/b.mjs:1:2)": true,
		"Meet us\n    at noon: 12:30:00\n":                          false,
		"look at the request header":                                false,
	} {
		got := slices.ContainsFunc(d.Scan(text), func(h Hit) bool { return h.Kind == StackTrace })
		if got != want {
			t.Errorf("%q: a stack trace is found: %t, want %t", text, got, want)
		}
	}
}
