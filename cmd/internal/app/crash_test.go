package app_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ringback/cmd/internal/app"
	"ringback/ivr/caller"
	"ringback/ivr/ledger"
	"ringback/ivr/ledger/postgrestest"
	"ringback/sessions/sessionstest"
)

// story is a deed that an instance dies over.
type story struct {
	name    string
	prepare func(o *outside, a *app.App) *handset            // by an instance that lives
	act     func(o *outside, h *handset, dead chan struct{}) // by the one that dies
	goOn    func(o *outside, h *handset)                     // by the next one
	check   func(o *outside, l *ledger.Ledger)               // at the end
}

func stories() []story {
	return []story{
		{"links", prepareLinks, actLinks, goOnLinks, checkLinks},
		{"report", prepareReport, actReport, goOnReport, checkReport},
	}
}

func file(t testing.TB) string {
	t.Helper()
	return "sqlite:" + filepath.Join(t.TempDir(), "ledger.db")
}

func TestCrashFile(t *testing.T) { crashEverywhere(t, file, crashSoon, everyStep, stories()...) }

func TestCrashPostgres(t *testing.T) {
	crashEverywhere(t, postgrestest.Start, crashSoon, notOfRedis, stories()...)
}

// Whoever comes back after the verdict's ten minutes gets nothing for it.
func TestCrashLate(t *testing.T) { crashEverywhere(t, file, crashLate, everyStep, stories()[0]) }

// everyStep leaves out those just before a message to Redis (what is outside is the
// same as after the answer to the message before), and those of the desk, to which a
// report goes when it has been settled.
func everyStep(step string) bool {
	n, err := strconv.Atoi(strings.TrimPrefix(step, "redis answered "))
	return !strings.HasPrefix(step, "redis next") && (err != nil || n <= 16)
}

// notOfRedis are the steps that a database can make a difference to.
func notOfRedis(step string) bool { return !strings.HasPrefix(step, "redis") }

// crashEverywhere kills an instance at each of its steps.
func crashEverywhere(t *testing.T, place func(testing.TB) string, crash func(*testing.T, *outside, story, string), want func(string) bool, all ...story) {
	for _, s := range all {
		t.Run(s.name, func(t *testing.T) {
			o := openOutside(t, sessionstest.StartRedis(t).URL(), place(t))
			steps := o.dies(s, "", s.first(o))
			if len(steps) < 20 {
				t.Errorf("%d steps: %q", len(steps), steps)
			}
			for _, step := range slices.DeleteFunc(steps, func(s string) bool { return !want(s) }) {
				t.Run(step, func(t *testing.T) {
					t.Parallel()
					crash(t, openOutside(t, sessionstest.StartRedis(t).URL(), place(t)), s, step)
				})
			}
		})
	}
}

// first has an instance that lives lead the call to the deed.
func (s story) first(o *outside) *handset {
	a := o.serveBy()
	h := s.prepare(o, a)
	o.stop(a)
	return h
}

