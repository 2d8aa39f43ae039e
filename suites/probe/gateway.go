package probe

import (
	"errors"
	"slices"
	"strings"

	"omaspec/reports/evidence"
)

// Gateway names a credential of a gateway in front of the target, which wants it with
// every request, those without a token included.
type Gateway string

// The credentials of gateways.
const (
	GatewayBasic  Gateway = "basic"  // "USER:PASSWORD" (RFC 7617)
	GatewayCookie Gateway = "cookie" // "NAME=VALUE; NAME=VALUE" (RFC 6265 4.2.1)
	// gatewayPassword is what of GatewayBasic is secret by itself.
	gatewayPassword Gateway = "password"
)

// A GatewayInfo describes a credential of a gateway that somebody can supply.
type GatewayInfo struct {
	Gateway  Gateway
	Variable string // the environment variable that supplies it
	Words    string // what it holds
	carried  evidence.RequestField
}

// Gateways lists the credentials of gateways that can be supplied.
var Gateways = []GatewayInfo{
	{GatewayBasic, "OMASPEC_GATEWAY_BASIC", "user name and password for Basic authentication, as USER:PASSWORD", field("Authorization", "Basic {gateway:basic|base64}")},
	{GatewayCookie, "OMASPEC_GATEWAY_COOKIE", "cookies, as NAME=VALUE; NAME=VALUE", field("Cookie", "{gateway:cookie}")},
}

func (g Gateway) info() (GatewayInfo, bool) {
	i := slices.IndexFunc(Gateways, func(info GatewayInfo) bool { return info.Gateway == g })
	if i < 0 {
		return GatewayInfo{}, false
	}
	return Gateways[i], true
}

// Placeholder is the symbolic text of the credential: "{gateway:basic}".
func (g Gateway) Placeholder() string { return "{gateway:" + string(g) + "}" }

// Pass gives the wallet a credential of a gateway. tells says whether a text gives
// away a secret, which a password may be too short or too common for. The error does
// not quote the credential.
func (w *Wallet) Pass(g Gateway, credential Secret, tells func(string) bool) error {
	value := credential.reveal()
	if _, known := g.info(); !known {
		return errors.New("there is no such credential of a gateway")
	}
	if err := checkToken(value); err != nil {
		return err
	}
	user, password, pair := strings.Cut(value, ":")
	switch {
	case g == GatewayBasic && (!pair || user == ""):
		return errors.New("is not USER:PASSWORD")
	case g == GatewayCookie && !isCookies(value):
		return errors.New("is not NAME=VALUE, or several with a semicolon between them")
	}
	w.gateways[g], w.used[g.Placeholder()] = credential, credential
	if g == GatewayBasic && tells(password) {
		w.used[gatewayPassword.Placeholder()] = NewSecret(password)
	}
	return nil
}

func isCookies(value string) bool {
	for pair := range strings.SplitSeq(value, ";") {
		if name, _, ok := strings.Cut(strings.TrimSpace(pair), "="); !ok || !isToken(name) {
			return false
		}
	}
	return true
}

// passes are the fields that carry the credentials of gateways, in symbolic text.
func (w *Wallet) passes() []evidence.RequestField {
	var fields []evidence.RequestField
	for _, info := range Gateways {
		if _, held := w.gateways[info.Gateway]; held {
			fields = append(fields, info.carried)
		}
	}
	return fields
}

// joined puts the fields of a step and those of a gateway together. Cookies of both
// stand in one field (RFC 6265 5.4); any other field is one of them only.
func joined(own, gateway []evidence.RequestField) (fields []evidence.RequestField, ok bool) {
	fields = slices.Clone(own)
	for _, g := range gateway {
		i := slices.IndexFunc(fields, func(f evidence.RequestField) bool { return strings.EqualFold(f.Name, g.Name) })
		switch {
		case i < 0:
			fields = append(fields, g)
		case g.Name == "Cookie":
			fields[i].Value = g.Value + "; " + fields[i].Value
		default:
			return nil, false
		}
	}
	return fields, true
}
