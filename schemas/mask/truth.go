package mask

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Truth is what comparing a masked value with the true one showed.
type Truth struct {
	// OK tells that the value is a mask of the true one and hides at least one
	// third of it.
	OK      bool    `json:"ok"`
	Verdict Verdict `json:"verdict"` // OK, Unmasked, UnderMasked, NothingHidden, Foreign or Empty
	Hidden  int     `json:"hidden"`  // letters and digits of the true value that cannot be read
	Length  int     `json:"length"`  // letters and digits of the true value
	Reason  string  `json:"reason"`  // one clause for people; it holds no value
}

// JudgeTruth compares a masked value with the true value of the same member, both
// as decoded text. Letter case, separators, a country code and a legal form that
// both have do not count; of an e-mail address the local part is measured, and the
// domain must be the true one unless it is masked. truth must not be empty.
//
// Each run of mask signs may stand for any number of characters, none included,
// so that a mask that was merely added to a value hides nothing. Where the value
// has no other mask sign, and is not the true one, each X in it hides a character.
func JudgeTruth(f Field, masked, truth string) Truth {
	_, t := compare(f, masked, truth)
	return t
}

// compare returns how a masked value is read beside the true one, and what that
// shows.
func compare(f Field, masked, truth string) ([]cell, Truth) {
	cells := parse(f, masked)
	t := judgeTruth(f, slices.Clone(cells), truth)
	if t.Verdict != Foreign || count(cells).hidden > 0 {
		return cells, t
	}
	for _, sign := range "Xx" {
		hiding := slices.Clone(cells)
		for i, c := range hiding {
			if c.r == sign {
				hiding[i].class = hidden
			}
		}
		if again := judgeTruth(f, slices.Clone(hiding), truth); again.Verdict != Foreign {
			return hiding, again
		}
	}
	return cells, t
}

func judgeTruth(f Field, cells []cell, truth string) Truth {
	if blank(cells) {
		return Truth{OK: true, Verdict: Empty, Reason: "nothing is shown"}
	}
	pattern, plain, same := pair(f, cells, normalise(truth))
	t := Truth{Length: len(plain)}
	t.Hidden = len(plain) - count(pattern).visible
	masks := len(pattern) > count(pattern).visible
	switch {
	case !same || !matches(pattern, text(plain)):
		t.Verdict, t.Reason = Foreign, "not a mask of this customer (wrong tenant?)"
	case !masks:
		t.Verdict, t.Reason = Unmasked, "unmasked (equals the true value)"
	case t.Hidden == 0:
		t.Verdict, t.Reason = NothingHidden, "nothing really hidden (mask appended or inserted)"
	case t.Hidden*3 < t.Length:
		t.Verdict, t.Reason = UnderMasked, fmt.Sprintf("under-masked: %d of %d hidden", t.Hidden, t.Length)
	default:
		t.OK, t.Verdict, t.Reason = true, OK, fmt.Sprintf("%d of %d hidden", t.Hidden, t.Length)
	}
	return t
}

// pair reduces a masked value and a true one to the positions that are compared.
// same is false when what surrounds these positions already differs.
func pair(f Field, masked, truth []cell) (pattern, plain []cell, same bool) {
	for i := range masked {
		masked[i].r = unicode.ToLower(masked[i].r)
	}
	for i := range truth {
		truth[i].r = unicode.ToLower(truth[i].r)
		// A true value has no mask: an X in it is an X.
		if unicode.In(truth[i].r, unicode.L, unicode.N, unicode.M) {
			truth[i].class = visible
		}
	}
	same = true
	switch f {
	case Company:
		rest, form := cutLegalForm(masked)
		trueRest, trueForm := cutLegalForm(truth)
		if form == trueForm {
			masked, truth = rest, trueRest
		}
	case Email:
		local, domain, ok := splitAddress(masked)
		trueLocal, trueDomain, trueOK := splitAddress(truth)
		if ok && trueOK {
			same = matches(domain, text(trueDomain))
			masked, truth = local, trueLocal
		}
	}
	return compared(f, masked), compared(f, truth), same
}

// compared returns the positions of a value that identify somebody.
func compared(f Field, cells []cell) []cell {
	if f == MobilePhone {
		return national(cells)
	}
	return positions(cells)
}

// matches tells whether plain is what pattern may stand for: its visible
// characters in their order, and anything where characters are hidden.
func matches(cells []cell, plain string) bool { return newPattern(cells).fits(plain) }

// pattern is what can be read of a masked value: what it begins with, what stands
// between hidden characters, and what it ends with. One part alone hides nothing.
type pattern []string

func newPattern(cells []cell) pattern {
	var parts pattern
	var part strings.Builder
	for i, c := range cells {
		masked := c.class == hidden || c.class == filler
		if !masked {
			part.WriteRune(c.r)
			continue
		}
		if i == 0 || cells[i-1].class != c.class {
			parts = append(parts, part.String())
			part.Reset()
		}
	}
	return append(parts, part.String())
}

func (p pattern) fits(plain string) bool {
	first, last := p[0], p[len(p)-1]
	if len(p) == 1 {
		return plain == last
	}
	plain, ok := strings.CutPrefix(plain, first)
	if !ok {
		return false
	}
	if plain, ok = strings.CutSuffix(plain, last); !ok {
		return false
	}
	for _, middle := range p[1 : len(p)-1] {
		if _, plain, ok = strings.Cut(plain, middle); !ok {
			return false
		}
	}
	return true
}

// Combined is what several masks of one value give away together.
type Combined struct {
	// RevealsMore tells that together they show more than any one of them.
	RevealsMore bool `json:"revealsMore"`
	Visible     int  `json:"visible"` // letters and digits that can be read from all of them together
	Hidden      int  `json:"hidden"`  // positions that stay hidden, as far as the masks tell the length
}

// Union puts several masked values of one member and one customer together.
// Masks of one length are laid over each other; of others only the visible
// beginnings and ends can be. Values that contradict each other are no masks of
// one value, and reveal nothing about each other.
func Union(f Field, values []string) Combined {
	var patterns [][]cell
	best := 0
	for _, v := range values {
		p := compared(f, parse(f, v))
		patterns = append(patterns, p)
		best = max(best, count(p).visible)
	}
	if len(patterns) == 0 {
		return Combined{}
	}
	shown, length, ok := overlay(patterns)
	if !ok {
		return Combined{}
	}
	return Combined{RevealsMore: shown > best, Visible: shown, Hidden: max(0, length-shown)}
}

// overlay counts the characters that patterns show together, and the length of
// the shortest. ok is false when two of them show different characters in one place.
func overlay(patterns [][]cell) (shown, length int, ok bool) {
	length = len(patterns[0])
	aligned := true
	for _, p := range patterns {
		aligned = aligned && len(p) == len(patterns[0])
		length = min(length, len(p))
	}
	head, tail := map[int]rune{}, map[int]rune{} // counted from the start, and from the end
	for _, p := range patterns {
		for i, c := range p {
			if c.class != visible {
				if aligned {
					continue
				}
				break
			}
			if !put(head, i, c.r) {
				return 0, 0, false
			}
		}
		for i := len(p) - 1; !aligned && i >= 0 && p[i].class == visible; i-- {
			if !put(tail, len(p)-1-i, p[i].r) {
				return 0, 0, false
			}
		}
	}
	return min(len(head)+len(tail), length), length, true
}

// put notes the character at a place, and tells whether it agrees with what was
// noted there before.
func put(places map[int]rune, at int, r rune) bool {
	before, known := places[at]
	places[at] = r
	return !known || before == r
}
