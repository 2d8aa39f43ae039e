// Package conformance runs the specs under go test and the ginkgo command: on
// the target that OMASPEC_TARGET names, with the tokens of the environment, or
// on the reference target. With `ginkgo -p` one process gathers and all judge.
//
//	OMASPEC_TARGET=https://staging.example OMASPEC_TOKEN_FILE=token go test ./suites/conformance
package conformance

import (
	"context"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/onsi/ginkgo/v2"

	"omaspec/reports"
	"omaspec/reports/evidence"
	"omaspec/suites"
	"omaspec/suites/session"
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
	setup, err := setup(t)
	if err != nil {
		t.Fatal(err)
	}
	var captured *session.Captured
	source := func(ctx context.Context) (*evidence.Evidence, error) {
		if captured, err = setup.Gather(ctx); err != nil {
			return nil, err
		}
		return captured.Evidence(), nil
	}
	suites.Register(source, func(judgements []suites.Judgement) {
		if os.Getenv("OMASPEC_REPORTS") == "" || setup.Config.Folder() == "" || captured == nil {
			return
		}
		if err := write(captured.Conclude(context.Background(), judgements), setup.Config.Folder()); err != nil {
			t.Error(err)
		}
	})
	ginkgo.RunSpecs(t, "querytenantbasic")
}

// setup is that of the environment, be it for the reference target.
func setup(t *testing.T) (*session.Setup, error) {
	s, err := session.FromEnvironment()
	if err != nil || !s.Config.Embedded() {
		return s, err
	}
	server, err := session.Embed(s)
	if err == nil {
		t.Cleanup(func() { _ = server.Close() })
	}
	return s, err
}

// write makes the reports folder, as the command does.
func write(judged *session.Judged, folder string) error {
	_, artefacts, err := judged.Report()
	if err != nil {
		return err
	}
	return reports.Write(folder, artefacts)
}
