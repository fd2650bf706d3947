package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"ringback/cmd/internal/config"
	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/clock"
	"ringback/ivr/event"
	"ringback/ivr/ledger"
	"ringback/ivr/mail"
	"ringback/ivr/notice"
	"ringback/ivr/twilio"
	"ringback/metrics"
)

// Lead is what a lead may do about people and the line: each with who did it and
// why, in the audit, and told to those whom it concerns. Get one from [App.Lead],
// or from [OpenLead] beside a running service.
type Lead struct {
	ledger *ledger.Ledger
	names  caller.Pseudonyms
	tell   teller
	config *config.Config
	line   config.Line // in whose name people are told, and whose day it is
	now    func() time.Time
	logger *slog.Logger
	close  func(context.Context) error
	// closures are those of a running service; nil: the service reads the ledger.
	closures *closures
}

// Lead is the lead's side of a running service.
func (a *App) Lead() *Lead { return a.lead }

// OpenLead opens the stores of a configuration for a lead's command. Notices are
// owed, and sent by the running service. Close it.
func OpenLead(ctx context.Context, o Options) (_ *Lead, err error) {
	if o.Clock == nil {
		o.Clock = clock.Real()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	a := &App{o: o}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Stop(context.WithoutCancel(ctx)))
		}
	}()
	if err := a.openMetrics(ctx); err != nil {
		return nil, err
	}
	if err := a.openLedger(ctx); err != nil {
		return nil, err
	}
	books, err := catalogues(o.Config)
	if err != nil {
		return nil, err
	}
	d, err := a.directory(ctx, metrics.NewDependencies(a.exporter.Registry()))
	if err != nil {
		return nil, err
	}
	key := o.Config.Keys.Pseudonym.Bytes()
	names, err := caller.NewPseudonyms(key)
	if err != nil {
		return nil, fmt.Errorf("keys.pseudonym: %w", err)
	}
	var mails notice.Mailer
	if o.Config.Mail.Configured() {
		mails = nobody{}
	}
	worker, err := a.composer(nobody{}, mails, wording{books: books, lines: o.Config.Lines}, key, names)
	if err != nil {
		return nil, err
	}
	events, err := a.eventSender(key)
	if err != nil {
		return nil, err
	}
	l := a.newLead(names, a.tellerOf(worker, events, d, names))
	l.close = a.Stop
	return l, nil
}

func (a *App) newLead(names caller.Pseudonyms, t teller) *Lead {
	return &Lead{ledger: a.ledger, names: names, tell: t, config: a.o.Config, line: a.o.Config.Lines[0], now: a.o.Clock.Now, logger: a.o.Logger}
}

// On is the lead's side of a line, by its id: people are told in its name, and a day
// is its day. Without it that is the first line. Close the one it came from.
func (l *Lead) On(line string) (*Lead, error) {
	i := slices.IndexFunc(l.config.Lines, func(c config.Line) bool { return c.ID == line })
	if i < 0 {
		return nil, fmt.Errorf("there is no line %q", line)
	}
	on := *l
	on.line = l.config.Lines[i]
	return &on, nil
}

// Close closes what [OpenLead] opened.
func (l *Lead) Close(ctx context.Context) error {
	if l.close == nil {
		return nil
	}
	return l.close(ctx)
}

// Unlock lifts the lock on a factor of a person, or on all that were ever tried.
func (l *Lead) Unlock(ctx context.Context, id string, factor ivr.Factor, by, reason string) (lifted []ivr.Factor, err error) {
	factors := []ivr.Factor{factor}
	if factor == ivr.FactorUnknown {
		factors = ivr.Factors()
	}
	owed := l.owed(ctx, deed{kind: notice.FactorUnlocked, id: id})
	for _, f := range factors {
		switch err := l.ledger.UnlockOwing(ctx, l.names.Subject(id), f.String(), by, reason, owed...); {
		case errors.Is(err, ledger.ErrNotFound):
		case err != nil:
			return lifted, fmt.Errorf("unlock: %w", err)
		default:
			lifted, owed = append(lifted, f), nil // people are told once
		}
	}
	if len(lifted) == 0 {
		return nil, fmt.Errorf("unlock: there is nothing to unlock: %w", ledger.ErrNotFound)
	}
	l.kick()
	return lifted, nil
}

