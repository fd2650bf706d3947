package ivr_test

import (
	stdcmp "cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr"
)

// noon is a Tuesday at noon in UTC; the test lines are open around the clock
// but for "closed".
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// everyFactor is the number of the line that asks for all five.
const everyFactor = "+19195550777"

func dialogue() *ivr.Dialogue {
	never := ivr.Hours{Location: time.UTC}
	line := ivr.Line{
		ID: "university", Name: "Duke University OIT", Number: "+19196842200", Languages: []string{"en-US", "es-US"},
		IDDigits: 7, Factors: []ivr.Factor{ivr.FactorPIN, ivr.FactorTextedCode}, Hours: always(), Fallback: "+19195550290", Web: true,
	}
	closed := line
	closed.ID, closed.Number, closed.Hours = "closed", "+19195550999", never
	all := line
	all.ID, all.Number = "all", everyFactor
	all.Factors = []ivr.Factor{ivr.FactorPIN, ivr.FactorTextedCode, ivr.FactorEmailedCode, ivr.FactorRecoveryCode, ivr.FactorDuoPush}
	a, b := line, line
	a.ID, a.Number, b.ID, b.Number = "a", "+19195550888", "b", "+19195550888"
	return &ivr.Dialogue{Lines: []ivr.Line{line, closed, a, b, all}, Policy: ivr.Policy{}.WithDefaults()}
}

// always is open around the clock.
func always() ivr.Hours {
	h := ivr.Hours{Location: time.UTC}
	for d := range h.Weekly {
		h.Weekly[d] = []ivr.Span{{From: 0, To: 24 * 60}}
	}
	return h
}

// dana is the facts of a person with one old phone.
func dana(phones ...string) ivr.Facts {
	if len(phones) == 0 {
		phones = []string{"+19195550101"}
	}
	f := ivr.Facts{Known: true}
	for _, n := range phones {
		f.Phones = append(f.Phones, ivr.Phone{Number: n, Since: noon.AddDate(-1, 0, 0).Unix()})
	}
	return f
}

// account is what Duo adds to the facts.
func account(f ivr.Facts) []ivr.Phone {
	phones := append([]ivr.Phone(nil), f.Phones...)
	for i := range phones {
		phones[i].Usable, phones[i].DuoID = true, fmt.Sprintf("DP%d", i)
	}
	return phones
}

// play is one call being played by hand.
type play struct {
	t    *testing.T
	d    *ivr.Dialogue
	call ivr.Call
	at   time.Time
	turn ivr.Turn
	log  []string // what was heard, for comparisons

	facts    ivr.Facts
	correct  bool // what CheckFactor finds
	links    ivr.Outcome
	active   bool // what Duo says of the phone
	sim      ivr.SIM
	pushed   uint8 // the phone that a push is approved on
	reports  []ivr.Report
	report   ivr.Outcome // what becomes of one; unknown is that it is taken
	ran      []ivr.EffectKind
	closures []ivr.Closure
	queued   *ivr.Queued // what the desk says of one who asks for a person; nil: yes
	refused  string      // why a number is not called back
	taken    []ivr.TakeCallback
	take     ivr.Outcome // what becomes of a callback; unknown is that it is taken
	gone     bool        // the agent of somebody who is called back
}

func newPlay(t *testing.T, to string) *play {
	t.Helper()
	p := &play{t: t, d: dialogue(), at: noon, facts: dana(), correct: true, links: ivr.OutcomeOK}
	p.event(ivr.Ring{To: to, From: "+19195550101"})
	return p
}

// event feeds an event and answers its effects at once.
func (p *play) event(w ivr.What) {
	p.t.Helper()
	p.feed(ivr.Event{At: p.at, Seed: 42, What: w})
	if p.turn.Then == ivr.ThenAwait {
		p.t.Fatalf("%T at %v was never answered", w, p.call.Step)
	}
	p.log = append(p.log, ids(p.turn)...)
}

func (p *play) feed(e ivr.Event) {
	before := p.turn
	var got ivr.Turn
	p.call, got = p.d.Next(p.call, e)
	if got.Then != ivr.ThenNothing {
		p.turn = got
	} else {
		p.turn = before
	}
	for _, eff := range got.Effects {
		p.ran = append(p.ran, eff.Kind())
		p.feed(ivr.Event{At: p.at, Effect: eff.Num(), What: p.result(eff)})
	}
}

