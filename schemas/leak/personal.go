package leak

import (
	"strings"
	"unicode/utf8"

	"omaspec/schemas/lazy"
	"omaspec/schemas/mask"
)

var sensitiveWord = lazy.Regexp(`(?i)phone|mobile|tel|mail|id_?(?:no|num|card)|identity|passport|passw|secret|token|credential|api_?key|address|birth|bank|account_?no|real_?name|unmasked|plain|raw`)

// SensitiveWord returns the word in a name, of a member or a field, that says
// that its value is nobody else's business (row A24); "" without one.
func SensitiveWord(name string) string { return sensitiveWord().FindString(name) }

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isAlnum(c byte) bool  { return isDigit(c) || isLetter(c) }

// at returns the byte i of text, 0 outside of it.
func at(text string, i int) byte {
	if i < 0 || i >= len(text) {
		return 0
	}
	return text[i]
}

// stands tells whether text[s.start:s.end] stands alone, as a number does: next to
// no digit, letter, underscore or asterisk, and not before or after a decimal point.
// RE2 has no look-around, so this is code.
func stands(text string, s span) bool {
	before, after := at(text, s.start-1), at(text, s.end)
	joins := func(c byte) bool { return isAlnum(c) || c == '_' || c == '*' }
	return !joins(before) && !joins(after) &&
		(before != '.' || !isDigit(at(text, s.start-2))) &&
		(after != '.' || !isDigit(at(text, s.end+1)))
}

// digitRuns returns the longest runs of ASCII digits, of those with at least so many.
func digitRuns(text string, least int) []span {
	var runs []span
	for i := 0; i < len(text); i++ {
		if !isDigit(text[i]) {
			continue
		}
		start := i
		for i < len(text) && isDigit(text[i]) {
			i++
		}
		if i-start >= least {
			runs = append(runs, span{start, i})
		}
	}
	return runs
}

// phones finds telephone numbers: Chinese mobile numbers, with or without 86, and
// international numbers that start with "+".
func phones(text string) []span {
	var found []span
	done := 0
	runs := digitRuns(text, 1)
	for i, run := range runs {
		if run.start < done {
			continue
		}
		s, ok := international(text, runs[i:])
		if !ok {
			s, ok = chineseMobile(text, runs[i:])
		}
		if ok {
			found = append(found, s)
			done = s.end
		}
	}
	return found
}

// international reads "+" and 8 to 15 digits, of which none is a leading zero
// (ITU-T E.164), in groups with one or two separators between them.
func international(text string, runs []span) (span, bool) {
	first := runs[0]
	if at(text, first.start-1) != '+' || text[first.start] == '0' {
		return span{}, false
	}
	s := span{first.start - 1, first.end}
	digits := first.end - first.start
	for _, next := range runs[1:] {
		gap := text[s.end:next.start]
		more := next.end - next.start
		// Eleven digits are a whole number: what follows is another one.
		if len(gap) > 2 || strings.Trim(gap, " -.()") != "" || digits >= 11 || digits+more > 15 {
			break
		}
		s.end = next.end
		digits += more
	}
	return s, digits >= 8 && digits <= 15 && stands(text, s)
}

// chineseMobile reads 1[3-9] and nine digits, with 86 or 0086 directly before
// them or not, or in groups of 3, 4 and 4 with a space or a hyphen between them.
func chineseMobile(text string, runs []span) (span, bool) {
	s := runs[0]
	number := text[s.start:s.end]
	if len(number) == 3 && len(runs) >= 3 && isGrouped(text, runs[:3]) {
		s.end = runs[2].end
		return s, isMobilePrefix(number) && stands(text, s)
	}
	for _, prefix := range []string{"86", "0086"} {
		if rest, ok := strings.CutPrefix(number, prefix); ok && len(rest) == 11 {
			number = rest
		}
	}
	return s, len(number) == 11 && isMobilePrefix(number) && stands(text, s)
}

