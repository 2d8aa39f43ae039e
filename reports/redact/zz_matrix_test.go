package redact_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"regexp"
	"strings"
	"testing"

	"omaspec/fixtures"
	"omaspec/fixtures/faults"
	"omaspec/reports/exchange"
	"omaspec/reports/har"
	"omaspec/reports/redact"
	"omaspec/schemas"
	"omaspec/schemas/mask"
	"omaspec/suites"
	"omaspec/suites/config"
	"omaspec/suites/probe"
	"omaspec/suites/selftest"
)

func TestMatrixExperiment(t *testing.T) {
	if os.Getenv("MATRIX") == "" {
		t.Skip("MATRIX is not set")
	}
	log.SetOutput(io.Discard)
	type c struct {
		name  string
		tls   bool
		apply func(*fixtures.Behaviour)
	}
	cases := []c{{"reference", false, func(*fixtures.Behaviour) {}}, {"reference-tls", true, func(*fixtures.Behaviour) {}}}
	for _, f := range faults.Faults() {
		cases = append(cases, c{f.Name, f.NeedsTLS, f.Apply})
	}
	for _, v := range faults.Variants() {
		cases = append(cases, c{v.Name, v.NeedsTLS, v.Apply})
	}
	only := regexp.MustCompile(os.Getenv("MATRIX"))
	for _, k := range cases {
		if !only.MatchString(k.name) {
			continue
		}
		for _, truth := range []bool{true, false} {
			t.Run(fmt.Sprint(k.name, truth), func(t *testing.T) {
				target := fixtures.NewTarget(fixtures.With(k.apply))
				server, err := target.Start(fixtures.Listen{TLS: k.tls})
				if err != nil {
					t.Fatal(err)
				}
				defer server.Close()
				s := &suites.Session{Config: config.Default()}
				selftest.Point(s, target, server)
				if !truth {
					s.Subject = nil
				}
				s.Config.Full = os.Getenv("FULL") != ""
				if err := s.Prepare(); err != nil {
					t.Fatal(err)
				}
				e, err := s.Gather(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				live := judge(e)

				g := *e.Gathering
				rd := redact.New(redact.Config{Secrets: e.Conditions.Secrets, Subjects: e.Conditions.Subject, Exchanges: g.Exchanges, AllowEmails: e.Conditions.AllowEmails})
				ev := har.Evidence{RunID: "r", Target: server.URL + "/", Subjects: rd.Subjects()}
				secrets := map[string]string{}
				for p := range e.Conditions.Secrets {
					secrets[p] = p
					ev.Secrets = append(ev.Secrets, p)
				}
				if strings.HasPrefix(server.URL, "http") {
					ev.Target = server.URL
				}
				for _, x := range g.Exchanges {
					ev.Exchanges = append(ev.Exchanges, rd.Exchange(x))
				}
				var b bytes.Buffer
				if err := har.Write(&b, ev); err != nil {
					t.Fatal(err)
				}
				bytesOf := bytes.Clone(b.Bytes())
				back, err := har.Read(&b)
				if err != nil {
					t.Fatal(err)
				}
				g.Exchanges = back.Exchanges
				cond := e.Conditions
				cond.Secrets, cond.Subject = secrets, back.Subjects
				off := judge(&suites.Evidence{Gathering: &g, Conditions: cond})
				for id, want := range live {
					if off[id].outcome != want.outcome {
						t.Errorf("%s: live %s, offline %s\n%s\n%s", id, want.outcome, off[id].outcome, want.detail, off[id].detail)
					} else if off[id].detail != want.detail && os.Getenv("DETAIL") != "" {
						t.Errorf("%s: details differ\n%s\n%s", id, want.detail, off[id].detail)
					}
				}
				if n := rd.Counts()[redact.CountUnfaithful]; n > 0 {
					t.Errorf("%v", rd.Counts())
				}
				if leaks := rd.Gate().Scan(map[string][]byte{"evidence.har": bytesOf}); len(leaks) > 0 {
					for _, l := range leaks[:min(3, len(leaks))] {
						t.Errorf("gate: %v ...%q", l, bytesOf[max(0, l.Offset-60):min(len(bytesOf), l.Offset+60)])
					}
				}
				for p, v := range e.Conditions.Secrets {
					if len(v) >= 8 && bytes.Contains(bytesOf, []byte(v)) {
						t.Errorf("secret %s in the HAR", p)
					}
				}
				for _, sub := range []fixtures.Role{fixtures.Valid, fixtures.SecondTenant} {
					v := target.Subject(sub)
					for _, s := range []string{v.MobilePhone, v.Email, v.CustomerName, v.Company} {
						if bytes.Contains(bytes.ToLower(bytesOf), bytes.ToLower([]byte(s))) {
							i := bytes.Index(bytes.ToLower(bytesOf), bytes.ToLower([]byte(s)))
							t.Errorf("value %q in the HAR: %q", s, bytesOf[max(0, i-100):i+50])
						}
					}
				}
				if os.Getenv("DUMP") != "" {
					os.WriteFile(os.Getenv("DUMP"), bytesOf, 0o600)
				}
			})
		}
	}
	_ = exchange.Canonical
	_ = mask.Fields
	_ = probe.Baseline
}

type result struct{ outcome, detail string }

func judge(e *suites.Evidence) map[string]result {
	out := map[string]result{}
	for _, r := range schemas.Requirements().Requirements {
		j := suites.Judge(e, r)
		d := j.Reason
		for _, f := range j.Findings {
			d += "\n " + f.Code + " " + f.Where + " | " + f.Expected + " | " + f.Observed + " " + fmt.Sprint(f.Exchanges)
		}
		for _, n := range j.Notes {
			d += "\n note " + n
		}
		out[r.ID] = result{string(j.Outcome), d}
	}
	return out
}
