package box_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"ringback/cmd/internal/box"
	"ringback/twiml/carrier"
)

// inTalk is how most of these begin: Alex has the caller.
const inTalk = `
agent robin away
agent jo away
call university from +19195550101
hear /press 1/
press 0
hear /hold for a person/
agent alex accept
hear /Alex from the service desk is joining you/
wait 15s
`

// complaint is what users of other systems complain of in public, as a call that
// goes well here.
type complaint struct {
	name   string
	script string
	faults []carrier.Fault
	// quiet are agents whose phones must never have rung.
	quiet []string
}

func complaints() []complaint {
	return []complaint{
		{name: "orphan ring after the caller left", script: `
agent robin away
agent jo away
agent alex ignore
call university from +19195550101
hear /press 1/
press 0
hear /hold for a person/
wait 3s
hangup
wait 1s
`},
		{name: "the colleague rings on after the caller left", script: inTalk + `
agent robin ready
agent robin ignore
agent alex consult robin
hear /on hold/
wait 3s
hangup
wait 1s
`},
		{name: "the colleague rings on after the agent left", script: inTalk + `
agent robin ready
agent robin ignore
agent alex consult robin
hear /on hold/
wait 3s
agent alex hangup
hear /agent has left/
wait 1s
hangup
`},
		{name: "agent answers then hangs up", script: `
agent robin away
agent jo away
call university from +19195550101
hear /press 1/
press 0
hear /hold for a person/
agent alex hear /Ringback/
agent robin ready
agent alex hangup
agent robin accept
hear /Robin from the service desk is joining you/
wait 10s
hangup
`},
		{name: "keys of the wrong leg", script: inTalk + `
press 2
press 1
wait 5s
say "still here"
agent alex hear /still here/
hangup
`},
		{name: "caller not on hold", script: inTalk + `
agent robin ready
agent alex consult robin
wait 30s
say "can you hear me"
agent alex hear /can you hear me/
hangup
`, faults: []carrier.Fault{carrier.RESTFault{Method: "POST", Path: "/Participants/", Status: 500}}, quiet: []string{"robin"}},
		{name: "conference hold and end-on-exit conflict", script: inTalk + `
agent alex hold
hear /on hold/
wait 30s
agent alex unhold
wait 5s
agent alex hangup
hear /agent has left/
hangup
`},
		{name: "hold without callbacks", script: inTalk + `
agent alex hold
hear /on hold/
wait 30s
agent alex unhold
wait 5s
say "there you are"
agent alex hear /there you are/
hangup
`, faults: []carrier.Fault{carrier.WebhookFault{URL: "/voice/conference", Drop: true}, carrier.WebhookFault{URL: "/voice/agent/status", Drop: true}}},
		{name: "agent leaves on hold without callbacks", script: inTalk + `
agent alex hold
hear /on hold/
wait 20s
agent alex hangup
hear /agent has left/
hangup
`, faults: []carrier.Fault{carrier.WebhookFault{URL: "/voice/conference", Drop: true}, carrier.WebhookFault{URL: "/voice/agent/status", Drop: true}}},
		{name: "voicemail not detected", script: `
agent robin away
agent jo away
agent alex voicemail
call university from +19195550101
hear /press 1/
press 0
hear /hold for a person/
wait 20s
agent robin ready
agent robin accept
hear /Robin from the service desk is joining you/
wait 10s
hangup
`},
		{name: "the colleague's voicemail takes the caller", script: inTalk + `
agent robin ready
agent robin voicemail
agent alex consult robin
wait 55s
say "still with you"
agent alex hear /still with you/
hangup
`},
		{name: "no fallback if the target does not answer", script: inTalk + `
agent robin ready
agent robin ignore
agent alex consult robin
hear /on hold/
wait 40s
say "back again"
agent alex hear /back again/
hangup
`},
		{name: "no fallback if the target is not free", script: inTalk + `
agent alex consult robin
wait 5s
say "still with you"
agent alex hear /still with you/
hangup
`, quiet: []string{"robin"}},
		{name: "caller does not come back when the colleague declines", script: inTalk + `
agent robin ready
agent alex consult robin
agent robin decline
wait 3s
say "hello again"
agent alex hear /hello again/
hangup
`},
		{name: "call dropped in a hand-over", script: inTalk + `
agent robin ready
agent alex consult robin
agent robin accept
wait 12s
agent alex handover
hear /Robin from the service desk is with you/
wait 12s
say "are you Robin"
agent robin hear /are you Robin/
hangup
`},
		{name: "position never announced", script: `
agent robin away
agent jo away
agent alex ignore
call A: university from +19195550101
A hear /press 1/
A press 0
A hear /next in line/
call B: university from +19195550102
B hear /press 1/
B press 0
B hear /number 2 in line/
A hangup
B hear /next in line/
B hangup
wait 1s
`},
		{name: "page and phone accept at once", script: `
agent robin away
agent jo away
call university from +19195550101
hear /press 1/
press 0
hear /hold for a person/
agent alex accept
agent alex page accept
hear /Alex from the service desk is joining you/
wait 15s
say "one of you"
agent alex hear /one of you/
hangup
`},
	}
}

