package carrier_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringback/twiml/carrier"
)

func TestInboundCallWithGather(t *testing.T) {
	play(t, map[string]string{
		"/voice": `<Gather action="/turn?a=1&amp;b=2" numDigits="1"><Say>Press one please.</Say></Gather><Say>Silence.</Say>`,
		"/turn":  `<Say>Thank you.</Say><Hangup/>`,
	}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office, carrier.StirVerstat("TN-Validation-Passed-A"))
		if got := w.hears(ctx, l); got != "Press one please." {
			t.Errorf("heard %q", got)
		}
		l.Press("1")
		if reason := w.over(ctx, l); reason != "hung up by the application" {
			t.Errorf("ended: %s", reason)
		}
		want := []string{
			"0s ring", "0s say Press one please.", "1.091s key 1", "1.091s say Thank you.",
		}
		if diff := cmp.Diff(want, lines(l)); diff != "" {
			t.Errorf("transcript (-want +got):\n%s", diff)
		}
		w.sound()
	})
}
