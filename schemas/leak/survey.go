package leak

// Survey says how much of the texts of one run is looked at and kept. Its zero
// value has no bounds. It is for one goroutine.
type Survey struct {
	// Kept is how many hits of each sort are kept of a text, in each of its
	// encodings; 0 is all of them.
	Kept int
	// Decoded is how many bytes the encodings in all texts of the run may become
	// when they are undone; 0 is no bound. The texts themselves do not count.
	Decoded int
	// Raw is how many bytes the texts of the run may have themselves; 0 is no bound.
	Raw int
	// Stop tells to end the search. It may be nil.
	Stop func() bool
	// Spare tells of a true value, text[start:end], whether it is an ordinary word
	// of the place where it stands, as in "max-age" for Max. It may be nil.
	Spare func(text string, start, end int) bool

	decoded int // so far
	raw     int // so far
}

// Found is what Survey.Scan found in a text.
type Found struct {
	Hits []Hit
	// More counts the hits of each sort that were not kept. There may be more: what
	// stands there in another encoding too is counted once.
	More map[Sort]int
	// Unread tells that a bound ended the search: there may be more of everything.
	Unread bool
}

// Sort is what decides whom a hit concerns. Two hits of one sort differ in their
// places only.
type Sort struct {
	Kind       Kind
	Name       string
	Correlated bool
}

// Sort returns the sort of h.
func (h Hit) Sort() Sort { return Sort{h.Kind, h.Name, h.Correlated} }

// Scan looks for leaks in a text as Detector.Scan does, within the bounds.
func (s *Survey) Scan(d *Detector, text string) Found {
	s.raw += len(text)
	if s.stopped() || s.Raw > 0 && s.raw > s.Raw {
		return Found{Unread: true}
	}
	return d.scan(text, s)
}

func (s *Survey) stopped() bool { return s.Stop != nil && s.Stop() }

// spend takes n bytes from what may be decoded, and tells whether they were there.
func (s *Survey) spend(n int) bool {
	s.decoded += n
	return (s.Decoded == 0 || s.decoded <= s.Decoded) && !s.stopped()
}

// add adds what one view showed.
func (f *Found) add(s *sorter) {
	f.Hits = append(f.Hits, s.hits...)
	for sort, n := range s.count {
		if more := n - s.kept; s.kept > 0 && more > f.More[sort] {
			if f.More == nil {
				f.More = map[Sort]int{}
			}
			f.More[sort] = more
		}
	}
}

// sorter keeps the first hits of each sort that one view shows.
type sorter struct {
	view  *view
	kept  int // of each sort; 0 is all
	hits  []Hit
	count map[Sort]int
}

func (s *sorter) full(sort Sort) bool { return s.kept > 0 && s.count[sort] >= s.kept }

func (s *sorter) add(sort Sort, at span, form string) {
	if !s.full(sort) {
		s.hits = append(s.hits, s.view.hit(sort, at, form))
	}
	if s.count == nil {
		s.count = map[Sort]int{}
	}
	s.count[sort]++
}
