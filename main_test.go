package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"omaspec/reports"
	"omaspec/schemas"
)

// asCommand makes the test binary behave as omaspec, for the tests that need a
// process of its own.
const asCommand = "OMASPEC_TEST_AS_COMMAND"

// TestMain keeps what the environment says about this machine or CI job away from
// the tests.
func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	if crash := crashes[os.Getenv(asCrash)]; crash != nil {
		abortOnCrash()
		crash()
	}
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "OMASPEC_") || strings.HasPrefix(name, "GITHUB_") || slices.Contains(surroundings, name) {
			_ = os.Unsetenv(name)
		}
	}
	// The race detector holds up the end of each process by a second.
	_ = os.Setenv("GORACE", os.Getenv("GORACE")+" atexit_sleep_ms=0")
	os.Exit(m.Run())
}

// surroundings are the variables that say how a console looks.
var surroundings = []string{"CI", "NO_COLOR", "TERM", "LANG", "LC_ALL", "LC_CTYPE"}

// ran is what one omaspec left behind.
type ran struct {
	code           int
	stdout, stderr string
	files          map[string][]byte // of the reports folder, by name; nil without one
}

// command is omaspec with its environment, in a folder of its own.
type command struct {
	env    map[string]string
	stdin  string
	dir    string // working directory; "" is a new one
	folder string // of the reports; "" is "out" in dir

	// Of processes only:
	shell  string   // what a shell does before it becomes omaspec
	stdout *os.File // nil is what ran.stdout shows
	stderr *os.File // nil is what ran.stderr shows
}

// with is a command with variables: name, value, name, value.
func with(variables ...string) command {
	c := command{env: map[string]string{}}
	for i := 0; i < len(variables); i += 2 {
		c.env[variables[i]] = variables[i+1]
	}
	return c
}

// settle chooses the folders.
func (c *command) settle(t *testing.T) {
	t.Helper()
	if c.dir == "" {
		c.dir = t.TempDir()
	}
	if c.folder == "" {
		c.folder = filepath.Join(c.dir, "out")
	}
}

// run runs omaspec run in this process.
func (c command) run(t *testing.T, args ...string) ran {
	t.Helper()
	c.settle(t)
	return c.execute(t, append([]string{"run", "--reports", c.folder}, args...)...)
}

// execute runs any command of omaspec in this process.
func (c command) execute(t *testing.T, args ...string) ran {
	t.Helper()
	c.settle(t)
	t.Chdir(c.dir)
	for name, value := range c.env {
		t.Setenv(name, value)
	}
	var stdout, stderr bytes.Buffer
	code := execute(args, strings.NewReader(c.stdin), &stdout, &stderr)
	return ran{code, stdout.String(), stderr.String(), c.files(t)}
}

