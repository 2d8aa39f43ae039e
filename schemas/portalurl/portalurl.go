// Package portalurl judges portalUrl, the address in the 200 body at which the
// customer signs in to the AICC (Table 2, row 1.8), and the redirect_uri in it.
//
// The page gives one example and no rule (A30). What must hold follows from the
// row's words, "URL for signing in": an absolute URL with a host. What should hold
// follows from the example: https, client_id and redirect_uri. The rest is what
// keeps credentials and personal data out of a URL. Each code has an aspect, so that
// the caller can choose. Nothing is ever fetched.
package portalurl

import (
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"omaspec/schemas"
	"omaspec/schemas/lazy"
	"omaspec/schemas/leak"
	"omaspec/schemas/mask"
)

// where is the place of every issue.
const where = "/portalUrl"

// redirect starts the codes of issues of the redirect_uri.
const redirect = "redirect:"

// maxLength is the length, in bytes, up to which every client takes a URL.
const maxLength = 2048

// Options say what a URL is held against.
type Options struct {
	// PortalHosts and RedirectHosts are the allowed hosts, compared in lower case
	// and without a trailing dot. An empty list allows every host.
	PortalHosts, RedirectHosts []string
	// Detector finds personal data and the tokens of the run, as a *leak.Detector
	// does; it must not be nil.
	Detector interface{ Scan(text string) []leak.Hit }
}

// Judge returns what is wrong with value, the decoded text of the member, at most
// 8 issues of each code. The issues of the redirect_uri, which is not followed any
// further, come last; their codes start with "redirect:". A
// value that is not an absolute URL with a known scheme is not judged further.
func Judge(value string, o Options) []schemas.Issue {
	j := judgement{value: value}
	u := j.parse()
	if u == nil {
		return j.issues
	}
	query := j.query(u)
	j.location(u, o.PortalHosts)
	j.content(u, query)
	for _, name := range []string{"client_id", "redirect_uri"} {
		if query.Get(name) == "" {
			j.add(required[name], "absent or empty")
		}
	}
	j.leaks(o.Detector)
	if target := query.Get("redirect_uri"); target != "" {
		j.redirect(target, o.RedirectHosts)
	}
	return j.issues
}

// required holds the codes of the parameters that the page's example has.
var required = map[string]string{"client_id": "url-client-id", "redirect_uri": "url-redirect-uri"}

// redirect judges the redirect_uri. The leaks in it were found in the whole URL.
func (j *judgement) redirect(target string, hosts []string) {
	r := judgement{value: target, prefix: redirect}
	if u := r.parse(); u != nil {
		query := r.query(u)
		r.location(u, hosts)
		r.content(u, query)
		if u.Fragment != "" {
			r.add("redirect-fragment", "a fragment")
		}
	}
	j.issues = append(j.issues, r.issues...)
}

// judgement gathers the issues of one URL.
type judgement struct {
	value  string
	prefix string
	issues []schemas.Issue
	places map[string]int // issues by code
}

// issuesPerCode bounds how many places of one fault are reported.
const issuesPerCode = 8

func (j *judgement) add(code, observed string) {
	if j.places == nil {
		j.places = map[string]int{}
	}
	if j.places[code]++; j.places[code] > issuesPerCode {
		return
	}
	j.issues = append(j.issues, schemas.Issue{
		Code:     j.prefix + code,
		Where:    where,
		Expected: rules[code].expected,
		Observed: observed,
		Advisory: rules[code].class != Must && rules[code].class != MustSec,
	})
}

// parse checks the form of the URL, and returns nil when it cannot be judged further.
func (j *judgement) parse() *url.URL {
	shape := schemas.Shape(j.value)
	if strings.TrimSpace(j.value) == "" {
		j.add("url-empty", shape)
		return nil
	}
	if strings.ContainsFunc(j.value, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		j.add("url-ctl", shape)
	}
	if escapedAmpersand().MatchString(j.value) {
		j.add("url-html", "an escaped ampersand")
	}
	if len(j.value) > maxLength {
		j.add("url-long", strconv.Itoa(len(j.value))+" bytes")
	}
	u, err := url.Parse(j.value)
	switch {
	case err != nil || !utf8.ValidString(j.value):
		j.add("url-parse", shape)
		return nil
	case u.Scheme == "":
		j.add("url-relative", shape)
		return nil
	case u.Scheme == "http":
		j.add("url-http", "the scheme http")
	case u.Scheme != "https":
		j.add("url-scheme", "a scheme of the shape "+schemas.Shape(u.Scheme))
		return nil
	}
	if u.Opaque != "" {
		j.add("url-host", "no authority")
		return nil
	}
	return u
}

var escapedAmpersand = lazy.Regexp(`&(?i:amp|#0*38|#x0*26);`)

// query parses the query, and checks that each parameter is there once.
func (j *judgement) query(u *url.URL) url.Values {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		j.add("url-query", "not a list of name=value")
	}
	for _, name := range sortedNames(query) {
		if len(query[name]) > 1 {
			j.add("url-dup-param", describe(name)+" stands "+strconv.Itoa(len(query[name]))+" times")
		}
	}
	return query
}

// location checks who is addressed.
func (j *judgement) location(u *url.URL, allowed []string) {
	if u.User != nil {
		j.add("url-userinfo", "user information before the host")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			j.add("url-port", "a port of the shape "+schemas.Shape(port))
		}
	}
	host := canonical(u.Hostname())
	if host == "" {
		j.add("url-host", "no host")
		return
	}
	if code := hostCode(host); code != "" {
		j.add(code, "a host of the shape "+schemas.Shape(host))
	}
	if len(allowed) > 0 && !slices.ContainsFunc(allowed, func(a string) bool { return canonical(a) == host }) {
		j.add("url-host-list", "a host of the shape "+schemas.Shape(host)+", which is not listed")
	}
}

