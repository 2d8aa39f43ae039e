package portalurl

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"omaspec/schemas"
	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
)

// token is the caller's token in the vectors.
const token = "canary0000000000srLl4pnoBcTOKEN"

var detector = leak.New(leak.Config{
	Secrets: map[string]string{"{token:valid}": token},
	Truth:   map[mask.Field][]string{mask.CustomerName: {"zhangsan"}, mask.MobilePhone: {"+86 15312340991"}},
})

func classOf(code string) Class { return rules[strings.TrimPrefix(code, redirect)].class }

// classified returns the issues as the vectors write them.
func classified(issues []schemas.Issue) []string {
	var out []string
	for _, i := range issues {
		out = append(out, string(classOf(i.Code))+" "+i.Code)
	}
	return out
}

// vectors are the labelled URLs, each with the class and code of its issues.
var vectors = []struct {
	value string
	want  []string
}{
	{`https://software.huawei.com/auth?client_id=xxxxx&redirect_uri=https://xxx.com/service-cloud/sm/login/portal.html`, []string{"SHOULD url-placeholder", "SHOULD redirect:url-placeholder"}},
	{`https://software.huawei.com/auth?client_id=abc123&redirect_uri=https://aicc.example-tenant.cn/service-cloud/sm/login/...`, nil},
	{`http://software.huawei.com/auth?client_id=abc&redirect_uri=https://a.cn/p`, []string{"MUST-SEC url-http"}},
	{`https://software.huawei.com/auth?client_id=abc&redirect_uri=http://a.cn/p`, []string{"MUST-SEC redirect:url-http"}},
	{`https://software.huawei.com/auth?client_id=abc&redirect_uri=https://u:p@a.cn/p`, []string{"MUST-SEC url-pii-email", "MUST-SEC redirect:url-userinfo"}},
	{`https://software.huawei.com/auth?client_id=abc&redirect_uri=javascript:alert(1)`, []string{"MUST-SEC redirect:url-scheme"}},
	{`https://software.huawei.com/auth?client_id=abc&redirect_uri=/portal.html`, []string{"MUST redirect:url-relative"}},
	{`https://software.huawei.com/auth?client_id=abc&redirect_uri=https://a.cn/p%23frag`, []string{"SHOULD redirect:redirect-fragment"}},
	{`https://software.huawei.com/auth?client_id=abc&redirect_uri=https://a.cn/p&state=canary0000000000srLl4pnoBcTOKEN`, []string{"MUST-SEC url-token-echo"}},
	{`https://software.huawei.com/auth?client_id=abc&redirect_uri=https://a.cn/p%3Ftoken%3Dzzz`, []string{"MUST-SEC redirect:url-secret"}},
	{`https://software.huawei.com/auth?client_id=abc&redirect_uri=https://a.cn/p&n=15312340991`, []string{"MUST-SEC url-pii-phone"}},
	{`https://software.huawei.com/auth?client_id=abc&redirect_uri=https://a.cn/p&t=1681203525000`, nil},
	{`https://software.huawei.com/auth?client_id=abc&amp;redirect_uri=https://a.cn/p`, []string{"MUST url-html", "SHOULD url-query", "SHOULD url-redirect-uri"}},
	{`https://software.huawei.com/auth?client_id=abc`, []string{"SHOULD url-redirect-uri"}},
	{`https://software.huawei.com/auth?client_id=${clientId}&redirect_uri=https://a.cn/p`, []string{"SHOULD url-placeholder"}},
	{`https://10.0.0.8/auth?client_id=abc&redirect_uri=https://a.cn/p`, []string{"SHOULD url-private-ip"}},
	{`https://oma-svc/auth?client_id=abc&redirect_uri=https://a.cn/p`, []string{"SHOULD url-internal-host"}},
	{`https:///auth?client_id=abc&redirect_uri=https://a.cn/p`, []string{"MUST url-host"}},
	{`software.huawei.com/auth?client_id=abc`, []string{"MUST url-relative"}},
	{`javascript:alert(1)`, []string{"MUST-SEC url-scheme"}},
	{` https://software.huawei.com/auth?client_id=abc&redirect_uri=https://a.cn/p`, []string{"MUST url-ctl", "MUST url-parse"}},
	{`https://software.huawei.com/auth?client_id=a&client_id=b&redirect_uri=https://a.cn/p`, []string{"SHOULD url-dup-param"}},
	{`https://software.huawei.com/auth?client_id=abc&redirect_uri=https://a.cn/p&j=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0abc....`, []string{"MUST-SEC url-jwt"}},
	{`https://software.huawei.com:99999/auth`, []string{"MUST url-port", "SHOULD url-client-id", "SHOULD url-redirect-uri"}},
	{`null`, []string{"MUST url-relative"}},
	{``, []string{"MUST url-empty"}},
}

