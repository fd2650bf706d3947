package directorytest

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
)

// Proxy passes connections on to a server that a test cannot take down by
// itself.
type Proxy struct {
	t    testing.TB
	addr string // ours
	to   string

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
	most     int           // of conns
	flowing  chan struct{} // closed while bytes are passed on
	all      sync.WaitGroup
}

// StartProxy listens on a free loopback port and passes on to an address; it is
// stopped with the test.
func StartProxy(t testing.TB, to string) *Proxy {
	t.Helper()
	p := &Proxy{t: t, addr: "127.0.0.1:0", to: to, conns: map[net.Conn]bool{}, flowing: make(chan struct{})}
	close(p.flowing)
	p.listen()
	p.addr = p.listener.Addr().String()
	t.Cleanup(func() {
		p.Down()
		p.Up() // lets go what was held still
		p.Down()
		p.all.Wait()
	})
	return p
}

// Addr is where it listens, the same after [Proxy.Up].
func (p *Proxy) Addr() string { return p.addr }

// Most is how many connections were open at once, at most.
func (p *Proxy) Most() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.most / 2 // each has two ends
}

// Down refuses new connections and breaks all that are open.
func (p *Proxy) Down() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		_ = p.listener.Close()
		p.listener = nil
	}
	for c := range p.conns {
		_ = c.Close()
	}
}

// Stall takes connections and passes nothing on.
func (p *Proxy) Stall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flowing = make(chan struct{})
}

// Up undoes [Proxy.Down] and [Proxy.Stall].
func (p *Proxy) Up() {
	p.mu.Lock()
	select {
	case <-p.flowing:
	default:
		close(p.flowing)
	}
	down := p.listener == nil
	p.mu.Unlock()
	if down {
		p.listen()
	}
}

func (p *Proxy) listen() {
	p.t.Helper()
	l, err := (&net.ListenConfig{}).Listen(context.WithoutCancel(p.t.Context()), "tcp", p.addr)
	if err != nil {
		p.t.Fatalf("listen: %v", err)
	}
	p.mu.Lock()
	p.listener = l
	p.mu.Unlock()
	p.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.all.Go(func() { p.serve(l, c) })
		}
	})
}

func (p *Proxy) serve(l net.Listener, c net.Conn) {
	s, err := (&net.Dialer{}).DialContext(context.WithoutCancel(p.t.Context()), "tcp", p.to)
	if err != nil {
		_ = c.Close()
		return
	}
	p.mu.Lock()
	if p.listener != l { // taken down meanwhile
		p.mu.Unlock()
		_, _ = c.Close(), s.Close()
		return
	}
	p.conns[c], p.conns[s] = true, true
	p.most = max(p.most, len(p.conns))
	p.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() { p.pump(c, s) })
	both.Go(func() { p.pump(s, c) })
	both.Wait()
	p.mu.Lock()
	delete(p.conns, c)
	delete(p.conns, s)
	p.mu.Unlock()
}

// pump passes on until either side ends, and then ends both.
func (p *Proxy) pump(from io.ReadCloser, to io.WriteCloser) {
	defer func() { _, _ = from.Close(), to.Close() }()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		p.mu.Lock()
		flowing := p.flowing
		p.mu.Unlock()
		<-flowing
		if _, werr := to.Write(buf[:n]); err != nil || werr != nil {
			return
		}
	}
}
