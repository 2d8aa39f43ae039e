package probe

import (
	"errors"
	"slices"

	"omaspec/reports/evidence"
)

// obstacle says why a probe cannot be sent to a target with these credentials,
// as far as that is known before anything is sent; nil if nothing is in the way.
// An error means that the probe is not in the placeholder language.
func obstacle(p Probe, target Endpoint, wallet *Wallet, proxied bool) (*evidence.Unsent, error) {
	inapplicable := func(reason string) *evidence.Unsent {
		return &evidence.Unsent{Probe: p.ID, Kind: evidence.UnsentInapplicable, Reason: reason}
	}
	if p.OnlyTLS() && !target.Secure {
		return inapplicable("it is about https, and the target is plain http"), nil
	}
	if p.RawSocket() && proxied && !target.Secure {
		return inapplicable("a proxy in front of a plain http target rewrites the bytes that it is about"), nil
	}
	for _, s := range p.Steps {
		if _, ok := joined(s.Fields, wallet.passes()); !ok {
			return inapplicable("the gateway in front of the target wants the field Authorization for itself"), nil
		}
	}
	// What an earlier answer will say is not known yet.
	resolve := func(ph placeholder) (string, error) {
		if _, later := inputSources[ph.source]; later {
			return "", nil
		}
		return wallet.value(ph)
	}
	for _, s := range p.Steps {
		for _, text := range s.texts() {
			_, err := substitute(text, resolve)
			var missing *MissingError
			var cannot *InapplicableError
			switch {
			case err == nil:
			case errors.As(err, &missing):
				info, _ := missing.Role.Info()
				return &evidence.Unsent{Probe: p.ID, Kind: evidence.UnsentCredential, Reason: err.Error(), Remedy: "set " + info.Variable}, nil
			case errors.As(err, &cannot):
				return inapplicable(cannot.Reason), nil
			default:
				return nil, err
			}
		}
	}
	return nil, nil
}

// notAskedFor says that the group of a probe was not chosen.
func notAskedFor(p Probe) evidence.Unsent {
	u := evidence.Unsent{Probe: p.ID, Kind: evidence.UnsentGroup, Reason: "its group of probes, " + string(p.Group) + ", was not asked for"}
	if i := slices.IndexFunc(Groups, func(info GroupInfo) bool { return info.Group == p.Group }); i >= 0 {
		u.Remedy = "use " + Groups[i].Option
	}
	return u
}
