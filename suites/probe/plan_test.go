package probe

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"omaspec/reports/evidence"
)

// rows are the contract questions that have probes, with the number of the last
// row of each table. T04 and later, and X08, have none.
var lastRow = map[string]int{"V": 7, "M": 14, "B": 26, "D": 7, "X": 7, "L": 10, "R": 26, "T": 3}

// mustRows are the rows whose level is MUST, or a security standard.
var mustRows = []string{
	"V01", "M01", "M02", "M03", "M04", "M06", "M07", "M08", "M09", "M10", "M11", "M13", "M14", "B01", "B02", "B03", "B04", "B05",
	"B06", "B07", "B08", "B09", "B10", "B14", "B17", "B25", "B26", "D06", "X01", "X02", "X03", "X04", "X05", "L01", "L02", "L03",
	"L04", "L05", "L06", "L07", "R02", "R03", "R05", "R07", "R08", "R09", "R11", "R12", "R15", "R19", "R21", "R24", "T01", "T02", "T03",
}

// optIn are the MUST rows that are deliberately not in the default group.
var optIn = map[string]Group{"M07": TokenInURL, "M09": TokenInURL, "B25": Hostile, "B26": Hostile}

func TestCatalogueCoversTheRows(t *testing.T) {
	form := regexp.MustCompile(`^[VMBDXLRT][0-9]{2}(\.[a-z0-9_-]+)?$`)
	groups := map[string][]Group{}
	ids := map[string]bool{}
	for _, p := range Catalogue() {
		if !form.MatchString(p.ID) {
			t.Errorf("%s is not an id", p.ID)
		}
		if ids[p.ID] {
			t.Errorf("%s stands twice", p.ID)
		}
		ids[p.ID] = true
		groups[p.Row()] = append(groups[p.Row()], p.Group)
	}
	for letter, last := range lastRow {
		for n := 1; n <= last; n++ {
			row := letter + string(rune('0'+n/10)) + string(rune('0'+n%10))
			if groups[row] == nil {
				t.Errorf("row %s has no probe", row)
			}
		}
	}
	for _, row := range mustRows {
		if group := optIn[row]; !slices.Contains(groups[row], group) {
			t.Errorf("row %s is not sent in the group %q", row, group)
		}
	}
}

func TestProbesAreDescribed(t *testing.T) {
	for _, p := range Catalogue() {
		for i := range max(1, len(p.Steps)) {
			if p.Channel != Handshake && Title(p.exchangeID(i)) == "" || p.Title == "" {
				t.Errorf("%s has no title", p.exchangeID(i))
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
			case inTarget && p.Group != TokenInURL:
				t.Errorf("%s puts a real token in the URL", p.exchangeID(i))
			case inAny && s.Method == "TRACE":
				t.Errorf("%s puts a real token in TRACE", p.exchangeID(i))
			case inAny && p.Channel == Plaintext:
				t.Errorf("%s sends a real token in clear text", p.exchangeID(i))
			case inAny && slices.Contains([]string{"POST", "PUT", "PATCH", "DELETE"}, s.Method) && p.Group != UnsafeMethods:
				t.Errorf("%s sends a real token with %s", p.exchangeID(i), s.Method)
			case slices.Contains([]string{"PUT", "PATCH", "DELETE"}, s.Method) && p.Group != UnsafeMethods:
				t.Errorf("%s sends %s", p.exchangeID(i), s.Method)
			}
		}
	}
}

func isReal(p placeholder) bool {
	_, supplied := Role(p.arg).info()
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
