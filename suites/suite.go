// Package suites tells whether a target keeps the contract. The judges of the
// requirements live here, one file a section of the published page, as Ginkgo
// specs that are registered by a function: the omaspec binary, go test, the
// ginkgo command (also with -p) and anybody else's suite run the same specs.
//
// The sub-package probe sends requests and captures exchanges; match holds the
// Gomega matchers. Specs judge captured exchanges and never send anything, so the
// same specs judge evidence that was recorded months ago.
package suites

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/extensions/globals"
	"github.com/onsi/ginkgo/v2/formatter"
	"github.com/onsi/ginkgo/v2/types"

	"omaspec/schemas"
	"omaspec/schemas/mask"
	"omaspec/suites/config"
	"omaspec/suites/probe"
)

// section is one section of the page, or one concern that the page is silent on,
// with the judges of its requirements.
type section struct {
	title  string
	judges map[string]func(*Case) // by requirement id
}

// sections lists every section, in the order of the page.
var sections = []section{
	methodAndURI, table1RequestHeader, table2ResponseBody, table2Masking, table3Unauthorized,
	table4BadGateway, exampleResponseHeader, transport, isolation,
}

// judges holds every judge by its requirement's id.
var judges = func() map[string]func(*Case) {
	all := map[string]func(*Case){}
	for _, s := range sections {
		for id, judge := range s.judges {
			if all[id] != nil {
				panic("two judges for " + id)
			}
			all[id] = judge
		}
	}
	return all
}()

// Judge applies the judge of one requirement to the evidence. It has no other
// input and no effect. A judge that panics is a defect of omaspec; what it
// panicked with is dropped, since it may hold something that the target sent.
func Judge(e *Evidence, r schemas.Requirement) Judgement { return judge(context.Background(), e, r) }

// judge is Judge until ctx ends. What is not violated by then was not judged.
func judge(ctx context.Context, e *Evidence, r schemas.Requirement) (j Judgement) {
	defer func() {
		if ctx.Err() != nil && len(j.Findings) == 0 {
			j = Judgement{Requirement: r.ID, Outcome: schemas.Inconclusive, Reason: interrupted}
		}
	}()
	if ctx.Err() != nil {
		return j
	}
	c := &Case{view: e.view(ctx), requirement: r}
	if c.stopped != "" && r.ID != precondition {
		return Judgement{Requirement: r.ID, Outcome: schemas.Inconclusive, Reason: c.stopped}
	}
	defer func() {
		if p := recover(); p != nil {
			j = Judgement{Requirement: r.ID, Outcome: schemas.Inconclusive, Defect: true,
				Reason: fmt.Sprintf("a defect of omaspec: the judge panicked (%T); please report it", p)}
		}
	}()
	judges[r.ID](c)
	return c.judgement()
}

// interrupted is why something was not judged.
const interrupted = "the run was interrupted before it was judged"

// precondition is the requirement that the rest of a run rests on.
const precondition = "AUTH-01"

// Needs tells which rows the judge of a requirement looks at, at the most, and
// whether it looks at the answers of every row.
func Needs(r schemas.Requirement) (rows []string, all bool) {
	most := Conditions{Secure: true, Subject: mask.Subjects{string(probe.Valid): {}}}
	c := &Case{view: (&Evidence{Conditions: most}).view(context.Background()), requirement: r}
	judges[r.ID](c)
	return c.rows, c.wide
}

// Source gives the evidence to judge. In a parallel run only the first process
// calls it.
type Source func(context.Context) (*Evidence, error)

// entryName is the name of the report entry that carries a spec's judgement.
const entryName = "judgement"

// Register registers the specs with Ginkgo, and calls collect once they have
// run, with a judgement for each spec that ran. In a parallel run that happens
// in the first process only. Call it in a package's init or before RunSpecs.
func Register(source Source, collect func([]Judgement)) {
	register(source, func(report ginkgo.Report) { collect(judgements(report)) })
}

func register(source Source, collect func(ginkgo.Report)) {
	var evidence *Evidence
	ginkgo.SynchronizedBeforeSuite(func(ctx ginkgo.SpecContext) []byte {
		var err error
		evidence, err = source(ctx)
		failOn(err)
		if suite, _ := ginkgo.GinkgoConfiguration(); suite.ParallelTotal == 1 {
			return nil
		}
		handed, err := evidence.marshal()
		failOn(err)
		return handed
	}, func(handed []byte) {
		if evidence == nil {
			var err error
			evidence, err = unmarshalEvidence(handed)
			failOn(err)
		}
	})
	// Ginkgo sorts what it is given by these texts. In their order that is soon done.
	byTitle := func(a, b section) int { return cmp.Compare(a.title, b.title) }
	byID := func(a, b schemas.Requirement) int { return cmp.Compare(a.ID, b.ID) }
	requirements := slices.SortedFunc(slices.Values(schemas.Requirements().Requirements), byID)
	for _, s := range slices.SortedFunc(slices.Values(sections), byTitle) {
		ginkgo.Describe(s.title, func() {
			for _, r := range requirements {
				if s.judges[r.ID] != nil {
					ginkgo.It(r.ID+" "+r.Title, Labels(r), func(ctx ginkgo.SpecContext) { spec(evidence.judge(ctx, r)) })
				}
			}
		})
	}
	ginkgo.ReportAfterSuite("judgements", collect)
}

