package numberchange_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	nc "ringback/ivr/numberchange"
)

var update = flag.Bool("update", false, "write the table and the picture anew")

type kind struct {
	name string
	play func(*play)
}

// kinds are all events, as they concern the change that inState makes.
func kinds() []kind {
	all := []kind{
		{"opened", func(p *play) { p.by(p.agent(), opened()) }},
		{"opened, another", func(p *play) { p.by(p.agent(), nc.Opened{ID: "n2", Subject: "s2"}) }},
		{"evidence", func(p *play) { p.by(p.agent(), p.evidence()) }},
		{"identity checked", func(p *play) { p.by(p.agent(), checked()) }},
		{"identity confirmed", func(p *play) { p.by(p.lead(), confirmed()) }},
		{"both, by another lead", func(p *play) {
			p.by(p.agent(), checked())
			p.by(nc.Actor{ID: "kai", Role: nc.RoleLead}, confirmed())
		}},
		{"number given", func(p *play) { p.by(p.agent(), given()) }},
		{"code right", func(p *play) { p.by(p.agent(), nc.CodeTried{Code: 1, OK: true}) }},
		{"code wrong", func(p *play) { p.by(p.agent(), nc.CodeTried{Code: 1}) }},
		{"code resend", func(p *play) { p.by(p.agent(), nc.CodeResend{}) }},
		{"approved", func(p *play) { p.by(p.lead(), nc.Approved{}) }},
		{"denied", func(p *play) { p.by(p.lead(), nc.Denied{}) }},
		{"cancelled", func(p *play) { p.by(p.agent(), nc.Cancelled{}) }},
		{"resume", func(p *play) { p.by(p.agent(), nc.Resume{}) }},
		{"undo", func(p *play) { p.by(p.agent(), nc.Undo{}) }},
		{"tick", func(p *play) { p.on(nc.Tick{}) }},
		{"tick, a minute on", func(p *play) { p.wait(time.Minute).on(nc.Tick{}) }},
		{"tick, three days on", func(p *play) { p.wait(72 * time.Hour).on(nc.Tick{}) }},
		{"code sent", func(p *play) { p.on(nc.CodeSent{Code: 1, Result: nc.ResultOK}) }},
		{"code not sent", func(p *play) { p.on(nc.CodeSent{Code: 1, Result: nc.ResultFailed}) }},
		{"code sent, another", func(p *play) { p.on(nc.CodeSent{Code: 7, Result: nc.ResultOK}) }},
		{"read, in vain", func(p *play) { p.on(nc.AccountRead{Try: p.c.Read}) }},
		{"read", func(p *play) {
			p.on(nc.AccountRead{Try: p.c.Read, Read: true, Phone: "DP-new", New: true, Old: true})
		}},
		{"activated, another", func(p *play) { p.on(nc.Activated{Try: p.c.Try, Phone: "DP-other"}) }},
		{"activated, long ago", func(p *play) { p.on(nc.Activated{Phone: "DP-new"}) }},
		{"activated", func(p *play) { p.activate() }},
		{"frozen", func(p *play) { p.on(nc.Frozen{}) }},
		{"repudiated", func(p *play) { p.on(nc.Repudiated{}) }},
		{"facts say frozen", func(p *play) {
			p.facts.Frozen = true
			p.by(p.agent(), nc.Resume{})
		}},
	}
	for _, s := range nc.Steps() {
		for _, r := range []nc.Result{nc.ResultOK, nc.ResultFailed, nc.ResultUnclear} {
			all = append(all, kind{fmt.Sprintf("%v %v", s, r), func(p *play) { p.on(p.result(s, r)) }})
		}
		all = append(all, kind{fmt.Sprintf("%v ok, old try", s), func(p *play) {
			d := p.done(s)
			d.Try += 100
			p.on(d)
		}})
	}
	return all
}

// rows are the states, and what the state alone does not tell.
func rows(t *testing.T) []kind {
	t.Helper()
	var all []kind
	for _, s := range append([]nc.State{nc.StateUnknown}, nc.States()...) {
		if got := inState(s).c.State; got != s {
			t.Fatalf("the way to %v leads to %v", s, got)
		}
		all = append(all, kind{s.String(), func(p *play) { *p = *inState(s) }})
	}
	step := func(name string, s nc.State, d nc.Step, results ...nc.Result) {
		all = append(all, kind{name, func(p *play) {
			*p = *inState(s)
			for x := nc.StepFind; s == nc.StateApplying && x < d; x++ {
				p.on(p.done(x))
			}
			for _, r := range results {
				p.on(p.result(d, r)).wait(time.Minute)
				p.on(nc.Tick{})
			}
		}})
	}
	for d := nc.StepFind; d <= nc.StepLinks; d++ {
		step(d.String()+" unclear", nc.StateApplying, d, nc.ResultUnclear)
	}
	step("associating", nc.StateApplying, nc.StepAssociate)
	step("send failed", nc.StateApplying, nc.StepSend, nc.ResultFailed)
	step("send stuck", nc.StateApplying, nc.StepSend, nc.ResultFailed, nc.ResultFailed, nc.ResultFailed)
	step("remove unclear", nc.StateRemovingOld, nc.StepRemove, nc.ResultUnclear)
	step("remove failed", nc.StateRemovingOld, nc.StepRemove, nc.ResultFailed)
	step("dissociate unclear", nc.StateUndoing, nc.StepDissociate, nc.ResultUnclear)
	return all
}

// The whole table, every state and every event, is a file to be read, without
// what has no effect. Nothing panics, ends take no event, and what is refused changes nothing but the
// count of wrong codes.
func TestEveryStateAndEvent(t *testing.T) {
	var b strings.Builder
	for _, s := range rows(t) {
		for _, k := range kinds() {
			p := newPlay()
			s.play(p)
			p.wait(time.Second)
			before := p.c
			k.play(p)
			if before.State.Over() {
				if d := cmp.Diff(before, p.c); d != "" {
					t.Errorf("%s, %s changed what is over:\n%s", s.name, k.name, d)
				}
			}
			if p.c.State.Over() && p.c.Number != "" {
				t.Errorf("%s, %s: the number is kept after the end", s.name, k.name)
			}
			if p.c.State == before.State && len(p.last) == 0 {
				continue
			}
			line := fmt.Sprintf("%-19s %-22s -> %-19s %s", s.name, k.name, p.c.State, did(p.last))
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	golden(t, "testdata/table.txt", b.String())
}

// golden compares a text with a file, or writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s has changed; read it, then -update (-want +got):\n%s", file, d)
	}
}

func TestNextLeavesItsArgumentAlone(t *testing.T) {
	for _, s := range rows(t) {
		for _, k := range kinds() {
			p := newPlay()
			s.play(p)
			p.c.Proof.Factors = append(make([]string, 0, 8), "pin")
			p.c.Proof.Seen = append(make([]nc.Seen, 0, 8), nc.SeenCard)
			argument, factors, seen := p.c, p.c.Proof.Factors, p.c.Proof.Seen
			k.play(p)
			if argument.Proof.Factors[0] != "pin" || argument.Proof.Seen[0] != nc.SeenCard ||
				factors[:2][1] != "" || seen[:2][1] != nc.SeenUnknown {
				t.Errorf("%v, %s changed its argument", s.name, k.name)
			}
		}
	}
}

type unlisted struct{ nc.What }

func TestUnlistedEventPanics(t *testing.T) {
	for _, s := range []nc.State{nc.StateUnknown, nc.StateDraft, nc.StateDone} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v: an event that nobody handles passed", s)
				}
			}()
			inState(s).on(unlisted{})
		}()
	}
}
