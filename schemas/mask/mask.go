// Package mask judges the four members of the 200 body that the page calls
// masked (Table 2, rows 1.1 to 1.4): mobilePhone, company, customerName and email.
//
// The page shows one masked example of each and states no rule, so there are two
// readings of a mask (A17). The lenient one asks how much is hidden: enough
// positions, few enough visible, a large enough share. The documented one asks in
// addition for the very shape of the example. Judge looks at one value alone;
// JudgeTruth compares it with what the customer's value really is, which finds
// masks that hide nothing; Union looks at several masks of one value, which may
// give away together what each of them hides.
//
// A value is read character by character (parse.go): a character is visible (a
// letter or a digit), hidden (a mask sign), a filler (a sign that is used like a
// mask but is not recognised as one) or anything else. Nothing that is returned
// holds a value; the shape of it is all that is kept.
package mask

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"omaspec/schemas"
	"omaspec/schemas/lazy"
)

// Field is a masked member of the 200 body, by its name in Table 2.
type Field string

// The masked members.
const (
	MobilePhone  Field = "mobilePhone"
	Company      Field = "company"
	CustomerName Field = "customerName"
	Email        Field = "email"
)

// Fields holds the masked members in the order of the page.
var Fields = [...]Field{MobilePhone, Company, CustomerName, Email}

// Verdict says in one word what a value is.
type Verdict string

// The verdicts of Judge.
const (
	OK              Verdict = "ok"
	Unmasked        Verdict = "unmasked"          // nothing is hidden
	UnderMasked     Verdict = "under-masked"      // something is hidden, but too little
	AllMasked       Verdict = "all-masked"        // nothing is visible
	MaskCharUnknown Verdict = "mask-char-unknown" // hidden by a sign that is not a known mask sign
	Empty           Verdict = "empty"             // no character, or only white space
	Invalid         Verdict = "invalid"           // not a value of this field, masked or not
	Ambiguous       Verdict = "ambiguous"         // too short to tell a mask from a whole value
)

// The verdicts that only JudgeTruth gives.
const (
	Foreign       Verdict = "not-this-customer" // no mask of the true value
	NothingHidden Verdict = "nothing-hidden"    // the mask was added to the whole value
)

// Result is what Judge found.
type Result struct {
	Verdict    Verdict `json:"verdict"`
	Documented bool    `json:"documented,omitempty"` // OK, and of the shape of the page's example
	Sign       rune    `json:"sign,omitempty"`       // the first mask sign as it was written, 0 without one (A18)
	Visible    int     `json:"visible"`              // letters and digits that can be read; of an e-mail address, in the local part
	Hidden     int     `json:"hidden"`               // mask signs; of an e-mail address, in the local part
	Shape      string  `json:"shape"`                // schemas.Shape of the value
}

// rule holds the thresholds of one field.
type rule struct {
	minHidden    int
	minShare     [2]int // numerator and denominator of hidden/(visible+hidden)
	maxVisible   int    // 0 means no limit
	unmaskedFrom int    // without a mask, fewer visible characters than this are ambiguous
	documented   func() *regexp.Regexp
	lenientText  string
	shapeText    string
}

var rules = map[Field]rule{
	MobilePhone: {
		minHidden: 3, minShare: [2]int{3, 10}, maxVisible: 7, unmaskedFrom: 7,
		documented:  lazy.Regexp(`^[0-9]{3}\*{4}[0-9]{4}$`),
		lenientText: "a phone number with at least 3 digits and 30 % hidden, and at most 7 digits visible",
		shapeText:   "3 digits, 4 asterisks, 4 digits",
	},
	Company: {
		minHidden: 2, minShare: [2]int{3, 10}, unmaskedFrom: 1,
		documented:  lazy.Regexp(`^(?:[^\sX*][^X*]{0,9}|X[^X*]{1,9})X{3,}$`),
		lenientText: "a company name with at least 2 characters and 30 % hidden, the legal form not counted",
		shapeText:   "1 to 10 visible characters, then at least 3 X",
	},
	CustomerName: {
		minHidden: 1, minShare: [2]int{1, 3}, maxVisible: 6, unmaskedFrom: 2,
		documented:  lazy.Regexp(`^\p{L}X+$`),
		lenientText: "a name with at least one third hidden, and at most 6 characters visible",
		shapeText:   "1 letter, then X",
	},
	Email: {
		minHidden: 2, minShare: [2]int{1, 3}, maxVisible: 6, unmaskedFrom: 1,
		documented:  lazy.Regexp(`^[A-Za-z0-9._%+\-]{1,4}\*{4}@(?:[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$`),
		lenientText: "an e-mail address with at least 2 characters and one third of the local part hidden, and at most 6 of it visible",
		shapeText:   "1 to 4 visible characters, 4 asterisks, @, the whole domain",
	},
}

// escapedSign finds a mask sign, or any other character, that is still escaped:
// the value went through one encoder too many.
var escapedSign = lazy.Regexp(`&(?:#[0-9]+|#[xX][0-9A-Fa-f]+|[A-Za-z]+);|%2[aA]|\\u[0-9A-Fa-f]{4}`)

func isEscaped(value string) bool {
	likely := strings.Contains(value, "&") && strings.Contains(value, ";") || strings.Contains(value, "%2") || strings.Contains(value, `\u`)
	return likely && escapedSign().MatchString(value)
}

