package sessions

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Queue is the order of those who wait, one for each line. Get it from
// [Store.Queue]. It holds ids only; what stands behind a ticket is a record.
type Queue struct{ s *Store }

// Queue returns the queues of this store.
func (s *Store) Queue() Queue { return Queue{s} }

// Ticket is one place in a queue.
type Ticket struct {
	ID string
	// At is when the waiting began, to the millisecond.
	At time.Time
	// Priority comes before time: higher is served first. 0 is the usual one.
	Priority int
}

// Wait is one finished waiting time.
type Wait struct {
	At     time.Time // when it ended
	Waited time.Duration
}

const (
	// maxPriority bounds a ticket's priority both ways: scores are exact
	// below 2^53 only.
	maxPriority = 1000
	// priorityStep is more milliseconds than there are between 1970 and 2109.
	priorityStep = 1 << 42
	queueTTL     = 24 * time.Hour
	keptWaits    = 50
)

// ticketScore orders by priority, then by time.
func ticketScore(at time.Time, priority int) float64 {
	return float64(at.UnixMilli() - int64(priority)*priorityStep)
}

func ticketOf(id string, score float64) Ticket {
	priority := -int64(math.Floor(score / priorityStep))
	return Ticket{ID: id, At: time.UnixMilli(int64(score) + priority*priorityStep), Priority: int(priority)}
}

// luaJoin puts a ticket into the queue.
//
//	KEYS[1]  tickets
//	ARGV[1]  id
//	ARGV[2]  score
//	ARGV[3]  TTL of the key in ms
//	ARGV[4]  NX to keep a place, XX to change one
//
// Results: 1 when the ticket is new, else 0.
const luaJoin = `
local n = redis.call('ZADD', KEYS[1], ARGV[4], ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return n
`

// Join adds a ticket. One that is in the queue already keeps its place and
// priority. A later ticket of the same millisecond may come before an earlier
// one.
func (q Queue) Join(ctx context.Context, queue, id string, at time.Time, priority int) error {
	return q.put(ctx, queue, id, at, priority, "NX")
}

// Prioritize gives a ticket that is in the queue another time and priority; it
// does not add one.
func (q Queue) Prioritize(ctx context.Context, queue, id string, at time.Time, priority int) error {
	return q.put(ctx, queue, id, at, priority, "XX")
}

func (q Queue) put(ctx context.Context, queue, id string, at time.Time, priority int, how string) error {
	if err := checkName("queue", queue); err != nil {
		return err
	}
	if ms := at.UnixMilli(); id == "" || priority < -maxPriority || priority > maxPriority || ms < 0 || ms >= priorityStep {
		return fmt.Errorf("ticket: %w", ErrInvalid)
	}
	return q.s.observe(ctx, opQueue, func(ctx context.Context) error {
		score := strconv.FormatFloat(ticketScore(at, priority), 'f', -1, 64)
		_, err := q.s.eval(ctx, scriptJoin, []string{q.s.keys.tickets(queue)}, id, score, queueTTL.Milliseconds(), how)
		return err
	})
}

// Leave removes a ticket. Of several who try at once, exactly one gets true:
// that one has taken the ticket.
func (q Queue) Leave(ctx context.Context, queue, id string) (bool, error) {
	if err := checkName("queue", queue); err != nil {
		return false, err
	}
	var n int64
	err := q.s.observe(ctx, opQueue, func(ctx context.Context) error {
		cmd := redis.NewIntCmd(ctx, "zrem", q.s.keys.tickets(queue), id)
		if err := q.s.do(ctx, cmd); err != nil {
			return err
		}
		n = cmd.Val()
		return nil
	})
	return n == 1, err
}

// luaPosition tells the place of a ticket.
//
//	KEYS[1]  tickets
//	ARGV[1]  id
//
// Results: the rank from 1, or 0 when it is not there; the size of the queue.
const luaPosition = `
local rank = redis.call('ZRANK', KEYS[1], ARGV[1])
if rank then rank = rank + 1 else rank = 0 end
return {rank, redis.call('ZCARD', KEYS[1])}
`

