package suites

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"omaspec/fixtures"
	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/suites/probe"
)

// answerSize is what a client accepts of one body, in bytes.
const answerSize = 128 << 10

// filled repeats what piece makes of 0, 1, 2 and so on, up to the size of an answer.
func filled(piece func(i int) string) string {
	var b strings.Builder
	for i := 0; b.Len() < answerSize-200; i++ {
		b.WriteString(piece(i))
	}
	return b.String()
}

// repeating is a text of one piece, but for its end.
func repeating(piece string) func(int) string {
	return func(n int) string { return strings.Repeat(piece, (answerSize-1000)/len(piece)) + fmt.Sprint(n) }
}

// hostileTexts are texts of the size of an answer that are dear to somebody who
// looks for leaks in them. n counts the answers, which all differ.
var hostileTexts = map[string]func(n int) string{
	"phones": func(n int) string { return filled(func(i int) string { return fmt.Sprintf("13%03d%06d ", n, i) }) },
	"masked phones": func(n int) string {
		return filled(func(i int) string { return fmt.Sprintf("13%d****%04d ", n%10, i%10000) })
	},
	"addresses": func(n int) string {
		return filled(func(i int) string { return fmt.Sprintf("a%d.%d@b%d.cn ", n, i, i) })
	},
	"masked addresses": func(n int) string {
		return filled(func(i int) string { return fmt.Sprintf("a%d%d****@b%d.cn ", n, i, i) })
	},
	"at signs":           repeating("@"),
	"digits":             repeating("1"),
	"groups of digits":   repeating("138-"),
	"pluses":             repeating("+1 "),
	"nested URLs":        repeating("https://a.cn/?u="),
	"nested redirects":   repeating("https://a.cn/?redirect_uri="),
	"percents":           repeating("%25"),
	"percent of percent": repeating("%252531"),
	"references":         repeating("&amp;"),
	"ampersands":         repeating("&"),
	"parameters": func(n int) string {
		return "https://a.cn/?" + filled(func(i int) string { return fmt.Sprintf("a%d=%d&", i, n) })
	},
	"path":            repeating("/a;b=c"),
	"letters":         repeating("A"),
	"x":               repeating("x"),
	"stars":           repeating("*"),
	"star and letter": repeating("*a"),
	"base64": func(n int) string {
		return base64.StdEncoding.EncodeToString([]byte(filled(func(i int) string { return fmt.Sprintf("13%03d%06d ", n, i) }))[:answerSize*3/4-2000])
	},
	"base64 thrice": func(n int) string {
		text := []byte(filled(func(i int) string { return fmt.Sprintf("13%03d%06d ", n, i) }))[:answerSize*3/8]
		for range 3 {
			text = []byte(base64.StdEncoding.EncodeToString(text))
		}
		return string(text[:min(len(text), answerSize-1000)])
	},
	"web tokens":       repeating("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."),
	"stack":            repeating("at a.b(c.java:1)\n"),
	"stack in line":    repeating("at a.b(c.java:1"),
	"exceptions":       repeating("java.Exception"),
	"ends":             repeating("Exception"),
	"paths":            repeating("/opt/"),
	"drives":           repeating(`A:\b`),
	"addresses 10":     repeating("10.1.1.1 "),
	"backslashes":      repeating(`\`),
	"token beginnings": repeating("Mk3srLl4pnoBcQ"),
	"spaces":           repeating(" "),
	"semicolons":       repeating("&a;"),
	"Han":              repeating("王"),
	"bad UTF-8":        repeating("\xff"),
}

// quoted is text as a JSON string.
func quoted(text string) string { b, _ := json.Marshal(text); return string(b) }

// exampleInstead is the page's example with other values for members: name, value,
// name, value.
func exampleInstead(changes ...string) string {
	var members map[string]json.RawMessage
	_ = json.Unmarshal([]byte(fixtures.Example), &members)
	for i := 0; i < len(changes); i += 2 {
		members[changes[i]] = json.RawMessage(changes[i+1])
	}
	b, _ := json.Marshal(members)
	return string(b)
}

// elements are the words of a text as a JSON array.
func elements(text string) string {
	b, _ := json.Marshal(strings.Fields(text))
	return string(b)
}

// hostilePlaces put a text into an answer.
var hostilePlaces = map[string]func(r *evidence.Response, text string){
	"the body": func(r *evidence.Response, text string) { r.Body = evidence.Sensitive(text) },
	"a member": func(r *evidence.Response, text string) {
		r.Body = evidence.Sensitive(exampleInstead("vdn", quoted(text)))
	},
	"mobilePhone": func(r *evidence.Response, text string) {
		r.Body = evidence.Sensitive(exampleInstead("mobilePhone", quoted(text)))
	},
	"email": func(r *evidence.Response, text string) {
		r.Body = evidence.Sensitive(exampleInstead("email", quoted(text)))
	},
	"portalUrl": func(r *evidence.Response, text string) {
		r.Body = evidence.Sensitive(exampleInstead("portalUrl", quoted(text)))
	},
	"a portalUrl": func(r *evidence.Response, text string) {
		r.Body = evidence.Sensitive(exampleInstead("portalUrl", quoted("https://a.cn/?redirect_uri="+text)))
	},
	"an array": func(r *evidence.Response, text string) {
		r.Body = evidence.Sensitive(exampleInstead("list", elements(text)))
	},
	"mobilePhones": func(r *evidence.Response, text string) {
		r.Body = evidence.Sensitive(exampleInstead("mobilePhone", elements(text)))
	},
	"doubled names": func(r *evidence.Response, text string) {
		var b strings.Builder
		for word := range strings.FieldsSeq(text) {
			word = quoted(word[:min(len(word), answerSize/2-1000)])
			if b.Len()+2*len(word) > answerSize {
				break
			}
			b.WriteString(`"mobilePhone":` + word + `,"email":` + word + ",")
		}
		r.Body = evidence.Sensitive("{" + b.String() + fixtures.Example[1:])
	},
	"member names": func(r *evidence.Response, text string) {
		var b strings.Builder
		for word := range strings.FieldsSeq(text) {
			b.WriteString(quoted(word) + ":0,")
		}
		r.Body = evidence.Sensitive("{" + b.String() + strings.TrimPrefix(fixtures.Example, "{"))
	},
	"gzip": func(r *evidence.Response, text string) {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		for range 20 {
			_, _ = w.Write([]byte(text))
		}
		_ = w.Close()
		r.Body = evidence.Sensitive(b.String()[:min(b.Len(), answerSize)])
		r.Header = append(r.Header, evidence.Field{Name: "Content-Encoding", Value: "gzip"})
	},
	"Content-Type": func(r *evidence.Response, text string) {
		r.Header[0].Value = evidence.Sensitive(text[:min(len(text), 64<<10)])
	},
	"a charset": func(r *evidence.Response, text string) {
		r.Header[0].Value = "application/json; charset=" + evidence.Sensitive(text[:min(len(text), 64<<10)])
	},
	"masks and phones": func(r *evidence.Response, text string) {
		var b strings.Builder
		for i := range 1000 {
			fmt.Fprintf(&b, `"mobilePhone":"13%d****%04d","email":"a%d****@b%d.cn",`, len(text)%10, i, i, i)
		}
		r.Body = evidence.Sensitive("{" + b.String() + exampleInstead("vdn", quoted(text[:min(len(text), 60<<10)]))[1:])
	},
	"nested duplicates": func(r *evidence.Response, text string) {
		body := quoted(text[:min(len(text), 100<<10)])
		for range 60 {
			body = `{"a":{"a":0,"b":0},"a":` + body + "}"
		}
		r.Body = evidence.Sensitive(exampleInstead("vdn", body))
	},
	"a field": func(r *evidence.Response, text string) {
		r.Header = append(r.Header, evidence.Field{Name: "X-Note", Value: evidence.Sensitive(text[:min(len(text), 64<<10)])})
	},
	"fields": func(r *evidence.Response, text string) {
		n := 0
		for word := range strings.FieldsSeq(text) {
			if n += len(word) + 6; n > 64<<10 {
				break
			}
			r.Header = append(r.Header, evidence.Field{Name: "X-" + word, Value: evidence.Sensitive(word)})
		}
	},
	"after the end": func(r *evidence.Response, text string) { r.Extra = evidence.Sensitive(text) },
}

// usual is how many answers a usual run has.
const usual = 110

// hostileEvidence answers so many probes with a text in a place.
func hostileEvidence(answers int, text func(n int) string, place func(*evidence.Response, string)) *evidence.Evidence {
	g := &evidence.Gathering{}
	for _, p := range probe.Catalogue() {
		for i := range p.Steps {
			if len(g.Exchanges) == answers {
				break
			}
			x := &evidence.Exchange{Probe: p.ID, Attempts: 1, Request: evidence.Request{Method: "GET", Target: probe.DefaultPath, Header: []evidence.RequestField{{Name: "X-Auth-Token", Value: "{token:valid}"}}}}
			if len(p.Steps) > 1 {
				x.Step = i + 1
			}
			x.Response = &evidence.Response{Proto: "HTTP/1.1", Status: 200, Declared: -1, Body: evidence.Sensitive(fixtures.Example),
				Header: evidence.Fields{{Name: "Content-Type", Value: "application/json"}}}
			place(x.Response, text(len(g.Exchanges)))
			g.Exchanges = append(g.Exchanges, x)
		}
	}
	return &evidence.Evidence{Gathering: *g, Conditions: evidence.Conditions{Secrets: map[string]string{"{token:valid}": "Mk3srLl4pnoBcQ7tYvW2aXzEuNdHfJgK"}}}
}

// BenchmarkHostile judges a run of which every answer is hostile, and tells how much
// was held at its end.
func BenchmarkHostile(b *testing.B) {
	for place, put := range hostilePlaces {
		for name, text := range hostileTexts {
			b.Run(place+"/"+name, func(b *testing.B) {
				for b.Loop() {
					b.StopTimer()
					e := hostileEvidence(usual, text, put)
					runtime.GC()
					var before, after runtime.MemStats
					runtime.ReadMemStats(&before)
					b.StartTimer()
					findings := 0
					v := opened(b, e)
					for _, r := range schemas.Requirements().Requirements {
						findings += len(v.Judge(b.Context(), r).Findings)
					}
					b.StopTimer()
					runtime.GC()
					runtime.ReadMemStats(&after)
					b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/(1<<20), "MiB-held")
					b.ReportMetric(float64(findings), "findings")
					runtime.KeepAlive(v)
					b.StartTimer()
				}
			})
		}
	}
}
