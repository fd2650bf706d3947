package console_test

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"ringback/ivr/transfer"
)

// tab is a tab of a headless Chromium, for a minute at most.
func tab(t *testing.T) context.Context {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewExecAllocator(ctx, append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)...)
	t.Cleanup(cancel)
	ctx, end := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Errorf("close the browser: %v", err)
		}
		end()
	})
	return ctx
}

func do(t *testing.T, ctx context.Context, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// A person signs in, goes ready by the keyboard, and sees the wallboard change by
// itself; the strict policy is not in the way.
func TestInABrowser(t *testing.T) {
	r := newRig(t, nil)
	ctx := tab(t)
	do(t, ctx,
		chromedp.EmulateViewport(360, 740),
		chromedp.Navigate(r.server.URL+"/desk/wall"), chromedp.WaitVisible("#name"),
		chromedp.SendKeys("#name", "alex"), chromedp.SendKeys("#password", password+"\r"),
		chromedp.WaitVisible("#link[data-state=on]"), chromedp.WaitVisible("[data-count=ready]"),
	)
	shown := func(selector, want string) {
		t.Helper()
		text, err := chromedp.Run(ctx, chromedp.Text(selector))
		if err != nil || text != want {
			t.Errorf("%s: %q, %v; want %q", selector, text, err, want)
		}
	}
	shown("[data-count=ready]", "1")
	// The narrow page does not scroll sideways.
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[int]("document.documentElement.scrollWidth"))
	if err != nil || wide > 360 {
		t.Errorf("the page is %d wide, %v", wide, err)
	}
	do(t, ctx, chromedp.KeyEvent("g"), chromedp.KeyEvent("c"), chromedp.WaitVisible("#go-ready"),
		chromedp.KeyEvent("r"), chromedp.KeyEvent("\r"), chromedp.WaitVisible(".state[data-state=ready]"))
	focused, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.activeElement.id"))
	if err != nil || focused != "now" {
		t.Errorf("the focus is on %q, %v; want the state", focused, err)
	}
	r.cards["T1"] = sampleCard()
	r.floor.give("alex", transfer.PresenceRinging, "T1")
	do(t, ctx, chromedp.WaitVisible(".state[data-state=ringing]"), chromedp.WaitVisible(".caller"))
	said, err := chromedp.Run(ctx, chromedp.TextContent("#say"))
	if err != nil || said == "" {
		t.Errorf("a screen reader hears %q, %v", said, err)
	}
	do(t, ctx, chromedp.KeyEvent("?"), chromedp.WaitVisible("#keys[open]"), chromedp.KeyEvent("\x1b"), chromedp.WaitNotVisible("#keys"),
		chromedp.KeyEvent("g"), chromedp.KeyEvent("w"), chromedp.WaitVisible("[data-agent=alex][data-state=ringing]"))
	r.floor.give("alex", transfer.PresenceTalking, "T1")
	do(t, ctx, chromedp.WaitVisible("[data-agent=alex][data-state=talking]"))
	broken, err := chromedp.Run(ctx, chromedp.Evaluate[int]("document.querySelectorAll('script:not([src])').length"))
	if err != nil || broken != 0 {
		t.Errorf("%d inline scripts, %v", broken, err)
	}
}
