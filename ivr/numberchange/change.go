package numberchange

import (
	"slices"
	"strings"
	"time"
)

// Change is everything that is known of one change. It is stored as msgpack:
// names are short and are never reused. It never holds a code, and the new
// number only until it is not needed any more.
type Change struct {
	ID      string `msgpack:"i,omitempty"` // random
	Subject string `msgpack:"u,omitempty"`
	State   State  `msgpack:"s,omitempty"`
	Reason  Reason `msgpack:"r,omitempty"` // why it ended or is being undone
	Agent   string `msgpack:"a,omitempty"` // who opened it
	Opened  int64  `msgpack:"o,omitempty"` // unix ms, as all times here
	Proof   Proof  `msgpack:"p,omitempty"`

	Number   string `msgpack:"n,omitempty"` // E.164; "" once it is not needed
	Hint     string `msgpack:"h,omitempty"` // its last two digits
	Replaces string `msgpack:"x,omitempty"` // Duo's ID of the old phone; "" when there is none

	Code       uint32 `msgpack:"c,omitempty"` // number of the last code, from 1
	CodeAt     int64  `msgpack:"d,omitempty"` // when it was asked for
	CodeFailed bool   `msgpack:"f,omitempty"` // it could not be sent
	Tries      uint8  `msgpack:"t,omitempty"` // wrong ones at that code
	Confirmed  int64  `msgpack:"m,omitempty"` // when the new number was confirmed

	Approver string `msgpack:"b,omitempty"`
	Approved int64  `msgpack:"g,omitempty"` // when
	Hold     int64  `msgpack:"l,omitempty"` // until when nothing is changed
	Looked   int64  `msgpack:"k,omitempty"` // when the end of the hold was last looked at in vain

	Duo    [duoSteps]Progress `msgpack:"y"`           // by step; see [Change.Step]
	Try    uint32             `msgpack:"q,omitempty"` // number of the last action in Duo
	Phone  string             `msgpack:"e,omitempty"` // Duo's ID of the new phone
	Read   uint32             `msgpack:"j,omitempty"` // try of the read that is under way; 0 is none
	ReadAt int64              `msgpack:"w,omitempty"` // when the last read began
	Sets   uint8              `msgpack:"z,omitempty"` // of links that were made
	Since  int64              `msgpack:"v,omitempty"` // when the present state began
	Watch  int64              `msgpack:"A,omitempty"` // when the activation was last asked for
	Active int64              `msgpack:"B,omitempty"` // when the new phone was found activated
	Told   bool               `msgpack:"C,omitempty"` // the subject was told that it began
}

// duoSteps is the number of steps.
const duoSteps = int(StepDissociate)

// Proof is the evidence that the subject is who they say.
type Proof struct {
	Until   int64    `msgpack:"u,omitempty"` // of the line's verdict; 0 is none
	Factors []string `msgpack:"f,omitempty"`

	Check       Check  `msgpack:"c,omitempty"`
	Seen        []Seen `msgpack:"s,omitempty"`
	CheckedAt   int64  `msgpack:"a,omitempty"`
	ConfirmedBy string `msgpack:"b,omitempty"` // the lead; "" is not confirmed
}

// Progress is how a step stands.
type Progress struct {
	Status   Status `msgpack:"s,omitempty"`
	Try      uint32 `msgpack:"t,omitempty"` // number of its last action
	At       int64  `msgpack:"a,omitempty"` // when that status began
	Failures uint8  `msgpack:"f,omitempty"` // in a row
}

