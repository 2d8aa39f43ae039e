package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"omaspec/fixtures"
	"omaspec/reports"
)

// expiring is a target whose valid token is refused after so many requests with it,
// and a file that always holds the one that is valid.
type expiring struct {
	*site
	file string

	mu      sync.Mutex
	uses    int
	current string
	issued  []string
}

func newExpiring(t *testing.T, uses int) *expiring {
	t.Helper()
	e := &expiring{file: filepath.Join(t.TempDir(), "token")}
	e.site = newSite(t, fixtures.Listen{}, func(b *fixtures.Behaviour) {
		respond := b.Respond
		b.Respond = func(r *http.Request) fixtures.Answer {
			e.mu.Lock()
			defer e.mu.Unlock()
			if sent := r.Header[fixtures.HeaderName]; len(sent) == 1 && sent[0] == e.current {
				r.Header[fixtures.HeaderName] = []string{b.Tokens[fixtures.Valid]}
				if e.uses++; e.uses == uses {
					e.issue(t)
				}
			}
			return respond(r)
		}
	})
	e.issue(t)
	return e
}

func (e *expiring) issue(t *testing.T) {
	e.uses = 0
	e.current = fmt.Sprintf("Qm7sVwLx2pnoBcT9rYkW4aXzEuNdHf%02dJgK", len(e.issued))
	e.issued = append(e.issued, e.current)
	if err := os.WriteFile(e.file, []byte(e.current+"\r\nmore\n"), 0o600); err != nil {
		t.Error(err)
	}
}

// TestTokenCommand takes the token from a command, at the start and whenever it is
// refused.
func TestTokenCommand(t *testing.T) {
	t.Parallel()
	const noise = "noise-on-stderr"
	for _, uses := range []int{1 << 30, 25} {
		e := newExpiring(t, uses)
		command := fmt.Sprintf(`["sh", "-c", "cat %s; echo %s >&2"]`, e.file, noise)
		r := with("OMASPEC_TOKEN_COMMAND", command).run(t, "--target", e.url, "--concurrency", "2")
		r.wantExit(t, 0, append(e.issued, noise)...)
		notices := strings.Join(r.record(t).Notices, " ")
		if r.code != 0 {
			t.Errorf("%d tokens: notices %q; AUTH-02: %s", len(e.issued), notices, r.result(t, "AUTH-02").Reason)
		}
		if renewed := strings.Contains(notices, "was refused during the run and replaced"); renewed != (len(e.issued) > 1) || uses == 25 && len(e.issued) < 2 {
			t.Errorf("%d uses, %d tokens: notices %q", uses, len(e.issued), notices)
		}
	}
	// A token that was given goes first; the words of the command are split by spaces.
	e := newExpiring(t, 20)
	r := with("OMASPEC_TOKEN", e.current, "OMASPEC_TOKEN_COMMAND", "cat  "+e.file+" ").run(t, "--target", e.url, "--concurrency", "2")
	r.wantExit(t, 0, e.issued...)
	again := with().process(t, "judge", write(t, "evidence.har", string(r.files["evidence.har"]), 0o600), "--reports", "-")
	if again.code != 0 || !strings.Contains(again.stdout, "was refused during the run and replaced") {
		t.Errorf("judged again: exit code %d, %s%s", again.code, again.stderr, again.stdout)
	}
	// Without the command the same target leaves a run inconclusive.
	e = newExpiring(t, 20)
	with("OMASPEC_TOKEN", e.current).run(t, "--target", e.url, "--concurrency", "2").wantExit(t, reports.ExitInconclusive, e.issued...)
	e = newExpiring(t, 20)
	r = with("OMASPEC_TOKEN", e.current, "OMASPEC_TOKEN_COMMAND", "false").run(t, "--target", e.url, "--concurrency", "2")
	r.wantExit(t, reports.ExitInconclusive, e.issued...)
	if notices := strings.Join(r.record(t).Notices, " "); !strings.Contains(notices, "could not be replaced: OMASPEC_TOKEN_COMMAND: it exited with 1") {
		t.Errorf("notices %q", notices)
	}
}

// TestTokenCommandRefused gives commands that are none, or give no token.
func TestTokenCommandRefused(t *testing.T) {
	t.Parallel()
	const noise = "Zk9-17-unguessable-words"
	here := "http://" + closedPort(t)
	for command, want := range map[string]string{
		"vault read 'secret/" + noise + "'": "is run by no shell",
		"echo $TOKEN":                       "is run by no shell",
		`["sh", "-c"`:                       "none of strings",
		`[1, 2]`:                            "none of strings",
		`[]`:                                "none of strings",
		"/nowhere/" + noise:                 "OMASPEC_TOKEN_COMMAND: it cannot be run",
		noise:                               "there is no such program",
		`["sh", "-c", "echo ` + noise + ` >&2; exit 7"]`: "it exited with 7",
		`["sh", "-c", "kill -9 $$"]`:                     "ended by a signal",
		"true":                                           "the first line of its output is empty",
		`["echo", "\n` + noise + `"]`:                    "the first line of its output is empty",
		"echo test":                                      "too short or too common",
	} {
		with("OMASPEC_TOKEN_COMMAND", command).run(t, "--target", here).wantRefusal(t, want, noise)
	}
	with("OMASPEC_TOKEN_COMMAND", "echo "+noise).run(t).wantRefusal(t, "OMASPEC_TOKEN_COMMAND says that one is meant", noise)
	with("OMASPEC_TOKEN_COMAND", "echo "+noise).run(t, "--target", here).wantRefusal(t, "did you mean OMASPEC_TOKEN_COMMAND?", noise)
}
