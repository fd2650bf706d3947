package caller

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"ringback/ivr"
	"ringback/ivr/clock"
	"ringback/ivr/duo"
)

// pushWait is how long an answer of the device is waited for, asked for once a
// second.
const pushWait = 5 * time.Second

// The kinds of what is kept of a push.
const (
	keptPush  = "push"       // by call and code
	keptClaim = "push_claim" // by call and effect: it pushes once
)

// duoPush is a verification push to an activated device. The device shows six
// digits; the person keys them here and approves there. One that an agent started
// is never evidence.
type duoPush struct {
	codes
	pusher Pusher
	clock  clock.Clock
}

func newDuoPush(s *Service) factor {
	if s.o.Pusher == nil {
		return nil
	}
	return duoPush{newCodes(s), s.o.Pusher, s.o.Clock}
}

// pushed is what is kept of a push, sealed. Of one that was not sent there is as
// much, which nothing equals.
type pushed struct {
	User  string `json:"u"`
	Push  string `json:"p"` // "" when nothing was sent
	Phone uint8  `json:"n"` // index of the phone on file
	MAC   string `json:"m"` // of the digits that the device shows
}

func (f duoPush) send(ctx context.Context, x sending) (ivr.Outcome, bool) {
	p, err := f.pushOnce(ctx, x)
	if err != nil {
		f.warn(ctx, "not pushed", err)
		return ivr.OutcomeUnavailable, false
	}
	return ivr.OutcomeOK, p.Push != ""
}

// pushOnce pushes once for an effect, if it may, and keeps as much if it may not.
func (f duoPush) pushOnce(ctx context.Context, x sending) (p pushed, err error) {
	life := f.limits.CodeLife
	first, err := f.kept.PutOnce(ctx, keptClaim, codeKey(x.callSID, x.Num()), life, []byte{1})
	switch {
	case err != nil:
		return p, fmt.Errorf("claim a push: %w", err)
	case !first: // this effect has pushed before, or is about to
		return p, nil
	}
	p.Phone = ivr.NoPhone
	if x.may {
		if p, err = f.push(ctx, x); err != nil {
			return p, err
		}
	}
	body, err := json.Marshal(p)
	if err == nil {
		err = f.kept.Put(ctx, keptPush, codeKey(x.callSID, x.Code.Effect), life, body)
	}
	if err != nil {
		return pushed{}, fmt.Errorf("keep a push: %w", err)
	}
	return p, nil
}

// push sends to a device other than the phone that the code is asked for, which
// may be the one in question, if there is another.
func (f duoPush) push(ctx context.Context, x sending) (pushed, error) {
	none := pushed{Phone: ivr.NoPhone}
	user, devices, err := f.pusher.Devices(ctx, x.person.Username)
	switch {
	case errors.Is(err, duo.ErrNotFound), err == nil && len(devices) == 0:
		return none, nil // nobody to push to; nobody is told
	case err != nil:
		return none, fmt.Errorf("find a device: %w", err)
	}
	phones := x.person.phones()
	device := devices[0]
	if int(x.Code.Phone) < len(phones) {
		other := slices.IndexFunc(devices, func(d Device) bool { return d.Number != phones[x.Code.Phone].Number })
		device = devices[max(other, 0)]
	}
	push, code, err := f.pusher.Send(ctx, user, device.ID)
	if err != nil {
		return none, fmt.Errorf("push: %w", err)
	}
	p := pushed{User: user, Push: push, Phone: ivr.NoPhone, MAC: f.mac(x.callSID, x.Code.Effect, string(code))}
	if i := slices.IndexFunc(phones, func(ph Phone) bool { return device.Number != "" && ph.Number == device.Number }); i >= 0 {
		p.Phone = uint8(i) //nolint:gosec // there are at most four
	}
	return p, nil
}

// recall reads what is kept. A push of which nothing is kept may have left: its
// digits are not known to anybody here.
func (f duoPush) recall(ctx context.Context, t try) (try, error) {
	p, err := f.read(ctx, t.callSID, t.Code.Effect)
	if err != nil {
		return t, fmt.Errorf("recall a push: %w", err)
	}
	t.pushed, t.sent = p, p.Push != "" && f.current(t)
	return t, nil
}

