package line_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"ringback/ivr"
	"ringback/ivr/line"
	"ringback/twiml"
)

const otherSID = "CA00000000000000000000000000000002"

// metric is the value of a series with one label.
func (r *rig) metric(name, label, value string) float64 {
	r.t.Helper()
	families, err := r.reg.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if l := m.GetLabel(); f.GetName() == name && len(l) == 1 && l[0].GetName() == label && l[0].GetValue() == value {
				return m.GetCounter().GetValue()
			}
		}
	}
	r.t.Fatalf("no series %s{%s=%q}", name, label, value)
	return 0
}

// A server that drains refuses new calls, so that the carrier tries another, and
// serves those that have begun.
func TestDrain(t *testing.T) {
	r := newRig(t)
	r.turn("/voice", nil)
	r.server.Drain()
	status, doc := r.post(r.echo, "/voice", url.Values{"CallSid": {otherSID}})
	if status != http.StatusServiceUnavailable || doc != "" {
		t.Errorf("a new call: %d %q", status, doc)
	}
	if _, ok, _ := r.store.Load(t.Context(), otherSID); ok {
		t.Error("the new call is stored")
	}
	if _, doc := r.turn("/voice", nil); !strings.Contains(doc, "press 1") { // its retry
		t.Errorf("a running call's first turn: %s", doc)
	}
	if _, doc := r.keys(1, "3"); !strings.Contains(doc, "self service") {
		t.Errorf("a running call: %s", doc)
	}
	if n := r.metric("ringback_calls_shed_total", "reason", "draining"); n != 1 {
		t.Errorf("shed %v calls", n)
	}
	if n := r.metric("ringback_calls_shed_total", "reason", "overload"); n != 0 {
		t.Errorf("shed %v calls by overload", n)
	}
	_, r.echo = r.instance() // the other instance
	if _, doc := r.turn("/voice", url.Values{"CallSid": {otherSID}}); !strings.Contains(doc, "Thank you for calling") {
		t.Errorf("the retry on another instance: %s", doc)
	}
}

// More than it can bear: new calls are told so and put through; running ones go on.
func TestOverload(t *testing.T) {
	for _, desk := range []string{"+19195550290", ""} {
		t.Run(fmt.Sprintf("desk %q", desk), func(t *testing.T) {
			r := newRig(t)
			_, r.echo = r.instance(func(o *line.Options) { o.MaxInFlight = 1; o.Dialogue.Lines[0].Fallback = desk })
			r.turn("/voice", nil)
			r.clock.Do(t.Context(), func(ctx context.Context) {
				r.ctx = ctx
				defer func() { r.ctx = nil }()
				r.runner.slow[ivr.EffectLookUp] = time.Second
				r.keys(1, "1")
				r.keys(2, "1000001#")
				done := r.clock.NewSignal()
				r.clock.Go(ctx, func(ctx context.Context) {
					defer done.Fire()
					r.sendAs(ctx, r.echo, "/voice/turn?e=g&t=3", url.Values{"Digits": {"1"}})
				})
				_ = r.clock.Sleep(ctx, 100*time.Millisecond) // that turn waits for its effect
				resp, doc := r.turn("/voice", url.Values{"CallSid": {otherSID}})
				if !strings.Contains(doc, "more calls than we can take") {
					t.Errorf("a new call: %s", doc)
				}
				switch last := resp.Verbs[len(resp.Verbs)-1].(type) {
				case twiml.Dial:
					if last.Number != desk {
						t.Errorf("dials %s", last.Number)
					}
				case twiml.Hangup:
					if desk != "" || !strings.Contains(doc, "call again in a few minutes") {
						t.Errorf("a new call: %s", doc)
					}
				default:
					t.Errorf("ends in %T", last)
				}
				if _, doc := r.turn("/voice", nil); strings.Contains(doc, "more calls") {
					t.Errorf("a running call is shed: %s", doc)
				}
				_ = done.Wait(ctx, time.Minute)
				if _, doc := r.turn("/voice", url.Values{"CallSid": {otherSID}}); !strings.Contains(doc, "Thank you for calling") {
					t.Errorf("after the load: %s", doc)
				}
			})
			if n := r.metric("ringback_calls_shed_total", "reason", "overload"); n != 1 {
				t.Errorf("shed %v calls", n)
			}
		})
	}
}

