package event

import "time"

// Data is what an event of one type tells beyond who and when. Its fields are the
// schema: a new one may come, none changes its meaning and none goes, but with a
// new [Version].
type Data interface{ Type() Type }

// Ended is the data of [CallEnded].
type Ended struct {
	Result   string   `json:"result"`            // ivr.Result
	Reason   string   `json:"reason,omitempty"`  // a constant of the dialogue
	Request  string   `json:"request,omitempty"` // what the caller came for: ivr.Request
	Language string   `json:"language,omitempty"`
	Seconds  int64    `json:"seconds"` // how long it took
	Level    string   `json:"level"`   // what was proven when it ended: none, links, number, refused
	Factors  []string `json:"factors"` // that passed, in order
	Links    string   `json:"links"`   // none, sent, activated
}

// Type is [CallEnded].
func (Ended) Type() Type { return CallEnded }

// Links is the data of [LinksSent].
type Links struct {
	By      string   `json:"by"`      // line, or an agent's id
	Day     string   `json:"day"`     // whose count it is, 2006-01-02 in the line's zone
	Factors []string `json:"factors"` // that had passed
}

// Type is [LinksSent].
func (Links) Type() Type { return LinksSent }

// Changed is the data of [NumberChanged]. It has no number in it.
type Changed struct {
	By       string `json:"by"`       // the agent's id
	Approver string `json:"approver"` // the second person's id
	Evidence string `json:"evidence"` // factors, or identity_check
}

// Type is [NumberChanged].
func (Changed) Type() Type { return NumberChanged }

// Freeze is the data of [Frozen]. What a lead wrote as the reason is not in it.
type Freeze struct {
	By  string `json:"by"`  // line, or the id of an agent or a lead
	Why string `json:"why"` // reported: the person said that something was not them; suspect: an agent did; desk: somebody of the desk's, for a reason in the audit
}

// Type is [Frozen].
func (Freeze) Type() Type { return Frozen }

// Unfreeze is the data of [Unfrozen].
type Unfreeze struct {
	By string `json:"by"` // the lead's id
}

// Type is [Unfrozen].
func (Unfreeze) Type() Type { return Unfrozen }

// Callback is the data of [CallbackDue]. It has no number in it: only the desk
// dials.
type Callback struct {
	Ticket  string    `json:"ticket"` // the callback's own id
	Due     time.Time `json:"due"`
	Attempt int       `json:"attempt"` // from 1
}

// Type is [CallbackDue].
func (Callback) Type() Type { return CallbackDue }

// Note is the data of [AgentNote].
type Note struct {
	By      string `json:"by"`             // the agent's id
	Outcome string `json:"outcome"`        // one of desk.outcomes
	Text    string `json:"note,omitempty"` // only for hooks that include it
}

// Type is [AgentNote].
func (Note) Type() Type { return AgentNote }

// keeping is the data without what a hook is not given.
func keeping(d Data, parts func(Part) bool) Data {
	if n, ok := d.(Note); ok && !parts(PartNote) {
		n.Text = ""
		return n
	}
	return d
}
