package box_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"ringback/cmd/internal/box"
	"ringback/ivr/ledger"
	"ringback/ivr/transfer"
)

// atTheDesk opens the desk as somebody of the sample's.
func atTheDesk(url, name string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(
		chromedp.Navigate(url+"/desk/calls"), until("document.querySelector('#name')"),
		fill("#name", name), enters("#password", "ringback-demo"), loads("document.querySelector('#link[data-state=on]')"),
	)
}

// loads waits for a condition of whatever page is there by then: a form that was
// sent takes the page away, and with it whoever looks at it.
func loads(condition string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, to *chromedp.Target) error {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		limit := time.NewTimer(90 * time.Second)
		defer limit.Stop()
		for {
			if ok, err := chromedp.Evaluate[bool]("!!("+condition+")")(ctx, to); err == nil && ok {
				return nil
			}
			select {
			case <-tick.C:
			case <-limit.C:
				return fmt.Errorf("never: %s", condition)
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
}

// says waits until an element of a page says something.
func says(selector, text string) chromedp.Action[chromedp.Void] {
	return loads(fmt.Sprintf("document.querySelector(%q)?.textContent.includes(%q)", selector, text))
}

// Alex signs in at the desk and goes ready; Dana, verified, asks for a person; Alex
// takes the call, sees the card, has the links sent again and a fresh set, and says
// how it ended. The next time Dana calls, the card has it.
func TestDeskInTheDemo(t *testing.T) {
	w := world(t, box.Options{AlwaysOpen: true, WebDesk: true})
	for _, other := range []string{"robin", "jo"} {
		if err := w.App.Desk().Presence(t.Context(), other, transfer.PresenceAway); err != nil {
			t.Fatal(err)
		}
	}
	desk := browser(t)
	does(desk, t, atTheDesk(w.URL, "alex"))
	does(desk, t, chromedp.SetValue("#away-reason", "break"), click("#go-away"), says("#now", "Away"), click("#go-ready"), says("#now", "Ready"))
	phone, dana := tab(desk, t), tab(desk, t)
	does(phone, t, chromedp.Navigate(w.URL+"/phone?as=alex"), until("document.querySelector('[value=ready]').checked"))
	verified := func(ctx context.Context) {
		t.Helper()
		does(ctx, t,
			chromedp.Navigate(w.URL+"/phone"), click("#dial"), heard("press 1"), chromedp.KeyEvent("1"), heard("unique I D"), chromedp.KeyEvent("1000001#"),
			heard("If that is right"), click(`[data-key="1"]`), heard("phone PIN"), chromedp.KeyEvent("24681357#"), heard("six digit code"), click("#texts .code"),
			heard("sending two texts"), heard("If the link fails, press 4"), click(`[data-key="4"]`), heard("three dots"), click(`[data-key="0"]`), heard("hold for a person"),
		)
	}
	verified(dana)
	take(desk, phone, t)
	does(desk, t,
		says(".caller", "ending in 01"), says("#may-title + .checks", "Send the two links"), says("#links-title ~ .level-now", "Sent to the phone"),
		says(".earlier", "None in the last 90 days"),
	)
	mobile := w.Carrier.Phone("+19195550101")
	does(desk, t, loads("document.querySelector('#tool-resend')"), click("#tool-resend"), loads("document.querySelector('#done, .fault')"))
	said, err := chromedp.Run(desk, chromedp.Evaluate[string]("document.querySelector('main').textContent"))
	if err != nil || !strings.Contains(said, "on their way once more") && !strings.Contains(said, "half a minute") {
		t.Errorf("after a resend: %q, %v", said, err)
	}
	for more := true; more; { // what came before
		_, more = mobile.TakeText(func(string) bool { return true })
	}
	does(desk, t, chromedp.Navigate(w.URL+"/desk/calls"), click("#tool-fresh"), says("#done", "new set of links"), says(".tools", "by alex"))
	if _, err := mobile.WaitText(t.Context(), 20*time.Second, func(body string) bool { return strings.Contains(body, "1 of 2") }); err != nil {
		t.Errorf("no fresh links came: %v", err)
	}
	does(dana, t, click("#hangup"), until("document.querySelector('#ending').textContent.startsWith('Transferred')"))
	does(desk, t,
		says("#wrap-title", "How did it end?"), chromedp.SetValue("#outcome", "reconnected"), chromedp.SendKeys("#note", "New phone, all well."),
		click("#keep-note"), says("#done", "Noted."), click("#go-ready"), says("#now", "Ready"),
	)
	rows, err := w.App.Ledger().Audit(t.Context(), ledger.AuditFilter{Action: "wrap_up", Limit: 5})
	if err != nil || len(rows) != 1 || rows[0].Actor != "alex" || rows[0].Reason != "reconnected" || strings.Contains(fmt.Sprint(rows), "all well") {
		t.Errorf("audit %+v, %v", rows, err)
	}
	for _, p := range w.Carrier.Errors() {
		t.Errorf("the carrier found: %v", p)
	}
}

// take has the agent answer and take the call by keys.
func take(desk, phone context.Context, t *testing.T) {
	t.Helper()
	does(desk, t, loads("document.querySelector('.state[data-state=ringing]')"), loads("document.querySelector('.caller')"))
	does(phone, t,
		until("document.querySelector('#call-title').textContent === 'Your phone rings'"), click("#answer"), heard("Press 1 to take the call"), click(`[data-key="1"]`),
	)
	does(desk, t, loads("document.querySelector('.state[data-state=talking]')"), loads("document.querySelector('#tools')"))
}