func canonical(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

// internalDomains are names that the public DNS does not have.
var internalDomains = []string{".local", ".internal", ".localdomain", ".localhost", ".lan", ".intranet", ".home.arpa"}

// hostCode returns the code of what is wrong with a host, or "".
func hostCode(host string) string {
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || ip.IsUnspecified() {
			return "url-private-ip"
		}
		return "url-ip"
	}
	internal := func(domain string) bool { return strings.HasSuffix(host, domain) }
	switch {
	case !strings.Contains(host, "."), slices.ContainsFunc(internalDomains, internal):
		return "url-internal-host"
	case strings.HasPrefix(host, "xn--"), strings.Contains(host, ".xn--"),
		strings.ContainsFunc(host, func(r rune) bool { return r > unicode.MaxASCII }):
		return "url-idn"
	}
	return ""
}

// content checks what the URL carries: names of secrets, and values that nobody
// replaced. The redirect_uri is a URL of its own, and is judged as one.
func (j *judgement) content(u *url.URL, query url.Values) {
	parameters := []parameter{}
	for _, name := range sortedNames(query) {
		for _, value := range query[name] {
			if name != "redirect_uri" || j.prefix != "" {
				parameters = append(parameters, parameter{name, value})
			}
		}
	}
	hidden := pathParameters(u.Path)
	if fragment, err := url.ParseQuery(u.Fragment); err == nil {
		for _, name := range sortedNames(fragment) {
			hidden = append(hidden, parameter{name, fragment.Get(name)})
		}
	}
	for _, p := range slices.Concat(parameters, hidden) {
		if p.value != "" && secretNames[plainName(p.name)] {
			j.add("url-secret", "a value for "+plainName(p.name))
		}
	}
	texts := append(strings.Split(u.Path, "/"), u.Fragment)
	for _, p := range parameters {
		texts = append(texts, p.value)
	}
	if isPlaceholderHost(canonical(u.Hostname())) || slices.ContainsFunc(texts, placeholder().MatchString) {
		j.add("url-placeholder", "a value that was meant to be replaced")
	}
}

// parameter is a name and a value, wherever it stands in a URL.
type parameter struct{ name, value string }

// pathParameters returns the ";name=value" of the path's segments (RFC 3986 3.3).
func pathParameters(path string) []parameter {
	var out []parameter
	for segment := range strings.SplitSeq(path, "/") {
		_, rest, _ := strings.Cut(segment, ";")
		for p := range strings.SplitSeq(rest, ";") {
			if name, value, ok := strings.Cut(p, "="); ok {
				out = append(out, parameter{name, value})
			}
		}
	}
	return out
}

// secretNames are names of parameters that carry a credential or personal data,
// without case, hyphens and underscores.
var secretNames = func() map[string]bool {
	names := map[string]bool{}
	for _, name := range strings.Fields(`
		token accesstoken refreshtoken idtoken authtoken xauthtoken apikey appsecret clientsecret
		code authcode ticket secret password passwd pwd passphrase credential
		sign signature sig sid session sessionid jsessionid phpsessid ak sk
		phone phonenumber mobile mobilephone tel email mail username loginname idcard idno`) {
		names[name] = true
	}
	return names
}()

func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}

// placeholder finds a value that stands for nothing: a run of x, a name of
// nothing, or the variable of a template.
var placeholder = lazy.Regexp(`^(?i:x{3,}|null|undefined)$|\$\{[^}]*\}|\{\{[^}]*\}\}`)

func isPlaceholderHost(host string) bool {
	for label := range strings.SplitSeq(host, ".") {
		if len(label) >= 3 && strings.Trim(label, "x") == "" {
			return true
		}
	}
	return slices.ContainsFunc([]string{"example.com", "example.org", "example.net"}, func(domain string) bool {
		return host == domain || strings.HasSuffix(host, "."+domain)
	})
}

// leaks looks for personal data and tokens in the whole URL, as it is and decoded.
func (j *judgement) leaks(d interface{ Scan(text string) []leak.Hit }) {
	seen := map[string]bool{}
	for _, h := range d.Scan(j.value) {
		code := leakCodes[h.Kind]
		if h.Kind == leak.Truth {
			code = truthCodes[mask.Field(h.Name)]
		}
		if code == "" || seen[code] {
			continue
		}
		seen[code] = true
		observed := string(h.Kind) + " of the shape " + h.Shape
		if h.Kind == leak.Token {
			observed = h.Name // the shape of a token says too much
		}
		if h.Encoding != "" {
			observed += " (" + h.Encoding + ")"
		}
		j.add(code, observed)
	}
}

var leakCodes = map[leak.Kind]string{
	leak.Token:  "url-token-echo",
	leak.JWT:    "url-jwt",
	leak.Phone:  "url-pii-phone",
	leak.Email:  "url-pii-email",
	leak.IDCard: "url-pii-id-card",
}

var truthCodes = map[mask.Field]string{
	mask.MobilePhone:  "url-pii-phone",
	mask.Email:        "url-pii-email",
	mask.CustomerName: "url-pii-name",
	mask.Company:      "url-pii-name",
}

// publicNames are the parameter names that may be shown.
var publicNames = []string{"client_id", "redirect_uri", "response_type", "scope", "state", "nonce"}

// describe names a parameter. A name may be a value in the wrong place, so that
// only well-known ones are shown.
func describe(name string) string {
	if slices.Contains(publicNames, name) {
		return "the parameter " + name
	}
	return "a parameter of the shape " + schemas.Shape(name)
}

func sortedNames(v url.Values) []string {
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
