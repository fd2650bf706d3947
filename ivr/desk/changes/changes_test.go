package changes_test

import (
	"context"
	"database/sql"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"ringback/ivr/desk/changes"
	"ringback/ivr/ledger"
	nc "ringback/ivr/numberchange"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A change from the caller's card to the end, with everything that the audit and
// the person get to know of it.
func TestChange(t *testing.T) {
	play(t, nil, func(w *world) {
		id := w.linked()
		w.wantPhones(oldNumber, newNumber)
		w.wantTold("started")
		w.taps()
		w.wait(11 * time.Second)
		w.is(id, nc.StateDone, nc.ReasonDone)
		w.wantPhones(newNumber)
		w.wantTold("started", "done")
		if got := w.view(id, robin); len(got.Factors) != 2 || got.Until.IsZero() {
			t.Errorf("who approves sees %q, until %v", got.Factors, got.Until)
		}
		want := []string{
			"outcome open by alex", "outcome evidence factors by alex", "outcome number by alex", "outcome code by alex", "outcome approve by robin",
			"outcome apply by line", "intent find by line", "outcome find ok by line", "intent associate by line", "outcome associate ok by line",
			"intent links by line", "outcome links ok by line", "intent send by line", "outcome send ok by line", "outcome activated by line",
			"intent remove by line", "outcome remove ok by line", "outcome end done done by line",
		}
		if diff := cmp.Diff(want, w.trail()); diff != "" {
			t.Errorf("audit (-want +got):\n%s", diff)
		}
		if n := w.texts.count(newNumber); n != 3 {
			t.Errorf("%d texts to the new number, want the code and two links", n)
		}
	})
}

// What the ledger holds tells nobody the numbers, the code or the links; nor does the log.
func TestNothingReadable(t *testing.T) {
	play(t, nil, func(w *world) {
		id := w.asked()
		code := w.texts.code(t, newNumber)
		w.act(id, robin, changes.Act{What: changes.Approve}, nc.RefusalNone)
		path := strings.TrimPrefix(w.raw, "sqlite:")
		var all []byte
		for _, name := range []string{path, path + "-wal"} {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, b...)
		}
		all = append(all, w.log.Bytes()...)
		for _, secret := range []string{newNumber[1:], code, "activate/"} {
			if strings.Contains(string(all), secret) {
				t.Errorf("%q can be read", secret)
			}
		}
	})
}

// Somebody who can write the database cannot take a change back to what it was, or
// have one pass for another.
func TestSealed(t *testing.T) {
	play(t, nil, func(w *world) {
		id := w.given()
		before, err := w.ledger.NumberChange(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		w.act(id, alex, changes.Act{What: changes.EnterCode, Code: "000000"}, nc.RefusalCodeWrong)
		db, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(w.raw, "sqlite:")+"?_pragma=busy_timeout(3000)")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.ExecContext(t.Context(), `UPDATE number_changes SET sealed = $1`, before.Sealed); err != nil {
			t.Fatal(err)
		}
		w.do(func(ctx context.Context) {
			if _, err := w.Do(ctx, id, alex, changes.Act{What: changes.EnterCode, Code: "000000"}); err == nil {
				t.Error("tries were given back")
			}
		})
	})
}

func TestHold(t *testing.T) {
	play(t, func(o *changes.Options) { o.Rules.Hold = 24 * time.Hour }, func(w *world) {
		id := w.asked()
		w.act(id, robin, changes.Act{What: changes.Approve}, nc.RefusalNone)
		w.is(id, nc.StateHolding)
		w.wantTold("started", "approved")
		w.wait(23 * time.Hour)
		w.is(id, nc.StateHolding)
		w.wantPhones(oldNumber)
		w.wait(time.Hour + 10*time.Second)
		w.is(id, nc.StateAwaitingActivation)
	})
}

func TestEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		run   func(w *world) (id string)
		state nc.State
		why   nc.Reason
		told  []string
	}{
		"denied": {func(w *world) string {
			id := w.asked()
			w.act(id, robin, changes.Act{What: changes.Deny, Why: "sounds odd"}, nc.RefusalNone)
			return id
		}, nc.StateDenied, nc.ReasonPerson, []string{"started", "cancelled"}},
		"cancelled": {func(w *world) string {
			id := w.given()
			w.act(id, alex, changes.Act{What: changes.Cancel}, nc.RefusalNone)
			return id
		}, nc.StateCancelled, nc.ReasonPerson, []string{"started", "cancelled"}},
		"no code is right": {func(w *world) string {
			id := w.given()
			for range 3 {
				for range 3 {
					w.act(id, alex, changes.Act{What: changes.EnterCode, Code: "x"}, nc.RefusalCodeWrong)
				}
				w.act(id, alex, changes.Act{What: changes.EnterCode, Code: w.texts.code(w.t, newNumber)}, nc.RefusalCodeTries)
				w.wait(30 * time.Second)
				w.act(id, alex, changes.Act{What: changes.ResendCode}, nc.RefusalNone)
			}
			for range 3 {
				w.act(id, alex, changes.Act{What: changes.EnterCode, Code: "x"}, nc.RefusalCodeWrong)
			}
			return id
		}, nc.StateFailed, nc.ReasonCodes, []string{"started", "cancelled"}},
		"too late": {func(w *world) string {
			id := w.asked()
			w.wait(time.Hour)
			return id
		}, nc.StateExpired, nc.ReasonLate, []string{"started", "cancelled"}},
		"not them": {func(w *world) string {
			id := w.asked()
			w.freeze("repudiated")
			return id
		}, nc.StateCancelled, nc.ReasonRepudiated, []string{"started", "cancelled"}},
		"frozen by a lead": {func(w *world) string {
			id := w.asked()
			w.freeze("suspect")
			return id
		}, nc.StateCancelled, nc.ReasonFrozen, []string{"started", "cancelled"}},
		"not them, after the links": {func(w *world) string {
			id := w.linked()
			w.freeze("repudiated")
			w.wait(time.Minute)
			return id
		}, nc.StateUndone, nc.ReasonRepudiated, []string{"started", "undone"}},
		"undone by the agent": {func(w *world) string {
			id := w.linked()
			w.act(id, alex, changes.Act{What: changes.Undo}, nc.RefusalNone)
			w.wait(time.Minute)
			return id
		}, nc.StateUndone, nc.ReasonPerson, []string{"started", "undone"}},
		"nobody activates": {func(w *world) string {
			id := w.linked()
			w.wait(24 * time.Hour)
			return id
		}, nc.StateUndone, nc.ReasonNotActivated, []string{"started", "undone"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, nil, func(w *world) {
				id := tt.run(w)
				w.is(id, tt.state, tt.why)
				w.wantPhones(oldNumber)
				w.wantTold(tt.told...)
			})
		})
	}
}

// Fresh links void the ones before, and go out once more only.
func TestFreshLinks(t *testing.T) {
	play(t, nil, func(w *world) {
		id := w.linked()
		first := w.texts.last(t, newNumber, `activate (\S+)`)
		w.act(id, alex, changes.Act{What: changes.Resume}, nc.RefusalNone)
		w.wait(10 * time.Second)
		w.is(id, nc.StateAwaitingActivation)
		if err := w.box.Open(first); err == nil {
			t.Error("the first link lives on")
		}
		w.act(id, alex, changes.Act{What: changes.Resume}, nc.RefusalLinks)
		w.taps()
		w.wait(11 * time.Second)
		w.is(id, nc.StateDone)
	})
}

func TestIdentityCheck(t *testing.T) {
	play(t, func(o *changes.Options) { o.Rules.Hold = 24 * time.Hour }, func(w *world) {
		w.floor.hangUp("alex")
		ctx := t.Context()
		w.do(func(context.Context) {
			if err := w.OpenCase(ctx, "1000009", "jo", "ticket 1"); err == nil {
				t.Error("a case of nobody")
			}
			if err := w.OpenCase(ctx, dana, "jo", "ticket 1"); err != nil {
				t.Fatal(err)
			}
		})
		cases, err := w.Cases(ctx)
		if err != nil || len(cases) != 1 || cases[0].Hint != "01" || cases[0].By != "jo" {
			t.Fatalf("cases %+v, %v", cases, err)
		}
		var id string
		w.do(func(ctx context.Context) {
			if id, _, err = w.Open(ctx, alex, changes.Opening{Case: cases[0].Subject}); err != nil {
				t.Fatal(err)
			}
		})
		w.is(id, nc.StateDraft)
		check := changes.Act{What: changes.RecordCheck, Check: nc.CheckInPerson, Seen: []nc.Seen{nc.SeenPassport}}
		w.act(id, alex, changes.Act{What: changes.TakeVerdict}, nc.RefusalEvidence)
		w.act(id, alex, check, nc.RefusalNone)
		w.act(id, robin, changes.Act{What: changes.ConfirmCheck, Check: nc.CheckInPerson, Seen: check.Seen}, nc.RefusalRole)
		w.act(id, jo, changes.Act{What: changes.ConfirmCheck, Check: nc.CheckInPerson, Seen: check.Seen}, nc.RefusalNone)
		w.act(id, alex, changes.Act{What: changes.GiveNumber, Number: newNumber, Replaces: danaPhone}, nc.RefusalNone)
		w.act(id, alex, changes.Act{What: changes.EnterCode, Code: w.texts.code(t, newNumber)}, nc.RefusalNone)
		w.act(id, jo, changes.Act{What: changes.Approve}, nc.RefusalSamePerson)
		w.act(id, robin, changes.Act{What: changes.Approve}, nc.RefusalNone)
		w.wait(10 * time.Second)
		w.is(id, nc.StateAwaitingActivation) // there is no hold
		rows, err := w.ledger.Audit(ctx, ledger.AuditFilter{Action: "number_change_identity_confirm"})
		if err != nil || len(rows) != 2 || rows[0].Detail["evidence"] != "people" || rows[0].Detail["seen"] != "passport" {
			t.Errorf("audit %+v, %v", rows, err)
		}
	})
}
