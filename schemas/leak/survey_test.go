package leak

import (
	"encoding/base64"
	"fmt"
	"html"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"omaspec/fixtures/hostile"
	"omaspec/schemas/mask"
)

// numbers are n different telephone numbers.
func numbers(n int) string { return strings.Join(hostile.Phones(n), " ") + " " }

// TestSurveyKeepsEverySort wants the first hits of each sort, wherever in a text
// they are, and the number of the others.
func TestSurveyKeepsEverySort(t *testing.T) {
	d := New(Config{
		Masked:  map[mask.Field][]string{mask.MobilePhone: {"153****0991", "1390000****"}},
		Secrets: map[string]string{"{a}": "canary0123456789", "{b}": "another987654321"},
	})
	for _, test := range []struct {
		name, text string
		kept       int // hits
		sorts      int
		more       int // hits that were not kept
	}{
		{"few", numbers(3), 3, 1, 0},
		{"as many as are kept", numbers(4), 4, 1, 0},
		{"one more", numbers(5), 4, 1, 1},
		{"very many", numbers(3000), 4, 1, 2996},
		{"very many, and one that fits no mask at the end", numbers(3000) + "15399999999", 5, 2, 2996},
		{"very many that fit a mask, and that fit none", numbers(50) + strings.ReplaceAll(numbers(50), "139", "137") + numbers(50), 8, 2, 142},
		{"two secrets, the second at the end", strings.Repeat("canary0123456789 ", 500) + "another987654321", 5, 2, 496},
		{"of several kinds", numbers(10) + strings.Repeat("a@b.cn ", 10) + strings.Repeat("10.0.0.1 ", 10), 12, 3, 18},
		{"all of them percent-encoded too", numbers(10) + "%20", 4, 1, 6},
	} {
		found := (&Survey{Kept: 4}).Scan(d, test.text)
		sorts, more := map[Sort]bool{}, 0
		for _, h := range found.Hits {
			sorts[h.Sort()] = true
		}
		for _, n := range found.More {
			more += n
		}
		if len(found.Hits) != test.kept || len(sorts) != test.sorts || more != test.more || found.Unread {
			t.Errorf("%s: %d hits of %d sorts and %d more, want %d of %d and %d", test.name, len(found.Hits), len(sorts), more, test.kept, test.sorts, test.more)
		}
	}
}

// TestSurveySpends wants the decoded bytes of a run to be bounded, the texts
// themselves to be looked at all the same, and to be told what was left out.
func TestSurveySpends(t *testing.T) {
	d := New(Config{})
	encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("call 15312340991 ", 100)))
	s := &Survey{Decoded: 20_000}
	unread := 0
	for i := range 100 {
		found := s.Scan(d, fmt.Sprintf("13912340991 %s %d", encoded, i))
		if len(found.Hits) == 0 {
			t.Fatalf("text %d: the number that is not encoded was not found", i)
		}
		if found.Unread {
			unread++
		} else if len(found.Hits) < 2 {
			t.Errorf("text %d: the encoded numbers were neither found nor said to be left out", i)
		}
	}
	if unread < 80 || unread > 99 {
		t.Errorf("%d of 100 texts were not looked at to their end", unread)
	}
	if found := (&Survey{}).Scan(d, encoded); found.Unread || len(found.Hits) == 0 {
		t.Errorf("without a bound: unread is %t", found.Unread)
	}
}

// TestSurveyStops wants a search to end soon after it is told to.
func TestSurveyStops(t *testing.T) {
	d := New(Config{})
	asked := 0
	s := &Survey{Stop: func() bool { asked++; return asked > 3 }}
	text := strings.Repeat(`%2531\u0035 &#49;`, 1000)
	if found := s.Scan(d, text); !found.Unread || asked > 5 {
		t.Errorf("unread is %t after %d questions", found.Unread, asked)
	}
	if found := s.Scan(d, "15312340991"); !found.Unread || len(found.Hits) > 0 {
		t.Errorf("after the end: %+v", found)
	}
}

// reference is what a reference of HTML looks like, for comparison.
var reference = regexp.MustCompile(`^&(?:#[0-9]{1,7};?|#[xX][0-9A-Fa-f]{1,6};?|[A-Za-z][A-Za-z0-9]{1,30};)`)

// TestReferences compares the reader of references with that expression.
func TestReferences(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"&", "#", "x", "X", ";", "a", "amp", "lt", "42", "2A", "fF", "9", "-", "Auml", "nosuchname", "王"}
	for range 50_000 {
		text := "&"
		for range rng.IntN(8) {
			text += pieces[rng.IntN(len(pieces))]
		}
		found := reference.FindString(text[:min(len(text), 40)])
		want := html.UnescapeString(found)
		if want == found || want == "" {
			want, found = "", ""
		}
		if plain, n := htmlReference(text); plain != want || n != len(found) {
			t.Fatalf("%q: %q of %d bytes, want %q of %d", text, plain, n, want, len(found))
		}
	}
}
