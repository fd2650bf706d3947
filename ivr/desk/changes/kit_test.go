package changes_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/clock"
	"ringback/ivr/desk/changes"
	"ringback/ivr/duo"
	"ringback/ivr/duo/duobox"
	"ringback/ivr/ledger"
	nc "ringback/ivr/numberchange"
	"ringback/ivr/twilio"
)

const (
	dana      = "1000001"
	sam       = "1000002"
	danaPhone = "DPDANA0000000000001"
	oldNumber = "+19195550101"
	newNumber = "+19195550199"
	samNumber = "+19195550102"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// The desk's people.
var (
	alex  = changes.Actor{ID: "alex", Role: nc.RoleAgent}
	robin = changes.Actor{ID: "robin", Role: nc.RoleAgent}
	jo    = changes.Actor{ID: "jo", Role: nc.RoleLead}
)

// world is a service, or several, with everything around it in this process.
type world struct {
	t      *testing.T
	clock  *clock.Virtual
	ledger *ledger.Ledger
	raw    string // the ledger's URL
	box    *duobox.Box
	duo    *duo.Client
	log    *bytes.Buffer
	texts  *texts
	told   *teller
	people *people
	floor  *floor
	all    []*changes.Service
	ctx    context.Context //nolint:containedctx // of the play, for its helpers
	*changes.Service
}

// play opens a world, and plays in it as one task of its clock, which therefore moves
// only when the play waits.
func play(t *testing.T, change func(*changes.Options), f func(w *world)) {
	t.Helper()
	w := open(t)
	w.clock.Do(t.Context(), func(ctx context.Context) {
		w.ctx = ctx
		w.Service = w.instance(change)
		defer func() {
			for _, s := range w.all {
				if err := s.Close(context.WithoutCancel(ctx)); err != nil {
					t.Error(err)
				}
			}
		}()
		f(w)
	})
}

func open(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, clock: clock.NewVirtual(noon), log: &bytes.Buffer{}, raw: "sqlite:" + filepath.Join(t.TempDir(), "ledger.db"),
		texts: &texts{}, people: &people{}, floor: &floor{},
	}
	w.floor.put("alex", changes.Caller{ID: dana, Line: "university", CallRef: "ref1", Number: true, Until: noon.Add(10 * time.Minute), Factors: []string{"emailed_code", "recovery_code"}})
	var err error
	w.ledger, err = ledger.Open(t.Context(), ledger.Options{URL: w.raw, Now: w.clock.Now, Key: ledger.ChainKey([]byte("key"))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.ledger.Close() })
	w.told = &teller{ledger: w.ledger}
	w.openDuo()
	return w
}

