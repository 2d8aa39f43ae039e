package probe

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"omaspec/reports/evidence"
	"omaspec/schemas/lazy"
)

// judgeBaseline tells whether the first answer permits the rest of the run. It
// returns nil if so, and also if the run was interrupted before an answer.
func judgeBaseline(x *evidence.Exchange, target Endpoint) *evidence.Stop {
	switch {
	case x == nil || x.Failure != nil && x.Failure.Kind == evidence.FailureInterrupted:
		return nil
	case x.Failure != nil:
		return &evidence.Stop{Kind: evidence.StopFailure, Failure: x.Failure.Kind,
			Reason: "the request with the valid token got no answer: " + x.Failure.Text}
	}
	if x.Response.Cut == "timeout" {
		return &evidence.Stop{Kind: evidence.StopFailure, Failure: evidence.FailureTimeout,
			Reason: "the answer to the valid token did not end within the time limit (--timeout), for which every other request would wait as well"}
	}
	if reason := elsewhere(x, target); reason != "" {
		return &evidence.Stop{Kind: evidence.StopElsewhere, Status: x.Status(), Reason: reason}
	}
	if x.Status() == http.StatusOK {
		return nil
	}
	stop := &evidence.Stop{Kind: evidence.StopStatus, Status: x.Status(),
		Reason: fmt.Sprintf("the valid token got %d instead of 200", x.Status())}
	switch x.Status() {
	case http.StatusUnauthorized:
		stop.Kind = evidence.StopUnauthorised
		stop.Reason = "the valid token got 401, for which the page names three causes: services related to the AICC have not been purchased, " +
			"the Business Software Mall Official Website is not set correctly under System parameters > Unified Public Configuration > Cloud Customers, " +
			"or the request header parameter is not set correctly"
		if asksForBasic().MatchString(strings.Join(x.Response.Header.Values("WWW-Authenticate"), ", ")) {
			stop.Reason += "; or something in front of the endpoint wants Basic authentication: OMASPEC_GATEWAY_BASIC gives it"
		}
	case http.StatusTooManyRequests:
		stop.Kind = evidence.StopThrottled
		stop.Reason = "the target limits the rate of requests: the valid token got 429 every time; wait until it takes requests again, or set --retry-cap to as long as it asks to wait"
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		stop.Kind = evidence.StopUpstream
		stop.Reason = fmt.Sprintf("the target's back end fails: the valid token got %d", x.Status())
	}
	return stop
}

// asksForBasic finds the challenge of Basic authentication.
var asksForBasic = lazy.Regexp(`(?i)(?:^|,)\s*Basic(?:\s|,|$)`)

// inputs are what later requests take from the answer to the baseline.
type inputs struct {
	etag   string
	cookie string // as a Cookie field carries it
	vdn    string
}

// inputsFrom reads the inputs; what is not there stays "".
func inputsFrom(x *evidence.Exchange) inputs {
	var in inputs
	if x == nil || x.Response == nil {
		return in
	}
	in.etag = x.Response.Header.Get("ETag")
	var cookies []string
	for _, line := range x.Response.Header.Values("Set-Cookie") {
		pair, _, _ := strings.Cut(line, ";")
		cookies = append(cookies, pair)
	}
	in.cookie = strings.Join(cookies, "; ")
	type members struct {
		VDN    any             `json:"vdn"`
		Schema json.RawMessage `json:"schema"` // the body under the wrapped reading (A3)
	}
	var m members
	_ = json.Unmarshal([]byte(x.Response.Body), &m) // the suites judge whether it is JSON
	if m.VDN == nil {
		_ = json.Unmarshal(m.Schema, &m)
	}
	in.vdn = fmt.Sprint(m.VDN)
	return in
}

// inputSources are the placeholders that stand for inputs.
var inputSources = map[string]func(inputs) (string, error){
	"etag":   func(in inputs) (string, error) { return present(in.etag, "an entity tag") },
	"cookie": func(in inputs) (string, error) { return present(in.cookie, "a cookie") },
	"next-vdn": func(in inputs) (string, error) {
		n, err := strconv.ParseInt(in.vdn, 10, 32)
		if err != nil {
			return "", &InapplicableError{"the answer to " + Baseline + " holds no numeric VDN"}
		}
		return strconv.FormatInt(n+1, 10), nil
	},
}

// present returns value if it can be sent in a field.
func present(value, what string) (string, error) {
	if value == "" || hasControl(value) {
		return "", &InapplicableError{"the answer to " + Baseline + " does not hold " + what + " that could be sent back"}
	}
	return value, nil
}
