package transfer

import "fmt"

// State is where a transfer stands.
type State uint8

// The states.
const (
	StateUnknown    State = iota
	StateQueued           // waits for an agent
	StateOffered          // an agent's phone rings, or the agent hears the brief
	StateAccepted         // the agent is in the conference, the caller on the way
	StateBridged          // the two talk
	StateConsulting       // the agent asks a second one while the caller is on hold
	StateReturned         // the agent has left, the caller is still there
	StateDone             // nothing more happens, unless the caller queues again
	StateHeld             // the agent has put the caller on hold
	StateThreeWay         // the second agent talks with the two
)

// States returns every state but StateUnknown.
func States() []State {
	return []State{
		StateQueued, StateOffered, StateAccepted, StateBridged, StateHeld, StateConsulting, StateThreeWay, StateReturned, StateDone,
	}
}

// String is the state's name in logs and for the console.
func (s State) String() string {
	names := [...]string{"unknown", "queued", "offered", "accepted", "bridged", "consulting", "returned", "done", "held", "three_way"}
	return name(names[:], "state", s)
}

// ParseState is the inverse of [State.String]; "unknown" is an error, too.
func ParseState(name string) (State, error) { return parse(States(), "state", name) }

// Result is how one attempt to connect the caller with an agent ended: each
// offer has one, and so has a wait that ends without an offer. It labels metrics.
type Result uint8

// The results.
const (
	ResultUnknown    Result = iota
	ResultCompleted         // caller and agent talked
	ResultDeclined          // the agent pressed 2, wrong keys, or hung up before the caller came
	ResultNoAnswer          // nobody picked up, or there was nobody to ring
	ResultVoicemail         // picked up, and no key came
	ResultCallerGone        // the caller hung up before that
	ResultError             // the carrier or this service failed
)

// Results returns every result but ResultUnknown.
func Results() []Result {
	return []Result{
		ResultCompleted, ResultDeclined, ResultNoAnswer, ResultVoicemail, ResultCallerGone, ResultError,
	}
}

// String is the result's metric label.
func (r Result) String() string {
	names := [...]string{"unknown", "completed", "declined", "no_answer", "voicemail", "caller_gone", "error"}
	return name(names[:], "result", r)
}

// ParseResult is the inverse of [Result.String]; "unknown" is an error, too.
func ParseResult(name string) (Result, error) { return parse(Results(), "result", name) }

// Stage is how far asking a second agent has come.
type Stage uint8

// The stages.
const (
	StageNone    Stage = iota // nobody is asked
	StageHolding              // the caller is being put on hold
	StageSeeking              // somebody is looked for
	StageOffered              // a phone rings, or its agent hears the brief
	StageIn                   // the two agents talk
)

// String is the stage's name for the console.
func (s Stage) String() string {
	names := [...]string{"none", "holding", "seeking", "offered", "in"}
	return name(names[:], "stage", s)
}

// Presence is what an agent is doing.
type Presence uint8

// The presences.
const (
	PresenceUnknown Presence = iota
	PresenceReady            // may be rung
	PresenceRinging          // is being offered a caller
	PresenceTalking          // has accepted one
	PresenceWrapUp           // has just been on the phone; ready soon
	PresenceAway             // must not be rung
)

// Presences returns every presence but PresenceUnknown.
func Presences() []Presence {
	return []Presence{PresenceReady, PresenceRinging, PresenceTalking, PresenceWrapUp, PresenceAway}
}

// String is the presence's name in the store, in metrics and for the console.
func (p Presence) String() string {
	names := [...]string{"unknown", "ready", "ringing", "talking", "wrap_up", "away"}
	return name(names[:], "presence", p)
}

// ParsePresence is the inverse of [Presence.String]; "unknown" is an error, too.
func ParsePresence(name string) (Presence, error) { return parse(Presences(), "presence", name) }

// LegStatus is how an agent's call stands, as the carrier says.
type LegStatus uint8

// The statuses.
const (
	LegUnknown   LegStatus = iota
	LegRinging             // on its way: queued, initiated or ringing
	LegUp                  // answered
	LegCompleted           // ended after an answer, or by us
	LegBusy
	LegNoAnswer
	LegFailed
	LegCanceled
)

// ParseLegStatus reads the carrier's CallStatus, such as "in-progress".
func ParseLegStatus(status string) (LegStatus, error) {
	switch status {
	case "queued", "initiated", "ringing":
		return LegRinging, nil
	case "in-progress", "answered":
		return LegUp, nil
	case "completed":
		return LegCompleted, nil
	case "busy":
		return LegBusy, nil
	case "no-answer":
		return LegNoAnswer, nil
	case "failed":
		return LegFailed, nil
	case "canceled":
		return LegCanceled, nil
	}
	return LegUnknown, fmt.Errorf("unknown call status %.20q", status)
}

// Ended reports whether the call is over.
func (s LegStatus) Ended() bool { return s >= LegCompleted }

func name[E ~uint8](names []string, kind string, e E) string {
	if int(e) < len(names) {
		return names[e]
	}
	return fmt.Sprintf("%s(%d)", kind, uint8(e))
}

func parse[E fmt.Stringer](all []E, kind, name string) (E, error) {
	for _, e := range all {
		if e.String() == name {
			return e, nil
		}
	}
	var none E
	return none, fmt.Errorf("unknown %s %.20q", kind, name)
}