// Unfreeze starts a person's phone recovery again.
func (l *Lead) Unfreeze(ctx context.Context, id, by, reason string) error {
	owed := l.owed(ctx, deed{kind: notice.Unfrozen, id: id})
	owed = append(owed, l.tell.announce(ctx, l.deed(id), event.Unfreeze{By: by})...)
	if err := l.ledger.Unfreeze(ctx, l.names.Subject(id), by, reason, owed...); err != nil {
		return fmt.Errorf("unfreeze: %w", err)
	}
	l.kick()
	return nil
}

// Freeze stops a person's phone recovery; frozen before, it stays so.
func (l *Lead) Freeze(ctx context.Context, id, by, reason string) error {
	owed := l.owed(ctx, deed{kind: notice.Frozen, id: id})
	owed = append(owed, l.tell.announce(ctx, l.deed(id), event.Freeze{By: by, Why: "desk"})...)
	if _, err := l.ledger.Freeze(ctx, ledger.Freeze{Subject: l.names.Subject(id), By: by, Reason: reason}, owed...); err != nil {
		return fmt.Errorf("freeze: %w", err)
	}
	l.kick()
	return nil
}

// AllowLinks allows a person one more set of links on the day that it is on the
// line, and returns the day.
func (l *Lead) AllowLinks(ctx context.Context, id, by, reason string) (day string, err error) {
	day = l.now().In(l.line.Schedule.Location).Format(time.DateOnly)
	if err := l.ledger.Allow(ctx, l.names.Subject(id), "links", day, by, reason); err != nil {
		return "", fmt.Errorf("allow links: %w", err)
	}
	return day, nil
}

// kick has the service's worker look at what is owed; a command's own has nothing to
// send with.
func (l *Lead) kick() {
	if l.close == nil {
		l.tell.kick()
	}
}

// deed is something that a lead did now.
func (l *Lead) deed(id string) deed {
	return deed{id: id, line: l.line.ID, key: l.names.Subject(id)[:16] + "/" + strconv.FormatInt(l.now().UnixMilli(), 10)}
}

// owed are the notices of something that a lead did. A directory that does not
// answer, or knows no such person, keeps nobody from doing it: then nobody can be
// told.
func (l *Lead) owed(ctx context.Context, d deed) []ledger.Notice {
	kind := d.kind
	d = l.deed(d.id)
	d.kind = kind
	owed, err := l.tell.of(ctx, d)
	switch {
	case err != nil:
		l.logger.WarnContext(ctx, "nobody is told of what a lead did", "notice", d.kind.String(), "error", err.Error())
	case len(owed) == 0:
		l.logger.WarnContext(ctx, "nobody is told of what a lead did: the directory has no such person, or no address", "notice", d.kind.String())
	}
	return owed
}

// SetThreat raises the bar for everybody until a moment, or lowers it again when
// that is zero.
func (l *Lead) SetThreat(ctx context.Context, until time.Time, by, reason string) error {
	if err := l.ledger.SetThreat(ctx, ledger.Threat{Until: until, By: by, Reason: reason, Set: l.now()}); err != nil {
		return fmt.Errorf("threat: %w", err)
	}
	return nil
}

// Threat is the last that was set.
func (l *Lead) Threat(ctx context.Context) (ledger.Threat, error) {
	t, err := l.ledger.Threat(ctx)
	if err != nil {
		return t, fmt.Errorf("threat: %w", err)
	}
	return t, nil
}

// errOnlyOwed is never seen: nothing is sent by a lead's command.
var errOnlyOwed = errors.New("notices are sent by the running service")

// nobody sends nothing: a lead's command only owes.
type nobody struct{}

// SendText refuses.
func (nobody) SendText(context.Context, twilio.Text) (twilio.Message, error) {
	return twilio.Message{}, errOnlyOwed
}

// Send refuses.
func (nobody) Send(context.Context, mail.Message) error { return errOnlyOwed }
