package server

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
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
	for _, ip := range listenAddresses(listen) {
		admitted[ip] = true
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

// listenAddresses are those of this machine that the listener can be reached
// at.
func listenAddresses(listen net.Addr) []string {
	tcp, ok := listen.(*net.TCPAddr)
	switch {
	case !ok:
		return nil
	case tcp.IP.IsUnspecified():
		return ownAddresses()
	}
	return []string{canonicalHost(tcp.IP.String())}
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
func baseURL(listen net.Addr, secure bool) string {
	scheme := "http://"
	if secure {
		scheme = "https://"
	}
	tcp, ok := listen.(*net.TCPAddr)
	if !ok {
		return scheme + listen.String()
	}
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + net.JoinHostPort(host, fmt.Sprint(tcp.Port))
}

// names are those, beside the address it listens on, by which a development
// server may be called.
func (s *Settings) names() []string {
	names := slices.Clone(s.AllowHosts)
	if host, _, err := net.SplitHostPort(s.Listen); err == nil && host != "" {
		names = append(names, host)
	}
	if u, err := url.Parse(s.PublicURL); err == nil && u.Host != "" {
		names = append(names, u.Hostname())
	}
	return names
}
