package console

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

type stillFloor struct{ looks int }

func (f *stillFloor) Snapshot(context.Context) (Snapshot, error) {
	f.looks++
	return Snapshot{}, nil
}
func (*stillFloor) SetPresence(context.Context, string, bool, string) error { return nil }
func (*stillFloor) Holding(context.Context, string) (string, bool, error)   { return "", false, nil }

// Who does not read is dropped; who does goes on; nobody is looked after when
// nobody watches.
func TestSlowSubscriberIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &stillFloor{}
		h := newHub(f, time.Second, slog.New(slog.DiscardHandler))
		slow, quick := h.subscribe(t.Context()), h.subscribe(t.Context())
		got := 0
		for range 2 * behind {
			time.Sleep(time.Second) // of the bubble
			synctest.Wait()
			for len(quick) > 0 {
				<-quick
				got++
			}
		}
		n := 0
		for range slow {
			n++
		}
		if n != behind {
			t.Errorf("the slow one got %d, want %d and the end", n, behind)
		}
		if got < 2*behind {
			t.Errorf("the quick one got %d", got)
		}
		h.unsubscribe(slow)
		h.unsubscribe(quick)
		synctest.Wait()
		before := f.looks
		time.Sleep(time.Minute)
		if f.looks != before {
			t.Errorf("%d looks though nobody watches", f.looks-before)
		}
		h.close()
		if h.subscribe(t.Context()) != nil {
			t.Error("subscribed after the end")
		}
	})
}
