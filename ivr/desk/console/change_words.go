package console

import (
	"fmt"

	"ringback/ivr/desk/changes"
	"ringback/ivr/numberchange"
)

// refusalWords says why something was not done, and what would help.
func refusalWords(r numberchange.Refusal) string {
	words := map[numberchange.Refusal]string{
		numberchange.RefusalNone:           "",
		numberchange.RefusalNotNow:         "This does not fit where the change stands now.",
		numberchange.RefusalOver:           "This change has ended. Open another one if it is still wanted.",
		numberchange.RefusalRole:           "Your role may not do this.",
		numberchange.RefusalSubject:        "Nobody acts on their own number, and this may be yours: your own unique ID is not known to the desk, or it is this one. Ask a colleague.",
		numberchange.RefusalLocal:          "You signed in with a local account. It can neither change numbers nor approve.",
		numberchange.RefusalNotYours:       "This is a colleague's change.",
		numberchange.RefusalSamePerson:     "It takes a second person: neither who opened the change nor who confirmed the identity check.",
		numberchange.RefusalSignIn:         "Your sign-in is more than five minutes old. Confirm that it is you.",
		numberchange.RefusalUnread:         "What has to be known of this person cannot be read at the moment. Try again in a minute.",
		numberchange.RefusalFrozen:         "This person's recovery is frozen: the change has been stopped.",
		numberchange.RefusalNotOnLine:      "The person is not on your phone, and in no open case. A lead can open one.",
		numberchange.RefusalInPerson:       "Only an identity check in person counts now.",
		numberchange.RefusalEvidence:       "What the caller has proven is not enough. Record an identity check instead.",
		numberchange.RefusalLapsed:         "The proof is too old. Verify the person again.",
		numberchange.RefusalNothingSeen:    "Say how you saw the person, and at least one document with a photograph.",
		numberchange.RefusalStale:          "The check was recorded anew meanwhile. Look at it again.",
		numberchange.RefusalNumber:         "That is no phone number. Write it with its country, such as +1 919 555 0142.",
		numberchange.RefusalPremium:        "That is a premium number.",
		numberchange.RefusalLandline:       "That is a landline: it takes no texts.",
		numberchange.RefusalNotMobile:      "That is no mobile number.",
		numberchange.RefusalOurs:           "That is one of our own numbers.",
		numberchange.RefusalCurrent:        "The person has that number already: their links can be sent there.",
		numberchange.RefusalOther:          "Somebody else has that number.",
		numberchange.RefusalTooSoon:        "Wait half a minute before you have another code sent.",
		numberchange.RefusalSends:          "No more codes are sent for this change.",
		numberchange.RefusalCodeOld:        "A newer code was sent. Ask for that one.",
		numberchange.RefusalCodeExpired:    "The code is too old. Have another one sent.",
		numberchange.RefusalCodeTries:      "This code was tried too often. Have another one sent.",
		numberchange.RefusalCodeWrong:      "That is not the code.",
		numberchange.RefusalHold:           "The hold is not over.",
		numberchange.RefusalBusy:           "Duo is being asked. Wait a moment.",
		numberchange.RefusalLinks:          "No more links are made for this change. Undo it, and begin anew.",
		numberchange.RefusalApplied:        "Duo may have been changed already. Undo it instead.",
		numberchange.RefusalNothingApplied: "Nothing has been changed yet. Cancel it instead.",
		numberchange.RefusalOldGoing:       "The old phone may be gone already.",
	}
	if w, ok := words[r]; ok {
		return w
	}
	return "This is not possible now."
}

// refusalOutcome is what a refusal counts as, which decides on its status.
func refusalOutcome(r numberchange.Refusal) outcome {
	switch r {
	case numberchange.RefusalRole, numberchange.RefusalSubject, numberchange.RefusalLocal, numberchange.RefusalNotYours,
		numberchange.RefusalSamePerson, numberchange.RefusalSignIn:
		return outcomeForbidden
	case numberchange.RefusalNumber, numberchange.RefusalNothingSeen, numberchange.RefusalCodeWrong:
		return outcomeInvalid
	case numberchange.RefusalTooSoon, numberchange.RefusalSends, numberchange.RefusalCodeTries, numberchange.RefusalLinks:
		return outcomeLimited
	case numberchange.RefusalUnread:
		return outcomeUnavailable
	default:
		return outcomeConflict
	}
}

// stageWords names a part of a change.
func stageWords(s numberchange.Stage) string {
	names := map[numberchange.Stage]string{
		numberchange.StageIdentity: "Who it is", numberchange.StageNumber: "New number", numberchange.StageCode: "Code from the new phone",
		numberchange.StageApproval: "Second person", numberchange.StageHold: "Hold", numberchange.StagePhone: "New phone in Duo",
		numberchange.StageLinks: "Links texted", numberchange.StageActivation: "Duo Mobile activated", numberchange.StageOld: "Old phone removed",
	}
	return names[s]
}

func markSymbol(m numberchange.Mark) string {
	return map[numberchange.Mark]string{
		numberchange.MarkDone: "✓", numberchange.MarkNow: "→", numberchange.MarkWaiting: "…", numberchange.MarkFailed: "✕",
	}[m]
}

