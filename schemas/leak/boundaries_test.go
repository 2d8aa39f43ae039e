package leak

import (
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"
	"testing"

	"omaspec/schemas/mask"
)

// TestFinderBoundaries has texts that differ from a find, or from none, by one
// character.
func TestFinderBoundaries(t *testing.T) {
	for _, test := range []struct {
		name string
		find func(string) []span
		text string
		want string // what is found, joined by commas
	}{
		{"phone", phones, "13812340991", "13812340991"},
		{"phone", phones, "25312340991", ""},
		{"phone", phones, "15312340991/x", "15312340991"},
		{"phone", phones, "{15312340991{", "15312340991"},
		{"phone", phones, "tel.15312340991", "15312340991"},
		{"phone", phones, "15312340991 1234 5678", "15312340991"},
		{"phone", phones, "a153 1234 0991", ""},
		{"phone", phones, "153 1234 0991x", ""},
		{"phone", phones, "+1 - 2025550143", ""},
		{"phone", phones, "+1x2025550143", ""},
		{"phone", phones, "+123456789012345", "+123456789012345"},
		{"phone", phones, "+123456 7890 12345", "+123456 7890 12345"},
		{"phone", phones, "+123456 7890 123456", "+123456 7890"},

		{"email", emails, "@ sunkai@huawei.com", "sunkai@huawei.com"},
		{"email", emails, "@huawei.com", ""},
		{"email", emails, "sun.kai@huawei.com", "sun.kai@huawei.com"},
		{"email", emails, "sunkai@my-co.com", "sunkai@my-co.com"},
		{"email", emails, "sunkai@huawei..com", ""},
		{"email", emails, "sun%kai@huawei.com", "sun%kai@huawei.com"},
		{"email", emails, "&#42;sunkai@huawei.com", ""},
		{"email", emails, "a&b=sunkai@huawei.com", "sunkai@huawei.com"},
		{"email", emails, strings.Repeat(" ", 300) + "sunkai@huawei.com", "sunkai@huawei.com"},
		{"email", emails, "sunkai@" + strings.Repeat("b", 300) + ".com", ""}, // longer than any domain
		{"email", emails, "sunkaizxxx@huawei.com", "sunkaizxxx@huawei.com"},  // shows too much to be masked
		{"email", emails, "Foo@1b2c.bar", "Foo@1b2c.bar"},
		{"email", emails, "Foo@1b2c3.bar", ""},
		{"email", emails, "Foo@1b2c3d4e.bar", ""},
		{"email", emails, "Foo@1b2c3d4e5.bar", "Foo@1b2c3d4e5.bar"},
		{"email", emails, "Foo@1b2xyz.bar", "Foo@1b2xyz.bar"},

		{"id", idCards, "110105199001010010", "110105199001010010"},
		{"id", idCards, "110105200512310010", "110105200512310010"},
		{"id", idCards, "110105199010012341", "110105199010012341"},
		{"id", idCards, "11010519900115003X", "11010519900115003X"},
		{"id", idCards, "500101199001010018", "500101199001010018"},
		{"id", idCards, "x11010519491231002X", ""},
		{"id", idCards, "11010519491231002 ", ""},
		// With a right check digit, but not a number of anybody:
		{"id", idCards, "010105199001010017", ""}, // no such province
		{"id", idCards, "110105199013010018", ""}, // month 13
		{"id", idCards, "110105199000010019", ""}, // month 0
		{"id", idCards, "110105199001320019", ""}, // day 32
		{"id", idCards, "110105199001000015", ""}, // day 0
		{"id", idCards, "110105210001010015", ""}, // the year 2100

		{"card", bankCards, "378282246310005", ""}, // 15 digits
		{"card", bankCards, "5500005555555559", "5500005555555559"},
		{"card", bankCards, "6011000990139424", "6011000990139424"},
		{"card", bankCards, "622202109876543212", "622202109876543212"},
		{"card", bankCards, "6222021000000000124", "6222021000000000124"},
		{"card", bankCards, "62220210000000001235", ""}, // 20 digits

		{"jwt", jwts, "eyJ12345678.eyJzdWIi.", "eyJ12345678.eyJzdWIi."},
		{"jwt", jwts, "eyJ1234567.eyJzdWIi.", ""},
		{"jwt", jwts, "eyJ12345678.eyJzdWI.", ""},
		{"jwt", jwts, "aaaaeyJ123.eyJzdWIiOiJhZG1pbiJ9.", ""},
		{"jwt", jwts, "tokeneyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."},
		{"jwt", jwts, "eyJhbGciOiJub25lIn0 eyJzdWIiOiJhZG1pbiJ9.", ""},

		{"jwt", jwts, "www12345678.huawei12345.com", ""},

		{"path", paths, "./opt/oma/bin", ""},
		{"address", privateAddresses, "10.0.0.1234", ""},
		{"path", paths, "/home/oma/bin", "/home/oma/bin"},
		{"path", paths, "/usr/local/oma1", "/usr/local/oma1"},
		{"path", paths, "/var/lib/oma1", "/var/lib/oma1"},
		{"path", paths, `-C:\Users\oma`, `C:\Users\oma`},
	} {
		if got := strings.Join(texts(test.text, test.find(test.text)), ","); got != test.want {
			t.Errorf("%s in %q: got %q, want %q", test.name, test.text, got, test.want)
		}
	}
}