// The Dial of last resort leads to a route that needs no state, says how it ended,
// and dials nobody again.
func TestLastResortHasAnEnd(t *testing.T) {
	r := newRig(t)
	resp, doc := r.turn("/voice/fallback", nil)
	dial, ok := resp.Verbs[len(resp.Verbs)-1].(twiml.Dial)
	if !ok || !strings.HasPrefix(dial.Action, public+"/voice/fallback?e=d") {
		t.Fatalf("no action in %s", doc)
	}
	down, ok := r.store.Embedded()
	if !ok {
		t.Fatal("not embedded")
	}
	down(true)
	for status, want := range map[string]string{
		"no-answer": "cannot be reached", "busy": "cannot be reached", "failed": "cannot be reached", "": "cannot be reached",
		"completed": "", "answered": "",
	} {
		resp, doc := r.turn("/voice/fallback?e=d", url.Values{"DialCallStatus": {status}})
		if _, ok := resp.Verbs[len(resp.Verbs)-1].(twiml.Hangup); !ok || strings.Contains(doc, "<Dial") {
			t.Errorf("%s: no end in %s", status, doc)
		}
		if want == "" && strings.Contains(doc, "<Say") || !strings.Contains(doc, want) {
			t.Errorf("%s: %s", status, doc)
		}
	}
	if status, doc := r.send(r.echo, "/voice/fallback?e=d", "AccountSid="+account, ""); status != http.StatusForbidden || doc != "" {
		t.Errorf("unsigned: %d %q", status, doc)
	}
}

// The static document cannot know how its Dial went, and is not silent after it.
func TestApologyGoesOnAfterItsDial(t *testing.T) {
	for number, last := range map[string]string{"+19195550290": "If you could not talk", "": "call again later"} {
		doc := string(line.Apology("Polly.Joanna", "en-US", number).Append(nil))
		if !strings.Contains(doc, last) || !strings.Contains(doc, "<Hangup") || strings.Contains(doc, "<Dial") != (number != "") {
			t.Errorf("%q: %s", number, doc)
		}
	}
}

// What the telephone companies say of the number is counted, and raises the bar.
func TestVerstat(t *testing.T) {
	for verstat, suspect := range map[string]bool{
		"": false, "TN-Validation-Passed-A": false, "TN-Validation-Failed": true, "TN-Validation-Failed-C-Diverted": true, "nonsense": false,
	} {
		r := newRig(t)
		for range 2 { // a repeat counts once
			r.turn("/voice", url.Values{"StirVerstat": {verstat}})
		}
		call, err := r.server.Call(t.Context(), sid)
		if err != nil || call.Suspect != suspect {
			t.Errorf("%q: suspect %v, %v", verstat, call.Suspect, err)
		}
		if n := r.metric("ringback_stir_verstat_total", "verstat", twiml.ParseVerstat(verstat).String()); n != 1 {
			t.Errorf("%q counted %v times", verstat, n)
		}
		if n, err := testutil.GatherAndCount(r.reg, "ringback_stir_verstat_total"); err != nil || n != len(twiml.Verstats()) {
			t.Errorf("%d series, %v", n, err)
		}
	}
}

// An agent hears the words of the caller's line, in the agent's own language.
func TestAgentHearsTheLinesWords(t *testing.T) {
	r := newRig(t)
	_, r.echo = r.instance(func(o *line.Options) { // a second line, whose words are Spanish
		health := o.Dialogue.Lines[0]
		health.ID, health.Number, health.Languages = "health", "+19196842243", []string{"es-US", "en-US"}
		o.Dialogue.Lines = append(o.Dialogue.Lines, health)
		o.Words["health"] = o.Words["university"]
		o.Voices = map[string]twiml.Voice{"health": "Polly.Pedro-Neural"}
	})
	for _, tt := range []struct{ line, language, words, voice string }{
		{"", "", "Thank you.", "Polly.Joanna"},
		{"university", "", "Thank you.", "Polly.Joanna"},
		{"health", "", "Gracias.", "Polly.Pedro-Neural"},
		{"health", "en-US", "Thank you.", "Polly.Joanna"},
		{"university", "es-MX", "Gracias.", "Polly.Lupe"},
	} {
		r.desk.turn = line.AgentTurn{Line: tt.line, Language: tt.language, Say: []ivr.Message{{ID: "thank_you"}}, Seconds: 5}
		if _, doc := r.turn("/voice/agent?o=1&x=t1", nil); !strings.Contains(doc, tt.words) || !strings.Contains(doc, tt.voice) {
			t.Errorf("%+v: %s", tt, doc)
		}
	}
}

// A line of two languages offers the other one in its own words and voice.
func TestTwoLanguages(t *testing.T) {
	r := newRig(t)
	_, r.echo = r.instance(func(o *line.Options) { o.Dialogue.Lines[0].Languages = []string{"en-US", "es-US"} })
	_, doc := r.turn("/voice", nil)
	offer := strings.Index(doc, "Para español, oprima 8.")
	if offer < 0 || offer > strings.Index(doc, "press 1") || !strings.Contains(doc, `voice="Polly.Lupe"`) {
		t.Errorf("no offer before the menu in %s", doc)
	}
	_, doc = r.keys(1, "8")
	if !strings.Contains(doc, "For English, press 8.") || !strings.Contains(doc, "oprima 1") || strings.Contains(doc, "press 1") {
		t.Errorf("in Spanish: %s", doc)
	}
	if _, doc = r.keys(2, "3"); !strings.Contains(doc, "página de autoservicio") || strings.Contains(doc, "Polly.Joanna") {
		t.Errorf("in Spanish: %s", doc)
	}
}