// stateWords says where a change stands, in few words.
func stateWords(c numberchange.Card) string {
	names := map[numberchange.State]string{
		numberchange.StateDraft: "Not verified yet", numberchange.StateEvidenced: "Verified", numberchange.StateNumberGiven: "Code on its way",
		numberchange.StateCodeSent: "Code sent", numberchange.StateAwaitingApproval: "Waiting for a second person", numberchange.StateHolding: "On hold",
		numberchange.StateApplying: "Setting up the new phone", numberchange.StateAwaitingActivation: "Waiting for the new phone",
		numberchange.StateRemovingOld: "Removing the old phone", numberchange.StateUndoing: "Taking the new phone off again",
		numberchange.StateDone: "Done", numberchange.StateDenied: "Denied", numberchange.StateExpired: "Took too long", numberchange.StateFailed: "Failed",
		numberchange.StateCancelled: "Cancelled", numberchange.StateUndone: "Undone",
	}
	title := names[c.State]
	if why := reasonWords(c.Reason); why != "" && c.State != numberchange.StateDone {
		title += ": " + why
	}
	return title
}

func reasonWords(r numberchange.Reason) string {
	return map[numberchange.Reason]string{
		numberchange.ReasonPerson: "by somebody at the desk", numberchange.ReasonFrozen: "recovery was frozen",
		numberchange.ReasonRepudiated: "the person says it was not them", numberchange.ReasonLate: "no time left", numberchange.ReasonCodes: "no code was right",
		numberchange.ReasonNotActivated: "nobody activated the new phone", numberchange.ReasonTaken: "Duo has the number for somebody already",
	}[r]
}

// hintWords is the one next action, for whoever looks.
func hintWords(v changes.View, n numberchange.Next, mine bool) string {
	if n.Do == numberchange.DoWait || n.Do == numberchange.DoNothing {
		return waitWords(v, mine)
	}
	hint := map[numberchange.Do]string{
		numberchange.DoVerify:  "Take what the caller has proven, or record what you have seen of them.",
		numberchange.DoConfirm: "Confirm what the agent has seen, if you have seen the same with your own eyes.",
		numberchange.DoNumber:  "Ask for the new number, and which phone it replaces.",
		numberchange.DoCode:    fmt.Sprintf("Have the person read out the code that was texted to the number ending in %s.", v.Hint),
		numberchange.DoResend:  "The last code is no good any more. Have another one sent, or take another number.",
		numberchange.DoApprove: "Approve only if you know why this number changes. You answer for it with your name.",
		numberchange.DoResume:  "Duo has refused a step. Have it tried again, or undo the change.",
		numberchange.DoLinks:   "The links have lapsed. Have fresh ones texted when the person is ready.",
		numberchange.DoUndo:    "There are no more links. Undo the change, and begin anew.",
	}[n.Do]
	if n.Why == numberchange.RefusalLapsed {
		hint = "The proof is too old by now. The agent has to verify the person again."
		if mine {
			hint = "The proof is too old by now. Verify the person again."
		}
	}
	return hint
}

// waitWords says what a change waits for.
func waitWords(v changes.View, mine bool) string {
	switch v.State {
	case numberchange.StateAwaitingApproval:
		return "A second person has to approve: any colleague but you sees it under Approvals."
	case numberchange.StateHolding:
		return "Approved. The person was told on every other address and may still say no. Nothing is changed before the hold is over."
	case numberchange.StateApplying, numberchange.StateRemovingOld, numberchange.StateUndoing:
		return "Nothing to do: this takes a few seconds, and goes on by itself."
	case numberchange.StateAwaitingActivation:
		if mine {
			return "Ask the person to open both texts on the new phone: the first installs Duo Mobile, the second activates it."
		}
		return "The person has to open both texts on the new phone."
	case numberchange.StateDraft, numberchange.StateEvidenced, numberchange.StateNumberGiven, numberchange.StateCodeSent:
		if mine {
			return "A lead has to confirm what you have seen."
		}
		return "The agent is busy with it."
	case numberchange.StateDone:
		return "Duo Mobile works on the new phone, and the old one is removed. Have the directory corrected, too."
	case numberchange.StateCancelled, numberchange.StateDenied, numberchange.StateExpired, numberchange.StateFailed:
		return "Nothing was changed in Duo."
	case numberchange.StateUndone:
		if v.OldGone {
			return "The new phone was taken off, and the old one may be gone: the person has to come in person."
		}
		return "The new phone was taken off again. The old one is as it was."
	case numberchange.StateUnknown:
	}
	return ""
}

// checkWords names a kind of identity check.
func checkWords(c numberchange.Check) string {
	return map[numberchange.Check]string{numberchange.CheckVideo: "on video", numberchange.CheckInPerson: "in person"}[c]
}

// seenWords names a document.
func seenWords(s numberchange.Seen) string {
	return map[numberchange.Seen]string{
		numberchange.SeenCard: "the institution's card", numberchange.SeenLicense: "a driver's license", numberchange.SeenPassport: "a passport",
		numberchange.SeenStateID: "a state's ID",
	}[s]
}
