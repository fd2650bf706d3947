package sessions_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"ringback/sessions"
	"ringback/sessions/sessionstest"
)

func TestURLs(t *testing.T) {
	type parsed struct {
		Addrs                  []string
		User, Password, Master string
		DB                     int
		TLS                    bool
	}
	for raw, want := range map[string]parsed{
		"embedded":                         {},
		"redis://host":                     {Addrs: []string{"host:6379"}},
		"redis://[::1]":                    {Addrs: []string{"[::1]:6379"}},
		"redis://host:7000/3":              {Addrs: []string{"host:7000"}, DB: 3},
		"rediss://me:p%40ss@host:7000":     {Addrs: []string{"host:7000"}, User: "me", Password: "p@ss", TLS: true},
		"redis://:only@host":               {Addrs: []string{"host:6379"}, Password: "only"},
		"redis+cluster://a,b:7001,c":       {Addrs: []string{"a:6379", "b:7001", "c:6379"}},
		"rediss+cluster://u:p@a":           {Addrs: []string{"a:6379"}, User: "u", Password: "p", TLS: true},
		"redis+sentinel://a,b:1/main":      {Addrs: []string{"a:26379", "b:1"}, Master: "main"},
		"rediss+sentinel://u:p@a:2/main/4": {Addrs: []string{"a:2"}, User: "u", Password: "p", Master: "main", DB: 4, TLS: true},
	} {
		var got parsed
		var err error
		got.Addrs, got.User, got.Password, got.Master, got.DB, got.TLS, err = sessions.ParseURL(raw)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", raw, err, diff)
		}
	}
}

func TestBadURLs(t *testing.T) {
	for name, raw := range map[string]string{
		"empty":                  "",
		"no scheme":              "s3cret@host:6379",
		"other scheme":           "http://s3cret@host",
		"other kind":             "redis+ring://s3cret@host",
		"no host":                "redis://u:s3cret@",
		"bad port":               "redis://u:s3cret@host:port",
		"port zero":              "redis://u:s3cret@host:0",
		"slash in the password":  "redis://u:s3cret/x@host",
		"bad escape":             "redis://u:s3cret%zz@host",
		"query":                  "redis://u:s3cret@host?max_retries=3",
		"two single hosts":       "redis://u:s3cret@a,b",
		"database is no number":  "redis://u:s3cret@host/main",
		"cluster with database":  "redis+cluster://u:s3cret@host/1",
		"sentinel without name":  "redis+sentinel://u:s3cret@host",
		"sentinel bad database":  "redis+sentinel://u:s3cret@host/main/x",
		"embedded with the rest": "embedded://s3cret",
	} {
		_, err := sessions.Open(t.Context(), sessions.Options{URL: raw, Key: key})
		if !errors.Is(err, sessions.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: the error tells the password: %v", name, err)
		}
	}
}

func FuzzURL(f *testing.F) {
	f.Add("redis://u:p@host:1/2")
	f.Add("rediss+sentinel://a,b/main/1")
	f.Add("redis+cluster://[::1]:1,x")
	f.Fuzz(func(t *testing.T, raw string) {
		addrs, _, _, _, db, _, err := sessions.ParseURL(raw)
		if err != nil {
			if !errors.Is(err, sessions.ErrInvalid) {
				t.Errorf("error %v wraps no ErrInvalid", err)
			}
			return
		}
		if raw != "embedded" && len(addrs) == 0 || db < 0 {
			t.Errorf("%q: accepted without a host, or with database %d", raw, db)
		}
		for _, a := range addrs {
			if host, port, err := net.SplitHostPort(a); err != nil || host == "" || port == "" {
				t.Errorf("%q: address %q", raw, a)
			}
		}
	})
}

