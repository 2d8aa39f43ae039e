package leak

import (
	"cmp"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"omaspec/schemas/mask"
)

// needle is one form of a value that must not be found.
type needle struct {
	kind  Kind
	name  string
	form  string
	text  string // folded
	least int    // so many of its first bytes are a find already
	alone bool   // only as a word of its own
}

// needles holds needles by their first bytes, in the order of preference. By two bytes
// alone, those of a thousand tokens would be compared in every place of a text.
type needles struct {
	byStart map[uint64][]needle     // by eight bytes, or by two where fewer than eight are a find
	starts  [1 << hashBits / 8]byte // tells quickly, a bit for each hash, that there is none
	byTwo   bool                    // there are such
}

// hashBits is the length of a hash. The needles of a thousand secrets have one in fifty.
const hashBits = 18

// Lengths of secrets, in bytes.
const (
	shortSecret = 8  // shorter ones are looked for as whole words only
	longSecret  = 20 // of longer ones a beginning is a find
	beginning   = 12
	distinct    = 6 // different bytes in a beginning, so that it is no mere run of zeros
)

// addSecrets adds every form of every secret, with its beginnings or the whole ones
// only. Shorter placeholders go first, so
// that a secret is named before what was derived from it.
func (n *needles) addSecrets(secrets map[string]string, whole bool) {
	names := slices.SortedFunc(maps.Keys(secrets), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
	})
	for _, name := range names {
		secret := secrets[name]
		if len(secret) < shortSecret {
			n.add(needle{Token, name, "", secret, len(secret), true})
			continue
		}
		tells := telling
		if whole {
			tells = func(secret string) int { return len(secret) }
		}
		least := tells(secret)
		n.add(needle{Token, name, "", secret, least, false})
		n.add(needle{Token, name, "hex", hex.EncodeToString([]byte(secret)), 2 * least, false})
		back := []byte(secret)
		slices.Reverse(back)
		n.add(needle{Token, name, "reversed", string(back), tells(string(back)), false})
		for offset := range 5 {
			n.add(needle{Token, name, "base32", inBase32(secret, offset), len(inBase32(secret[:least], offset)), false})
		}
		for offset := range 3 {
			n.add(needle{Token, name, "base64", inBase64(secret, offset), len(inBase64(secret[:least], offset)), false})
		}
	}
}

// addTruth adds the customers' true values. A name of one letter is no find.
func (n *needles) addTruth(truth map[mask.Field][]string) {
	for _, field := range mask.Fields {
		for _, value := range truth[field] {
			if utf8.RuneCountInString(value) >= 2 {
				n.add(needle{Truth, string(field), "", value, len(value), true})
			}
		}
	}
}

// add adds x, unless it is a single byte, which is everywhere.
func (n *needles) add(x needle) {
	if len(x.text) < 2 {
		return
	}
	if n.byStart == nil {
		n.byStart = map[uint64][]needle{}
	}
	x.text = folded(x.text)
	start := pair(x.text, 0)
	if x.least >= shortSecret {
		start = binary.BigEndian.Uint64([]byte(x.text))
	} else {
		n.byTwo = true
	}
	n.starts[hash(start)/8] |= 1 << (hash(start) % 8)
	n.byStart[start] = append(n.byStart[start], x)
}

// pair returns the two bytes of text at i, folded.
func pair(text string, i int) uint64 {
	return uint64(fold[text[i]])<<8 | uint64(fold[text[i+1]])
}

// hash multiplies with the golden ratio, which spreads what differs in few bits.
func hash(start uint64) uint64 { return start * 0x9e3779b97f4a7c15 >> (64 - hashBits) }

