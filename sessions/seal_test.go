package sessions_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"ringback/sessions"
	"ringback/sessions/sessionstest"
)

func TestNothingReadableInRedis(t *testing.T) {
	r := sessionstest.StartRedis(t)
	s := open(t, sessions.Options{URL: r.URL(), Namespace: "n"})
	const secret = "24681357 is a PIN"
	if _, _, err := s.Update(t.Context(), "CA1", sessions.Create(), body(secret)); err != nil {
		t.Fatal(err)
	}
	if err := s.Values().Put(t.Context(), "code", "v", time.Minute, []byte(secret)); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"n:{CA1}:record", "n:{v}:value:code"} {
		got := r.Do("GET", key)
		if !strings.HasPrefix(got, "$") || len(got) < 50 {
			t.Errorf("%s is not stored there: %q", key, got)
		}
		if strings.Contains(got, "24681357") {
			t.Errorf("%s is readable", key)
		}
	}
}

func TestForeignValuesDoNotOpen(t *testing.T) {
	r := sessionstest.StartRedis(t)
	s := open(t, sessions.Options{URL: r.URL(), Namespace: "n", CacheSize: -1})
	mustUpdate(t, s, "CA1", sessions.Create(), sessions.Applied)
	mustUpdate(t, s, "CA1", sessions.Turn(1), sessions.Applied)
	const victim = "n:{CA2}:record"
	for name, spoil := range map[string]func(){
		"copied from another call": func() { r.Do("COPY", "n:{CA1}:record", victim, "REPLACE") },
		"empty of ciphertext":      func() { r.Do("SET", victim, "short") },
		"written by hand":          func() { r.Do("SET", victim, strings.Repeat("x", 100)) },
		"with a raised version": func() {
			mustUpdate(t, s, "CA2", sessions.Create(), sessions.Applied)
			r.Do("SETRANGE", victim, "8", "\x09")
		},
		"with a changed byte": func() {
			mustUpdate(t, s, "CA2", sessions.Create(), sessions.Applied)
			r.Do("SETRANGE", victim, "40", "\x00\x01\x02")
		},
	} {
		spoil()
		before := r.Do("GET", victim)
		for guard, g := range map[string]sessions.Guard{"create": sessions.Create(), "turn": sessions.Turn(1), "any": sessions.Any()} {
			if _, _, err := s.Update(t.Context(), "CA2", g, body("x")); !errors.Is(err, sessions.ErrSealed) {
				t.Errorf("%s, %s: %v, want ErrSealed", name, guard, err)
			}
		}
		if _, _, err := s.Load(t.Context(), "CA2"); !errors.Is(err, sessions.ErrSealed) {
			t.Errorf("%s, load: %v", name, err)
		}
		if r.Do("GET", victim) != before {
			t.Errorf("%s: the value was overwritten", name)
		}
		r.Do("DEL", victim)
	}
	if err := s.Values().Put(t.Context(), "code", "a", time.Minute, []byte("1")); err != nil {
		t.Fatal(err)
	}
	r.Do("COPY", "n:{a}:value:code", "n:{a}:value:link")
	if _, _, err := s.Values().Get(t.Context(), "link", "a"); !errors.Is(err, sessions.ErrSealed) {
		t.Errorf("a value under another kind: %v", err)
	}
}

func TestKeyRotation(t *testing.T) {
	url := sessionstest.StartRedis(t).URL()
	first, second, third := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32), bytes.Repeat([]byte{3}, 32)
	old := open(t, sessions.Options{URL: url, Key: first})
	mustUpdate(t, old, "CA1", sessions.Create(), sessions.Applied)
	both := open(t, sessions.Options{URL: url, Key: second, OldKey: first})
	mustUpdate(t, both, "CA1", sessions.Turn(1), sessions.Applied) // now under the second key
	after := open(t, sessions.Options{URL: url, Key: second})
	mustUpdate(t, after, "CA1", sessions.Turn(2), sessions.Applied)
	for name, s := range map[string]*sessions.Store{
		"the first key": open(t, sessions.Options{URL: url, Key: first}),
		"a third key":   open(t, sessions.Options{URL: url, Key: third, OldKey: first}),
	} {
		if _, _, err := s.Load(t.Context(), "CA1"); !errors.Is(err, sessions.ErrSealed) {
			t.Errorf("%s: %v, want ErrSealed", name, err)
		}
	}
}

func FuzzEnvelope(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x00\x00\x00body"))
	f.Add([]byte("\x01\x05\x01\x01\x01\x00\x03\x01\x80\x0212345678\x0487654321"))
	f.Add([]byte("\x01\x02\x00\x00\x00\x0112345678"))
	f.Add([]byte("\x01\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		again, rest, err := sessions.ReadEnvelope(b)
		if err != nil {
			if !errors.Is(err, sessions.ErrSealed) {
				t.Errorf("error %v wraps no ErrSealed", err)
			}
			return
		}
		third, more, err := sessions.ReadEnvelope(append(bytes.Clone(again), rest...))
		if err != nil || !bytes.Equal(third, again) || !bytes.Equal(more, rest) {
			t.Errorf("%x reads as %x and then as %x, %v", b, again, third, err)
		}
	})
}

func TestBrokenEnvelopes(t *testing.T) {
	for name, b := range map[string]string{
		"empty":             "",
		"other format":      "\x02\x00\x00\x00\x00\x00",
		"cut short":         "\x01\x00\x00",
		"too many effects":  "\x01\x00\x41\x00\x00\x00",
		"turn out of range": "\x01\xff\xff\xff\xff\xff\x01\x00\x00\x00\x00",
		"bad flag":          "\x01\x00\x00\x00\x00\x02",
		"missing effect":    "\x01\x00\x01\x00\x00\x00",
		"missing digest":    "\x01\x00\x00\x00\x01\x00123",
	} {
		if _, _, err := sessions.ReadEnvelope([]byte(b)); !errors.Is(err, sessions.ErrSealed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
