package redact

import (
	"bytes"
	"compress/gzip"
	"encoding/ascii85"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"maps"
	"mime/quotedprintable"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"omaspec/fixtures/race"
	"omaspec/reports/evidence"
	"omaspec/schemas/media"
)

// values are what nobody may find in the evidence, whatever form it had.
var values = map[string]string{
	"token":   "tk9-Q2mXw7LtR4bZc81KfJ0yNsE5uGdPaVo",
	"jwt":     "eyJhbGciOiJFUzI1NiIsImtpZCI6Ijk5In0.eyJzdWIiOiJ0ZW5hbnQtMTMxIn0.c2lnbmF0dXJlc2lnbmF0dXJl",
	"uuid":    "deadbeef-1111-4222-8333-444455556666",
	"digits":  "8017264950317",
	"emoji":   "😀😃😄😁😆😅",
	"phone":   "13907756421",
	"email":   "wangxiaoming@kunlun-trade.cn",
	"name":    "王晓明",
	"latin":   "Maximilian White",
	"company": "昆仑国际贸易有限公司",
}

// each joins what a function makes of every byte, or of every character.
func eachByte(f func(byte) string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			b.WriteString(f(c))
		}
		return b.String()
	}
}

func eachRune(f func(rune) string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, c := range s {
			b.WriteString(f(c))
		}
		return b.String()
	}
}

func spaced(separator string, every int) func(string) string {
	return func(s string) string {
		var parts []string
		for chunk := range slices.Chunk([]rune(s), every) {
			parts = append(parts, string(chunk))
		}
		return strings.Join(parts, separator)
	}
}

func shifted(from, to, by rune) func(string) string {
	return eachRune(func(r rune) string {
		if r >= from && r <= to {
			return string(r + by)
		}
		return string(r)
	})
}

// sixteen writes UTF-16 or UTF-32 in bytes.
func sixteen(width int, big bool) func(string) string {
	return func(s string) string {
		var units []uint32
		if width == 4 {
			for _, r := range s {
				units = append(units, uint32(r))
			}
		} else {
			for _, u := range utf16.Encode([]rune(s)) {
				units = append(units, uint32(u))
			}
		}
		var b []byte
		for _, u := range units {
			for i := range width {
				shift := 8 * i
				if big {
					shift = 8 * (width - 1 - i)
				}
				b = append(b, byte(u>>shift))
			}
		}
		return string(b)
	}
}

