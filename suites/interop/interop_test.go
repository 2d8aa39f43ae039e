//go:build interop

package interop_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"omaspec/fixtures"
	"omaspec/fixtures/interop"
	"omaspec/reports"
	"omaspec/schemas"
)

// The tests here point the real binary to servers that are not ours. What it has
// to say about each is written down to the last requirement, with the reason for
// everything that does not pass.

// binary is omaspec as people run it.
var binary string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "omaspec-interop-")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	binary = filepath.Join(dir, "omaspec")
	if out, err := exec.Command("go", "build", "-o", binary, "omaspec").CombinedOutput(); err != nil {
		fmt.Printf("%v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// tokens are invented in this process. The servers know the valid one and the
// one for which their business fails.
var tokens = fixtures.NewTarget().Tokens()

// answer is what omaspec has to say about a target.
type answer struct {
	code    int
	verdict reports.Verdict
	// others holds every requirement that does not pass: its outcome and, after a
	// colon, why the target deserves it.
	others reasons
}

type reasons map[string]string

// and returns the reasons with more of them, which may replace some. The outcome
// passed takes one away.
func (r reasons) and(more reasons) reasons {
	all := maps.Clone(r)
	maps.Copy(all, more)
	maps.DeleteFunc(all, func(_, reason string) bool { return strings.HasPrefix(reason, string(schemas.Passed)) })
	return all
}

// good is the answer for a target that keeps the contract, as far as a run with
// two tokens can tell.
func good(others reasons) answer { return answer{reports.ExitConformant, reports.Partial, others} }

func bad(others reasons) answer {
	return answer{reports.ExitNonConformant, reports.NonConformant, others}
}

// Reasons that many targets share.
var (
	// always holds for every target here: it serves the page's example, and the
	// run has two tokens and no opt-in group.
	always = reasons{
		"AUTH-11":   "not-exercised: tokens in URLs have to be asked for",
		"AUTH-22":   "not-exercised: no expired token",
		"AUTH-23":   "not-exercised: no revoked token",
		"AUTH-24":   "not-exercised: no token of a customer without a purchase",
		"AUTH-25":   "not-exercised: no token of another kind",
		"AUTH-26":   "not-exercised: hostile payloads have to be asked for",
		"STATUS-07": "not-exercised: belongs to --full",
		"BODY-27":   "warned: the example has client_id=xxxxx and https://xxx.com",
		"BODY-29":   "not-applicable: no hosts were declared",
		"MASK-09":   "not-exercised: the customer's true data is not known",
		"HTTP-05":   "not-applicable: no answer may be stored",
		"HTTP-15":   "not-exercised: belongs to --full",
		"HTTP-17":   "not-exercised: belongs to --full",
		"ISOL-03":   "not-exercised: no token of a second customer",
		"ISOL-06":   "not-exercised: no entity tag",
		"ISOL-08":   "not-applicable: no cookie",
	}
	// plain holds for targets that are addressed over http, in addition.
	plain = always.and(reasons{
		"HTTP-07": "not-applicable: plain http",
		"HTTP-08": "not-applicable: plain http on loopback",
		"HTTP-09": "not-applicable: plain http",
		"HTTP-10": "not-applicable: plain http",
	})
	// nginxOwn is what no configuration of nginx 1.22 changes.
	nginxOwn = reasons{
		"AUTH-18": "warned: of two lines with tokens nginx takes the first",
		"AUTH-21": "warned: to nginx a tab around a value belongs to it",
	}
	// everyGroup holds in addition for a run with all of allGroups.
	everyGroup = reasons{
		"AUTH-11": "passed", "AUTH-26": "passed", "STATUS-07": "passed", "HTTP-15": "passed", "HTTP-17": "passed",
	}
	// anyToken is what it means that no token is refused: that is AUTH-04, and what else
	// has to be refused cannot be tried.
	anyToken = reasons{
		"AUTH-04":   "failed: a made-up token",
		"AUTH-05":   "inconclusive: one character changed",
		"AUTH-06":   "inconclusive: a part of the token",
		"AUTH-07":   "inconclusive: the token twice, longer, reversed",
		"AUTH-08":   "inconclusive: upper and lower case swapped",
		"AUTH-09":   "inconclusive: null, and the token on the page",
		"AUTH-13":   "inconclusive: bytes outside US-ASCII",
		"AUTH-14":   "inconclusive: a zero-width space before the token",
		"AUTH-18":   "inconclusive: two tokens",
		"AUTH-19":   "inconclusive: Bearer before the token",
		"STATUS-01": "failed: 200 for the token whose business fails",
		"ISOL-02":   "inconclusive: 200 for a made-up token before and after the valid one",
	}
	// noToken is what it means in addition that a token is not even asked for.
	noToken = anyToken.and(reasons{
		"AUTH-02":   "failed: no token",
		"AUTH-03":   "inconclusive: an empty token",
		"AUTH-10":   "inconclusive: the token in other fields",
		"AUTH-12":   "inconclusive: forwarding fields and no token",
		"AUTH-27":   "inconclusive: HEAD without a token",
		"AUTH-31":   "inconclusive: HTTP/1.0 without a token",
		"STATUS-02": "inconclusive: a browser without a token",
		"ISOL-01":   "inconclusive: no token after the valid one on a connection",
		"ISOL-04":   "inconclusive: no token after the valid one on new connections",
		"ISOL-05":   "inconclusive: no token on a URL that the valid one has asked for",
		"ISOL-07":   "inconclusive: no token beside the valid one",
		"BODY-31":   "not-exercised: it never answers 401",
		"BODY-32":   "not-exercised: it never answers 401",
		"HTTP-03":   "not-exercised: it never answers 401",
		"BODY-33":   "not-exercised: it never answers 502",
		"BODY-34":   "not-exercised: it never answers 502",
	})
)

// allGroups ask for every probe there is.
var allGroups = []string{"--full", "--hostile", "--allow-token-in-url", "--unsafe-methods", "--smuggling"}

// judge runs omaspec on a target, checks its answer, and returns what stood on
// the console.
func judge(t *testing.T, want answer, target string, args ...string) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "reports")
	cmd := exec.Command(binary, append([]string{"run", "--target", target, "--reports", folder}, args...)...)
	cmd.Dir = t.TempDir() // where no omaspec.yaml is
	cmd.Env = []string{
		"OMASPEC_TOKEN=" + tokens[fixtures.Valid],
		"OMASPEC_TOKEN_UPSTREAM_FAILURE=" + tokens[fixtures.UpstreamFailure],
	}
	console, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(folder, "run.json"))
	if err != nil {
		t.Fatalf("%v\n%s", err, console)
	}
	record, err := reports.Read(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%v\n%s", err, console)
	}
	if code := cmd.ProcessState.ExitCode(); code != want.code || record.Verdict != want.verdict {
		t.Errorf("exit code %d and verdict %s, want %d and %s", code, record.Verdict, want.code, want.verdict)
	}
	got, expected := map[string]string{}, map[string]string{}
	for _, r := range record.Requirements {
		if r.Outcome != schemas.Passed {
			got[r.ID] = string(r.Outcome)
		}
	}
	for id, reason := range want.others {
		expected[id], _, _ = strings.Cut(reason, ":")
	}
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Errorf("what did not pass (-want +got):\n%s%s", diff, console)
	}
	return string(console)
}

