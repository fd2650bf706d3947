package changes_test

import (
	"errors"
	"testing"
	"time"

	"ringback/ivr/desk/changes"
	"ringback/ivr/ledger"
	nc "ringback/ivr/numberchange"
)

func TestOpenRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(w *world)
		by    changes.Actor
		want  nc.Refusal
	}{
		"no role":        {nil, changes.Actor{ID: "alex"}, nc.RefusalRole},
		"local account":  {nil, changes.Actor{ID: "alex", Role: nc.RoleAgent, Local: true}, nc.RefusalLocal},
		"nobody on line": {nil, jo, nc.RefusalNotOnLine},
		"own number": {func(w *world) {
			w.floor.put("robin", changes.Caller{ID: sam, Line: "university", CallRef: "ref2"})
		}, robin, nc.RefusalSubject},
		"frozen": {func(w *world) {
			if _, err := w.ledger.Freeze(w.ctx, ledger.Freeze{Subject: w.people.Subject(dana), By: "line"}); err != nil {
				w.t.Fatal(err)
			}
		}, alex, nc.RefusalFrozen},
		"directory down": {func(w *world) { w.people.set(true, false) }, alex, nc.RefusalUnread},
		"nobody's ID": {func(w *world) {
			w.floor.put("alex", changes.Caller{ID: "1000009", Line: "university", CallRef: "ref2"})
		}, alex, nc.RefusalUnread},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, nil, func(w *world) {
				if tt.spoil != nil {
					tt.spoil(w)
				}
				id, why, err := w.Open(w.ctx, tt.by, changes.Opening{})
				if id != "" || why != tt.want || err != nil {
					t.Errorf("%q, %v, %v; want %v", id, why, err, tt.want)
				}
				if all, err := w.List(w.ctx); len(all) != 0 || err != nil {
					t.Errorf("there is %+v, %v", all, err)
				}
			})
		})
	}
}

// A person has one change at a time; who opens another is led to it.
func TestOpenTaken(t *testing.T) {
	play(t, nil, func(w *world) {
		id := w.opens()
		again, _, err := w.Open(w.ctx, alex, changes.Opening{})
		if again != id || !errors.Is(err, changes.ErrTaken) {
			t.Errorf("%q, %v; want %q", again, err, id)
		}
	})
}

func TestNumberRefused(t *testing.T) {
	give := func(number string) changes.Act {
		return changes.Act{What: changes.GiveNumber, Number: number, Replaces: danaPhone}
	}
	play(t, nil, func(w *world) {
		id := w.opens()
		for name, tt := range map[string]struct {
			number string
			want   nc.Refusal
		}{
			"not a number":   {"5550199", nc.RefusalNumber},
			"landline":       {"+19195550170", nc.RefusalLandline},
			"premium":        {"+19005550170", nc.RefusalPremium},
			"by its plan":    {"+449098790879", nc.RefusalPremium},
			"toll free":      {"+18005550170", nc.RefusalLandline},
			"ours":           {"+19196842200", nc.RefusalOurs},
			"theirs already": {oldNumber, nc.RefusalCurrent},
			"somebody's":     {samNumber, nc.RefusalOther},
		} {
			t.Log(name)
			w.act(id, alex, give(tt.number), tt.want)
		}
		for _, replaces := range []string{"", "DPNOBODY00000000001"} {
			if _, err := w.Do(w.ctx, id, alex, changes.Act{What: changes.GiveNumber, Number: newNumber, Replaces: replaces}); !errors.Is(err, changes.ErrNotFound) {
				t.Errorf("replaces %q: %v", replaces, err)
			}
		}
		w.wantTold()
		if len(w.texts.sent) != 0 {
			t.Errorf("texts were sent: %d", len(w.texts.sent))
		}
		w.act(id, robin, give(newNumber), nc.RefusalNotYours)
		w.floor.hangUp("alex")
		w.act(id, alex, give(newNumber), nc.RefusalNotOnLine)
	})
}

func TestApprovalRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(w *world)
		by    changes.Actor
		want  nc.Refusal
	}{
		"own":           {nil, alex, nc.RefusalSamePerson},
		"own, as ALEX":  {nil, changes.Actor{ID: "ALEX", Role: nc.RoleLead}, nc.RefusalSamePerson},
		"local account": {nil, changes.Actor{ID: "jo", Role: nc.RoleLead, Local: true}, nc.RefusalLocal},
		"nobody knows":  {nil, changes.Actor{ID: "oidc:0123", Role: nc.RoleLead}, nc.RefusalSubject},
		"stale sign-in": {nil, changes.Actor{ID: "jo", Role: nc.RoleLead, SignedIn: noon.Add(-6 * time.Minute)}, nc.RefusalSignIn},
		"no role":       {nil, changes.Actor{ID: "jo"}, nc.RefusalRole},
		"threat": {func(w *world) {
			if err := w.ledger.SetThreat(w.ctx, ledger.Threat{Until: noon.Add(time.Hour), By: "jo", Reason: "x"}); err != nil {
				w.t.Fatal(err)
			}
		}, jo, nc.RefusalInPerson},
		"privileged meanwhile": {func(w *world) { w.people.set(false, true) }, jo, nc.RefusalInPerson},
		"directory down":       {func(w *world) { w.people.set(true, false) }, jo, nc.RefusalUnread},
		"verdict lapsed":       {func(w *world) { w.wait(10 * time.Minute) }, jo, nc.RefusalLapsed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, nil, func(w *world) {
				id := w.asked()
				if tt.spoil != nil {
					tt.spoil(w)
				}
				w.act(id, tt.by, changes.Act{What: changes.Approve}, tt.want)
				w.is(id, nc.StateAwaitingApproval)
				w.wantPhones(oldNumber)
			})
		})
	}
}

// The subject of a change has no part in it but to be stopped.
func TestSubjectApproves(t *testing.T) {
	play(t, nil, func(w *world) {
		w.floor.put("alex", changes.Caller{ID: sam, Line: "university", CallRef: "ref1", Number: true, Until: noon.Add(10 * time.Minute)})
		id := w.opens()
		w.act(id, robin, changes.Act{What: changes.Approve}, nc.RefusalSubject)
	})
}

// Who may not do something learns why before trying.
func TestWhys(t *testing.T) {
	play(t, nil, func(w *world) {
		id := w.asked()
		mine := w.view(id, alex)
		fresh := jo
		fresh.SignedIn = w.clock.Now()
		theirs := w.view(id, fresh)
		if mine.Why[changes.Approve] != nc.RefusalSamePerson || mine.Why[changes.EnterCode] != nc.RefusalNotNow {
			t.Errorf("the agent may not: %v", mine.Why)
		}
		if _, may := mine.Why[changes.Cancel]; may {
			t.Errorf("the agent may not cancel: %v", mine.Why)
		}
		if why, ok := theirs.Why[changes.Approve]; ok {
			t.Errorf("the lead may not approve: %v", why)
		}
		if mine.Hint != "99" || mine.Old != "01" || mine.SubjectHint != "01" || mine.Agent != "alex" {
			t.Errorf("seen: %+v", mine)
		}
	})
}

func TestNoSuchChange(t *testing.T) {
	play(t, nil, func(w *world) {
		if _, err := w.Do(w.ctx, "nope", alex, changes.Act{What: changes.Cancel}); !errors.Is(err, changes.ErrNotFound) {
			t.Errorf("act: %v", err)
		}
		if _, err := w.View(w.ctx, "nope", alex); !errors.Is(err, changes.ErrNotFound) {
			t.Errorf("view: %v", err)
		}
	})
}

// What could not be told while the directory was down is told when it is back.
func TestToldLater(t *testing.T) {
	play(t, nil, func(w *world) {
		id := w.asked()
		w.told.set(true)
		w.freeze("repudiated")
		w.is(id, nc.StateCancelled)
		w.wantTold("started")
		w.told.set(false)
		w.wait(2 * time.Minute)
		w.wantTold("started", "cancelled")
		w.wait(time.Hour)
		w.wantTold("started", "cancelled")
	})
}

// Nothing begins that nobody could be told of.
func TestUntoldNotBegun(t *testing.T) {
	play(t, nil, func(w *world) {
		id := w.opens()
		w.told.set(true)
		if _, err := w.Do(w.ctx, id, alex, changes.Act{What: changes.GiveNumber, Number: newNumber, Replaces: danaPhone}); !errors.Is(err, errDown) {
			t.Errorf("given: %v", err)
		}
		w.is(id, nc.StateEvidenced)
		if len(w.texts.sent) != 0 {
			t.Error("a code was sent")
		}
	})
}

func TestParseWhat(t *testing.T) {
	for _, w := range changes.Whats() {
		if got, err := changes.ParseWhat(w.String()); got != w || err != nil {
			t.Errorf("%v: %v, %v", w, got, err)
		}
	}
	if _, err := changes.ParseWhat("unknown"); err == nil {
		t.Error("unknown is an act")
	}
}

func TestOptions(t *testing.T) {
	if _, err := changes.New(changes.Options{}); err == nil {
		t.Error("nothing is enough")
	}
	play(t, nil, func(w *world) {
		for name, spoil := range map[string]func(*changes.Options){
			"no line":       func(o *changes.Options) { o.Line = "" },
			"short key":     func(o *changes.Options) { o.Key = []byte("short") },
			"negative time": func(o *changes.Options) { o.Every = -1 },
		} {
			o := w.options()
			spoil(&o)
			if _, err := changes.New(o); err == nil {
				t.Errorf("%s: taken", name)
			}
		}
	})
}
