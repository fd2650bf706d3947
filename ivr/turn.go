package ivr

// Turn is the answer to one webhook: what is said, which keys are awaited, and
// what comes next. It is plain data: the line renders it as TwiML.
type Turn struct {
	Say     []Message `msgpack:"s,omitempty"`
	Expect  Expect    `msgpack:"e,omitempty"`
	Then    Then      `msgpack:"t,omitempty"`
	To      string    `msgpack:"o,omitempty"` // of ThenDial: an E.164 number; of ThenConference: the transfer's id
	Effects []Effect  `msgpack:"-"`           // to be started once this turn is stored
}

// Message is an id in the catalogue with its arguments.
type Message struct {
	ID   string            `msgpack:"i"`
	Args map[string]string `msgpack:"a,omitempty"`
	Lang string            `msgpack:"l,omitempty"` // spoken in this language; "" is the call's
}

// Expect says which keys a turn awaits. The zero value awaits none.
type Expect struct {
	Kind    ExpectKind `msgpack:"k,omitempty"`
	Seconds int        `msgpack:"s,omitempty"` // of silence before the turn is over
}

// ExpectKind is how keys end.
type ExpectKind uint8

// The kinds.
const (
	ExpectNothing ExpectKind = iota
	ExpectKey                // one key, at once
	ExpectEntry              // digits, ended by the pound key or by silence
)

// Then is what happens when everything has been said and no key came.
type Then uint8

// The continuations.
const (
	ThenNothing    Then = iota // for callbacks: nobody listens
	ThenTurn                   // the next turn (silence is an event, too)
	ThenAwait                  // no answer yet: it depends on Call.Await
	ThenEnqueue                // wait for a person
	ThenConference             // meet the agent
	ThenDial                   // the desk's own number
	ThenWait                   // the next wait document
	ThenLeave                  // leave the queue
	ThenHangup
)

// Secret is digits that must not be stored or logged. It prints as <secret>.
type Secret string

// String hides the digits.
func (Secret) String() string { return "<secret>" }

// GoString hides the digits from %#v.
func (Secret) GoString() string { return "<secret>" }
