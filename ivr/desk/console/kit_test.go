package console_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/alexedwards/argon2id"
	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"ringback/ivr/desk/console"
	"ringback/ivr/ledger"
	"ringback/ivr/transfer"
	"ringback/sessions"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)

// watch is a clock that a test moves.
type watch struct {
	mu  sync.Mutex
	now time.Time
}

func (w *watch) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *watch) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// floor is a desk in memory.
type floor struct {
	mu    sync.Mutex
	s     console.Snapshot
	holds map[string]string
	down  error
	set   []string
}

func newFloor() *floor {
	return &floor{holds: map[string]string{}, s: console.Snapshot{
		At: start,
		Lines: []console.LineState{
			{ID: "university", Name: "Duke University OIT", Waiting: 2, Longest: 95 * time.Second, Expected: 3 * time.Minute},
			{ID: "health", Name: "Duke Health"},
		},
		Agents: []console.AgentState{
			{ID: "alex", Name: "Alex", State: transfer.PresenceAway, Since: start},
			{ID: "robin", Name: "Robin", State: transfer.PresenceReady, Since: start},
			{ID: "jo", Name: "Jo", State: transfer.PresenceAway, Reason: "lunch", Since: start},
		},
	}}
}

func (f *floor) Snapshot(context.Context) (console.Snapshot, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.s
	s.Agents = append([]console.AgentState(nil), s.Agents...)
	s.Lines = append([]console.LineState(nil), s.Lines...)
	return s, f.down
}

func (f *floor) SetPresence(_ context.Context, agent string, ready bool, reason string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.s.Agents {
		a := &f.s.Agents[i]
		if a.ID != agent {
			continue
		}
		if a.State == transfer.PresenceTalking {
			return console.ErrBusy
		}
		a.State, a.Reason = transfer.PresenceAway, reason
		if ready {
			a.State = transfer.PresenceReady
		}
	}
	f.set = append(f.set, agent)
	return f.down
}

func (f *floor) Holding(_ context.Context, agent string) (string, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id, ok := f.holds[agent]
	return id, ok, nil
}

func (f *floor) change(edit func(*floor)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	edit(f)
}

// give has an agent hold a transfer.
func (f *floor) give(agent string, state transfer.Presence, id string) {
	f.change(func(f *floor) {
		f.holds[agent] = id
		for i := range f.s.Agents {
			if f.s.Agents[i].ID == agent {
				f.s.Agents[i].State = state
			}
		}
	})
}

// cards are callers in memory.
type cards map[string]console.Card

func (c cards) Card(_ context.Context, id string) (console.Card, bool, error) {
	card, ok := c[id]
	return card, ok, nil
}

// toolbox notes what agents do.
type toolbox struct {
	mu    sync.Mutex
	used  []console.Use
	notes []console.WrapUp
	last  map[string]string
	err   error // of the next
}

func (b *toolbox) Use(_ context.Context, u console.Use) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.used = append(b.used, u)
	}
	return b.err
}

func (b *toolbox) Last(_ context.Context, agent string) (string, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id, ok := b.last[agent]
	return id, ok, nil
}

func (b *toolbox) WrapUp(_ context.Context, w console.WrapUp) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err == nil {
		b.notes = append(b.notes, w)
	}
	return b.err
}

// rig is a console over real stores, served on loopback.
type rig struct {
	t      *testing.T
	now    *watch
	floor  *floor
	cards  cards
	talks  *talks
	tools  *toolbox
	store  *sessions.Store
	ledger *ledger.Ledger
	reg    *prometheus.Registry
	log    *lockedBuffer
	server *httptest.Server
	web    *console.Console
}

type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// pseudonym is that of an ID; the one with ID 1000001 is the tests' subject.
func pseudonym(id string) string {
	if id == "1000001" {
		return subject
	}
	return strings.Repeat("ab", 12) + "0" + id
}

// lifter lifts by unique ID, as the service does, and tells nobody.
type lifter struct{ *ledger.Ledger }

// closer closes desks as the service does.
type closer struct{ *ledger.Ledger }

func (c closer) CloseDesk(ctx context.Context, line, words string, until time.Time, by string) error {
	return c.SetClosure(ctx, ledger.Closure{Line: line, Words: words, Until: until, By: by})
}

func (c closer) OpenDesk(ctx context.Context, line, by, reason string) error {
	return c.LiftClosure(ctx, line, by, reason)
}

func (l lifter) Unfreeze(ctx context.Context, id, by, reason string) error {
	return l.Ledger.Unfreeze(ctx, pseudonym(id), by, reason)
}

func (l lifter) Unlock(ctx context.Context, id, factor, by, reason string) error {
	return l.Ledger.Unlock(ctx, pseudonym(id), factor, by, reason)
}

