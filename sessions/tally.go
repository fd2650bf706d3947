package sessions

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

// tallyTTL keeps a day's counts until the next day is over in every zone.
const tallyTTL = 72 * time.Hour

// luaTally adds to counts.
//
//	KEYS[1]  tally
//	ARGV[1]  TTL of the key in ms
//	ARGV[2…] field, number, field, number
//
// Results: 1.
const luaTally = `
for i = 2, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
`

// Tally are counts of something on a day, kept for three. Get it from
// [Store.Tally]. What Redis has lost is counted from nothing again: they are for
// people to look at, and decide nothing.
type Tally struct{ s *Store }

// Tally returns the tallies of this store.
func (s *Store) Tally() Tally { return Tally{s} }

// Add adds to counts of a day ("2006-01-02", of whichever zone the caller counts
// in), all of them in one step.
func (t Tally) Add(ctx context.Context, name, day string, counts map[string]int64) error {
	if err := checkName("tally", name+day); err != nil {
		return err
	}
	if _, err := time.Parse(time.DateOnly, day); err != nil || len(counts) == 0 {
		return fmt.Errorf("tally: %w", ErrInvalid)
	}
	args := []any{tallyTTL.Milliseconds()}
	fields := make([]string, 0, len(counts))
	for f := range counts {
		fields = append(fields, f)
	}
	slices.Sort(fields)
	for _, f := range fields {
		args = append(args, f, counts[f])
	}
	return t.s.observe(ctx, opQueue, func(ctx context.Context) error {
		_, err := t.s.eval(ctx, scriptTally, []string{t.s.keys.tally(name, day)}, args...)
		return err
	})
}

// Of are the counts of a day; nothing counted is an empty map.
func (t Tally) Of(ctx context.Context, name, day string) (counts map[string]int64, err error) {
	if err := checkName("tally", name+day); err != nil {
		return nil, err
	}
	counts = map[string]int64{}
	err = t.s.observe(ctx, opQueue, func(ctx context.Context) error {
		cmd := redis.NewMapStringStringCmd(ctx, "hgetall", t.s.keys.tally(name, day))
		if err := t.s.do(ctx, cmd); err != nil {
			return err
		}
		for f, v := range cmd.Val() {
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil {
				return errReply
			}
			counts[f] = n
		}
		return nil
	})
	return counts, err
}
