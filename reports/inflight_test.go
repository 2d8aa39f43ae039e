package reports

import (
	"bytes"
	"testing"

	"omaspec/reports/evidence"
)

func TestInFlight(t *testing.T) {
	tests := []struct {
		used *evidence.InFlight
		want string
	}{
		{nil, ""},
		{&evidence.InFlight{Most: 1}, "up to 1 request"},
		{&evidence.InFlight{Most: 8}, "up to 8 requests"},
		{&evidence.InFlight{Adaptive: true, Most: 32}, "up to 32 requests (auto)"},
		{&evidence.InFlight{Adaptive: true, Most: 12, FellBack: []string{"429", "slower answers"}}, "up to 12 requests (auto), and fewer after 429, slower answers"},
	}
	for _, tt := range tests {
		run := conformingRun()
		run.Settings.InFlight = tt.used
		if got := inFlightOf(run.Settings); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.used, got, tt.want)
		}
		read, err := Read(bytes.NewReader(encoded(t, sealed(run))))
		if err != nil || inFlightOf(read.Settings) != tt.want {
			t.Errorf("%q is read as %q, %v", tt.want, inFlightOf(read.Settings), err)
		}
		for what, text := range map[string][]byte{"console": consoleOf(t, run, ConsoleOptions{}), "page": pageText(t, run, nil)} {
			if !bytes.Contains(text, []byte(tt.want)) {
				t.Errorf("the %s does not say %q", what, tt.want)
			}
		}
	}
}
