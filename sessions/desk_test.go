package sessions_test

import (
	"strings"
	"testing"
	"time"

	"ringback/sessions"
	"ringback/sessions/sessionstest"
)

// Who reads Redis learns neither a token nor who is signed in, and cannot put
// one session in the place of another.
func TestDeskSessionsAtRest(t *testing.T) {
	r := sessionstest.StartRedis(t)
	s := open(t, sessions.Options{URL: r.URL(), Namespace: "n"})
	ids := map[string]string{}
	for _, actor := range []string{"agent-alex", "lead-jo"} {
		token, err := s.Desk().Start(t.Context(), actor, []byte("role of "+actor), time.Minute, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		one, ok, err := s.Desk().Get(t.Context(), token, false)
		if err != nil || !ok {
			t.Fatalf("Get = %v, %v", ok, err)
		}
		ids[actor] = one.ID
		all := r.Do("KEYS", "*") + r.Do("GET", "n:{desk}:session:"+one.ID) + r.Do("ZRANGE", "n:{desk}:sessions", "0", "-1")
		for _, secret := range []string{token, actor, "role of"} {
			if strings.Contains(all, secret) {
				t.Errorf("Redis holds %q in the clear", secret)
			}
		}
	}
	r.Do("COPY", "n:{desk}:session:"+ids["lead-jo"], "n:{desk}:session:"+ids["agent-alex"], "REPLACE")
	if list, err := s.Desk().List(t.Context()); err == nil {
		t.Errorf("a copied session opened: %d listed", len(list))
	}
}
