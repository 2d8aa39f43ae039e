package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"omaspec/suites/config"
)

// What is wrong with a command line is said without quoting it: other tools take a
// token as an argument, and logs keep what an error says.

// speakOfArguments makes every command under root say what is wrong with its
// arguments. Call it when the streams are set, since it adds the commands help and
// completion.
func speakOfArguments(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	root.SetFlagErrorFunc(flagError)
	every(root, func(c *cobra.Command) {
		switch {
		case c.Name() == "help":
			c.Run, c.RunE = nil, helpAbout
		case !c.Runnable():
			c.Args, c.RunE = cobra.ArbitraryArgs, helpOrUnknown
		case c.Args != nil:
			c.Args = countOnly(c.Args)
		}
	})
}

func every(c *cobra.Command, do func(*cobra.Command)) {
	do(c)
	for _, sub := range c.Commands() {
		every(sub, do)
	}
}

// helpOrUnknown is what a command does that only holds others.
func helpOrUnknown(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return cmd.Help()
	}
	return unknownCommand(cmd, args[0])
}

func helpAbout(cmd *cobra.Command, args []string) error {
	about, rest, err := cmd.Root().Find(args)
	switch {
	case err != nil || about == nil:
		return unknownCommand(cmd.Root(), args[0])
	case len(rest) > 0:
		return unknownCommand(about, rest[0])
	}
	about.InitDefaultHelpFlag()
	return about.Help()
}

func unknownCommand(cmd *cobra.Command, word string) error {
	var names []string
	for _, sub := range cmd.Commands() {
		names = append(names, sub.Name())
	}
	return usage(fmt.Errorf("%s; `%s --help` shows all", config.Unknown("command", word, names), cmd.CommandPath()))
}

// countOnly says of arguments that are refused only how many there are.
func countOnly(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) == nil {
			return nil
		}
		want := "no argument"
		if _, words, ok := strings.Cut(cmd.Use, " "); ok {
			want = "one argument, " + words
		}
		return usage(fmt.Errorf("`%s` takes %s, and was given %d; tokens come from variables, see `omaspec run --help`", cmd.CommandPath(), want, len(args)))
	}
}

// flagError says what is wrong with a flag.
func flagError(cmd *cobra.Command, err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		names := []string{tokenFlag}
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		text := config.Unknown("flag", unknown.GetSpecifiedName(), names)
		if strings.HasSuffix(text, fmt.Sprintf("%q?", tokenFlag)) || unknown.GetSpecifiedName() == tokenFlag {
			return usage(errors.New("there is no flag that takes a token: set OMASPEC_TOKEN, or OMASPEC_TOKEN_FILE to a file that holds it"))
		}
		return usage(fmt.Errorf("%s; `%s --help` shows all", text, cmd.CommandPath()))
	}
	if invalid, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return usage(fmt.Errorf("--%s takes another value: %s", invalid.GetFlag().Name, kindOf(invalid.GetFlag())))
	}
	if bare, ok := errors.AsType[*pflag.ValueRequiredError](err); ok && bare.GetFlag() != nil {
		return usage(fmt.Errorf("flag needs an argument: --%s", bare.GetFlag().Name))
	}
	return usage(errors.New("a flag is not written as --NAME or --NAME=VALUE"))
}

// tokenFlag is what other tools call a flag that omaspec has not.
const tokenFlag = "token"

// kindOf says in words what kind of value a flag takes.
func kindOf(f *pflag.Flag) string {
	if f.Value.Type() == "bool" {
		return "true or false"
	}
	kind, _ := pflag.UnquoteUsage(f)
	return "a " + kind
}

// fileError is the error of a file that an argument names, without the argument.
func fileError(what string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, os.ErrNotExist) {
		err = errors.New("there is no such file")
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return fmt.Errorf("%s: %w", what, err)
}

// addressError is the error of an address to listen on, without the address.
func addressError(err error) error {
	if e, ok := errors.AsType[*net.AddrError](err); ok {
		return errors.New(e.Err)
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return errors.New(e.Err)
	}
	if e, ok := errors.AsType[*net.ParseError](err); ok {
		return errors.New("invalid " + e.Type)
	}
	if e, ok := errors.AsType[*net.OpError](err); ok {
		return e.Err
	}
	return err
}
