package console_test

import (
	"time"

	"ringback/ivr/desk/console"
	"ringback/ivr/transfer"
)

// sampleCard is a caller who has proven enough for links.
func sampleCard() console.Card {
	return console.Card{
		State: transfer.StateBridged, Ref: "00112233aabbccdd", Line: "Duke University OIT", Language: "en-US", Request: "new_number",
		Subject: "1f2e3d4c5b6a79880011223344556677", SubjectHint: "01", NumberHint: "99", Proof: "4711", Suspect: true,
		Steps: []console.CardStep{
			{What: "Called", At: start.Add(-6 * time.Minute)},
			{What: "Keyed in an ID"},
			{What: "Passed: PIN", At: start.Add(-4 * time.Minute)},
			{What: "Passed: texted code", At: start.Add(-3 * time.Minute)},
			{What: "Now: bridged"},
		},
		Factors: []console.CardFactor{
			{Name: "pin", Passed: true, At: start.Add(-4 * time.Minute)},
			{Name: "texted_code", Passed: true, At: start.Add(-3 * time.Minute)},
			{Name: "duo_push", Skipped: true},
			{Name: "recovery_code"},
		},
		Level: "links", Until: start.Add(7 * time.Minute),
		Phones: []console.CardPhone{{Last2: "01", OnFile: true, MayLink: true, SIM: "same"}, {Last2: "12", OnFile: true, SIM: "changed"}, {Last2: "55"}},
		Rights: []console.CardRight{
			{What: "information", May: true},
			{What: "links", May: true},
			{What: "number", Why: "needs_number"},
			{What: "push", May: true},
			{What: "resend", May: true},
			{What: "fresh", May: true, Quiet: true},
			{What: "look", May: true, Quiet: true},
			{What: "freeze", May: true, Quiet: true},
			{What: "suspect", May: true, Quiet: true},
		},
		Transfer: "T1",
		Links:    &console.CardLinks{Last2: "01", Until: start.Add(5 * time.Minute), Live: true, Install: "delivered", Activate: "sent", By: "alex"},
		Push:     &console.CardPush{Code: "246810", Result: "waiting", At: start.Add(-time.Minute)},
		Earlier: []console.CardCall{
			{
				At: start.AddDate(0, 0, -3), Ref: "ffeeddccbbaa9988", Line: "Duke Health", Request: "same_number", Result: "transferred", Reason: "bridged", Level: "links",
				Agent: "robin", Outcome: "reconnected", Note: "New phone; <b>patient</b> caller.",
			},
			{At: start.AddDate(0, 0, -9), Ref: "ffeeddccbbaa9977", Line: "Duke University OIT", Request: "report", Result: "abandoned", Reason: "factor", Level: "none"},
		},
	}
}
