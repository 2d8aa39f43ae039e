package reports

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Artefact is one file of a reports folder.
type Artefact struct {
	Name  string // a plain file name, "run.json"
	Bytes []byte
}

// manifestName is the file by which a reports folder is known. It lists the
// files that were written, so that a file of somebody else is never deleted.
const manifestName = ".omaspec-reports"

const manifestTitle = "omaspec reports folder: the next run replaces it as a whole. Its files are:"

// otherFolder is what to do about a folder that cannot be written.
const otherFolder = "choose another folder with --reports"

// replaceAttempts bounds how often Write gives way to another run that replaces
// the same folder at the same moment.
const replaceAttempts = 100

// CheckFolder tells, before anything is sent, whether Write can write a reports
// folder at dir. It creates missing parents. The error names the path and says
// what to do.
func CheckFolder(dir string) error {
	dir, err := absolute(dir)
	if err != nil {
		return err
	}
	if err := replaceable(dir); err != nil {
		return err
	}
	temp, err := tempFolder(dir)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp) }()
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	// An empty folder takes the place of an empty one, and of nothing else; what
	// the attempt tells is whether dir is a mount point, which cannot be renamed.
	if err := os.Rename(temp, dir); errors.Is(err, syscall.EBUSY) {
		return folderError(dir, "it is a mount point", "name a folder inside it")
	}
	return nil
}

// Write writes the artefacts to the folder dir, which afterwards holds them and
// nothing else. They are written to a new folder beside it first, which takes its
// place when everything is on disk; so dir is at any time a whole previous folder
// or a whole new one, or for a moment absent, and of two runs that write at once,
// one wins whole. A folder with files that no run wrote is refused. Files get the
// permissions that the process' umask allows.
func Write(dir string, artefacts []Artefact) error {
	dir, err := absolute(dir)
	if err != nil {
		return err
	}
	if err := replaceable(dir); err != nil {
		return err
	}
	if err := checkNames(artefacts); err != nil {
		return fmt.Errorf("reports folder %s: %w", quote(dir), err)
	}
	temp, err := tempFolder(dir)
	if err != nil {
		return err
	}
	// After success there is nothing left under this name.
	defer func() { _ = os.RemoveAll(temp) }()
	for _, a := range append(slices.Clone(artefacts), manifest(artefacts)) {
		if err := writeFile(filepath.Join(temp, a.Name), a.Bytes); err != nil {
			return folderError(dir, reasonOf(err), "make room, or "+otherFolder)
		}
	}
	if err := syncFolder(temp); err != nil {
		return folderError(dir, reasonOf(err), otherFolder)
	}
	if err := replace(dir, temp); err != nil {
		return folderError(dir, reasonOf(err), otherFolder)
	}
	return syncFolder(filepath.Dir(dir))
}

// replace puts the folder temp in the place of dir. Where another run puts its
// folder there at the same moment, that one is replaced in its turn.
func replace(dir, temp string) error {
	for range replaceAttempts {
		if err := swap(dir, temp); !taken(err) {
			return err
		}
	}
	return errors.New("other runs replace it all the time")
}

// swap moves dir out of the way, if it is there, and temp in its place.
func swap(dir, temp string) error {
	old := temp + ".old"
	err := os.Rename(dir, old)
	moved := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err = os.Rename(temp, dir)
	if err != nil && moved && !taken(err) {
		return errors.Join(err, os.Rename(old, dir))
	}
	// A whole folder stands in its place; what cannot be removed is only litter.
	_ = os.RemoveAll(old)
	return err
}

// taken tells that a rename found a folder with files in its way.
func taken(err error) bool {
	return errors.Is(err, fs.ErrExist) || errors.Is(err, syscall.ENOTEMPTY)
}

// replaceable refuses a path where a folder may not be put: a file, a link, or a
// folder with files that no run wrote.
func replaceable(dir string) error {
	for range replaceAttempts {
		before, err := os.Lstat(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return folderError(dir, reasonOf(err), otherFolder)
		case before.Mode()&fs.ModeSymlink != 0:
			return folderError(dir, "it is a symbolic link", "name the folder that it points to")
		case !before.IsDir():
			return folderError(dir, "it is a file", otherFolder)
		}
		err = onlyOurs(dir)
		if err == nil {
			return nil
		}
		// Another run may have replaced the folder while it was looked through.
		if after, statErr := os.Lstat(dir); statErr == nil && os.SameFile(before, after) {
			return err
		}
	}
	return folderError(dir, "other runs replace it all the time", otherFolder)
}

// onlyOurs refuses a folder that holds anything but the files of its manifest.
func onlyOurs(dir string) error {
	written := readManifest(dir)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return folderError(dir, reasonOf(err), otherFolder)
	}
	for _, e := range entries {
		if !slices.Contains(written, e.Name()) || !e.Type().IsRegular() {
			return folderError(dir, "it holds "+quote(e.Name())+", which omaspec did not write", "move that away, or "+otherFolder)
		}
	}
	return nil
}

// absolute makes "." renameable, and shows in errors what was meant.
func absolute(dir string) (string, error) {
	if dir == "" {
		return "", errors.New("the reports folder has no name; give one with --reports")
	}
	path, err := filepath.Abs(dir)
	if err != nil {
		return "", folderError(dir, reasonOf(err), otherFolder)
	}
	return path, nil
}

func checkNames(artefacts []Artefact) error {
	seen := map[string]bool{manifestName: true}
	for _, a := range artefacts {
		if a.Name != filepath.Base(a.Name) || !filepath.IsLocal(a.Name) || strings.ContainsAny(a.Name, "\\\n") || a.Name == "." {
			return fmt.Errorf("%s is not a file name", quote(a.Name))
		}
		if seen[a.Name] {
			return fmt.Errorf("there are two files %s", quote(a.Name))
		}
		seen[a.Name] = true
	}
	return nil
}

func manifest(artefacts []Artefact) Artefact {
	var b bytes.Buffer
	fmt.Fprintln(&b, manifestTitle)
	for _, a := range artefacts {
		fmt.Fprintln(&b, a.Name)
	}
	return Artefact{Name: manifestName, Bytes: b.Bytes()}
}

// readManifest returns the names that the manifest in dir lists, itself
// included, and nothing where there is no manifest.
func readManifest(dir string) []string {
	f, err := os.Open(filepath.Join(dir, manifestName))
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	if !lines.Scan() || lines.Text() != manifestTitle {
		return nil
	}
	names := []string{manifestName}
	for lines.Scan() {
		names = append(names, lines.Text())
	}
	return names
}

// tempFolder makes a new, empty, hidden folder beside dir, and dir's parents.
func tempFolder(dir string) (string, error) {
	const remedy = "make its parent writable, or " + otherFolder
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return "", folderError(dir, reasonOf(err), remedy)
	}
	temp := filepath.Join(parent, ".omaspec-"+rand.Text()[:10])
	if err := os.Mkdir(temp, 0o777); err != nil {
		return "", folderError(dir, reasonOf(err), remedy)
	}
	return temp, nil
}

func writeFile(path string, b []byte) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, err := f.Write(b); err != nil {
		return err
	}
	return f.Sync()
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
