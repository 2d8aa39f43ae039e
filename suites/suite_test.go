package suites

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"go/build"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/schemas/mask"
	"omaspec/suites/probe"
)

func TestLabels(t *testing.T) {
	for id, want := range map[string][]string{
		"AUTH-01": {"req:AUTH-01", "level:must", "family:auth", "basis:spec"},
		"HTTP-03": {"req:HTTP-03", "level:should", "family:http", "basis:standard"},
		"MASK-22": {"req:MASK-22", "level:info", "family:mask", "basis:spec"},
	} {
		r, _ := schemas.Requirements().Find(id)
		if got := Labels(r); !slices.Equal(got, want) {
			t.Errorf("%s: %v", id, got)
		}
	}
}

// TestJudgementTravels wants a judgement to come back from Ginkgo's report of
// another process, where it is JSON.
func TestJudgementTravels(t *testing.T) {
	j := Judgement{Requirement: "AUTH-02", Outcome: schemas.Failed, Findings: []schemas.Finding{{Requirement: "AUTH-02", Issue: schemas.Issue{Code: "c", Where: "w", Expected: "e", Observed: "o"}, Exchanges: []string{"M01"}}}, Exchanges: []string{"M01"}}
	b, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string]any{"here": j, "there": nil} {
		if got, ok := judgementOf(raw, string(b)); !ok || !reflect.DeepEqual(got, j) {
			t.Errorf("%s: %v, %v", name, got, ok)
		}
	}
	if _, ok := judgementOf("something else", "{}"); ok {
		t.Error("the entry of somebody else was taken for a judgement")
	}
	if got := j.GomegaString(); got != "AUTH-02 failed\n  at       w (c)\n  expected e\n  observed o\n  exchange M01" {
		t.Errorf("%q", got)
	}
}

// TestRun wants the specs to conclude what the judges conclude, as often as they
// are run, without a word on the console.
func TestRun(t *testing.T) {
	console, err := os.CreateTemp(t.TempDir(), "console")
	if err != nil {
		t.Fatal(err)
	}
	defer console.Close()
	stdout := os.Stdout
	os.Stdout = console
	e := &evidence.Evidence{Gathering: evidence.Gathering{Exchanges: controlled(got("M01", 200), got("M02", 401), lost("M03", "timeout"))}}
	v, all := opened(t, e), schemas.Requirements().Requirements
	first, _ := v.Run(t.Context(), all)
	second, _ := v.Run(t.Context(), all)
	some, _ := v.Run(t.Context(), all[:1])
	os.Stdout = stdout
	if info, err := console.Stat(); err != nil || info.Size() > 0 {
		t.Errorf("%d bytes on the console, %v", info.Size(), err)
	}
	if !reflect.DeepEqual(first, second) || len(first) != len(schemas.Requirements().Requirements) || len(some) != 1 {
		t.Errorf("%d judgements, then %d, then %d of 1", len(first), len(second), len(some))
	}
	for _, j := range first {
		r, _ := schemas.Requirements().Find(j.Requirement)
		if direct := v.Judge(t.Context(), r); !reflect.DeepEqual(j, direct) {
			t.Errorf("the spec says %v, and the judge %v", j, direct)
		}
	}
}

// What an indiscreet target plants everywhere.
var planted = []string{"13812340842", "zhangxiaoming", "Yunhe Logistics", "minz@yunhe-logistics.example", "林晓雨", "Mk3srLl4pnoBcQ7tYvW2aXzEuNdHfJgK"}

// plantedForms are the forms in which it does.
func plantedForms(s string) []string {
	return []string{s, url.QueryEscape(s), base64.StdEncoding.EncodeToString([]byte(s)), hex.EncodeToString([]byte(s)), strings.ToUpper(s)}
}

