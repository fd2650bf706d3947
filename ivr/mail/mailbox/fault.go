package mailbox

import (
	"errors"
	"time"

	"github.com/emersion/go-smtp"
)

// Stage is how far a client has come when a fault hits it.
type Stage uint8

// The stages.
const (
	noStage  Stage = iota
	Greeting       // before the server has said anything
	Hello          // EHLO
	Mail           // MAIL FROM
	Rcpt           // RCPT TO
	Data           // DATA, before the message; without TLS only
	End            // the message has come and is not kept yet
	Kept           // it is kept, and the client does not know
)

// faults are guarded by the box's lock.
type faults struct {
	down   bool
	refuse map[string]int // by recipient, lower case; "": all
	fail   map[Stage]int
	cut    map[Stage]bool
	slow   map[Stage]time.Duration
}

var errCut = errors.New("connection cut")

// Down has the box hang up on everybody, or ends that.
func (b *Box) Down(down bool) {
	b.change(func(f *faults) { f.down = down })
}

// Refuse answers the recipient, or each one for "", with a code such as 550. A
// code of zero ends that.
func (b *Box) Refuse(address string, code int) {
	b.change(func(f *faults) { f.refuse = set(f.refuse, key(address), code) })
}

// Fail answers a stage with a code such as 451. A code of zero ends that.
func (b *Box) Fail(at Stage, code int) {
	b.change(func(f *faults) { f.fail = set(f.fail, at, code) })
}

// Cut hangs up at a stage.
func (b *Box) Cut(at Stage) {
	b.change(func(f *faults) { f.cut = set(f.cut, at, true) })
}

// Slow answers a stage d later. Zero ends that.
func (b *Box) Slow(at Stage, d time.Duration) {
	b.change(func(f *faults) { f.slow = set(f.slow, at, d) })
}

// Heal ends every fault.
func (b *Box) Heal() {
	b.change(func(f *faults) { *f = faults{} })
}

func (b *Box) change(f func(*faults)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(&b.faults)
}

func set[K comparable, V comparable](m map[K]V, k K, v V) map[K]V {
	if m == nil {
		m = map[K]V{}
	}
	m[k] = v
	return m
}

func (b *Box) isDown() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.faults.down
}

// fault waits, cuts, or returns the code that is to be answered, or zero.
func (b *Box) fault(c *conn, at Stage) (code int, err error) {
	b.mu.Lock()
	slow, cut, code := b.faults.slow[at], b.faults.cut[at], b.faults.fail[at]
	b.mu.Unlock()
	if slow > 0 {
		if err := b.o.Clock.Sleep(c.ctx, slow); err != nil {
			return 0, err
		}
	}
	if cut {
		_ = c.Close()
		return 0, errCut
	}
	return code, nil
}

// hit is fault for the stages that go-smtp tells of.
func (b *Box) hit(c *conn, at Stage) error {
	code, err := b.fault(c, at)
	if err != nil || code == 0 {
		return err
	}
	return answer(code)
}

func answer(code int) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 0, 0}, Message: "out of order"}
}

// refusal is the code for a recipient, or zero.
func (b *Box) refusal(to string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if code := b.faults.refuse[key(to)]; code != 0 {
		return code
	}
	return b.faults.refuse[""]
}
