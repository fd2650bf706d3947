package ivr_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr"
)

const paper = "16180339887498948482#"

// On a line that asks for all five factors, nobody is asked for more than it takes.
func TestFactors(t *testing.T) {
	begin := []string{"1", "1000001#", "1"}
	for _, tt := range []struct {
		name  string
		setup func(*play)
		keys  []string
		heard string
		step  ivr.Step
	}{
		{"two are enough", nil, []string{"24681357#", "123456#"}, "links_coming", ivr.StepWatch},
		{"paper comes before what is sent, while nothing is proven", nil, []string{"#"}, "ask_recovery_code", ivr.StepFactor},
		{"without a PIN: paper, then a text", nil, []string{"#", paper, "123456#"}, "links_coming", ivr.StepWatch},
		{"without a PIN: paper, then mail", nil, []string{"#", paper, "#", "123456#"}, "links_coming", ivr.StepWatch},
		{"neither PIN nor paper: text and mail", nil, []string{"#", "#", "123456#", "123456#"}, "links_coming", ivr.StepWatch},
		{"nothing at all", nil, []string{"#", "#", "#", "#", "#"}, "not_enough", ivr.StepQueue},
		{"elevated threat asks on", func(p *play) { p.facts.Threat = true }, []string{"24681357#", "123456#"}, "ask_emailed_code", ivr.StepFactor},
		{"elevated threat wants paper or a push", func(p *play) { p.facts.Threat = true }, []string{"24681357#", "123456#", "123456#", paper}, "links_coming", ivr.StepWatch},
		{"elevated threat without either", func(p *play) { p.facts.Threat = true }, []string{"24681357#", "123456#", "#", "#", "#"}, "not_enough", ivr.StepQueue},
		{"a group that wants more", func(p *play) { p.facts.Need.Strong = true }, []string{"24681357#", "123456#"}, "ask_emailed_code", ivr.StepFactor},
		{"a group for which texts count for nothing", func(p *play) { p.facts.Need.Without = ivr.SetOf(ivr.FactorTextedCode) }, []string{"24681357#", "123456#"}, "ask_emailed_code", ivr.StepFactor},
		{"a changed SIM makes the text count for nothing", func(p *play) { p.sim = ivr.SIMChanged }, []string{"24681357#", "123456#"}, "ask_emailed_code", ivr.StepFactor},
		{"a changed SIM, and two that are not of the phone", func(p *play) { p.sim = ivr.SIMChanged }, []string{"24681357#", "123456#", "123456#"}, "links_coming", ivr.StepWatch},
		{"a changed SIM, and nothing else", func(p *play) { p.sim = ivr.SIMChanged }, []string{"24681357#", "123456#", "#", "#", "#"}, "not_enough", ivr.StepQueue},
		{"frozen", func(p *play) { p.facts.Frozen = true }, []string{"24681357#", "123456#", "123456#", paper, "123456#"}, "not_enough", ivr.StepQueue},
		{"a push on the phone itself", nil, []string{"24681357#", "#", "#", "#", "123456#"}, "no_phone", ivr.StepQueue},
		{"a push on another device", func(p *play) { p.pushed = ivr.NoPhone }, []string{"24681357#", "#", "#", "#", "123456#"}, "links_coming", ivr.StepWatch},
		{"a short mailed code is a silent try", nil, []string{"24681357#", "#", "2#"}, "no_key", ivr.StepFactor},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlay(t, everyFactor)
			if tt.setup != nil {
				tt.setup(p)
			}
			p.press(append(slices.Clone(begin), tt.keys...)...)
			p.heard(tt.heard)
			p.standsAt(tt.step)
		})
	}
}

// A caller whose calling number is forged meets the raised bar.
func TestSuspectCallIsStrict(t *testing.T) {
	p := &play{t: t, d: dialogue(), at: noon, facts: dana(), correct: true}
	p.event(ivr.Ring{To: everyFactor, From: "+19195550101", Suspect: true})
	p.press("1", "1000001#", "1", "24681357#", "123456#")
	p.heard("ask_emailed_code")
}