// telling returns how many of the first bytes of a secret give it away. Every JSON
// Web Token starts like any other, up to its signature.
func telling(secret string) int {
	if len(secret) < longSecret {
		return len(secret)
	}
	least := beginning
	if isWebToken(secret) && strings.Count(secret, ".") == 1 {
		return len(secret) // a piece of one, which many others share
	}
	if parts := strings.SplitN(secret, ".", 3); len(parts) == 3 && isWebToken(secret) {
		least = max(least, len(secret)-len(parts[2]))
	}
	for least < len(secret) && differing(secret[:least]) < distinct {
		least++
	}
	return least
}

func differing(s string) int {
	seen := map[byte]bool{}
	for i := range len(s) {
		seen[s[i]] = true
	}
	return len(seen)
}

// inBase64 returns the characters that every base64 text has which holds secret
// after a number of bytes that leaves offset when divided by three.
func inBase64(secret string, offset int) string {
	encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", offset) + secret))
	first := (offset*8 + 5) / 6
	last := (offset + len(secret)) * 8 / 6
	return encoded[first:last]
}

// inBase32 is inBase64 for base32 (RFC 4648 6), whose groups have five bytes.
func inBase32(secret string, offset int) string {
	encoded := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(strings.Repeat("\x00", offset) + secret))
	first := (offset*8 + 4) / 5
	last := (offset + len(secret)) * 8 / 5
	return encoded[first:last]
}

// fold makes letter case and the two base64 alphabets alike.
var fold = func() (table [256]byte) {
	for i := range table {
		table[i] = byte(i)
	}
	for c := byte('A'); c <= 'Z'; c++ {
		table[c] = c | 0x20
	}
	table['-'], table['_'] = '+', '/'
	return table
}()

func folded(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = fold[b[i]]
	}
	return string(b)
}

// find is a needle that was found.
type find struct {
	kind Kind
	name string
	form string
	span span
}

// find looks for all needles at once, and hands over each that is found. Where
// several match the longest counts, and the search goes on behind it.
func (n *needles) find(text string, found func(find)) {
	start, read := uint64(0), 0 // the eight bytes before text[read]
	for i := 0; i < len(text)-1; {
		for ; read < len(text) && read < i+shortSecret; read++ {
			start = start<<8 | uint64(fold[text[read]])
		}
		var best *needle
		longest := 0
		if read == i+shortSecret {
			best, longest = n.longer(start, text, i, nil, 0)
		}
		if n.byTwo {
			best, longest = n.longer(pair(text, i), text, i, best, longest)
		}
		if best == nil {
			i++
			continue
		}
		form := best.form
		if longest < len(best.text) {
			form = join(form, "prefix")
		}
		found(find{best.kind, best.name, form, span{i, i + longest}})
		i += longest
	}
}

// longer returns the needle of which most stands in text at i, and how much of it: of
// those that have a start, and the best so far.
func (n *needles) longer(start uint64, text string, i int, best *needle, longest int) (*needle, int) {
	if n.starts[hash(start)/8]&(1<<(hash(start)%8)) == 0 {
		return best, longest
	}
	some := n.byStart[start]
	for k := range some {
		if length := some[k].match(text, i); length > longest {
			best, longest = &some[k], length
		}
	}
	return best, longest
}

// match returns how many bytes of x stand in text at i, 0 when too few.
func (x *needle) match(text string, i int) int {
	n := 0
	for n < len(x.text) && i+n < len(text) && fold[text[i+n]] == x.text[n] {
		n++
	}
	if n < x.least || x.alone && !standsAlone(text, span{i, i + n}) {
		return 0
	}
	return n
}

// standsAlone tells whether a word starts and ends where s does. What starts or
// ends with another character than a letter or a digit of ASCII needs no boundary.
func standsAlone(text string, s span) bool {
	return !inWord(text, s.start) && !inWord(text, s.end)
}

// inWord tells whether the place i lies between two letters or digits.
func inWord(text string, i int) bool { return isAlnum(at(text, i-1)) && isAlnum(at(text, i)) }

// isWebToken tells what begins like a JSON Web Token, in any case.
func isWebToken(secret string) bool { return len(secret) > 3 && strings.EqualFold(secret[:3], "eyJ") }
