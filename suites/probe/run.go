package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"omaspec/reports/defect"
	"omaspec/reports/evidence"
)

// Observer is told how many of the planned requests are done. Calls do not
// overlap, and done never falls.
type Observer func(done int)

// Run sends the probes of a plan and returns what came back. The baseline goes
// first and alone, and stops the run unless it gets a 200; then the bursts, and
// beside them all others concurrently, the longest sequences first; then what is
// measured, alone; the closing probe goes last and alone. Independent of all
// timing, the exchanges are in the order of the plan.
//
// How many requests are in flight decides how long that takes, down to the longest
// chain of requests of which each waits for the answer before. By default that is
// the baseline, the three steps of L02, L03 or L04, or the burst's 20 requests, 8 at
// a time, and the closing probe; the group full adds the 31 steps of L09 and, alone,
// the 15 of L10. None of them can be shortened: every step is about what the one
// before has done, or is measured.
//
// The end of ctx interrupts the run and leaves a partial gathering. An error
// means that the configuration or the plan cannot be used, and that nothing was
// sent. observer may be nil.
func Run(ctx context.Context, config Config, wallet *Wallet, plan Plan, observer Observer) (*evidence.Gathering, error) {
	if err := config.check(plan.Endpoint); err != nil {
		return nil, err
	}
	if len(plan.Probes) == 0 || plan.Probes[0].ID != Baseline {
		return nil, fmt.Errorf("the plan does not begin with %s", Baseline)
	}
	r := newRun(config.withDefaults(), wallet, plan, observer)
	defer func() { r.shared.close() }()
	defer r.http1.closeIdle()
	if err := r.prepare(); err != nil {
		return nil, err
	}
	r.gather(ctx)
	return r.gathering(), nil
}

// run is the state of one Run.
type run struct {
	config  Config
	wallet  *Wallet
	plan    Plan
	dialer  *dialer
	http1   *http1
	shared  lane
	flight  *flight
	brake   *brake
	started time.Time

	results []result // of the probes of the plan, by index
	inputs  inputs   // from the answer to the baseline; written before others are sent
	noHTTP1 bool     // the target speaks HTTP/2 alone; written before others are sent

	again   *again
	refused atomic.Bool       // the valid token, though it was accepted before
	renewal *evidence.Renewal // what was done about that; nil is nothing

	stop        atomic.Pointer[evidence.Stop]
	interrupted atomic.Bool
	dialsFailed atomic.Int64 // in a row

	mutex    sync.Mutex // guards what follows, and the unsent of results
	done     int
	repeated int // requests that were done and are sent again
	observer Observer
}

// result is what became of one probe.
type result struct {
	exchanges []*evidence.Exchange   // by step; nil where none was sent
	before    [][]*evidence.Exchange // by step; the tries that do not count
	handshake *evidence.HandshakeResult
	unsent    *evidence.Unsent
}

func newRun(config Config, wallet *Wallet, plan Plan, observer Observer) *run {
	if config.TLS.ServerName == "" {
		config.TLS.ServerName = plan.Endpoint.hostname()
	}
	if observer == nil {
		observer = func(int) {}
	}
	r := &run{config: config, wallet: wallet, plan: plan, observer: observer, started: time.Now().UTC(),
		results: make([]result, len(plan.Probes)), flight: newFlight(config.Concurrency, config.Timeout), again: newAgain()}
	most := rate.Inf
	if config.Rate > 0 {
		most = rate.Limit(config.Rate)
	}
	r.brake = newBrake(most, config.Budget/4, r.unhurried)
	r.dialer = &dialer{security: &security{options: config.TLS}, proxy: config.Proxy, maxHeader: config.MaxHeader}
	r.http1 = r.newHTTP1(plan.Endpoint)
	r.shared = sharedLane{r.http1}
	if config.HTTP2 {
		r.shared = r.newHTTP2(false)
	}
	for _, h := range config.Header {
		wallet.configure(h)
	}
	for i, p := range plan.Probes {
		r.results[i].exchanges = make([]*evidence.Exchange, len(p.Steps))
		r.results[i].before = make([][]*evidence.Exchange, len(p.Steps))
	}
	return r
}

