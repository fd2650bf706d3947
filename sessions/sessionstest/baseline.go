package sessionstest

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the carrier's algorithm; HMAC-SHA1 is not broken
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// baselineState is what the baseline stores: about as much as a sealed call.
const baselineState = 600

// baselineAnswer is what it says each time.
const baselineAnswer = `<?xml version="1.0" encoding="UTF-8"?><Response>` +
	`<Gather input="dtmf" numDigits="1" action="/voice/turn"><Say>Press 1, or press 2.</Say></Gather></Response>`

// Baseline is the least that a phone line can do in a turn, for benchmarks to
// compare with: plain net/http, the carrier's signature checked over
// https://host/path?query and the parsed form, go-redis with its own settings
// GETting and then SETting 600 bytes under the CallSid, and a fixed document.
// It answers 403 to a wrong signature and 500 when Redis does not take part. Its
// connections to the server at addr are closed with the test.
func Baseline(t testing.TB, addr, token string) http.Handler {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr})
	t.Cleanup(func() { _ = c.Close() })
	state := bytes.Repeat([]byte("s"), baselineState)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		form, err := url.ParseQuery(string(body))
		if err != nil || !signed(r, form, token) {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		key := "baseline:" + form.Get("CallSid")
		if _, err := c.Get(r.Context(), key).Bytes(); err != nil && !errors.Is(err, redis.Nil) {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		if err := c.Set(r.Context(), key, state, 2*time.Hour).Err(); err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(w, baselineAnswer)
	})
}

// signed checks the header of a request against its URL and form.
func signed(r *http.Request, form url.Values, token string) bool {
	m := hmac.New(sha1.New, []byte(token))
	_, _ = io.WriteString(m, "https://"+r.Host+r.URL.RequestURI())
	keys := make([]string, 0, len(form))
	for k := range form {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		_, _ = io.WriteString(m, k+form.Get(k))
	}
	want := base64.StdEncoding.EncodeToString(m.Sum(nil))
	return hmac.Equal([]byte(want), []byte(r.Header.Get("X-Twilio-Signature")))
}