// joinedMobiles finds what could be Chinese mobile numbers, were it not for the letters or
// signs that they touch: "u13812340842". Most are parts of identifiers.
func joinedMobiles(text string) []span {
	var found []span
	for _, s := range digitRuns(text, 11) {
		fraction := at(text, s.start-1) == '.' && isDigit(at(text, s.start-2))
		if s.end-s.start == 11 && isMobilePrefix(text[s.start:]) && !fraction && !stands(text, s) && betweenLetters(text, s) {
			found = append(found, s)
		}
	}
	return found
}

// betweenLetters tells whether no more digits stand in the word of s, as they do in hash
// codes and identifiers.
func betweenLetters(text string, s span) bool {
	for i := s.start - 1; isAlnum(at(text, i)); i-- {
		if isDigit(text[i]) {
			return false
		}
	}
	for i := s.end; isAlnum(at(text, i)); i++ {
		if isDigit(text[i]) {
			return false
		}
	}
	return true
}

func isMobilePrefix(number string) bool { return number[0] == '1' && number[1] >= '3' }

func isGrouped(text string, runs []span) bool {
	for i, run := range runs[1:] {
		gap := text[runs[i].end:run.start]
		if run.end-run.start != 4 || gap != " " && gap != "-" {
			return false
		}
	}
	return true
}

// Bounds of an address, in bytes: more generous than RFC 5321 4.5.3.1.
const (
	maxLocal  = 256
	maxDomain = 256
)

// emails finds e-mail addresses that are not masked.
func emails(text string) []span {
	var found []span
	for i := 0; ; i++ {
		next := strings.IndexByte(text[i:], '@')
		if next < 0 {
			return found
		}
		i += next
		start := i
		for start > max(0, i-maxLocal) && isLocal(text[start-1]) {
			start--
		}
		end, ok := domainEnd(text, i+1)
		if ok && start < i && !escaped(text, start, i) && !maskedAddress(text, start, end) {
			found = append(found, span{start, end})
		}
	}
}

func isLocal(c byte) bool { return isAlnum(c) || strings.IndexByte("._%+-", c) >= 0 }

// domainEnd returns the end of the longest domain name that starts at start: it
// begins with a letter or digit, and ends with a dot and two letters or more.
// Names of files and hash codes of Java objects are none.
func domainEnd(text string, start int) (int, bool) {
	end := start
	for end < len(text) && end-start < maxDomain && (isAlnum(text[end]) || text[end] == '.' || text[end] == '-') {
		end++
	}
	for dot := end - 1; dot > start; dot-- {
		if text[dot] != '.' || !isAlnum(text[dot-1]) || !isAlnum(text[start]) {
			continue
		}
		top := dot + 1
		for top < end && isLetter(text[top]) {
			top++
		}
		if top-dot <= 2 {
			continue
		}
		return top, !fileEndings[strings.ToLower(text[dot+1:top])] && !isObjectID(text[start:end])
	}
	return 0, false
}

// fileEndings follow an "@" in names of files and of program parts.
var fileEndings = map[string]bool{
	"png": true, "jpg": true, "svg": true, "css": true, "js": true, "java": true,
	"class": true, "json": true, "xml": true, "html": true, "go": true,
}

// isObjectID tells the hash code of a Java object, "7f31245a": 5 to 8 hexadecimal
// digits. It must have letters and digits: 12306.cn and facade.com are domains.
func isObjectID(domain string) bool {
	label, _, _ := strings.Cut(domain, ".")
	if len(label) < 5 || len(label) > 8 || strings.Trim(label, "0123456789abcdef") != "" {
		return false
	}
	return strings.ContainsAny(label, "0123456789") && strings.ContainsAny(label, "abcdef")
}

