package evidence

import (
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
