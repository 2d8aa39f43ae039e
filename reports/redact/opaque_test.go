package redact

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"

	"omaspec/reports/evidence"
	"omaspec/schemas/media"
	"omaspec/schemas/strictjson"
)

// otherEncodings are those in which a character may look like two signs, and names
// of which some do.
var otherEncodings = map[string]struct {
	encoding encoding.Encoding
	charset  string
	names    []string
}{
	"UTF-16LE":           {unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "utf-16le", wideNames},
	"UTF-16BE":           {unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "UTF-16", wideNames},
	"UTF-16LE, marked":   {unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), "utf-16", wideNames},
	"UTF-16BE, marked":   {unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "utf-16", wideNames},
	"UTF-16, not told":   {unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "", wideNames}, // but by the ASCII in it
	"UTF-16, mislabeled": {unicode.UTF16(unicode.BigEndian, unicode.UseBOM), "utf-8", wideNames},
	"UTF-32LE":           {utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM), "utf-32le", wideNames},
	"UTF-32BE, marked":   {utf32.UTF32(utf32.BigEndian, utf32.UseBOM), "utf-32", wideNames},
	"ISO-2022-JP":        {japanese.ISO2022JP, "iso-2022-jp", []string{"おかえい", "うきぐあ", "ぁぃぇぉか"}},
	"HZ":                 {simplifiedchinese.HZGB2312, "hz-gb-2312", []string{"花哗", "化划会", "华徊洄"}},
}

// wideNames are Han, Cyrillic, Thai, Hebrew and full-width characters.
var wideNames = []string{"弮孛尠", "АБЛК", "กขคงจ", "אבגדה", "嬯尣张", "［＿［］", "рстуф"}

// texts of answers with a name in them, by their status and media type.
var otherTexts = []struct {
	status     int
	kind, text string
}{
	{404, "text/html", "<html><body><h1>404</h1><p>%s (%s) is not here</p></body></html>"},
	{404, "text/html", "<p>%s\n<b>%s</b></p>"},
	{500, "text/plain", "no account of %s"},
	{500, "text/plain", "%s%s"},
	{500, "text/plain", "500 errors for %s"},
	{401, "application/json", `"%s has no token"`},
	{401, "application/json", `{"code":401,"message":"%s","user":{"name":"%s"}}`},
	{200, "application/json", `{"mobilePhone":"153****0991","customerName":"%s","company":"%s Ltd","vdn":"150"}`},
	{200, "application/json", `{"schema":{"email":"a","customerName":"%s","list":["%s",1,2]},"x":null}`},
	{200, "application/json", `[1,"%s"]`},
}

