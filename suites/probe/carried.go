package probe

import (
	"strings"

	"omaspec/reports/evidence"
)

// whose are the words for the tokens that requests carry, by role.
var whose = map[Role]string{
	Valid: "the valid token", SecondTenant: "the second customer's token", Expired: "an expired token", Revoked: "a revoked token",
	NotPurchased: "the token of a customer who has not purchased the AICC", UpstreamFailure: "a token for which the back end fails",
	Foreign: "a token of another kind or environment", Canary: "a made-up token", Canary2: "a made-up token",
}

// Whose says in words which secret of the run a placeholder stands for: "the valid
// token". It is "" for what is none.
func Whose(symbolic string) string {
	for _, p := range placeholders(symbolic) {
		role, _, _ := strings.Cut(p.arg, earlier)
		info, gateway := Gateway(role).info()
		switch {
		case p.source == "gateway" && gateway:
			return "the credential of " + info.Variable
		case p.source == "gateway":
			return "the password for the gateway"
		case p.source == "header":
			return "the value of an added header field"
		case len(p.forms) > 0:
			return "what is made of " + whose[Role(role)]
		case p.source == "token":
			return whose[Role(role)]
		}
	}
	return ""
}

// Carried says in words with what a request asked to be let in: "with the valid token
// in the field Authorization", "without a token".
func Carried(r evidence.Request) string {
	var tokens []string
	elsewhere := ""
	for _, f := range r.Header {
		switch {
		case strings.EqualFold(f.Name, TokenField):
			tokens = append(tokens, f.Value)
		case strings.Contains(f.Value, "{token:"+string(Valid)):
			elsewhere = "with the valid token in the field " + evidence.Canonical(f.Name)
		}
	}
	switch valid := "{token:" + string(Valid); {
	case len(tokens) > 1:
		return "with two fields " + TokenField
	case len(tokens) == 1 && r.Raw != "" && !strings.Contains(r.Raw, "\r\n"+TokenField+": "+tokens[0]+"\r\n"):
		return "with " + tokenWords(tokens[0]) + " in a field line of another spelling"
	case len(tokens) == 1:
		return "with " + tokenWords(tokens[0])
	case strings.Contains(r.Target, valid):
		return "with the valid token in the URL"
	case strings.Contains(r.Body, valid):
		return "with the valid token in the body"
	case elsewhere != "":
		return elsewhere
	}
	return "without a token"
}

// tokenWords says in words what the value of a token field is.
func tokenWords(symbolic string) string {
	text, err := substitute(symbolic, func(p placeholder) (string, error) {
		if p.source == "bytes" {
			return literalSources["bytes"](p.arg)
		}
		return p.text, nil
	})
	found := placeholders(symbolic)
	switch {
	case err == nil && strings.TrimSpace(text) == "":
		return "an empty token"
	case len(found) == 1 && found[0].text == symbolic && Whose(symbolic) != "":
		return Whose(symbolic)
	case strings.Contains(symbolic, "{token:"+string(Valid)):
		return "another spelling of the valid token"
	}
	return "a made-up token"
}
