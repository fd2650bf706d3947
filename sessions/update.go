package sessions

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// luaUpdate writes a record if it is still the one that was read.
//
//	KEYS[1]  record
//	ARGV[1]  the header of the value that was read, empty if there was none
//	ARGV[2]  the new value
//	ARGV[3]  TTL in ms
//
// Results: 1 when written; otherwise the present value, or null if there is
// none.
const luaUpdate = `
local header = ARGV[1]
local now = redis.call('GETRANGE', KEYS[1], 0, 32)
if now == header then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return 1
end
return redis.call('GET', KEYS[1])
`

// current is a record in the course of an update.
type current struct {
	copy     copyOf
	envelope envelope
	body     []byte
}

func (c *current) record(id string) Record {
	if c == nil {
		return Record{ID: id}
	}
	r := Record{ID: id, Version: c.copy.version, Turn: c.envelope.turn, Body: c.body}
	for _, e := range c.envelope.effects {
		r.Effects = append(r.Effects, OpenEffect{ID: e.id, Fence: e.fence, Until: time.UnixMilli(e.until)})
	}
	return r
}

// updater is one Update.
type updater struct {
	s      *Store
	id     string
	key    string
	guard  Guard
	change func([]byte, Outcome) (Change, error)
	until  int64 // claims only: the end of the new lease

	refused error // what change returned
}

func (u *updater) run(ctx context.Context) (Record, Outcome, error) {
	if err := u.s.turnstile.enter(ctx, u.key); err != nil {
		return Record{ID: u.id}, OutcomeUnknown, classify(err)
	}
	defer u.s.turnstile.leave(u.key)
	cur, fresh, err := u.start(ctx)
	for range maxTries {
		if err != nil {
			break
		}
		var seen *envelope
		if cur != nil {
			seen = &cur.envelope
		}
		out := u.guard.admit(seen)
		if out != Applied {
			if fresh {
				return cur.record(u.id), out, nil
			}
			cur, err = u.load(ctx)
			fresh = true
			continue
		}
		next, ttl, wrong := u.next(cur)
		if wrong != nil {
			u.refused = wrong
			return cur.record(u.id), OutcomeUnknown, nil
		}
		var written bool
		if cur, written, err = u.write(ctx, cur, next, ttl); written {
			return next.record(u.id), Applied, nil
		}
		fresh = true
	}
	u.s.cache.drop(u.key)
	if err == nil {
		err = ErrConflict
	}
	return Record{ID: u.id}, OutcomeUnknown, err
}

// start returns the copy in the process, or reads Redis. A creation takes for
// granted that there is nothing: its write will tell.
func (u *updater) start(ctx context.Context) (cur *current, fresh bool, err error) {
	if held, ok := u.s.cache.get(u.key, u.s.now()); ok {
		cur, err = unpack(held)
		return cur, false, err
	}
	if u.guard.kind == guardCreate {
		return nil, false, nil
	}
	cur, err = u.load(ctx)
	return cur, true, err
}

// load reads and opens the record; nil when there is none.
func (u *updater) load(ctx context.Context) (*current, error) {
	cmd := redis.NewStringCmd(ctx, "get", u.key)
	if err := u.s.do(ctx, cmd); err != nil {
		return nil, err
	}
	return u.opened(cmd.Val())
}

// opened takes a value as Redis sent it, and keeps a copy.
func (u *updater) opened(stored string) (*current, error) {
	if stored == "" {
		u.s.cache.drop(u.key)
		return nil, nil
	}
	version, plain, err := u.s.seal.open(u.key, stored)
	if err != nil {
		return nil, err
	}
	held := copyOf{
		header: stored[:headerSize], version: version, plain: plain,
		expires: u.s.now().Add(u.s.ttl),
	}
	cur, err := unpack(held)
	if err == nil {
		u.s.cache.put(u.key, held)
	}
	return cur, err
}

func unpack(held copyOf) (*current, error) {
	env, body, err := parseEnvelope(held.plain)
	if err != nil {
		return nil, err
	}
	return &current{copy: held, envelope: env, body: body}, nil
}

// next makes the changed record, unsealed and without a header yet.
func (u *updater) next(cur *current) (*current, time.Duration, error) {
	var next current
	if cur != nil {
		var err error
		if next.envelope, next.body, err = parseEnvelope(cur.copy.plain); err != nil {
			return nil, 0, err
		}
		next.copy.version = cur.copy.version
	}
	change, err := u.change(next.body, Applied)
	if err != nil {
		return nil, 0, err
	}
	env := &next.envelope
	u.guard.advance(env)
	if u.guard.kind == guardClaim {
		env.effects[env.effect(u.guard.id)].until = u.until
	}
	env.close(change.Close...)
	if err := env.open(change.Open, u.s.now().Add(change.Lease)); err != nil {
		return nil, 0, err
	}
	if change.Jump != "" {
		env.announce(digest(change.Jump))
	}
	ttl := change.TTL
	if ttl <= 0 {
		ttl = u.s.ttl
	}
	plain := env.append(make([]byte, 0, 64+len(change.Body)))
	head := len(plain)
	plain = append(plain, change.Body...)
	next.body = plain[head:]
	next.copy.version++
	next.copy.plain = plain
	next.copy.expires = u.s.now().Add(ttl)
	return &next, ttl, nil
}

// write stores next in the place of cur. When somebody else was faster, it
// returns what they stored.
func (u *updater) write(ctx context.Context, cur, next *current, ttl time.Duration) (*current, bool, error) {
	expected := ""
	if cur != nil {
		expected = cur.copy.header
	}
	value := u.s.seal.seal(u.key, next.copy.version, next.copy.plain)
	got, err := u.s.eval(ctx, scriptUpdate, []string{u.key}, expected, value, max(1, ttl.Milliseconds()))
	if err != nil {
		return nil, false, err
	}
	if _, written := got.(int64); written {
		next.copy.header = string(value[:headerSize])
		u.s.cache.put(u.key, next.copy)
		return nil, true, nil
	}
	stored, _ := got.(string)
	now, err := u.opened(stored)
	return now, false, err
}
