package line

import (
	"context"
	"testing"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"ringback/ivr"
	"ringback/ivr/clock"
	"ringback/sessions"
)

// A mailbox never goes back: two writers may tell in another order than they wrote.
func TestMailboxKeepsTheNewest(t *testing.T) {
	m := mailboxes{clock: clock.Real()}
	r := m.open("CA1")
	defer r.close()
	m.publish("CA1", state{version: 3})
	m.publish("CA1", state{version: 2})
	if st, ok := r.take(); !ok || st.version != 3 {
		t.Errorf("took version %d, %v; want 3", st.version, ok)
	}
	if _, ok := r.take(); ok {
		t.Error("an older state was taken after a newer one")
	}
}

// stored is a call that another instance has taken further.
type stored struct {
	Records
	version uint64
	call    ivr.Call
}

func (s stored) Load(context.Context, string) (sessions.Record, bool, error) {
	body, err := msgpack.Marshal(&s.call)
	return sessions.Record{Version: s.version, Body: body}, err == nil, err
}

// An instance writes an effect's result, another takes the next turn, and then the
// first gets that turn's repeat: what it had written itself is told late, and is
// the prompt before.
func TestALateWordIsNoAnswer(t *testing.T) {
	s := &Server{Options: Options{Records: stored{version: 8, call: ivr.Call{Line: "new"}}}, inboxes: mailboxes{clock: clock.Real()}}
	r := s.inboxes.open("CA1")
	defer r.close()
	s.inboxes.publish("CA1", state{version: 6, call: ivr.Call{Line: "old"}})
	st, err := s.await(t.Context(), "CA1", r, 7, time.Second)
	if err != nil || st.call.Line != "new" || st.version != 8 {
		t.Errorf("await: version %d of %q, %v; want 8 of new", st.version, st.call.Line, err)
	}
	s.inboxes.publish("CA1", state{version: 9, call: ivr.Call{Line: "newest"}})
	if st, err = s.await(t.Context(), "CA1", r, 8, time.Second); err != nil || st.call.Line != "newest" {
		t.Errorf("await: %q, %v; want newest", st.call.Line, err)
	}
}
