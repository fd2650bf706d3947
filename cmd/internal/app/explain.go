package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/clock"
	"ringback/ivr/duo"
	"ringback/ivr/ledger"
	"ringback/metrics"
)

// ErrNobody says that a directory has nobody with an ID.
var ErrNobody = errors.New("the directory has nobody with that ID")

// Explanation says what a person could show on a line, and what it would amount to.
type Explanation struct {
	Line     string
	Subject  string // the pseudonym under which the audit files the person
	Facts    ivr.Facts
	Lacks    []string // factors of the line that the person does not have, and why
	Notes    []string // what could not be asked
	Ways     []ivr.Way
	Enrolled []ivr.Enrolled
}

// Explain looks a person up as a call would, in directory, ledger and Duo, and
// tries every way to a level. It changes nothing and sends nothing. A line of ""
// is the first.
func Explain(ctx context.Context, o Options, id, line string, level ivr.Level) (_ Explanation, err error) {
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
	deps := metrics.NewDependencies(a.exporter.Registry())
	d, err := a.directory(ctx, deps)
	if err != nil {
		return Explanation{}, err
	}
	names, err := caller.NewPseudonyms(o.Config.Keys.Pseudonym.Bytes())
	if err != nil {
		return Explanation{}, fmt.Errorf("keys.pseudonym: %w", err)
	}
	x := explainer{app: a, names: names, directory: d}
	return x.explain(ctx, id, line, level)
}

type explainer struct {
	app       *App
	names     caller.Pseudonyms
	directory caller.Directory
	out       Explanation
	person    caller.Person
	secrets   ledger.Credentials
	devices   []ivr.Enrolled // pushable
	noDevice  string         // why there are none
}

func (x *explainer) explain(ctx context.Context, id, line string, level ivr.Level) (Explanation, error) {
	d := dialogueOf(x.app.o.Config)
	l := d.Lines[0]
	for i := range d.Lines {
		if d.Lines[i].ID == line {
			l = d.Lines[i]
		}
	}
	if line != "" && l.ID != line {
		return Explanation{}, fmt.Errorf("there is no line %q", line)
	}
	x.out.Line, x.out.Subject = l.ID, x.names.Subject(id)
	found := false
	var err error
	if x.person, found, err = x.directory.ByID(ctx, id); err != nil {
		return Explanation{}, fmt.Errorf("directory: %w", err)
	}
	if !found {
		return Explanation{}, ErrNobody
	}
	if err := x.facts(ctx, id, l); err != nil {
		return Explanation{}, err
	}
	x.account(ctx)
	if x.app.o.Config.Twilio.SIMSwap {
		x.out.Notes = append(x.out.Notes, "SIMs are not looked up here: codes to a phone whose SIM was changed lately count for nothing")
	}
	for _, f := range l.Factors {
		x.enrolled(f)
	}
	x.out.Ways = ivr.Explain(d.Policy, x.out.Facts, x.out.Enrolled, level, x.app.o.Clock.Now())
	return x.out, nil
}

// facts are those of the directory and the ledger.
func (x *explainer) facts(ctx context.Context, id string, l ivr.Line) error {
	c, subject, f := x.app.o.Config, x.names.Subject(id), &x.out.Facts
	f.Known, f.Privileged = true, x.person.Privileged || privileged(c)(l.ID, x.person.Groups)
	f.Need = c.Need(l.ID, x.person.Groups)
	present := guard{ledger: x.app.ledger, gate: func() error { return nil }, now: x.app.o.Clock.Now}
	now, err := present.Now(ctx, subject, *f)
	if err != nil {
		return err
	}
	*f = now
	for _, ph := range x.person.Phones {
		since, _, err := x.app.ledger.NumberSince(ctx, subject, x.names.Number(ph.Number))
		if err != nil {
			return fmt.Errorf("age of a number: %w", err)
		}
		p := ivr.Phone{Number: ph.Number}
		if !since.IsZero() {
			p.Since = since.Unix()
		}
		f.Phones = append(f.Phones, p)
	}
	if x.secrets, err = x.app.ledger.Credentials(ctx, subject); err != nil {
		return fmt.Errorf("credentials: %w", err)
	}
	return nil
}

// account adds what Duo says. A Duo that does not answer is taken to agree, and
// the reader is told.
func (x *explainer) account(ctx context.Context) {
	c := x.app.o.Config
	f := &x.out.Facts
	f.Account, x.noDevice = true, "no activated device in Duo"
	for i := range f.Phones {
		f.Phones[i].Usable = true
	}
	client, err := duo.New(duo.Options{
		APIHost: c.Duo.APIHost, BaseURL: c.Duo.APIURL, IntegrationKey: c.Duo.IntegrationKey, SecretKey: c.Duo.SecretKey.Reveal(),
		HTTPClient: &http.Client{Transport: x.app.o.Transport}, Clock: x.app.o.Clock,
	})
	var user duo.User
	if err == nil {
		user, err = client.UserByUsername(ctx, x.person.Username)
	}
	if err != nil {
		x.noDevice = "not known, since Duo could not be asked"
		x.out.Notes = append(x.out.Notes, "Duo could not be asked: its phones are taken to be those of the directory, and other devices are not known")
		return
	}
	for i := range f.Phones {
		f.Phones[i].Usable = false
	}
	for _, p := range user.Phones {
		at := uint8(ivr.NoPhone)
		for i := range f.Phones {
			if f.Phones[i].Number == p.Number {
				at = uint8(i) //nolint:gosec // nobody has 255 phones on file
				f.Phones[i].Usable = p.Textable() && p.CanActivate()
			}
		}
		if p.CanPush() {
			x.devices = append(x.devices, ivr.Enrolled{Factor: ivr.FactorDuoPush, Phone: at, Label: device(f.Phones, at)})
		}
	}
}

func device(phones []ivr.Phone, at uint8) string {
	if int(at) < len(phones) {
		return "on the phone ending in " + phones[at].Last2()
	}
	return "on another device"
}

// enrolled notes what the person has for a factor, or that they lack it.
func (x *explainer) enrolled(f ivr.Factor) {
	var have []ivr.Enrolled
	lacks := ""
	switch f {
	case ivr.FactorPIN:
		if x.person.PINHash != "" || x.secrets.PINHash != "" {
			have = []ivr.Enrolled{{Factor: f}}
		}
		lacks = "no PIN is enrolled"
	case ivr.FactorTextedCode:
		for i, ph := range x.out.Facts.Phones {
			have = append(have, ivr.Enrolled{Factor: f, Phone: uint8(i), Label: "to the phone ending in " + ph.Last2()}) //nolint:gosec // few phones
		}
		lacks = "no phone is on file"
	case ivr.FactorEmailedCode:
		for _, e := range x.person.Emails {
			if e.OutsideSSO && len(have) == 0 {
				have = []ivr.Enrolled{{Factor: f}}
			}
		}
		lacks = "no address on file works without the account that is being recovered"
	case ivr.FactorRecoveryCode:
		if len(x.person.Recovery)+len(x.secrets.Recovery) > 0 {
			have = []ivr.Enrolled{{Factor: f}}
		}
		lacks = "no unused recovery code"
	case ivr.FactorDuoPush:
		have, lacks = x.devices, x.noDevice
	case ivr.FactorUnknown:
	}
	if len(have) == 0 {
		x.out.Lacks = append(x.out.Lacks, f.String()+": "+lacks)
	}
	x.out.Enrolled = append(x.out.Enrolled, have...)
}
