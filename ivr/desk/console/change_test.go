package console_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"ringback/ivr/desk/changes"
	"ringback/ivr/desk/console"
	nc "ringback/ivr/numberchange"
	"ringback/ivr/transfer"
)

// desk is a console whose people may change numbers, with Alex talking to Dana.
func desk(t *testing.T) (*rig, *numbers) {
	t.Helper()
	var n *numbers
	r := newRig(t, func(o *console.Options) {
		n = newNumbers(o.Clock.Now)
		o.Numbers, o.TrustLocal, o.LineNames = n, true, map[string]string{"university": "Duke University OIT"}
	})
	card := sampleCard()
	card.Rights[2] = console.CardRight{What: "number", May: true}
	r.cards["T1"] = card
	r.floor.give("alex", transfer.PresenceTalking, "T1")
	return r, n
}

// opened has Alex open a change from the caller's card, and returns its page.
func (r *rig) opened(b *browser) string {
	r.t.Helper()
	if a := b.get("/desk/calls"); a.doc.Find(`.checks a[href="/desk/changes#begin"]`).Length() != 1 {
		r.t.Fatalf("the card leads to no change: %s", a.text(".checks"))
	}
	a := b.post("/desk/changes", "/desk/changes", url.Values{}).want(r.t, http.StatusSeeOther)
	return strings.TrimSuffix(a.location(), "#next")
}

// did posts a form of a change's page, which has to show it.
func (b *browser) did(page, act string, form url.Values) answer {
	b.r.t.Helper()
	if shown := b.get(page); shown.doc.Find(`form[action="`+page+"/"+act+`"], button[formaction="`+page+"/"+act+`"]`).Length() == 0 {
		b.r.t.Fatalf("no form to %s on the page: %s", act, shown.text("main"))
	}
	return b.post(page, page+"/"+act, form)
}

func code(digits string) url.Values    { return url.Values{"code": {digits}} }
func because(reason string) url.Values { return url.Values{"reason": {reason}} }

// awaiting is a change that waits for a second person.
func (r *rig) awaiting(b *browser) string {
	r.t.Helper()
	page := r.opened(b)
	b.did(page, "number", url.Values{"number": {"(919) 555-0142"}, "replaces": {"DPOLD"}}).want(r.t, http.StatusSeeOther)
	b.did(page, "code", code("123 456")).want(r.t, http.StatusSeeOther)
	return page
}

