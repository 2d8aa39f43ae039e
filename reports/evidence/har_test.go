package evidence

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"omaspec/fixtures/golden"
	"omaspec/fixtures/race"
)

// same treats nil and empty collections alike.
var same = []cmp.Option{cmpopts.EquateEmpty()}

func sample() *Evidence {
	started := time.Date(2026, 5, 1, 10, 0, 0, 123400000, time.UTC)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(`{"vdn":"150"}`))
	_ = z.Close()
	return &Evidence{
		Origin: Origin{RunID: "01J", Tool: Tool{Name: "omaspec", Version: "1.0.0", Go: "go1.26"}, Catalogue: "1",
			Target:  "https://staging.example:8443/rest/oma/softwareconsole/tenant/querytenantbasic",
			Options: map[string]string{"reading": "envelope=flat"}, Credentials: []string{"valid"}},
		Conditions: Conditions{Now: started, Secure: true, Compared: true},
		Facts: &Facts{Together: json.RawMessage(`[]`),
			Exchanges: map[string]json.RawMessage{"V01": json.RawMessage(`{"hits":[]}`), "R17.gzip": json.RawMessage(`{}`)}},
		Gathering: Gathering{Started: started, Finished: started.Add(time.Second),
			Unsent:    []Unsent{{"X01", UnsentCredential, "no expired token", "OMASPEC_TOKEN_EXPIRED"}},
			Stopped:   &Stop{Kind: StopBudget, Reason: "the time is over"},
			Transport: &Transport{Version: "TLS 1.3", Handshakes: []HandshakeResult{{Probe: "T02.tls10", Version: "TLS 1.0", Outcome: HandshakeRefused}}},
			Exchanges: exchanges(started, zipped.String()),
		},
	}
}

// judges are the requirements that were judged on the exchanges of sample.
var judges = map[string][]string{"V01": {"AUTH-01", "BODY-01"}, "L02/3": {"ISOL-01"}}

// exchanges are some of every kind.
func exchanges(started time.Time, zipped string) []*Exchange {
	return []*Exchange{
		{
			Probe: "V01", Started: started, Attempts: 1, Trace: strings.Repeat("ab", 16), Secure: true,
			Request: Request{Method: "GET", Target: "/rest/oma/softwareconsole/tenant/querytenantbasic?lang=en&x=%E5%BC%A0",
				Header: []RequestField{{Name: "X-Auth-Token", Value: "{token:valid}"}}},
			Conn:    Conn{ID: 1, Remote: "192.0.2.1:8443", TLS: "TLS 1.3", ALPN: "h2"},
			Timings: Timings{Connect: 1500 * time.Microsecond, TLS: 2 * time.Millisecond, Send: Precision, Wait: 30 * time.Millisecond, Receive: 7 * Precision, Total: 34 * time.Millisecond},
			Response: &Response{Proto: "HTTP/2.0", Status: 200, Declared: 13, Body: `{"vdn":"150"}`,
				Header: Fields{{Name: "content-type", Value: "application/json"}, {Name: "Set-Cookie", Value: "k=v; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT; HttpOnly; Secure"}}},
		},
		{
			Probe: "R17.gzip", Started: started, Attempts: 2,
			Request: Request{Method: "GET", Target: "*"},
			Response: &Response{Proto: "HTTP/1.1", Status: 200, Reason: "OK", Declared: -1, Body: Sensitive(zipped),
				Header: Fields{{Name: "Content-Encoding", Value: "gzip"}}},
		},
		{
			Probe: "B14", Step: 1, Started: started, Attempts: 1,
			Request: Request{Method: "POST", Target: "/a b\xff", Body: "\xff\xfe",
				Header: []RequestField{{Name: "X-Auth-Token", Value: "tok\xe9"}}, Raw: "GET /\x00 HTTP/1.1\r\n"},
			Response: &Response{Proto: "HTTP/1.1", Status: 400, Reason: "Bad\xff", Declared: 0, Body: "\xff\x00{", Extra: "more\xff", Cut: "short",
				Header:  Fields{{Name: "X-\xfe", Value: "v\xfd"}},
				Trailer: Fields{{Name: "Expires", Value: "0"}}},
		},
		{
			Probe: "L02", Step: 3, Try: 1, Started: started, Attempts: 1,
			Request: Request{Method: "GET", Target: "/"},
			Failure: &Failure{Kind: FailureTimeout, Text: "no answer within 10 s"},
		},
	}
}

