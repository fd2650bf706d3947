package changes_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ringback/ivr/desk/changes"
	"ringback/ivr/duo/duobox"
	"ringback/ivr/ledger"
	nc "ringback/ivr/numberchange"
	"ringback/ivr/twilio"
)

// operation is what a step asks of Duo, as the box names it.
func operation(s nc.Step) string {
	return map[nc.Step]string{
		nc.StepFind: "create_phone", nc.StepAssociate: "associate_phone", nc.StepLinks: "activation_url",
		nc.StepRemove: "disassociate_phone", nc.StepDissociate: "disassociate_phone",
	}[s]
}

// Each step of Duo fails in its turn: refused for good, refused for a while, or its
// answer lost. None is done twice, and each goes on.
func TestStepsFail(t *testing.T) {
	for _, step := range []nc.Step{nc.StepFind, nc.StepAssociate, nc.StepLinks, nc.StepRemove, nc.StepDissociate} {
		for name, fault := range map[string]duobox.Fault{
			"refused for a while": {Status: 500, Count: 2},
			"answer lost":         {LoseResponse: true, Count: 1},
			"too slow":            {Slow: time.Minute, Count: 1},
		} {
			t.Run(step.String()+" "+name, func(t *testing.T) {
				t.Parallel()
				play(t, nil, func(w *world) {
					fault.Only = []string{operation(step)}
					id := w.asked()
					if step <= nc.StepLinks {
						w.box.SetFault(fault)
					}
					w.act(id, robin, changes.Act{What: changes.Approve}, nc.RefusalNone)
					w.wait(5 * time.Minute)
					w.is(id, nc.StateAwaitingActivation)
					w.wantPhones(oldNumber, newNumber)
					if step > nc.StepLinks {
						w.box.SetFault(fault)
					}
					if step == nc.StepDissociate {
						w.act(id, alex, changes.Act{What: changes.Undo}, nc.RefusalNone)
						w.wait(5 * time.Minute)
						w.is(id, nc.StateUndone)
						w.wantPhones(oldNumber)
						return
					}
					w.taps()
					w.wait(10 * time.Minute)
					w.is(id, nc.StateDone)
					w.wantPhones(newNumber)
				})
			})
		}
	}
}

// A step that Duo refuses for good waits for somebody, who resumes or undoes.
func TestStuck(t *testing.T) {
	for _, step := range []nc.Step{nc.StepFind, nc.StepAssociate, nc.StepLinks} {
		t.Run(step.String(), func(t *testing.T) {
			t.Parallel()
			play(t, nil, func(w *world) {
				id := w.asked()
				w.box.SetFault(duobox.Fault{Status: 400, Only: []string{operation(step)}})
				w.act(id, robin, changes.Act{What: changes.Approve}, nc.RefusalNone)
				w.wait(10 * time.Minute)
				w.is(id, nc.StateApplying)
				v := w.view(id, alex)
				if next := v.Next[0]; next.Do != nc.DoResume {
					t.Errorf("next is %+v", next)
				}
				w.box.SetFault(duobox.Fault{})
				w.act(id, alex, changes.Act{What: changes.Resume}, nc.RefusalNone)
				w.wait(30 * time.Second)
				w.is(id, nc.StateAwaitingActivation)
			})
		})
	}
}

func TestTextsFail(t *testing.T) {
	for name, tt := range map[string]struct {
		fail []error
		want nc.State
	}{
		"the code is refused": {[]error{errDown}, nc.StateNumberGiven},
		"the code is unclear": {[]error{twilio.ErrUnclear}, nc.StateCodeSent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, nil, func(w *world) {
				id := w.opens()
				w.texts.fails(tt.fail...)
				w.act(id, alex, changes.Act{What: changes.GiveNumber, Number: newNumber, Replaces: danaPhone}, nc.RefusalNone)
				w.is(id, tt.want)
				w.wait(30 * time.Second)
				w.act(id, alex, changes.Act{What: changes.ResendCode}, nc.RefusalNone)
				w.act(id, alex, changes.Act{What: changes.EnterCode, Code: w.texts.code(t, newNumber)}, nc.RefusalNone)
			})
		})
	}
	t.Run("the links are refused for a while", func(t *testing.T) {
		t.Parallel()
		play(t, nil, func(w *world) {
			id := w.asked()
			w.texts.fails(nil, errDown)
			w.act(id, robin, changes.Act{What: changes.Approve}, nc.RefusalNone)
			w.wait(2 * time.Minute)
			w.is(id, nc.StateAwaitingActivation)
			w.taps()
		})
	})
}