func TestNewRefusesALanguageWithoutWords(t *testing.T) {
	r := newRig(t)
	var o line.Options
	r.instance(func(own *line.Options) { o = *own })
	o.Dialogue.Lines[0].Languages = []string{"en-US", "fr-FR"}
	if _, err := line.New(o); err == nil || !strings.Contains(err.Error(), "fr-FR") {
		t.Errorf("err = %v", err)
	}
}

// The desk is told who is in a conference; what is no event of one is not.
func TestConferenceCallbacks(t *testing.T) {
	r := newRig(t)
	form := url.Values{
		"ConferenceSid": {"CF00000000000000000000000000000001"}, "StatusCallbackEvent": {"participant-join"}, "SequenceNumber": {"3"},
	}
	if status, _ := r.post(r.echo, "/voice/conference?x=t1", form); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	for name, bad := range map[string]url.Values{
		"no number": {"SequenceNumber": {""}}, "no conference": {"ConferenceSid": {""}}, "a large number": {"SequenceNumber": {"99999999999"}},
	} {
		full := maps.Clone(form)
		maps.Copy(full, bad)
		if status, _ := r.post(r.echo, "/voice/conference?x=t1", full); status != http.StatusOK {
			t.Errorf("%s: status %d", name, status)
		}
	}
	want := line.ConferenceEvent{Transfer: "t1", Conference: form.Get("ConferenceSid"), Kind: "participant-join", CallSID: sid, Sequence: 3}
	if len(r.desk.rooms) != 1 || r.desk.rooms[0] != want {
		t.Errorf("told %+v", r.desk.rooms)
	}
}

// What nobody waits for is run again, too, when its instance has died over it.
func TestWhatNobodyWaitsForIsPickedUp(t *testing.T) {
	for kind, keys := range map[ivr.EffectKind][]string{
		ivr.EffectSendCode: {"1", "1000001#", "1", "24681357#"},
		ivr.EffectSendText: {"1", "1000001#", "1", "24681357#", "123456#"},
	} {
		t.Run(kind.String(), func(t *testing.T) {
			held(t, func(r *rig) {
				dead := r.runner
				dead.slow[kind] = dies
				r.turn("/voice", nil)
				for i, k := range keys {
					r.keys(i+1, k)
				}
				r.runner = newRunner(r)
				_, r.echo = r.instance()
				r.keys(len(keys)+1, "9#")
				if n := r.runner.count(kind); n != 0 {
					t.Fatalf("run %d times within the lease", n)
				}
				_ = r.clock.Sleep(r.ctx, 9*time.Second)
				r.keys(len(keys)+2, "9#")
				_ = r.clock.Sleep(r.ctx, time.Second)
				if n := r.runner.count(kind); n != 1 {
					t.Errorf("run %d times after the lease", n)
				}
				_ = r.clock.Sleep(r.ctx, 9*time.Second)
				r.keys(len(keys)+3, "9#")
				if n := r.runner.count(kind); n != 1 {
					t.Errorf("run %d times in all", n)
				}
			})
		})
	}
}

// A wait document does as well as a turn.
func TestWaitDocumentPicksUp(t *testing.T) {
	held(t, func(r *rig) {
		r.runner.slow[ivr.EffectSendText] = dies
		r.turn("/voice", nil)
		for i, k := range []string{"1", "1000001#", "1", "24681357#", "123456#", "0"} {
			r.keys(i+1, k)
		}
		r.runner = newRunner(r)
		_, r.echo = r.instance()
		_ = r.clock.Sleep(r.ctx, 9*time.Second)
		r.turn("/voice/wait?w=0", nil)
		_ = r.clock.Sleep(r.ctx, time.Second)
		if n := r.runner.count(ivr.EffectSendText); n != 1 {
			t.Errorf("run %d times", n)
		}
	})
}

// A code that was limited by its own first run may have been sent: it stays.
func TestPickedUpCodeThatIsLimitedStays(t *testing.T) {
	held(t, func(r *rig) {
		r.turn("/voice", nil)
		for i, k := range []string{"1", "1000001#", "1", "24681357#"} {
			r.keys(i+1, k)
		}
		first, _ := r.server.Call(r.ctx, sid)
		r.runner.slow[ivr.EffectSendCode] = dies
		r.keys(5, "2#") // a code to another phone
		r.runner = newRunner(r)
		r.runner.sent = ivr.OutcomeLimited
		_, r.echo = r.instance()
		_ = r.clock.Sleep(r.ctx, 9*time.Second)
		r.keys(6, "9#")
		_ = r.clock.Sleep(r.ctx, time.Second)
		call, err := r.server.Call(r.ctx, sid)
		if err != nil || call.Code.Effect == first.Code.Effect || r.runner.count(ivr.EffectSendCode) != 1 {
			t.Errorf("the code is %+v again (%v)", call.Code, err)
		}
	})
}

func newRunner(r *rig) *runner {
	return &runner{clock: r.clock, slow: map[ivr.EffectKind]time.Duration{}, facts: r.runner.facts}
}

// sendAs posts in a task of its own.
func (r *rig) sendAs(ctx context.Context, e *echo.Echo, path string, form url.Values) {
	one := *r
	one.ctx = ctx
	one.post(e, path, form)
}
