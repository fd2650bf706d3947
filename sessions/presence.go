package sessions

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Presence is who can answer. Get it from [Store.Presence]. States are the
// caller's words (ready, ringing, talking, wrapup, away).
//
// A state may be leased. When the lease runs out, because the instance that
// looked after the agent is gone, the agent is again in the state named by
// [Move.Lapse], without an owner, since that moment: nobody stays "ringing"
// for ever. Nothing has to run for that; every reader sees it.
type Presence struct{ s *Store }

// Presence returns the agents known to this store.
func (s *Store) Presence() Presence { return Presence{s} }

// Agent is one who answers, as of now.
type Agent struct {
	ID    string
	State string
	// Owner is what holds the agent in this state, say a transfer's id. Empty:
	// nothing does.
	Owner string
	// Since is when the state began.
	Since time.Time
	// Until is the end of the lease on the state. Zero: it has none.
	Until time.Time
}

// Move is a change of an agent's state, made only if all conditions hold.
type Move struct {
	// From are the states that it may start from. Empty: any, and agents not
	// seen before too.
	From []string
	// Holder, if not empty, must be the present owner, so that what comes
	// late from an earlier ring does not disturb the next.
	Holder string
	// To is the new state and Owner its owner (may be empty).
	To, Owner string
	// Lease of the new state. Zero: it stays until changed.
	Lease time.Duration
	// Lapse is the state after the lease. Empty: the last state that had no
	// lease of its own, or To if there was none.
	Lapse string
}

const presenceTTL = 7 * 24 * time.Hour

// agentFields is the number of lines of an agent's field: state, since,
// until, owner, lapse. Times are unix ms; until 0 means no lease.
const agentFields = 5

// luaPresence reads and writes agents; it starts both scripts below.
const luaPresence = `
local function read(key, agent, now)
  local raw = redis.call('HGET', key, agent)
  if not raw then return nil end
  local state, since, till, owner, lapse = string.match(raw, '^(.-)\n(%d+)\n(%d+)\n(.-)\n(.*)$')
  if not state then return nil end
  since, till = tonumber(since), tonumber(till)
  if till > 0 and till <= now then
    return {state = lapse, since = till, till = 0, owner = '', lapse = lapse}
  end
  return {state = state, since = since, till = till, owner = owner, lapse = lapse}
end
local function allowed(a, from, holder)
  if holder ~= '' and (not a or a.owner ~= holder) then return false end
  if from == '' then return true end
  return a and string.find(from, '\n' .. a.state .. '\n', 1, true) ~= nil
end
local function write(key, agent, a, now, to, owner, lease, lapse, ttl)
  local since = now
  if a and a.state == to and a.owner == owner then since = a.since end
  if lapse == '' then
    lapse = to
    if a and a.till > 0 then lapse = a.lapse elseif a then lapse = a.state end
  end
  local till = 0
  if lease > 0 then till = now + lease else lapse = to end
  local n = '%.0f'
  redis.call('HSET', key, agent, table.concat(
    {to, string.format(n, since), string.format(n, till), owner, lapse}, '\n'))
  redis.call('PEXPIRE', key, ttl)
end
local now = tonumber(ARGV[1])
local from, holder, to, owner, lease, lapse, ttl =
  ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6]), ARGV[7], ARGV[8]
`

// luaPresenceClaim moves the longest idle of the candidates that may move.
//
//	KEYS[1]  presence
//	ARGV[1]  now in unix ms
//	ARGV[2]  from: states, each with a newline before and after; empty: any
//	ARGV[3]  holder, ARGV[4] to, ARGV[5] owner
//	ARGV[6]  lease in ms, ARGV[7] lapse
//	ARGV[8]  TTL of the key in ms
//	ARGV[9…] candidates
//
// Results: the agent, or null when none may move.
const luaPresenceClaim = `
local best, who
for i = 9, #ARGV do
  local a = read(KEYS[1], ARGV[i], now)
  if a and allowed(a, from, holder) and (not best or a.since < best.since) then
    best, who = a, ARGV[i]
  end
end
if not who then return false end
write(KEYS[1], who, best, now, to, owner, lease, lapse, ttl)
return who
`

