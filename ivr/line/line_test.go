package line_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"ringback/ivr"
	"ringback/ivr/clock"
	"ringback/ivr/line"
	"ringback/ivr/words"
	"ringback/sessions"
	"ringback/twiml"
	"ringback/twiml/signature"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	token   = "an auth token"
	account = "AC00000000000000000000000000000001"
	sid     = "CA00000000000000000000000000000001"
	public  = "https://line.example.edu"
	number  = "+19196842200"
	dana    = "+19195550101"
)

var noon = time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC)

// rig is a line with a real store and a runner that the test holds.
type rig struct {
	t      *testing.T
	clock  *clock.Virtual
	store  *sessions.Store
	server *line.Server
	echo   *echo.Echo
	runner *runner
	desk   *desk
	reg    *prometheus.Registry
	ctx    context.Context // of the test as a task, see held
}

// held runs a test as a task of the clock: time moves only while it waits.
func held(t *testing.T, f func(r *rig)) {
	t.Helper()
	r := newRig(t)
	r.clock.Do(t.Context(), func(ctx context.Context) {
		r.ctx = ctx
		f(r)
	})
}

// runner answers effects: at once, after a while, or never.
type runner struct {
	clock clock.Clock
	mu    sync.Mutex
	slow  map[ivr.EffectKind]time.Duration
	ran   []ivr.EffectKind
	ended int
	facts ivr.Facts
	sent  ivr.Outcome // of a code; 0 is OK
}

func (r *runner) Run(ctx context.Context, _ string, _ ivr.Call, e ivr.Effect) ivr.What {
	r.mu.Lock()
	r.ran = append(r.ran, e.Kind())
	slow := r.slow[e.Kind()]
	r.mu.Unlock()
	if slow == dies { // with its instance: its end of time does not count
		_ = r.clock.Sleep(context.WithoutCancel(ctx), time.Hour)
	}
	if slow > 0 && r.clock.Sleep(ctx, slow) != nil && e.Kind() == ivr.EffectAdmit {
		return ivr.Admitted{Outcome: ivr.OutcomeUnavailable}
	}
	switch e := e.(type) {
	case ivr.Admit:
		return ivr.Admitted{Outcome: ivr.OutcomeOK}
	case ivr.LookUp:
		return ivr.LookedUp{Outcome: ivr.OutcomeOK, Facts: r.facts}
	case ivr.CheckFactor:
		return ivr.Checked{Outcome: ivr.OutcomeOK}
	case ivr.SendCode:
		return ivr.CodeSent{Outcome: cmp.Or(r.sent, ivr.OutcomeOK)}
	case ivr.ReadAccount:
		phones := append([]ivr.Phone(nil), r.facts.Phones...)
		phones[0].Usable, phones[0].DuoID = true, "DP1"
		return ivr.AccountRead{Outcome: ivr.OutcomeOK, Phones: phones}
	case ivr.MakeLinks:
		return ivr.LinksMade{Outcome: ivr.OutcomeOK, Until: noon.Add(10 * time.Minute)}
	case ivr.SendText:
		return ivr.TextDispatched{Text: e.Text, Status: ivr.TextQueued}
	case ivr.ReadPhone:
		return ivr.PhoneRead{Outcome: ivr.OutcomeOK}
	case ivr.AnswerCallback:
		return ivr.CallbackAnswered{Outcome: ivr.OutcomeOK, Agent: "Alex", Proof: "1234"}
	case ivr.JoinQueue:
		return ivr.Queued{Outcome: ivr.OutcomeOK, Transfer: "t1"}
	}
	panic("no result")
}

func (r *runner) Ended(context.Context, string, ivr.Call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended++
}

func (r *runner) count(k ivr.EffectKind) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, got := range r.ran {
		if got == k {
			n++
		}
	}
	return n
}

// dies is the slowness of an effect that never answers.
const dies = -1

// desk is a desk that panics when told to.
type desk struct {
	waiting ivr.Waiting
	panic   bool
	turn    line.AgentTurn
	events  []line.AgentEvent
	rooms   []line.ConferenceEvent
	held    []string
	intro   line.Introduction
	down    error

	aside, unwanted bool
	persons         []line.PersonEvent
}

func (d *desk) Waiting(context.Context, string) (ivr.Waiting, error) {
	if d.panic {
		panic("boom")
	}
	return d.waiting, nil
}

