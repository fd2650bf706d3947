package ivr

import "time"

// Call is everything that is known about one call between two events. It is
// stored as msgpack: names are short and are never reused, so that two
// releases can read each other's calls.
type Call struct {
	Ref      string   `msgpack:"r,omitempty"`  // 16 hex digits that name the call in logs and the audit; not its SID
	Salt     uint64   `msgpack:"sa,omitempty"` // of this call's texted codes
	Line     string   `msgpack:"l,omitempty"`
	Language string   `msgpack:"la,omitempty"` // BCP 47
	From     string   `msgpack:"f,omitempty"`  // E.164, or "" when withheld
	Step     Step     `msgpack:"s,omitempty"`
	Misses   uint8    `msgpack:"m,omitempty"`  // wrong or silent tries in a row at this step
	Cleared  uint8    `msgpack:"cl,omitempty"` // entries cleared with the star key since the last one that was taken
	Request  Request  `msgpack:"q,omitempty"`
	ID       string   `msgpack:"i,omitempty"` // the unique ID as keyed: a claim
	IDs      uint8    `msgpack:"n,omitempty"` // how many IDs were looked up in this call
	Failures uint8    `msgpack:"fa,omitempty"`
	Factor   uint8    `msgpack:"fi,omitempty"` // index into the line's factors
	Code     Code     `msgpack:"c,omitempty"`
	Passed   []Passed `msgpack:"p,omitempty"`
	Skipped  []Factor `msgpack:"sk,omitempty"`
	Facts    Facts    `msgpack:"k,omitempty"`
	Phone    uint8    `msgpack:"ph,omitempty"` // index into Facts.Phones of the phone that links go to
	Links    Links    `msgpack:"li,omitempty"`
	Queue    Queue    `msgpack:"u,omitempty"`
	Started  int64    `msgpack:"t,omitempty"`  // Unix seconds of the first turn
	Quiet    uint8    `msgpack:"qu,omitempty"` // silent turns of a patient step since the last key
	Shut     bool     `msgpack:"sh,omitempty"` // told that the desk is closed, and what can be done without it
	Web      bool     `msgpack:"we,omitempty"` // the self-service address was texted: once a call
	Suspect  bool     `msgpack:"su,omitempty"` // the carrier says that the calling number is not the caller's
	Ending   Ending   `msgpack:"e,omitempty"`

	Closures []Closure `msgpack:"cs,omitempty"` // as they were when last asked for

	Effects uint32    `msgpack:"ef,omitempty"` // the id of the last effect started
	Open    []Open    `msgpack:"o,omitempty"`  // effects under way
	Await   uint32    `msgpack:"a,omitempty"`  // the open effect that the next answer depends on, or 0
	Moments uint8     `msgpack:"mo,omitempty"` // how often "one moment" was said for it
	Answer  *Turn     `msgpack:"an,omitempty"` // what the last turn was answered; nil while that turn still waits
	Prefix  []Message `msgpack:"pr,omitempty"` // said before the answer that still waits
	Held    *Turn     `msgpack:"h,omitempty"`  // what the next turn will be answered, made before it came
	Waits   uint32    `msgpack:"w,omitempty"`  // wait documents served so far
	News    []string  `msgpack:"ne,omitempty"` // message ids to speak at the next chance

	Callback Callback `msgpack:"cb,omitempty"`

	// Reference is that of a notice, while its report is under way: whichever
	// instance picks it up stops the same person's recovery. It opens nothing.
	Reference string `msgpack:"rf,omitempty"`
}

// Code is the state of the code that may be keyed: texted, e-mailed, or shown by
// a pushed device.
type Code struct {
	Factor Factor `msgpack:"f,omitempty"`
	Effect uint32 `msgpack:"e,omitempty"` // the effect that sent it; the code is derived from its id
	Issued int64  `msgpack:"i,omitempty"` // Unix seconds
	Tries  uint8  `msgpack:"t,omitempty"`
	Sends  uint8  `msgpack:"s,omitempty"`
	Phone  uint8  `msgpack:"p,omitempty"` // index of the phone on file it goes to
	Before *Code  `msgpack:"b,omitempty"` // the code that this one replaces, in case it is not sent
}

