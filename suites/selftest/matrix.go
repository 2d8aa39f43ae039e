// Package selftest turns the harness on targets whose faults are known: the
// reference target with each of its named faults, and its conforming variants.
package selftest

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/goccy/go-yaml"
	"golang.org/x/sync/errgroup"

	"omaspec/fixtures"
	"omaspec/fixtures/faults"
	"omaspec/reports/defect"
	"omaspec/schemas"
	"omaspec/suites"
	"omaspec/suites/config"
	"omaspec/suites/probe"
	"omaspec/suites/session"
)

// matrixYAML says for every fault which requirements it breaks, and for every
// conforming variant which ones warn: all of them, and no other.
//
//go:embed matrix.yaml
var matrixYAML []byte

// expectation is the content of matrix.yaml.
type expectation struct {
	Commonest map[string]int      `yaml:"commonest"`
	Faults    map[string][]string `yaml:"faults"`
	Variants  map[string][]string `yaml:"variants"`
}

// expectations reads matrix.yaml, once.
var expectations = sync.OnceValues(func() (expectation, error) {
	var e expectation
	if err := yaml.UnmarshalWithOptions(matrixYAML, &e, yaml.DisallowUnknownField()); err != nil {
		return e, fmt.Errorf("read the expectations: %w", err)
	}
	return e, nil
})

// Trial is one target of the matrix, and what the harness said about it.
type Trial struct {
	Name     string   `json:"name"`
	Summary  string   `json:"summary"`
	Variant  bool     `json:"variant"`  // a conforming variant; otherwise a fault
	Info     bool     `json:"info"`     // a fault that breaks nothing but what is only recorded
	Unsteady bool     `json:"unsteady"` // what such a fault breaks depends on which requests meet: at least one of Expected
	Expected []string `json:"expected"` // ids of the requirements that must be violated
	Observed []string `json:"observed"` // ids of the requirements that were
	// Stopped tells that the run stopped as inconclusive before it could judge, as
	// it has to where the target cannot be trusted at all.
	Stopped bool `json:"stopped,omitempty"`
	// Doubts are the ids that could not be judged. A fault may cause them; a
	// variant may not.
	Doubts []string `json:"doubts,omitempty"`
	Error  string   `json:"error,omitempty"` // why the target could not be judged at all
}

// Good tells whether the harness said exactly what it had to say. A fault must
// have something to break.
func (t Trial) Good() bool {
	return t.Error == "" && len(t.missed()) == 0 && len(t.extra()) == 0 && (!t.Variant || len(t.Doubts) == 0) && !t.idle()
}

// idle tells whether a fault is not known to break anything, as it should.
func (t Trial) idle() bool { return !t.Variant && !t.Info && len(t.Expected) == 0 }

// missed lists the expected requirements that were not violated.
func (t Trial) missed() []string {
	missed := without(t.Expected, t.verdicts())
	if t.Unsteady && len(missed) < len(t.Expected) {
		return nil
	}
	return missed
}

// extra lists the violated requirements that were not expected.
func (t Trial) extra() []string {
	if t.Unsteady {
		return nil
	}
	return without(t.verdicts(), t.Expected)
}

// verdicts is Observed, with the word stopped for a run that stopped.
func (t Trial) verdicts() []string {
	if t.Stopped {
		return append([]string{stopped}, t.Observed...)
	}
	return t.Observed
}

// stopped stands in the expectations for a run that stops as inconclusive.
const stopped = "stopped"

// Matrix is the result of a self-test.
type Matrix struct {
	Trials []Trial `json:"trials"`
	// Whole tells that every fault and every variant was judged. Nothing of what
	// follows is known otherwise.
	Whole bool `json:"whole"`
	// Unkilled are the MUST and SHOULD requirements that no fault broke: their
	// green would prove nothing.
	Unkilled []string `json:"unkilled"`
	// Covered and Requirements count the requirements that can be violated.
	Covered      int `json:"covered"`
	Requirements int `json:"requirements"`
}

// Good tells whether every fault was killed as expected, every variant was left
// alone, and, in a whole matrix, every requirement was broken by some fault.
func (m Matrix) Good() bool {
	return len(m.Unkilled) == 0 && !slices.ContainsFunc(m.Trials, func(t Trial) bool { return !t.Good() })
}

// Count returns how many trials of a kind there are, and how many of them are good.
// Faults of which only INFO requirements speak have nothing to break.
func (m Matrix) Count(variants bool) (good, total int) {
	for _, t := range m.Trials {
		if t.Variant == variants && !t.Info {
			total++
			if t.Good() {
				good++
			}
		}
	}
	return good, total
}

