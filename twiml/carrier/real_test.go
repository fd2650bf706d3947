package carrier_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"ringback/twiml/carrier"
)

// The real clock and no clock of the server's: a call with speech, a key and a
// hang-up, in well under a second.
func TestRealClock(t *testing.T) {
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		switch r.URL.Path {
		case "/voice":
			_, _ = io.WriteString(w, `<Response><Gather numDigits="1" action="/turn"><Say>Hi.</Say></Gather></Response>`)
		case "/turn":
			_, _ = io.WriteString(w, `<Response><Hangup/></Response>`)
		}
	}))
	defer app.Close()
	cr, err := carrier.New(carrier.Options{AccountSID: account, AuthToken: token, BaseURL: app.URL})
	if err != nil {
		t.Fatal(err)
	}
	if err := cr.SetNumber(office, carrier.NumberConfig{VoiceURL: "/voice"}); err != nil {
		t.Fatal(err)
	}
	l := cr.Phone(alice).Call(t.Context(), office)
	began := time.Now()
	if err := l.Hear(t.Context(), 10*time.Second, (*carrier.Leg).Awaiting); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(began); d < 360*time.Millisecond {
		t.Errorf("one word took %v", d)
	}
	l.Press("1")
	err = l.Hear(t.Context(), 10*time.Second, (*carrier.Leg).Awaiting)
	if _, reason := l.Ended(); !errors.Is(err, carrier.ErrEnded) || reason != "hung up by the application" {
		t.Errorf("ended: %s, %v", reason, err)
	}
	late := cr.Phone(bob).Call(t.Context(), office) // still going on at the end
	if err := cr.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if over, _ := late.Ended(); !over {
		t.Error("a call outlives the carrier")
	}
	if ps := cr.Errors(); len(ps) != 0 {
		t.Errorf("problems %v", ps)
	}
}
