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
		Rights: []console.CardRight{{What: "information", May: true}, {What: "links", May: true}, {What: "number", Why: "needs_number"}},
	}
}