func (p *play) result(e ivr.Effect) ivr.What {
	switch e := e.(type) {
	case ivr.Admit:
		return ivr.Admitted{Outcome: ivr.OutcomeOK, Closures: p.closures}
	case ivr.LookUp:
		return ivr.LookedUp{Outcome: ivr.OutcomeOK, Facts: p.facts}
	case ivr.CheckFactor:
		if p.correct && p.facts.Known {
			return ivr.Checked{Outcome: ivr.OutcomeOK, Phone: p.pushed}
		}
		return ivr.Checked{Outcome: ivr.OutcomeFailed}
	case ivr.SendCode:
		return ivr.CodeSent{Outcome: ivr.OutcomeOK}
	case ivr.ReadAccount:
		phones := account(p.facts)
		for i := range phones {
			phones[i].SIM = p.sim
		}
		return ivr.AccountRead{Outcome: ivr.OutcomeOK, Phones: phones}
	case ivr.MakeLinks:
		return ivr.LinksMade{Outcome: p.links, Until: p.at.Add(10 * time.Minute)}
	case ivr.SendText:
		return ivr.TextDispatched{Text: e.Text, Status: ivr.TextQueued}
	case ivr.ReadPhone:
		return ivr.PhoneRead{Outcome: ivr.OutcomeOK, Activated: p.active}
	case ivr.JoinQueue:
		if p.queued != nil {
			return *p.queued
		}
		return ivr.Queued{Outcome: ivr.OutcomeOK, Transfer: "t1"}
	case ivr.CheckNumber:
		if p.refused != "" {
			return ivr.NumberChecked{Outcome: ivr.OutcomeFailed, Why: p.refused}
		}
		return ivr.NumberChecked{Outcome: ivr.OutcomeOK, Number: "+1" + strings.TrimPrefix(e.Keyed, "+1")}
	case ivr.TakeCallback:
		if p.take == ivr.OutcomeUnknown {
			p.taken = append(p.taken, e)
		}
		return ivr.CallbackTaken{Outcome: stdcmp.Or(p.take, ivr.OutcomeOK)}
	case ivr.AnswerCallback:
		if p.gone {
			return ivr.CallbackAnswered{Outcome: ivr.OutcomeFailed}
		}
		return ivr.CallbackAnswered{Outcome: ivr.OutcomeOK, Agent: "Alex", Proof: "1234", Declined: !e.Yes}
	case ivr.Report:
		p.reports = append(p.reports, e)
		return ivr.Reported{Outcome: stdcmp.Or(p.report, ivr.OutcomeOK)}
	}
	p.t.Fatalf("no result for %T", e)
	return nil
}

// press feeds keys; a trailing pound key ends an entry.
func (p *play) press(keys ...string) {
	p.t.Helper()
	for _, k := range keys {
		digits, pound := strings.CutSuffix(k, "#")
		p.event(ivr.Input{Keys: digits, Pound: pound})
		p.at = p.at.Add(5 * time.Second)
	}
}

func (p *play) heard(id string) {
	p.t.Helper()
	if slices.Contains(ids(p.turn), id) {
		return
	}
	p.t.Errorf("heard %v, want %q", ids(p.turn), id)
}

func (p *play) standsAt(s ivr.Step) {
	p.t.Helper()
	if p.call.Step != s {
		p.t.Errorf("at step %v, want %v (heard %v)", p.call.Step, s, ids(p.turn))
	}
}

func ids(t ivr.Turn) []string {
	var all []string
	for _, m := range t.Say {
		all = append(all, m.ID)
	}
	return all
}

func TestSameNumber(t *testing.T) {
	p := newPlay(t, "+19196842200")
	p.heard("greeting")
	p.heard("menu_same_number")
	p.press("1", "1000001#")
	p.heard("confirm_id")
	p.press("1", "24681357#", "123456#")
	p.standsAt(ivr.StepWatch)
	p.heard("links_coming")
	p.event(ivr.Texted{Text: ivr.TextInstall, Send: 1, Status: ivr.TextSent})
	p.press("")
	p.heard("still_here")
	p.active = true
	p.press("")
	p.heard("reconnected")
	p.press("1")
	if got := p.call.Ending; got.Result != ivr.ResultCompleted {
		t.Errorf("ended %v", got)
	}
	if p.turn.Then != ivr.ThenHangup {
		t.Errorf("then %v, want hang-up", p.turn.Then)
	}
	want := []ivr.EffectKind{
		ivr.EffectAdmit, ivr.EffectLookUp, ivr.EffectCheckFactor, ivr.EffectSendCode, ivr.EffectCheckFactor,
		ivr.EffectReadAccount, ivr.EffectMakeLinks, ivr.EffectSendText, ivr.EffectSendText, ivr.EffectReadPhone, ivr.EffectReadPhone,
	}
	if diff := cmp.Diff(want, p.ran); diff != "" {
		t.Errorf("effects (-want +got):\n%s", diff)
	}
}

