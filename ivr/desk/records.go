package desk

import (
	"context"
	"fmt"
	"time"

	"github.com/vmihailenco/msgpack/v5"

	"ringback/ivr/transfer"
	"ringback/sessions"
)

const (
	// recordLife is longer than the longest call, which is 4 h at the carrier.
	recordLife = 5 * time.Hour
	// linkKind is the kind of the value that leads from a call to its transfer.
	linkKind = "transfer"
	// gone stands in the place of a transfer's id for a call that ended before
	// it had one.
	gone = "gone"
)

// records keeps transfers.
type records struct{ store *sessions.Store }

func recordID(id string) string { return "transfer." + id }

// find returns the id of a call's transfer.
func (r records) find(ctx context.Context, callSID string) (id string, ok bool, err error) {
	b, ok, err := r.store.Values().Get(ctx, linkKind, callSID)
	if err != nil {
		return "", false, fmt.Errorf("find transfer: %w", err)
	}
	return string(b), ok && string(b) != gone, nil
}

// transferOf returns the id of a call's transfer, after linking the call to a
// new one if it has none. Of several at once, one links.
func (r records) transferOf(ctx context.Context, callSID string, newID func() string) (string, error) {
	for range 2 {
		b, ok, err := r.store.Values().Get(ctx, linkKind, callSID)
		if err != nil {
			return "", fmt.Errorf("find transfer: %w", err)
		}
		if ok {
			return string(b), nil
		}
		id := newID()
		ok, err = r.store.Values().PutOnce(ctx, linkKind, callSID, recordLife, []byte(id))
		if err != nil {
			return "", fmt.Errorf("link call: %w", err)
		}
		if ok {
			return id, nil
		}
	}
	return "", fmt.Errorf("link call: %w", sessions.ErrConflict)
}

// load reads a transfer, never from a copy in the process.
func (r records) load(ctx context.Context, id string) (t transfer.Transfer, ok bool, err error) {
	rec, ok, err := r.store.Load(ctx, recordID(id))
	if err != nil {
		return transfer.Transfer{}, false, fmt.Errorf("load transfer: %w", err)
	}
	if !ok {
		return transfer.Transfer{}, false, nil
	}
	t, err = decode(rec.Body)
	return t, err == nil, err
}

// change replaces a transfer by next of it. One that is not there is made if
// create says so; if not, next sees the zero transfer and nothing is stored.
// Nothing is skipped that changes nothing: only the write tells whether the copy
// it was decided on is the present one.
func (r records) change(
	ctx context.Context, id string, create bool, next func(transfer.Transfer) transfer.Transfer,
) (transfer.Transfer, error) {
	var t transfer.Transfer
	fn := func(body []byte, _ sessions.Outcome) (sessions.Change, error) {
		before, err := decode(body)
		if err != nil {
			return sessions.Change{}, err
		}
		t = next(before)
		b, err := msgpack.Marshal(&t)
		if err != nil {
			return sessions.Change{}, fmt.Errorf("encode transfer: %w", err)
		}
		return sessions.Change{Body: b, TTL: recordLife}, nil
	}
	for range 3 {
		_, out, err := r.store.Update(ctx, recordID(id), sessions.Any(), fn)
		if err == nil && out == sessions.Missing && create {
			_, out, err = r.store.Update(ctx, recordID(id), sessions.Create(), fn)
		}
		switch {
		case err != nil:
			return transfer.Transfer{}, fmt.Errorf("change transfer: %w", err)
		case out == sessions.Applied:
			return t, nil
		case out == sessions.Missing:
			return next(transfer.Transfer{}), nil
		}
	}
	return transfer.Transfer{}, fmt.Errorf("change transfer: %w", sessions.ErrConflict)
}

func decode(body []byte) (t transfer.Transfer, err error) {
	if body == nil {
		return t, nil
	}
	if err := msgpack.Unmarshal(body, &t); err != nil {
		return transfer.Transfer{}, fmt.Errorf("decode transfer: %w", err)
	}
	return t, nil
}