// escaped tells whether the local part text[start:at] touches an escape, as in
// "sunk\u002a@". What it means shows when the escapes are undone.
func escaped(text string, start, at int) bool {
	for i := start; i < at; i++ {
		if text[i] != '%' {
			continue
		}
		if _, n := percentEscape(text[i:]); n > 0 {
			return true
		}
	}
	if start == 0 {
		return false
	}
	before := text[max(0, start-10):start]
	return text[start-1] == '\\' || text[start-1] == ';' && strings.Contains(before, "&")
}

// maskedAddress tells whether an address is masked: by a sign before what looks
// like its local part, or by letters and fillers within it.
func maskedAddress(text string, start, end int) bool {
	if r, _ := utf8.DecodeLastRuneInString(text[:start]); mask.IsSign(r) {
		return true
	}
	address := text[start:end]
	if !hasRunOfThree(address) {
		return false
	}
	v := mask.Judge(mask.Email, address).Verdict
	return v != mask.Unmasked && v != mask.UnderMasked
}

// hasRunOfThree tells whether one character, in either case, stands three times in
// a row. No mask of letters or fillers is shorter.
func hasRunOfThree(s string) bool {
	n := 1
	for i := 1; i < len(s); i++ {
		if s[i]|0x20 != s[i-1]|0x20 {
			n = 0
		}
		if n++; n == 3 {
			return true
		}
	}
	return false
}

// idCards finds Chinese identity card numbers: 17 digits and a check digit, which
// is right (GB 11643).
func idCards(text string) []span {
	var found []span
	for _, s := range digitRuns(text, 17) {
		if s.end-s.start == 17 && at(text, s.end)|0x20 == 'x' {
			s.end++
		}
		if stands(text, s) && isIDCard(text[s.start:s.end]) {
			found = append(found, s)
		}
	}
	return found
}

func isIDCard(id string) bool {
	if len(id) != 18 || id[0] == '0' {
		return false
	}
	century, month, day := id[6:8], id[10:12], id[12:14]
	if century != "19" && century != "20" || month < "01" || month > "12" || day < "01" || day > "31" {
		return false
	}
	// The weights are the powers of 2 modulo 11, and X stands for 10.
	sum, weight := 0, 1
	for i := 17; i >= 0; i-- {
		digit := 10
		if isDigit(id[i]) {
			digit = int(id[i] - '0')
		}
		sum += digit * weight
		weight = weight * 2 % 11
	}
	return sum%11 == 1
}

// bankCards finds numbers of 16 to 19 digits whose Luhn digit is right (ISO/IEC 7812-1).
func bankCards(text string) []span {
	var found []span
	for _, s := range digitRuns(text, 16) {
		if n := s.end - s.start; n >= 16 && n <= 19 && stands(text, s) && isLuhn(text[s.start:s.end]) {
			found = append(found, s)
		}
	}
	return found
}

func isLuhn(number string) bool {
	sum := 0
	for i := range len(number) {
		digit := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			digit = digit*2/10 + digit*2%10
		}
		sum += digit
	}
	return sum%10 == 0
}

// jwts finds JSON Web Tokens: two runs of base64url of which the first starts
// with "eyJ", the encoding of `{"`, and a third run, which may be empty.
func jwts(text string) []span {
	const least = 8
	var found []span
	for i := 0; i < len(text); {
		end := base64URLEnd(text, i)
		start := strings.Index(text[i:end], "eyJ")
		if start < 0 || end-(i+start) < len("eyJ")+least || at(text, end) != '.' {
			i = end + 1
			continue
		}
		payload := base64URLEnd(text, end+1)
		if payload-(end+1) < least || at(text, payload) != '.' {
			i = end + 1
			continue
		}
		s := span{i + start, base64URLEnd(text, payload+1)}
		found = append(found, s)
		i = s.end
	}
	return found
}

// base64URLEnd returns the end of the run of base64url characters from i.
func base64URLEnd(text string, i int) int {
	for i < len(text) && (isAlnum(text[i]) || text[i] == '-' || text[i] == '_') {
		i++
	}
	return i
}
