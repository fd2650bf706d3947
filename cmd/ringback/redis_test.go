package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"ringback/cmd/internal/box"
	"ringback/sessions/sessionstest"
	"ringback/twiml/carrier"
)

// Killing redis-server in the middle of a call never leaves the caller in
// silence: an apology, and then the desk's own number.
func TestRedisKilledInMidCall(t *testing.T) {
	for _, tt := range []struct {
		name string
		keys []string // before the kill, each once keys are awaited
		next string   // the key after it
	}{
		{"at the menu", nil, "1"},
		{"while the ID is keyed", []string{"1"}, "1000001#"},
		{"while the PIN is keyed", []string{"1", "1000001#", "1"}, "24681357#"},
		{"in silence", []string{"1"}, ""},
		{"while a code is checked", []string{"1", "1000001#", "1", "24681357#"}, "123456#"},
		{"while Duo is watched", []string{"1", "1000001#", "1", "24681357#", "{code}"}, ""},
		{"in the queue", []string{"0"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			redis := sessionstest.StartRedis(t)
			w, err := box.Open(t.Context(), box.Options{Virtual: true, RedisURL: redis.URL()})
			if err != nil {
				t.Fatal(err)
			}
			w.Do(t.Context(), func(ctx context.Context) {
				l := w.Carrier.Phone("+19195550101").Call(ctx, "+19196842200")
				for _, k := range tt.keys {
					hear(ctx, t, l, (*carrier.Leg).Awaiting)
					if k == "{code}" {
						k = texted.FindStringSubmatch(w.Carrier.Phone("+19195550101").Texts()[0].Body)[1] + "#"
					}
					l.Press(k)
				}
				if l.SpokenSinceKey() == "" { // what comes after the last key, before Redis dies
					hear(ctx, t, l, func(l *carrier.Leg) bool { return l.SpokenSinceKey() != "" })
				}
				hear(ctx, t, l, (*carrier.Leg).Awaiting)
				redis.Kill()
				if tt.next != "" {
					l.Press(tt.next)
				}
				hear(ctx, t, l, func(l *carrier.Leg) bool {
					return strings.Contains(l.SpokenSinceKey(), "not working on our side") && strings.Contains(l.SpokenSinceKey(), "service desk")
				})
				desk, err := w.Carrier.Phone("+19195550290").WaitIncoming(ctx, time.Minute)
				if err != nil || desk == nil {
					t.Errorf("the desk's own phone does not ring: %v", err)
				}
				l.Hangup()
				if err := w.Close(ctx); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// hear listens until something holds.
func hear(ctx context.Context, t *testing.T, l *carrier.Leg, until func(*carrier.Leg) bool) {
	t.Helper()
	if err := l.Hear(ctx, time.Minute, until); err != nil {
		t.Fatalf("%v after %q", err, l.SpokenSinceKey())
	}
}
