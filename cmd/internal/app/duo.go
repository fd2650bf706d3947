package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ringback/ivr"
	"ringback/ivr/duo"
	"ringback/ivr/reconnect"
)

// duoAdapter is Duo as reconnect wants it.
type duoAdapter struct {
	c   *duo.Client
	now func() time.Time
}

// Account reads a user.
func (d duoAdapter) Account(ctx context.Context, username string) (reconnect.Account, error) {
	u, err := d.c.UserByUsername(ctx, username)
	if err != nil {
		return reconnect.Account{}, duoError(err)
	}
	if !strings.EqualFold(u.Username, username) { // found by an alias: perhaps somebody else
		return reconnect.Account{}, fmt.Errorf("%w: another user has that name as an alias", reconnect.ErrNotFound)
	}
	a := reconnect.Account{Active: u.Status == duo.StatusActive}
	for _, p := range u.Phones {
		a.Phones = append(a.Phones, reconnect.AccountPhone{ID: p.ID, Number: p.Number, Textable: p.Textable() && p.CanActivate()})
	}
	return a, nil
}

// MakeLinks makes an activation link.
func (d duoAdapter) MakeLinks(ctx context.Context, phoneID string, life time.Duration) (reconnect.Links, error) {
	asked := d.now()
	act, err := d.c.ActivationURL(ctx, phoneID, int(life/time.Second))
	if err != nil {
		return reconnect.Links{}, duoError(err)
	}
	took := d.now().Sub(asked) // the life began before the answer came
	return reconnect.Links{Install: string(act.InstallationURL), Activate: string(act.ActivationURL), Life: time.Duration(act.ValidSecs)*time.Second - took}, nil
}

// Device reads a phone.
func (d duoAdapter) Device(ctx context.Context, phoneID string) (ivr.Device, error) {
	p, err := d.c.Phone(ctx, phoneID)
	if err != nil {
		return ivr.Device{}, duoError(err)
	}
	now := ivr.Device{Active: p.Activated, Model: p.Model}
	if !p.LastSeen.IsZero() {
		now.Seen = p.LastSeen.Unix()
	}
	return now, nil
}

// duoError gives an error of Duo's the meaning that it has for reconnect.
func duoError(err error) error {
	kind := reconnect.ErrRefused
	switch {
	case errors.Is(err, duo.ErrNotFound):
		kind = reconnect.ErrNotFound
	case errors.Is(err, duo.ErrUnclear):
		kind = reconnect.ErrUnclear
	case errors.Is(err, duo.ErrUnavailable), errors.Is(err, duo.ErrThrottled), errors.Is(err, duo.ErrCredentials),
		errors.Is(err, duo.ErrForbidden), errors.Is(err, duo.ErrClock):
		kind = reconnect.ErrUnavailable
	}
	return fmt.Errorf("%w: %w", kind, err)
}
