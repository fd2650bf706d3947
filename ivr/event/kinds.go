package event

import (
	"errors"
	"fmt"
)

// Type is what an event tells of.
type Type uint8

// The types.
const (
	TypeUnknown   Type = iota // no type: the zero value
	CallEnded                 // a call to a line ended
	LinksSent                 // the two links went to a phone on file
	NumberChanged             // a person's number is another one now
	Frozen                    // somebody's recovery by phone was stopped
	Unfrozen                  // a lead lifted that
	CallbackDue               // a person is to be called back now
	AgentNote                 // an agent wrapped up a call
	types                     // the number of them
)

// Types lists all of them.
func Types() []Type {
	all := make([]Type, 0, types)
	for t := TypeUnknown + 1; t < types; t++ {
		all = append(all, t)
	}
	return all
}

// String is the type's name in JSON, configurations and metrics.
func (t Type) String() string {
	names := [...]string{
		"unknown", "call_ended", "links_sent", "number_changed", "frozen", "unfrozen", "callback_due", "agent_note",
	}
	if int(t) < len(names) {
		return names[t]
	}
	return fmt.Sprintf("type(%d)", t)
}

// ParseType is the inverse of [Type.String], but refuses "unknown".
func ParseType(name string) (Type, error) {
	for _, t := range Types() {
		if t.String() == name {
			return t, nil
		}
	}
	return TypeUnknown, errors.New("type of event: unknown")
}

// Part is something about a person that an event has only for a hook that was
// given it by name.
type Part uint8

// The parts.
const (
	PartUnknown  Part = iota // no part: the zero value
	PartUniqueID             // the person's unique ID, beside the pseudonym
	PartNote                 // what an agent wrote in the wrap-up
)

// Parts lists all of them.
func Parts() []Part { return []Part{PartUniqueID, PartNote} }

// String is the part's name in configurations.
func (p Part) String() string {
	names := [...]string{"unknown", "unique_id", "note"}
	if int(p) < len(names) {
		return names[p]
	}
	return fmt.Sprintf("part(%d)", p)
}

// ParsePart is the inverse of [Part.String], but refuses "unknown".
func ParsePart(name string) (Part, error) {
	for _, p := range Parts() {
		if p.String() == name {
			return p, nil
		}
	}
	return PartUnknown, errors.New("part of an event: unknown")
}
