package ivr

import (
	"fmt"
	"time"
)

// Factor is one kind of evidence.
type Factor uint8

// The factors.
const (
	FactorUnknown      Factor = iota
	FactorPIN                 // 8 and more digits that the person chose
	FactorTextedCode          // six digits texted to a phone on file
	FactorEmailedCode         // six digits e-mailed outside of single sign-on
	FactorRecoveryCode        // twenty digits, kept on paper, used once
	FactorDuoPush             // a Duo verification push to another, activated device
)

// Factors returns all factors.
func Factors() []Factor {
	return []Factor{FactorPIN, FactorTextedCode, FactorEmailedCode, FactorRecoveryCode, FactorDuoPush}
}

// String is the factor's name in config, metrics and the audit.
func (f Factor) String() string {
	names := [...]string{"unknown", "pin", "texted_code", "emailed_code", "recovery_code", "duo_push"}
	if int(f) < len(names) {
		return names[f]
	}
	return fmt.Sprintf("factor(%d)", f)
}

// ParseFactor is the inverse of [Factor.String].
func ParseFactor(name string) (Factor, error) {
	for _, f := range Factors() {
		if f.String() == name {
			return f, nil
		}
	}
	return FactorUnknown, fmt.Errorf("unknown factor %q: one of pin, texted_code, emailed_code, recovery_code, duo_push", name)
}

// Method is the way evidence travels. Evidence is counted by methods: two
// factors of one method are one (NIST SP 800-63B-4, 4.2.2.2).
func (f Factor) Method() string {
	switch f {
	case FactorPIN:
		return "memory"
	case FactorTextedCode:
		return "phone"
	case FactorEmailedCode:
		return "mail"
	case FactorRecoveryCode:
		return "paper"
	case FactorDuoPush:
		return "device"
	case FactorUnknown:
	}
	return ""
}

// Sends reports whether asking for the factor sends something.
func (f Factor) Sends() bool {
	return f == FactorTextedCode || f == FactorEmailedCode || f == FactorDuoPush
}

// Strong reports whether the factor is one of those that a raised bar wants.
func (f Factor) Strong() bool { return f == FactorRecoveryCode || f == FactorDuoPush }

// Level is what a verdict allows.
type Level uint8

// The levels, rising; LevelRefused allows nothing by phone whatever was proven.
const (
	LevelNone    Level = iota // information
	LevelLinks                // texting links to a number on file
	LevelNumber               // changing the number, with an agent and an approver
	LevelRefused              // privileged: in person only
)

// Allows reports whether what needs a level may be done.
func (l Level) Allows(need Level) bool { return l != LevelRefused && l >= need }

// String is the level's name.
func (l Level) String() string {
	names := [...]string{"none", "links", "number", "refused"}
	if int(l) < len(names) {
		return names[l]
	}
	return fmt.Sprintf("level(%d)", l)
}

// ParseLevel reads "links" or "number", the levels that somebody can want.
func ParseLevel(name string) (Level, error) {
	for _, l := range []Level{LevelLinks, LevelNumber} {
		if l.String() == name {
			return l, nil
		}
	}
	return LevelNone, fmt.Errorf("unknown level %q: links or number", name)
}

// SIM is what the carrier says of a phone's SIM.
type SIM uint8

// The SIMs. An unknown one is no evidence of either.
const (
	SIMUnknown SIM = iota
	SIMSame        // not changed lately
	SIMChanged     // changed lately: a new phone often brings a new SIM, and so does a thief
)

// String is the SIM's name in metrics and pictures.
func (s SIM) String() string {
	switch s {
	case SIMSame:
		return "same"
	case SIMChanged:
		return "changed"
	case SIMUnknown:
	}
	return "unknown"
}

// Phone is a phone on file. A number in it is personal data.
type Phone struct {
	Number string `msgpack:"n,omitempty"` // E.164
	DuoID  string `msgpack:"d,omitempty"` // Duo's phone_id, once the account was read
	Since  int64  `msgpack:"s,omitempty"` // Unix seconds at which the ledger first saw it here; 0 is unknown
	Usable bool   `msgpack:"u,omitempty"` // in the directory and in Duo alike, and can be texted
	SIM    SIM    `msgpack:"m,omitempty"` // once the account was read
}

// NoPhone is the index of a phone that is not on file.
const NoPhone = 255

// Last2 are the last two digits, the most that is ever spoken of a number.
func (p Phone) Last2() string {
	if len(p.Number) < 2 {
		return ""
	}
	return p.Number[len(p.Number)-2:]
}

// String keeps the number out of logs.
func (p Phone) String() string { return "phone(" + p.Last2() + ")" }

// Facts are what the look-ups said of the person. They stay silent until there
// is a verdict.
type Facts struct {
	Known      bool    `msgpack:"k,omitempty"`
	Privileged bool    `msgpack:"p,omitempty"`
	Frozen     bool    `msgpack:"z,omitempty"` // phone recovery is stopped until a lead lifts it
	Need       Need    `msgpack:"e,omitempty"` // what the policy, the line, the groups and the call itself demand
	Threat     bool    `msgpack:"t,omitempty"` // the threat is elevated: a strong factor, and numbers in person only
	Account    bool    `msgpack:"a,omitempty"` // Duo has been read
	Phones     []Phone `msgpack:"n,omitempty"`
}

// Passed is one factor that passed.
type Passed struct {
	Factor Factor `msgpack:"f"`
	At     int64  `msgpack:"a"`           // Unix seconds
	Phone  uint8  `msgpack:"p,omitempty"` // of a texted code or a push: which phone on file, or [NoPhone]
}

// Policy is what an institution demands. The zero value is filled by [Policy.WithDefaults].
type Policy struct {
	VerdictLife  time.Duration // from the last factor; 10 min
	NumberAge    time.Duration // how long a number has to be on file; 7 days
	CodeLife     time.Duration // 5 min
	CodeTries    uint8         // per code; 3
	CallFailures uint8         // per call; 6
	CallIDs      uint8         // per call; 3
	LinkSets     uint8         // per call; 2
}

// WithDefaults returns p with zero fields set to the design's numbers.
func (p Policy) WithDefaults() Policy {
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	setN := func(n *uint8, to uint8) {
		if *n == 0 {
			*n = to
		}
	}
	set(&p.VerdictLife, 10*time.Minute)
	set(&p.NumberAge, 7*24*time.Hour)
	set(&p.CodeLife, 5*time.Minute)
	setN(&p.CodeTries, 3)
	setN(&p.CallFailures, 6)
	setN(&p.CallIDs, 3)
	setN(&p.LinkSets, 2)
	return p
}