// TestFileNames takes none of the endings of file names for a domain.
func TestFileNames(t *testing.T) {
	for _, ending := range []string{"png", "jpg", "svg", "css", "js", "java", "class", "json", "xml", "html", "go"} {
		if got := emails("logo@2x." + ending); len(got) > 0 {
			t.Errorf("%s: found an address", ending)
		}
	}
}

// TestScanUsesEveryFinder finds one thing of every kind through the detector.
func TestScanUsesEveryFinder(t *testing.T) {
	for kind, text := range map[Kind]string{
		Phone:          "15312340991",
		Email:          "sunkai@huawei.com",
		IDCard:         "11010519491231002X",
		BankCard:       "4111111111111111",
		JWT:            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
		StackTrace:     "Caused by: x",
		SQL:            "ORA-00942",
		ClassName:      "java.lang.Error",
		InternalPath:   "/opt/oma/bin",
		PrivateAddress: "10.0.0.8",
		Banner:         "openresty",
	} {
		hits := New(Config{}).Scan(text)
		if !slices.ContainsFunc(hits, func(h Hit) bool { return h.Kind == kind }) {
			t.Errorf("%s: not found", kind)
		}
	}
	if len(finders) != 11 {
		t.Errorf("%d finders, of which 11 are tried", len(finders))
	}
}

func TestCorrelationBoundaries(t *testing.T) {
	base := base64.StdEncoding.EncodeToString
	for _, test := range []struct {
		field  mask.Field
		masked string
		text   string
	}{
		{mask.MobilePhone, "*******0991", "15312340991"}, // four visible digits are just enough
		{mask.Email, "s****@huawei.com", "sunkai@huawei.com"},
		{mask.MobilePhone, "153****0991", base([]byte("15312340991, 15399990992"))}, // one of two in one place
	} {
		hits := New(Config{Masked: map[mask.Field][]string{test.field: {test.masked}}}).Scan(test.text)
		if !slices.ContainsFunc(hits, func(h Hit) bool { return h.Correlated }) {
			t.Errorf("%s: not correlated: %+v", test.masked, hits)
		}
	}
}

// TestTruthBoundaries finds a true value of two letters at the end of a text, calls
// a telephone number that is true correlated, and takes an empty one for none.
func TestTruthBoundaries(t *testing.T) {
	truth := func(field mask.Field, value string) *Detector {
		return New(Config{Truth: map[mask.Field][]string{field: {value}}})
	}
	if hits := truth(mask.CustomerName, "Li").Scan("Dear Li"); len(hits) != 1 || hits[0].Kind != Truth {
		t.Errorf("at the end: %+v", hits)
	}
	hits := truth(mask.MobilePhone, "15312340991").Scan("15312340991")
	if !slices.ContainsFunc(hits, func(h Hit) bool { return h.Kind == Phone && h.Correlated }) {
		t.Errorf("a true number: %+v", hits)
	}
	if hits := truth(mask.CustomerName, "李").Scan("李"); len(hits) > 0 {
		t.Errorf("a name of one letter: %+v", hits)
	}
	for _, h := range truth(mask.MobilePhone, "").Scan("15312340991") {
		if h.Kind == Truth || h.Correlated {
			t.Errorf("an empty value: %+v", h)
		}
	}
}

// TestOnlyEmailsAreAllowed: the list is not for other kinds.
func TestOnlyEmailsAreAllowed(t *testing.T) {
	if hits := New(Config{AllowEmails: []string{"15312340991"}}).Scan("15312340991"); len(hits) != 1 {
		t.Errorf("got %+v", hits)
	}
}