// certificate is one of a private authority, and the file that names that.
func certificate(t *testing.T) (c interop.Certificate, caFile string) {
	t.Helper()
	dir := t.TempDir()
	certFile, keyFile, ca, err := fixtures.WriteCertificate(dir)
	if err != nil {
		t.Fatal(err)
	}
	caFile = filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(caFile, ca, 0o600); err != nil {
		t.Fatal(err)
	}
	return interop.Certificate{CertFile: certFile, KeyFile: keyFile}, caFile
}

// origin starts an nginx that serves the page's example.
func origin(t *testing.T, o interop.Origin) *interop.Server {
	t.Helper()
	interop.Need(t, interop.Nginx)
	o.Token, o.FailingToken = tokens[fixtures.Valid], tokens[fixtures.UpstreamFailure]
	return interop.Keep(t)(interop.StartNginxOrigin(t.TempDir(), o))
}

func TestInteropNginx(t *testing.T) {
	pem, caFile := certificate(t)
	s := origin(t, interop.Origin{Certificate: pem})
	overHTTP, overHTTPS := plain.and(nginxOwn), always.and(nginxOwn)
	notAsked := answer{reports.ExitInconclusive, reports.Partial, overHTTP}
	for _, c := range []struct {
		name, target string
		args         []string
		want         answer
	}{
		{"http", s.HTTP, nil, good(overHTTP)},
		{"http, for acceptance", s.HTTP, []string{"--profile", "acceptance"}, notAsked},
		{"http, all groups", s.HTTP, allGroups, good(overHTTP.and(everyGroup))},
		{"https", s.HTTPS, []string{"--ca-file", caFile}, good(overHTTPS)},
		{"https, HTTP/1.1", s.HTTPS, []string{"--ca-file", caFile, "--http", "1.1"}, good(overHTTPS)},
		{"https, HTTP/2", s.HTTPS, []string{"--ca-file", caFile, "--http", "2"}, good(overHTTPS)},
		{"https, HTTP/2, all groups", s.HTTPS, append([]string{"--ca-file", caFile, "--http", "2"}, allGroups...), good(overHTTPS.and(everyGroup))},
	} {
		t.Run(c.name, func(t *testing.T) { judge(t, c.want, c.target, c.args...) })
	}
}

