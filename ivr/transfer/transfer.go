package transfer

import (
	"slices"
	"time"
)

// Transfer is everything that is known of one caller's way to an agent. It is
// stored as msgpack: names are short and are never reused.
type Transfer struct {
	ID     string `msgpack:"i,omitempty"` // random; names the conference
	Ticket Ticket `msgpack:"t,omitempty"`
	State  State  `msgpack:"s,omitempty"`
	// Result and Reason are those of the last attempt; see [Ending].
	Result Result `msgpack:"r,omitempty"`
	Reason Reason `msgpack:"D,omitempty"`
	// Leave says why the caller has to leave the queue: "", or one of the
	// constants below.
	Leave  string `msgpack:"l,omitempty"`
	Gone   bool   `msgpack:"g,omitempty"` // the caller has hung up
	Queued int64  `msgpack:"q,omitempty"` // unix ms at which the present wait began

	Seat     `msgpack:",inline"` // of the agent who owns the caller, from offered to the end of the talk
	Claims   uint32              `msgpack:"A,omitempty"` // number of the last claim, of either seat
	Claiming int64               `msgpack:"c,omitempty"` // unix ms since which the first seat's claim is under way; 0 is none
	Since    int64               `msgpack:"n,omitempty"` // unix ms of the offer, the answer, the accept, or what the talk has become

	Tried  []string `msgpack:"x,omitempty"` // agents who were offered the caller in this round
	Round  uint8    `msgpack:"d,omitempty"` // rounds that are over
	Pause  int64    `msgpack:"u,omitempty"` // unix ms at which the next round starts; 0 is one under way
	Missed uint8    `msgpack:"f,omitempty"` // accepts after which the two did not meet
	Told   uint32   `msgpack:"h,omitempty"` // the last offer whose agent is told how it ended
	Tale   uint8    `msgpack:"E,omitempty"` // what that agent hears; see [step.over]

	Back      bool   `msgpack:"z,omitempty"` // after the talk the caller was heard of
	Room      string `msgpack:"b,omitempty"` // SID of the conference of this talk, once heard of
	LastRoom  string `msgpack:"j,omitempty"` // and of the one before, of which more may be heard
	CallerSeq uint32 `msgpack:"v,omitempty"` // the last event of the caller's leg in it
	InRoom    uint8  `msgpack:"w,omitempty"` // who is in, as the carrier says: 1 the agent, 2 the caller, 4 the second agent
	OutRoom   uint8  `msgpack:"F,omitempty"` // who has left, likewise
	Parted    int64  `msgpack:"y,omitempty"` // unix ms at which the carrier said that one had left; 0 is not
	PartedBy  uint8  `msgpack:"L,omitempty"` // who was the first

	Second  Second  `msgpack:"C,omitempty"` // whom the owner asks for help
	Asked   Attempt `msgpack:"G,omitempty"` // how the last such request ended
	Plan    uint32  `msgpack:"H,omitempty"` // number of the last [Arrange]
	Planned int64   `msgpack:"I,omitempty"` // unix ms since which it is under way; 0 is done, or given up
	Tries   uint8   `msgpack:"J,omitempty"` // how often it has failed
	Checked int64   `msgpack:"K,omitempty"` // unix ms of the last [CheckRoom]

	Dialled  bool            `msgpack:"dd,omitempty"` // the person of a callback was asked to be called
	Person   string          `msgpack:"dp,omitempty"` // SID of that call, once known
	PickedUp bool            `msgpack:"du,omitempty"` // it was answered; Since says when
	Callback CallbackOutcome `msgpack:"do,omitempty"` // how the attempt ended
}

// Seat is one agent's part in a transfer: the claim that holds the agent, and
// the agent's phone.
type Seat struct {
	Offer    uint32 `msgpack:"o,omitempty"` // number of the claim, from 1
	Agent    string `msgpack:"a,omitempty"` // "" is an empty seat
	Leg      string `msgpack:"e,omitempty"` // SID of the agent's call, once known
	Prompt   uint32 `msgpack:"p,omitempty"` // how many prompts the agent was given; 0 is not answered
	Misses   uint8  `msgpack:"m,omitempty"` // silent or wrong tries at the brief
	AgentSeq uint32 `msgpack:"k,omitempty"` // the last event of the leg in the conference
	Accepted bool   `msgpack:"B,omitempty"` // on the page, before the phone was picked up
	Taken    int64  `msgpack:"M,omitempty"` // unix ms of the accept
	Met      bool   `msgpack:"N,omitempty"` // the leg was sent to the conference
}

// Second is the agent who is asked for help. The caller is not theirs until they
// are handed it: then they take the first seat.
type Second struct {
	Seat     `msgpack:",inline"`
	Stage    Stage    `msgpack:"g,omitempty"`
	Want     string   `msgpack:"w,omitempty"` // who was asked for; "" is whoever is free
	From     State    `msgpack:"f,omitempty"` // bridged or held: what the talk goes back to
	Claiming int64    `msgpack:"c,omitempty"` // unix ms since which the claim is under way; 0 is none
	Since    int64    `msgpack:"n,omitempty"` // unix ms of the stage, or of the answer
	Tried    []string `msgpack:"x,omitempty"` // who has been asked and did not take it
}

// Attempt is how asking one agent ended.
type Attempt struct {
	Agent  string `msgpack:"a,omitempty"` // "" when nobody was there to be asked
	Result Result `msgpack:"r,omitempty"` // unknown: nobody has been asked yet
	Reason Reason `msgpack:"s,omitempty"`
}

