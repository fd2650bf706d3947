package sessions

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"
)

// Values are small sealed secrets with an end: codes, links, tokens. Get them
// from [Store.Values].
type Values struct{ s *Store }

// Values returns the sealed values of this store.
func (s *Store) Values() Values { return Values{s} }

// Put stores a value under a kind and an id for ttl, in the place of an
// earlier one.
func (v Values) Put(ctx context.Context, kind, id string, ttl time.Duration, body []byte) error {
	_, err := v.put(ctx, kind, id, ttl, body)
	return err
}

// PutOnce stores a value if there is none yet, and says whether it did.
func (v Values) PutOnce(ctx context.Context, kind, id string, ttl time.Duration, body []byte) (bool, error) {
	return v.put(ctx, kind, id, ttl, body, "nx")
}

func (v Values) put(ctx context.Context, kind, id string, ttl time.Duration, body []byte, more ...any) (stored bool, err error) {
	key, err := v.key(kind, id)
	if err != nil {
		return false, err
	}
	if ttl < time.Millisecond {
		return false, fmt.Errorf("value ttl: %w", ErrInvalid)
	}
	// The end stands inside the seal too: Redis' own clock only collects.
	plain := binary.AppendVarint(nil, v.s.now().Add(ttl).UnixMilli())
	plain = append(plain, body...)
	args := append([]any{"set", key, v.s.seal.seal(key, 0, plain), "px", ttl.Milliseconds()}, more...)
	err = v.s.observe(ctx, opValue, func(ctx context.Context) error {
		cmd := redis.NewStatusCmd(ctx, args...)
		if err := v.s.do(ctx, cmd); err != nil {
			return err
		}
		stored = cmd.Val() == "OK"
		return nil
	})
	return stored, err
}

// Get returns a value; ok is false when there is none or its time is over.
func (v Values) Get(ctx context.Context, kind, id string) (body []byte, ok bool, err error) {
	return v.read(ctx, "get", kind, id)
}

// Take returns a value and removes it. Of several who try at once, one at
// most gets it.
func (v Values) Take(ctx context.Context, kind, id string) (body []byte, ok bool, err error) {
	return v.read(ctx, "getdel", kind, id)
}

// Delete removes a value; one that is not there is no error.
func (v Values) Delete(ctx context.Context, kind, id string) error {
	key, err := v.key(kind, id)
	if err != nil {
		return err
	}
	return v.s.observe(ctx, opValue, func(ctx context.Context) error {
		return v.s.do(ctx, redis.NewIntCmd(ctx, "del", key))
	})
}

func (v Values) read(ctx context.Context, verb, kind, id string) (body []byte, ok bool, err error) {
	key, err := v.key(kind, id)
	if err != nil {
		return nil, false, err
	}
	err = v.s.observe(ctx, opValue, func(ctx context.Context) error {
		cmd := redis.NewStringCmd(ctx, verb, key)
		if err := v.s.do(ctx, cmd); err != nil || cmd.Val() == "" {
			return err
		}
		_, plain, err := v.s.seal.open(key, cmd.Val())
		if err != nil {
			return err
		}
		until, n := binary.Varint(plain)
		if n <= 0 {
			return ErrSealed
		}
		if v.s.now().UnixMilli() < until {
			body, ok = plain[n:], true
		}
		return nil
	})
	return body, ok, err
}

func (v Values) key(kind, id string) (string, error) {
	if err := checkName("value kind", kind); err != nil {
		return "", err
	}
	if err := checkName("value id", id); err != nil {
		return "", err
	}
	return v.s.keys.value(kind, id), nil
}
