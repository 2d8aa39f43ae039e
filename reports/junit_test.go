package reports

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"omaspec/fixtures/golden"
	"omaspec/schemas"
)

// TestJUnit has a case for every outcome.
func TestJUnit(t *testing.T) {
	run := failing()
	run.Requirements = run.Requirements[4:]
	golden.Compare(t, "testdata/junit/failing.xml", junitOf(t, sealed(run)))
}

// TestJUnitOfMany has a case for each of 400 requirements.
func TestJUnitOfMany(t *testing.T) {
	text := junitOf(t, samples()["huge"])
	golden.Compare(t, "testdata/junit/huge.xml", headAndTail(text, 5, 5))
	doc, cases := parseJUnit(t, text)
	if len(cases) != 400 || doc.Tests != 400 || doc.Failures != 80 || doc.Errors != 40 || len(doc.Suites) != 5 {
		t.Errorf("%d cases in %d suites, tests=%d failures=%d errors=%d", len(cases), len(doc.Suites), doc.Tests, doc.Failures, doc.Errors)
	}
}

// TestJUnitIsHarmless wants the same elements, with the same attributes, whatever
// the texts: Line has made them fit, and none of them is lost.
func TestJUnitIsHarmless(t *testing.T) {
	structure := func(t *testing.T, text []byte) map[string]int {
		t.Helper()
		kinds := map[string]int{}
		for tokens := xml.NewDecoder(bytes.NewReader(text)); ; {
			token, err := tokens.Token()
			if errors.Is(err, io.EOF) {
				return kinds
			}
			if err != nil {
				t.Fatal(err)
			}
			switch token := token.(type) {
			case xml.StartElement:
				kind := token.Name.Local
				for _, a := range token.Attr {
					kind += " " + a.Name.Local
				}
				kinds[kind]++
			case xml.Comment, xml.Directive:
				t.Errorf("there is a %T", token)
			}
		}
	}
	want := structure(t, junitOf(t, failingRun()))
	for _, a := range attacks() {
		t.Run(a.name, func(t *testing.T) {
			text := junitOf(t, a.run)
			if diff := cmp.Diff(want, structure(t, text)); diff != "" {
				t.Errorf("elements (-harmless +hostile):\n%s", diff)
			}
			if wrong := outsideSchema(text); len(wrong) > 0 {
				t.Errorf("outside the schema: %q", wrong)
			}
			_, cases := parseJUnit(t, text)
			if got, want := cases["AUTH-03"].Name, caseName(a.run.Requirements[2]); got != want {
				t.Errorf("the name is %q, not %q", got, want)
			}
			for _, c := range cases {
				if c.Failure != nil {
					checkHarmless(t, c.Failure.Text)
				}
			}
		})
	}
}

func junitOf(t testing.TB, run *Run) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteJUnit(&b, run); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// parsedSuites is a JUnit file as its readers see it.
type parsedSuites struct {
	Name     string `xml:"name,attr"`
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Errors   int    `xml:"errors,attr"`
	Suites   []struct {
		Name    string       `xml:"name,attr"`
		Tests   int          `xml:"tests,attr"`
		Skipped int          `xml:"skipped,attr"`
		Cases   []parsedCase `xml:"testcase"`
	} `xml:"testsuite"`
}

type parsedCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Time    string        `xml:"time,attr"`
	Failure *parsedResult `xml:"failure"`
	Error   *parsedResult `xml:"error"`
	Skipped *parsedResult `xml:"skipped"`
	Out     string        `xml:"system-out"`
}

