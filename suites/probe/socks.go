package probe

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"

	"omaspec/reports/evidence"
)

// socksSchemes are those of a SOCKS 5 proxy. As with net/http, both leave it to the
// proxy to resolve names.
var socksSchemes = []string{"socks5", "socks5h"}

func isSOCKS(proxy *url.URL) bool { return proxy != nil && slices.Contains(socksSchemes, proxy.Scheme) }

// rewrites tells whether a proxy reads the requests to a plain http target, as an http
// proxy does.
func rewrites(proxy *url.URL) bool { return proxy != nil && !isSOCKS(proxy) }

var (
	errSOCKS       = failed(evidence.FailureDial, "the proxy does not speak SOCKS 5")
	errSOCKSAsks   = failed(evidence.FailureDial, "the proxy wants other credentials than --proxy has, if any")
	errSOCKSTarget = failed(evidence.FailureDial, "the proxy did not connect to the target: SOCKS 5 cannot carry its name")
)

// socksReplies are the failures of RFC 1928 6.
var socksReplies = map[byte]string{
	1: "it failed", 2: "its rules do not allow it", 3: "the network is unreachable", 4: "the host is unreachable",
	5: "the connection was refused", 6: "the time to live is over", 7: "it cannot open connections", 8: "it does not know such addresses",
}

// The numbers of RFC 1928 and RFC 1929.
const (
	socksVersion   = 5
	socksConnect   = 1
	socksNoAuth    = 0
	socksPassword  = 2
	socksIPv4      = 1
	socksName      = 3
	socksIPv6      = 4
	passwordScheme = 1
)

// socks asks a SOCKS 5 proxy for a connection to addr (RFC 1928, RFC 1929).
func (d *dialer) socks(ctx context.Context, conn net.Conn, addr string) error {
	defer guard(ctx, conn)()
	to, ok := socksAddress(addr)
	if !ok {
		return errSOCKSTarget
	}
	methods := []byte{socksNoAuth}
	if d.proxy.User != nil {
		methods = append(methods, socksPassword)
	}
	chosen, err := exchange(conn, append([]byte{socksVersion, byte(len(methods))}, methods...), 2)
	switch {
	case err != nil || chosen[0] != socksVersion:
		return errSOCKS
	case chosen[1] == socksPassword && d.proxy.User != nil:
		if err := d.socksLogin(conn); err != nil {
			return err
		}
	case chosen[1] != socksNoAuth:
		return errSOCKSAsks
	}
	reply, err := exchange(conn, append([]byte{socksVersion, socksConnect, 0}, to...), 4)
	switch {
	case err != nil:
		return errProxyTunnel
	case reply[0] != socksVersion:
		return errSOCKS
	case reply[1] != 0:
		why, known := socksReplies[reply[1]]
		if !known {
			why = socksReplies[1]
		}
		return failed(evidence.FailureDial, fmt.Sprintf("%s: %s", errProxyTunnel, why))
	}
	return skipBound(conn, reply[3])
}

// socksLogin authenticates by name and password, of at most 255 bytes each.
func (d *dialer) socksLogin(conn net.Conn) error {
	name := d.proxy.User.Username()
	password, _ := d.proxy.User.Password()
	if len(name) > 255 || len(password) > 255 {
		return errSOCKSAsks
	}
	login := append([]byte{passwordScheme, byte(len(name))}, name...)
	login = append(append(login, byte(len(password))), password...)
	if status, err := exchange(conn, login, 2); err != nil || status[1] != 0 {
		return errSOCKSAsks
	}
	return nil
}

// socksAddress is host and port as a request carries them.
func socksAddress(addr string) (to []byte, ok bool) {
	host, port, err := net.SplitHostPort(addr)
	n, bad := strconv.ParseUint(port, 10, 16)
	if err != nil || bad != nil || host == "" || len(host) > 255 {
		return nil, false
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case err == nil && ip.Is4():
		to = append(to, socksIPv4)
		to = append(to, ip.AsSlice()...)
	case err == nil:
		to = append(to, socksIPv6)
		to = append(to, ip.AsSlice()...)
	default:
		to = append(to, socksName, byte(len(host)))
		to = append(to, host...)
	}
	return binary.BigEndian.AppendUint16(to, uint16(n)), true
}

// skipBound reads the address that the proxy connects from, which means nothing here.
func skipBound(conn net.Conn, kind byte) error {
	length := map[byte]int{socksIPv4: net.IPv4len, socksIPv6: net.IPv6len}[kind]
	if kind == socksName {
		name, err := exchange(conn, nil, 1)
		if err != nil {
			return errSOCKS
		}
		length = int(name[0])
	}
	if length == 0 {
		return errSOCKS
	}
	if _, err := exchange(conn, nil, length+2); err != nil {
		return errSOCKS
	}
	return nil
}

// exchange writes a message and reads an answer of n bytes.
func exchange(conn net.Conn, message []byte, n int) ([]byte, error) {
	if _, err := conn.Write(message); err != nil {
		return nil, err
	}
	answer := make([]byte, n)
	_, err := io.ReadFull(conn, answer)
	return answer, err
}
