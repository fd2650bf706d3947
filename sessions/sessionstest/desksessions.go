package sessionstest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/sessions"
)

var deskSessionCases = []testCase{ //nolint:gochecknoglobals // a table of tests
	{"a token opens its session", deskOpens},
	{"forged tokens open nothing", deskForged},
	{"a session ends idle", deskIdle},
	{"a session ends whatever happens", deskAbsolute},
	{"an ended session is refused at once", deskEnded},
	{"sessions are listed, newest first", deskListed},
	{"bad sessions are refused", badDeskSessions},
}

const (
	deskIdleTime = 15 * time.Minute
	deskEndTime  = 10 * time.Hour
)

func startDesk(t *testing.T, s *sessions.Store, actor string) (token string) {
	t.Helper()
	token, err := s.Desk().Start(t.Context(), actor, []byte("body of "+actor), deskIdleTime, deskEndTime)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	return token
}

func deskOpen(t *testing.T, s *sessions.Store, token string, use, want bool) sessions.DeskSession {
	t.Helper()
	one, ok, err := s.Desk().Get(t.Context(), token, use)
	if err != nil || ok != want {
		t.Errorf("Get = %v, %v; want %v", ok, err, want)
	}
	return one
}

func deskOpens(t *testing.T, s *sessions.Store, c *Clock) {
	a, b := startDesk(t, s, "alex"), startDesk(t, s, "alex")
	if a == b || len(a) != 43 {
		t.Errorf("tokens %d and %d characters long, the same: %v", len(a), len(b), a == b)
	}
	one := deskOpen(t, s, a, true, true)
	now := c.Now().Truncate(time.Millisecond)
	got := []any{one.Actor, string(one.Body), one.Started.Equal(now), one.Until.Equal(now.Add(deskIdleTime)), one.End.Equal(now.Add(deskEndTime))}
	if diff := cmp.Diff([]any{"alex", "body of alex", true, true, true}, got); diff != "" {
		t.Errorf("session (-want +got):\n%s", diff)
	}
	if strings.Contains(one.ID, a) || one.ID == deskOpen(t, s, b, true, true).ID {
		t.Error("the ID tells the token, or two sessions share one")
	}
}

func deskForged(t *testing.T, s *sessions.Store, _ *Clock) {
	token := startDesk(t, s, "alex")
	one := deskOpen(t, s, token, false, true)
	flipped := "A"
	if strings.HasPrefix(token, "A") {
		flipped = "B"
	}
	for _, forged := range []string{"", "x", one.ID, token + "x", token[:42], flipped + token[1:], strings.Repeat("{", 43)} {
		deskOpen(t, s, forged, true, false)
	}
}

func deskIdle(t *testing.T, s *sessions.Store, c *Clock) {
	token := startDesk(t, s, "alex")
	for range 3 { // looking on does not keep it open
		c.Advance(4 * time.Minute)
		deskOpen(t, s, token, false, true)
	}
	c.Advance(2 * time.Minute)
	deskOpen(t, s, token, true, true)
	c.Advance(deskIdleTime - time.Millisecond)
	deskOpen(t, s, token, false, true)
	c.Advance(time.Millisecond)
	deskOpen(t, s, token, true, false)
}

func deskAbsolute(t *testing.T, s *sessions.Store, c *Clock) {
	token := startDesk(t, s, "alex")
	for range 59 {
		c.Advance(10 * time.Minute)
		deskOpen(t, s, token, true, true)
	}
	c.Advance(10*time.Minute - time.Millisecond)
	deskOpen(t, s, token, true, true)
	c.Advance(time.Millisecond)
	deskOpen(t, s, token, true, false)
	if list, err := s.Desk().List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("List = %d, %v; want none", len(list), err)
	}
}

func deskEnded(t *testing.T, s *sessions.Store, c *Clock) {
	token, other := startDesk(t, s, "alex"), startDesk(t, s, "robin")
	id := deskOpen(t, s, token, true, true).ID
	c.Advance(time.Minute) // old enough to be written again by its next use
	for _, want := range []bool{true, false} {
		if ok, err := s.Desk().End(t.Context(), id); err != nil || ok != want {
			t.Errorf("End = %v, %v; want %v", ok, err, want)
		}
	}
	deskOpen(t, s, token, true, false)
	deskOpen(t, s, other, true, true)
	for _, id := range []string{"", "abc", strings.Repeat("z", 64)} {
		if ok, err := s.Desk().End(t.Context(), id); err != nil || ok {
			t.Errorf("End of nothing = %v, %v", ok, err)
		}
	}
}

func deskListed(t *testing.T, s *sessions.Store, c *Clock) {
	actors := func() (all []string) {
		list, err := s.Desk().List(t.Context())
		if err != nil {
			t.Errorf("List: %v", err)
		}
		for _, o := range list {
			all = append(all, o.Actor)
		}
		return all
	}
	startDesk(t, s, "alex")
	c.Advance(10 * time.Minute)
	robin := startDesk(t, s, "robin")
	c.Advance(time.Minute)
	startDesk(t, s, "jo")
	if diff := cmp.Diff([]string{"jo", "robin", "alex"}, actors()); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	c.Advance(4 * time.Minute) // alex is idle for too long
	if _, err := s.Desk().End(t.Context(), deskOpen(t, s, robin, false, true).ID); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"jo"}, actors()); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}

func badDeskSessions(t *testing.T, s *sessions.Store, _ *Clock) {
	for _, c := range []struct {
		actor          string
		idle, absolute time.Duration
	}{
		{"", deskIdleTime, deskEndTime},
		{strings.Repeat("x", 201), deskIdleTime, deskEndTime},
		{"alex", 0, deskEndTime},
		{"alex", deskEndTime, deskIdleTime},
	} {
		if _, err := s.Desk().Start(t.Context(), c.actor, nil, c.idle, c.absolute); !errors.Is(err, sessions.ErrInvalid) {
			t.Errorf("Start(%.10q, %v, %v): %v, want ErrInvalid", c.actor, c.idle, c.absolute, err)
		}
	}
}
