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
	scriptTally
	scripts // the number of them
)

func (k script) source() string {
	text := [scripts]string{
		scriptUpdate:        luaUpdate,
		scriptReserve:       luaReserve,
		scriptUnreserve:     luaUnreserve,
		scriptCount:         luaCount,
		scriptEnter:         luaEnter,
		scriptAcquire:       luaAcquire,
		scriptRenew:         luaRenew,
		scriptRelease:       luaRelease,
		scriptJoin:          luaJoin,
		scriptPosition:      luaPosition,
		scriptWait:          luaWait,
		scriptPresenceClaim: luaPresence + luaPresenceClaim,
		scriptPresenceSet:   luaPresence + luaPresenceSet,
		scriptMeter:         luaMeter,
		scriptTally:         luaTally,
	}[k]
	if text == "" {
		panic("sessions: a script without a source")
	}
	return text
}

// digests returns the SHA-1 of every script, in hex.
func digests() (all [scripts]string) {
	for k := range scripts {
		sum := sha1.Sum([]byte(k.source())) //nolint:gosec // see the import
		all[k] = hex.EncodeToString(sum[:])
	}
	return all
}
