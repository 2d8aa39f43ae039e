package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"omaspec/fixtures"
	"omaspec/fixtures/faults"
	"omaspec/suites/config"
	"omaspec/suites/probe"
)

func newServe() *cobra.Command {
	var listen fixtures.Listen
	var folder string
	var seed uint64
	var fault string
	var listAll bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the reference target",
		Long: `Serve the reference target: a complete and correct implementation.

Its tokens are not printed. They are written, with the true data of its two
customers and over TLS with the CA's certificate, to the folder --credentials
in files that only you can read; source its file env to judge the target:

    omaspec serve --addr 127.0.0.1:8080 --credentials creds &
    until [ -s creds/env ]; do sleep 0.1; done
    set -a; . creds/env; set +a
    omaspec run --target http://127.0.0.1:8080

When the target ends, the files go.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if listAll {
				return listFaults(cmd.OutOrStdout())
			}
			var options []fixtures.Option
			if fault != "" || cmd.Flags().Changed("fault") {
				apply, ok := faults.Find(fault)
				if !ok {
					return usage(fmt.Errorf("%s; --list-faults shows all", config.Unknown("fault or variant", fault, faultNames())))
				}
				options = append(options, fixtures.With(apply))
			}
			if cmd.Flags().Changed("seed") {
				options = append(options, fixtures.WithSeed(seed))
			}
			target := fixtures.NewTarget(options...)
			server, err := target.Start(listen)
			if err != nil {
				return usage(fmt.Errorf("--addr: %w", addressError(err)))
			}
			defer func() { _ = server.Close() }()
			// Before the credentials are there: whoever sees them may end it at once.
			ctx, release := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer release()
			if err := writeCredentials(folder, target, server); err != nil {
				return usage(fileError("--credentials", err))
			}
			defer removeCredentials(folder) // the tokens end with the target
			fmt.Fprintf(cmd.OutOrStdout(), "serving the reference target at %s\ncredentials in %s\n", server.URL, folder)
			<-ctx.Done()
			return nil
		},
	}
	cmd.Flags().StringVar(&listen.Addr, "addr", "127.0.0.1:0", "`HOST:PORT` to listen on; port 0 is any free one")
	cmd.Flags().BoolVar(&listen.TLS, "tls", false, "serve https, with a certificate of a CA made for this process")
	cmd.Flags().BoolVar(&listen.HTTP1Only, "http1-only", false, "do not offer HTTP/2")
	cmd.Flags().StringVar(&folder, "credentials", "omaspec-credentials", "`DIR` for the tokens, the subject and the CA")
	cmd.Flags().StringVar(&fault, "fault", "", "`NAME` of one thing to do wrong, or of a conforming variant")
	cmd.Flags().BoolVar(&listAll, "list-faults", false, "list the faults and variants, and serve nothing")
	cmd.Flags().Uint64Var(&seed, "seed", 0, "make the same tokens each time; without it they are random")
	return cmd
}

// listFaults lists every fault and every variant.
func listFaults(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range faults.Faults() {
		fmt.Fprintf(table, "%s\t%s\n", f.Name, f.Summary)
	}
	for _, v := range faults.Variants() {
		fmt.Fprintf(table, "%s\t%s (conforming)\n", v.Name, v.Summary)
	}
	return table.Flush()
}

func faultNames() []string {
	var names []string
	for _, f := range faults.Faults() {
		names = append(names, f.Name)
	}
	return names
}

// writeCredentials writes what a run against the target needs.
func writeCredentials(folder string, target *fixtures.Target, server *fixtures.Server) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	var env strings.Builder
	for _, role := range probe.Roles {
		fmt.Fprintf(&env, "%s='%s'\n", role.Variable, target.Tokens()[fixtures.Role(role.Role)])
	}
	fmt.Fprintf(&env, "OMASPEC_SUBJECT_FILE='%s'\n", filepath.Join(absolute, "subject.yaml"))
	files := map[string]string{"subject.yaml": subjectYAML(target)}
	if server.CA != nil {
		files["ca.pem"] = string(server.CA)
		fmt.Fprintf(&env, "OMASPEC_CA_FILE='%s'\n", filepath.Join(absolute, "ca.pem"))
	}
	for name, content := range files {
		err = errors.Join(err, writePrivate(filepath.Join(folder, name), content))
	}
	// env comes last: whoever waits for it finds everything.
	return errors.Join(err, writePrivate(filepath.Join(folder, "env"), env.String()))
}

// removeCredentials removes what writeCredentials wrote, and the folder if nothing
// else is in it.
func removeCredentials(folder string) {
	for _, name := range []string{"env", "subject.yaml", "ca.pem"} {
		_ = os.Remove(filepath.Join(folder, name))
	}
	_ = os.Remove(folder)
}

// writePrivate replaces a file by one that only its owner can read.
func writePrivate(path, content string) error {
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		return err
	}
	return os.Chmod(path, 0o600)
}

// subjectYAML is the ground truth in the form that --subject-file takes.
func subjectYAML(target *fixtures.Target) string {
	var b strings.Builder
	values := func(s fixtures.Subject, indent string) {
		fmt.Fprintf(&b, "%smobilePhone: %q\n%scompany: %q\n%scustomerName: %q\n%semail: %q\n",
			indent, s.MobilePhone, indent, s.Company, indent, s.CustomerName, indent, s.Email)
	}
	values(target.Subject(fixtures.Valid), "")
	b.WriteString("second-tenant:\n")
	values(target.Subject(fixtures.SecondTenant), "  ")
	return b.String()
}
