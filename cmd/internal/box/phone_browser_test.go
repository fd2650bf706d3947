package box_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"ringback/cmd/internal/box"
)

// browser is a headless Chromium, which ends with the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	opts := chromedp.DefaultExecAllocatorOptions[:]
	if os.Geteuid() == 0 { // its sandbox refuses root
		opts = append(opts, chromedp.NoSandbox)
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(t.Context()), 4*time.Minute)
	t.Cleanup(stop)
	ctx, end := chromedp.NewExecAllocator(ctx, opts...)
	t.Cleanup(end)
	return tab(ctx, t)
}

func tab(ctx context.Context, t *testing.T) context.Context {
	t.Helper()
	ctx, end := chromedp.NewContext(ctx)
	t.Cleanup(end)
	return ctx
}

// does runs steps in a tab.
func does(ctx context.Context, t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	for i, s := range steps {
		if err := chromedp.Do(ctx, s); err != nil {
			now, _ := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
			t.Fatalf("step %d: %v; the page says:\n%s", i, err, now)
		}
	}
}

// until waits for a condition of the page. It looks ten times a second: a tab
// behind another draws no frames.
func until(condition string) chromedp.Action[chromedp.Void] {
	return within(condition, 90*time.Second)
}

func within(condition string, limit time.Duration) chromedp.Action[chromedp.Void] {
	return chromedp.Poll[chromedp.Void](condition, chromedp.WithPollingInterval(100*time.Millisecond), chromedp.WithPollingTimeout(limit))
}

// heard waits until something is in the transcript.
func heard(text string) chromedp.Action[chromedp.Void] {
	return until(fmt.Sprintf("document.querySelector('#transcript').textContent.includes(%q)", text))
}

func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Steps(until(fmt.Sprintf("document.querySelector(%q)", selector)), chromedp.Func(func(ctx context.Context, to *chromedp.Target) error {
		_, err := chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.querySelector(%q).click()", selector))(ctx, to)
		return err
	}))
}

// enters fills a field and sends its form, a moment later: the page is left then,
// and with it whoever still works on it.
func enters(selector, text string) chromedp.Action[chromedp.Void] {
	return fills(selector, text, "setTimeout(() => e.form.requestSubmit(), 50)")
}

// fill puts text into a field.
func fill(selector, text string) chromedp.Action[chromedp.Void] { return fills(selector, text, "null") }

func fills(selector, text, then string) chromedp.Action[chromedp.Void] {
	set := fmt.Sprintf("(e => { e.focus(); e.value = %q; %s; return true })(document.querySelector(%q))", text, then, selector)
	return chromedp.Steps(until(fmt.Sprintf("document.querySelector(%q)", selector)), chromedp.Func(func(ctx context.Context, to *chromedp.Target) error {
		_, err := chromedp.Evaluate[bool](set)(ctx, to)
		return err
	}))
}

// Dana gets her Duo back on the page, by keypad, keyboard and the texts alone.
func TestDanaOnTheWebPhone(t *testing.T) {
	w := world(t, box.Options{AlwaysOpen: true})
	ctx := browser(t)
	does(ctx, t,
		chromedp.Navigate(w.URL+"/phone"), click("#dial"), heard("Thank you for calling"), chromedp.KeyEvent("1"),
		heard("unique I D"), chromedp.KeyEvent("1000001#"), heard("You keyed 1 0 0 0 0 0 1"), click(`[data-key="1"]`),
		heard("phone PIN"), chromedp.KeyEvent("24681357#"), heard("six digit code"), click("#texts .code"),
		heard("sending two texts"), click("#texts .activate"), until("document.querySelector('#tapped').textContent.includes('activated on the phone ending in 01')"),
		click(`[data-key="1"]`), heard("Duo Mobile is reconnected"), click(`[data-key="1"]`),
		until("document.querySelector('#ending').textContent.startsWith('Completed')"),
	)
	if ph, ok := w.Duo.Phone("+19195550101"); !ok || !ph.Activated {
		t.Error("Duo does not know of it")
	}
	for _, p := range w.Carrier.Errors() {
		t.Errorf("the carrier found: %v", p)
	}
}

// Somebody asks for a person, and Alex answers on a page of the agent's own.
func TestAgentOnTheWebPhone(t *testing.T) {
	w := world(t, box.Options{AlwaysOpen: true})
	alex := browser(t)
	does(alex, t, chromedp.Navigate(w.URL+"/phone?as=alex"), until("document.querySelector('[value=ready]').checked"))
	dana := tab(alex, t)
	does(dana, t, chromedp.Navigate(w.URL+"/phone"), click("#dial"), heard("press 1"), chromedp.KeyEvent("0"), heard("hold for a person"))
	does(alex, t,
		until("document.querySelector('#call-title').textContent === 'Your phone rings'"), click("#answer"),
		heard("Press 1 to take the call"), click(`[data-key="1"]`), until("!document.querySelector('#talk').hidden"),
	)
	for range 20 { // until both have met
		does(alex, t, chromedp.SendKeys(chromedp.CSS("#words"), "This is Alex.\r"))
		if chromedp.Do(dana, within("document.querySelector('#transcript .voice')", time.Second)) == nil {
			break
		}
	}
	does(dana, t, heard("This is Alex."), click("#hangup"), until("document.querySelector('#ending').textContent.startsWith('Transferred')"))
	does(alex, t, until("document.querySelector('#status').textContent === 'The call is over'"))
}
