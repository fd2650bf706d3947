package caller_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/clock"
	"ringback/ivr/ledger"
	"ringback/sessions"
	"ringback/sessions/sessionstest"
)

// site is several instances on a real ledger and a real Redis.
type site struct {
	t         *testing.T
	clock     *clock.Virtual
	redis     *sessionstest.Redis
	url       string
	book      *ledger.Ledger
	store     *sessions.Store
	instances []*caller.Service
	compares  caller.Compares
	sent      chan string
}

// crowd is a directory of everybody whose ID has seven digits and begins with 2,
// all with the same PIN.
type crowd struct{ hash string }

func (c crowd) ByID(_ context.Context, id string) (caller.Person, bool, error) {
	if id[0] != '2' {
		return caller.Person{}, false, nil
	}
	return caller.Person{ID: id, Username: "u" + id, PINHash: c.hash, Phones: []caller.Phone{{Number: "+1919" + id}}, Emails: []caller.Email{{Address: id + "@example.com", OutsideSSO: true}}}, true, nil
}

// SendCode hands the code to the test.
func (s *site) SendCode(_ context.Context, _ string, _ ivr.Call, _, code string) ivr.Outcome {
	s.sent <- code
	return ivr.OutcomeOK
}

// MailCode hands the code to the test.
func (s *site) MailCode(_ context.Context, _ ivr.Call, _, code string) ivr.Outcome {
	s.sent <- code
	return ivr.OutcomeOK
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{
		t: t, clock: clock.NewVirtual(noon), redis: sessionstest.StartRedis(t), url: "sqlite:" + filepath.Join(t.TempDir(), "ledger.db"), sent: make(chan string, 100),
	}
	s.open()
	t.Cleanup(s.close)
	return s
}

func (s *site) open() {
	s.t.Helper()
	ctx := context.WithoutCancel(s.t.Context())
	var err error
	if s.book, err = ledger.Open(ctx, ledger.Options{URL: s.url, Now: s.clock.Now, Timeout: 30 * time.Second}); err != nil {
		s.t.Fatal(err)
	}
	key := make([]byte, 32)
	if s.store, err = sessions.Open(ctx, sessions.Options{URL: s.redis.URL(), Key: key, Now: s.clock.Now, Timeout: 5 * time.Second}); err != nil {
		s.t.Fatal(err)
	}
	hash, err := caller.HashPIN("24681357", cheap)
	if err != nil {
		s.t.Fatal(err)
	}
	s.instances = nil
	for range 2 {
		svc, err := caller.NewService(caller.Options{
			Directory: crowd{hash}, Failures: s.book, Numbers: s.book, Proofs: s.book, Freezes: s.book, Threats: s.book,
			Windows: s.store.Windows(), Meter: s.store.Meter(), Kept: s.store.Values(), Sender: s, Mailer: s, Pseudonyms: pseudonyms(), Clock: s.clock, Hashing: cheap,
		})
		if err != nil {
			s.t.Fatal(err)
		}
		for _, f := range []ivr.Factor{ivr.FactorPIN, ivr.FactorTextedCode, ivr.FactorEmailedCode} {
			s.compares.Count(svc, f)
		}
		s.instances = append(s.instances, svc)
	}
}

func (s *site) close() {
	for _, svc := range s.instances {
		svc.Wait()
	}
	if err := s.store.Close(); err != nil {
		s.t.Error(err)
	}
	if err := s.book.Close(); err != nil {
		s.t.Error(err)
	}
}

// restart kills Redis, which forgets everything, and restarts all instances.
func (s *site) restart() {
	s.t.Helper()
	s.close()
	s.redis.Kill()
	s.redis.Restart()
	s.open()
}

