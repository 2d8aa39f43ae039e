package mask

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"omaspec/schemas"
)

// vectors are the labelled values: the number of each is its name.
var vectors = []struct {
	n          int
	field      Field
	value      string
	documented bool
	verdict    Verdict
	why        string
}{
	{1, MobilePhone, "153****0991", true, OK, "the seed example: 3+4*+4"},
	{2, MobilePhone, "132****7077", true, OK, "sibling 3004 example"},
	{4, MobilePhone, "+8615312340991", false, Unmasked, "complete, with country code"},
	{5, MobilePhone, "+86 153 1234 0991", false, Unmasked, "complete, spaced"},
	{7, MobilePhone, "+86 153****0991", false, OK, "country code (<=3) not counted as visible"},
	{8, MobilePhone, "+86153****0991", false, OK, "same, no space"},
	{10, MobilePhone, "0086-153****0991", false, OK, "00 prefix"},
	{11, MobilePhone, "153***0991", false, OK, "3 hidden, 7 visible = 30 %; fixed-width mask"},
	{13, MobilePhone, "1531*340991", false, UnderMasked, "1 hidden of 11"},
	{14, MobilePhone, "15312****991", false, UnderMasked, "8 visible digits"},
	{16, MobilePhone, "*******0991", false, OK, "last four only (maskStyle 1)"},
	{17, MobilePhone, "1531*******", false, OK, "first four only (maskStyle 2)"},
	{19, MobilePhone, "153＊＊＊＊0991", false, OK, "U+FF0A full-width asterisk"},
	{20, MobilePhone, "153••••0991", false, OK, "U+2022 bullet"},
	{22, MobilePhone, "153xxxx0991", false, OK, "lower-case letter mask"},
	{23, MobilePhone, "153nnnn0991", false, OK, "Huawei MRS/DLI mask(): digits -> n"},
	{25, MobilePhone, "153____0991", false, MaskCharUnknown, "underscore filler"},
	{26, MobilePhone, "153????0991", false, MaskCharUnknown, "question-mark filler (often an encoding fault)"},
	{28, MobilePhone, "15300000991", false, Unmasked, "zero-fill is indistinguishable from a number"},
	{29, MobilePhone, "0915*****79", false, OK, "landline, Hutool 4+2"},
	{31, MobilePhone, "12***67", false, OK, "7-digit local number, 4 visible, 3 hidden"},
	{32, MobilePhone, "1234*67", false, UnderMasked, "7-digit, 1 hidden"},
	{34, MobilePhone, "+491512*****78", false, OK, "DE mobile; 2 of the leading digits are CC"},
	{35, MobilePhone, "10086", false, Ambiguous, "short service number, no mask"},
	{37, MobilePhone, "", false, Empty, "empty string"},
	{38, MobilePhone, "   ", false, Empty, "blank"},
	{40, MobilePhone, "a1b2****", false, Invalid, "letters"},
	{41, MobilePhone, "MTUzMTIzNDA5OTE=", false, Invalid, "base64 is encoding, not masking"},
	{42, Company, "Huawei XXXXXXXXX", true, OK, "seed example"},
	{43, Company, "华为XXXXXXXXX", true, OK, "zh-cn example: 2 visible + 9"},
	{44, Company, "Huawei Technologies", false, Unmasked, "no mask"},
	{46, Company, "ttttttttttttt", false, Unmasked, "sibling 3002 value; t is no mask character"},
	{47, Company, "华为*********", false, OK, "star instead of X"},
	{49, Company, "**技术有限公司", false, OK, "prefix hidden; 2 of 4 distinctive runes"},
	{50, Company, "华为技术有限公*", false, UnderMasked, "1 hidden rune"},
	{52, Company, "H*** T***", false, OK, "per-word mask"},
	{53, Company, "XXXXXXXXX", false, AllMasked, "nothing visible"},
	{55, Company, "xxx", false, AllMasked, "sibling 3004 value; mask or doc placeholder"},
	{56, Company, "Xxxxxx xxxx", false, AllMasked, "Huawei mask(): upper->X lower->x"},
	{58, Company, "SpaceX", false, Unmasked, "one X is not a mask run"},
	{59, Company, "X Corp", false, Unmasked, "one X"},
	{61, Company, "XXXLutz", false, Unmasked, "real name; leading X-run before Latin letters is not a mask"},
	{62, Company, "3M", false, Unmasked, "digits are legitimate"},
	{64, Company, "华为???????", false, MaskCharUnknown, "? run: encoding fault or filler"},
	{65, Company, "Huawei…", false, MaskCharUnknown, "truncation with ellipsis, not masking"},
	{67, Company, "", false, Empty, "empty string"},
	{68, CustomerName, "zXXXXXX", true, OK, "seed example: 1 visible + 6 X"},
	{70, CustomerName, "张XX", true, OK, "three-character Chinese name"},
	{71, CustomerName, "段**", false, OK, "Hutool chineseName"},
	{73, CustomerName, "*三丰", false, OK, "surname hidden"},
	{74, CustomerName, "欧阳**", false, OK, "compound surname"},
	{76, CustomerName, "zhangsan", false, Unmasked, "sibling 3002 value"},
	{77, CustomerName, "张三", false, Unmasked, "no mask"},
	{79, CustomerName, "张", false, Ambiguous, "1-char: Hutool firstMask leaves it as is"},
	{80, CustomerName, "z", false, Ambiguous, "1-char"},
	{82, CustomerName, "zhang***", false, OK, "3 of 8, surname visible"},
	{83, CustomerName, "J*** S****", false, OK, "two words"},
	{85, CustomerName, "xxx", false, AllMasked, "sibling 3004 value"},
	{86, CustomerName, "XXX", false, AllMasked, "matches the documented regex by accident: check all-masked first"},
	{88, CustomerName, "王晓明", false, Unmasked, "no mask"},
	{89, CustomerName, "王O明", false, Unmasked, "letter O / 〇 is used by hand, not an accepted mask"},
	{91, CustomerName, "***", false, AllMasked, "nothing visible"},
	{92, CustomerName, "Foxx", false, Unmasked, "real surname; xx run of 2"},
	{94, CustomerName, "Max X", false, Unmasked, "single X initial"},
	{95, CustomerName, "z•••••", false, OK, "bullet"},
	{97, CustomerName, "", false, Empty, "empty string"},
	{98, Email, "sunk****@huawei.com", true, OK, "seed example: 4 + 4*"},
	{99, Email, "wanf****@huawei.com", true, OK, "sibling example"},
	{100, Email, "sunkai@huawei.com", false, Unmasked, "no mask"},
	{101, Email, "a@b.com", false, Unmasked, "1-char local part; Hutool email() returns it unmasked"},
	{103, Email, "a****@b.com", true, OK, "short visible part"},
	{104, Email, "a*@b.com", false, OK, "2-char local part, 1 hidden"},
	{106, Email, "u***@example.com", false, OK, "Aliyun Dataphin example"},
	{107, Email, "d*************@gmail.com.cn", false, OK, "Hutool example"},
	{109, Email, "****@huawei.com", false, OK, "whole local part hidden"},
	{110, Email, "sunk****@******.com", false, OK, "domain hidden too"},
	{112, Email, "sunkai@******.com", false, UnderMasked, "only the domain hidden"},
	{113, Email, "zhangxxxx@huawei.com", false, OK, "letter mask run >= 3"},
	{115, Email, "joh****+tag@example.com", false, OK, "plus tag: 6 visible, 4 hidden"},
	{116, Email, "j.d****@example.com", true, OK, "dot inside the visible part"},
	{118, Email, "**********", false, AllMasked, "no '@'"},
	{119, Email, "****@****", false, AllMasked, "both parts hidden"},
	{121, Email, "sunk****@@huawei.com", false, Invalid, "two '@'"},
	{122, Email, "sunk****@huawei", false, Invalid, "domain without a dot"},
	{124, Email, "sunk____@huawei.com", false, MaskCharUnknown, "underscore run (legal in addresses)"},
	{125, Email, "sunk&#42;&#42;&#42;&#42;@huawei.com", false, Invalid, "HTML-escaped mask"},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(strconv.Itoa(v.n), func(t *testing.T) {
			got := Judge(v.field, v.value)
			if got.Verdict != v.verdict || got.Documented != v.documented {
				t.Errorf("%s, %s (%s): got %s, documented %t; want %s, %t",
					v.field, schemas.Shape(v.value), v.why, got.Verdict, got.Documented, v.verdict, v.documented)
			}
		})
	}
}

