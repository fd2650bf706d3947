package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ringback/ivr"
)

// flow is the dialogue as a graph, found by walking it.
type flow struct {
	Nodes []flowNode `json:"nodes"`
	Edges []flowEdge `json:"edges"`
	Notes []string   `json:"notes"`
}

type flowNode struct {
	ID    string `json:"id"`
	Phase string `json:"phase"`
}

type flowEdge struct {
	From   string   `json:"from"`
	To     string   `json:"to"`
	Labels []string `json:"labels"` // keys, entries, outcomes; each alone is enough
}

// flowState is one call at one point, and what is true of its person.
type flowState struct {
	call  ivr.Call
	at    time.Time
	facts ivr.Facts
}

// flowWalk explores the dialogue: from every kind of state that it meets it tries
// every key, entry, outcome and event. What tells two states apart is bounded, so
// that it ends; the order is fixed, so that the picture is always the same.
type flowWalk struct {
	d     *ivr.Dialogue
	todo  []flowState
	known map[string]bool
	flow  flow
}

// flowNoon is when all calls of the walk are made; the lines never close.
func flowNoon() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }

// walkFlow walks a dialogue of one line with a number of its own and two that
// share one.
func walkFlow() flow {
	hours := ivr.Hours{Location: time.UTC}
	for day := range hours.Weekly {
		hours.Weekly[day] = []ivr.Span{{From: 0, To: 24 * 60}}
	}
	line := func(id, number string) ivr.Line {
		return ivr.Line{
			ID: id, Name: id, Number: number, Languages: []string{"en-US"}, IDDigits: 7,
			Factors: []ivr.Factor{ivr.FactorPIN, ivr.FactorTextedCode}, Hours: hours, Fallback: "+19195550290", Web: true,
			Callbacks: true, Slots: 1,
		}
	}
	w := &flowWalk{known: map[string]bool{}, d: &ivr.Dialogue{
		Lines:  []ivr.Line{line("one", "+19195550900"), line("two", "+19195550901"), line("three", "+19195550901")},
		Policy: ivr.Policy{}.WithDefaults(),
	}}
	for _, facts := range flowPeople() {
		for _, ring := range []ivr.Ring{{To: "+19195550900", From: "+19195550101"}, {To: "+19195550901", From: "+19195550101"}, {To: "+19195550900"}} {
			w.step(flowState{at: flowNoon(), facts: facts}, "ring", "", ivr.Event{Seed: 1, What: ring})
		}
	}
	w.step(flowState{at: flowNoon(), facts: flowPeople()[0]}, "ring", "the line calls back", ivr.Event{Seed: 1, What: ivr.CalledBack{
		Line: "one", To: "+19195550101", Transfer: "t", Offer: 1,
	}})
	for len(w.todo) > 0 {
		s := w.todo[0]
		w.todo = w.todo[1:]
		w.explore(s)
	}
	w.finish()
	return w.flow
}

// flowPeople are the people who make a difference: one phone, two, privileged,
// and none that may be texted.
func flowPeople() []ivr.Facts {
	since := flowNoon().AddDate(-1, 0, 0).Unix()
	one := ivr.Facts{Known: true, Phones: []ivr.Phone{{Number: "+19195550101", Since: since}}}
	two, privileged := one, one
	two.Phones = append(slices.Clone(one.Phones), ivr.Phone{Number: "+19195550112", Since: since})
	privileged.Privileged = true
	return []ivr.Facts{one, two, privileged}
}

// nodeOf is the step that a call is at; factors are told apart.
func (w *flowWalk) nodeOf(c ivr.Call) string {
	if c.Step == ivr.StepFactor && int(c.Factor) < len(w.d.Lines[0].Factors) {
		return c.Step.String() + "_" + w.d.Lines[0].Factors[c.Factor].String()
	}
	if c.Step == ivr.StepUnknown {
		return "ring"
	}
	return c.Step.String()
}

// keyOf is what tells two states apart.
func (w *flowWalk) keyOf(s flowState) string {
	c := s.call
	return fmt.Sprint(w.nodeOf(c), c.Line != "one", c.From == "", c.Request, c.Misses, len(c.Passed), len(c.Skipped), c.Facts.Account, len(s.facts.Phones),
		s.facts.Privileged, c.Links.Until != 0, c.Links.Sets, c.Queue.Leave, c.Callback.After, c.Callback.Bad, c.Ending.Result, s.at.Sub(flowNoon()), w.awaited(c))
}

// awaited is the kind of the effect that a call waits for.
func (w *flowWalk) awaited(c ivr.Call) ivr.EffectKind {
	for _, o := range c.Open {
		if o.ID == c.Await {
			return o.Kind
		}
	}
	return ivr.EffectUnknown
}

