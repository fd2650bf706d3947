package event

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"ringback/ivr/ledger"
)

// Version is that of the schema, in every event.
const Version = 1

// maxBody bounds an event: the outbox keeps no more, sealed.
const maxBody = 12 << 10

// Event is something that has happened.
type Event struct {
	// Key names it among those of its type, the same however often it is composed:
	// the call's reference, or "<reference>/<effect>".
	Key      string
	At       time.Time
	Line     string // id; "": of no line
	CallRef  string // "": of no call
	Subject  string // pseudonym; "": about nobody
	UniqueID string // the person's; only hooks that include it are told
	Data     Data
}

// envelope is an event as it is posted.
type envelope struct {
	Version  int    `json:"version"`
	ID       string `json:"id"`
	Type     string `json:"type"`
	At       string `json:"at"` // RFC 3339, UTC, milliseconds
	Line     string `json:"line,omitempty"`
	Call     string `json:"call,omitempty"`
	Subject  string `json:"subject,omitempty"`
	UniqueID string `json:"unique_id,omitempty"`
	Data     Data   `json:"data"`
}

// letter is what is sealed until it is taken.
type letter struct {
	Hook string `json:"h"`
	ID   string `json:"i"`
	Body []byte `json:"b"`
}

// Compose makes an event for each hook that wants its type, to be owed by the
// ledger together with the deed; none when no hook does. It stores and sends
// nothing: after the deed call Kick. Composed again, the events have the same
// names, so that the ledger adds none. A Sender of nil has no hooks.
func (s *Sender) Compose(e Event) (owed []ledger.Notice, err error) {
	if s == nil {
		return nil, nil
	}
	if e.Data == nil || e.Key == "" || e.At.IsZero() {
		return nil, errors.New("compose event: data, key and time are required")
	}
	t := e.Data.Type()
	id := "evt_" + s.mac(t.String(), e.Key)[:32]
	for _, h := range s.o.Hooks {
		if !slices.Contains(h.Types, t) {
			continue
		}
		n := ledger.Notice{
			Event: "event/" + t.String() + "/" + e.Key + "/" + h.id(), Subject: e.Subject, Kind: t.String(), Channel: ledger.ByHook,
		}
		body, err := e.body(id, h)
		if err != nil {
			return nil, err
		}
		plain, err := json.Marshal(letter{Hook: h.id(), ID: id, Body: body})
		if err != nil {
			return nil, fmt.Errorf("compose event: %w", err)
		}
		if n.Sealed, err = s.sealer.Seal(n.Event, plain); err != nil {
			return nil, fmt.Errorf("compose event: %w", err)
		}
		owed = append(owed, n)
	}
	return owed, nil
}

// body is the event as a hook gets it.
func (e Event) body(id string, h Hook) ([]byte, error) {
	has := func(p Part) bool { return slices.Contains(h.Include, p) }
	v := envelope{
		Version: Version, ID: id, Type: e.Data.Type().String(), At: e.At.UTC().Format("2006-01-02T15:04:05.000Z07:00"),
		Line: e.Line, Call: e.CallRef, Subject: e.Subject, Data: keeping(e.Data, has),
	}
	if has(PartUniqueID) {
		v.UniqueID = e.UniqueID
	}
	body, err := json.Marshal(v)
	switch {
	case err != nil:
		return nil, fmt.Errorf("compose event: %w", err)
	case len(body) > maxBody:
		return nil, errors.New("compose event: too long")
	}
	return body, nil
}

// mac names something without telling it.
func (s *Sender) mac(parts ...string) string {
	m := hmac.New(sha256.New, s.o.Key)
	for _, p := range append([]string{"ringback event"}, parts...) {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(p)))
		m.Write(n[:])
		m.Write([]byte(p))
	}
	return hex.EncodeToString(m.Sum(nil))
}
