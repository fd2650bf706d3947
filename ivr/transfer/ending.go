package transfer

import "slices"

// Ending is how an attempt to connect a caller with an agent ended. One value
// feeds the log, the metrics, the audit and the console.
type Ending struct {
	Result Result
	Reason Reason
}

// Reason is why an attempt ended as it did. It labels metrics.
type Reason uint8

// The reasons, with the results that they belong to.
const (
	ReasonUnknown     Reason = iota
	ReasonAgentLeft          // completed: the agent hung up, or ended the call on the page
	ReasonCallerLeft         // completed: the caller hung up, or went on without the agent
	ReasonHandedOver         // completed: the agent gave the caller to a colleague, or got them from one
	ReasonDropped            // completed: the second agent was thanked and let go
	ReasonKey                // declined: by a key of the phone
	ReasonPage               // declined: on the page
	ReasonWrongKeys          // declined: keys that mean nothing
	ReasonHungUp             // declined: hung up on the brief, or before the caller came
	ReasonRangOut            // no answer: the phone rang for its whole time
	ReasonBusy               // no answer: the phone was busy
	ReasonNobody             // no answer: there was nobody to ring
	ReasonTooLong            // no answer: the caller had waited for as long as anybody may
	ReasonClosed             // no answer: the line closed meanwhile
	ReasonNoKey              // voicemail: picked up, and no key came
	ReasonInQueue            // caller gone: before anybody was rung
	ReasonRinging            // caller gone: while a phone rang
	ReasonBrief              // caller gone: while the agent heard the brief
	ReasonJoining            // caller gone: after the accept
	ReasonWithdrawn          // caller gone: the first agent left, or asked no longer
	ReasonRefused            // error: the carrier refused the call, or it failed
	ReasonCarrierDown        // error: the carrier's API does not answer
	ReasonNotJoined          // error: the caller did not come
	ReasonLost               // error: nothing was heard of the call, or it was stopped from outside
	ReasonHold               // error: the caller could not be put on hold
	ReasonAside              // caller gone: wants to be called back instead
	ReasonDeclined           // caller gone: who was called back did not want it
	ReasonCancelled          // caller gone: the callback was cancelled before it was dialled
)

func reasonNames() []string {
	return []string{
		"unknown", "agent_left", "caller_left", "handed_over", "dropped", "key", "page", "wrong_keys", "hung_up", "rang_out", "busy", "nobody",
		"too_long", "closed", "no_key", "in_queue", "ringing", "brief", "joining", "withdrawn", "refused", "carrier_down", "not_joined", "lost", "hold",
		"aside", "not_wanted", "cancelled",
	}
}

// String is the reason's metric label.
func (r Reason) String() string { return name(reasonNames(), "reason", r) }

// Reasons returns the reasons that a result can have. Together they are every
// reason but ReasonUnknown, each of one result.
func (r Result) Reasons() []Reason {
	switch r {
	case ResultCompleted:
		return []Reason{ReasonAgentLeft, ReasonCallerLeft, ReasonHandedOver, ReasonDropped}
	case ResultDeclined:
		return []Reason{ReasonKey, ReasonPage, ReasonWrongKeys, ReasonHungUp}
	case ResultNoAnswer:
		return []Reason{ReasonRangOut, ReasonBusy, ReasonNobody, ReasonTooLong, ReasonClosed}
	case ResultVoicemail:
		return []Reason{ReasonNoKey}
	case ResultCallerGone:
		return []Reason{ReasonInQueue, ReasonRinging, ReasonBrief, ReasonJoining, ReasonWithdrawn, ReasonAside, ReasonDeclined, ReasonCancelled}
	case ResultError:
		return []Reason{ReasonRefused, ReasonCarrierDown, ReasonNotJoined, ReasonLost, ReasonHold}
	case ResultUnknown:
	}
	return nil
}

// Ending returns the ending of which a reason tells.
func (r Reason) Ending() Ending {
	for _, result := range Results() {
		if slices.Contains(result.Reasons(), r) {
			return Ending{Result: result, Reason: r}
		}
	}
	return Ending{}
}
