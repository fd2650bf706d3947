package ivr

import "fmt"

// EffectKind names an effect in a stored call and in metrics.
type EffectKind uint8

// The kinds.
const (
	EffectUnknown EffectKind = iota
	EffectAdmit
	EffectLookUp
	EffectCheckFactor
	EffectSendCode
	EffectReadAccount
	EffectMakeLinks
	EffectSendText
	EffectReadPhone
	EffectJoinQueue
	EffectReport
	EffectCheckNumber
	EffectTakeCallback
	EffectAnswerCallback
	effectEnd
)

// EffectKinds returns every kind but EffectUnknown.
func EffectKinds() []EffectKind {
	all := make([]EffectKind, 0, effectEnd)
	for k := EffectUnknown + 1; k < effectEnd; k++ {
		all = append(all, k)
	}
	return all
}

// String is the kind's metric label.
func (k EffectKind) String() string {
	names := [...]string{
		"unknown", "admit", "look_up", "check_factor", "send_code", "read_account", "make_links", "send_text", "read_phone",
		"join_queue", "report", "check_number", "take_callback", "answer_callback",
	}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("effect(%d)", k)
}

// Once reports whether the effect must not run twice: it claims its row in the
// ledger first, and an unknown outcome is never re-run: the caller may ask for
// another set, which voids it. The others may run again with the same outcome.
func (k EffectKind) Once() bool { return k == EffectMakeLinks }

// Effect is something to be done outside of the dialogue. It reports back as
// the event of its own type that event.go names.
type Effect interface {
	Num() uint32      // its id in the call, from 1
	Kind() EffectKind // names the type
}

type effectID uint32

// Num is the effect's id in its call.
func (n effectID) Num() uint32 { return uint32(n) }

// The effects.
type (
	// Admit counts the call against its number's cap and tells whether it fits.
	Admit struct {
		effectID
		From string
	}
	// LookUp finds the person with a unique ID in the directory, after reserving
	// one of the caller's look-ups.
	LookUp struct {
		effectID
		ID   string
		From string
	}
	// CheckFactor compares what was keyed with what is enrolled.
	CheckFactor struct {
		effectID
		Factor Factor
		ID     string
		Secret Secret // empty when the effect is picked up by another instance
		Code   Code   // of a factor that sends
		Salt   uint64
		Ref    string
	}
	// SendCode sends what Code.Factor sends: the call's live code by text or
	// e-mail, or a push.
	SendCode struct {
		effectID
		ID   string
		Code Code
		Salt uint64
		Ref  string
	}
	// ReadAccount asks Duo for the account and its phones.
	ReadAccount struct {
		effectID
		ID string
	}
	// MakeLinks has Duo make an activation link for a phone.
	MakeLinks struct {
		effectID
		ID      string
		Phone   Phone
		Factors []Factor // that passed, for the audit
		Ref     string
		By      string // the agent who asked for it; "": the caller did
	}
	// SendText sends one of the links, or the self-service address.
	SendText struct {
		effectID
		ID    string
		Text  Text
		Phone Phone
		Ref   string
		Send  uint8 // which sending it belongs to: comes back with the statuses
	}
	// ReadPhone asks Duo whether a phone was activated since its link was made.
	ReadPhone struct {
		effectID
		Phone  Phone
		Was    Device
		MadeAt int64 // Unix seconds
	}
	// JoinQueue gives the call a ticket at the desk.
	JoinQueue struct {
		effectID
		Again bool // back to the head of the queue
	}
	// CheckNumber finds out whether a number may be called back, and its E.164.
	CheckNumber struct {
		effectID
		Keyed string // digits, or E.164
	}
	// TakeCallback has the caller called back. A second run takes the same callback.
	TakeCallback struct {
		effectID
		To    string // E.164, as checked
		Due   int64  // Unix seconds; 0: when it is their turn
		Shut  bool   // asked for while the desk is closed
		Proof string
		Ref   string
	}
	// AnswerCallback has somebody who is called back meet the agent, or, without Yes,
	// wants no callback.
	AnswerCallback struct {
		effectID
		Transfer string
		Offer    int
		Yes      bool
	}
	// Report freezes phone recovery: for the subject of the notice with a
	// reference, or for the person with an ID of whom one factor has passed.
	Report struct {
		effectID
		Reference string // eight digits, or ""
		ID        string // with Factors
		Factors   []Factor
		From      string
		Ref       string
	}
)

