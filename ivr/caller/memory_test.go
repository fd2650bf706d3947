package caller_test

import (
	"context"
	"errors"
	"time"

	"ringback/ivr/caller"
	"ringback/ivr/clock"
	"ringback/ivr/ledger"
	"ringback/sessions"
)

// shelf is what a walk needs of a ledger.
type shelf interface {
	caller.Failures
	caller.Numbers
	caller.Proofs
	caller.Freezes
	caller.Threats
	Unlock(ctx context.Context, subject, factor, by, reason string) error
	Unfreeze(ctx context.Context, subject, by, reason string, notices ...ledger.Notice) error
	SetRecoveryCodes(ctx context.Context, subject string, hashes []string, by, reason string, notices ...ledger.Notice) error
}

var _ shelf = (*ledger.Ledger)(nil)

// memory is a ledger that forgets, for a million steps. One walk in a while goes
// over a real one, too.
type memory struct {
	rows   map[string]*row
	spent  map[string]bool
	frozen map[string]bool
	codes  map[string][]string
}

type row struct {
	tries, settled, disabledBy int64
	wait                       time.Time
}

func newMemory() *memory {
	return &memory{rows: map[string]*row{}, spent: map[string]bool{}, frozen: map[string]bool{}, codes: map[string][]string{}}
}

func (m *memory) Reserve(_ context.Context, subject, factor string, now time.Time) (ledger.Attempt, error) {
	r := m.rows[subject+factor]
	if r == nil {
		r = &row{}
		m.rows[subject+factor] = r
	}
	a := ledger.Attempt{Subject: subject, Factor: factor, Disabled: r.disabledBy != 0}
	if a.Disabled || now.Before(r.wait) {
		return a, nil
	}
	r.tries++
	a.Granted, a.Number, a.Count = true, r.tries, int(r.tries-r.settled)
	if over := a.Count - 3; over >= 0 {
		r.wait = now.Add(min(30*time.Second<<over, time.Hour))
	}
	if a.Count >= 10 {
		a.Disabled, a.JustDisabled, r.disabledBy = true, true, r.tries
	}
	return a, nil
}

func (m *memory) Settle(_ context.Context, a ledger.Attempt, passed bool) (bool, error) {
	r := m.rows[a.Subject+a.Factor]
	if !passed || r.disabledBy != 0 && r.disabledBy != a.Number {
		return false, nil
	}
	r.settled, r.disabledBy, r.wait = max(r.settled, a.Number), 0, time.Time{}
	return true, nil
}

func (m *memory) Lock(_ context.Context, subject, factor string) (ledger.Lock, error) {
	if r := m.rows[subject+factor]; r != nil {
		return ledger.Lock{Failures: int(r.tries - r.settled), Disabled: r.disabledBy != 0}, nil
	}
	return ledger.Lock{}, nil
}

func (m *memory) Unlock(_ context.Context, subject, factor, _, _ string) error {
	r := m.rows[subject+factor]
	if r == nil {
		return ledger.ErrNotFound
	}
	r.settled, r.disabledBy, r.wait = r.tries, 0, time.Time{}
	return nil
}

func (m *memory) NumberSince(context.Context, string, string) (time.Time, bool, error) {
	return noon, true, nil
}

func (m *memory) SeeNumber(context.Context, string, string, time.Time, bool) (time.Time, error) {
	return noon, nil
}

func (m *memory) Credentials(_ context.Context, subject string) (ledger.Credentials, error) {
	return ledger.Credentials{Recovery: m.codes[subject]}, nil
}

func (m *memory) SetRecoveryCodes(_ context.Context, subject string, hashes []string, _, _ string, _ ...ledger.Notice) error {
	m.codes[subject] = hashes
	if err := m.Unlock(context.Background(), subject, "recovery_code", "", ""); !errors.Is(err, ledger.ErrNotFound) {
		return err
	}
	return nil
}

func (m *memory) Spend(_ context.Context, s ledger.Spent) (bool, error) {
	key := s.Subject + s.Kind + s.Token
	was := m.spent[key]
	m.spent[key] = true
	return !was, nil
}

