package sessions

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// Bounds of an envelope, so that a record stays small whatever happens.
const (
	maxEffects = 64
	maxSources = 16
	maxJumps   = 8
)

// envelopeFormat is the first byte of every envelope.
const envelopeFormat = 1

// envelope is the bookkeeping of a record, kept beside the body inside the
// seal. Names in it are 8-byte digests, because only equality matters.
type envelope struct {
	turn    uint32 // the next expected turn
	jumped  uint64 // the jump that made the last advance; 0: a turn did
	effects []effect
	sources []source // least recently used first
	jumps   []uint64 // announced and not yet taken, oldest first
}

// effect is one open effect: who holds the fence may report until the lease
// ends, and after that for as long as nobody claims it.
type effect struct {
	id, fence uint32
	until     int64 // unix ms
}

type source struct{ name, seq uint64 }

// digest maps a name to 8 bytes, never zero.
func digest(name string) uint64 {
	sum := sha256.Sum256([]byte(name))
	return max(1, binary.BigEndian.Uint64(sum[:]))
}

func (e *envelope) effect(id uint32) int {
	return slices.IndexFunc(e.effects, func(x effect) bool { return x.id == id })
}

func (e *envelope) source(name uint64) int {
	return slices.IndexFunc(e.sources, func(x source) bool { return x.name == name })
}

// open grants fence 1 of new effects. Ids are never used twice in a record.
func (e *envelope) open(ids []uint32, until time.Time) error {
	for _, id := range ids {
		if e.effect(id) >= 0 {
			return fmt.Errorf("open effect %d: already open: %w", id, ErrInvalid)
		}
		if len(e.effects) >= maxEffects {
			return fmt.Errorf("open effect %d: more than %d are open: %w", id, maxEffects, ErrInvalid)
		}
		e.effects = append(e.effects, effect{id: id, fence: 1, until: until.UnixMilli()})
	}
	return nil
}

func (e *envelope) close(ids ...uint32) {
	e.effects = slices.DeleteFunc(e.effects, func(x effect) bool { return slices.Contains(ids, x.id) })
}

// saw notes the sequence of a source. The source unused for longest is
// forgotten when there are too many.
func (e *envelope) saw(name, seq uint64) {
	if i := e.source(name); i >= 0 {
		e.sources = slices.Delete(e.sources, i, i+1)
	} else if len(e.sources) >= maxSources {
		e.sources = slices.Delete(e.sources, 0, 1)
	}
	e.sources = append(e.sources, source{name, seq})
}

func (e *envelope) announce(jump uint64) {
	if slices.Contains(e.jumps, jump) {
		return
	}
	if len(e.jumps) >= maxJumps {
		e.jumps = slices.Delete(e.jumps, 0, 1)
	}
	e.jumps = append(e.jumps, jump)
}

// append encodes the envelope: format, turn and counts as varints, digests as
// 8 bytes.
func (e *envelope) append(b []byte) []byte {
	b = append(b, envelopeFormat)
	b = binary.AppendUvarint(b, uint64(e.turn))
	b = binary.AppendUvarint(b, uint64(len(e.effects)))
	b = binary.AppendUvarint(b, uint64(len(e.sources)))
	b = binary.AppendUvarint(b, uint64(len(e.jumps)))
	if e.jumped != 0 {
		b = append(b, 1)
		b = binary.BigEndian.AppendUint64(b, e.jumped)
	} else {
		b = append(b, 0)
	}
	for _, x := range e.effects {
		b = binary.AppendUvarint(b, uint64(x.id))
		b = binary.AppendUvarint(b, uint64(x.fence))
		b = binary.AppendVarint(b, x.until)
	}
	for _, x := range e.sources {
		b = binary.BigEndian.AppendUint64(b, x.name)
		b = binary.AppendUvarint(b, x.seq)
	}
	for _, x := range e.jumps {
		b = binary.BigEndian.AppendUint64(b, x)
	}
	return b
}

// parseEnvelope is the inverse of append and returns the bytes after it. The
// slices of the result are its own.
func parseEnvelope(b []byte) (envelope, []byte, error) {
	r := reader{b: b}
	var e envelope
	format := r.byte()
	e.turn = r.uint32()
	effects, sources, jumps := r.count(maxEffects), r.count(maxSources), r.count(maxJumps)
	switch r.byte() {
	case 0:
	case 1:
		e.jumped = r.fixed()
		r.bad = r.bad || e.jumped == 0
	default:
		r.bad = true
	}
	for range effects {
		e.effects = append(e.effects, effect{id: r.uint32(), fence: r.uint32(), until: r.varint()})
	}
	for range sources {
		e.sources = append(e.sources, source{name: r.fixed(), seq: r.uvarint()})
	}
	for range jumps {
		e.jumps = append(e.jumps, r.fixed())
	}
	if r.bad || format != envelopeFormat {
		return envelope{}, nil, fmt.Errorf("envelope: %w", ErrSealed)
	}
	return e, r.b, nil
}

// reader takes numbers off a slice; after the first that does not fit, it is
// bad and returns zeros.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) take(n int) []byte {
	if r.bad || n <= 0 || n > len(r.b) {
		r.bad = true
		return nil
	}
	head := r.b[:n]
	r.b = r.b[n:]
	return head
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) fixed() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if r.take(n) == nil {
		return 0
	}
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.b)
	if r.take(n) == nil {
		return 0
	}
	return v
}

func (r *reader) uint32() uint32 {
	v := r.uvarint()
	r.bad = r.bad || v > 1<<32-1
	return uint32(v)
}

func (r *reader) count(limit int) int {
	v := r.uvarint()
	r.bad = r.bad || v > uint64(limit)
	if r.bad {
		return 0
	}
	return int(v)
}