// Two people change a number: each page shows one thing to do next, and who has it.
func TestChangeANumber(t *testing.T) {
	r, n := desk(t)
	alex, robin := r.as("alex"), r.as("robin")
	page := r.opened(alex)
	stage := func(b *browser, title, form string) {
		t.Helper()
		a := b.get(page).want(t, 200)
		primary := a.doc.Find(".state .primary").First().AttrOr("id", "")
		if got := a.text("#next"); got != title || !strings.HasPrefix(primary, form) || (form == "") != (primary == "") {
			t.Errorf("%q with the button %q, want %q with %q", got, primary, title, form)
		}
		if got := a.doc.Find(".state .primary").Length(); got > 1 {
			t.Errorf("%q has %d next things to do", title, got)
		}
	}
	stage(alex, "Verified", "act-number")
	stage(robin, "Verified", "")
	a := alex.get(page)
	var phones []string
	for _, s := range a.doc.Find("#replaces option").EachIter() {
		phones = append(phones, s.Text())
	}
	if diff := cmp.Diff([]string{"the phone ending in 01, Duo Mobile works on it", "a device without a number"}, phones); diff != "" {
		t.Errorf("phones (-want +got):\n%s", diff)
	}
	alex.did(page, "number", url.Values{"number": {"(919) 555-0142"}, "replaces": {"DPOLD"}}).want(t, http.StatusSeeOther)
	stage(alex, "Code sent", "act-code")
	if got := alex.get(page).text(".hint"); !strings.Contains(got, "ending in 42") {
		t.Errorf("hint: %s", got)
	}
	alex.did(page, "code", code("123-456")).want(t, http.StatusSeeOther)
	stage(alex, "Waiting for a second person", "")
	if got := robin.get("/desk/calls").text("[data-live=asks]"); got != "1 waiting" {
		t.Errorf("Robin is asked for %q", got)
	}
	if got := alex.get("/desk/calls").text("[data-live=asks]"); got != "" {
		t.Errorf("Alex is asked for %q of Alex's own", got)
	}
	ask := robin.get("/desk/approvals").want(t, 200)
	if got := ask.text(".approval .facts"); !strings.Contains(got, "from the phone ending in 01 to one ending in 42") || !strings.Contains(got, "Asked byalex") {
		t.Errorf("what is to be approved: %s", got)
	}
	for where, got := range map[string]string{"the approvals": ask.text(".approval .facts"), "the change": robin.get(page).text(".facts")} {
		if !strings.Contains(got, "Recovery code, Duo push to another device, good until") {
			t.Errorf("the evidence on the page of %s: %s", where, got)
		}
	}
	robin.did(page, "approve", because("Dana told me so")).want(t, http.StatusSeeOther)
	stage(alex, "Waiting for the new phone", "")
	if act := n.acts[len(n.acts)-1]; act.What != changes.Approve || act.Why != "Dana told me so" {
		t.Errorf("approved by %+v", act)
	}
	n.set(func(n *numbers) {
		id := strings.TrimPrefix(page, "/desk/changes/")
		r.now.pass(10 * time.Second)
		n.event(id, changes.Actor{}, nc.Tick{})
		n.event(id, changes.Actor{}, nc.Activated{Try: n.all[id].Try, Phone: "DPNEW"})
		c := n.all[id]
		n.event(id, changes.Actor{}, nc.DuoDone{Step: nc.StepRemove, Try: c.Step(nc.StepRemove).Try, Result: nc.ResultOK})
	})
	stage(alex, "Done", "")
	if got := alex.get(page).doc.Find(`.stages [data-mark=done]`).Length(); got != 9 {
		t.Errorf("%d stages are done", got)
	}
	if got := alex.get("/desk/changes").text("#ended-title"); got != "Ended in the last week 1" {
		t.Errorf("the list says %q", got)
	}
	for _, body := range []string{alex.get(page).body, robin.get("/desk/changes").body, r.log.String()} {
		for _, secret := range []string{"+1919", "5550142", "1000001", "123456", "555-01"} {
			if strings.Contains(strings.ReplaceAll(body, "+1 919 555 0142", ""), secret) {
				t.Errorf("%s is shown or logged", secret)
			}
		}
	}
}

// Whatever is refused is said where it was asked for, counts as what it is, and
// changes nothing.
func TestChangeRefused(t *testing.T) {
	for _, c := range []struct {
		name, who, act string
		form           url.Values
		edit           func(*rig, *numbers)
		status         int
		says           string
	}{
		{"one's own", "alex", "approve", because("it is fine"), nil, 403, "It takes a second person"},
		{"the subject", "robin", "approve", because("it is fine"), func(_ *rig, n *numbers) { n.own = "robin" }, 403, "Nobody acts on their own number"},
		{"leads only", "robin", "approve", because("it is fine"), func(_ *rig, n *numbers) { n.rules.LeadsApprove = true }, 403, "Your role may not"},
		{"a local account", "robin", "approve", because("it is fine"), func(_ *rig, n *numbers) { n.rules.LocalMay = false }, 403, "local account"},
		{"without a reason", "robin", "approve", because(" "), nil, 400, "Say why"},
		{"denied without a reason", "robin", "deny", url.Values{}, nil, 400, "Say why"},
		{"somebody else's", "robin", "cancel", because("I do not like it"), nil, 403, "a colleague's change"},
		{"a threat", "robin", "approve", because("it is fine"), func(_ *rig, n *numbers) { n.facts.Threat = true }, 409, "in person"},
		{"facts unread", "robin", "approve", because("it is fine"), func(_ *rig, n *numbers) { n.facts.Read = false }, 503, "cannot be read"},
		{"the proof is old", "robin", "approve", because("it is fine"), func(r *rig, n *numbers) {
			id := n.ids[0]
			change := n.all[id]
			change.Proof.Until = start.UnixMilli()
			n.all[id] = change
		}, 409, "too old"},
		{"nothing to undo", "alex", "undo", because("changed my mind"), nil, 409, "Cancel it instead"},
		{"no such act", "alex", "applaud", url.Values{}, nil, 400, "not a form of ours"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, n := desk(t)
			alex, robin := r.as("alex"), r.as("robin")
			page := r.awaiting(alex)
			if c.edit != nil {
				n.set(func(n *numbers) { c.edit(r, n) })
			}
			b := map[string]*browser{"alex": alex, "robin": robin}[c.who]
			a := b.post(page, page+"/"+c.act, c.form).want(t, c.status)
			if got := a.text("[role=alert]"); !strings.Contains(got, c.says) {
				t.Errorf("it says %q, want %q", got, c.says)
			}
			if s := n.all[n.ids[0]].State; s != nc.StateAwaitingApproval {
				t.Errorf("the change is %v", s)
			}
			if c.act == "approve" && c.status != 400 && c.name != "the proof is old" {
				if got := b.get("/desk/approvals"); got.doc.Find(`form[action="`+page+`/approve"], .act-approve`).Length() != 0 {
					t.Error("the page has a button for what is refused")
				}
			}
		})
	}
}

