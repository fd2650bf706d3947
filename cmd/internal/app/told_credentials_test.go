package app_test

import (
	"errors"
	"testing"
	"time"

	"ringback/cmd/internal/app"
	"ringback/ivr/ledger"
)

// What proves a person is changed by a lead with a reason and told on every
// address; whoever did not want it keys the reference of that notice.
func TestCredentialsTell(t *testing.T) {
	o := withFile(t)
	a := o.serveBy()
	ctx, subject := t.Context(), o.names().Subject(samID)
	codes, hashes, err := a.Lead().NewRecoveryCodes(samID, 3)
	if err != nil || len(codes) != 3 || hashes[2] != o.names().RecoveryHash(subject, codes[2]) {
		t.Fatalf("codes %d, %v", len(codes), err)
	}
	for _, who := range [][2]string{{"", "enrolled"}, {"jo", ""}} {
		if err := a.Lead().SetPIN(ctx, samID, "a hash", who[0], who[1]); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("a PIN by %q for %q: %v", who[0], who[1], err)
		}
		if err := a.Lead().SetRecoveryCodes(ctx, samID, hashes, who[0], who[1]); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("codes by %q for %q: %v", who[0], who[1], err)
		}
	}
	reference := o.notify(a)
	if err := a.Lead().SetRecoveryCodes(ctx, samID, hashes, "jo", "enrolled"); err != nil {
		t.Fatal(err)
	}
	o.everybody("new recovery codes were made", 1)
	if left, err := a.Lead().RecoveryCodesLeft(ctx, samID); err != nil || left != 3 {
		t.Errorf("%d codes left, %v", left, err)
	}
	for action, want := range map[string]int{"set_pin": 3, "set_recovery_codes": 3} {
		rows, err := a.Ledger().Audit(ctx, ledger.AuditFilter{Action: action})
		if err != nil || len(rows) != 1 || rows[0].Actor != "jo" || rows[0].Reason != "enrolled" {
			t.Fatalf("%s: %+v, %v", action, rows, err)
		}
		o.until(nil, "notices", func() bool {
			s, err := a.Ledger().NoticeStats(ctx)
			return err == nil && s.Pending == 0
		})
		o.told(a.Ledger(), rows[0].Seq, want)
	}
	h := o.calls(1, samOther)
	if err := h.dial(); err != nil {
		t.Fatal(err)
	}
	h.must("same as before", "7", "eight digit reference", reference+"#")
	o.everybody("stopped", 1)
	if _, frozen, err := a.Ledger().Frozen(ctx, subject); !frozen || err != nil {
		t.Errorf("frozen %v, %v", frozen, err)
	}
}

// People are told in the name of the line that a lead speaks for, and the day is
// that line's.
func TestLeadOnALine(t *testing.T) {
	o := withFile(t)
	a := o.serveBy()
	if _, err := a.Lead().On("nowhere"); err == nil {
		t.Error("there is a line nowhere")
	}
	health, err := a.Lead().On("health")
	if err != nil {
		t.Fatal(err)
	}
	if err := health.Freeze(t.Context(), samID, "jo", "lost a bag"); err != nil {
		t.Fatal(err)
	}
	o.everybody("^Duke Health.*stopped", 1)
	if err := a.Lead().Unfreeze(t.Context(), samID, "jo", "found it"); err != nil {
		t.Fatal(err)
	}
	o.everybody("^Duke University.*started again", 1)
	if day, err := health.AllowLinks(t.Context(), samID, "jo", "asked"); err != nil || len(day) != len(time.DateOnly) {
		t.Errorf("day %q, %v", day, err)
	}
}

// What a lead lifts on the web desk is told as what a command lifts is, in the name
// of the lead's own line.
func TestDeskTells(t *testing.T) {
	o := withFile(t)
	a := o.serveBy(func(opts *app.Options) {
		for i := range opts.Config.Desk.Agents {
			if g := &opts.Config.Desk.Agents[i]; g.ID == "jo" {
				g.Lines = []string{"health"}
			}
		}
	})
	ctx, subject := t.Context(), o.names().Subject(samID)
	if err := a.Lead().Freeze(ctx, samID, "jo", "lost a bag"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Ledger().Reserve(ctx, subject, "pin", o.clock.Now()); err != nil {
		t.Fatal(err)
	}
	desk := a.DeskBooks()
	if err := desk.Unfreeze(ctx, samID, "jo", "found it"); err != nil {
		t.Fatal(err)
	}
	o.everybody("^Duke Health.*started again", 1)
	if err := desk.Unlock(ctx, samID, "face", "jo", "came in person"); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("no such factor: %v", err)
	}
	if err := desk.Unlock(ctx, samID, "pin", "robin", "came in person"); err != nil {
		t.Fatal(err)
	}
	o.everybody("^Duke University.*was lifted", 1)
	if err := desk.Unlock(ctx, samID, "pin", "jo", "came in person"); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("nothing to unlock: %v", err)
	}
}