// candidate is one target of the matrix.
type candidate struct {
	trial Trial
	tls   bool
	// known tells that matrix.yaml has it.
	known       bool
	apply       func(*fixtures.Behaviour)
	concurrency int // requests in flight, as the configuration counts them
}

// candidates lists every fault and every variant.
func candidates() ([]candidate, error) {
	expected, err := expectations()
	if err != nil {
		return nil, err
	}
	var all []candidate
	for _, f := range faults.Faults() {
		ids, known := expected.Faults[f.Name]
		all = append(all, candidate{Trial{Name: f.Name, Summary: f.Summary, Info: f.Info, Unsteady: f.Unsteady, Expected: sorted(ids)}, f.NeedsTLS, known, f.Apply, 0})
	}
	for _, v := range faults.Variants() {
		ids, known := expected.Variants[v.Name]
		all = append(all, candidate{Trial{Name: v.Name, Summary: v.Summary, Variant: true, Expected: sorted(ids)}, v.NeedsTLS, known, v.Apply, 0})
	}
	return all, nil
}

// Breaking lists the faults that a requirement is known to be broken by.
func Breaking(requirement string) ([]faults.Fault, error) {
	expected, err := expectations()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(faults.Faults(), func(f faults.Fault) bool {
		return !slices.Contains(expected.Faults[f.Name], requirement)
	}), nil
}

// sorted returns the ids in the order of the catalogue.
func sorted(ids []string) []string {
	list := []string{}
	if slices.Contains(ids, stopped) {
		list = append(list, stopped)
	}
	for _, r := range schemas.Requirements().Requirements {
		if slices.Contains(ids, r.ID) {
			list = append(list, r.ID)
		}
	}
	return list
}

// Targets are faults and variants to judge.
type Targets struct{ chosen []candidate }

// Choose chooses the faults and variants of those names, or all without any. The
// beginning of a name up to a point stands for all that begin so: mask, mask.phone.
// The error says which name there is not.
func Choose(names ...string) (Targets, error) {
	known := Names()
	for _, name := range names {
		if !slices.Contains(known, name) {
			return Targets{}, errors.New(config.Unknown("fault or variant", name, known))
		}
	}
	all, err := candidates()
	if err != nil || len(names) == 0 {
		return Targets{all}, err
	}
	return Targets{slices.DeleteFunc(all, func(c candidate) bool {
		return !slices.ContainsFunc(prefixes(c.trial.Name), func(p string) bool { return slices.Contains(names, p) })
	})}, nil
}

