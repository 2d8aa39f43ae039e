package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"omaspec/fixtures/golden"
	"omaspec/reports"
	"omaspec/schemas"
)

// TestScript runs the scripts of fixtures/scripts: one file a behaviour, whose name
// begins with the command. They run the program, and have these commands more than
// testscript:
//
//	exits CODE PROGRAM [ARGUMENT...]
//		Run a program that must end with that code.
//	refused PATTERN PROGRAM [ARGUMENT...]
//		Run omaspec, which must end with 2 and with one line on standard error
//		that matches, and print nothing else.
//	serve [ARGUMENT...]
//		Start omaspec serve, and go on when it serves, at the URL TARGET and ADDRESS.
//	source FILE
//		Set the variables of a file of lines NAME='VALUE'.
//	interrupt
//		Interrupt what serve started, which must end with 0.
func TestScript(t *testing.T) {
	t.Parallel()
	bin := filepath.Dir(program(t))
	catalogue := schemas.Requirements()
	testscript.Run(t, testscript.Params{
		Dir:                "fixtures/scripts",
		UpdateScripts:      golden.Update(),
		RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Values[served{}] = &served{}
			e.Vars = append(e.Vars, "PATH="+bin+string(os.PathListSeparator)+e.Getenv("PATH"),
				"GO="+runtime.Version(), "CATALOGUE="+catalogue.Version, "REQUIREMENTS="+strconv.Itoa(len(catalogue.Requirements)))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "refused": refused, "serve": serveTarget, "source": source, "interrupt": interruptTarget,
		},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARGUMENT...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	err = ts.Exec(args[1], args[2:]...)
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		code = e.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

func refused(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: refused PATTERN PROGRAM [ARGUMENT...]")
	}
	exits(ts, false, append([]string{strconv.Itoa(reports.ExitUsage)}, args[1:]...))
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("there is something on standard output")
	}
	line := regexp.MustCompile(`\Aomaspec: (.*)\n\z`).FindStringSubmatch(ts.ReadFile("stderr"))
	if line == nil || !regexp.MustCompile(args[0]).MatchString(line[1]) {
		ts.Fatalf("standard error is not one line that matches %#q", args[0])
	}
}

// served is the omaspec serve that a script started, nil without one.
type served struct{ process *exec.Cmd }

func serveTarget(ts *testscript.TestScript, neg bool, args []string) {
	running := ts.Value(served{}).(*served)
	if neg || running.process != nil {
		ts.Fatalf("usage: serve [ARGUMENT...], one at a time")
	}
	ctx, cancel := context.WithTimeout(context.Background(), processLimit)
	path, err := build()
	ts.Check(err)
	p := exec.CommandContext(ctx, path, append([]string{"serve"}, args...)...)
	p.Dir, p.Stderr = ts.MkAbs("."), &bytes.Buffer{}
	stdout, err := p.StdoutPipe()
	ts.Check(err)
	ts.Check(p.Start())
	ts.Defer(func() { cancel(); _ = p.Wait() })
	running.process = p
	lines := bufio.NewScanner(stdout)
	for lines.Scan() { // the credentials are there before it says so
		if url, ok := strings.CutPrefix(lines.Text(), "serving the reference target at "); ok {
			_, address, _ := strings.Cut(url, "://")
			ts.Setenv("TARGET", url)
			ts.Setenv("ADDRESS", address)
			return
		}
	}
	ts.Fatalf("it does not serve: %s", p.Stderr)
}

func source(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: source FILE")
	}
	for _, m := range regexp.MustCompile(`(?m)^(\w+)='(.*)'$`).FindAllStringSubmatch(ts.ReadFile(args[0]), -1) {
		ts.Setenv(m[1], m[2])
	}
}

func interruptTarget(ts *testscript.TestScript, neg bool, args []string) {
	running := ts.Value(served{}).(*served)
	if neg || len(args) > 0 || running.process == nil {
		ts.Fatalf("usage: interrupt, after serve")
	}
	ts.Check(running.process.Process.Signal(os.Interrupt))
	if err := running.process.Wait(); err != nil {
		ts.Fatalf("%v: %s", err, running.process.Stderr)
	}
	running.process = nil
}
