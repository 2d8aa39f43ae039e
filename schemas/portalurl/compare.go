package portalurl

import (
	"net/url"
	"slices"
	"strings"

	"omaspec/schemas"
	"omaspec/schemas/leak"
)

// Volatile names the parameters that may differ between two responses.
var Volatile = []string{"state", "nonce"}

// Compare returns one issue, "url-constancy", when a and b, two values that one
// token was given, differ in more than the parameters to ignore; these are left
// out of the redirect_uri too. It says which parts differ.
func Compare(a, b string, ignore []string) []schemas.Issue {
	if a == b {
		return nil
	}
	partsA, okA := parts(a, ignore)
	partsB, okB := parts(b, ignore)
	differing := []string{"the whole"}
	if okA && okB {
		differing = difference(partsA, partsB)
	}
	if len(differing) == 0 {
		return nil
	}
	var j judgement
	j.add("url-constancy", strings.Join(differing, ", ")+" differs between two responses")
	return j.issues
}

// parts cuts a URL into its named parts. ok is false when it is none.
func parts(value string, ignore []string) (map[string]string, bool) {
	u, err := url.Parse(value)
	if err != nil {
		return nil, false
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, false
	}
	texts := map[string]*strings.Builder{} // parameters of one description together
	for _, name := range sortedNames(query) {
		values := query[name]
		if slices.Contains(ignore, name) {
			continue
		}
		if name == "redirect_uri" {
			for i := range values {
				values[i] = without(values[i], ignore)
			}
		}
		b := texts[describe(name)]
		if b == nil {
			b = &strings.Builder{}
			texts[describe(name)] = b
		}
		for _, value := range values {
			b.WriteString(value)
			b.WriteByte('\n')
		}
	}
	out := map[string]string{
		"the scheme": u.Scheme, "the host": canonical(u.Host), "the path": u.EscapedPath() + u.Opaque,
		"the user information": u.User.String(), "the fragment": u.Fragment,
	}
	for name, b := range texts {
		out[name] = b.String()
	}
	return out, true
}

// without drops parameters from the query of a URL.
func without(value string, names []string) string {
	u, err := url.Parse(value)
	if err != nil {
		return value
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return value
	}
	for _, name := range names {
		query.Del(name)
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// difference returns the sorted names of the parts that differ.
func difference(a, b map[string]string) []string {
	var names []string
	for name := range a {
		if a[name] != b[name] {
			names = append(names, name)
		}
	}
	for name := range b {
		if _, both := a[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// HostInjected returns a function that tells whether a value holds evilHost, in any
// encoding and letter case: the target built a URL from the Host or X-Forwarded-Host
// of a request (R21). evilHost should have at least eight characters.
func HostInjected(evilHost string) func(value string) bool {
	d := leak.New(leak.Config{Secrets: map[string]string{"host": evilHost}})
	return func(value string) bool {
		return slices.ContainsFunc(d.Scan(value), func(h leak.Hit) bool { return h.Kind == leak.Token })
	}
}
