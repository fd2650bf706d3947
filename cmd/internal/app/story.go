package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"sync"
	"time"

	"ringback/ivr/desk/console"
	"ringback/ivr/ledger"
	"ringback/ivr/outbox"
)

// noteKey is the key that seals what agents write. It comes from the pseudonym key,
// which never changes: a note is read for as long as the audit is.
func noteKey(pseudonym []byte) []byte {
	m := hmac.New(sha256.New, pseudonym)
	m.Write([]byte("ringback agents' notes\n"))
	return m.Sum(nil)
}

const (
	// storyDays is how far back the card tells of earlier calls, and storyCalls of
	// how many.
	storyDays, storyCalls = 90, 10
	// storyLife is how long a story is told as it was read: a card is drawn every
	// second.
	storyLife = 20 * time.Second
)

// stories are the earlier calls about a person, from the audit.
type stories struct {
	books deskBooks
	notes *outbox.Sealer
	lines map[string]string
	now   func() time.Time

	mu   sync.Mutex
	read map[string]story // by subject
}

type story struct {
	at    time.Time
	calls []console.CardCall
}

// about are the earlier calls about a subject, the newest first, but for one.
func (s *stories) about(ctx context.Context, subject, but string) ([]console.CardCall, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	told, ok := s.read[subject]
	if !ok || now.Sub(told.at) > storyLife {
		calls, err := s.tell(ctx, subject, now)
		if err != nil {
			return nil, err
		}
		if s.read == nil || len(s.read) > 1000 {
			s.read = map[string]story{}
		}
		told = story{now, calls}
		s.read[subject] = told
	}
	return slices.DeleteFunc(slices.Clone(told.calls), func(c console.CardCall) bool { return c.Ref == but }), nil
}

func (s *stories) tell(ctx context.Context, subject string, now time.Time) (calls []console.CardCall, err error) {
	f := ledger.AuditFilter{Subject: subject, Since: now.AddDate(0, 0, -storyDays), Limit: storyCalls + 1, Action: "call"}
	rows, err := s.books.Audit(ctx, f)
	if err != nil {
		return nil, err
	}
	f.Action, f.Limit = "wrap_up", 3*storyCalls
	said, err := s.books.Audit(ctx, f)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		c := console.CardCall{
			At: r.At, Ref: r.CallRef, Line: s.lines[r.Detail["line"]], Request: r.Detail["request"], Result: r.Detail["result"], Reason: r.Reason,
			Level: r.Detail["level"],
		}
		if i := slices.IndexFunc(said, func(w ledger.Row) bool { return w.CallRef == r.CallRef }); i >= 0 {
			c.Agent, c.Outcome, c.Note = said[i].Actor, said[i].Detail["outcome"], s.open(said[i])
		}
		calls = append(calls, c)
	}
	return calls, nil
}

// open reads a note; one that does not open is said to be there.
func (s *stories) open(r ledger.Row) string {
	if r.Detail["note"] == "" {
		return ""
	}
	sealed, err := base64.StdEncoding.DecodeString(r.Detail["note"])
	if err == nil {
		var plain []byte
		if plain, err = s.notes.Open(noteName(r.CallRef), sealed); err == nil {
			return string(plain)
		}
	}
	return "(A note that cannot be read: the key has changed.)"
}
