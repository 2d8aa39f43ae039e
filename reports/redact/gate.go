package redact

import (
	"maps"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"omaspec/reports/defect"
	"omaspec/schemas/leak"
)

// Gate is the last look at finished reports before they are published. It looks
// for whole secrets in every encoding, wherever they stand: what omaspec writes
// itself holds none, and what came from outside was rewritten, so that a hit is a
// defect. Parts of secrets and personal data are not looked for: rewritten text and
// omaspec's own words, ids and times hold such by chance.
type Gate struct{ detector *leak.Detector }

// NewGate returns the gate for a run with these secrets, by placeholder.
func NewGate(secrets leak.Secrets) *Gate {
	return &Gate{leak.New(leak.Config{Secrets: secrets, WholeSecrets: true})}
}

// Leak is a secret that must not be published. It never holds what was found.
type Leak struct {
	File   string
	Offset int // of its first byte
}

// Scan looks through the bytes of finished reports, by file name, and returns
// what it finds in the order of names and offsets. The error is a defect of the
// search itself.
func (g *Gate) Scan(files map[string][]byte) ([]Leak, error) {
	found, err := g.lines(files)
	if err != nil {
		return nil, err
	}
	var leaks []Leak
	for _, file := range slices.Sorted(maps.Keys(files)) {
		offset := 0
		for line := range strings.Lines(string(files[file])) {
			for _, at := range *found[line] {
				leaks = append(leaks, Leak{file, offset + at})
			}
			offset += len(line)
		}
	}
	return leaks, nil
}

// lines looks through every line of the files, once, since reports repeat most of
// theirs, and several at a time. No secret spans two lines.
func (g *Gate) lines(files map[string][]byte) (map[string]*[]int, error) {
	found := map[string]*[]int{}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, content := range files {
		for line := range strings.Lines(string(content)) {
			if found[line] != nil {
				continue
			}
			offsets := new([]int)
			found[line] = offsets
			group.Go(defect.Guard(func() error {
				*offsets = g.Find(line)
				return nil
			}))
		}
	}
	return found, group.Wait()
}

// Find returns where whole secrets begin in a text, one of each in each encoding.
func (g *Gate) Find(text string) []int {
	var offsets []int
	s := leak.Survey{Kept: 1}
	for _, h := range s.Scan(g.detector, text).Hits {
		offsets = append(offsets, h.Start)
	}
	return offsets
}
