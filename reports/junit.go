package reports

import (
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"omaspec/schemas"
)

// The limits that the readers of JUnit files have, with room to spare: Azure
// Pipelines takes names of 512 characters, Jenkins keeps 100,000 characters of a
// failure, GitHub's check runs 65,535 bytes of everything.
const (
	junitName     = 200     // characters of a test case's name
	junitMessage  = 240     // characters of a message
	junitBody     = 8 << 10 // characters of a body
	junitFindings = 10      // findings in a body
	junitFile     = 5 << 20 // bytes of the file
)

// WriteJUnit writes the record as a JUnit XML file: a suite for every family of
// requirements, and in it a test case for every requirement. A violation that
// gates is a failure, and what could not be judged is an error. A MUST that is
// violated but does not gate, under --basis spec, is skipped, since it is neither
// a failure of this run nor a success. Everything is told in a body as well as in
// attributes, because GitLab shows bodies only. A file above 5 MiB keeps failures
// and errors only, and says so. Two requirements of the same name and class are
// refused, because GitLab drops and others merge the second.
//
// It has nothing but what the schema of Jenkins' xUnit plugin (junit-10.xsd)
// allows, because that plugin skips any other file as a whole: test cases have no
// file, line or properties, and the root does not count what was skipped.
func WriteJUnit(w io.Writer, run *Run) error {
	v := viewOf(run)
	if err := uniqueCases(run.Requirements); err != nil {
		return err
	}
	b, err := encodeJUnit(v.junit(run.Requirements))
	if err != nil {
		return err
	}
	if len(b) > junitFile {
		bad := v.selected(func(r Result) bool {
			return r.Outcome == schemas.Inconclusive || violates(r.Outcome) && r.Gates
		})
		doc := v.junit(bad)
		doc.Name += fmt.Sprintf(" (%d of %d requirements: failures and errors only, to keep the file small)", len(bad), len(run.Requirements))
		if b, err = encodeJUnit(doc); err != nil {
			return err
		}
	}
	_, err = w.Write(b)
	return err
}

func encodeJUnit(doc junitDoc) ([]byte, error) {
	b, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write JUnit: %w", err)
	}
	return append([]byte(xml.Header), append(b, '\n')...), nil
}

type junitDoc struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	junitCounts
	Time   seconds      `xml:"time,attr"`
	Suites []junitSuite `xml:"testsuite"`
}

type junitCounts struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Errors   int `xml:"errors,attr"`
}