func (w *world) openDuo() {
	const key, secret = "DITESTTESTTESTTEST01", "sssshsssshsssshsssshsssshsssshsssshsssss"
	var err error
	w.box, err = duobox.New(duobox.Options{
		Clock: w.clock, Accounts: []duobox.Account{{IntegrationKey: key, SecretKey: secret}},
		Users: []duobox.User{
			{Username: "dana", Phones: []duobox.Phone{{ID: danaPhone, Number: oldNumber, Platform: "Apple iOS", Activated: true}}},
			{Username: "sam", Phones: []duobox.Phone{{Number: samNumber, Platform: "Apple iOS", Activated: true}}},
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	server := httptest.NewServer(w.clock.Handler(w.box))
	transport := &http.Transport{}
	w.t.Cleanup(func() { server.Close(); transport.CloseIdleConnections() })
	w.duo, err = duo.New(duo.Options{
		BaseURL: server.URL, IntegrationKey: key, SecretKey: secret, Clock: w.clock, Random: func() float64 { return 0.5 },
		HTTPClient: &http.Client{Transport: w.clock.Transport(transport)},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// instance is one more service on the same world.
func (w *world) instance(change func(*changes.Options)) *changes.Service {
	w.t.Helper()
	o := w.options()
	if change != nil {
		change(&o)
	}
	s, err := changes.New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.all = append(w.all, s)
	return s
}

func (w *world) options() changes.Options {
	return changes.Options{
		Store: w.ledger, Agenda: w.ledger, Cases: w.ledger, Books: w.ledger, Accounts: w.duo, Devices: w.duo, Activator: w.duo,
		Texter: w.texts, Wording: wording{}, People: w.people, Floor: w.floor, Numbers: numbers{}, Teller: w.told,
		Key: bytes.Repeat([]byte{7}, 32), Line: "university", Staff: map[string]string{"alex": "1000041", "robin": sam, "jo": "1000043"}, Rules: nc.Rules{Hold: -1},
		Clock: w.clock, Logger: slog.New(slog.NewTextHandler(w.log, nil)),
	}
}

// do runs f in the task of the play.
func (w *world) do(f func(ctx context.Context)) {
	w.t.Helper()
	f(w.ctx)
}

// wait lets time pass, and whatever is due in it happen.
func (w *world) wait(d time.Duration) {
	w.t.Helper()
	w.do(func(ctx context.Context) { _ = w.clock.Sleep(ctx, d) })
}

// opens opens a change as alex, and returns its name.
func (w *world) opens() (id string) {
	w.t.Helper()
	w.do(func(ctx context.Context) {
		var why nc.Refusal
		var err error
		if id, why, err = w.Open(ctx, alex, changes.Opening{}); err != nil || why != nc.RefusalNone {
			w.t.Fatalf("open: %v, %v", why, err)
		}
	})
	return id
}

// act does something, and wants it refused, or not.
func (w *world) act(id string, by changes.Actor, a changes.Act, want nc.Refusal) {
	w.t.Helper()
	w.do(func(ctx context.Context) {
		if by.SignedIn.IsZero() {
			by.SignedIn = w.clock.Now()
		}
		why, err := w.Do(ctx, id, by, a)
		if err != nil || why != want {
			w.t.Fatalf("%v by %s: %v, %v; want %v", a.What, by.ID, why, err, want)
		}
	})
	w.wait(time.Second)
}

// is wants a change in a state.
func (w *world) is(id string, want nc.State, why ...nc.Reason) {
	w.t.Helper()
	v := w.view(id, alex)
	if v.State != want || len(why) > 0 && v.Reason != why[0] {
		w.t.Fatalf("the change is %v, %v; want %v %v\n%s", v.State, v.Reason, want, why, w.log)
	}
}

func (w *world) view(id string, by changes.Actor) (v changes.View) {
	w.t.Helper()
	w.do(func(ctx context.Context) {
		var err error
		if v, err = w.View(ctx, id, by); err != nil {
			w.t.Fatal(err)
		}
	})
	return v
}

// given opens a change and has the code sent.
func (w *world) given() (id string) {
	w.t.Helper()
	id = w.opens()
	w.act(id, alex, changes.Act{What: changes.GiveNumber, Number: newNumber, Replaces: danaPhone}, nc.RefusalNone)
	w.is(id, nc.StateCodeSent)
	return id
}

// asked goes on to where a second person is asked.
func (w *world) asked() (id string) {
	w.t.Helper()
	id = w.given()
	w.act(id, alex, changes.Act{What: changes.EnterCode, Code: w.texts.code(w.t, newNumber)}, nc.RefusalNone)
	w.is(id, nc.StateAwaitingApproval)
	return id
}

// linked goes on to where the links are out.
func (w *world) linked() (id string) {
	w.t.Helper()
	id = w.asked()
	w.act(id, robin, changes.Act{What: changes.Approve}, nc.RefusalNone)
	w.wait(10 * time.Second)
	w.is(id, nc.StateAwaitingActivation)
	return id
}

// taps opens the link that was texted last.
func (w *world) taps() {
	w.t.Helper()
	link := w.texts.last(w.t, newNumber, `activate (\S+)`)
	if err := w.box.Open(link); err != nil {
		w.t.Fatal(err)
	}
}

// phones are the numbers on dana's account.
func (w *world) phones() (all []string) {
	for _, u := range w.box.Users() {
		if u.Username == "dana" {
			for _, p := range u.Phones {
				all = append(all, p.Number)
			}
		}
	}
	return all
}

func (w *world) wantPhones(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.phones()); diff != "" {
		w.t.Errorf("phones in Duo (-want +got):\n%s", diff)
	}
}

func (w *world) wantTold(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.told.all()); diff != "" {
		w.t.Errorf("told (-want +got):\n%s", diff)
	}
}

// trail is the audit of number changes.
func (w *world) trail() (all []string) {
	w.t.Helper()
	err := w.ledger.Rows(w.t.Context(), 1, func(r ledger.Row) error {
		if name, ok := strings.CutPrefix(r.Action, "number_change_"); ok {
			all = append(all, strings.Join(strings.Fields(fmt.Sprintf("%v %s %s by %s", r.Phase, name, r.Reason, r.Actor)), " "))
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *world) freeze(reason string) {
	w.t.Helper()
	if _, err := w.ledger.Freeze(w.t.Context(), ledger.Freeze{Subject: w.people.Subject(dana), By: "line", Reason: reason}); err != nil {
		w.t.Fatal(err)
	}
	w.do(func(context.Context) { w.Kick() })
	w.wait(time.Second)
}

// texts is a carrier that remembers.
type texts struct {
	mu   sync.Mutex
	sent []twilio.Text
	fail []error // of the next ones; nil is none
}

func (x *texts) SendText(_ context.Context, t twilio.Text) (twilio.Message, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.fail) > 0 {
		err := x.fail[0]
		if x.fail = x.fail[1:]; err != nil {
			return twilio.Message{}, err
		}
	}
	x.sent = append(x.sent, t)
	return twilio.Message{SID: "SM1"}, nil
}

func (x *texts) fails(errs ...error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.fail = errs
}

// last is what matches in the last text to a number that does.
func (x *texts) last(t *testing.T, to, pattern string) string {
	t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, s := range slices.Backward(x.sent) {
		if m := regexp.MustCompile(pattern).FindStringSubmatch(s.Body); m != nil && s.To == to {
			return m[1]
		}
	}
	t.Fatalf("no text to %s matches %s", to, pattern)
	return ""
}

func (x *texts) code(t *testing.T, to string) string {
	t.Helper()
	return x.last(t, to, `^code (\d{6})$`)
}

func (x *texts) count(to string) (n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, s := range x.sent {
		if s.To == to {
			n++
		}
	}
	return n
}

type wording struct{}

func (wording) Code(_, _, code string) (string, error)        { return "code " + code, nil }
func (wording) Link(_, _, which, link string) (string, error) { return which + " " + link, nil }

// people is a directory of two.
type people struct {
	mu         sync.Mutex
	down       bool
	privileged bool
}

var errDown = errors.New("the directory does not answer")

func (p *people) Person(_ context.Context, id, _ string) (changes.Person, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return changes.Person{}, false, errDown
	}
	name, ok := map[string]string{dana: "dana", sam: "sam"}[id]
	return changes.Person{Username: name, Privileged: p.privileged}, ok, nil
}

func (p *people) set(down, privileged bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down, p.privileged = down, privileged
}

func (*people) Subject(id string) string { return "subject-" + id[len(id)-1:] }

// floor is who talks to whom.
type floor struct {
	mu    sync.Mutex
	calls map[string]changes.Caller
}

func (f *floor) put(agent string, c changes.Caller) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.calls == nil {
		f.calls = map[string]changes.Caller{}
	}
	f.calls[agent] = c
}

func (f *floor) hangUp(agent string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.calls, agent)
}

func (f *floor) Caller(_ context.Context, agent string) (changes.Caller, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c, ok := f.calls[agent]
	return c, ok, nil
}

type numbers struct{}

func (numbers) Look(_ context.Context, number string) (nc.LineType, bool) {
	switch number {
	case "+19195550170":
		return nc.LineLandline, false
	case "+19005550170":
		return nc.LinePremium, false
	case "+18005550170", "+449098790879":
		return nc.LineUnknown, false
	}
	return nc.LineMobile, number == "+19196842200"
}

// teller owes one notice of each deed.
type teller struct {
	ledger *ledger.Ledger
	mu     sync.Mutex
	down   bool
}

func (x *teller) Compose(_ context.Context, t changes.Told) ([]ledger.Notice, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.down {
		return nil, errDown
	}
	return []ledger.Notice{{
		Event: t.Notice.String() + "/" + t.Change, Subject: "subject-1", Kind: "number_change_" + t.Notice.String(), Channel: ledger.ByText,
		Sealed: []byte("x"),
	}}, nil
}

func (x *teller) Kick() {}

func (x *teller) set(down bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.down = down
}

// all is what is owed, in order.
func (x *teller) all() (all []string) {
	owed, err := x.ledger.Notices(context.Background(), ledger.NoticePending, 0)
	if err != nil {
		return []string{err.Error()}
	}
	for _, n := range slices.Backward(owed) {
		all = append(all, strings.TrimPrefix(n.Kind, "number_change_"))
	}
	return all
}
