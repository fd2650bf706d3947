package sessions

import (
	"context"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Seen notes that an agent has been heard of now, say by a page that is open. Who
// was never seen is not missed, see [Presence.Missing].
func (p Presence) Seen(ctx context.Context, group, agent string) error {
	if err := checkName("presence group", group); err != nil {
		return err
	}
	return p.s.observe(ctx, opPresence, func(ctx context.Context) error {
		key := p.s.keys.seen(group)
		if err := p.s.do(ctx, redis.NewIntCmd(ctx, "zadd", key, p.s.now().UnixMilli(), agent)); err != nil {
			return err
		}
		return p.s.do(ctx, redis.NewIntCmd(ctx, "pexpire", key, presenceTTL.Milliseconds()))
	})
}

// Forget ends the watch over an agent until they are seen again.
func (p Presence) Forget(ctx context.Context, group, agent string) error {
	if err := checkName("presence group", group); err != nil {
		return err
	}
	return p.s.observe(ctx, opPresence, func(ctx context.Context) error {
		return p.s.do(ctx, redis.NewIntCmd(ctx, "zrem", p.s.keys.seen(group), agent))
	})
}

// Missing are the agents who were seen once and have not been for so long, the
// longest missed first.
func (p Presence) Missing(ctx context.Context, group string, since time.Duration) (agents []string, err error) {
	if err := checkName("presence group", group); err != nil {
		return nil, err
	}
	err = p.s.observe(ctx, opPresence, func(ctx context.Context) error {
		before := strconv.FormatInt(p.s.now().Add(-since).UnixMilli(), 10)
		cmd := redis.NewStringSliceCmd(ctx, "zrangebyscore", p.s.keys.seen(group), "-inf", before)
		if err := p.s.do(ctx, cmd); err != nil {
			return err
		}
		agents = cmd.Val()
		return nil
	})
	return agents, err
}
