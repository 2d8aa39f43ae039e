//go:build unix

package reports

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestWriteToFolderOfOnesOwn writes where only the folder itself may be written to.
func TestWriteToFolderOfOnesOwn(t *testing.T) {
	const nobody = 65534
	parent := t.TempDir()
	dir := filepath.Join(parent, "out")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		protect(t, parent)
	} else {
		if err := errors.Join(os.Chmod(filepath.Dir(parent), 0o755), os.Chmod(parent, 0o755), os.Chown(dir, nobody, nobody), syscall.Seteuid(nobody)); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := syscall.Seteuid(0); err != nil {
				panic(err) // nothing after this would be what it says
			}
		}()
	}
	if err := os.Mkdir(filepath.Join(parent, "other"), 0o755); err == nil {
		t.Fatal("the parent can be written to")
	}
	for _, content := range []string{"first", "second"} {
		if err := errors.Join(CheckFolder(dir), Write(dir, artefacts(content))); err != nil {
			t.Fatal(err)
		}
		wantFolder(t, dir, artefacts(content), nil)
	}
}

// TestSharedFolder refuses a folder like /tmp where another user wrote reports: new
// files can be made there, and those of the other user cannot be replaced.
func TestSharedFolder(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs two users")
	}
	dir := t.TempDir()
	if err := errors.Join(Write(dir, artefacts("first")), os.Chmod(dir, 0o777|fs.ModeSticky), os.Chmod(filepath.Dir(dir), 0o755), syscall.Seteuid(65534)); err != nil {
		t.Fatal(err)
	}
	err := CheckFolder(dir)
	if back := syscall.Seteuid(0); back != nil {
		panic(back)
	}
	if err == nil || !strings.Contains(err.Error(), "operation not permitted; make it writable") {
		t.Errorf("got %v", err)
	}
	wantFolder(t, dir, artefacts("first"), nil)
}

// TestPermissions wants the umask to decide who may read reports.
func TestPermissions(t *testing.T) {
	for _, mask := range []int{0o022, 0o077, 0o027} {
		dir := t.TempDir() + "/out"
		before := syscall.Umask(mask)
		err := Write(dir, artefacts("a"))
		syscall.Umask(before)
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]fs.FileMode{"": 0o777, "run.json": 0o666, manifestName: 0o666} {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := info.Mode().Perm(), want&^fs.FileMode(mask); got != want {
				t.Errorf("umask %o: %q has %o, want %o", mask, name, got, want)
			}
		}
	}
}
