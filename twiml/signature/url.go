package signature

import "strings"

// address is a URL in the pieces that matter for signing. Nothing in it is
// decoded or put in another order: a signature is over the characters.
type address struct {
	scheme string // "https://", or "" when there is none
	host   string
	port   string // ":8443", or ""
	rest   string // path and query
}

// split takes a URL apart and drops its fragment, which says how to connect,
// and its user: neither is ever signed.
func split(rawURL string) address {
	rawURL, _, _ = strings.Cut(rawURL, "#")
	i := strings.Index(rawURL, "://")
	if i < 0 {
		return address{rest: rawURL}
	}
	u := address{scheme: rawURL[:i+3], host: rawURL[i+3:]}
	if i := strings.IndexAny(u.host, "/?"); i >= 0 {
		u.host, u.rest = u.host[:i], u.host[i:]
	}
	if i := strings.LastIndexByte(u.host, '@'); i >= 0 {
		u.host = u.host[i+1:]
	}
	// A colon inside brackets is part of an IPv6 address.
	if i := strings.LastIndexByte(u.host, ':'); i > strings.LastIndexByte(u.host, ']') {
		u.host, u.port = u.host[:i], u.host[i:]
	}
	return u
}

// ports are the ways in which the port may have been signed, the likeliest
// first: as it is in the URL, and left out, or put in where it was left out.
func (u address) ports() [2]string {
	switch {
	case u.port != "":
		return [2]string{u.port, ""}
	case u.scheme == "https://":
		return [2]string{"", ":443"}
	default:
		return [2]string{"", ":80"}
	}
}
