package event

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// guarded is a transport that connects to no address at which a cloud keeps its
// credentials. The URL is the operator's and may well be inside; what a name of it
// resolves to some day need not be theirs.
func guarded() *http.Transport {
	d := &net.Dialer{Timeout: 5 * time.Second, Control: control}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: d.DialContext, TLSHandshakeTimeout: 5 * time.Second,
		ResponseHeaderTimeout: 9 * time.Second, MaxIdleConnsPerHost: 2, IdleConnTimeout: 90 * time.Second,
		MaxResponseHeaderBytes: 16 << 10, ForceAttemptHTTP2: true,
	}
}

var errAddress = errors.New("event: no request goes to such an address")

// control is asked with the address itself, after the name was resolved.
func control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return errAddress
	}
	ip := to.Addr().Unmap().WithZone("")
	if ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() || ip == netip.MustParseAddr("fd00:ec2::254") {
		return errAddress
	}
	return nil
}
