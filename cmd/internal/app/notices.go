package app

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/desk/changes"
	"ringback/ivr/event"
	"ringback/ivr/ledger"
	"ringback/ivr/mail"
	"ringback/ivr/notice"
	"ringback/ivr/words"
)

// noticeKey is the key that seals what is owed. It comes from the pseudonym key,
// which never changes: a notice may wait for half a day.
func noticeKey(pseudonym []byte) []byte {
	m := hmac.New(sha256.New, pseudonym)
	m.Write([]byte("ringback notices\n"))
	return m.Sum(nil)
}

// openTeller starts the worker that tells people, and joins it with who they are.
func (a *App) openTeller(texts notice.Texter, mails *mail.Client, w wording, key []byte, d caller.Directory, names caller.Pseudonyms) (teller, error) {
	events, err := a.openEvents(key)
	if err != nil {
		return teller{}, err
	}
	var m notice.Mailer
	if mails != nil {
		m = mails
	}
	worker, err := a.composer(texts, m, w, key, names)
	if err != nil {
		return teller{}, err
	}
	running, stop := context.WithCancel(context.Background())
	a.served.Go(func() { worker.Run(running) })
	a.onStop("notices", func(ctx context.Context) error {
		stop()
		return worker.Close(ctx) //nolint:wrapcheck // it names itself
	})
	return a.tellerOf(worker, events, d, names), nil
}

// composer is a worker that does not run yet: it can compose what is owed.
func (a *App) composer(texts notice.Texter, mails notice.Mailer, w notice.Wording, key []byte, names caller.Pseudonyms) (*notice.Worker, error) {
	lines := map[string]notice.Line{}
	for _, l := range a.o.Config.Lines {
		lines[l.ID] = notice.Line{Number: string(l.Number), Zone: l.Schedule.Location, Language: l.Languages[0]}
	}
	worker, err := notice.New(notice.Options{
		Ledger: a.ledger, Texter: texts, Mailer: mails, Wording: w, Lines: lines, Reference: names.Reference, Key: noticeKey(key),
		Clock: a.o.Clock, Logger: a.o.Logger, Registerer: a.exporter.Registry(), Jitter: a.o.Jitter,
	})
	if err != nil {
		return nil, fmt.Errorf("notices: %w", err)
	}
	return worker, nil
}

func (a *App) tellerOf(worker *notice.Worker, events *event.Sender, d caller.Directory, names caller.Pseudonyms) teller {
	t := teller{worker: worker, events: events, changes: &a.changes, directory: d, names: names, now: a.o.Clock.Now, logger: a.o.Logger}
	for _, g := range a.o.Config.Desk.Agents {
		if g.Role == "lead" {
			t.leads = append(t.leads, string(g.Phone))
		}
	}
	return t
}

// teller composes the notices, and the events, of what was done in somebody's name.
type teller struct {
	worker    *notice.Worker
	events    *event.Sender
	changes   *atomic.Pointer[changes.Service] // none before it is open, and beside a command
	directory caller.Directory
	names     caller.Pseudonyms
	leads     []string // numbers of the desk's leads
	now       func() time.Time
	logger    *slog.Logger
}

// deed is something that people must be told.
type deed struct {
	kind    notice.Kind
	id      string // the person's unique ID
	subject string // instead of it, when nobody knows it
	line    string
	callRef string
	effect  uint32
	key     string // instead of a call
	factor  string
	but     string // the one number that was just used
}

// of composes a deed's notices for every address on file but the one just used.
func (t teller) of(ctx context.Context, d deed) ([]ledger.Notice, error) {
	p, found, err := t.directory.ByID(ctx, d.id)
	if err != nil || !found {
		return nil, err //nolint:wrapcheck // the directory names itself; nobody is nobody to tell
	}
	return t.to(d, p)
}

