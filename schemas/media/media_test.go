package media

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"

	"github.com/google/go-cmp/cmp"

	"omaspec/fixtures/race"
	"omaspec/schemas/jsonschema"
	"omaspec/schemas/strictjson"
)

func TestContentType(t *testing.T) {
	json, utf8 := Type{Essence: "application/json"}, Type{"application/json", "utf-8"}
	for _, test := range []struct {
		value string
		want  Type
		codes []string
	}{
		{"application/json", json, nil},
		{"application/json;charset=UTF-8", utf8, nil},
		{"application/json; charset=utf-8", utf8, nil},
		{"Application/JSON ; Charset=\"utf-8\"", utf8, nil},
		{"application/json; charset=\"utf\\-8\"", utf8, nil},
		{"application/json; charset=utf8", Type{"application/json", "utf8"}, nil},
		{"application/json; charset=UTF8", Type{"application/json", "utf8"}, nil},
		{"application/json; charset=x-unicode20utf8", Type{"application/json", "x-unicode20utf8"}, nil},
		{"application/json; charset=utf-8n", Type{"application/json", "utf-8n"}, []string{CodeCharset}},
		{"application/json; charset=utf-16", Type{"application/json", "utf-16"}, []string{CodeCharset}},
		{" application/json\t", json, nil},
		{"application/json;", json, nil},
		{"application/json;; charset=utf-8;", utf8, nil},
		{"application/json; version=1; charset=utf-8", utf8, nil},
		{"application/json; title=\"charset=gbk; x\"", json, nil},
		{"application/json; title=\"a%3Bb\"", json, nil},

		{"application/json%3Bcharset=UTF-8", utf8, []string{CodePercentEncoded}},
		{"application/json%3bcharset=UTF-8", utf8, []string{CodePercentEncoded}},
		{"application/json%3B%20charset=utf-8", utf8, []string{CodePercentEncoded}},
		{"application/json%3B", json, []string{CodePercentEncoded}},
		{"application/json%3Bcharset=GBK", Type{"application/json", "gbk"}, []string{CodePercentEncoded, CodeCharset}},
		{"text/html%3Bcharset=UTF-8", Type{"text/html", "utf-8"}, []string{CodePercentEncoded, CodeNotJSON}},

		{"application/json%253Bcharset=UTF-8", Type{}, []string{CodeInvalid}},
		{"application/json%3Bcharset=%zz", Type{}, []string{CodeInvalid}},
		{"application/json%3B charset UTF-8", Type{}, []string{CodeInvalid}},
		{"json", Type{}, []string{CodeInvalid}},
		{"application/", Type{}, []string{CodeInvalid}},
		{"application /json", Type{}, []string{CodeInvalid}},
		{"application/json charset=utf-8", Type{}, []string{CodeInvalid}},
		{"application/json; charset", Type{}, []string{CodeInvalid}},
		{"application/json; charset=", Type{}, []string{CodeInvalid}},
		{"application/json; charset = utf-8", Type{}, []string{CodeInvalid}},
		{"application/json; charset=\"utf-8", Type{}, []string{CodeInvalid}},
		{"application/json, text/html", Type{}, []string{CodeInvalid}},
		{"application/json\x00", Type{}, []string{CodeInvalid}},
		{"application/json; charset=utf-8\xff", Type{}, []string{CodeInvalid}},

		{"", Type{}, []string{CodeMissing}},
		{" ", Type{}, []string{CodeMissing}},

		{"text/html; charset=utf-8", Type{"text/html", "utf-8"}, []string{CodeNotJSON}},
		{"text/json", Type{Essence: "text/json"}, []string{CodeNotJSON}},
		{"application/problem+json", Type{Essence: "application/problem+json"}, []string{CodeNotJSON}},
		{"application/jsonp", Type{Essence: "application/jsonp"}, []string{CodeNotJSON}},

		{"application/json; charset=gbk", Type{"application/json", "gbk"}, []string{CodeCharset}},
		{"application/json; charset=ISO-8859-1", Type{"application/json", "iso-8859-1"}, []string{CodeCharset}},
		{"application/json; charset=\"\"", Type{"application/json", ""}, []string{CodeCharset}},
		{"application/json; charset=utf-8; charset=gbk", Type{"application/json", "gbk"}, []string{CodeCharset}},
		{"application/json; charset=gbk; charset=utf-8", utf8, []string{CodeCharset}},
		{"text/plain; charset=gbk", Type{"text/plain", "gbk"}, []string{CodeNotJSON, CodeCharset}},
	} {
		got, issues := ContentType(test.value)
		var codes []string
		for _, i := range issues {
			codes = append(codes, i.Code)
			if i.Where != "header Content-Type" || i.Expected == "" || i.Observed == "" || i.Advisory != (i.Code == CodePercentEncoded) {
				t.Errorf("%q: %+v", test.value, i)
			}
		}
		if diff := cmp.Diff(test.codes, codes); diff != "" || got != test.want {
			t.Errorf("%q: got %+v %v, want %+v %v", test.value, got, codes, test.want, test.codes)
		}
	}
}

