package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"omaspec/reports"
	"omaspec/suites/config"
	"omaspec/suites/probe"
	"omaspec/suites/session"
)

func newRun() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Judge a target, or the embedded reference target",
		Long: `Judge the implementation at --target, or the embedded reference target.

The tokens come from the environment and never from the command line:
OMASPEC_TOKEN, and for more requirements OMASPEC_TOKEN_SECOND_TENANT,
OMASPEC_TOKEN_EXPIRED, OMASPEC_TOKEN_REVOKED, OMASPEC_TOKEN_NOT_PURCHASED,
OMASPEC_TOKEN_UPSTREAM_FAILURE, OMASPEC_TOKEN_FOREIGN; each also as a file
(mode 0600) that the variable with _FILE names; an empty one is none. Whoever
gives a token has to name a target. OMASPEC_TOKEN_COMMAND is a command that
prints the valid token; OMASPEC_GATEWAY_BASIC and OMASPEC_GATEWAY_COOKIE are
for a gateway in front.

Options are read from omaspec.yaml, then from variables (--ca-file is
OMASPEC_CA_FILE), then from flags; the last one counts.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("config") && file == "" {
				return usage(errors.New("--config is empty: give the file, or leave it out"))
			}
			c, err := config.Load(config.Inputs{File: file, Lookup: os.LookupEnv, Environ: os.Environ(), Flags: given(cmd.Flags())})
			if err != nil {
				return usage(err)
			}
			return run(cmd, c)
		},
	}
	cmd.Flags().StringVar(&file, "config", "", "`FILE` to read instead of omaspec.yaml")
	addOptions(cmd)
	return cmd
}

// addOptions makes flags of the named options, or of all of them.
func addOptions(cmd *cobra.Command, names ...string) {
	cmd.SetUsageFunc(usageByGroup)
	for _, o := range config.Options {
		if len(names) > 0 && !slices.Contains(names, o.Name) {
			continue
		}
		f := cmd.Flags().VarPF(&flagValue{option: o}, o.Name, shorthands[o.Name], strings.ReplaceAll(o.Help, "`", "'"))
		f.DefValue = o.Default
		if o.Value == "" {
			f.NoOptDefVal = "true"
		}
	}
}

// shorthands are the flags of one letter.
var shorthands = map[string]string{"verbose": "v"}

// flagValue is what was given for an option on the command line. Where an option
// takes one value, the last one counts.
type flagValue struct {
	option config.Option
	values []string
}

// Set implements pflag.Value. What a value means is decided by the option.
func (f *flagValue) Set(value string) error {
	if !f.option.List {
		f.values = nil
	}
	f.values = append(f.values, value)
	return nil
}

// String implements pflag.Value.
func (f *flagValue) String() string { return strings.Join(f.values, ",") }

// Type implements pflag.Value: what the help shows behind the flag's name.
func (f *flagValue) Type() string { return cmp.Or(f.option.Value, "bool") }

// given collects the flags that were given, by name.
func given(flags *pflag.FlagSet) map[string][]string {
	all := map[string][]string{}
	flags.Visit(func(f *pflag.Flag) {
		if v, ok := f.Value.(*flagValue); ok {
			all[f.Name] = v.values
		}
	})
	return all
}

// run is the life of one run: plan, gather, judge, report.
func run(cmd *cobra.Command, c config.Config) error {
	screen := newScreen(cmd.OutOrStdout(), cmd.ErrOrStderr(), c)
	setup := &session.Setup{Config: c, Tool: tool()}
	plan, stop, err := prepare(setup, cmd.InOrStdin())
	defer stop()
	if err != nil {
		return usage(err)
	}
	if c.DryRun {
		return preview(cmd.OutOrStdout(), plan.Preview())
	}
	if err := checkReports(c); err != nil {
		return usage(err)
	}
	// Who reads the console or the progress may leave; the run goes on.
	signal.Ignore(syscall.SIGPIPE)
	ctx, settle := interruptible(cmd.Context())
	if err := plan.Await(ctx, screen.waiting()); err != nil {
		settle()
		return usage(err)
	}
	progress := screen.begin(plan)
	captured, err := plan.Gather(ctx, progress.set)
	progress.finish()
	if err != nil {
		settle()
		return usage(err)
	}
	judged := captured.Judge(ctx)
	settle() // without run.json, which comes last, there are no reports
	return report(screen, c.Folder(), judged)
}

// prepare reads the secrets, starts the embedded target when there is no other,
// and plans the run. stop ends what was started.
func prepare(setup *session.Setup, stdin io.Reader) (plan *session.Plan, stop func(), err error) {
	stop = func() {}
	from := config.Sources{Lookup: os.LookupEnv}
	if setup.Config.TokenStdin {
		from.Stdin = stdin
	}
	if err := setup.LoadSecrets(from); err != nil {
		return nil, stop, err
	}
	if setup.Config.Embedded() {
		server, err := session.Embed(setup)
		if err != nil {
			return nil, stop, err
		}
		stop = func() { _ = server.Close() }
	}
	plan, err = setup.Plan()
	return plan, stop, err
}

// preview prints what would be sent, and what would not.
func preview(w io.Writer, p probe.Preview) error {
	for _, r := range p.Requests {
		if _, err := fmt.Fprintln(w, r); err != nil {
			return err
		}
	}
	for _, u := range p.Unsent {
		if _, err := fmt.Fprintf(w, "not sent: %s, because %s (%s)\n", u.Probe, u.Reason, cmp.Or(u.Remedy, "nothing to be done")); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%d requests would be sent, %d probes not\n", len(p.Requests), len(p.Unsent))
	return err
}

// checkReports tells, before anything is done, whether reports can be written.
func checkReports(c config.Config) error {
	if c.Folder() == "" {
		return nil
	}
	return reports.CheckFolder(c.Folder())
}

// report writes the reports folder, unless that is "", tells the person and the CI system, and
// returns the run's exit code. A console that cannot be written leaves that as it
// is, but for a success that would stand nowhere.
func report(screen *screen, folder string, judged *session.Judged) error {
	record, artefacts, err := judged.Report()
	if err != nil {
		return exitError{reports.ExitDefect, err}
	}
	if folder != "" {
		if err := reports.Write(folder, artefacts); err != nil {
			return exitError{reports.ExitDefect, err}
		}
	}
	if err := screen.show(record, artefacts); err != nil {
		err = fmt.Errorf("write to standard output: %w", err)
		if folder == "" && record.ExitCode == reports.ExitConformant {
			return exitError{reports.ExitDefect, err}
		}
		screen.warn(err)
	}
	if record.ExitCode != reports.ExitConformant {
		return exitError{record.ExitCode, errQuiet}
	}
	return nil
}

// appendTo appends to a file that the CI system names, such as the step summary.
func appendTo(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}