// What is heard before the verdict is the same for an unknown ID, a wrong factor
// and a person without the factor.
func TestNoOracle(t *testing.T) {
	keys := []string{"1", "1000001#", "1", "#", "111111#", "2#", "3#", "222222#", "333333#"}
	walk := func(f ivr.Facts) []string {
		p := newPlay(t, "+19196842200")
		p.facts, p.correct = f, false
		p.press(keys...)
		return p.log
	}
	want := walk(ivr.Facts{})
	for name, f := range map[string]ivr.Facts{
		"known": dana(), "two phones": dana("+19195550102", "+19195550112"), "no phone": {Known: true}, "privileged": {Known: true, Privileged: true},
	} {
		if diff := cmp.Diff(want, walk(f)); diff != "" {
			t.Errorf("%s sounds different from an unknown ID:\n%s", name, diff)
		}
	}
}

func TestDialogueRules(t *testing.T) {
	tests := []struct {
		name  string
		setup func(*play)
		keys  []string
		heard string
		step  ivr.Step
	}{
		{"three silences at the menu", nil, []string{"", "", ""}, "connecting", ivr.StepQueue},
		{"three wrong keys", nil, []string{"5", "6", "5"}, "connecting", ivr.StepQueue},
		{"a right key resets the tries", nil, []string{"5", "6", "9", "5"}, "wrong_key", ivr.StepMenu},
		{"nine repeats", nil, []string{"9"}, "menu_same_number", ivr.StepMenu},
		{"star goes back", nil, []string{"3", "*"}, "menu_same_number", ivr.StepMenu},
		{"zero asks for a person", nil, []string{"0"}, "connecting", ivr.StepQueue},
		{"pound at a menu costs nothing", nil, []string{"#", "#", "#", "#"}, "menu_same_number", ivr.StepMenu},
		{"zero alone in an entry", nil, []string{"1", "0#"}, "connecting", ivr.StepQueue},
		{"nine alone in an entry", nil, []string{"1", "9#"}, "ask_id", ivr.StepID},
		{"star clears an entry", nil, []string{"1", "12*34#"}, "cleared", ivr.StepID},
		{"short IDs are tries", nil, []string{"1", "12#", "12#", "12#"}, "connecting", ivr.StepQueue},
		{"a wrong PIN is asked again", func(p *play) { p.correct = false }, []string{"1", "1000001#", "1", "24681350#"}, "no_match", ivr.StepFactor},
		{"an incomplete PIN is a silent try", func(p *play) { p.correct = false }, []string{"1", "1000001#", "1", "246#"}, "no_key", ivr.StepFactor},
		{"three wrong PINs", func(p *play) { p.correct = false }, []string{"1", "1000001#", "1", "24681350#", "24681350#", "24681350#"}, "cannot_verify", ivr.StepQueue},
		{"a skipped factor leaves one method", nil, []string{"1", "1000001#", "1", "#", "123456#"}, "not_enough", ivr.StepQueue},
		{"both skipped", nil, []string{"1", "1000001#", "1", "#", "#"}, "not_enough", ivr.StepQueue},
		{"star alone goes from a factor to the ID", nil, []string{"1", "1000001#", "1", "*#"}, "ask_id", ivr.StepID},
		{"stars alone go from the ID to the menu", nil, []string{"1", "**"}, "menu_same_number", ivr.StepMenu},
		{"star alone goes from the reference to the menu", nil, []string{"7", "*"}, "menu_same_number", ivr.StepMenu},
		{"a factor cleared", nil, []string{"1", "1000001#", "1", "9#", "1*"}, "cleared", ivr.StepFactor},
		{"cleared five times", nil, []string{"1", "1*", "1*", "1*", "1*", "1*"}, "cleared", ivr.StepID},
		{"cleared six times", nil, []string{"1", "1*", "1*", "1*", "1*", "1*", "1*"}, "too_many_misses", ivr.StepQueue},
		{"unclear links", func(p *play) { p.links = ivr.OutcomeUnknown }, []string{"1", "1000001#", "1", "24681357#", "123456#"}, "unclear_again", ivr.StepUnclear},
		{"unclear links, a person", func(p *play) { p.links = ivr.OutcomeUnknown }, []string{"1", "1000001#", "1", "24681357#", "123456#", "0"}, "connecting", ivr.StepQueue},
		{"unclear links, twice", func(p *play) { p.links = ivr.OutcomeUnknown }, []string{"1", "1000001#", "1", "24681357#", "123456#", "1"}, "links_unclear", ivr.StepQueue},
		{"unclear links, in silence", func(p *play) { p.links = ivr.OutcomeUnknown }, []string{"1", "1000001#", "1", "24681357#", "123456#", "", "", ""}, "connecting", ivr.StepQueue},
		{"new number asks no code", nil, []string{"2", "1000001#", "1", "24681357#"}, "to_agent_new_number", ivr.StepQueue},
		{"privileged", func(p *play) { p.facts.Privileged = true }, []string{"1", "1000001#", "1", "24681357#", "123456#"}, "refused", ivr.StepRefused},
		{"two phones", func(p *play) { p.facts = dana("+19195550102", "+19195550112") }, []string{"1", "1000002#", "1", "13572468#", "123456#"}, "at_phone", ivr.StepPhone},
		{"the second phone", func(p *play) { p.facts = dana("+19195550102", "+19195550112") }, []string{"1", "1000002#", "1", "13572468#", "123456#", "2"}, "links_coming", ivr.StepWatch},
		{"a young number", func(p *play) { p.facts.Phones[0].Since = noon.AddDate(0, 0, -2).Unix() }, []string{"1", "1000001#", "1", "24681357#", "123456#"}, "not_enough", ivr.StepQueue},
		{"no more links today", func(p *play) { p.links = ivr.OutcomeLimited }, []string{"1", "1000001#", "1", "24681357#", "123456#"}, "no_more_links", ivr.StepQueue},
		{"Duo down", func(p *play) { p.links = ivr.OutcomeUnavailable }, []string{"1", "1000001#", "1", "24681357#", "123456#"}, "at_duo_wait", ivr.StepDuoWait},
		{"link fails", nil, []string{"1", "1000001#", "1", "24681357#", "123456#", "4"}, "trouble_delete", ivr.StepTrouble},
		{"fresh links", nil, []string{"1", "1000001#", "1", "24681357#", "123456#", "4", "2"}, "links_coming", ivr.StepWatch},
		{"a third set", nil, []string{"1", "1000001#", "1", "24681357#", "123456#", "4", "2", "4", "2"}, "no_more_links", ivr.StepQueue},
		{"trouble without a verdict verifies", nil, []string{"4", "2"}, "ask_id", ivr.StepID},
		{"not me, without a reference", nil, []string{"7", "#"}, "report_by_id", ivr.StepID},
		{"not me, by one factor", nil, []string{"7", "#", "1000001#", "1", "24681357#"}, "report_taken", ivr.StepQueue},
		{"not me, by a texted code", nil, []string{"7", "#", "1000001#", "1", "#", "123456#"}, "report_taken", ivr.StepQueue},
		{"not me, by nothing", nil, []string{"7", "#", "1000001#", "1", "#", "#"}, "report_not_proven", ivr.StepQueue},
		{"not me, in a verified call", nil, []string{"1", "1000001#", "1", "24681357#", "123456#", "7", "#"}, "report_taken", ivr.StepQueue},
		{"not me, with one", nil, []string{"7", "12345678#"}, "report_taken", ivr.StepQueue},
		{"another language", nil, []string{"8"}, "menu_same_number", ivr.StepMenu},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlay(t, "+19196842200")
			if tt.setup != nil {
				tt.setup(p)
			}
			p.press(tt.keys...)
			p.heard(tt.heard)
			p.standsAt(tt.step)
		})
	}
}

