package ivr_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"ringback/ivr"
)

// at returns a call that stands at a step, with everything that such a call has.
func at(s ivr.Step) ivr.Call {
	f := dana("+19195550102", "+19195550112")
	c := ivr.Call{
		Ref: "00000000000000aa", Line: "university", Language: "en-US", From: "+19195550101", Step: s, Started: noon.Unix(),
		Request: ivr.RequestSameNumber, ID: "1000002", Facts: f, Effects: 5,
		Answer: &ivr.Turn{Then: ivr.ThenTurn, Expect: ivr.Expect{Kind: ivr.ExpectKey}},
	}
	switch s {
	case ivr.StepLine:
		c.Line = "a"
	case ivr.StepAdmit, ivr.StepUnknown, ivr.StepMenu, ivr.StepID, ivr.StepConfirm, ivr.StepFactor:
	default:
		c.Facts.Account, c.Facts.Phones = true, account(f)
		c.Passed = []ivr.Passed{{Factor: ivr.FactorPIN, At: noon.Unix()}, {Factor: ivr.FactorTextedCode, At: noon.Unix()}}
		c.Factor = 2
	}
	switch s {
	case ivr.StepDone:
		c.Ending = ivr.Ending{Result: ivr.ResultCompleted, Reason: "activated"}
	case ivr.StepUnclear:
		c.Links = ivr.Links{Sets: 1, Phone: c.Facts.Phones[0]}
	case ivr.StepExpired:
		c.Links = ivr.Links{Sets: 1, Phone: c.Facts.Phones[0], Until: noon.Unix() - 1, MadeAt: noon.Unix() - 601, Expired: noon.Unix(), Sends: 1}
	case ivr.StepWatch, ivr.StepNothing, ivr.StepTrouble, ivr.StepTroubleQR:
		c.Links = ivr.Links{Sets: 1, Phone: c.Facts.Phones[0], Until: noon.Unix() + 600, MadeAt: noon.Unix(), SentAt: noon.Unix(), Sends: 1}
	}
	return c
}

// turnEvents are one of each event that takes a turn, and each key.
func turnEvents() map[string]ivr.What {
	all := map[string]ivr.What{
		"called back": ivr.CalledBack{Line: "university", To: "+19195550101", Transfer: "t1", Offer: 1},
		"ring":        ivr.Ring{To: "+19196842200", From: "+19195550101"}, "withheld": ivr.Ring{To: "+19196842200"}, "continue": ivr.Continue{},
		"silence": ivr.Input{}, "pound": ivr.Input{Pound: true}, "leave": ivr.Left{Result: "leave"}, "queue error": ivr.Left{Result: "error"},
		"jump": ivr.Jump{Transfer: "t1"}, "answered": ivr.Dialled{Answered: true}, "not answered": ivr.Dialled{},
		"long": ivr.Input{Keys: "12345678901234567890123456789012345678901234567890", Pound: true}, "stars": ivr.Input{Keys: "***"},
	}
	for _, k := range "0123456789*#" {
		all["key "+string(k)] = ivr.Input{Keys: string(k)}
	}
	return all
}

func otherEvents() map[string]ivr.What {
	all := map[string]ivr.What{
		"waited": ivr.Waited{}, "waiting": ivr.Waiting{Position: 2}, "no agents": ivr.Waiting{Leave: "no_agents"}, "aside": ivr.Waiting{Leave: ivr.LeaveCallback}, "hang-up": ivr.Hangup{},
		"overdue": ivr.Overdue{}, "agent's links": ivr.AgentLinks{By: "alex"}, "agent's fresh links": ivr.AgentLinks{Fresh: true, By: "alex"},
		"agent looks": ivr.AgentLook{}, "agent dismisses": ivr.AgentDismiss{},
	}
	for _, s := range []ivr.TextStatus{ivr.TextQueued, ivr.TextSent, ivr.TextDelivered, ivr.TextUndelivered, ivr.TextOptedOut, ivr.TextLandline} {
		all["install "+s.String()] = ivr.Texted{Text: ivr.TextInstall, Send: 1, Status: s}
		all["activate "+s.String()] = ivr.Texted{Text: ivr.TextActivate, Send: 1, Status: s}
	}
	return all
}

func results(o ivr.Outcome) []ivr.What {
	return []ivr.What{
		ivr.Admitted{Outcome: o},
		ivr.LookedUp{Outcome: o, Facts: dana()},
		ivr.Checked{Outcome: o},
		ivr.CodeSent{Outcome: o},
		ivr.AccountRead{Outcome: o, Phones: account(dana("+19195550102", "+19195550112"))},
		ivr.LinksMade{Outcome: o},
		ivr.TextDispatched{Text: ivr.TextInstall, Status: ivr.TextUnavailable},
		ivr.PhoneRead{Outcome: o},
		ivr.Queued{Outcome: o},
		ivr.Reported{Outcome: o},
		ivr.NumberChecked{Outcome: o, Number: "+19195550101"},
		ivr.CallbackTaken{Outcome: o},
		ivr.CallbackAnswered{Outcome: o},
	}
}