// encodings are the forms that a value may have, as far as somebody could think of.
var encodings = map[string]func(string) string{
	"plain":           func(s string) string { return s },
	"upper":           strings.ToUpper,
	"reversed":        func(s string) string { r := []rune(s); slices.Reverse(r); return string(r) },
	"spaced":          spaced(" ", 1),
	"pairs":           spaced(" ", 2),
	"hyphens":         spaced("-", 3),
	"dots":            spaced(".", 4),
	"commas":          spaced(",", 1),
	"lines":           spaced("\n", 4),
	"zero-width":      spaced("\u200b", 1),
	"soft hyphens":    spaced("\u00ad", 2),
	"no-break spaces": spaced("\u00a0", 3),
	"full-width":      shifted('!', '~', '！'-'!'),
	"circled":         shifted('1', '9', '①'-'1'),
	"superscript": eachRune(func(r rune) string {
		return strings.NewReplacer("0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹").Replace(string(r))
	}),
	"mathematical": shifted('0', '9', 0x1d7ce-'0'),
	"Arabic-Indic": shifted('0', '9', '٠'-'0'),
	"Chinese numerals": eachRune(func(r rune) string {
		return strings.NewReplacer("0", "〇", "1", "一", "2", "二", "3", "三", "4", "四", "5", "五", "6", "六", "7", "七", "8", "八", "9", "九").Replace(string(r))
	}),
	"tag characters":      eachByte(func(c byte) string { return string(rune(0xe0000 + int(c))) }),
	"Braille":             eachByte(func(c byte) string { return string(rune(0x2800 + int(c))) }),
	"private use":         eachByte(func(c byte) string { return string(rune(0xe000 + int(c))) }),
	"last plane":          eachByte(func(c byte) string { return string(rune(0x10fe00 + int(c))) }),
	"variation selectors": eachByte(func(c byte) string { return string(rune(0xe0100 + int(c)%0xf0)) }),
	"exotic spaces":       eachByte(func(c byte) string { return string(rune(0x2000 + int(c)%11)) }),
	"control characters":  eachByte(func(c byte) string { return string([]byte{1 + c&7, 1 + c>>3&7}) }),
	"percent":             eachByte(func(c byte) string { return fmt.Sprintf("%%%02X", c) }),
	"percent lower":       eachByte(func(c byte) string { return fmt.Sprintf("%%%02x", c) }),
	"percent twice":       func(s string) string { return url.QueryEscape(url.QueryEscape(s + "&")) },
	"query":               url.QueryEscape,
	"JSON escapes":        func(s string) string { return strings.Trim(strconv.QuoteToASCII(s), `"`) },
	"all JSON escapes":    eachUnit(`\u%04x`),
	"HTML":                html.EscapeString,
	"HTML decimal":        eachRune(func(r rune) string { return fmt.Sprintf("&#%d;", r) }),
	"HTML hexadecimal":    eachRune(func(r rune) string { return fmt.Sprintf("&#x%X;", r) }),
	"C escapes":           eachByte(func(c byte) string { return fmt.Sprintf(`\x%02x`, c) }),
	"octal escapes":       eachByte(func(c byte) string { return fmt.Sprintf(`\%03o`, c) }),
	"hexadecimal":         func(s string) string { return hex.EncodeToString([]byte(s)) },
	"hexadecimal upper":   func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"hex with colons":     func(s string) string { return spaced(":", 2)(hex.EncodeToString([]byte(s))) },
	"decimal bytes":       eachByte(func(c byte) string { return fmt.Sprintf("%03d", c) }),
	"decimal list":        eachByte(func(c byte) string { return fmt.Sprintf("%d,", c) }),
	"binary":              eachByte(func(c byte) string { return fmt.Sprintf("%08b ", c) }),
	"base64":              func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 at 1":         func(s string) string { return base64.StdEncoding.EncodeToString([]byte("u" + s)) },
	"base64 at 2":         func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("u:" + s)) },
	"base64 twice": func(s string) string {
		return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(s))))
	},
	"base32": func(s string) string { return base32.StdEncoding.EncodeToString([]byte(s)) },
	"base32 lower": func(s string) string {
		return strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(s)))
	},
	"ascii85": func(s string) string {
		b := make([]byte, ascii85.MaxEncodedLen(len(s)))
		return string(b[:ascii85.Encode(b, []byte(s))])
	},
	"quoted-printable": func(s string) string {
		var b bytes.Buffer
		w := quotedprintable.NewWriter(&b)
		_, _ = w.Write([]byte(s))
		_ = w.Close()
		return b.String()
	},
	"quoted-printable all": eachByte(func(c byte) string { return fmt.Sprintf("=%02X", c) }),
	"rot13":                eachRune(func(r rune) string { return string(rot13(r)) }),
	"UTF-16LE":             sixteen(2, false),
	"UTF-16BE":             sixteen(2, true),
	"UTF-32LE":             sixteen(4, false),
	"Latin-1":              eachRune(func(r rune) string { return string([]byte{byte(r)}) }),
	"set high bits":        eachByte(func(c byte) string { return string([]byte{c | 0x80}) }),
	"bidirectional":        func(s string) string { return "\u202e" + s + "\u202c" },
	"before letters":       func(s string) string { return "x" + s + "y" },
	"combining":            spaced("\u0301", 1),
}

func eachUnit(format string) func(string) string {
	return func(s string) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(s)) {
			fmt.Fprintf(&b, format, u)
		}
		return b.String()
	}
}

func rot13(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z':
		return 'a' + (r-'a'+13)%26
	case r >= 'A' && r <= 'Z':
		return 'A' + (r-'A'+13)%26
	}
	return r
}

