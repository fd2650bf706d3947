package line_test

import (
	"testing"

	"ringback/ivr"
	"ringback/ivr/line"
	"ringback/twiml"
)

// onlyGather is a document whose words and music all stand within its Gather, so
// that a key is taken at any moment of it.
func onlyGather(t *testing.T, name string, resp twiml.Response) {
	t.Helper()
	for i, v := range resp.Verbs {
		switch v := v.(type) {
		case twiml.Gather:
			if len(v.Prompts) == 0 {
				t.Errorf("%s: a Gather with nothing in it", name)
			}
			if v.Action == "" {
				t.Errorf("%s: keys go nowhere", name)
			}
		case twiml.Redirect, twiml.Hangup:
			if i == 0 {
				t.Errorf("%s: no Gather before %T", name, v)
			}
		default:
			t.Errorf("%s: %T outside of the Gather: a key pressed meanwhile is lost", name, v)
		}
	}
}

// Complaint: one cannot press out while an announcement plays.
func TestPressingOutDuringAnAnnouncement(t *testing.T) {
	r := newRig(t)
	r.turn("/voice", nil)
	r.keys(1, "0")
	r.desk.waiting = ivr.Waiting{Position: 3}
	announced, _ := r.turn("/voice/wait?w=0", nil)
	if n := len(announced.Verbs[0].(twiml.Gather).Prompts); n < 3 {
		t.Errorf("position, wait and music are %d prompts", n)
	}
	onlyGather(t, "the position", announced)
	music, _ := r.turn("/voice/wait?w=1", nil)
	onlyGather(t, "music", music)
}

// Complaint: keys before the end of a prompt (barge-in) are ignored; keys are lost
// when a Gather has no prompt in it.
func TestBargeInAndLostDigits(t *testing.T) {
	r := newRig(t)
	menu, _ := r.turn("/voice", nil)
	onlyGather(t, "the main menu", menu)
	id, _ := r.keys(1, "1")
	onlyGather(t, "the unique ID", id)
	r.desk.turn = line.AgentTurn{Say: []ivr.Message{{ID: "agent_no_id"}, {ID: "agent_keys"}}, Seconds: 5, Prompt: 1}
	brief, _ := r.turn("/voice/agent?o=1&x=t1", nil)
	onlyGather(t, "the agent's brief", brief)
}
