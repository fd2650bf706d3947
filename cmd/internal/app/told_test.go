package app_test

import (
	"errors"
	"testing"
	"time"

	"ringback/cmd/internal/app"
	"ringback/ivr"
	"ringback/ivr/duo/duobox"
	"ringback/ivr/ledger"
	"ringback/sessions/sessionstest"
)

// leadPhone is Jo's, of the example.
const leadPhone = "+19195550203"

// withFile is a world with a Redis and a ledger in a file.
func withFile(t *testing.T) *outside {
	t.Helper()
	return openOutside(t, sessionstest.StartRedis(t).URL(), file(t))
}

// everybody waits until all of Sam's addresses were told so often.
func (o *outside) everybody(pattern string, n int) {
	o.t.Helper()
	for _, number := range []string{samPhone, samOther} {
		o.awaitText(nil, number, pattern, n)
	}
	o.awaitMail(nil, samMail, pattern, n)
}

func (o *outside) untold(pattern string) {
	o.t.Helper()
	for _, number := range []string{samPhone, samOther} {
		if got, _ := o.texts(number, pattern); len(got) > 0 {
			o.t.Errorf("texted: %q", got)
		}
	}
	if n := o.mails(samMail, pattern); n > 0 {
		o.t.Errorf("%d e-mails like %q", n, pattern)
	}
}

// Whoever keys a notice's reference stops that person's recovery, and everybody
// concerned hears of it; a reference of nothing stops nobody, in the same words.
func TestReportTells(t *testing.T) {
	o := withFile(t)
	a := o.serveBy()
	h := prepareReport(o, a)
	if err := h.press("99999999#"); err != nil {
		t.Fatal(err)
	}
	wrong := h.heard
	if _, frozen, err := a.Ledger().Frozen(t.Context(), o.names().Subject(samID)); frozen || err != nil {
		t.Errorf("a wrong reference: frozen %v, %v", frozen, err)
	}
	o.untold("stopped")
	h = o.calls(2, samOther)
	if err := h.dial(); err != nil {
		t.Fatal(err)
	}
	h.must("same as before", "7", "eight digit reference", o.reference+"#")
	if h.heard != wrong {
		t.Errorf("heard %q of a right reference, and %q of a wrong one", h.heard, wrong)
	}
	o.everybody("stopped", 1)
	o.awaitText(nil, leadPhone, "stopped|call", 1)
	f, frozen, err := a.Ledger().Frozen(t.Context(), o.names().Subject(samID))
	if err != nil || !frozen || f.By != "line" || f.Reason != "repudiated" {
		t.Errorf("frozen %v, %+v, %v", frozen, f, err)
	}
}

// The last failure disables a factor, which is told; a lead lifts it, with a
// reason, which is told as well.
func TestDisabledFactorTells(t *testing.T) {
	o := withFile(t)
	a := o.serveBy()
	subject := o.names().Subject(samID)
	for range 9 {
		if got, err := a.Ledger().Reserve(t.Context(), subject, "pin", o.clock.Now()); err != nil || !got.Granted {
			t.Fatalf("%+v, %v", got, err)
		}
		o.later(2 * time.Hour)
	}
	o.untold("locked")
	o.calls(1, samPhone).identify(samID, "99999999")
	o.everybody("was locked after too many wrong tries", 1)
	o.later(2 * time.Hour)
	o.calls(2, samPhone).identify(samID, samPIN)
	if lock, err := a.Ledger().Lock(t.Context(), subject, "pin"); err != nil || !lock.Disabled {
		t.Errorf("lock %+v, %v", lock, err)
	}
	if _, err := a.Lead().Unlock(t.Context(), samID, ivr.FactorPIN, "jo", ""); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("without a reason: %v", err)
	}
	if _, err := a.Lead().Unlock(t.Context(), samID, ivr.FactorPIN, "", "came in person"); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("by nobody: %v", err)
	}
	lifted, err := a.Lead().Unlock(t.Context(), samID, ivr.FactorUnknown, "jo", "came in person")
	if err != nil || len(lifted) == 0 {
		t.Fatalf("lifted %v, %v", lifted, err)
	}
	o.everybody("was lifted", 1)
	if _, err := a.Lead().Unlock(t.Context(), danaID, ivr.FactorUnknown, "jo", "asked"); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("nothing to unlock: %v", err)
	}
	o.later(2 * time.Hour)
	h := o.calls(3, samPhone)
	h.identify(samID, samPIN)
	h.must("six digit code", o.code(samPhone, 1)+"#")
	h.hear("Which phone")
}

