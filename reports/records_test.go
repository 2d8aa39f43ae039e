package reports

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"omaspec/fixtures/hostile"
	"omaspec/reports/evidence"
	"omaspec/schemas"
)

// samples are the records that every writer is shown; nobody changes them.
var samples = sync.OnceValue(func() map[string]*Run {
	return map[string]*Run{
		"conformant": conformingRun(),
		"failing":    failingRun(),
		"hostile":    hostileRun(),
		"huge":       hugeRun(),
	}
})

var started = time.Date(2026, 11, 23, 14, 14, 2, 0, time.UTC)

const sampleURL = "https://staging.example.com/rest/oma/softwareconsole/tenant/querytenantbasic"

// conformingRun is a small run that met everything: each requirement passed but
// for one that does not apply.
func conformingRun() *Run { return sealed(conforming()) }

func conforming() *Run {
	run := &Run{
		Format: RecordFormat, Version: RecordVersion, ID: "20261123T141402Z-7kq2",
		Tool:      Tool{Name: "omaspec", Version: "0.1.0", Commit: "3f1c2ab", Go: "go1.26.0"},
		Contract:  Contract{Title: "Querying Customer Information", Published: "2023-09-27", SHA256: strings.Repeat("ab", 32)},
		Catalogue: Catalogue{Version: "1.0.0", SHA256: strings.Repeat("cd", 32)},
		Target: Target{
			URL: sampleURL, Protocols: []string{"HTTP/1.1", "HTTP/2.0"}, TLS: "TLS 1.3", CertificateSHA256: strings.Repeat("ef", 32),
		},
		Settings: Settings{
			Profile: ProfileGate, Basis: BasisAll,
			Readings: []Reading{
				{Name: "envelope", Value: "flat", Default: "flat", Rows: []string{"A3", "A4"}, Meaning: "the members of Table 2 stand at the root of the body"},
				{Name: "masking", Value: "lenient", Default: "lenient", Rows: []string{"A17"}, Meaning: "any adequate mask passes"},
			},
			Credentials: []string{"valid", "second-tenant", "expired"},
			Seed:        7,
		},
		Started: started, Finished: started.Add(840 * time.Millisecond),
		Redaction: Redaction{Policy: "1", Counts: map[string]int{"token": 12}},
	}
	rows := []struct {
		id     string
		level  schemas.Level
		basis  string
		source string
		title  string
		seen   string
	}{
		{"AUTH-01", schemas.MUST, "spec", "Table 1, row 1", "A valid token in X-Auth-Token is answered with 200.", "V01"},
		{"AUTH-02", schemas.MUST, "spec", "Table 1, row 1", "A request without X-Auth-Token is answered with 401.", "M01"},
		{"AUTH-03", schemas.MUST, "spec", "Table 3, row 1", "A truncated token is answered with 401.", "B04"},
		{"BODY-01", schemas.MUST, "spec", "Table 2, row 1.4", "The 200 body has email, a string.", "V01"},
		{"MASK-01", schemas.MUST, "spec", "Table 2, row 1.1", "mobilePhone has been masked.", "V01"},
		{"MASK-02", schemas.MUST, "RFC 6750 5.3", "-", "No response repeats the token.", "V01"},
		{"HTTP-01", schemas.SHOULD, "spec", "Status code 200, example", "Content-Type is application/json.", "V01"},
		{"HTTP-02", schemas.MUST, "RFC 9110 8.6", "Status code 200, example", "Content-Length is the length of the body.", "V01"},
		{"ISOL-01", schemas.MUST, "ASVS 14.3.2", "-", "Two tenants never see each other's data.", "L07/1"},
		{"ISOL-02", schemas.INFO, "RFC 9111 5.2", "-", "Whether a shared cache may store the answer is recorded.", "V01"},
	}
	for i, row := range rows {
		run.Requirements = append(run.Requirements, Result{
			ID: row.id, Level: row.level, Basis: row.basis, Source: row.source, Title: row.title,
			Rationale: "A client relies on it.", File: schemas.CatalogueFile, Line: 20 + 10*i,
			Outcome: schemas.Passed, Exchanges: []string{row.seen},
		})
	}
	run.Requirements[8].Outcome = schemas.NotApplicable
	run.Requirements[8].Reason = "The embedded reference target has one tenant."
	run.Requirements[9].Notes = []string{"the 200 response has Cache-Control: no-store"}
	for i, id := range []string{"V01", "M01", "B04", "L07/1"} {
		run.Exchanges = append(run.Exchanges, sampleExchange(id, i))
	}
	return run
}

func sampleExchange(id string, i int) Exchange {
	return Exchange{
		ID: id, Title: "the valid token", Method: "GET", Target: "/rest/oma/softwareconsole/tenant/querytenantbasic",
		Header: []evidence.RequestField{{Name: "X-Auth-Token", Value: "{token:valid}"}}, Status: 200, Protocol: "HTTP/1.1", Bytes: 303,
		Started: started.Add(time.Duration(i) * time.Millisecond), TotalMS: 41.5, WaitMS: 40.25, Attempts: 1, Conn: 1, Reused: i > 0,
		Trace: strings.Repeat("0a", 16),
		Curl:  `curl -sS -i -H "X-Auth-Token: $OMASPEC_TOKEN" '` + sampleURL + `'`,
	}
}

// failingRun violates two MUSTs and a SHOULD, and could not try one more.
func failingRun() *Run { return sealed(failing()) }