// TestSecretBoundaries looks for the beginnings and the lengths that just count.
func TestSecretBoundaries(t *testing.T) {
	const web = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlc2lnbmF0dXJl"
	for _, test := range []struct {
		name, secret, text string
		found              bool
	}{
		{"of eight bytes, within a word", "abcdefgh", "xabcdefghx", true},
		{"of seven bytes, within a word", "abcdefg", "xabcdefgx", false},
		{"of twenty bytes, its beginning", "abcdefghijklmnopqrst", "abcdefghijkl", true},
		{"of nineteen bytes, its beginning", "abcdefghijklmnopqrs", "abcdefghijkl", false},
		{"with two dots, its beginning", "abcdefghijklmn.opqrst.uvwxyz", "abcdefghijkl", true},
		{"that starts like a web token, its beginning", "eyJabcdefghijklmnopqrst", "eyJabcdefghi", true},
		{"a web token, up to its signature", web, web[:strings.LastIndex(web, ".")+1], true},
		{"a web token, its header", web, web[:strings.Index(web, ".")+1], false},
		{"of few different bytes, whole", strings.Repeat("a", 24), strings.Repeat("a", 24), true},
		{"of few different bytes, not whole", strings.Repeat("a", 24), strings.Repeat("a", 23), false},
		{"in hex, the first eleven of it", secret, hex.EncodeToString([]byte(secret[:11])), false},
		{"with a bracket, and a brace in its place", "abcdefg[", "abcdefg{", false},
		{"of one byte", "a", "a", false},
		{"with quotes, as JSON", `abc"defgh"`, `abc\"defgh\"`, true},
	} {
		d := New(Config{Secrets: map[string]string{"{token}": test.secret}})
		found := slices.ContainsFunc(d.Scan(test.text), func(h Hit) bool { return h.Kind == Token })
		if found != test.found {
			t.Errorf("%s: found is %t", test.name, found)
		}
	}
}

// TestTwoSecretsInOnePlace names both, although neither can be placed exactly.
func TestTwoSecretsInOnePlace(t *testing.T) {
	d := New(Config{Secrets: map[string]string{"{a}": "canary0123456789", "{b}": "another987654321"}})
	var names []string
	for _, h := range d.Scan(base64.StdEncoding.EncodeToString([]byte("canary0123456789, another987654321"))) {
		names = append(names, h.Name)
	}
	if slices.Sort(names); !slices.Equal(slices.Compact(names), []string{"{a}", "{b}"}) {
		t.Errorf("got %v", names)
	}
}

// TestEchoesWithinWords finds every form of a secret between letters.
func TestEchoesWithinWords(t *testing.T) {
	d := New(Config{Secrets: map[string]string{"{token}": secret}})
	for name, echo := range map[string]string{
		"raw":      secret,
		"hex":      hex.EncodeToString([]byte(secret)),
		"reversed": reversed(secret),
		"base64":   strings.ToLower(base64.StdEncoding.EncodeToString([]byte(secret))),
	} {
		hits := d.Scan("z" + echo + "z")
		if !slices.ContainsFunc(hits, func(h Hit) bool { return h.Kind == Token }) {
			t.Errorf("%s: not found", name)
		}
	}
}

// TestEncodingBoundaries undoes what is an escape and nothing else.
func TestEncodingBoundaries(t *testing.T) {
	base := base64.StdEncoding.EncodeToString
	percent := func(times int) string {
		text := "+8615312340991"
		for range times {
			text = url.QueryEscape(text)
		}
		return "tel=" + text
	}
	for _, test := range []struct {
		text  string
		found bool
	}{
		{`\b15312340991`, true},
		{`\f15312340991`, true},
		{`\n15312340991`, true},
		{`\r15312340991`, true},
		{`\ud83d\ude0015312340991`, true},
		{`\q00315312340991`, false},
		{`sunk@\huawei.com`, false},
		{`no escape \`, false},
		{`no escape \u003`, false},
		{"sunk@%huawei.com", false},
		{"sunk@huawei.c%m", false},
		{"no escape %", false},
		{"no escape %4", false},
		{"sunk@&huawei.com", false},

		{base([]byte("username\ta@b.cn")), true},
		{base([]byte("\xff15312340991 is")), true},
		{base([]byte("call 1531234\x000991 is it")), false},
		{base([]byte("\xff\xfe\xfda@b.cn\xff\xfe\xfd")), false}, // too short to be trusted
		{base([]byte("\ufffd\ufffda@b.cn")), true},              // these are characters
		{base([]byte("sunkai01@huawei.com")[:18]) + "x", true},
		{percent(3), true},
		{percent(4), false}, // deeper than what is undone
	} {
		hits := New(Config{}).Scan(test.text)
		if found := len(hits) > 0; found != test.found {
			t.Errorf("%q: found is %t: %+v", test.text, found, hits)
		}
	}
}

// TestPadding counts at most two signs of padding to a run of base64.
func TestPadding(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte("call 15312340991"))
	if hits := New(Config{}).Scan(encoded + "="); len(hits) != 1 || hits[0].End != len(encoded) || !strings.HasSuffix(encoded, "==") {
		t.Errorf("got %+v for %d bytes", hits, len(encoded))
	}
}
