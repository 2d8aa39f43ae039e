package probe

import (
	"testing"

	"omaspec/reports/evidence"
)

// TestCarried says of the requests of the catalogue what they carry.
func TestCarried(t *testing.T) {
	want := map[string]string{
		"M01": "without a token", "M02": "with an empty token", "M04": "with an empty token", "M13": "without a token", "M11": "without a token",
		"M06": "with the valid token in the field Authorization", "M08": "with the valid token in the field Cookie", "M10.token": "with the valid token in the field Token",
		"M07.token": "with the valid token in the URL", "M09": "with the valid token in the body",
		"B01": "with a made-up token", "B02": "with what is made of the valid token", "B08.null": "with a made-up token", "B09": "with a made-up token",
		"B15.zero-width": "with another spelling of the valid token", "B17": "with another spelling of the valid token", "B20": "with two fields X-Auth-Token", "B22": "with two fields X-Auth-Token",
		"B23.bad-first": "with another spelling of the valid token", "D01.bearer": "with another spelling of the valid token", "D06": "with what is made of the valid token",
		"X01": "with an expired token", "X02": "with a revoked token", "X05": "with the second customer's token", "R01.post": "with the valid token", "R05": "with a made-up token",
	}
	for _, p := range Catalogue() {
		if words, ok := want[p.ID]; ok {
			s := p.Steps[0]
			r := evidence.Request{Target: s.Target, Body: s.Body, Header: s.Fields}
			for _, line := range s.Lines {
				r.Header = append(r.Header, exactLine(line).RequestField)
			}
			if got := Carried(r); got != words {
				t.Errorf("%s goes %q, want %q", p.ID, got, words)
			}
			delete(want, p.ID)
		}
	}
	strange := evidence.Request{Header: token("{token:valid}").Fields, Raw: "GET / HTTP/1.1\r\nX-Auth-Token : {token:valid}\r\n\r\n"}
	if got := Carried(strange); got != "with the valid token in a field line of another spelling" {
		t.Errorf("a space before the colon goes %q", got)
	}
	if len(want) > 0 {
		t.Errorf("there are no probes for %v", want)
	}
}

func TestWhose(t *testing.T) {
	for symbolic, want := range map[string]string{
		"{token:valid}": "the valid token", "{token:valid#2}": "the valid token", "{token:second-tenant}": "the second customer's token",
		"{token:canary}": "a made-up token", "{token:valid|reversed}": "what is made of the valid token", "{token:valid#1|twice}": "what is made of the valid token",
		"{header:X-Key}": "the value of an added header field", "{gateway:basic}": "the credential of OMASPEC_GATEWAY_BASIC",
		"{gateway:basic|base64}": "the credential of OMASPEC_GATEWAY_BASIC", "{gateway:password}": "the password for the gateway", "phone": "", "": "",
	} {
		if got := Whose(symbolic); got != want {
			t.Errorf("%s: %q, want %q", symbolic, got, want)
		}
	}
	for _, info := range Roles {
		if Whose(info.Role.Placeholder()) == "" {
			t.Errorf("there are no words for the token of the role %s", info.Role)
		}
	}
}
