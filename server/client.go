package server

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// clients says from which address a call comes.
type clients struct {
	proxies []netip.Prefix // whose X-Forwarded-For is believed
}

// of returns the address of the connection or, where that is a proxy's, the last
// one of X-Forwarded-For that is not: what stands before it anybody can write there.
func (c clients) of(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	at, ok := address(host)
	if !ok {
		return host
	}
	named := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, name := range slices.Backward(named) {
		if !c.isProxy(at) {
			break
		}
		before, ok := address(strings.TrimSpace(name))
		if !ok {
			break
		}
		at = before
	}
	return at.String()
}

func (c clients) isProxy(at netip.Addr) bool {
	return slices.ContainsFunc(c.proxies, func(p netip.Prefix) bool { return p.Contains(at) })
}

// address reads an address as it may stand in X-Forwarded-For: with a port or not,
// in brackets or not.
func address(text string) (netip.Addr, bool) {
	if at, err := netip.ParseAddrPort(text); err == nil {
		return at.Addr().Unmap().WithZone(""), true
	}
	at, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return at.Unmap().WithZone(""), err == nil
}

// Proxies reads the addresses of proxies: single ones, or networks such as
// 10.0.0.0/8.
func Proxies(names []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, name := range names {
		at, ok := address(name)
		if ok {
			out = append(out, netip.PrefixFrom(at, at.BitLen()))
			continue
		}
		network, err := netip.ParsePrefix(name)
		if err != nil {
			return nil, badProxy(name)
		}
		out = append(out, network.Masked())
	}
	return out, nil
}

// badProxy is the text that does not name a proxy.
type badProxy string

// Error returns the text.
func (b badProxy) Error() string {
	return "\"" + string(b) + "\" is no address, such as 10.0.0.7, and no network, such as 10.0.0.0/8"
}
