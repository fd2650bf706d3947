package sessions

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// maxTries bounds how often an Update starts again after a conflict.
const maxTries = 16

// Record is one call or transfer as it is stored.
type Record struct {
	// ID as given to [Store.Update].
	ID string
	// Version counts the writes, from 1. Zero: there is no record.
	Version uint64
	// Turn is the next turn that the record expects.
	Turn uint32
	// Effects are those still open, in the order of opening.
	Effects []OpenEffect
	// Body as the last change left it. It is shared: read it, never write.
	Body []byte
}

// OpenEffect is work that was ordered by a write and has not reported yet.
type OpenEffect struct {
	ID uint32
	// Fence is what the present holder must show; each claim raises it.
	Fence uint32
	// Until is the end of the holder's lease; from then on [Store.Claim] can
	// take the effect over.
	Until time.Time
}

// Change is what the function given to [Store.Update] wants stored.
type Change struct {
	// Body replaces the stored one.
	Body []byte
	// Open are effects ordered by this write: the caller holds fence 1 of
	// each for Lease. An id serves once in the life of a record; 64 may be
	// open together.
	Open []uint32
	// Lease of the opened effects. Zero: anyone may claim them at once.
	Lease time.Duration
	// Close are effects that need not report any more.
	Close []uint32
	// Jump, if not empty, announces a jump, see the guard [Jump]. The last 8
	// announced and not taken are remembered.
	Jump string
	// TTL of the record from now. Zero means [Options.TTL].
	TTL time.Duration
}

// Update changes the record id by fn, if g admits it. fn gets the body (nil
// for [Create]) and [Applied]; it must depend on nothing else and may run
// several times, because the write happens only if nobody changed the record
// meanwhile. With every other outcome fn does not run, nothing is written,
// and the Record is the stored one.
//
// The record is read from the copies in the process when it is there, so an
// update is one round trip, two when the copy was old or absent, and one more
// for each conflicting write. After 16 conflicts the error wraps
// [ErrConflict]. An error of fn ends the update and is returned wrapped. After an
// error that wraps [ErrUnavailable] the change may be stored all the same.
func (s *Store) Update(
	ctx context.Context, id string, g Guard, fn func(body []byte, out Outcome) (Change, error),
) (Record, Outcome, error) {
	if err := checkName("record id", id); err != nil {
		return Record{}, OutcomeUnknown, err
	}
	if g.kind == guardNone {
		return Record{}, OutcomeUnknown, fmt.Errorf("zero guard: %w", ErrInvalid)
	}
	var rec Record
	var out Outcome
	var fnErr error
	err := s.observe(ctx, opUpdate, func(ctx context.Context) error {
		u := updater{s: s, id: id, key: s.keys.record(id), guard: g, change: fn}
		var err error
		rec, out, err = u.run(ctx)
		fnErr = u.refused
		return err
	})
	if err == nil && fnErr != nil {
		return rec, OutcomeUnknown, fmt.Errorf("update record: %w", fnErr)
	}
	return rec, out, err
}

// Claim takes over an open effect whose lease has run out, for another lease.
// ok is false when the effect is closed, still held, or the record is gone.
// The fence is what the result must show; the earlier holder's no longer
// counts.
func (s *Store) Claim(ctx context.Context, id string, effectID uint32, lease time.Duration) (fence uint32, ok bool, err error) {
	if err := checkName("record id", id); err != nil {
		return 0, false, err
	}
	now := s.now()
	err = s.observe(ctx, opClaim, func(ctx context.Context) error {
		u := updater{
			s: s, id: id, key: s.keys.record(id),
			guard:  Guard{kind: guardClaim, id: effectID, now: now.UnixMilli()},
			change: func(body []byte, _ Outcome) (Change, error) { return Change{Body: body}, nil },
			until:  now.Add(lease).UnixMilli(),
		}
		rec, out, err := u.run(ctx)
		if err != nil || out != Applied {
			return err
		}
		for _, e := range rec.Effects {
			if e.ID == effectID {
				fence, ok = e.Fence, true
			}
		}
		return nil
	})
	return fence, ok, err
}

// Load reads a record from Redis, never from a copy. ok is false when there
// is none.
func (s *Store) Load(ctx context.Context, id string) (rec Record, ok bool, err error) {
	if err := checkName("record id", id); err != nil {
		return Record{}, false, err
	}
	err = s.observe(ctx, opLoad, func(ctx context.Context) error {
		u := updater{s: s, id: id, key: s.keys.record(id)}
		cur, err := u.load(ctx)
		if err != nil || cur == nil {
			return err
		}
		rec, ok = cur.record(id), true
		return nil
	})
	return rec, ok, err
}

// Delete removes a record; one that is not there is no error.
func (s *Store) Delete(ctx context.Context, id string) error {
	if err := checkName("record id", id); err != nil {
		return err
	}
	key := s.keys.record(id)
	return s.observe(ctx, opDelete, func(ctx context.Context) error {
		s.cache.drop(key)
		return s.do(ctx, redis.NewIntCmd(ctx, "del", key))
	})
}
