package mask

import (
	"testing"
)

// TestThresholds has a value on the wrong side of every threshold that decides
// alone, next to the right one.
func TestThresholds(t *testing.T) {
	for _, v := range []struct {
		field   Field
		value   string
		verdict Verdict
		why     string
	}{
		{MobilePhone, "1234**", UnderMasked, "2 hidden"},
		{MobilePhone, "1234***", OK, "3 hidden"},
		{MobilePhone, "12345678***", UnderMasked, "8 visible"},
		{MobilePhone, "1234567***", OK, "7 visible"},
		{MobilePhone, "123456", Ambiguous, "6 visible"},
		{MobilePhone, "1234567", Unmasked, "7 visible"},
		{Company, "华*", UnderMasked, "1 hidden"},
		{Company, "华**", OK, "2 hidden"},
		{Company, "华为云计算**", UnderMasked, "2 of 7 hidden"},
		{Company, "华为云计**", OK, "2 of 6 hidden"},
		{CustomerName, "zha*", UnderMasked, "1 of 4 hidden"},
		{CustomerName, "zh*", OK, "1 of 3 hidden"},
		{CustomerName, "zhangsa****", UnderMasked, "7 visible"},
		{CustomerName, "zhangs****", OK, "6 visible"},
		{Email, "su*@x.com", UnderMasked, "1 hidden"},
		{Email, "s*@x.com", OK, "1 hidden, with 1 visible"},
		{Email, "sunkai**@x.com", UnderMasked, "2 of 8 hidden"},
		{Email, "sunk**@x.com", OK, "2 of 6 hidden"},
		{Email, "sunkaiz****@x.com", UnderMasked, "7 visible"},
	} {
		if got := Judge(v.field, v.value); got.Verdict != v.verdict {
			t.Errorf("%s %s (%s): got %s, want %s", v.field, v.value, v.why, got.Verdict, v.verdict)
		}
	}
}

// TestCharacters holds each kind of character to what it counts as.
func TestCharacters(t *testing.T) {
	for _, v := range []struct {
		field   Field
		value   string
		verdict Verdict
		why     string
	}{
		{MobilePhone, "138nnn5521", OK, "three n in a phone number hide"},
		{MobilePhone, "138■■■■5521", OK, "a mask sign that is a symbol too"},
		{MobilePhone, "138****55nn", Invalid, "two n"},
		{MobilePhone, "138****552n", Invalid, "one n"},
		{MobilePhone, "138****5521;", Invalid, "a semicolon"},
		{MobilePhone, "+", Invalid, "a plus sign alone"},
		{MobilePhone, "+8", Invalid, "the beginning of a country code"},
		{Company, "华X", Unmasked, "one X in a company is a letter"},
		{Company, "Moebel XXXLutz", Unmasked, "a word that begins with X"},
		{Company, "华为、、、", Unmasked, "punctuation that is no symbol"},
		{Company, "华为$$$", Unmasked, "a symbol of ASCII"},
		{Company, "华为,,,", Unmasked, "commas"},
		{Company, ".", Invalid, "a full stop"},
		{CustomerName, "zhannn", Unmasked, "n in a name is a letter"},
		{CustomerName, "zh?", MaskCharUnknown, "one question mark"},
		{CustomerName, "zhXXXng", OK, "X within a word"},
		{CustomerName, "XX明", Unmasked, "two X at the start"},
		{CustomerName, "张x", OK, "one x after a CJK character"},
		{CustomerName, "李X明", OK, "one X in a name of three"},
		{CustomerName, "欧阳X明", Unmasked, "one X in a name of four"},
		{CustomerName, "X", Ambiguous, "one X alone"},
		{Email, "ab___@x.com", MaskCharUnknown, "three underscores"},
		{Email, "ab__@x.com", Unmasked, "two underscores"},
		{Email, "s****@my-co.com", OK, "a hyphen in the domain"},
		{Email, "s****@hu?.com", MaskCharUnknown, "a question mark in the domain"},
		{Email, "****@??", MaskCharUnknown, "nothing but signs, and question marks"},
		{Email, "***@c*", OK, "one visible character in the domain"},
		{Email, "**@**@**", Invalid, "two at signs"},
		{Email, "a**@", Invalid, "no domain"},
	} {
		if got := Judge(v.field, v.value); got.Verdict != v.verdict {
			t.Errorf("%s %s (%s): got %s, want %s", v.field, v.value, v.why, got.Verdict, v.verdict)
		}
	}
}

