package sessions

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Windows are rate limits and concurrency caps. Get them from
// [Store.Windows].
type Windows struct{ s *Store }

// Windows returns the rate limits and concurrency caps of this store.
func (s *Store) Windows() Windows { return Windows{s} }

// Limit allows Max reservations of Key in any stretch of Window.
type Limit struct {
	// Key names what is limited. Callers hash what says something about a
	// person, and put the kind of the limit into it.
	Key string
	// Max is at least 1.
	Max int
	// Window slides; it is at least 1 ms.
	Window time.Duration
}

// luaReserve takes one place in every window, or in none.
//
//	KEYS     windows
//	ARGV[1]  now in unix ms
//	ARGV[2i], ARGV[2i+1]  max and window in ms of KEYS[i]
//
// Results: 0 when reserved, else the number of the first full window.
const luaReserve = `
local now = tonumber(ARGV[1])
for i, key in ipairs(KEYS) do
  local oldest = redis.call('LINDEX', key, 0)
  while oldest and tonumber(oldest) <= now - tonumber(ARGV[2 * i + 1]) do
    redis.call('LPOP', key)
    oldest = redis.call('LINDEX', key, 0)
  end
  redis.call('RPUSH', key, ARGV[1])
end
local full = 0
for i, key in ipairs(KEYS) do
  if redis.call('LLEN', key) > tonumber(ARGV[2 * i]) then
    full = i
    break
  end
end
for i, key in ipairs(KEYS) do
  if full > 0 then
    redis.call('RPOP', key)
  else
    redis.call('PEXPIRE', key, ARGV[2 * i + 1])
  end
end
return full
`

// luaUnreserve gives one place back.
//
//	KEYS[1]  window
//	ARGV[1]  the unix ms of the reservation
//
// Results: the number of places given back.
const luaUnreserve = `return redis.call('LREM', KEYS[1], -1, ARGV[1])`

// luaCount counts the reservations in a window.
//
//	KEYS[1]  window
//	ARGV[1]  now in unix ms
//	ARGV[2]  window in ms
//
// Results: the number.
const luaCount = `
local n = 0
for _, at in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if tonumber(at) > tonumber(ARGV[1]) - tonumber(ARGV[2]) then n = n + 1 end
end
return n
`

// Reserve takes one place in each limit, or in none: then ok is false and
// failed is the first limit that is full. Reserve before comparing a secret,
// so that tries at the same time cannot pass the limit together. The limits
// of one reservation have different keys.
//
// One server does it in one step. In a cluster the limits live on different
// nodes: they are taken one after the other in the given order, and given back
// when a later one is full. If that breaks off, what was taken stays taken:
// loss denies. Put the limit that is most often full first.
func (w Windows) Reserve(ctx context.Context, limits []Limit) (ok bool, failed Limit, err error) {
	seen := make(map[string]bool, len(limits))
	for _, l := range limits {
		if err := checkName("limit key", l.Key); err != nil {
			return false, l, err
		}
		if l.Max < 1 || l.Window < time.Millisecond || seen[l.Key] {
			return false, l, fmt.Errorf("limit: %w", ErrInvalid)
		}
		seen[l.Key] = true
	}
	if len(limits) == 0 {
		return true, Limit{}, nil
	}
	step := len(limits)
	if w.s.cluster {
		step = 1
	}
	now := w.s.now().UnixMilli()
	full := 0
	err = w.s.observe(ctx, opReserve, func(ctx context.Context) error {
		for from := 0; from < len(limits) && full == 0; from += step {
			n, err := w.reserve(ctx, now, limits[from:from+step])
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			full = from + n
			if err := w.unreserve(ctx, now, limits[:from]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return false, Limit{}, err
	}
	if full > 0 {
		return false, limits[full-1], nil
	}
	return true, Limit{}, nil
}

func (w Windows) reserve(ctx context.Context, now int64, limits []Limit) (full int, err error) {
	names := make([]string, len(limits))
	args := make([]any, 1, 1+2*len(limits))
	args[0] = now
	for i, l := range limits {
		names[i] = w.s.keys.window(l.Key)
		args = append(args, l.Max, l.Window.Milliseconds())
	}
	n, err := w.s.evalInt(ctx, scriptReserve, names, args...)
	return int(n), err
}

func (w Windows) unreserve(ctx context.Context, now int64, limits []Limit) error {
	for _, l := range limits {
		if _, err := w.s.eval(ctx, scriptUnreserve, []string{w.s.keys.window(l.Key)}, now); err != nil {
			return err
		}
	}
	return nil
}

// Count returns how many places of a limit are taken; Max is not looked at.
func (w Windows) Count(ctx context.Context, l Limit) (int, error) {
	if err := checkName("limit key", l.Key); err != nil {
		return 0, err
	}
	var n int64
	err := w.s.observe(ctx, opCount, func(ctx context.Context) (err error) {
		n, err = w.s.evalInt(ctx, scriptCount, []string{w.s.keys.window(l.Key)},
			w.s.now().UnixMilli(), l.Window.Milliseconds())
		return err
	})
	return int(n), err
}

// Forget empties the window of a key.
func (w Windows) Forget(ctx context.Context, key string) error {
	if err := checkName("limit key", key); err != nil {
		return err
	}
	return w.s.observe(ctx, opForget, func(ctx context.Context) error {
		return w.s.do(ctx, redis.NewIntCmd(ctx, "del", w.s.keys.window(key)))
	})
}

// luaEnter takes a place under a cap for a member.
//
//	KEYS[1]  members
//	ARGV[1]  now in unix ms
//	ARGV[2]  member
//	ARGV[3]  max
//	ARGV[4]  ttl in ms
//
// Results: 1 when the member is in, 0 when the cap is reached.
const luaEnter = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
redis.call('ZADD', KEYS[1], tonumber(ARGV[1]) + tonumber(ARGV[4]), ARGV[2])
if redis.call('ZCARD', KEYS[1]) > tonumber(ARGV[3]) then
  redis.call('ZREM', KEYS[1], ARGV[2])
  return 0
end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return 1
`

// Enter puts a member under the cap of key, if fewer than limit others are
// in. A member lapses after ttl unless it enters again, which is no second
// place.
func (w Windows) Enter(ctx context.Context, key, member string, limit int, ttl time.Duration) (bool, error) {
	if err := checkName("cap key", key); err != nil {
		return false, err
	}
	if member == "" || limit < 1 || ttl < time.Millisecond {
		return false, fmt.Errorf("cap: %w", ErrInvalid)
	}
	var in int64
	err := w.s.observe(ctx, opEnter, func(ctx context.Context) (err error) {
		in, err = w.s.evalInt(ctx, scriptEnter, []string{w.s.keys.members(key)},
			w.s.now().UnixMilli(), member, limit, ttl.Milliseconds())
		return err
	})
	return in == 1, err
}

// Exit gives a member's place back; one who is not in is no error.
func (w Windows) Exit(ctx context.Context, key, member string) error {
	if err := checkName("cap key", key); err != nil {
		return err
	}
	return w.s.observe(ctx, opExit, func(ctx context.Context) error {
		return w.s.do(ctx, redis.NewIntCmd(ctx, "zrem", w.s.keys.members(key), member))
	})
}
