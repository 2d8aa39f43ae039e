package selftest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"omaspec/fixtures"
	"omaspec/reports/evidence"
)

// unseen are the variants that differ from the reference target in nothing that is
// captured as it is: the time that answers take, and the dates of a certificate.
var unseen = []string{"ok.http.slow", "ok.http.certificate.day", "ok.http.certificate.six-days", "ok.http.certificate.ninety-days"}

// differs returns an error unless some probe saw another answer than that of the
// reference target, or else nothing is to be caught or left alone. A fault that
// broke a requirement was seen.
func (j judged) differs(reference func() (map[string]string, error)) error {
	if len(j.trial.Observed) > 0 {
		return nil
	}
	want, err := reference()
	if err != nil {
		return err
	}
	where := difference(appearance(&j.captured.Evidence().Gathering), want)
	switch unseen := slices.Contains(unseen, j.trial.Name); {
	case unseen && where != "":
		return fmt.Errorf("what should not be seen gets another answer to %s", where)
	case !unseen && where == "":
		return errors.New("every probe sees what the reference target answers")
	}
	return nil
}

// referenceAppearance is that of the reference target, without what looks otherwise
// from one time to the next: a connection that is closed behind an answer may or may
// not take the answer with it.
func referenceAppearance(ctx context.Context, tls bool) (map[string]string, error) {
	var seen []map[string]string
	for range 2 {
		c := candidate{trial: Trial{Variant: true}, tls: tls, apply: func(*fixtures.Behaviour) {}}
		captured, err := c.gather(ctx)
		if err != nil {
			return nil, err
		}
		seen = append(seen, appearance(&captured.Evidence().Gathering))
	}
	maps.DeleteFunc(seen[0], func(id, answer string) bool { return answer != seen[1][id] })
	if n := len(seen[1]) - len(seen[0]); n > mostUnsteady {
		return nil, fmt.Errorf("the reference target answers %d of %d probes in two ways", n, len(seen[1]))
	}
	return seen[0], nil
}

// appearance is what a gathering shows of a target, by the ids of exchanges and
// handshakes, but for what is another one each time.
func appearance(g *evidence.Gathering) map[string]string {
	seen := map[string]string{}
	for _, x := range g.Exchanges {
		seen[x.ID()] = answer(x)
	}
	for _, u := range g.Unsent {
		seen[u.Probe] = string(u.Kind)
	}
	if g.Transport != nil {
		seen["TLS"] = fmt.Sprint(g.Transport.Version, g.Transport.ALPN, g.Transport.Problem, g.Transport.DaysLeft)
		for _, h := range g.Transport.Handshakes {
			seen[h.Probe] = h.Outcome
		}
	}
	return seen
}

// answer is an answer as text. Of Date it holds whether that is true.
func answer(x *evidence.Exchange) string {
	if x.Response == nil {
		return x.Failure.Kind
	}
	var b strings.Builder
	fmt.Fprintln(&b, x.Response.Proto, x.Response.Status, string(x.Response.Reason), x.Response.Cut)
	for _, f := range slices.Concat(x.Response.Header, x.Response.Trailer) {
		value := string(f.Value)
		if date, err := time.Parse(time.RFC1123, value); err == nil && f.Name == "Date" {
			value = fmt.Sprint(date.Sub(x.Started).Abs() < time.Hour)
		}
		fmt.Fprintln(&b, f.Name, value)
	}
	return b.String() + string(x.Response.Body) + string(x.Response.Extra)
}

// mostUnsteady is how many probes the reference target may answer in two ways.
const mostUnsteady = 3

// difference names what was seen of both and differs, or is "".
func difference(seen, reference map[string]string) string {
	for _, id := range slices.Sorted(maps.Keys(reference)) {
		if seen[id] != reference[id] {
			return id
		}
	}
	for id := range seen {
		if counting := evidence.Counting(id); counting != id && reference[counting] != "" {
			return id // which was asked again
		}
	}
	return ""
}