// Rules are the limits. Zero fields take the defaults of [Rules.WithDefaults].
type Rules struct {
	OpenFor    time.Duration // from the opening to the approval; 1 h
	CheckLife  time.Duration // of an identity check; 1 h
	CodeLife   time.Duration // 10 min
	CodeGap    time.Duration // between codes; 30 s
	CodeTries  uint8         // wrong ones at a code; 3
	Resends    uint8         // codes after the first, whatever the number; 3
	SignInAge  time.Duration // of the approver; 5 min
	Hold       time.Duration // without an identity check; 24 h, negative is none
	HoldLimit  time.Duration // after the hold, for what stands in its way to pass; 48 h
	ActivateIn time.Duration // for setting up the new phone, and again for its activation; 24 h
	LinkLife   time.Duration // of the activation links; 10 min
	LinkSets   uint8         // sets of links; 2

	StepTimeout time.Duration // after which a step is unclear; 30 s
	Settle      time.Duration // from unclear to the read; 5 s
	RetryGap    time.Duration // times the failures so far; 30 s
	StepTries   uint8         // before a person has to resume; 3

	LeadsApprove      bool // only leads may approve
	ConfirmerApproves bool // the lead who confirmed the identity check may approve, too
	LocalMay          bool // local accounts may do everything: the demo
}

// The bounds that nobody needs to set.
const (
	watchGap     = 10 * time.Second // between looks for the activation while the links live
	slowWatchGap = 5 * time.Minute  // and after that
	holdGap      = time.Minute      // between looks at what stands in the way of the end of a hold
	maxBackOff   = 20               // times RetryGap
)

// WithDefaults returns r with zero fields set.
func (r Rules) WithDefaults() Rules {
	for _, d := range []struct {
		field *time.Duration
		to    time.Duration
	}{
		{&r.OpenFor, time.Hour},
		{&r.CheckLife, time.Hour},
		{&r.CodeLife, 10 * time.Minute},
		{&r.CodeGap, 30 * time.Second},
		{&r.SignInAge, 5 * time.Minute},
		{&r.Hold, 24 * time.Hour},
		{&r.HoldLimit, 48 * time.Hour},
		{&r.ActivateIn, 24 * time.Hour},
		{&r.LinkLife, 10 * time.Minute},
		{&r.StepTimeout, 30 * time.Second},
		{&r.Settle, 5 * time.Second},
		{&r.RetryGap, 30 * time.Second},
	} {
		if *d.field == 0 {
			*d.field = d.to
		}
	}
	for _, n := range []struct {
		field *uint8
		to    uint8
	}{{&r.CodeTries, 3}, {&r.Resends, 3}, {&r.LinkSets, 2}, {&r.StepTries, 3}} {
		if *n.field == 0 {
			*n.field = n.to
		}
	}
	return r
}

// Step is how a step stands.
func (c *Change) Step(s Step) Progress { return c.Duo[s-StepFind] }

// OldGone reports whether the old phone may have been taken off.
func (c *Change) OldGone() bool { return c.Step(StepRemove).maybe() }

// maybe reports whether a step may be done.
func (p Progress) maybe() bool { return p.Status != StatusTodo && p.Status != StatusFailed }

// open reports whether the change has not been approved yet.
func (c *Change) open() bool { return c.State >= StateDraft && c.State <= StateAwaitingApproval }

// verified reports whether the evidence is in date.
func (r Rules) verified(p Proof, at time.Time) bool {
	return p.Until != 0 && at.Before(millis(p.Until)) || r.checked(p, at)
}

// checked reports whether a confirmed identity check is in date.
func (r Rules) checked(p Proof, at time.Time) bool {
	return p.ConfirmedBy != "" && r.fresh(p, at)
}

// fresh reports whether there is a check of late, confirmed or not.
func (r Rules) fresh(p Proof, at time.Time) bool {
	return p.Check != CheckUnknown && at.Sub(millis(p.CheckedAt)) < r.CheckLife
}

// millis is a stored moment.
func millis(t int64) time.Time { return time.UnixMilli(t).UTC() }

// same reports whether two accounts are one person's.
func same(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }

// clone copies what Next may change in place.
func (c Change) clone() Change {
	c.Proof.Factors = slices.Clone(c.Proof.Factors)
	c.Proof.Seen = slices.Clone(c.Proof.Seen)
	return c
}