// TestNational counts what is left of a phone number after its country code.
func TestNational(t *testing.T) {
	for value, want := range map[string]tally{
		"+1 202***0143":  {visible: 7, hidden: 3}, // one digit
		"+7 912***4567":  {visible: 7, hidden: 3},
		"+44 7911****56": {visible: 6, hidden: 4}, // two
		"+852 9123****":  {visible: 4, hidden: 4}, // three
		"+8******5521":   {visible: 4, hidden: 6}, // the rest of the code is hidden
		"+******5521":    {visible: 4, hidden: 6},

		"0012025****0143": {visible: 8, hidden: 4},
		"00447911****567": {visible: 7, hidden: 4},
		"86138****5521":   {visible: 7, hidden: 4},
		"8688****21":      {visible: 6, hidden: 4}, // not 13 positions
		"1381234****55":   {visible: 9, hidden: 4}, // 13, and not of China
	} {
		if got := Judge(MobilePhone, value); got.Visible != want.visible || got.Hidden != want.hidden {
			t.Errorf("%s: %d visible and %d hidden, want %d and %d", value, got.Visible, got.Hidden, want.visible, want.hidden)
		}
	}
}

// TestLegalForms counts none of the characters of any legal form.
func TestLegalForms(t *testing.T) {
	for _, form := range legalForms {
		for _, end := range []string{"", ".", " "} {
			if got := Judge(Company, "华**"+form+end); got.Visible != 1 || got.Verdict != OK {
				t.Errorf("%q: %d visible, %s", form+end, got.Visible, got.Verdict)
			}
		}
	}
	for value, want := range map[string]int{
		"华有限公司":     1,
		"华** Ltd..": 4, // full stops that may be a mask
		"华**有限公司)":  5,
	} {
		if got := Judge(Company, value); got.Visible != want {
			t.Errorf("%s: %d visible, want %d", value, got.Visible, want)
		}
	}
	want := []string{
		"有限责任公司", "股份有限公司", "有限公司", "集团", "公司",
		" Co., Ltd", " Co.,Ltd", " Ltd", " Inc", " LLC", " GmbH", " S.A", " plc", " Corp",
	}
	for _, form := range want {
		if got := Judge(Company, "华**"+form); got.Visible != 1 {
			t.Errorf("%q is not known", form)
		}
	}
}

func TestNarrow(t *testing.T) {
	for from, want := range map[rune]rune{'！': '!', '～': '~', '！' - 1: '！' - 1, '～' + 1: '～' + 1, '＊': '*', 'a': 'a'} {
		if got := narrow(from); got != want {
			t.Errorf("%U becomes %U, want %U", from, got, want)
		}
	}
}

func TestTruthOfOtherPatterns(t *testing.T) {
	for _, v := range []struct {
		field         Field
		masked, truth string
		want          Verdict
	}{
		{MobilePhone, "153____0991", "15312340991", OK},
		{MobilePhone, "153****0991", "15300001991", Foreign}, // ends in 991 only
		{Email, "****@****", "nobody", OK},                   // the true value is no address
	} {
		if got := JudgeTruth(v.field, v.masked, v.truth); got.Verdict != v.want {
			t.Errorf("%s: got %s, want %s", v.masked, got.Verdict, v.want)
		}
	}
}

// TestUnionOfThree lays masks over each other only if all are of one length.
func TestUnionOfThree(t *testing.T) {
	got := Union(CustomerName, []string{"ab***", "ab**", "**c**"})
	if want := (Combined{RevealsMore: false, Visible: 2, Hidden: 2}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