// TestInteropMisprint serves the Content-Type as the page prints it.
func TestInteropMisprint(t *testing.T) {
	s := origin(t, interop.Origin{ContentType: fixtures.MisprintedContentType})
	judge(t, good(plain.and(nginxOwn).and(reasons{
		"HTTP-02": "warned: application/json%3Bcharset=UTF-8 is no media type",
	})), s.HTTP)
}

// TestInteropCache asks a cache in front of nginx. One that forgets the token
// makes of a correct implementation one that refuses nobody.
func TestInteropCache(t *testing.T) {
	pem, caFile := certificate(t)
	behind := origin(t, interop.Origin{})
	for _, forgets := range []bool{false, true} {
		t.Run("forgets the token: "+strconv.FormatBool(forgets), func(t *testing.T) {
			s := interop.Keep(t)(interop.StartNginxCache(t.TempDir(), interop.Cache{Origin: behind.HTTP, ForgetsToken: forgets, Certificate: pem}))
			for _, c := range []struct {
				target string
				args   []string
				others reasons
			}{
				{s.HTTP, nil, plain},
				{s.HTTPS, []string{"--ca-file", caFile}, always},
			} {
				if !forgets {
					judge(t, good(c.others.and(nginxOwn)), c.target, c.args...)
					continue
				}
				console := judge(t, bad(c.others.and(noToken).and(reasons{
					"AUTH-21": "passed: the cache does not look at the token, whatever is around it",
				})), c.target, c.args...)
				if !strings.Contains(console, "ISOL-04") {
					t.Errorf("the console does not name ISOL-04:\n%s", console)
				}
			}
		})
	}
}

