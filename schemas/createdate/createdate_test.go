package createdate

import (
	"slices"
	"strings"
	"testing"
	"time"

	"omaspec/schemas"
)

var now = time.Date(2026, time.June, 1, 0, 0, 0, 0, time.UTC)

func codes(issues []schemas.Issue) []string {
	var out []string
	for _, i := range issues {
		out = append(out, strings.TrimPrefix(i.Code, "createdate."))
	}
	return out
}

func TestVectors(t *testing.T) {
	tests := []struct {
		literal string
		want    []string
		why     string // what the observation adds to the shape
	}{
		{`1681203525000`, nil, ""},
		{`1681203525`, []string{"unit"}, "looks like seconds"},
		{`1681203525000000000`, []string{"range"}, "far in the future; perhaps nanoseconds"},
		{`"1681203525000"`, []string{"type"}, ""},
		{`1681203525000.5`, []string{"fraction"}, ""},
		{`1.681203525e12`, []string{"lexical"}, ""},
		{`0`, []string{"range"}, "zero"},
		{`-1`, []string{"range"}, "negative"},
		{`null`, []string{"type"}, ""},
		{`true`, []string{"type"}, ""},
		{`20230411165845`, []string{"unit"}, "looks like yyyyMMddHHmmss"},
		{`20230411`, []string{"unit"}, "looks like yyyyMMdd"},
		{`1262303999999`, []string{"range"}, "too early"},
		{`1780272000000`, nil, ""},
		{`1811808000000`, []string{"range"}, "in the future"},
		{`9007199254740993`, []string{"range"}, "in the future"},
		{`01681203525000`, []string{"json"}, ""},
		{`NaN`, []string{"json"}, ""},
		{`1e400`, []string{"range", "lexical"}, "far in the future; perhaps nanoseconds"},

		{`1262304000000`, nil, ""},
		{`1780272300000`, nil, ""},
		{`1780272300001`, []string{"range"}, "in the future"},
		{` 1681203525000 `, nil, ""},
		{`1681203525000.0`, []string{"lexical"}, ""},
		{`16812035250e2`, []string{"lexical"}, ""},
		{`168120352500000e-2`, []string{"lexical"}, ""},
		{`1681203525000E+0`, []string{"lexical"}, ""},
		{`1681203525.0`, []string{"unit", "lexical"}, "looks like seconds"},
		{`1681203525000000`, []string{"unit"}, "looks like microseconds"},
		{`20230431`, []string{"range"}, "too early"}, // there is no 31 April
		{`21000101000000`, []string{"range"}, "in the future"},
		{`18446745754913077`, []string{"range"}, "in the future"}, // times 1000 it overflows into the range
		{`19891231`, []string{"range"}, "too early"},
		{`19900101`, []string{"unit"}, "looks like yyyyMMdd"},
		{`20991231`, []string{"unit"}, "looks like yyyyMMdd"},
		{`21000101`, []string{"range"}, "too early"},
		{`1262304000`, []string{"unit"}, "looks like seconds"}, // the first second
		{`1262303999`, []string{"range"}, "too early"},
		{`1262304000000000`, []string{"unit"}, "looks like microseconds"},
		{`1780272300000999`, []string{"unit"}, "looks like microseconds"},
		{`1780272300`, []string{"unit"}, "looks like seconds"}, // the last second
		{`1780272301`, []string{"range"}, "too early"},
		{`1e-3`, []string{"fraction"}, ""},
		{`0.00000000000016812035e25`, []string{"lexical"}, ""}, // zeros at the start are no digits
		{`0e-5`, []string{"range", "lexical"}, "zero"},
		{`1e999999`, []string{"range", "lexical"}, "far in the future; perhaps nanoseconds"},
		{`1e99999999999999999999`, []string{"range", "lexical"}, "far in the future; perhaps nanoseconds"},
		{`10e9223372036854775807`, []string{"range", "lexical"}, "far in the future; perhaps nanoseconds"}, // of an int
		{`1e-99999999999999999999`, []string{"fraction"}, ""},
		{`0e99999999999999999999`, []string{"range", "lexical"}, "zero"},
		{`-0.0`, []string{"range", "lexical"}, "zero"},
		{`{}`, []string{"type"}, ""},
		{`[1681203525000]`, []string{"type"}, ""},
		{``, []string{"json"}, ""},
		{`-`, []string{"json"}, ""},
		{`+1681203525000`, []string{"json"}, ""},
		{`16812035250:0`, []string{"json"}, ""},
		{`16812035250/0`, []string{"json"}, ""},
		{`05`, []string{"json"}, ""},
		{`1681203525000.`, []string{"json"}, ""},
		{`.5`, []string{"json"}, ""},
		{`1e`, []string{"json"}, ""},
		{`1e+`, []string{"json"}, ""},
		{`0x1`, []string{"json"}, ""},
		{`1681203525000L`, []string{"json"}, ""},
		{`１６８１２０３５２５０００`, []string{"json"}, ""},
	}
	for _, test := range tests {
		t.Run(test.literal, func(t *testing.T) {
			issues := Judge(test.literal, now, time.Time{})
			if got := codes(issues); !slices.Equal(got, test.want) {
				t.Fatalf("got %v, want %v", got, test.want)
			}
			if test.why != "" && !strings.HasSuffix(issues[0].Observed, ": "+test.why) {
				t.Errorf("observed %q, want it to end in %q", issues[0].Observed, test.why)
			}
			for _, i := range issues {
				if i.Advisory != (i.Code == CodeLexical) {
					t.Errorf("%s: advisory is %t", i.Code, i.Advisory)
				}
				if i.Expected == "" {
					t.Errorf("%s does not say what is expected", i.Code)
				}
			}
		})
	}
}