// explore tries everything that can happen to a call.
func (w *flowWalk) explore(s flowState) {
	from := w.nodeOf(s.call)
	if s.call.Ending.Result != ivr.ResultUnknown {
		return
	}
	if s.call.Await != 0 {
		w.outcomes(s, from, "")
		return
	}
	if s.call.Answer == nil {
		return
	}
	switch a := s.call.Answer; a.Then {
	case ivr.ThenTurn:
		w.turn(s, from, a.Expect.Kind)
	case ivr.ThenEnqueue:
		w.step(s, from, "an agent takes the call", ivr.Event{What: ivr.Jump{Transfer: "t"}})
		w.step(s, from, "the queue fails", ivr.Event{What: ivr.Left{Result: "error"}})
		left := s
		left.call, _ = w.d.Next(s.call, ivr.Event{At: s.at, What: ivr.Waiting{Leave: "no_agents"}})
		w.step(left, from, "nobody is free", ivr.Event{What: ivr.Left{Result: "leave"}})
		aside := s
		aside.call, _ = w.d.Next(s.call, ivr.Event{At: s.at, What: ivr.Waiting{Leave: ivr.LeaveCallback}})
		w.step(aside, from, "1", ivr.Event{What: ivr.Left{Result: "leave"}})
	case ivr.ThenConference:
		w.step(s, from, "the agent leaves", ivr.Event{What: ivr.Dialled{Answered: true}})
	case ivr.ThenDial:
		w.step(s, from, "answered", ivr.Event{What: ivr.Dialled{Answered: true}})
		w.step(s, from, "no answer", ivr.Event{What: ivr.Dialled{}})
	default:
	}
}

// turn tries what a caller can key.
func (w *flowWalk) turn(s flowState, from string, expect ivr.ExpectKind) {
	switch expect {
	case ivr.ExpectNothing:
		w.step(s, from, "", ivr.Event{What: ivr.Continue{}})
	case ivr.ExpectKey:
		for _, k := range w.d.KeysAt(s.call, ivr.Event{At: s.at}) {
			w.step(s, from, string(k), ivr.Event{What: ivr.Input{Keys: string(k)}})
		}
		if s.call.Step == ivr.StepMenu { // at the others a note says so
			w.step(s, from, "7", ivr.Event{What: ivr.Input{Keys: "7"}})
		}
		w.step(s, from, silence, ivr.Event{What: ivr.Input{}})
		if s.call.Step == ivr.StepWatch && s.call.Links.Until > s.at.Unix() {
			s.at = time.Unix(s.call.Links.Until+1, 0)
			w.step(s, from, "the link dies", ivr.Event{What: ivr.Input{}})
		}
	case ivr.ExpectEntry:
		entry := map[ivr.Step]string{ivr.StepID: "1000001", ivr.StepFactor: "24681357", ivr.StepReport: "12345678", ivr.StepCallbackTo: "9195550150"}[s.call.Step]
		label := map[ivr.Step]string{ivr.StepID: "the ID", ivr.StepReport: "the reference", ivr.StepCallbackTo: "a number"}[s.call.Step]
		w.step(s, from, label, ivr.Event{What: ivr.Input{Keys: entry, Pound: true}})
		w.step(s, from, pound, ivr.Event{What: ivr.Input{Pound: true}})
		w.step(s, from, silence, ivr.Event{What: ivr.Input{}})
	}
}

// What is keyed, in labels that something is done with.
const (
	silence = "silence"
	pound   = "# alone"
	right   = "right"
	wrong   = "wrong"
)

// why says of a label what else it took.
func why(s flowState, label, to string) string {
	if label != right && label != pound {
		return label
	}
	switch {
	case s.call.Step != ivr.StepFactor:
	case s.call.Request == ivr.RequestNewNumber && to == ivr.StepQueue.String():
		return "the number has changed"
	case label == right && s.facts.Privileged && to == ivr.StepRefused.String():
		return "right, and privileged"
	case label == right && len(s.call.Skipped) > 0:
		return "right, after a skip"
	}
	return label
}

// outcome is one way in which an effect can end.
type outcome struct {
	label string
	what  ivr.What
}