// TestOtherEncodings: no two characters of a name stay as they are, in whatever
// encoding and place, and whoever reads the answer as UTF-8 finds the same faults.
func TestOtherEncodings(t *testing.T) {
	codes := func(text string) (codes []string) {
		_, issues := strictjson.Parse([]byte(text), strictjson.DefaultLimits)
		for _, i := range issues {
			codes = append(codes, i.Code+i.Where)
		}
		return codes
	}
	for name, e := range otherEncodings {
		for _, person := range e.names {
			coded := func(text string) string {
				out, err := e.encoding.NewEncoder().String(text)
				if err != nil {
					t.Fatal(name, err)
				}
				return out
			}
			whole := func(text string) []string { return pairsOf(t, e.encoding, person, text) }
			for i, text := range otherTexts {
				if text.text == "%s%s" && e.charset == "" {
					continue // nothing says that these are no signs
				}
				contentType := text.kind
				if e.charset != "" {
					contentType += "; charset=" + e.charset
				}
				before := coded(strings.ReplaceAll(text.text, "%s", person))
				x := answer(text.status, before, field("Content-Type", contentType))
				x.Response.Extra = evidence.Sensitive(before)
				y := New(testKey).Exchange(x).Response
				after := string(y.Body)
				for place, got := range map[string]string{"body": after, "extra": string(y.Extra)} {
					if found := whole(got); found != nil {
						t.Errorf("%s, %d, %s: %q became %q, with %q", name, i, place, before, got, found)
					}
				}
				if !slices.Equal(codes(before), codes(after)) || media.ErrorForm(contentType, []byte(before)) != media.ErrorForm(contentType, []byte(after)) {
					t.Errorf("%s, %d: %q (%v, %s) became %q (%v, %s)", name, i, before, codes(before), media.ErrorForm(contentType, []byte(before)),
						after, codes(after), media.ErrorForm(contentType, []byte(after)))
				}
				if len(before) != len(after) || utf8.ValidString(before) != utf8.ValidString(after) {
					t.Errorf("%s, %d: %q became %q: another length or validity", name, i, before, after)
				}
			}
			if page := "<html><p>no account of " + coded("user "+person+" a") + "</p></html>"; whole(redacted(404, page)) != nil {
				t.Errorf("%s: in %q something stays", name, page)
			}
			if found := whole(redacted(404, "<p>"+strings.ReplaceAll(coded("a "+person+" b"), "\x1b", "")+"</p>")); strings.HasPrefix(name, "ISO") && found != nil {
				t.Errorf("%s without escapes: %q stays", name, found)
			}
			// As the value of a field, a reason, and escaped in JSON.
			line := coded("user " + person)
			x := answer(401, `{"user":"`+escaped(line)+`"}`, field("X-User", line), field("Location", "/u?"+line), field("Set-Cookie", "u=1; Path=/"+line), field("Server", line))
			x.Response.Reason = evidence.Sensitive(line)
			y := New(testKey).Exchange(x).Response
			all := append([]string{string(y.Reason)}, unescapedBytes(string(y.Body)))
			for _, f := range y.Header {
				all = append(all, string(f.Value))
			}
			for _, got := range all {
				if found := whole(got); found != nil {
					t.Errorf("%s: %q is in %q", name, found, got)
				}
			}
		}
	}
}

// pairsOf are the pairs of characters of a name that are in a text, as they are
// encoded behind whatever shift they need.
func pairsOf(t *testing.T, e encoding.Encoding, person, text string) (found []string) {
	t.Helper()
	runes := []rune(person)
	for i := range runes[1:] {
		coded, err := e.NewEncoder().String("a" + string(runes[i:i+2]))
		if err != nil {
			t.Fatal(err)
		}
		alone, err := e.NewEncoder().String("a")
		if err != nil {
			t.Fatal(err)
		}
		pair := strings.NewReplacer("\x1b$B", "", "\x1b(B", "", "~{", "", "~}", "").Replace(coded[len(alone):])
		if strings.Contains(text, pair) {
			found = append(found, pair)
		}
	}
	return found
}

// escaped writes bytes as a JSON string shows them to whoever takes them for Latin-1.
func escaped(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(rune(c)))
		case c < ' ' || c >= utf8.RuneSelf:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unescapedBytes undoes escaped.
func unescapedBytes(s string) string {
	var b []byte
	for _, r := range jsonString(s) {
		b = append(b, byte(r))
	}
	return string(b)
}

// TestTextWithShifts: signs stay where no shift says that they are letters.
func TestTextWithShifts(t *testing.T) {
	for before, want := range map[string]string{
		`{"a":"$B(5), $B (B","b":"$(x) {y}"}`:  `{"*":"$*(*), $* (*","*":"$(*) {*}"}`,
		`{"a":"~/notes {x}","b":"home ~"}`:     `{"*":"~/* {*}","*":"* ~"}`,
		`{"a":"x ~{y} z, (k)","b":"[m]"}`:      `{"*":"* * *, (*)","*":"[*]"}`,
		`{"a":"\u001b$B$\"\u001b(B.","b":"-"}`: `{"*":"\u0005*\u0005(*.","*":"-"}`,
	} {
		got := redacted(200, before)
		if !fitsPattern(strings.NewReplacer(`\u0001`, `\u0005`, `\u0002`, `\u0005`, `\u0003`, `\u0005`, `\u0004`, `\u0005`, `\u0006`, `\u0005`, `\u0007`, `\u0005`, `\u0008`, `\u0005`, `\"`, "b", `\/`, "b", `\\`, "b").Replace(got), want) {
			t.Errorf("%s became %s, want %s", before, got, want)
		}
	}
}

