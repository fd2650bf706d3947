package console_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"ringback/ivr/desk/console"
	"ringback/ivr/transfer"
)

// talks is the calls of agents in memory.
type talks struct {
	mu     sync.Mutex
	of     map[string]console.Talk
	done   []console.TalkDeed
	answer transfer.Answer
	then   *console.Talk // what the next deed makes of a call
	down   error
}

func (k *talks) Talk(_ context.Context, agent string) (console.Talk, bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	t, ok := k.of[agent]
	return t, ok, k.down
}

func (k *talks) Do(_ context.Context, agent string, d console.TalkDeed) (transfer.Answer, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if d.Colleague == "nobody" {
		return transfer.AnswerUnknown, console.ErrNoColleague
	}
	k.done = append(k.done, d)
	if k.then != nil {
		k.of[agent] = *k.then
	}
	return k.answer, k.down
}

func (k *talks) set(agent string, t console.Talk) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.of, k.answer = map[string]console.Talk{agent: t}, transfer.AnswerDone
}

func (k *talks) deeds() []console.TalkDeed {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.done)
}

// Every stand of a call has its heading, its buttons, and one of them that
// suggests itself.
func TestTalkButtons(t *testing.T) {
	all := transfer.Deeds()
	for _, c := range []struct {
		name    string
		talk    console.Talk
		title   string
		buttons []string
		primary string
		ask     bool
	}{
		{
			"offered",
			console.Talk{State: transfer.StateOffered, May: []transfer.Deed{transfer.DeedAccept, transfer.DeedDecline}},
			"A caller for you",
			[]string{"Accept", "Decline"},
			"Accept", false,
		},
		{
			"accepted here",
			console.Talk{State: transfer.StateOffered, Accepted: true, May: []transfer.Deed{transfer.DeedDecline}},
			"Accepted",
			[]string{"Decline"},
			"", false,
		},
		{
			"picked up",
			console.Talk{State: transfer.StateOffered, Accepted: true, PickedUp: true, May: []transfer.Deed{transfer.DeedAccept, transfer.DeedDecline}},
			"Picked up",
			[]string{"Accept", "Decline"},
			"Accept", false,
		},
		{
			"talking",
			console.Talk{State: transfer.StateBridged, May: []transfer.Deed{transfer.DeedHold, transfer.DeedConsult, transfer.DeedEnd}},
			"On a call",
			[]string{"Hold", "End"},
			"", true,
		},
		{
			"not on hold yet",
			console.Talk{State: transfer.StateHeld, Settling: true, May: []transfer.Deed{transfer.DeedResume}},
			"Putting the caller on hold",
			[]string{"Resume"},
			"Resume", false,
		},
		{
			"asking",
			console.Talk{State: transfer.StateConsulting, Stage: transfer.StageOffered, Other: "Robin", May: []transfer.Deed{transfer.DeedDrop}},
			"Asking Robin",
			[]string{"Ask no longer"},
			"", false,
		},
		{
			"apart",
			console.Talk{
				State: transfer.StateConsulting, Stage: transfer.StageIn, Other: "Robin",
				May: []transfer.Deed{transfer.DeedJoin, transfer.DeedHandOver, transfer.DeedDrop},
			},
			"Talking apart with Robin",
			[]string{"Bring the caller in", "Hand over to Robin", "Let Robin go"},
			"Bring the caller in", false,
		},
		{
			"asked for help",
			console.Talk{
				State: transfer.StateConsulting, Stage: transfer.StageOffered, Second: true, Other: "Alex",
				May: []transfer.Deed{transfer.DeedAccept, transfer.DeedDecline},
			},
			"Alex asks for help",
			[]string{"Accept", "Decline"},
			"Accept", false,
		},
		{
			"three",
			console.Talk{
				State: transfer.StateThreeWay, Stage: transfer.StageIn, Other: "Robin",
				May: []transfer.Deed{transfer.DeedHold, transfer.DeedHandOver, transfer.DeedDrop, transfer.DeedEnd},
			},
			"Three are talking",
			[]string{"Talk apart", "Hand over to Robin", "Let Robin go", "End"},
			"Hand over to Robin", false,
		},
		{
			"helping",
			console.Talk{State: transfer.StateThreeWay, Stage: transfer.StageIn, Second: true, Other: "Alex", May: []transfer.Deed{transfer.DeedDrop}},
			"Three are talking",
			[]string{"Leave"},
			"", false,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, nil)
			c.talk.Offer = 7
			r.talks.set("alex", c.talk)
			r.cards["T1"] = sampleCard()
			r.floor.give("alex", transfer.PresenceTalking, "T1")
			a := r.as("alex").get("/desk/calls").want(t, 200)
			if got := a.text("#now"); got != c.title {
				t.Errorf("heading %q, want %q", got, c.title)
			}
			var buttons []string
			a.doc.Find("#talk button:not(#deed-consult)").Each(func(_ int, s *goquery.Selection) { buttons = append(buttons, s.Text()) })
			if d := cmp.Diff(c.buttons, buttons); d != "" {
				t.Error(d)
			}
			if got := a.text("#talk .primary"); got != c.primary {
				t.Errorf("suggests %q, want %q", got, c.primary)
			}
			if got := a.doc.Find("#deed-consult").Length() == 1; got != c.ask {
				t.Errorf("a colleague can be asked: %v", got)
			}
		})
	}
	if len(all) != 9 {
		t.Errorf("there are %d deeds: does each have a button?", len(all))
	}
}

