package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"omaspec/reports"
)

// TestServeRecipe does what the help of serve says, in a shell, and ends the
// target: nothing of it is left behind, so that nobody uses its tokens later.
func TestServeRecipe(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	_ = l.Close()
	var script strings.Builder
	for line := range strings.Lines(newServe().Long) {
		if command, ok := strings.CutPrefix(line, "    "); ok {
			script.WriteString(strings.ReplaceAll(strings.ReplaceAll(command, "omaspec ", `"$0" `), "8080", fmt.Sprint(port)))
		}
	}
	script.WriteString("\ncode=$?\nkill $!\nwait $!\nexit $code\n")
	ctx, cancel := context.WithTimeout(t.Context(), processLimit)
	defer cancel()
	shell := exec.CommandContext(ctx, "sh", "-c", script.String(), program(t))
	shell.Dir, shell.WaitDelay = t.TempDir(), time.Second // for what the shell leaves running
	output, _ := shell.CombinedOutput()
	if code := shell.ProcessState.ExitCode(); code != reports.ExitConformant {
		t.Errorf("exit code %d:\n%s\n%s", code, script.String(), output)
	}
	if _, err := os.Stat(filepath.Join(shell.Dir, "creds")); !os.IsNotExist(err) {
		t.Errorf("the credentials are still there: %v", err)
	}
}
