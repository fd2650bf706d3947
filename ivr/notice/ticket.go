package notice

import (
	"errors"
	"fmt"

	"ringback/ivr/ledger"
)

// Ticket is a letter to a mailbox of the desk, not to the person whom it is about.
type Ticket struct {
	Key           string // what it is about, once and for all: "callback/<id>"
	About         string // HMAC of the person's number
	To            string // the mailbox's address
	Subject, Text string
}

// Ticket seals a ticket, to be owed by the ledger together with what it tells of. It
// leaves like a notice, by mail, and has no reference.
func (w *Worker) Ticket(t Ticket) (ledger.Notice, error) {
	if w.o.Mailer == nil || t.Key == "" || t.About == "" || t.To == "" || t.Subject == "" || t.Text == "" {
		return ledger.Notice{}, errors.New("compose ticket: mail, key, address, subject and text are required")
	}
	n := ledger.Notice{Event: "ticket/" + t.Key, Subject: t.About, Kind: "ticket", Channel: ledger.ByMail}
	var err error
	if n.Sealed, err = w.seal(n.Event, letter{To: t.To, Subject: t.Subject, Text: t.Text}); err != nil {
		return ledger.Notice{}, fmt.Errorf("compose ticket: %w", err)
	}
	return n, nil
}