func TestContentTypeNamesTheMisprint(t *testing.T) {
	_, issues := ContentType("application/json%3Bcharset=UTF-8")
	if len(issues) != 1 || !strings.Contains(issues[0].Observed, "misprinted example of the page (application/json%3Bcharset=UTF-8)") {
		t.Errorf("got %+v", issues)
	}
}

// TestOnlyPublicLabelsAreShown: a label can be anything.
func TestOnlyPublicLabelsAreShown(t *testing.T) {
	for value, want := range map[string]string{
		"text/html":                             "the type text/html",
		"text/x-sunkai":                         "the type of shape A4/1A1-A6",
		"application/json; charset=gbk":         "the charset gbk",
		"application/json; charset=15312340991": "the charset of shape D11",
		"sunkai@huawei.com":                     "a value that is not in its grammar: of shape A6@A6.A3",
	} {
		_, issues := ContentType(value)
		if len(issues) != 1 || issues[0].Observed != want {
			t.Errorf("%s: got %+v", value, issues)
		}
	}
	if _, err := Decode("sunkai", nil, 1); strings.Contains(err.Error(), "sunkai") {
		t.Error("an unknown coding was shown")
	}
}

// TestPublicLabelsAreShown shows each label as it came: as a type, or else as a
// charset.
func TestPublicLabelsAreShown(t *testing.T) {
	for _, label := range []string{
		"application/octet-stream", "application/problem+json", "application/xhtml+xml", "application/xml",
		"text/html", "text/json", "text/plain", "text/xml",
		"big5", "gb18030", "gb2312", "gbk", "iso-8859-1", "us-ascii", "utf-16", "utf-16be", "utf-16le", "utf-32", "windows-1252",
	} {
		value := label
		if !strings.Contains(label, "/") {
			value = "application/json;charset=" + label
		}
		_, issues := ContentType(value)
		if len(issues) != 1 || !strings.HasSuffix(issues[0].Observed, " "+label) {
			t.Errorf("%s: got %+v", label, issues)
		}
	}
	for _, coding := range []string{"compress", "zstd"} {
		if _, err := Decode(coding, nil, 1); !strings.Contains(err.Error(), coding) {
			t.Errorf("%s: got %v", coding, err)
		}
	}
}

func TestScriptable(t *testing.T) {
	for value, want := range map[string]bool{
		"text/html": true, "TEXT/HTML ; charset=UTF-8": true, "text/html%3Bcharset=UTF-8": true, "application/xhtml+xml": true, "image/svg+xml": true,
		"text/xml": true, "application/xml;charset=utf-8": true, "application/atom+xml": true, "application/pdf": true,
		"application/json": false, "application/json%3Bcharset=UTF-8": false, "application/problem+json": false, "text/plain": false,
		"text/javascript": false, "image/png": false, "": false, "text/html2": false, "html": false, "text/xml-external-parsed-entity": false,
	} {
		issue, got := Scriptable(value)
		if got != want || got != (issue.Code == CodeScriptable) {
			t.Errorf("%q: %v %v, want %v", value, got, issue, want)
		}
	}
}

// TestPageTypes calls a text that is labelled as a page no page.
func TestPageTypes(t *testing.T) {
	for _, label := range []string{"text/html", "application/xhtml+xml", "application/xml", "text/xml"} {
		if got := ErrorForm(label, []byte("Unauthorized operation.")); got != Labelled {
			t.Errorf("%s: got %s", label, got)
		}
	}
}

const (
	asJSON = "application/json"
	asText = "text/plain;charset=UTF-8"
	asHTML = "text/html;charset=utf-8"
)