func TestJudge(t *testing.T) {
	tests := []struct {
		name  string
		field Field
		value string
		want  Verdict
	}{
		{"JSON escapes are decoded before", MobilePhone, "153\u002a\u002a\u002a\u002a0991", OK},
		{"JSON escapes that were not decoded", MobilePhone, `153\u002a\u002a\u002a\u002a0991`, Invalid},
		{"full-width digits are digits", MobilePhone, "１５３１２３４０９９１", Unmasked},
		{"Arabic digits are digits", MobilePhone, "١٥٣١٢٣٤٠٩٩١", Unmasked},
		{"zero-width characters hide nothing", MobilePhone, "153\u200b1234\u200b0991", Unmasked},
		{"bidirectional controls hide nothing", MobilePhone, "153\u202e1234\u202c0991", Unmasked},
		{"a mask after the whole number", MobilePhone, "15312340991****", UnderMasked},
		{"a mask between all digits", MobilePhone, "1*5*3*1*2*3*4*0*9*9*1", UnderMasked},
		{"13 positions that start with 86", MobilePhone, "86153****0991", OK},
		{"a number of the United States", MobilePhone, "+1 (202) ***-0143", OK},
		{"a code of three digits", MobilePhone, "+3531234****567", OK},
		{"a plus sign inside", MobilePhone, "153+****0991", Invalid},
		{"one question mark hides nothing", MobilePhone, "1531?340991", Unmasked},
		{"an encoding fault", MobilePhone, "153\uFFFD\uFFFD\uFFFD\uFFFD0991", MaskCharUnknown},
		{"a symbol that is no known sign", MobilePhone, "153★★★★0991", MaskCharUnknown},
		{"invalid UTF-8", MobilePhone, "153\xff\xff\xff0991", Invalid},
		{"only hyphens", MobilePhone, "---", MaskCharUnknown},
		{"a separator alone", MobilePhone, "-", Invalid},
		{"eight digits, four hidden, exactly seven visible", MobilePhone, "1531***0991", UnderMasked},
		{"exactly 30 %", MobilePhone, "153***0991", OK},
		{"exactly the ambiguous length", MobilePhone, "123456", Ambiguous},
		{"one more is a number", MobilePhone, "1234567", Unmasked},

		{"a mask escaped for HTML", Company, "华为&#42;&#42;&#42;", Invalid},
		{"a mask escaped for a URL", CustomerName, "z%2A%2A%2A", Invalid},
		{"a legal form and spaces", Company, "Hua*** Co., Ltd. ", OK},
		{"a NUL", Company, "华为\x00****", Invalid},
		{"the whole name and an ellipsis", Company, "Huawei Technologies…", Unmasked},
		{"a Latin legal form is not counted", Company, "Hu** Technologies Co., Ltd.", UnderMasked},
		{"with it counted it would be too little", Company, "Hua*** Co., Ltd.", OK},
		{"a legal form alone is a name", Company, "有限公司", Unmasked},
		{"the end of a word is no legal form", Company, "Zinc", Unmasked},
		{"two X after a Chinese character", Company, "华为XX", OK},
		{"two X after a Latin letter", Company, "HuaweiXX", Unmasked},
		{"a name with #", Company, "C# House", UnderMasked},
		{"below 30 %", Company, "abcde**", UnderMasked},
		{"30 %", Company, "abcdefg***", OK},

		{"one X in a name of two", CustomerName, "张X", OK},
		{"one X in a name of four", CustomerName, "欧阳X明", Unmasked},
		{"one X in a Latin name", CustomerName, "zX", Unmasked},
		{"exactly one third", CustomerName, "ab*", OK},
		{"seven visible", CustomerName, "abcdefg****", UnderMasked},
		{"six visible", CustomerName, "abcdef***", OK},
		{"exclamation marks", CustomerName, "张!!", MaskCharUnknown},

		{"nothing before @", Email, "@huawei.com", Invalid},
		{"two of four hidden", Email, "ab**@b.com", OK},
		{"one of three hidden", Email, "ab*@b.com", UnderMasked},
		{"one hidden and nothing visible", Email, "*@b.com", OK},
		{"seven visible", Email, "abcdefg****@b.com", UnderMasked},
		{"two underscores are legal", Email, "a__b@b.com", Unmasked},
		{"a domain of fillers", Email, "sunk****@????.com", MaskCharUnknown},
		{"only the domain is filled", Email, "sunkai@????.com", UnderMasked},
		{"an empty label", Email, "sunk****@huawei..com", Invalid},
		{"a space", Email, "sunk **** @huawei.com", Invalid},
		{"no @ and something visible", Email, "sunk****huawei.com", Invalid},
		{"only the domain is visible in part", Email, "****@******.com", OK},
		{"a domain with a port", Email, "sunk****@huawei.com:25", Invalid},
	}
	for _, test := range tests {
		t.Run(string(test.field)+"/"+test.name, func(t *testing.T) {
			if got := Judge(test.field, test.value); got.Verdict != test.want {
				t.Errorf("%s: got %s (%d visible, %d hidden), want %s", got.Shape, got.Verdict, got.Visible, got.Hidden, test.want)
			}
		})
	}
}

