// Command omaspec tells whether an implementation of
// GET /rest/oma/softwareconsole/tenant/querytenantbasic keeps its published
// contract. This package is the command line alone: one small file a command.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"omaspec/reports"
	"omaspec/reports/defect"
)

// version is set by the Makefile from the git tag.
var version = "dev"

func main() {
	abortOnCrash()
	collectLess(200)
	os.Exit(execute(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// collectLess makes the garbage collector trade memory for time, unless GOGC says
// what it is to do: a run of a tenth of a second spent a fifth of it on collecting.
func collectLess(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// exitError is an error that ends the process with its own code.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string { return e.err.Error() }
func (e exitError) Unwrap() error { return e.err }

// usage marks an error of the command line or the configuration.
func usage(err error) error { return exitError{reports.ExitUsage, err} }

// errQuiet ends the process with a code and without another word.
var errQuiet = errors.New("")

// execute runs the command line and returns the exit code. Whatever goes wrong
// is one line on stderr.
func execute(args []string, stdin io.Reader, stdout, stderr io.Writer) (code int) {
	defer func() {
		if p := recover(); p != nil {
			// What it panicked with may hold something that the target sent.
			fmt.Fprintf(stderr, "omaspec: %v, with the version: %s\n", defect.Of(p), version)
			code = reports.ExitDefect
		}
	}()
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	speakOfArguments(root)
	err := root.Execute()
	if err == nil {
		return reports.ExitConformant
	}
	code = reports.ExitUsage
	if e, ok := errors.AsType[exitError](err); ok {
		code = e.code
	}
	if !errors.Is(err, errQuiet) {
		fmt.Fprintln(stderr, "omaspec: "+reports.Line(err.Error()))
	}
	return code
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use: "omaspec", DisableFlagsInUseLine: true,
		Short: "Tell whether an implementation of querytenantbasic keeps its contract",
		Long: `omaspec tells whether an implementation of the interface "Querying Customer
Information" keeps its published contract, which sentence it breaks, and where:

    GET /rest/oma/softwareconsole/tenant/querytenantbasic

Try it on the reference target that is built in, then on your own:

    omaspec run
    OMASPEC_TOKEN_FILE=token omaspec run --target https://staging.example

Exit codes: 0 conformant, 1 non-conformant, 2 usage, 3 inconclusive,
4 regression (reserved), 5 a defect of omaspec, 130 interrupted.`,
		SilenceUsage:      true,
		SilenceErrors:     true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: false},
	}
	root.AddCommand(newRun(), newServe(), newList(), newJudge(), newRender(), newExplain(), newSelftest(), newVersion())
	return root
}

// tool identifies this build in the record.
func tool() reports.Tool {
	t := reports.Tool{Name: "omaspec", Version: version, Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				t.Commit = s.Value
			}
		}
	}
	return t
}
