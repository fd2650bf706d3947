package sessions

import (
	"fmt"
	"strings"
)

// maxName bounds ids, kinds and names that become part of a Redis key.
const maxName = 200

// checkName refuses what would break a key or its hash tag. The name itself
// stays out of the error.
func checkName(what, name string) error {
	if name == "" || len(name) > maxName || strings.ContainsAny(name, "{}\x00\r\n") {
		return fmt.Errorf("%s: %w", what, ErrInvalid)
	}
	return nil
}

// keys makes every Redis key. The part in braces is the hash tag: keys that
// share it live on one cluster slot. The namespace lets installations share a
// Redis.
type keys struct{ namespace string }

// record holds one call or transfer. String: the header and a sealed
// envelope with body. TTL: Options.TTL (2 h), renewed by every write.
func (k keys) record(id string) string { return k.namespace + ":{" + id + "}:record" }

// value holds one small secret. String: a sealed expiry and body. TTL: as
// given to Put.
func (k keys) value(kind, id string) string { return k.namespace + ":{" + id + "}:value:" + kind }

// window holds the times of one rate limit. List of unix milliseconds, oldest
// first. TTL: the window.
func (k keys) window(key string) string { return k.namespace + ":{" + key + "}:window" }

// members holds one concurrency cap. Sorted set: member scored by the unix
// millisecond at which it lapses. TTL: the longest member's.
func (k keys) members(key string) string { return k.namespace + ":{" + key + "}:members" }

// meterFailures holds the recent failures of a meter that count. List of
// "<unix milliseconds> <origin>", oldest first, maxMeterFailures at most. TTL: the
// window.
func (k keys) meterFailures(key string) string { return k.namespace + ":{" + key + "}:meter" }

// meterMembers holds who they were of. Sorted set: member scored by the unix
// millisecond of its last failure, maxMeterMembers at most. TTL: the window.
func (k keys) meterMembers(key string) string { return k.namespace + ":{" + key + "}:meter:members" }

// meterOrigins holds where they came from. Hash: origin to its number of entries in
// meterFailures. TTL: the window.
func (k keys) meterOrigins(key string) string { return k.namespace + ":{" + key + "}:meter:from" }

// meterCounts holds the counts of a meter. Hash: the number of a window since
// 1970 to its failures, for a week, and "since" to the unix millisecond of the
// first. TTL: eight days after the last.
func (k keys) meterCounts(key string) string { return k.namespace + ":{" + key + "}:meter:counts" }

// lease holds one lease. String: "<until in unix ms> <owner>". TTL: the
// lease and a minute.
func (k keys) lease(key string) string { return k.namespace + ":{" + key + "}:lease" }

// tickets holds one queue. Sorted set: ticket id scored by ticketScore.
// TTL: a day after the last join.
func (k keys) tickets(queue string) string { return k.namespace + ":{" + queue + "}:tickets" }

// waits holds the recent waiting times of a queue. List of
// "<at in unix ms> <waited in ms>", newest first. TTL: a day.
func (k keys) waits(queue string) string { return k.namespace + ":{" + queue + "}:waits" }

// tally holds the counts of a day. Hash: field to number. TTL: three days after
// the last.
func (k keys) tally(name, day string) string { return k.namespace + ":{" + name + "}:tally:" + day }

// presence holds the agents of a group. Hash: agent to the fields of
// agentState, one a line. TTL: a week after the last change.
func (k keys) presence(group string) string { return k.namespace + ":{" + group + "}:presence" }

// seen holds when the agents of a group were last seen, those who were at all.
// Sorted set: agent scored by unix millisecond. TTL: a week after the last.
func (k keys) seen(group string) string { return k.namespace + ":{" + group + "}:seen" }

// deskSession holds one session of the web desk, by the hash of its token.
// String: sealed. TTL: until it ends if it is not used. All of them share a
// slot, so that a list is one read.
func (k keys) deskSession(id string) string { return k.namespace + ":{desk}:session:" + id }

// deskSessions lists them. Sorted set: hash scored by the unix millisecond at
// which the session ends whatever happens. TTL: a week after the last start.
func (k keys) deskSessions() string { return k.namespace + ":{desk}:sessions" }
