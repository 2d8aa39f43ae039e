package reports

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// timings are the times to the first byte, as a strip plot with one strip per
// status code and a logarithmic axis, and as numbers.
type timings struct {
	Sentence string
	Ticks    []tick
	Rows     []strip
	Height   int // of the drawing
	Floor    int // y of the end of the grid
	Legend   int // y of the axis labels
}

type tick struct {
	X     string
	Label string
}

type strip struct {
	Status, Count             int
	Shortest, Middle, Longest string
	Base                      int    // y of the label
	Marks                     string // SVG path: a short mark per exchange
	Median                    string // SVG path: the long mark
}

// The drawing in user units. The width is that of the viewBox in report.tmpl.
const (
	plotLeft  = 48
	plotRight = 680
	plotStrip = 30
	plotTop   = 8
)

// timingsOf returns nil if nothing was answered.
func timingsOf(exchanges []Exchange) *timings {
	waits := map[int][]float64{}
	var all []float64
	for _, x := range exchanges {
		if x.Status != 0 {
			waits[x.Status] = append(waits[x.Status], x.WaitMS)
			all = append(all, x.WaitMS)
		}
	}
	if all == nil {
		return nil
	}
	axis := axisOf(slices.Min(all), slices.Max(all))
	t := &timings{Ticks: axis.ticks(), Floor: plotTop + plotStrip*len(waits)}
	t.Legend = t.Floor + 18
	t.Height = t.Legend + 6
	var parts []string
	for i, status := range slices.Sorted(maps.Keys(waits)) {
		s := stripOf(axis, status, waits[status], plotTop+plotStrip*i)
		t.Rows = append(t.Rows, s)
		parts = append(parts, fmt.Sprintf("%d: median %s of %d", status, s.Middle, s.Count))
	}
	t.Sentence = "Time to the first byte. " + strings.Join(parts, "; ") + "."
	return t
}

func stripOf(a axis, status int, waits []float64, top int) strip {
	slices.Sort(waits)
	middle := waits[len(waits)/2]
	if len(waits)%2 == 0 {
		middle = (middle + waits[len(waits)/2-1]) / 2
	}
	var marks strings.Builder
	for _, w := range waits {
		fmt.Fprintf(&marks, "M%s %dv12", a.at(w), top+9)
	}
	return strip{
		Status: status, Count: len(waits),
		Shortest: milliseconds(waits[0]), Middle: milliseconds(middle), Longest: milliseconds(waits[len(waits)-1]),
		Base: top + 20, Marks: marks.String(), Median: fmt.Sprintf("M%s %dv20", a.at(middle), top+5),
	}
}

// axis maps milliseconds, from 10^low to 10^high, to x.
type axis struct{ low, high int }

// The axis does not go beyond these, in ms.
const (
	axisStart = 0.01
	axisEnd   = 1e7
)

func exponent(ms float64) float64 { return math.Log10(min(max(ms, axisStart), axisEnd)) }

func axisOf(lowest, highest float64) axis {
	a := axis{int(math.Floor(exponent(lowest))), int(math.Ceil(exponent(highest)))}
	if a.high == a.low {
		a.high++
	}
	return a
}

func (a axis) at(ms float64) string {
	part := (exponent(ms) - float64(a.low)) / float64(a.high-a.low)
	return strconv.FormatFloat(plotLeft+part*(plotRight-plotLeft), 'f', 1, 64)
}

// ticks are the powers of ten.
func (a axis) ticks() []tick {
	var out []tick
	for power := a.low; power <= a.high; power++ {
		ms := math.Pow10(power)
		unit := strconv.FormatFloat(ms, 'f', -1, 64) + " ms"
		if ms >= 1000 {
			unit = strconv.FormatFloat(ms/1000, 'f', -1, 64) + " s"
		}
		out = append(out, tick{a.at(ms), unit})
	}
	return out
}