func TestVectors(t *testing.T) {
	for i, v := range vectors {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			if got := classified(Judge(v.value, Options{Detector: detector})); !slices.Equal(got, v.want) {
				t.Errorf("%q: got %q, want %q", v.value, got, v.want)
			}
		})
	}
}

// good is a URL without a fault; its end is open for more parameters.
const good = `https://software.huawei.com/auth?client_id=abc&redirect_uri=https://a.cn/p`

func TestJudge(t *testing.T) {
	tests := []struct {
		value string
		want  string // the codes, joined by spaces
	}{
		{good, ""},
		{`https://software.huawei.com:8443/auth?client_id=abc&redirect_uri=https%3A%2F%2Fa.cn%3A8443%2Fp%3Fx%3D1`, ""},
		{"   ", "url-empty"},
		{good + "\n", "url-ctl url-parse"},
		{good + "&x=a b", "url-ctl"},
		{"https://software.huawei.com/\xff", "url-parse"},
		{"https://software.huawei.com:0/auth?client_id=a&redirect_uri=https://a.cn/p", "url-port"},
		{"https://software.huawei.com:x/auth", "url-parse"},
		{"https:auth", "url-host"},
		{"data:text/html,x", "url-scheme"},
		{"//software.huawei.com/auth", "url-relative"},
		{"HTTPS://Software.Huawei.com/auth?client_id=abc&redirect_uri=https://a.cn/p", ""},
		{"https://u:p@software.huawei.com/auth?client_id=abc&redirect_uri=https://a.cn/p", "url-userinfo url-pii-email"},
		{good + "&access_token=zzz", "url-secret"},
		{good + "&Access-Token=zzz", "url-secret"},
		{good + "&token=", ""},
		{good + "&sid=1&ticket=2", "url-secret url-secret"},
		{"https://software.huawei.com/auth;jsessionid=12?client_id=abc&redirect_uri=https://a.cn/p", "url-secret"},
		{good + "#access_token=zzz", "url-secret"},
		{good + "#/login", ""},
		{good + "&s=" + strings.ToLower(token), "url-token-echo"},
		{good + "&s=" + base64.RawURLEncoding.EncodeToString([]byte("t="+token)), "url-token-echo"},
		{good + "&u=15312340991&v=15312340992", "url-pii-phone"},
		{good + "&u=zhangsan", "url-pii-name"},
		{good + "&u=sunkai%40huawei.com", "url-pii-email"},
		{good + "&u=11010519491231002X", "url-pii-id-card"},
		{good + "&u=4111111111111111", ""},
		{`https://software.huawei.com/auth?client_id=&redirect_uri=`, "url-client-id url-redirect-uri"},
		{`https://software.huawei.com/auth?client_id=null&redirect_uri=https://a.cn/p`, "url-placeholder"},
		{`https://software.huawei.com/auth?client_id={{id}}&redirect_uri=https://a.cn/p`, "url-placeholder"},
		{`https://software.huawei.com/xxx?client_id=abc&redirect_uri=https://a.cn/p`, "url-placeholder"},
		{`https://portal.example.com/auth?client_id=abc&redirect_uri=https://a.cn/p`, "url-placeholder"},
		{`https://software.huawei.com/auth?client_id=nullable&redirect_uri=https://a.cn/p`, ""},
		{`https://[::1]/auth?client_id=abc&redirect_uri=https://a.cn/p`, "url-private-ip"},
		{`https://[::ffff:10.0.0.8]/auth?client_id=abc&redirect_uri=https://a.cn/p`, "url-private-ip"},
		{`https://8.8.8.8/auth?client_id=abc&redirect_uri=https://a.cn/p`, "url-ip"},
		{`https://oma.svc.local./auth?client_id=abc&redirect_uri=https://a.cn/p`, "url-internal-host"},
		{`https://xn--fiq228c.cn/auth?client_id=abc&redirect_uri=https://a.cn/p`, "url-idn"},
		{`https://中文.cn/auth?client_id=abc&redirect_uri=https://a.cn/p`, "url-idn"},
		{good + "&x=" + strings.Repeat("a", 2048-len(good)-3), ""},
		{good + "&x=" + strings.Repeat("a", 2049-len(good)-3), "url-long"},
		{good + "&a=1&a=2", "url-dup-param"},
		{good + "&a=1;b=2", "url-query"},
		{`https://software.huawei.com/auth?client_id=abc&redirect_uri=https://oma-svc:99999/p%3Fcode%3D1%26x%3D%24%7Bx%7D`,
			"redirect:url-port redirect:url-internal-host redirect:url-secret redirect:url-placeholder"},
		{`https://software.huawei.com/auth?client_id=abc&redirect_uri=https%253A%252F%252Fa.cn`, "redirect:url-relative"},
		{`https://software.huawei.com/auth?client_id=abc&redirect_uri=https://a.cn/p%3Fredirect_uri%3Dxxx`, "redirect:url-placeholder"},
	}
	for i, test := range tests {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			var got []string
			for _, issue := range Judge(test.value, Options{Detector: detector}) {
				got = append(got, issue.Code)
			}
			if got := strings.Join(got, " "); got != test.want {
				t.Errorf("%q: got %q, want %q", test.value, got, test.want)
			}
		})
	}
}

