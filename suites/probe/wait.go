package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"omaspec/reports/evidence"
)

// notUp are the statuses by which a gateway says that its server is not there.
var notUp = []int{502, 503, 504}

// The pauses between the requests of Await: they double from the first to the last.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 2 * time.Second
)

// Await asks the target, without a token and for at most limit, until it answers as
// one that is up: with HTTP, and none of the statuses notUp. What it sends is no part
// of any evidence. tell hears, after every request in vain, why the target is not up.
// It returns early when ctx ends. Whether the target was up, the run finds out by
// itself. The errors are those of Run.
func Await(ctx context.Context, config Config, wallet *Wallet, plan Plan, limit time.Duration, tell func(why string)) error {
	if err := config.check(plan.Endpoint); err != nil {
		return err
	}
	r := newRun(config.withDefaults(), wallet, plan, nil)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		why, err := r.knock(ctx)
		if why == "" || err != nil || isOver(ctx) {
			return err
		}
		tell(why)
		if !sleep(ctx, pause) {
			return nil
		}
	}
}

// knock sends one request without a token, and says why the target is not up, or "".
func (r *run) knock(ctx context.Context) (why string, err error) {
	p, err := Probe{Steps: []Step{{}}, Connection: ConnNew}.resolve(r.plan.Endpoint)
	if err != nil {
		return "", err
	}
	out, err := r.writer(p).request(p.Steps[0], false)
	if err != nil {
		return "", err
	}
	x := &evidence.Exchange{}
	limited, cancel := context.WithTimeout(ctx, r.config.Timeout)
	defer cancel()
	l := r.lane(p)
	defer l.close()
	err = l.send(limited, out, x)
	if err != nil && r.config.AutoHTTP { // a target may speak HTTP/2 alone
		second := r.newHTTP2(true)
		if second.send(limited, out, x) == nil {
			err = nil
		}
	}
	var inapplicable *InapplicableError
	switch {
	case errors.As(err, &inapplicable): // as where HTTP/2 is wanted, and not offered
		return "", nil
	case err != nil:
		return err.Error(), nil
	case slices.Contains(notUp, x.Status()):
		return fmt.Sprintf("it answered %d", x.Status()), nil
	}
	return "", nil
}
