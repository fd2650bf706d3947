package sessions

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Meter tells a few people who mistype from somebody who tries many doors: it
// counts failures, over how many members and from how many origins, in a sliding
// window, and what is usual at that time. No origin counts for more than its share
// of what is too much, neither now nor as what is usual: who has one telephone can
// trip a meter as little, beside others' mistakes, as get it used to an attack. Get it from [Store.Meter]. Counting is
// [Meter.Note], judging is [Trip]. What all instances should know of the verdict
// belongs elsewhere: Redis may forget it.
type Meter struct{ s *Store }

// Meter returns the meters of this store.
func (s *Store) Meter() Meter { return Meter{s} }

// MeterParams say what is too much. The zero value is the line's default.
type MeterParams struct {
	Window   time.Duration // slides; 0: 10 minutes; 1 minute to 1 hour, the same always for one key
	Failures int           // more than that; 0: 20
	Members  int           // at least that many; 0: 10
	Origins  int           // at least that many; 0: 3
	Factor   float64       // times the usual; 0: 3
}

// What a meter keeps at most. Its memory is bounded by these and by a week of
// counts: about 400 kB.
const (
	maxMeterFailures = 2_000 // and as many origins
	maxMeterMembers  = 1_000
	meterDays        = 7
	day              = 24 * time.Hour
)

func (p MeterParams) withDefaults() MeterParams {
	if p.Window == 0 {
		p.Window = 10 * time.Minute
	}
	if p.Failures == 0 {
		p.Failures = 20
	}
	if p.Members == 0 {
		p.Members = 10
	}
	if p.Origins == 0 {
		p.Origins = 3
	}
	if p.Factor == 0 {
		p.Factor = 3
	}
	return p
}

func (p MeterParams) valid() bool {
	return p.Window >= time.Minute && p.Window <= time.Hour && p.Factor > 0 &&
		p.Failures > 0 && p.Failures < maxMeterFailures && p.Members > 0 && p.Members <= maxMeterMembers &&
		p.Origins > 0 && p.Origins <= maxMeterMembers
}

// share is how many failures of one origin count in a window: so many that Origins
// of them are more than Failures, and fewer are not.
func (p MeterParams) share() int { return p.Failures/p.Origins + 1 }

// hour is how many windows make up an hour.
func (p MeterParams) hour() int64 { return int64(time.Hour / p.Window) }

// Reading is what a meter shows.
type Reading struct {
	// Failures in the window that count: no more of an origin than its share, and
	// 2,000 in all.
	Failures int
	// Members is over how many different ones they were, 1,000 at most.
	Members int
	// Origins is from how many different ones they came.
	Origins int
	// Usual is how many failures a window has at this time; see [Meter.Note].
	Usual float64
	// Known is false while there is less than a day to compare with.
	Known bool
}

// Trip reports whether a reading is an attack: more than Failures, over Members or
// more, from Origins or more, and at least Factor times the usual. A usual that is
// not known lets the first three suffice, and so does a meter that is full.
func Trip(r Reading, p MeterParams) bool {
	p = p.withDefaults()
	if r.Failures <= p.Failures || r.Members < p.Members || r.Origins < p.Origins {
		return false
	}
	return !r.Known || r.Failures >= maxMeterFailures || float64(r.Failures) >= p.Factor*r.Usual
}

