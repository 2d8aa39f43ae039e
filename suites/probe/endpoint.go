package probe

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// DefaultPath is the path of the interface as the page publishes it (section URI).
const DefaultPath = "/rest/oma/softwareconsole/tenant/querytenantbasic"

// Endpoint is where the requests of a run go.
type Endpoint struct {
	Secure bool   // https
	Host   string // as the Host field carries it: "service.besclouds.com", "127.0.0.1:8080"
	Addr   string // host and port to connect to
	Path   string // begins with "/"; without a query
	Zone   string // of an IPv6 address of this machine's link: "eth0"; "" is none
}

// ParseEndpoint reads a target URL of scheme http or https. Without a path the
// published path is used; a path that does not end in the published one is put
// in front of it, as gateways do. A path given beside the URL replaces all this.
func ParseEndpoint(target, path string) (Endpoint, error) {
	u, err := url.Parse(target)
	switch {
	case err != nil:
		return Endpoint{}, errors.New("the target is not a URL: write https://HOST[:PORT][/PATH]")
	case u.Scheme != "http" && u.Scheme != "https":
		return Endpoint{}, errors.New("the target must begin with https:// or http://")
	case u.Hostname() == "":
		return Endpoint{}, errors.New("the target names no host")
	case u.User != nil:
		return Endpoint{}, errors.New("the target must not hold a user name or password")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return Endpoint{}, errors.New("the target must not have a query or a fragment")
	}
	e := Endpoint{Secure: u.Scheme == "https", Host: u.Host}
	if name, zone, zoned := strings.Cut(u.Hostname(), "%"); zoned {
		// A zone means something to this machine only, so it is not sent (RFC 6874 4).
		e.Zone, e.Host = zone, strings.Replace(u.Host, "%"+zone, "", 1)
		if addr, err := netip.ParseAddr(name); err != nil || !addr.Is6() || !isZone(zone) {
			return Endpoint{}, errors.New("the target's host is no IPv6 address with a zone: write http://[fe80::1%25eth0]")
		}
	}
	if strings.ContainsFunc(e.Host, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("{}%", r) }) {
		return Endpoint{}, errors.New("the target's host name must be written in ASCII")
	}
	port := u.Port()
	if port == "" {
		port = map[bool]string{true: "443", false: "80"}[e.Secure]
		e.Host = strings.TrimSuffix(e.Host, ":")
	} else if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return Endpoint{}, errors.New("the target's port is not a number from 1 to 65535")
	}
	e.Addr = net.JoinHostPort(u.Hostname(), port)
	e.Path = path
	if path == "" {
		e.Path = strings.TrimSuffix(u.EscapedPath(), "/")
		if !strings.HasSuffix(e.Path, DefaultPath) {
			e.Path += DefaultPath
		}
	}
	if err := checkPath(e.Path); err != nil {
		return Endpoint{}, err
	}
	return e, nil
}

// checkPath refuses what a request line cannot carry as a path, and braces,
// which belong to the placeholder language.
func checkPath(path string) error {
	if !strings.HasPrefix(path, "/") || len(path) < 2 {
		return errors.New("the path must begin with / and name something")
	}
	if i := strings.IndexFunc(path, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("?#{}", r) }); i >= 0 {
		return fmt.Errorf("the path holds a character that must be percent-encoded, at position %d", i+1)
	}
	return nil
}

// isZone tells whether a text can be the zone of an address in a URL without
// percent-encoding (RFC 6874 2).
func isZone(zone string) bool {
	return zone != "" && !strings.ContainsFunc(zone, func(r rune) bool { return !isAlphanumeric(r) && !strings.ContainsRune("-._~", r) })
}

// Via is the same endpoint, reached by another host and port than its own; "" leaves
// them.
func (e Endpoint) Via(addr string) Endpoint {
	if addr != "" {
		e.Addr = addr
	}
	return e
}

// rerouted tells whether the endpoint is reached at another address than its own.
func (e Endpoint) rerouted() bool {
	host, port, _ := net.SplitHostPort(e.Addr)
	own := (&url.URL{Host: e.Host}).Port()
	if own == "" {
		own = map[bool]string{true: "443", false: "80"}[e.Secure]
	}
	host, _, _ = strings.Cut(host, "%")
	return host != e.hostname() || port != own
}

// URL is the endpoint's address: scheme, host, port and path.
func (e Endpoint) URL() string { return e.zoned(e.origin()) + e.Path }

// zoned puts the zone back into a URL.
func (e Endpoint) zoned(url string) string {
	if e.Zone == "" {
		return url
	}
	return strings.Replace(url, "]", "%25"+e.Zone+"]", 1)
}

func (e Endpoint) origin() string {
	if e.Secure {
		return "https://" + e.Host
	}
	return "http://" + e.Host
}

// Loopback tells whether the endpoint is on this machine, by its name and by where it
// is reached.
func (e Endpoint) Loopback() bool {
	host, _, _ := net.SplitHostPort(e.Addr)
	return isLoopback(e.hostname()) && isLoopback(host)
}

func (e Endpoint) hostname() string { return (&url.URL{Host: e.Host}).Hostname() }

func isLoopback(host string) bool {
	if addr, err := netip.ParseAddr(host); err == nil {
		return addr.IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// plaintext is where the endpoint would answer in clear text: port 80 where it
// uses port 443, else the same port (row T01).
func (e Endpoint) plaintext() Endpoint {
	e.Secure = false
	e.Host = strings.TrimSuffix(e.Host, ":443")
	if host, port, _ := net.SplitHostPort(e.Addr); port == "443" {
		e.Addr = net.JoinHostPort(host, "80")
	}
	return e
}

// resolve fills in the placeholders of the target: {path}, {host} and {origin}.
// All others stay.
func (e Endpoint) resolve(symbolic string) (string, error) {
	return substitute(symbolic, func(p placeholder) (string, error) {
		switch p.source {
		case "host":
			return e.Host, nil
		case "origin":
			return e.origin(), nil
		case "path":
			path := e.Path
			for _, name := range p.forms {
				apply, ok := pathForms[name]
				if !ok {
					return "", fmt.Errorf("%s names no form", p.text)
				}
				path = apply(path)
			}
			return path, nil
		}
		return p.text, nil
	})
}
