package redact

import (
	"unicode"
	"unicode/utf8"
)

// The letters that stand in for others. There is no vowel, so that they spell no
// word that a rule looks for; no x and no n, because runs of them are masks
// (schemas/mask); and no l, o or i, which people misread.
const (
	lettersLower = "bcdfghjkmpqrstvwyz"
	// hanLetters stand in for any common Han character. None of them is part of a
	// legal form of companies, and none is used as a mask.
	hanLetters = "山水风云雨雪花草木林森石河江湖海波浪春夏秋冬晨暮星月光影松竹梅兰" +
		"菊荷柳桃杏梨枫桂鹿鹤燕雁莺鹊虎豹龙凤琴棋书画诗词歌赋金银铜铁玉珠丝" +
		"绸青红白黑紫蓝黄绿东南西北左右前后高低远近长短宽窄轻重冷暖明暗新旧"
)

var han = []rune(hanLetters)

// block is a range of runes of one class and one UTF-8 length.
type block struct{ lo, hi rune }

// blocks lists, first match first, the ranges within which a rune is replaced by
// another one. What shapes and rules tell apart (case, script, digits, length in
// UTF-8) is the same throughout a range.
var blocks = []struct {
	from block // runes to replace
	to   block // runes to replace them by
}{
	{block{'０', '９'}, block{'０', '９'}},
	{block{'ａ', 'ｚ'}, block{'ｐ', 'ｗ'}},
	{block{'Ａ', 'Ｚ'}, block{'Ｐ', 'Ｗ'}},
	{block{0x3041, 0x3096}, block{0x304b, 0x3062}}, // Hiragana
	{block{0x30a1, 0x30fa}, block{0x30ab, 0x30c2}}, // Katakana
	{block{0xac00, 0xd7a3}, block{0xac00, 0xd7a3}}, // Hangul
	{block{'α', 'ω'}, block{'α', 'ο'}},
	{block{'Α', 'Ω'}, block{'Α', 'Ο'}},
	{block{'а', 'я'}, block{'а', 'я'}},
	{block{'А', 'Я'}, block{'А', 'Я'}},
	{block{loneSurrogate, loneSurrogate + 0x3ff}, block{loneSurrogate, loneSurrogate + 0x3ff}},
	{block{loneSurrogate + 0x400, loneSurrogate + 0x7ff}, block{loneSurrogate + 0x400, loneSurrogate + 0x7ff}},
	{block{badByte, badByte + 0xff}, block{badByte + 0x80, badByte + 0xbf}},
}

// standIns replace what no block names, by length in UTF-8 and class. Spaces and
// control characters become one of theirs: which one it was may say something.
var standIns = map[int]struct{ lower, upper, letter, symbol, space, control block }{
	2: {block{0xe0, 0xf6}, block{0xc0, 0xd6}, block{0x5d0, 0x5ea}, block{0x2d2, 0x2df}, block{0xa0, 0xa0}, block{0x90, 0x9f}},
	3: {block{0x1f00, 0x1f07}, block{0x1f08, 0x1f0f}, block{0xac00, 0xd7a3}, block{0x2801, 0x28ff}, block{0x3000, 0x3000}, block{0x2801, 0x28ff}},
	4: {block{0x10428, 0x1044d}, block{0x10400, 0x10425}, block{0x20000, 0x20fff}, block{0x1f330, 0x1f3ff}, block{0x1f330, 0x1f3ff}, block{0x1f330, 0x1f3ff}},
}

// like returns a rune of the same class and the same length in UTF-8 as r.
// ASCII punctuation, the ASCII space and line ends stay: they are syntax. So does what
// rules tell from all others: DEL, which JSON allows, the byte order mark, which is
// blank, and U+FFFD, which bytes that are not UTF-8 read as.
func (s *stream) like(r rune) rune {
	switch {
	case r >= '0' && r <= '9':
		return '0' + rune(s.next(10))
	case r >= 'a' && r <= 'z':
		return rune(lettersLower[s.next(len(lettersLower))])
	case r >= 'A' && r <= 'Z':
		return unicode.ToUpper(rune(lettersLower[s.next(len(lettersLower))]))
	case r == '\t', r == '\n', r == '\r', r == 0, r >= ' ' && r <= 0x7f, r == '\ufeff', r == utf8.RuneError:
		return r
	case r == '\v', r == '\f':
		return '\f' // blank, but not in JSON
	case r < utf8.RuneSelf:
		return rune(1 + s.next(8))
	case unicode.Is(unicode.Han, r) && utf8.RuneLen(r) == 3:
		return han[s.next(len(han))]
	}
	for _, b := range blocks {
		if r >= b.from.lo && r <= b.from.hi {
			return s.within(b.to)
		}
	}
	in := standIns[utf8.RuneLen(r)]
	switch {
	case unicode.Is(unicode.Nd, r):
		return s.within(decade(r))
	case unicode.IsUpper(r), unicode.IsTitle(r):
		return s.within(in.upper)
	case unicode.IsLower(r):
		return s.within(in.lower)
	case unicode.IsLetter(r):
		return s.within(in.letter)
	case unicode.IsSpace(r):
		return s.within(in.space)
	case unicode.IsControl(r):
		return s.within(in.control)
	}
	return s.within(in.symbol)
}

func (s *stream) within(b block) rune { return b.lo + rune(s.next(int(b.hi-b.lo)+1)) }

// decade is the range of the ten digits that r belongs to.
func decade(r rune) block {
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			lo := rune(t.Lo) + (r-rune(t.Lo))/10*10
			return block{lo, lo + 9}
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			lo := rune(t.Lo) + (r-rune(t.Lo))/10*10
			return block{lo, lo + 9}
		}
	}
	return block{r, r}
}
