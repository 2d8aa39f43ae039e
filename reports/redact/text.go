package redact

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"

	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
)

// mode says which text is at hand.
type mode uint8

const (
	// foreign text came from the target: what is not known is replaced.
	foreign mode = iota
	// own text was made by omaspec: only secrets and personal data are replaced.
	own
	// serving is the value of a field that says how the target serves: its numbers
	// stay.
	serving
	// name is the name of a member, of a field or of a parameter.
	name
	// path is a part of the path of a URL.
	path
	// host is the host and port of a URL: all of it stays but long numbers.
	host
)

// sections holds the sections of the vocabulary that stay in a text, besides the
// general one.
var sections = map[mode][]string{serving: {"fields"}, name: {"names"}, path: {"paths"}}

// text redacts one text. Equal texts get equal results, different texts
// different ones.
func (r *Redactor) text(src string, m mode) string {
	if src == "" {
		return ""
	}
	id := textID{m, src}
	done, ok := r.texts[id]
	if !ok {
		done = r.search(src, m)
		r.texts[id] = done
		r.noteMade(src, done)
		if m != own {
			r.results[done.out] = src
		}
	}
	r.count(done, src, m)
	return done.out
}

type textID struct {
	mode mode
	src  string
}

// redaction is what became of a text.
type redaction struct {
	out           string
	before, after []leak.Hit // in the text and in out
}

// faithful tells whether the detectors see in the result what they saw in the text.
func (d redaction) faithful() bool { return slices.Equal(marks(d.before), marks(d.after)) }

// count adds what was done to one text.
func (r *Redactor) count(d redaction, src string, m mode) {
	for _, h := range d.before {
		if replaced[h.Kind] {
			r.counts[string(h.Kind)]++
		}
	}
	if d.out != src {
		r.counts[CountTexts]++
	}
	if m != own && !d.faithful() {
		r.counts[CountUnfaithful]++
	}
}

// search draws redactions of src until one is faithful and the result of no other
// text. Of long texts it draws fewer.
func (r *Redactor) search(src string, m mode) redaction {
	d := redaction{before: r.before.Scan(src)}
	units := decode(characters(src))
	for salt := range max(2, min(attempts, attempts*usualLength/len(src))) {
		d.out = r.render(units, m, d.before, r.key.stream("text", src, strconv.Itoa(salt)))
		d.after = r.after.Scan(d.out)
		if d.faithful() && (r.isFree(d.out, src) || hasToken(d.before)) {
			break
		}
	}
	return d
}

// usualLength is the length of texts that are searched with all attempts.
const usualLength = 4 << 10

// isFree tells whether out is the result of no other text than src.
func (r *Redactor) isFree(out, src string) bool {
	other, taken := r.results[out]
	return !taken || other == src
}

// hasToken tells of hits that include a token, all forms of which may become one.
func hasToken(hits []leak.Hit) bool {
	return slices.ContainsFunc(hits, func(h leak.Hit) bool { return h.Kind == leak.Token })
}

// noteMade notes what looks like personal data in a redacted text and did not
// stand in the text: pseudonyms, which the last gate lets pass.
func (r *Redactor) noteMade(src string, d redaction) {
	kept := map[string]bool{}
	for _, h := range d.before {
		kept[decoded(src[h.Start:h.End])] = true
	}
	for _, h := range d.after {
		if found := decoded(d.out[h.Start:h.End]); !kept[found] {
			r.made[found] = true
		}
	}
}

// decoded is what s reads as when its escapes are undone.
func decoded(s string) string {
	var b strings.Builder
	for _, u := range decode(characters(s)) {
		b.WriteString(u.plain())
	}
	return b.String()
}

// mark is what rules can tell about a hit in a redacted text.
type mark struct {
	kind           leak.Kind
	name, encoding string
	shape          string
	correlated     bool
}

// marks lists the marks of hits in the order of the text. Of tokens it counts
// where they are and not in which form: one place can be several tokens at once,
// for example a token and another one that was made of it.
func marks(hits []leak.Hit) []mark {
	var out []mark
	end := 0
	for _, h := range hits {
		switch {
		case h.Kind != leak.Token:
			out = append(out, mark{h.Kind, h.Name, h.Encoding, h.Shape, h.Correlated})
		case h.Start >= end:
			out = append(out, mark{kind: leak.Token})
			end = h.End
		default:
			end = max(end, h.End)
		}
	}
	return out
}

