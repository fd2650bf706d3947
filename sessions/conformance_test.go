package sessions_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ringback/sessions"
	"ringback/sessions/sessionstest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var key = bytes.Repeat([]byte{7}, 32)

// open makes a store with generous time-outs unless o says otherwise.
func open(t testing.TB, o sessions.Options) *sessions.Store {
	t.Helper()
	if o.Key == nil && o.URL != "embedded" {
		o.Key = key
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	s, err := sessions.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// ns is a namespace that no other test uses.
func ns(t *testing.T) string { return strings.NewReplacer("/", "-", " ", "-").Replace(t.Name()) }

func TestConformance(t *testing.T) {
	for _, c := range []struct {
		name string
		url  func(*testing.T) string
		more func(*sessions.Options)
	}{
		{name: "embedded", url: func(*testing.T) string { return "embedded" }},
		{name: "server", url: func(t *testing.T) string { return sessionstest.StartRedis(t).URL() }},
		{
			name: "server without copies",
			url:  func(t *testing.T) string { return sessionstest.StartRedis(t).URL() },
			more: func(o *sessions.Options) { o.CacheSize = -1 },
		},
		{name: "cluster", url: func(t *testing.T) string {
			return "redis+cluster://" + sessionstest.StartCluster(t).Addr()
		}},
		{name: "sentinel", url: func(t *testing.T) string {
			sentinel := sessionstest.StartSentinel(t, "main", sessionstest.StartRedis(t))
			return "redis+sentinel://" + sentinel.Addr() + "/main"
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := c.url(t)
			sessionstest.Run(t, func(t *testing.T, now func() time.Time) *sessions.Store {
				o := sessions.Options{URL: url, Now: now, Namespace: ns(t)}
				if c.more != nil {
					c.more(&o)
				}
				return open(t, o)
			})
		})
	}
}