// unhurried is the rate at which everything that is left takes half of the time that
// is left.
func (r *run) unhurried() rate.Limit {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	left := r.config.Budget - time.Since(r.started)
	return rate.Limit(float64(max(1, r.plan.Requests()-r.done)) / max(1, left.Seconds()/2))
}

func (r *run) limits() limits { return limits{r.config.MaxHeader, r.config.MaxBody} }

func (r *run) newHTTP1(target Endpoint) *http1 {
	return &http1{dialer: r.dialer, target: target, limits: r.limits()}
}

func (r *run) newHTTP2(fresh bool) *http2Lane {
	return newHTTP2Lane(r.dialer, r.plan.Endpoint, r.limits(), r.config.Timeout, fresh)
}

// prepare finds out what cannot be sent, as far as that is known beforehand.
func (r *run) prepare() error {
	for i, p := range r.plan.Probes {
		unsent, err := obstacle(p, r.plan.Endpoint, r.wallet, rewrites(r.config.Proxy))
		if err != nil {
			return err
		}
		r.results[i].unsent = unsent
	}
	return nil
}

// gather sends everything.
func (r *run) gather(parent context.Context) {
	ctx, cancel := context.WithTimeout(parent, r.config.Budget)
	defer cancel()
	r.perform(ctx, task{probe: 0, to: 1})
	r.tryHTTP2(ctx)
	baseline := r.results[0].exchanges[0]
	if stop := judgeBaseline(baseline, r.plan.Endpoint); stop != nil {
		if baseline.Failure != nil {
			stop.Reason += r.diagnose(ctx, baseline.Failure)
		}
		r.stop.CompareAndSwap(nil, stop)
	}
	r.inputs = inputsFrom(baseline)
	if r.config.HTTP2 {
		r.askHTTP1(ctx)
	}
	r.sendAll(ctx, r.tasks())
	for r.refused.Swap(false) {
		r.renew(ctx)
		r.sendAll(ctx, r.tasks())
	}
}

// sendAll sends bursts and what is sent beside them, and then what is sent alone.
func (r *run) sendAll(ctx context.Context, tasks tasks) {
	workers := errgroup.Group{}
	r.goTogether(ctx, &workers, tasks.burst)
	for _, t := range tasks.ordinary {
		r.flight.enter(ctx, 1)
		workers.Go(defect.Guard(func() error {
			defer r.flight.leave()
			r.perform(ctx, t)
			return nil
		}))
	}
	if err := workers.Wait(); err != nil {
		panic(err) // of a task: it returns no error
	}
	for _, t := range tasks.alone {
		r.perform(ctx, t)
	}
}

// tryHTTP2 sends the first request once more, over HTTP/2, where its answer was none of
// HTTP/1.1. If that is answered, and HTTP/1.1 still is not, everything goes over HTTP/2.
func (r *run) tryHTTP2(ctx context.Context) {
	before, lane := r.results[0], r.shared
	x := before.exchanges[0]
	if !r.config.AutoHTTP || r.config.HTTP2 || x == nil || x.Failure == nil || !slices.Contains(foreign, x.Failure.Kind) ||
		rewrites(r.config.Proxy) && !r.plan.Endpoint.Secure {
		return
	}
	r.config.HTTP2, r.shared = true, r.newHTTP2(false)
	x = r.firstAgain(ctx)
	if answered := x != nil && x.Response != nil; answered {
		r.askHTTP1(ctx)
		if r.noHTTP1 {
			return
		}
	}
	r.shared.close()
	r.config.HTTP2, r.shared = false, lane
	if x == nil || x.Response == nil {
		r.results[0] = before
		return
	}
	r.firstAgain(ctx) // which was lost by accident
}

// firstAgain sends the first request anew.
func (r *run) firstAgain(ctx context.Context) *evidence.Exchange {
	r.results[0] = result{exchanges: make([]*evidence.Exchange, 1), before: make([][]*evidence.Exchange, 1)}
	r.repeated++
	r.perform(ctx, task{probe: 0, to: 1})
	return r.results[0].exchanges[0]
}

// rawControl is the valid token in bytes of HTTP/1.1.
const rawControl = "V01.raw"

