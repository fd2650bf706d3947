package caller_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"ringback/ivr/caller"
)

// stuck answers when its context ends.
type stuck struct{}

func (stuck) ByID(ctx context.Context, _ string) (caller.Person, bool, error) {
	<-ctx.Done()
	return caller.Person{}, false, context.Cause(ctx)
}

func TestBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, found, err := caller.Bounded(stuck{}, 1500*time.Millisecond).ByID(t.Context(), "1000001")
		if found || !errors.Is(err, caller.ErrSlow) || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			t.Errorf("found %v, err %v", found, err)
		}
		if took := time.Since(began); took != 1500*time.Millisecond {
			t.Errorf("it took %v", took)
		}
		ended := errors.New("the call has ended")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(ended)
		if _, _, err := caller.Bounded(stuck{}, time.Second).ByID(ctx, "1000001"); !errors.Is(err, ended) {
			t.Errorf("err = %v, want the caller's own cause", err)
		}
	})
}

func TestBoundedPassesOn(t *testing.T) {
	f, err := caller.NewFile("sample.yaml", caller.SamplePeople())
	if err != nil {
		t.Fatal(err)
	}
	if p, found, err := caller.Bounded(f, time.Minute).ByID(t.Context(), "1000001"); !found || err != nil || p.Username != "dana" {
		t.Errorf("found %v, err %v", found, err)
	}
}
