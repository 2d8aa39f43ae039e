package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"omaspec/reports/evidence"
)

// mostRenewals bounds how often a run gets another valid token.
const mostRenewals = 20

// documented tells whether a step is the request of the page with the valid token and
// nothing else, which an endpoint that accepts the token answers with 200.
func (r *run) documented(s Step) bool {
	return s.Method == "GET" && s.Target == r.plan.Endpoint.Path && !s.raw() && s.Body == "" &&
		len(s.Fields) == 1 && s.Fields[0] == field(TokenField, Valid.Placeholder())
}

// suspect notes that the valid token is refused. Where another one can be had, nothing
// more is sent until it is there.
func (r *run) suspect(s Step, x *evidence.Exchange) {
	if r.config.Renew != nil && x.Status() == 401 && r.documented(s) {
		r.refused.Store(true)
	}
}

// renew gets another valid token where that of the run is refused now, and forgets what
// may have been sent with that one: everything since it was accepted last.
func (r *run) renew(ctx context.Context) {
	if r.stop.Load() != nil || isOver(ctx) {
		return
	}
	if x, err := r.control(ctx); err != nil || x.Status() != 401 {
		return // it was refused once, which is for the judges
	}
	if r.renewal == nil {
		r.renewal = &evidence.Renewal{}
	}
	old := r.wallet.tokens[Valid]
	if err := r.replace(ctx); err != nil {
		r.wallet.tokens[Valid] = old
		r.renewal.Failure, r.config.Renew = err.Error(), nil
		return
	}
	r.renewal.Times++
	r.forget(r.accepted())
}

var (
	errNoRenewal    = fmt.Errorf("it was replaced %d times, which is enough", mostRenewals)
	errStillRefused = errors.New("the new token is refused as well")
	errOthersToken  = errors.New("the new token is that of another customer")
)

// control sends the baseline once more. It is no part of the result.
func (r *run) control(ctx context.Context) (*evidence.Exchange, error) {
	s, err := r.send(ctx, r.shared, r.plan.Probes[0], 0)
	return s.exchange, err
}

// replace puts another valid token in the place of that of the run, which has to be
// accepted and to belong to the same customer.
func (r *run) replace(ctx context.Context) error {
	if r.renewal.Times == mostRenewals {
		return errNoRenewal
	}
	token, err := r.config.Renew(ctx)
	if err != nil {
		return err
	}
	if err := r.wallet.renew(token); err != nil {
		return err
	}
	x, err := r.control(ctx)
	switch {
	case err != nil:
		return err
	case x.Status() != 200:
		return errStillRefused
	case inputsFrom(x).vdn != r.inputs.vdn:
		return errOthersToken
	}
	r.inputs = inputsFrom(x)
	return nil
}

// accepted is when the last request was sent whose answer shows that the valid token
// was accepted.
func (r *run) accepted() time.Time {
	last := time.Time{}
	for i, result := range r.results {
		for step, x := range result.exchanges {
			if x != nil && x.Status() == 200 && r.documented(r.plan.Probes[i].Steps[step]) && x.Started.After(last) {
				last = x.Started
			}
		}
	}
	return last
}

// forget takes back the results of every probe that was not answered by then, so that
// it is sent again; they stay as tries that do not count. What was let in all the same
// counts: that is no matter of the token's time. The probes of bursts meet each other,
// and go together.
func (r *run) forget(then time.Time) {
	late := func(i int) bool {
		return slices.ContainsFunc(r.results[i].exchanges, func(x *evidence.Exchange) bool {
			return x != nil && x.Status()/100 != 2 && x.Started.Add(x.Timings.Total).After(then)
		})
	}
	burst := false
	for i, p := range r.plan.Probes {
		burst = burst || p.Connection == ConnBurst && late(i)
	}
	for i, p := range r.plan.Probes {
		goes := late(i) || burst && p.Connection == ConnBurst
		if i == 0 || !goes {
			continue
		}
		for step, x := range r.results[i].exchanges {
			if x != nil {
				r.results[i].before[step] = append(r.results[i].before[step], x)
				r.results[i].exchanges[step] = nil
				r.repeated++
			}
		}
		if u := r.results[i].unsent; u != nil && u.Kind == evidence.UnsentConnection {
			r.results[i].unsent = nil
		}
	}
}

// renew puts another token in the place of the valid one. The old one, and what was
// made of it, stays a secret of the run.
func (w *Wallet) renew(token Secret) error {
	if err := checkToken(token.reveal()); err != nil {
		return fmt.Errorf("the new token %w", err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	old := w.tokens[Valid]
	delete(w.tokens, Valid)
	for role, other := range w.tokens {
		if other.reveal() == token.reveal() {
			w.tokens[Valid] = old
			return fmt.Errorf("the new token is that of the role %q", role)
		}
	}
	w.tokens[Valid] = old
	if old.reveal() == token.reveal() {
		return errors.New("it is the same token again")
	}
	w.renewals++
	for text, value := range w.used {
		if rest, ok := strings.CutPrefix(text, "{token:"+string(Valid)); ok && !strings.HasPrefix(rest, earlier) {
			delete(w.used, text)
			w.used[fmt.Sprintf("{token:%s%s%d%s", Valid, earlier, w.renewals, rest)] = value
		}
	}
	w.tokens[Valid], w.used[Valid.Placeholder()] = token, token
	return nil
}

// earlier marks the placeholders of valid tokens that were replaced: "{token:valid#1}".
const earlier = "#"