// askHTTP1 finds out whether a target that is asked over HTTP/2 speaks HTTP/1.1 too.
func (r *run) askHTTP1(ctx context.Context) {
	i := slices.IndexFunc(r.plan.Probes, func(p Probe) bool { return p.ID == rawControl })
	if i < 0 || r.results[i].unsent != nil {
		return
	}
	p, whole := r.plan.Probes[i], task{i, 0, 1}
	l := r.lane(p)
	defer l.close()
	s, err := r.send(ctx, l, p, 0)
	switch {
	case err != nil:
		r.leave(whole, 0, err)
	case s.exchange.Failure != nil && slices.Contains(foreign, s.exchange.Failure.Kind):
		r.noHTTP1 = true
		r.leave(whole, 0, errNoHTTP1)
	default:
		r.keep(whole, 0, s)
	}
}

// foreign are the failures by which a server shows that it speaks another protocol.
var foreign = []string{evidence.FailureTLS, evidence.FailureMalformed, evidence.FailureClosed, evidence.FailureReset}

// goTogether sends a burst, StartInFlight requests at a time.
func (r *run) goTogether(ctx context.Context, workers *errgroup.Group, burst []task) {
	queue := make(chan task, len(burst))
	for _, t := range burst {
		queue <- t
	}
	close(queue)
	n := min(StartInFlight, len(burst))
	r.flight.enter(ctx, n)
	for range n {
		workers.Go(defect.Guard(func() error {
			defer r.flight.leave()
			for t := range queue {
				r.perform(ctx, t)
			}
			return nil
		}))
	}
}

// task is a range of the steps of a probe, by index.
type task struct{ probe, from, to int }

// tasks are what is sent after the baseline.
type tasks struct {
	burst    []task // the steps of all bursts, in turns, so that they meet
	ordinary []task // the longest sequences first, because they decide when the run can end
	alone    []task // the closing probe last
}

func (r *run) tasks() tasks {
	var all tasks
	for i, p := range r.plan.Probes {
		whole := task{i, 0, len(p.Steps)}
		switch {
		case p.ID == Baseline || r.results[i].unsent != nil || r.results[i].handshake != nil:
		case len(p.Steps) > 0 && p.Connection != ConnBurst && r.results[i].exchanges[0] != nil:
		case p.Alone || p.ID == Closing:
			all.alone = append(all.alone, whole)
		case p.Connection == ConnBurst:
			for step := range p.Steps {
				if r.results[i].exchanges[step] == nil {
					all.burst = append(all.burst, task{i, step, step + 1})
				}
			}
		default:
			all.ordinary = append(all.ordinary, whole)
		}
	}
	slices.SortStableFunc(all.burst, func(a, b task) int { return cmp.Compare(a.from, b.from) })
	slices.SortStableFunc(all.ordinary, func(a, b task) int { return cmp.Compare(b.to, a.to) })
	return all
}

// perform sends the steps of a task.
func (r *run) perform(ctx context.Context, t task) {
	p := r.plan.Probes[t.probe]
	switch {
	case r.refused.Load(): // and the task is left for another token
	case r.noHTTP1 && p.Channel == Direct && p.ends():
		r.leave(t, t.from, errNoHTTP1)
	case p.Channel == Handshake:
		r.handshake(ctx, t)
	case p.Connection == ConnPipelined:
		r.pipeline(ctx, t)
	default:
		r.sequence(ctx, t)
	}
}

// sent is what came of a step: the exchange that counts, and the tries before it.
type sent struct {
	exchange *evidence.Exchange
	before   []*evidence.Exchange
}

// sequence sends steps one after the other, and all of them again where they need one
// connection and it was lost.
func (r *run) sequence(ctx context.Context, t task) {
	p := r.plan.Probes[t.probe]
	var steps []sent
	var err error
	for n := 1; ; n++ {
		var now []sent
		now, err = r.walk(ctx, t)
		for i, s := range steps {
			if i == len(now) {
				now = append(now, steps[i:]...)
				break
			}
			now[i].before = slices.Concat(s.before, []*evidence.Exchange{s.exchange}, now[i].before)
		}
		steps = now
		again := !p.Once && p.Connection == ConnOne && n < mostTries && lost(steps, err)
		if !again || !sleep(ctx, pauses[n-1]) {
			break
		}
	}
	for i, s := range steps {
		r.keep(t, t.from+i, s)
	}
	if step := t.from + len(steps); step < t.to {
		r.leave(t, step, err)
	}
}