// Names are the names of all faults and variants, and the beginnings that Choose
// takes.
func Names() []string {
	var names []string
	for _, f := range faults.Faults() {
		names = append(names, prefixes(f.Name)...)
	}
	for _, v := range faults.Variants() {
		names = append(names, prefixes(v.Name)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// prefixes are the beginnings of a name up to each point, and the name.
func prefixes(name string) []string {
	var all []string
	for i, r := range name {
		if r == '.' {
			all = append(all, name[:i])
		}
	}
	return append(all, name)
}

// Len is how many there are.
func (t Targets) Len() int { return len(t.chosen) }

// parallel is how many targets are asked at the same time. Judging is done one
// by one, since Ginkgo's suite is global.
const parallel = 4

// Judge judges the targets, each a fresh reference target on a port of its own, and
// calls done after each. The error says that the self-test itself could not be run.
func (t Targets) Judge(ctx context.Context, done func()) (Matrix, error) {
	return run(ctx, t.chosen, done, func(judged) {})
}

// judged is a candidate with what was gathered of it and concluded from that.
type judged struct {
	candidate
	captured   *session.Captured
	judgements []suites.Judgement
}

// run is Judge, with a look at each target.
func run(ctx context.Context, all []candidate, done func(), look func(judged)) (Matrix, error) {
	var judging sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i := range all {
		group.Go(defect.Guard(func() error {
			captured, err := all[i].gather(ctx)
			judging.Lock()
			defer judging.Unlock()
			if err != nil {
				all[i].trial.Error = err.Error()
			} else {
				judgements, _ := captured.View().Run(ctx, schemas.Requirements().Requirements)
				all[i].trial.conclude(judgements)
				look(judged{all[i], captured, judgements})
			}
			done()
			return ctx.Err()
		}))
	}
	if err := group.Wait(); err != nil {
		return Matrix{}, err
	}
	var m Matrix
	for _, c := range all {
		m.Trials = append(m.Trials, c.trial)
	}
	if m.Whole = len(all) == len(faults.Faults())+len(faults.Variants()); m.Whole {
		m.count()
	}
	return m, nil
}

// The hosts of the reference target's portalUrl.
var (
	portalHosts   = []string{"software.huawei.com"}
	redirectHosts = []string{"aicc.example-tenant.cn", "aicc.second-tenant.cn"}
)

// tokenSeed makes the tokens the same each time: some faults accept a token by
// characters that not every token has.
const tokenSeed = 1

// skipped are the rows that no target is asked: what is large, or only measured.
var skipped = []string{"B13", "L10"}

// full tells whether a target has to be asked the probes of the group full:
// always, to be sure that a variant is left alone, or to learn what a fault does;
// else when a requirement that must be violated looks at them.
func (c candidate) full() bool {
	return c.trial.Variant || c.trial.Info || !c.known || slices.ContainsFunc(c.trial.Expected, func(id string) bool { return fullRequirements()[id] })
}

// fullRequirements holds the requirements whose judges look at rows that have
// probes in the group full, and the one that looks at every answer.
var fullRequirements = sync.OnceValue(func() map[string]bool {
	rows := map[string]bool{}
	for _, p := range probe.Catalogue() {
		rows[p.Row()] = rows[p.Row()] || p.Group == probe.GroupFull
	}
	needs := map[string]bool{"STATUS-08": true}
	for _, r := range schemas.Requirements().Requirements {
		needed, _ := suites.Needs(r)
		if slices.ContainsFunc(needed, func(row string) bool { return rows[row] }) {
			needs[r.ID] = true
		}
	}
	return needs
})

// gather asks one target what can break or clear it.
func (c candidate) gather(ctx context.Context) (*session.Captured, error) {
	target := fixtures.NewTarget(fixtures.WithSeed(tokenSeed), fixtures.With(c.apply))
	server, err := target.Start(fixtures.Listen{TLS: c.tls})
	if err != nil {
		return nil, err
	}
	defer func() { _ = server.Close() }()
	setup := &session.Setup{Config: config.Default(), Skip: skipped}
	session.Point(setup, target, server)
	setup.Config.Full, setup.Config.Concurrency = c.full(), c.concurrency
	if !c.trial.Variant {
		if err := errors.Join(setup.Config.Set("portal-hosts", portalHosts...), setup.Config.Set("redirect-hosts", redirectHosts...)); err != nil {
			return nil, err
		}
	}
	setup.Config.Timeout, setup.Config.RetryCap = 3*time.Second, 200*time.Millisecond
	return setup.Gather(ctx)
}

// conclude sorts the judgements.
func (t *Trial) conclude(judgements []suites.Judgement) {
	var violated, doubts []string
	for _, j := range judgements {
		switch j.Outcome {
		case schemas.Failed, schemas.Warned:
			violated = append(violated, j.Requirement)
		case schemas.Inconclusive:
			doubts = append(doubts, j.Requirement)
		}
		if j.Defect {
			t.Error = j.Reason
		}
	}
	t.Observed, t.Doubts = sorted(violated), sorted(doubts)
	t.Stopped = len(violated) == 0 && slices.Contains(doubts, "AUTH-01")
}

// count looks for requirements that no fault breaks.
func (m *Matrix) count() {
	killed := map[string]bool{}
	for _, t := range m.Trials {
		if !t.Variant && t.Good() {
			for _, id := range t.Expected {
				killed[id] = killed[id] || slices.Contains(t.Observed, id)
			}
		}
	}
	m.Unkilled = []string{}
	for _, r := range schemas.Requirements().Requirements {
		switch {
		case r.Level == schemas.INFO:
		case killed[r.ID]:
			m.Covered++
			m.Requirements++
		default:
			m.Requirements++
			m.Unkilled = append(m.Unkilled, r.ID)
		}
	}
}

// Difference says in words what is wrong with a trial.
func (t Trial) Difference() string {
	var parts []string
	add := func(words string, ids []string) {
		if len(ids) > 0 {
			parts = append(parts, words+" "+strings.Join(ids, ", "))
		}
	}
	if t.Error != "" {
		parts = append(parts, t.Error)
	}
	if t.idle() {
		parts = append(parts, "nothing is known that it breaks")
	}
	add("missed", t.missed())
	add("unexpected", t.extra())
	if t.Variant {
		add("in doubt", t.Doubts)
	}
	return strings.Join(parts, "; ")
}

// without returns the ids of a that b lacks.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(id string) bool { return slices.Contains(b, id) })
}
