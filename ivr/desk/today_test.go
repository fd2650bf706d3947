package desk_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/desk"
)

func (r *rig) today(line string) desk.Today {
	r.t.Helper()
	got, err := r.desks[0].Today(r.ctx, line)
	if err != nil {
		r.t.Fatal(err)
	}
	return got
}

// take has the one agent of the test take a call after so long, and hang up.
func (r *rig) take(sid string, after time.Duration) {
	r.t.Helper()
	r.join(sid)
	all := r.carrier.all()
	c := all[len(all)-1]
	r.answer(c)
	r.pass(after)
	r.press(c, "1")
	r.joined(sid, true)
	r.gone(sid)
	r.status(c, "completed")
	r.pass(6 * time.Second) // wrap-up
}

// The service level, the waits, and who hung up, by hand; also after an instance
// has gone, and from midnight on the line anew.
func TestToday(t *testing.T) {
	west := time.FixedZone("west", -8*60*60) // it is seven in the morning there
	edit := func(o *desk.Options) { o.Agents, o.Lines[0].Zone = o.Agents[:1], west }
	play(t, edit, func(r *rig) {
		if got, ok := r.today("university").ServiceLevel(); ok {
			t.Errorf("%v of nobody", got)
		}
		r.take("CA-1", 10*time.Second)
		r.take("CA-2", 40*time.Second)
		r.join("CA-3")
		r.pass(3 * time.Second)
		r.gone("CA-3") // at once
		r.join("CA-4")
		r.pass(6 * time.Second)
		r.gone("CA-4")
		got := r.today("university")
		got.Waited = got.Waited.Round(time.Second)
		want := desk.Today{Offered: 4, Answered: 2, InTime: 1, Abandoned: 2, Short: 1, Waited: 50 * time.Second}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("today (-want +got):\n%s", diff)
		}
		if share, ok := got.ServiceLevel(); !ok || share != 1.0/3 || got.AverageWait() != 25*time.Second {
			t.Errorf("service level %v, average wait %v; want one of three, and 25 s", share, got.AverageWait())
		}
		if other := r.today("health"); other != (desk.Today{}) {
			t.Errorf("another line: %+v", other)
		}
		if n := r.counted("ringback_queue_offered_total", "university"); n != 4 {
			t.Errorf("%v offered", n)
		}
		if n := r.counted("ringback_queue_abandoned_seconds", "university"); n != 2 {
			t.Errorf("%v abandoned", n)
		}
		r.desks = append(r.desks[1:], r.add(edit))[:1] // the counts are nobody's own
		if got := r.today("university"); got.Offered != 4 {
			t.Errorf("on another instance: %+v", got)
		}
		r.pass(17 * time.Hour) // midnight
		if got := r.today("university"); got != (desk.Today{}) {
			t.Errorf("the next day: %+v", got)
		}
	})
}

// Complaint: the wait that was promised had nothing to do with the wait. How far off
// the first estimate was is measured.
func TestComplaintEstimateIsJudged(t *testing.T) {
	play(t, func(o *desk.Options) { o.Agents = o.Agents[:1] }, func(r *rig) {
		for range 5 {
			if err := r.store.Queue().RecordWait(r.ctx, "university", time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		r.join("CA-1")
		if s := r.waiting("CA-1"); !s.Known || s.Expected > time.Minute {
			t.Fatalf("%+v", s)
		}
		c := r.rings(alexPhone)[0]
		r.answer(c)
		r.pass(20 * time.Second)
		r.waiting("CA-1") // later estimates are not the promise
		r.press(c, "1")
		r.joined("CA-1", true)
		if n := r.counted("ringback_queue_estimate_error_seconds", "university"); n != 1 {
			t.Errorf("%v judged", n)
		}
		families, err := r.reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() != "ringback_queue_estimate_error_seconds" {
				continue
			}
			for _, m := range f.GetMetric() {
				if sum := m.GetHistogram().GetSampleSum(); m.GetHistogram().GetSampleCount() == 1 && (sum > -38 || sum < -42) {
					t.Errorf("off by %v s, want about -40", sum)
				}
			}
		}
	})
}
