package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"ringback/cmd/internal/config"
	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/clock"
	"ringback/ivr/ledger"
	"ringback/metrics"
)

// ErrNobody says that a directory has nobody with an ID.
var ErrNobody = errors.New("the directory has nobody with that ID")

// Question is what [Explain] is asked.
type Question struct {
	ID       string // the person's
	Line     string // that is called; "" is the first
	Level    ivr.Level
	NoLookup bool // SIMs are not looked up, which costs a fee for each phone
}

// Explanation says what a person could show on a line, and what it would amount to.
type Explanation struct {
	Line     string
	Level    ivr.Level
	Subject  string // the pseudonym under which the audit files the person
	Facts    ivr.Facts
	Threat   time.Time       // until when it is elevated; zero: it is not
	Demands  []config.Demand // what holds for the person there beyond the floor
	Links    DayLinks
	Enrolled []ivr.Enrolled
	Lacks    []string // factors of the line that the person cannot use, and why
	Notes    []string // what could not be asked, and what is in the way for now
	Ways     []ivr.Way
}

// DayLinks are the sets of links of a person on a day.
type DayLinks struct {
	Day    string // in the line's zone, 2006-01-02
	Used   int    // made, or perhaps made
	Limit  int    // without anybody's help
	ByLead int    // that a lead allowed besides
}

// Left is how many sets can be made today.
func (d DayLinks) Left() int { return max(d.Limit+d.ByLead-d.Used, 0) }

// Found reports whether some evidence leads to the level, today.
func (x Explanation) Found() bool {
	if x.Level == ivr.LevelLinks && x.Links.Left() == 0 {
		return false
	}
	for _, w := range x.Ways {
		if w.Leads {
			return true
		}
	}
	return false
}

// Explain looks a person up as a call would, in directory, ledger, Duo and, for
// their SIMs, at the carrier, and tries every way to a level. It changes nothing
// and sends nothing.
func Explain(ctx context.Context, o Options, q Question) (_ Explanation, err error) {
	if o.Clock == nil {
		o.Clock = clock.Real()
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
	}
	a := &App{o: o}
	defer func() { err = errors.Join(err, a.Stop(context.WithoutCancel(ctx))) }()
	if err := a.openMetrics(ctx); err != nil {
		return Explanation{}, err
	}
	a.ledger, err = ledger.Open(ctx, ledger.Options{
		URL: o.Config.Ledger.URL.Reveal(), Key: ledger.ChainKey(o.Config.Keys.Pseudonym.Bytes()), ReadOnly: true, Now: o.Clock.Now,
	})
	if err != nil {
		return Explanation{}, fmt.Errorf("ledger: %w", err)
	}
	a.onStop("ledger", func(context.Context) error { return a.ledger.Close() })
	d, err := a.directory(ctx, metrics.NewDependencies(a.exporter.Registry()))
	if err != nil {
		return Explanation{}, err
	}
	names, err := caller.NewPseudonyms(o.Config.Keys.Pseudonym.Bytes())
	if err != nil {
		return Explanation{}, fmt.Errorf("keys.pseudonym: %w", err)
	}
	x := explainer{Question: q, app: a, names: names, directory: d}
	return x.explain(ctx)
}

type explainer struct {
	Question
	app       *App
	names     caller.Pseudonyms
	directory caller.Directory
	out       Explanation
	person    caller.Person
	secrets   ledger.Credentials
	devices   []ivr.Enrolled // pushable
	noDevice  string         // why there are none
}

func (x *explainer) explain(ctx context.Context) (Explanation, error) {
	d := dialogueOf(x.app.o.Config)
	l := d.Lines[0]
	for i := range d.Lines {
		if d.Lines[i].ID == x.Line {
			l = d.Lines[i]
		}
	}
	if x.Line != "" && l.ID != x.Line {
		return Explanation{}, fmt.Errorf("there is no line %q", x.Line)
	}
	x.out.Line, x.out.Level, x.out.Subject = l.ID, x.Level, x.names.Subject(x.ID)
	found := false
	var err error
	if x.person, found, err = x.directory.ByID(ctx, x.ID); err != nil {
		return Explanation{}, fmt.Errorf("directory: %w", err)
	}
	if !found {
		return Explanation{}, ErrNobody
	}
	if err := x.facts(ctx, l); err != nil {
		return Explanation{}, err
	}
	x.account(ctx)
	if err := x.sims(ctx); err != nil {
		return Explanation{}, err
	}
	if err := x.links(ctx, l); err != nil {
		return Explanation{}, err
	}
	for _, f := range l.Factors {
		if err := x.factor(ctx, f); err != nil {
			return Explanation{}, err
		}
	}
	x.out.Ways = ivr.Explain(d.Policy, x.out.Facts, x.out.Enrolled, x.Level, x.app.o.Clock.Now())
	return x.out, nil
}

func (x *explainer) note(format string, args ...any) {
	x.out.Notes = append(x.out.Notes, fmt.Sprintf(format, args...))
}

// factor notes what the person has for a factor, or why they cannot use it.
func (x *explainer) factor(ctx context.Context, f ivr.Factor) error {
	have, lacks := x.enrolled(f)
	k, err := x.app.ledger.Lock(ctx, x.out.Subject, f.String())
	switch {
	case err != nil:
		return fmt.Errorf("lock of a factor: %w", err)
	case len(have) == 0:
		x.out.Lacks = append(x.out.Lacks, f.String()+": "+lacks)
		return nil
	case k.Disabled:
		x.out.Lacks = append(x.out.Lacks, f.String()+": disabled by wrong tries, until a lead unlocks it")
		return nil
	case k.WaitUntil.After(x.app.o.Clock.Now()):
		x.note("%s: %d wrong tries in a row, and the next one has to wait until %s", f, k.Failures, k.WaitUntil.UTC().Format(time.DateTime+" UTC"))
	}
	x.out.Enrolled = append(x.out.Enrolled, have...)
	return nil
}

// enrolled is what the person has for a factor, and in which words they lack it.
func (x *explainer) enrolled(f ivr.Factor) (have []ivr.Enrolled, lacks string) {
	switch f {
	case ivr.FactorPIN:
		if x.person.PINHash != "" || x.secrets.PINHash != "" {
			have = []ivr.Enrolled{{Factor: f}}
		}
		return have, "no PIN is enrolled"
	case ivr.FactorTextedCode:
		for i, ph := range x.out.Facts.Phones {
			have = append(have, ivr.Enrolled{Factor: f, Phone: uint8(i), Label: "to the phone ending in " + ph.Last2()}) //nolint:gosec // few phones
		}
		return have, "no phone is on file"
	case ivr.FactorEmailedCode:
		for _, e := range x.person.Emails {
			if e.OutsideSSO && len(have) == 0 {
				have = []ivr.Enrolled{{Factor: f}}
			}
		}
		return have, "no address on file works without the account that is being recovered"
	case ivr.FactorRecoveryCode:
		if len(x.person.Recovery)+len(x.secrets.Recovery) > 0 {
			have = []ivr.Enrolled{{Factor: f}}
		}
		return have, "no unused recovery code"
	case ivr.FactorDuoPush:
		return x.devices, x.noDevice
	case ivr.FactorUnknown:
	}
	return nil, "unknown"
}
