package main

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"omaspec/reports"
	"omaspec/reports/evidence"
	"omaspec/suites/session"
)

// recordFile is the name of the record in a reports folder.
const recordFile = "run.json"

// kept is an evidence file as it lies on disk, and the record beside it.
type kept struct {
	evidence []byte
	record   []byte // nil without one
}

// readEvidence reads an evidence file, or the one in a folder or in a bundle,
// which is a ZIP file of a reports folder. A record in the same folder has to be
// that of this evidence.
func readEvidence(path string) (session.Recorded, error) {
	k, err := readKept(path)
	if err != nil {
		return session.Recorded{}, err
	}
	e, err := evidence.Read(bytes.NewReader(k.evidence))
	if err == nil {
		err = k.check()
	}
	if err != nil {
		return session.Recorded{}, fmt.Errorf("%s: %w", reports.Line(path), err)
	}
	return session.Recorded{Evidence: e, File: reports.EvidenceOf(evidence.FileName, k.evidence)}, nil
}

// check refuses evidence beside the record of other evidence. A record that names
// none says nothing about it.
func (k kept) check() error {
	if k.record == nil {
		return nil
	}
	record, err := reports.Read(bytes.NewReader(k.record))
	if err != nil {
		return fmt.Errorf("%s beside the evidence is refused: %w; to judge the evidence alone, name its file", recordFile, err)
	}
	return matchEvidence(record, k.evidence)
}

// matchEvidence refuses evidence that is not what a record was made of.
func matchEvidence(record *reports.Run, file []byte) error {
	if record.Evidence == nil || *record.Evidence == *reports.EvidenceOf(record.Evidence.File, file) {
		return nil
	}
	return fmt.Errorf("%s is not of this %s: the digest that it names is another one, so one of them was replaced, edited or damaged", recordFile, evidence.FileName)
}

func readKept(path string) (kept, error) {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return readFolder(path)
	case strings.EqualFold(filepath.Ext(path), ".zip"):
		return readBundle(path)
	}
	b, err := readLimited(path, evidence.SizeLimit)
	return kept{evidence: b}, err
}

func readFolder(dir string) (kept, error) {
	file, err := readLimited(filepath.Join(dir, evidence.FileName), evidence.SizeLimit)
	if err != nil {
		return kept{}, err
	}
	record, err := readLimited(filepath.Join(dir, recordFile), reports.MaxRecord)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return kept{file, record}, err
}

// readLimited reads a file up to one byte beyond a limit, which whoever decodes it
// refuses.
func readLimited(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, limit+1))
}

// Bounds of a bundle. A reports folder has some ten files.
const (
	bundleFiles = 1000
	// A file that unpacks to more than this must not do so to very much more than
	// its packed size.
	bundleLarge = 32 << 20
	bundleRatio = 200
)

// readBundle reads the evidence in a ZIP file, and the record beside it there. A
// bundle that could be read in two ways is refused: it holds exactly one
// evidence.har, in whatever folder, and no path that leads out of it.
func readBundle(name string) (kept, error) {
	refused := func(format string, args ...any) (kept, error) {
		return kept{}, fmt.Errorf("%s is no bundle: "+format, append([]any{reports.Line(name)}, args...)...)
	}
	f, err := os.Open(name)
	if err != nil {
		return kept{}, err
	}
	defer func() { _ = f.Close() }()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return kept{}, err
	}
	if size > evidence.SizeLimit {
		return refused("it is larger than %d MiB", evidence.SizeLimit>>20)
	}
	if !smallDirectory(f, size) {
		return refused("its directory is missing, or lists more than %d files", bundleFiles)
	}
	bundle, err := zip.NewReader(f, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return refused("%w", err)
	}
	for i, f := range bundle.File {
		if !filepath.IsLocal(filepath.FromSlash(f.Name)) || strings.ContainsAny(f.Name, `\:`) {
			return refused("the path of file %d in it leads out of it", i+1)
		}
	}
	captured, err := find(bundle.File, evidence.FileName, func(f string) bool { return strings.EqualFold(path.Base(f), evidence.FileName) })
	switch {
	case err != nil:
		return refused("%w", err)
	case captured == nil:
		return kept{}, fmt.Errorf("%s holds no %s", reports.Line(name), evidence.FileName)
	}
	beside := path.Join(path.Dir(captured.Name), recordFile)
	record, err := find(bundle.File, recordFile, func(f string) bool { return strings.EqualFold(path.Clean(f), beside) })
	if err != nil {
		return refused("%w", err)
	}
	var k kept
	if k.evidence, err = unpack(captured, evidence.FileName, evidence.SizeLimit); err == nil && record != nil {
		k.record, err = unpack(record, recordFile, reports.MaxRecord)
	}
	if err != nil {
		return refused("%w", err)
	}
	return k, nil
}

