package probe

import (
	"fmt"
	"strings"

	"omaspec/reports/evidence"
)

// Preview is what a plan would send, in symbolic form.
type Preview struct {
	Requests []PreviewRequest  `json:"requests"`
	Unsent   []evidence.Unsent `json:"unsent"`
}

// PreviewRequest is one request that a run would send, or one TLS handshake.
type PreviewRequest struct {
	ID     string                  `json:"id"` // of the exchange: "M01", "L02/3"
	Title  string                  `json:"title"`
	Method string                  `json:"method,omitempty"` // "" for a handshake
	Target string                  `json:"target,omitempty"`
	Fields []evidence.RequestField `json:"fields,omitempty"` // besides those of every request
}

// String is one line: the id, the request line and the fields of the probe.
func (r PreviewRequest) String() string {
	if r.Method == "" {
		return r.ID + "  " + r.Title
	}
	var fields strings.Builder
	for _, f := range r.Fields {
		fmt.Fprintf(&fields, "  %s: %s", f.Name, f.Value)
	}
	return fmt.Sprintf("%s  %s %s%s", r.ID, r.Method, r.Target, fields.String())
}

// Preview lists what Run would send with this configuration and these
// credentials, in the order of the plan. Nothing is sent. The errors are those
// of Run.
func (p Plan) Preview(config Config, wallet *Wallet) (Preview, error) {
	if err := config.check(p.Endpoint); err != nil {
		return Preview{}, err
	}
	var preview Preview
	for _, probe := range p.Probes {
		unsent, err := obstacle(probe, p.Endpoint, wallet, rewrites(config.Proxy))
		if err != nil {
			return Preview{}, err
		}
		if unsent != nil {
			preview.Unsent = append(preview.Unsent, *unsent)
			continue
		}
		if probe.Channel == Handshake {
			preview.Requests = append(preview.Requests, PreviewRequest{ID: probe.ID, Title: probe.Title})
		}
		for i, s := range probe.Steps {
			id := probe.exchangeID(i)
			r := PreviewRequest{ID: id, Title: Title(id), Method: s.Method, Target: s.Target, Fields: s.Fields}
			for _, line := range s.Lines {
				r.Fields = append(r.Fields[:len(r.Fields):len(r.Fields)], exactLine(line).RequestField)
			}
			preview.Requests = append(preview.Requests, r)
		}
	}
	for _, probe := range p.Left {
		preview.Unsent = append(preview.Unsent, notAskedFor(probe))
	}
	return preview, nil
}