// For a changed number nothing is texted, and evidence goes as far as it can.
func TestNewNumberIsVerifiedAsFarAsPossible(t *testing.T) {
	p := newPlay(t, everyFactor)
	p.press("2", "1000001#", "1", "24681357#")
	p.heard("ask_emailed_code")
	p.press("123456#")
	p.heard("ask_recovery_code")
	p.press(paper)
	p.heard("to_agent_new_number")
	if v := ivr.Evaluate(p.d.Policy, p.call.Facts, p.call.Passed, p.at); v.Level != ivr.LevelNumber {
		t.Errorf("verdict %+v", v)
	}
}

// Where a number takes an identity check, nobody is asked for more than links need.
func TestNewNumberByIdentityCheckAsksForNoMore(t *testing.T) {
	p := newPlay(t, everyFactor)
	p.facts.Need.IdentityCheck = true
	p.press("2", "1000001#", "1", "24681357#")
	p.heard("ask_emailed_code")
	p.press("123456#")
	p.heard("to_agent_new_number")
}

// What the line demands holds for everybody who calls it, with what the person's
// groups demand.
func TestLinesNeedHolds(t *testing.T) {
	p := newPlay(t, everyFactor)
	for i := range p.d.Lines {
		p.d.Lines[i].Need = ivr.Need{Strong: true}
	}
	p.facts.Need.Without = ivr.SetOf(ivr.FactorRecoveryCode)
	p.press("1", "1000001#", "1")
	if got, want := p.call.Facts.Need, (ivr.Need{Strong: true, Without: ivr.SetOf(ivr.FactorRecoveryCode)}); got != want {
		t.Errorf("need %+v, want %+v", got, want)
	}
}

func TestReportCarriesItsEvidence(t *testing.T) {
	p := newPlay(t, "+19196842200")
	p.press("7", "#", "1000001#", "1", "24681357#")
	if len(p.reports) != 1 || p.reports[0].ID != "1000001" || p.reports[0].Reference != "" || len(p.reports[0].Factors) != 1 {
		t.Errorf("reports %+v", p.reports)
	}
	p = newPlay(t, "+19196842200")
	p.press("7", "12345678#")
	if len(p.reports) != 1 || p.reports[0].Reference != "12345678" || len(p.reports[0].Factors) != 0 {
		t.Errorf("reports %+v", p.reports)
	}
	if p.call.Reference != "" {
		t.Error("the reference is kept when it has been reported")
	}
}

// An instance that picks a report up has the same one: or nobody is stopped, and
// the caller hears that somebody was.
func TestReportIsPickedUp(t *testing.T) {
	d := dialogue()
	call, _ := d.Next(ivr.Call{}, ivr.Event{At: noon, Seed: 1, What: ivr.Ring{To: "+19196842200", From: "+19195550101"}})
	call, _ = d.Next(call, ivr.Event{At: noon, Effect: call.Open[0].ID, What: ivr.Admitted{Outcome: ivr.OutcomeOK}})
	var turn ivr.Turn
	for _, keys := range []string{"7", "12345678"} {
		call, turn = d.Next(call, ivr.Event{At: noon, What: ivr.Input{Keys: keys, Pound: len(keys) > 1}})
	}
	if len(turn.Effects) != 1 || len(call.Open) != 1 {
		t.Fatalf("effects %+v", turn.Effects)
	}
	if diff := cmp.Diff(turn.Effects[0], call.Effect(call.Open[0]), cmp.AllowUnexported(ivr.Report{})); diff != "" {
		t.Errorf("picked up (-begun +again):\n%s", diff)
	}
}

