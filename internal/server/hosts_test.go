package server

import (
	"net"
	"testing"
)

func TestOnlyOwnNamesAreAdmitted(t *testing.T) {
	guard := hostGuard(&net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 4177}, []string{"Shop.Example", "[2001:db8::1]"})
	for host, want := range map[string]bool{
		"localhost": true, "LOCALHOST": true, "localhost.": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true,
		"::ffff:127.0.0.1": true, "192.0.2.7": true, "shop.example": true, "SHOP.example.": true, "2001:db8::1": true,
		"": false, "evil.example": false, "192.0.2.8": false, "localhost.evil.example": false,
		"127.0.0.1.evil.example": false, "shop.example.evil": false, "0.0.0.0": false,
	} {
		if got := guard(host); got != want {
			t.Errorf("host %q admitted: %v, want %v", host, got, want)
		}
	}
}

func TestLoopbackAddressesAreToldFromOthers(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:0": true, "127.1.2.3:80": true, "localhost:4177": true, "[::1]:4177": true,
		"0.0.0.0:4177": false, ":4177": false, "[::]:4177": false, "192.0.2.1:4177": false, "shop.example:80": false,
	} {
		got, err := isLoopback(address)
		if err != nil || got != want {
			t.Errorf("%s is loopback: %v (%v), want %v", address, got, err, want)
		}
	}
	if _, err := isLoopback("4177"); err == nil {
		t.Error("an address without a host was read")
	}
}

func TestBaseURLIsReachableFromThisMachine(t *testing.T) {
	for want, addr := range map[string]net.Addr{
		"http://127.0.0.1:80":  &net.TCPAddr{IP: net.IPv4zero, Port: 80},
		"http://[::1]:4177":    &net.TCPAddr{IP: net.IPv6loopback, Port: 4177},
		"http://192.0.2.1:443": &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443},
	} {
		if got := baseURL(addr, false); got != want {
			t.Errorf("base URL of %s is %s, want %s", addr, got, want)
		}
	}
}
