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
	// Result is that of the last attempt.
	Result Result `msgpack:"r,omitempty"`
	// Leave says why the caller has to leave the queue: "", or one of the
	// constants below.
	Leave  string `msgpack:"l,omitempty"`
	Gone   bool   `msgpack:"g,omitempty"` // the caller has hung up
	Queued int64  `msgpack:"q,omitempty"` // unix ms at which the present wait began

	Offer    uint32 `msgpack:"o,omitempty"` // number of the last claim, from 1
	Claiming int64  `msgpack:"c,omitempty"` // unix ms since which that claim is under way; 0 is none
	Agent    string `msgpack:"a,omitempty"` // who owns the caller from offered to consulting
	Leg      string `msgpack:"e,omitempty"` // SID of the agent's call, once known
	Since    int64  `msgpack:"n,omitempty"` // unix ms of the offer, the answer, the accept, or the bridge
	Prompt   uint32 `msgpack:"p,omitempty"` // how many prompts the agent was given; 0 is not answered
	Misses   uint8  `msgpack:"m,omitempty"` // silent or wrong tries at the brief

	Tried  []string `msgpack:"x,omitempty"` // agents who were offered the caller in this round
	Round  uint8    `msgpack:"d,omitempty"` // rounds that are over
	Pause  int64    `msgpack:"u,omitempty"` // unix ms at which the next round starts; 0 is one under way
	Missed uint8    `msgpack:"f,omitempty"` // accepts after which the two did not meet
	Told   uint32   `msgpack:"h,omitempty"` // the offer whose agent hears that the caller did not come

	Back      bool   `msgpack:"z,omitempty"` // after the talk the caller was heard of, or sent for
	Room      string `msgpack:"b,omitempty"` // SID of the conference of this talk, once heard of
	LastRoom  string `msgpack:"j,omitempty"` // and of the one before, of which more may be heard
	AgentSeq  uint32 `msgpack:"k,omitempty"` // the last event of the agent's leg in it
	CallerSeq uint32 `msgpack:"v,omitempty"` // and of the caller's
	InRoom    uint8  `msgpack:"w,omitempty"` // who is in, as the carrier says: 1 the agent, 2 the caller
	Parted    int64  `msgpack:"y,omitempty"` // unix ms at which the carrier said that one had left; 0 is not
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
)

// Held reports whether an agent has the caller: from the offer to the end of
// the talk. At any time at most one has.
func (t *Transfer) Held() bool {
	switch t.State {
	case StateOffered, StateAccepted, StateBridged, StateConsulting:
		return true
	case StateUnknown, StateQueued, StateReturned, StateDone:
	}
	return false
}

// clone copies what Next may change in place.
func (t Transfer) clone() Transfer {
	t.Tried = slices.Clone(t.Tried)
	return t
}