func (f duoPush) compare(ctx context.Context, t try) (match, error) {
	p := t.pushed
	same := equal(f.mac(t.callSID, t.Code.Effect, string(t.Secret)), p.MAC)
	if !same || p.Push == "" || !f.live(t) || !t.found {
		m := matched(false, "")
		if p.Push != "" && t.found {
			m.ask = &p
		}
		return m, nil
	}
	result, err := f.await(ctx, p)
	if err != nil {
		return match{}, err
	}
	m := matched(result == duo.PushApproved, f.pseudonyms.token("push", p.User, p.Push))
	switch result {
	case duo.PushApproved:
		m.phone = p.Phone
	case duo.PushWaiting:
		// The count stays: taking it back would clear the failures before it, without
		// an approval. The next try that passes clears them.
		m.outcome = ivr.OutcomeLost
	case duo.PushFraud:
		m.reported = true
	case duo.PushDenied, duo.PushUnknown:
	}
	return m, nil
}

// await asks until there is an answer. An expired push is a denied one.
func (f duoPush) await(ctx context.Context, p pushed) (duo.PushResult, error) {
	until := f.now().Add(pushWait)
	for {
		result, err := f.pusher.Result(ctx, p.User, p.Push)
		switch {
		case errors.Is(err, duo.ErrNotFound):
			return duo.PushDenied, nil
		case err != nil:
			return duo.PushUnknown, fmt.Errorf("ask for a push: %w", err)
		case result != duo.PushWaiting || !f.now().Before(until):
			return result, nil
		}
		if err := f.clock.Sleep(ctx, time.Second); err != nil {
			return duo.PushUnknown, fmt.Errorf("wait for a push: %w", err)
		}
	}
}

// read is what is kept; of nothing it is a push that was not sent.
func (f duoPush) read(ctx context.Context, callSID string, code uint32) (p pushed, err error) {
	body, ok, err := f.kept.Get(ctx, keptPush, codeKey(callSID, code))
	if err != nil || !ok {
		return pushed{}, err //nolint:wrapcheck // the store names itself
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return pushed{}, fmt.Errorf("read a push: %w", err)
	}
	return p, nil
}

func (f duoPush) mac(callSID string, code uint32, digits string) string {
	return f.pseudonyms.token("push_code", callSID, effect(code), digits)
}

// watchEvery is how often a push is asked for that nobody waits for.
const watchEvery = 5 * time.Second

// watch asks for a push's answer until there is one, whatever becomes of the call,
// and stops recovery when the person says that it was somebody else's: who reports
// it may take longer than who made it. It ends with the service.
func (s *Service) watch(ctx context.Context, f duoPush, x sending) {
	s.watches.Add(1)
	s.o.Clock.Go(context.WithoutCancel(ctx), func(ctx context.Context) {
		defer s.watches.Done()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(s.stopped, cancel)()
		for range max(0, int(s.o.PushWatch/watchEvery)) {
			if s.o.Clock.Sleep(ctx, watchEvery) != nil {
				return
			}
			p, err := f.read(ctx, x.callSID, x.Code.Effect)
			if err != nil || p.Push == "" {
				continue
			}
			result, err := f.pusher.Result(ctx, p.User, p.Push)
			switch {
			case err == nil && result == duo.PushFraud:
				s.disown(ctx, x)
				return
			case errors.Is(err, duo.ErrNotFound), err == nil && result != duo.PushWaiting:
				return
			}
		}
	})
}

// disown stops the recovery of whom a push was sent to.
func (s *Service) disown(ctx context.Context, x sending) {
	p, _, err := s.o.Directory.ByID(ctx, x.ID)
	if err != nil {
		s.warn(ctx, "nobody told of a freeze", err)
	}
	s.freezePushed(ctx, x.call, x.subject, p)
}

// reported asks once whether the person says that a push was somebody else's.
func (s *Service) reported(ctx context.Context, p pushed) bool {
	result, err := s.o.Pusher.Result(ctx, p.User, p.Push)
	return err == nil && result == duo.PushFraud
}

// askReported freezes the subject of a call that is over, should its push have
// been reported.
func (s *Service) askReported(ctx context.Context, callSID string, call ivr.Call, code uint32) {
	f, _ := s.factors[ivr.FactorDuoPush].(duoPush)
	sent, err := f.read(ctx, callSID, code)
	if err != nil || sent.Push == "" || !s.reported(ctx, sent) {
		return
	}
	p, _, err := s.o.Directory.ByID(ctx, call.ID)
	if err != nil {
		s.warn(ctx, "nobody told of a freeze", err)
	}
	s.freezePushed(ctx, call, s.o.Pseudonyms.Subject(call.ID), p)
}

func (s *Service) freezePushed(ctx context.Context, call ivr.Call, subject string, p Person) {
	if err := s.freeze(ctx, "push_reported", News{Person: p, Subject: subject, Call: call}); err != nil {
		s.o.Logger.ErrorContext(ctx, "a reported push froze nobody", "error", err.Error())
	}
}
