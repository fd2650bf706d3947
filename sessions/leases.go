package sessions

import (
	"context"
	"fmt"
	"time"
)

// Leases give one owner at a time a thing for a while. Get them from
// [Store.Leases]. A lease keeps honest instances apart; what must never
// happen twice needs a unique row in the ledger besides.
type Leases struct{ s *Store }

// Leases returns the leases of this store.
func (s *Store) Leases() Leases { return Leases{s} }

// leaseSlack is how much longer than the lease its key lives: the end is
// decided by the time inside, not by the collector.
const leaseSlack = time.Minute

// luaAcquire takes a free or lapsed lease, or the owner's own again.
//
//	KEYS[1]  lease
//	ARGV[1]  now in unix ms
//	ARGV[2]  owner
//	ARGV[3]  until in unix ms
//	ARGV[4]  TTL of the key in ms
//
// Results: 1 when the owner has it, else 0.
const luaAcquire = `
local held = redis.call('GET', KEYS[1])
if held then
  local till, owner = string.match(held, '^(%d+) (.*)$')
  if till and tonumber(till) > tonumber(ARGV[1]) and owner ~= ARGV[2] then return 0 end
end
redis.call('SET', KEYS[1], ARGV[3] .. ' ' .. ARGV[2], 'PX', ARGV[4])
return 1
`

// luaRenew prolongs a lease that its owner still has. Keys, arguments and
// results are those of luaAcquire.
const luaRenew = `
local held = redis.call('GET', KEYS[1])
if not held then return 0 end
local till, owner = string.match(held, '^(%d+) (.*)$')
if not till or tonumber(till) <= tonumber(ARGV[1]) or owner ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[3] .. ' ' .. ARGV[2], 'PX', ARGV[4])
return 1
`

// luaRelease ends a lease that its owner still has. KEYS[1], ARGV[1] and
// ARGV[2] are those of luaAcquire.
//
// Results: 1 when it ended, 0 when it was not the owner's.
const luaRelease = `
local held = redis.call('GET', KEYS[1])
if not held then return 0 end
local till, owner = string.match(held, '^(%d+) (.*)$')
if not till or tonumber(till) <= tonumber(ARGV[1]) or owner ~= ARGV[2] then return 0 end
return redis.call('DEL', KEYS[1])
`

// Acquire gives owner the lease for ttl, if it is free, has lapsed, or is the
// owner's already.
func (l Leases) Acquire(ctx context.Context, key, owner string, ttl time.Duration) (bool, error) {
	return l.run(ctx, scriptAcquire, key, owner, ttl)
}

// Renew prolongs the lease to ttl from now. It is false when the lease has
// lapsed or passed to another: the owner then stops what it is doing.
func (l Leases) Renew(ctx context.Context, key, owner string, ttl time.Duration) (bool, error) {
	return l.run(ctx, scriptRenew, key, owner, ttl)
}

// Release ends the lease. It is false when it was not the owner's any more;
// nothing changes then.
func (l Leases) Release(ctx context.Context, key, owner string) (bool, error) {
	return l.run(ctx, scriptRelease, key, owner, time.Millisecond)
}

func (l Leases) run(ctx context.Context, k script, key, owner string, ttl time.Duration) (bool, error) {
	if err := checkName("lease key", key); err != nil {
		return false, err
	}
	if owner == "" || ttl < time.Millisecond {
		return false, fmt.Errorf("lease: %w", ErrInvalid)
	}
	var got int64
	err := l.s.observe(ctx, opLease, func(ctx context.Context) (err error) {
		now := l.s.now()
		got, err = l.s.evalInt(ctx, k, []string{l.s.keys.lease(key)},
			now.UnixMilli(), owner, now.Add(ttl).UnixMilli(), (ttl + leaseSlack).Milliseconds())
		return err
	})
	return got == 1, err
}
