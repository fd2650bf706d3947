package event

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"ringback/ivr/ledger"
	"ringback/ivr/outbox"
)

// Sender composes events and posts what is owed; see [outbox.Worker] for how. Make
// one with [New]. It is safe for concurrent use, and several may share a ledger.
type Sender struct {
	*outbox.Worker

	o       Options
	sealer  *outbox.Sealer
	client  *http.Client
	metrics *metrics

	mu   sync.Mutex
	rest map[string]time.Time // until when a hook that hangs is left alone, by id
}

// channels are those of events.
func channels() []string { return []string{ledger.ByHook} }

// New returns a sender that posts nothing before its first Kick. The caller closes
// it.
func New(o Options) (*Sender, error) {
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("event options: %w", err)
	}
	o = o.withDefaults()
	s := &Sender{o: o, rest: map[string]time.Time{}}
	var err error
	if s.sealer, err = outbox.NewSealer(o.Random, o.Key, o.OldKey); err != nil {
		return nil, fmt.Errorf("event options: %w", err)
	}
	// A redirect would take a signed request elsewhere.
	s.client = &http.Client{Transport: o.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	s.metrics = newMetrics(o.Registerer, o.Ledger)
	if s.Worker, err = outbox.New(outbox.Options{
		Ledger: o.Ledger, Channels: channels(), Send: s.send, Ended: s.metrics.ended,
		Clock: o.Clock, Logger: o.Logger, Jitter: o.Jitter, Timing: o.Timing,
	}); err != nil {
		return nil, fmt.Errorf("event options: %w", err)
	}
	return s, nil
}

// oweTries is how often Emit tries to reach the ledger.
const oweTries = 3

// Emit owes an event that has no transaction of its own, and has it sent. A ledger
// that is away costs the event, after three tries; the log says so. A Sender of nil
// does nothing.
func (s *Sender) Emit(ctx context.Context, e Event) {
	if s == nil {
		return
	}
	owed, err := s.Compose(e)
	for try := 1; err == nil && len(owed) > 0; try++ {
		if _, err = s.o.Ledger.Owe(ctx, owed...); err == nil {
			s.Kick()
			return
		}
		if try == oweTries || s.o.Clock.Sleep(ctx, time.Second) != nil {
			break
		}
		err = nil
	}
	if err != nil {
		s.o.Logger.WarnContext(ctx, "event lost", "event", e.Data.Type().String(), "error", err.Error())
	}
}

// send posts one event.
func (s *Sender) send(ctx context.Context, n ledger.Notice) outbox.Outcome {
	plain, err := s.sealer.Open(n.Event, n.Sealed)
	var l letter
	if err != nil || json.Unmarshal(plain, &l) != nil {
		return outbox.Unreadable
	}
	for _, h := range s.o.Hooks {
		if h.id() == l.Hook {
			return s.post(ctx, h, n.Kind, l)
		}
	}
	return outbox.Unavailable // by an instance whose configuration has the hook, perhaps
}

// resting is how long a hook that hangs is left alone, so that it does not use up
// the time of the others.
const resting = 15 * time.Second

func (s *Sender) post(ctx context.Context, h Hook, kind string, l letter) outbox.Outcome {
	now := s.o.Clock.Now()
	s.mu.Lock()
	rests := now.Before(s.rest[h.id()])
	s.mu.Unlock()
	if rests {
		return outbox.Unavailable
	}
	ctx, cancel := s.o.Clock.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(l.Body))
	if err != nil {
		return outbox.Unavailable
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "ringback")
	req.Header.Set(IDHeader, l.ID)
	req.Header.Set(TypeHeader, kind)
	req.Header.Set(SignatureHeader, Sign(l.Body, now, h.secrets()...))
	resp, err := s.client.Do(req)
	if err != nil {
		s.mu.Lock()
		s.rest[h.id()] = s.o.Clock.Now().Add(resting)
		s.mu.Unlock()
		// Not the error's text: it has the URL in it.
		s.o.Logger.WarnContext(ctx, "event not taken", "hook", h.Name, "event", kind, "why", reason(err))
		return unanswered(err)
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10) // so that the connection may serve again
	_ = resp.Body.Close()
	switch {
	case resp.StatusCode >= 200 && resp.StatusCode < 300:
		return outbox.Sent
	case resp.StatusCode == http.StatusGone:
		return outbox.Refused
	}
	s.o.Logger.WarnContext(ctx, "event not taken", "hook", h.Name, "event", kind, "status", resp.StatusCode)
	return outbox.Unavailable
}

// unanswered says what a request that got no answer means: whether it was sent.
func unanswered(err error) outbox.Outcome {
	op, ok := errors.AsType[*net.OpError](err)
	if errors.Is(err, errAddress) || ok && op.Op == "dial" {
		return outbox.Unavailable
	}
	return outbox.Unclear
}

// reason is why a request failed, without where it went.
func reason(err error) string {
	switch {
	case errors.Is(err, errAddress):
		return "address"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return "connect"
	}
	return "transport"
}