type parsedResult struct {
	Type    string `xml:"type,attr"`
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func parseJUnit(t *testing.T, text []byte) (parsedSuites, map[string]parsedCase) {
	t.Helper()
	var doc parsedSuites
	if err := xml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	cases := map[string]parsedCase{}
	for _, s := range doc.Suites {
		for _, c := range s.Cases {
			id, _, _ := strings.Cut(c.Name, " ")
			cases[id] = c
		}
	}
	return doc, cases
}

func TestJUnitOutcomes(t *testing.T) {
	run := failingRun()
	doc, cases := parseJUnit(t, junitOf(t, run))
	if len(cases) != len(run.Requirements) || doc.Tests != len(run.Requirements) {
		t.Fatalf("%d cases and tests=%d for %d requirements", len(cases), doc.Tests, len(run.Requirements))
	}
	skipped := 0
	for _, s := range doc.Suites {
		skipped += s.Skipped
	}
	if doc.Failures != 2 || doc.Errors != 1 || skipped != 1 {
		t.Errorf("counts %d %d %d", doc.Failures, doc.Errors, skipped)
	}
	for _, r := range run.Requirements {
		c := cases[r.ID]
		if c.Class != "omaspec."+family(r.ID)+"."+r.ID {
			t.Errorf("%s: %+v", r.ID, c)
		}
		if (c.Failure != nil) != (r.Outcome == schemas.Failed) ||
			(c.Error != nil) != (r.Outcome == schemas.Inconclusive) ||
			(c.Skipped != nil) != (r.Outcome == schemas.NotExercised || r.Outcome == schemas.NotApplicable) ||
			(c.Out != "") != (r.Outcome == schemas.Warned) {
			t.Errorf("%s is %s: %+v", r.ID, r.Outcome, c)
		}
	}
	if f := cases["AUTH-03"].Failure; f.Type != "contract-violation" || f.Message != "status line: expected 401; observed 200" ||
		!strings.HasSuffix(strings.TrimSpace(f.Text), "querytenantbasic'") {
		t.Errorf("%+v", f)
	}
}

func TestJUnitGates(t *testing.T) {
	strict := failingRun()
	strict.Settings.Strict = true
	_, cases := parseJUnit(t, junitOf(t, sealed(strict)))
	if c := cases["HTTP-01"]; c.Failure == nil {
		t.Errorf("strict: a warning is no failure: %+v", c)
	}
	spec := failingRun()
	spec.Settings.Basis = BasisSpec
	spec.Requirements[4].Basis = "ASVS 8.3.4"
	_, cases = parseJUnit(t, junitOf(t, sealed(spec)))
	if c := cases["MASK-01"]; c.Failure != nil || c.Skipped == nil || !strings.Contains(c.Skipped.Message, "does not gate") {
		t.Errorf("basis spec: a violation of a standard is not skipped: %+v", c)
	}
	if c := cases["AUTH-03"]; c.Failure == nil {
		t.Errorf("basis spec: a violation of the page is no failure: %+v", c)
	}
}

// TestJUnitIsNeverGreenByMistake wants a failure or an error in the file of every
// run whose exit code is not 0.
func TestJUnitIsNeverGreenByMistake(t *testing.T) {
	interrupted := conformingRun()
	interrupted.Interrupted = true
	missing := conformingRun()
	missing.Settings.Profile = ProfileAcceptance
	missing.Requirements[0].Outcome = schemas.NotExercised
	nothing := conformingRun()
	nothing.Requirements = nil
	for name, run := range map[string]*Run{"interrupted": interrupted, "acceptance": missing, "nothing": nothing} {
		doc, cases := parseJUnit(t, junitOf(t, sealed(run)))
		if c := cases["RUN"]; doc.Errors != 1 || c.Error == nil || c.Error.Text != run.Reason {
			t.Errorf("%s: errors=%d %+v", name, doc.Errors, c)
		}
	}
	if _, cases := parseJUnit(t, junitOf(t, conformingRun())); len(cases) != 10 {
		t.Errorf("a conformant run has %d cases", len(cases))
	}
}

// junitSchema is what junit-10.xsd of Jenkins' xUnit plugin allows: the attributes
// of every element, those that it must have with a sign, and its children.
var junitSchema = map[string]struct{ attributes, children string }{
	"testsuites": {"name time tests failures errors", "testsuite"},
	"testsuite": {"name! tests! failures! errors! group time skipped timestamp hostname id package file log url",
		"testsuite properties testcase system-out system-err"},
	"properties": {"", "property"},
	"property":   {"name! value!", ""},
	"testcase":   {"name! time classname group", "skipped error failure rerunFailure rerunError flakyFailure flakyError system-out system-err"},
	"skipped":    {"type message", ""},
	"error":      {"type message", ""},
	"failure":    {"type message", ""},
	"system-out": {"", ""},
	"system-err": {"", ""},
}

// junitSeconds are the times that the schema allows to suites.
var junitSeconds = regexp.MustCompile(`^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?$`)

// outsideSchema lists what in the file the schema does not allow. The root must be
// one of those that the plugin takes.
func outsideSchema(text []byte) []string {
	var wrong []string
	fail := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	var open []string
	for tokens := xml.NewDecoder(bytes.NewReader(text)); ; {
		token, err := tokens.Token()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				fail("%v", err)
			}
			return wrong
		}
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			if len(open) == 0 && name != "testsuites" {
				fail("the root is %s", name)
			}
			if len(open) > 0 && !slices.Contains(strings.Fields(junitSchema[open[len(open)-1]].children), name) {
				fail("%s in %s", name, open[len(open)-1])
			}
			open = append(open, name)
			given := map[string]bool{}
			for _, a := range token.Attr {
				given[a.Name.Local] = true
				if !slices.Contains(strings.Fields(strings.ReplaceAll(junitSchema[name].attributes, "!", "")), a.Name.Local) {
					fail("%s@%s", name, a.Name.Local)
				}
				if a.Name.Local == "time" && !junitSeconds.MatchString(a.Value) {
					fail("%s@time %q", name, a.Value)
				}
			}
			for _, a := range strings.Fields(junitSchema[name].attributes) {
				if a, must := strings.CutSuffix(a, "!"); must && !given[a] {
					fail("%s without %s", name, a)
				}
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if place := open[max(0, len(open)-1):]; len(bytes.TrimSpace(token)) > 0 && (len(place) == 0 || junitSchema[place[0]].children != "") {
				fail("text in %s", place)
			}
		}
	}
}

