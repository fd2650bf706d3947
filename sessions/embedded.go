package sessions

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// errEmbeddedDown is what a switched-off embedded server answers.
var errEmbeddedDown = errors.New("embedded redis is down")

// embedded is a Redis inside the process, reached over in-memory pipes: no
// port is open. Its keys expire by the store's clock.
type embedded struct {
	server *miniredis.Miniredis
	now    func() time.Time
	down   atomic.Bool

	mu sync.Mutex // orders readings of the clock
}

func newEmbedded(now func() time.Time) *embedded {
	e := &embedded{server: miniredis.NewMiniRedis(), now: now}
	e.server.SetTime(now())
	e.server.ClockTTL(true)
	return e
}

func (e *embedded) dial(context.Context, string, string) (net.Conn, error) {
	return e.server.Dial()
}

// tick brings the server to the store's time, which expires keys.
func (e *embedded) tick() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.server.SetTime(e.now())
}

// DialHook leaves dialling alone: being down is decided per command, so that
// no connection pool has to recover afterwards.
func (e *embedded) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook sets the time before a command, or refuses it while down.
func (e *embedded) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if e.down.Load() {
			return errEmbeddedDown
		}
		e.tick()
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook does the same for a batch.
func (e *embedded) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		if e.down.Load() {
			return errEmbeddedDown
		}
		e.tick()
		return next(ctx, cmds)
	}
}

// Embedded returns the switch of the embedded server: down(true) makes every
// operation fail with [ErrUnavailable] at once, down(false) brings the server
// back with all its values. ok is false for a real server.
func (s *Store) Embedded() (down func(bool), ok bool) {
	if s.embedded == nil {
		return nil, false
	}
	return s.embedded.down.Store, true
}

// FastForward moves the clock of an embedded store without [Options.Now]
// ahead by d, and with it every expiry. With a clock of the caller's own,
// expiry follows that clock by itself and this only collects what is due. On
// a real server it does nothing.
func (s *Store) FastForward(d time.Duration) {
	if s.embedded == nil {
		return
	}
	s.ahead.Add(int64(d))
	s.embedded.tick()
}
