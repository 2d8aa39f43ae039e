package suites

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/extensions/globals"
	"github.com/onsi/ginkgo/v2/formatter"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/schemas/mask"
	"omaspec/suites/probe"
)

// judges holds the judge of every requirement by its id: the verb that the catalogue
// names, or a function of the file of its family.
var judges = sync.OnceValue(func() map[string]func(*Case) {
	all := map[string]func(*Case){}
	for _, family := range []map[string]func(*Case){authJudges, statusJudges, bodyJudges, maskJudges, httpJudges, isolationJudges} {
		for id, judge := range family {
			if all[id] != nil {
				panic("two judges for " + id)
			}
			all[id] = judge
		}
	}
	for _, r := range schemas.Requirements().Requirements {
		if r.Judge == "" {
			continue
		}
		if all[r.ID] != nil {
			panic("two judges for " + r.ID)
		}
		all[r.ID] = verbs[r.Judge]
	}
	return all
})

// Judge applies the judge of one requirement. It has no other input than the
// evidence and no effect. What is not found to be violated when ctx ends was not
// judged. A judge that panics is a defect of omaspec; what it panicked with is
// dropped, since it may hold something that the target sent.
func (v *View) Judge(ctx context.Context, r schemas.Requirement) (j Judgement) {
	defer func() {
		if ctx.Err() != nil && len(j.Findings) == 0 {
			j = Judgement{Requirement: r.ID, Outcome: schemas.Inconclusive, Reason: Interrupted}
		}
	}()
	if ctx.Err() != nil {
		return j
	}
	if v.stopped != "" && r.ID != precondition && (r.ID != handshaken || !v.expired()) {
		return Judgement{Requirement: r.ID, Outcome: schemas.Inconclusive, Reason: v.stopped}
	}
	defer func() {
		if p := recover(); p != nil {
			j = Judgement{Requirement: r.ID, Outcome: schemas.Inconclusive, Defect: true,
				Reason: fmt.Sprintf("a defect of omaspec: the judge panicked (%T); please report it", p)}
		}
	}()
	v.ctx = ctx
	c := &Case{View: v, requirement: r}
	judges()[r.ID](c)
	return c.judgement()
}

// Interrupted is why something was not judged.
const Interrupted = "the run was interrupted before it was judged"

// precondition is the requirement that the rest of a run rests on.
const precondition = "AUTH-01"

// handshaken is the requirement that a handshake alone can show to be violated.
const handshaken = "HTTP-10"

// Needs tells which rows the judge of a requirement looks at, at the most, and
// whether it looks at the answers of every row.
func Needs(r schemas.Requirement) (rows []string, all bool) {
	most := evidence.Conditions{Secure: true, Subject: mask.Subjects{string(probe.Valid): {}}}
	v, err := Open(context.Background(), &evidence.Evidence{Conditions: most})
	if err != nil {
		panic(err) // there is nothing in it that could be wrong
	}
	c := &Case{View: v, requirement: r}
	judges()[r.ID](c)
	return c.rows, c.wide
}

// Source gives the evidence to judge. In a parallel run only the first process
// calls it.
type Source func(context.Context) (*evidence.Evidence, error)

// Register registers the specs with Ginkgo, and calls collect once they have
// run, with a judgement for each spec that ran. In a parallel run that happens
// in the first process only. Call it in a package's init or before RunSpecs.
func Register(source Source, collect func([]Judgement)) {
	var view *View
	open := func(ctx context.Context, e *evidence.Evidence, err error) {
		failOn(err)
		view, err = Open(ctx, e)
		failOn(err)
	}
	ginkgo.SynchronizedBeforeSuite(func(ctx ginkgo.SpecContext) []byte {
		e, err := source(ctx)
		open(ctx, e, err)
		if suite, _ := ginkgo.GinkgoConfiguration(); suite.ParallelTotal == 1 {
			return nil
		}
		handed, err := e.HandOver()
		failOn(err)
		return handed
	}, func(ctx ginkgo.SpecContext, handed []byte) {
		if view == nil {
			e, err := evidence.TakeOver(handed)
			open(ctx, e, err)
		}
	})
	specs(func(ctx context.Context, r schemas.Requirement) Judgement { return view.Judge(ctx, r) })
	ginkgo.ReportAfterSuite(entryName+"s", func(report ginkgo.Report) { collect(judgements(report)) })
}

// specs makes a spec of every requirement, in a container for each family. Ginkgo
// sorts what it is given by these texts; in their order that is soon done.
func specs(judge func(context.Context, schemas.Requirement) Judgement) {
	byID := func(a, b schemas.Requirement) int { return cmp.Compare(a.ID, b.ID) }
	for rest := slices.SortedFunc(slices.Values(schemas.Requirements().Requirements), byID); len(rest) > 0; {
		family := rest[0].Family()
		n := slices.IndexFunc(rest, func(r schemas.Requirement) bool { return r.Family() != family })
		if n < 0 {
			n = len(rest)
		}
		requirements := rest[:n]
		rest = rest[n:]
		ginkgo.Describe(family, func() {
			for _, r := range requirements {
				ginkgo.It(r.ID+" "+r.Title, Labels(r), func(ctx ginkgo.SpecContext) { spec(judge(ctx, r)) })
			}
		})
	}
}

// entryName is the name of the report entry that carries a spec's judgement.
const entryName = "judgement"

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

// Seed makes Ginkgo run the specs in the same order each time.
const Seed = 1

// failed receives Ginkgo's verdict, which the judgements already tell.
type failed struct{}

func (failed) Fail() {}

// Run judges requirements by running their specs in this process, until ctx ends.
// It tells whether it was ended, by ctx or by Ginkgo, which catches signals of its
// own. It may be called again, but not concurrently: Ginkgo's suite is global.
func (v *View) Run(ctx context.Context, chosen []schemas.Requirement) (all []Judgement, ended bool) {
	globals.Reset()
	console := formatter.ColorableStdOut
	formatter.ColorableStdOut = io.Discard
	defer func() { formatter.ColorableStdOut = console }()

	specs(func(spec context.Context, r schemas.Requirement) Judgement {
		spec, cancel := context.WithCancel(spec)
		defer cancel()
		defer context.AfterFunc(ctx, cancel)()
		if ctx.Err() != nil {
			cancel()
		}
		return v.Judge(spec, r)
	})
	ginkgo.ReportAfterSuite(entryName+"s", func(report ginkgo.Report) {
		all = judgements(report)
		ended = len(report.SpecialSuiteFailureReasons) > 0
	})
	suite, reporter := ginkgo.GinkgoConfiguration()
	suite.LabelFilter, suite.RandomSeed = filterOf(chosen), Seed
	reporter.NoColor, reporter.Succinct = true, true
	ginkgo.RunSpecs(failed{}, "omaspec", suite, reporter)
	return all, ended || ctx.Err() != nil
}

// filterOf is the Ginkgo label filter that chooses exactly the requirements.
func filterOf(chosen []schemas.Requirement) string {
	ids := make([]string, len(chosen))
	for i, r := range chosen {
		ids[i] = r.ID
	}
	return "req: containsAny {" + strings.Join(ids, ", ") + "}"
}