func failing() *Run {
	run := conforming()
	run.Notices = []string{"The server's certificate was not verified (--insecure-skip-verify)."}
	run.Settings.Readings[0].Value = "wrapped"
	violate := func(i int, o schemas.Outcome, issues ...schemas.Finding) {
		run.Requirements[i].Outcome = o
		run.Requirements[i].Findings = issues
	}
	finding := func(id, where, expected, observed string, exchanges ...string) schemas.Finding {
		return schemas.Finding{
			Requirement: id, Exchanges: exchanges,
			Issue: schemas.Issue{Code: "sample", Where: where, Expected: expected, Observed: observed},
		}
	}
	violate(2, schemas.Failed,
		finding("AUTH-03", "status line", "401", "200", "B04"),
		finding("AUTH-03", "status line", "401", "200", "L07/1"))
	violate(4, schemas.Failed, finding("MASK-01", "/mobilePhone", "four digits or more replaced by a mask sign", "D11", "V01"))
	violate(6, schemas.Warned, finding("HTTP-01", "header Content-Type", "application/json", "the page's misprint application/json%3Bcharset=UTF-8", "V01"))
	run.Requirements[8].Outcome = schemas.NotExercised
	run.Requirements[8].Reason = "A second tenant's token is missing: set OMASPEC_TOKEN_SECOND_TENANT."
	run.Requirements[7].Outcome = schemas.Inconclusive
	run.Requirements[7].Reason = "The connection was reset twice before the body had ended: run again."
	run.Unsent = []evidence.Unsent{{Probe: "L07", Kind: evidence.UnsentCredential, Reason: "no second tenant's token", Remedy: "set OMASPEC_TOKEN_SECOND_TENANT"}}
	run.Evidence = EvidenceOf("evidence.har", []byte("{}"))
	return run
}

// poisoned is failingRun, not sealed, with a text behind every string that
// is not a word of the record's own vocabulary; each calls next for its own.
func poisoned(next func() string) *Run {
	run := failing()
	Decide(run)
	words := map[string]bool{
		RecordFormat: true, ProfileGate: true, BasisAll: true, BasisSpec: true,
		// A suite's name is a part of an id.
		"AUTH-03": true,
	}
	var poison func(reflect.Value)
	poison = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			switch v.Interface().(type) {
			case schemas.Level, schemas.Outcome, Verdict:
				return
			}
			if v.CanSet() && !words[v.String()] {
				v.SetString(v.String() + next())
			}
		case reflect.Struct:
			if v.Type() == reflect.TypeFor[time.Time]() || v.Type() == reflect.TypeFor[Footer]() {
				return
			}
			for i := range v.NumField() {
				poison(v.Field(i))
			}
		case reflect.Slice:
			for i := range v.Len() {
				poison(v.Index(i))
			}
		}
	}
	poison(reflect.ValueOf(run).Elem())
	run.Settings.Options = map[string]string{"header" + next(): next()}
	run.Redaction.Counts = map[string]int{"token" + strings.ToValidUTF8(next(), ""): 1}
	run.Stopped = "The target" + next()
	return run
}

// poisonedBy has that one text everywhere.
func poisonedBy(text string) *Run { return sealed(poisoned(func() string { return text })) }

// hostileRun has every hostile text, each in places of its own.
func hostileRun() *Run {
	used := 0
	run := poisoned(func() string {
		used++
		return hostile.Texts[used%len(hostile.Texts)].Text
	})
	if used < len(hostile.Texts) {
		panic("a record has fewer strings than there are hostile texts")
	}
	return sealed(run)
}

// attack is one hostile text and the record that has it everywhere.
type attack struct {
	name, text string
	run        *Run
}

// attacks are all of them; nobody changes their records.
var attacks = sync.OnceValue(func() []attack {
	var out []attack
	for _, h := range hostile.Texts {
		out = append(out, attack{h.String(), h.Text, poisonedBy(h.Text)})
	}
	return out
})

// headAndTail is the beginning and the end of a text, and how much is between them.
func headAndTail(text []byte, head, tail int) []byte {
	lines := bytes.SplitAfter(text, []byte("\n"))
	lines = lines[:len(lines)-1] // each ends in a line feed
	between := fmt.Appendf(nil, "(%d more lines)\n", len(lines)-head-tail)
	return bytes.Join(slices.Concat(lines[:head], [][]byte{between}, lines[len(lines)-tail:]), nil)
}

// hugeRun has every outcome many times.
func hugeRun() *Run {
	run := failing()
	base := run.Requirements
	run.Requirements = nil
	for i := range 400 {
		r := base[i%len(base)]
		r.ID = fmt.Sprintf("%s-%03d", family(r.ID), i)
		r.Line = 10 * i
		if r.Outcome == schemas.NotExercised {
			r.Reason = fmt.Sprintf("Group %d needs another token.", i%7)
		}
		run.Requirements = append(run.Requirements, r)
	}
	base2 := run.Exchanges
	for i := range 200 {
		x := base2[i%len(base2)]
		x.ID = fmt.Sprintf("X%03d", i)
		run.Exchanges = append(run.Exchanges, x)
	}
	return sealed(run)
}

// sealed decides and seals the run.
func sealed(run *Run) *Run {
	Decide(run)
	if err := Seal(run); err != nil {
		panic(err)
	}
	return run
}
