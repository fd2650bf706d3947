package caller_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/duo"
	"ringback/ivr/ledger"
)

// truth is the reference model: what a person who watches would say. It knows
// nothing of rows, leases and hashes; it keeps what happened and counts it anew.
type truth struct {
	failures map[string][]time.Time // by ID and factor: since the last pass or unlock
	frozen   map[string]bool
	used     map[string]bool // what passed once
	sends    map[string][]time.Time
	last     map[string]time.Time // of each way to a person
}

func newTruth() *truth {
	return &truth{failures: map[string][]time.Time{}, frozen: map[string]bool{}, used: map[string]bool{}, sends: map[string][]time.Time{}, last: map[string]time.Time{}}
}

// refused says whether a try is refused before it counts.
func (m *truth) refused(key string, now time.Time) bool {
	f := m.failures[key]
	switch n := len(f); {
	case n >= 10:
		return true
	case n >= 3:
		wait := 30 * time.Second
		for range n - 3 {
			wait = min(2*wait, time.Hour)
		}
		return now.Before(f[n-1].Add(wait))
	}
	return false
}

// maySend says whether the limits leave room for one more by a way.
func (m *truth) maySend(id string, f ivr.Factor, now time.Time) bool {
	within := func(d time.Duration) (n int) {
		for _, at := range m.sends[id] {
			if now.Sub(at) < d {
				n++
			}
		}
		return n
	}
	last, ok := m.last[id+f.String()]
	return (!ok || now.Sub(last) >= 30*time.Second) && within(time.Hour) < 3 && within(24*time.Hour) < 5
}

// walk is a random walk of calls, failures, time and restarts.
type walk struct {
	t       testing.TB
	r       *rand.Rand
	clock   *walkClock
	redis   *redis
	shelf   shelf
	service *caller.Service
	truth   *truth
	hash    string
	names   caller.Pseudonyms
	calls   int
	call    ivr.Call
	sid     string
	digits  map[ivr.Factor]string // what the last send of this call delivered
	sent    int
	passed  int
	result  duo.PushResult
	issued  map[string]string // a recovery code that is out, by ID
	worn    map[string]string // one that is used up
	papers  int
}

// ByID knows the even IDs. Every fourth has no PIN, and so gets codes without one.
func (w *walk) ByID(_ context.Context, id string) (caller.Person, bool, error) {
	n, _ := strconv.Atoi(id)
	if n%2 != 0 {
		return caller.Person{}, false, nil
	}
	p := caller.Person{
		ID: id, Username: id, Phones: []caller.Phone{{Number: "+1919555" + id[3:]}},
		Emails: []caller.Email{{Address: id + "@example.com", OutsideSSO: true}},
	}
	if n%4 != 0 {
		p.PINHash = w.hash
	}
	return p, true, nil
}

func (w *walk) SendCode(_ context.Context, _ string, _ ivr.Call, _, code string) ivr.Outcome {
	w.digits[ivr.FactorTextedCode] = code
	w.sent++
	return ivr.OutcomeOK
}

func (w *walk) MailCode(_ context.Context, _ ivr.Call, _, code string) ivr.Outcome {
	w.digits[ivr.FactorEmailedCode] = code
	w.sent++
	return ivr.OutcomeOK
}

func (w *walk) Devices(_ context.Context, username string) (string, []caller.Device, error) {
	return "DU" + username, []caller.Device{{ID: "DP1"}}, nil
}

func (w *walk) Send(context.Context, string, string) (string, duo.Code, error) {
	w.sent++
	w.digits[ivr.FactorDuoPush] = fmt.Sprintf("%06d", w.r.IntN(1_000_000))
	return "push-" + strconv.Itoa(w.sent), duo.Code(w.digits[ivr.FactorDuoPush]), nil
}

func (w *walk) Result(context.Context, string, string) (duo.PushResult, error) { return w.result, nil }

