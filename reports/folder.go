package reports

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/go-json-experiment/json/jsontext"
)

// Artefact is one file of a reports folder.
type Artefact struct {
	Name  string // a plain file name, "run.json"
	Bytes []byte
}

const (
	recordName   = "run.json"
	evidenceName = "evidence.har"

	// manifestName is the file that lists the files that a run wrote, so that a
	// file of somebody else is never replaced or deleted.
	manifestName  = ".omaspec-reports"
	manifestTitle = "omaspec reports folder: the next run replaces the files that are named here, and no others."

	// draftPrefix begins the name of the hidden folder in a reports folder in
	// which files wait until all of them are on disk.
	draftPrefix = ".omaspec-new-"
)

// roomNeeded is the number of bytes that CheckFolder wants to be able to write.
// Ordinary reports have about half of it.
const roomNeeded = 2 << 20

// otherFolder is what to do about a folder that cannot be written.
const otherFolder = "choose another folder with --reports"

// CheckFolder tells, before anything is sent, whether Write can write a reports
// folder at dir: it makes the folder and goes through what Write will do there.
// The error names the path and says what to do.
func CheckFolder(dir string) error {
	f, err := openFolder(dir, fileNames())
	if err != nil {
		return err
	}
	defer f.close()
	return f.failure(f.rehearse())
}

// Write writes the artefacts to the folder dir, as all that it holds of omaspec.
// Files of anybody else in it stay as they are, and one that has the name of an
// artefact is refused.
//
// The folder itself is never replaced, because it may be a mount point, the
// target of a link, or all that a user without a home may write to. First all
// files are written to a hidden folder in it; where that fails, the reports of
// the previous run are still whole. Then the previous record goes, the other
// files are renamed into their places, and the new record comes last: whoever
// finds run.json finds the reports that belong to it beside it. Of two runs that
// write at once, the later one wins whole.
//
// Files get the permissions that the umask allows. They hold nothing secret, and
// are made to be handed on: what root wrote in a container, somebody else on the
// host uploads. Who wants them private says so by the umask, or by the folder.
func Write(dir string, artefacts []Artefact) error {
	names := make([]string, 0, len(artefacts))
	for _, a := range artefacts {
		names = append(names, a.Name)
	}
	if err := checkNames(names); err != nil {
		return fmt.Errorf("reports folder %s: %w", quote(dir), err)
	}
	f, err := openFolder(dir, names)
	if err != nil {
		return err
	}
	defer f.close()
	return f.failure(f.replace(artefacts, names))
}

// fileNames are the names of the files that a run writes.
func fileNames() []string {
	names := []string{evidenceName, manifestName}
	for _, f := range Formats {
		names = append(names, f.File)
	}
	return names
}

// folder is a reports folder that no other run is writing to.
type folder struct {
	path string
	own  []string // names of the files in it that an earlier run wrote
	lock *os.File
}

// openFolder opens the folder at dir, which it makes where there is none, to
// write files of those names to it. It refuses what is no folder, and a folder
// that has a file of somebody else under one of the names.
func openFolder(dir string, names []string) (*folder, error) {
	if dir == "" {
		return nil, errors.New("the reports folder has no name; give one with --reports")
	}
	f := &folder{path: dir}
	path, err := filepath.Abs(dir)
	if err != nil {
		return nil, f.failure(err)
	}
	f.path = path // shows in errors what was meant
	if err := f.make(); err != nil {
		return nil, err
	}
	if f.lock, err = lockFolder(path); err != nil {
		return nil, f.failure(err)
	}
	f.own = f.written()
	for _, name := range names {
		if _, err := os.Lstat(f.file(name)); err == nil && !slices.Contains(f.own, name) {
			f.close()
			return nil, folderError(path, "it holds "+quote(name)+", which omaspec did not write", "move that away, or "+otherFolder)
		}
	}
	return f, nil
}

func (f *folder) close() { _ = f.lock.Close() }

func (f *folder) file(name string) string { return filepath.Join(f.path, name) }

// make makes the folder and its parents, unless it is there already.
func (f *folder) make() error {
	info, err := os.Stat(f.path)
	if err == nil && !info.IsDir() {
		return folderError(f.path, "it is a file", otherFolder)
	}
	if link, linkErr := os.Lstat(f.path); errors.Is(err, fs.ErrNotExist) && linkErr == nil && link.Mode().Type() == fs.ModeSymlink {
		return folderError(f.path, "it is a symbolic link to nothing", otherFolder)
	}
	if err := os.MkdirAll(f.path, 0o777); err != nil {
		return folderError(f.path, reasonOf(err), "make its parent writable, or "+otherFolder)
	}
	return nil
}

// written lists the files of earlier runs. The manifest names them. It may be
// missing, because uploads of CI systems leave hidden files out; then run.json
// tells by what it holds that it, and the files beside it, are omaspec's.
func (f *folder) written() []string {
	names := f.readManifest()
	if f.hasRecord() {
		names = append(names, fileNames()...)
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool {
		info, err := os.Lstat(f.file(name))
		return err != nil || !info.Mode().IsRegular()
	})
}

// readManifest returns the names that the manifest lists, itself included, and
// nothing where there is no manifest, or one that names places elsewhere.
func (f *folder) readManifest() []string {
	file, err := os.Open(f.file(manifestName))
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "omaspec reports folder:") {
		return nil
	}
	var names []string
	for lines.Scan() {
		names = append(names, lines.Text())
	}
	if checkNames(names) != nil {
		return nil
	}
	return append(names, manifestName)
}

