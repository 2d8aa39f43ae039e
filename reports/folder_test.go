package reports

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func artefacts(content string) []Artefact {
	return []Artefact{
		{"run.json", []byte(`{"format":"omaspec.run","content":"` + content + `"}`)},
		{"junit.xml", []byte(content + " junit")},
		{"summary.md", []byte(content + " summary")},
	}
}

// contents is what stands in a folder: every name, with the text of files and
// without that of the manifest.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		b, _ := os.ReadFile(filepath.Join(dir, e.Name()))
		all[e.Name()] = string(b)
	}
	if all[manifestName] != "" {
		all[manifestName] = "a manifest"
	}
	return all
}

// wantFolder wants a folder to hold the artefacts, the files of somebody else,
// and nothing else.
func wantFolder(t *testing.T, dir string, want []Artefact, foreign map[string]string) {
	t.Helper()
	all := map[string]string{manifestName: "a manifest"}
	maps.Copy(all, foreign)
	for _, a := range want {
		all[a.Name] = string(a.Bytes)
	}
	if got := contents(t, dir); !maps.Equal(got, all) {
		t.Errorf("the folder holds %q, want %q", got, all)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func TestWrite(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "reports", "latest")
	for _, content := range []string{"first", "second"} {
		if err := errors.Join(CheckFolder(dir), Write(dir, artefacts(content))); err != nil {
			t.Fatal(err)
		}
		wantFolder(t, dir, artefacts(content), nil)
	}
	fewer := artefacts("third")[:1]
	if err := Write(dir, fewer); err != nil {
		t.Fatal(err)
	}
	wantFolder(t, dir, fewer, nil)
	if got := contents(t, filepath.Dir(dir)); len(got) != 1 {
		t.Errorf("beside the folder stands %q", got)
	}
}

func TestWriteToRelativePath(t *testing.T) {
	for _, name := range []string{"latest/", ".", "./-"} {
		t.Chdir(t.TempDir())
		for range 2 {
			if err := errors.Join(CheckFolder(name), Write(name, artefacts("a"))); err != nil {
				t.Fatal(err)
			}
		}
		wantFolder(t, name, artefacts("a"), nil)
	}
}

// TestWriteWherePeopleHaveFolders writes twice to folders as they are found on
// machines: what was there stays, and what was there of an earlier run does not.
func TestWriteWherePeopleHaveFolders(t *testing.T) {
	earlier := func(t *testing.T, dir string) {
		t.Helper()
		if err := Write(dir, append(artefacts("earlier"), Artefact{"report.html", []byte("earlier")}, Artefact{"evidence.har", []byte("earlier")})); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name    string
		make    func(t *testing.T, dir string)
		foreign map[string]string
	}{
		{"nothing", func(*testing.T, string) {}, nil},
		{"an empty folder", func(t *testing.T, dir string) { put(t, dir+"/x", ""); _ = os.Remove(dir + "/x") }, nil},
		{"kept in git", func(t *testing.T, dir string) { put(t, dir+"/.gitkeep", "") }, map[string]string{".gitkeep": ""}},
		{"ignored by git", func(t *testing.T, dir string) { put(t, dir+"/.gitignore", "*\n"); earlier(t, dir) }, map[string]string{".gitignore": "*\n"}},
		{"a desktop's", func(t *testing.T, dir string) { earlier(t, dir); put(t, dir+"/.DS_Store", "x") }, map[string]string{".DS_Store": "x"}},
		{"the root of a volume", func(t *testing.T, dir string) { put(t, dir+"/lost+found/x", "x") }, map[string]string{"lost+found": ""}},
		{"reports of other tools", func(t *testing.T, dir string) { put(t, dir+"/coverage.xml", "theirs"); earlier(t, dir) }, map[string]string{"coverage.xml": "theirs"}},
		{"back from an artifact", func(t *testing.T, dir string) { earlier(t, dir); _ = os.Remove(dir + "/" + manifestName) }, nil},
		{"back from an artifact, a record that was cut", func(t *testing.T, dir string) {
			earlier(t, dir)
			_ = os.Remove(dir + "/" + manifestName)
			put(t, dir+"/run.json", "{\n  \"format\": \"omaspec.run\",\n  \"ver")
		}, nil},
		{"reports that were removed by hand", func(t *testing.T, dir string) { earlier(t, dir); _ = os.Remove(dir + "/run.json") }, nil},
		{"a run that was killed", func(t *testing.T, dir string) {
			earlier(t, dir)
			_ = os.Remove(dir + "/run.json")
			put(t, dir+"/"+draftPrefix+"123/run.json", "half")
		}, nil},
		{"of the first version", func(t *testing.T, dir string) {
			put(t, dir+"/"+manifestName, "omaspec reports folder: the next run replaces it as a whole. Its files are:\nrun.json\nevidence.har\n")
			put(t, dir+"/run.json", "old")
			put(t, dir+"/evidence.har", "old")
		}, nil},
		{"a manifest that names places elsewhere", func(t *testing.T, dir string) {
			put(t, dir+"/"+manifestName, manifestTitle+"\n../precious\n")
			put(t, dir+"/run.json", `{"format":"omaspec.run"}`)
		}, nil},
		{"a manifest with a folder's name", func(t *testing.T, dir string) {
			put(t, dir+"/"+manifestName, manifestTitle+"\nmine\n")
			put(t, dir+"/mine/x", "x")
		}, map[string]string{"mine": ""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			parent := t.TempDir()
			dir := filepath.Join(parent, "out")
			put(t, filepath.Join(parent, "precious"), "precious")
			test.make(t, dir)
			for _, content := range []string{"first", "second"} {
				if err := errors.Join(CheckFolder(dir), Write(dir, artefacts(content))); err != nil {
					t.Fatal(err)
				}
				wantFolder(t, dir, artefacts(content), test.foreign)
			}
			if _, err := os.Stat(filepath.Join(parent, "precious")); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestWriteThroughLink writes to the folder that a link points to, and leaves the
// link.
func TestWriteThroughLink(t *testing.T) {
	dir, link := t.TempDir(), filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := errors.Join(CheckFolder(link), Write(link, artefacts("a"))); err != nil {
			t.Fatal(err)
		}
	}
	wantFolder(t, dir, artefacts("a"), nil)
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != fs.ModeSymlink {
		t.Errorf("the link is %v, %v", info, err)
	}
}

// mount mounts a file system in memory at dir until the test ends.
func mount(t *testing.T, dir, options string) {
	t.Helper()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("nothing can be mounted here: %s", out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
}

func TestWriteToMountPoint(t *testing.T) {
	dir := t.TempDir()
	mount(t, dir, "size=16m")
	for _, content := range []string{"first", "second"} {
		if err := errors.Join(CheckFolder(dir), Write(dir, artefacts(content))); err != nil {
			t.Fatal(err)
		}
		wantFolder(t, dir, artefacts(content), nil)
	}
}

// TestFolderRefused wants the check to find what would keep the reports from being
// written, and everything left as it was.
func TestFolderRefused(t *testing.T) {
	tests := []struct {
		name string
		make func(t *testing.T, parent string) (dir string)
		want string
	}{
		{"a user's file of an artefact's name", func(t *testing.T, parent string) string {
			put(t, filepath.Join(parent, "latest", "junit.xml"), "mine")
			return filepath.Join(parent, "latest")
		}, `it holds "junit.xml", which omaspec did not write; move that away`},
		{"a user's run.json", func(t *testing.T, parent string) string {
			put(t, filepath.Join(parent, "latest", "run.json"), `{"format":"somebody.else"}`)
			return filepath.Join(parent, "latest")
		}, `it holds "run.json"`},
		{"a user's file that only looks like a manifest", func(t *testing.T, parent string) string {
			put(t, filepath.Join(parent, "latest", manifestName), "My files:\nrun.json\n")
			return filepath.Join(parent, "latest")
		}, "which omaspec did not write"},
		{"a manifest that names other places, and no record", func(t *testing.T, parent string) string {
			put(t, filepath.Join(parent, "latest", manifestName), manifestTitle+"\nsummary.md\n../run.json\n")
			put(t, filepath.Join(parent, "latest", "summary.md"), "mine")
			return filepath.Join(parent, "latest")
		}, "which omaspec did not write"},
		{"a folder in a file's place", func(t *testing.T, parent string) string {
			put(t, filepath.Join(parent, "latest", manifestName), manifestTitle+"\nrun.json\n")
			put(t, filepath.Join(parent, "latest", "run.json", "mine.txt"), "mine")
			return filepath.Join(parent, "latest")
		}, `it holds "run.json"`},
		{"a link in a file's place", func(t *testing.T, parent string) string {
			put(t, filepath.Join(parent, "latest", manifestName), manifestTitle+"\nrun.json\n")
			put(t, filepath.Join(parent, "mine"), "mine")
			if err := os.Symlink("../mine", filepath.Join(parent, "latest", "run.json")); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(parent, "latest")
		}, `it holds "run.json"`},
		{"a file", func(t *testing.T, parent string) string {
			put(t, filepath.Join(parent, "latest"), "mine")
			return filepath.Join(parent, "latest")
		}, "it is a file; choose another folder"},
		{"a link to nothing", func(t *testing.T, parent string) string {
			if err := os.Symlink("nothing", filepath.Join(parent, "latest")); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(parent, "latest")
		}, "it is a symbolic link to nothing"},
		{"a link to a file", func(t *testing.T, parent string) string {
			put(t, filepath.Join(parent, "mine"), "mine")
			if err := os.Symlink("mine", filepath.Join(parent, "latest")); err != nil {
				t.Fatal(err)
			}
			return filepath.Join(parent, "latest")
		}, "it is a file"},
		{"a file for a parent", func(t *testing.T, parent string) string {
			put(t, filepath.Join(parent, "reports"), "mine")
			return filepath.Join(parent, "reports", "latest")
		}, "not a directory"},
		{"a name too long", func(_ *testing.T, parent string) string {
			return filepath.Join(parent, strings.Repeat("n", 300))
		}, "file name too long"},
		{"no name", func(*testing.T, string) string { return "" }, "--reports"},
		{"a parent that cannot be written", func(t *testing.T, parent string) string {
			if os.Geteuid() == 0 {
				return "/proc/self/latest" // root may write anywhere but here
			}
			protect(t, parent)
			return filepath.Join(parent, "latest")
		}, "make its parent writable, or choose another folder with --reports"},
		{"a file system that cannot be written", func(t *testing.T, parent string) string {
			mount(t, parent, "ro")
			return parent
		}, "read-only file system; make it writable, or choose another"},
		{"a file system without room", func(t *testing.T, parent string) string {
			mount(t, parent, "size=1m")
			return parent
		}, "no space left on device; make room, or choose another"},
		{"a file that is a mount point", func(t *testing.T, parent string) string {
			file := filepath.Join(parent, "junit.xml")
			if err := Write(parent, artefacts("a")); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command("mount", "--bind", file, file).CombinedOutput(); err != nil {
				t.Skipf("nothing can be mounted here: %s", out)
			}
			t.Cleanup(func() { _ = exec.Command("umount", file).Run() })
			return parent
		}, "device or resource busy; choose another"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			parent := t.TempDir()
			dir := test.make(t, parent)
			before := tree(t, parent)
			err := CheckFolder(dir)
			if err == nil {
				t.Fatal("not refused")
			}
			if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %q, want one line with %q", err, test.want)
			}
			if !strings.Contains(err.Error(), filepath.Base(dir)) && dir != "" {
				t.Errorf("%q does not name the path", err)
			}
			if after := tree(t, parent); after != before {
				t.Errorf("before:\n%safter:\n%s", before, after)
			}
		})
	}
}

// protect takes the permission to write away from a folder.
func protect(t *testing.T, dir string) {
	t.Helper()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o755) })
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
		size := info.Size()
		if d.IsDir() {
			size = 0
		}
		fmt.Fprintln(&b, path, d.Type(), size)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestWriteFailsInTheMiddle wants the previous reports whole and nothing else.
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
		wantFolder(t, dir, artefacts("first"), nil)
	}
}

