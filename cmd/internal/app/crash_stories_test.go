package app_test

import (
	"regexp"
	"strings"
	"time"

	"ringback/cmd/internal/app"
	"ringback/ivr/caller"
	"ringback/ivr/ledger"
)

// prepareLinks has Sam prove the PIN and wait for a code.
func prepareLinks(o *outside, _ *app.App) *handset {
	o.t.Helper()
	h := o.calls(1, samPhone)
	h.identify(samID, samPIN)
	o.code(samPhone, 1)
	return h
}

// actLinks keys the code and chooses a phone; then two texts come, and everybody
// else is told.
func actLinks(o *outside, h *handset, dead chan struct{}) {
	o.t.Helper()
	if h.press(o.code(samPhone, 1)+"#") != nil || !h.hears("Which phone") || h.press("1") != nil {
		return
	}
	if o.awaitText(dead, samPhone, "2 of 2", 1) && o.awaitText(dead, samOther, "links", 1) {
		o.awaitMail(dead, samMail, "links", 1)
	}
}

// goOnLinks takes the call to some end, and calls once more.
func goOnLinks(o *outside, h *handset) {
	o.t.Helper()
	if err := h.goOn(); err != nil {
		o.t.Fatalf("the call does not go on: %v", err)
	}
	code := o.code(samPhone, 1)
	for range 4 {
		switch {
		case h.hears("Which phone"):
			h.must("Which phone", "1")
		case h.hears("six digit code"):
			h.must("six digit code", code+"#")
		}
	}
	if n := spends(o); n > 1 {
		o.t.Errorf("one code counted %d times", n)
	}
	o.later(2 * time.Minute)
	before, _ := o.texts(samPhone, "is your code")
	again := o.calls(2, samPhone)
	again.identify(samID, samPIN)
	again.must("six digit code", o.code(samPhone, len(before)+1)+"#", "Which phone", "1")
	asked := o.activations()
	if again.hears("two texts") && (asked == 0 || asked > 2) {
		o.t.Errorf("links after Duo was asked %d times", asked)
	}
}

// spends is how often a texted code has counted.
func spends(o *outside) int {
	o.t.Helper()
	rows, err := o.ledger().Audit(o.t.Context(), ledger.AuditFilter{Action: "spend"})
	if err != nil {
		o.t.Fatal(err)
	}
	return len(rows)
}

func checkLinks(o *outside, l *ledger.Ledger) {
	o.t.Helper()
	o.whole(l)
	intents, outcomes := o.links(l)
	asked := o.activations()
	if asked > len(intents) || asked > 2 || len(intents) > 2 {
		o.t.Errorf("Duo was asked %d times for %d claims", asked, len(intents))
	}
	ordinals := map[int]bool{}
	for _, id := range intents {
		row := o.find(l, id)
		if !outcomes[id] || (row.State != ledger.Done && row.State != ledger.Unsure) {
			o.t.Errorf("claim %d is %v, with an outcome: %v", id, row.State, outcomes[id])
		}
		if ordinals[row.Ordinal] {
			o.t.Errorf("two sets at place %d", row.Ordinal)
		}
		ordinals[row.Ordinal] = true
		o.told(l, id, 2) // the other phone, and the mail
	}
	// A notice may be told twice where the instance died in telling, and not more.
	if n := o.mails(samMail, "links"); n < len(intents) || n > len(intents)+1 {
		o.t.Errorf("%d e-mails of %d sets", n, len(intents))
	}
}

// notify has Sam told of a new PIN, and returns the reference of that notice.
func (o *outside) notify(a *app.App) (reference string) {
	o.t.Helper()
	hash, err := caller.HashPIN("86420975", caller.HashParams{})
	if err != nil {
		o.t.Fatal(err)
	}
	if err := a.Lead().SetPIN(o.t.Context(), samID, hash, "jo", "enrolled"); err != nil {
		o.t.Fatal(err)
	}
	const news = "a new PIN .* was set"
	o.everybody(news, 1)
	o.until(nil, "notices", func() bool {
		s, err := a.Ledger().NoticeStats(o.t.Context())
		return err == nil && s.Pending == 0
	})
	texts, _ := o.texts(samPhone, news)
	return strings.ReplaceAll(regexp.MustCompile(`key in ([0-9 ]+)`).FindStringSubmatch(texts[0])[1], " ", "")
}

// prepareReport has somebody else call who holds a notice of Sam's.
func prepareReport(o *outside, a *app.App) *handset {
	o.t.Helper()
	o.reference = o.notify(a)
	h := o.calls(1, samOther)
	if err := h.dial(); err != nil {
		o.t.Fatal(err)
	}
	h.must("same as before", "7")
	h.hear("eight digit reference")
	return h
}

func actReport(o *outside, h *handset, dead chan struct{}) {
	o.t.Helper()
	if h.press(o.reference+"#") != nil {
		return
	}
	if o.awaitText(dead, samPhone, "stopped", 1) && o.awaitText(dead, samOther, "stopped", 1) {
		o.awaitMail(dead, samMail, "stopped", 1)
	}
}

// goOnReport has the report end, and Sam call, whom the right PIN helps no more.
func goOnReport(o *outside, h *handset) {
	o.t.Helper()
	if err := h.goOn(); err != nil {
		o.t.Fatalf("the call does not go on: %v", err)
	}
	if h.hears("eight digit reference") {
		h.must("eight digit reference", o.reference+"#")
	}
	o.later(2 * time.Minute)
	sam := o.calls(2, samPhone)
	sam.identify(samID, samPIN)
	sam.hear("did not match")
}

func checkReport(o *outside, l *ledger.Ledger) {
	o.t.Helper()
	o.whole(l)
	rows, err := l.Audit(o.t.Context(), ledger.AuditFilter{Action: "freeze"})
	if err != nil || len(rows) != 1 {
		o.t.Fatalf("%d freezes, %v", len(rows), err)
	}
	o.told(l, rows[0].Seq, 4) // and the lead
	if o.activations() != 0 {
		o.t.Error("links were made")
	}
}