func TestEvaluate(t *testing.T) {
	phones := []ivr.Phone{
		{Number: "+19195550101", Since: noon.AddDate(-1, 0, 0).Unix(), Usable: true},
		{Number: "+19195550112", Since: noon.AddDate(0, 0, -2).Unix(), Usable: true},
		{Number: "+19195550113", Since: noon.AddDate(-1, 0, 0).Unix(), Usable: true, SIM: ivr.SIMChanged},
		{Number: "+19195550114", Since: noon.AddDate(-1, 0, 0).Unix()},
	}
	known := ivr.Facts{Known: true, Account: true, Phones: phones}
	pass := func(fs ...ivr.Factor) (all []ivr.Passed) {
		for _, f := range fs {
			all = append(all, ivr.Passed{Factor: f, At: noon.Unix()})
		}
		return all
	}
	text := func(phone uint8) []ivr.Passed {
		return []ivr.Passed{{Factor: ivr.FactorPIN, At: noon.Unix()}, {Factor: ivr.FactorTextedCode, At: noon.Unix(), Phone: phone}}
	}
	with := func(f func(*ivr.Facts)) ivr.Facts {
		got := known
		f(&got)
		return got
	}
	for _, tt := range []struct {
		name   string
		facts  ivr.Facts
		passed []ivr.Passed
		after  time.Duration
		level  ivr.Level
		why    string
	}{
		{"nothing", known, nil, 0, ivr.LevelNone, "nothing_proven"},
		{"nobody", ivr.Facts{}, text(0), 0, ivr.LevelNone, "nothing_proven"},
		{"PIN and text", known, text(0), 0, ivr.LevelLinks, ""},
		{"the last moment", known, text(0), 10 * time.Minute, ivr.LevelLinks, ""},
		{"too late", known, text(0), 10*time.Minute + time.Second, ivr.LevelNone, "lapsed"},
		{"one twice", known, pass(ivr.FactorPIN, ivr.FactorPIN), 0, ivr.LevelNone, "one_method"},
		{"a young number", known, text(1), 0, ivr.LevelNone, "young_number"},
		{"a changed SIM", known, text(2), 0, ivr.LevelNone, "sim_changed"},
		{"not in Duo", known, text(3), 0, ivr.LevelNone, "one_method"},
		{"no such phone", known, text(9), 0, ivr.LevelNone, "one_method"},
		{"Duo unread", with(func(f *ivr.Facts) { f.Account = false }), text(0), 0, ivr.LevelNone, "account_unread"},
		{"frozen", with(func(f *ivr.Facts) { f.Frozen = true }), text(0), 0, ivr.LevelNone, "frozen"},
		{"privileged", with(func(f *ivr.Facts) { f.Privileged = true }), text(0), 0, ivr.LevelRefused, "privileged"},
		{"strict", with(func(f *ivr.Facts) { f.Need.Strong = true }), text(0), 0, ivr.LevelNone, "strict"},
		{"strict, with paper", with(func(f *ivr.Facts) { f.Need.Strong = true }), pass(ivr.FactorPIN, ivr.FactorRecoveryCode), 0, ivr.LevelLinks, ""},
		{"texts count for nothing here", with(func(f *ivr.Facts) { f.Need.Without = ivr.SetOf(ivr.FactorTextedCode) }), text(0), 0, ivr.LevelNone, "not_counted"},
		{"a number by an identity check alone", with(func(f *ivr.Facts) { f.Need.IdentityCheck = true }), pass(ivr.FactorEmailedCode, ivr.FactorRecoveryCode), 0, ivr.LevelLinks, ""},
		{"mail is not for a number here", with(func(f *ivr.Facts) { f.Need.NumberWithout = ivr.SetOf(ivr.FactorEmailedCode) }), pass(ivr.FactorEmailedCode, ivr.FactorRecoveryCode), 0, ivr.LevelLinks, ""},
		{"mail and paper", known, pass(ivr.FactorEmailedCode, ivr.FactorRecoveryCode), 0, ivr.LevelNumber, ""},
		{"mail and a push", known, []ivr.Passed{{Factor: ivr.FactorEmailedCode, At: noon.Unix()}, {Factor: ivr.FactorDuoPush, At: noon.Unix(), Phone: ivr.NoPhone}}, 0, ivr.LevelNumber, ""},
		{"PIN and mail", known, pass(ivr.FactorPIN, ivr.FactorEmailedCode), 0, ivr.LevelLinks, ""},
		{"a push on a phone on file is no evidence for a number", known, pass(ivr.FactorRecoveryCode, ivr.FactorDuoPush), 0, ivr.LevelLinks, ""},
		{"an old factor has no say", known, append([]ivr.Passed{{Factor: ivr.FactorDuoPush, At: noon.Add(-time.Hour).Unix()}}, text(0)...), 0, ivr.LevelLinks, ""},
		{"an old factor does not count", known, []ivr.Passed{{Factor: ivr.FactorPIN, At: noon.Add(-11 * time.Minute).Unix()}, {Factor: ivr.FactorTextedCode, At: noon.Unix()}}, 0, ivr.LevelNone, "one_method"},
		{"a number needs no Duo", with(func(f *ivr.Facts) { f.Account = false }), pass(ivr.FactorEmailedCode, ivr.FactorRecoveryCode), 0, ivr.LevelNumber, ""},
		{"threat: no number by phone", with(func(f *ivr.Facts) { f.Threat = true }), pass(ivr.FactorEmailedCode, ivr.FactorRecoveryCode), 0, ivr.LevelLinks, ""},
		{"threat: mail and PIN", with(func(f *ivr.Facts) { f.Threat = true }), pass(ivr.FactorEmailedCode, ivr.FactorPIN), 0, ivr.LevelNone, "strict"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := ivr.Evaluate(ivr.Policy{}.WithDefaults(), tt.facts, tt.passed, noon.Add(tt.after))
			if diff := cmp.Diff([]string{tt.level.String(), tt.why}, []string{v.Level.String(), v.Why}); diff != "" {
				t.Error(diff)
			}
			if v.Why != "" && !slices.Contains(ivr.Whys(), v.Why) {
				t.Errorf("%q is not listed", v.Why)
			}
		})
	}
}

