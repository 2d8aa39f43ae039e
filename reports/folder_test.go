package reports

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func artefacts(content string) []Artefact {
	return []Artefact{
		{"run.json", []byte(content + " record")},
		{"junit.xml", []byte(content + " junit")},
		{"summary.md", []byte(content + " summary")},
	}
}

// wantFolder compares a folder's files with the artefacts, and its neighbours
// with nothing.
func wantFolder(t *testing.T, dir string, want []Artefact) {
	t.Helper()
	names := []string{manifestName}
	for _, a := range want {
		names = append(names, a.Name)
		got, err := os.ReadFile(filepath.Join(dir, a.Name))
		if err != nil || string(got) != string(a.Bytes) {
			t.Errorf("%s: got %q, %v; want %q", a.Name, got, err, a.Bytes)
		}
	}
	slices.Sort(names)
	if got := listed(t, dir); !slices.Equal(got, names) {
		t.Errorf("the folder holds %q, want %q", got, names)
	}
	if got := listed(t, filepath.Dir(dir)); len(got) != 1 {
		t.Errorf("beside the folder stand %q", got)
	}
}

func listed(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "reports", "latest")
	for _, content := range []string{"first", "second"} {
		if err := CheckFolder(dir); err != nil {
			t.Fatal(err)
		}
		if err := Write(dir, artefacts(content)); err != nil {
			t.Fatal(err)
		}
		wantFolder(t, dir, artefacts(content))
	}
	fewer := artefacts("third")[:1]
	if err := Write(dir, fewer); err != nil {
		t.Fatal(err)
	}
	wantFolder(t, dir, fewer)
}

func TestWriteToEmptyFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "latest")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := CheckFolder(dir); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, artefacts("a")); err != nil {
		t.Fatal(err)
	}
	wantFolder(t, dir, artefacts("a"))
}

func TestWriteToRelativePath(t *testing.T) {
	parent := t.TempDir()
	t.Chdir(parent)
	for range 2 {
		if err := errors.Join(CheckFolder("latest/"), Write("latest/", artefacts("a"))); err != nil {
			t.Fatal(err)
		}
	}
	wantFolder(t, filepath.Join(parent, "latest"), artefacts("a"))
}

// TestFolderRefused wants the same refusal from the check and from the writing,
// and everything left as it was.
func TestFolderRefused(t *testing.T) {
	file := func(t *testing.T, path, text string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name string
		make func(t *testing.T, parent string) (dir string)
		want string
	}{
		{"a folder with a user's file", func(t *testing.T, parent string) string {
			file(t, filepath.Join(parent, "latest", "notes.txt"), "mine")
			return filepath.Join(parent, "latest")
		}, `it holds "notes.txt", which omaspec did not write`},
		{"a reports folder with a user's file", func(t *testing.T, parent string) string {
			dir := filepath.Join(parent, "latest")
			if err := Write(dir, artefacts("a")); err != nil {
				t.Fatal(err)
			}
			file(t, filepath.Join(dir, "notes.txt"), "mine")
			return dir
		}, `it holds "notes.txt"`},
		{"a user's file of an artefact's name", func(t *testing.T, parent string) string {
			file(t, filepath.Join(parent, "latest", "run.json"), "mine")
			return filepath.Join(parent, "latest")
		}, `it holds "run.json"`},
		{"a manifest that is not one", func(t *testing.T, parent string) string {
			file(t, filepath.Join(parent, "latest", manifestName), "My files:\nrun.json\n")
			file(t, filepath.Join(parent, "latest", "run.json"), "mine")
			return filepath.Join(parent, "latest")
		}, "which omaspec did not write"},
		{"a folder in a file's place", func(t *testing.T, parent string) string {
			file(t, filepath.Join(parent, "latest", manifestName), manifestTitle+"\nrun.json\n")
			file(t, filepath.Join(parent, "latest", "run.json", "mine.txt"), "mine")
			return filepath.Join(parent, "latest")
		}, `it holds "run.json"`},
		{"a file", func(t *testing.T, parent string) string {
			file(t, filepath.Join(parent, "latest"), "mine")
			return filepath.Join(parent, "latest")
		}, "it is a file; choose another folder"},
		{"a link", func(t *testing.T, parent string) string {
			if err := os.Symlink(t.TempDir(), filepath.Join(parent, "latest")); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(parent, "latest")
		}, "it is a symbolic link; name the folder"},
		{"a file for a parent", func(t *testing.T, parent string) string {
			file(t, filepath.Join(parent, "reports"), "mine")
			return filepath.Join(parent, "reports", "latest")
		}, "not a directory"},
		{"a name too long", func(_ *testing.T, parent string) string {
			return filepath.Join(parent, strings.Repeat("n", 300))
		}, "file name too long"},
		{"no name", func(*testing.T, string) string { return "" }, "--reports"},
		{"the root", func(*testing.T, string) string { return "/" }, "which omaspec did not write"},
		{"a parent that cannot be written", func(t *testing.T, parent string) string {
			if os.Geteuid() == 0 {
				return "/proc/self/latest" // root may write anywhere but here
			}
			if err := os.Chmod(parent, 0o555); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = os.Chmod(parent, 0o755) })
			return filepath.Join(parent, "latest")
		}, "make its parent writable, or choose another folder with --reports"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			parent := t.TempDir()
			dir := test.make(t, parent)
			before := tree(t, parent)
			for what, err := range map[string]error{"check": CheckFolder(dir), "write": Write(dir, artefacts("a"))} {
				if err == nil {
					t.Fatalf("%s: not refused", what)
				}
				if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
					t.Errorf("%s: got %q, want one line with %q", what, err, test.want)
				}
				if !strings.Contains(err.Error(), filepath.Base(dir)) && dir != "" {
					t.Errorf("%s: %q does not name the path", what, err)
				}
			}
			if after := tree(t, parent); after != before {
				t.Errorf("before:\n%safter:\n%s", before, after)
			}
		})
	}
}

// tree lists everything below dir, with sizes.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		fmt.Fprintln(&b, path, d.Type(), info.Size())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestWriteFailsInTheMiddle wants the previous folder whole and nothing beside it.
func TestWriteFailsInTheMiddle(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "latest")
	if err := Write(dir, artefacts("first")); err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{
		strings.Repeat("n", 300): "file name too long",
		"../evil":                "is not a file name",
		"sub/run.json":           "is not a file name",
		"..":                     "is not a file name",
		".":                      "is not a file name",
		"":                       "is not a file name",
		"a\nb":                   "is not a file name",
		`a\b`:                    "is not a file name",
		"run.json":               "there are two files",
		manifestName:             "there are two files",
	}
	for name, want := range tests {
		err := Write(dir, append(artefacts("second"), Artefact{Name: name}))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", name, err, want)
		}
		wantFolder(t, dir, artefacts("first"))
	}
}

// TestWriteAtOnce lets many runs write one folder, and wants one of them whole.
func TestWriteAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "latest")
	const runs, times = 4, 10
	var all sync.WaitGroup
	for run := range runs {
		all.Go(func() {
			for range times {
				if err := errors.Join(CheckFolder(dir), Write(dir, artefacts(fmt.Sprint("run ", run)))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	record, err := os.ReadFile(filepath.Join(dir, "run.json"))
	if err != nil {
		t.Fatal(err)
	}
	wantFolder(t, dir, artefacts(strings.TrimSuffix(string(record), " record")))
}