func (t teller) to(d deed, p caller.Person) ([]ledger.Notice, error) {
	e := notice.Event{
		Kind: d.kind, Subject: t.names.Subject(p.ID), ID: p.ID, Line: d.line, CallRef: d.callRef, Effect: d.effect, Key: d.key,
		At: t.now(), Factor: d.factor,
	}
	if words.Speaks(p.Language) && p.Language != "" {
		e.Language = p.Language // never the call's: whoever calls chooses that
	}
	for _, ph := range p.Phones {
		if ph.Number != d.but {
			e.Texts = append(e.Texts, ph.Number)
		}
	}
	for _, m := range p.Emails {
		e.Mails = append(e.Mails, m.Address)
	}
	owed, _, err := t.worker.Compose(e)
	if err != nil {
		return nil, fmt.Errorf("compose notices: %w", err)
	}
	return owed, nil
}

// Notice words a notice; see [notice.Wording].
func (w wording) Notice(kind, line, language string, args map[string]string) (subject, text string, err error) {
	call := ivr.Call{Line: line, Language: language}
	all := make([]string, 0, 2*len(args))
	for name, value := range args {
		all = append(all, name, value)
	}
	if subject, err = w.text(call, "notice_subject_"+kind, all...); err != nil {
		return "", "", err
	}
	if text, err = w.text(call, "notice_"+kind, all...); err != nil {
		return "", "", err
	}
	return subject, text, nil
}

// newsroom is the teller as the callers' service wants it.
type newsroom struct {
	teller

	ledger    *ledger.Ledger
	firstLine string // of news without a call
}

// Compose words the news of a person, for every address on file, and of a freeze
// also for the desk's leads. It sends nothing: whatever is told is owed together
// with the deed.
func (n newsroom) Compose(ctx context.Context, news caller.News) ([]ledger.Notice, error) {
	kind, err := notice.ParseKind(news.Kind.String())
	if err != nil {
		return nil, err //nolint:wrapcheck // it names itself
	}
	d := deed{kind: kind, line: cmp.Or(news.Call.Line, n.firstLine), callRef: news.Call.Ref, effect: news.Effect}
	if news.Factor != ivr.FactorUnknown {
		d.factor = news.Factor.String()
	}
	if kind == notice.Frozen {
		return n.frozen(ctx, d, news.Subject, news.Person, event.Freeze{By: lineActor, Why: "reported"})
	}
	if news.Person.ID == "" {
		return nil, nil
	}
	return n.to(d, news.Person)
}

// frozen composes what a freeze is told by: to the desk's leads, who learn of no
// name (the call's reference leads to the audit), to other systems, and to the
// person, when it is known whose subject it is.
func (n newsroom) frozen(ctx context.Context, d deed, subject string, p caller.Person, data event.Freeze) (owed []ledger.Notice, err error) {
	d.kind = notice.Frozen
	if len(n.leads) > 0 {
		if owed, _, err = n.worker.Compose(notice.Event{
			Kind: notice.Alarm, Subject: subject, ID: p.ID, Line: d.line, CallRef: d.callRef, Effect: d.effect, At: n.now(), Texts: n.leads,
		}); err != nil {
			return nil, fmt.Errorf("compose alarm: %w", err)
		}
	}
	d.id, d.subject = p.ID, subject
	owed = append(owed, n.announce(ctx, d, data)...)
	if p.ID == "" {
		return owed, nil
	}
	told, err := n.to(d, p)
	return append(owed, told...), err
}

// Owe keeps notices of what the ledger knows already.
func (n newsroom) Owe(ctx context.Context, notices ...ledger.Notice) (int, error) {
	return n.ledger.Owe(ctx, notices...) //nolint:wrapcheck // it names itself
}

// Whose finds whom a notice was about, by its digits.
func (n newsroom) Whose(told ledger.Notice, digits string) (string, error) {
	return n.worker.Whose(told, digits) //nolint:wrapcheck // it names itself
}

// Kick has the workers look.
func (n newsroom) Kick() { n.kick() }