// A number that cannot be the new one, and codes: what is wrong with them is said,
// and a slip of the pen is no try.
func TestChangeInput(t *testing.T) {
	r, n := desk(t)
	b := r.as("alex")
	page := r.opened(b)
	for number, says := range map[string]string{"+1 919 555 0101": "has that number already", "my new phone": "is no phone number", "": "is no phone number"} {
		a := b.did(page, "number", url.Values{"number": {number}, "replaces": {"DPOLD"}})
		if got := a.text("[role=alert]"); !strings.Contains(got, says) || a.status < 400 {
			t.Errorf("%q: %d, %q", number, a.status, got)
		}
	}
	b.did(page, "number", url.Values{"number": {"+1 919 555 0142"}, "replaces": {"DPOLD"}}).want(t, http.StatusSeeOther)
	b.did(page, "code", code("12345")).want(t, 400)
	if got := b.get(page).text("#tries"); !strings.HasPrefix(got, "3 tries left") {
		t.Errorf("after a slip: %s", got)
	}
	for want := range 3 {
		a := b.did(page, "code", code("000000")).want(t, 400)
		if got := a.text("#problem"); got != "That is not the code." {
			t.Errorf("try %d: %q", want, got)
		}
	}
	a := b.get(page)
	if a.doc.Find("#act-resend.primary").Length() != 1 || !strings.Contains(a.text("#no-resend"), "half a minute") {
		t.Errorf("after three wrong codes: %s", a.text(".state"))
	}
	b.post(page, page+"/resend", url.Values{}).want(t, http.StatusTooManyRequests)
	r.now.pass(30 * time.Second)
	b.did(page, "resend", url.Values{}).want(t, http.StatusSeeOther)
	b.did(page, "code", code("123456")).want(t, http.StatusSeeOther)
	if s := n.all[n.ids[0]].State; s != nc.StateAwaitingApproval {
		t.Errorf("the change is %v", s)
	}
}

