package console_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/desk/console"
	"ringback/ivr/transfer"
)

// talking has an agent talk to the caller of T1.
func talking(r *rig, agent string) {
	r.cards["T1"] = sampleCard()
	r.floor.give(agent, transfer.PresenceTalking, "T1")
}

// Each tool on the card posts what the server needs, and says what was done.
func TestTools(t *testing.T) {
	r := newRig(t, nil)
	talking(r, "jo")
	jo := r.as("jo")
	page := jo.get("/desk/calls").want(t, 200)
	for _, tool := range console.AllTools() {
		form := page.doc.Find("form[action='/desk/calls/tools/" + tool.String() + "']")
		if form.Length() != 1 {
			t.Errorf("%v: %d forms on the card", tool, form.Length())
			continue
		}
		values := url.Values{"reason": {"asked by the caller"}}
		for _, name := range []string{"token", "transfer"} {
			values.Set(name, form.Find("input[name="+name+"]").AttrOr("value", ""))
		}
		if tool == console.ToolFresh {
			values.Set("phone", form.Find("select[name=phone] option").First().AttrOr("value", ""))
			if n := form.Find("select[name=phone] option").Length(); n != 1 {
				t.Errorf("%d phones offered, want the one that links may go to", n)
			}
		}
		a := jo.do("POST", "/desk/calls/tools/"+tool.String(), values).want(t, 303)
		if said := jo.get(strings.TrimSuffix(a.location(), "#done")).text("#done"); said == "" {
			t.Errorf("%v: nothing is said at %s", tool, a.location())
		}
	}
	var used []console.Tool
	for _, u := range r.tools.used {
		used = append(used, u.Tool)
		want := console.Use{Tool: u.Tool, Transfer: "T1", Agent: "jo", By: "jo"}
		if u.Tool == console.ToolAllow || u.Tool == console.ToolFreeze {
			want.Reason = "asked by the caller"
		}
		if diff := cmp.Diff(want, u); diff != "" {
			t.Errorf("use (-want +got):\n%s", diff)
		}
	}
	if diff := cmp.Diff(console.AllTools(), used); diff != "" {
		t.Errorf("used (-want +got):\n%s", diff)
	}
}

// Whoever may not, whatever the card shows, is refused, and nothing is used.
func TestToolsRefused(t *testing.T) {
	good := func(b *browser) url.Values {
		return url.Values{"token": {b.get("/desk/calls").token()}, "transfer": {"T1"}, "phone": {"0"}, "reason": {"because of this"}}
	}
	for name, c := range map[string]struct {
		who    string
		change func(r *rig, b *browser, form url.Values)
		only   string // tool; "": all
		status int
	}{
		"an agent allows":      {"alex", nil, "allow", 403},
		"another's caller":     {"alex", func(_ *rig, _ *browser, f url.Values) { f.Set("transfer", "T2") }, "", 409},
		"no caller any more":   {"alex", func(r *rig, _ *browser, _ url.Values) { r.floor.change(func(f *floor) { delete(f.holds, "alex") }) }, "", 409},
		"a caller of before":   {"alex", func(r *rig, _ *browser, _ url.Values) { r.floor.give("alex", transfer.PresenceTalking, "T2") }, "", 409},
		"no form token":        {"alex", func(_ *rig, _ *browser, f url.Values) { f.Del("token") }, "", 403},
		"another's form token": {"alex", func(r *rig, _ *browser, f url.Values) { f.Set("token", r.as("robin").get("/desk/calls").token()) }, "", 403},
		"from another site":    {"alex", func(_ *rig, b *browser, _ url.Values) { b.header.Set("Sec-Fetch-Site", "cross-site") }, "", 403},
		"an ended session": {"alex", func(_ *rig, b *browser, f url.Values) {
			b.do("POST", "/desk/sign-out", url.Values{"token": f["token"]})
		}, "", 401},
		"a freeze without reason": {"alex", func(_ *rig, _ *browser, f url.Values) { f.Del("reason") }, "freeze", 400},
		"a phone that is none":    {"alex", func(_ *rig, _ *browser, f url.Values) { f.Set("phone", "-1") }, "fresh", 400},
		"the verdict covers it not": {"alex", func(r *rig, _ *browser, _ url.Values) {
			r.tools.err = &console.Refusal{Why: "one_method"}
		}, "", 403},
		"something is down": {"alex", func(r *rig, _ *browser, _ url.Values) { r.tools.err = errors.New("ledger: down") }, "", 503},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			talking(r, c.who)
			b := r.as(c.who)
			form := good(b)
			if c.change != nil {
				c.change(r, b, form)
			}
			for _, tool := range console.AllTools() {
				if c.only != "" && c.only != tool.String() || c.only == "" && tool == console.ToolAllow {
					continue
				}
				a := b.do("POST", "/desk/calls/tools/"+tool.String(), form)
				if a.status != c.status {
					t.Errorf("%v: status %d, want %d: %s", tool, a.status, c.status, a.text("main"))
				}
				if name == "the verdict covers it not" && !strings.Contains(a.text("main"), "only one method") {
					t.Errorf("%v: says %q", tool, a.text("main"))
				}
			}
			if len(r.tools.used) > 0 {
				t.Errorf("used %+v", r.tools.used)
			}
		})
	}
}

