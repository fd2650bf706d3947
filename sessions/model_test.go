package sessions_test

import (
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"ringback/sessions"
	"ringback/sessions/sessionstest"
)

// model is what a record should be, written as plainly as possible.
type model struct {
	exists  bool
	turn    uint32
	version uint64
	body    string
	byJump  string // the jump that made the last advance
	used    uint32 // effect ids given out
	effects []modelEffect
	jumps   []string
	seen    map[string]uint64
}

type modelEffect struct {
	id, fence uint32
	until     time.Time
}

func (m *model) find(id uint32) *modelEffect {
	for i := range m.effects {
		if m.effects[i].id == id {
			return &m.effects[i]
		}
	}
	return nil
}

// TestAgainstModel plays random changes over two instances, with copies of
// their own, on one server, and compares every answer with the model.
func TestAgainstModel(t *testing.T) {
	url := sessionstest.StartRedis(t).URL()
	clock := sessionstest.NewClock()
	stores := []*sessions.Store{
		open(t, sessions.Options{URL: url, Now: clock.Now}),
		open(t, sessions.Options{URL: url, Now: clock.Now, CacheSize: 1}),
	}
	var run atomic.Int64
	rapid.Check(t, func(t *rapid.T) {
		w := &walk{t: t, stores: stores, clock: clock, id: fmt.Sprint("model-", run.Add(1)), m: &model{seen: map[string]uint64{}}}
		t.Repeat(map[string]func(*rapid.T){
			"create":   func(t *rapid.T) { w.create(t) },
			"turn":     func(t *rapid.T) { w.turn(t) },
			"effect":   func(t *rapid.T) { w.effect(t) },
			"claim":    func(t *rapid.T) { w.claim(t) },
			"callback": func(t *rapid.T) { w.callback(t) },
			"jump":     func(t *rapid.T) { w.jump(t) },
			"any":      func(t *rapid.T) { w.update(t, sessions.Any(), w.present(), func() {}) },
			"wait": func(t *rapid.T) {
				clock.Advance(time.Duration(rapid.IntRange(1, 5000).Draw(t, "ms")) * time.Millisecond)
			},
			"": w.check,
		})
	})
}

type walk struct {
	t      *rapid.T
	stores []*sessions.Store
	clock  *sessionstest.Clock
	id     string
	m      *model
}

// present is the outcome of a guard that asks only for a record.
func (w *walk) present() sessions.Outcome {
	if w.m.exists {
		return sessions.Applied
	}
	return sessions.Missing
}

func (w *walk) store(t *rapid.T) *sessions.Store {
	return w.stores[rapid.IntRange(0, len(w.stores)-1).Draw(t, "instance")]
}

// update makes a random change under g and expects an outcome; apply is what
// the guard does to the model.
func (w *walk) update(t *rapid.T, g sessions.Guard, want sessions.Outcome, apply func()) {
	c := sessions.Change{Body: []byte(rapid.StringMatching(`[a-z]{0,6}`).Draw(t, "body"))}
	if rapid.Bool().Draw(t, "opens") && w.m.used < 20 {
		c.Open = []uint32{w.m.used + 1}
		c.Lease = time.Duration(rapid.IntRange(0, 8000).Draw(t, "lease")) * time.Millisecond
	}
	if len(w.m.effects) > 0 && rapid.IntRange(0, 5).Draw(t, "closes") == 0 {
		c.Close = []uint32{w.m.effects[0].id}
	}
	if rapid.IntRange(0, 3).Draw(t, "announces") == 0 && len(w.m.jumps) < 8 {
		c.Jump = rapid.SampledFrom([]string{"j1", "j2", "j3"}).Draw(t, "jump announced")
	}
	_, out, err := w.store(t).Update(t.Context(), w.id, g, func([]byte, sessions.Outcome) (sessions.Change, error) { return c, nil })
	if err != nil || out != want {
		t.Fatalf("outcome %v, %v; want %v", out, err, want)
	}
	if out != sessions.Applied {
		return
	}
	apply()
	m := w.m
	m.version++
	m.body = string(c.Body)
	m.effects = slices.DeleteFunc(m.effects, func(e modelEffect) bool { return slices.Contains(c.Close, e.id) })
	for _, id := range c.Open {
		m.used = id
		m.effects = append(m.effects, modelEffect{id, 1, w.clock.Now().Add(c.Lease)})
	}
	if c.Jump != "" && !slices.Contains(m.jumps, c.Jump) {
		m.jumps = append(m.jumps, c.Jump)
	}
}

