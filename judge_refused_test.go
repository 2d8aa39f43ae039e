package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"omaspec/reports"
)

// recorded makes a reports folder of the reference target, with few exchanges.
func recorded(t *testing.T) string {
	t.Helper()
	c := with()
	c.settle(t)
	c.run(t, "--quiet", "--only", "AUTH-02").wantExit(t, reports.ExitConformant)
	return c.folder
}

// file is one file of a bundle.
type file struct {
	name   string
	bytes  []byte
	change func(*zip.FileHeader)
}

// pack makes a ZIP file.
func pack(t *testing.T, files ...file) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { // a bomb in a third of the time
		return flate.NewWriter(out, flate.BestSpeed)
	})
	for _, f := range files {
		header := &zip.FileHeader{Name: f.name, Method: zip.Deflate}
		if len(f.bytes) == 0 {
			header.Method = zip.Store
		}
		if f.change != nil {
			f.change(header)
		}
		part, err := w.CreateHeader(header)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(f.bytes); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return write(t, "bundle.zip", b.String(), 0o600)
}

func content(t *testing.T, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// somebody is a number that a file may hold in any place, and that nothing repeats.
const somebody = "13907756421"

// wantRefused wants a command to end with 2 and one line that holds want.
func wantRefused(t *testing.T, name, want string, args ...string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := execute(args, strings.NewReader(""), &stdout, &stderr)
	if code != reports.ExitUsage || stdout.Len() > 0 || strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), want) || strings.Contains(stderr.String(), somebody) {
		t.Errorf("%s: exit %d, stdout of %d bytes, stderr %q; want one line with %q", name, code, stdout.Len(), &stderr, want)
	}
}

// wantJudged wants a command to end with 0.
func wantJudged(t *testing.T, name string, args ...string) {
	t.Helper()
	if r := with().process(t, args...); r.code != reports.ExitConformant {
		t.Errorf("%s: exit %d: %s", name, r.code, r.stderr)
	}
}

