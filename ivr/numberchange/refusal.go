package numberchange

// Refusal is why something was not done. The page has words for each.
type Refusal uint8

// The refusals. Zero is none.
const (
	RefusalNone           Refusal = iota
	RefusalNotNow                 // does not fit the state
	RefusalOver                   // the change has ended
	RefusalRole                   // no role, or one that may not do this
	RefusalSubject                // who acts is the subject
	RefusalLocal                  // signed in with a local account
	RefusalNotYours               // another agent's change
	RefusalSamePerson             // a second person is needed
	RefusalSignIn                 // the sign-in is too old
	RefusalUnread                 // what has to be known could not be read
	RefusalFrozen                 // the subject's recovery is frozen
	RefusalNotOnLine              // the subject's call is over, and there is no open case
	RefusalInPerson               // elevated threat or a privileged subject: in person only
	RefusalEvidence               // the verdict does not reach the level number
	RefusalLapsed                 // the evidence is too old
	RefusalNothingSeen            // an identity check without a kind or a document
	RefusalStale                  // the check has changed since it was looked at
	RefusalNumber                 // not a number in E.164
	RefusalPremium                // a premium number
	RefusalLandline               // a landline takes no texts
	RefusalNotMobile              // looked up, and neither mobile nor one of those
	RefusalOurs                   // one of our own lines
	RefusalCurrent                // the subject has that number already
	RefusalOther                  // another subject has that number
	RefusalTooSoon                // the last code is younger than the gap
	RefusalSends                  // no more codes are sent for this change
	RefusalCodeOld                // a newer code was sent
	RefusalCodeExpired            // the code's time is up
	RefusalCodeTries              // the code was tried too often
	RefusalCodeWrong              // not the code
	RefusalHold                   // the hold is not over
	RefusalBusy                   // a step is running, or it is being found out what became of it
	RefusalLinks                  // no more links are made for this change
	RefusalApplied                // Duo may have been changed: undo instead of cancel
	RefusalNothingApplied         // nothing to undo: cancel instead
	RefusalOldGoing               // the old phone may be gone already
)

// Refusals returns every refusal but RefusalNone.
func Refusals() []Refusal { return through(RefusalNotNow, RefusalOldGoing) }

// String is the refusal's message id and metric label.
func (r Refusal) String() string {
	names := [...]string{
		"none", "not_now", "over", "role", "subject", "local", "not_yours", "same_person", "sign_in", "unread", "frozen",
		"not_on_line", "in_person", "evidence", "lapsed", "nothing_seen", "stale", "number", "premium", "landline", "not_mobile", "ours",
		"current", "other", "too_soon", "sends", "code_old", "code_expired", "code_tries", "code_wrong", "hold", "busy",
		"links", "applied", "nothing_applied", "old_going",
	}
	return name(names[:], "refusal", r)
}

// ParseRefusal is the inverse of [Refusal.String]; "none" is an error, too.
func ParseRefusal(name string) (Refusal, error) { return parse(Refusals(), "refusal", name) }
