package sessions

import (
	"crypto/sha1" //nolint:gosec // the name that EVALSHA wants, no protection
	"encoding/hex"
)

// script names one Lua script. Its source stands beside the Go code that uses
// it and lists KEYS, ARGV and results. No script reads a clock.
type script int

const (
	scriptUpdate script = iota
	scriptReserve
	scriptUnreserve
	scriptCount
	scriptEnter
	scriptAcquire
	scriptRenew
	scriptRelease
	scriptJoin
	scriptPosition
	scriptWait
	scriptPresenceClaim
	scriptPresenceSet
	scriptMeter
	scriptRaise
	scripts // the number of them
)

func (k script) source() string {
	switch k {
	case scriptUpdate:
		return luaUpdate
	case scriptReserve:
		return luaReserve
	case scriptUnreserve:
		return luaUnreserve
	case scriptCount:
		return luaCount
	case scriptEnter:
		return luaEnter
	case scriptAcquire:
		return luaAcquire
	case scriptRenew:
		return luaRenew
	case scriptRelease:
		return luaRelease
	case scriptJoin:
		return luaJoin
	case scriptPosition:
		return luaPosition
	case scriptWait:
		return luaWait
	case scriptPresenceClaim:
		return luaPresence + luaPresenceClaim
	case scriptPresenceSet:
		return luaPresence + luaPresenceSet
	case scriptMeter:
		return luaMeter
	case scriptRaise:
		return luaRaise
	case scripts:
	}
	panic("sessions: unknown script")
}

// digests returns the SHA-1 of every script, in hex.
func digests() (all [scripts]string) {
	for k := range scripts {
		sum := sha1.Sum([]byte(k.source())) //nolint:gosec // see the import
		all[k] = hex.EncodeToString(sum[:])
	}
	return all
}