func newWalk(t testing.TB, seed uint64, s shelf) *walk {
	t.Helper()
	w := &walk{
		t: t, r: rand.New(rand.NewPCG(seed, 3)), clock: &walkClock{now: noon}, shelf: s, truth: newTruth(), names: pseudonyms(), issued: map[string]string{}, worn: map[string]string{}, //nolint:gosec // a seed that can be told
	}
	w.redis = &redis{now: w.clock.Now}
	w.redis.forget()
	var err error
	if w.hash, err = caller.HashPIN("24681357", caller.HashParams{MemoryKiB: 8, Passes: 1}); err != nil {
		t.Fatal(err)
	}
	w.restart()
	w.hangUp()
	return w
}

// restart is another instance on the same stores.
func (w *walk) restart() {
	var err error
	w.service, err = caller.NewService(caller.Options{
		Directory: w, Failures: w.shelf, Numbers: w.shelf, Proofs: w.shelf, Freezes: w.shelf, Threats: w.shelf,
		Windows: w.redis, Meter: w.redis, Kept: w.redis, Sender: w, Mailer: w, Pusher: w, PushWatch: -1,
		Pseudonyms: w.names, Clock: w.clock, Hashing: caller.HashParams{MemoryKiB: 8, Passes: 1},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// hangUp ends the call and makes another one.
func (w *walk) hangUp() {
	if w.sid != "" {
		if w.pushed() && w.result == duo.PushFraud {
			w.truth.frozen[w.call.ID] = true // asked once the call is over
		}
		w.service.Ended(w.t.Context(), w.sid, w.call)
	}
	w.calls++
	w.sid = "CA" + strconv.Itoa(w.calls)
	w.call = ivr.Call{Ref: "r" + strconv.Itoa(w.calls), ID: strconv.Itoa(1_000_000 + w.r.IntN(8)), Salt: w.r.Uint64()}
	w.digits = map[ivr.Factor]string{}
}

// step does one thing and compares with the truth.
func (w *walk) step() {
	switch n := w.r.IntN(100); {
	case n < 12:
		w.clock.now = w.clock.now.Add(time.Duration(w.r.Int64N(int64(10 * time.Minute))))
	case n < 14:
		w.clock.now = w.clock.now.Add(time.Duration(w.r.Int64N(int64(26 * time.Hour))))
	case n < 26:
		w.hangUp()
	case n < 31:
		w.upset()
	case n < 50:
		w.send()
	default:
		w.check()
	}
}

// upset is what happens seldom: a restart, Redis lost, a lead at work, a set of
// codes on paper.
func (w *walk) upset() {
	id := w.call.ID
	subject := w.names.Subject(id)
	var err error
	switch w.r.IntN(12) {
	case 0:
		w.restart()
	case 1:
		w.redis.forget()
		w.truth.last = map[string]time.Time{}
		w.truth.sends = map[string][]time.Time{} // the limits of sends may be forgotten, those of tries not
		clear(w.digits)                          // and so is the push
		w.hangUp()
	case 2:
		_, err = w.shelf.Freeze(w.t.Context(), ledger.Freeze{Subject: subject, By: "line"})
		w.truth.frozen[id] = true
	case 3, 6, 7:
		if w.truth.frozen[id] {
			err = w.shelf.Unfreeze(w.t.Context(), subject, "jo", "asked")
			delete(w.truth.frozen, id)
		}
	case 4, 8, 9:
		for _, f := range ivr.Factors() {
			if len(w.truth.failures[id+f.String()]) > 0 {
				err = w.shelf.Unlock(w.t.Context(), subject, f.String(), "jo", "asked")
				w.truth.failures[id+f.String()] = nil
			}
			if name := ledger.Unsent(f.String()); err == nil && len(w.truth.failures[id+name]) > 0 { // no lead has to; a walk goes on
				err = w.shelf.Unlock(w.t.Context(), subject, name, "jo", "asked")
				w.truth.failures[id+name] = nil
			}
		}
	case 5, 10, 11:
		w.papers++
		w.issued[id] = fmt.Sprintf("%020d", w.papers)
		err = w.shelf.SetRecoveryCodes(w.t.Context(), subject, []string{w.names.RecoveryHash(subject, w.issued[id])}, "jo", "a new paper")
		w.truth.failures[id+ivr.FactorRecoveryCode.String()] = nil // they were of another paper
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// send asks for a code of a factor that sends.
func (w *walk) send() {
	f := []ivr.Factor{ivr.FactorTextedCode, ivr.FactorEmailedCode, ivr.FactorDuoPush}[w.r.IntN(3)]
	now, id := w.clock.now, w.call.ID
	effect := w.call.Effects + 1
	w.call.Effects = effect
	before := w.call.Code
	w.call.Code = ivr.Code{Factor: f, Effect: effect, Issued: now.Unix(), Sends: before.Sends + 1}
	sent := w.sent
	e := w.call.Effect(ivr.Open{ID: effect, Kind: ivr.EffectSendCode})
	out := w.service.Run(w.t.Context(), w.sid, w.call, e).(ivr.CodeSent).Outcome
	proven := false
	for _, p := range w.call.Passed {
		proven = proven || p.Factor == ivr.FactorPIN || p.Factor == ivr.FactorRecoveryCode
	}
	books := id // calls that have proven nothing have books of their own
	if !proven {
		books = "unproven " + id
	}
	room := w.truth.maySend(books, f, now)
	if room {
		w.truth.sends[books] = append(w.truth.sends[books], now)
		w.truth.last[books+f.String()] = now
	}
	if (out == ivr.OutcomeLimited) == room {
		w.t.Fatalf("send to %s: %v, the model says room: %v", id, out, room)
	}
	n, _ := strconv.Atoi(id)
	free := n%4 == 0 && w.issued[id] == "" && w.call.Code.Sends == 1
	may := room && n%2 == 0 && !w.truth.frozen[id] && len(w.truth.failures[id+f.String()]) < 10 && (proven || free)
	if (w.sent > sent) != may || w.sent > sent+1 {
		w.t.Fatalf("%v for %s: %d sent, the model says %v", f, id, w.sent-sent, may)
	}
	if !may {
		delete(w.digits, f) // no code of this effect is anywhere
	}
	if again := w.sent; f == ivr.FactorDuoPush { // a second run pushes no more
		w.clock.now = now.Add(31 * time.Second)
		w.service.Run(w.t.Context(), w.sid, w.call, e)
		if w.truth.maySend(books, f, w.clock.now) {
			w.truth.sends[books] = append(w.truth.sends[books], w.clock.now)
			w.truth.last[books+f.String()] = w.clock.now
		}
		if w.sent != again && room {
			w.t.Fatalf("one effect pushed twice")
		}
	}
}

// check keys something right or wrong.
func (w *walk) check() {
	f := ivr.Factors()[w.r.IntN(5)]
	id, now := w.call.ID, w.clock.now
	n, _ := strconv.Atoi(id)
	right, thing := "", "" // what would pass, and what it is that passes once
	switch {
	case n%2 != 0:
	case f == ivr.FactorPIN && n%4 != 0:
		right = "24681357"
	case f == ivr.FactorRecoveryCode:
		right = w.issued[id]
		thing = "paper" + right
	case f.Sends() && w.call.Code.Factor == f && now.Sub(time.Unix(w.call.Code.Issued, 0)) < 5*time.Minute && w.call.Code.Tries < 3:
		right = w.digits[f]
		thing = fmt.Sprint(w.sid, f, w.call.Code.Effect)
	}
	keyed := fmt.Sprintf("%08d", w.r.IntN(100_000_000))
	switch {
	case right != "" && w.r.IntN(4) > 0:
		keyed = right
	case f == ivr.FactorRecoveryCode && w.worn[id] != "":
		keyed = w.worn[id]
	case right == "" && w.digits[f] != "" && w.r.IntN(2) == 0:
		keyed = w.digits[f] // too late, too often, or not the live one
	}
	w.result = []duo.PushResult{duo.PushApproved, duo.PushApproved, duo.PushApproved, duo.PushApproved, duo.PushDenied, duo.PushWaiting, duo.PushWaiting, duo.PushFraud}[w.r.IntN(8)]
	if f.Sends() && w.call.Code.Tries < 200 {
		w.call.Code.Tries++
	}
	e := ivr.CheckFactor{Factor: f, ID: id, Secret: ivr.Secret(keyed), Code: w.call.Code, Salt: w.call.Salt, Ref: w.call.Ref}
	got := w.service.Run(w.t.Context(), w.sid, w.call, e).(ivr.Checked).Outcome
	want := w.expect(f, id, now, keyed == right && right != "", thing)
	if got != want {
		w.t.Fatalf("%v of %s at %v (%d failures, frozen %v, right %v): %v, the model says %v", f, id, now, len(w.truth.failures[id+f.String()]), w.truth.frozen[id], keyed == right, got, want)
	}
	if got == ivr.OutcomeOK {
		w.passed++
		w.call.Passed = append(w.call.Passed, ivr.Passed{Factor: f, At: now.Unix()})
	}
}

// expect is what the model says, and what it remembers.
func (w *walk) expect(f ivr.Factor, id string, now time.Time, right bool, thing string) ivr.Outcome {
	key := id + f.String()
	if f.Sends() && !w.out(f, now) { // guesses at nothing are nobody's failures
		key = id + ledger.Unsent(f.String())
		right = false
	}
	if w.truth.refused(key, now) {
		return ivr.OutcomeLocked
	}
	w.truth.failures[key] = append(w.truth.failures[key], now)
	switch {
	case w.truth.frozen[id]:
		return ivr.OutcomeLocked
	case f == ivr.FactorDuoPush && w.result == duo.PushFraud && w.out(f, now):
		w.truth.frozen[id] = true // whatever was keyed
		return ivr.OutcomeFailed
	case !right:
		return ivr.OutcomeFailed
	case f == ivr.FactorDuoPush && w.result == duo.PushWaiting:
		return ivr.OutcomeLost
	case f == ivr.FactorDuoPush && w.result != duo.PushApproved, thing != "" && w.truth.used[thing]:
		return ivr.OutcomeFailed
	}
	w.truth.failures[key] = nil
	if f == ivr.FactorRecoveryCode {
		w.worn[id] = w.issued[id]
		delete(w.issued, id)
	}
	if thing != "" {
		w.truth.used[thing] = true
	}
	return ivr.OutcomeOK
}

// out says whether the call's code is one of a factor, was sent and may still be
// keyed.
func (w *walk) out(f ivr.Factor, now time.Time) bool {
	return w.call.Code.Factor == f && w.digits[f] != "" && now.Sub(time.Unix(w.call.Code.Issued, 0)) < 5*time.Minute
}

// pushed says whether the call's live code went out as a push.
func (w *walk) pushed() bool {
	n, _ := strconv.Atoi(w.call.ID)
	return n%2 == 0 && w.call.Code.Factor == ivr.FactorDuoPush && w.digits[ivr.FactorDuoPush] != ""
}

// A million random steps (fewer with the race detector), each with the outcome that the model says: nothing
// passes without the right factor, counters survive restarts and the loss of
// Redis, and nothing is sent beyond the limits.
func TestRandomWalks(t *testing.T) {
	const walks = 8
	var steps, passed, sent atomic.Int64
	t.Run("walks", func(t *testing.T) {
		for i := range uint64(walks) {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				w := newWalk(t, i, newMemory())
				for range walkSteps / walks {
					w.step()
				}
				steps.Add(walkSteps / walks)
				passed.Add(int64(w.passed))
				sent.Add(int64(w.sent))
			})
		}
	})
	t.Logf("%d steps, %d passes, %d sends", steps.Load(), passed.Load(), sent.Load())
	if passed.Load() < walkSteps/200 || sent.Load() < walkSteps/1000 {
		t.Error("the walks do not get anywhere")
	}
}

// The same on a real ledger, so that the one in memory can be believed.
func TestRandomWalkOnALedger(t *testing.T) {
	w := newWalk(t, 99, newMemory())
	l, err := ledger.Open(t.Context(), ledger.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "ledger.db"), Now: w.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	w.shelf = l
	w.restart()
	for range 2000 {
		w.step()
	}
	if w.passed < 10 {
		t.Errorf("%d passes", w.passed)
	}
}