// mortal is a ledger that an instance loses when it dies: it writes no more.
type mortal struct {
	changes.Store
	dead atomic.Bool
}

var errDead = errors.New("this instance is dead")

func (m *mortal) PutNumberChange(ctx context.Context, c ledger.NumberChange, rows []ledger.Entry, notices ...ledger.Notice) error {
	if m.dead.Load() {
		return errDead
	}
	return m.Store.PutNumberChange(ctx, c, rows, notices...) //nolint:wrapcheck // a ledger for tests
}

// dying dies after a step was asked for, before its outcome is written.
type dying struct {
	changes.Devices
	m *mortal
}

func (d dying) AssociatePhone(ctx context.Context, user, phone string) error {
	err := d.Devices.AssociatePhone(ctx, user, phone)
	d.m.dead.Store(true)
	return err //nolint:wrapcheck // as above
}

// An instance dies between the intent of a step and its outcome: another one finds
// out what became of it, and goes on. The step is not done twice.
func TestDies(t *testing.T) {
	var m *mortal
	play(t, func(o *changes.Options) {
		m = &mortal{Store: o.Store}
		o.Store, o.Devices = m, dying{Devices: o.Devices, m: m}
	}, func(w *world) {
		id := w.asked()
		w.act(id, robin, changes.Act{What: changes.Approve}, nc.RefusalNone)
		w.wait(time.Minute)
		w.is(id, nc.StateApplying)
		w.wantPhones(oldNumber, newNumber)
		other := w.instance(nil)
		other.Kick()
		w.wait(time.Minute)
		w.is(id, nc.StateAwaitingActivation)
		if n := w.box.Counts()["associate_phone"]; n != 1 {
			t.Errorf("associated %d times", n)
		}
		if n := w.texts.count(newNumber); n != 3 {
			t.Errorf("%d texts, want the code and two links", n)
		}
	})
}

// Two instances see to the same change, and two people approve it at once: all of it
// happens once.
func TestTwoInstances(t *testing.T) {
	play(t, nil, func(w *world) {
		other := w.instance(nil)
		id := w.asked()
		var approved atomic.Int32
		var wg sync.WaitGroup
		for i, s := range []*changes.Service{w.Service, other, w.Service, other} {
			by := robin
			if i%2 == 1 {
				by = jo
			}
			by.SignedIn = w.clock.Now()
			wg.Go(func() {
				why, err := s.Do(t.Context(), id, by, changes.Act{What: changes.Approve})
				if err != nil {
					t.Error(err)
				}
				if err == nil && why == nc.RefusalNone {
					approved.Add(1)
				}
			})
		}
		wg.Wait()
		if n := approved.Load(); n != 1 {
			t.Errorf("approved %d times", n)
		}
		for range 30 {
			w.Kick()
			other.Kick()
			w.wait(time.Second)
		}
		w.is(id, nc.StateAwaitingActivation)
		w.taps()
		for range 15 {
			w.Kick()
			other.Kick()
			w.wait(time.Second)
		}
		w.is(id, nc.StateDone)
		for _, op := range []string{"create_phone", "associate_phone", "activation_url", "disassociate_phone"} {
			if n := w.box.Counts()[op]; n != 1 {
				t.Errorf("%s was asked for %d times", op, n)
			}
		}
		w.wantTold("started", "done")
	})
}

// The number turns out to be somebody else's in Duo after the approval.
func TestTakenMeanwhile(t *testing.T) {
	play(t, func(o *changes.Options) { o.Rules.Hold = time.Hour }, func(w *world) {
		id := w.asked()
		w.act(id, robin, changes.Act{What: changes.Approve}, nc.RefusalNone)
		if err := w.box.AddUser(duobox.User{Username: "new", Phones: []duobox.Phone{{Number: newNumber, Platform: "Apple iOS"}}}); err != nil {
			t.Fatal(err)
		}
		w.wait(time.Hour + time.Minute)
		w.is(id, nc.StateFailed, nc.ReasonTaken)
		w.wantPhones(oldNumber)
	})
}
