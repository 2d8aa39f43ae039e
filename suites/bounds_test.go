package suites

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"omaspec/fixtures"
	"omaspec/fixtures/race"
	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/schemas/mask"
	"omaspec/schemas/strictjson"
	"omaspec/suites/probe"
)

// judgeAll judges every requirement.
func judgeAll(t testing.TB, v *View) map[string]Judgement {
	all := map[string]Judgement{}
	for _, r := range schemas.Requirements().Requirements {
		all[r.ID] = v.Judge(t.Context(), r)
	}
	return all
}

// TestHostileIsBounded counts what judging hostile answers leaves behind: findings,
// memory, and the work that the bounds are on.
func TestHostileIsBounded(t *testing.T) {
	answers := 12
	if race.Enabled {
		answers = 1
		t.Log("one answer of each kind instead of 12")
	}
	for _, test := range []struct{ place, text string }{
		{"the body", "phones"}, {"the body", "base64 thrice"}, {"the body", "percents"}, {"the body", "web tokens"},
		{"an array", "phones"}, {"an array", "addresses"}, {"member names", "addresses"}, {"doubled names", "masked phones"},
		{"masks and phones", "phones"}, {"fields", "addresses"}, {"portalUrl", "parameters"}, {"mobilePhone", "stars"},
		{"nested duplicates", "phones"}, {"gzip", "addresses"}, {"Content-Type", "base64"}, {"after the end", "token beginnings"},
	} {
		t.Run(test.place+"/"+test.text, func(t *testing.T) {
			e := hostileEvidence(answers, hostileTexts[test.text], hostilePlaces[test.place])
			before := held()
			v := opened(t, e)
			all := judgeAll(t, v)
			if grown := held() - before; grown > 32<<20 {
				t.Errorf("%d MiB are held", grown>>20)
			}
			b, err := json.Marshal(all)
			if err != nil || len(b) > 2<<20 {
				t.Errorf("the judgements take %d KiB, %v", len(b)>>10, err)
			}
			for id, j := range all {
				places := map[string]int{}
				for _, f := range j.Findings {
					if places[f.Code]++; places[f.Code] > listedPlaces+1 {
						t.Fatalf("%s lists more than %d places of %s", id, listedPlaces, f.Code)
					}
				}
				if j.Defect {
					t.Errorf("%s: %s", id, j.Reason)
				}
			}
			if v.values > valuesPerRun+len(v.exchanges)*2*valuesAtLeast || v.decoded > decodedLimit+len(v.exchanges)*bodyLimit/8 {
				t.Errorf("%d values and %d decoded bytes were read", v.values, v.decoded)
			}
			runtime.KeepAlive(v)
		})
	}
}

// held is how many bytes are in use.
func held() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// zipped is text in gzip.
func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

// bodies answers the first probes of the catalogue with these bodies in turns.
func bodies(status int, fields evidence.Fields, texts ...string) *evidence.Evidence {
	g := &evidence.Gathering{}
	for _, id := range []string{probe.Baseline, "V02", "V06", probe.Closing} {
		x := got(id, status)
		x.Request.Header = []evidence.RequestField{{Name: "X-Auth-Token", Value: "{token:valid}"}}
		x.Response.Header = append(evidence.Fields{{Name: "Content-Type", Value: "application/json"}}, fields...)
		x.Response.Body = evidence.Sensitive(texts[len(g.Exchanges)%len(texts)])
		g.Exchanges = append(g.Exchanges, x)
	}
	return &evidence.Evidence{Gathering: *g}
}