// Links is the state of the two texts.
type Links struct {
	Sets     uint8      `msgpack:"n,omitempty"` // sets asked for in this call
	Phone    Phone      `msgpack:"p,omitempty"` // where they go, whatever is asked for afterwards
	Until    int64      `msgpack:"u,omitempty"` // Unix seconds at which the activation link dies
	MadeAt   int64      `msgpack:"m,omitempty"`
	Was      Device     `msgpack:"w,omitempty"` // what Duo said of the phone before the link was made
	Install  TextStatus `msgpack:"i,omitempty"`
	Activate TextStatus `msgpack:"a,omitempty"`
	SentAt   int64      `msgpack:"s,omitempty"` // when the install text was handed over
	Second   bool       `msgpack:"b,omitempty"` // the activation text has been started
	Done     bool       `msgpack:"d,omitempty"` // Duo says activated
	Sends    uint8      `msgpack:"x,omitempty"` // how often the texts were sent in this call: tells the statuses of one sending from another's
	Sent     bool       `msgpack:"g,omitempty"` // an earlier activation text of this call was sent
	Expired  int64      `msgpack:"e,omitempty"` // Unix seconds at which the caller was first told that the link has died
	By       string     `msgpack:"y,omitempty"` // the agent who had this set made; "": the caller did
	Failed   Outcome    `msgpack:"f,omitempty"` // why that agent's set was not made
}

// Device is what Duo says of the Duo Mobile on a phone.
type Device struct {
	Active bool   `msgpack:"a,omitempty"`
	Model  string `msgpack:"m,omitempty"`
	Seen   int64  `msgpack:"s,omitempty"` // Unix seconds at which Duo last heard of it; 0 is never
}

// Reactivated reports whether Duo Mobile was activated since a link was made, in
// Unix seconds, on a phone that was as Duo said before. The old phone with the
// same number may be active still: then something has to have changed.
func (d Device) Reactivated(was Device, made int64) bool {
	return d.Active && (!was.Active || d.Model != was.Model || d.Seen > made)
}

// fresh forgets the links but for what counts over the whole call.
func (l Links) fresh() Links { return Links{Sets: l.Sets, Sends: l.Sends, Sent: l.sent()} }

// sent reports whether an activation text of this call is on its way or has arrived.
func (l Links) sent() bool {
	return l.Sent || l.Activate == TextSent || l.Activate == TextDelivered
}

// Queue is the caller's place at the desk.
type Queue struct {
	Transfer string `msgpack:"t,omitempty"` // the transfer's random id
	Why      string `msgpack:"w,omitempty"` // message id of why a person is needed
	Leave    string `msgpack:"l,omitempty"` // why the queue was left: no_agents, fallback
	Spoken   int    `msgpack:"p,omitempty"` // the last position that was announced
	Bridged  bool   `msgpack:"b,omitempty"`
	Again    bool   `msgpack:"a,omitempty"` // returns to the head of the queue
	// Dismissed is a caller whom the agent sends away: the next turn is a goodbye.
	Dismissed bool   `msgpack:"d,omitempty"`
	Proof     string `msgpack:"x,omitempty"` // four digits that caller and agent both hear, so that each knows the other
}

// Open is an effect under way: enough, with the call, to start it again.
type Open struct {
	ID   uint32     `msgpack:"i"`
	Kind EffectKind `msgpack:"k"`
	Arg  uint8      `msgpack:"a,omitempty"`
}

// Ending is how a call ended. The zero value is a call that has not.
type Ending struct {
	Result Result `msgpack:"r,omitempty"`
	Reason string `msgpack:"w,omitempty"` // a short constant, such as "no_agents"
}

// Wanted reports whether an open effect is still worth running by another
// instance than the one that has died over it. What nobody waits for is, as long
// as it concerns the code or the links that the call has now.
func (c *Call) Wanted(o Open) bool {
	switch {
	case c.Ending.Result != ResultUnknown:
		return false
	case o.ID == c.Await:
		return true
	case o.Kind == EffectSendCode:
		return c.Step == StepFactor && c.Code.Effect != 0 && o.ID >= c.Code.Effect
	case o.Kind == EffectSendText:
		return c.phoneFor(Text(o.Arg)).Number != ""
	}
	return false
}

// Has reports whether factor f has passed in this call at all.
func (c *Call) Has(f Factor) bool {
	for _, p := range c.Passed {
		if p.Factor == f {
			return true
		}
	}
	return false
}

// since is the time between a Unix second and at; 0 when the former is unset.
func since(unix int64, at time.Time) time.Duration {
	if unix == 0 {
		return 0
	}
	return at.Sub(time.Unix(unix, 0))
}