// luaPresenceSet moves one agent. KEYS and ARGV are those of
// luaPresenceClaim, with the agent as ARGV[9].
//
// Results: 1 when moved, else 0.
const luaPresenceSet = `
local a = read(KEYS[1], ARGV[9], now)
if not allowed(a, from, holder) then return 0 end
write(KEYS[1], ARGV[9], a, now, to, owner, lease, lapse, ttl)
return 1
`

// Claim moves the candidate who has been longest in one of m.From, and
// returns who it is; of equals, the first in the list. Of several claims at
// once each gets another agent. ok is false when no candidate may move.
func (p Presence) Claim(ctx context.Context, group string, candidates []string, m Move) (agent string, ok bool, err error) {
	if len(m.From) == 0 {
		return "", false, fmt.Errorf("claim without a state to start from: %w", ErrInvalid)
	}
	if len(candidates) == 0 {
		return "", false, nil
	}
	v, err := p.move(ctx, scriptPresenceClaim, group, candidates, m)
	agent, ok = v.(string)
	return agent, ok, err
}

// Set moves one agent, and says whether the conditions held.
func (p Presence) Set(ctx context.Context, group, agent string, m Move) (bool, error) {
	v, err := p.move(ctx, scriptPresenceSet, group, []string{agent}, m)
	return v == int64(1), err
}

func (p Presence) move(ctx context.Context, k script, group string, agents []string, m Move) (v any, err error) {
	if err := checkName("presence group", group); err != nil {
		return nil, err
	}
	words := slices.Concat(agents, m.From, []string{m.To, m.Holder, m.Owner, m.Lapse})
	if m.To == "" || m.Lease < 0 || slices.Contains(agents, "") || slices.Contains(m.From, "") ||
		slices.ContainsFunc(words, func(w string) bool { return strings.Contains(w, "\n") }) {
		return nil, fmt.Errorf("move: %w", ErrInvalid)
	}
	from := ""
	if len(m.From) > 0 {
		from = "\n" + strings.Join(m.From, "\n") + "\n"
	}
	args := []any{
		p.s.now().UnixMilli(), from, m.Holder, m.To, m.Owner,
		m.Lease.Milliseconds(), m.Lapse, presenceTTL.Milliseconds(),
	}
	for _, a := range agents {
		args = append(args, a)
	}
	err = p.s.observe(ctx, opPresence, func(ctx context.Context) (err error) {
		v, err = p.s.eval(ctx, k, []string{p.s.keys.presence(group)}, args...)
		return err
	})
	return v, err
}

// All returns the agents of a group by id, lapsed leases already applied.
func (p Presence) All(ctx context.Context, group string) ([]Agent, error) {
	if err := checkName("presence group", group); err != nil {
		return nil, err
	}
	var list []Agent
	err := p.s.observe(ctx, opPresence, func(ctx context.Context) error {
		cmd := redis.NewMapStringStringCmd(ctx, "hgetall", p.s.keys.presence(group))
		if err := p.s.do(ctx, cmd); err != nil {
			return err
		}
		now := p.s.now()
		for id, raw := range cmd.Val() {
			a, err := parseAgent(id, raw, now)
			if err != nil {
				return err
			}
			list = append(list, a)
		}
		return nil
	})
	slices.SortFunc(list, func(a, b Agent) int { return strings.Compare(a.ID, b.ID) })
	return list, err
}

// Remove takes an agent out of a group; one who is not there is no error.
func (p Presence) Remove(ctx context.Context, group, agent string) error {
	if err := checkName("presence group", group); err != nil {
		return err
	}
	return p.s.observe(ctx, opPresence, func(ctx context.Context) error {
		return p.s.do(ctx, redis.NewIntCmd(ctx, "hdel", p.s.keys.presence(group), agent))
	})
}

// parseAgent reads what luaPresence writes.
func parseAgent(id, raw string, now time.Time) (Agent, error) {
	f := strings.Split(raw, "\n")
	if len(f) != agentFields {
		return Agent{}, errReply
	}
	since, err1 := strconv.ParseInt(f[1], 10, 64)
	until, err2 := strconv.ParseInt(f[2], 10, 64)
	if err1 != nil || err2 != nil {
		return Agent{}, errReply
	}
	a := Agent{ID: id, State: f[0], Owner: f[3], Since: time.UnixMilli(since)}
	switch {
	case until == 0:
	case until <= now.UnixMilli():
		a.State, a.Owner, a.Since = f[4], "", time.UnixMilli(until)
	default:
		a.Until = time.UnixMilli(until)
	}
	return a, nil
}
