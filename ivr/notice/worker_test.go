package notice_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/ledger"
	"ringback/ivr/mail/mailbox"
	"ringback/ivr/notice"
	"ringback/ivr/twilio"
)

func TestDelivered(t *testing.T) {
	play(t, nil, func(ctx context.Context, r *rig) {
		reference := r.owe(ctx, links())
		r.Kick()
		m, err := r.box.WaitMessage(ctx, email, time.Minute, nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = r.v.Sleep(ctx, time.Second)
		if r.texts.count() != 1 || r.texts.sent[0].To != phone {
			t.Fatalf("texts %+v", r.texts.sent)
		}
		want := fmt.Sprintf("links_sent on 2026-11-24 at 10:00 EST by the line university, +19196842200. "+
			"If this was not you, call that number and press 7, then %s %s.", reference[:4], reference[4:])
		if r.texts.sent[0].Body != want || m.Text != want || m.Subject != "About your account: links_sent" {
			t.Errorf("text %q, mail %+v", r.texts.sent[0].Body, m)
		}
		r.stats(ctx, 0, 0)
		n, found, err := r.ledger.ByReference(ctx, filed(reference), start.Add(-time.Hour))
		if err != nil || !found || n.Subject != "5ab1ec70" || n.Kind != "links_sent" || len(n.Sealed) > 0 {
			t.Errorf("by reference: %+v, %v, %v", n, found, err)
		}
	})
}

// An idle worker has no timer: time goes to whoever waits, and then stops.
func TestIdleWorkerHoldsNoTimer(t *testing.T) {
	play(t, nil, func(ctx context.Context, r *rig) {
		r.owe(ctx, links())
		r.Kick()
		_ = r.v.Sleep(ctx, time.Hour)
		r.stats(ctx, 0, 0)
		r.t.Cleanup(func() {
			if d := r.v.Now().Sub(start); d != time.Hour {
				t.Errorf("time went on to %v", d)
			}
		})
	})
}

func TestRetriedAfterDowntime(t *testing.T) {
	play(t, nil, func(ctx context.Context, r *rig) {
		r.box.Down(true)
		r.texts.answer(twilio.ErrUnavailable)
		r.owe(ctx, links())
		r.Kick()
		_ = r.v.Sleep(ctx, time.Hour)
		r.stats(ctx, 2, 0)
		// Pauses of 2.5, 5, 10, ... 150 s, half of what they may be.
		if n := r.texts.count(); n < 25 || n > 32 {
			t.Errorf("%d tries in an hour", n)
		}
		r.box.Heal()
		r.texts.answer(nil)
		if _, err := r.box.WaitMessage(ctx, email, 5*time.Minute, nil); err != nil {
			t.Error(err)
		}
		_ = r.v.Sleep(ctx, 5*time.Minute)
		r.stats(ctx, 0, 0)
	})
}

func TestDeadAfterHalfADay(t *testing.T) {
	play(t, nil, func(ctx context.Context, r *rig) {
		r.box.Down(true)
		r.texts.answer(twilio.ErrThrottled)
		r.owe(ctx, links())
		r.Kick()
		_ = r.v.Sleep(ctx, 11*time.Hour+50*time.Minute)
		r.stats(ctx, 2, 0)
		_ = r.v.Sleep(ctx, 10*time.Minute)
		r.stats(ctx, 0, 2)
		n := r.texts.count()
		_ = r.v.Sleep(ctx, 12*time.Hour)
		if r.texts.count() != n {
			t.Error("tried again after its end")
		}
		r.counted("text", "expired", 1)
		r.counted("mail", "expired", 1)
	})
}

// series are the values of all metrics, by name and labels.
func (r *rig) series() map[string]float64 {
	r.t.Helper()
	families, err := r.reg.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	all := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			all[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return all
}

// counted checks a counter.
func (r *rig) counted(channel, outcome string, want float64) {
	r.t.Helper()
	if got := r.series()["ringback_notices_total "+channel+" "+outcome]; got != want {
		r.t.Errorf("%s %s: %v, want %v", channel, outcome, got, want)
	}
}

func TestRefusedIsDeadAtOnce(t *testing.T) {
	for name, err := range map[string]error{
		"opted out": twilio.ErrOptedOut, "landline": twilio.ErrNotTextable, "invalid": twilio.ErrInvalid,
	} {
		t.Run(name, func(t *testing.T) {
			play(t, nil, func(ctx context.Context, r *rig) {
				r.box.Refuse(email, 550)
				r.texts.answer(err)
				r.owe(ctx, links())
				r.Kick()
				_ = r.v.Sleep(ctx, time.Hour)
				r.stats(ctx, 0, 2)
				if r.texts.count() != 1 {
					t.Errorf("%d texts", r.texts.count())
				}
			})
		})
	}
}

// A lost answer has the person told at most twice.
func TestUnclear(t *testing.T) {
	play(t, nil, func(ctx context.Context, r *rig) {
		r.box.Cut(mailbox.Kept)
		r.texts.answer(twilio.ErrUnclear)
		r.owe(ctx, links())
		r.Kick()
		_ = r.v.Sleep(ctx, time.Hour)
		r.stats(ctx, 0, 0)
		if r.texts.count() != 2 || r.mails() != 2 {
			t.Errorf("%d texts and %d mails, want 2 each", r.texts.count(), r.mails())
		}
		m := r.box.Messages(email)
		if a, b := m[0].Headers["Message-Id"][0], m[1].Headers["Message-Id"][0]; a != b {
			t.Errorf("IDs %s and %s of the same message", a, b)
		}
	})
}

func TestTwoWorkersSendOnce(t *testing.T) {
	play(t, nil, func(ctx context.Context, r *rig) {
		other := r.worker(nil)
		for i := range 40 {
			e := links()
			e.Effect = uint32(i + 1)
			r.owe(ctx, e)
			r.Kick()
			other.Kick()
		}
		_ = r.v.Sleep(ctx, time.Hour)
		r.stats(ctx, 0, 0)
		if r.texts.count() != 40 || r.mails() != 40 {
			t.Errorf("%d texts and %d mails, want 40 each", r.texts.count(), r.mails())
		}
	})
}

// Instances that die between sending and telling the ledger.
func TestCrashSendsAtMostTwice(t *testing.T) {
	f := &faulty{}
	play(t, func(o *notice.Options) {
		f.Ledger = o.Ledger
		o.Ledger = f
	}, func(ctx context.Context, r *rig) {
		f.fail(nil, errors.New("down"))
		r.owe(ctx, links())
		r.Kick()
		_ = r.v.Sleep(ctx, time.Hour)
		if r.texts.count() != 2 || r.mails() != 2 {
			t.Errorf("%d texts and %d mails, want 2 each", r.texts.count(), r.mails())
		}
		f.fail(nil, nil)
		r.Kick()
		_ = r.v.Sleep(ctx, time.Hour)
		r.stats(ctx, 0, 0)
		if r.texts.count() != 2 || r.mails() != 2 {
			t.Errorf("afterwards %d texts and %d mails, want 2 each", r.texts.count(), r.mails())
		}
	})
}

func TestWaitsForTheLedger(t *testing.T) {
	f := &faulty{}
	play(t, func(o *notice.Options) {
		f.Ledger = o.Ledger
		o.Ledger = f
	}, func(ctx context.Context, r *rig) {
		f.fail(errors.New("down"), nil)
		r.owe(ctx, links())
		r.Kick()
		_ = r.v.Sleep(ctx, time.Hour)
		if r.texts.count() != 0 {
			t.Error("sent without a claim")
		}
		f.fail(nil, nil)
		_ = r.v.Sleep(ctx, 5*time.Minute)
		r.stats(ctx, 0, 0)
		if n := strings.Count(r.logs.String(), "notices wait for the ledger"); n != 1 {
			t.Errorf("said %d times", n)
		}
	})
}

// What a lease has no room for goes back, and not as if it had been sent.
func TestSlowCarrierWithinTheLease(t *testing.T) {
	play(t, nil, func(ctx context.Context, r *rig) {
		r.box.Slow(mailbox.Mail, 4*time.Second)
		for i := range 30 {
			e := links()
			e.Effect = uint32(i + 1)
			r.owe(ctx, e)
		}
		r.Kick()
		_ = r.v.Sleep(ctx, time.Hour)
		r.stats(ctx, 0, 0)
		if r.texts.count() != 30 || r.mails() != 30 {
			t.Errorf("%d texts and %d mails, want 30 each", r.texts.count(), r.mails())
		}
	})
}

func TestTamperedWithIsUnreadable(t *testing.T) {
	play(t, nil, func(ctx context.Context, r *rig) {
		owed, _, err := r.Compose(links())
		if err != nil {
			t.Fatal(err)
		}
		owed[0].Sealed, owed[1].Sealed = owed[1].Sealed, owed[0].Sealed // each in the other's place
		short := owed[0]
		short.Event, short.Sealed = "short", []byte("short")
		if _, err := r.ledger.Owe(ctx, append(owed, short)...); err != nil {
			t.Fatal(err)
		}
		r.Kick()
		_ = r.v.Sleep(ctx, time.Hour)
		r.stats(ctx, 0, 3)
		if r.texts.count() != 0 || r.mails() != 0 {
			t.Error("sent what was not sealed for it")
		}
		r.counted("text", "unreadable", 2)
	})
}

func TestOldKeyOpens(t *testing.T) {
	play(t, nil, func(ctx context.Context, r *rig) {
		r.owe(ctx, links())
		r.worker(func(o *notice.Options) { o.Key, o.OldKey = bytes.Repeat([]byte{8}, 32), o.Key }).Kick()
		_ = r.v.Sleep(ctx, time.Minute)
		r.stats(ctx, 0, 0)
		if r.mails() != 1 {
			t.Errorf("%d mails", r.mails())
		}
	})
}

// Run finds what was owed before it began; a closed worker does nothing.
func TestRunAndClose(t *testing.T) {
	play(t, nil, func(ctx context.Context, r *rig) {
		r.owe(ctx, links())
		ran, sent := make(chan struct{}), make(chan struct{})
		r.texts.then = func(context.Context) { close(sent) }
		go func() {
			defer close(ran)
			r.Run(context.Background())
		}()
		<-sent // time stands still until Run has begun
		if _, err := r.box.WaitMessage(ctx, email, time.Minute, nil); err != nil {
			t.Error(err)
		}
		if err := r.Close(ctx); err != nil {
			t.Error(err)
		}
		<-ran
		e := links()
		e.Effect++
		r.owe(ctx, e)
		r.Kick()
		_ = r.v.Sleep(ctx, time.Hour)
		r.stats(ctx, 2, 0)
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		r.worker(nil).Run(ended) // returns
	})
}

// Close does not wait for a retry, and gives back what was claimed.
func TestCloseWhileWaiting(t *testing.T) {
	play(t, nil, func(ctx context.Context, r *rig) {
		r.box.Down(true)
		r.texts.answer(twilio.ErrUnavailable)
		r.owe(ctx, links())
		r.Kick()
		_ = r.v.Sleep(ctx, 10*time.Minute)
		before := r.v.Now()
		if err := r.Close(ctx); err != nil {
			t.Error(err)
		}
		if d := r.v.Now().Sub(before); d != 0 {
			t.Errorf("closing took %v", d)
		}
		r.box.Heal()
		r.texts.answer(nil)
		next := r.worker(nil)
		_ = r.v.Sleep(ctx, 5*time.Minute)
		next.Kick()
		_ = r.v.Sleep(ctx, time.Second)
		r.stats(ctx, 0, 0)
	})
}

// A carrier that does not answer is broken off, and the notice is not lost.
func TestCloseBreaksOff(t *testing.T) {
	play(t, nil, func(ctx context.Context, r *rig) {
		r.texts.answer(twilio.ErrUnavailable)
		r.texts.then = func(ctx context.Context) { _ = r.v.Sleep(ctx, time.Hour) }
		r.owe(ctx, links())
		r.Kick()
		_ = r.v.Sleep(ctx, time.Minute)
		before := r.v.Now()
		if err := r.Close(ctx); err != nil {
			t.Error(err)
		}
		if d := r.v.Now().Sub(before); d != 20*time.Second {
			t.Errorf("closing took %v", d)
		}
		r.stats(ctx, 2, 0)
		if r.mails() != 0 {
			t.Error("went on after the end")
		}
	})
}

func TestMetricsFromTheStart(t *testing.T) {
	play(t, nil, func(_ context.Context, r *rig) {
		want := map[string]float64{"ringback_notices_pending": 0, "ringback_notices_dead": 0, "ringback_notice_oldest_timestamp_seconds": 0}
		for _, c := range []string{"mail", "text"} {
			for _, o := range []string{"expired", "refused", "sent", "unavailable", "unclear", "unreadable"} {
				want["ringback_notices_total "+c+" "+o] = 0
			}
		}
		if diff := cmp.Diff(want, r.series()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestOldestIsTold(t *testing.T) {
	play(t, nil, func(ctx context.Context, r *rig) {
		r.owe(ctx, links())
		s := r.series()
		if s["ringback_notice_oldest_timestamp_seconds"] != float64(start.Unix()) || s["ringback_notices_pending"] != 2 {
			t.Errorf("series %v", s)
		}
		if err := r.ledger.Close(); err != nil {
			t.Fatal(err)
		}
		if n, told := r.series()["ringback_notices_pending"]; told {
			t.Errorf("%v of a ledger that is away", n)
		}
	})
}

// Nothing personal is in what others may read.
func TestNothingPersonal(t *testing.T) {
	play(t, nil, func(ctx context.Context, r *rig) {
		reference := r.owe(ctx, links())
		pending, err := r.ledger.Notices(ctx, ledger.NoticePending, 10)
		if err != nil || len(pending) != 2 {
			t.Fatalf("%d pending, %v", len(pending), err)
		}
		r.box.Refuse(email, 550)
		r.texts.answer(twilio.ErrOptedOut)
		r.Kick()
		_ = r.v.Sleep(ctx, time.Hour)
		dead, err := r.ledger.Notices(ctx, ledger.NoticeDead, 10)
		if err != nil || len(dead) != 2 {
			t.Fatalf("%d dead, %v", len(dead), err)
		}
		everything := fmt.Sprintf("%s\n%v\n%+v\n%+v\n%s\n%s", r.logs, r.series(), pending, dead, pending[0].Sealed, pending[1].Sealed)
		if !strings.Contains(everything, "notice given up") {
			t.Error("nobody is told of a dead notice")
		}
		for _, secret := range []string{phone, phone[2:], "0112", email, "dana", "example.edu", reference, reference[:4] + " " + reference[4:], "About your account", "press 7"} {
			if strings.Contains(everything, secret) {
				t.Errorf("%q is told", secret)
			}
		}
	})
}