// luaMeter counts one failure, if there is a member, and reads the meter.
//
//	KEYS[1]  recent failures that count
//	KEYS[2]  recent members
//	KEYS[3]  counts by window
//	KEYS[4]  how many of the recent failures are of each origin
//	ARGV[1]  now in unix ms
//	ARGV[2]  window in ms
//	ARGV[3]  member, or "" for reading only
//	ARGV[4]  failures kept at most
//	ARGV[5]  members kept at most
//	ARGV[6]  windows in an hour
//	ARGV[7]  days of history
//	ARGV[8]  day in ms
//	ARGV[9]  origin, of a member
//	ARGV[10] failures of an origin that count
//
// Results: failures, members, origins, and what there is to compare with: nothing; the sum
// of 24 hours; or, once there are ARGV[7] days, the sum of this hour on each of them.
const luaMeter = `
local now, window, day = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[8])
local hour, days = tonumber(ARGV[6]), tonumber(ARGV[7])
local function number(at) return math.floor(at / window) end
local function name(n) return string.format('%.0f', n) end
local function parse(entry) return string.match(entry or '', '^(%d+) (.*)$') end
local function drop()
  local _, origin = parse(redis.call('LPOP', KEYS[1]))
  if origin and redis.call('HINCRBY', KEYS[4], origin, -1) <= 0 then redis.call('HDEL', KEYS[4], origin) end
end
local oldest = redis.call('LINDEX', KEYS[1], 0)
while oldest and (tonumber(parse(oldest) or 0)) <= now - window do
  drop()
  oldest = redis.call('LINDEX', KEYS[1], 0)
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', name(now - window))
if ARGV[3] ~= '' then
  redis.call('ZADD', KEYS[2], ARGV[1], ARGV[3])
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -tonumber(ARGV[5]) - 1)
  redis.call('HSETNX', KEYS[3], 'since', ARGV[1])
  if tonumber(redis.call('HGET', KEYS[4], ARGV[9]) or 0) < tonumber(ARGV[10]) then
    redis.call('RPUSH', KEYS[1], ARGV[1] .. ' ' .. ARGV[9])
    redis.call('HINCRBY', KEYS[4], ARGV[9], 1)
    if redis.call('LLEN', KEYS[1]) > tonumber(ARGV[4]) then drop() end
    if redis.call('HINCRBY', KEYS[3], name(number(now)), 1) == 1 then
      local last = number(now - days * day) - hour
      for _, field in ipairs(redis.call('HKEYS', KEYS[3])) do
        local n = tonumber(field)
        if n and n < last then redis.call('HDEL', KEYS[3], field) end
      end
    end
  end
  for _, key in ipairs({KEYS[1], KEYS[2], KEYS[4]}) do redis.call('PEXPIRE', key, ARGV[2]) end
  redis.call('PEXPIRE', KEYS[3], name((days + 1) * day))
end
local members, origins = redis.call('ZCARD', KEYS[2]), redis.call('HLEN', KEYS[4])
local out = {redis.call('LLEN', KEYS[1]), members, origins}
local since = tonumber(redis.call('HGET', KEYS[3], 'since') or ARGV[1])
if now - since >= days * day + hour * window then
  for i = 1, days do
    local first, fields, sum = number(now - i * day) - math.floor(hour / 2), {}, 0
    for n = first, first + hour - 1 do fields[#fields + 1] = name(n) end
    for _, v in ipairs(redis.call('HMGET', KEYS[3], unpack(fields))) do sum = sum + tonumber(v or 0) end
    out[#out + 1] = sum
  end
elseif now - since >= day + 2 * window then
  local first, all, sum = number(now) - 1 - 24 * hour, redis.call('HGETALL', KEYS[3]), 0
  for i = 1, #all, 2 do
    local n = tonumber(all[i])
    if n and n >= first and n < first + 24 * hour then sum = sum + tonumber(all[i + 1]) end
  end
  out[#out + 1] = sum
end
return out
`

// Failure is one of a member from an origin, both of them pseudonyms.
type Failure struct{ Member, Origin string }

// Note counts one failure under a key, and returns what the meter shows then. It is
// one step: failures at the same time are all counted.
//
// The usual is the median, over the last seven days, of the windows of the hour
// around this time of day: a median, so that yesterday's attack is not today's
// usual. With less than a week behind it, it is the average window of the 24 hours
// before the present ones; with less than a day it is not known. A meter that
// Redis has lost begins anew and is the more easily tripped.
func (m Meter) Note(ctx context.Context, key string, f Failure, p MeterParams) (Reading, error) {
	if f.Member == "" || len(f.Member) > maxName || f.Origin == "" || len(f.Origin) > maxName {
		return Reading{}, fmt.Errorf("meter member or origin: %w", ErrInvalid)
	}
	return m.run(ctx, key, f, p)
}

// Read returns what the meter shows and counts nothing.
func (m Meter) Read(ctx context.Context, key string, p MeterParams) (Reading, error) {
	return m.run(ctx, key, Failure{}, p)
}

func (m Meter) run(ctx context.Context, key string, f Failure, p MeterParams) (Reading, error) {
	if err := checkName("meter key", key); err != nil {
		return Reading{}, err
	}
	if p = p.withDefaults(); !p.valid() {
		return Reading{}, fmt.Errorf("meter: %w", ErrInvalid)
	}
	k := m.s.keys
	var r Reading
	err := m.s.observe(ctx, opMeter, func(ctx context.Context) error {
		v, err := m.s.eval(ctx, scriptMeter, []string{k.meterFailures(key), k.meterMembers(key), k.meterCounts(key), k.meterOrigins(key)},
			m.s.now().UnixMilli(), p.Window.Milliseconds(), f.Member, maxMeterFailures, maxMeterMembers,
			p.hour(), meterDays, day.Milliseconds(), f.Origin, p.share())
		if err != nil {
			return err
		}
		r, err = reading(v, p)
		return err
	})
	return r, err
}

// reading makes sense of what luaMeter returned.
func reading(v any, p MeterParams) (Reading, error) {
	list, _ := v.([]any)
	n := make([]int64, len(list))
	for i := range list {
		var ok bool
		if n[i], ok = list[i].(int64); !ok {
			return Reading{}, errReply
		}
	}
	if len(n) < 3 {
		return Reading{}, errReply
	}
	r := Reading{Failures: int(n[0]), Members: int(n[1]), Origins: int(n[2])}
	switch sums := n[3:]; len(sums) {
	case 0:
	case 1:
		r.Known, r.Usual = true, float64(sums[0])/float64(24*p.hour())
	case meterDays:
		slices.Sort(sums)
		r.Known, r.Usual = true, float64(sums[meterDays/2])/float64(p.hour())
	default:
		return Reading{}, errReply
	}
	return r, nil
}