// Position returns the place of a ticket, 1 for the next to be served and 0
// for one that is not in the queue, and how many wait.
func (q Queue) Position(ctx context.Context, queue, id string) (pos, size int, err error) {
	if err := checkName("queue", queue); err != nil {
		return 0, 0, err
	}
	err = q.s.observe(ctx, opQueue, func(ctx context.Context) error {
		v, err := q.s.eval(ctx, scriptPosition, []string{q.s.keys.tickets(queue)}, id)
		if err != nil {
			return err
		}
		list, _ := v.([]any)
		if len(list) != 2 {
			return errReply
		}
		a, okA := list[0].(int64)
		b, okB := list[1].(int64)
		if !okA || !okB {
			return errReply
		}
		pos, size = int(a), int(b)
		return nil
	})
	return pos, size, err
}

// List returns the first limit tickets in the order of service; a limit below
// one means all.
func (q Queue) List(ctx context.Context, queue string, limit int) ([]Ticket, error) {
	if err := checkName("queue", queue); err != nil {
		return nil, err
	}
	var list []Ticket
	err := q.s.observe(ctx, opQueue, func(ctx context.Context) error {
		cmd := redis.NewZSliceCmd(ctx, "zrange", q.s.keys.tickets(queue), 0, max(limit, 0)-1, "withscores")
		if err := q.s.do(ctx, cmd); err != nil {
			return err
		}
		for _, z := range cmd.Val() {
			id, _ := z.Member.(string)
			list = append(list, ticketOf(id, z.Score))
		}
		return nil
	})
	return list, err
}

// Oldest returns the ticket to be served next; ok is false when nobody waits.
func (q Queue) Oldest(ctx context.Context, queue string) (t Ticket, ok bool, err error) {
	list, err := q.List(ctx, queue, 1)
	if err != nil || len(list) == 0 {
		return Ticket{}, false, err
	}
	return list[0], true, nil
}

// luaWait notes a waiting time.
//
//	KEYS[1]  waits
//	ARGV[1]  "<at in unix ms> <waited in ms>"
//	ARGV[2]  how many are kept
//	ARGV[3]  TTL of the key in ms
//
// Results: 1.
const luaWait = `
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], 0, ARGV[2] - 1)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`

// RecordWait notes that somebody was served after waiting; the last 50 are
// kept for a day.
func (q Queue) RecordWait(ctx context.Context, queue string, waited time.Duration) error {
	if err := checkName("queue", queue); err != nil {
		return err
	}
	return q.s.observe(ctx, opQueue, func(ctx context.Context) error {
		entry := fmt.Sprintf("%d %d", q.s.now().UnixMilli(), max(waited, 0).Milliseconds())
		_, err := q.s.eval(ctx, scriptWait, []string{q.s.keys.waits(queue)}, entry, keptWaits, queueTTL.Milliseconds())
		return err
	})
}

// RecentWaits returns the noted waiting times that ended within the last
// stretch of time, newest first. None means that nobody can tell how long it
// takes.
func (q Queue) RecentWaits(ctx context.Context, queue string, within time.Duration) ([]Wait, error) {
	if err := checkName("queue", queue); err != nil {
		return nil, err
	}
	var list []Wait
	err := q.s.observe(ctx, opQueue, func(ctx context.Context) error {
		cmd := redis.NewStringSliceCmd(ctx, "lrange", q.s.keys.waits(queue), 0, -1)
		if err := q.s.do(ctx, cmd); err != nil {
			return err
		}
		since := q.s.now().Add(-within)
		for _, entry := range cmd.Val() {
			w, err := parseWait(entry)
			if err != nil {
				return err
			}
			if w.At.After(since) {
				list = append(list, w)
			}
		}
		return nil
	})
	return list, err
}

func parseWait(entry string) (Wait, error) {
	at, waited, _ := strings.Cut(entry, " ")
	a, err1 := strconv.ParseInt(at, 10, 64)
	w, err2 := strconv.ParseInt(waited, 10, 64)
	if err1 != nil || err2 != nil {
		return Wait{}, errReply
	}
	return Wait{At: time.UnixMilli(a), Waited: time.Duration(w) * time.Millisecond}, nil
}
