package reports

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"omaspec/schemas"
)

func TestMerged(t *testing.T) {
	finding := func(code, where string, exchanges ...string) schemas.Finding {
		return schemas.Finding{Requirement: "AUTH-03", Issue: schemas.Issue{Code: code, Where: where, Expected: "401", Observed: "200"}, Exchanges: exchanges}
	}
	got := merged([]schemas.Finding{
		finding("a", "status line", "B01", "B02"),
		finding("a", "body", "B01"),
		finding("b", "status line", "B02", "B03"),
	})
	want := []schemas.Finding{
		finding("a", "status line", "B01", "B02", "B03"),
		finding("a", "body", "B01"),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestStory(t *testing.T) {
	run := failingRun()
	r := run.Requirements[2]
	for i := range 5 {
		f := r.Findings[0]
		f.Where = string(rune('a' + i))
		r.Findings = append(r.Findings, f)
	}
	r.Source = "-"
	want := []fact{
		{"at", "status line"}, {"expected", "401"}, {"observed", "200"}, {"seen in", "B04, L07/1"},
		{"and", "5 more findings"}, {"basis", "spec"}, {reproduce, run.Exchanges[2].Curl},
	}
	if diff := cmp.Diff(want, viewOf(run).story(r, 1), cmp.AllowUnexported(fact{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