// TestInteropHAProxy puts a gateway in front of nginx: one that passes everything
// on, and two with a rule that lets people in.
func TestInteropHAProxy(t *testing.T) {
	interop.Need(t, interop.HAProxy)
	behind := origin(t, interop.Origin{})
	passedOn := plain.and(nginxOwn).and(reasons{"AUTH-21": "passed: HAProxy takes the tabs away"})
	for _, c := range []struct {
		name  string
		rules []string
		args  []string
		want  answer
	}{
		{"no rule", nil, nil, good(passedOn)},
		{"no rule, all groups", nil, allGroups, good(passedOn.and(everyGroup))},
		{"a token for those who have none", []string{
			"http-request set-header X-Auth-Token " + tokens[fixtures.Valid] + " unless { req.hdr(X-Auth-Token) -m found }",
		}, nil, bad(passedOn.and(reasons{
			"AUTH-02":   "failed: no token",
			"AUTH-10":   "inconclusive: the token in other fields",
			"AUTH-12":   "inconclusive: forwarding fields and no token",
			"AUTH-27":   "inconclusive: HEAD without a token",
			"AUTH-31":   "inconclusive: HTTP/1.0 without a token",
			"STATUS-02": "inconclusive: a browser without a token",
			"ISOL-01":   "inconclusive: no token after the valid one on a connection",
			"ISOL-04":   "inconclusive: no token after the valid one on new connections",
			"ISOL-05":   "inconclusive: no token on a URL that the valid one has asked for",
			"ISOL-07":   "inconclusive: no token beside the valid one",
		}))},
		{"an answer for everything that begins like the path", []string{
			"http-after-response set-header Cache-Control no-store",
			"http-after-response set-header X-Content-Type-Options nosniff",
			"http-request return status 200 content-type application/json string '" + strings.ReplaceAll(fixtures.Example, "\n", "") + "' if { path_beg " + fixtures.Path + " }",
		}, nil, bad(passedOn.and(noToken).and(reasons{
			"AUTH-15":   "inconclusive: NUL in the token",
			"AUTH-16":   "inconclusive: also a token of 8 KiB",
			"AUTH-17":   "inconclusive: also a folded field line",
			"AUTH-28":   "inconclusive: a slash after the path, and no token",
			"STATUS-03": "inconclusive: every method",
			"STATUS-04": "not-exercised: no 405",
			"HTTP-13":   "failed: TRACE too",
		}))},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := interop.Keep(t)(interop.StartHAProxy(t.TempDir(), interop.Gateway{Origin: behind.HTTP, Rules: c.rules}))
			judge(t, c.want, s.HTTP, c.args...)
		})
	}
}

func TestInteropNode(t *testing.T) {
	interop.Need(t, interop.Node)
	for _, c := range []struct {
		name, mistake string
		args          []string
		want          answer
	}{
		{"correct", "", nil, good(plain)},
		{"correct, all groups", "", allGroups, good(plain.and(everyGroup))},
		{"joins", "joins", nil, good(plain.and(reasons{"AUTH-18": "warned: the good one of two tokens is found"}))},
		{"explains", "explains", nil, bad(plain.and(reasons{"MASK-15": "failed: a stack trace in the 401"}))},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := interop.Keep(t)(interop.StartNode(tokens[fixtures.Valid], tokens[fixtures.UpstreamFailure], c.mistake))
			judge(t, c.want, s.HTTP, c.args...)
		})
	}
}

// TestInteropPrism asks a mock that knows nothing but openapi.yaml. That its 200
// and 401 bodies pass shows that openapi.yaml and the judges read the page alike.
// OpenAPI can say that a token is required, and nothing about which: so a missing
// token is refused, and every other is accepted. The rest is Prism's own.
func TestInteropPrism(t *testing.T) {
	interop.Need(t, interop.Prism)
	s := interop.Keep(t)(interop.StartPrism("../../schemas/openapi.yaml"))
	judge(t, bad(plain.and(anyToken).and(reasons{
		"AUTH-16":   "inconclusive: also a token of 8 KiB",
		"STATUS-04": "warned: 405 without Allow",
		"BODY-33":   "not-exercised: it never fails",
		"BODY-34":   "not-exercised: it never fails",
		"HTTP-03":   "warned: 401 without WWW-Authenticate",
		"HTTP-04":   "warned: no Cache-Control",
		"HTTP-05":   "warned: no Vary",
		"HTTP-06":   "warned: no X-Content-Type-Options",
		"HTTP-12":   "failed: every origin may read the answer, with credentials",
	})), s.HTTP)
}
