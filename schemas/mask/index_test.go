package mask

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestIndexAgreesWithJudgeTruth asks an Index and JudgeTruth about masks and values
// of many spellings.
func TestIndexAgreesWithJudgeTruth(t *testing.T) {
	masks := map[Field][]string{
		MobilePhone: {"153****0991", "153****3991", "*******0991", "153********", "1*3*2*4*9*1", "+86 153****0991", "0086153****0991", "153 **** 0991", "153****", "１５３****0991", "nnn12340991", "153xxxx0991", "***2340***"},
		Email:       {"s****@huawei.com", "****i01@huawei.com", "s**k**1@huawei.com", "S****@Huawei.com", "sun***@h*****.com", "****@huawei.com", "s____@huawei.com", "s.****@huawei.com", "s****@huawei.cn"},
	}
	values := map[Field][]string{
		MobilePhone: {"15312340991", "+8615312340991", "+86 153 1234 0991", "153-1234-0991", "15399990991", "153991", "25312340991", "0991", "153", "15312340992", "+12025550143"},
		Email:       {"sunkai01@huawei.com", "SUNKAI01@HUAWEI.COM", "s.unkai@huawei.com", "s@huawei.com", "sunkai@huawei.cn", "wang@huawei.com", "sunkai@hXXX.com", "sunkai@b.h.com"},
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for field := range masks {
		for _, m := range masks[field] {
			for range 40 { // and cut anywhere
				cut := []rune(m)
				masks[field] = append(masks[field], string(cut[rng.IntN(len(cut)):]))
			}
		}
		for _, m := range masks[field] {
			if Judge(field, m).Verdict != OK {
				continue
			}
			ix := NewIndex(field, []string{m})
			for _, v := range values[field] {
				if got, want := ix.Fits(v), JudgeTruth(field, m, v).Verdict != Foreign; got != want {
					t.Errorf("%s %q and %q: fits is %t", field, m, v, got)
				}
			}
		}
		all := NewIndex(field, masks[field][:8])
		for _, v := range values[field] {
			want := false
			for _, m := range masks[field][:8] {
				want = want || JudgeTruth(field, m, v).Verdict != Foreign
			}
			if got := all.Fits(v); got != want {
				t.Errorf("%s, all masks and %q: fits is %t", field, v, got)
			}
		}
	}
	if NewIndex(MobilePhone, nil).Fits("15312340991") {
		t.Error("a value fits a mask where there is none")
	}
}

// TestIndexIsBounded wants an Index to hold a bounded number of masks, and to count
// those that it does not hold.
func TestIndexIsBounded(t *testing.T) {
	numbered := func(format string, n int) []string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf(format, i, i))
		}
		return all
	}
	for _, test := range []struct {
		name    string
		values  []string
		dropped int
	}{
		{"one mask again and again", strings.Split(strings.Repeat("153****0991 ", 10_000), " ")[:10_000], 0},
		{"simple masks", numbered("%d****%04d", 5000), 5000 - maxValues},
		{"complex masks", numbered("%d**5**%04d", 1000), 1000 - maxComplex},
		{"a mask of 128 KiB", []string{"1" + strings.Repeat("*", 128<<10)}, 1},
	} {
		ix := NewIndex(MobilePhone, test.values)
		if ix.Dropped != test.dropped || len(ix.complex) > maxComplex || len(ix.edges) > maxEdges {
			t.Errorf("%s: %d dropped, want %d; %d complex ones, %d edges", test.name, ix.Dropped, test.dropped, len(ix.complex), len(ix.edges))
		}
	}
	long := NewIndex(MobilePhone, numbered("%d****%04d", 5000))
	if !long.Fits("112340001") || long.Fits("4999123404999") {
		t.Error("the first masks are not those that are held")
	}
}