func encode(t testing.TB, e *Evidence) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, e, judges); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	want := sample()
	got, err := Read(bytes.NewReader(encode(t, want)))
	if err != nil {
		t.Fatal(err)
	}
	if !cmp.Equal(want, got, same...) {
		t.Error(cmp.Diff(want, got, same...))
	}
}

// TestTimesAreCoarse: the digits below the precision of times are the target's, and are
// neither written nor read.
func TestTimesAreCoarse(t *testing.T) {
	e := sample()
	x := e.Gathering.Exchanges[0]
	x.Started = x.Started.Add(56421)
	x.Timings = Timings{Connect: 1390775642, TLS: 1077564, Send: 56421, Wait: 13907756421, Receive: 139077564, Total: 15 * time.Second}
	text := encode(t, e)
	if found := regexp.MustCompile(`1390775\d|0775\d|56421`).FindAll(text, -1); found != nil {
		t.Errorf("written: %q", found)
	}
	got, err := Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	want := Timings{Connect: 1390800 * time.Microsecond, TLS: 1100 * time.Microsecond, Send: 100 * time.Microsecond, Wait: 13907800 * time.Microsecond, Receive: 139100 * time.Microsecond, Total: 15 * time.Second}
	if got := got.Gathering.Exchanges[0].Timings; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if _, err := Read(strings.NewReader(resealed(t, `"time":0`, `"time":13907.756421`))); err != nil {
		t.Error(err)
	}
}

func TestRoundTripOfArbitraryExchanges(t *testing.T) {
	rng, rounds := rand.New(rand.NewPCG(1, 2)), 300
	if race.Enabled {
		rounds = 60
		t.Logf("%d archives instead of 300", rounds)
	}
	for range rounds {
		want := sample()
		want.Facts = &Facts{}
		want.Gathering.Exchanges = nil
		for i := range rng.IntN(4) {
			x := arbitrary(rng)
			x.Probe += strconv.Itoa(i) // no two are of one probe
			want.Gathering.Exchanges = append(want.Gathering.Exchanges, x)
		}
		got, err := Read(bytes.NewReader(encode(t, want)))
		if err != nil {
			t.Fatal(err)
		}
		if !cmp.Equal(want, got, same...) {
			t.Fatal(cmp.Diff(want, got, same...))
		}
	}
}

// arbitrary makes an exchange whose texts from the wire hold any bytes.
func arbitrary(rng *rand.Rand) *Exchange {
	text := func() string {
		pieces := []string{"", "a", "张三", "\xff", "\x00", "\r\n", `"`, "<b>", "\u2028", "&x=1", "%zz", "http://[", "\xe5\xbc", "😀", "\ufffd"}
		var b strings.Builder
		for range rng.IntN(5) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		return b.String()
	}
	duration := func() time.Duration { return time.Duration(rng.Int64N(int64(100 * time.Hour))).Round(Precision) }
	fields := func() (f Fields) {
		for range rng.IntN(4) {
			f = append(f, Field{Name: text(), Value: Sensitive(text())})
		}
		if rng.IntN(3) == 0 {
			f = append(f, Field{Name: "Content-Encoding", Value: "gzip"})
		}
		return f
	}
	x := &Exchange{
		Probe: "P" + strings.ToValidUTF8(text(), ""), Step: rng.IntN(3), Try: rng.IntN(3), Attempts: rng.IntN(3),
		Started: time.Unix(rng.Int64N(4e9), rng.Int64N(1e9)).UTC().Truncate(Precision), Secure: rng.IntN(2) == 0,
		Request: Request{Method: text(), Target: text(), Body: text(), Raw: text()},
		Conn:    Conn{ID: rng.IntN(3), Reused: rng.IntN(2) == 0, Remote: "[::1]:443"},
		Timings: Timings{Connect: duration(), TLS: duration(), Send: duration(), Wait: duration(), Receive: duration(), Total: duration()},
	}
	for _, f := range fields() {
		x.Request.Header = append(x.Request.Header, RequestField{Name: f.Name, Value: string(f.Value)})
	}
	if rng.IntN(4) == 0 {
		x.Failure = &Failure{Kind: "reset", Text: "the peer reset the connection"}
		return x
	}
	x.Response = &Response{
		Proto: "HTTP/1.1", Status: 100 + rng.IntN(500), Reason: Sensitive(text()), Header: fields(), Trailer: fields(),
		Body: Sensitive(text()), Declared: rng.Int64N(5) - 1, Extra: Sensitive(text()), Cut: "limit",
	}
	return x
}

