package caller_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/clock"
	"ringback/ivr/duo"
	"ringback/ivr/ledger"
	"ringback/sessions"
)

// world is the service with stores that write down what is asked of them.
type world struct {
	*caller.Service
	clock    *clock.Virtual
	registry *prometheus.Registry
	names    caller.Pseudonyms

	mu       sync.Mutex
	ops      []string
	sent     []string // how, whereto, code
	fails    map[string]int
	spent    map[string]bool
	kept     map[string]string
	frozen   map[string]string // subject: reason
	refs     map[string]string // pseudonym of a reference: subject
	whose    string            // the ID that a reference's notice names
	numbers  map[string]time.Time
	held     map[string]ledger.Credentials
	threat   ledger.Threat
	reading  sessions.Reading
	origins  []string // of the failures that were metered
	news     []caller.News
	owed     int
	pushes   []string
	devices  []caller.Device
	result   duo.PushResult
	answer   func(asked int) duo.PushResult // instead of result; nil: result
	asked    int
	limits   []string // keys that were reserved
	down     string   // the store that is down
	full     bool     // limits are reached
	disabled bool     // other tries have disabled the factor meanwhile
	locked   bool     // the factor is disabled
}

func (w *world) op(name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ops = append(w.ops, name)
	if w.down == name || w.down == strings.SplitN(name, ".", 2)[0] {
		return errors.New("down")
	}
	return nil
}

func (w *world) ByID(_ context.Context, id string) (caller.Person, bool, error) {
	if err := w.op("directory.by_id"); err != nil {
		return caller.Person{}, false, err
	}
	return people.ByID(context.Background(), id)
}

// People makes the world a lister.
func (w *world) People() []caller.Person { return people.People() }

// books is the ledger's side of a world.
type books struct{ w *world }

func (b books) Reserve(_ context.Context, subject, factor string, _ time.Time) (ledger.Attempt, error) {
	w := b.w
	err := w.op("ledger.reserve")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fails[subject+factor]++
	n := w.fails[subject+factor]
	return ledger.Attempt{Subject: subject, Factor: factor, Granted: n <= 10, Number: int64(n), JustDisabled: n == 10}, err
}

func (b books) Settle(_ context.Context, a ledger.Attempt, _ bool) (bool, error) {
	err := b.w.op("ledger.settle")
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	b.w.fails[a.Subject+a.Factor] = 0
	return !b.w.disabled, err
}

func (b books) Lock(context.Context, string, string) (ledger.Lock, error) {
	return ledger.Lock{Disabled: b.w.locked}, b.w.op("ledger.lock")
}

func (b books) NumberSince(_ context.Context, subject, number string) (time.Time, bool, error) {
	err := b.w.op("ledger.number_since")
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	at, ok := b.w.numbers[subject+number]
	return at, ok, err
}

// SeeNumber is not among the ops: nobody waits for it.
func (b books) SeeNumber(_ context.Context, subject, number string, now time.Time, _ bool) (time.Time, error) {
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	b.w.numbers[subject+number] = now
	return now, nil
}

func (b books) Credentials(_ context.Context, subject string) (ledger.Credentials, error) {
	return b.w.held[subject], b.w.op("ledger.credentials")
}

func (b books) Spend(_ context.Context, s ledger.Spent) (bool, error) {
	err := b.w.op("ledger.spend")
	return b.once("spent", s.Subject+s.Kind+s.Token), err
}

func (b books) UseRecoveryCode(_ context.Context, subject, hash, _ string) (bool, error) {
	err := b.w.op("ledger.use_recovery_code")
	return b.once("used", subject+hash), err
}

func (b books) once(kind, what string) bool {
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	was := b.w.spent[kind+what]
	b.w.spent[kind+what] = true
	return !was
}

func (b books) Freeze(_ context.Context, f ledger.Freeze, notices ...ledger.Notice) (bool, error) {
	err := b.w.op("ledger.freeze")
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	if _, was := b.w.frozen[f.Subject]; was || err != nil {
		return false, err
	}
	b.w.frozen[f.Subject] = f.Reason
	b.w.owed += len(notices)
	return true, nil
}

func (b books) Frozen(_ context.Context, subject string) (ledger.Freeze, bool, error) {
	err := b.w.op("ledger.frozen")
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	_, ok := b.w.frozen[subject]
	return ledger.Freeze{}, ok, err
}

