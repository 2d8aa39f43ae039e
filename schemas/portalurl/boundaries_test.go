package portalurl

import (
	"fmt"
	"strings"
	"testing"

	"omaspec/schemas"
	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
)

// codes joins the codes of issues.
func codes(issues []schemas.Issue) string {
	var out []string
	for _, i := range issues {
		out = append(out, i.Code)
	}
	return strings.Join(out, " ")
}

// atHost is the good URL at another host.
func atHost(host string) string { return strings.Replace(good, "software.huawei.com", host, 1) }

// TestBoundaries has URLs that differ from a good one, or from a bad one, by one
// character.
func TestBoundaries(t *testing.T) {
	for value, want := range map[string]string{
		good + "\x01":                        "url-ctl url-parse",
		atHost("software.huawei.com:1"):      "",
		atHost("software.huawei.com:65535"):  "",
		atHost("software.huawei.com:65536"):  "url-port",
		atHost("0.0.0.0"):                    "url-private-ip",
		atHost("169.254.1.1"):                "url-private-ip",
		atHost("xx.com"):                     "",
		atHost("xxx.com"):                    "url-placeholder",
		atHost("example.com"):                "url-placeholder",
		atHost("portal.example.org"):         "url-placeholder",
		atHost("portal.example.net"):         "url-placeholder",
		atHost("notexample.com"):             "",
		"https://[fe80::1]/auth?client_id=a": "url-private-ip url-redirect-uri",
	} {
		if got := codes(Judge(value, Options{Detector: detector})); got != want {
			t.Errorf("%q: got %q, want %q", value, got, want)
		}
	}
}

func TestInternalDomains(t *testing.T) {
	for _, domain := range []string{"local", "internal", "localdomain", "localhost", "lan", "intranet", "home.arpa"} {
		if got := codes(Judge(atHost("oma."+domain), Options{Detector: detector})); got != "url-internal-host" {
			t.Errorf("%s: got %q", domain, got)
		}
	}
}

// TestTrueValues finds each true value that has no form of its own.
func TestTrueValues(t *testing.T) {
	for field, want := range map[mask.Field]struct{ value, code string }{
		mask.MobilePhone:  {"28780808", "url-pii-phone"},
		mask.Email:        {"sunkai", "url-pii-email"},
		mask.CustomerName: {"zhangsan", "url-pii-name"},
		mask.Company:      {"yunhe", "url-pii-name"},
	} {
		d := leak.New(leak.Config{Truth: map[mask.Field][]string{field: {want.value}}})
		if got := codes(Judge(good+"&x="+want.value, Options{Detector: d})); got != want.code {
			t.Errorf("%s: got %q, want %q", field, got, want.code)
		}
	}
}

// TestIssuesAreComplete holds every issue to its class, and to saying what is
// expected and observed.
func TestIssuesAreComplete(t *testing.T) {
	all := Compare(good, good+"&x=1", nil)
	for _, value := range []string{
		good + "&x=" + strings.Repeat("a", 2048), good + "&u=zhangsan", good + "&u=11010519491231002X",
		atHost("8.8.8.8"), atHost("中文.cn"),
	} {
		all = append(all, Judge(value, Options{Detector: detector})...)
	}
	for _, v := range vectors {
		all = append(all, Judge(v.value, Options{Detector: detector})...)
	}
	for _, i := range all {
		class := classOf(i.Code)
		if class == "" || i.Expected == "" || i.Observed == "" || i.Advisory == (class == Must || class == MustSec) {
			t.Errorf("%s: %+v of the class %q", i.Code, i, class)
		}
	}
}

func TestObservedNames(t *testing.T) {
	for _, name := range []string{"client_id", "redirect_uri", "response_type", "scope", "state", "nonce"} {
		issues := Judge(fmt.Sprintf("https://a.cn/?%[1]s=1&%[1]s=2", name), Options{Detector: detector})
		if len(issues) == 0 || issues[0].Observed != "the parameter "+name+" stands 2 times" {
			t.Errorf("%s: got %+v", name, issues)
		}
	}
	issues := Judge(good+"&u=sunkai%40huawei.com", Options{Detector: detector})
	if len(issues) != 1 || issues[0].Observed != "email of the shape A6@A6.A3 (percent)" {
		t.Errorf("got %+v", issues)
	}
}

func TestCompareWithNoURL(t *testing.T) {
	if got := Compare(good, "%zz", Volatile); len(got) != 1 || got[0].Observed != "the whole differs between two responses" {
		t.Errorf("got %+v", got)
	}
}