type junitSuite struct {
	Name string `xml:"name,attr"`
	junitCounts
	Skipped    int             `xml:"skipped,attr"`
	Time       seconds         `xml:"time,attr"`
	Timestamp  string          `xml:"timestamp,attr"`
	Hostname   string          `xml:"hostname,attr"`
	Properties []junitProperty `xml:"properties>property"`
	Cases      []junitCase     `xml:"testcase"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string       `xml:"name,attr"`
	Class   string       `xml:"classname,attr"`
	Time    seconds      `xml:"time,attr"`
	Failure *junitResult `xml:"failure"`
	Error   *junitResult `xml:"error"`
	Skipped *junitResult `xml:"skipped"`
	Out     *junitText   `xml:"system-out"`
}

type junitResult struct {
	Type    string `xml:"type,attr,omitempty"`
	Message string `xml:"message,attr"`
	junitText
}

// junitText is a body. It goes into a CDATA section, which people can read; Line
// has made sure that it holds nothing that XML 1.0 forbids.
type junitText struct {
	Text string `xml:",cdata"`
}

// seconds is a time in JUnit's unit, never with an exponent.
type seconds float64

// MarshalText writes milliseconds as decimals: "0.041".
func (s seconds) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%.3f", float64(s)), nil }

// junit makes the document of those requirements.
func (v view) junit(results []Result) junitDoc {
	doc := junitDoc{Name: "omaspec " + Line(v.Contract.Title) + ": " + Line(v.target()), Time: seconds(v.Finished.Sub(v.Started).Seconds())}
	waits := v.waits()
	places := map[string]int{}
	for _, r := range results {
		i, known := places[family(r.ID)]
		if !known {
			i = len(doc.Suites)
			places[family(r.ID)] = i
			doc.Suites = append(doc.Suites, v.junitSuite(family(r.ID)))
		}
		c := v.junitCase(r, waits)
		doc.put(i, c)
	}
	if v.ExitCode != ExitConformant && doc.Failures+doc.Errors == 0 {
		doc.Suites = append(doc.Suites, v.junitSuite("RUN"))
		doc.put(len(doc.Suites)-1, v.verdictCase())
	}
	return doc
}

// put adds the case to the suite with that index.
func (doc *junitDoc) put(i int, c junitCase) {
	suite := &doc.Suites[i]
	suite.Cases = append(suite.Cases, c)
	suite.Time += c.Time
	suite.add(c)
	if c.Skipped != nil {
		suite.Skipped++
	}
	doc.add(c)
}

// verdictCase keeps a file from looking green where no requirement tells why the
// exit code is not 0: an interrupted run, or a MUST that the acceptance profile
// wants exercised.
func (v view) verdictCase() junitCase {
	return junitCase{
		Name: "RUN The run reaches a good verdict.", Class: "omaspec.RUN.verdict",
		Error: &junitResult{Type: string(v.Verdict), Message: junitLine(v.Reason), junitText: junitText{Line(v.Reason)}},
	}
}

func (n *junitCounts) add(c junitCase) {
	n.Tests++
	if c.Failure != nil {
		n.Failures++
	}
	if c.Error != nil {
		n.Errors++
	}
}

func (v view) junitSuite(name string) junitSuite {
	return junitSuite{
		Name: Line(name), Timestamp: utc(v.Started), Hostname: Line(v.host()),
		Properties: []junitProperty{
			{"run.id", Line(v.ID)},
			{"contract.published", Line(v.Contract.Published)},
			{"contract.sha256", Line(v.Contract.SHA256)},
			{"catalogue.version", Line(v.Catalogue.Version)},
			{"omaspec.version", Line(v.Tool.Version)},
			{"target", Line(v.target())},
			{"profile", Line(v.Settings.Profile)},
			{"verdict", string(v.Verdict)},
			{"exit code", strconv.Itoa(v.ExitCode)},
		},
	}
}

func (v view) junitCase(r Result, waits map[string]float64) junitCase {
	c := junitCase{Name: caseName(r), Class: caseClass(r)}
	for _, id := range r.Exchanges {
		c.Time = max(c.Time, seconds(waits[id]))
	}
	switch {
	case violates(r.Outcome) && r.Gates:
		c.Failure = &junitResult{Type: "contract-violation", Message: junitLine(headline(r)), junitText: v.junitStory(r)}
	case r.Outcome == schemas.Failed:
		c.Skipped = &junitResult{Message: junitLine("Violated, but does not gate under these settings: " + headline(r)), junitText: v.junitStory(r)}
	case r.Outcome == schemas.Warned:
		text := v.junitStory(r)
		c.Out = &text
	case r.Outcome == schemas.Inconclusive:
		c.Error = &junitResult{Type: "inconclusive", Message: junitLine(r.Reason), junitText: junitReason(r)}
	case r.Outcome != schemas.Passed:
		c.Skipped = &junitResult{Message: junitLine(string(r.Outcome) + ": " + r.Reason), junitText: junitReason(r)}
	}
	return c
}

// waits is how long each exchange took, in seconds. A requirement takes as long
// as the longest exchange that it is judged by, since exchanges run side by side.
func (v view) waits() map[string]float64 {
	out := make(map[string]float64, len(v.Exchanges))
	for _, x := range v.Exchanges {
		out[x.ID] = x.TotalMS / 1000
	}
	return out
}

// junitStory is the whole story of a violation as lines of text.
func (v view) junitStory(r Result) junitText {
	var b strings.Builder
	b.WriteString(junitTitle(r))
	for _, f := range v.story(r, junitFindings) {
		fmt.Fprintf(&b, "%s: %s\n", f.label, f.line())
	}
	return junitText{clip(b.String(), junitBody)}
}

// junitReason says why a requirement has no verdict, as lines of text.
func junitReason(r Result) junitText {
	label, rests := sourceOf(r)
	return junitText{junitTitle(r) + Line(r.Reason) + "\n" + label + ": " + Line(rests) + "\n"}
}

func junitTitle(r Result) string {
	return fmt.Sprintf("%s (%s, %s): %s\n", Line(r.ID), r.Level, words(r.Outcome), Line(r.Title))
}

// caseName is unique and stable, and holds nothing that was observed.
func caseName(r Result) string { return lineOf(r.ID+" "+r.Title, junitName) }

// caseClass has exactly two dots: Jenkins makes its tree from them.
func caseClass(r Result) string {
	undotted := func(s string) string { return strings.ReplaceAll(Line(s), ".", "-") }
	return "omaspec." + undotted(family(r.ID)) + "." + undotted(r.ID)
}

func junitLine(s string) string { return lineOf(s, junitMessage) }

func uniqueCases(results []Result) error {
	type key struct{ class, name string }
	seen := make(map[key]bool, len(results))
	for _, r := range results {
		k := key{caseClass(r), caseName(r)}
		if seen[k] {
			return fmt.Errorf("write JUnit: requirement %s is there twice", Line(r.ID))
		}
		seen[k] = true
	}
	return nil
}