// Approving needs a sign-in of the last five minutes: the page leads to it and back.
func TestApproveNeedsAFreshSignIn(t *testing.T) {
	r, n := desk(t)
	alex, robin := r.as("alex"), r.as("robin")
	page := r.awaiting(alex)
	r.now.pass(5*time.Minute + time.Second)
	n.set(func(n *numbers) { // the caller is verified once more meanwhile
		n.event(n.ids[0], changes.Actor{ID: "alex", Role: nc.RoleAgent}, n.evidence())
	})
	a := robin.get("/desk/approvals")
	want := "/desk/step-up?return_to=" + url.QueryEscape(page)
	if got := a.doc.Find("#step-up").AttrOr("href", ""); got != want || a.doc.Find(".act-approve").Length() != 0 {
		t.Fatalf("leads to %q, want %q: %s", got, want, a.text(".approval"))
	}
	if a := robin.post("/desk/approvals", page+"/approve", because("it is fine")).want(t, http.StatusSeeOther); a.location() != want {
		t.Errorf("sent to %s", a.location())
	}
	if s := n.all[n.ids[0]].State; s != nc.StateAwaitingApproval {
		t.Fatalf("approved with a stale sign-in: %v", s)
	}
	step := robin.get(want)
	back := step.doc.Find("input[name=return_to]").AttrOr("value", "")
	a = robin.do(http.MethodPost, "/desk/step-up", url.Values{"token": {step.token()}, "return_to": {back}, "password": {password}}).want(t, http.StatusSeeOther)
	if a.location() != page {
		t.Errorf("back to %s", a.location())
	}
	robin.did(page, "approve", because("it is fine")).want(t, http.StatusSeeOther)
}

// Another site, an old form, an ended session and nobody at all get nowhere.
func TestChangeFromElsewhere(t *testing.T) {
	r, n := desk(t)
	alex, robin := r.as("alex"), r.as("robin")
	page := r.awaiting(alex)
	token := robin.get(page).token()
	robin.header.Set("Sec-Fetch-Site", "cross-site")
	robin.do(http.MethodPost, page+"/approve", url.Values{"token": {token}, "reason": {"it is fine"}}).want(t, 403)
	robin.header = http.Header{}
	robin.do(http.MethodPost, page+"/approve", url.Values{"token": {alex.get(page).token()}, "reason": {"it is fine"}}).want(t, 403)
	jo := r.as("jo")
	list := jo.get("/desk/leads/sessions")
	for _, li := range list.doc.Find(".cases li").EachIter() {
		if strings.Contains(li.Text(), "Robin") {
			id := li.Find("input[name=session]").AttrOr("value", "")
			jo.do(http.MethodPost, "/desk/leads/sessions/end", url.Values{"token": {list.token()}, "session": {id}, "reason": {"left the building"}}).want(t, 303)
		}
	}
	robin.do(http.MethodPost, page+"/approve", url.Values{"token": {token}, "reason": {"it is fine"}}).want(t, 401)
	if a := r.browser().get(page).want(t, http.StatusSeeOther); a.location() != "/desk/sign-in?return_to="+url.QueryEscape(page) {
		t.Errorf("nobody is sent to %s", a.location())
	}
	r.browser().do(http.MethodPost, page+"/approve", url.Values{}).want(t, 401)
	if s := n.all[n.ids[0]].State; s != nc.StateAwaitingApproval {
		t.Errorf("the change is %v", s)
	}
	for _, asked := range []string{page, "/desk/changes/../../evil", "/desk/changes//evil.example", "/desk/changes/:id", "/desk/changes/a/b"} {
		want := "/desk"
		if asked == page {
			want = page
		}
		b := r.browser()
		token, _ := b.get("/desk/sign-in").doc.Find("#local input[name=token]").Attr("value")
		a := b.do(http.MethodPost, "/desk/sign-in", url.Values{"token": {token}, "name": {"robin"}, "password": {password}, "return_to": {asked}})
		if a.location() != want {
			t.Errorf("%s leads to %s", asked, a.location())
		}
	}
}

