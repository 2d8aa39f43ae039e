package selftest

import (
	"context"
	_ "embed"
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
)

// matrixYAML says, for every fault, which requirements it breaks, and for every
// conforming variant, of what it deserves to be warned: all of them, and no other.
//
//go:embed matrix.yaml
var matrixYAML []byte

// expectation is the content of matrix.yaml.
type expectation struct {
	Faults   map[string][]string `yaml:"faults"`
	Variants map[string][]string `yaml:"variants"`
}

// expectations reads matrix.yaml.
func expectations() (expectation, error) {
	var e expectation
	if err := yaml.UnmarshalWithOptions(matrixYAML, &e, yaml.DisallowUnknownField()); err != nil {
		return e, fmt.Errorf("read the expectations: %w", err)
	}
	return e, nil
}

// Row is one target of the matrix, and what the harness said about it.
type Row struct {
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

// Good tells whether the harness said exactly what it had to say.
func (r Row) Good() bool {
	return r.Error == "" && len(r.missed()) == 0 && len(r.extra()) == 0 && (!r.Variant || len(r.Doubts) == 0)
}

// missed lists the expected requirements that were not violated.
func (r Row) missed() []string {
	missed := without(r.Expected, r.verdicts())
	if r.Unsteady && len(missed) < len(r.Expected) {
		return nil
	}
	return missed
}

// extra lists the violated requirements that were not expected.
func (r Row) extra() []string {
	if r.Unsteady {
		return nil
	}
	return without(r.verdicts(), r.Expected)
}

// verdicts is Observed, with the word stopped for a run that stopped.
func (r Row) verdicts() []string {
	if r.Stopped {
		return append([]string{stopped}, r.Observed...)
	}
	return r.Observed
}

// stopped stands in the expectations for a run that stops as inconclusive.
const stopped = "stopped"

// Matrix is the result of a self-test.
type Matrix struct {
	Rows []Row `json:"rows"`
	// Unkilled are the MUST and SHOULD requirements that no fault broke: their
	// green would prove nothing.
	Unkilled []string `json:"unkilled"`
	// Covered and Requirements count the requirements that can be violated.
	Covered      int `json:"covered"`
	Requirements int `json:"requirements"`
}

// Good tells whether every fault was killed as expected, every variant was left
// alone, and every requirement was broken by some fault.
func (m Matrix) Good() bool {
	return len(m.Unkilled) == 0 && !slices.ContainsFunc(m.Rows, func(r Row) bool { return !r.Good() })
}

// Count returns how many rows of a kind there are, and how many of them are good.
// Faults of which only INFO requirements speak have nothing to break.
func (m Matrix) Count(variants bool) (good, total int) {
	for _, r := range m.Rows {
		if r.Variant == variants && !r.Info {
			total++
			if r.Good() {
				good++
			}
		}
	}
	return good, total
}

// subject is one target of the matrix.
type subject struct {
	row         Row
	tls         bool
	apply       func(*fixtures.Behaviour)
	concurrency int // requests in flight, as the configuration counts them
}

// subjects lists every fault and every variant.
func subjects(expected expectation) []subject {
	var all []subject
	for _, f := range faults.Faults() {
		all = append(all, subject{row: Row{Name: f.Name, Summary: f.Summary, Info: f.Info, Unsteady: f.Unsteady, Expected: sorted(expected.Faults[f.Name])}, tls: f.NeedsTLS, apply: f.Apply})
	}
	for _, v := range faults.Variants() {
		all = append(all, subject{row: Row{Name: v.Name, Summary: v.Summary, Variant: true, Expected: sorted(expected.Variants[v.Name])}, tls: v.NeedsTLS, apply: v.Apply})
	}
	return all
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

// Size is the number of targets that Run judges.
func Size() int { return len(faults.Faults()) + len(faults.Variants()) }

// parallel is how many targets are asked at the same time. Judging is done one
// by one, since Ginkgo's suite is global.
const parallel = 4

// Run judges every fault and every variant, each with a fresh reference target on
// a port of its own, and calls done after each. The error says that the self-test
// itself could not be run.
func Run(ctx context.Context, done func()) (Matrix, error) {
	expected, err := expectations()
	if err != nil {
		return Matrix{}, err
	}
	return run(ctx, subjects(expected), done, func(subject, *suites.Session, []suites.Judgement) {})
}

// run is Run for these targets, with a look at each judged session.
func run(ctx context.Context, all []subject, done func(), look func(s subject, session *suites.Session, judgements []suites.Judgement)) (Matrix, error) {
	var judging sync.Mutex
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i := range all {
		group.Go(defect.Guard(func() error {
			session, err := all[i].gather(ctx)
			judging.Lock()
			defer judging.Unlock()
			if err != nil {
				all[i].row.Error = err.Error()
			} else {
				judgements := session.Judge(ctx)
				all[i].row.conclude(judgements)
				look(all[i], session, judgements)
			}
			done()
			return ctx.Err()
		}))
	}
	if err := group.Wait(); err != nil {
		return Matrix{}, err
	}
	var m Matrix
	for _, s := range all {
		m.Rows = append(m.Rows, s.row)
	}
	m.count()
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

// full tells whether a target has to be asked the probes of the group full:
// always, to be sure that a variant is left alone; else when a requirement that
// must be violated looks at them.
func (s subject) full() bool {
	return s.row.Variant || slices.ContainsFunc(s.row.Expected, func(id string) bool { return fullRequirements()[id] })
}

// fullRequirements holds the requirements whose judges look at rows that have
// probes in the group full, and the one that looks at every answer.
var fullRequirements = sync.OnceValue(func() map[string]bool {
	rows := map[string]bool{}
	for _, p := range probe.Catalogue() {
		rows[p.Row()] = rows[p.Row()] || p.Group == probe.Full
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
func (s subject) gather(ctx context.Context) (*suites.Session, error) {
	target := fixtures.NewTarget(fixtures.WithSeed(tokenSeed), fixtures.With(s.apply))
	server, err := target.Start(fixtures.Listen{TLS: s.tls})
	if err != nil {
		return nil, err
	}
	defer func() { _ = server.Close() }()
	session := &suites.Session{Config: config.Default()}
	Point(session, target, server)
	session.Config.Full, session.Config.Concurrency = s.full(), s.concurrency
	session.Skip = []string{"B13", "L10"} // large, or only measured
	if !s.row.Variant {
		session.Config.PortalHosts, session.Config.RedirectHosts = portalHosts, redirectHosts
	}
	session.Config.Timeout, session.Config.RetryCap = 3*time.Second, 200*time.Millisecond
	if err := session.Prepare(); err != nil {
		return nil, err
	}
	_, err = session.Gather(ctx)
	return session, err
}

// conclude sorts the judgements.
func (r *Row) conclude(judgements []suites.Judgement) {
	var violated, doubts []string
	for _, j := range judgements {
		switch j.Outcome {
		case schemas.Failed, schemas.Warned:
			violated = append(violated, j.Requirement)
		case schemas.Inconclusive:
			doubts = append(doubts, j.Requirement)
		}
		if j.Defect {
			r.Error = j.Reason
		}
	}
	r.Observed, r.Doubts = sorted(violated), sorted(doubts)
	r.Stopped = len(violated) == 0 && len(doubts) == len(judgements)
}

// count looks for requirements that no fault breaks.
func (m *Matrix) count() {
	killed := map[string]bool{}
	for _, r := range m.Rows {
		if !r.Variant && r.Good() {
			for _, id := range r.Expected {
				killed[id] = killed[id] || slices.Contains(r.Observed, id)
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

// Difference says in words what is wrong with a row.
func (r Row) Difference() string {
	var parts []string
	add := func(words string, ids []string) {
		if len(ids) > 0 {
			parts = append(parts, words+" "+strings.Join(ids, ", "))
		}
	}
	if r.Error != "" {
		parts = append(parts, r.Error)
	}
	add("missed", r.missed())
	add("unexpected", r.extra())
	if r.Variant {
		add("in doubt", r.Doubts)
	}
	return strings.Join(parts, "; ")
}

// without returns the ids of a that b lacks.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(id string) bool { return slices.Contains(b, id) })
}