// hasRecord tells whether run.json begins as a record does.
func (f *folder) hasRecord() bool {
	file, err := os.Open(f.file(recordName))
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	tokens := jsontext.NewDecoder(file)
	for _, want := range []string{"{", "format", RecordFormat} {
		if token, err := tokens.ReadToken(); err != nil || token.String() != want {
			return false
		}
	}
	return true
}

// draft makes a new, empty, hidden folder in the folder, from which files can be
// renamed into their places. It removes those of runs that were killed.
func (f *folder) draft() (string, error) {
	entries, err := os.ReadDir(f.path)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), draftPrefix) {
			_ = os.RemoveAll(f.file(e.Name()))
		}
	}
	return os.MkdirTemp(f.path, draftPrefix)
}

// rehearse does what can fail when the reports are written: there has to be room
// for new files, and those of the previous run must let themselves be replaced.
// They do not where each is a mount point, or in a folder like /tmp where another
// user wrote them.
func (f *folder) rehearse() error {
	draft, err := f.draft()
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(draft) }()
	err = newFile(filepath.Join(draft, recordName), func(f *os.File) error { return makeRoom(f, roomNeeded) })
	if err != nil {
		return err
	}
	for _, name := range f.own {
		away := filepath.Join(draft, name)
		if err := os.Rename(f.file(name), away); err != nil {
			return err
		}
		if err := os.Rename(away, f.file(name)); err != nil {
			return err
		}
	}
	return nil
}

// replace puts the artefacts, which have those names, in the place of the files
// that the folder has of omaspec. At any moment its manifest names all of them.
func (f *folder) replace(artefacts []Artefact, names []string) error {
	draft, err := f.draft()
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(draft) }()
	for _, a := range append(slices.Clone(artefacts), manifest(names)) {
		if err := writeFile(filepath.Join(draft, a.Name), a.Bytes); err != nil {
			return err
		}
	}
	put := func(name string) error { return os.Rename(filepath.Join(draft, name), f.file(name)) }
	remove := func(name string) error { return os.Remove(f.file(name)) }
	isRecord := func(name string) bool { return name == recordName }
	for _, step := range []struct {
		do    func(name string) error
		names []string
	}{
		{remove, except(f.own, func(name string) bool {
			return isRecord(name) || name == manifestName || slices.Contains(names, name)
		})},
		{put, []string{manifestName}},
		{remove, only(f.own, isRecord)},
		{put, except(names, isRecord)},
		{put, only(names, isRecord)},
	} {
		for _, name := range step.names {
			if err := step.do(name); err != nil {
				return err
			}
		}
	}
	return syncFolder(f.path)
}

func only(names []string, keep func(string) bool) []string {
	return except(names, func(name string) bool { return !keep(name) })
}

func except(names []string, drop func(string) bool) []string {
	return slices.DeleteFunc(slices.Clone(names), drop)
}

// failure is err as an error of the folder, with what to do about it.
func (f *folder) failure(err error) error {
	if err == nil {
		return nil
	}
	for _, r := range remedies {
		if errors.Is(err, r.reason) {
			return folderError(f.path, reasonOf(err), r.remedy+", or "+otherFolder)
		}
	}
	return folderError(f.path, reasonOf(err), otherFolder)
}

// remedies say what to do about what a file system refuses.
var remedies = []struct {
	reason error
	remedy string
}{
	{fs.ErrPermission, "make it writable"},
	{syscall.EROFS, "make it writable"},
	{syscall.ENOSPC, "make room"},
	{syscall.EDQUOT, "make room"},
	{syscall.EFBIG, "make room"},
}

func checkNames(names []string) error {
	seen := map[string]bool{manifestName: true}
	for _, name := range names {
		if name != filepath.Base(name) || !filepath.IsLocal(name) || strings.ContainsAny(name, "\\\n") || name == "." {
			return fmt.Errorf("%s is not a file name", quote(name))
		}
		if seen[name] {
			return fmt.Errorf("there are two files %s", quote(name))
		}
		seen[name] = true
	}
	return nil
}

func manifest(names []string) Artefact {
	var b bytes.Buffer
	fmt.Fprintln(&b, manifestTitle)
	for _, name := range names {
		fmt.Fprintln(&b, name)
	}
	return Artefact{Name: manifestName, Bytes: b.Bytes()}
}

func writeFile(path string, b []byte) error {
	return newFile(path, func(f *os.File) error {
		if _, err := f.Write(b); err != nil {
			return err
		}
		return f.Sync()
	})
}

// fill writes n zeros to the disk.
func fill(f *os.File, n int) error {
	zeros := make([]byte, 64<<10)
	for ; n > 0; n -= len(zeros) {
		if _, err := f.Write(zeros[:min(n, len(zeros))]); err != nil {
			return err
		}
	}
	return f.Sync()
}

// newFile makes a file that is not there yet, and closes it.
func newFile(path string, write func(*os.File) error) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return write(f)
}

// syncFolder makes the names in a folder last through a power failure, where the
// system can do that.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}

func folderError(dir, reason, remedy string) error {
	return fmt.Errorf("reports folder %s: %s; %s", quote(dir), reason, remedy)
}

// reasonOf is the reason in a file system's error, without the operation and the
// temporary path, which tell the reader nothing.
func reasonOf(err error) string {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return Line(err.Error())
}
