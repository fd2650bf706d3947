package sessionstest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"ringback/sessions/sessionstest"
	"ringback/twiml/signature"
)

// The baseline does what it is compared for: it checks, and it asks Redis.
func TestBaseline(t *testing.T) {
	const token, u = "an auth token", "https://line.example.edu/voice/turn?t=1"
	redis := sessionstest.StartRedis(t)
	h := sessionstest.Baseline(t, redis.Addr(), token)
	form := url.Values{"CallSid": {"CA1"}, "Digits": {"9"}}
	for _, tt := range []struct {
		name, body, sig string
		down            bool
		status          int
	}{
		{"signed", form.Encode(), signature.Sign(token, u, form), false, http.StatusOK},
		{"again", form.Encode(), signature.Sign(token, u, form), false, http.StatusOK},
		{"unsigned", form.Encode(), "", false, http.StatusForbidden},
		{"another token", form.Encode(), signature.Sign("other", u, form), false, http.StatusForbidden},
		{"another body", form.Encode() + "9", signature.Sign(token, u, form), false, http.StatusForbidden},
		{"no form", "%", signature.Sign(token, u, nil), false, http.StatusForbidden},
		{"Redis down", form.Encode(), signature.Sign(token, u, form), true, http.StatusInternalServerError},
	} {
		if tt.down {
			if got := redis.Do("STRLEN", "baseline:CA1"); got != ":600" {
				t.Errorf("Redis has kept %q, want 600 bytes", got)
			}
			redis.Kill()
		}
		r := httptest.NewRequest(http.MethodPost, u, strings.NewReader(tt.body))
		r.Header.Set(signature.Header, tt.sig)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != tt.status || strings.Contains(w.Body.String(), "<Gather") != (tt.status == http.StatusOK) {
			t.Errorf("%s: %d %q, want %d", tt.name, w.Code, w.Body, tt.status)
		}
	}
}
