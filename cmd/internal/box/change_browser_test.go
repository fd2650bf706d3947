package box_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"ringback/cmd/internal/box"
	"ringback/ivr/transfer"
	"ringback/twiml/carrier"
)

// atDesk signs somebody in at the web desk, in a browser of their own.
func atDesk(t *testing.T, w *box.World, name, page string) context.Context {
	t.Helper()
	ctx := browser(t)
	does(ctx, t, chromedp.Navigate(w.URL+page))
	leads(ctx, t, "#link[data-state=on]", fill("#name", name), enters("#password", "ringback-demo"))
	return ctx
}

// settled waits until a page that may be on its way to another one has something.
func settled(ctx context.Context, t *testing.T, condition string) {
	t.Helper()
	for end := time.Now().Add(90 * time.Second); time.Now().Before(end); {
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+condition+")")); err == nil && ok {
			return
		}
	}
	now, _ := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
	t.Fatalf("not %s; the page says:\n%s", condition, now)
}

func appears(ctx context.Context, t *testing.T, selector string) {
	t.Helper()
	settled(ctx, t, fmt.Sprintf("document.querySelector(%q)", selector))
}

// leads does something that leads to another page, and waits for what is there.
func leads(ctx context.Context, t *testing.T, to string, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	mark := chromedp.Func(func(ctx context.Context, page *chromedp.Target) error {
		_, err := chromedp.Evaluate[chromedp.Void]("document.body.dataset.left = 1")(ctx, page)
		return err
	})
	does(ctx, t, append([]chromedp.Action[chromedp.Void]{mark}, steps...)...)
	settled(ctx, t, fmt.Sprintf("!document.body.dataset.left && document.readyState === 'complete' && document.querySelector(%q)", to))
}

// Dana has a new number. She calls, proves who she is, and is put through to Alex, who
// changes her number on the desk's pages; Jo approves in another browser; Dana's new
// phone gets the texts, and she opens the link.
func TestNumberChangeInBrowsers(t *testing.T) {
	w := world(t, box.Options{AlwaysOpen: true, WebDesk: true})
	for _, busy := range []string{"robin", "jo"} {
		if err := w.App.Desk().Presence(t.Context(), busy, transfer.PresenceAway); err != nil {
			t.Fatal(err)
		}
	}
	alex, jo := atDesk(t, w, "alex", "/desk/calls"), atDesk(t, w, "jo", "/desk/approvals")
	dana := tab(browser(t), t)
	does(dana, t,
		chromedp.Navigate(w.URL+"/phone"), until("document.querySelector('#from')"), chromedp.SetValue("#from", "+19195550191"), click("#dial"),
		heard("same as before"), chromedp.KeyEvent("2"), heard("unique I D"), chromedp.KeyEvent("1000001#"), heard("You keyed"), click(`[data-key="1"]`),
		heard("phone PIN"), chromedp.KeyEvent("24681357#"), heard("e-mail address"), click("#texts .code"),
		heard("recovery codes"), chromedp.KeyEvent("16180339887498948482#"), heard("A person will change the number with you"),
	)
	leg, err := w.Carrier.Phone(string(w.Config.Desk.Agents[0].Phone)).WaitIncoming(t.Context(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	appears(alex, t, "#deed-accept")
	leads(alex, t, ".state", click("#deed-accept"))
	leg.Answer()
	if err := leg.Hear(alex, time.Minute, func(l *carrier.Leg) bool { return l.Awaiting() }); err != nil {
		t.Fatal(err)
	}
	leg.Press("1")
	appears(alex, t, "#deed-hold")
	leads(alex, t, "#open-call", click(`.checks [href="/desk/changes#begin"]`))
	leads(alex, t, "#number", click("#open-call"))
	leads(alex, t, "#code", enters("#number", "919 555 0191"))

	// She reads out the code that came to the new phone.
	const sent = "[...document.querySelectorAll('#texts li')].find(e => e.textContent.includes('changing your phone number'))"
	does(dana, t, until(sent))
	code, err := chromedp.Run(dana, chromedp.Evaluate[string](sent+".querySelector('.code').textContent"))
	if err != nil {
		t.Fatal(err)
	}
	leads(alex, t, ".state[data-change=awaiting_approval]", enters("#code", code))
	appears(jo, t, ".act-approve")
	leads(jo, t, ".state[data-change]", chromedp.SendKeys(".approval [name=reason]", "Dana told me so in person"), click(".act-approve"))
	for _, page := range []context.Context{jo, alex} { // by itself
		appears(page, t, ".state[data-change=awaiting_activation]")
	}
	does(dana, t, click("#texts .activate"), until("document.querySelector('#tapped').textContent.includes('activated on the phone ending in 91')"))
	appears(alex, t, ".state[data-change=done]")

	var numbers []string
	for _, u := range w.Duo.Users() {
		if u.Username != "dana" {
			continue
		}
		for _, p := range u.Phones {
			numbers = append(numbers, p.Number)
		}
	}
	if diff := cmp.Diff([]string{"+19195550191"}, numbers); diff != "" {
		t.Errorf("Dana's phones in Duo (-want +got):\n%s", diff)
	}
	for _, told := range []string{"a new phone number for Duo was asked for", "your phone number for Duo was changed"} {
		if _, err := w.Carrier.Phone("+19195550101").WaitText(t.Context(), time.Minute, func(s string) bool { return strings.Contains(s, told) }); err != nil {
			t.Errorf("the old phone was not told that %s", told)
		}
	}
	for _, p := range w.Carrier.Errors() {
		t.Errorf("the carrier found: %v", p)
	}
}