// A lead's doings need a lead and a reason. What refuses them tells nobody.
func TestLeadsAuthority(t *testing.T) {
	o := withFile(t)
	a := o.serveBy()
	ctx, subject := t.Context(), o.names().Subject(samID)
	if err := a.Lead().Unfreeze(ctx, samID, "jo", "asked"); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("nothing to lift: %v", err)
	}
	if err := a.Lead().Freeze(ctx, samID, "jo", "lost a bag"); err != nil {
		t.Fatal(err)
	}
	o.everybody("stopped", 1)
	for _, who := range [][2]string{{"", "found the bag"}, {"jo", ""}} {
		if err := a.Lead().Unfreeze(ctx, samID, who[0], who[1]); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("by %q for %q: %v", who[0], who[1], err)
		}
	}
	if _, frozen, err := a.Ledger().Frozen(ctx, subject); !frozen || err != nil {
		t.Errorf("frozen %v, %v", frozen, err)
	}
	all, err := a.Ledger().Audit(ctx, ledger.AuditFilter{Action: "unfreeze"})
	if err != nil || len(all) != 0 {
		t.Errorf("%d rows, %v", len(all), err)
	}
	if err := a.Lead().Unfreeze(ctx, samID, "jo", "found the bag"); err != nil {
		t.Fatal(err)
	}
	if all, err = a.Ledger().Audit(ctx, ledger.AuditFilter{Action: "unfreeze"}); err != nil || len(all) != 1 || all[0].Actor != "jo" || all[0].Reason != "found the bag" {
		t.Errorf("audit %+v, %v", all, err)
	}
	o.until(nil, "notices", func() bool {
		s, err := a.Ledger().NoticeStats(ctx)
		return err == nil && s.Pending == 0
	})
	o.told(a.Ledger(), all[0].Seq, 3)
}

// A threat that a lead switches on holds for the calls of another instance at once.
func TestLeadsThreat(t *testing.T) {
	o := withFile(t)
	first, second := o.serveBy(), o.start()
	h := o.calls(1, samPhone).by(second)
	h.identify(samID, samPIN)
	h.must("six digit code", o.code(samPhone, 1)+"#")
	h.hear("Which phone")
	until := o.clock.Now().Add(30 * time.Minute)
	if err := first.Lead().SetThreat(t.Context(), until, "jo", "calls in a row"); err != nil {
		t.Fatal(err)
	}
	if err := h.press("1"); err != nil { // after the verdict, before the links
		t.Fatal(err)
	}
	if h.hears("two texts") || o.activations() != 0 {
		t.Errorf("links under a threat: %q", h.heard)
	}
	got, err := second.Lead().Threat(t.Context())
	if err != nil || got.By != "jo" || got.Reason != "calls in a row" || !got.Until.Equal(until.UTC().Truncate(time.Millisecond)) {
		t.Errorf("threat %+v, %v", got, err)
	}
	if err := first.Lead().SetThreat(t.Context(), time.Time{}, "jo", "it was a test"); err != nil {
		t.Fatal(err)
	}
	o.later(2 * time.Minute)
	h = o.calls(2, samPhone).by(second)
	h.identify(samID, samPIN)
	h.must("six digit code", o.code(samPhone, 2)+"#", "Which phone", "1")
	h.hear("two texts")
}