// judge judges one requirement until ctx or the context of the run ends.
func (e *Evidence) judge(ctx context.Context, r schemas.Requirement) Judgement {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if e.ctx != nil {
		defer context.AfterFunc(e.ctx, cancel)()
		if e.ctx.Err() != nil {
			cancel()
		}
	}
	return judge(ctx, e, r)
}

// Labels are the Ginkgo labels of a requirement's spec: its id, level, family
// and whether it rests on the page itself.
func Labels(r schemas.Requirement) ginkgo.Labels {
	basis := "standard"
	if r.Basis == "spec" {
		basis = "spec"
	}
	return ginkgo.Label("req:"+r.ID, "level:"+strings.ToLower(string(r.Level)),
		"family:"+strings.ToLower(r.Family()), "basis:"+basis)
}

// spec reports a judgement to Ginkgo. Ginkgo knows no warning, so a violated
// SHOULD passes with the judgement attached; what was tried and could not be
// judged fails, since a skip reads as green.
func spec(j Judgement) {
	ginkgo.GinkgoHelper()
	ginkgo.AddReportEntry(entryName, j, ginkgo.ReportEntryVisibilityFailureOrVerbose)
	if j.Outcome == schemas.NotExercised || j.Outcome == schemas.NotApplicable {
		ginkgo.Skip(string(j.Outcome) + ": " + j.Reason)
	}
	if j.Outcome != schemas.Passed && j.Outcome != schemas.Warned {
		ginkgo.Fail(fmt.Sprint(j))
	}
}

// failOn fails the suite, which needs what could not be had.
func failOn(err error) {
	ginkgo.GinkgoHelper()
	if err != nil {
		ginkgo.Fail(err.Error())
	}
}

// judgements takes the judgements out of a Ginkgo report.
func judgements(report ginkgo.Report) []Judgement {
	var all []Judgement
	for _, s := range report.SpecReports {
		for _, entry := range s.ReportEntries {
			if entry.Name != entryName {
				continue
			}
			if j, ok := judgementOf(entry.Value.GetRawValue(), entry.Value.AsJSON); ok {
				all = append(all, j)
			}
		}
	}
	return all
}

// seed makes Ginkgo run the specs in the same order each time.
const seed = 1

// failed receives Ginkgo's verdict, which the judgements already tell.
type failed struct{}

func (failed) Fail() {}

// Run judges the evidence by running the specs in this process. The filter is a
// Ginkgo label filter, or "" for all; check it with Select first. Run may be
// called again, but not concurrently: Ginkgo's suite is global.
func Run(e *Evidence, filter string) []Judgement {
	all, _ := run(context.Background(), e, filter)
	return all
}

// run is Run until ctx ends. It tells whether it was ended, by ctx or by Ginkgo,
// which catches signals of its own.
func run(ctx context.Context, e *Evidence, filter string) (all []Judgement, ended bool) {
	globals.Reset()
	console := formatter.ColorableStdOut
	formatter.ColorableStdOut = io.Discard
	defer func() { formatter.ColorableStdOut = console }()

	e.ctx = ctx
	register(func(context.Context) (*Evidence, error) { return e, nil }, func(report ginkgo.Report) {
		all = judgements(report)
		ended = len(report.SpecialSuiteFailureReasons) > 0
	})
	suite, reporter := ginkgo.GinkgoConfiguration()
	suite.LabelFilter, suite.RandomSeed = filter, seed
	reporter.NoColor, reporter.Succinct = true, true
	ginkgo.RunSpecs(failed{}, "omaspec", suite, reporter)
	return all, ended || ctx.Err() != nil
}

// Select returns the requirements that the filter and the ids choose. Both empty
// choose all; an id that does not exist, a filter that does not parse, and a
// choice of nothing are errors.
func Select(ids []string, filter string) ([]schemas.Requirement, error) {
	matches := func([]string) bool { return true }
	if filter != "" {
		parsed, err := types.ParseLabelFilter(filter)
		if err != nil {
			return nil, errors.New("the label filter does not parse; an example is 'family:mask && level:must'")
		}
		matches = parsed
	}
	wanted := map[string]bool{}
	for _, id := range ids {
		if _, ok := schemas.Requirements().Find(id); !ok {
			return nil, fmt.Errorf("%s; `omaspec list` shows all", config.Unknown("requirement", id, requirementIDs()))
		}
		wanted[id] = true
	}
	var chosen []schemas.Requirement
	for _, r := range schemas.Requirements().Requirements {
		if (len(wanted) == 0 || wanted[r.ID]) && matches(Labels(r)) {
			chosen = append(chosen, r)
		}
	}
	if len(chosen) == 0 {
		return nil, errors.New("the label filter chooses no requirement; `omaspec list --label-filter` shows what it chooses")
	}
	return chosen, nil
}

func requirementIDs() []string {
	var ids []string
	for _, r := range schemas.Requirements().Requirements {
		ids = append(ids, r.ID)
	}
	return ids
}

// filterOf is the Ginkgo label filter that chooses exactly the requirements.
func filterOf(chosen []schemas.Requirement) string {
	ids := make([]string, len(chosen))
	for i, r := range chosen {
		ids[i] = r.ID
	}
	return "req: containsAny {" + strings.Join(ids, ", ") + "}"
}
