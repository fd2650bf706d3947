package console_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ringback/ivr/desk/console"
	"ringback/ivr/ledger"
)

// backlog are callbacks in memory.
type backlog struct {
	open []ledger.Callback
	said []string
	err  error
}

func (b *backlog) Waiting(context.Context) ([]ledger.Callback, error) { return b.open, b.err }

func (b *backlog) Last2(ledger.Callback) string { return "01" }

func (b *backlog) Cancel(_ context.Context, id, by, reason string) error {
	b.said = append(b.said, id+" "+by+" "+reason)
	return b.err
}

// Leads see who is to be called back, and call it off; nobody else does.
func TestCallbacks(t *testing.T) {
	list := &backlog{open: []ledger.Callback{
		{ID: "c1", Line: "university", Request: "new_number", State: ledger.CallbackWaiting, Place: start, Due: start, Created: start},
		{ID: "c2", Line: "health", Request: "person", State: ledger.CallbackWaiting, Promised: true, Due: start.Add(-time.Minute), Created: start, Attempts: 2, Why: "no_answer"},
		{ID: "c3", Line: "health", Request: "person", State: ledger.CallbackDialling, Promised: true, Due: start, Created: start, Attempts: 1},
	}}
	r := newRig(t, func(o *console.Options) {
		o.Callbacks, o.LineNames = list, map[string]string{"university": "Duke University OIT"}
	})
	b, agent := r.as("jo"), r.as("alex")
	page := b.get("/desk/leads")
	for id, want := range map[string][]string{
		"c1": {"Duke University OIT", "number or SIM has changed", "ending in 01", "keeps the place", "Call it off"},
		"c2": {"health", "promised for", ", due", "called 2 times: no answer", "Call it off"},
		"c3": {"being called now", "called once"},
	} {
		got := page.text("#callbacks [data-callback=" + id + "]")
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s is shown as %q, without %q", id, got, w)
			}
		}
	}
	if page.text("#callbacks [data-callback=c3] button") != "" {
		t.Error("a call that is being made can be called off")
	}
	const to = "/desk/leads/callbacks/cancel"
	form := url.Values{"callback": {"c1"}, "reason": {"came by in person"}, "token": {agent.get("/desk/calls").token()}}
	agent.do(http.MethodPost, to, form).want(t, 403)
	b.post("/desk/leads", to, url.Values{"callback": {"c1"}}).want(t, 400) // without a reason
	if len(list.said) != 0 {
		t.Fatalf("called off by a refusal: %q", list.said)
	}
	form.Set("token", page.token())
	b.do(http.MethodPost, to, form).want(t, 303)
	if got := strings.Join(list.said, ";"); got != "c1 jo came by in person" {
		t.Errorf("called off: %q", got)
	}
	for _, tc := range []struct {
		err    error
		status int
	}{{ledger.ErrNotFound, 409}, {ledger.ErrStale, 409}, {errors.New("down"), 503}} {
		list.err = fmt.Errorf("cancel callback: %w", tc.err)
		b.do(http.MethodPost, to, form).want(t, tc.status)
	}
	b.get("/desk/leads").want(t, 503)

	// A long list says that it goes on.
	list.err, list.open = nil, nil
	for i := range 103 {
		list.open = append(list.open, ledger.Callback{ID: fmt.Sprint("c", i), Line: "health", State: ledger.CallbackWaiting, Place: start, Due: start, Created: start})
	}
	if got := b.get("/desk/leads").text("#callbacks .note"); !strings.Contains(got, "3 more") {
		t.Errorf("a long list says %q", got)
	}
}

// Where nobody is called back, the page says so.
func TestNoCallbacks(t *testing.T) {
	r := newRig(t, nil)
	b := r.as("jo")
	if got := b.get("/desk/leads").text("#callbacks"); !strings.Contains(got, "Nobody is called back here") {
		t.Errorf("shown %q", got)
	}
	b.post("/desk/leads", "/desk/leads/callbacks/cancel", url.Values{"callback": {"c1"}, "reason": {"came by"}}).want(t, 409)
}