func TestJudgeCountsAndSign(t *testing.T) {
	tests := []struct {
		field           Field
		value           string
		sign            rune
		visible, hidden int
	}{
		{MobilePhone, "+86 153****0991", '*', 7, 4},
		{MobilePhone, "153＊＊＊＊0991", '＊', 7, 4},
		{MobilePhone, "153nnnn0991", 'n', 7, 4},
		{Company, "Huawei XXXXXXXXX", 'X', 6, 9},
		{Company, "**技术有限公司", '*', 2, 2},
		{CustomerName, "zhangsan", 0, 8, 0},
		{Email, "joh****+tag@example.com", '*', 6, 4},
	}
	for _, test := range tests {
		got := Judge(test.field, test.value)
		if got.Sign != test.sign || got.Visible != test.visible || got.Hidden != test.hidden {
			t.Errorf("%s %s: got sign %q, %d visible, %d hidden; want %q, %d, %d",
				test.field, got.Shape, got.Sign, got.Visible, got.Hidden, test.sign, test.visible, test.hidden)
		}
	}
}

func TestSeverity(t *testing.T) {
	tests := []struct {
		result              Result
		lenient, documented schemas.Outcome
	}{
		{Result{Verdict: OK, Documented: true}, schemas.Passed, schemas.Passed},
		{Result{Verdict: OK}, schemas.Warned, schemas.Failed},
		{Result{Verdict: Unmasked}, schemas.Failed, schemas.Failed},
		{Result{Verdict: UnderMasked}, schemas.Failed, schemas.Failed},
		{Result{Verdict: AllMasked}, schemas.Warned, schemas.Failed},
		{Result{Verdict: MaskCharUnknown}, schemas.Warned, schemas.Failed},
		{Result{Verdict: Ambiguous}, schemas.Warned, schemas.Failed},
		{Result{Verdict: Empty}, schemas.Warned, schemas.Failed},
		{Result{Verdict: Invalid}, schemas.Failed, schemas.Failed},
	}
	for _, test := range tests {
		if got := Severity(test.result, Lenient); got != test.lenient {
			t.Errorf("%s, lenient: got %s, want %s", test.result.Verdict, got, test.lenient)
		}
		if got := Severity(test.result, Documented); got != test.documented {
			t.Errorf("%s, documented: got %s, want %s", test.result.Verdict, got, test.documented)
		}
	}
}

