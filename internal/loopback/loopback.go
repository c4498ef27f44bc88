// Package loopback tells this machine from all others: what leaves it goes by TLS.
package loopback

import "net"

// Is reports whether a host, a name or an address without a port, is this machine.
func Is(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