// TestJUnitKeepsTheSchema wants every file to be one that Jenkins' xUnit plugin
// takes.
func TestJUnitKeepsTheSchema(t *testing.T) {
	runs := maps.Clone(samples())
	runs["interrupted"] = conformingRun()
	runs["interrupted"].Interrupted = true
	runs["nothing"] = conformingRun()
	runs["nothing"].Requirements = nil
	runs["long"] = conformingRun()
	runs["long"].Finished = runs["long"].Started.Add(31 * time.Hour)
	for name, run := range runs {
		if run != samples()[name] {
			sealed(run)
		}
		if wrong := outsideSchema(junitOf(t, run)); len(wrong) > 0 {
			t.Errorf("%s: %q", name, wrong)
		}
	}
	for text, want := range map[string]string{
		`<testsuite name="a" tests="1" failures="0" errors="0"/>`:               "the root is testsuite",
		`<testsuites skipped="0"/>`:                                             "testsuites@skipped",
		`<testsuites time="1e-05"/>`:                                            `testsuites@time "1e-05"`,
		`<testsuites><testsuite name="a" tests="1" failures="0"/></testsuites>`: "testsuite without errors",
		`<testsuites><testsuite name="a" tests="1" failures="0" errors="0"><testcase name="b" file="c"/></testsuite></testsuites>`:               "testcase@file",
		`<testsuites><testsuite name="a" tests="1" failures="0" errors="0"><testcase name="b"><properties/></testcase></testsuite></testsuites>`: "properties in testcase",
		`<testsuites>text</testsuites>`: `text in ["testsuites"]`,
	} {
		if wrong := outsideSchema([]byte(text)); !slices.Contains(wrong, want) && (len(wrong) != 1 || !strings.HasPrefix(wrong[0], "text in")) {
			t.Errorf("%s: %q, want %q", text, wrong, want)
		}
	}
}

