package changes_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/desk/changes"
	"ringback/ivr/duo/duobox"
	"ringback/ivr/ledger"
	nc "ringback/ivr/numberchange"
)

// A phone that Duo has with the new number is taken over when it is nobody's. When
// Duo Mobile still works on it, on the device of whoever had it, it is made anew:
// the old phone must not go because of somebody else's device.
func TestPhoneOfNobody(t *testing.T) {
	for name, active := range map[string]bool{"not active": false, "active on somebody's device": true} {
		t.Run(name, func(t *testing.T) {
			play(t, nil, func(w *world) {
				const before, user = "DPBEFORE0000000001", "DUKIM00000000000001"
				if err := w.box.AddUser(duobox.User{ID: user, Username: "kim", Phones: []duobox.Phone{{ID: before, Number: newNumber, Activated: active}}}); err != nil {
					t.Fatal(err)
				}
				if err := w.duo.DisassociatePhone(w.ctx, user, before); err != nil {
					t.Fatal(err)
				}
				w.box.KeepOld(true)
				id := w.linked()
				w.wait(time.Minute)
				w.is(id, nc.StateAwaitingActivation)
				w.taps()
				w.wait(time.Minute)
				w.is(id, nc.StateDone)
				if _, there := w.box.Phone(before); there == active {
					t.Errorf("the phone of before is there: %v", there)
				}
			})
		})
	}
}

// late freezes dana in the middle of reading the facts, once the freeze was read.
type late struct {
	*floor
	freeze func()
}

func (l *late) Caller(ctx context.Context, agent string) (changes.Caller, bool, error) {
	if f := l.freeze; f != nil {
		l.freeze = nil
		f()
	}
	return l.floor.Caller(ctx, agent)
}

// A freeze that comes between the reading of the facts and the writing of what was
// decided on them is not written over.
func TestFrozenMeanwhile(t *testing.T) {
	l := &late{}
	play(t, func(o *changes.Options) { l.floor, o.Floor = o.Floor.(*floor), l }, func(w *world) {
		id := w.asked()
		l.freeze = func() {
			if _, err := w.ledger.Freeze(w.ctx, ledger.Freeze{Subject: w.people.Subject(dana), By: "line", Reason: "desk"}); err != nil {
				t.Error(err)
			}
		}
		w.act(id, robin, changes.Act{What: changes.Approve}, nc.RefusalFrozen)
		w.is(id, nc.StateCancelled, nc.ReasonFrozen)
	})
}

// moved is a directory that learns of the new number while the change goes on.
type moved struct {
	*people
	numbers []string
}

func (m *moved) Person(ctx context.Context, id, line string) (changes.Person, bool, error) {
	p, ok, err := m.people.Person(ctx, id, line)
	p.Numbers, p.Mails = m.numbers, []string{"dana@example.com"}
	return p, ok, err
}

// telling remembers what is to be told.
type telling struct {
	*teller
	told []changes.Told
}

func (x *telling) Compose(ctx context.Context, t changes.Told) ([]ledger.Notice, error) {
	x.told = append(x.told, t)
	return x.teller.Compose(ctx, t)
}

// The addresses of the beginning are told at the end, too; then they are forgotten.
func TestTellsTheOldNumber(t *testing.T) {
	m, x := &moved{numbers: []string{oldNumber}}, &telling{}
	play(t, func(o *changes.Options) {
		m.people, x.teller = o.People.(*people), o.Teller.(*teller)
		o.People, o.Teller = m, x
	}, func(w *world) {
		id := w.linked()
		m.numbers = []string{newNumber}
		before, err := w.ledger.NumberChange(w.ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		w.taps()
		w.wait(time.Minute)
		w.is(id, nc.StateDone)
		last := x.told[len(x.told)-1]
		if diff := cmp.Diff([]string{oldNumber}, last.Numbers); diff != "" || last.Notice != nc.NoticeDone || len(last.Mails) != 1 {
			t.Errorf("%v is told to (-want +got):\n%s", last.Notice, diff)
		}
		after, err := w.ledger.NumberChange(w.ctx, id)
		if err != nil || len(after.Sealed) >= len(before.Sealed) {
			t.Errorf("%d bytes are kept after the end, %d before, %v", len(after.Sealed), len(before.Sealed), err)
		}
	})
}
