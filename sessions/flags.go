package sessions

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// luaRaise raises a flag, or prolongs it; it never shortens.
//
//	KEYS[1]  flag
//	ARGV[1]  until in unix ms
//	ARGV[2]  TTL of the key in ms
//
// Results: until when it is up now, in unix ms.
const luaRaise = `
local till = tonumber(redis.call('GET', KEYS[1]) or 0) or 0
if till >= tonumber(ARGV[1]) then return till end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return tonumber(ARGV[1])
`

// SetFlag raises a flag that every instance sees, until a moment to come. One that
// is up for longer stays so: what trips by itself does not cut short what a person
// set. [Store.ClearFlag] takes it down.
//
// A flag that Redis has lost is down. One that a person set must be in the ledger,
// too, and be raised again from there.
func (s *Store) SetFlag(ctx context.Context, name string, until time.Time) error {
	if err := checkName("flag", name); err != nil {
		return err
	}
	now := s.now()
	left := until.Sub(now)
	if left < time.Millisecond {
		return fmt.Errorf("flag in the past: %w", ErrInvalid)
	}
	return s.observe(ctx, opFlag, func(ctx context.Context) error {
		_, err := s.evalInt(ctx, scriptRaise, []string{s.keys.flag(name)}, until.UnixMilli(), (left + leaseSlack).Milliseconds())
		return err
	})
}

// Flag is until when a flag is up; zero is down. It is one round trip: ask beside
// an [Store.Update], at the same time, and a call waits for one only. Where a
// raised flag forbids, an error forbids as well.
func (s *Store) Flag(ctx context.Context, name string) (until time.Time, err error) {
	if err := checkName("flag", name); err != nil {
		return time.Time{}, err
	}
	err = s.observe(ctx, opFlag, func(ctx context.Context) error {
		cmd := redis.NewStringCmd(ctx, "get", s.keys.flag(name))
		if err := s.do(ctx, cmd); err != nil || cmd.Val() == "" {
			return err
		}
		ms, err := strconv.ParseInt(cmd.Val(), 10, 64)
		if err != nil {
			return errReply
		}
		if at := time.UnixMilli(ms); at.After(s.now()) {
			until = at
		}
		return nil
	})
	return until, err
}

// ClearFlag takes a flag down; one that is not up is no error.
func (s *Store) ClearFlag(ctx context.Context, name string) error {
	if err := checkName("flag", name); err != nil {
		return err
	}
	return s.observe(ctx, opFlag, func(ctx context.Context) error {
		return s.do(ctx, redis.NewIntCmd(ctx, "del", s.keys.flag(name)))
	})
}