func TestBadOptions(t *testing.T) {
	for name, o := range map[string]sessions.Options{
		"no key":           {URL: "redis://host"},
		"short key":        {URL: "embedded", Key: []byte("short")},
		"short old key":    {URL: "embedded", OldKey: []byte("short")},
		"negative timeout": {URL: "embedded", Timeout: -1},
		"negative ttl":     {URL: "embedded", TTL: -1},
		"bad namespace":    {URL: "embedded", Namespace: "a{b"},
	} {
		if _, err := sessions.Open(t.Context(), o); !errors.Is(err, sessions.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
}

func TestCredentials(t *testing.T) {
	r := sessionstest.StartRedis(t)
	r.Do("CONFIG", "SET", "requirepass", "s3cret")
	good := open(t, sessions.Options{URL: "redis://:s3cret@" + r.Addr() + "/2"})
	if err := good.Ping(t.Context()); err != nil {
		t.Errorf("right password: %v", err)
	}
	for _, url := range []string{"redis://:wr0ng@" + r.Addr(), r.URL()} {
		err := open(t, sessions.Options{URL: url}).Ping(t.Context())
		if err == nil || strings.Contains(err.Error(), "wr0ng") {
			t.Errorf("bad password: %v", err)
		}
	}
}

// TestTLSIsSpoken looks at the first byte that a rediss client sends.
func TestTLSIsSpoken(t *testing.T) {
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	first := make(chan byte, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			close(first)
			return
		}
		defer func() { _ = conn.Close() }()
		b := make([]byte, 1)
		_, _ = conn.Read(b)
		first <- b[0]
	}()
	s := open(t, sessions.Options{URL: "rediss://" + l.Addr().String(), Timeout: sessions.DefaultTimeout})
	if err := s.Ping(t.Context()); !errors.Is(err, sessions.ErrUnavailable) {
		t.Errorf("Ping = %v", err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if got, ok := <-first; !ok || got != 0x16 {
		t.Errorf("first byte %#x, want a TLS handshake", got)
	}
}

type serverError string

func (e serverError) Error() string { return string(e) }
func (serverError) RedisError()     {}

func TestErrorsOfTheServer(t *testing.T) {
	for text, want := range map[string]struct {
		unavailable bool
		text        string
	}{
		"OOM command not allowed when used memory > 'maxmemory'.": {true, "redis unavailable: redis replied OOM"},
		"LOADING Redis is loading the dataset in memory":          {true, "redis unavailable: redis replied LOADING"},
		"READONLY You can't write against a read only replica.":   {true, "redis unavailable: redis replied READONLY"},
		"CLUSTERDOWN The cluster is down":                         {true, "redis unavailable: redis replied CLUSTERDOWN"},
		"ERR unknown command 'evalsha', with args: '+19195550101'": {
			false, "redis replied ERR",
		},
		"NOPERM this user has no permissions to access 'key'": {false, "redis replied NOPERM"},
		"+19195550101 is not a code":                          {false, "redis replied an error"},
		"secret":                                              {false, "redis replied an error"},
	} {
		err := sessions.Classify(serverError(text))
		if errors.Is(err, sessions.ErrUnavailable) != want.unavailable || err.Error() != want.text {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, err := range []error{nil, redis.Nil} {
		if got := sessions.Classify(err); got != nil {
			t.Errorf("Classify(%v) = %v", err, got)
		}
	}
	for err, want := range map[error]string{
		context.DeadlineExceeded: "no answer in time",
		redis.ErrClosed:          "store is closed",
		redis.ErrPoolTimeout:     "no free connection",
		&net.OpError{Op: "dial", Err: errors.New("s3cret")}: "connection lost or refused",
	} {
		if got := sessions.Classify(err); got.Error() != "redis unavailable: "+want {
			t.Errorf("Classify(%T) = %v", err, got)
		}
	}
}

func TestOutcomes(t *testing.T) {
	for o, name := range map[sessions.Outcome]string{
		sessions.OutcomeUnknown: "unknown", sessions.Applied: "applied", sessions.Repeat: "repeat",
		sessions.Stale: "stale", sessions.Missing: "missing", sessions.Outcome(99): "unknown",
	} {
		if o.String() != name {
			t.Errorf("Outcome(%d) = %q, want %q", o, o, name)
		}
		got, err := sessions.ParseOutcome(name)
		if err != nil || got.String() != name {
			t.Errorf("ParseOutcome(%q) = %v, %v", name, got, err)
		}
	}
	if _, err := sessions.ParseOutcome("done"); !errors.Is(err, sessions.ErrInvalid) {
		t.Errorf("ParseOutcome(done): %v", err)
	}
}

func TestEmbeddedFollowsTheClock(t *testing.T) {
	clock := sessionstest.NewClock()
	s := open(t, sessions.Options{URL: "embedded", Now: clock.Now, TTL: time.Hour})
	if err := s.Values().Put(t.Context(), "k", "v", time.Minute, []byte("b")); err != nil {
		t.Fatal(err)
	}
	mustUpdate(t, s, "CA1", sessions.Create(), sessions.Applied)
	s.FastForward(10 * time.Hour) // the clock is the caller's: nothing expires by this
	mustUpdate(t, s, "CA1", sessions.Turn(1), sessions.Applied)
	clock.Advance(59 * time.Minute)
	mustUpdate(t, s, "CA1", sessions.Turn(2), sessions.Applied) // renews
	clock.Advance(59 * time.Minute)
	mustUpdate(t, s, "CA1", sessions.Turn(2), sessions.Repeat) // does not
	clock.Advance(time.Minute)
	mustUpdate(t, s, "CA1", sessions.Turn(3), sessions.Missing)
	if _, ok, err := s.Values().Get(t.Context(), "k", "v"); ok || err != nil {
		t.Errorf("a value outlived its time: %v, %v", ok, err)
	}
}

func TestFastForward(t *testing.T) {
	s := open(t, sessions.Options{URL: "embedded"})
	mustUpdate(t, s, "CA1", sessions.Create(), sessions.Applied)
	s.FastForward(sessions.DefaultTTL - time.Minute)
	mustUpdate(t, s, "CA1", sessions.Turn(1), sessions.Applied)
	s.FastForward(sessions.DefaultTTL)
	mustUpdate(t, s, "CA1", sessions.Turn(2), sessions.Missing)
}

func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	s := open(t, sessions.Options{URL: "embedded", Registerer: reg})
	series := func() map[string]float64 {
		t.Helper()
		families, err := reg.Gather()
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]float64{}
		for _, f := range families {
			for _, m := range f.GetMetric() {
				name := f.GetName()
				for _, l := range m.GetLabel() {
					name += " " + l.GetValue()
				}
				got[name] = m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
			}
		}
		return got
	}
	start := series()
	if want := 14*5 + 14; len(start) != want {
		t.Errorf("%d series before the first event, want %d", len(start), want)
	}
	for name, v := range start {
		if v != 0 || strings.Contains(name, "unknown") {
			t.Errorf("%s = %v at the start", name, v)
		}
	}
	mustUpdate(t, s, "CA1", sessions.Create(), sessions.Applied)
	down, _ := s.Embedded()
	down(true)
	everything(t.Context(), s)
	got := series()
	for name, want := range map[string]float64{
		"ringback_redis_operations_total update ok":           1,
		"ringback_redis_operations_total update unavailable":  2,
		"ringback_redis_operations_total load unavailable":    1,
		"ringback_redis_operations_total ping ok":             0,
		"ringback_redis_operation_duration_seconds update":    3,
		"ringback_redis_operations_total reserve unavailable": 1,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s = %v, want %v", name, v, want)
		}
	}
	if len(got) != len(start) {
		t.Errorf("%d series, %d at the start", len(got), len(start))
	}
}

func TestLogOfAnOutage(t *testing.T) {
	var log bytes.Buffer
	s := open(t, sessions.Options{URL: "embedded", Logger: slog.New(slog.NewTextHandler(&log, nil))})
	down, _ := s.Embedded()
	const id = "CA-in-the-log"
	for _, off := range []bool{false, true, true, false, false} {
		down(off)
		_, _, _ = s.Load(t.Context(), id)
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "redis unavailable") || !strings.Contains(lines[1], "available again") {
		t.Errorf("log of one outage:\n%s", &log)
	}
	if strings.Contains(log.String(), id) {
		t.Errorf("an id is in the log:\n%s", &log)
	}
}

func TestScriptsReadNoClock(t *testing.T) {
	for _, src := range sessions.Scripts() {
		for _, word := range []string{"'TIME'", "os.time", "os.clock", "math.random"} {
			if strings.Contains(src, word) {
				t.Errorf("a script uses %s:\n%s", word, src)
			}
		}
	}
}

func TestTurnstile(t *testing.T) {
	turnstile := sessions.NewTurnstile()
	if err := turnstile.Enter(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	if err := turnstile.Enter(t.Context(), "other"); err != nil {
		t.Fatalf("another key waits: %v", err)
	}
	turnstile.Leave("other")
	ctx, cancel := context.WithCancel(t.Context())
	impatient := make(chan error)
	go func() { impatient <- turnstile.Enter(ctx, "k") }()
	const patient = 5
	passed := make(chan error)
	for range patient {
		go func() {
			err := turnstile.Enter(t.Context(), "k")
			turnstile.Leave("k")
			passed <- err
		}()
	}
	for turnstile.Waiting("k") < patient+1 {
		select {
		case err := <-passed:
			t.Fatalf("passed a closed turnstile: %v", err)
		default:
			runtime.Gosched()
		}
	}
	cancel()
	if err := <-impatient; !errors.Is(err, context.Canceled) {
		t.Errorf("impatient: %v", err)
	}
	turnstile.Leave("k")
	for range patient {
		if err := <-passed; err != nil {
			t.Error(err)
		}
	}
	if n := turnstile.Busy(); n != 0 {
		t.Errorf("%d keys are still busy", n)
	}
}

// TestTurnstileGivenUpWhenLetIn cancels a waiter while it is let in: whichever
// wins, the key must be free afterwards.
func TestTurnstileGivenUpWhenLetIn(t *testing.T) {
	turnstile := sessions.NewTurnstile()
	for range 2000 {
		if err := turnstile.Enter(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- turnstile.Enter(ctx, "k") }()
		for turnstile.Waiting("k") == 0 {
			runtime.Gosched()
		}
		// Both happen before the waiter runs, so its select has to choose.
		cancel()
		turnstile.Leave("k")
		if err := <-done; err == nil {
			turnstile.Leave("k")
		}
		if n := turnstile.Busy(); n != 0 {
			t.Fatalf("%d keys are busy and nobody holds them", n)
		}
	}
}

func ExampleStore_Update() {
	ctx := context.Background()
	s, err := sessions.Open(ctx, sessions.Options{URL: "embedded"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = s.Close() }()
	said := func(text string) func([]byte, sessions.Outcome) (sessions.Change, error) {
		return func([]byte, sessions.Outcome) (sessions.Change, error) {
			return sessions.Change{Body: []byte(text)}, nil
		}
	}
	for _, step := range []struct {
		guard sessions.Guard
		text  string
	}{
		{sessions.Create(), "welcome"},
		{sessions.Turn(1), "key in your ID"},
		{sessions.Turn(1), "a retry of the carrier"},
		{sessions.Turn(0), "an old one"},
	} {
		rec, out, err := s.Update(ctx, "CA1", step.guard, said(step.text))
		fmt.Println(out, rec.Turn, string(rec.Body), err)
	}
	// Output:
	// applied 1 welcome <nil>
	// applied 2 key in your ID <nil>
	// repeat 2 key in your ID <nil>
	// stale 2 key in your ID <nil>
}