// places put a text somewhere into an answer.
var places = map[string]func(x *evidence.Exchange, s string){
	"reason":    func(x *evidence.Exchange, s string) { x.Response.Reason = evidence.Sensitive(s) },
	"field":     inField("X-Anything"),
	"server":    inField("Server"),
	"vary":      inField("Vary"),
	"date":      inField("Date"),
	"type":      func(x *evidence.Exchange, s string) { inField("Content-Type")(x, "application/json;charset="+s) },
	"language":  inField("Content-Language"),
	"length":    inField("Content-Length"),
	"age":       func(x *evidence.Exchange, s string) { inField("Strict-Transport-Security")(x, "max-age="+s) },
	"directive": func(x *evidence.Exchange, s string) { inField("Cache-Control")(x, "max-age="+s+", "+s) },
	"origin":    func(x *evidence.Exchange, s string) { inField("Access-Control-Allow-Origin")(x, "https://"+s) },
	"challenge": func(x *evidence.Exchange, s string) { inField("WWW-Authenticate")(x, `Basic realm="`+s+`"`) },
	"tag":       func(x *evidence.Exchange, s string) { inField("ETag")(x, `"`+s+`"`) },
	"location": func(x *evidence.Exchange, s string) {
		inField("Location")(x, "https://"+s+":"+s+"@"+s+".cn:"+s+"/"+s+";"+s+"?"+s+"="+s+"#"+s)
	},
	"link":   func(x *evidence.Exchange, s string) { inField("Link")(x, "<https://a.cn/"+s+">; title=\""+s+"\"") },
	"cookie": func(x *evidence.Exchange, s string) { inField("Set-Cookie")(x, s+"="+s+"; Path=/"+s+"; Domain="+s) },
	"field name": func(x *evidence.Exchange, s string) {
		x.Response.Header = evidence.Fields{{Name: "X-" + s, Value: "1"}}
	},
	"trailer":    func(x *evidence.Exchange, s string) { x.Response.Trailer = evidence.Fields{field("X-End", s)} },
	"extra":      func(x *evidence.Exchange, s string) { x.Response.Extra = evidence.Sensitive(s) },
	"extra JSON": func(x *evidence.Exchange, s string) { x.Response.Extra = evidence.Sensitive(`{"a":` + quoted(s) + `}`) },
	"text":       inBody(func(s string) string { return "not found: " + s }),
	"page": inBody(func(s string) string {
		return "<html><" + s + " title=\"" + s + "\"><p>" + s + "</p><!-- " + s + " --></html>"
	}),
	"string":      inBody(quoted),
	"raw string":  inBody(func(s string) string { return `"` + s + `"` }),
	"schema":      inBody(func(s string) string { return `{"schema":` + quoted(s) + `}` }),
	"member":      inBody(func(s string) string { return `{"a":{"b":[` + quoted(s) + `]}}` }),
	"member name": inBody(func(s string) string { return `{` + quoted(s) + `:1}` }),
	"sensitive":   inBody(func(s string) string { return `{` + quoted("phone"+s+"Token") + `:1}` }),
	"masked": inBody(func(s string) string {
		return `{"mobilePhone":` + quoted(s) + `,"company":` + quoted(s) + `,"customerName":` + quoted(s) + `,"email":` + quoted(s) + `}`
	}),
	"appended": inBody(func(s string) string {
		return `{"company":` + quoted(s+"XXX") + `,"customerName":` + quoted(s+"***") + `,"MobilePhone":` + quoted(s+"****") + `}`
	}),
	"public": inBody(func(s string) string {
		return `{"vdn":` + quoted(s) + `,"createDate":` + quoted(s) + `,"tenantSpaceStatus":` + quoted(s) + `}`
	}),
	"number": inBody(func(s string) string {
		return `{"createDate":` + s + `,"vdn":-` + s + `,"n":[1.` + s + `,1e` + s + `]}`
	}),
	"members": inBody(func(s string) string { return `{"d":[` + spaced(",", 1)(s) + `],"e":["` + spaced(`","`, 1)(s) + `"]}` }),
	"portalUrl": inBody(func(s string) string {
		return `{"portalUrl":` + quoted("https://"+s+".b.cn/p/"+s+"?client_id="+s+"&redirect_uri="+url.QueryEscape("https://b.cn/"+s)+"&"+s) + `}`
	}),
	"duplicate":   inBody(func(s string) string { return `{"email":` + quoted(s) + `,"email":"sunk****@huawei.com"}` }),
	"cut":         inBody(func(s string) string { return `{"mobilePhone":"153****0991","email":"` + s }),
	"trailing":    inBody(func(s string) string { return `{"vdn":"1"}` + s }),
	"bare":        inBody(func(s string) string { return `{"a":` + s + `}` }),
	"stack trace": inBody(func(s string) string { return "java.lang.Error: " + s + "\n\tat com.huawei.A." + s + "(A.java:1)\n" }),
	"not UTF-8":   inBody(func(s string) string { return "{\"a\":\"\xff" + s + "\xff\"}" }),
	"in string":   inBody(func(s string) string { return quoted(`{"inner":` + quoted(s) + `}`) }),
	"XML":         inBody(func(s string) string { return `<?xml version="1.0"?><a b="` + s + `">` + s + `</a>` }),
	"gzip":        inGzip(func(w *gzip.Writer, s string) { _, _ = w.Write([]byte(quoted(s))) }),
	"gzip comment": inGzip(func(w *gzip.Writer, s string) {
		if latin := strings.Map(latin1, s); latin != "" {
			w.Comment, w.Name, w.Extra = latin, latin, []byte(s)[:min(len(s), 1000)]
		}
	}),
	"damaged gzip": func(x *evidence.Exchange, s string) {
		inField("Content-Encoding")(x, "gzip")
		x.Response.Body = evidence.Sensitive("\x1f\x8b\x08" + s)
	},
	"unknown coding": func(x *evidence.Exchange, s string) {
		inField("Content-Encoding")(x, "br")
		x.Response.Body = evidence.Sensitive(s)
	},
}

