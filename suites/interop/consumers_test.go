//go:build interop

package interop_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"omaspec/fixtures"
	"omaspec/fixtures/faults"
	"omaspec/fixtures/interop"
	"omaspec/reports"
	"omaspec/schemas"
	"omaspec/suites/config"
	"omaspec/suites/probe"
	"omaspec/suites/session"
)

// consumersDir holds check.mjs, which reads reports with the packages from npm
// that CI systems and their add-ons read them with.
const consumersDir = "consumers"

// TestInteropConsumers shows the reports of good, bad and hostile runs to their
// consumers.
func TestInteropConsumers(t *testing.T) {
	interop.Need(t, interop.Node)
	script := installConsumers(t)
	for _, c := range []struct {
		name string
		run  *reports.Run
	}{
		{"conformant", judged(t, "", nil)},
		{"one violation", judged(t, "auth.case", nil)},
		{"many violations and warnings", judged(t, "auth.any", nil)},
		{"violations that do not gate", judged(t, "auth.any", func(s *session.Setup) { s.Config.Basis = reports.BasisSpec })},
		{"exit code without a violation", judged(t, "", func(s *session.Setup) {
			s.Config.Profile = reports.ProfileAcceptance
			delete(s.Tokens, probe.Role(fixtures.SecondTenant))
		})},
		{"hostile", hostile(t, judged(t, "auth.case", nil))},
		{"everything violated, hostile", hostile(t, crowded(judged(t, "", nil)))},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := exec.Command("node", script, rendered(t, c.run)).CombinedOutput()
			t.Logf("%s, exit code %d\n%s", c.run.Verdict, c.run.ExitCode, out)
			if err != nil {
				t.Errorf("a consumer shows something else than the record says: %v", err)
			}
		})
	}
}

// installConsumers brings the packages of package.json to a cache and the script
// beside them, where Node looks for packages. It returns the script's path.
func installConsumers(t *testing.T) string {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is not installed: install the Debian packages nodejs and npm, or set OMASPEC_NO_NODE=1 to leave this test out", program)
		}
	}
	dir := filepath.Join(npmCache(t), "consumers")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "check.mjs")
	copyFile(t, filepath.Join(consumersDir, "check.mjs"), script)
	wanted := filepath.Join(consumersDir, "package.json")
	installed := filepath.Join(dir, "installed.json") // written last, so it says that all is there
	if sameFiles(wanted, installed) {
		return script
	}
	copyFile(t, wanted, filepath.Join(dir, "package.json"))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", "install", "--prefix", dir, "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm cannot install the packages of %s: %v\n%s\nset OMASPEC_NO_NODE=1 to leave this test out", wanted, err, out)
	}
	copyFile(t, wanted, installed)
	return script
}