// Nobody is on the phone: a lead opens a case, an agent records a check, the lead
// confirms it, and a third person approves.
func TestIdentityCheck(t *testing.T) {
	r, n := desk(t)
	n.set(func(n *numbers) { n.proven, n.facts = false, nc.Facts{Read: true} })
	r.floor.give("alex", transfer.PresenceReady, "")
	r.floor.change(func(f *floor) { delete(f.holds, "alex") })
	alex, jo, robin := r.as("alex"), r.as("jo"), r.as("robin")
	if a := alex.get("/desk/changes"); a.doc.Find("#open-call, #open-case").Length() != 0 || !strings.Contains(a.text("#begin"), "Nobody is on your phone") {
		t.Errorf("without a caller: %s", a.text("#begin"))
	}
	alex.post("/desk/changes", "/desk/changes", url.Values{}).want(t, http.StatusConflict)
	alex.post("/desk/changes", "/desk/changes/cases", url.Values{"id": {"1000001"}, "reason": {"INC0012345"}}).want(t, 403)
	for id, status := range map[string]int{"1000009": 409, "Dana": 400, "1000001": 303} {
		jo.post("/desk/changes", "/desk/changes/cases", url.Values{"id": {id}, "reason": {"INC0012345"}}).want(t, status)
	}
	jo.post("/desk/changes", "/desk/changes/cases", url.Values{"id": {"1000001"}, "reason": {strings.Repeat("x", 65)}}).want(t, 400)
	list := alex.get("/desk/changes")
	chosen := list.doc.Find("input[name=case]").AttrOr("value", "")
	page := strings.TrimSuffix(alex.post("/desk/changes", "/desk/changes", url.Values{"case": {chosen}}).want(t, 303).location(), "#next")
	alex.did(page, "check", url.Values{"check": {"in_person"}}).want(t, 400)
	alex.did(page, "check", url.Values{"seen_passport": {"on"}}).want(t, 400)
	alex.did(page, "check", url.Values{"check": {"in_person"}, "seen_passport": {"on"}, "seen_card": {"on"}}).want(t, 303)
	if got := jo.get("/desk/approvals").text(".approval"); !strings.Contains(got, "alex saw the person in person, with the institution's card and a passport") {
		t.Errorf("the lead reads: %s", got)
	}
	if got := robin.get("/desk/approvals").doc.Find(".approval").Length(); got != 0 {
		t.Error("an agent is asked to confirm a check")
	}
	shown := url.Values{} // what the lead's own form says was seen
	jo.get("/desk/approvals").doc.Find("form[action$='/confirm'] input").Each(func(_ int, i *goquery.Selection) {
		if name := i.AttrOr("name", ""); name != "token" {
			shown.Set(name, i.AttrOr("value", ""))
		}
	})
	if want := (url.Values{"check": {"in_person"}, "seen_card": {"1"}, "seen_passport": {"1"}}); !cmp.Equal(shown, want) {
		t.Errorf("the lead's form: %s", cmp.Diff(want, shown))
	}
	jo.did(page, "confirm", url.Values{"check": {"video"}, "seen_card": {"1"}, "seen_passport": {"1"}}).want(t, 409) // not what was recorded
	alex.did(page, "check", url.Values{"check": {"in_person"}, "seen_license": {"on"}}).want(t, 303)
	jo.did(page, "confirm", shown).want(t, 409) // recorded anew since the lead looked
	alex.did(page, "check", url.Values{"check": {"in_person"}, "seen_passport": {"on"}, "seen_card": {"on"}}).want(t, 303)
	jo.did(page, "confirm", shown).want(t, 303)
	alex.did(page, "number", url.Values{"number": {"+1 919 555 0142"}, "replaces": {"DPOLD"}}).want(t, 303)
	alex.did(page, "code", code("123456")).want(t, 303)
	jo.post(page, page+"/approve", because("it is fine")).want(t, 403) // who confirmed does not approve
	if jo.get("/desk/approvals").doc.Find(".approval").Length() != 0 {
		t.Error("who confirmed is asked to approve")
	}
	robin.did(page, "approve", because("it is fine")).want(t, 303)
	if s := n.all[n.ids[0]].State; s != nc.StateAwaitingActivation {
		t.Errorf("the change is %v", s)
	}
}

// What was begun is stopped by who may, with a reason: cancelled before Duo was
// touched, undone after that.
func TestStopAChange(t *testing.T) {
	r, n := desk(t)
	alex, jo := r.as("alex"), r.as("jo")
	page := r.awaiting(alex)
	alex.did(page, "cancel", because("not wanted")).want(t, 303)
	if a := jo.get(page); !strings.HasPrefix(a.text("#next"), "Cancelled") || a.doc.Find("form[action^='"+page+"']").Length() != 0 {
		t.Errorf("%s", a.text("main"))
	}
	jo.post(page, page+"/approve", because("it is fine")).want(t, 409)
	page = r.awaiting(alex)
	jo.did(page, "deny", because("it sounded wrong")).want(t, 303)
	if got := alex.get(page).text("#next"); got != "Denied: by somebody at the desk" {
		t.Error(got)
	}
	page = r.awaiting(alex)
	jo.did(page, "approve", because("it is fine")).want(t, 303)
	jo.did(page, "undo", because("they called back")).want(t, 303)
	if s := n.all[n.ids[2]].State; s != nc.StateUndoing {
		t.Errorf("the change is %v", s)
	}
	if n := len(n.acts); n == 0 || r.counted("ringback_desk_requests_total", "conflict", "act_change") != 1 {
		t.Errorf("refusals are not counted")
	}
}