func latin1(r rune) rune {
	if r == 0 || r > 0xff {
		return -1
	}
	return r
}

func inField(name string) func(*evidence.Exchange, string) {
	return func(x *evidence.Exchange, s string) { x.Response.Header = evidence.Fields{field(name, s)} }
}

func inBody(write func(string) string) func(*evidence.Exchange, string) {
	return func(x *evidence.Exchange, s string) { x.Response.Body = evidence.Sensitive(write(s)) }
}

func inGzip(write func(*gzip.Writer, string)) func(*evidence.Exchange, string) {
	return func(x *evidence.Exchange, s string) {
		var b bytes.Buffer
		w, _ := gzipWriters.Get().(*gzip.Writer)
		defer gzipWriters.Put(w)
		w.Reset(&b)
		write(w, s)
		_ = w.Close()
		inField("Content-Encoding")(x, "gzip")
		x.Response.Body = evidence.Sensitive(b.String())
	}
}

// gzipWriters are used again, since each takes a megabyte.
var gzipWriters = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// planted is a value in an encoding.
type planted struct {
	value, encoding string // names
	text            string
	pieces          []string // of the text, of which the evidence holds none
	status          int      // of the answer to plant it in
}

// plants are every value in every encoding.
var plants = sync.OnceValue(func() []planted {
	var out []planted
	for _, encoding := range slices.Sorted(maps.Keys(encodings)) {
		for i, value := range slices.Sorted(maps.Keys(values)) {
			text := encodings[encoding](values[value])
			out = append(out, planted{value, encoding, text, pieces(text, utf8.RuneCountInString(values[value])), []int{200, 401}[(i+len(encoding))%2]})
		}
	}
	return out
})

// TestEvidenceHoldsNothing plants every value in every encoding in every place,
// and looks in the redacted answer for pieces of what was planted: as it was
// written, and reduced to its letters, digits and signs. Under the race detector
// each place gets another one in seven of them, so that each value and each encoding
// comes to it, and each pair of them to many places.
func TestEvidenceHoldsNothing(t *testing.T) {
	every := 1
	if race.Enabled {
		every = 7
	}
	for first, place := range slices.Sorted(maps.Keys(places)) {
		t.Run(fmt.Sprintf("%s/one in %d", place, every), func(t *testing.T) {
			t.Parallel()
			for i := first % every; i < len(plants()); i += every {
				p := plants()[i]
				x := answer(p.status, "")
				places[place](x, p.text)
				text := texts(New(testKey).Exchange(x).Response)
				for _, piece := range p.pieces {
					if strings.Contains(text, piece) {
						t.Errorf("%s in %s: %q is in the evidence", p.value, p.encoding, piece)
						break
					}
				}
			}
		})
	}
}