func (w *walk) advance(byJump string) {
	w.m.turn++
	w.m.byJump = byJump
}

func (w *walk) create(t *rapid.T) {
	want := sessions.Stale
	switch {
	case !w.m.exists:
		want = sessions.Applied
	case w.m.turn == 1 && w.m.byJump == "":
		want = sessions.Repeat
	}
	w.update(t, sessions.Create(), want, func() {
		w.m.exists = true
		w.advance("")
	})
}

func (w *walk) turn(t *rapid.T) {
	n := uint32(max(0, int(w.m.turn)+rapid.IntRange(-2, 2).Draw(t, "turn offset")))
	want := sessions.Stale
	switch {
	case !w.m.exists:
		want = sessions.Missing
	case n == w.m.turn:
		want = sessions.Applied
	case n+1 == w.m.turn && w.m.byJump == "":
		want = sessions.Repeat
	}
	w.update(t, sessions.Turn(n), want, func() { w.advance("") })
}

func (w *walk) effect(t *rapid.T) {
	id := uint32(rapid.IntRange(1, int(w.m.used)+1).Draw(t, "effect"))
	fence := uint32(rapid.IntRange(1, 3).Draw(t, "fence"))
	want := sessions.Stale
	e := w.m.find(id)
	switch {
	case !w.m.exists:
		want = sessions.Missing
	case e != nil && e.fence == fence:
		want = sessions.Applied
	}
	w.update(t, sessions.Effect(id, fence), want, func() {
		w.m.effects = slices.DeleteFunc(w.m.effects, func(e modelEffect) bool { return e.id == id })
	})
}

func (w *walk) claim(t *rapid.T) {
	id := uint32(rapid.IntRange(1, int(w.m.used)+1).Draw(t, "effect"))
	e := w.m.find(id)
	fence, ok, err := w.store(t).Claim(t.Context(), w.id, id, 3*time.Second)
	want := e != nil && !e.until.After(w.clock.Now())
	if err != nil || ok != want {
		t.Fatalf("Claim = %v, %v; want %v", ok, err, want)
	}
	if !ok {
		return
	}
	e.fence++
	e.until = w.clock.Now().Add(3 * time.Second)
	w.m.version++
	if fence != e.fence {
		t.Fatalf("fence %d, want %d", fence, e.fence)
	}
}

func (w *walk) callback(t *rapid.T) {
	source := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "source")
	seq := uint64(rapid.IntRange(0, 6).Draw(t, "sequence"))
	want := w.present()
	if last, ok := w.m.seen[source]; ok && seq <= last && w.m.exists {
		want = sessions.Stale
	}
	w.update(t, sessions.Callback(source, seq), want, func() { w.m.seen[source] = seq })
}

func (w *walk) jump(t *rapid.T) {
	id := rapid.SampledFrom([]string{"j1", "j2", "j3"}).Draw(t, "jump")
	want := sessions.Stale
	switch {
	case !w.m.exists:
		want = sessions.Missing
	case slices.Contains(w.m.jumps, id):
		want = sessions.Applied
	case w.m.byJump == id:
		want = sessions.Repeat
	}
	w.update(t, sessions.Jump(id), want, func() {
		w.advance(id)
		w.m.jumps = slices.DeleteFunc(w.m.jumps, func(j string) bool { return j == id })
	})
}

// check compares what is stored with the model.
func (w *walk) check(t *rapid.T) {
	rec, ok, err := w.stores[0].Load(t.Context(), w.id)
	if err != nil || ok != w.m.exists {
		t.Fatalf("Load = %v, %v", ok, err)
	}
	if !ok {
		return
	}
	var effects []modelEffect
	for _, e := range rec.Effects {
		effects = append(effects, modelEffect{e.ID, e.Fence, e.Until})
	}
	if rec.Version != w.m.version || rec.Turn != w.m.turn || string(rec.Body) != w.m.body {
		t.Fatalf("stored %+v, want %+v", rec, w.m)
	}
	same := func(a, b modelEffect) bool { return a.id == b.id && a.fence == b.fence && a.until.Equal(b.until) }
	if diff := cmp.Diff(w.m.effects, effects, cmp.Comparer(same)); len(w.m.effects)+len(effects) > 0 && diff != "" {
		t.Fatalf("effects (-want +got):\n%s", diff)
	}
}