func (d *desk) Agent(_ context.Context, e line.AgentEvent) (line.AgentTurn, error) {
	d.events = append(d.events, e)
	return d.turn, nil
}

func (d *desk) Conference(_ context.Context, e line.ConferenceEvent) error {
	d.rooms = append(d.rooms, e)
	return nil
}

func (d *desk) Caller(context.Context, string, bool) (bool, string, error) { return true, "Alex", nil }

func (d *desk) OnHold(_ context.Context, transfer string) error {
	d.held = append(d.held, transfer)
	return d.down
}

func (d *desk) StepAside(context.Context, string) (bool, error) { return d.aside, d.down }

func (d *desk) Person(_ context.Context, e line.PersonEvent) (bool, error) {
	d.persons = append(d.persons, e)
	return !d.unwanted, d.down
}

func (d *desk) Introduce(context.Context, string, int) (line.Introduction, error) {
	return d.intro, d.down
}

func newRig(t *testing.T) *rig {
	t.Helper()
	c := clock.NewVirtual(noon)
	store, err := sessions.Open(t.Context(), sessions.Options{URL: "embedded", Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	r := &rig{t: t, clock: c, store: store, desk: &desk{waiting: ivr.Waiting{Position: 2}}}
	r.runner = &runner{clock: c, slow: map[ivr.EffectKind]time.Duration{}, facts: ivr.Facts{
		Known: true, Phones: []ivr.Phone{{Number: dana, Since: noon.AddDate(-1, 0, 0).Unix()}},
	}}
	r.server, r.echo = r.instance()
	return r
}

// instance is one more server on the same store. edit may change its options.
func (r *rig) instance(edit ...func(*line.Options)) (*line.Server, *echo.Echo) {
	r.t.Helper()
	v, err := signature.New(token)
	if err != nil {
		r.t.Fatal(err)
	}
	w, err := words.New(words.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	var hours ivr.Hours
	for d := range hours.Weekly {
		hours.Weekly[d] = []ivr.Span{{From: 0, To: 24 * 60}}
	}
	r.reg = prometheus.NewRegistry()
	o := line.Options{
		Dialogue: &ivr.Dialogue{Policy: ivr.Policy{}.WithDefaults(), Lines: []ivr.Line{{
			ID: "university", Name: "Duke University OIT", Number: number, Languages: []string{"en-US"}, IDDigits: 7,
			Factors: []ivr.Factor{ivr.FactorPIN, ivr.FactorTextedCode}, Hours: hours, Fallback: "+19195550290",
		}}},
		Words: map[string]*words.Catalogue{"university": w}, Records: r.store, Runner: r.runner, Desk: r.desk, Validator: v,
		AccountSID: account, PublicURL: public, Clock: r.clock, Seed: func() uint64 { return 42 }, Registerer: r.reg,
		Logger: slog.New(slog.DiscardHandler),
	}
	for _, f := range edit {
		f(&o)
	}
	s, err := line.New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	e := echo.New()
	s.Mount(e)
	return s, e
}

// post sends a signed webhook and returns the status and the document.
func (r *rig) post(e *echo.Echo, path string, form url.Values) (status int, doc string) {
	full := url.Values{"AccountSid": {account}, "CallSid": {sid}, "From": {dana}, "To": {number}, "CallStatus": {"in-progress"}}
	maps.Copy(full, form)
	return r.send(e, path, full.Encode(), signature.Sign(token, public+path, full))
}

func (r *rig) send(e *echo.Echo, path, body, sig string) (status int, doc string) {
	req := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if sig != "" {
		req.Header.Set(signature.Header, sig)
	}
	rec := httptest.NewRecorder()
	if r.ctx != nil {
		e.ServeHTTP(rec, req.WithContext(r.ctx))
		b, _ := io.ReadAll(rec.Body)
		return rec.Code, string(b)
	}
	done := make(chan struct{})
	r.clock.Go(context.Background(), func(ctx context.Context) {
		defer close(done)
		e.ServeHTTP(rec, req.WithContext(ctx))
	})
	<-done
	b, _ := io.ReadAll(rec.Body)
	return rec.Code, string(b)
}

// turn posts and returns the parsed document, which every voice route owes.
func (r *rig) turn(path string, form url.Values) (twiml.Response, string) {
	r.t.Helper()
	status, doc := r.post(r.echo, path, form)
	if status != http.StatusOK {
		r.t.Fatalf("%s: status %d", path, status)
	}
	resp, err := twiml.Parse([]byte(doc))
	if err != nil {
		r.t.Fatalf("%s: %v in %s", path, err, doc)
	}
	if err := resp.Validate(); err != nil {
		r.t.Fatalf("%s: %v", path, err)
	}
	return resp, doc
}

// keys presses keys at turn n.
func (r *rig) keys(n int, keys string) (twiml.Response, string) {
	r.t.Helper()
	digits, pound := strings.CutSuffix(keys, "#")
	form := url.Values{"Digits": {digits}}
	if pound {
		form.Set("FinishedOnKey", "#")
	}
	return r.turn(fmt.Sprintf("/voice/turn?e=g&t=%d", n), form)
}

func TestSameNumber(t *testing.T) {
	r := newRig(t)
	_, doc := r.turn("/voice", nil)
	if !strings.Contains(doc, "Duke University OIT") {
		t.Errorf("no greeting in %s", doc)
	}
	for i, k := range []string{"1", "1000001#", "1", "24681357#", "123456#"} {
		_, doc = r.keys(i+1, k)
	}
	if !strings.Contains(doc, "sending two texts") || !strings.Contains(doc, "0 1") && !strings.Contains(doc, ">01<") {
		t.Errorf("no links in %s", doc)
	}
	rec, ok, err := r.store.Load(t.Context(), sid)
	if err != nil || !ok {
		t.Fatal(err)
	}
	if len(rec.Body) > 900 { // and sealed, under 1 KB
		t.Errorf("a call is %d bytes", len(rec.Body))
	}
	if strings.Contains(doc, dana) {
		t.Error("the number is spoken")
	}
}

func TestTurnsAreIdempotent(t *testing.T) {
	r := newRig(t)
	_, first := r.turn("/voice", nil)
	if _, again := r.turn("/voice", nil); again != first {
		t.Errorf("a repeat of the first turn differs:\n%s\n%s", first, again)
	}
	_, second := r.keys(1, "1")
	if _, again := r.keys(1, "4"); again != second { // whatever its body
		t.Errorf("a repeat differs:\n%s\n%s", second, again)
	}
	_, third := r.keys(2, "1000001#")
	if _, old := r.keys(1, "2"); old != third {
		t.Errorf("an old turn does not get the current prompt:\n%s\n%s", third, old)
	}
	if _, later := r.keys(9, "1"); later != third {
		t.Errorf("a later turn skips ahead:\n%s", later)
	}
	if n := r.runner.count(ivr.EffectAdmit); n != 1 {
		t.Errorf("admitted %d times", n)
	}
}

func TestParallelRepeatsGetOneAnswer(t *testing.T) {
	r := newRig(t)
	r.runner.slow[ivr.EffectAdmit] = time.Second
	docs := make([]string, 4)
	var wg sync.WaitGroup
	for i := range docs {
		wg.Go(func() { _, docs[i] = r.post(r.echo, "/voice", nil) })
	}
	wg.Wait()
	for _, d := range docs {
		if d != docs[0] || !strings.Contains(d, "Duke University OIT") {
			t.Errorf("answers differ: %q and %q", docs[0], d)
		}
	}
	if n := r.runner.count(ivr.EffectAdmit); n != 1 {
		t.Errorf("admitted %d times", n)
	}
}

func TestSlowEffect(t *testing.T) {
	held(t, func(r *rig) {
		r.runner.slow[ivr.EffectAdmit] = 5 * time.Second
		started := r.clock.Now()
		_, doc := r.turn("/voice", nil)
		if took := r.clock.Now().Sub(started); took > 2*time.Second {
			t.Errorf("answered after %v", took)
		}
		for n := 1; strings.Contains(doc, "One moment"); n++ {
			if n > 5 {
				t.Fatal("one moment for ever")
			}
			if !strings.Contains(doc, fmt.Sprintf("t=%d", n)) {
				t.Fatalf("turn %d does not go on: %s", n, doc)
			}
			_, doc = r.turn(fmt.Sprintf("/voice/turn?t=%d", n), nil)
		}
		if !strings.Contains(doc, "Thank you for calling") {
			t.Errorf("after the wait: %s", doc)
		}
	})
}

func TestHungEffectCountsAsFailed(t *testing.T) {
	held(t, func(r *rig) {
		r.runner.slow[ivr.EffectAdmit] = time.Hour
		_, doc := r.turn("/voice", nil)
		for n := 1; strings.Contains(doc, "One moment"); n++ {
			if n > 12 {
				t.Fatal("one moment for ever")
			}
			_, doc = r.turn(fmt.Sprintf("/voice/turn?t=%d", n), nil)
		}
		if !strings.Contains(doc, "<Enqueue") {
			t.Errorf("no person after a failure: %s", doc)
		}
	})
}

// An effect whose instance has died is run again by the one that takes the next turn.
func TestEffectIsPickedUp(t *testing.T) {
	held(t, func(r *rig) {
		dead := r.runner
		dead.slow[ivr.EffectLookUp] = dies
		r.turn("/voice", nil)
		r.keys(1, "1")
		r.keys(2, "1000001#")
		_, doc := r.keys(3, "1")
		r.runner = &runner{clock: r.clock, slow: map[ivr.EffectKind]time.Duration{}, facts: dead.facts}
		_, r.echo = r.instance()
		for n := 4; strings.Contains(doc, "One moment"); n++ {
			if n > 9 {
				t.Fatalf("never picked up: %s", doc)
			}
			_, doc = r.turn(fmt.Sprintf("/voice/turn?t=%d", n), nil)
		}
		if !strings.Contains(doc, "PIN") || r.runner.count(ivr.EffectLookUp) != 1 {
			t.Errorf("after picking up: %s", doc)
		}
	})
}

func TestLastResort(t *testing.T) {
	for _, tt := range []struct {
		name string
		harm func(*rig)
		path string
	}{
		{"panic", func(r *rig) { r.desk.panic = true }, "/voice/wait?w=0"},
		{"unknown call", func(*rig) {}, "/voice/turn?e=g&t=1"},
		{"bad turn number", func(*rig) {}, "/voice/turn?e=g&t=x"},
		{"no turn number", func(*rig) {}, "/voice/turn"},
		{"no wait number", func(*rig) {}, "/voice/wait"},
		{"unannounced jump", func(*rig) {}, "/voice/turn?e=j&j=t1.1"},
		{"no offer", func(*rig) {}, "/voice/agent"},
		{"fallback", func(*rig) {}, "/voice/fallback"},
		{"Redis down", func(r *rig) {
			down, ok := r.store.Embedded()
			if !ok {
				t.Fatal("not embedded")
			}
			down(true)
		}, "/voice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			tt.harm(r)
			resp, doc := r.turn(tt.path, nil)
			last := resp.Verbs[len(resp.Verbs)-1]
			if strings.HasPrefix(tt.path, "/voice/wait") {
				if err := resp.ValidateWait(); err != nil {
					t.Error(err)
				}
				if _, ok := last.(twiml.Leave); !ok {
					t.Errorf("no way out of the queue in %s", doc)
				}
				return
			}
			if d, ok := last.(twiml.Dial); !ok || d.Number != "+19195550290" || d.Action == "" {
				t.Errorf("no way out in %s", doc)
			}
		})
	}
}

// The fallback of a live call is its prompt once more, then the desk.
func TestFallbackSaysThePromptOnce(t *testing.T) {
	r := newRig(t)
	r.turn("/voice", nil)
	resp, doc := r.turn("/voice/fallback", url.Values{"ErrorCode": {"11200"}})
	g, ok := resp.Verbs[0].(twiml.Gather)
	if !ok || g.ActionOnEmptyResult || !strings.Contains(doc, "press 1") || !strings.Contains(g.Action, "t=1") {
		t.Errorf("no prompt in %s", doc)
	}
	if d, ok := resp.Verbs[1].(twiml.Dial); !ok || d.Number != "+19195550290" {
		t.Errorf("no way out in %s", doc)
	}
	if _, doc := r.keys(1, "3"); !strings.Contains(doc, "self service") {
		t.Errorf("the dialogue does not go on: %s", doc)
	}
}

// Every route refuses what is not the carrier's.
func TestRoutesRefuse(t *testing.T) {
	r := newRig(t)
	form := url.Values{"AccountSid": {account}, "CallSid": {sid}, "From": {dana}, "To": {number}}
	body := form.Encode()
	for _, route := range line.Routes() {
		u := public + route.Path
		for _, tt := range []struct {
			name, body, sig string
			status          int
		}{
			{"unsigned", body, "", http.StatusForbidden},
			{"garbage", body, "AAAA", http.StatusForbidden},
			{"another token", body, signature.Sign("other", u, form), http.StatusForbidden},
			{"empty token", body, signature.Sign("", u, form), http.StatusForbidden},
			{"another route's", body, signature.Sign(token, public+"/elsewhere", form), http.StatusForbidden},
			{"added field", body + "&Digits=1", signature.Sign(token, u, form), http.StatusForbidden},
			{"a key twice", body + "&CallSid=" + sid, signature.Sign(token, u, form), http.StatusBadRequest},
			{"foreign account", "AccountSid=ACx", signature.Sign(token, u, url.Values{"AccountSid": {"ACx"}}), http.StatusForbidden},
			{"bad SID", "AccountSid=" + account + "&CallSid=CAx", signature.Sign(token, u, url.Values{"AccountSid": {account}, "CallSid": {"CAx"}}), http.StatusBadRequest},
			{"too large", strings.Repeat("A", 65<<10), "", http.StatusRequestEntityTooLarge},
		} {
			if status, doc := r.send(r.echo, route.Path, tt.body, tt.sig); status != tt.status || doc != "" {
				t.Errorf("%s, %s: %d %q, want %d and nothing", route.Path, tt.name, status, doc, tt.status)
			}
		}
		for _, method := range []string{http.MethodGet, http.MethodPut} {
			rec := httptest.NewRecorder()
			r.echo.ServeHTTP(rec, httptest.NewRequest(method, route.Path, nil))
			if rec.Code != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, route.Path, rec.Code)
			}
		}
	}
}