// texts are all texts of an answer, reduced like pieces, one a line.
func texts(p *evidence.Response) string {
	all := []string{string(p.Reason), string(p.Body), string(p.Extra), fmt.Sprint(p.Declared)}
	for _, f := range slices.Concat(p.Header, p.Trailer) {
		all = append(all, f.Name, string(f.Value))
	}
	if decoded, err := media.Decode(contentCoding(p), []byte(p.Body), codedLimit); err == nil {
		all = append(all, string(decoded))
	}
	for i, text := range all {
		all[i] = reduced(text)
	}
	return strings.Join(all, "\n\n")
}

// reduced leaves out what separates: a number in groups is that number. A byte
// that is not UTF-8 is a character of its own.
func reduced(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			r = 0xf0000 + rune(s[i])
		}
		i += n
		if r > ' ' && r < 0x80 && !unicode.IsLetter(r) && !unicode.IsDigit(r) || strings.ContainsRune(" \t\r\n", r) {
			continue
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// The length of a piece: as much of the encoded text as so many characters of
// what was encoded take, and no less than what does not come up by chance.
const (
	pieceOf     = 8
	leastLength = 8
)

// pieces are the windows of an encoded value of so many characters, reduced. A
// shorter text is one piece; what consists of two characters is none.
func pieces(encoded string, characters int) []string {
	runes := []rune(reduced(encoded))
	length := max(leastLength, pieceOf*len(runes)/characters)
	var out []string
	for i := 0; i == 0 || i+length <= len(runes); i++ {
		piece := runes[i:min(len(runes), i+length)]
		differing := map[rune]bool{}
		for _, r := range piece {
			differing[r] = true
		}
		if len(differing) > 2 {
			out = append(out, string(piece))
		}
	}
	return out
}

// TestPieces wants the search to find every value in every encoding, so that its
// silence means something.
func TestPieces(t *testing.T) {
	for _, p := range plants() {
		text := reduced("a " + p.text + " b")
		found := slices.ContainsFunc(p.pieces, func(piece string) bool { return strings.Contains(text, piece) })
		if !found && p.encoding != "binary" {
			t.Errorf("%s in %s would not be found", p.value, p.encoding)
		}
	}
}

func TestGate(t *testing.T) {
	secret := values["token"]
	g := NewGate(map[string]string{"{token:valid}": secret, "{token:expired}": values["jwt"]})
	clean := "token tk9-Q2mXw7LtR4bZc81 " + values["jwt"][:60] + " 13907756421 " + values["email"]
	for name, text := range map[string]string{
		"as it is": secret, "in base64": base64.StdEncoding.EncodeToString([]byte("x" + secret)), "in a URL": url.QueryEscape(values["jwt"]),
		"in JSON": eachUnit(`\u%04x`)(secret), "in hexadecimal": hex.EncodeToString([]byte(secret)), "reversed": encodings["reversed"](secret),
		"in HTML": encodings["HTML decimal"](secret), "in upper case": strings.ToUpper(secret),
	} {
		leaks, err := g.Scan(map[string][]byte{"a": []byte(clean + "\n" + clean), "b": []byte(clean + " " + text + " " + clean)})
		if err != nil || len(leaks) == 0 || leaks[0].File != "b" || leaks[0].Offset < len(clean) {
			t.Errorf("%s: %v", name, leaks)
		}
		if strings.Contains(fmt.Sprintf("%#v", leaks), text) {
			t.Errorf("%s: the leak holds what was found", name)
		}
	}
	if leaks, err := g.Scan(map[string][]byte{"a": []byte(clean)}); err != nil || leaks != nil {
		t.Errorf("pieces of secrets, and personal data, which only omaspec itself can have written: %v", leaks)
	}
}