// What an effect reports after the caller has hung up begins nothing.
func TestNothingBeginsAfterTheEnd(t *testing.T) {
	for _, kind := range []ivr.EffectKind{ivr.EffectMakeLinks, ivr.EffectCheckFactor, ivr.EffectReadAccount, ivr.EffectJoinQueue, ivr.EffectLookUp} {
		d := dialogue()
		call := at(ivr.StepWatch)
		call.Open, call.Await, call.Effects = []ivr.Open{{ID: 9, Kind: kind}}, 9, 9
		call, _ = d.Next(call, ivr.Event{At: noon, What: ivr.Hangup{}})
		ended := call.Ending
		what := map[ivr.EffectKind]ivr.What{
			ivr.EffectMakeLinks: ivr.LinksMade{Outcome: ivr.OutcomeOK, Until: noon.Add(time.Minute)}, ivr.EffectCheckFactor: ivr.Checked{Outcome: ivr.OutcomeOK},
			ivr.EffectReadAccount: ivr.AccountRead{Outcome: ivr.OutcomeOK, Phones: call.Facts.Phones}, ivr.EffectJoinQueue: ivr.Queued{Outcome: ivr.OutcomeOK},
			ivr.EffectLookUp: ivr.LookedUp{Outcome: ivr.OutcomeOK, Facts: dana()},
		}[kind]
		call, turn := d.Next(call, ivr.Event{At: noon, Effect: 9, What: what})
		if len(turn.Effects) > 0 || call.Step != ivr.StepDone || call.Ending != ended {
			t.Errorf("%v after the end: step %v, effects %v", kind, call.Step, turn.Effects)
		}
	}
}