// Kind names the effect.
func (Admit) Kind() EffectKind { return EffectAdmit }

// Kind names the effect.
func (LookUp) Kind() EffectKind { return EffectLookUp }

// Kind names the effect.
func (CheckFactor) Kind() EffectKind { return EffectCheckFactor }

// Kind names the effect.
func (SendCode) Kind() EffectKind { return EffectSendCode }

// Kind names the effect.
func (ReadAccount) Kind() EffectKind { return EffectReadAccount }

// Kind names the effect.
func (MakeLinks) Kind() EffectKind { return EffectMakeLinks }

// Kind names the effect.
func (SendText) Kind() EffectKind { return EffectSendText }

// Kind names the effect.
func (ReadPhone) Kind() EffectKind { return EffectReadPhone }

// Kind names the effect.
func (JoinQueue) Kind() EffectKind { return EffectJoinQueue }

// Kind names the effect.
func (CheckNumber) Kind() EffectKind { return EffectCheckNumber }

// Kind names the effect.
func (TakeCallback) Kind() EffectKind { return EffectTakeCallback }

// Kind names the effect.
func (AnswerCallback) Kind() EffectKind { return EffectAnswerCallback }

// Kind names the effect.
func (Report) Kind() EffectKind { return EffectReport }

// Effect rebuilds an open effect from the call, for an instance that picks it
// up. A secret is never stored, so a [CheckFactor] comes back without it.
func (c *Call) Effect(o Open) Effect {
	id := effectID(o.ID)
	switch o.Kind {
	case EffectAdmit:
		return Admit{id, c.From}
	case EffectLookUp:
		return LookUp{id, c.ID, c.From}
	case EffectCheckFactor:
		return CheckFactor{effectID: id, Factor: Factor(o.Arg), ID: c.ID, Code: c.Code, Salt: c.Salt, Ref: c.Ref}
	case EffectSendCode:
		return SendCode{id, c.ID, c.Code, c.Salt, c.Ref}
	case EffectReadAccount:
		return ReadAccount{id, c.ID}
	case EffectMakeLinks:
		return MakeLinks{id, c.ID, c.Links.Phone, c.factors(), c.Ref, c.Links.By}
	case EffectSendText:
		return SendText{id, c.ID, Text(o.Arg), c.phoneFor(Text(o.Arg)), c.Ref, c.Links.Sends}
	case EffectReadPhone:
		return ReadPhone{id, c.Links.Phone, c.Links.Was, c.Links.MadeAt}
	case EffectJoinQueue:
		return JoinQueue{id, c.Queue.Again}
	case EffectReport:
		return Report{effectID: id, Reference: c.Reference, ID: c.ID, Factors: c.factors(), From: c.From, Ref: c.Ref}
	case EffectCheckNumber:
		return CheckNumber{id, c.Callback.Keyed}
	case EffectTakeCallback:
		return TakeCallback{id, c.Callback.To, c.Callback.Due, c.Callback.Shut, c.Queue.Proof, c.Ref}
	case EffectAnswerCallback:
		return AnswerCallback{id, c.Queue.Transfer, c.Callback.Offer, o.Arg == 1}
	case EffectUnknown, effectEnd:
	}
	panic("ivr: open effect of kind " + o.Kind.String())
}

// phone is the phone that was chosen; the zero Phone when there is none.
func (c *Call) phone() Phone {
	if int(c.Phone) < len(c.Facts.Phones) {
		return c.Facts.Phones[c.Phone]
	}
	return Phone{}
}

// phoneFor is where a text goes: links to where they were made for.
func (c *Call) phoneFor(t Text) Phone {
	if t == TextWeb {
		return c.phone()
	}
	return c.Links.Phone
}

// factors are those that passed.
func (c *Call) factors() []Factor {
	all := make([]Factor, 0, len(c.Passed))
	for _, p := range c.Passed {
		all = append(all, p.Factor)
	}
	return all
}
