// Package mailbox is a mail server in a box: for tests, the demo and call
// scripts. It speaks SMTP over real sockets, with STARTTLS or implicit TLS and
// AUTH if asked for, and keeps what it accepts in memory, by recipient.
//
//	box, err := mailbox.New(mailbox.Options{Clock: clk})
//	err = box.Listen(ctx, "127.0.0.1:0")
//	// ... have something sent to box.Addr() ...
//	m, err := box.WaitMessage(ctx, "dana@example.edu", time.Minute, nil)
//
// On a virtual clock each connection is served as a task, so that time stands
// still while mail is under way and passes while the box is [Box.Slow]. The
// sender has to dial by [ringback/ivr/clock.Virtual.Dial] for that.
//
// Faults ([Box.Down], [Box.Refuse], [Box.Fail], [Box.Cut], [Box.Slow]) hold from
// the next command on.
package mailbox

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"

	"github.com/emersion/go-smtp"

	"ringback/ivr/clock"
)

// Options configures [New].
type Options struct {
	Clock clock.Clock // of everything that the box does; nil: the real one
	// TLS has the server's certificate. Nil: no TLS is offered.
	TLS *tls.Config
	// Implicit is TLS from the first byte instead of STARTTLS.
	Implicit bool
	// Username and Password, if set, have to be given before mail is taken.
	Username, Password string
	// Mechanisms of AUTH that are offered. Nil: PLAIN and LOGIN.
	Mechanisms []string
}

// Box is a mail server. Make one with [New]. It is safe for concurrent use.
type Box struct {
	o      Options
	server *smtp.Server
	ctx    context.Context //nolint:containedctx // of all connections: ended by Close
	cancel context.CancelFunc
	served sync.WaitGroup

	mu      sync.Mutex
	socket  net.Listener
	kept    map[string][]Message // by recipient, lower case
	waiting []clock.Signal
	faults  faults
}

// New returns a box that does not listen yet.
func New(o Options) (*Box, error) {
	if o.Implicit && o.TLS == nil {
		return nil, errors.New("mailbox: implicit TLS needs a certificate")
	}
	if (o.Username == "") != (o.Password == "") {
		return nil, errors.New("mailbox: user name and password go together")
	}
	if o.Clock == nil {
		o.Clock = clock.Real()
	}
	if o.Mechanisms == nil {
		o.Mechanisms = []string{plain, login}
	}
	b := &Box{o: o, kept: map[string][]Message{}}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.server = smtp.NewServer(smtp.BackendFunc(b.session))
	b.server.Domain = "mail.box.example"
	b.server.AllowInsecureAuth = true // whether to trust the connection is the client's care
	b.server.MaxMessageBytes = maxMessage
	b.server.ErrorLog = silent{}
	if !o.Implicit {
		b.server.TLSConfig = o.TLS
	}
	return b, nil
}

// Listen takes an address, such as "127.0.0.1:0", and begins to serve.
func (b *Box) Listen(ctx context.Context, addr string) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("mailbox: %w", err)
	}
	b.mu.Lock()
	b.socket = l
	b.mu.Unlock()
	l = &listener{Listener: l, box: b}
	if b.o.Implicit {
		l = tls.NewListener(l, b.o.TLS)
	}
	b.served.Go(func() { _ = b.server.Serve(l) })
	return nil
}

// Addr is where the box listens, host and port, or "".
func (b *Box) Addr() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.socket == nil {
		return ""
	}
	return b.socket.Addr().String()
}

// Close ends all connections and waits for them. What was kept stays readable.
func (b *Box) Close() error {
	b.cancel()
	err := b.server.Close()
	b.mu.Lock()
	if b.socket != nil { // the server may not have taken it over yet
		_ = b.socket.Close()
	}
	b.mu.Unlock()
	b.served.Wait()
	if err != nil && !errors.Is(err, smtp.ErrServerClosed) {
		return fmt.Errorf("close mailbox: %w", err)
	}
	return nil
}

// silent is a log for go-smtp, which would tell of every client that breaks off.
// That is what the box is for.
type silent struct{}

// Printf says nothing.
func (silent) Printf(string, ...any) {}

// Println says nothing.
func (silent) Println(...any) {}

// keep stores a message for each of its recipients and rings the bell.
func (b *Box) keep(raw []byte, from string, to []string) error {
	m, err := parse(raw)
	if err != nil {
		return err
	}
	m.At, m.From = b.o.Clock.Now(), from
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range to {
		m.To = r
		b.kept[key(r)] = append(b.kept[key(r)], m)
	}
	for _, s := range b.waiting {
		s.Fire()
	}
	b.waiting = nil
	return nil
}

// key is under what a recipient's messages are kept.
func key(address string) string { return strings.ToLower(address) }

// virtual is what a clock does that has to know who is served.
type virtual interface {
	Accepted(ctx context.Context, c net.Conn) (context.Context, func())
}

var _ virtual = (*clock.Virtual)(nil)

// listener turns callers away while the box is down, and wraps the others.
type listener struct {
	net.Listener
	box *Box
}

// Accept waits for the next connection that is to be served.
func (l *listener) Accept() (net.Conn, error) {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.box.isDown() {
			_ = raw.Close()
			continue
		}
		c := &conn{Conn: raw, box: l.box, ctx: l.box.ctx, done: func() {}, stop: func() bool { return false }}
		if v, ok := l.box.o.Clock.(virtual); ok {
			c.ctx, c.done = v.Accepted(c.ctx, raw)
		}
		l.box.served.Add(1)
		c.stop = context.AfterFunc(l.box.ctx, func() { _ = c.Close() })
		return c, nil
	}
}

// conn is a connection that is served. What go-smtp has no hook for, it does
// to the bytes: a greeting, and the word to send the message, as long as they
// are not encrypted.
type conn struct {
	net.Conn
	box     *Box
	ctx     context.Context //nolint:containedctx // of the task that serves it
	done    func()
	stop    func() bool // closing with the box
	greeted bool        // guarded by the one goroutine that writes
	once    sync.Once
}

// Write sends what the server says, or what a fault makes of it.
func (c *conn) Write(p []byte) (int, error) {
	stage := noStage
	switch {
	case !c.greeted:
		c.greeted, stage = true, Greeting
	case strings.HasPrefix(string(p), "354 "):
		stage = Data
	}
	code, err := c.box.fault(c, stage)
	if err != nil {
		return 0, err
	}
	if code != 0 && !c.box.o.Implicit {
		if _, err := fmt.Fprintf(c.Conn, "%d out of order\r\n", code); err != nil {
			return 0, err
		}
		return 0, cmp.Or(c.Close(), errCut)
	}
	return c.Conn.Write(p)
}

// Close ends the connection and the task that serves it.
func (c *conn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() {
		c.stop()
		c.done()
		c.box.served.Done()
	})
	return err
}