// With Duo down, going back to the menu does not lose what was proven.
func TestProofOutlivesTheMenu(t *testing.T) {
	call := at(ivr.StepDuoWait)
	call.Facts.Account = false
	call.Facts.Phones = dana().Phones
	p := &play{t: t, d: dialogue(), at: noon, facts: dana(), call: call, links: ivr.OutcomeOK}
	p.press("*", "1")
	p.standsAt(ivr.StepWatch)
}

func TestClosed(t *testing.T) {
	p := newPlay(t, "+19195550999")
	p.press("0")
	p.heard("closed")
	p.heard("menu_same_number") // what needs no person goes on
	p.press("0")
	p.heard("closed")
	if p.call.Ending.Result != ivr.ResultClosed || p.turn.Then != ivr.ThenHangup {
		t.Errorf("ended %v, then %v", p.call.Ending, p.turn.Then)
	}
}

func TestSlowEffectSaysOneMoment(t *testing.T) {
	d := dialogue()
	call, turn := d.Next(ivr.Call{}, ivr.Event{At: noon, Seed: 1, What: ivr.Ring{To: "+19196842200", From: "+19195550101"}})
	effect := turn.Effects[0].Num()
	for i := range 5 {
		if turn.Then != ivr.ThenAwait {
			t.Fatalf("round %d: then %v, want await", i, turn.Then)
		}
		call, turn = d.Next(call, ivr.Event{At: noon, What: ivr.Waited{}})
		if diff := cmp.Diff([]string{"one_moment"}, ids(turn)); diff != "" {
			t.Fatal(diff)
		}
		call, turn = d.Next(call, ivr.Event{At: noon, What: ivr.Continue{}})
	}
	gone, turn := d.Next(call, ivr.Event{At: noon, What: ivr.Waited{}})
	if turn.Then == ivr.ThenTurn {
		t.Errorf("after five moments still waiting: %v", ids(turn))
	}
	if _, turn = d.Next(gone, ivr.Event{At: noon, Effect: effect, What: ivr.Admitted{Outcome: ivr.OutcomeOK}}); len(turn.Say) > 0 {
		t.Errorf("a result that was given up on is heard: %v", ids(turn))
	}
	// A result between two turns is what the next one says.
	call, _ = d.Next(call, ivr.Event{At: noon, Effect: effect, What: ivr.Admitted{Outcome: ivr.OutcomeOK}})
	if call.Answer == nil {
		t.Fatal("the waiting turn has no answer")
	}
	if got := ids(*call.Answer)[0]; got != "greeting" {
		t.Errorf("answer starts with %q", got)
	}
}

func TestTextStatusOnlyMovesForward(t *testing.T) {
	for _, tt := range []struct{ from, to, want ivr.TextStatus }{
		{ivr.TextQueued, ivr.TextSent, ivr.TextSent},
		{ivr.TextSent, ivr.TextQueued, ivr.TextSent},
		{ivr.TextDelivered, ivr.TextUndelivered, ivr.TextDelivered},
		{ivr.TextSent, ivr.TextUndelivered, ivr.TextUndelivered},
		{ivr.TextUndelivered, ivr.TextSent, ivr.TextUndelivered},
	} {
		if got := tt.from.Advance(tt.to); got != tt.want {
			t.Errorf("%v then %v = %v, want %v", tt.from, tt.to, got, tt.want)
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	s := ivr.Secret("24681357")
	if got := fmt.Sprintf("%v %s %#v", s, s, s); strings.Contains(got, "2468") {
		t.Errorf("printed %s", got)
	}
	if got := fmt.Sprint(ivr.Phone{Number: "+19195550101"}); strings.Contains(got, "555") {
		t.Errorf("printed %s", got)
	}
}
