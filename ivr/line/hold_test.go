package line_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"ringback/ivr"
	"ringback/ivr/line"
	"ringback/twiml"
)

// path is a URL of ours without host and fragment.
func path(u string) string {
	p, _, _ := strings.Cut(strings.TrimPrefix(u, public), "#")
	return p
}

// Somebody on hold hears words and music, document after document, in their own
// language, whatever the desk says; and each document is the desk's tick.
func TestHoldHasNoEnd(t *testing.T) {
	r := newRig(t)
	next := path(r.server.HoldURL("t1", "university", "en-US"))
	for n := range 8 {
		if n == 5 {
			r.desk.down = errors.New("the store is down")
		}
		resp, doc := r.turn(next, nil)
		if err := resp.ValidateHold(); err != nil {
			t.Fatalf("document %d: %v", n, err)
		}
		if spoken := strings.Contains(doc, "on hold"); spoken != (n%3 == 0) {
			t.Errorf("document %d: %s", n, doc)
		}
		if !strings.Contains(doc, "<Play") {
			t.Errorf("document %d has no music: %s", n, doc)
		}
		last, ok := resp.Verbs[len(resp.Verbs)-1].(twiml.Redirect)
		if !ok {
			t.Fatalf("document %d ends: %s", n, doc)
		}
		next = path(last.URL)
	}
	if len(r.desk.held) != 8 || r.desk.held[0] != "t1" {
		t.Errorf("ticks %v", r.desk.held)
	}
	if _, doc := r.turn(path(r.server.HoldURL("t1", "university", "es-US")), nil); !strings.Contains(doc, "espera") {
		t.Errorf("in Spanish: %s", doc)
	}
}

// What goes wrong in a hold document is never heard: it cannot dial.
func TestHoldOfNoLine(t *testing.T) {
	r := newRig(t)
	resp, doc := r.turn("/voice/hold?g=en-US&l=nowhere&n=0&x=t1", nil)
	if err := resp.ValidateHold(); err != nil || !strings.Contains(doc, "<Play") {
		t.Errorf("%v: %s", err, doc)
	}
}

func TestAnnounce(t *testing.T) {
	r := newRig(t)
	u := path(r.server.AnnounceURL("t1", 2))
	if resp, doc := r.turn(u, nil); len(resp.Verbs) != 0 {
		t.Errorf("nobody is announced as %s", doc)
	}
	r.desk.intro = line.Introduction{Line: "university", Language: "en-US", Say: []ivr.Message{
		{ID: "agent_with_you", Args: map[string]string{"agent": "Robin", "proof": "4817"}},
	}}
	resp, doc := r.turn(u, nil)
	if err := resp.ValidateHold(); err != nil || !strings.Contains(doc, "Robin") {
		t.Errorf("%v: %s", err, doc)
	}
	r.desk.down = errors.New("the store is down")
	if resp, doc := r.turn(u, nil); len(resp.Verbs) != 0 {
		t.Errorf("in the middle of a talk: %s", doc)
	}
}

// Complaint: a duplicate participant label throws a leg out of the conference. Each
// leg has its own, and a new one each time it comes.
func TestDuplicateParticipantLabel(t *testing.T) {
	r := newRig(t)
	labels := map[string]string{}
	note := func(who string, resp twiml.Response) {
		t.Helper()
		c := resp.Verbs[len(resp.Verbs)-1].(twiml.Dial).Nouns[0].(twiml.Conference)
		if other, taken := labels[c.ParticipantLabel]; taken || c.ParticipantLabel == "" {
			t.Errorf("%s has the label %q of %s", who, c.ParticipantLabel, other)
		}
		labels[c.ParticipantLabel] = who
	}
	r.turn("/voice", nil)
	r.keys(1, "0")
	for _, again := range []string{"the caller", "the caller, moved again"} {
		to, err := r.server.Move(t.Context(), sid, "t1", len(labels)+1)
		if err != nil {
			t.Fatal(err)
		}
		resp, _ := r.turn(path(to), nil)
		note(again, resp)
	}
	r.desk.turn = line.AgentTurn{Conference: "t1", Ends: true}
	resp, _ := r.turn("/voice/agent/turn?o=1&x=t1", url.Values{"Digits": {"1"}})
	note("the first agent", resp)
	r.desk.turn = line.AgentTurn{Conference: "t1"}
	resp, _ = r.turn("/voice/agent/turn?o=2&x=t1", url.Values{"Digits": {"1"}})
	note("the second agent", resp)
}

// With two parties the end of either ends the conference; a second agent's does not.
func TestWhoseLeavingEndsTheConference(t *testing.T) {
	r := newRig(t)
	for _, ends := range []bool{true, false} {
		r.desk.turn = line.AgentTurn{Conference: "t1", Ends: ends}
		resp, doc := r.turn("/voice/agent/turn?o=1&x=t1", url.Values{"Digits": {"1"}})
		if got := resp.Verbs[len(resp.Verbs)-1].(twiml.Dial).Nouns[0].(twiml.Conference).EndConferenceOnExit; got != ends {
			t.Errorf("ends %v: %s", ends, doc)
		}
	}
}