func TestTalkDeeds(t *testing.T) {
	r := newRig(t, nil)
	r.cards["T1"] = sampleCard()
	r.floor.give("alex", transfer.PresenceTalking, "T1")
	r.talks.set("alex", console.Talk{
		State: transfer.StateBridged, Offer: 7, May: []transfer.Deed{transfer.DeedHold, transfer.DeedConsult},
		Colleagues: []console.AgentState{{ID: "robin", Name: "Robin", State: transfer.PresenceReady}},
	})
	b := r.as("alex")
	deed := func(want int, form url.Values) answer {
		t.Helper()
		return b.post("/desk/calls", "/desk/calls/deed", form).want(t, want)
	}
	if got := b.get("/desk/calls").text("#colleague"); got != "Whoever is freeRobin (Ready)" {
		t.Errorf("colleagues: %q", got)
	}
	deed(http.StatusSeeOther, url.Values{"deed": {"hold"}, "offer": {"7"}})
	deed(http.StatusSeeOther, url.Values{"deed": {"consult"}, "offer": {"7"}, "colleague": {"robin"}})
	want := []console.TalkDeed{{Offer: 7, Deed: transfer.DeedHold}, {Offer: 7, Deed: transfer.DeedConsult, Colleague: "robin"}}
	if d := cmp.Diff(want, r.talks.deeds()); d != "" {
		t.Error(d)
	}
	for name, form := range map[string]url.Values{
		"no deed": {"offer": {"7"}}, "an unknown deed": {"deed": {"verify"}, "offer": {"7"}}, "no offer": {"deed": {"hold"}},
		"an offer of none": {"deed": {"hold"}, "offer": {"0"}}, "an odd offer": {"deed": {"hold"}, "offer": {"x"}},
		"nobody": {"deed": {"consult"}, "offer": {"7"}, "colleague": {"nobody"}},
	} {
		t.Run(name, func(t *testing.T) { b.post("/desk/calls", "/desk/calls/deed", form).want(t, http.StatusBadRequest) })
	}
	for answer, says := range map[transfer.Answer]string{transfer.AnswerOver: "not yours any more", transfer.AnswerNotNow: "changed meanwhile"} {
		r.talks.mu.Lock()
		r.talks.answer = answer
		r.talks.mu.Unlock()
		if a := deed(http.StatusConflict, url.Values{"deed": {"hold"}, "offer": {"7"}}); !strings.Contains(a.body, says) {
			t.Errorf("%v: %s", answer, a.text("main"))
		}
	}
	r.talks.mu.Lock()
	r.talks.down = errors.New("the store is down")
	r.talks.mu.Unlock()
	b.post("/desk/wall", "/desk/calls/deed", url.Values{"deed": {"hold"}, "offer": {"7"}}).want(t, http.StatusServiceUnavailable)
}