func TestLevelAllows(t *testing.T) {
	for _, tt := range []struct {
		has, need ivr.Level
		want      bool
	}{
		{ivr.LevelNone, ivr.LevelLinks, false},
		{ivr.LevelLinks, ivr.LevelLinks, true},
		{ivr.LevelLinks, ivr.LevelNumber, false},
		{ivr.LevelNumber, ivr.LevelLinks, true},
		{ivr.LevelRefused, ivr.LevelLinks, false},
		{ivr.LevelRefused, ivr.LevelNumber, false},
	} {
		if got := tt.has.Allows(tt.need); got != tt.want {
			t.Errorf("%v allows %v: %v", tt.has, tt.need, got)
		}
	}
}

// Under threat a push on the phone that is to be reconnected is not the strong
// factor that is wanted, whatever else has passed.
func TestStrongFactorIsNotOfTheTarget(t *testing.T) {
	f := ivr.Facts{Known: true, Account: true, Threat: true}
	for _, n := range []string{"+19195550102", "+19195550112"} {
		f.Phones = append(f.Phones, ivr.Phone{Number: n, Since: noon.AddDate(-1, 0, 0).Unix(), Usable: true})
	}
	passed := []ivr.Passed{
		{Factor: ivr.FactorPIN, At: noon.Unix()}, {Factor: ivr.FactorTextedCode, At: noon.Unix(), Phone: 1}, {Factor: ivr.FactorDuoPush, At: noon.Unix()},
	}
	policy := ivr.Policy{}.WithDefaults()
	if ivr.MayLink(policy, f, passed, f.Phones[0], noon) {
		t.Error("links to the very phone that approved the push")
	}
	if !ivr.MayLink(policy, f, passed, f.Phones[1], noon) {
		t.Error("no links to the other phone")
	}
}

// Texts are sent again five times at most; then the code on the screen is told of.
func TestTextsAreSentAgainAFewTimes(t *testing.T) {
	p := newPlay(t, "+19196842200")
	p.press("1", "1000001#", "1", "24681357#", "123456#")
	for range 4 {
		p.at = p.at.Add(31 * time.Second)
		p.press("2")
		p.heard("texts_again")
	}
	p.at = p.at.Add(31 * time.Second)
	p.press("2")
	p.heard("qr_steps")
}

// The address of the page is texted once a call.
func TestWebAddressIsTextedOnce(t *testing.T) {
	p := newPlay(t, "+19196842200")
	p.press("1", "1000001#", "1", "24681357#", "123456#", "*", "3")
	p.heard("web_text")
	p.press("2")
	p.heard("web_texted")
	p.press("2")
	p.heard("wrong_key")
}