// indiscreetEvidence answers every probe of the catalogue with everything in
// every place, under many statuses.
func indiscreetEvidence() *evidence.Evidence {
	var forms []string
	for _, s := range planted {
		forms = append(forms, plantedForms(s)...)
	}
	everything := strings.Join(forms, " ")
	text := func(s string) string { b, _ := json.Marshal(s); return string(b) }
	body := `{"mobilePhone":` + text(planted[0]) + `,"company":` + text(planted[2]) + `,"customerName":` + text(planted[1]) + `,"email":` + text(planted[3]) +
		`,"vdn":` + text(planted[0]) + `,"createDate":` + planted[0] + `,"tenantSpaceStatus":` + text(planted[4]) + `,"portalUrl":` + text("http://"+url.PathEscape(planted[1])+".example/?a="+url.QueryEscape(everything))
	var fields evidence.Fields
	for i, form := range forms {
		body += `,` + text(form) + `:` + text(form) + `,"list` + form[:1] + `":[` + text(form) + `]`
		for _, name := range []string{"Content-Type", "Server", "Location", "Set-Cookie", "ETag", "Vary", "Cache-Control", "X-Customer", "Content-Encoding", "Date", "Allow", form}[i%3:] {
			fields = append(fields, evidence.Field{Name: name, Value: evidence.Sensitive(form)})
		}
	}
	bodies := []string{body + "}", body, everything, "<html>" + everything, text(everything)}
	statuses := []int{200, 401, 502, 500, 302, 405, 429, 204}
	g := &evidence.Gathering{}
	for n, p := range probe.Catalogue() {
		for i, step := range p.Steps {
			x := &evidence.Exchange{Probe: p.ID, Attempts: 1, Request: evidence.Request{Method: "GET", Target: probe.DefaultPath, Header: step.Fields}}
			if len(p.Steps) > 1 {
				x.Step = i + 1
			}
			x.Response = &evidence.Response{Proto: "HTTP/1.1", Status: statuses[(n+i)%len(statuses)], Declared: 16, Reason: evidence.Sensitive(everything),
				Header: fields, Trailer: fields, Body: evidence.Sensitive(bodies[(n+i)%len(bodies)]), Extra: evidence.Sensitive(everything)}
			if p.ID == probe.Baseline || p.ID == probe.Closing || strings.HasPrefix(p.ID, "V0") {
				x.Response.Status, x.Response.Body = 200, evidence.Sensitive(bodies[n%2])
			}
			g.Exchanges = append(g.Exchanges, x)
		}
	}
	return &evidence.Evidence{Gathering: *g, Conditions: evidence.Conditions{
		Secure: true, PortalHosts: []string{"portal.example"},
		Secrets: map[string]string{"{token:valid}": planted[5]},
		Subject: mask.Subjects{"valid": {mask.MobilePhone: planted[0], mask.CustomerName: planted[1], mask.Company: planted[2], mask.Email: planted[3]}},
	}}
}

// TestJudgementsQuoteNothing wants findings, reasons and notes without a word of
// what an indiscreet target said.
func TestJudgementsQuoteNothing(t *testing.T) {
	v := opened(t, indiscreetEvidence())
	var forms []string
	for _, s := range planted {
		for _, form := range plantedForms(s) {
			forms = append(forms, strings.ToLower(form))
		}
	}
	violated := 0
	for _, r := range schemas.Requirements().Requirements {
		j := v.Judge(t.Context(), r)
		if j.Defect {
			t.Errorf("%s: %s", r.ID, j.Reason)
		}
		if len(j.Findings) > 0 {
			violated++
		}
		encoded, err := json.Marshal(j)
		if err != nil {
			t.Fatal(err)
		}
		all := strings.ToLower(string(encoded) + j.String())
		if slices.ContainsFunc(forms, func(form string) bool { return strings.Contains(all, form) }) {
			t.Errorf("%s quotes a planted value", r.ID)
		}
	}
	if violated < 50 {
		t.Errorf("only %d requirements were violated, which proves little", violated)
	}
}

// TestChosenOnly wants exactly the chosen requirements to be run.
func TestChosenOnly(t *testing.T) {
	v := opened(t, &evidence.Evidence{Gathering: evidence.Gathering{Exchanges: controlled()}})
	for _, want := range [][]string{{"AUTH-01"}, {"AUTH-02", "BODY-05", "ISOL-10"}} {
		var chosen []schemas.Requirement
		for _, id := range want {
			r, _ := schemas.Requirements().Find(id)
			chosen = append(chosen, r)
		}
		judgements, _ := v.Run(t.Context(), chosen)
		var got []string
		for _, j := range judgements {
			got = append(got, j.Requirement)
		}
		slices.Sort(got) // Ginkgo runs families in an order of its own
		if !slices.Equal(got, want) {
			t.Errorf("%v were run for %v", got, want)
		}
	}
}

// TestImports wants judging to know evidence and the contract, and nothing of
// reports, sessions or configuration.
func TestImports(t *testing.T) {
	p, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range p.Imports {
		known := strings.HasPrefix(path, "omaspec/schemas") || path == "omaspec/reports/evidence" || path == "omaspec/suites/match" || path == "omaspec/suites/probe"
		if strings.HasPrefix(path, "omaspec/") && !known {
			t.Errorf("judges import %s", path)
		}
	}
}
