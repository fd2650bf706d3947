package duobox

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// pushLife is how long a verification push can be answered and asked about. Duo
// does not publish its own.
const pushLife = 60 * time.Second

type push struct {
	userID, phoneID, code, result string
	sent                          time.Time
}

// PendingPush is a verification push that shows on a phone.
type PendingPush struct {
	ID      string
	UserID  string
	PhoneID string
	Code    string // as the phone shows it
	Sent    time.Time
}

// String leaves the code out.
func (p PendingPush) String() string { return "duobox push " + p.ID }

// Pushes are the verification pushes that wait for an answer, oldest first.
func (b *Box) Pushes() []PendingPush {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ps []PendingPush
	for id, p := range b.pushes {
		if b.waits(p) {
			ps = append(ps, PendingPush{ID: id, UserID: p.userID, PhoneID: p.phoneID, Code: p.code, Sent: p.sent})
		}
	}
	slices.SortFunc(ps, func(a, b PendingPush) int { return cmp.Or(a.Sent.Compare(b.Sent), cmp.Compare(a.ID, b.ID)) })
	return ps
}

// Answer is a person answering a push, once: "approve", "deny" or "fraud".
func (b *Box) Answer(pushID, result string) error {
	if !slices.Contains([]string{"approve", "deny", "fraud"}, result) {
		return fmt.Errorf("duobox: a push is not answered with %q", result)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.pushes[pushID]
	if p == nil || !b.waits(p) {
		return errors.New("duobox: no such push waits")
	}
	p.result = result
	return nil
}

// waits is a push that shows on its phone; one that has lost Duo Mobile since shows
// nothing. b.mu is held.
func (b *Box) waits(p *push) bool {
	on := b.phone(p.phoneID)
	return p.result == "waiting" && b.pushLives(p) && on != nil && on.Activated
}

func (b *Box) pushLives(p *push) bool { return b.clock.Now().Sub(p.sent) < pushLife }