func (b books) ByReference(_ context.Context, reference string, _ time.Time) (ledger.Notice, bool, error) {
	subject, ok := b.w.refs[reference]
	return ledger.Notice{Subject: subject, Kind: "links_sent", Whose: []byte(b.w.whose)}, ok, b.w.op("ledger.by_reference")
}

func (b books) Threat(context.Context) (ledger.Threat, error) {
	err := b.w.op("ledger.threat")
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	return b.w.threat, err
}

// RaiseThreat is not among the ops: nobody waits for it.
func (b books) RaiseThreat(_ context.Context, until time.Time, reason string) (ledger.Threat, error) {
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	was := b.w.threat
	if b.w.down == "raise" {
		return was, errors.New("down")
	}
	if until.After(was.Until) {
		b.w.threat = ledger.Threat{Until: until, By: "line", Reason: reason}
	}
	return was, nil
}

// store is the Redis of a world.
type store struct{ w *world }

func (x store) Reserve(_ context.Context, limits []sessions.Limit) (bool, sessions.Limit, error) {
	for _, l := range limits {
		x.w.limits = append(x.w.limits, fmt.Sprintf("%s %d/%v", strings.SplitN(l.Key, ":", 2)[0], l.Max, l.Window))
	}
	return !x.w.full, sessions.Limit{}, x.w.op("redis.reserve")
}

func (x store) Enter(context.Context, string, string, int, time.Duration) (bool, error) {
	return !x.w.full, x.w.op("redis.enter")
}
func (x store) Exit(context.Context, string, string) error { return x.w.op("redis.exit") }

func (x store) Note(_ context.Context, _ string, f sessions.Failure, _ sessions.MeterParams) (sessions.Reading, error) {
	err := x.w.op("redis.note")
	x.w.mu.Lock()
	defer x.w.mu.Unlock()
	x.w.origins = append(x.w.origins, f.Origin)
	return x.w.reading, err
}

func (x store) Put(_ context.Context, kind, id string, _ time.Duration, body []byte) error {
	err := x.w.op("redis.put")
	x.w.mu.Lock()
	defer x.w.mu.Unlock()
	x.w.kept[kind+id] = string(body)
	return err
}

func (x store) PutOnce(_ context.Context, kind, id string, _ time.Duration, body []byte) (bool, error) {
	err := x.w.op("redis.put_once")
	x.w.mu.Lock()
	defer x.w.mu.Unlock()
	_, was := x.w.kept[kind+id]
	x.w.kept[kind+id] = string(body)
	return !was, err
}

func (x store) Get(_ context.Context, kind, id string) ([]byte, bool, error) {
	err := x.w.op("redis.get")
	x.w.mu.Lock()
	defer x.w.mu.Unlock()
	body, ok := x.w.kept[kind+id]
	return []byte(body), ok, err
}

func (w *world) SendCode(_ context.Context, _ string, _ ivr.Call, to, code string) ivr.Outcome {
	return w.sending("text", to, code)
}

func (w *world) MailCode(_ context.Context, _ ivr.Call, to, code string) ivr.Outcome {
	return w.sending("mail", to, code)
}

func (w *world) sending(how, to, code string) ivr.Outcome {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, how+" "+to+" "+code)
	return ivr.OutcomeOK
}

// phones is the Duo of a world: everybody but noor has the devices.
type phones struct{ w *world }

func (d phones) Devices(_ context.Context, username string) (string, []caller.Device, error) {
	if username == "noor" {
		return "", nil, duo.ErrNotFound
	}
	return "DU" + username, d.w.devices, nil
}

func (d phones) Send(_ context.Context, user, device string) (string, duo.Code, error) {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	d.w.pushes = append(d.w.pushes, user+" "+device)
	return fmt.Sprintf("push-%d", len(d.w.pushes)), "314159", nil
}

func (d phones) Result(context.Context, string, string) (duo.PushResult, error) {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	d.w.asked++
	if d.w.answer != nil {
		return d.w.answer(d.w.asked), nil
	}
	return d.w.result, nil
}

// press is what people are told in a world.
type press struct{ w *world }

func (p press) Compose(_ context.Context, n caller.News) ([]ledger.Notice, error) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	p.w.news = append(p.w.news, n)
	return make([]ledger.Notice, len(n.Person.Emails)), nil
}