func TestNotBefore(t *testing.T) {
	later := time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)
	if got := codes(Judge("1681203525000", now, later)); !slices.Equal(got, []string{"range"}) {
		t.Errorf("got %v for a time before the lower bound", got)
	}
}

func TestIssue(t *testing.T) {
	got := Judge("1681203525", now, time.Time{})
	want := []schemas.Issue{{
		Code:     "createdate.unit",
		Where:    "/createDate",
		Expected: "milliseconds since 1970-01-01T00:00:00Z",
		Observed: "D10: looks like seconds",
	}}
	if !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// millis returns the number of milliseconds that literal stands for. ok is false
// unless it is a JSON number, whole, and not beyond the range of an int64.
func millis(literal string) (ms int64, ok bool) {
	n, ok := parse(strings.Trim(literal, " \t\r\n"))
	if !ok || !n.whole() {
		return 0, false
	}
	ms, ok = n.integer()
	if n.negative {
		ms = -ms
	}
	return ms, ok
}

func TestMillis(t *testing.T) {
	tests := []struct {
		literal string
		ms      int64
		ok      bool
	}{
		{"1681203525000", 1681203525000, true},
		{"1.681203525e12", 1681203525000, true},
		{"-1", -1, true},
		{"999999999999999999", 999999999999999999, true},
		{"1000000000000000000", 0, false},
		{"0", 0, true},
		{"0e-5", 0, true},
		{"1681203525000.5", 0, false},
		{"1e400", 0, false},
		{`"1"`, 0, false},
	}
	for _, test := range tests {
		if ms, ok := millis(test.literal); ms != test.ms || ok != test.ok {
			t.Errorf("%s: got %d, %t; want %d, %t", test.literal, ms, ok, test.ms, test.ok)
		}
	}
}

func FuzzJudge(f *testing.F) {
	for _, s := range []string{"1681203525000", "1e400", "-0.0", "NaN", `"1"`, "20230411", "1.5e-3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, literal string) {
		issues := Judge(literal, now, time.Time{})
		ms, ok := millis(literal)
		good := ok && ms >= Earliest.UnixMilli() && ms <= now.Add(Skew).UnixMilli()
		clean := !slices.ContainsFunc(issues, func(i schemas.Issue) bool { return !i.Advisory })
		if good != clean {
			t.Fatalf("issues %v for %d, %t", codes(issues), ms, ok)
		}
	})
}

// BenchmarkHostile shows that long literals and huge exponents cost next to nothing.
func BenchmarkHostile(b *testing.B) {
	digits := strings.Repeat("9", 1<<20)
	for name, literal := range map[string]string{
		"plain": "1681203525000", "exponent": "1e999999", "digits": digits,
		"zeros": "1" + strings.Repeat("0", 1<<20), "fraction": "0." + digits + "e" + digits,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Judge(literal, now, time.Time{})
			}
		})
	}
}
