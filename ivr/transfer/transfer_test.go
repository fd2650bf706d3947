package transfer_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vmihailenco/msgpack/v5"

	"ringback/ivr/transfer"
)

func want(t *testing.T, p *play, state transfer.State, did string) {
	t.Helper()
	if p.t.State != state || actions(p.last) != did {
		t.Fatalf("state %v, actions %q\nwant  %v,         %q", p.t.State, actions(p.last), state, did)
	}
}

func TestVoicemailNeverGetsACall(t *testing.T) {
	p := inState(transfer.StateOffered)
	for n := uint32(1); n <= 2; n++ {
		p.wait(5 * time.Second).on(transfer.Silent{Offer: 1, SID: "CA-1", Prompt: n})
		if p.last.Then != transfer.ThenGather || p.last.Prompt != n+1 {
			t.Fatalf("silence %d: then %v, prompt %d", n, p.last.Then, p.last.Prompt)
		}
		p.on(transfer.Silent{Offer: 1, SID: "CA-1", Prompt: n}) // the carrier asks twice
		if p.last.Prompt != n+1 {
			t.Fatalf("a repeated silence counted: prompt %d", p.last.Prompt)
		}
	}
	p.on(transfer.Silent{Offer: 1, SID: "CA-1", Prompt: 3})
	want(t, p, transfer.StateQueued, "FreeAgent{alex 1 away} Report{voicemail no_key alex} Wake{0s}")
	if p.last.Then != transfer.ThenHangup {
		t.Errorf("then %v", p.last.Then)
	}
}

func TestWrongKeysDecline(t *testing.T) {
	p := inState(transfer.StateOffered).on(press("5"), press("#"), press("0"))
	want(t, p, transfer.StateQueued, "FreeAgent{alex 1 ready} Report{declined wrong_keys alex} Wake{0s}")
}

func TestNineRepeatsNotForEver(t *testing.T) {
	p := inState(transfer.StateOffered)
	for range 20 {
		p.on(press("9"))
	}
	if p.t.State != transfer.StateQueued {
		t.Errorf("state %v after twenty repeats", p.t.State)
	}
}

func TestBriefEndsWithoutAKey(t *testing.T) {
	p := inState(transfer.StateOffered).wait(89 * time.Second).on(look())
	want(t, p, transfer.StateOffered, "")
	p.wait(time.Second).on(look())
	want(t, p, transfer.StateQueued, "StopRing{CA-1} FreeAgent{alex 1 away} Report{voicemail no_key alex} Wake{0s}")
}

func TestRingOfWhichNothingIsHeard(t *testing.T) {
	for _, c := range []struct {
		name string
		what []transfer.What
		did  string
	}{
		{"never heard of", nil, "FreeAgent{alex 1 ready} Report{error lost alex} Wake{0s}"},
		{
			"rung",
			[]transfer.What{transfer.Rung{Offer: 1, SID: "CA-1"}},
			"StopRing{CA-1} FreeAgent{alex 1 away} Report{no_answer rang_out alex} Wake{0s}",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := inState(transfer.StateQueued).on(look("alex"), claimed("alex")).on(c.what...)
			p.wait(29 * time.Second).on(look("robin"))
			want(t, p, transfer.StateOffered, "")
			p.wait(time.Second).on(look("robin"))
			want(t, p, transfer.StateQueued, c.did)
			p.on(look("alex", "robin"))
			want(t, p, transfer.StateQueued, "ClaimAgent{2 [robin]}")
		})
	}
}

