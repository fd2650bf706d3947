package changes

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"github.com/vmihailenco/msgpack/v5"

	"ringback/ivr/ledger"
	nc "ringback/ivr/numberchange"
)

// record is a change with what is known beside it. It is stored as msgpack: names
// are short and are never reused.
type record struct {
	Change   nc.Change `msgpack:"c"`
	Line     string    `msgpack:"l,omitempty"` // in whose name people are told
	CallRef  string    `msgpack:"r,omitempty"` // of the call in which it began; "" is a case
	Language string    `msgpack:"g,omitempty"` // of the texts to the new number
	Old      string    `msgpack:"o,omitempty"` // the last two digits of the number that is replaced
	Links    links     `msgpack:"k,omitempty"` // until both are texted
	// Numbers and Mails were on file when it began; forgotten with the end.
	Numbers []string `msgpack:"n,omitempty"`
	Mails   []string `msgpack:"m,omitempty"`
	// Untold are what people could not be told of yet, since the directory did not
	// answer. While there is one, the change has not ended for the ledger.
	Untold []nc.Notice `msgpack:"u,omitempty"`

	version int64
}

// links are the activation links. They do not print.
type links struct {
	Install  string `msgpack:"i,omitempty"`
	Activate string `msgpack:"a,omitempty"`
	Until    int64  `msgpack:"u,omitempty"` // unix ms
}

// String keeps the links out of logs.
func (links) String() string { return "<links>" }

// name is what a version of a change is sealed under.
func name(id string, version int64) string {
	return "number change/" + id + "/" + strconv.FormatInt(version, 10)
}

// seal is a record as the ledger keeps it, as the version after its own.
func (s *Service) seal(r record) (ledger.NumberChange, error) {
	c := r.Change
	row := ledger.NumberChange{
		ID: c.ID, Subject: s.o.People.Subject(c.Subject), Version: r.version + 1, State: c.State.String(),
		Ended: c.State.Over() && len(r.Untold) == 0, Due: s.due(r),
	}
	if row.Ended {
		r.Numbers, r.Mails = nil, nil
	}
	plain, err := msgpack.Marshal(&r)
	if err != nil {
		return row, fmt.Errorf("encode number change: %w", err)
	}
	if row.Sealed, err = s.sealer.Seal(name(row.ID, row.Version), plain); err != nil {
		return row, fmt.Errorf("number change: %w", err)
	}
	return row, nil
}

// open is the inverse of seal.
func (s *Service) open(row ledger.NumberChange) (r record, err error) {
	plain, err := s.sealer.Open(name(row.ID, row.Version), row.Sealed)
	if err == nil {
		err = msgpack.Unmarshal(plain, &r)
	}
	if err == nil && r.Change.ID != row.ID {
		err = errors.New("another one was in it")
	}
	if err != nil {
		return record{}, fmt.Errorf("open number change: %w", err)
	}
	r.version = row.Version
	return r, nil
}

// load reads a change; one that is not there is the zero record.
func (s *Service) load(ctx context.Context, id string) (record, error) {
	row, err := s.o.Store.NumberChange(ctx, id)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return record{}, nil
	case err != nil:
		return record{}, fmt.Errorf("load number change: %w", err)
	}
	return s.open(row)
}

// code is the digits of a change's code: the same each time, and other ones for
// another change, code or number.
func (s *Service) code(c nc.Change, code uint32, number string) string {
	m := hmac.New(sha256.New, s.o.Key)
	for _, part := range []string{"ringback number change code", c.ID, strconv.FormatUint(uint64(code), 10), number} {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(part))) //nolint:gosec // far below
		m.Write(n[:])
		m.Write([]byte(part))
	}
	// 64 bits modulo a million: the bias is below one in 10^13.
	return fmt.Sprintf("%06d", binary.BigEndian.Uint64(m.Sum(nil))%1_000_000)
}
