package clock_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"ringback/ivr/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)

// both runs a test on the real and on the virtual clock.
func both(t *testing.T, f func(t *testing.T, ctx context.Context, c clock.Clock)) {
	t.Run("real", func(t *testing.T) { f(t, t.Context(), clock.Real()) })
	t.Run("virtual", func(t *testing.T) {
		v := clock.NewVirtual(start)
		v.Do(t.Context(), func(ctx context.Context) { f(t, ctx, v) })
	})
}

func TestSleepMovesTime(t *testing.T) {
	both(t, func(t *testing.T, ctx context.Context, c clock.Clock) {
		before := c.Now()
		if err := c.Sleep(ctx, 5*time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if d := c.Now().Sub(before); d < 5*time.Millisecond {
			t.Errorf("moved by %v, want at least 5ms", d)
		}
	})
}

func TestTimeoutEndsSleep(t *testing.T) {
	both(t, func(t *testing.T, ctx context.Context, c clock.Clock) {
		ctx, cancel := c.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		if err := c.Sleep(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Sleep = %v, want deadline exceeded", err)
		}
	})
}

func TestSignal(t *testing.T) {
	both(t, func(t *testing.T, ctx context.Context, c clock.Clock) {
		s := c.NewSignal()
		if err := s.Wait(ctx, time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait before Fire = %v, want deadline exceeded", err)
		}
		c.Go(ctx, func(ctx context.Context) {
			_ = c.Sleep(ctx, time.Millisecond)
			s.Fire()
			s.Fire()
		})
		if err := s.Wait(ctx, time.Minute); err != nil || !s.Fired() {
			t.Errorf("Wait = %v, fired %v", err, s.Fired())
		}
	})
}

// A wait that ended leaves nothing behind that a later Fire could wake.
func TestFireAfterATimedOutWait(t *testing.T) {
	v := clock.NewVirtual(start)
	v.Do(t.Context(), func(ctx context.Context) {
		s := v.NewSignal()
		if err := s.Wait(ctx, time.Second); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("Wait = %v", err)
		}
		v.Go(ctx, func(ctx context.Context) {
			_ = v.Sleep(ctx, time.Second)
			s.Fire()
		})
		_ = v.Sleep(ctx, time.Minute) // would never return
	})
	if d := v.Now().Sub(start); d != time.Minute+time.Second {
		t.Errorf("moved by %v", d)
	}
}

func TestVirtualTimeStandsStillForWorkers(t *testing.T) {
	v := clock.NewVirtual(start)
	v.Do(t.Context(), func(ctx context.Context) {
		worked := v.NewSignal()
		v.Go(ctx, func(context.Context) {
			for range 1000 { // work that takes real time, none of it virtual
				_ = v.Now()
			}
			worked.Fire()
		})
		if err := worked.Wait(ctx, time.Nanosecond); err != nil {
			t.Errorf("time moved past a worker: %v", err)
		}
	})
}

// A request's time is that of its handler, through real sockets.
func TestVirtualHTTP(t *testing.T) {
	v := clock.NewVirtual(start)
	s := httptest.NewServer(v.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if v.Sleep(r.Context(), 3*time.Second) == nil {
			_, _ = io.WriteString(w, v.Now().Sub(start).String())
		}
	})))
	defer s.Close()
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	client := &http.Client{Transport: v.Transport(tr)}
	get := func(ctx context.Context) (string, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
		if err != nil {
			return "", err
		}
		resp, err := client.Do(req)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		return string(b), err
	}
	v.Do(t.Context(), func(ctx context.Context) {
		if got, err := get(ctx); err != nil || got != "3s" {
			t.Errorf("got %q, %v; want 3s", got, err)
		}
		for range 50 { // the caller gives up first, each time at the same moment
			before := v.Now()
			tctx, cancel := v.WithTimeout(ctx, time.Second)
			_, err := get(tctx)
			cancel()
			if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled) {
				t.Errorf("err = %v, want a deadline", err)
			}
			if d := v.Now().Sub(before); d != time.Second {
				t.Errorf("gave up after %v, want 1s", d)
			}
		}
	})
}

func TestOnMoveFollows(t *testing.T) {
	v := clock.NewVirtual(start)
	var total time.Duration
	v.OnMove(func(_ time.Time, by time.Duration) { total += by })
	v.Set(start.Add(time.Hour))
	v.Do(t.Context(), func(ctx context.Context) {
		_ = v.Sleep(ctx, time.Minute)
	})
	if total != time.Hour+time.Minute {
		t.Errorf("followers moved by %v", total)
	}
}

// Work that begins outside any task makes its context first. Until it waits, time
// must not run to the end of that context: nothing would ever be in time again.
func TestTimeStandsStillWhileNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := clock.NewVirtual(start)
		ctx, cancel := v.WithTimeout(t.Context(), 100*time.Hour)
		defer cancel()
		v.Do(t.Context(), func(context.Context) {}) // somebody else's work ends
		synctest.Wait()
		if now := v.Now(); !now.Equal(start) || ctx.Err() != nil {
			t.Errorf("time moved by %v, %v", now.Sub(start), ctx.Err())
		}
	})
}