// TestBoundsHideNothing wants what is found within a bound to count, and what lies
// beyond it never to be passed.
func TestBoundsHideNothing(t *testing.T) {
	const mine = "15312340991" // behind the example's mask
	with := exampleInstead
	coded := evidence.Fields{{Name: "Content-Encoding", Value: "gzip"}}
	spaces := strings.Repeat(" ", 300<<10)
	var many strings.Builder
	for i := range sameNames + 1 {
		fmt.Fprintf(&many, `"mobilePhone":"138****%04d",`, i)
	}
	object := func(members string) string { return "{" + members + fixtures.Example[1:] }
	for _, test := range []struct {
		name, id string
		e        *evidence.Evidence
		want     schemas.Outcome
		reason   string
	}{
		{"a phone", "MASK-10", bodies(200, nil, with("x", quoted(mine))), schemas.Failed, ""},
		{"a phone after 3000 others", "MASK-10", bodies(200, nil, with("x", elements(phones3000()+mine))), schemas.Failed, ""},
		{"a phone after 3000 others in one text", "MASK-10", bodies(200, nil, with("x", quoted(phones3000()+mine))), schemas.Failed, ""},
		{"3000 others", "MASK-10", bodies(200, nil, with("x", elements(phones3000()))), schemas.Passed, ""},
		{"3000 others, which are possible", "MASK-13", bodies(200, nil, with("x", elements(phones3000()))), schemas.Warned, ""},
		{"a phone before what is too much", "MASK-10", bodies(200, coded, zipped(object(`"mobilePhone":"153****0991",`)), zipped(with("x", quoted(mine+spaces)))), schemas.Failed, ""},
		{"a phone behind what is too much", "MASK-10", bodies(200, coded, zipped(with("x", quoted(spaces+mine)))), schemas.Inconclusive, "not searched to its end"},
		{"a refusal with a phone behind too much", "MASK-12", bodies(401, coded, zipped(quoted(spaces+mine))), schemas.Inconclusive, "not searched to its end"},
		{"too much for a body, as JSON", "BODY-01", bodies(200, coded, zipped(with("x", quoted(spaces)))), schemas.Failed, ""},
		{"too much for a body", "HTTP-14", bodies(200, coded, zipped(with("x", quoted(spaces)))), schemas.Warned, ""},
		{"a value behind many of its name", "MASK-01", bodies(200, nil, object(many.String())), schemas.Inconclusive, "more than 64 times"},
		{"an open value before many of its name", "MASK-01", bodies(200, nil, object(`"mobilePhone":"`+mine+`",`+many.String())), schemas.Failed, ""},
		{"many of a name differ", "BODY-04", bodies(200, nil, object(many.String())), schemas.Failed, ""},
		{"masks that are too long to be put together", "MASK-19", bodies(200, nil, with("mobilePhone", quoted("153"+strings.Repeat("*", 1000)+"0991"))), schemas.Inconclusive, "too many or too long"},
		{"a phone under a mask that is too long", "MASK-10", bodies(200, nil, object(`"mobilePhone":"153`+strings.Repeat("*", 1000)+`0991","x":"`+mine+`",`)), schemas.Failed, ""},
		{"another one beside it", "MASK-10", bodies(200, nil, object(`"mobilePhone":"153`+strings.Repeat("*", 1000)+`0991","x":"13700000001",`)), schemas.Inconclusive, "too many to tell"},
	} {
		r, _ := schemas.Requirements().Find(test.id)
		if j := opened(t, test.e).Judge(t.Context(), r); j.Outcome != test.want || !strings.Contains(j.Reason, test.reason) {
			t.Errorf("%s: %s is %s: %s; want %s, %q", test.name, test.id, j.Outcome, j.Reason, test.want, test.reason)
		}
	}
}

func phones3000() string {
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, "139%08d ", i)
	}
	return b.String()
}

// TestTooMuchJSON wants answers behind the bound of a run to be doubts and not
// violations, and leaks in them to be found all the same.
func TestTooMuchJSON(t *testing.T) {
	g := &evidence.Gathering{}
	for i := range valuesPerRun/9000 + 5 {
		x := got(fmt.Sprintf("V01.%d", i), 200)
		x.Request.Target = probe.DefaultPath
		x.Response.Body = evidence.Sensitive(exampleInstead("x", "["+strings.Repeat("0,", 9000)+fmt.Sprint(i)+"]"))
		g.Exchanges = append(g.Exchanges, x)
	}
	last := g.Exchanges[len(g.Exchanges)-1]
	last.Response.Body = evidence.Sensitive(strings.Replace(string(last.Response.Body), `0,0]`, `0,"15312340991"]`, 1))
	last.Response.Body = last.Response.Body[:len(last.Response.Body)-1] + `,"y":"15312340991"}`
	all := judgeAll(t, opened(t, &evidence.Evidence{Gathering: *g}))
	if j := all["BODY-01"]; j.Outcome != schemas.Inconclusive || !strings.Contains(j.Reason, "too much JSON") {
		t.Errorf("BODY-01 is %s: %s", j.Outcome, j.Reason)
	}
	if j := all["MASK-10"]; j.Outcome != schemas.Failed {
		t.Errorf("MASK-10 is %s: %s", j.Outcome, j.Reason)
	}
}

