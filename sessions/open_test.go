package sessions_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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

func TestScriptsReadNoClock(t *testing.T) {
	for _, src := range sessions.Scripts() {
		for _, word := range []string{"'TIME'", "os.time", "os.clock", "math.random"} {
			if strings.Contains(src, word) {
				t.Errorf("a script uses %s:\n%s", word, src)
			}
		}
	}
}