// start runs omaspec run as a process, which ends with the test at the latest.
func (c *command) start(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	c.settle(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// Far longer than any process here lives, so that a hanging one fails its test
	// and nothing else.
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	args = append([]string{self, "run", "--reports", c.folder}, args...)
	if c.shell != "" {
		args = append([]string{"sh", "-c", c.shell + `; exec "$0" "$@"`}, args...)
	}
	p := exec.CommandContext(ctx, args[0], args[1:]...)
	p.Dir = c.dir
	p.Env = append(os.Environ(), asCommand+"=1")
	for name, value := range c.env {
		p.Env = append(p.Env, name+"="+value)
	}
	p.Stdin = strings.NewReader(c.stdin)
	p.Stdout, p.Stderr = &bytes.Buffer{}, &bytes.Buffer{}
	if c.stdout != nil {
		p.Stdout = c.stdout
	}
	if c.stderr != nil {
		p.Stderr = c.stderr
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	return p
}

// process runs omaspec run as a process of its own, which may be one of several.
func (c command) process(t *testing.T, args ...string) ran {
	t.Helper()
	return c.wait(t, c.start(t, args...))
}

// wait waits for a process that start started.
func (c *command) wait(t *testing.T, p *exec.Cmd) ran {
	t.Helper()
	err := p.Wait()
	if p.ProcessState == nil {
		t.Fatal(err)
	}
	r := ran{code: p.ProcessState.ExitCode(), files: c.files(t)}
	if c.stdout == nil {
		r.stdout = p.Stdout.(*bytes.Buffer).String()
	}
	if c.stderr == nil {
		r.stderr = p.Stderr.(*bytes.Buffer).String()
	}
	return r
}

// files reads the reports folder, and wants no litter in it or beside it.
func (c command) files(t *testing.T) map[string][]byte {
	t.Helper()
	for _, pattern := range []string{c.folder + "/../.omaspec-*", c.folder + "/.omaspec-new*"} {
		if litter, _ := filepath.Glob(pattern); len(litter) > 0 {
			t.Errorf("unfinished folders were left: %q", litter)
		}
	}
	entries, err := os.ReadDir(c.folder)
	if err != nil {
		return nil
	}
	files := map[string][]byte{}
	for _, e := range entries {
		if b, err := os.ReadFile(filepath.Join(c.folder, e.Name())); err == nil {
			files[e.Name()] = b
		}
	}
	return files
}

// record is run.json, which has to be whole.
func (r ran) record(t *testing.T) *reports.Run {
	t.Helper()
	file := r.files["run.json"]
	lastRead.Lock()
	defer lastRead.Unlock()
	if lastRead.run != nil && bytes.Equal(file, lastRead.file) {
		return lastRead.run
	}
	run, err := reports.Read(bytes.NewReader(file))
	if err != nil {
		t.Fatalf("%v\n%s%s", err, r.stdout, r.stderr)
	}
	lastRead.file, lastRead.run = bytes.Clone(file), run
	return run
}

// lastRead is the record that was asked for last: most tests ask one record many
// things, and under the race detector it takes half a second to read.
var lastRead struct {
	sync.Mutex
	file []byte
	run  *reports.Run
}

// outcome is that of one requirement in run.json.
func (r ran) outcome(t *testing.T, id string) schemas.Outcome {
	t.Helper()
	return r.result(t, id).Outcome
}

func (r ran) result(t *testing.T, id string) reports.Result {
	t.Helper()
	run := r.record(t)
	i := slices.IndexFunc(run.Requirements, func(x reports.Result) bool { return x.ID == id })
	if i < 0 {
		t.Fatalf("run.json does not hold %s", id)
	}
	return run.Requirements[i]
}

// violated lists the requirements of run.json that failed or warned.
func (r ran) violated(t *testing.T) []string {
	t.Helper()
	var ids []string
	for _, x := range r.record(t).Requirements {
		if x.Outcome == schemas.Failed || x.Outcome == schemas.Warned {
			ids = append(ids, x.ID)
		}
	}
	return ids
}

// everything is all that the run has put out, by the name of the place.
func (r ran) everything() map[string][]byte {
	all := map[string][]byte{"stdout": []byte(r.stdout), "stderr": []byte(r.stderr)}
	for name, b := range r.files {
		all[name] = b
	}
	return all
}

// trace matches what Go prints about a panic or a goroutine.
var trace = regexp.MustCompile(`goroutine \d|panic:|\.go:\d|runtime error|0x[0-9a-f]{6,}`)

// wantExit wants an exit code and output that can be shown to anybody.
func (r ran) wantExit(t *testing.T, code int, secrets ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d; stdout ends with %q, stderr %q", r.code, code, r.stdout[max(0, len(r.stdout)-500):], r.stderr)
	}
	for place, b := range r.everything() {
		for _, secret := range secrets {
			if bytes.Contains(b, []byte(secret)) {
				t.Errorf("%s holds a secret of the run", place)
			}
		}
	}
	if m := trace.FindString(r.stdout + r.stderr); m != "" {
		t.Errorf("the console shows the inside of the program: %q", m)
	}
}

// wantRefusal wants a run that was refused before anything was sent: exit code
// 2, one line on stderr that holds want, nothing on stdout, and no reports.
func (r ran) wantRefusal(t *testing.T, want string, secrets ...string) {
	t.Helper()
	r.wantExit(t, reports.ExitUsage, secrets...)
	if r.stdout != "" || r.files != nil {
		t.Errorf("stdout %q and %d files, want neither", r.stdout, len(r.files))
	}
	line, more, _ := strings.Cut(r.stderr, "\n")
	if more != "" || !strings.HasPrefix(line, "omaspec: ") || !strings.Contains(line, want) {
		t.Errorf("stderr %q, want one line with %q", r.stderr, want)
	}
}

// wantReason wants a run that was made, and whose last line and record give the
// reason: a verdict in so many words.
func (r ran) wantReason(t *testing.T, code int, want string, secrets ...string) {
	t.Helper()
	r.wantExit(t, code, secrets...)
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	if last := lines[len(lines)-1]; !strings.Contains(last, want) || !strings.Contains(last, fmt.Sprintf("exit %d: ", code)) {
		t.Errorf("the last line is %q, want the exit code and %q", last, want)
	}
	run := r.record(t)
	if run.ExitCode != code || !strings.Contains(run.Reason, want) {
		t.Errorf("run.json says %d, %q", run.ExitCode, run.Reason)
	}
	if len(run.Requirements) != len(schemas.Requirements().Requirements) {
		t.Errorf("run.json holds %d requirements", len(run.Requirements))
	}
	for line := range strings.Lines(r.stderr) {
		if !progressLine.MatchString(line) {
			t.Errorf("stderr %q, want nothing but progress", r.stderr)
		}
	}
}

// progressLine matches what a run that goes well says on stderr.
var progressLine = regexp.MustCompile(`^omaspec: (?:up to \d+ requests to |\d+ of \d+ requests done after )`)

// TestHelp wants a help that fits a screen and names what there is.
func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {}, {"help"}} {
		r := with().execute(t, args...)
		r.wantExit(t, 0)
		lines := strings.Split(strings.TrimRight(r.stdout, "\n"), "\n")
		if len(lines) > 40 || slices.ContainsFunc(lines, func(l string) bool { return len(l) > 100 }) {
			t.Errorf("%q: %d lines do not fit a screen", args, len(lines))
		}
		for _, name := range []string{"run", "serve", "list", "explain", "version", "completion"} {
			if !strings.Contains(r.stdout, "\n  "+name) {
				t.Errorf("%q: the help does not name %s", args, name)
			}
		}
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		r := with().execute(t, "completion", shell)
		r.wantExit(t, 0)
		if !strings.Contains(r.stdout, "omaspec") || r.stderr != "" {
			t.Errorf("%s: %d bytes, stderr %q", shell, len(r.stdout), r.stderr)
		}
	}
	if r := with().execute(t, "__complete", "explain", "MASK-0"); !strings.Contains(r.stdout, "MASK-01\n") {
		t.Errorf("explain completes to %q", r.stdout)
	}
}

