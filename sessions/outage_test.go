package sessions_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"ringback/sessions"
	"ringback/sessions/sessionstest"
)

// noticed is how soon an outage must show, everything included.
const noticed = time.Second

// everything runs one operation of each kind and returns the errors by name.
func everything(ctx context.Context, s *sessions.Store) map[string]error {
	_, _, updateErr := s.Update(ctx, "CA1", sessions.Any(), body("x"))
	_, _, createErr := s.Update(ctx, "CA-new", sessions.Create(), body("x"))
	_, _, claimErr := s.Claim(ctx, "CA1", 1, time.Second)
	_, _, loadErr := s.Load(ctx, "CA1")
	limit := sessions.Limit{Key: "k", Max: 100, Window: time.Minute}
	_, _, reserveErr := s.Windows().Reserve(ctx, []sessions.Limit{limit})
	_, countErr := s.Windows().Count(ctx, limit)
	_, enterErr := s.Windows().Enter(ctx, "k", "m", 5, time.Minute)
	_, leaseErr := s.Leases().Acquire(ctx, "k", "o", time.Minute)
	_, leaveErr := s.Queue().Leave(ctx, "q", "a")
	_, _, posErr := s.Queue().Position(ctx, "q", "a")
	_, listErr := s.Queue().List(ctx, "q", 0)
	_, waitsErr := s.Queue().RecentWaits(ctx, "q", time.Hour)
	_, setErr := s.Presence().Set(ctx, "g", "alex", sessions.Move{To: "ready"})
	_, allErr := s.Presence().All(ctx, "g")
	_, _, getErr := s.Values().Get(ctx, "k", "v")
	_, noteErr := s.Meter().Note(ctx, "k", sessions.Failure{Member: "m", Origin: "o"}, sessions.MeterParams{})
	_, readErr := s.Meter().Read(ctx, "k", sessions.MeterParams{})
	return map[string]error{
		"update": updateErr, "create": createErr, "claim": claimErr, "load": loadErr,
		"delete": s.Delete(ctx, "CA-other"), "ping": s.Ping(ctx),
		"reserve": reserveErr, "count": countErr, "enter": enterErr,
		"forget": s.Windows().Forget(ctx, "other"), "exit": s.Windows().Exit(ctx, "k", "m"),
		"lease": leaseErr, "join": s.Queue().Join(ctx, "q", "a", time.Now(), 0), "leave": leaveErr,
		"position": posErr, "list": listErr, "waits": waitsErr, "wait": s.Queue().RecordWait(ctx, "q", time.Second),
		"set": setErr, "all": allErr, "remove": s.Presence().Remove(ctx, "g", "alex"),
		"note": noteErr, "read": readErr,
		"get": getErr, "put": s.Values().Put(ctx, "k", "v", time.Minute, nil), "drop": s.Values().Delete(ctx, "k", "w"),
	}
}

func TestOutageShowsAndPasses(t *testing.T) {
	for name, c := range map[string]struct{ fail, mend func(*sessionstest.Redis) }{
		"killed": {(*sessionstest.Redis).Kill, (*sessionstest.Redis).Restart},
		"paused": {(*sessionstest.Redis).Pause, (*sessionstest.Redis).Resume},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := sessionstest.StartRedis(t)
			s := open(t, sessions.Options{URL: r.URL(), Timeout: sessions.DefaultTimeout})
			mustUpdate(t, s, "CA1", sessions.Create(), sessions.Applied)
			c.fail(r)
			start := time.Now()
			if _, _, err := s.Update(t.Context(), "CA1", sessions.Turn(1), body("x")); !errors.Is(err, sessions.ErrUnavailable) {
				t.Errorf("Update = %v, want ErrUnavailable", err)
			}
			if took := time.Since(start); took > noticed {
				t.Errorf("noticed after %v, want at most %v", took, noticed)
			}
			if s.Healthy() {
				t.Error("healthy while Redis is gone")
			}
			c.mend(r)
			recovers(t, s)
			if !s.Healthy() {
				t.Error("not healthy after Redis came back")
			}
		})
	}
}

// recovers pings until Redis answers; the client may take a moment to dial
// again.
func recovers(t *testing.T, s *sessions.Store) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for {
		err := s.Ping(t.Context())
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no recovery: %v", err)
		}
	}
}