func TestReactivated(t *testing.T) {
	const made = 1000
	for _, tt := range []struct {
		name     string
		now, was ivr.Device
		want     bool
	}{
		{"not yet", ivr.Device{}, ivr.Device{}, false},
		{"new", ivr.Device{Active: true, Model: "iPhone"}, ivr.Device{}, true},
		{"the old phone, unchanged", ivr.Device{Active: true, Model: "iPhone", Seen: 900}, ivr.Device{Active: true, Model: "iPhone", Seen: 900}, false},
		{"the old phone was heard of before the link", ivr.Device{Active: true, Seen: 1000}, ivr.Device{Active: true, Seen: 900}, false},
		{"another model", ivr.Device{Active: true, Model: "Pixel"}, ivr.Device{Active: true, Model: "iPhone"}, true},
		{"heard of since", ivr.Device{Active: true, Model: "iPhone", Seen: 1001}, ivr.Device{Active: true, Model: "iPhone", Seen: 900}, true},
		{"its credentials were taken", ivr.Device{Model: "iPhone", Seen: 1001}, ivr.Device{Active: true, Model: "iPhone"}, false},
	} {
		if got := tt.now.Reactivated(tt.was, made); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// A report that a limit kept from being looked at is not confirmed.
func TestLimitedReportIsNotConfirmed(t *testing.T) {
	d := dialogue()
	call := at(ivr.StepReport)
	call.Request = ivr.RequestReport
	call, turn := d.Next(call, ivr.Event{At: noon, What: ivr.Input{Keys: "12345678", Pound: true}})
	call, _ = d.Next(call, ivr.Event{At: noon, Effect: turn.Effects[0].Num(), What: ivr.Reported{Outcome: ivr.OutcomeLimited}})
	if !says(ivr.Turn{Say: call.Prefix}, "report_not_taken") { // said before the queue's answer
		t.Errorf("will say %v", call.Prefix)
	}
}

// Evidence that was given for a new number is enough for links, once Duo is read.
func TestVerdictForANumberAllowsLinks(t *testing.T) {
	p := newPlay(t, everyFactor)
	p.press("2", "1000001#", "1", "#", paper, "123456#")
	p.heard("to_agent_new_number")
	p.event(ivr.Jump{Transfer: "t1"})
	p.event(ivr.Dialled{Answered: true})
	p.press("*", "1")
	p.heard("links_coming")
}

// Who waits long hears the keys again.
func TestQuietCallersHearTheMenuAgain(t *testing.T) {
	p := newPlay(t, "+19196842200")
	p.press("1", "1000001#", "1", "24681357#", "123456#")
	for i := 1; i <= 8; i++ {
		p.press("")
		if got := says(p.turn, "watch_again"); got != (i%4 == 0) {
			t.Errorf("silence %d: the menu is said: %v", i, got)
		}
	}
}

// Somebody who goes back from a report and asks for a person reports nothing.
func TestReportIsForgottenAtTheMenu(t *testing.T) {
	p := newPlay(t, "+19196842200")
	p.press("7", "*", "0")
	if p.call.Request != ivr.RequestPerson {
		t.Errorf("request %v", p.call.Request)
	}
}

// Nobody without a number is verified, whichever way they take: nothing would bound
// how many IDs they try.
func TestWithheldIsNeverVerified(t *testing.T) {
	returned := func(p *play) {
		p.call.Step, p.call.Queue = ivr.StepReturned, ivr.Queue{Bridged: true, Transfer: "T", Proof: "1234"}
	}
	for name, tt := range map[string]struct {
		to     string
		before func(*play)
		keys   []string
	}{
		"back from the choice of a line": {to: "+19195550888", keys: []string{"*", "1"}},
		"a changed number, from there":   {to: "+19195550888", keys: []string{"*", "2"}},
		"a report without a reference":   {to: "+19195550888", keys: []string{"7", "#"}},
		"back from an agent":             {to: "+19196842200", before: returned, keys: []string{"*", "1"}},
		"a report after an agent":        {to: "+19196842200", before: returned, keys: []string{"7", "#"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := &play{t: t, d: dialogue(), at: noon, facts: dana(), correct: true}
			p.event(ivr.Ring{To: tt.to})
			if tt.before != nil {
				tt.before(p)
			}
			for _, k := range tt.keys {
				if k == "#" {
					p.event(ivr.Input{Pound: true})
				} else {
					p.event(ivr.Input{Keys: k})
				}
			}
			if p.call.Step == ivr.StepID {
				p.event(ivr.Input{Keys: "1000001"})
				p.event(ivr.Input{Keys: "1"})
			}
			if slices.Contains(p.ran, ivr.EffectLookUp) || p.call.Step == ivr.StepID || p.call.Step == ivr.StepFactor {
				t.Errorf("a withheld number is at %v after %v", p.call.Step, p.log)
			}
		})
	}
}
