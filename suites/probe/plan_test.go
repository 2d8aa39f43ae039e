package probe

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"omaspec/reports/evidence"
	"omaspec/schemas"
)

// TestCatalogueCoversTheRows wants the rows of rows.yaml that something is sent for
// to have probes, and no other ones.
func TestCatalogueCoversTheRows(t *testing.T) {
	rows, err := schemas.Rows()
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^[A-Z0-9]+(\.[a-z0-9_-]+)?$`)
	probed, ids := map[string]bool{}, map[string]bool{}
	for _, p := range Catalogue() {
		if !form.MatchString(p.ID) {
			t.Errorf("%s is not an id", p.ID)
		}
		if ids[p.ID] {
			t.Errorf("%s stands twice", p.ID)
		}
		ids[p.ID], probed[p.Row()] = true, true
	}
	for id, row := range rows {
		if want := row.Sent && row.Excluded == ""; probed[id] != want {
			t.Errorf("row %s has probes: %t, want %t", id, probed[id], want)
		}
		delete(probed, id)
	}
	for id := range probed {
		t.Errorf("rows.yaml has no row %s", id)
	}
}

// TestMustsAreSentUnlessDangerous wants no row of a MUST to wait for --full.
func TestMustsAreSentUnlessDangerous(t *testing.T) {
	groups := map[string][]Group{}
	for _, p := range Catalogue() {
		groups[p.Row()] = append(groups[p.Row()], p.Group)
	}
	for _, r := range schemas.Requirements().Requirements {
		if r.Level != schemas.MUST {
			continue
		}
		for _, row := range r.Covers {
			if slices.Contains(groups[row], GroupFull) && !slices.Contains(groups[row], "") {
				t.Errorf("%s is a MUST, and row %s is only sent with --full", r.ID, row)
			}
		}
	}
}

// TestDangerousProbesAre wants the groups for what somebody has to permit to hold
// nothing else.
func TestDangerousProbesAre(t *testing.T) {
	isRealIn := func(text string) bool { return slices.ContainsFunc(placeholders(text), isReal) }
	for _, p := range Catalogue() {
		for _, s := range p.Steps {
			dangerous := true
			switch p.Group {
			case GroupTokenInURL:
				dangerous = isRealIn(s.Target) || isRealIn(s.Body)
			case GroupUnsafeMethods:
				dangerous = slices.Contains([]string{"POST", "PUT", "PATCH", "DELETE"}, s.Method)
			case GroupHostile:
				dangerous = len(s.Fields) == 1 && s.Fields[0].Name == TokenField && len(placeholders(s.Fields[0].Value)) == 0
			case GroupSmuggling:
				dangerous = len(s.Lines) == 2
			}
			if !dangerous {
				t.Errorf("%s is nothing to ask permission for", p.ID)
			}
		}
	}
}

func TestProbesAreDescribed(t *testing.T) {
	for _, p := range Catalogue() {
		for i := range max(1, len(p.Steps)) {
			if p.Channel != Handshake && Title(p.exchangeID(i)) == "" || p.Title == "" || strings.HasSuffix(p.Title, "?") {
				t.Errorf("the title of %s does not say what is sent", p.exchangeID(i))
			}
		}
		if len(p.Steps) == 0 && p.Channel != Handshake {
			t.Errorf("%s sends nothing", p.ID)
		}
	}
	if got := Title("L02/2"); got != "on one connection: the valid token" {
		t.Errorf("the title of L02/2 is %q", got)
	}
	if Title("Z99") != "" {
		t.Error("an unknown id has a title")
	}
}

// TestValidTokensStayWhereTheyBelong holds the plan to the rules on where a real
// token may be sent.
func TestValidTokensStayWhereTheyBelong(t *testing.T) {
	plan := planFor(t, endpointOf(t, "https://a.example"), allGroups()...)
	for _, p := range plan.Probes {
		for i, s := range p.Steps {
			inTarget := slices.ContainsFunc(placeholders(s.Target), isReal)
			inAny := slices.ContainsFunc(s.texts(), func(text string) bool { return slices.ContainsFunc(placeholders(text), isReal) })
			switch {
			case inTarget && p.Group != GroupTokenInURL:
				t.Errorf("%s puts a real token in the URL", p.exchangeID(i))
			case inAny && s.Method == "TRACE":
				t.Errorf("%s puts a real token in TRACE", p.exchangeID(i))
			case inAny && p.Channel == Plaintext:
				t.Errorf("%s sends a real token in clear text", p.exchangeID(i))
			case inAny && slices.Contains([]string{"POST", "PUT", "PATCH", "DELETE"}, s.Method) && p.Group != GroupUnsafeMethods:
				t.Errorf("%s sends a real token with %s", p.exchangeID(i), s.Method)
			case slices.Contains([]string{"PUT", "PATCH", "DELETE"}, s.Method) && p.Group != GroupUnsafeMethods:
				t.Errorf("%s sends %s", p.exchangeID(i), s.Method)
			}
		}
	}
}

func isReal(p placeholder) bool {
	_, supplied := Role(p.arg).Info()
	return p.source == "token" && supplied
}

func TestSymbolicTextIsPrintable(t *testing.T) {
	for _, p := range Catalogue() {
		for i, s := range p.Steps {
			for _, text := range s.texts() {
				if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
					t.Errorf("%s holds other text than printable ASCII", p.exchangeID(i))
				}
			}
		}
	}
}

func TestNeeds(t *testing.T) {
	want := map[string][]Role{"M01": nil, "B01": nil, "V01": {Valid}, "L03": {Valid, SecondTenant}, "X01": {Expired}, "M09": {Valid}, "B17": {Valid}, "M07.token": {Valid}}
	for _, p := range Catalogue() {
		if roles, ok := want[p.ID]; ok && !slices.Equal(p.Needs(), roles) {
			t.Errorf("%s needs %v, want %v", p.ID, p.Needs(), roles)
		}
	}
}

func TestNewPlan(t *testing.T) {
	e := endpointOf(t, "https://a.example:8443/gw")
	plan := planFor(t, e)
	if first, last := plan.Probes[0].ID, plan.Probes[len(plan.Probes)-1].ID; first != Baseline || last != Closing {
		t.Errorf("the plan begins with %s and ends with %s", first, last)
	}
	all := planFor(t, e, allGroups()...)
	if len(all.Left) != 0 || len(all.Probes) != len(plan.Probes)+len(plan.Left) {
		t.Errorf("%d probes and %d left, but %d in all groups", len(plan.Probes), len(plan.Left), len(all.Probes))
	}
	if n := plan.Requests(); n > 140 {
		t.Errorf("the default plan sends %d requests", n)
	}
	for _, p := range all.Probes {
		for i, s := range p.Steps {
			for _, text := range s.texts() {
				for _, ph := range placeholders(text) {
					if slices.Contains([]string{"path", "host", "origin"}, ph.source) {
						t.Errorf("%s still holds %s", p.exchangeID(i), ph.text)
					}
				}
			}
		}
	}
	if _, err := NewPlan(e, "everything"); err == nil {
		t.Error("an unknown group is accepted")
	}
	if Catalogue()[0].Steps[0].Target != "" {
		t.Error("making a plan changed the catalogue")
	}
}

func TestPreview(t *testing.T) {
	w := walletOf(t, map[Role]string{Valid: testValid})
	plan := planFor(t, endpointOf(t, "https://a.example"))
	preview, err := plan.Preview(Config{}, w)
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]string{}
	for _, r := range preview.Requests {
		lines[r.ID] = r.String()
		if strings.Contains(r.String(), testValid) {
			t.Errorf("%s shows the token", r.ID)
		}
	}
	for id, want := range map[string]string{
		"B04":       "B04  GET " + DefaultPath + "  X-Auth-Token: {token:valid|cut-quarter}",
		"L01/2":     "L01/2  GET " + DefaultPath,
		"T02.tls10": "T02.tls10  a handshake with TLS 1.0",
		"B17":       "B17  GET " + DefaultPath + "  X-Auth-Token: {token:valid}{bytes:00}junk",
	} {
		if lines[id] != want {
			t.Errorf("preview of %s: %q, want %q", id, lines[id], want)
		}
	}
	unsent := map[string]evidence.Unsent{}
	for _, u := range preview.Unsent {
		unsent[u.Probe] = u
	}
	for id, want := range map[string]evidence.Unsent{
		"X01":          {Probe: "X01", Kind: evidence.UnsentCredential, Reason: "it needs a token that has expired", Remedy: "set OMASPEC_TOKEN_EXPIRED"},
		"M09":          {Probe: "M09", Kind: evidence.UnsentGroup, Reason: "its group of probes, token-in-url, was not asked for", Remedy: "use --allow-token-in-url"},
		"B10.unsigned": {Probe: "B10.unsigned", Kind: evidence.UnsentInapplicable, Reason: "the token with the JWT signature emptied: this token is not a JWT", Remedy: ""},
	} {
		if unsent[id] != want {
			t.Errorf("%s: %+v, want %+v", id, unsent[id], want)
		}
	}
	if _, err := planFor(t, endpointOf(t, "http://a.example")).Preview(Config{}, w); err == nil {
		t.Error("a preview for plain http to another machine is not refused")
	}
}
