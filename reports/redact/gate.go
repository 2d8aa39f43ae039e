package redact

import (
	"bytes"
	"maps"
	"runtime"
	"slices"
	"sync/atomic"

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
// what it finds in the order of names and offsets. No secret spans two lines, and
// reports repeat most of theirs, so each is looked through once. The error is a
// defect of the search itself.
func (g *Gate) Scan(files map[string][]byte) ([]Leak, error) {
	var lines []string // the different ones
	numbers := map[string]int{}
	for _, content := range files {
		for line := range bytes.Lines(content) {
			if _, known := numbers[string(line)]; !known {
				lines = append(lines, string(line))
				numbers[lines[len(lines)-1]] = len(lines) - 1
			}
		}
	}
	found, err := g.findAll(lines)
	if err != nil {
		return nil, err
	}
	var leaks []Leak
	for _, file := range slices.Sorted(maps.Keys(files)) {
		offset := 0
		for line := range bytes.Lines(files[file]) {
			for _, at := range found[numbers[string(line)]] {
				leaks = append(leaks, Leak{file, offset + at})
			}
			offset += len(line)
		}
	}
	return leaks, nil
}

// findAll is Find for many texts, on every processor.
func (g *Gate) findAll(texts []string) ([][]int, error) {
	found := make([][]int, len(texts))
	var next atomic.Int64
	var group errgroup.Group
	for range runtime.GOMAXPROCS(0) {
		group.Go(defect.Guard(func() error {
			for i := next.Add(1) - 1; i < int64(len(texts)); i = next.Add(1) - 1 {
				found[i] = g.Find(texts[i])
			}
			return nil
		}))
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
