package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"ringback/ivr/ledger"
	"ringback/ivr/ledger/ledgertest"
	"ringback/ivr/ledger/postgrestest"
)

// The child's orders: where the ledger and the world outside are, when it is,
// and at which step to die.
const crashEnv = "RINGBACK_LEDGER_CRASH"

func TestMain(m *testing.M) {
	if orders := os.Getenv(crashEnv); orders != "" {
		os.Exit(crash(strings.Split(orders, " ")))
	}
	os.Exit(m.Run())
}

// crash is the child: it does the work of an instance until it dies.
func crash(orders []string) int {
	at, err := strconv.Atoi(orders[2])
	if err == nil {
		err = openWorker(context.Background(), orders[0], orders[1], ledgertest.Noon(), at).run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// worker is an instance, reduced to what touches the ledger and the world.
type worker struct {
	ctx    context.Context
	l      *ledger.Ledger
	err    error
	world  string // a file of what was really done, a line each
	now    time.Time
	die    int      // the number of the step that kills it; 0 is none
	passed int      // steps so far
	steps  []string // their names
}

func openWorker(ctx context.Context, url, world string, now time.Time, die int) *worker {
	w := &worker{ctx: ctx, world: world, now: now, die: die}
	w.l, w.err = ledger.Open(ctx, ledger.Options{
		URL: url, Key: ledger.ChainKey([]byte("key")), Now: func() time.Time { return w.now }, Timeout: 30 * time.Second,
	})
	if w.err == nil {
		w.l.OnStep(func(op, step string) { w.step(op + " " + step) })
	}
	return w
}

// step is a numbered place to die: like a pulled plug, nothing is flushed and
// nothing is closed.
func (w *worker) step(name string) {
	w.passed++
	w.steps = append(w.steps, name)
	if w.passed == w.die {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// outside does something that cannot be taken back, and dies just before or after.
func (w *worker) outside(what string) error {
	w.step(what + " next")
	f, err := os.OpenFile(w.world, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(what + "\n")
	err = errors.Join(err, f.Close())
	w.step(what + " done")
	return err
}

// happened counts what was done outside: this is asking Duo, or the carrier.
func (w *worker) happened(what string) int {
	b, _ := os.ReadFile(w.world)
	return bytes.Count(b, []byte(what+"\n"))
}

// run is a code checked, links sent, and the person told. It may run again over
// whatever an earlier run has left.
func (w *worker) run() error {
	if w.err != nil {
		return w.err
	}
	defer func() { _ = w.l.Close() }()
	for _, part := range []func() error{w.prove, w.reconnect, w.tell} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

func (w *worker) prove() error {
	a, err := w.l.Reserve(w.ctx, "s1", "texted_code", w.now)
	if err != nil || !a.Granted {
		return errors.Join(err, errNot("granted", a.Granted))
	}
	first, err := w.l.Spend(w.ctx, ledger.Spent{Subject: "s1", Kind: "texted_code", Token: "t", CallRef: "call"})
	if err != nil {
		return err
	}
	if first {
		if err := w.outside("code counted"); err != nil {
			return err
		}
	}
	_, err = w.l.Settle(w.ctx, a, first)
	return err
}

func (w *worker) reconnect() error {
	row, created, err := w.l.Claim(w.ctx, ledger.Action{
		Kind: "links", Subject: "s1", Day: "2026-11-24", Ordinal: 1, CallRef: "call", EffectID: 1, Actor: "line",
	}, ledger.Notice{
		Event: "links/call/1/1", Reference: "r", Subject: "s1", Kind: "links_sent", Channel: "mail", Sealed: []byte("sealed"),
		Due: w.now.Add(time.Hour),
	})
	if err != nil {
		return err
	}
	done := w.happened("links sent") > 0 // a claim of before is reconciled by looking
	if created {
		if err := w.outside("links sent"); err != nil {
			return err
		}
		done = true
	}
	if row.State == ledger.Done || row.State == ledger.Failed {
		return nil
	}
	if !done {
		return w.l.Finish(w.ctx, row.ID, ledger.Failed, nil)
	}
	return w.l.Finish(w.ctx, row.ID, ledger.Done, nil)
}

func (w *worker) tell() error {
	claimed, err := w.l.ClaimNotices(w.ctx, w.now, 10, time.Minute)
	if err != nil {
		return err
	}
	for _, n := range claimed {
		if n.Attempts == 1 || w.happened("notice sent") == 0 { // a second attempt looks first
			if err := w.outside("notice sent"); err != nil {
				return err
			}
		}
		if err := w.l.SettleNotice(w.ctx, n.ID, n.Attempts, ledger.Settlement{State: ledger.NoticeSent}); err != nil {
			return err
		}
	}
	return nil
}

func errNot(what string, ok bool) error {
	if ok {
		return nil
	}
	return errors.New("not " + what)
}

func TestCrashFile(t *testing.T) { crashEverywhere(t, file) }

func TestCrashPostgres(t *testing.T) { crashEverywhere(t, postgrestest.Start) }

// crashEverywhere kills a child at each step of its work, and lets another
// instance go on from there.
func crashEverywhere(t *testing.T, place ledgertest.Place) {
	whole := openWorker(t.Context(), place(t), filepath.Join(t.TempDir(), "world"), ledgertest.Noon(), 0)
	if err := whole.run(); err != nil {
		t.Fatal(err)
	}
	if len(whole.steps) != 27 {
		t.Errorf("%d steps: %q", len(whole.steps), whole.steps)
	}
	for i, name := range whole.steps {
		t.Run(fmt.Sprintf("%d %s", i+1, name), func(t *testing.T) {
			t.Parallel()
			url, world := place(t), filepath.Join(t.TempDir(), "world")
			kill(t, url, world, i+1)
			goOn(t, url, world)
		})
	}
}

// kill runs a child that dies at a step.
func kill(t *testing.T, url, world string, step int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashEnv+"="+strings.Join([]string{url, world, strconv.Itoa(step)}, " "))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("the child has not died: %v\n%s", err, out)
	}
}

// goOn opens what the dead instance has left, once its lease is over, and
// finishes the work.
func goOn(t *testing.T, url, world string) {
	t.Helper()
	w := openWorker(t.Context(), url, world, ledgertest.Noon().Add(2*time.Minute), 0)
	if w.err != nil {
		t.Fatal(w.err)
	}
	if r, err := w.l.Verify(t.Context()); err != nil || !r.OK() {
		t.Errorf("the chain that was left: %v, %v", r, err)
	}
	claimed := w.state(t)
	if claimed == ledger.StateUnknown && w.happened("links sent") > 0 {
		t.Error("links were sent without a row")
	}
	if err := w.run(); err != nil {
		t.Fatal(err)
	}
	w = openWorker(t.Context(), url, world, w.now, 0)
	defer func() { _ = w.l.Close() }()
	for _, what := range []string{"code counted", "links sent", "notice sent"} {
		if n := w.happened(what); n > 1 {
			t.Errorf("%s: %d times", what, n)
		}
	}
	sent := w.happened("links sent") == 1
	if state := w.state(t); (state == ledger.Done) != sent || (state == ledger.Failed) == sent {
		t.Errorf("links sent %v, and the ledger says %v", sent, state)
	}
	stats, err := w.l.NoticeStats(t.Context())
	if told := w.happened("notice sent") == 1; err != nil || stats.Pending != 0 || told != sent {
		t.Errorf("links sent %v, told %v, %+v, %v", sent, told, stats, err)
	}
	if r, err := w.l.Verify(t.Context()); err != nil || !r.OK() {
		t.Errorf("the chain: %v, %v", r, err)
	}
}

// state is how far the links are; unknown without a claim.
func (w *worker) state(t *testing.T) ledger.State {
	t.Helper()
	rows, err := w.l.Audit(t.Context(), ledger.AuditFilter{Action: "links"})
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 {
		return ledger.StateUnknown
	}
	row, err := w.l.Find(t.Context(), rows[len(rows)-1].Seq)
	if err != nil {
		t.Fatal(err)
	}
	return row.State
}
