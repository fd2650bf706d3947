package sessions

import (
	"fmt"
	"slices"
	"strings"
)

// Outcome says what became of an Update.
type Outcome int

const (
	// OutcomeUnknown accompanies an error.
	OutcomeUnknown Outcome = iota
	// Applied: the guard admitted the change and it is stored.
	Applied
	// Repeat: this turn, or this jump, was the last one answered. Give the
	// same answer again, from the body.
	Repeat
	// Stale: an older or foreign turn, an effect that is closed or has passed
	// to another holder, a callback already seen, a jump nobody announced.
	Stale
	// Missing: no such record; it expired, was lost, or never was.
	Missing
)

// String returns the lower-case name, for logs and metric labels.
func (o Outcome) String() string {
	switch o {
	case Applied:
		return "applied"
	case Repeat:
		return "repeat"
	case Stale:
		return "stale"
	case Missing:
		return "missing"
	case OutcomeUnknown:
	}
	return "unknown"
}

// ParseOutcome is the inverse of [Outcome.String]; anything else is an error
// that wraps [ErrInvalid].
func ParseOutcome(s string) (Outcome, error) {
	for _, o := range []Outcome{OutcomeUnknown, Applied, Repeat, Stale, Missing} {
		if o.String() == strings.ToLower(s) {
			return o, nil
		}
	}
	return OutcomeUnknown, fmt.Errorf("outcome %q: %w", s, ErrInvalid)
}

type guardKind int

const (
	guardNone guardKind = iota
	guardCreate
	guardTurn
	guardJump
	guardEffect
	guardCallback
	guardAny
	guardClaim
)

// Guard is the condition of an [Store.Update]: what the change answers. Make
// one with [Create], [Turn], [Jump], [Effect], [Callback] or [Any]; the zero
// Guard is refused.
type Guard struct {
	kind       guardKind
	turn       uint32
	id, fence  uint32
	name, seqN uint64
	now        int64 // for claims, unix ms
}

// Create admits the change when there is no record yet. It is turn 0: the
// record then expects turn 1, and Create on a record at turn 1 is a Repeat.
func Create() Guard { return Guard{kind: guardCreate} }

// Turn admits the change when n is the turn that the record expects, and
// raises it by one. The turn just answered is a Repeat, unless a jump
// answered it.
func Turn(n uint32) Guard { return Guard{kind: guardTurn, turn: n} }

// Jump admits the change once for each id announced by [Change.Jump],
// whatever the turn, and raises the turn by one. The same jump again is a
// Repeat until the next turn.
func Jump(id string) Guard { return Guard{kind: guardJump, name: digest(id)} }

// Effect admits the result of an open effect from the holder of its fence,
// and closes the effect.
func Effect(id, fence uint32) Guard { return Guard{kind: guardEffect, id: id, fence: fence} }

// Callback admits sequence seq of a source (say "CA…/status") when it is
// higher than the last one. The 16 sources used last are remembered.
func Callback(source string, seq uint64) Guard {
	return Guard{kind: guardCallback, name: digest(source), seqN: seq}
}

// Any admits every change of an existing record.
func Any() Guard { return Guard{kind: guardAny} }

// admit says whether the change may be made. e is nil when there is no
// record.
func (g Guard) admit(e *envelope) Outcome { //nolint:gocyclo // a table: one case a kind
	if g.kind == guardCreate {
		switch {
		case e == nil:
			return Applied
		case e.turn == 1 && e.jumped == 0:
			return Repeat
		}
		return Stale
	}
	if e == nil {
		return Missing
	}
	switch g.kind {
	case guardTurn:
		if g.turn == e.turn {
			return Applied
		}
		if e.turn > 0 && g.turn == e.turn-1 && e.jumped == 0 {
			return Repeat
		}
	case guardJump:
		if slices.Contains(e.jumps, g.name) {
			return Applied
		}
		if g.name == e.jumped {
			return Repeat
		}
	case guardEffect:
		if i := e.effect(g.id); i >= 0 && e.effects[i].fence == g.fence {
			return Applied
		}
	case guardClaim:
		if i := e.effect(g.id); i >= 0 && e.effects[i].until <= g.now {
			return Applied
		}
	case guardCallback:
		if i := e.source(g.name); i < 0 || e.sources[i].seq < g.seqN {
			return Applied
		}
	case guardAny:
		return Applied
	case guardNone, guardCreate:
	}
	return Stale
}

// advance makes the guard's own change to the envelope, after admit said
// Applied.
func (g Guard) advance(e *envelope) {
	switch g.kind {
	case guardCreate, guardTurn:
		e.turn++
		e.jumped = 0
	case guardJump:
		e.turn++
		e.jumped = g.name
		e.jumps = slices.DeleteFunc(e.jumps, func(j uint64) bool { return j == g.name })
	case guardEffect:
		e.close(g.id)
	case guardCallback:
		e.saw(g.name, g.seqN)
	case guardClaim:
		e.effects[e.effect(g.id)].fence++
	case guardAny, guardNone:
	}
}