// TestBundles wants a bundle that could be read in two ways, or costs too much to
// read, to be refused.
func TestBundles(t *testing.T) {
	t.Parallel()
	folder := recorded(t)
	evidence, record := content(t, folder, "evidence.har"), content(t, folder, "run.json")
	other := content(t, recorded(t), "run.json")
	encrypted := func(h *zip.FileHeader) { h.Flags |= 1 }
	link := func(h *zip.FileHeader) { h.SetMode(os.ModeSymlink | 0o777) }
	many := make([]file, bundleFiles+1)
	for i := range many {
		many[i] = file{name: fmt.Sprint(i)}
	}
	for _, test := range []struct {
		name  string
		files []file
		want  string // "" where it is judged
	}{
		{"at the root", []file{{name: "evidence.har", bytes: evidence}}, ""},
		{"in a folder, with its record", []file{{name: "a/b/evidence.har", bytes: evidence}, {name: "a/b/run.json", bytes: record}}, ""},
		{"beside a folder with another record", []file{{name: "a/evidence.har", bytes: evidence}, {name: "b/run.json", bytes: other}}, ""},
		{"two", []file{{name: "old/evidence.har", bytes: evidence}, {name: "evidence.har", bytes: evidence}}, "holds more than one evidence.har"},
		{"two of one name", []file{{name: "evidence.har", bytes: evidence}, {name: "evidence.har", bytes: evidence}}, "holds more than one evidence.har"},
		{"two that differ in case", []file{{name: "evidence.har", bytes: evidence}, {name: "Evidence.HAR", bytes: evidence}}, "holds more than one evidence.har"},
		{"none", []file{{name: "run.json", bytes: record}}, "holds no evidence.har"},
		{"an absolute path", []file{{name: "/evidence.har", bytes: evidence}}, "leads out of it"},
		{"a path up", []file{{name: "../evidence.har", bytes: evidence}}, "leads out of it"},
		{"a path up and down", []file{{name: "a/../../b/evidence.har", bytes: evidence}}, "leads out of it"},
		{"a path of Windows", []file{{name: `..\evidence.har`, bytes: evidence}}, "leads out of it"},
		{"a drive", []file{{name: `C:/evidence.har`, bytes: evidence}}, "leads out of it"},
		{"another file that leads out", []file{{name: "evidence.har", bytes: evidence}, {name: "../x"}}, "leads out of it"},
		{"encrypted", []file{{name: "evidence.har", bytes: evidence, change: encrypted}}, "is encrypted"},
		{"a link", []file{{name: "evidence.har", bytes: []byte("/etc/passwd"), change: link}}, "not a file"},
		{"a folder of that name", []file{{name: "evidence.har/"}}, "not a file"},
		{"a bomb", []file{{name: "evidence.har", bytes: make([]byte, bundleLarge+1)}}, "more than 200 times its size"},
		{"a record of another run", []file{{name: "evidence.har", bytes: evidence}, {name: "run.json", bytes: other}}, "is not of this evidence.har"},
		{"two records", []file{{name: "evidence.har", bytes: evidence}, {name: "run.json", bytes: record}, {name: "RUN.json", bytes: record}}, "holds more than one run.json"},
		{"a damaged record", []file{{name: "evidence.har", bytes: evidence}, {name: "run.json", bytes: record[:100]}}, "truncated"},
		{"two in somebody's folders", []file{{name: somebody + "/evidence.har", bytes: evidence}, {name: "x/evidence.har", bytes: evidence}}, "holds more than one"},
		{"somebody's path up", []file{{name: "../" + somebody}, {name: "evidence.har", bytes: evidence}}, "the path of file 1 in it leads out of it"},
		{"encrypted in somebody's folder", []file{{name: somebody + "/evidence.har", bytes: evidence, change: encrypted}}, "evidence.har in it is encrypted"},
		{"too many files", append(many, file{name: "evidence.har", bytes: evidence}), "more than 1000 files"},
	} {
		path := pack(t, test.files...)
		if test.want != "" {
			wantRefused(t, test.name, test.want, "judge", path)
		} else {
			wantJudged(t, test.name, "judge", path, "--quiet")
		}
	}

	whole := content(t, pack(t, file{name: "evidence.har", bytes: evidence}))
	damaged := bytes.Clone(whole)
	damaged[len(damaged)/2] ^= 0xff
	wantRefused(t, "damaged", "is damaged", "judge", write(t, "b.zip", string(damaged), 0o600))
	wantRefused(t, "cut", "is no bundle", "judge", write(t, "b.zip", string(whole[:len(whole)-10]), 0o600))
	// One file more in the directory than its end says: 65,536 too few.
	directory := whole[bytes.LastIndex(whole, []byte("PK\x01\x02")):bytes.LastIndex(whole, []byte("PK\x05\x06"))]
	end := whole[len(whole)-22:]
	swollen := append(append(bytes.Clone(whole[:len(whole)-22]), bytes.Repeat(directory, 1<<16)...), end...)
	wantRefused(t, "a directory without end", "is no bundle", "judge", write(t, "b.zip", string(swollen), 0o600))
}