func TestManyCallersInAnOutage(t *testing.T) {
	r := sessionstest.StartRedis(t)
	s := open(t, sessions.Options{URL: r.URL(), Timeout: sessions.DefaultTimeout})
	mustUpdate(t, s, "CA1", sessions.Create(), sessions.Applied)
	r.Pause()
	type answer struct {
		err  error
		took time.Duration
	}
	answers := make(chan answer)
	for range 64 {
		go func() {
			start := time.Now()
			_, _, err := s.Update(t.Context(), "CA1", sessions.Turn(1), body("x"))
			answers <- answer{err, time.Since(start)}
		}()
	}
	for range 64 {
		if a := <-answers; !errors.Is(a.err, sessions.ErrUnavailable) || a.took > noticed {
			t.Errorf("after %v: %v", a.took, a.err)
		}
	}
	r.Resume()
	recovers(t, s)
	// The write may have happened all the same; then the turn is a repeat.
	_, out, err := s.Update(t.Context(), "CA1", sessions.Turn(1), body("x"))
	if err != nil || (out != sessions.Applied && out != sessions.Repeat) {
		t.Errorf("after the outage: %v, %v", out, err)
	}
}

func TestEverythingFailsAlike(t *testing.T) {
	s := open(t, sessions.Options{URL: "embedded"})
	down, ok := s.Embedded()
	if !ok {
		t.Fatal("no switch on an embedded store")
	}
	for _, off := range []bool{false, true, false} {
		down(off)
		for name, err := range everything(t.Context(), s) {
			if off != errors.Is(err, sessions.ErrUnavailable) || (!off && err != nil) {
				t.Errorf("down=%v, %s: %v", off, name, err)
			}
		}
		if s.Healthy() == off {
			t.Errorf("down=%v, healthy=%v", off, s.Healthy())
		}
	}
}

func TestEmbeddedKeepsValuesWhileDown(t *testing.T) {
	s := open(t, sessions.Options{URL: "embedded"})
	mustUpdate(t, s, "CA1", sessions.Create(), sessions.Applied)
	down, _ := s.Embedded()
	down(true)
	down(false)
	mustUpdate(t, s, "CA1", sessions.Turn(1), sessions.Applied)
}

func TestNoServerAtStart(t *testing.T) {
	r := sessionstest.StartRedis(t)
	r.Kill()
	s := open(t, sessions.Options{URL: r.URL(), Timeout: sessions.DefaultTimeout})
	if err := s.Ping(t.Context()); !errors.Is(err, sessions.ErrUnavailable) {
		t.Errorf("Ping = %v", err)
	}
	if _, ok := s.Embedded(); ok {
		t.Error("a server has a switch")
	}
	s.FastForward(time.Hour) // does nothing here
	r.Restart()
	recovers(t, s)
}

func TestCallersContext(t *testing.T) {
	r := sessionstest.StartRedis(t)
	s := open(t, sessions.Options{URL: r.URL()})
	why := errors.New("the caller hung up")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	for name, err := range everything(ctx, s) {
		if !errors.Is(err, why) || errors.Is(err, sessions.ErrUnavailable) {
			t.Errorf("%s: %v, want the caller's own reason", name, err)
		}
	}
	if !s.Healthy() {
		t.Error("a caller who hangs up makes Redis ill")
	}
}

func TestClosedStore(t *testing.T) {
	for _, url := range []string{"embedded", sessionstest.StartRedis(t).URL()} {
		s, err := sessions.Open(t.Context(), sessions.Options{URL: url, Key: key})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.Ping(t.Context()); !errors.Is(err, sessions.ErrUnavailable) {
			t.Errorf("Ping on a closed store = %v", err)
		}
	}
}

// TestLostWrites plays a failover that forgets what it acknowledged: the
// copies in the process must not bring it back.
func TestLostWrites(t *testing.T) {
	r := sessionstest.StartRedis(t)
	a := open(t, sessions.Options{URL: r.URL(), Namespace: "n"})
	b := open(t, sessions.Options{URL: r.URL(), Namespace: "n"})
	const record, backup = "n:{CA1}:record", "n:{CA1}:backup"
	mustUpdate(t, a, "CA1", sessions.Create(), sessions.Applied)
	r.Do("COPY", record, backup)
	mustUpdate(t, a, "CA1", sessions.Turn(1), sessions.Applied) // a holds version 2
	r.Do("COPY", backup, record, "REPLACE")                     // lost
	if _, _, err := b.Update(t.Context(), "CA1", sessions.Turn(1), body("another version 2")); err != nil {
		t.Fatal(err)
	}
	rec, _, err := a.Update(t.Context(), "CA1", sessions.Any(), func(old []byte, _ sessions.Outcome) (sessions.Change, error) {
		return sessions.Change{Body: append([]byte("after "), old...)}, nil
	})
	if err != nil || rec.Version != 3 || rec.Turn != 2 || string(rec.Body) != "after another version 2" {
		t.Errorf("after the loss: %+v, %v", rec, err)
	}
	r.Do("COPY", backup, record, "REPLACE")
	mustUpdate(t, a, "CA1", sessions.Turn(2), sessions.Stale)
	r.Do("FLUSHALL")
	mustUpdate(t, a, "CA1", sessions.Turn(2), sessions.Missing)
	mustUpdate(t, b, "CA1", sessions.Any(), sessions.Missing)
}