// render makes one redaction of the text that units are.
func (r *Redactor) render(units []unit, m mode, hits []leak.Hit, s *stream) string {
	t := &rendering{Redactor: r, mode: m, stream: s, units: units, out: make([]*string, len(units))}
	size := 0
	for _, u := range units {
		t.starts = append(t.starts, size)
		size += len(u.src)
	}
	longestFirst := func(a, b leak.Hit) int { return cmp.Compare(b.End-b.Start, a.End-a.Start) }
	t.replace(slices.SortedStableFunc(slices.Values(hits), longestFirst), leak.Token)
	t.recodeAll(hits)
	for _, kind := range personal {
		t.replace(hits, kind)
	}
	t.keepAddresses(hits)
	if m != own && !r.vocabulary["texts"][source(units)] {
		t.words()
	}
	var b strings.Builder
	for i, u := range t.units {
		if t.out[i] != nil {
			b.WriteString(*t.out[i])
		} else {
			b.WriteString(u.src)
		}
	}
	return b.String()
}

// rendering is one redaction on its way.
type rendering struct {
	*Redactor
	mode   mode
	stream *stream
	units  []unit
	starts []int // where each unit starts in the source
	// out holds what is decided, by unit; nil is undecided.
	out       []*string
	sensitive []bool // the units of a name that say that a member is sensitive
}

// free tells whether nothing is decided about the units from i to j.
func (t *rendering) free(i, j int) bool {
	return !slices.ContainsFunc(t.out[i:j], func(s *string) bool { return s != nil })
}

// put decides about one unit.
func (t *rendering) put(i int, text string) { t.out[i] = &text }

// block replaces the units from i to j by one text, written like them.
func (t *rendering) block(i, j int, text string) {
	model := slices.IndexFunc(t.units[i:j], func(u unit) bool { return u.write != nil })
	if model >= 0 {
		text = t.escaped(text, t.units[i:j], t.units[i+model])
	}
	t.put(i, text)
	for i++; i < j; i++ {
		t.put(i, "")
	}
}

