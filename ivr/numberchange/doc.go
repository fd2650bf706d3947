// Package numberchange is the change of a phone number: how a person gets Duo on
// another number, as a pure function. [Rules.Next] takes a [Change] through one
// [Event] and returns it changed, with the [Action]s to be run. It does no I/O,
// reads no clock and rolls no dice, so that any instance can take the next event
// from the stored change.
//
// # Two people, with the system as the third
//
// An agent opens a change for a subject who is on the line or in an open case
// (draft). The system says that the subject was verified, or the agent and a lead
// record an identity check (evidenced). The agent gives the new number; a code
// goes there (number_given, code_sent), and when the subject has read it out, a
// second person is asked (awaiting_approval). That person approves with a fresh
// sign-in. The subject is told on every other address and has the time of the
// hold to say no (holding). Only then is anything changed.
//
// The confirmed code and the approval are moments and no states, since nobody
// waits in them: [Change.Confirmed] and [Change.Approved].
//
// # Duo
//
// Each step in Duo is an action with a number, its try, and reports back with
// [DuoDone]: ok, failed (certainly not done), or unclear (may be done). What
// certainly failed is tried again. What is unclear, or was not heard of in time,
// is never run again blindly: [ReadAccount] finds out first. The old phone stays
// until the new one is activated (awaiting_activation, removing_old). Until
// that removal begins, [Undo] takes the new phone off again (undoing).
//
// # Stopping
//
// [Frozen] and [Repudiated] end a change at any moment: before Duo was touched
// it is cancelled, after that undone. So do facts that say frozen. Facts that
// could not be read refuse whatever needs them: loss denies.
//
// # What may be lost
//
// A [Wake], an action, a report: all may be lost with the instance that had
// them. [Tick] finds whatever is overdue, and [Rules.Due] tells when the next
// one is needed, from the stored change alone.
package numberchange
