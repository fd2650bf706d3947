package app_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"ringback/cmd/internal/app"
	"ringback/ivr/ledger"
	"ringback/ivr/ledger/postgrestest"
	"ringback/sessions/sessionstest"
)

// pair is two instances on one Redis and one PostgreSQL. The load balancer sends
// what it is asked for to the first.
func pair(t *testing.T) (o *outside, first, second *app.App) {
	t.Helper()
	o = openOutside(t, sessionstest.StartRedis(t).URL(), postgrestest.Start(t))
	first, second = o.serveBy(), o.start()
	return o, first, second
}

// by is the same call, whose webhooks go to one instance.
func (h *handset) by(a *app.App) *handset {
	c := *h
	c.addr = a.Addr()
	return &c
}

// atOnce keys the same in all of them together.
func atOnce(t *testing.T, keys string, all ...*handset) {
	t.Helper()
	var ready, done sync.WaitGroup
	ready.Add(len(all))
	for _, h := range all {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			if err := h.press(keys); err != nil {
				t.Errorf("press: %v", err)
			}
		})
	}
	done.Wait()
}

func heardBy(all []*handset, pattern string) (n int) {
	for _, h := range all {
		if h.hears(pattern) {
			n++
		}
	}
	return n
}

// The right code in the same webhook twice, at two instances: both answer the
// same, and it counts once.
func TestOneCodeAtTwoInstances(t *testing.T) {
	o, first, second := pair(t)
	h := o.calls(1, samPhone)
	h.identify(samID, samPIN)
	one, two := h.by(first), h.by(second)
	atOnce(t, o.code(samPhone, 1)+"#", one, two)
	if strings.TrimSpace(one.heard) != strings.TrimSpace(two.heard) && heardBy([]*handset{one, two}, "Which phone") != 2 {
		t.Errorf("two answers: %q and %q", one.heard, two.heard)
	}
	one.hear("Which phone")
	if n := spends(o); n != 1 {
		t.Errorf("one code counted %d times", n)
	}
	l := o.ledger()
	if lock, err := l.Lock(t.Context(), o.names().Subject(samID), "texted_code"); err != nil || lock.Failures != 0 {
		t.Errorf("failures: %+v, %v", lock, err)
	}
	o.whole(l)
}

// One recovery code in two calls at once, at two instances: one of them wins.
func TestOneRecoveryCodeInTwoCalls(t *testing.T) {
	o, first, second := pair(t)
	all := []*handset{o.calls(1, samPhone).by(first), o.calls(2, samOther).by(second)}
	for _, h := range all {
		if err := h.dial(); err != nil {
			t.Fatal(err)
		}
		h.must("same as before", "1", "unique", samID+"#", "If that is right", "1", "phone PIN", "#")
		h.hear("recovery codes")
		o.later(61 * time.Second) // the lease of a verification: now nobody has it
	}
	atOnce(t, samCode+"#", all...)
	if passed, not := heardBy(all, "six digit code"), heardBy(all, "did not match"); passed != 1 || not != 1 {
		t.Errorf("%d calls passed and %d did not: %q, %q", passed, not, all[0].heard, all[1].heard)
	}
	if n := spends(o); n != 1 {
		t.Errorf("one code counted %d times", n)
	}
	o.whole(o.ledger())
}

// Three calls of one verified person ask for links at once: the day has two sets,
// each at a place of its own.
func TestThreeActivationsAtOnce(t *testing.T) {
	o, first, second := pair(t)
	var all []*handset
	for i, a := range []*app.App{first, second, first} {
		h := o.calls(i+1, []string{samPhone, samOther, danaPhone}[i]).by(a)
		h.identify(samID, samPIN)
		h.must("six digit code", o.code(samPhone, i+1)+"#")
		h.hear("Which phone")
		o.later(61 * time.Second) // the lease of a verification, and the gap between codes
		all = append(all, h)
	}
	atOnce(t, "1", all...)
	if n := heardBy(all, "two texts"); n != 2 {
		t.Errorf("%d calls got links, want 2", n)
	}
	if n := o.activations(); n != 2 {
		t.Errorf("Duo was asked %d times, want 2", n)
	}
	l := o.ledger()
	intents, _ := o.links(l)
	ordinals := map[int]ledger.State{}
	for _, id := range intents {
		row := o.find(l, id)
		ordinals[row.Ordinal] = row.State
	}
	if len(intents) != 2 || ordinals[1] != ledger.Done || ordinals[2] != ledger.Done {
		t.Errorf("%d claims: %v", len(intents), ordinals)
	}
	o.whole(l)
}