func TestCallerDoesNotComeAfterAccept(t *testing.T) {
	p := inState(transfer.StateAccepted).wait(4999 * time.Millisecond).on(look())
	want(t, p, transfer.StateAccepted, "")
	p.wait(time.Millisecond).on(look())
	want(t, p, transfer.StateQueued,
		"TellAgent{CA-1 1} FreeAgent{alex 1 wrap_up} Report{error not_joined alex} Requeue{2026-11-24 15:00:00 true} Wake{0s}")
	p.on(transfer.Answered{Offer: 1, SID: "CA-1"})
	if d := cmp.Diff([]string{"agent_not_joined"}, said(p.last)); d != "" || p.last.Then != transfer.ThenHangup {
		t.Errorf("the agent is told %v, then %v", said(p.last), p.last.Then)
	}
	p.on(transfer.CallerIn{})
	if p.last.Then != transfer.ThenWait {
		t.Errorf("a caller who comes late is sent to %v", p.last.Then)
	}
	for range 2 { // again and again
		p.on(look("alex"), transfer.Claimed{Offer: p.t.Offer + 1, Agent: "alex"})
		p.on(transfer.Pressed{Offer: p.t.Offer, SID: "CA-x", Keys: "1"}).wait(5 * time.Second).on(look())
	}
	if p.t.State != transfer.StateDone || p.t.Leave != transfer.LeaveFallback {
		t.Errorf("state %v, leave %q after three accepts in vain", p.t.State, p.t.Leave)
	}
}

func TestLostClaimIsMadeAgain(t *testing.T) {
	p := inState(transfer.StateQueued).on(look("alex"))
	want(t, p, transfer.StateQueued, "ClaimAgent{1 [alex]}")
	p.wait(9 * time.Second).on(look("alex"))
	want(t, p, transfer.StateQueued, "")
	p.wait(time.Second).on(look("alex"))
	want(t, p, transfer.StateQueued, "ClaimAgent{2 [alex]}")
	p.on(claimed("alex"))
	want(t, p, transfer.StateQueued, "FreeAgent{alex 1 ready}")
}

func TestRounds(t *testing.T) {
	p := inState(transfer.StateOffered).on(press("2"), transfer.Look{Ready: []string{"alex"}, Busy: []string{"robin"}})
	want(t, p, transfer.StateQueued, "") // robin was not tried: wait for robin
	p.on(look("alex"))
	want(t, p, transfer.StateQueued, "Wake{15s}")
	p.wait(14 * time.Second).on(look("alex"))
	want(t, p, transfer.StateQueued, "")
	p.wait(time.Second).on(look("alex"))
	want(t, p, transfer.StateQueued, "ClaimAgent{2 [alex]}")
	p.on(transfer.Claimed{Offer: 2, Agent: "alex"}, transfer.Pressed{Offer: 2, SID: "CA-2", Keys: "2"}, look("alex"))
	want(t, p, transfer.StateDone, "Report{no_answer nobody } LeaveQueue{}")
	if p.t.Leave != transfer.LeaveNoAgents {
		t.Errorf("leave %q", p.t.Leave)
	}
}

func TestMaxWait(t *testing.T) {
	p := inState(transfer.StateQueued).wait(10 * time.Minute).on(look("alex"))
	want(t, p, transfer.StateDone, "Report{no_answer too_long } LeaveQueue{}")
}

// The carrier's callbacks may overtake its answer to our request.
func TestCallbackBeforeTheAnswer(t *testing.T) {
	p := inState(transfer.StateQueued).on(look("alex"), claimed("alex"))
	p.on(status(transfer.LegRinging), transfer.NotRung{Offer: 1, Down: true})
	want(t, p, transfer.StateOffered, "")
	p.on(transfer.Rung{Offer: 1, SID: "CA-other"})
	want(t, p, transfer.StateOffered, "StopRing{CA-other}")
}

func TestCallerGoneBeforeTheRingIsKnown(t *testing.T) {
	p := inState(transfer.StateQueued).on(look("alex"), claimed("alex"), transfer.CallerGone{})
	want(t, p, transfer.StateDone, "FreeAgent{alex 1 ready} Report{caller_gone ringing alex} LeaveQueue{}")
	p.on(transfer.Rung{Offer: 1, SID: "CA-1"})
	want(t, p, transfer.StateDone, "StopRing{CA-1}")
}

