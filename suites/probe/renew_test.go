package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"omaspec/reports/evidence"
)

// issuer is a server whose valid tokens are accepted for so many requests, and the
// command that gives another one.
type issuer struct {
	*recorder
	uses int // of a token
	vdn  string

	mu     sync.Mutex
	issued int
	used   int
}

func newIssuer(t *testing.T, uses int) *issuer {
	i := &issuer{uses: uses, vdn: "150"}
	i.recorder = record(t, i.answer)
	return i
}

func (i *issuer) token() string {
	if i.issued == 0 {
		return testValid
	}
	return fmt.Sprintf("issued-%02d-0a1b2c3d4e5f6071", i.issued)
}

func (i *issuer) issue(context.Context) (Secret, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.issued, i.used = i.issued+1, 0
	return NewSecret(i.token()), nil
}

func (i *issuer) answer(request string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !strings.Contains(request, "\r\n"+TokenField+": "+i.token()+"\r\n") {
		return reply(401, "", `"no"`)
	}
	if i.used++; i.used > i.uses {
		return reply(401, "", `"expired"`)
	}
	return reply(200, "Content-Type: application/json\r\n", fmt.Sprintf(`{"vdn":"%s","n":%d}`, i.vdn, i.issued))
}

// TestRenewal meets tokens that expire during a run.
func TestRenewal(t *testing.T) {
	for _, uses := range []int{20, 30, 1000} {
		server := newIssuer(t, uses)
		wallet := newTestWallet(t)
		plan := planFor(t, server.endpoint(t))
		last := 0
		g, err := Run(context.Background(), Config{Concurrency: 4, Renew: server.issue}, wallet, plan, func(done int) {
			if done < last {
				t.Errorf("%d requests are done, after %d", done, last)
			}
			last = done
		})
		if err != nil {
			t.Fatal(err)
		}
		if (g.Renewal != nil) != (server.issued > 0) || uses < 1000 && (g.Renewal == nil || g.Renewal.Times != server.issued || g.Renewal.Failure != "") {
			t.Errorf("%d uses: %d tokens were issued, renewal %+v", uses, server.issued, g.Renewal)
		}
		seen := map[string]bool{}
		for _, x := range g.Exchanges {
			seen[x.ID()] = true
			step := slices.IndexFunc(plan.Probes, func(p Probe) bool { return p.ID == x.Probe })
			s := plan.Probes[step].Steps[max(0, x.Step-1)]
			if x.Try == 0 && (&run{plan: plan}).documented(s) && x.Status() != 200 {
				t.Errorf("%d uses: %s got %d", uses, x.ID(), x.Status())
			}
		}
		for _, p := range plan.Probes {
			if id := p.exchangeID(0); !seen[id] && !slices.ContainsFunc(g.Unsent, func(u evidence.Unsent) bool { return u.Probe == p.ID }) {
				t.Errorf("%d uses: %s was neither sent nor left", uses, id)
			}
		}
		if last > plan.Requests() {
			t.Errorf("%d of %d requests are done", last, plan.Requests())
		}
		for n := range server.issued {
			if name := fmt.Sprintf("{token:valid#%d}", n+1); wallet.Given()[name] == "" || wallet.Secrets()[name] == "" {
				t.Errorf("%s is no secret of the run any more", name)
			}
		}
	}
}

// TestRenewalInVain has a command that gives no token with which the run could go on.
func TestRenewalInVain(t *testing.T) {
	for name, test := range map[string]struct {
		renew func(*issuer, context.Context) (Secret, error)
		want  string
	}{
		"a failure":       {func(*issuer, context.Context) (Secret, error) { return Secret{}, errors.New("it exited with 1") }, "it exited with 1"},
		"the same":        {func(*issuer, context.Context) (Secret, error) { return NewSecret(testValid), nil }, "the same token again"},
		"of another role": {func(*issuer, context.Context) (Secret, error) { return NewSecret(testSecond), nil }, `of the role "second-tenant"`},
		"a wrong one":     {func(*issuer, context.Context) (Secret, error) { return NewSecret("nobody-issued-this-one"), nil }, "refused as well"},
		"not sendable":    {func(*issuer, context.Context) (Secret, error) { return NewSecret("a\nb"), nil }, "control character"},
		"of another customer": {func(i *issuer, ctx context.Context) (Secret, error) {
			i.vdn = "151"
			return i.issue(ctx)
		}, "another customer"},
	} {
		server := newIssuer(t, 20)
		calls := 0
		g, err := Run(context.Background(), Config{Renew: func(ctx context.Context) (Secret, error) {
			calls++
			return test.renew(server, ctx)
		}}, newTestWallet(t), planFor(t, server.endpoint(t)), nil)
		if err != nil {
			t.Fatal(err)
		}
		closing := g.Exchanges[len(g.Exchanges)-1]
		if calls != 1 || g.Renewal == nil || !strings.Contains(g.Renewal.Failure, test.want) || closing.Probe != Closing || closing.Status() != 401 {
			t.Errorf("%s: asked %d times, renewal %+v, %s", name, calls, g.Renewal, closing)
		}
	}
}

// TestRefusedOnce wants a valid token that is refused once, and accepted again, not to
// be replaced: the refusal is a finding.
func TestRefusedOnce(t *testing.T) {
	var count atomic.Int64
	server := record(t, func(request string) string {
		valid := strings.Contains(request, "\r\n"+TokenField+": "+testValid+"\r\n")
		if valid && !strings.Contains(request, "Connection: close") && count.Add(1) == 9 {
			return reply(401, "", `"no"`)
		}
		return answer(request)
	})
	g, err := Run(context.Background(), Config{Concurrency: 1, Renew: func(context.Context) (Secret, error) {
		t.Error("another token was asked for")
		return Secret{}, errors.New("none")
	}}, newTestWallet(t), planFor(t, server.endpoint(t)), nil)
	if err != nil {
		t.Fatal(err)
	}
	if g.Renewal != nil || !slices.ContainsFunc(g.Exchanges, func(x *evidence.Exchange) bool {
		return x.Status() == 401 && len(x.Request.Header) > 1 && x.Request.Header[1] == field(TokenField, "{token:valid}")
	}) {
		t.Errorf("renewal %+v, and the refusal is gone", g.Renewal)
	}
}

// TestRenewalKeepsWhatWasLetIn has a target that, once, lets a made-up token in when
// the valid one has expired.
func TestRenewalKeepsWhatWasLetIn(t *testing.T) {
	server := newIssuer(t, 12)
	var once atomic.Bool
	respond := server.respond
	server.respond = func(request string) string {
		if strings.Contains(request, "\r\n"+TokenField+": null\r\n") && once.CompareAndSwap(false, true) {
			server.mu.Lock()
			server.used = server.uses
			server.mu.Unlock()
			return reply(200, "", "{}")
		}
		return respond(request)
	}
	plan := planFor(t, server.endpoint(t)).only("B08.null", "B08.undefined", "V03")
	g, err := Run(context.Background(), Config{Concurrency: 1, Renew: server.issue}, newTestWallet(t), plan, nil)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(g.Exchanges, func(x *evidence.Exchange) bool { return x.Probe == "B08.null" })
	if g.Renewal == nil || i < 0 || g.Exchanges[i].Status() != 200 {
		t.Errorf("renewal %+v; the violation is forgotten", g.Renewal)
	}
}