// TestImport holds the file against what the import of Chrome's developer tools
// insists on (HARFormat.ts).
func TestImport(t *testing.T) {
	var file struct {
		Log struct {
			Version string
			Creator map[string]any
			Entries []map[string]any
		}
	}
	if err := json.Unmarshal(encode(t, sample()), &file); err != nil {
		t.Fatal(err)
	}
	if file.Log.Version != "1.2" || file.Log.Creator["name"] != "omaspec" {
		t.Errorf("version %q, creator %v", file.Log.Version, file.Log.Creator)
	}
	numbers := map[string][]string{
		"": {"time"}, "request": {"headersSize", "bodySize"}, "response": {"status", "headersSize", "bodySize"},
		"timings": {"blocked", "dns", "connect", "ssl", "send", "wait", "receive"},
	}
	for i, e := range file.Log.Entries {
		for object, names := range numbers {
			in := e
			if object != "" {
				in = e[object].(map[string]any)
			}
			for _, name := range names {
				if _, ok := in[name].(float64); !ok {
					t.Errorf("entry %d: %s.%s is not a number", i, object, name)
				}
			}
		}
		response := e["response"].(map[string]any)
		if _, ok := response["content"].(map[string]any)["size"].(float64); !ok {
			t.Errorf("entry %d: content.size is not a number", i)
		}
		for _, c := range response["cookies"].([]any) {
			if _, err := time.Parse(time.RFC3339, c.(map[string]any)["expires"].(string)); err != nil {
				t.Errorf("entry %d: cookie expires: %v", i, err)
			}
		}
		if _, err := time.Parse(time.RFC3339Nano, e["startedDateTime"].(string)); err != nil {
			t.Errorf("entry %d: %v", i, err)
		}
		u, err := url.Parse(e["request"].(map[string]any)["url"].(string))
		if err != nil || !u.IsAbs() || u.Host != "staging.example:8443" {
			t.Errorf("entry %d: the URL is not an absolute one of the target", i)
		}
	}
	if text := file.Log.Entries[1]["response"].(map[string]any)["content"].(map[string]any)["text"]; text != `{"vdn":"150"}` {
		t.Errorf("a gzip-coded body is shown as %v", text)
	}
}

// TestGolden: a change that old readers do not understand needs a new Version.
func TestGolden(t *testing.T) {
	e := sample()
	e.Gathering.Exchanges = slices.Delete(e.Gathering.Exchanges, 1, 2) // gzip output may change between Go releases
	golden.Compare(t, "testdata/evidence.har", encode(t, e))
}

