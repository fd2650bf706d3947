package sessions

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// embeddedURL asks for the server inside the process.
const embeddedURL = "embedded"

// shape is how the servers behind a URL work together.
type shape int

const (
	shapeUnknown shape = iota
	shapeSingle
	shapeSentinel
	shapeCluster
	shapeEmbedded
)

// target is a parsed URL.
type target struct {
	shape          shape
	addrs          []string
	user, password string
	master         string
	db             int
	tls            bool
}

// parseURL reads [Options.URL]. Errors never repeat any of it, because a
// slip of the pen puts a password anywhere.
func parseURL(raw string) (target, error) {
	if raw == embeddedURL {
		return target{shape: shapeEmbedded}, nil
	}
	bad := func(why string) (target, error) {
		return target{}, fmt.Errorf("redis url: %s: %w", why, ErrInvalid)
	}
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return bad("want \"embedded\" or a scheme and hosts")
	}
	var t target
	t.tls = strings.HasPrefix(scheme, "rediss")
	switch strings.TrimPrefix(strings.TrimPrefix(scheme, "redis"), "s") {
	case "":
		t.shape = shapeSingle
	case "+sentinel":
		t.shape = shapeSentinel
	case "+cluster":
		t.shape = shapeCluster
	default:
		return bad("unknown scheme")
	}
	if !strings.HasPrefix(scheme, "redis") || strings.ContainsAny(rest, "?#") {
		return bad("unknown scheme, query or fragment")
	}
	hosts, path, _ := strings.Cut(rest, "/")
	if i := strings.LastIndex(hosts, "@"); i >= 0 {
		user, password, _ := strings.Cut(hosts[:i], ":")
		var err1, err2 error
		t.user, err1 = url.PathUnescape(user)
		t.password, err2 = url.PathUnescape(password)
		if err1 != nil || err2 != nil {
			return bad("credentials are not percent-encoded")
		}
		hosts = hosts[i+1:]
	}
	if why := t.setHosts(hosts); why != "" {
		return bad(why)
	}
	if why := t.setPath(path); why != "" {
		return bad(why)
	}
	return t, nil
}

func (t *target) setHosts(hosts string) (why string) {
	port := "6379"
	if t.shape == shapeSentinel {
		port = "26379"
	}
	for addr := range strings.SplitSeq(hosts, ",") {
		if !strings.Contains(addr, ":") || strings.HasSuffix(addr, "]") {
			addr += ":" + port
		}
		host, p, err := net.SplitHostPort(addr)
		n, numErr := strconv.ParseUint(p, 10, 16)
		if err != nil || host == "" || numErr != nil || n == 0 {
			return "want host:port"
		}
		t.addrs = append(t.addrs, net.JoinHostPort(host, p))
	}
	if t.shape == shapeSingle && len(t.addrs) > 1 {
		return "several hosts need redis+sentinel or redis+cluster"
	}
	return ""
}

func (t *target) setPath(path string) (why string) {
	db := path
	if t.shape == shapeSentinel {
		t.master, db, _ = strings.Cut(path, "/")
		if t.master == "" {
			return "sentinel needs the name of the master as path"
		}
	}
	if db == "" {
		return ""
	}
	n, err := strconv.ParseUint(db, 10, 8)
	if err != nil || t.shape == shapeCluster {
		return "the path is no database number"
	}
	t.db = int(n)
	return ""
}

// tlsConfig is nil without TLS. The server name is that of each address.
func (t target) tlsConfig() *tls.Config {
	if !t.tls {
		return nil
	}
	return &tls.Config{MinVersion: tls.VersionTLS12}
}

// connect makes the client. It does not dial.
func (t target) connect(base redis.UniversalOptions) redis.UniversalClient {
	base.Addrs = t.addrs
	base.Username, base.Password = t.user, t.password
	base.DB = t.db
	base.MasterName = t.master
	base.TLSConfig = t.tlsConfig()
	base.IsClusterMode = t.shape == shapeCluster
	return redis.NewUniversalClient(&base)
}