func TestHostLists(t *testing.T) {
	tests := []struct {
		portal, redirect []string
		want             []string
	}{
		{[]string{"software.huawei.com"}, []string{"a.cn"}, nil},
		{[]string{"other.com", "Software.Huawei.com."}, nil, nil},
		{[]string{"huawei.com"}, nil, []string{"MUST-SEC url-host-list"}},
		{nil, []string{"b.cn"}, []string{"MUST-SEC redirect:url-host-list"}},
	}
	for _, test := range tests {
		got := classified(Judge(good, Options{PortalHosts: test.portal, RedirectHosts: test.redirect, Detector: detector}))
		if !slices.Equal(got, test.want) {
			t.Errorf("%v, %v: got %v, want %v", test.portal, test.redirect, got, test.want)
		}
	}
}

func TestIssue(t *testing.T) {
	got := Judge(good+"&state="+token+"&u=15312340991", Options{Detector: detector})
	want := []schemas.Issue{
		{Code: "url-token-echo", Where: "/portalUrl", Expected: "no token of the caller (ASVS 14.2.1)", Observed: "{token:valid}"},
		{Code: "url-pii-phone", Where: "/portalUrl", Expected: "no telephone number (ASVS 14.2.1)", Observed: "phone of the shape D11"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if advisory := Judge("https://software.huawei.com/auth?client_id=a", Options{Detector: detector}); !advisory[0].Advisory {
		t.Error("a SHOULD is not advisory")
	}
}

// TestRules holds every code that Judge can return to the table.
func TestRules(t *testing.T) {
	for code, rule := range rules {
		if rule.class == "" || rule.aspect == "" || rule.expected == "" {
			t.Errorf("%s: no class, no aspect or no expectation", code)
		}
		if AspectOf(code) != rule.aspect || AspectOf(redirect+code) != rule.aspect {
			t.Errorf("%s: another aspect than that of the rule", code)
		}
	}
	if got := AspectOf("url-nonsense"); got != "" {
		t.Errorf("an unknown code is about %q", got)
	}
}

func TestCompare(t *testing.T) {
	tests := []struct {
		name, a, b string
		want       string // what is observed
	}{
		{"equal", good, good, ""},
		{"another state", good + "&state=1", good + "&state=2", ""},
		{"no state", good, good + "&nonce=2", ""},
		{"another order", `https://a.cn/?x=1&y=2`, `https://a.cn/?y=2&x=1`, ""},
		{"another state in the redirect_uri", `https://b.cn/?redirect_uri=https://a.cn/%3Fstate%3D1`, `https://b.cn/?redirect_uri=https://a.cn/%3Fstate%3D2`, ""},
		{"another redirect_uri", good, good + "q", "the parameter redirect_uri differs between two responses"},
		{"another host and scheme", `https://a.cn/`, `http://b.cn/`, "the host, the scheme differs between two responses"},
		{"another path", `https://a.cn/a%2Fb`, `https://a.cn/a/b`, "the path differs between two responses"},
		{"another fragment", `https://a.cn/#a`, `https://a.cn/#b`, "the fragment differs between two responses"},
		{"another user", `https://a@a.cn/`, `https://b@a.cn/`, "the user information differs between two responses"},
		{"one more parameter", good, good + "&zhangsan=1", "a parameter of the shape A8 differs between two responses"},
		{"one parameter less", good + "&scope=1", good, "the parameter scope differs between two responses"},
		{"two of one shape", `https://a.cn/?ab=1&cd=2`, `https://a.cn/?ab=2&cd=1`, "a parameter of the shape A2 differs between two responses"},
		{"no URL", "%zz", good, "the whole differs between two responses"},
		{"no query", `https://a.cn/?a;b`, good, "the whole differs between two responses"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Compare(test.a, test.b, Volatile)
			if test.want == "" && len(got) == 0 {
				return
			}
			if len(got) != 1 || got[0].Observed != test.want || got[0].Code != "url-constancy" || !got[0].Advisory {
				t.Errorf("got %+v, want %q", got, test.want)
			}
		})
	}
}

func TestHostInjected(t *testing.T) {
	const evil = "evil.example"
	for _, value := range []string{
		"https://evil.example/auth", "https://EVIL.example:8443/auth", good + "&r=https%3A%2F%2Fevil%2Eexample",
		good + "&r=" + base64.URLEncoding.EncodeToString([]byte("https://evil.example/x")),
	} {
		if !HostInjected(evil)(value) {
			t.Errorf("not seen in %q", value)
		}
	}
	if HostInjected(evil)(good) {
		t.Error("seen where it is not")
	}
}

func FuzzJudge(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		issues := Judge(value, Options{Detector: detector, PortalHosts: []string{"software.huawei.com"}})
		for _, i := range issues {
			if AspectOf(i.Code) == "" {
				t.Fatalf("no rule for %s", i.Code)
			}
		}
		allowed := strings.HasPrefix(strings.ToLower(value), "https://software.huawei.com")
		if len(issues) == 0 && !allowed {
			t.Fatalf("no issue for %s", schemas.Shape(value))
		}
		if len(Compare(value, value, Volatile)) != 0 {
			t.Fatalf("%s differs from itself", schemas.Shape(value))
		}
		Compare(value, good, Volatile)
	})
}

func BenchmarkJudge(b *testing.B) {
	for b.Loop() {
		Judge(good, Options{Detector: detector})
	}
}
