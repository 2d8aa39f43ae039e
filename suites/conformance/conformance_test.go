// Package conformance runs the specs under go test and the ginkgo command: on
// the target that OMASPEC_TARGET names, with the tokens of the environment, or
// on the reference target. With `ginkgo -p` one process gathers and all judge.
//
//	OMASPEC_TARGET=https://staging.example OMASPEC_TOKEN_FILE=token go test ./suites/conformance
package conformance

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/onsi/ginkgo/v2"

	"omaspec/reports"
	"omaspec/suites"
	"omaspec/suites/selftest"
)

// TestMain keeps the result out of the cache of go test, whatever its command line:
// it depends on what a target answers today. The go command keeps no result
// without the log of what a test looked at, so none is written.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.testlogfile", ""); err != nil {
		fmt.Fprintln(os.Stderr, "the result would be cached:", err)
		os.Exit(2)
	}
	os.Exit(m.Run())
}

func TestConformance(t *testing.T) {
	session, err := session(t)
	if err != nil {
		t.Fatal(err)
	}
	suites.Register(session.Source(), func(judgements []suites.Judgement) {
		if os.Getenv("OMASPEC_REPORTS") == "" || session.Config.Folder() == "" {
			return
		}
		if err := write(session, judgements); err != nil {
			t.Error(err)
		}
	})
	ginkgo.RunSpecs(t, "querytenantbasic")
}

// session is that of the environment, be it one on the reference target.
func session(t *testing.T) (*suites.Session, error) {
	session, err := suites.FromEnvironment()
	if err != nil || !session.Config.Embedded() {
		return session, err
	}
	server, err := selftest.Embed(session)
	if err == nil {
		t.Cleanup(func() { _ = server.Close() })
	}
	return session, err
}

// write makes the reports folder, as the command does.
func write(session *suites.Session, judgements []suites.Judgement) error {
	artefacts, err := session.Artefacts(session.Record(judgements))
	if err != nil {
		return err
	}
	return reports.Write(session.Config.Reports, artefacts)
}