// all runs f for each of n callers at once.
func all(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

// Fifty calls at once guess one person's PIN, hang up, call again, hour after hour,
// while Redis and the instances are restarted. What is compared stays within the
// cap, and then the right PIN is worth nothing.
func TestFiftyCallsOnOneSubject(t *testing.T) {
	s := newSite(t)
	const rounds = 14
	for round := range rounds {
		if round%5 == 4 {
			s.restart()
		}
		all(50, func(i int) {
			sid := fmt.Sprintf("CA%d-%d", round, i)
			svc := s.instances[i%2]
			for range 2 { // a retry is a try
				svc.Run(t.Context(), sid, ivr.Call{}, pin("2000001", "1111222"+strconv.Itoa(i%10)))
			}
			svc.Ended(t.Context(), sid, ivr.Call{ID: "2000001"})
		})
		s.clock.Set(s.clock.Now().Add(time.Hour))
	}
	most, _ := s.compares.Most()
	t.Logf("%d tries in %d calls: %d compares, the cap is 10", rounds*100, rounds*50, most)
	if most == 0 || most > 10 {
		t.Errorf("%d compares", most)
	}
	got := s.instances[0].Run(t.Context(), "CAright", ivr.Call{}, pin("2000001", "24681357"))
	if got != (ivr.Checked{Outcome: ivr.OutcomeLocked, Phone: ivr.NoPhone}) {
		t.Errorf("the right PIN afterwards: %+v", got)
	}
}

// Somebody who has nothing but an ID guesses at codes for a day, asks for them to be
// sent, and calls again. Nothing was sent, so nothing can match, and nothing is
// disabled: the person proves with codes afterwards, as if nobody had called.
func TestGuessesAtCodesThatWereNeverSent(t *testing.T) {
	s := newSite(t)
	const id, hours = "2000003", 24
	for hour := range hours {
		if hour == hours/2 {
			s.restart()
		}
		all(10, func(i int) {
			sid, svc := fmt.Sprintf("CA%d-%d", hour, i), s.instances[i%2]
			for n, f := range []ivr.Factor{ivr.FactorTextedCode, ivr.FactorEmailedCode, ivr.FactorDuoPush} {
				call := ivr.Call{ID: id, Ref: sid, Code: ivr.Code{Factor: f, Effect: uint32(n + 1), Issued: s.clock.Now().Unix(), Sends: 1}}
				svc.Run(t.Context(), sid, call, ivr.SendCode{ID: id, Code: call.Code, Ref: sid})
				for call.Code.Tries < 3 {
					call.Code.Tries++
					svc.Run(t.Context(), sid, call, ivr.CheckFactor{Factor: f, ID: id, Code: call.Code, Ref: sid, Secret: "123456"})
				}
			}
			svc.Ended(t.Context(), sid, ivr.Call{ID: id})
		})
		s.clock.Set(s.clock.Now().Add(time.Hour))
	}
	if most, _ := s.compares.Most(); most != 0 || len(s.sent) != 0 {
		t.Errorf("%d compares that could match, %d sent", most, len(s.sent))
	}
	if locks, err := s.book.Locks(t.Context(), 0); err != nil || len(locks) != 0 {
		t.Errorf("locks %+v, %v", locks, err)
	}
	for n, f := range []ivr.Factor{ivr.FactorTextedCode, ivr.FactorEmailedCode} {
		call := ivr.Call{ID: id, Passed: pinPassed, Code: ivr.Code{Factor: f, Effect: uint32(n + 1), Issued: s.clock.Now().Unix(), Tries: 1}, Ref: "owner"}
		if sent := s.instances[0].Run(t.Context(), "CAowner", call, ivr.SendCode{ID: id, Code: call.Code, Ref: call.Ref}).(ivr.CodeSent); sent.Outcome != ivr.OutcomeOK || len(s.sent) != 1 {
			t.Fatalf("%v: %v, %d sent", f, sent, len(s.sent))
		}
		got := s.instances[1].Run(t.Context(), "CAowner", call, ivr.CheckFactor{Factor: f, ID: id, Code: call.Code, Ref: call.Ref, Secret: ivr.Secret(<-s.sent)})
		if got.(ivr.Checked).Outcome != ivr.OutcomeOK {
			t.Errorf("the owner's own %v: %+v", f, got)
		}
	}
}

// A code that was sent is guessed at within the cap, whatever is sent by other calls
// meanwhile: what they get says nothing of this one's.
func TestGuessesAtACodeThatWasSent(t *testing.T) {
	s := newSite(t)
	const id = "2000005"
	for round := range uint32(20) {
		call := ivr.Call{ID: id, Passed: pinPassed, Code: ivr.Code{Effect: 1, Issued: s.clock.Now().Unix(), Tries: 1}, Salt: uint64(round), Ref: "r" + strconv.Itoa(int(round))}
		sid := "CA" + strconv.Itoa(int(round))
		sent := s.instances[0].Run(t.Context(), sid, call, ivr.SendCode{ID: id, Code: call.Code, Salt: call.Salt, Ref: call.Ref}).(ivr.CodeSent)
		if sent.Outcome != ivr.OutcomeOK {
			t.Fatalf("round %d: %v", round, sent)
		}
		all(20, func(i int) {
			s.instances[i%2].Run(t.Context(), sid, call, ivr.CheckFactor{Factor: ivr.FactorTextedCode, ID: id, Code: call.Code, Salt: call.Salt, Ref: call.Ref, Secret: "12345"})
		})
		for _, svc := range s.instances {
			svc.Ended(t.Context(), sid, ivr.Call{ID: id})
		}
		s.clock.Set(s.clock.Now().Add(5 * time.Hour))
	}
	if most, _ := s.compares.Most(); most != 10 {
		t.Errorf("%d compares, the cap is 10", most)
	}
	if lock, err := s.book.Lock(t.Context(), pseudonyms().Subject(id), "texted_code"); err != nil || !lock.Disabled {
		t.Errorf("lock %+v, %v", lock, err)
	}
}

// Ten callers of three exchanges try many people for some hours, each as often as a
// call lets them. The look-ups of the prefixes bound them, and the meter sees them.
func TestTenCallersOverManySubjects(t *testing.T) {
	s := newSite(t)
	const hours, subjects = 4, 2000
	var next, tries atomic.Int64
	for hour := range hours {
		if hour == hours/2 {
			s.restart()
		}
		all(10, func(i int) {
			svc, from := s.instances[i%2], fmt.Sprintf("+191955%d010%d", 5+i%3, i)
			for n := range 12 {
				id := strconv.FormatInt(2_000_000+next.Add(1)%subjects, 10)
				sid := fmt.Sprintf("CA%d-%d-%d", hour, i, n)
				if svc.Run(t.Context(), sid, ivr.Call{}, ivr.LookUp{ID: id, From: from}).(ivr.LookedUp).Outcome != ivr.OutcomeOK {
					continue
				}
				for range 6 {
					tries.Add(1)
					svc.Run(t.Context(), sid, ivr.Call{From: from}, pin(id, "11112222"))
				}
				svc.Ended(t.Context(), sid, ivr.Call{ID: id, From: from})
			}
		})
		s.clock.Set(s.clock.Now().Add(time.Hour))
	}
	for _, svc := range s.instances {
		svc.Wait()
	}
	most, together := s.compares.Most()
	// 30 look-ups an hour of a prefix, 3 tries each before the first wait.
	limit := hours * 3 * 30 * 3
	t.Logf("%d calls, %d tries over %d people: %d compares together, %d of one person; the caps are %d and 10", hours*120, tries.Load(), subjects, together, most, limit)
	if most == 0 || most > 10 || together > limit {
		t.Errorf("%d and %d compares", most, together)
	}
	if threat, err := s.book.Threat(t.Context()); err != nil || threat.By != "line" || threat.Reason != "tripped" {
		t.Errorf("threat %+v, %v", threat, err)
	}
}

// The same right code is keyed in several calls and instances at once.
func TestRaces(t *testing.T) {
	s := newSite(t)
	names := pseudonyms()
	subject := names.Subject("2000007")
	var codes []string
	for range 4 {
		c, err := caller.NewRecoveryCode()
		if err != nil {
			t.Fatal(err)
		}
		codes = append(codes, names.RecoveryHash(subject, c))
		if err := s.book.SetRecoveryCodes(t.Context(), subject, codes, "jo", "a new paper"); err != nil {
			t.Fatal(err)
		}
		s.race(fmt.Sprintf("recovery code %d", len(codes)), ivr.CheckFactor{Factor: ivr.FactorRecoveryCode, ID: "2000007", Secret: ivr.Secret(c)})
	}
	for n := range uint32(4) {
		call := ivr.Call{ID: "2000007", Passed: pinPassed, Code: ivr.Code{Effect: n + 1, Issued: s.clock.Now().Unix(), Tries: 1}, Salt: 3, Ref: "r1"}
		s.instances[0].Run(t.Context(), "CA1", call, ivr.SendCode{ID: call.ID, Code: call.Code, Salt: call.Salt, Ref: call.Ref})
		s.race("texted code", ivr.CheckFactor{Factor: ivr.FactorTextedCode, ID: call.ID, Code: call.Code, Salt: call.Salt, Ref: call.Ref, Secret: ivr.Secret(<-s.sent)})
		s.clock.Set(s.clock.Now().Add(24 * time.Hour))
	}
}

// race keys it eight times at once, in one call by both instances and, of what is not
// a call's own, in others.
func (s *site) race(name string, e ivr.CheckFactor) {
	s.t.Helper()
	var won atomic.Int64
	all(8, func(i int) {
		sid := "CA1"
		if i >= 6 && !e.Factor.Sends() {
			sid += strconv.Itoa(i)
		}
		if s.instances[i%2].Run(s.t.Context(), sid, ivr.Call{}, e).(ivr.Checked).Outcome == ivr.OutcomeOK {
			won.Add(1)
		}
	})
	if n := won.Load(); n > 1 || n == 0 && s.locked(e) {
		s.t.Errorf("%s won %d times", name, n)
	}
	s.instances[0].Wait()
	s.instances[1].Wait()
	for i := range 8 {
		for _, svc := range s.instances {
			svc.Ended(s.t.Context(), "CA1", ivr.Call{ID: e.ID})
			svc.Ended(s.t.Context(), "CA1"+strconv.Itoa(i), ivr.Call{ID: e.ID})
		}
	}
	s.clock.Set(s.clock.Now().Add(2 * time.Hour))
	if err := s.book.Unlock(s.t.Context(), pseudonyms().Subject(e.ID), e.Factor.String(), "jo", "test"); err != nil && !errors.Is(err, ledger.ErrNotFound) {
		s.t.Fatal(err)
	}
}

// locked is whether the factor was not even locked: then somebody must have won.
func (s *site) locked(e ivr.CheckFactor) bool {
	k, err := s.book.Lock(s.t.Context(), pseudonyms().Subject(e.ID), e.Factor.String())
	return err == nil && k.Failures < 3
}
