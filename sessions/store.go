package sessions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Store is the connection to Redis and everything kept there. It is safe for
// concurrent use. Make one with [Open].
type Store struct {
	client   redis.UniversalClient
	batch    *redis.AutoPipeliner // nil: every command goes by itself
	embedded *embedded
	cluster  bool

	keys      keys
	seal      *sealer
	cache     *cache
	turnstile *turnstile
	scripts   [scripts]string // SHA-1 by script
	metrics   *metrics
	logger    *slog.Logger

	clock   func() time.Time
	ahead   atomic.Int64 // embedded without a clock of its own: see FastForward
	timeout time.Duration
	ttl     time.Duration
	sick    atomic.Bool
}

// Open returns a store. It does not wait for a server: with Redis down it
// succeeds, and operations fail until Redis is there; [Store.Ping] tells. It
// fails on bad options only. The caller closes the store.
//
// Errors reach the caller, so the client library's own log, which is one for
// the whole process, is switched off.
func Open(_ context.Context, o Options) (*Store, error) {
	t, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	ownClock := o.Now == nil
	if o, err = o.withDefaults(); err != nil {
		return nil, fmt.Errorf("sessions options: %w", err)
	}
	s := &Store{
		cluster:   t.shape == shapeCluster,
		keys:      keys{o.Namespace},
		cache:     newCache(o.CacheSize),
		turnstile: newTurnstile(),
		scripts:   digests(),
		metrics:   newMetrics(o.Registerer),
		logger:    o.Logger,
		clock:     o.Now,
		timeout:   o.Timeout,
		ttl:       o.TTL,
	}
	if s.seal, err = newSealer(o.Key, o.OldKey); err != nil {
		return nil, err
	}
	logging.Disable()
	base := s.clientOptions()
	if t.shape == shapeEmbedded {
		if ownClock {
			s.clock = func() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }
		}
		s.embedded = newEmbedded(s.clock)
		base.Dialer = s.embedded.dial
		t.addrs = []string{embeddedURL}
	}
	s.client = t.connect(base)
	if s.embedded != nil {
		s.client.AddHook(s.embedded)
		return s, nil // in-memory pipes have no buffer: batches could lock up
	}
	if s.batch, err = batching(s.client); err != nil {
		_ = s.client.Close()
		return nil, fmt.Errorf("start batching: %w", err)
	}
	return s, nil
}

// clientOptions are the settings for every shape. The library's defaults
// retry on time-outs, which runs commands twice, and wait for seconds.
func (s *Store) clientOptions() redis.UniversalOptions {
	return redis.UniversalOptions{
		Protocol:                 2, // no push messages wanted
		MaxRetries:               -1,
		MaxRedirects:             3, // cluster only: a moved slot is no retry
		DialTimeout:              max(s.timeout, 500*time.Millisecond),
		DialerRetries:            1,
		ReadTimeout:              s.timeout,
		WriteTimeout:             s.timeout,
		PoolTimeout:              s.timeout,
		ContextTimeoutEnabled:    true,
		ReadBufferSize:           16 << 10,
		WriteBufferSize:          16 << 10,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
		OnConnect: func(ctx context.Context, c *redis.Conn) error {
			// So that the first turn after a start or a failover needs no
			// second trip. Without it scripts are sent in full when missing.
			_ = c.ScriptLoad(ctx, scriptUpdate.source()).Err()
			return nil
		},
	}
}

// batching returns a pipeline that carries the commands of many turns in one
// write. With 64 callers that halves the CPU of an update: see BenchmarkUpdate.
func batching(c redis.UniversalClient) (*redis.AutoPipeliner, error) {
	switch c := c.(type) {
	case *redis.Client:
		return c.AsyncAutoPipeline()
	case *redis.ClusterClient:
		return c.AsyncAutoPipeline()
	}
	return nil, nil
}

// Close ends all connections; an embedded server and its values go with it.
func (s *Store) Close() error {
	err := s.client.Close()
	if s.embedded != nil {
		s.embedded.server.Close()
	}
	if err != nil {
		return fmt.Errorf("close redis client: %w", err)
	}
	return nil
}

// Ping asks Redis for an answer; its error wraps [ErrUnavailable] when there
// is none.
func (s *Store) Ping(ctx context.Context) error {
	return s.observe(ctx, opPing, func(ctx context.Context) error {
		return s.do(ctx, redis.NewStatusCmd(ctx, "ping"))
	})
}

// Healthy says whether the last operation reached Redis, without asking it.
// It is true before the first one.
func (s *Store) Healthy() bool { return !s.sick.Load() }

func (s *Store) now() time.Time { return s.clock() }

// observe runs one operation: it sets the deadline, names the operation in
// the error, maps it, counts it and notes the health of Redis.
func (s *Store) observe(parent context.Context, op operation, run func(context.Context) error) error {
	start := time.Now()
	ctx, cancel := context.WithTimeoutCause(parent, 2*s.timeout, ErrUnavailable)
	defer cancel()
	err := run(ctx)
	if err != nil && parent.Err() != nil {
		err = fmt.Errorf("redis %s: %w", op, context.Cause(parent))
		s.metrics.observe(op, start, err)
		return err
	}
	down := resultOf(err) == resultUnavailable
	if s.sick.Load() != down && s.sick.CompareAndSwap(!down, down) {
		if down {
			s.logger.WarnContext(parent, "redis unavailable", "operation", op.String(), "error", err)
		} else {
			s.logger.InfoContext(parent, "redis available again")
		}
	}
	s.metrics.observe(op, start, err)
	if err != nil {
		return fmt.Errorf("redis %s: %w", op, err)
	}
	return nil
}

// do sends one command and waits for its reply; redis.Nil is no error.
func (s *Store) do(ctx context.Context, cmd redis.Cmder) error {
	var err error
	if s.batch != nil {
		err = s.batch.Submit(ctx, cmd).WaitContext(ctx)
	} else {
		err = s.client.Process(ctx, cmd)
	}
	return classify(err)
}

// eval runs a script by its digest, or in full when the server does not know
// it. A null reply is nil.
func (s *Store) eval(ctx context.Context, k script, keys []string, args ...any) (any, error) {
	run := func(verb, text string) (any, error) {
		all := make([]any, 0, 3+len(keys)+len(args))
		all = append(all, verb, text, len(keys))
		for _, key := range keys {
			all = append(all, key)
		}
		cmd := redis.NewCmd(ctx, append(all, args...)...)
		if err := s.do(ctx, cmd); err != nil {
			return nil, err
		}
		return cmd.Val(), nil
	}
	v, err := run("evalsha", s.scripts[k])
	if r, ok := err.(reply); ok && strings.HasPrefix(string(r), "NOSCRIPT") { //nolint:errorlint // classify returns it bare
		return run("eval", k.source())
	}
	return v, err
}

// errReply says that a script answered what it never does: another program
// writes to our keys.
var errReply = errors.New("unexpected reply")

// evalInt runs a script that answers with a number.
func (s *Store) evalInt(ctx context.Context, k script, keys []string, args ...any) (int64, error) {
	v, err := s.eval(ctx, k, keys, args...)
	if err != nil {
		return 0, err
	}
	n, ok := v.(int64)
	if !ok {
		return 0, errReply
	}
	return n, nil
}
