package carrier_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"ringback/ivr/clock"
	"ringback/twiml/carrier"
)

// A caller presses a key, on a virtual clock.
func Example() {
	v := clock.NewVirtual(time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC))
	app := httptest.NewServer(v.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		if r.URL.Path == "/voice" {
			_, _ = io.WriteString(w, `<Response><Gather action="/turn" numDigits="1"><Say>Press one.</Say></Gather></Response>`)
			return
		}
		_, _ = io.WriteString(w, `<Response><Say>You pressed `+r.FormValue("Digits")+`.</Say></Response>`)
	})))
	defer app.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	cr, err := carrier.New(carrier.Options{
		AccountSID: "AC1", AuthToken: "secret", Clock: v, BaseURL: app.URL,
		HTTPClient: &http.Client{Transport: v.Transport(transport)},
	})
	if err != nil {
		panic(err)
	}
	if err := cr.SetNumber("+19195550000", carrier.NumberConfig{VoiceURL: "/voice"}); err != nil {
		panic(err)
	}
	v.Do(context.Background(), func(ctx context.Context) {
		leg := cr.Phone("+19195550101").Call(ctx, "+19195550000")
		_ = leg.Hear(ctx, time.Minute, (*carrier.Leg).Awaiting)
		fmt.Println(leg.SpokenSinceKey())
		leg.Press("1")
		_ = leg.Hear(ctx, time.Minute, (*carrier.Leg).Awaiting) // until the end
		fmt.Println(leg.SpokenSinceKey())
		_ = cr.Close(ctx)
	})
	// Output:
	// Press one.
	// You pressed 1.
}