// TestManyPlaces wants the first places of a code to be listed, and the others to be
// counted.
func TestManyPlaces(t *testing.T) {
	c := &Case{View: opened(t, &evidence.Evidence{Gathering: evidence.Gathering{}}), requirement: schemas.Requirement{ID: "TEST-01", Level: schemas.MUST}}
	x, y := got("V01", 200), got("V02", 200)
	issue := func(code string, i int) schemas.Issue {
		return schemas.Issue{Code: code, Where: fmt.Sprint("/", i), Expected: "e", Observed: "o"}
	}
	for i := range 1000 {
		c.Find(issue("a", i), x)
		c.Find(issue("a", i%3), y) // known ones are listed always
	}
	c.Find(issue("b", 0), x)
	j := c.judgement()
	if len(j.Findings) != listedPlaces+2 {
		t.Fatalf("%d findings", len(j.Findings))
	}
	last := j.Findings[len(j.Findings)-1]
	want := fmt.Sprintf("%d more finds like these, which are not listed", 1000-listedPlaces)
	if last.Code != "a" || last.Where != elsewhere || last.Observed != want || strings.Join(last.Exchanges, " ") != "V01" {
		t.Errorf("the last finding is %+v", last)
	}
	if first := j.Findings[0]; strings.Join(first.Exchanges, " ") != "V01 V02" || first.Where != "/0" {
		t.Errorf("the first finding is %+v", first)
	}
}

// TestInterruptedJudge wants an interrupt to leave no requirement passed that was
// not judged, and to end a long search.
func TestInterruptedJudge(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	e := hostileEvidence(20, hostileTexts["percents"], hostilePlaces["the body"])
	v, err := Open(over, e)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range schemas.Requirements().Requirements {
		if j := v.Judge(over, r); j.Outcome != schemas.Inconclusive || j.Reason != Interrupted {
			t.Errorf("%s is %s: %s", r.ID, j.Outcome, j.Reason)
		}
	}
	if len(v.bodies) > 0 {
		t.Error("the answers were read after the interrupt")
	}

	// In the middle of the search of the third answer.
	during, stop := context.WithCancel(t.Context())
	e = hostileEvidence(20, hostileTexts["percents"], hostilePlaces["the body"])
	v = opened(t, e)
	asked := 0
	v.survey.Stop = func() bool {
		if asked++; asked == 20 {
			stop()
		}
		return during.Err() != nil
	}
	r, _ := schemas.Requirements().Find("MASK-11")
	if j := v.Judge(during, r); j.Outcome != schemas.Inconclusive || j.Reason != Interrupted {
		t.Errorf("MASK-11 is %s: %s", j.Outcome, j.Reason)
	}
	if v.survey.Stop(); len(v.bodies) == 0 || asked > 20+3*len(v.exchanges) {
		t.Errorf("asked %d times", asked)
	}

	all, ended := opened(t, hostileEvidence(4, hostileTexts["phones"], hostilePlaces["an array"])).Run(over, schemas.Requirements().Requirements)
	if !ended || len(all) != len(judges()) {
		t.Errorf("ended is %t, with %d judgements", ended, len(all))
	}
	for _, j := range all {
		if j.Outcome == schemas.Passed {
			t.Errorf("%s is passed", j.Requirement)
		}
	}
}

// TestMaskMemo wants the results of masks to be those of the mask, however many
// were asked about in between.
func TestMaskMemo(t *testing.T) {
	v := &View{}
	for i := range 3 * memoised {
		text := fmt.Sprintf("153****%04d", i%5000)
		if got := v.mask(mask.MobilePhone, text); got != mask.Judge(mask.MobilePhone, text) {
			t.Fatalf("%s: %+v", text, got)
		}
		if len(v.masks.results) > memoised {
			t.Fatalf("%d results are kept", len(v.masks.results))
		}
	}
}

// TestDifferencesAreLinear compares objects of very many members, whose comparison
// one by one would take hours.
func TestDifferencesAreLinear(t *testing.T) {
	n := 50_000
	if race.Enabled {
		n = 10_000
	}
	limits := strictjson.DefaultLimits
	limits.Values = 1 << 20
	object := func(from int) strictjson.Value {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"%d":%d,`, from+i, i)
		}
		doc, issues := strictjson.ParseString("{"+strings.TrimSuffix(b.String(), ",")+"}", limits)
		if len(issues) > 0 {
			t.Fatal(issues)
		}
		return doc.Value
	}
	if got := differences(object(0), object(n/2), "V01"); len(got) != n+n/2 {
		t.Errorf("%d differences", len(got))
	}
}
