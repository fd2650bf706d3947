package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"ringback/ivr"
	"ringback/ivr/caller"
	"ringback/ivr/duo"
	"ringback/ivr/reconnect"
	"ringback/ivr/twilio"
)

// facts are those of the directory and the ledger.
func (x *explainer) facts(ctx context.Context, l ivr.Line) error {
	c, subject, f := x.app.o.Config, x.out.Subject, &x.out.Facts
	f.Known, f.Privileged = true, x.person.Privileged || c.Privileged(l.ID, x.person.Groups)
	x.out.Demands = c.Demands(l.ID, x.person.Groups)
	f.Need = c.Need(l.ID, x.person.Groups)
	present := guard{ledger: x.app.ledger, gate: func() error { return nil }, now: x.app.o.Clock.Now}
	now, err := present.Now(ctx, subject, *f)
	if err != nil {
		return err
	}
	*f = now
	if f.Threat {
		t, err := x.app.ledger.Threat(ctx)
		if err != nil {
			return fmt.Errorf("threat: %w", err)
		}
		x.out.Threat = t.Until
	}
	for _, ph := range x.person.Phones[:min(len(x.person.Phones), caller.MaxPhones)] {
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
	if errors.Is(err, duo.ErrNotFound) || err == nil && !theirs(user, x.person.Username) {
		user, err = duo.User{}, nil
		x.noDevice = "no active user in Duo"
		x.note("Duo has no active user of the person's name (one that has it as an alias is perhaps somebody else): a call about links ends with a person")
	}
	if err != nil {
		x.noDevice = "not known, since Duo could not be asked"
		x.note("Duo could not be asked: its phones are taken to be those of the directory, and other devices are not known")
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

// sims looks SIMs up by the way of a call: those of usable phones, where the
// config says so.
func (x *explainer) sims(ctx context.Context) error {
	c := x.app.o.Config
	switch {
	case !c.Twilio.SIMSwap:
		x.note("twilio.sim_swap is off: a SIM that was changed lately looks like any other")
		return nil
	case x.NoLookup:
		x.note("SIMs are not looked up here: codes to a phone whose SIM was changed lately count for nothing, and links go there on two other methods only")
		return nil
	}
	carrier, err := twilio.New(twilio.Options{
		AccountSID: c.Twilio.AccountSID, APIKey: c.Twilio.APIKey, APISecret: c.Twilio.APISecret.Reveal(), AuthToken: c.Twilio.AuthToken.Reveal(),
		APIURL: c.Twilio.APIURL, From: string(c.Twilio.From), HTTPClient: &http.Client{Transport: x.app.o.Transport}, Clock: x.app.o.Clock,
	})
	if err != nil {
		return err //nolint:wrapcheck // it names itself
	}
	s := sims{carrier: carrier, age: c.Policy.SIMMinAge.Std(), now: x.app.o.Clock.Now}
	for i := range x.out.Facts.Phones {
		p := &x.out.Facts.Phones[i]
		if !p.Usable {
			continue
		}
		if p.SIM = s.SIM(ctx, p.Number); p.SIM == ivr.SIMUnknown {
			x.note("nobody tells of the SIM of the phone ending in %s (its carrier does not, or the account lacks the feature): a code there is one method, beside which one that is not of that phone is needed", p.Last2())
		}
	}
	return nil
}

// links are the day's sets, as the line would claim the next.
func (x *explainer) links(ctx context.Context, l ivr.Line) error {
	d := &x.out.Links
	d.Limit, d.Day = reconnect.SetsPerDay, x.app.o.Clock.Now().In(l.Hours.Location).Format(time.DateOnly)
	var err error
	if d.Used, err = x.app.ledger.CountToday(ctx, linksKind, x.out.Subject, d.Day); err != nil {
		return fmt.Errorf("links of the day: %w", err)
	}
	if d.ByLead, err = x.app.ledger.Allowances(ctx, x.out.Subject, linksKind, d.Day); err != nil {
		return fmt.Errorf("links of the day: %w", err)
	}
	return nil
}