// npmCache is where packages from npm are kept between runs.
func npmCache(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("OMASPEC_NPM_CACHE"); dir != "" {
		return dir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, "omaspec-npm")
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func sameFiles(a, b string) bool {
	x, errX := os.ReadFile(a)
	y, errY := os.ReadFile(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// judged is the sealed record of a run against the reference target, with a fault
// unless that is "", and with a setup changed by set unless that is nil.
func judged(t *testing.T, fault string, set func(*session.Setup)) *reports.Run {
	t.Helper()
	options := []fixtures.Option{fixtures.WithSeed(1)}
	if fault != "" {
		apply, ok := faults.Find(fault)
		if !ok {
			t.Fatalf("there is no fault %s", fault)
		}
		options = append(options, fixtures.With(apply))
	}
	target := fixtures.NewTarget(options...)
	server, err := target.Start(fixtures.Listen{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	setup := &session.Setup{Config: config.Default()}
	session.Point(setup, target, server)
	if set != nil {
		set(setup)
	}
	captured, err := setup.Gather(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run, _, err := captured.Judge(t.Context()).Report()
	if err != nil {
		t.Fatal(err)
	}
	return sealed(t, run)
}

// sealed decides and seals a record and reads it again, so that what it returns
// shares nothing with the tables of the harness.
func sealed(t *testing.T, run *reports.Run) *reports.Run {
	t.Helper()
	reports.Decide(run)
	if err := reports.Seal(run); err != nil {
		t.Fatal(err)
	}
	b, err := reports.Encode(run)
	if err != nil {
		t.Fatal(err)
	}
	if run, err = reports.Read(bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	return run
}

// crowded violates every requirement of the run, each in many places.
func crowded(run *reports.Run) *reports.Run {
	for i := range run.Requirements {
		r := &run.Requirements[i]
		r.Outcome, r.Reason = schemas.Failed, ""
		r.Findings = nil
		for place := range 30 {
			r.Findings = append(r.Findings, schemas.Finding{Requirement: r.ID, Issue: schemas.Issue{
				Code: "crowded", Where: fmt.Sprintf("/member%d", place),
				Expected: strings.Repeat("expected ", 60), Observed: strings.Repeat("|`<b>", 100),
			}})
		}
	}
	return run
}

// attacks are what XML, Markdown, a terminal, or the log of a CI system might act
// on. Each stands between marks, so that check.mjs sees whether all of it arrives.
var attacks = []string{
	"«]]> | cell <script>alert(1)</script> @octocat #123»",
	"«`code` **bold** _it_ ~~no~~ [a](javascript:x) ![i](http://evil.example/x.png)»",
	"«\n::error::owned\r\n##vso[task.setvariable variable=x]y\n##[error]z»",
	"«\x1b[31m\x1b]0;title\x07 \u202eabc\u202c \u200b\ufeff \x00 \u0085\u2028»",
	"«</details>\n\n# heading\n\n| a | b |\n|---|---|\n> quote GH-7»",
	"«https://evil.example/ www.evil.example me@evil.example <https://evil.example> &lt;b&gt; $x$»",
	"«%0A::warning::x %25 , : file=a,line=1 \\| \\` ``` ~~~ 漢字»",
}

// fiveMegabytes is a single line.
var fiveMegabytes = strings.Repeat("long|`<b>@you ", 5<<20/14)

// hostile adds attacks to every text of the record but for the words that the
// record's own vocabulary and the catalogue give it, and seals it again.
func hostile(t *testing.T, run *reports.Run) *reports.Run {
	t.Helper()
	n := 0
	var poison func(reflect.Value)
	poison = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			if v.Type() == reflect.TypeFor[string]() {
				v.SetString(v.String() + attacks[n%len(attacks)])
				n++
			}
		case reflect.Slice:
			for i := range v.Len() {
				poison(v.Index(i))
			}
		case reflect.Struct:
			for i := range v.NumField() {
				if f := v.Type().Field(i); f.IsExported() && !vocabulary[f.Name] {
					poison(v.Field(i))
				}
			}
		}
	}
	poison(reflect.ValueOf(run).Elem())
	last := &run.Requirements[len(run.Requirements)-1]
	last.Title += fiveMegabytes
	last.Findings = append(last.Findings, schemas.Finding{Requirement: last.ID, Issue: schemas.Issue{Where: fiveMegabytes, Observed: fiveMegabytes}})
	run.Notices = append(run.Notices, fiveMegabytes)
	reports.Decide(run)
	if err := reports.Seal(run); err != nil {
		t.Fatal(err)
	}
	return run
}

// vocabulary names the members of a record that are no free text.
var vocabulary = map[string]bool{
	"Format": true, "Profile": true, "Basis": true, "ID": true, "File": true, "Footer": true, "Started": true, "Finished": true,
}

// rendered writes the reports that check.mjs reads into a folder.
func rendered(t *testing.T, run *reports.Run) string {
	t.Helper()
	dir := t.TempDir()
	artefacts, err := reports.Render(run, nil)
	if err != nil {
		t.Fatal(err)
	}
	var annotations bytes.Buffer
	if err := reports.WriteAnnotations(&annotations, run, true); err != nil {
		t.Fatal(err)
	}
	for _, a := range append(artefacts, reports.Artefact{Name: "annotations.txt", Bytes: annotations.Bytes()}) {
		if err := os.WriteFile(filepath.Join(dir, a.Name), a.Bytes, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
