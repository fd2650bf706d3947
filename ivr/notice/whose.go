package notice

import (
	"fmt"

	"ringback/ivr/ledger"
	"ringback/ivr/outbox"
)

// Whose is the unique ID of whom a notice was about, for somebody who has keyed its
// 8 digits: the ledger keeps it sealed under them, long after the letter is erased,
// so that whoever stops something can be told. It fails for a notice of an event
// that named no ID, and for other digits.
func (w *Worker) Whose(n ledger.Notice, digits string) (id string, err error) {
	s, err := w.under(digits)
	if err != nil {
		return "", err
	}
	plain, err := s.Open(n.Event, n.Whose)
	if err != nil {
		return "", fmt.Errorf("whose a notice was: %w", err)
	}
	return string(plain), nil
}

// sealWhose seals an ID for [Worker.Whose]; nothing for none.
func (w *Worker) sealWhose(event, digits, id string) ([]byte, error) {
	if id == "" {
		return nil, nil
	}
	s, err := w.under(digits)
	if err != nil {
		return nil, err
	}
	return s.Seal(event, []byte(id)) //nolint:wrapcheck // it names itself
}

// under is a sealer whose key nobody has without the digits. Whoever has [Options.Key]
// would have to try them all, which is no less than to try all IDs for a pseudonym.
func (w *Worker) under(digits string) (*outbox.Sealer, error) {
	return outbox.NewSealer(w.o.Random, w.hash("whose", digits), nil) //nolint:wrapcheck // it names itself
}