// A desk without number changes says so, and one whose stores are away changes
// nothing; other pages go on.
func TestNoChanges(t *testing.T) {
	r := newRig(t, nil)
	b := r.as("alex")
	for _, path := range []string{"/desk/changes", "/desk/approvals", "/desk/changes/c0ffee"} {
		b.get(path).want(t, http.StatusConflict)
	}
	r, n := desk(t)
	b = r.as("alex")
	page := r.opened(b)
	n.set(func(n *numbers) { n.down = errors.New("down") })
	for _, path := range []string{"/desk/changes", "/desk/approvals", page} {
		b.get(path).want(t, http.StatusServiceUnavailable)
	}
	b.get("/desk/calls").want(t, 200)
	b.post("/desk/calls", page+"/cancel", because("not wanted")).want(t, http.StatusServiceUnavailable)
	b.post("/desk/calls", "/desk/changes", url.Values{}).want(t, http.StatusServiceUnavailable)
	n.set(func(n *numbers) { n.down = nil })
	b.get("/desk/changes/c0ffee").want(t, http.StatusConflict)
	b.get("/desk/changes/..%2f").want(t, http.StatusConflict)
	if a := b.post("/desk/changes", "/desk/changes", url.Values{}).want(t, 303); a.location() != page+"#next" {
		t.Errorf("a second change leads to %s, want the first", a.location())
	}
}

// Every refusal has words of its own, and every state, stage and reason.
func TestChangeWords(t *testing.T) {
	seen := map[string]nc.Refusal{}
	for _, why := range nc.Refusals() {
		w := console.RefusalWords(why)
		if other, ok := seen[w]; ok || w == "" || w == "This is not possible now." || !strings.HasSuffix(w, ".") {
			t.Errorf("%v: %q (%v)", why, w, other)
		}
		seen[w] = why
	}
	for _, s := range nc.States() {
		if w := console.StateWords(nc.Card{State: s}); w == "" {
			t.Errorf("%v has no words", s)
		}
	}
	for _, why := range nc.Reasons() {
		if w := console.StateWords(nc.Card{State: nc.StateCancelled, Reason: why}); why != nc.ReasonDone && !strings.Contains(w, ": ") {
			t.Errorf("%v has no words", why)
		}
	}
	for _, s := range nc.Stages() {
		if console.StageWords(s) == "" {
			t.Errorf("%v has no words", s)
		}
	}
}

// Under serve a local account can open neither a case nor a change, and the page
// says so.
func TestLocalAccountsChangeNothing(t *testing.T) {
	var n *numbers
	r := newRig(t, func(o *console.Options) {
		n = newNumbers(o.Clock.Now)
		n.rules.LocalMay = false
		o.Numbers = n
	})
	jo := r.as("jo")
	if a := jo.get("/desk/changes").want(t, 200); a.doc.Find("#begin form").Length() != 0 || !strings.Contains(a.text("#begin"), "local account") {
		t.Errorf("the page offers %s", a.text("#begin"))
	}
	jo.post("/desk/changes", "/desk/changes/cases", url.Values{"id": {"1000001"}, "reason": {"INC0012345"}}).want(t, http.StatusForbidden)
	jo.post("/desk/changes", "/desk/changes", url.Values{}).want(t, http.StatusForbidden)
	if len(n.cases) != 0 || len(n.ids) != 0 {
		t.Errorf("%d cases, %d changes", len(n.cases), len(n.ids))
	}
}