// escaped writes text like model: all of it where all units are escapes, and
// otherwise what is neither a letter nor a digit.
func (t *rendering) escaped(text string, units []unit, model unit) string {
	all := !slices.ContainsFunc(units, func(u unit) bool { return u.write == nil })
	var b strings.Builder
	for _, r := range text {
		if all || !unicode.In(r, unicode.L, unicode.Nd) {
			b.WriteString(model.spell(r))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// at returns the units that the bytes of a hit belong to.
func (t *rendering) at(h leak.Hit) (i, j int) {
	i = sort.SearchInts(t.starts, h.Start+1) - 1
	return i, max(i+1, sort.SearchInts(t.starts, h.End))
}

// runes are the characters of the units from i to j.
func (t *rendering) runes(i, j int) []rune {
	out := make([]rune, 0, j-i)
	for _, u := range t.units[i:j] {
		out = append(out, u.r)
	}
	return out
}

// spell replaces those of the units from i on that are undecided, one by one.
func (t *rendering) spell(i int, runes []rune) {
	for k, r := range runes {
		if t.out[i+k] == nil {
			t.put(i+k, t.units[i+k].spell(r))
		}
	}
}

// personal lists the kinds of hits that are replaced character by character, the
// surest first.
var personal = []leak.Kind{leak.Truth, leak.Phone, leak.Email, leak.IDCard, leak.BankCard, leak.JWT}

// replace replaces the hits of one kind.
func (t *rendering) replace(hits []leak.Hit, kind leak.Kind) {
	for _, h := range hits {
		if h.Kind != kind || inBase64(h) {
			continue
		}
		i, j := t.at(h)
		if kind != leak.JWT && !t.free(i, j) {
			continue
		}
		if kind == leak.Token {
			t.block(i, j, tokenForm(h))
			continue
		}
		runes := t.runes(i, j)
		if kind != leak.JWT {
			t.saw(string(runes))
		}
		t.spell(i, t.pseudonym(h, runes))
	}
}

// keepAddresses keeps the private addresses of servers: what tells them from other
// numbers is nearly all of them, and they are nobody's data.
func (t *rendering) keepAddresses(hits []leak.Hit) {
	for _, h := range hits {
		if h.Kind == leak.PrivateAddress && !inBase64(h) {
			i, j := t.at(h)
			t.spell(i, t.runes(i, j))
		}
	}
}

// tokenForm is the placeholder of a token in the form in which the token was
// found: whoever looks for the placeholder as for a secret finds it in this form.
// The beginning of a token becomes the whole placeholder.
func tokenForm(h leak.Hit) string {
	switch {
	case strings.Contains(h.Encoding, "reversed"):
		b := []byte(h.Name)
		slices.Reverse(b)
		return string(b)
	case strings.Contains(h.Encoding, "hex"):
		return hex.EncodeToString([]byte(h.Name))
	}
	return h.Name
}

// pseudonym replaces the characters of personal data.
func (t *rendering) pseudonym(h leak.Hit, runes []rune) []rune {
	switch h.Kind {
	case leak.Phone:
		return []rune(t.values.unmasked(mask.MobilePhone, string(runes)))
	case leak.Email:
		return []rune(t.values.unmasked(mask.Email, string(runes)))
	case leak.Truth:
		return []rune(t.values.unmasked(mask.Field(h.Name), string(runes)))
	case leak.IDCard:
		return t.stream.idCard(runes)
	case leak.BankCard:
		return t.stream.bankCard(runes)
	}
	return append([]rune("eyJ"), t.stream.each(runes[3:])...)
}

// each draws every rune anew.
func (s *stream) each(runes []rune) []rune {
	out := make([]rune, len(runes))
	for i, r := range runes {
		out[i] = s.like(r)
	}
	return out
}

func inBase64(h leak.Hit) bool { return strings.Contains(h.Encoding, "base64") }

// recodeAll redacts the contents of runs of base64 that hold a hit. Any other
// run of base64 is just a word.
func (t *rendering) recodeAll(hits []leak.Hit) {
	for _, h := range hits {
		if !inBase64(h) || !replaced[h.Kind] {
			continue
		}
		i, j := t.at(h)
		for i > 0 && isBase64(t.units[i-1].r) {
			i--
		}
		for j < len(t.units) && isBase64(t.units[j].r) {
			j++
		}
		for j < len(t.units) && t.units[j].r == '=' {
			j++
		}
		if !t.free(i, j) {
			continue
		}
		if text, ok := t.recode(string(t.runes(i, j))); ok {
			t.encoded(i, j, text)
		}
	}
}

// replaced holds the kinds of hits that must not stay.
var replaced = map[leak.Kind]bool{leak.Token: true, leak.Truth: true, leak.Phone: true, leak.Email: true,
	leak.IDCard: true, leak.BankCard: true, leak.JWT: true}

func isBase64(r rune) bool {
	return r < 0x80 && (r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("+/-_", r))
}

// recode redacts the content of a run of base64, which may begin up to three
// characters after the run does.
func (t *rendering) recode(run string) (string, bool) {
	body := strings.TrimRight(run, "=")
	for skip := range 4 {
		content, end, err := decodeRun(run, skip)
		if err != nil || !slices.ContainsFunc(t.before.Scan(content), func(h leak.Hit) bool { return replaced[h.Kind] }) {
			continue
		}
		out := string(t.stream.each([]rune(body[:skip]))) +
			base64Encoding(body).EncodeToString([]byte(t.text(content, t.mode))) +
			string(t.stream.each([]rune(body[end:])))
		if len(run) > len(body) {
			out += strings.Repeat("=", (4-(len(out)-skip)%4)%4)
		}
		return out, true
	}
	return "", false
}

// decodeRun decodes a run of base64 from skip on. end is where the decoded part
// ends: before the padding, and before a character that is left over.
func decodeRun(run string, skip int) (content string, end int, err error) {
	run = strings.TrimRight(run, "=")
	if end = len(run); (end-skip)%4 == 1 {
		end--
	}
	if skip >= end {
		return "", 0, errors.New("nothing to decode")
	}
	b, err := base64Encoding(run).DecodeString(run[skip:end])
	return string(b), end, err
}

// base64Encoding is the alphabet of a run.
func base64Encoding(run string) *base64.Encoding {
	if strings.ContainsAny(run, "-_") {
		return base64.RawURLEncoding
	}
	return base64.RawStdEncoding
}

// encoded replaces the units from i to j by text, one by one where the length is
// the same.
func (t *rendering) encoded(i, j int, text string) {
	if len(text) == j-i {
		t.spell(i, []rune(text))
		return
	}
	t.block(i, j, text)
}

// words replaces everything else that is not in the vocabulary.
func (t *rendering) words() {
	n := len(t.units)
	if t.mode == name {
		t.sensitive = make([]bool, n)
		plain := ascii(t.units, n) // of ASCII, so that its bytes are units
		for _, s := range leak.SensitiveName.FindAllStringIndex(plain, -1) {
			for i := s[0]; i < s[1]; i++ {
				t.sensitive[i] = true
			}
		}
	}
	for i := 0; i < n; {
		j := i + 1
		switch {
		case !t.free(i, j):
		case t.units[i].bad || t.units[i].r >= badByte:
			for j < n && t.free(j, j+1) && (t.units[j].bad || t.units[j].r >= badByte) {
				j++
			}
			t.octets(i, j)
		case isWord(t.units[i].r):
			for j < n && t.free(j, j+1) && !t.units[j].bad && isWord(t.units[j].r) {
				j++
			}
			t.word(i, j)
		}
		i = j
	}
}

func isWord(r rune) bool {
	return r < badByte && unicode.In(r, unicode.L, unicode.M, unicode.Nd)
}

// octets replaces bytes that are not UTF-8 by others that are not: 0x80 to 0xBF
// after a whole character begin nothing.
func (t *rendering) octets(i, j int) {
	for ; i < j; i++ {
		r := 0x80 + rune(t.stream.next(0x40))
		if !t.units[i].bad {
			r += badByte
		}
		t.put(i, t.units[i].spell(r))
	}
}

// word replaces a run of letters and digits. The result is no word of the
// vocabulary: a rule could look for that one.
func (t *rendering) word(i, j int) {
	runes := t.runes(i, j)
	if t.isElement(i, string(runes)) {
		return
	}
	out := slices.Clone(runes)
	like := t.stream.like
	if isHexWord(runes) {
		like = t.stream.likeHex
	}
	for a := 0; a < len(runes); {
		b := a + 1
		digits := unicode.IsDigit(runes[a])
		for b < len(runes) && unicode.IsDigit(runes[b]) == digits {
			b++
		}
		for n := 0; n < attempts && t.keeps(string(out[a:b]), digits) == (n > 0); n++ {
			t.part(i+a, out[a:b], digits, like)
		}
		a = b
	}
	t.spell(i, out)
}

// part draws the run of digits or of letters at unit i. A number keeps a leading
// zero, and gets none. The name of an exception remains one, and so does a
// sensitive member's.
func (t *rendering) part(i int, out []rune, digits bool, like func(rune) rune) {
	runes := t.runes(i, i+len(out))
	end := len(runes) - len(exceptionName.FindString(string(runes)))
	for k, r := range runes[:end] {
		if t.sensitive == nil || !t.sensitive[i+k] {
			out[k] = like(r)
		}
	}
	switch {
	case !digits:
	case runes[0] == '0':
		out[0] = '0'
	case out[0] == '0':
		out[0] = '1' + rune(t.stream.next(9))
	}
}

// keeps tells whether a run of digits or of letters stays as it is.
func (t *rendering) keeps(part string, digits bool) bool {
	if !digits {
		return t.mode == host || t.vocabulary.in(part, sections[t.mode]...)
	}
	return len(part) <= longestNumber[t.mode] || t.vocabulary["numbers"][part]
}

// longestNumber says how many digits a number may have to stay.
var longestNumber = map[mode]int{serving: 9, host: 6}

// isElement tells whether the word at unit i is the name of an HTML element.
func (t *rendering) isElement(i int, word string) bool {
	if i > 0 && t.units[i-1].r == '/' {
		i--
	}
	return i > 0 && t.units[i-1].r == '<' && t.vocabulary["html"][strings.ToLower(word)]
}

// exceptionName matches the end of a word that is the name of an exception.
var exceptionName = regexp.MustCompile(`(?:Exception|Error)$`)

// isHexWord tells a word that is a hexadecimal number: an object's identity, a
// trace id. Its letters stay hexadecimal.
func isHexWord(runes []rune) bool {
	digits := 0
	for _, r := range runes {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case !strings.ContainsRune(lettersHex, unicode.ToLower(r)):
			return false
		}
	}
	return len(runes) >= 5 && digits > 0
}

// likeHex is like for the letters a to f.
func (s *stream) likeHex(r rune) rune {
	if unicode.IsLetter(r) {
		return inStyleOf(r, rune(lettersHex[s.next(len(lettersHex))]))
	}
	return s.like(r)
}