// What a command or an instance that is gone has owed is sent by the next one.
func TestNoticesSurvive(t *testing.T) {
	o := withFile(t)
	opts, err := o.places.options(o.clock)
	if err != nil {
		t.Fatal(err)
	}
	command, err := app.OpenLead(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Freeze(t.Context(), samID, "jo", "lost a bag"); err != nil {
		t.Fatal(err)
	}
	if err := command.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.untold("stopped")
	o.mail.Down(true)
	a := o.serveBy()
	o.awaitText(nil, samOther, "stopped", 1)
	pending := func(a *app.App, n int) {
		t.Helper()
		o.until(nil, "notices", func() bool {
			s, err := a.Ledger().NoticeStats(t.Context())
			return err == nil && s.Pending == n
		})
	}
	pending(a, 1)
	o.stop(a)
	o.mail.Down(false)
	o.later(10 * time.Minute) // any pause before a retry
	a = o.serveBy()
	o.everybody("stopped", 1)
	pending(a, 0)
	o.mail.Down(true)
	if err := a.Lead().Unfreeze(t.Context(), samID, "jo", "found it"); err != nil {
		t.Fatal(err)
	}
	o.until(nil, "a try to send", func() bool {
		all, err := a.Ledger().Notices(t.Context(), ledger.NoticePending, 0)
		return err == nil && len(all) == 1 && all[0].Why != ""
	})
	o.mail.Down(false)
	o.later(10 * time.Minute)
	if err := a.Lead().Freeze(t.Context(), danaID, "jo", "asked"); err != nil { // has the worker look
		t.Fatal(err)
	}
	pending(a, 0)
	if n := len(o.mail.Messages(samMail)); n != 2 {
		t.Errorf("%d e-mails, want 2", n)
	}
}

// A set that Duo certainly did not make is told to nobody.
func TestFailedLinksTellNobody(t *testing.T) {
	o := withFile(t)
	a := o.serveBy()
	h := prepareLinks(o, a)
	h.must("six digit code", o.code(samPhone, 1)+"#")
	h.hear("Which phone")
	o.duo.SetFault(duobox.Fault{Down: true, Only: []string{"activation_url"}})
	if err := h.press("1"); err != nil {
		t.Fatal(err)
	}
	intents, _ := o.links(a.Ledger())
	if len(intents) != 1 || o.find(a.Ledger(), intents[0]).State != ledger.Failed {
		t.Fatalf("claims %v", intents)
	}
	all, err := a.Ledger().Notices(t.Context(), ledger.NoticeWithdrawn, 0)
	if err != nil || len(all) != 2 {
		t.Errorf("%d withdrawn, %v", len(all), err)
	}
	o.later(10 * time.Minute)
	o.sweep()
	o.told(o.ledger(), intents[0], 0)
	o.untold("links")
}

// The caller hangs up and the instance dies: the next one finds the claim, says
// that nobody knows, and tells whom it concerns.
func TestStaleClaimIsTold(t *testing.T) {
	o := withFile(t)
	story := stories()[0]
	o.dies(story, "POST activation_url answered 1", story.first(o))
	l := o.ledger()
	intents, _ := o.links(l)
	if len(intents) != 1 || o.find(l, intents[0]).State != ledger.Claimed || o.activations() != 1 {
		t.Fatalf("claims %v, Duo asked %d times", intents, o.activations())
	}
	o.untold("links to reconnect Duo were")
	a := o.serveBy() // too soon to say
	o.stop(a)
	if row := o.find(l, intents[0]); row.State != ledger.Claimed {
		t.Errorf("after no time %v", row.State)
	}
	o.later(2*time.Minute + time.Second)
	o.sweep()
	if row := o.find(l, intents[0]); row.State != ledger.Unsure || row.Detail["why"] != "stale" {
		t.Errorf("after two minutes %+v", row)
	}
	o.told(l, intents[0], 2)
	o.awaitMail(nil, samMail, "links", 1)
}
