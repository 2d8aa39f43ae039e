package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

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
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	shell := exec.CommandContext(t.Context(), "sh", "-c", script.String(), self)
	shell.Dir, shell.Env = t.TempDir(), append(os.Environ(), asCommand+"=1")
	output, _ := shell.CombinedOutput()
	if code := shell.ProcessState.ExitCode(); code != reports.ExitConformant {
		t.Errorf("exit code %d:\n%s\n%s", code, script.String(), output)
	}
	if _, err := os.Stat(filepath.Join(shell.Dir, "creds")); !os.IsNotExist(err) {
		t.Errorf("the credentials are still there: %v", err)
	}
}

// TestMisnamedConfiguration: nobody judges without the file that they wrote.
func TestMisnamedConfiguration(t *testing.T) {
	for _, name := range []string{"omaspec.yml", ".omaspec.yaml", ".omaspec.yml"} {
		c := with()
		c.settle(t)
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte("target: http://127.0.0.1:1\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if r := c.run(t); r.code != reports.ExitUsage || !strings.Contains(r.stderr, name+" is read by nobody: call it omaspec.yaml") {
			t.Errorf("%s: exit code %d, %s", name, r.code, r.stderr)
		}
		if r := c.run(t, "--config", name); r.code == reports.ExitConformant || strings.Contains(r.stderr, "read by nobody") {
			t.Errorf("%s named: exit code %d, %s", name, r.code, r.stderr)
		}
	}
}