// Every step answers every event that takes a turn, within the moments that an
// effect is given, and survives every event that takes none.
func TestEveryStepTimesEveryEvent(t *testing.T) {
	d := calling()
	for _, s := range ivr.Steps() {
		for name, what := range turnEvents() {
			t.Run(fmt.Sprintf("%v/%s", s, name), func(t *testing.T) {
				call, _ := d.Next(at(s), ivr.Event{At: noon, Seed: 7, What: what})
				for i := 0; call.Answer == nil || says(*call.Answer, "one_moment"); i++ {
					if i > 40 {
						t.Fatalf("never answered; at %v", call.Step)
					}
					next := ivr.What(ivr.Waited{})
					if call.Answer != nil {
						next = ivr.Continue{}
					}
					call, _ = d.Next(call, ivr.Event{At: noon, What: next})
				}
				checkAnswer(t, call, *call.Answer)
			})
		}
		for name, what := range otherEvents() {
			before := at(s)
			call, turn := d.Next(before, ivr.Event{At: noon, What: what})
			if turn.Then == ivr.ThenAwait {
				t.Errorf("%v/%s: an event without a turn awaits", s, name)
			}
			if call.Answer == nil {
				t.Errorf("%v/%s: the last answer is gone", s, name)
			}
		}
		for _, o := range ivr.Outcomes() {
			for _, what := range results(o) {
				if call, turn := d.Next(at(s), ivr.Event{At: noon, Effect: 3, What: what}); turn.Then != ivr.ThenNothing || call.Step != s {
					t.Errorf("%v: a result nobody asked for (%T) changes the call", s, what)
				}
			}
		}
	}
}

func says(t ivr.Turn, id string) bool {
	return slices.Contains(ids(t), id)
}

// checkAnswer holds what every answer has to be.
func checkAnswer(t *testing.T, call ivr.Call, turn ivr.Turn) {
	t.Helper()
	switch turn.Then {
	case ivr.ThenTurn:
		if len(turn.Say) == 0 {
			t.Errorf("at %v: silence", call.Step)
		}
	case ivr.ThenHangup:
		if call.Ending.Result == ivr.ResultUnknown {
			t.Errorf("at %v: hangs up without an ending", call.Step)
		}
	case ivr.ThenEnqueue, ivr.ThenConference, ivr.ThenDial:
	default:
		t.Errorf("at %v: then %v is no answer", call.Step, turn.Then)
	}
	offered := map[string]bool{}
	defer func() {
		if len(offered) > 5 {
			t.Errorf("at %v: a menu of %d options", call.Step, len(offered))
		}
	}()
	for _, m := range turn.Say {
		if m.Lang != "" {
			continue // comes before the menu, in another language
		}
		if k := m.Args["key"]; k != "" {
			if offered[k] {
				t.Errorf("at %v: key %s is offered twice", call.Step, k)
			}
			offered[k] = true
		}
	}
}

// A caller who never presses a key reaches a person or a goodbye from any step.
func TestSilenceEndsEveryStep(t *testing.T) {
	for _, s := range ivr.Steps() {
		t.Run(s.String(), func(t *testing.T) {
			p := &play{t: t, d: dialogue(), at: noon, facts: dana(), call: at(s)}
			for range 100 {
				if p.call.Step == ivr.StepQueue || p.call.Step == ivr.StepDone || p.call.Step == ivr.StepBridged || p.call.Step == ivr.StepFallback {
					return
				}
				p.press("")
				p.at = p.at.Add(10 * time.Second)
			}
			t.Errorf("still at %v, hearing %v", p.call.Step, ids(p.turn))
		})
	}
}

// A person can be asked for wherever keys are awaited.
func TestZeroReachesAPersonFromEveryStep(t *testing.T) {
	for _, s := range ivr.Steps() {
		switch s {
		case ivr.StepAdmit, ivr.StepAccount, ivr.StepLinks, ivr.StepQueue, ivr.StepBridged, ivr.StepFallback, ivr.StepDone,
			ivr.StepCalled:
			continue // no keys are awaited there, or a person is there
		}
		t.Run(s.String(), func(t *testing.T) {
			p := &play{t: t, d: dialogue(), at: noon, facts: dana(), call: at(s)}
			p.press("0")
			p.standsAt(ivr.StepQueue)
		})
	}
}
