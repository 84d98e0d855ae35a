package server

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// isLoopback says whether only this machine can reach the host of an address.
func isLoopback(address string) (bool, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false, fmt.Errorf("read the address %q: it is written host:port, such as 127.0.0.1:4177", address)
	}
	return loopbackHost(host), nil
}

func loopbackHost(host string) bool {
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

// hostGuard admits the names by which a development server may be called: those
// of this machine, the address it listens on, and the ones that its owner
// named. A page elsewhere that makes its own name point here is none of them.
func hostGuard(listen net.Addr, names []string) func(host string) bool {
	admitted := map[string]bool{}
	for _, name := range names {
		admitted[canonicalHost(name)] = true
	}
	if tcp, ok := listen.(*net.TCPAddr); ok {
		if tcp.IP.IsUnspecified() {
			for _, ip := range ownAddresses() {
				admitted[ip] = true
			}
		} else {
			admitted[canonicalHost(tcp.IP.String())] = true
		}
	}
	return func(host string) bool {
		return loopbackHost(host) || admitted[canonicalHost(host)]
	}
}

func canonicalHost(host string) string {
	host = strings.Trim(strings.TrimSuffix(strings.ToLower(host), "."), "[]")
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Unmap().String()
	}
	return host
}

// ownAddresses are what listening on every address amounts to.
func ownAddresses() []string {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return nil // then the owner has to name them
	}
	var ips []string
	for _, address := range addresses {
		if network, ok := address.(*net.IPNet); ok {
			ips = append(ips, canonicalHost(network.IP.String()))
		}
	}
	return ips
}

// baseURL is where callers on this machine find the listener.
func baseURL(listen net.Addr) string {
	tcp, ok := listen.(*net.TCPAddr)
	if !ok {
		return "http://" + listen.String()
	}
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(tcp.Port))
}
