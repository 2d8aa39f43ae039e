package main

import (
	"strings"
	"testing"

	"omaspec/reports"
	"omaspec/suites/config"
)

// TestArgumentsAreNotQuoted gives a token to every command in every place that
// takes a word, as a person does who knows another tool.
func TestArgumentsAreNotQuoted(t *testing.T) {
	const token = "Mk3srLl4pnoBcQ7tYvW2aXzEuNdHfJgK"
	harmless := write(t, "run.json", "{}", 0o600)
	tests := [][]string{
		{token}, {token, "run"}, {"help", token}, {"help", "run", token}, {"completion", token}, {"completion", "bash", token}, {"version", token},
		{"--" + token}, {"--" + token + "=x"}, {"-" + token}, {"---" + token}, {"--=" + token},
		{"run", token}, {"run", "--", token}, {"run", "-" + token}, {"run", "-v" + token}, {"run", "--" + token}, {"run", "--token", token}, {"run", "--token=" + token},
		{"run", "--full=" + token}, {"run", "--full", token}, {"run", "--config", token}, {"run", "--tokens", token}, {"run", "-H", token},
		{"list", token}, {"list", "--label-filter", token}, {"list", "--label-filter", token + " &&"}, {"list", "--json=" + token},
		{"explain", token}, {"explain", "AUTH-01", token}, {"explain", "--json", token},
		{"judge", token}, {"judge", token, token}, {"judge", token + ".zip"}, {"judge", "/" + token + "/x"}, {"judge", harmless, "--profile", token},
		{"judge", harmless, "--only", token}, {"judge", harmless, "--reading", token}, {"judge", harmless, "--target", token},
		{"render", token}, {"render", harmless, "--format", token}, {"render", harmless, "-o", "/" + token + "/x"}, {"render", harmless, token},
		{"serve", token}, {"serve", "--fault", token}, {"serve", "--seed", token}, {"serve", "--addr", token}, {"serve", "--addr", token + ":80"},
		{"serve", "--addr", "127.0.0.1:" + token}, {"serve", "--addr", "[" + token + "]:1"}, {"serve", "--credentials", "/proc/" + token},
		{"selftest", token}, {"selftest", "--json=" + token},
	}
	for _, o := range config.Options {
		if o.Name == "reports" {
			continue // makes a folder of any name
		}
		tests = append(tests, []string{"run", "--target", "http://127.0.0.1:1", "--" + o.Name, token}, []string{"run", "--" + o.Name + "=" + token})
	}
	for _, args := range tests {
		for _, env := range []command{with(), with("OMASPEC_TOKEN", token)} {
			r := env.execute(t, args...)
			r.wantExit(t, reports.ExitUsage, token, token[4:], strings.ToLower(token), strings.ToUpper(token))
			line, more, _ := strings.Cut(r.stderr, "\n")
			if more != "" || !strings.HasPrefix(line, "omaspec: ") || r.stdout != "" {
				t.Errorf("%q: stderr %q, stdout %q; want one line", args, r.stderr, r.stdout)
			}
		}
	}
}