func TestBridgedOnceForManyRepeats(t *testing.T) {
	p := inState(transfer.StateAccepted)
	moves := 0
	for range 3 {
		p.on(press("1"))
		moves += len(p.last.Actions)
		if p.last.Then != transfer.ThenJoin {
			t.Fatalf("a repeated accept is answered with %v", p.last.Then)
		}
	}
	if moves != 0 {
		t.Errorf("a repeated accept does %d things", moves)
	}
}

func TestOldTicketsLeaveNothingBehind(t *testing.T) {
	p := inState(transfer.StateReturned).on(transfer.Join{ID: "other", Ticket: ticket(2)})
	if p.t.ID != "t1" || p.t.Offer != 1 || len(p.t.Tried) != 0 || p.t.State != transfer.StateQueued {
		t.Errorf("joined again: %+v", p.t)
	}
}

func TestBriefNamesNobody(t *testing.T) {
	for _, c := range []struct {
		name   string
		ticket transfer.Ticket
		want   []string
	}{
		{"plain", transfer.Ticket{
			LineName: "L", Request: "new_number", SubjectHint: "01", Level: "links", Factors: []string{"pin", "texted_code"},
		}, []string{"agent_brief", "agent_request_new_number", "agent_id", "agent_level_links", "agent_factor_pin", "agent_factor_texted_code", "agent_keys"}},
		{"own words", transfer.Ticket{RequestWords: "my phone is gone.", Level: "refused"}, []string{
			"agent_brief", "agent_request", "agent_no_id", "agent_level_refused", "agent_keys",
		}},
		{"nothing known", transfer.Ticket{Level: "?", WhyNot: "?", Factors: []string{"?"}, Request: "?"}, []string{
			"agent_brief", "agent_request_person", "agent_no_id", "agent_level_none", "agent_keys",
		}},
		{"whole ID and number are not hints", transfer.Ticket{SubjectHint: "1000001", NumberHint: "+19195550101"}, []string{
			"agent_brief", "agent_request_person", "agent_no_id", "agent_level_none", "agent_keys",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPlay().on(transfer.Join{ID: "t", Ticket: c.ticket}, look("alex"), claimed("alex"))
			p.on(transfer.Answered{Offer: 1, SID: "CA-1"})
			if d := cmp.Diff(c.want, said(p.last)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestBriefTellsALongWait(t *testing.T) {
	for minutes, id := range map[int]string{1: "agent_waited_one", 4: "agent_waited"} {
		p := inState(transfer.StateQueued).wait(time.Duration(minutes) * time.Minute)
		p.on(look("alex"), claimed("alex"), transfer.Answered{Offer: 1, SID: "CA-1"})
		if !slices.Contains(said(p.last), id) {
			t.Errorf("%d minutes: %v", minutes, said(p.last))
		}
	}
}

// Every id that can be said has a text, and its arguments are those given.
func TestMessagesCoverWhatIsSaid(t *testing.T) {
	words := transfer.Messages()
	for _, r := range rows(t) {
		for _, k := range kinds() {
			p := r.play().on(k.what)
			for _, m := range p.last.Say {
				text, ok := words[m.ID]
				if !ok {
					t.Errorf("no text for %s", m.ID)
				}
				for arg, value := range m.Args {
					text = strings.ReplaceAll(text, "{"+arg+"}", value)
				}
				if strings.ContainsAny(text, "{}") {
					t.Errorf("%s: %q lacks an argument", m.ID, text)
				}
			}
		}
	}
	words["agent_brief"] = ""
	if transfer.Messages()["agent_brief"] == "" {
		t.Error("the map is shared")
	}
}

func TestNames(t *testing.T) {
	for _, s := range transfer.States() {
		if got, err := transfer.ParseState(s.String()); got != s || err != nil {
			t.Errorf("state %v: %v, %v", s, got, err)
		}
	}
	for _, r := range transfer.Results() {
		if got, err := transfer.ParseResult(r.String()); got != r || err != nil {
			t.Errorf("result %v: %v, %v", r, got, err)
		}
	}
	for _, p := range transfer.Presences() {
		if got, err := transfer.ParsePresence(p.String()); got != p || err != nil {
			t.Errorf("presence %v: %v, %v", p, got, err)
		}
	}
	for _, bad := range []string{"", "unknown", "Queued", "state(9)"} {
		if _, err := transfer.ParseState(bad); err == nil {
			t.Errorf("state %q passed", bad)
		}
		if _, err := transfer.ParseResult(bad); err == nil {
			t.Errorf("result %q passed", bad)
		}
		if _, err := transfer.ParsePresence(bad); err == nil {
			t.Errorf("presence %q passed", bad)
		}
	}
	if got := transfer.State(99).String(); got != "state(99)" {
		t.Errorf("State(99) = %q", got)
	}
}

func TestParseLegStatus(t *testing.T) {
	ended := map[string]bool{
		"queued": false, "initiated": false, "ringing": false, "in-progress": false, "answered": false,
		"completed": true, "busy": true, "no-answer": true, "failed": true, "canceled": true,
	}
	for name, end := range ended {
		if s, err := transfer.ParseLegStatus(name); err != nil || s.Ended() != end {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
	if s, err := transfer.ParseLegStatus("sleeping"); err == nil || s != transfer.LegUnknown {
		t.Errorf("an unknown status passed as %v", s)
	}
}

func FuzzParseLegStatus(f *testing.F) {
	f.Add("ringing")
	f.Add("")
	f.Fuzz(func(t *testing.T, name string) {
		if s, err := transfer.ParseLegStatus(name); (err == nil) == (s == transfer.LegUnknown) {
			t.Errorf("%q: %v, %v", name, s, err)
		}
	})
}

// What is stored is small, and comes back as it was.
func TestStored(t *testing.T) {
	for _, r := range rows(t) {
		before := r.play().t
		b, err := msgpack.Marshal(&before)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > 300 {
			t.Errorf("%s: %d bytes", r.name, len(b))
		}
		var after transfer.Transfer
		if err := msgpack.Unmarshal(b, &after); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(before, after); d != "" {
			t.Errorf("%s:\n%s", r.name, d)
		}
	}
}

// An agent who hangs up while the caller is still being told who joins leaves the
// caller on the way to an empty conference: the caller is sent for.
func TestCallerIsNotLeftAlone(t *testing.T) {
	p := inState(transfer.StateBridged).on(status(transfer.LegCompleted))
	want(t, p, transfer.StateReturned, "FreeAgent{alex 1 wrap_up} Report{completed agent_left alex} Wake{5s}")
	p.wait(5 * time.Second).on(look())
	want(t, p, transfer.StateReturned, "MoveCaller{1} Wake{5s}")
	p.wait(4 * time.Second).on(look())
	want(t, p, transfer.StateReturned, "")
	p.wait(time.Second).on(look()) // the first move was lost
	want(t, p, transfer.StateReturned, "MoveCaller{1} Wake{5s}")
	p.on(transfer.CallerIn{})
	if p.last.Then != transfer.ThenWait {
		t.Errorf("sent to %v", p.last.Then)
	}
	p.wait(time.Minute).on(look())
	want(t, p, transfer.StateReturned, "")

	p = inState(transfer.StateBridged).on(status(transfer.LegCompleted), transfer.CallerBack{}).wait(time.Minute).on(look())
	want(t, p, transfer.StateReturned, "")
	p = inState(transfer.StateBridged).on(transfer.CallerBack{}).wait(time.Minute).on(look())
	want(t, p, transfer.StateReturned, "")
	p = inState(transfer.StateBridged).on(status(transfer.LegCompleted), transfer.CallerGone{}).wait(time.Minute).on(look())
	want(t, p, transfer.StateDone, "")
}