// Each complaint is a call, played to its end: the caller is never without music,
// a voice or a person for over 30 s, no phone rings on, and the carrier finds
// nothing wrong with what it was told.
func TestComplaints(t *testing.T) {
	for _, c := range complaints() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			script, err := box.Parse(c.name, strings.NewReader(c.script))
			if err != nil {
				t.Fatal(err)
			}
			ctx := context.WithoutCancel(t.Context())
			w, err := box.Open(ctx, box.Options{Virtual: true})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := w.Close(ctx); err != nil {
					t.Error(err)
				}
			}()
			for _, f := range c.faults {
				w.Carrier.Fault(f)
			}
			result, err := w.Play(ctx, script)
			if err != nil || result.Failure != "" {
				t.Fatalf("%v%s\n%s", err, result.Failure, told(result))
			}
			for _, l := range w.Carrier.Legs() {
				if status := l.Status(); status == "ringing" || status == "queued" {
					t.Errorf("the phone %s is left %s", l.To(), status)
				}
			}
			for _, p := range w.Carrier.Errors() {
				if !strings.Contains(p.String(), "the request was lost") { // by a fault of the test's own
					t.Errorf("the carrier found: %v", p)
				}
			}
			for _, a := range w.Config.Desk.Agents {
				rang := slices.ContainsFunc(w.Carrier.Legs(), func(l *carrier.Leg) bool { return l.To() == string(a.Phone) })
				if rang && slices.Contains(c.quiet, a.ID) {
					t.Errorf("%s's phone rang", a.ID)
				}
			}
			listened(t, result)
		})
	}
}

func told(r box.Result) string {
	var b strings.Builder
	for _, m := range r.Transcript {
		b.WriteString(m.At.String() + " " + m.Call + " " + m.Who + " " + m.Text + "\n")
	}
	return b.String()
}

// listened fails when a caller was without a word or music for over 30 s while not
// in a talk.
func listened(t *testing.T, r box.Result) {
	t.Helper()
	last := map[string]time.Duration{}
	talking := map[string]bool{}
	for _, m := range r.Transcript {
		if strings.HasPrefix(m.Call, "agent") || m.Call == "" && (m.Who == "waits" || m.Text != "" && strings.Contains(m.Text, "on the page")) {
			continue
		}
		if before, ok := last[m.Call]; ok && !talking[m.Call] && m.At-before > 30*time.Second {
			t.Errorf("nothing for %v before %v: %s", m.At-before, m.At, m.Text)
		}
		last[m.Call] = m.At
		switch {
		case strings.Contains(m.Text, "joining you"), strings.Contains(m.Text, "is with you now"):
			talking[m.Call] = true
		case strings.Contains(m.Text, "on hold"), strings.Contains(m.Text, "has left"):
			talking[m.Call] = false
		case m.Who == "said":
			talking[m.Call] = true // whoever speaks here is heard: the scripts say so
		}
	}
}
