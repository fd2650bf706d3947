package notice

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"ringback/ivr/ledger"
)

const maxText = 1600 // characters of a text, by Twilio's error 21617

// Event is something that people must be told.
type Event struct {
	Kind    Kind
	Subject string // HMAC: whose account
	// ID is the unique ID behind it, which the reference's digits find again, see
	// [Worker.Whose]; "": nobody needs to.
	ID   string
	Line string // id
	// CallRef and Effect are what it was done by. Without a call, Key names the
	// event instead, the same however often it is composed.
	CallRef string
	Effect  uint32
	Key     string
	At      time.Time
	// Language of the words, BCP 47; "": the line's.
	Language string
	// Factor is that of a lock or an unlock, by its name.
	Factor string
	// Seed makes the reference the same each time; 0: a random one.
	Seed uint64
	// Texts are the numbers, E.164, and Mails the addresses to be told: all that
	// are on file but the one that was just used.
	Texts, Mails []string
}

// key is the same for each run of an event, and no other's.
func (e Event) key() (string, error) {
	switch {
	case e.Key != "" && e.CallRef == "":
		return e.Kind.String() + "/" + e.Key, nil
	case e.Key == "" && e.CallRef != "":
		return fmt.Sprintf("%s/%s/%d", e.Kind, e.CallRef, e.Effect), nil
	}
	return "", errors.New("either a call or a key")
}

// Compose makes a notice for each address, all with one reference of 8 digits,
// to be owed by the ledger together with the deed. It stores and sends nothing.
// Composed again, the notices have the same names, so that the ledger adds none.
func (w *Worker) Compose(e Event) (owed []ledger.Notice, reference string, err error) {
	line, ok := w.o.Lines[e.Line]
	key, err := e.key()
	switch {
	case err != nil:
	case !slices.Contains(Kinds(), e.Kind):
		err = errors.New("no such kind")
	case !ok:
		err = errors.New("no such line")
	case e.Subject == "" || e.At.IsZero():
		err = errors.New("subject and time are required")
	}
	if err != nil {
		return nil, "", fmt.Errorf("compose notices: %w", err)
	}
	if reference, err = w.reference(key, e.Seed); err != nil {
		return nil, "", fmt.Errorf("compose notices: %w", err)
	}
	subject, text, err := word(w.o.Wording, e, line, reference)
	if err != nil {
		return nil, "", fmt.Errorf("compose notices: %w", err)
	}
	for _, to := range w.recipients(e) {
		n := ledger.Notice{
			Event: key + "/" + w.mac("address", to.channel, to.address)[:16], Reference: w.o.Reference(reference),
			Subject: e.Subject, Kind: e.Kind.String(), Channel: to.channel,
		}
		if n.Sealed, err = w.seal(n.Event, letter{To: to.address, Subject: subject, Text: text}); err != nil {
			return nil, "", fmt.Errorf("compose notices: %w", err)
		}
		if n.Whose, err = w.sealWhose(n.Event, reference, e.ID); err != nil {
			return nil, "", fmt.Errorf("compose notices: %w", err)
		}
		owed = append(owed, n)
	}
	return owed, reference, nil
}

type recipient struct{ channel, address string }

// recipients are whom we can tell, each once.
func (w *Worker) recipients(e Event) (all []recipient) {
	add := func(channel string, addresses []string) {
		for _, a := range addresses {
			if r := (recipient{channel, a}); a != "" && !slices.Contains(all, r) {
				all = append(all, r)
			}
		}
	}
	add(ledger.ByText, e.Texts)
	if w.o.Mailer != nil {
		add(ledger.ByMail, e.Mails)
	}
	return all
}

// CheckWording words a notice of a kind as [Worker.Compose] would for a line with
// an id, in a language, so that a wording is refused before somebody has to be told.
func CheckWording(w Wording, kind Kind, id string, line Line, language string) error {
	at := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	_, _, err := word(w, Event{Kind: kind, Line: id, At: at, Language: language, Factor: "texted_code"}, line, "12345678")
	return err
}

// word makes the subject and the text. A notice without its reference would
// leave a person without a way to stop what goes on.
func word(w Wording, e Event, line Line, reference string) (subject, text string, err error) {
	zone, language := line.Zone, e.Language
	if zone == nil {
		zone = time.UTC
	}
	if language == "" {
		language = line.Language
	}
	at := e.At.In(zone)
	subject, text, err = w.Notice(e.Kind.String(), e.Line, language, map[string]string{
		"reference": reference, "number": line.Number, "factor": e.Factor, "call": e.CallRef,
		"date": at.Format(time.DateOnly), "time": at.Format("15:04"), "zone": at.Format("MST"),
	})
	if err != nil {
		return "", "", fmt.Errorf("words: %w", err)
	}
	if subject == "" || !strings.Contains(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(text), reference) {
		return "", "", errors.New("words: no subject, or no reference in the text")
	}
	if utf8.RuneCountInString(text) > maxText {
		return "", "", errors.New("words: too long for a text")
	}
	return subject, text, nil
}

// reference is 8 digits that only its readers know.
func (w *Worker) reference(key string, seed uint64) (string, error) {
	var b [8]byte
	if seed != 0 {
		m := w.hash("reference", key, fmt.Sprint(seed))
		copy(b[:], m)
	} else if _, err := io.ReadFull(w.o.Random, b[:]); err != nil {
		return "", fmt.Errorf("reference: %w", err)
	}
	// 64 bits modulo 10^8: the bias is below one in 10^11.
	return fmt.Sprintf("%08d", binary.BigEndian.Uint64(b[:])%100_000_000), nil
}

// mac names something without telling it.
func (w *Worker) mac(parts ...string) string { return hex.EncodeToString(w.hash(parts...)) }

func (w *Worker) hash(parts ...string) []byte {
	m := hmac.New(sha256.New, w.o.Key)
	for _, p := range append([]string{"ringback notice"}, parts...) {
		var n [4]byte
		binary.BigEndian.PutUint32(n[:], uint32(len(p)))
		m.Write(n[:])
		m.Write([]byte(p))
	}
	return m.Sum(nil)
}