// smallDirectory tells whether the directory at the end of a ZIP file is small: it
// is read as a whole, file by file, before anything else can be told about it.
func smallDirectory(f io.ReaderAt, size int64) bool {
	const (
		length = 22 // of the record at the end (APPNOTE 4.3.16), without its comment
		most   = bundleFiles * 512
	)
	tail := make([]byte, min(size, length+1<<16-1))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil {
		return false
	}
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if at < 0 || len(tail)-at < length {
		return false
	}
	end := tail[at:]
	files := binary.LittleEndian.Uint16(end[10:])
	long, offset := binary.LittleEndian.Uint32(end[12:]), binary.LittleEndian.Uint32(end[16:])
	last := size - int64(len(tail)-at)
	return files <= bundleFiles && long <= most && last-int64(offset) <= most
}

// find finds the one file called name, whose path is wanted, or nil.
func find(files []*zip.File, name string, wanted func(path string) bool) (*zip.File, error) {
	var found *zip.File
	for _, f := range files {
		if !wanted(f.Name) {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("it holds more than one %s; pack the folder of one run only", name)
		}
		found = f
	}
	return found, nil
}

// unpack reads a file of a bundle that is called name.
func unpack(f *zip.File, name string, limit uint64) ([]byte, error) {
	switch size := f.UncompressedSize64; {
	case f.Flags&1 != 0:
		return nil, fmt.Errorf("%s in it is encrypted; pack it without a password", name)
	case !f.Mode().IsRegular():
		return nil, fmt.Errorf("%s in it is not a file", name)
	case size > limit:
		return nil, fmt.Errorf("%s in it is larger than %d MiB", name, limit>>20)
	case size > bundleLarge && size/bundleRatio > f.CompressedSize64:
		return nil, fmt.Errorf("%s in it unpacks to more than %d times its size", name, bundleRatio)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s in it cannot be unpacked: %w", name, err)
	}
	defer func() { _ = r.Close() }()
	b, err := io.ReadAll(io.LimitReader(r, int64(f.UncompressedSize64)+1))
	if err != nil || uint64(len(b)) > f.UncompressedSize64 {
		return nil, fmt.Errorf("%s in it is damaged: it does not unpack to what the bundle announces", name)
	}
	return b, nil
}

// checkApart refuses a reports folder whose writing would replace what is judged:
// the file's own folder or one above it, in whatever spelling.
func checkApart(judged, folder string) error {
	written, err := os.Stat(folder)
	if err != nil {
		return nil // which writing creates, or says what is wrong with
	}
	at, err := filepath.Abs(judged)
	if err == nil {
		at, err = filepath.EvalSymlinks(at)
	}
	if err != nil {
		return err
	}
	for {
		if info, err := os.Stat(at); err == nil && os.SameFile(info, written) {
			return fmt.Errorf("--reports %s would replace the evidence that is judged; choose another folder", reports.Line(folder))
		}
		up := filepath.Dir(at)
		if up == at {
			return nil
		}
		at = up
	}
}
