package strictjson

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestBoundaries has bodies that differ by little from those of TestParse.
func TestBoundaries(t *testing.T) {
	for _, test := range []struct {
		name, body string
		complete   bool
		want       []string
	}{
		{"one byte too large", `"` + strings.Repeat("a", 1<<20-1) + `"`, false, []string{"json.size"}},
		{"no colon before an object", `{"vdn" {}}`, false, []string{"json.syntax /vdn"}},
		{"no colon before an array", `{"vdn" []}`, false, []string{"json.syntax /vdn"}},
		{"no comma before an object", `[1 {}]`, false, []string{"json.syntax /1"}},
		{"two duplicates side by side", `{"vdn":1,"vdn":2,"email":1,"email":2}`, true,
			[]string{"json.duplicate-differs /vdn", "json.duplicate-differs /email"}},
		{"differing duplicates in duplicates", `{"schema":{"vdn":1,"vdn":2},"schema":{"vdn":1,"vdn":3}}`, true,
			[]string{"json.duplicate-differs /schema/vdn", "json.duplicate-differs /schema"}},
		{"equal duplicates in duplicates", `{"schema":{"vdn":1,"vdn":2},"schema":{"vdn": 1,"vdn": 2}}`, true,
			[]string{"json.duplicate-differs /schema/vdn", "json.duplicate /schema"}},
		{"equal bytes that are not UTF-8", "{\"schema\":[\"\xff\"],\"schema\":[ \"\xff\" ]}", true,
			[]string{"json.utf8 /schema/0", "json.duplicate /schema"}},
		{"differing bytes that are not UTF-8", "{\"vdn\":\"\xff1\",\"vdn\":\"\xff2\"}", true,
			[]string{"json.utf8 /vdn", "json.duplicate-differs /vdn"}},
	} {
		doc, issues := Parse([]byte(test.body), DefaultLimits)
		if diff := cmp.Diff(test.want, places(issues)); diff != "" {
			t.Errorf("%s: issues (-want +got):\n%s", test.name, diff)
		}
		if doc.Complete != test.complete {
			t.Errorf("%s: Complete is %v", test.name, doc.Complete)
		}
	}
}

// TestPlacesAreBounded reports sixteen places of one fault, and no more.
func TestPlacesAreBounded(t *testing.T) {
	_, issues := Parse([]byte("["+strings.Repeat("1e400,", 19)+"1e400]"), DefaultLimits)
	if len(issues) != 16 {
		t.Errorf("%d issues, want 16", len(issues))
	}
}

// TestKnownNames prints every name of Tables 2 to 4 and of the errors of sibling
// pages.
func TestKnownNames(t *testing.T) {
	names := []string{
		"schema", "mobilePhone", "company", "customerName", "email", "vdn", "createDate", "tenantSpaceStatus", "portalUrl",
		"code", "description", "error_code", "error_msg", "message", "resultCode", "resultDesc",
		"retCode", "retMsg", "returnCode", "returnMsg",
	}
	for _, name := range names {
		if got := SafePointer("/" + name); got != "/"+name {
			t.Errorf("%s becomes %s", name, got)
		}
	}
	if len(known) != len(names) {
		t.Errorf("%d names are known, want %d", len(known), len(names))
	}
}

func TestFormatPrintsTheShape(t *testing.T) {
	doc, _ := Parse([]byte(`"153****0991"`), DefaultLimits)
	if got := fmt.Sprintf("%v", doc.Value); got != "a string of shape D3*4D4" {
		t.Errorf("got %q", got)
	}
}

// TestCutOffValuesOfOtherKindsDiffer: neither has a text to compare.
func TestCutOffValuesOfOtherKindsDiffer(t *testing.T) {
	object, _ := Parse([]byte(`{"vdn":`), DefaultLimits)
	array, _ := Parse([]byte(`[1`), DefaultLimits)
	if object.Equal(array.Value) {
		t.Error("an object equals an array")
	}
}