func (m *memory) UseRecoveryCode(_ context.Context, subject, hash, _ string) (bool, error) {
	for i, h := range m.codes[subject] {
		if h == hash {
			m.codes[subject] = append(append([]string(nil), m.codes[subject][:i]...), m.codes[subject][i+1:]...)
			return true, nil
		}
	}
	return false, nil
}

func (m *memory) Freeze(_ context.Context, f ledger.Freeze, _ ...ledger.Notice) (bool, error) {
	was := m.frozen[f.Subject]
	m.frozen[f.Subject] = true
	return !was, nil
}

func (m *memory) Unfreeze(_ context.Context, subject, _, _ string, _ ...ledger.Notice) error {
	if !m.frozen[subject] {
		return ledger.ErrNotFound
	}
	delete(m.frozen, subject)
	return nil
}

func (m *memory) Frozen(_ context.Context, subject string) (ledger.Freeze, bool, error) {
	return ledger.Freeze{}, m.frozen[subject], nil
}

func (m *memory) ByReference(context.Context, string, time.Time) (ledger.Notice, bool, error) {
	return ledger.Notice{}, false, nil
}

func (m *memory) Threat(context.Context) (ledger.Threat, error) { return ledger.Threat{}, nil }
func (m *memory) RaiseThreat(context.Context, time.Time, string) (ledger.Threat, error) {
	return ledger.Threat{}, nil
}

// redis is a Redis that a walk can make forget.
type redis struct {
	now     func() time.Time
	windows map[string][]time.Time
	members map[string]map[string]time.Time
	values  map[string]string
}

func (r *redis) forget() {
	r.windows, r.members, r.values = map[string][]time.Time{}, map[string]map[string]time.Time{}, map[string]string{}
}

func (r *redis) Reserve(_ context.Context, limits []sessions.Limit) (bool, sessions.Limit, error) {
	now := r.now()
	for _, l := range limits {
		w := r.windows[l.Key]
		for len(w) > 0 && !w[0].After(now.Add(-l.Window)) {
			w = w[1:]
		}
		if r.windows[l.Key] = w; len(w) >= l.Max {
			return false, l, nil
		}
	}
	for _, l := range limits {
		r.windows[l.Key] = append(r.windows[l.Key], now)
	}
	return true, sessions.Limit{}, nil
}

func (r *redis) Enter(_ context.Context, key, member string, limit int, ttl time.Duration) (bool, error) {
	now := r.now()
	in := r.members[key]
	if in == nil {
		in = map[string]time.Time{}
		r.members[key] = in
	}
	for m, until := range in {
		if !now.Before(until) {
			delete(in, m)
		}
	}
	if _, again := in[member]; !again && len(in) >= limit {
		return false, nil
	}
	in[member] = now.Add(ttl)
	return true, nil
}

func (r *redis) Exit(_ context.Context, key, member string) error {
	delete(r.members[key], member)
	return nil
}

func (r *redis) Put(_ context.Context, kind, id string, _ time.Duration, body []byte) error {
	r.values[kind+id] = string(body)
	return nil
}

func (r *redis) PutOnce(_ context.Context, kind, id string, _ time.Duration, body []byte) (bool, error) {
	_, was := r.values[kind+id]
	r.values[kind+id] = string(body)
	return !was, nil
}

func (r *redis) Get(_ context.Context, kind, id string) ([]byte, bool, error) {
	body, ok := r.values[kind+id]
	return []byte(body), ok, nil
}

func (r *redis) Note(context.Context, string, sessions.Failure, sessions.MeterParams) (sessions.Reading, error) {
	return sessions.Reading{}, nil
}

// walkClock has no tasks: what nobody waits for runs at once.
type walkClock struct {
	clock.Clock

	now time.Time
}

func (c *walkClock) Now() time.Time { return c.now }
func (c *walkClock) Sleep(_ context.Context, d time.Duration) error {
	c.now = c.now.Add(d)
	return nil
}
func (c *walkClock) Go(ctx context.Context, f func(context.Context)) { f(ctx) }
func (c *walkClock) WithTimeout(ctx context.Context, _ time.Duration) (context.Context, context.CancelFunc) {
	return ctx, func() {}
}