func TestRefusals(t *testing.T) {
	good := string(encode(t, sample()))
	tests := []struct {
		name, in, want string
	}{
		{"empty", "", "truncated"},
		{"cut in an entry", good[:len(good)/2], "truncated"},
		{"cut before the last brace", strings.TrimRight(good, "}\n"), "truncated"},
		{"not JSON", "hello", "not a JSON text"},
		{"other JSON", `[]`, "not a JSON text"},
		{"foreign HAR", `{"log":{"version":"1.2","entries":[]}}`, "no HTTP Archive made by omaspec"},
		{"other format", strings.Replace(good, Format, "omaspec.other", 1), "no HTTP Archive made by omaspec"},
		{"newer version", strings.Replace(good, `"format":"omaspec.evidence","version":4`, `"format":"omaspec.evidence","version":5`, 1), "later version"},
		{"an entry less", strings.Replace(good, "[\n{", "[\n{}, {", 1), "holds 5 entries and announces another number"},
		{"status edited", strings.Replace(good, `"status":200`, `"status":401`, 1), "edited"},
		{"an option edited", strings.Replace(good, `envelope=flat`, `envelope=auto`, 1), "edited"},
		{"digest removed", strings.Replace(good, `"sha256":"`, `"sha256":"0`, 1), "edited"},
		{"trailing bytes", good + "{}", "after its end"},
		{"a byte order mark", "\ufeff" + good, "byte order mark"},
		{"another list in another case", strings.Replace(good, `],`+"\n"+`"_omaspec"`, `],"Entries":[],`+"\n"+`"_omaspec"`, 1), "unknown member /log/entries;"},
		{"somebody's number twice", strings.Replace(good, `"pages":[]`, `"pages":[],"13907756421":1,"13907756421":2`, 1), "a member twice: /log/<unknown>, at byte"},
		{"somebody's number for an index", strings.Replace(good, `"pages":[]`, `"pages":{"13907756421":{"077":1,"077":2}}`, 1), "a member twice: /log/pages/<unknown>, at byte"},
		{"a list twice", strings.Replace(good, `],`+"\n"+`"_omaspec"`, `],"entries":[],`+"\n"+`"_omaspec"`, 1), "a member twice: /log/entries"},
		{"the log twice", strings.Replace(good, `{"log":`, `{"log":{},"log":`, 1), "a member twice: /log"},
		{"the footer twice", strings.Replace(good, `"_omaspec":`, `"_omaspec":{},"_omaspec":`, 1), "a member twice: /log/_omaspec"},
		{"a comment", strings.Replace(good, `"pages":[]`, `"pages":[],"comment":"x"`, 1), "unknown member /log/<unknown>;"},
		{"a member beside the log", strings.Replace(good, `{"log":`, `{"Log":{},"log":`, 1), "unknown member /log;"},
		{"a member in the footer", strings.Replace(good, `"_omaspec":{`, `"_omaspec":{"\u001b[31m":1,`, 1), "unknown member /log/_omaspec/<unknown>;"},
		{"the creator edited", strings.Replace(good, `"creator":{"name":"omaspec"`, `"creator":{"name":"omaspek"`, 1), "log.creator"},
		{"a page", strings.Replace(good, `"pages":[]`, `"pages":[{}]`, 1), "log.pages"},
		{"another HAR", strings.Replace(good, `"version":"1.2"`, `"version":"1.3"`, 1), "log.version"},
		{"no list", strings.Replace(good, `"entries":[`+"\n", `"entries":1,"pages":[`+"\n", 1), "twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(strings.NewReader(tt.in))
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "13907") {
				t.Errorf("error %v, want one line with %q", err, tt.want)
			}
		})
	}
}

