package mask

import "unicode"

// Index holds masked values of one field, so that it takes no longer to ask whether
// a value fits one of many than whether it fits one of few. How many it holds is
// bounded; Dropped counts those that found no room.
type Index struct {
	field Field
	// Dropped counts the values that were added after the Index was full.
	Dropped int

	added map[string]bool
	// edges holds what masks with one run of hidden characters show, by the lengths
	// of its beginning and its end.
	edges   map[edge]map[reading]bool
	complex []masked // with several runs, or a domain that is masked too
}

// Bounds of an Index.
const (
	maxValues  = 4096
	maxEdges   = 64
	maxComplex = 64
	MaxIndexed = 256 // bytes of a value
)

// edge is how many bytes a mask shows at either end.
type edge struct{ head, tail int }

// reading is what a mask shows: of an e-mail address, of its local part, beside
// the whole domain.
type reading struct{ head, tail, domain string }

// masked is a masked value, ready to be compared.
type masked struct {
	pattern pattern
	domain  pattern // nil for a value that is no address
}

// NewIndex makes an Index of values, without those that stand for nobody.
func NewIndex(f Field, values []string) *Index {
	ix := &Index{field: f, added: map[string]bool{}, edges: map[edge]map[reading]bool{}}
	for _, v := range values {
		ix.add(v)
	}
	return ix
}

func (ix *Index) add(value string) {
	if ix.added[value] {
		return
	}
	if len(value) > MaxIndexed || len(ix.added) == maxValues || !ix.put(ix.read(parse(ix.field, value))) {
		ix.Dropped++
		return
	}
	ix.added[value] = true
}

// put adds a mask, and tells whether there was room.
func (ix *Index) put(m masked) bool {
	if len(m.pattern) != 2 || len(m.domain) > 1 {
		if len(ix.complex) == maxComplex {
			return false
		}
		ix.complex = append(ix.complex, m)
		return true
	}
	r := reading{head: m.pattern[0], tail: m.pattern[1]}
	if m.domain != nil {
		r.domain = m.domain[0]
	}
	at := edge{len(r.head), len(r.tail)}
	if ix.edges[at] == nil {
		if len(ix.edges) == maxEdges {
			return false
		}
		ix.edges[at] = map[reading]bool{}
	}
	ix.edges[at][r] = true
	return true
}

// Fits tells whether value, the text of a whole value, is what one of the masks
// may stand for: whether JudgeTruth calls it anything but Foreign.
func (ix *Index) Fits(value string) bool {
	if len(ix.added) == 0 {
		return false
	}
	cells := normalise(value)
	for i := range cells {
		if unicode.In(cells[i].r, unicode.L, unicode.N, unicode.M) {
			cells[i].class = visible
		}
	}
	plain := ix.read(cells)
	r := reading{}
	if plain.domain != nil {
		r.domain = plain.domain[0]
	}
	whole := plain.pattern[0]
	for at, seen := range ix.edges {
		if at.head+at.tail > len(whole) {
			continue
		}
		r.head, r.tail = whole[:at.head], whole[len(whole)-at.tail:]
		if seen[r] {
			return true
		}
	}
	for _, m := range ix.complex {
		if (m.domain == nil) == (plain.domain == nil) && m.pattern.fits(whole) && (m.domain == nil || m.domain.fits(r.domain)) {
			return true
		}
	}
	return false
}

// read reduces a value to what is compared, as pair does.
func (ix *Index) read(cells []cell) masked {
	for i := range cells {
		cells[i].r = unicode.ToLower(cells[i].r)
	}
	if ix.field == Email {
		if local, domain, ok := splitAddress(cells); ok {
			return masked{newPattern(positions(local)), newPattern(domain)}
		}
	}
	return masked{newPattern(compared(ix.field, cells)), nil}
}