// TestExitCodes wants the README's table to hold exactly the codes that there are.
func TestExitCodes(t *testing.T) {
	words := map[int]string{
		reports.ExitConformant: "conformant", reports.ExitNonConformant: "non-conformant", reports.ExitUsage: "usage",
		reports.ExitInconclusive: "inconclusive", reports.ExitRegressed: "regression", reports.ExitDefect: "defect",
		reports.ExitInterrupted: "interrupted",
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\| (\d+) \| (.*) \|$`).FindAllStringSubmatch(string(readme), -1)
	if len(rows) != len(words) {
		t.Errorf("the README explains %d exit codes of %d", len(rows), len(words))
	}
	help := with().execute(t, "--help").stdout
	for code, word := range words {
		if !slices.ContainsFunc(rows, func(row []string) bool { return row[1] == fmt.Sprint(code) && strings.Contains(row[2], word) }) {
			t.Errorf("the README does not explain %d, %s", code, word)
		}
		if !regexp.MustCompile(fmt.Sprintf(`\b%d (?:a )?%s`, code, word)).MatchString(strings.Join(strings.Fields(help), " ")) {
			t.Errorf("the help does not explain %d, %s", code, word)
		}
	}
}

func TestVersion(t *testing.T) {
	r := with().execute(t, "version")
	r.wantExit(t, 0)
	for _, want := range []string{"omaspec " + version, "catalogue " + schemas.Requirements().Version, schemas.PagePublished} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("the version does not tell %q", want)
		}
	}
}

func TestList(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "AUTH-01"},
		{[]string{"--label-filter", "family:mask"}, "MASK-22"},
		{[]string{"--json"}, `"id": "ISOL-10"`},
		{[]string{"--probes"}, "L02"},
		{[]string{"--readings"}, "envelope (flat, wrapped, auto; default flat"},
	} {
		r := with().execute(t, append([]string{"list"}, test.args...)...)
		r.wantExit(t, 0)
		if !strings.Contains(r.stdout, test.want) {
			t.Errorf("list %q does not hold %q", test.args, test.want)
		}
	}
	if r := with().execute(t, "list", "--label-filter", "family:mask"); strings.Contains(r.stdout, "AUTH-") {
		t.Error("the label filter chooses too much")
	}
	with().execute(t, "list", "--label-filter", "family:nobody").wantRefusal(t, "chooses no requirement")
}

// TestExplain explains every requirement, and rows of each kind.
func TestExplain(t *testing.T) {
	rows, err := schemas.Rows()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range schemas.Requirements().Requirements {
		var b strings.Builder
		if err := explainRequirement(&b, r, rows); err != nil || !strings.HasPrefix(b.String(), r.ID) {
			t.Errorf("%s: %v", r.ID, err)
		}
		wanted := []string{r.Title, r.Source, "judged   "}
		for _, id := range r.Covers {
			wanted = append(wanted, rows[id].Text)
		}
		if r.Level != schemas.INFO {
			wanted = append(wanted, "faults that break it\n    ")
		}
		for _, want := range wanted {
			if n := strings.Count(b.String(), want); n != 1 && want != r.Source {
				t.Errorf("%s: %q stands there %d times", r.ID, want, n)
			}
		}
	}
	for _, id := range []string{"A7", "M01", "B08", "mask-01"} {
		r := with().execute(t, "explain", id)
		r.wantExit(t, 0)
		if !strings.HasPrefix(r.stdout, strings.ToUpper(id)) {
			t.Errorf("explain %s: %q", id, r.stdout)
		}
	}
	with().execute(t, "explain", "MASK-O1").wantRefusal(t, `did you mean "MASK-01"?`)
}

// TestUsage wants one line for a command line that says nothing that can be done.
func TestUsage(t *testing.T) {
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"unknown command", []string{"rum"}, `there is no command "rum", did you mean "run"?`},
		{"unknown flag", []string{"run", "--concurency=3"}, `there is no flag "concurency", did you mean "concurrency"?`},
		{"nearly a token as a flag", []string{"run", "--tokken=x"}, "there is no flag that takes a token: set OMASPEC_TOKEN"},
		{"a token as a flag", []string{"run", "--token", "x"}, "there is no flag that takes a token: set OMASPEC_TOKEN"},
		{"an argument too many", []string{"run", "https://staging.example"}, "takes no argument, and was given 1"},
		{"a flag without its value", []string{"run", "--target"}, "needs an argument"},
		{"nothing to explain", []string{"explain"}, "takes one argument, ID, and was given 0"},
		{"a value that is none", []string{"run", "--concurrency", "0"}, "whole number from 1 to 64"},
		{"an unknown completion", []string{"run", "--profile", "strict"}, "gate, acceptance"},
		{"a missing configuration", []string{"run", "--config", "none.yaml"}, "--config: no such file"},
		{"a configuration that is meant and not named", []string{"run", "--config", ""}, "--config is empty"},
		{"an unknown topic of the help", []string{"help", "rum"}, `did you mean "run"?`},
		{"a fault that is meant and not named", []string{"serve", "--fault", ""}, "there is no such fault or variant"},
		{"an unknown shell", []string{"completion", "bsh"}, `there is no command "bsh", did you mean "bash"?`},
	} {
		t.Run(test.name, func(t *testing.T) {
			with().execute(t, test.args...).wantRefusal(t, test.want)
		})
	}
}
