package sessions

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// Desk are the sessions of people who are signed in at the web desk. Get them
// from [Store.Desk].
//
// A session is opened by its token, which only the browser keeps: in Redis
// stands its SHA-256, and the body is sealed. One that Redis has lost is over.
type Desk struct{ s *Store }

// Desk returns the desk's sessions of this store.
func (s *Store) Desk() Desk { return Desk{s} }

// DeskSession is one person in one browser.
type DeskSession struct {
	// ID names the session in lists. It is the hash of the token and opens
	// nothing.
	ID string
	// Actor is who signed in.
	Actor string
	// Started is when the session began, Seen when it was last used, to within
	// 30 s.
	Started, Seen time.Time
	// Until is when it ends unless it is used before; End when it ends anyhow.
	Until, End time.Time
	// Body is the caller's.
	Body []byte

	idle time.Duration
}

const (
	// deskTokenSize makes a token as hard to guess as a key.
	deskTokenSize = 32
	// deskTouch is how old the time of the last use may become, so that not
	// every request writes.
	deskTouch = 30 * time.Second
	// maxDeskList bounds a list.
	maxDeskList = 1000
	// deskFormat is the first byte of what is sealed.
	deskFormat = 1
)

// Start begins a session of actor and returns its token, 43 characters that are
// told nobody but the browser. The session ends after idle without use, and
// after absolute whatever happens.
func (d Desk) Start(ctx context.Context, actor string, body []byte, idle, absolute time.Duration) (token string, err error) {
	if actor == "" || len(actor) > maxName || idle < time.Second || absolute < idle {
		return "", fmt.Errorf("desk session: %w", ErrInvalid)
	}
	b := make([]byte, deskTokenSize)
	_, _ = rand.Read(b) // never fails, see its documentation
	token = base64.RawURLEncoding.EncodeToString(b)
	now := d.s.now()
	one := DeskSession{ID: deskID(token), Actor: actor, Started: now, Seen: now, End: now.Add(absolute), Body: body, idle: idle}
	err = d.s.observe(ctx, opDesk, func(ctx context.Context) error {
		if _, err := d.write(ctx, one, false); err != nil {
			return err
		}
		// The score is when the entry is void for certain: readers drop it then.
		add := redis.NewIntCmd(ctx, "zadd", d.s.keys.deskSessions(), one.End.UnixMilli(), one.ID)
		if err := d.s.do(ctx, add); err != nil {
			return err
		}
		return d.s.do(ctx, redis.NewIntCmd(ctx, "pexpire", d.s.keys.deskSessions(), deskIndexTTL.Milliseconds()))
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// deskIndexTTL is longer than any session that is still being used.
const deskIndexTTL = 7 * 24 * time.Hour

// Get returns the session that a token opens; ok is false when there is none, or
// its time is over. With use it counts as used now.
func (d Desk) Get(ctx context.Context, token string, use bool) (one DeskSession, ok bool, err error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(deskTokenSize) {
		return DeskSession{}, false, nil
	}
	err = d.s.observe(ctx, opDesk, func(ctx context.Context) (err error) {
		if one, ok, err = d.read(ctx, deskID(token)); err != nil || !ok {
			return err
		}
		now := d.s.now()
		if !use || now.Sub(one.Seen) < deskTouch {
			return nil
		}
		one.Seen = now
		one.Until = one.until()
		ok, err = d.write(ctx, one, true) // false: somebody has ended it meanwhile
		return err
	})
	if err != nil || !ok {
		return DeskSession{}, false, err
	}
	return one, true, nil
}

// End ends a session by its ID, and says whether there was one.
func (d Desk) End(ctx context.Context, id string) (bool, error) {
	if !isDeskID(id) {
		return false, nil
	}
	var n int64
	err := d.s.observe(ctx, opDesk, func(ctx context.Context) error {
		del := redis.NewIntCmd(ctx, "del", d.s.keys.deskSession(id))
		if err := d.s.do(ctx, del); err != nil {
			return err
		}
		n = del.Val()
		return d.s.do(ctx, redis.NewIntCmd(ctx, "zrem", d.s.keys.deskSessions(), id))
	})
	return n > 0, err
}

// List returns the sessions that are open, the newest first, at most 1000.
func (d Desk) List(ctx context.Context) (all []DeskSession, err error) {
	err = d.s.observe(ctx, opDesk, func(ctx context.Context) error {
		index := d.s.keys.deskSessions()
		void := strconv.FormatInt(d.s.now().UnixMilli(), 10)
		if err := d.s.do(ctx, redis.NewIntCmd(ctx, "zremrangebyscore", index, "-inf", void)); err != nil {
			return err
		}
		ids := redis.NewStringSliceCmd(ctx, "zrevrange", index, 0, maxDeskList-1)
		if err := d.s.do(ctx, ids); err != nil || len(ids.Val()) == 0 {
			return err
		}
		args := []any{"mget"}
		for _, id := range ids.Val() {
			args = append(args, d.s.keys.deskSession(id))
		}
		stored := redis.NewSliceCmd(ctx, args...)
		if err := d.s.do(ctx, stored); err != nil {
			return err
		}
		for i, v := range stored.Val() {
			raw, there := v.(string)
			if !there { // idle for too long, and collected
				continue
			}
			one, ok, err := d.open(ids.Val()[i], raw)
			if err != nil {
				return err
			}
			if ok {
				all = append(all, one)
			}
		}
		return nil
	})
	slices.SortStableFunc(all, func(a, b DeskSession) int { return b.Started.Compare(a.Started) })
	return all, err
}

// until is when the session ends unless it is used.
func (o DeskSession) until() time.Time {
	if idle := o.Seen.Add(o.idle); idle.Before(o.End) {
		return idle
	}
	return o.End
}

// write stores a session, with onlyOld in the place of itself alone.
func (d Desk) write(ctx context.Context, o DeskSession, onlyOld bool) (stored bool, err error) {
	plain := []byte{deskFormat}
	for _, t := range []time.Time{o.Started, o.Seen, o.End} {
		plain = binary.AppendVarint(plain, t.UnixMilli())
	}
	plain = binary.AppendUvarint(plain, uint64(o.idle.Milliseconds())) //nolint:gosec // never negative
	plain = binary.AppendUvarint(plain, uint64(len(o.Actor)))
	plain = append(append(plain, o.Actor...), o.Body...)
	key := d.s.keys.deskSession(o.ID)
	ttl := max(o.until().Sub(d.s.now()), time.Millisecond)
	args := []any{"set", key, d.s.seal.seal(key, 0, plain), "px", ttl.Milliseconds()}
	if onlyOld {
		args = append(args, "xx")
	}
	cmd := redis.NewStatusCmd(ctx, args...)
	if err := d.s.do(ctx, cmd); err != nil {
		return false, err
	}
	return cmd.Val() == "OK", nil
}

func (d Desk) read(ctx context.Context, id string) (DeskSession, bool, error) {
	cmd := redis.NewStringCmd(ctx, "get", d.s.keys.deskSession(id))
	if err := d.s.do(ctx, cmd); err != nil || cmd.Val() == "" {
		return DeskSession{}, false, err
	}
	return d.open(id, cmd.Val())
}

// open unseals a session; ok is false when its time is over.
func (d Desk) open(id, stored string) (DeskSession, bool, error) {
	_, plain, err := d.s.seal.open(d.s.keys.deskSession(id), stored)
	if err != nil {
		return DeskSession{}, false, err
	}
	r := reader{b: plain}
	format := r.byte()
	started, seen, end := r.varint(), r.varint(), r.varint()
	idle := r.uvarint()
	n := r.count(maxName)
	actor := r.take(n)
	if r.bad || format != deskFormat {
		return DeskSession{}, false, fmt.Errorf("desk session: %w", ErrSealed)
	}
	o := DeskSession{
		ID: id, Actor: string(actor), Started: time.UnixMilli(started), Seen: time.UnixMilli(seen), End: time.UnixMilli(end),
		Body: r.b, idle: time.Duration(idle) * time.Millisecond, //nolint:gosec // as it was written
	}
	o.Until = o.until()
	return o, d.s.now().Before(o.Until), nil
}

// deskID is the hash of a token, in hex.
func deskID(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func isDeskID(id string) bool {
	b, err := hex.DecodeString(id)
	return err == nil && len(b) == sha256.Size
}