// Whose account belongs to no agent has no call to do anything about.
func TestTalkOfNoAgent(t *testing.T) {
	r := newRig(t, func(o *console.Options) { o.Staff = nil })
	b := r.as("jo")
	b.post("/desk/wall", "/desk/calls/deed", url.Values{"deed": {"hold"}, "offer": {"7"}, "token": {b.get("/desk/leads").token()}}).want(t, http.StatusForbidden)
}

// How asking a colleague ended is told in words, whatever it was.
func TestTalkTellsHowAskingEnded(t *testing.T) {
	for reason, want := range map[transfer.Reason]string{
		transfer.ReasonKey: "Robin declined.", transfer.ReasonRangOut: "Robin did not answer.", transfer.ReasonNobody: "Robin is not free.",
		transfer.ReasonNoKey: "nobody pressed a key", transfer.ReasonRefused: "could not be reached", transfer.ReasonAgentLeft: "Robin has left.",
		transfer.ReasonHold: "could not be put on hold", transfer.ReasonHandedOver: "",
	} {
		t.Run(reason.String(), func(t *testing.T) {
			r := newRig(t, nil)
			r.cards["T1"] = sampleCard()
			r.floor.give("alex", transfer.PresenceTalking, "T1")
			r.talks.set("alex", console.Talk{State: transfer.StateBridged, Offer: 1, Asked: console.TalkAsked{Name: "Robin", Ending: reason.Ending()}})
			if got := r.as("alex").get("/desk/calls").text(".asked"); (want == "") != (got == "") || !strings.Contains(got, want) {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

// Complaint: wrap-up cut short. The page says until when, and only the agent ends it
// before.
func TestWrapUpSaysUntilWhen(t *testing.T) {
	r := newRig(t, nil)
	r.floor.change(func(f *floor) {
		f.s.Agents[0].State, f.s.Agents[0].Until = transfer.PresenceWrapUp, start.Add(30_000_000_000)
	})
	a := r.as("alex").get("/desk/calls").want(t, 200)
	if got := a.text("#go-ready"); got != "Ready now" {
		t.Errorf("the button says %q", got)
	}
	if got := a.doc.Find("time[data-until]").AttrOr("datetime", ""); got != "2026-11-24T15:00:30Z" {
		t.Errorf("until %q", got)
	}
}

// By keys the focus comes to the button that suggests itself, and Enter acts.
func TestTalkByKeyboard(t *testing.T) {
	r := newRig(t, nil)
	r.cards["T1"] = sampleCard()
	r.floor.give("alex", transfer.PresenceTalking, "T1")
	r.talks.set("alex", console.Talk{State: transfer.StateHeld, Offer: 3, May: []transfer.Deed{transfer.DeedResume, transfer.DeedEnd}})
	r.talks.then = &console.Talk{State: transfer.StateBridged, Offer: 3, May: []transfer.Deed{transfer.DeedHold}}
	ctx := tab(t)
	do(t, ctx,
		chromedp.EmulateViewport(360, 740), chromedp.Navigate(r.server.URL+"/desk/calls"), chromedp.WaitVisible("#name"),
		chromedp.SendKeys("#name", "alex"), chromedp.SendKeys("#password", password+"\r"), chromedp.WaitVisible("#deed-resume"),
		chromedp.KeyEvent("t"),
	)
	focused, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.activeElement.id"))
	if err != nil || focused != "deed-resume" {
		t.Errorf("the focus is on %q, %v", focused, err)
	}
	if got := r.talks.deeds(); len(got) != 0 {
		t.Errorf("a single key did %v", got)
	}
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[int]("document.documentElement.scrollWidth"))
	if err != nil || wide > 360 {
		t.Errorf("the page is %d wide, %v", wide, err)
	}
	do(t, ctx, chromedp.KeyEvent("\r"), chromedp.WaitVisible("#deed-hold"))
	if got := r.talks.deeds(); len(got) != 1 || got[0].Deed != transfer.DeedResume {
		t.Errorf("Enter did %v", got)
	}
}