// dies has a child serve the call until it dies at a step, or is done. It returns
// the steps that it passed.
func (o *outside) dies(s story, step string, h *handset) []string {
	o.t.Helper()
	ord := orders{Places: o.places, Die: step, Steps: filepath.Join(o.t.TempDir(), "steps")}
	ord.Places.Shift = time.Duration(o.clock.by.Load())
	text, err := json.Marshal(ord)
	if err != nil {
		o.t.Fatal(err)
	}
	cmd := exec.CommandContext(o.t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		o.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	read := bufio.NewReader(out)
	addr, err := read.ReadString('\n')
	if err != nil {
		o.t.Fatalf("the child serves nothing: %v", err)
	}
	dead := make(chan struct{})
	go func() {
		defer close(dead)
		_, _ = io.Copy(io.Discard, read)
		_ = cmd.Wait()
	}()
	o.lead(strings.TrimSpace(addr))
	s.act(o, h, dead)
	_ = cmd.Process.Kill()
	<-dead
	passed, err := os.ReadFile(ord.Steps)
	if err != nil {
		o.t.Fatal(err)
	}
	all := strings.Split(strings.TrimSpace(string(passed)), "\n")
	// Two tasks at once may take turns otherwise than in the run that was counted.
	if step != "" && all[len(all)-1] != step {
		o.t.Logf("not reached: %s", step)
	}
	return all
}

// crashSoon has another instance go on 20 seconds later, when the lease of every
// effect is over.
func crashSoon(t *testing.T, o *outside, s story, step string) {
	h := s.first(o)
	o.dies(s, step, h)
	o.visible()
	o.later(20 * time.Second)
	a := o.serveBy()
	s.goOn(o, h)
	o.stop(a)
	o.later(3 * time.Minute)
	o.sweep()
	l := o.ledger()
	s.check(o, l)
}

// crashLate has the next instance go on when no verdict is left.
func crashLate(t *testing.T, o *outside, s story, step string) {
	h := s.first(o)
	o.dies(s, step, h)
	asked := o.activations()
	o.later(11 * time.Minute)
	a := o.serveBy()
	for range 3 {
		if h.goOn() != nil || !h.hears("Which phone") {
			break
		}
		if err := h.press("1"); err != nil {
			t.Error(err)
		}
	}
	if h.hears("I am sending two texts") && o.activations() == asked && asked == 0 {
		t.Error("links are announced that nobody made")
	}
	o.stop(a)
	if n := o.activations(); n != asked {
		t.Errorf("Duo was asked %d times, and %d times after the verdict's end", asked, n)
	}
	o.sweep()
	o.whole(o.ledger())
}

// visible checks what the dead have left: whatever Duo was asked for has its
// intent in the audit, and an intent without an outcome shows as claimed.
func (o *outside) visible() {
	o.t.Helper()
	l := o.ledger()
	o.whole(l)
	intents, outcomes := o.links(l)
	if asked := o.activations(); asked > len(intents) {
		o.t.Errorf("Duo was asked %d times for %d claims", asked, len(intents))
	}
	for _, row := range intents {
		if state := o.find(l, row).State; (state == ledger.Claimed) == outcomes[row] {
			o.t.Errorf("an outcome %v, and the row is %v", outcomes[row], state)
		}
	}
}

// links are the claims in the audit, and which of them have an outcome.
func (o *outside) links(l *ledger.Ledger) (intents []int64, outcomes map[int64]bool) {
	o.t.Helper()
	rows, err := l.Audit(o.t.Context(), ledger.AuditFilter{Action: "links"})
	if err != nil {
		o.t.Fatal(err)
	}
	outcomes = map[int64]bool{}
	for _, r := range rows {
		if r.Phase == ledger.Intent {
			intents = append(intents, r.Seq)
			continue
		}
		var id int64
		if err := json.Unmarshal([]byte(r.Detail["intent"]), &id); err != nil {
			o.t.Fatal(err)
		}
		outcomes[id] = true
	}
	return intents, outcomes
}

func (o *outside) find(l *ledger.Ledger, id int64) ledger.ActionRow {
	o.t.Helper()
	row, err := l.Find(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return row
}

// ledger opens the trail beside whoever serves.
func (o *outside) ledger() *ledger.Ledger {
	o.t.Helper()
	c, err := o.places.config()
	if err != nil {
		o.t.Fatal(err)
	}
	l, err := ledger.Open(o.t.Context(), ledger.Options{
		URL: o.places.Ledger, Key: ledger.ChainKey(c.Keys.Pseudonym.Bytes()), Now: o.clock.Now, Timeout: 30 * time.Second,
	})
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() { _ = l.Close() })
	return l
}

func (o *outside) names() caller.Pseudonyms {
	o.t.Helper()
	c, err := o.places.config()
	if err != nil {
		o.t.Fatal(err)
	}
	names, err := caller.NewPseudonyms(c.Keys.Pseudonym.Bytes())
	if err != nil {
		o.t.Fatal(err)
	}
	return names
}

func (o *outside) whole(l *ledger.Ledger) {
	o.t.Helper()
	if r, err := l.Verify(o.t.Context()); err != nil || !r.OK() {
		o.t.Errorf("the chain: %v, %v", r, err)
	}
}

// sweep starts an instance that finds nobody on the phone: it settles what is left.
func (o *outside) sweep() {
	o.t.Helper()
	a := o.serveBy()
	l := a.Ledger()
	o.until(nil, "claims without an end", func() bool {
		rows, err := l.Stale(o.t.Context(), "links", o.clock.Now().Add(-2*time.Minute), 0)
		return err == nil && len(rows) == 0
	})
	o.until(nil, "notices", func() bool {
		s, err := l.NoticeStats(o.t.Context())
		return err == nil && (s.Pending == 0 || s.Oldest.After(o.clock.Now()))
	})
	rec := httptest.NewRecorder()
	a.MetricsHandler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	if !strings.Contains(rec.Body.String(), "\nringback_unverified_actions_total 0\n") {
		o.t.Error("an action without a verdict")
	}
	o.stop(a)
}

// told checks that everybody was told of something once: so many addresses, each
// in one notice, which has left.
func (o *outside) told(l *ledger.Ledger, intent int64, want int) {
	o.t.Helper()
	events := map[string]bool{}
	for _, state := range []ledger.NoticeState{ledger.NoticeSent, ledger.NoticePending, ledger.NoticeDead} {
		all, err := l.Notices(o.t.Context(), state, 0)
		if err != nil {
			o.t.Fatal(err)
		}
		for _, n := range all {
			if n.Intent != intent {
				continue
			}
			events[n.Event] = true
			if state != ledger.NoticeSent {
				o.t.Errorf("a notice of %d is %v", intent, state)
			}
		}
	}
	if len(events) != want {
		o.t.Errorf("%d are told of %d, want %d", len(events), intent, want)
	}
}