// TestWriteToFullDisk fills the disk between the check and the writing.
func TestWriteToFullDisk(t *testing.T) {
	dir := t.TempDir()
	mount(t, dir, "size=4m")
	if err := errors.Join(CheckFolder(dir), Write(dir, artefacts("first"))); err != nil {
		t.Fatal(err)
	}
	big := append(artefacts("second"), Artefact{"evidence.har", make([]byte, 5<<20)})
	if err := Write(dir, big); !errors.Is(err, syscall.ENOSPC) && (err == nil || !strings.Contains(err.Error(), "make room")) {
		t.Errorf("got %v", err)
	}
	wantFolder(t, dir, artefacts("first"), nil)
}

// TestFill fills a disk that has room for some, where room cannot be asked for.
func TestFill(t *testing.T) {
	dir := t.TempDir()
	mount(t, dir, "size=1m")
	path := filepath.Join(dir, "a")
	for _, test := range []struct {
		size int
		want error
	}{{roomNeeded/4 + 1, nil}, {roomNeeded, syscall.ENOSPC}} {
		err := newFile(path, func(f *os.File) error { return fill(f, test.size) })
		if !errors.Is(err, test.want) {
			t.Errorf("%d bytes: got %v, want %v", test.size, err, test.want)
		}
		if info, err := os.Stat(path); err != nil || test.want == nil && info.Size() != int64(test.size) {
			t.Errorf("%d bytes: the file has others, %v", test.size, err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRecordComesLast lets the last rename fail: then there are no reports of the
// run before beside those of this one that a record would vouch for.
func TestRecordComesLast(t *testing.T) {
	dir := t.TempDir()
	if err := Write(dir, artefacts("first")); err != nil {
		t.Fatal(err)
	}
	f, err := openFolder(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	// The draft of a record that is not there cannot be renamed.
	names := []string{"run.json", "junit.xml"}
	if err := f.replace(artefacts("second")[1:2], names); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	wantFolder(t, dir, artefacts("second")[1:2], nil)
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
	content := contents(t, dir)["summary.md"]
	wantFolder(t, dir, artefacts(strings.TrimSuffix(content, " summary")), nil)
}
