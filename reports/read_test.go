package reports

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"omaspec/fixtures/golden"
)

func TestRoundTrip(t *testing.T) {
	for name, run := range samples() {
		text := encoded(t, run)
		got, err := Read(bytes.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if again := encoded(t, got); !bytes.Equal(again, text) {
			t.Errorf("%s: writing what was read gives another text (-want +got):\n%s", name, cmp.Diff(string(text), string(again)))
		}
		if name == "hostile" {
			continue // bytes that are not UTF-8 come back as U+FFFD
		}
		if diff := cmp.Diff(run, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
	}
}

// TestEncodeGolden has a requirement of each shape, and one exchange.
func TestEncodeGolden(t *testing.T) {
	run := failing()
	run.Requirements, run.Exchanges = run.Requirements[6:], run.Exchanges[:1]
	golden.Compare(t, "testdata/record.json", encoded(t, sealed(run)))
}

// TestEncodeIsDeterministic writes a record with maps many times.
func TestEncodeIsDeterministic(t *testing.T) {
	run := conformingRun()
	run.Settings.Options = map[string]string{"a": "1", "b": "2", "c": "3", "d": "4", "e": "5", "f": "6"}
	sealed(run)
	want := encoded(t, run)
	for range 20 {
		if !bytes.Equal(encoded(t, sealed(run)), want) {
			t.Fatal("two writings of one record differ")
		}
	}
}

// TestDigestFollowsFromTheFile computes the digest as another program would: from
// the text of run.json, without the types of this package.
func TestDigestFollowsFromTheFile(t *testing.T) {
	run := failingRun()
	var members map[string]any
	if err := json.Unmarshal(encoded(t, run), &members); err != nil {
		t.Fatal(err)
	}
	members["footer"].(map[string]any)["sha256"] = ""
	var canonical bytes.Buffer
	e := json.NewEncoder(&canonical)
	e.SetEscapeHTML(false)
	if err := e.Encode(members); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(bytes.TrimSuffix(canonical.Bytes(), []byte("\n")))
	if got := hex.EncodeToString(sum[:]); got != run.Footer.SHA256 {
		t.Errorf("got %s, want %s", got, run.Footer.SHA256)
	}
}

func TestSealCountsRequests(t *testing.T) {
	run := conformingRun()
	run.Exchanges[0].Attempts = 3 // sent again twice
	run.Exchanges[1].Attempts = 0 // a recording that does not say
	run.Interrupted = true
	sealed(run)
	if run.Footer.Requests != 6 || run.Footer.Complete {
		t.Errorf("%+v", run.Footer)
	}
	if _, err := Read(bytes.NewReader(encoded(t, run))); err != nil {
		t.Error(err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	run := conformingRun()
	run.Reason = "Something else."
	if _, err := Encode(run); err == nil {
		t.Error("a record that was changed after it was sealed is written")
	}
	run.Exchanges[0].TotalMS = math.NaN()
	if err := Seal(run); err == nil {
		t.Error("a record with a number that is not finite is sealed")
	}
	if _, err := Encode(run); err == nil {
		t.Error("a record with a number that is not finite is written")
	}
}

func TestReadRefuses(t *testing.T) {
	good := string(encoded(t, failingRun()))
	swap := func(old, other string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the record", old)
		}
		return strings.Replace(good, old, other, 1)
	}
	header, _, _ := strings.Cut(good, `"footer"`)
	// The first requirement's object, with the comma behind it.
	row := regexp.MustCompile(`(?s)    \{\n      "id": "AUTH-01".*?\n    \},\n`).FindString(good)
	tests := []struct{ name, text, want string }{
		{"nothing", "", "it is empty"},
		{"blanks", " \n", "it is empty"},
		{"a byte order mark", "\ufeff" + good, "it begins with a byte order mark"},
		{"a verdict in another case too", swap(`"verdict"`, `"Verdict": "conformant", "verdict"`), "the member /verdict is unknown"},
		{"the requirements twice", swap(`"requirements"`, `"requirements": [], "requirements"`), "the member /requirements is there twice"},
		{"somebody's number twice", swap(`"requirements"`, `"13907756421": [], "13907756421"`), "the member /<unknown> is there twice, again at byte"},
		{"somebody's name", swap(`"strict"`, `"13907756421": true, "strict"`), "the member /settings/<unknown> is unknown"},
		{"somebody's number for an option", swap(`"options": {`, `"options": {"13907756421":"","13907756421":"",`), "the member /settings/options/<unknown> is there twice"},
		{"somebody's number for an outcome", swap(`"outcome": "warned"`, `"outcome": "13907756421"`), "there is no such outcome"},
		{"somebody's number for a count", swap(`"requests": 4`, `"requests": 13907756421`), "its footer counts another number of requests"},
		{"not JSON", "verdict: fine", "it is not JSON: see byte 0"},
		{"more after it", good + "{}", "it is not JSON"},
		{"truncated in the middle", good[:len(good)/2], "it is truncated"},
		{"truncated before the footer", header, "it is truncated"},
		{"truncated by the last brace", strings.TrimSuffix(good, "}\n"), "it is truncated"},
		{"a list", "[]", "wrong type"},
		{"null", "null", `its format is not "omaspec.run"`},
		{"another format", swap("omaspec.run", "omaspec.regression"), `its format is not "omaspec.run"`},
		{"a hostile format", swap("omaspec.run", `\u001b[31m::error::x`), `its format is not "omaspec.run"`},
		{"no format", "{}", `its format is not "omaspec.run"`},
		{"a later version", swap(`"version": 1`, `"version": 2`), "its version is not 1"},
		{"a later version with members of its own", swap(`"version": 1`, `"version": 2, "next": []`), "its version is not 1"},
		{"an unknown member", swap(`"strict"`, `"lax": true, "strict"`), "the member /settings/<unknown> is unknown"},
		{"a member in another case", swap(`"strict"`, `"Strict"`), "the member /settings/strict is unknown"},
		{"a member twice", swap(`"strict"`, `"strict": true, "strict"`), "the member /settings/strict is there twice"},
		{"a wrong type", swap(`"exitCode": 1`, `"exitCode": "1"`), `the value at /exitCode has the wrong type`},
		{"an unknown verdict", swap(`"verdict": "non-conformant"`, `"verdict": "fine"`), `there is no such verdict as at /verdict`},
		{"an unknown outcome", swap(`"outcome": "warned"`, `"outcome": "meh"`), `there is no such outcome as at /requirements/6/outcome`},
		{"an unknown level", swap(`"level": "SHOULD"`, `"level": "MAY"`), `there is no such level as at /requirements/6/level`},
		{"a requirement twice", swap(`"AUTH-02"`, `"AUTH-01"`), "a requirement is there twice, again at /requirements/1"},
		{"a requirement missing", swap(row, ""), "it has 9 requirements and its footer counts another number"},
		{"outcomes that do not follow", swap(`"passed": 5`, `"passed": 6`), "its footer counts another number of passed than the rows have"},
		{"requests that do not follow", swap(`"requests": 4`, `"requests": 5`), "its footer counts another number of requests than the rows have"},
		{"complete though interrupted", swap(`"interrupted": false`, `"interrupted": true`), "its footer says complete: true, and its header interrupted: true"},
		{"an edited outcome with its counts", strings.NewReplacer(`"passed": 5`, `"passed": 6`, `"failed": 2`, `"failed": 1`).
			Replace(swap(`"outcome": "failed"`, `"outcome": "passed"`)), "it was edited"},
		{"an edited verdict", swap(`"verdict": "non-conformant"`, `"verdict": "conformant"`), "it was edited"},
		{"an edited digest", swap(`"sha256": "`, `"sha256": "0`), "it was edited"},
		{"a member left out", swap(`  "stopped": "",`+"\n", ""), "it was edited: members are missing"},
		{"null for an empty list", swap(`"only": []`, `"only": null`), "it was edited: members are missing"},
		{"another spelling of a time", swap(`"started": "2026-11-23T14:14:02Z"`, `"started": "2026-11-23T14:14:02+00:00"`), "it was edited"},
		{"an unknown outcome counted", swap(`"passed": 5`, `"passed": 5, "great": 0`), "it was edited"},
		{"bytes that are not UTF-8", swap("AUTH-01", "AUTH\xff01"), "it is not JSON"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			run, err := Read(strings.NewReader(test.text))
			if err == nil {
				t.Fatal("it is read")
			}
			if run != nil {
				t.Error("a refused record is returned")
			}
			if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "13907756421") {
				t.Errorf("got %q, want one line with %q", err, test.want)
			}
		})
	}
}

// TestReadTakesOtherLayouts reads a record that lost its indentation on the way.
func TestReadTakesOtherLayouts(t *testing.T) {
	compact := regexp.MustCompile(`\n *`).ReplaceAllString(string(encoded(t, failingRun())), "")
	if _, err := Read(strings.NewReader(compact)); err != nil {
		t.Error(err)
	}
}

// TestReadIsBounded reads one byte more than a record may have, of which there is no
// end.
func TestReadIsBounded(t *testing.T) {
	run, err := Read(endless{})
	if err == nil || err.Error() != "read record: it is larger than 33554432 bytes" || run != nil {
		t.Errorf("got %v, %v", run, err)
	}
	if _, err := Read(iotest.ErrReader(io.ErrClosedPipe)); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}

// endless gives as much as is asked for, and leaves the bytes as they are.
type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

func FuzzRead(f *testing.F) {
	// A small seed, since the fuzzer minimises what grows from it.
	run := failingRun()
	run.Requirements, run.Exchanges, run.Settings.Readings = run.Requirements[2:3], nil, nil
	text := encoded(f, sealed(run))
	f.Add(text)
	f.Add(text[:len(text)/3])
	f.Add([]byte(`{"format":"omaspec.run","version":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		run, err := Read(bytes.NewReader(text))
		if err != nil {
			if msg := err.Error(); msg != Neutralise(msg) || strings.Contains(msg, "\n") {
				t.Errorf("the message is not one harmless line: %q", msg)
			}
			return
		}
		if _, err := Encode(run); err != nil {
			t.Errorf("what was read cannot be written: %v", err)
		}
	})
}

func encoded(t testing.TB, run *Run) []byte {
	t.Helper()
	text, err := Encode(run)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