// outcomesOf are the ways in which an effect can end, as far as the dialogue
// tells them apart.
func outcomesOf(kind ivr.EffectKind, s flowState) []outcome {
	var all []outcome
	add := func(label string, what ivr.What) { all = append(all, outcome{label, what}) }
	switch kind {
	case ivr.EffectAdmit:
		add(map[bool]string{true: "a withheld number"}[s.call.From == ""], ivr.Admitted{Outcome: ivr.OutcomeOK})
		add("too many calls", ivr.Admitted{Outcome: ivr.OutcomeLimited})
		add("not known", ivr.Admitted{Outcome: ivr.OutcomeUnavailable})
	case ivr.EffectLookUp:
		add("", ivr.LookedUp{Outcome: ivr.OutcomeOK, Facts: s.facts})
		add("a limit", ivr.LookedUp{Outcome: ivr.OutcomeLimited})
		add("no answer", ivr.LookedUp{Outcome: ivr.OutcomeUnavailable})
	case ivr.EffectCheckFactor:
		add(right, ivr.Checked{Outcome: ivr.OutcomeOK})
		add(wrong, ivr.Checked{Outcome: ivr.OutcomeFailed})
		add("no answer", ivr.Checked{Outcome: ivr.OutcomeUnavailable})
	case ivr.EffectReadAccount:
		phones := slices.Clone(s.facts.Phones)
		for i := range phones {
			phones[i].Usable = true
		}
		add(map[bool]string{true: "one phone", false: "several phones"}[len(phones) == 1], ivr.AccountRead{Outcome: ivr.OutcomeOK, Phones: phones})
		add("no phone to text", ivr.AccountRead{Outcome: ivr.OutcomeOK, Phones: s.facts.Phones})
		add("no account", ivr.AccountRead{Outcome: ivr.OutcomeFailed})
		add("Duo is away", ivr.AccountRead{Outcome: ivr.OutcomeUnavailable})
	case ivr.EffectMakeLinks:
		add("made", ivr.LinksMade{Outcome: ivr.OutcomeOK, Until: s.at.Add(10 * time.Minute)})
		add("no more today", ivr.LinksMade{Outcome: ivr.OutcomeLimited})
		add("not for that phone", ivr.LinksMade{Outcome: ivr.OutcomeFailed})
		add("unclear", ivr.LinksMade{Outcome: ivr.OutcomeUnknown})
		add("Duo is away", ivr.LinksMade{Outcome: ivr.OutcomeUnavailable})
	case ivr.EffectReadPhone:
		add("activated", ivr.PhoneRead{Outcome: ivr.OutcomeOK, Activated: true})
		add("", ivr.PhoneRead{Outcome: ivr.OutcomeOK})
	case ivr.EffectJoinQueue:
		add("", ivr.Queued{Outcome: ivr.OutcomeOK, Transfer: "t"})
		add("the queue is full", ivr.Queued{Outcome: ivr.OutcomeFailed, Why: ivr.QueueFull})
		add("no queue", ivr.Queued{Outcome: ivr.OutcomeUnavailable})
	case ivr.EffectCheckNumber:
		add("", ivr.NumberChecked{Outcome: ivr.OutcomeOK, Number: "+19195550150"})
		add("not called", ivr.NumberChecked{Outcome: ivr.OutcomeFailed, Why: ivr.NumberForeign})
		add("not known", ivr.NumberChecked{Outcome: ivr.OutcomeUnavailable})
	case ivr.EffectTakeCallback:
		add("", ivr.CallbackTaken{Outcome: ivr.OutcomeOK})
		add("one already, or too many", ivr.CallbackTaken{Outcome: ivr.OutcomeFailed})
	case ivr.EffectAnswerCallback:
		if e, ok := s.call.Effect(s.call.Open[len(s.call.Open)-1]).(ivr.AnswerCallback); ok && !e.Yes {
			add("", ivr.CallbackAnswered{Outcome: ivr.OutcomeOK, Declined: true})
			break
		}
		add("", ivr.CallbackAnswered{Outcome: ivr.OutcomeOK, Agent: "agent", Proof: "1234"})
		add("the agent has left", ivr.CallbackAnswered{Outcome: ivr.OutcomeFailed})
	case ivr.EffectReport:
		add("", ivr.Reported{Outcome: ivr.OutcomeOK})
		add("not taken", ivr.Reported{Outcome: ivr.OutcomeUnavailable})
	default: // nothing waits for the others
	}
	return all
}

func (w *flowWalk) outcomes(s flowState, from, label string) {
	for _, o := range outcomesOf(w.awaited(s.call), s) {
		w.step(s, from, strings.Trim(label+": "+o.label, ": "), ivr.Event{Effect: s.call.Await, What: o.what})
	}
}

// step takes a call one event further and notes where it got. A call that waits
// for an effect at the same step goes on with its outcomes: "1: no answer".
func (w *flowWalk) step(s flowState, from, label string, e ivr.Event) {
	e.At = s.at
	next := s
	next.call, _ = w.d.Next(s.call, e)
	to := w.nodeOf(next.call)
	if next.call.Await != 0 && to == from {
		w.outcomes(next, from, label)
		return
	}
	w.edge(from, to, why(s, label, to))
	if key := w.keyOf(next); !w.known[key] {
		w.known[key] = true
		w.todo = append(w.todo, next)
	}
}

// edge notes a way from one step to another, once.
func (w *flowWalk) edge(from, to, label string) {
	i := slices.IndexFunc(w.flow.Edges, func(e flowEdge) bool { return e.From == from && e.To == to })
	if i < 0 {
		w.flow.Edges = append(w.flow.Edges, flowEdge{From: from, To: to})
		i = len(w.flow.Edges) - 1
	}
	e := &w.flow.Edges[i]
	if label != "" && !slices.Contains(e.Labels, label) {
		e.Labels = append(e.Labels, label)
	}
}