var formCases = []struct {
	name, contentType, body string
	want                    Form
}{
	{"JSON string", asJSON, `"Unauthorized operation."`, JSONString},
	{"JSON string with space", asJSON, "\n \"x\"\n", JSONString},
	{"JSON string without a type", "", `"x"`, JSONString},
	{"JSON string under the misprinted type", "application/json%3Bcharset=UTF-8", `"x"`, JSONString},
	{"JSON string labelled as HTML", asHTML, `"x"`, JSONString},
	{"JSON string that quotes markup", asJSON, `"use <html> tags"`, JSONString},
	{"JSON string after a mark", asJSON, "\ufeff\"x\"", JSONString},
	{"JSON string with raw DEL", asJSON, "\"a\x7fb\"", JSONString},
	{"Chinese JSON string", asJSON, `"未授权"`, JSONString},

	{"schema", asJSON, `{"schema":"The business fails."}`, InSchema},
	{"schema and more", asJSON, `{"code":1,"schema":"x"}`, InSchema},
	{"schema labelled as HTML", asHTML, `{"schema":"x"}`, InSchema},

	{"plain text", asText, "Unauthorized operation.", PlainText},
	{"plain text that is JSON", asText, `"x"`, PlainText},
	{"plain text that is a number", asText, `401`, PlainText},

	{"unquoted", asJSON, "Unauthorized operation.", Unquoted},
	{"unquoted without a type", "", "Unauthorized operation.", Unquoted},
	{"unquoted with a number first", asJSON, "401 Unauthorized", Unquoted},
	{"unquoted in brackets", asJSON, "[ERROR] not authorised", Unquoted},
	{"unquoted with a comparison", asJSON, "a < b", Unquoted},
	{"unquoted Chinese", "application/octet-stream", "未授权", Unquoted},
	{"lines", asJSON, "a\r\n\tb\n", Unquoted},

	{"gateway object", asJSON, `{"error_code":"APIG.0301","error_msg":"Incorrect IAM authentication information"}`, OtherObject},
	{"sibling object", asJSON, `{"resultCode":"1","resultDesc":"x"}`, OtherObject},
	{"object in schema", asJSON, `{"schema":{"message":"x"}}`, OtherObject},
	{"text beside an empty schema", asJSON, `{"schema":"","message":"x"}`, OtherObject},

	{"empty", asJSON, "", NoBody},
	{"empty without a type", "", "", NoBody},
	{"empty HTML", asHTML, "", NoBody},

	{"nginx page", asHTML, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>", Page},
	{"page labelled as JSON", asJSON, "<!DOCTYPE html><html></html>", Page},
	{"page labelled as text", asText, "<HTML><BODY>x", Page},
	{"page without a type", "", "\n\n  <!doctype HTML>", Page},
	{"page after a mark", asJSON, "\ufeff<html>", Page},
	{"page after a mark and space", asJSON, " \ufeff \u00a0<Html >", Page},
	{"page after a comment", asJSON, "<!-- 15312340991 -->\n<p>x", Page},
	{"page after text", asJSON, "Error:\n<html>", Page},
	{"fragment", asJSON, "<h1>x</h1>", Page},
	{"page of broken bytes", asHTML, "<html>\xff", Page},
	{"XML", "application/xml", `<?xml version="1.0"?><error/>`, Page},
	{"XML labelled as JSON", asJSON, `<?xml version="1.0"?><error/>`, Page},
	{"SOAP", "text/xml", `<soap:Envelope>`, Page},
	{"text labelled as HTML", asHTML, "Unauthorized operation.", Labelled},
	{"number labelled as HTML", asHTML, "401", Labelled},
	{"other object labelled as HTML", asHTML, `{"message":"x"}`, Labelled},

	{"number", asJSON, "401", Other},
	{"array", asJSON, `["Unauthorized operation."]`, Other},
	{"null", asJSON, "null", Other},
	{"true", asJSON, "true", Other},
	{"empty string", asJSON, `""`, Other},
	{"blank string", asJSON, `" \u00a0\u3000"`, Other},
	{"empty schema", asJSON, `{"schema":""}`, Other},
	{"null as schema", asJSON, `{"schema":null}`, Other},
	{"empty object", asJSON, `{}`, Other},
	{"object without text", asJSON, `{"returnCode":0}`, Other},
	{"blank body", asJSON, " \r\n", Other},
	{"blank text", asText, "\u3000\n", Other},
	{"only a mark", asJSON, "\ufeff", Other},
	{"cut-off object", asJSON, `{"schema":"Unauth`, Other},
	{"cut-off string", asJSON, `"Unauth`, Other},
	{"two texts", asJSON, `"x" "y"`, Other},
	{"binary", "application/octet-stream", "\x89PNG\r\n\x1a\n", Other},
	{"gzip", asJSON, "\x1f\x8b\x08\x00", Other},
	{"GBK text", asText, "\xce\xb4\xca\xda\xc8\xa8", PlainText},
	{"GBK text as JSON", asJSON, "\xce\xb4\xca\xda\xc8\xa8", Other},
	{"bytes that are no text", asText, "\x89PNG\x1a\x00", Other},
	{"terminal escapes", asText, "\x1b[31mUnauthorized", Other},
	{"UTF-16 page", asHTML, "\xff\xfe<\x00h\x00", Other},
}

func TestErrorForm(t *testing.T) {
	for _, test := range formCases {
		if got := ErrorForm(test.contentType, []byte(test.body)); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}

func TestFormIssues(t *testing.T) {
	for form, want := range map[Form]string{
		JSONString: "", InSchema: "",
		PlainText: "form.plain-text advisory", Unquoted: "form.unquoted advisory", OtherObject: "form.object advisory",
		NoBody: "form.empty", Page: "form.page", Other: "form.other",
	} {
		issue, ok := form.Issue()
		got := issue.Code
		if issue.Advisory {
			got += " advisory"
		}
		if got != want || ok != (want != "") || issue.Observed == "" {
			t.Errorf("%s: got %+v, %v", form, issue, ok)
		}
	}
	if got := Page.String(); got != "F7, an HTML or XML page, as gateways send it" {
		t.Error(got)
	}
}

// TestFormsAgreeWithTheSchema: JSONString and InSchema are what the error schema takes, also
// for each character that may count as white space.
func TestFormsAgreeWithTheSchema(t *testing.T) {
	agree := func(name, body string) {
		t.Helper()
		doc, _ := strictjson.Parse([]byte(body), strictjson.DefaultLimits)
		form := ErrorForm(asJSON, []byte(body))
		if valid := len(jsonschema.Validate(jsonschema.Error, doc)) == 0; valid != (form == JSONString || form == InSchema) {
			t.Errorf("%s: %s, but valid by the schema: %v", name, form, valid)
		}
	}
	for _, test := range formCases {
		if test.contentType == asJSON && test.name != "two texts" {
			agree(test.name, test.body)
		}
	}
	step := rune(1)
	if race.Enabled {
		step = 16
		t.Logf("one in %d characters beyond U+3000", step)
	}
	for r := rune(0); r < 0x10000; r++ {
		if r > 0x3000 && r%step != 0 && r != 0xfeff {
			continue
		}
		if r < 0xd800 || r > 0xdfff {
			agree(fmt.Sprintf("U+%04X", r), fmt.Sprintf(`"\u%04x"`, r))
		}
	}
}

func coded(t testing.TB, body []byte, open func(io.Writer) io.WriteCloser) []byte {
	t.Helper()
	var b bytes.Buffer
	w := open(&b)
	if _, err := w.Write(body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asGzip(w io.Writer) io.WriteCloser   { return gzip.NewWriter(w) }
func asBrotli(w io.Writer) io.WriteCloser { return brotli.NewWriter(w) }
func asZlib(w io.Writer) io.WriteCloser   { return zlib.NewWriter(w) }
func asFlate(w io.Writer) io.WriteCloser {
	f, _ := flate.NewWriter(w, flate.BestSpeed) // fails for an unknown level only
	return f
}

func TestDecode(t *testing.T) {
	plain := []byte(strings.Repeat(`{"vdn":"150"}`, 50))
	gzipped, zlibbed, bare := coded(t, plain, asGzip), coded(t, plain, asZlib), coded(t, plain, asFlate)
	brotlied := coded(t, plain, asBrotli)
	const limit = 1000
	for _, test := range []struct {
		name, encoding string
		body, want     []byte
		err            error
	}{
		{"none", "", plain, plain, nil},
		{"identity", "identity", plain, plain, nil},
		{"gzip", "gzip", gzipped, plain, nil},
		{"GZIP", " GZIP ", gzipped, plain, nil},
		{"x-gzip", "x-gzip", gzipped, plain, nil},
		{"deflate with zlib", "deflate", zlibbed, plain, nil},
		{"bare deflate", "deflate", bare, plain, nil},
		{"gzip of deflate", "deflate, gzip", coded(t, zlibbed, asGzip), plain, nil},
		{"four codings", "gzip,gzip,identity,gzip", coded(t, coded(t, gzipped, asGzip), asGzip), plain, nil},
		{"gzip in two members", "gzip", slices.Concat(gzipped, coded(t, []byte("x"), asGzip)), append(slices.Clone(plain), 'x'), nil},

		{"order of codings", "gzip, deflate", coded(t, zlibbed, asGzip), nil, ErrCorrupt},
		{"five codings", "gzip,gzip,gzip,gzip,gzip", gzipped, nil, ErrCoding},
		{"zstd", "zstd", plain, nil, ErrCoding},
		{"br", "br", brotlied, plain, nil},
		{"not br", "br", plain, []byte{}, ErrCorrupt},
		{"bytes after br", "br", slices.Concat(brotlied, []byte("15312340991")), plain, ErrCorrupt},
		{"too long when br is undone", "br", coded(t, bytes.Repeat(plain, 2), asBrotli), bytes.Repeat(plain, 2)[:limit], ErrLimit},
		{"unknown", "rot13", plain, nil, ErrCoding},
		{"not gzip", "gzip", plain, nil, ErrCorrupt},
		{"empty gzip", "gzip", nil, nil, ErrCorrupt},
		{"not deflate", "deflate", []byte("\xff\xff"), []byte{}, ErrCorrupt},
		{"cut gzip", "gzip", gzipped[:len(gzipped)-1], plain, ErrCorrupt},
		{"wrong checksum", "gzip", damaged(gzipped, len(gzipped)-5), plain, ErrCorrupt},
		{"bytes after gzip", "gzip", slices.Concat(gzipped, []byte("15312340991")), plain, ErrCorrupt},
		{"a byte after gzip", "gzip", slices.Concat(gzipped, []byte("1")), plain, ErrCorrupt},
		{"a byte after zlib", "deflate", slices.Concat(zlibbed, []byte("1")), plain, ErrCorrupt},
		{"bytes after zlib", "deflate", slices.Concat(zlibbed, []byte("15312340991")), plain, ErrCorrupt},
		{"bytes after deflate", "deflate", slices.Concat(bare, []byte("15312340991")), plain, ErrCorrupt},
		{"too long", "", bytes.Repeat(plain, 2), bytes.Repeat(plain, 2)[:limit], ErrLimit},
		{"one byte too long", "", make([]byte, limit+1), make([]byte, limit), ErrLimit},
		{"too long when decoded", "gzip", coded(t, bytes.Repeat(plain, 2), asGzip), bytes.Repeat(plain, 2)[:limit], ErrLimit},
		{"just fits", "gzip", coded(t, make([]byte, limit), asGzip), make([]byte, limit), nil},
	} {
		got, err := Decode(test.encoding, test.body, limit)
		if !errors.Is(err, test.err) || (err != nil) != (test.err != nil) {
			t.Errorf("%s: error %v, want %v", test.name, err, test.err)
		}
		if !bytes.Equal(got, test.want) {
			t.Errorf("%s: %d bytes, want %d", test.name, len(got), len(test.want))
		}
	}
}

func damaged(b []byte, at int) []byte {
	b = slices.Clone(b)
	b[at] ^= 1
	return b
}

func TestDecodeSaysWhatWasNotAskedFor(t *testing.T) {
	_, err := Decode("zstd", nil, 1)
	if want := "the content coding is not supported: zstd, which was not asked for"; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

// TestBomb: a gigabyte of zeros, coded once and twice, costs what the limit allows.
func TestBomb(t *testing.T) {
	bomb := bytes.Repeat(coded(t, make([]byte, 1<<20), asGzip), 1<<10)
	const limit = 1 << 20
	twice := coded(t, bomb, asGzip)
	for encoding, body := range map[string][]byte{"gzip": bomb, "gzip, gzip": twice} {
		perRun := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if got, err := Decode(encoding, body, limit); !errors.Is(err, ErrLimit) || len(got) != limit {
					b.Fatalf("%d bytes, %v", len(got), err)
				}
			}
		}).AllocedBytesPerOp()
		if perRun > 32*limit {
			t.Errorf("%s: %d bytes of memory", encoding, perRun)
		}
	}
}

func FuzzContentType(f *testing.F) {
	for _, seed := range []string{"application/json;charset=UTF-8", "application/json%3Bcharset=UTF-8", `a/b;c="\"";;d=e`, "text/html"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got, issues := ContentType(value)
		if len(issues) == 0 && (got.Essence != "application/json" || got.Charset != "" && got.Charset != "utf-8") {
			t.Errorf("nothing was said about %+v", got)
		}
	})
}

func FuzzErrorForm(f *testing.F) {
	for _, c := range formCases {
		f.Add(c.contentType, []byte(c.body))
	}
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		form := ErrorForm(contentType, body)
		if _, ok := forms[form]; !ok || (form == NoBody) != (len(body) == 0) {
			t.Errorf("got %q", form)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add("gzip", coded(f, []byte("x"), asGzip))
	f.Add("deflate, gzip", coded(f, coded(f, []byte("x"), asZlib), asGzip))
	f.Add("deflate", coded(f, []byte("x"), asFlate))
	f.Fuzz(func(t *testing.T, encoding string, body []byte) {
		if got, _ := Decode(encoding, body, 1<<16); len(got) > 1<<16 {
			t.Errorf("%d bytes", len(got))
		}
	})
}
