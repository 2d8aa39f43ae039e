package suites

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/onsi/gomega/format"

	"omaspec/reports/evidence"
	"omaspec/schemas"
	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
	"omaspec/suites/probe"
)

// TestNothingPrints: whatever holds tokens, true values or answers shows none of
// them, however it is formatted.
func TestNothingPrints(t *testing.T) {
	secrets := []string{"tk9-Q2mXw7LtR4bZc81", "13907756421", "139****6421"}
	conditions := evidence.Conditions{Secrets: leak.Secrets{"{token:valid}": secrets[0]}, Subject: mask.Subjects{"valid": {mask.MobilePhone: secrets[1]}}}
	x := &evidence.Exchange{Probe: "V01", Response: &evidence.Response{Status: 200, Body: evidence.Sensitive(`{"mobilePhone":"` + secrets[2] + `","t":"` + secrets[0] + `"}`)}}
	e := &evidence.Evidence{Gathering: evidence.Gathering{Exchanges: []*evidence.Exchange{x}}, Conditions: conditions}
	v := opened(t, e)
	v.observe(x)
	wallet, err := probe.NewWallet(map[probe.Role]probe.Secret{probe.Valid: probe.NewSecret(secrets[0])}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]any{
		"conditions": conditions, "evidence": e, "secrets": conditions.Secrets, "subjects": conditions.Subject, "subject": conditions.Subject["valid"],
		"detector": v.detector, "observation": v.observe(x), "wallet": wallet, "the wallet's secrets": wallet.Secrets(), "given": wallet.Given(),
		"view": v, "case": &Case{View: v},
	} {
		texts := []string{format.Object(value, 1)}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			texts = append(texts, fmt.Sprintf(verb, value))
		}
		if b, err := json.Marshal(value); err == nil {
			texts = append(texts, string(b))
		}
		for _, text := range texts {
			for _, secret := range secrets {
				if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
					t.Errorf("%s shows %q: %.200s", name, secret, text)
				}
			}
		}
	}
}

// TestTokensHaveNoShape: of a token that comes back no more is told than its length.
func TestTokensHaveNoShape(t *testing.T) {
	const token = "k7Qp2mX-w9LtR4.b81"
	shape := schemas.Shape(token)
	x := got("B01", 401, "X-Echo", token, "Set-Cookie", "a="+token)
	x.Response.Body = evidence.Sensitive(`{"code":"` + token + `","x":["` + token + `"]}`)
	v := opened(t, &evidence.Evidence{Gathering: evidence.Gathering{Exchanges: controlled(x)}, Conditions: evidence.Conditions{Secrets: map[string]string{"{token:valid}": token}}})
	o := v.observe(x)
	if len(o.Hits) < 4 {
		t.Fatalf("%d finds", len(o.Hits))
	}
	for _, h := range o.Hits {
		if want := "the valid token, 18 characters"; h.issue().Observed != want {
			t.Errorf("%s: %q, want %q", h.Where, h.issue().Observed, want)
		}
	}
	text, err := json.Marshal(o)
	if err != nil || strings.Contains(string(text), shape) {
		t.Errorf("%v, %s", err, text)
	}
	for _, r := range schemas.Requirements().Requirements {
		if j := fmt.Sprintf("%+v", v.Judge(t.Context(), r)); strings.Contains(j, shape) {
			t.Errorf("%s: %s", r.ID, j)
		}
	}
}