// TestJudgeKeepsItsEvidence wants reports never to be written over what was judged.
func TestJudgeKeepsItsEvidence(t *testing.T) {
	t.Parallel()
	folder := recorded(t)
	before := content(t, folder, "evidence.har")
	parent := filepath.Dir(folder)
	alias := filepath.Join(t.TempDir(), "alias")
	if err := os.Symlink(parent, alias); err != nil {
		t.Fatal(err)
	}
	linked := filepath.Join(alias, filepath.Base(folder))
	file := filepath.Join(folder, "evidence.har")
	for _, test := range []struct{ name, judged, reports string }{
		{"the folder", folder, folder},
		{"the folder, spelled in another way", folder, folder + "/../" + filepath.Base(folder) + "/"},
		{"the folder of the file", file, folder},
		{"the folder by a link", folder, linked},
		{"the judged one by a link", linked, folder},
		{"the parent", folder, parent},
		{"the parent by a link", file, alias},
		{"the file", file, file},
	} {
		wantRefused(t, test.name, "--reports ", "judge", test.judged, "--quiet", "--reports", test.reports)
		if !bytes.Equal(content(t, file), before) {
			t.Fatalf("%s: the evidence has changed", test.name)
		}
	}
	wantJudged(t, "a folder in it", "judge", folder, "--quiet", "--reports", filepath.Join(folder, "again"))
	if !bytes.Equal(content(t, file), before) {
		t.Error("a folder in it: the evidence has changed")
	}
}

// TestRecordNamesItsEvidence wants a record to be known for that of other evidence.
func TestRecordNamesItsEvidence(t *testing.T) {
	t.Parallel()
	folder, other := recorded(t), recorded(t)
	named := func(path string) reports.Evidence {
		var record struct{ Evidence reports.Evidence }
		if err := json.Unmarshal(content(t, path), &record); err != nil {
			t.Fatal(err)
		}
		return record.Evidence
	}
	sum := sha256.Sum256(content(t, folder, "evidence.har"))
	want := reports.Evidence{File: "evidence.har", SHA256: hex.EncodeToString(sum[:])}
	if got := named(filepath.Join(folder, "run.json")); got != want {
		t.Errorf("the record of the run names %v, want %v", got, want)
	}
	again := filepath.Join(t.TempDir(), "again")
	wantJudged(t, "again", "judge", folder, "--quiet", "--reports", again)
	if got := named(filepath.Join(again, "run.json")); got != want {
		t.Errorf("the record of the judging names %v, want %v", got, want)
	}
	wantJudged(t, "a record without evidence beside it", "render", filepath.Join(again, "run.json"), "--format", "junit")

	if err := os.WriteFile(filepath.Join(folder, "evidence.har"), content(t, other, "evidence.har"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantRefused(t, "judge", "is not of this evidence.har", "judge", folder)
	wantRefused(t, "render", "is not of this evidence.har", "render", filepath.Join(folder, "run.json"))
	wantJudged(t, "the file alone", "judge", filepath.Join(folder, "evidence.har"), "--quiet")
}

// TestUnknownProbes wants evidence of exchanges that no probe sends to be refused,
// although its digest fits.
func TestUnknownProbes(t *testing.T) {
	t.Parallel()
	evidence := string(content(t, recorded(t), "evidence.har"))
	for _, probe := range []string{"ZZ01", "V01.nobody", "m01", "M01/7", " M01", somebody} {
		edited := strings.Replace(evidence, `"_probe":"M01"`, `"_probe":"`+probe+`"`, 1)
		if edited == evidence {
			t.Fatal("M01 is not in the evidence")
		}
		wantRefused(t, probe, "there is no such probe", "judge", write(t, "evidence.har", sealAgain(t, edited), 0o600))
	}
}

// sealAgain makes the digest of edited evidence again, as anybody can.
func sealAgain(t *testing.T, evidence string) string {
	t.Helper()
	head, rest, _ := strings.Cut(evidence, "\"entries\":[\n")
	entries, meta, _ := strings.Cut(rest, "\n],\n\"_omaspec\":")
	meta = strings.TrimSuffix(meta, "}}\n")
	at := strings.LastIndex(meta, `"sha256":"`) + len(`"sha256":"`)
	h := sha256.New()
	h.Write([]byte(meta[:at] + `"}`))
	for _, entry := range strings.Split(entries, ",\n") {
		h.Write([]byte(entry + "\n"))
	}
	sealed := meta[:at] + hex.EncodeToString(h.Sum(nil)) + `"}`
	return head + "\"entries\":[\n" + entries + "\n],\n\"_omaspec\":" + sealed + "}}\n"
}