// FuzzOtherEncodings wants whoever reads a rewritten body as JSON, or as the text of an
// error, to find the same faults in it.
func FuzzOtherEncodings(f *testing.F) {
	for _, body := range []string{
		"{\"a\":\"x\x7fy\"}", "\x7f~{ ", "\"~{é \"", "~{é ", "~{\u00a0 \u0085\u009f", "12x", "12~{", "1e999 x", "12e\x00", "12 \x00", " 1.5e+\x1b", "[12ex]",
		"[1e999x]", "truefoo", "true\x00", "[nullx]", `{"a":true"b"}`, `{"a":1e305}`, `{"a":0e999}`, `1234567890123456789e295`, "\ufeff~{", "\ufeff \ufeff",
		" \n\x1b", "~{\"é", `"~{"é`, "\"~{\"\v", "{}\x00", "[ []]\x00", "[]\x1b", ` {~{`, " [\x00", "\f{\x00", "a\fb", "{}\v", `{"a":"$B\x"}`, "\"~{\\q~}\"",
		"x <html>", "\x1b<HTML>", "~{<body a", "~{é\x00<html\n", `{"a":<html>`, "{\"a\":\"\x1b<head>", "\x00<html>", `"\ufeff"`, "\ufeff\"\ufeff\"",
		`{"a":"x","a":"\u0078"}`, `{"±":1,"×":1}`, "{\"\xffA\":1,\"\xffB\":1}", `"\udbfc\udc00"`, `{"x\ud800":1,"x\ud801":2}`, "\xe4\xb8~{\xe4\xb8\xad",
		strings.Repeat("[", 65) + "\x00", `{"\ud800"~{`, "true\x00\xa7\x82", `{"a":1,"a":1A`, "0<BodY  ", "\x1b<body  ", `"~{~\"0"`, `"~{~"0"`, "_ \x00", "$B$\"\x1b(B",
	} {
		for kind := range len(fuzzedTypes) {
			f.Add([]byte(body), uint8(kind))
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, kind uint8) {
		if len(body) > 4096 {
			return
		}
		contentType := fuzzedTypes[int(kind)%len(fuzzedTypes)]
		for _, status := range []int{200, 401} {
			x := answer(status, string(body), field("Content-Type", contentType))
			before, after := readAs(contentType, string(body)), readAs(contentType, string(New(testKey).Exchange(x).Response.Body))
			if !reflect.DeepEqual(before, after) {
				t.Errorf("%d, %s: %q is read as %+v, and rewritten to %q as %+v", status, contentType, body, before, New(testKey).Exchange(x).Response.Body, after)
			}
		}
	})
}

// fuzzedTypes label bodies that may be in other encodings, and pages.
var fuzzedTypes = []string{"application/json", "text/plain", "text/html", "application/json; charset=utf-16", "text/plain; charset=hz-gb-2312", ""}

// reading is what rules find in a body before they look at its values.
type reading struct {
	Codes    []string // of strictjson.Parse, sorted
	Complete bool
	Kind     strictjson.Kind
	Form     media.Form
	Invalid  bool // UTF-8
}

func readAs(contentType, body string) reading {
	doc, issues := strictjson.ParseString(body, strictjson.DefaultLimits)
	r := reading{Complete: doc.Complete, Kind: doc.Kind, Form: media.FormOf(contentType, body, doc, issues), Invalid: !utf8.ValidString(body)}
	for _, i := range issues {
		r.Codes = append(r.Codes, i.Code)
	}
	slices.Sort(r.Codes)
	return r
}