// TestNoFileOfOursIsNamed keeps CI systems from looking for the catalogue in
// the repository of whoever runs omaspec.
func TestNoFileOfOursIsNamed(t *testing.T) {
	for name, run := range samples() {
		for what, text := range map[string][]byte{"JUnit": junitOf(t, run), "annotations": annotationsOf(t, run, true)} {
			if bytes.Contains(text, []byte(schemas.CatalogueFile)) || regexp.MustCompile(`\b(file|line)="|[ ,](file|line)=`).Match(text) {
				t.Errorf("%s: the %s name a file", name, what)
			}
		}
	}
}

func TestJUnitRefusesDuplicates(t *testing.T) {
	run := conformingRun()
	run.Requirements[1].ID, run.Requirements[1].Title = run.Requirements[0].ID, run.Requirements[0].Title
	if err := WriteJUnit(io.Discard, run); err == nil || !strings.Contains(err.Error(), "AUTH-01 is there twice") {
		t.Errorf("got %v", err)
	}
}

func TestJUnitLimits(t *testing.T) {
	for name, run := range samples() {
		text := junitOf(t, run)
		if strings.ContainsFunc(string(text), func(r rune) bool {
			return r < ' ' && r != '\n' || r == 0xfffe || r == 0xffff || r == '\u001b'
		}) {
			t.Errorf("%s: there are characters that XML 1.0 forbids", name)
		}
		_, cases := parseJUnit(t, text)
		for id, c := range cases {
			if n := len([]rune(c.Name)); n > junitName {
				t.Errorf("%s %s: the name has %d characters", name, id, n)
			}
			if strings.Count(c.Class, ".") != 2 {
				t.Errorf("%s %s: class %q", name, id, c.Class)
			}
			if strings.ContainsAny(c.Time, "e+") || !strings.Contains(c.Time, ".") {
				t.Errorf("%s %s: time %q", name, id, c.Time)
			}
			for _, r := range []*parsedResult{c.Failure, c.Error, c.Skipped} {
				if r != nil && (len([]rune(r.Message)) > junitMessage || len([]rune(r.Text)) > junitBody || r.Message == "" || r.Text == "") {
					t.Errorf("%s %s: message of %d and body of %d characters", name, id, len([]rune(r.Message)), len([]rune(r.Text)))
				}
			}
		}
	}
}

func TestJUnitOfManyKeepsWhatMatters(t *testing.T) {
	run := failingRun()
	base := run.Requirements
	// The warnings are what is long here, and what can be left out.
	for i := range 10 {
		f := base[6].Findings[0]
		f.Where, f.Expected, f.Observed = fmt.Sprint("/", i), strings.Repeat("e", lineLimit), strings.Repeat("o", lineLimit)
		base[6].Findings = append(base[6].Findings, f)
	}
	run.Requirements = nil
	for i := range 1400 {
		r := base[6]
		if i%2 == 0 {
			r = base[i/2%len(base)]
		}
		r.ID = fmt.Sprintf("%s-%05d", family(r.ID), i)
		run.Requirements = append(run.Requirements, r)
	}
	Decide(run)
	text := junitOf(t, run)
	if len(text) > junitFile {
		t.Errorf("the file has %d bytes", len(text))
	}
	doc, _ := parseJUnit(t, text)
	if doc.Failures != 140 || doc.Errors != 70 || doc.Tests != 210 || !strings.Contains(doc.Name, "210 of 1400 requirements") {
		t.Errorf("tests=%d failures=%d errors=%d name=%q", doc.Tests, doc.Failures, doc.Errors, doc.Name)
	}
}