func newRig(t *testing.T, edit func(*console.Options)) *rig {
	t.Helper()
	r := &rig{
		t: t, now: &watch{now: start}, floor: newFloor(), cards: cards{}, talks: &talks{}, tools: &toolbox{last: map[string]string{}},
		reg: prometheus.NewRegistry(), log: &lockedBuffer{},
	}
	var err error
	if r.store, err = sessions.Open(t.Context(), sessions.Options{URL: "embedded", Now: r.now.Now}); err != nil {
		t.Fatal(err)
	}
	if r.ledger, err = ledger.Open(t.Context(), ledger.Options{URL: "sqlite::memory:", Now: r.now.Now}); err != nil {
		t.Fatal(err)
	}
	e := echo.New()
	r.server = httptest.NewUnstartedServer(e)
	o := console.Options{
		PublicURL: "http://" + r.server.Listener.Addr().String(), Accounts: staff(),
		Staff: []console.Member{
			{ID: "alex", Name: "Alex", Role: console.RoleAgent, SignIn: "alex@example.edu"},
			{ID: "robin", Name: "Robin", Role: console.RoleAgent, SignIn: "sub-robin"},
			{ID: "jo", Name: "Jo", Role: console.RoleLead, SignIn: "jo@example.edu"},
		},
		Sessions: r.store.Desk(), Roster: r.store.Desk(), Kept: r.store.Values(), Limiter: r.store.Windows(),
		Floor: r.floor, Talks: r.talks, Cards: r.cards, Tools: r.tools, Threats: r.ledger, Closures: closer{r.ledger}, Freezes: lifter{r.ledger}, Locks: lifter{r.ledger}, Trail: r.ledger,
		Subject: pseudonym,
		Clock:   realWith{now: r.now.Now}, Logger: slog.New(slog.NewTextHandler(r.log, nil)), Registerer: r.reg,
		Tick: time.Millisecond,
	}
	if edit != nil {
		edit(&o)
	}
	if r.web, err = console.New(o); err != nil {
		t.Fatal(err)
	}
	r.web.Mount(e)
	r.server.Start()
	t.Cleanup(func() {
		if err := r.web.Close(context.Background()); err != nil {
			t.Error(err)
		}
		r.server.Close()
		if err := errors.Join(r.ledger.Close(), r.store.Close()); err != nil {
			t.Error(err)
		}
	})
	return r
}

// browser is one person's browser: it keeps cookies, follows nothing, and says
// where its posts come from as browsers do.
type browser struct {
	r      *rig
	client *http.Client
	base   string
	header http.Header
}

func (r *rig) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	tr := &http.Transport{}
	r.t.Cleanup(tr.CloseIdleConnections)
	return &browser{r: r, base: r.server.URL, header: http.Header{}, client: &http.Client{
		Jar: jar, Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
	doc    *goquery.Document
}

func (b *browser) do(method, path string, form url.Values) answer {
	b.r.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	target := path
	if strings.HasPrefix(path, "/") {
		target = b.base + path
	}
	req, err := http.NewRequestWithContext(b.r.t.Context(), method, target, body)
	if err != nil {
		b.r.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", b.base)
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for k, v := range b.header {
		req.Header[k] = v
		if len(v) == 0 {
			delete(req.Header, k)
		}
	}
	resp, err := b.client.Do(req)
	if err != nil {
		b.r.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.r.t.Fatal(err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(string(text)))
	if err != nil {
		b.r.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text), doc}
}

func (b *browser) get(path string) answer {
	b.r.t.Helper()
	return b.do(http.MethodGet, path, nil)
}

// post sends a form with the token of the page at from.
func (b *browser) post(from, to string, form url.Values) answer {
	b.r.t.Helper()
	if form.Get("token") == "" {
		form.Set("token", b.get(from).token())
	}
	return b.do(http.MethodPost, to, form)
}

// token is the first form's.
func (a answer) token() string {
	v, _ := a.doc.Find("input[name=token]").First().Attr("value")
	return v
}

// text is what an element says, with single spaces.
func (a answer) text(selector string) string {
	return strings.Join(strings.Fields(a.doc.Find(selector).Text()), " ")
}

func (a answer) location() string { return a.header.Get("Location") }

// want fails unless the answer has a status.
func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("status %d, want %d: %s", a.status, status, a.text("main"))
	}
	return a
}

const password = "ringback-demo"

// staff are the sample's accounts, with the cheapest hash that is allowed.
var staff = sync.OnceValue(func() []console.Account {
	hash, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 8 << 10, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		panic(err)
	}
	return []console.Account{
		{ID: "alex", Name: "Alex", Role: console.RoleAgent, Password: hash},
		{ID: "robin", Name: "Robin", Role: console.RoleAgent, Password: hash},
		{ID: "jo", Name: "Jo", Role: console.RoleLead, Password: hash},
	}
})

// as signs a new browser in by a local account.
func (r *rig) as(name string) *browser {
	r.t.Helper()
	b := r.browser()
	b.signIn(name, password).want(r.t, http.StatusSeeOther)
	return b
}

func (b *browser) signIn(name, password string) answer {
	b.r.t.Helper()
	token, _ := b.get("/desk/sign-in").doc.Find("#local input[name=token]").Attr("value")
	return b.do(http.MethodPost, "/desk/sign-in", url.Values{"token": {token}, "name": {name}, "password": {password}})
}

// counted is the value of a counter or gauge.
func (r *rig) counted(name string, labels ...string) float64 {
	r.t.Helper()
	all, err := r.reg.Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	for _, f := range all {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.GetMetric() {
			var got []string
			for _, l := range m.GetLabel() {
				got = append(got, l.GetValue())
			}
			if strings.Join(got, " ") == strings.Join(labels, " ") {
				return m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	r.t.Fatalf("no series %s %v", name, labels)
	return 0
}