func TestJudgeTruth(t *testing.T) {
	tests := []struct {
		field         Field
		masked, truth string
		verdict       Verdict
		reason        string
	}{
		{MobilePhone, "153****0991", "15312340991", OK, "4 of 11 hidden"},
		{MobilePhone, "153****0991", "15312340992", Foreign, "not a mask of this customer (wrong tenant?)"},
		{MobilePhone, "153****0991", "1530991", NothingHidden, "nothing really hidden (mask appended or inserted)"},
		{Email, "sunk****@huawei.com", "sunkai@evil.com", Foreign, "not a mask of this customer (wrong tenant?)"},
		{Email, "a****@b.com", "a@b.com", NothingHidden, "nothing really hidden (mask appended or inserted)"},
		{MobilePhone, "15312340991", "15312340991", Unmasked, "unmasked (equals the true value)"},
		{MobilePhone, "1531*340991", "15312340991", UnderMasked, "under-masked: 1 of 11 hidden"},
		{Email, "sunk****@huawei.com", "sunkai01@huawei.com", OK, "4 of 8 hidden"},
		{Email, "sunk****@huawei.com", "sunk@huawei.com", NothingHidden, "nothing really hidden (mask appended or inserted)"},
		{Email, "sunk****@huawei.com", "sunkai@huawei.com", OK, "2 of 6 hidden"},
		{CustomerName, "zXXXXXX", "zhangsa", OK, "6 of 7 hidden"},
		{CustomerName, "zXXXXXX", "zhangsan", OK, "7 of 8 hidden"},
		{CustomerName, "zXXXXXX", "lisi", Foreign, "not a mask of this customer (wrong tenant?)"},
		{Company, "华为XXXXXXXXX", "华为云计算技术有限公司", OK, "9 of 11 hidden"},

		{MobilePhone, "+86 153****0991", "15312340991", OK, "4 of 11 hidden"},
		{MobilePhone, "153****0991", "+86 153 1234 0991", OK, "4 of 11 hidden"},
		{MobilePhone, "+86 15312340991", "153-1234-0991", Unmasked, "unmasked (equals the true value)"},
		{MobilePhone, "153****0991", "153091", Foreign, "not a mask of this customer (wrong tenant?)"},
		{MobilePhone, "***********", "15312340991", OK, "11 of 11 hidden"},
		{MobilePhone, "15312340991****", "15312340991", NothingHidden, "nothing really hidden (mask appended or inserted)"},
		{MobilePhone, "", "15312340991", Empty, "nothing is shown"},
		{Company, "Huawei T***", "Huawei Technologies", OK, "11 of 18 hidden"},
		{Company, "H*** T***", "Huawei Technologies", OK, "16 of 18 hidden"},
		{Company, "H*** X***", "Huawei Technologies", Foreign, "not a mask of this customer (wrong tenant?)"},
		{Company, "**技术有限公司", "华为技术有限公司", OK, "2 of 4 hidden"},
		{Company, "SpaceX", "SpaceX", Unmasked, "unmasked (equals the true value)"},
		{CustomerName, "Z**", "zhang", OK, "4 of 5 hidden"},
		{CustomerName, "张", "张", Unmasked, "unmasked (equals the true value)"},
		{CustomerName, "*a*b*", "xaxbx", OK, "3 of 5 hidden"},
		{CustomerName, "*b*a*", "xaxbx", Foreign, "not a mask of this customer (wrong tenant?)"},
		{CustomerName, "ab*", "abc", OK, "1 of 3 hidden"},
		{CustomerName, "abc*", "abcd", UnderMasked, "under-masked: 1 of 4 hidden"},
		{Email, "SUNK****@HUAWEI.com", "sunkai@huawei.com", OK, "2 of 6 hidden"},
		{Email, "sunk****@******.com", "sunkai@huawei.com", OK, "2 of 6 hidden"},
		{Email, "sunk****@******.org", "sunkai@huawei.com", Foreign, "not a mask of this customer (wrong tenant?)"},
		{Email, "****", "sunkai@huawei.com", OK, "15 of 15 hidden"},
		{CustomerName, "SXX", "Sun", OK, "2 of 3 hidden"},
		{CustomerName, "SX", "Su", OK, "1 of 2 hidden"},
		{CustomerName, "XXn", "Sun", OK, "2 of 3 hidden"},
		{CustomerName, "李X", "李晓", OK, "1 of 2 hidden"},
		{CustomerName, "MaxX", "Maxi", UnderMasked, "under-masked: 1 of 4 hidden"},
		{CustomerName, "TXX", "Sun", Foreign, "not a mask of this customer (wrong tenant?)"},
		{CustomerName, "SXX", "Sxx", Unmasked, "unmasked (equals the true value)"},
		{Company, "TaX", "Tax", Unmasked, "unmasked (equals the true value)"},
		{Company, "BlXX", "Block", OK, "3 of 5 hidden"},
		{MobilePhone, "153xx0991", "15312340991", OK, "4 of 11 hidden"},
		{Email, "suX@huawei.com", "sunk@huawei.com", OK, "2 of 4 hidden"},
	}
	for i, test := range tests {
		t.Run(strconv.Itoa(i+1), func(t *testing.T) {
			got := JudgeTruth(test.field, test.masked, test.truth)
			if got.Verdict != test.verdict || got.Reason != test.reason {
				t.Errorf("%s of %s: got %s (%s), want %s (%s)", schemas.Shape(test.masked), schemas.Shape(test.truth),
					got.Verdict, got.Reason, test.verdict, test.reason)
			}
			if want := test.verdict == OK || test.verdict == Empty; got.OK != want {
				t.Errorf("OK is %t, want %t", got.OK, want)
			}
		})
	}
}

