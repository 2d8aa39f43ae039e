package config

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"omaspec/suites/file"
)

// TokenCommandVariable names a command whose first line of output is the valid token.
const TokenCommandVariable = prefix + "TOKEN_COMMAND"

// TokenCommand is a program and its arguments; none is no command. It may hold
// secrets, and is never shown.
type TokenCommand []string

// TokenCommand reads the command: a JSON array of strings, or words between spaces.
// No shell sees it, so what would mean something to one is refused outside of an array.
func (c Config) TokenCommand(from Sources) (TokenCommand, error) {
	text := read(from.Lookup, TokenCommandVariable)
	if !strings.HasPrefix(strings.TrimSpace(text), "[") {
		if strings.ContainsAny(text, "\"'`\\$|&;<>()") {
			return nil, errors.New(TokenCommandVariable + ` is run by no shell: write what has spaces or signs as a JSON array, ["sh", "-c", "..."]`)
		}
		return strings.Fields(text), nil
	}
	var argv TokenCommand
	if err := json.Unmarshal([]byte(text), &argv); err != nil || len(argv) == 0 || strings.TrimSpace(argv[0]) == "" {
		return nil, errors.New(TokenCommandVariable + ` begins like a JSON array, and is none of strings: ["PROGRAM", "ARGUMENT"]`)
	}
	return argv, nil
}

// How long a token command may take, and how long what it started may keep its output.
const (
	commandLimit = 30 * time.Second
	commandGrace = time.Second
)

// Token runs the command, for at most half a minute. Its errors quote nothing of the
// command or of its output; what it writes to standard error is not shown.
func (t TokenCommand) Token(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, t[0], t[1:]...) // #nosec G204 -- whoever starts the run chooses it
	out := &firstBytes{room: file.Limit}
	cmd.Stdout, cmd.WaitDelay = out, commandGrace
	err := cmd.Run()
	exit, exited := errors.AsType[*exec.ExitError](err)
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		err = errors.New("the run was interrupted before it ended")
	case ctx.Err() != nil:
		err = fmt.Errorf("it did not end within %s", commandLimit)
	case errors.Is(err, exec.ErrNotFound):
		err = errors.New("there is no such program")
	case exited && exit.ExitCode() >= 0:
		err = fmt.Errorf("it exited with %d; run it by hand to see why", exit.ExitCode())
	case exited:
		err = errors.New("it was ended by a signal")
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		err = errors.New("it cannot be run")
	default:
		err = nil
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", TokenCommandVariable, err)
	}
	text, err := file.Text(out.Bytes())
	if err != nil {
		return "", fmt.Errorf("%s: %w", TokenCommandVariable, err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if line = strings.TrimSuffix(line, "\r"); strings.TrimSpace(line) == "" {
		return "", fmt.Errorf("%s: the first line of its output is empty", TokenCommandVariable)
	}
	return line, nil
}

// firstBytes keeps the first bytes that are written to it.
type firstBytes struct {
	bytes.Buffer
	room int
}

func (f *firstBytes) Write(b []byte) (int, error) {
	kept := b[:min(len(b), f.room)]
	f.room -= len(kept)
	_, _ = f.Buffer.Write(kept)
	return len(b), nil
}
