package evidence

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
)

func TestHandOver(t *testing.T) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	text := Sensitive(every)
	want := &Evidence{Conditions: Conditions{Secrets: leak.Secrets{"{token:valid}": string(every)}, Subject: mask.Subjects{"valid": {mask.Company: "x"}}, PortalHosts: []string{"h"}}}
	want.Gathering = Gathering{
		Started: time.Now().UTC().Round(0), Finished: time.Now().UTC().Round(0), Interrupted: true,
		Exchanges: []*Exchange{
			{Probe: "L02", Step: 3, Attempts: 2, Trace: "t", Secure: true, Timings: Timings{Wait: 5},
				Request: Request{Method: "GET", Header: []RequestField{{Name: "A", Value: "b"}}, Raw: "r"},
				Conn:    Conn{ID: 7, Reused: true},
				Response: &Response{Status: 200, Reason: text, Body: text, Extra: text, Declared: -1, Cut: "short",
					Header: Fields{{Name: "X", Value: text}}, Trailer: Fields{{Name: "Y", Value: text}}}},
			{Probe: "M01", Failure: &Failure{Kind: FailureTLS, Text: "x"}},
		},
		Unsent:    []Unsent{{"X01", UnsentCredential, "r", "s"}},
		Stopped:   &Stop{Kind: StopBudget, Reason: "r"},
		Transport: &Transport{Version: "TLS 1.3", Handshakes: []HandshakeResult{{"T02.tls10", "TLS 1.0", HandshakeRefused, "d"}}},
	}
	b, err := want.HandOver()
	if err != nil {
		t.Fatal(err)
	}
	got, err := TakeOver(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("the evidence changed on its way") // the difference may hold anything
	}
	for _, broken := range [][]byte{nil, b[:len(b)/2], []byte("{}")} {
		if _, err := TakeOver(broken); err == nil {
			t.Error("broken input is accepted")
		}
	}
}

// TestFlakes lists what came of a request before it was answered otherwise.
func TestFlakes(t *testing.T) {
	status := func(probe string, try, status int) *Exchange {
		return &Exchange{Probe: probe, Try: try, Response: &Response{Status: status}}
	}
	lost := &Exchange{Probe: "M03", Try: 1, Failure: &Failure{Kind: FailureReset}}
	g := Gathering{Exchanges: []*Exchange{
		status("V01", 0, 200),
		status("M01", 1, 502), status("M01", 0, 401), // once
		status("M02", 1, 502), status("M02", 2, 502), status("M02", 0, 502), // always
		lost, status("M03", 2, 503), status("M03", 0, 401), // in two ways
		status("L02", 1, 401), status("L02", 0, 401), // of a sequence whose other steps failed
	}}
	var got []string
	for _, f := range g.Flakes() {
		got = append(got, f.String())
	}
	if want := []string{"M01: 502 in 1 of 2 tries", "M03: reset, 503 in 2 of 3 tries"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if id := g.Exchanges[1].ID(); id != "M01~1" || Counting(id) != "M01" || RowOf(id) != "M01" || RowOf("B08.null~2") != "B08" {
		t.Errorf("%s counts for %s", id, Counting(id))
	}
}
