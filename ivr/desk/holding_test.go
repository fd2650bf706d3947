package desk_test

import (
	"testing"

	"ringback/ivr/transfer"
)

func TestHolding(t *testing.T) {
	play(t, nil, func(r *rig) {
		d := r.desks[0]
		holds := func(agent, want string) {
			t.Helper()
			got, ok, err := d.Holding(r.ctx, agent)
			if err != nil || ok != (want != "") || got.ID != want {
				t.Errorf("%s holds %q, %v, %v; want %q", agent, got.ID, ok, err, want)
			}
		}
		holds("alex", "")
		id := r.join("CA-1")
		c := r.rings(alexPhone)[0]
		holds("alex", id)
		holds("robin", "")
		holds("nobody", "")
		r.answer(c)
		r.press(c, "1")
		r.joined("CA-1", true)
		holds("alex", id)
		if got, ok, err := d.Transfer(r.ctx, id); err != nil || !ok || got.Ticket.CallSID != "CA-1" || got.State != transfer.StateBridged {
			t.Errorf("transfer %+v, %v, %v", got.State, ok, err)
		}
		if _, ok, err := d.Last(r.ctx, "alex"); ok || err != nil {
			t.Errorf("a last one before the first has ended: %v, %v", ok, err)
		}
		r.status(c, "completed")
		holds("alex", "")
		if got, ok, err := d.Last(r.ctx, "alex"); err != nil || !ok || got.ID != id {
			t.Errorf("the last one: %q, %v, %v", got.ID, ok, err)
		}
		if _, ok, err := d.Last(r.ctx, "robin"); ok || err != nil {
			t.Errorf("robin's last one: %v, %v", ok, err)
		}
		if _, ok, err := d.Transfer(r.ctx, "none"); err != nil || ok {
			t.Errorf("an unknown transfer: %v, %v", ok, err)
		}
		if _, known, err := d.Expected(r.ctx, "university"); err != nil || known {
			t.Errorf("told from one wait: %v, %v", known, err)
		}
	})
}