func TestUnion(t *testing.T) {
	tests := []struct {
		name   string
		field  Field
		values []string
		want   Combined
	}{
		{"none", MobilePhone, nil, Combined{}},
		{"one", MobilePhone, []string{"153****0991"}, Combined{false, 7, 4}},
		{"the same twice", MobilePhone, []string{"153****0991", "153****0991"}, Combined{false, 7, 4}},
		{"another sign", MobilePhone, []string{"153****0991", "+86 153••••0991"}, Combined{false, 7, 4}},
		{"one shows more than the other", MobilePhone, []string{"153****0991", "1531***0991"}, Combined{false, 8, 3}},
		{"each shows what the other hides", MobilePhone, []string{"1531*******", "*******0991"}, Combined{true, 8, 3}},
		{"together everything", MobilePhone, []string{"153****0991", "***1234****"}, Combined{true, 11, 0}},
		{"of three, only all together", MobilePhone, []string{"1531*******", "*******0991", "****234****"}, Combined{true, 11, 0}},
		{"another customer", MobilePhone, []string{"153****0991", "132****7077"}, Combined{}},
		{"other lengths, the same shown", Email, []string{"sunk****@huawei.com", "sunk**@huawei.com"}, Combined{false, 13, 2}},
		{"other lengths, more shown", MobilePhone, []string{"1531*******", "***0991"}, Combined{true, 7, 0}},
		{"other lengths, another customer", CustomerName, []string{"z***", "l**"}, Combined{}},
		{"other lengths, another end", CustomerName, []string{"***z", "**l"}, Combined{}},
		{"a whole value and a short mask", MobilePhone, []string{"15312340991", "153**0991"}, Combined{false, 9, 0}},
		{"domain here, local part there", Email, []string{"sunk****@******.com", "********@huawei.com"}, Combined{true, 13, 4}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Union(test.field, test.values); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}

// TestLibraries judges what well-known masking libraries return, their known
// defects included.
func TestLibraries(t *testing.T) {
	data, err := os.ReadFile("testdata/libraries.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Library    string
		Function   string
		Field      Field
		Input      string // what was masked
		Output     string // what the library returns
		Verdict    Verdict
		Documented bool
		Truth      Verdict // what JudgeTruth says of the output and the input
		Note       string
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		t.Run(v.Library+"/"+v.Function+"/"+schemas.Shape(v.Input), func(t *testing.T) {
			if got := Judge(v.Field, v.Output); got.Verdict != v.Verdict || got.Documented != v.Documented {
				t.Errorf("%s: got %s, documented %t; want %s, %t", got.Shape, got.Verdict, got.Documented, v.Verdict, v.Documented)
			}
			if got := JudgeTruth(v.Field, v.Output, v.Input); got.Verdict != v.Truth {
				t.Errorf("compared with its input: got %s (%s), want %s", got.Verdict, got.Reason, v.Truth)
			}
		})
	}
}

// TestExplain holds an issue to its words: where, what was expected, and nothing
// of the value.
func TestExplain(t *testing.T) {
	tests := []struct {
		got, want schemas.Issue
	}{
		{Explain(MobilePhone, Judge(MobilePhone, "15312340991")), schemas.Issue{
			Code: "mask.unmasked", Where: "/mobilePhone",
			Expected: "a phone number with at least 3 digits and 30 % hidden, and at most 7 digits visible",
			Observed: "D11: 11 visible, 0 hidden"}},
		{Explain(CustomerName, Judge(CustomerName, "张")), schemas.Issue{
			Code: "mask.ambiguous", Where: "/customerName",
			Expected: "a name with at least one third hidden, and at most 6 characters visible",
			Observed: "H1: 1 visible, 0 hidden", Advisory: true}},
		{Explain(Email, Judge(Email, "u***@example.com")), schemas.Issue{
			Code: "mask.shape", Where: "/email",
			Expected: "1 to 4 visible characters, 4 asterisks, @, the whole domain",
			Observed: "A1*3@A7.A3: 1 visible, 3 hidden", Advisory: true}},
		{ExplainTruth(Email, JudgeTruth(Email, "a****@b.com", "a@b.com")), schemas.Issue{
			Code: "mask.truth.nothing-hidden", Where: "/email",
			Expected: "a mask of this customer's own value that hides at least one third of it",
			Observed: "nothing really hidden (mask appended or inserted)"}},
		{ExplainUnion(MobilePhone, Union(MobilePhone, []string{"1531*******", "*******0991"})), schemas.Issue{
			Code: "mask.union", Where: "/mobilePhone",
			Expected: "masks of one value that show the same characters in every response",
			Observed: "different masks, together 8 visible and 3 hidden"}},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("got  %+v\nwant %+v", test.got, test.want)
		}
	}
}

var verdicts = []Verdict{OK, Unmasked, UnderMasked, AllMasked, MaskCharUnknown, Empty, Invalid, Ambiguous}

func FuzzJudge(f *testing.F) {
	for _, v := range vectors {
		f.Add(v.value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, field := range Fields {
			got := Judge(field, value)
			if !slices.Contains(verdicts, got.Verdict) {
				t.Fatalf("%s: verdict %q", field, got.Verdict)
			}
			if got.Verdict == OK && (got.Hidden == 0 || got.Sign == 0) {
				t.Fatalf("%s %s: ok, and nothing is hidden", field, got.Shape)
			}
			if got.Documented && got.Verdict != OK {
				t.Fatalf("%s %s: documented, and %s", field, got.Shape, got.Verdict)
			}
			if truth := JudgeTruth(field, value, value); truth.Hidden > truth.Length {
				t.Fatalf("%s %s: %d of %d hidden", field, got.Shape, truth.Hidden, truth.Length)
			}
			Union(field, []string{value, "153****0991"})
		}
	})
}

// FuzzWholeValue scatters separators and mask signs over whole values: as long as
// every letter and digit can be read, no verdict may be ok.
func FuzzWholeValue(f *testing.F) {
	f.Add([]byte{0, 0, 0, 3, 0, 0, 0, 4}, "*")
	f.Add([]byte{11}, "****")
	f.Add([]byte{0, 1}, "\u200b")
	whole := map[Field]string{
		MobilePhone:  "15312340991",
		Company:      "HuaweiTechnologies",
		CustomerName: "zhangsanfeng",
		Email:        "sunkaihua@huawei.com",
	}
	f.Fuzz(func(t *testing.T, places []byte, noise string) {
		for _, r := range noise {
			if classOf(narrow(r)) == visible {
				return // the noise has letters or digits of its own
			}
		}
		for field, value := range whole {
			var b strings.Builder
			for i, r := range value {
				if i < len(places) && places[i]%4 == 1 {
					b.WriteString(noise)
				}
				b.WriteRune(r)
			}
			got := Judge(field, b.String())
			// Only company names have no limit on what may be visible.
			if got.Verdict == OK && (field != Company || got.Hidden == 0) {
				t.Fatalf("%s %s: ok, and everything can be read", field, got.Shape)
			}
		}
	})
}

func BenchmarkJudge(b *testing.B) {
	for b.Loop() {
		Judge(MobilePhone, "153****0991")
		Judge(Company, "Huawei XXXXXXXXX")
		Judge(CustomerName, "zXXXXXX")
		Judge(Email, "sunk****@huawei.com")
	}
}