// The signed URL is ours; no header has a say in it.
func TestForwardedHeadersAreIgnored(t *testing.T) {
	r := newRig(t)
	form := url.Values{"AccountSid": {account}, "CallSid": {sid}, "From": {dana}, "To": {number}}
	req := httptest.NewRequest(http.MethodPost, "/voice", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Host = "evil.example"
	req.Header.Set("X-Forwarded-Host", "evil.example")
	req.Header.Set("X-Forwarded-Proto", "http")
	req.Header.Set(signature.Header, signature.Sign(token, "http://evil.example/voice", form))
	rec := httptest.NewRecorder()
	r.echo.ServeHTTP(rec, req)
	if rec.Code != http.StatusForbidden {
		t.Errorf("status %d", rec.Code)
	}
}

func TestStatusEndsTheCallOnce(t *testing.T) {
	r := newRig(t)
	r.turn("/voice", nil)
	for range 3 {
		if status, _ := r.post(r.echo, "/voice/status", url.Values{"CallStatus": {"completed"}}); status != http.StatusOK {
			t.Errorf("status %d", status)
		}
	}
	r.clock.Do(t.Context(), func(ctx context.Context) { _ = r.clock.Sleep(ctx, time.Second) })
	if r.runner.ended != 1 {
		t.Errorf("ended %d times", r.runner.ended)
	}
}

func TestWaitDocuments(t *testing.T) {
	r := newRig(t)
	r.turn("/voice", nil)
	resp, _ := r.keys(1, "0")
	enqueue, ok := resp.Verbs[len(resp.Verbs)-1].(twiml.Enqueue)
	if !ok {
		t.Fatalf("no Enqueue: %+v", resp)
	}
	if !strings.Contains(enqueue.WaitURL.Value, "/voice/wait?w=0") {
		t.Errorf("wait URL %s", enqueue.WaitURL.Value)
	}
	first, doc := r.turn("/voice/wait?w=0", nil)
	if err := first.ValidateWait(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(doc, "number 2 in line") || !strings.Contains(doc, "w=1") {
		t.Errorf("first wait document: %s", doc)
	}
	if _, doc = r.turn("/voice/wait?w=1", nil); strings.Contains(doc, "number 2") {
		t.Errorf("the same place is said again: %s", doc)
	}
	r.desk.waiting = ivr.Waiting{Leave: "no_agents"}
	if _, doc = r.turn("/voice/wait?w=2", nil); !strings.Contains(doc, "<Leave") {
		t.Errorf("not let out: %s", doc)
	}
	if _, doc = r.turn("/voice/turn?e=q&t=2", url.Values{"QueueResult": {"leave"}}); !strings.Contains(doc, "nobody is free") {
		t.Errorf("after leaving: %s", doc)
	}
}

func TestJumpIsTakenOnce(t *testing.T) {
	r := newRig(t)
	r.turn("/voice", nil)
	r.keys(1, "0")
	to, err := r.server.Move(t.Context(), sid, "t1", 1)
	if err != nil {
		t.Fatal(err)
	}
	path, _, _ := strings.Cut(strings.TrimPrefix(to, public), "#")
	resp, first := r.turn(path, nil)
	dial, ok := resp.Verbs[len(resp.Verbs)-1].(twiml.Dial)
	if !ok || dial.Nouns[0].(twiml.Conference).Name != "t1" {
		t.Fatalf("no conference: %s", first)
	}
	if _, again := r.turn(path, nil); again != first {
		t.Errorf("a repeat differs: %s", again)
	}
	if _, err := r.server.Move(t.Context(), "CA0000000000000000000000000000dead", "t1", 1); err == nil {
		t.Error("an unknown call was moved")
	}
}

func TestAgentLeg(t *testing.T) {
	r := newRig(t)
	r.desk.turn = line.AgentTurn{Say: []ivr.Message{{ID: "one_moment"}}, Seconds: 5}
	_, doc := r.turn("/voice/agent?o=1&x=t1", nil)
	if !strings.Contains(doc, "<Gather") || !strings.Contains(doc, "x=t1") {
		t.Errorf("brief: %s", doc)
	}
	r.desk.turn = line.AgentTurn{Conference: "t1"}
	if _, doc = r.turn("/voice/agent/turn?o=1&x=t1", url.Values{"Digits": {"1"}}); !strings.Contains(doc, "<Conference") {
		t.Errorf("accept: %s", doc)
	}
	r.desk.turn = line.AgentTurn{}
	if _, doc = r.turn("/voice/agent/turn?e=d&o=1&x=t1", nil); !strings.Contains(doc, "<Hangup") {
		t.Errorf("end: %s", doc)
	}
	r.post(r.echo, "/voice/agent/status?o=1&x=t1", url.Values{"CallStatus": {"no-answer"}})
	got := r.desk.events
	if len(got) != 4 || !got[0].First || got[1].Keys != "1" || !got[2].Left || got[3].Status != "no-answer" {
		t.Errorf("events %+v", got)
	}
}

func TestTextCallbacks(t *testing.T) {
	r := newRig(t)
	r.turn("/voice", nil)
	for i, k := range []string{"1", "1000001#", "1", "24681357#", "123456#"} {
		r.keys(i+1, k)
	}
	for _, bad := range []string{"2", "999", "x"} { // of another sending, or of none
		u := strings.Replace(strings.TrimPrefix(r.server.TextStatusURL(sid, ivr.TextInstall, 1), public), "n=1", "n="+bad, 1)
		r.post(r.echo, u, url.Values{"MessageSid": {"SM" + bad}, "MessageStatus": {"undelivered"}})
	}
	if call, _ := r.server.Call(t.Context(), sid); call.Links.Install.Bad() {
		t.Errorf("the install text is %v by the word on another sending", call.Links.Install)
	}
	u := strings.TrimPrefix(r.server.TextStatusURL(sid, ivr.TextInstall, 1), public)
	for range 2 {
		r.post(r.echo, u, url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"sent"}})
	}
	r.clock.Do(t.Context(), func(ctx context.Context) { _ = r.clock.Sleep(ctx, time.Second) })
	if n := r.runner.count(ivr.EffectSendText); n != 2 {
		t.Errorf("%d texts, want both links once", n)
	}
	r.post(r.echo, u, url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"undelivered"}, "ErrorCode": {"30003"}})
	if _, doc := r.keys(6, ""); !strings.Contains(doc, "could not be delivered") {
		t.Errorf("the bad end is not told: %s", doc)
	}
}

func TestSecretsStayOutOfTheRecord(t *testing.T) {
	r := newRig(t)
	r.runner.slow[ivr.EffectCheckFactor] = time.Minute
	r.turn("/voice", nil)
	for i, k := range []string{"1", "1000001#", "1", "24681357#"} {
		r.keys(i+1, k)
	}
	rec, _, err := r.store.Load(t.Context(), sid)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(rec.Body), "24681357") {
		t.Error("the PIN is in the record")
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := line.New(line.Options{}); err == nil {
		t.Error("a line without lines")
	}
	if _, err := signature.New(""); err == nil || errors.Is(err, signature.ErrSignature) {
		t.Errorf("an empty token: %v", err)
	}
}
