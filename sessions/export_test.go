package sessions

import (
	"context"
	"net"
	"sync/atomic"

	"github.com/redis/go-redis/v9"
)

// Unbatched makes every command go by itself, as with an embedded server.
func (s *Store) Unbatched() { s.batch = nil }

// Trips counts the commands that the store sends from now on. Every command
// is awaited before the next, so commands are round trips.
func (s *Store) Trips() *atomic.Int64 {
	h := &counter{}
	s.client.AddHook(h)
	return &h.n
}

type counter struct {
	n atomic.Int64
}

// count leaves out what opening a connection sends.
func (c *counter) count(cmds ...redis.Cmder) {
	for _, cmd := range cmds {
		switch cmd.Name() {
		case "hello", "script", "client", "select":
		default:
			c.n.Add(1)
		}
	}
}

func (c *counter) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

func (c *counter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.count(cmd)
		return next(ctx, cmd)
	}
}

func (c *counter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		c.count(cmds...)
		return next(ctx, cmds)
	}
}

// Classify maps an error of the client library.
func Classify(err error) error { return classify(err) }

// ParseURL reads a URL and returns what it understood.
func ParseURL(raw string) (addrs []string, user, password, master string, db int, tls bool, err error) {
	t, err := parseURL(raw)
	return t.addrs, t.user, t.password, t.master, t.db, t.tls, err
}

// ReadEnvelope decodes an envelope and encodes it again; rest is what follows.
func ReadEnvelope(b []byte) (again, rest []byte, err error) {
	e, rest, err := parseEnvelope(b)
	if err != nil {
		return nil, nil, err
	}
	return e.append(nil), rest, nil
}

// Turnstile is the queue in front of a record.
type Turnstile struct{ t *turnstile }

// NewTurnstile makes one.
func NewTurnstile() Turnstile { return Turnstile{newTurnstile()} }

// Enter waits until key is free.
func (t Turnstile) Enter(ctx context.Context, key string) error { return t.t.enter(ctx, key) }

// Leave lets the next one in.
func (t Turnstile) Leave(key string) { t.t.leave(key) }

// Busy is the number of keys in use.
func (t Turnstile) Busy() int {
	t.t.mu.Lock()
	defer t.t.mu.Unlock()
	return len(t.t.busy)
}

// Waiting is how many wait for key.
func (t Turnstile) Waiting(key string) int {
	t.t.mu.Lock()
	defer t.t.mu.Unlock()
	if w := t.t.busy[key]; w != nil {
		return w.n
	}
	return 0
}

// Scripts returns the source of every script.
func Scripts() (all []string) {
	for k := range scripts {
		all = append(all, k.source())
	}
	return all
}
