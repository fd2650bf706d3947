package reconnect_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ringback/ivr"
	"ringback/ivr/clock"
	"ringback/ivr/reconnect"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// world is whatever the service asks, for one person after another.
type world struct {
	sets     int // that Duo made
	claims   int
	claimErr error
	kept     map[string][]byte
	texts    []reconnect.Text
	ends     []reconnect.State // of claims

	account  *reconnect.Account
	madeErr  error                     // of links
	keptErr  error                     // of keeping them
	since    func(ivr.Facts) ivr.Facts // what has changed since the verdict
	guardErr error
	sim      func(ctx context.Context, number string) ivr.SIM
	registry *prometheus.Registry
}

func (w *world) Account(context.Context, string) (reconnect.Account, error) {
	if w.account == nil {
		return reconnect.Account{}, reconnect.ErrNotFound
	}
	return *w.account, nil
}

func (w *world) SIM(ctx context.Context, number string) ivr.SIM { return w.sim(ctx, number) }

func (w *world) MakeLinks(context.Context, string, time.Duration) (reconnect.Links, error) {
	w.sets++
	if w.madeErr != nil {
		return reconnect.Links{}, w.madeErr
	}
	return reconnect.Links{Install: fmt.Sprint("install ", w.sets), Activate: fmt.Sprint("activate ", w.sets), Life: 10 * time.Minute}, nil
}
func (w *world) Device(context.Context, string) (ivr.Device, error) { return ivr.Device{}, nil }

func (w *world) Person(_ context.Context, id string) (reconnect.Person, bool, error) {
	return reconnect.Person{Subject: "s" + id}, true, nil
}

func (w *world) Text(_ context.Context, m reconnect.Text) ivr.TextStatus {
	w.texts = append(w.texts, m)
	return ivr.TextQueued
}

func (w *world) Claim(context.Context, reconnect.Claim) (int64, bool, error) {
	w.claims++
	return 1, w.claimErr == nil, w.claimErr
}

func (w *world) Finish(_ context.Context, _ int64, s reconnect.State) error {
	w.ends = append(w.ends, s)
	return nil
}

func (w *world) Now(_ context.Context, _ string, f ivr.Facts) (ivr.Facts, error) {
	if w.since != nil {
		f = w.since(f)
	}
	return f, w.guardErr
}

func (w *world) Put(_ context.Context, kind, id string, _ time.Duration, body []byte) error {
	if w.keptErr == nil {
		w.kept[kind+id] = body
	}
	return w.keptErr
}

func (w *world) Get(_ context.Context, kind, id string) ([]byte, bool, error) {
	b, ok := w.kept[kind+id]
	return b, ok, nil
}

func (w *world) Body(_ ivr.Call, _ ivr.Text, link string) (string, error) { return link, nil }

func service(t *testing.T, w *world) *reconnect.Service {
	t.Helper()
	w.kept, w.registry = map[string][]byte{}, prometheus.NewRegistry()
	var sims reconnect.SIMs
	if w.sim != nil {
		sims = w
	}
	s, err := reconnect.New(reconnect.Options{
		SIMs: sims, Registerer: w.registry, WebPages: map[string]string{"": "https://duo.example.edu"},
		Duo: w, People: w, Texter: w, Ledger: w, Kept: w, Guard: w, Wording: w, Policy: ivr.Policy{}.WithDefaults(), Clock: clock.NewVirtual(noon),
		StatusURL: func(sid string, x ivr.Text, send uint8) string { return fmt.Sprint(sid, " ", x, " ", send) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// verified is a call whose links may be made.
func verified(sets uint8) ivr.Call {
	ph := ivr.Phone{Number: "+19195550101", DuoID: "DP1", Usable: true, Since: noon.AddDate(-1, 0, 0).Unix()}
	return ivr.Call{
		Ref: "aa", ID: "1000001", Facts: ivr.Facts{Known: true, Account: true, Phones: []ivr.Phone{ph}},
		Passed: []ivr.Passed{{Factor: ivr.FactorPIN, At: noon.Unix()}, {Factor: ivr.FactorTextedCode, At: noon.Unix()}},
		Links:  ivr.Links{Sets: sets, Sends: sets, Phone: ph, Until: noon.Unix() + 600},
	}
}

func run(s *reconnect.Service, call ivr.Call, k ivr.EffectKind, arg ivr.Text) ivr.What {
	return s.Run(context.Background(), "CA1", call, call.Effect(ivr.Open{ID: 7, Kind: k, Arg: uint8(arg)}))
}

// A text has the links of its own set, though the call has had another made since.
func TestTextHasTheLinksOfItsSet(t *testing.T) {
	w := &world{}
	s := service(t, w)
	for set := range uint8(2) {
		if got := run(s, verified(set+1), ivr.EffectMakeLinks, 0).(ivr.LinksMade); got.Outcome != ivr.OutcomeOK {
			t.Fatalf("set %d: %v", set+1, got.Outcome)
		}
	}
	run(s, verified(1), ivr.EffectSendText, ivr.TextInstall)
	run(s, verified(2), ivr.EffectSendText, ivr.TextActivate)
	for i, want := range []reconnect.Text{
		{Body: "install 1", Callback: "CA1 install 1"}, {Body: "activate 2", Callback: "CA1 activate 2"},
	} {
		if got := w.texts[i]; got.Body != want.Body || got.Callback != want.Callback {
			t.Errorf("text %d is %q to %q, want %q to %q", i, got.Body, got.Callback, want.Body, want.Callback)
		}
	}
}

// A second run of a claim that was begun does not ask Duo again, and does not
// pretend to know what became of the first.
func TestClaimedBefore(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want ivr.Outcome
	}{
		{fmt.Errorf("claimed before: %w", reconnect.ErrUnclear), ivr.OutcomeUnknown},
		{fmt.Errorf("the ledger is down"), ivr.OutcomeLocked},
	} {
		w := &world{claimErr: tt.err}
		got := run(service(t, w), verified(1), ivr.EffectMakeLinks, 0).(ivr.LinksMade)
		if got.Outcome != tt.want || w.sets != 0 {
			t.Errorf("%v: %v, %d sets made; want %v and none", tt.err, got.Outcome, w.sets, tt.want)
		}
	}
}
