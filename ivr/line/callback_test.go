package line_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"ringback/ivr"
	"ringback/ivr/line"
)

// called is the form of a call that the line makes.
func called(status string) url.Values {
	return url.Values{"From": {number}, "To": {dana}, "Direction": {"outbound-api"}, "CallStatus": {status}}
}

const (
	backURL       = "/voice/callback?g=en-US&l=university&o=2&x=t1"
	backStatusURL = "/voice/callback/status?g=en-US&l=university&o=2&x=t1"
)

func TestCalledBack(t *testing.T) {
	r := newRig(t)
	first, _, status := r.server.PersonURLs("t1", 2, "university", "en-US")
	if !strings.HasPrefix(first, public+backURL+"#") || status != public+backStatusURL {
		t.Errorf("URLs %s, %s", first, status)
	}
	_, doc := r.turn(backURL, called("in-progress"))
	if !strings.Contains(doc, "Duke University OIT, calling back") || !strings.Contains(doc, "press 1") || strings.Contains(doc, "1234") {
		t.Errorf("who picks up hears %s", doc)
	}
	if got := r.desk.persons; len(got) != 1 || got[0] != (line.PersonEvent{Transfer: "t1", Offer: 2, CallSID: sid, Status: "in-progress"}) {
		t.Errorf("the desk is told %+v", got)
	}
	if _, again := r.turn(backURL, called("in-progress")); again != doc {
		t.Error("a repeat hears something else")
	}
	_, doc = r.keys(1, "1")
	if !strings.Contains(doc, "<Conference") || !strings.Contains(doc, "t1") || !strings.Contains(doc, "Alex") {
		t.Errorf("who presses 1 gets %s", doc)
	}
	call, err := r.server.Call(t.Context(), sid)
	if err != nil || call.From != dana || len(call.Passed) != 0 {
		t.Errorf("the call is with %d digits and has proven %d things (%v)", len(call.From), len(call.Passed), err)
	}
	r.turn(backStatusURL, called("completed"))
	if r.desk.persons[len(r.desk.persons)-1].Status != "completed" {
		t.Error("the desk is not told of the end")
	}
	if call, err = r.server.Call(t.Context(), sid); err != nil || call.Ending.Result != ivr.ResultTransferred {
		t.Errorf("ended %v, %v", call.Ending, err)
	}
}

// Where no agent waits any more, and where the desk cannot say, nothing is said that
// a machine could keep.
func TestCalledBackForNobody(t *testing.T) {
	r := newRig(t)
	r.desk.unwanted = true
	if _, doc := r.turn(backURL, called("in-progress")); strings.Contains(doc, "<Say") || !strings.Contains(doc, "<Hangup") {
		t.Errorf("too late: %s", doc)
	}
	r.desk.down = errors.New("down")
	if _, doc := r.turn(backURL, called("in-progress")); strings.Contains(doc, "<Dial") || !strings.Contains(doc, "<Hangup") {
		t.Errorf("the desk is down: %s", doc)
	}
}

// Key 1 leaves the queue for a callback, if that is still possible; a desk that
// cannot say lets the caller wait on.
func TestStepAside(t *testing.T) {
	queued := func(t *testing.T) *rig {
		r := newRig(t)
		r.server, r.echo = r.instance(func(o *line.Options) { o.Dialogue.Lines[0].Callbacks = true })
		r.turn("/voice", nil)
		r.keys(1, "0")
		return r
	}
	key := url.Values{"Digits": {"1"}}
	r := queued(t)
	if _, doc := r.turn("/voice/wait?w=0", nil); !strings.Contains(doc, "keep your place, press 1") {
		t.Errorf("not offered: %s", doc)
	}
	if _, doc := r.turn("/voice/wait?w=1", key); strings.Contains(doc, "<Leave") {
		t.Errorf("left although it was too late: %s", doc)
	}
	r.desk.aside = true
	if _, doc := r.turn("/voice/wait?w=2", nil); strings.Contains(doc, "<Leave") {
		t.Errorf("left without a key: %s", doc)
	}
	if _, doc := r.turn("/voice/wait?w=3", key); !strings.Contains(doc, "<Leave") {
		t.Errorf("did not leave: %s", doc)
	}
	if _, doc := r.turn("/voice/turn?e=q&t=2", url.Values{"QueueResult": {"leave"}}); !strings.Contains(doc, "We can call you back") {
		t.Errorf("hears %s", doc)
	}
	call, err := r.server.Call(t.Context(), sid)
	if err != nil || call.Step != ivr.StepCallback {
		t.Errorf("at %v, %v", call.Step, err)
	}
	r = queued(t)
	r.desk.aside, r.desk.down = true, errors.New("down")
	if _, doc := r.turn("/voice/wait?w=0", key); !strings.Contains(doc, "<Play") {
		t.Errorf("a desk that is down: %s", doc)
	}
}