// Whose opens what a world seals, which is nothing.
func (p press) Whose(n ledger.Notice, _ string) (string, error) {
	if len(n.Whose) == 0 {
		return "", errors.New("it does not say")
	}
	return string(n.Whose), nil
}

func (p press) Owe(_ context.Context, notices ...ledger.Notice) (int, error) {
	p.w.mu.Lock()
	defer p.w.mu.Unlock()
	p.w.owed += len(notices)
	return len(notices), nil
}

func (press) Kick() {}

// people is a directory with cheap hashes.
var people = mustPeople()

const (
	danaCode = "1618-0339-8874-9894-8482" // hashed by argon2id
	miaCode  = "5772-1566-4901-5328-6060" // in the ledger
	noorCode = "2718-2818-2845-9045-2353" // keyed, in the directory
)

func mustPeople() *caller.File {
	hash := func(secret string) string {
		h, err := caller.HashPIN(secret, cheap)
		if err != nil {
			panic(err)
		}
		return h
	}
	names := pseudonyms()
	f, err := caller.NewFile("people.yaml", fmt.Appendf(nil, `people:
  - {id: "1000001", name: Dana, username: dana, pin_hash: %q, phones: [{number: "+19195550101", since: "2024-01-02"}],
     emails: [{address: dana@example.edu}, {address: dana@example.com, outside_sso: true}], recovery_code_hashes: [%q]}
  - {id: "1000002", name: Sam, username: sam, pin_hash: %q, phones: [{number: "+19195550102"}, {number: "+19195550112"}]}
  - {id: "1000003", name: Lee, username: lee, privileged: true, phones: [{number: "+1 919 555 0103"}]}
  - {id: "1000004", name: Mia, username: mia, phones: [{number: "+1 919 555 0104"}]}
  - {id: "1000006", name: Noor, username: noor, phones: [], emails: [{address: noor@example.org, outside_sso: true}], recovery_code_hashes: [%q]}
  - {id: "1000007", name: Ono, username: ono, phones: []}
`, hash("24681357"), hash("16180339887498948482"), hash("13572468"), names.RecoveryHash(names.Subject("1000006"), noorCode)))
	if err != nil {
		panic(err)
	}
	return f
}

func pseudonyms() caller.Pseudonyms {
	names, err := caller.NewPseudonyms([]byte(strings.Repeat("k", 32)))
	if err != nil {
		panic(err)
	}
	return names
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldWith(t, func(*caller.Options) {})
}

func newWorldWith(t testing.TB, change func(*caller.Options)) *world {
	t.Helper()
	names := pseudonyms()
	pin, err := caller.HashPIN("55667788", cheap)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		clock: clock.NewVirtual(noon), registry: prometheus.NewRegistry(), names: names, fails: map[string]int{}, spent: map[string]bool{},
		kept: map[string]string{}, frozen: map[string]string{}, refs: map[string]string{}, numbers: map[string]time.Time{},
		held: map[string]ledger.Credentials{
			names.Subject("1000004"): {PINHash: pin, Recovery: []string{names.RecoveryHash(names.Subject("1000004"), miaCode)}},
			names.Subject("9999998"): {PINHash: pin, Recovery: []string{names.RecoveryHash(names.Subject("9999998"), miaCode)}},
		},
		devices: []caller.Device{{ID: "DP1", Number: "+19195550101"}, {ID: "DP2"}}, result: duo.PushApproved,
	}
	o := caller.Options{
		Directory: w, Failures: books{w}, Numbers: books{w}, Proofs: books{w}, Freezes: books{w}, Threats: books{w},
		Windows: store{w}, Meter: store{w}, Kept: store{w}, Sender: w, Mailer: w, Pusher: phones{w}, PushWatch: -1, Notices: press{w},
		Pseudonyms: names, Clock: w.clock, Hashing: cheap, Registerer: w.registry,
	}
	change(&o)
	if w.Service, err = caller.NewService(o); err != nil {
		t.Fatal(err)
	}
	return w
}

// do runs an effect, and everything that nobody waits for.
func (w *world) do(t testing.TB, call ivr.Call, e ivr.Effect) (what ivr.What) {
	t.Helper()
	w.clock.Do(t.Context(), func(ctx context.Context) { what = w.Run(ctx, "CA1", call, e) })
	w.Wait()
	return what
}