// Judge says whether value, the decoded text of the member f, is masked. It needs
// time in proportion to the length of the value.
func Judge(f Field, value string) Result { return judge(f, value, parse(f, value)) }

// JudgeKnown is Judge and JudgeTruth for a value whose true value is known: an X
// where that has another letter hides it, however few there are ("SXX" of Sun).
func JudgeKnown(f Field, value, truth string) (Result, Truth) {
	cells, t := compare(f, value, truth)
	return judge(f, value, cells), t
}

// judge judges a value that was read as cells.
func judge(f Field, value string, cells []cell) Result {
	r := Result{Verdict: Invalid, Shape: schemas.Shape(value)}
	if !utf8.ValidString(value) || isEscaped(value) {
		return r
	}
	if blank(cells) {
		r.Verdict = Empty
		return r
	}
	if hasControl(cells) {
		return r
	}
	if i := slices.IndexFunc(cells, func(c cell) bool { return c.class == hidden }); i >= 0 {
		r.Sign = cells[i].raw
	}
	var t tally
	t, r.Verdict = judges[f](cells)
	r.Visible, r.Hidden = t.visible, t.hidden
	r.Documented = r.Verdict == OK && rules[f].documented().MatchString(value)
	return r
}

// judges reads the characters of one field: what counts, and whether the value
// can be one of this field at all.
var judges = map[Field]func([]cell) (tally, Verdict){
	MobilePhone:  judgePhone,
	Company:      judgeCompany,
	CustomerName: judgeName,
	Email:        judgeEmail,
}

func judgePhone(cells []cell) (tally, Verdict) {
	if !phoneCharacters(cells) {
		return count(cells), Invalid
	}
	t := count(national(cells))
	return t, rules[MobilePhone].verdict(t)
}

func judgeCompany(cells []cell) (tally, Verdict) {
	rest, _ := cutLegalForm(cells)
	t := count(rest)
	return t, rules[Company].verdict(t)
}

func judgeName(cells []cell) (tally, Verdict) {
	t := count(cells)
	return t, rules[CustomerName].verdict(t)
}

// judgeEmail judges the local part. A domain may be masked too, but a masked
// domain alone leaves the person known; and with a visible domain the local part
// may be hidden altogether, which still tells the customer something.
func judgeEmail(cells []cell) (tally, Verdict) {
	local, domain, ok := splitAddress(cells)
	if !ok {
		t := count(cells)
		if t.visible == 0 && !contains(cells, '@') {
			return t, rules[Email].verdict(t)
		}
		return t, Invalid
	}
	t, d := count(local), count(domain)
	masked := d.hidden+d.filler > 0
	if !localCharacters(local) || !domainCharacters(domain) || !masked && !wholeDomain(domain) {
		return t, Invalid
	}
	r := rules[Email]
	if t.visible <= 1 {
		r.minHidden = 1
	}
	v := r.verdict(t)
	switch {
	case v == Unmasked && masked:
		v = UnderMasked
	case v == AllMasked && d.visible > 0:
		v = OK
	}
	if d.filler > 0 && (v == OK || v == AllMasked) {
		v = MaskCharUnknown
	}
	return t, v
}

// verdict applies the thresholds. Fillers count only when they would make a
// proper mask: a single question mark in a whole name does not hide it.
func (r rule) verdict(t tally) Verdict {
	if t.filler > 0 {
		if v := r.thresholds(t.visible, t.hidden+t.filler); v == OK || v == AllMasked {
			return MaskCharUnknown
		}
	}
	return r.thresholds(t.visible, t.hidden)
}

func (r rule) thresholds(visible, hidden int) Verdict {
	switch {
	case visible+hidden == 0:
		return Invalid
	case hidden == 0 && visible < r.unmaskedFrom:
		return Ambiguous
	case hidden == 0:
		return Unmasked
	case visible == 0:
		return AllMasked
	case hidden < r.minHidden,
		r.maxVisible > 0 && visible > r.maxVisible,
		hidden*r.minShare[1] < (visible+hidden)*r.minShare[0]:
		return UnderMasked
	}
	return OK
}

// Reading is a declared choice of how strictly masks are judged (A17).
type Reading string

// The readings of a mask.
const (
	Lenient    Reading = "lenient"
	Documented Reading = "documented"
)

// severities says what each verdict means under the lenient reading. The
// verdicts that are not listed fail.
var severities = map[Verdict]schemas.Outcome{
	OK:              schemas.Passed,
	AllMasked:       schemas.Warned,
	MaskCharUnknown: schemas.Warned,
	Ambiguous:       schemas.Warned,
	Empty:           schemas.Warned,
}

// Severity says what r means under a reading: Passed, Warned or Failed. Under the
// lenient one a good mask of another shape than the page's example is Warned;
// under the documented one everything but that shape is Failed.
func Severity(r Result, reading Reading) schemas.Outcome {
	switch {
	case r.Documented:
		return schemas.Passed
	case reading == Documented:
		return schemas.Failed
	case r.Verdict == OK:
		return schemas.Warned
	}
	if s, ok := severities[r.Verdict]; ok {
		return s
	}
	return schemas.Failed
}
