package file

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestText(t *testing.T) {
	for _, test := range []struct{ name, in, want string }{
		{"no mark", "a\n", "a\n"},
		{"nothing", "", ""},
		{"a mark", "\ufeffa", "a"},
		{"a mark alone", "\ufeff", ""},
		{"two marks", "\ufeff\ufeffa", "a"},
		{"a mark inside", "a\ufeff", "a\ufeff"},
		{"UTF-16, little end first", "\xff\xfea\x00\x3d\xd8\x00\xde", "a😀"},
		{"UTF-16, big end first", "\xfe\xff\x00a\x00\n", "a\n"},
		{"bytes that are no text", "\xffa", "\xffa"},
	} {
		got, err := Text([]byte(test.in))
		if err != nil || string(got) != test.want {
			t.Errorf("%s: %q, %v", test.name, got, err)
		}
	}
	if _, err := Text([]byte("\xff\xfea")); err == nil {
		t.Error("half a character of UTF-16 was accepted")
	}
}

// TestModes holds which modes are read by which choice.
func TestModes(t *testing.T) {
	for _, test := range []struct {
		mode              os.FileMode
		private, readable string // what the error says; "" is none
	}{
		{0o600, "", ""},
		{0o400, "", ""},
		{0o700, "", ""},
		{0o440, "--secret-files readable", ""},
		{0o444, "--secret-files readable", ""},
		{0o640, "run: chmod 600", ""},
		{0o644, "mode 0644", ""},
		{0o604, "can be read by others", ""},
		{0o660, "can be read by others", "can be written by others"},
		{0o602, "can be read by others", "run: chmod go-w"},
		{0o777, "can be read by others", "mode 0777"},
	} {
		for readable, want := range map[bool]string{false: test.private, true: test.readable} {
			path := write(t, "secret", test.mode)
			link := filepath.Join(t.TempDir(), "link")
			if err := os.Symlink(path, link); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{path, link} {
				b, err := ReadSecret(path, readable)
				if want == "" && (err != nil || string(b) != "secret") || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
					t.Errorf("mode %04o, readable %v: %q, %v; want %q", test.mode, readable, b, err, want)
				}
			}
		}
	}
}

// TestPipes reads what a shell hands over as /dev/fd/63, and a named pipe.
func TestPipes(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := w.WriteString("\ufeffsecret"); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	path := fmt.Sprintf("/dev/fd/%d", r.Fd())
	if _, err := os.Stat(path); err != nil {
		t.Skip("this system has no /dev/fd: " + err.Error())
	}
	if _, err := ReadSecret(path, false); err == nil || !strings.Contains(err.Error(), "--secret-files readable") {
		t.Errorf("private: %v", err)
	}
	if b, err := ReadSecret(path, true); err != nil || string(b) != "secret" {
		t.Errorf("%q, %v", b, err)
	}

	patience = 100 * time.Millisecond
	t.Cleanup(func() { patience = 10 * time.Second })
	named := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(named, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, readable := range []bool{false, true} {
		started := time.Now()
		if _, err := ReadSecret(named, readable); err == nil || time.Since(started) > 5*time.Second {
			t.Errorf("a pipe that nobody writes to, readable %v: %v after %s", readable, err, time.Since(started))
		}
	}
}

// TestErrorsQuoteNoPath wants nothing of a path at which nothing is.
func TestErrorsQuoteNoPath(t *testing.T) {
	for _, path := range []string{"Mk3srLl4pnoB", "/tmp/Mk3srLl4pnoB/x", "Mk3srLl4pnoB\x00", strings.Repeat("Mk3srLl4pnoB", 1000)} {
		for name, read := range map[string]func(string) ([]byte, error){
			"Read":     Read,
			"private":  func(path string) ([]byte, error) { return ReadSecret(path, false) },
			"readable": func(path string) ([]byte, error) { return ReadSecret(path, true) },
		} {
			if _, err := read(path); err == nil || strings.Contains(err.Error(), "Mk3") {
				t.Errorf("%s of %.20q: %v", name, path, err)
			}
		}
	}
}

func TestLimit(t *testing.T) {
	path := write(t, strings.Repeat("x", Limit+1), 0o600)
	if _, err := Read(path); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("error %v", err)
	}
}

func write(t *testing.T, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}
