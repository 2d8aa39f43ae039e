package main

import (
	"bytes"
	"context"
	"encoding/json"
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

// asCommand makes the test binary behave as omaspec, for processes that the race
// detector watches.
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
	code := m.Run()
	_ = os.RemoveAll(bin)
	os.Exit(code)
}

// surroundings are the variables that say how a console looks.
var surroundings = []string{"CI", "NO_COLOR", "TERM", "LANG", "LC_ALL", "LC_CTYPE"}

// bin is the folder of the built program, "" without one.
var bin string

// build builds omaspec as make build does, once. Under the race detector a process
// takes five times as long, and most tests ask only what a process leaves behind.
var build = sync.OnceValues(func() (path string, err error) {
	if bin, err = os.MkdirTemp("", "omaspec-test-"); err != nil {
		return "", err
	}
	path = filepath.Join(bin, "omaspec")
	build := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-o", path, ".")
	build.Dir, build.Env = here, append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return path, err
})

// here is the folder of this package, which tests leave.
var here, _ = os.Getwd()

// program is the path of the built program.
func program(t *testing.T) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// processLimit is far longer than any process here lives, so that a hanging one
// fails its test and nothing else.
const processLimit = time.Minute

// command is omaspec with its environment, in a folder of its own.
type command struct {
	env    map[string]string
	stdin  string
	dir    string // working directory; "" is a new one
	folder string // of the reports; "" is "out" in dir

	// Of processes only:
	watched bool     // by the race detector, if the tests are
	shell   string   // what a shell does before it becomes omaspec
	stdout  *os.File // nil is what ran.stdout shows
	stderr  *os.File // nil is what ran.stderr shows
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

// execute runs any command of omaspec in this process. Its environment is that of
// the process, so that tests which use it cannot run beside others.
func (c command) execute(t *testing.T, args ...string) *ran {
	t.Helper()
	c.settle(t)
	t.Chdir(c.dir)
	for name, value := range c.env {
		t.Setenv(name, value)
	}
	var stdout, stderr bytes.Buffer
	code := execute(args, strings.NewReader(c.stdin), &stdout, &stderr)
	return &ran{code: code, stdout: stdout.String(), stderr: stderr.String(), files: c.files(t)}
}

// refuse runs omaspec run in this process, which must not come so far as to send
// anything.
func (c command) refuse(t *testing.T, args ...string) *ran {
	t.Helper()
	c.settle(t)
	return c.execute(t, append([]string{"run", "--reports", c.folder}, args...)...)
}

// start starts omaspec as a process, which ends with the test at the latest.
func (c *command) start(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	c.settle(t)
	path, env := program(t), os.Environ()
	if c.watched {
		var err error
		if path, err = os.Executable(); err != nil {
			t.Fatal(err)
		}
		env = append(env, asCommand+"=1")
	}
	args = append([]string{path}, args...)
	if c.shell != "" {
		args = append([]string{"sh", "-c", c.shell + `; exec "$0" "$@"`}, args...)
	}
	ctx, cancel := context.WithTimeout(t.Context(), processLimit)
	t.Cleanup(cancel)
	p := exec.CommandContext(ctx, args[0], args[1:]...)
	p.Dir = c.dir
	for name, value := range c.env {
		env = append(env, name+"="+value)
	}
	p.Env = env
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

// startRun starts omaspec run.
func (c *command) startRun(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	c.settle(t)
	return c.start(t, append([]string{"run", "--reports", c.folder}, args...)...)
}

// run runs omaspec run as a process.
func (c command) run(t *testing.T, args ...string) *ran {
	t.Helper()
	return c.wait(t, c.startRun(t, args...))
}

// process runs any command of omaspec as a process.
func (c command) process(t *testing.T, args ...string) *ran {
	t.Helper()
	return c.wait(t, c.start(t, args...))
}

// wait waits for a process that was started.
func (c *command) wait(t *testing.T, p *exec.Cmd) *ran {
	t.Helper()
	err := p.Wait()
	if p.ProcessState == nil {
		t.Fatal(err)
	}
	r := &ran{code: p.ProcessState.ExitCode(), files: c.files(t)}
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

// ran is what one omaspec left behind.
type ran struct {
	code           int
	stdout, stderr string
	files          map[string][]byte // of the reports folder, by name; nil without one
	run            *reports.Run      // what record has read
}

// record is run.json. Under the race detector reports.Read takes half a second for
// it, and most tests ask for a word of it.
func (r *ran) record(t *testing.T) *reports.Run {
	t.Helper()
	if r.run == nil {
		run := &reports.Run{}
		if err := json.Unmarshal(r.files["run.json"], run); err != nil {
			t.Fatalf("%v\n%s%s", err, r.stdout, r.stderr)
		}
		r.run = run
	}
	return r.run
}

// wantWhole wants a run.json that the program itself reads again, which refuses one
// that is not whole.
func (r *ran) wantWhole(t *testing.T) {
	t.Helper()
	again := with().process(t, "render", write(t, "run.json", string(r.files["run.json"]), 0o600), "--output", os.DevNull)
	if again.code != 0 {
		t.Errorf("run.json: %s", again.stderr)
	}
}

// outcome is that of one requirement in run.json.
func (r *ran) outcome(t *testing.T, id string) schemas.Outcome {
	t.Helper()
	return r.result(t, id).Outcome
}

func (r *ran) result(t *testing.T, id string) reports.Result {
	t.Helper()
	run := r.record(t)
	i := slices.IndexFunc(run.Requirements, func(x reports.Result) bool { return x.ID == id })
	if i < 0 {
		t.Fatalf("run.json does not hold %s", id)
	}
	return run.Requirements[i]
}

// violated lists the requirements of run.json that failed or warned.
func (r *ran) violated(t *testing.T) []string {
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
func (r *ran) everything() map[string][]byte {
	all := map[string][]byte{"stdout": []byte(r.stdout), "stderr": []byte(r.stderr)}
	for name, b := range r.files {
		all[name] = b
	}
	return all
}

// trace matches what Go prints about a panic or a goroutine.
var trace = regexp.MustCompile(`goroutine \d|panic:|\.go:\d|runtime error|0x[0-9a-f]{6,}`)

// wantExit wants an exit code and output that can be shown to anybody.
func (r *ran) wantExit(t *testing.T, code int, secrets ...string) {
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
func (r *ran) wantRefusal(t *testing.T, want string, secrets ...string) {
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

// wantReason wants a run that was made, and whose last line and whole record give the
// reason: a verdict in so many words.
func (r *ran) wantReason(t *testing.T, code int, want string, secrets ...string) {
	t.Helper()
	r.wantExit(t, code, secrets...)
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	if last := lines[len(lines)-1]; !strings.Contains(last, want) || !strings.Contains(last, fmt.Sprintf("exit %d: ", code)) {
		t.Errorf("the last line is %q, want the exit code and %q", last, want)
	}
	r.wantWhole(t)
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
var progressLine = regexp.MustCompile(`^omaspec: (?:waiting until .* is up, up to |not up after \d+ s: |up to \d+ requests to |\d+ of \d+ requests done after )`)

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

// write writes a file of that mode to a new folder.
func write(t *testing.T, name, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}