// The values of [Transfer.Leave].
const (
	LeaveNoAgents = "no_agents" // nobody took the call
	LeaveFallback = "fallback"  // the carrier's REST API is down: dial the desk's own number
	LeaveClosed   = "closed"    // the line has closed meanwhile
)

// Ticket is who waits and what the agent is told. It never holds a whole phone
// number or ID.
type Ticket struct {
	// Ask numbers the caller's requests for a person within the call, from 1. The
	// same number again is a repeat of the same request.
	Ask          uint32   `msgpack:"a,omitempty"`
	CallSID      string   `msgpack:"c,omitempty"` // of the caller's leg
	CallRef      string   `msgpack:"r,omitempty"` // names the call in logs and the audit
	Line         string   `msgpack:"l,omitempty"`
	LineName     string   `msgpack:"n,omitempty"` // as spoken
	Language     string   `msgpack:"g,omitempty"` // BCP 47, of the caller
	Request      string   `msgpack:"q,omitempty"` // a short constant, such as new_number
	RequestWords string   `msgpack:"w,omitempty"` // the request as spoken; "" takes the words for Request
	SubjectHint  string   `msgpack:"h,omitempty"` // the last two digits of the claimed ID, or ""
	Level        string   `msgpack:"v,omitempty"` // none, links, number, refused
	Factors      []string `msgpack:"f,omitempty"` // those that passed, such as pin
	WhyNot       string   `msgpack:"y,omitempty"` // a short constant when the level is none
	NumberHint   string   `msgpack:"m,omitempty"` // the last two digits of the calling number, or ""
	Proof        string   `msgpack:"x,omitempty"` // four digits that the agent says and the caller waits for, or ""
	Priority     int      `msgpack:"p,omitempty"` // 0 is usual, higher is served first
	// Callback is the id of a callback: nobody is on the line before an agent has
	// accepted, and CallSID is empty until the person has pressed 1.
	Callback string `msgpack:"b,omitempty"`
	Place    int64  `msgpack:"d,omitempty"` // of a callback: unix ms since which the person waits
}

// Rules are the limits of a desk. Zero fields take the defaults of
// [Rules.WithDefaults].
type Rules struct {
	RingTimeout  time.Duration // how long an agent's phone rings; 20 s
	RingGrace    time.Duration // after that, how long the carrier's word is awaited; 10 s
	BriefTimeout time.Duration // from the answer to a key; 90 s
	JoinTimeout  time.Duration // from the accept to the caller's coming; 5 s
	ClaimTimeout time.Duration // after which a claim counts as lost; 10 s
	RoundPause   time.Duration // before agents are asked again; 15 s
	MaxWait      time.Duration // in the queue; 10 min
	PersonRing   time.Duration // how long the phone of somebody who is called back rings; 30 s
	PersonWindow time.Duration // from its answer to the key; 60 s
	Rounds       uint8         // how often every agent is asked; 2
}

// WithDefaults returns r with zero fields set.
func (r Rules) WithDefaults() Rules {
	for _, d := range []struct {
		field *time.Duration
		to    time.Duration
	}{
		{&r.RingTimeout, 20 * time.Second},
		{&r.RingGrace, 10 * time.Second},
		{&r.BriefTimeout, 90 * time.Second},
		{&r.JoinTimeout, 5 * time.Second},
		{&r.ClaimTimeout, 10 * time.Second},
		{&r.RoundPause, 15 * time.Second},
		{&r.MaxWait, 10 * time.Minute},
		{&r.PersonRing, 30 * time.Second},
		{&r.PersonWindow, time.Minute},
	} {
		if *d.field == 0 {
			*d.field = d.to
		}
	}
	if r.Rounds == 0 {
		r.Rounds = 2
	}
	return r
}

// The bounds of one offer.
const (
	maxMisses  = 3 // the brief and two repeats
	maxPrompts = 8
	maxMissed  = 3 // accepts that come to nothing before the desk's own number is dialled
	keySeconds = 5 // of silence after a prompt
	maxTries   = 3 // of one arrangement of the conference
)

// checkEvery is how often it is looked who is in the conference while the caller
// is on hold: an agent who has left is not heard there.
const checkEvery = 15 * time.Second

// Held reports whether an agent has the caller: from the offer to the end of
// the talk. At any time at most one has.
func (t *Transfer) Held() bool {
	switch t.State {
	case StateOffered, StateAccepted, StateBridged, StateHeld, StateConsulting, StateThreeWay:
		return true
	case StateUnknown, StateQueued, StateReturned, StateDone:
	}
	return false
}

// Talking reports whether agent and caller are in the conference, on hold or not.
func (t *Transfer) Talking() bool {
	switch t.State {
	case StateBridged, StateHeld, StateConsulting, StateThreeWay:
		return true
	case StateUnknown, StateQueued, StateOffered, StateAccepted, StateReturned, StateDone:
	}
	return false
}

// Meets reports whether the agent of an offer has the caller, or helps, and has been
// sent to the conference.
func (t *Transfer) Meets(offer uint32) bool {
	for _, c := range []*Seat{&t.Seat, &t.Second.Seat} {
		if c.Offer == offer && c.Agent != "" && c.Met {
			return true
		}
	}
	return false
}

// claim numbers a new claim.
func (t *Transfer) claim() uint32 {
	t.Claims = max(t.Claims, t.Offer) + 1 // a transfer of an older release counts by its offers
	return t.Claims
}

// clone copies what Next may change in place.
func (t Transfer) clone() Transfer {
	t.Tried, t.Second.Tried = slices.Clone(t.Tried), slices.Clone(t.Second.Tried)
	return t
}
