package reconnect_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"ringback/ivr"
	"ringback/ivr/reconnect"
)

// unverified checks the alarm.
func unverified(t *testing.T, w *world, want string) {
	t.Helper()
	const name = "ringback_unverified_actions_total"
	text := "# HELP " + name + " Actions that were about to be taken without a sufficient verdict, and were not. Any is an alarm.\n" +
		"# TYPE " + name + " counter\n" + name + " " + want + "\n"
	if err := testutil.GatherAndCompare(w.registry, strings.NewReader(text), name); err != nil {
		t.Error(err)
	}
}

// What has changed between the verdict and the links counts, and is no alarm:
// nothing was about to be done.
func TestChangedSinceTheVerdict(t *testing.T) {
	for _, tt := range []struct {
		name  string
		since func(ivr.Facts) ivr.Facts
		err   error
		want  ivr.Outcome
	}{
		{"nothing", nil, nil, ivr.OutcomeOK},
		{"frozen", func(f ivr.Facts) ivr.Facts { f.Frozen = true; return f }, nil, ivr.OutcomeLocked},
		{"a threat", func(f ivr.Facts) ivr.Facts { f.Threat = true; return f }, nil, ivr.OutcomeLocked},
		{"nobody knows", nil, errors.New("the ledger is down"), ivr.OutcomeLocked},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &world{since: tt.since, guardErr: tt.err}
			got := run(service(t, w), verified(1), ivr.EffectMakeLinks, 0).(ivr.LinksMade)
			made := 0
			if tt.want == ivr.OutcomeOK {
				made = 1
			}
			if got.Outcome != tt.want || w.sets != made || w.claims != made {
				t.Errorf("%v, %d claims, Duo asked %d times; want %v", got.Outcome, w.claims, w.sets, tt.want)
			}
			unverified(t, w, "0")
		})
	}
}

// A call whose state says that links are due, without what it takes, is an alarm.
func TestForgedCalls(t *testing.T) {
	for name, forge := range map[string]func(*ivr.Call){
		"nothing has passed":      func(c *ivr.Call) { c.Passed = nil },
		"one factor":              func(c *ivr.Call) { c.Passed = c.Passed[:1] },
		"one factor twice":        func(c *ivr.Call) { c.Passed[1] = c.Passed[0] },
		"the verdict has lapsed":  func(c *ivr.Call) { c.Passed[0].At, c.Passed[1].At = noon.Unix()-601, noon.Unix()-601 },
		"one factor has lapsed":   func(c *ivr.Call) { c.Passed[0].At = noon.Unix() - 601 },
		"nobody in particular":    func(c *ivr.Call) { c.Facts.Known = false },
		"no account":              func(c *ivr.Call) { c.Facts.Account = false },
		"frozen":                  func(c *ivr.Call) { c.Facts.Frozen = true },
		"privileged":              func(c *ivr.Call) { c.Facts.Privileged = true },
		"a phone that is too new": func(c *ivr.Call) { c.Links.Phone.Since = noon.AddDate(0, 0, -1).Unix() },
		"a phone not in Duo":      func(c *ivr.Call) { c.Links.Phone = ivr.Phone{Number: "+19195550199"} },
		"a SIM that was changed": func(c *ivr.Call) {
			c.Links.Phone.SIM, c.Facts.Phones[0].SIM = ivr.SIMChanged, ivr.SIMChanged
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{}
			call := verified(1)
			forge(&call)
			got := run(service(t, w), call, ivr.EffectMakeLinks, 0).(ivr.LinksMade)
			if got.Outcome != ivr.OutcomeLocked || w.sets != 0 || w.claims != 0 {
				t.Errorf("%v, %d claims, Duo asked %d times", got.Outcome, w.claims, w.sets)
			}
			unverified(t, w, "1")
		})
	}
}

// What became of the request decides what the ledger is told.
func TestEndsOfClaims(t *testing.T) {
	for _, tt := range []struct {
		name          string
		made, kept    error
		want          ivr.Outcome
		end           reconnect.State
		textsPossible bool
	}{
		{"made", nil, nil, ivr.OutcomeOK, reconnect.StateDone, true},
		{"not taken", reconnect.ErrUnavailable, nil, ivr.OutcomeUnavailable, reconnect.StateFailed, false},
		{"refused", reconnect.ErrRefused, nil, ivr.OutcomeFailed, reconnect.StateFailed, false},
		{"no such phone", reconnect.ErrNotFound, nil, ivr.OutcomeFailed, reconnect.StateFailed, false},
		{"unclear", reconnect.ErrUnclear, nil, ivr.OutcomeUnknown, reconnect.StateUnclear, false},
		{"an error of no kind", errors.New("?"), nil, ivr.OutcomeUnknown, reconnect.StateUnclear, false},
		{"made and lost", nil, errors.New("Redis is down"), ivr.OutcomeUnknown, reconnect.StateUnclear, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &world{madeErr: tt.made, keptErr: tt.kept}
			s := service(t, w)
			got := run(s, verified(1), ivr.EffectMakeLinks, 0).(ivr.LinksMade)
			if got.Outcome != tt.want || w.sets != 1 {
				t.Errorf("%v, Duo asked %d times; want %v and once", got.Outcome, w.sets, tt.want)
			}
			if diff := cmp.Diff([]reconnect.State{tt.end}, w.ends); diff != "" {
				t.Errorf("ends (-want +got):\n%s", diff)
			}
			sent := run(s, verified(1), ivr.EffectSendText, ivr.TextInstall).(ivr.TextDispatched)
			if possible := sent.Status == ivr.TextQueued; possible != tt.textsPossible || possible != (len(w.texts) == 1) {
				t.Errorf("a text: %v, %d sent", sent.Status, len(w.texts))
			}
		})
	}
}

