package duobox

import (
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
		if p.result == "waiting" && b.pushLives(p) {
			ps = append(ps, PendingPush{ID: id, UserID: p.userID, PhoneID: p.phoneID, Code: p.code, Sent: p.sent})
		}
	}
	slices.SortFunc(ps, func(a, b PendingPush) int { return a.Sent.Compare(b.Sent) })
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
	if p == nil || p.result != "waiting" || !b.pushLives(p) {
		return errors.New("duobox: no such push waits")
	}
	p.result = result
	return nil
}

func (b *Box) pushLives(p *push) bool { return b.clock.Now().Sub(p.sent) < pushLife }
