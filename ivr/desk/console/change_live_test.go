package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"ringback/ivr/desk/changes"
	nc "ringback/ivr/numberchange"
)

// Whoever looks at a page of changes sees it change, and everybody sees that
// somebody is asked for.
func TestChangesLive(t *testing.T) {
	r, n := desk(t)
	alex, robin := r.as("alex"), r.as("robin")
	page := r.opened(alex)
	wait := func(b *browser, path, name, text string) {
		t.Helper()
		e := b.listenTo(t, path)
		for {
			switch got, data := e.next(); {
			case got == "": // too far behind on a busy machine
				e = b.listenTo(t, path)
			case got == name && strings.Contains(data, text):
				return
			}
		}
	}
	one := "/desk/events?show=change&id=" + strings.TrimPrefix(page, "/desk/changes/")
	wait(alex, one, "change", "New mobile number")
	wait(robin, "/desk/events?show=approvals", "approvals", "Nothing waits for you")
	alex.did(page, "number", url.Values{"number": {"+1 919 555 0142"}, "replaces": {"DPOLD"}}).want(t, http.StatusSeeOther)
	alex.did(page, "code", code("123456")).want(t, http.StatusSeeOther)
	wait(alex, one, "change", "Waiting for a second person")
	wait(robin, "/desk/events?show=approvals", "approvals", "Number to approve")
	wait(robin, "/desk/events", "asks", "1")
	wait(robin, "/desk/events?show=changes", "changes", "Waiting for a second person")
	n.set(func(n *numbers) { n.event(n.ids[0], changes.Actor{}, nc.Frozen{}) })
	wait(alex, one, "change", "recovery was frozen")
	e := robin.listenTo(t, "/desk/events")
	if data := e.until("asks", ""); strings.TrimSpace(data) == "" {
		t.Error("a browser drops an event without data, and the number stays")
	}
	e = robin.listenTo(t, "/desk/events?show=change&id=nothing") // no such change: the rest goes on
	e.until("wall", "ready")
}

// An agent with a keyboard on a narrow screen, and a colleague whose page asks by
// itself.
func TestChangeInBrowsers(t *testing.T) {
	r, n := desk(t)
	alex, robin := tab(t), tab(t)
	do(t, alex, chromedp.EmulateViewport(360, 740), chromedp.Navigate(r.server.URL+"/desk/changes"), chromedp.WaitVisible("#name"),
		chromedp.SendKeys("#name", "alex"), chromedp.SendKeys("#password", password+"\r"), chromedp.WaitVisible("#open-call"))
	do(t, robin, chromedp.EmulateViewport(1280, 900), chromedp.Navigate(r.server.URL+"/desk/approvals"), chromedp.WaitVisible("#name"),
		chromedp.SendKeys("#name", "robin"), chromedp.SendKeys("#password", password+"\r"), chromedp.WaitVisible("#link[data-state=on]"))
	do(t, alex, chromedp.Click("#open-call"), chromedp.WaitVisible("#number"))
	focused, err := chromedp.Run(alex, chromedp.Evaluate[string]("document.activeElement.id"))
	if err != nil || focused != "next" {
		t.Errorf("the focus is on %q, %v; want where the change stands", focused, err)
	}
	do(t, alex, chromedp.KeyEvent("/"), chromedp.SendKeys("#number", "919 555 0142\r"), chromedp.WaitVisible("#code"))
	wide, err := chromedp.Run(alex, chromedp.Evaluate[int]("document.documentElement.scrollWidth"))
	if err != nil || wide > 360 {
		t.Errorf("the page is %d wide, %v", wide, err)
	}
	do(t, alex, chromedp.SendKeys("#code", "111111\r"), chromedp.WaitVisible("#problem"))
	if focused, err = chromedp.Run(alex, chromedp.Evaluate[string]("document.activeElement.id")); err != nil || focused != "problem" {
		t.Errorf("the focus is on %q, %v; want what was wrong", focused, err)
	}
	do(t, alex, chromedp.SendKeys("#code", "123456\r"), chromedp.WaitVisible(".state[data-change=awaiting_approval]"))
	do(t, robin, chromedp.WaitVisible(".approval .act-approve"))
	said, err := chromedp.Run(robin, chromedp.TextContent("#say"))
	if err != nil || said != "One change waits for you." {
		t.Errorf("a screen reader hears %q, %v", said, err)
	}
	nameless, err := chromedp.Run(robin, chromedp.Evaluate[int](`[...document.querySelectorAll("main input:not([type=hidden]), main select")].filter((e) => !e.labels.length).length`))
	if err != nil || nameless != 0 {
		t.Errorf("%d fields without a label, %v", nameless, err)
	}
	do(t, robin, chromedp.SendKeys(".approval [name=reason]", "Dana told me so"), chromedp.Click(".act-approve"), chromedp.WaitVisible(".state[data-change=awaiting_activation]"))
	do(t, alex, chromedp.WaitVisible(".state[data-change=awaiting_activation]"))
	if n.all[n.ids[0]].Approver != "robin" {
		t.Errorf("approved by %q", n.all[n.ids[0]].Approver)
	}
}