// A note goes with an outcome, of the call on the line or of the last one.
func TestWrapUp(t *testing.T) {
	r := newRig(t, nil)
	alex := r.as("alex")
	talking(r, "alex")
	if n := alex.get("/desk/calls").doc.Find("#wrap form").Length(); n != 1 {
		t.Errorf("%d forms during the call", n)
	}
	alex.post("/desk/calls", "/desk/calls/note", url.Values{"transfer": {"T1"}, "outcome": {"reconnected"}, "note": {"new phone\r\nall well"}}).want(t, 303)
	r.tools.last["alex"] = "T1"
	r.floor.change(func(f *floor) { delete(f.holds, "alex") })
	r.floor.give("alex", transfer.PresenceWrapUp, "")
	page := alex.get("/desk/calls").want(t, 200)
	if got := page.text("#wrap-title"); got != "How did it end?" || page.doc.Find("#wrap option").Length() != 7 || page.doc.Find(".tools").Length() != 0 {
		t.Errorf("wrap-up: %q, %d outcomes", got, page.doc.Find("#wrap option").Length())
	}
	alex.post("/desk/calls", "/desk/calls/note", url.Values{"transfer": {"T1"}, "outcome": {"other"}}).want(t, 303)
	want := []console.WrapUp{
		{Transfer: "T1", Agent: "alex", By: "alex", Outcome: "reconnected", Note: "new phone\nall well"},
		{Transfer: "T1", Agent: "alex", By: "alex", Outcome: "other"},
	}
	if diff := cmp.Diff(want, r.tools.notes); diff != "" {
		t.Errorf("noted (-want +got):\n%s", diff)
	}
}

func TestWrapUpRefused(t *testing.T) {
	for name, c := range map[string]struct {
		transfer, outcome, note string
		status                  int
	}{
		"another call":       {"T2", "other", "", 409},
		"no outcome":         {"T1", "", "", 400},
		"an unknown outcome": {"T1", "fired", "", 400},
		"a long note":        {"T1", "other", strings.Repeat("x", 501), 400},
		"control characters": {"T1", "other", "a\x1b[2J", 400},
		"a code":             {"T1", "other", "the code was 123456", 400},
		"a number in groups": {"T1", "other", "call 919-555-0101", 400},
		"a short number":     {"T1", "other", "came at 10:45 on the 24th, room 12345", 303},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			r.tools.last["alex"] = "T1"
			alex := r.as("alex")
			form := url.Values{"transfer": {c.transfer}, "outcome": {c.outcome}, "note": {c.note}}
			if a := alex.post("/desk/calls", "/desk/calls/note", form); a.status != c.status {
				t.Errorf("status %d, want %d: %s", a.status, c.status, a.text("main"))
			}
			if n := len(r.tools.notes); (n == 1) != (c.status == 303) {
				t.Errorf("%d noted", n)
			}
		})
	}
}

// The card tells of earlier calls, notes as plain text; of somebody of whom nothing
// has passed it tells nothing.
func TestEarlierCalls(t *testing.T) {
	r := newRig(t, nil)
	talking(r, "alex")
	alex := r.as("alex")
	page := alex.get("/desk/calls").want(t, 200)
	if got := page.text(".noted"); got != "New phone; <b>patient</b> caller." || page.doc.Find(".noted b").Length() != 0 {
		t.Errorf("note: %q", got)
	}
	if got := page.text(".earlier .cases"); !strings.Contains(got, "Duke Health") || !strings.Contains(got, "Reconnected") || !strings.Contains(got, "hung up (factor)") {
		t.Errorf("earlier: %q", got)
	}
	card := sampleCard()
	card.Earlier, card.EarlierHidden = nil, true
	r.cards["T1"] = card
	if got := alex.get("/desk/calls").text(".earlier"); !strings.Contains(got, "once a factor has passed") {
		t.Errorf("earlier, hidden: %q", got)
	}
}

// What the card does not allow has no button; the server refuses it besides.
func TestToolsWithoutRights(t *testing.T) {
	r := newRig(t, nil)
	card := sampleCard()
	card.Rights = []console.CardRight{{What: "resend", Why: "no_links", Quiet: true}, {What: "fresh", Why: "lapsed", Quiet: true}, {What: "push", Why: "nothing_proven"}, {What: "suspect", May: true, Quiet: true}}
	card.Links, card.Push = nil, nil
	r.cards["T1"] = card
	r.floor.give("alex", transfer.PresenceTalking, "T1")
	page := r.as("alex").get("/desk/calls").want(t, 200)
	var actions []string
	for _, n := range page.doc.Find(".tools form").Nodes {
		for _, a := range n.Attr {
			if a.Key == "action" {
				actions = append(actions, a.Val)
			}
		}
	}
	if diff := cmp.Diff([]string{"/desk/calls/tools/suspect"}, actions); diff != "" {
		t.Errorf("forms (-want +got):\n%s", diff)
	}
	if got := page.text("#links-title ~ .level-now"); got != "No links were sent in this call." {
		t.Errorf("links: %q", got)
	}
}