// Links that are dead, lost or another set's are texted to nobody; the page's
// address always is.
func TestTextsNothingDead(t *testing.T) {
	w := &world{}
	s := service(t, w)
	run(s, verified(1), ivr.EffectMakeLinks, 0)
	for _, tt := range []struct {
		name  string
		text  ivr.Text
		until int64
		sets  uint8
		phone string
		want  ivr.TextStatus
		life  time.Duration
	}{
		{"the last second", ivr.TextActivate, noon.Unix() + 1, 1, "+19195550101", ivr.TextQueued, time.Second},
		{"the moment of death", ivr.TextActivate, noon.Unix(), 1, "+19195550101", ivr.TextUnavailable, 0},
		{"long dead", ivr.TextInstall, noon.Unix() - 60, 1, "+19195550101", ivr.TextUnavailable, 0},
		{"a set that was not made", ivr.TextInstall, noon.Unix() + 600, 2, "+19195550101", ivr.TextUnavailable, 0},
		{"nobody", ivr.TextInstall, noon.Unix() + 600, 1, "", ivr.TextUnavailable, 0},
		{"the page", ivr.TextWeb, 0, 1, "+19195550101", ivr.TextQueued, time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.texts = nil
			call := verified(tt.sets)
			call.Links.Until, call.Links.Phone.Number, call.Facts.Phones[0].Number = tt.until, tt.phone, tt.phone
			got := run(s, call, ivr.EffectSendText, tt.text).(ivr.TextDispatched)
			if got.Status != tt.want || (len(w.texts) == 1) != (tt.want == ivr.TextQueued) {
				t.Fatalf("%v, %d sent; want %v", got.Status, len(w.texts), tt.want)
			}
			if len(w.texts) == 1 && w.texts[0].Validity != tt.life {
				t.Errorf("valid for %v, want %v", w.texts[0].Validity, tt.life)
			}
		})
	}
}

// twoPhones is an account with two usable phones and one that Duo does not know.
func twoPhones() (*reconnect.Account, ivr.Call) {
	call := verified(0)
	call.Facts.Phones = []ivr.Phone{{Number: "+19195550101"}, {Number: "+19195550112"}, {Number: "+19195550113"}, {Number: "+19195550114"}}
	return &reconnect.Account{Active: true, Phones: []reconnect.AccountPhone{
		{ID: "DP9", Number: "+19195550199", Textable: true},
		{ID: "DP4", Number: "+19195550114"},
		{ID: "DP2", Number: "+19195550112", Textable: true},
		{ID: "DP1", Number: "+19195550101", Textable: true},
	}}, call
}

// The phones keep their order, since evidence refers to them by it; only those in
// Duo can be used, and only those are asked about.
func TestSeveralPhones(t *testing.T) {
	account, call := twoPhones()
	w := &world{account: account, sim: func(_ context.Context, number string) ivr.SIM {
		return map[string]ivr.SIM{"+19195550101": ivr.SIMSame, "+19195550112": ivr.SIMChanged}[number]
	}}
	got := run(service(t, w), call, ivr.EffectReadAccount, 0).(ivr.AccountRead)
	want := ivr.AccountRead{Outcome: ivr.OutcomeOK, Phones: []ivr.Phone{
		{Number: "+19195550101", DuoID: "DP1", Usable: true, SIM: ivr.SIMSame},
		{Number: "+19195550112", DuoID: "DP2", Usable: true, SIM: ivr.SIMChanged},
		{Number: "+19195550113"},
		{Number: "+19195550114", DuoID: "DP4"},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
	w.account.Active = false
	if got := run(service(t, w), call, ivr.EffectReadAccount, 0).(ivr.AccountRead); got.Outcome != ivr.OutcomeFailed {
		t.Errorf("an account that is locked out: %v", got.Outcome)
	}
}

// Look-ups of SIMs run at once and end with the effect: what is not known by then
// is unknown, and the account is read all the same.
func TestSlowSIMs(t *testing.T) {
	account, call := twoPhones()
	asked := make(chan struct{}, 2)
	w := &world{account: account, sim: func(ctx context.Context, _ string) ivr.SIM {
		asked <- struct{}{}
		<-ctx.Done()
		return ivr.SIMUnknown
	}}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { // ends the effect when both have been asked, neither of which has answered
		<-asked
		<-asked
		cancel()
	}()
	got := service(t, w).Run(ctx, "CA1", call, call.Effect(ivr.Open{ID: 7, Kind: ivr.EffectReadAccount})).(ivr.AccountRead)
	if got.Outcome != ivr.OutcomeOK || !got.Phones[0].Usable || got.Phones[0].SIM != ivr.SIMUnknown || got.Phones[1].SIM != ivr.SIMUnknown {
		t.Errorf("account %+v", got)
	}
}