// resealed is the sample with its second entry edited, and a digest that fits.
func resealed(t *testing.T, old, other string) string {
	t.Helper()
	a, err := decode(encode(t, sample()))
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(a.Log.Entries[1]), old, other, 1)
	if edited == string(a.Log.Entries[1]) {
		t.Fatalf("%q is not in the entry", old)
	}
	a.Log.Entries[1] = []byte(edited)
	m := *a.Log.Omaspec
	if m.SHA256, err = digest(m, a.Log.Entries); err != nil {
		t.Fatal(err)
	}
	made, closing := marshal(t, a.Log.Creator), marshal(t, m)
	var entries []string
	for _, e := range a.Log.Entries {
		entries = append(entries, string(e))
	}
	return fmt.Sprintf(`{"log":{"version":"1.2","creator":%s,"pages":[],"entries":[%s],"_omaspec":%s}}`, made, strings.Join(entries, ","), closing)
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestEntryRefusals wants entries that say nothing, or two things, to be refused
// with their number, although the digest fits.
func TestEntryRefusals(t *testing.T) {
	for _, test := range []struct{ name, old, other, want string }{
		{"no answer and no failure", `,"_declared":-1`, ``, "neither an answer"},
		{"no answer and no failure, at its end", `"_declared":-1`, `"_declared":null`, "neither an answer"},
		{"an answer and a failure", `"_attempts":2`, `"_attempts":2,"_failure":{"kind":"timeout","text":"x"}`, "both an answer"},
		{"no probe", `"_probe":"R17.gzip"`, `"_probe":""`, "no _probe"},
		{"a probe in another case", `"_probe":"R17.gzip"`, `"_Probe":"R17.gzip"`, "unknown member /_probe;"},
		{"a probe twice", `"_probe":"R17.gzip"`, `"_probe":"R17.gzip","_probe":"V01"`, "a member twice: /log/entries/1/_probe"},
		{"the probe of another entry", `"_probe":"R17.gzip"`, `"_probe":"V01"`, "those of an entry before"},
		{"a status in another case too", `"status":200`, `"status":200,"Status":401`, "unknown member /response/status;"},
		{"a body twice", `"text":"{`, `"text":"x","text":"{`, "a member twice: /log/entries/1/response/content/text"},
		{"a text for the status", `"status":200`, `"status":"200"`, "at /response/status"},
		{"a name twice in what was observed", `"_observed":{}`, `"_observed":{"wangli":1,"wangli":2}`, "a member twice: /log/entries/1/_observed/<unknown>"},
		{"somebody's name", `"_attempts":2`, `"_attempts":2,"wangli":1`, "unknown member /<unknown>;"},
		{"a number for a text", `"_probe":"R17.gzip"`, `"_probe":13907756421`, "at /_probe"},
		{"a status of two digits", `"status":200`, `"status":99`, "three digits"},
		{"a status of many digits", `"status":200`, `"status":48151623`, "three digits"},
		{"a negative status", `"status":200`, `"status":-200`, "three digits"},
		{"no time", `"startedDateTime":"`, `"startedDateTime":"x`, "not a time"},
		{"a body that is not base64", `"_coded":"`, `"_coded":"*`, "not base64"},
		{"not a JSON text", `"_attempts":2`, `"_attempts":2 3`, "not a JSON text"},
	} {
		_, err := Read(strings.NewReader(resealed(t, test.old, test.other)))
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "wangli") {
			t.Errorf("%s: error %v, want one line with %q", test.name, err, test.want)
		}
		if err != nil && test.name != "not a JSON text" && !strings.HasPrefix(err.Error(), "entry 2 of the evidence") && !strings.Contains(err.Error(), "/log/entries/1/") {
			t.Errorf("%s: %v does not say where", test.name, err)
		}
	}
}

func TestWriteRefusals(t *testing.T) {
	relative := sample()
	relative.Origin.Target = "/rest"
	broken := sample()
	broken.Gathering.Exchanges[0].Probe = "\xff"
	malformed := sample()
	malformed.Facts.Together = json.RawMessage("{")
	for name, e := range map[string]*Evidence{"relative target": relative, "invalid probe": broken, "malformed facts": malformed} {
		if err := Write(&bytes.Buffer{}, e, nil); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

func FuzzRead(f *testing.F) {
	good := encode(f, sample())
	f.Add(good)
	f.Add(good[:len(good)-10])
	f.Add([]byte(`{"log":{"entries":[{"startedDateTime":"x"}],"_omaspec":{"format":"omaspec.evidence","version":1,"entries":1}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		// What is accepted can be written again and says the same.
		again, err := Read(bytes.NewReader(encode(t, e)))
		if err != nil || !cmp.Equal(e, again, same...) {
			t.Errorf("reading what was written again: %v", err)
		}
	})
}

// FuzzEntry reads entries past the digest.
func FuzzEntry(f *testing.F) {
	var file archive
	if err := json.Unmarshal(encode(f, sample()), &file); err != nil {
		f.Fatal(err)
	}
	for _, e := range file.Log.Entries {
		f.Add([]byte(e))
	}
	f.Fuzz(func(_ *testing.T, b []byte) {
		var e entry
		if json.Unmarshal(b, &e) == nil {
			_, _ = e.exchange()
		}
	})
}