// walk sends steps until one cannot be sent.
func (r *run) walk(ctx context.Context, t task) (steps []sent, err error) {
	p := r.plan.Probes[t.probe]
	l := r.lane(p)
	if l != r.shared {
		defer l.close()
	}
	for step := t.from; step < t.to; step++ {
		s, err := r.send(ctx, l, p, step)
		if err != nil {
			return steps, err
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// lost tells whether the connection of steps was lost before all were answered.
func lost(steps []sent, err error) bool {
	return errors.Is(err, errLost) || slices.ContainsFunc(steps, func(s sent) bool {
		return s.exchange.Failure != nil && s.exchange.Hindrance() != "" || s.exchange.Response != nil && s.exchange.Response.Cut == "short"
	})
}

// keep keeps what came of a step.
func (r *run) keep(t task, step int, s sent) {
	result := &r.results[t.probe]
	result.exchanges[step], result.before[step] = s.exchange, append(result.before[step], s.before...)
	r.progress(1)
	r.suspect(r.plan.Probes[t.probe].Steps[step], s.exchange)
}

// lane chooses how the steps of a probe travel.
func (r *run) lane(p Probe) lane {
	ends := p.ends()
	switch {
	case p.Channel == Plaintext:
		return freshLane{r.newHTTP1(r.plan.Endpoint.plaintext())}
	case p.Channel == HTTP2, r.config.HTTP2 && !ends && p.Connection == ConnNew:
		return r.newHTTP2(true)
	case r.config.HTTP2 && !ends && p.Connection == ConnOne:
		return r.newHTTP2(false)
	case ends, p.Connection == ConnNew, p.hasBody(): // which a server may leave unread
		return freshLane{r.http1}
	case p.Connection == ConnOne:
		return &oneLane{http1: r.http1}
	}
	return r.shared
}

// target is where a probe goes.
func (r *run) target(p Probe) Endpoint {
	if p.Channel == Plaintext {
		return r.plan.Endpoint.plaintext()
	}
	return r.plan.Endpoint
}

// writer makes the requests of a probe.
func (r *run) writer(p Probe) *writer {
	target := r.target(p)
	w := &writer{host: target.Host, agent: r.config.UserAgent, extra: r.config.Header, passes: r.wallet.passes(), resolve: r.value}
	if p.Channel == Plaintext { // where anybody on the way could read them
		w.passes = nil
		w.extra = slices.DeleteFunc(slices.Clone(w.extra), func(h HeaderField) bool { return h.Secrecy == SecretField })
	}
	if rewrites(r.config.Proxy) && !target.Secure {
		w.origin, w.credentials = target.origin(), r.dialer.proxyCredentials()
	}
	return w
}

// value is what a placeholder stands for, that of earlier answers included.
func (r *run) value(p placeholder) (string, error) {
	if source, ok := inputSources[p.source]; ok {
		return source(r.inputs)
	}
	return r.wallet.value(p)
}

// send sends one step, and again if the target asks to wait, or if somebody on the way
// may be the cause of what came. An error means that nothing was sent: errInterruptedBefore, errStopped,
// errNotReused or an *InapplicableError.
func (r *run) send(ctx context.Context, l lane, p Probe, step int) (sent, error) {
	m := ordinary
	if p.Connection == ConnBurst {
		m = together
	}
	var before []*evidence.Exchange
	x, most, err := r.attempt(ctx, l, p, step, m)
	if err != nil {
		return sent{}, err
	}
	for n := 1; ; n++ {
		wait, again := r.again.decide(p, x, n, most)
		if !again || !sleep(ctx, min(wait, r.config.RetryCap)) {
			break
		}
		if m == ordinary {
			m = repeated
		}
		if _, shared := l.(sharedLane); shared {
			l = freshLane{r.http1} // since the past of a shared one may be the cause
		}
		next, inFlight, err := r.attempt(ctx, l, p, step, m)
		if err != nil {
			break
		}
		before = append(before, x)
		x, most = next, inFlight
	}
	if len(before) > 0 {
		r.again.learn(p, x, before)
	}
	r.countDials(ctx, p, x.Failure)
	return sent{x, before}, nil
}

// attempt sends one step once, and returns how many requests were in flight with it
// at most.
func (r *run) attempt(ctx context.Context, l lane, p Probe, step int, m manner) (x *evidence.Exchange, most int, err error) {
	r.flight.begin(ctx, m)
	defer r.flight.end(m)
	if err := r.mayStart(ctx); err != nil {
		return nil, 0, err
	}
	s := p.Steps[step]
	out, err := r.writer(p).request(s, s.Close || p.RawSocket())
	if err != nil {
		return nil, 0, err
	}
	x = r.newExchange(p, step, out)
	limited, cancel := context.WithTimeout(ctx, r.config.Timeout)
	defer cancel()
	way := r.flight.sent()
	err = r.conclude(ctx, x, l.send(limited, out, x))
	r.flight.answered(way, x, turnedAway(p, x))
	if !p.Once {
		r.brake.answered(x.Response, x.Started, time.Now(), r.config.RetryCap)
	}
	return x, way.most, err
}

func (r *run) newExchange(p Probe, step int, out *outgoing) *evidence.Exchange {
	if p.RawSocket() {
		out.symbolic.Raw = out.text
	}
	return &evidence.Exchange{Probe: p.ID, Step: p.stepNumber(step), Started: time.Now().UTC(), Attempts: 1,
		Trace: out.trace, Secure: r.target(p).Secure, Request: out.symbolic}
}

// conclude finishes an exchange whose sending ended with err. It returns the
// errors that mean that nothing was sent.
func (r *run) conclude(ctx context.Context, x *evidence.Exchange, err error) error {
	x.Timings.Total = time.Since(x.Started)
	if errors.Is(ctx.Err(), context.Canceled) && (err != nil || x.Response.Cut != "") {
		err = errInterrupted
		r.interrupted.Store(true)
	}
	if err == nil && rewrites(r.config.Proxy) && !x.Secure && x.Status() == http.StatusProxyAuthRequired {
		err = errProxyAsks // which no target answers
	}
	var f *failure
	switch {
	case err == nil:
	case errors.As(err, &f):
		copied := evidence.Failure(*f)
		x.Response, x.Failure = nil, &copied
	default:
		return err
	}
	return nil
}

// countDials stops the run after several connections in a row that could not be
// opened: the target is gone.
func (r *run) countDials(ctx context.Context, p Probe, f *evidence.Failure) {
	if p.Channel != Direct || isOver(ctx) {
		return
	}
	if f == nil || f.Kind != evidence.FailureDial {
		r.dialsFailed.Store(0)
		return
	}
	if n := r.dialsFailed.Add(1); n >= int64(r.config.DialFailures) {
		r.stop.CompareAndSwap(nil, &evidence.Stop{Kind: evidence.StopUnreachable, Failure: f.Kind,
			Reason: fmt.Sprintf("%d connections in a row could not be opened: %s", n, f.Text)})
	}
}

// pipeline sends all steps of a probe in one write, and all of them again if a gateway
// or a limiter may have answered one of them.
func (r *run) pipeline(ctx context.Context, t task) {
	kept := &r.results[t.probe]
	for n := 1; ; n++ {
		xs, err := r.pipelined(ctx, t)
		if err != nil {
			if n == 1 {
				r.leave(t, 0, err)
				return
			}
			break
		}
		for i, x := range kept.exchanges {
			if n > 1 {
				kept.before[i] = append(kept.before[i], x)
			}
			kept.exchanges[i] = xs[i]
		}
		hindered := func(x *evidence.Exchange) bool { return x.Response != nil && x.Hindrance() != "" }
		if n == mostTries || !slices.ContainsFunc(xs, hindered) || !sleep(ctx, pauses[n-1]) {
			break
		}
	}
	for _, x := range kept.exchanges {
		r.countDials(ctx, r.plan.Probes[t.probe], x.Failure)
	}
	r.progress(len(kept.exchanges))
}

// pipelined sends all steps of a probe in one write, once.
func (r *run) pipelined(ctx context.Context, t task) ([]*evidence.Exchange, error) {
	p := r.plan.Probes[t.probe]
	r.flight.begin(ctx, ordinary)
	defer r.flight.end(ordinary)
	if err := r.mayStart(ctx); err != nil {
		return nil, err
	}
	var outs []*outgoing
	var xs []*evidence.Exchange
	for i, s := range p.Steps {
		out, err := r.writer(p).request(s, i == len(p.Steps)-1)
		if err != nil {
			return nil, err
		}
		outs, xs = append(outs, out), append(xs, r.newExchange(p, i, out))
	}
	limited, cancel := context.WithTimeout(ctx, r.config.Timeout)
	defer cancel()
	err := r.http1.sendTogether(limited, outs, xs)
	for _, x := range xs {
		failed := err
		if x.Response != nil {
			failed = nil
		}
		_ = r.conclude(ctx, x, failed) // err is a *failure
	}
	return xs, nil
}

// handshake tries one version of TLS.
func (r *run) handshake(ctx context.Context, t task) {
	r.flight.begin(ctx, ordinary)
	defer r.flight.end(ordinary)
	if err := r.mayStart(ctx); err != nil {
		r.leave(t, 0, err)
		return
	}
	limited, cancel := context.WithTimeout(ctx, r.config.Timeout)
	defer cancel()
	handshake := r.dialer.tryVersion(limited, r.plan.Endpoint, r.plan.Probes[t.probe])
	r.results[t.probe].handshake = &handshake
	r.progress(1)
}

var (
	errInterruptedBefore = errors.New("the run was interrupted before")
	errStopped           = errors.New("the run was stopped before")
)

// mayStart waits for the rate limit, and tells whether the run still goes on.
func (r *run) mayStart(ctx context.Context) error {
	over := r.stop.Load() == nil && r.brake.wait(ctx) != nil
	over = over || isOver(ctx) // before the interrupt, which ends ctx too
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		r.interrupted.Store(true)
		return errInterruptedBefore
	case over:
		r.stop.CompareAndSwap(nil, &evidence.Stop{Kind: evidence.StopBudget,
			Reason: fmt.Sprintf("the time for the whole run, %s, was over before everything was sent%s; --budget gives it more", r.config.Budget, r.brake.excuse())})
	}
	if r.stop.Load() != nil {
		return errStopped
	}
	return nil
}

// isOver tells whether ctx has ended. It does not wait for the timer of ctx, which
// may fire later than that of a connection with the same deadline.
func isOver(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ctx.Err() != nil || ok && !time.Now().Before(deadline)
}

// leave records why the steps of a task from this one on were not sent.
func (r *run) leave(t task, step int, err error) {
	p := r.plan.Probes[t.probe]
	u := evidence.Unsent{Probe: p.ID, Kind: evidence.UnsentInapplicable, Reason: err.Error()}
	if step > 0 && p.Connection != ConnBurst {
		u.Probe = p.exchangeID(step)
	}
	switch {
	case errors.Is(err, errStopped):
		u.Kind, u.Reason = evidence.UnsentStopped, r.stop.Load().Reason
	case errors.Is(err, errInterruptedBefore):
		u.Kind = evidence.UnsentInterrupted
	case errors.Is(err, errNotReused):
		u.Kind = evidence.UnsentConnection
	}
	r.mutex.Lock()
	r.results[t.probe].unsent = &u // of a burst, the last task to find out
	r.mutex.Unlock()
	r.progress(t.to - step)
}

// progress tells the observer that n more requests are done.
func (r *run) progress(n int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	repeated := min(n, r.repeated)
	r.repeated -= repeated
	r.done += n - repeated
	r.observer(r.done)
}

// gathering collects the results in the order of the plan.
func (r *run) gathering() *evidence.Gathering {
	g := &evidence.Gathering{Started: r.started, Finished: time.Now().UTC().Truncate(evidence.Precision), Stopped: r.stop.Load(), Interrupted: r.interrupted.Load(),
		InFlight: r.flight.used(), Renewal: r.renewal}
	if r.plan.Endpoint.Secure {
		g.Transport = r.dialer.security.transport()
	}
	for _, result := range r.results {
		for step, x := range result.exchanges {
			for i, try := range result.before[step] {
				try.Try = i + 1
				g.Exchanges = append(g.Exchanges, try)
			}
			if x != nil {
				g.Exchanges = append(g.Exchanges, x)
			}
		}
		if result.handshake != nil {
			g.Transport.Handshakes = append(g.Transport.Handshakes, *result.handshake)
		}
		if result.unsent != nil {
			g.Unsent = append(g.Unsent, *result.unsent)
		}
	}
	for _, p := range r.plan.Left {
		g.Unsent = append(g.Unsent, notAskedFor(p))
	}
	return g
}
