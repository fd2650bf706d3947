package app

import (
	"context"
	"fmt"
	"strings"

	"ringback/ivr/caller"
	"ringback/ivr/duo"
)

// pusher is Duo as the callers' service wants it. Its errors are Duo's own.
type pusher struct{ *duo.Client }

// theirs reports whether a user that Duo found is the one of that name, and active:
// one that was found by an alias is perhaps somebody else.
func theirs(u duo.User, username string) bool {
	return strings.EqualFold(u.Username, username) && u.Status == duo.StatusActive
}

// Devices are those that a push reaches. One who is not active is nobody to push to.
func (p pusher) Devices(ctx context.Context, username string) (user string, devices []caller.Device, err error) {
	u, err := p.UserByUsername(ctx, username)
	switch {
	case err != nil:
		return "", nil, err //nolint:wrapcheck // it names itself
	case !theirs(u, username):
		return "", nil, fmt.Errorf("a user to push to: %w", duo.ErrNotFound)
	}
	for _, ph := range duo.PushPhones(u.Phones) {
		devices = append(devices, caller.Device{ID: ph.ID, Number: ph.Number})
	}
	return u.ID, devices, nil
}

// Send pushes once.
func (p pusher) Send(ctx context.Context, user, device string) (push string, code duo.Code, err error) {
	sent, err := p.SendVerificationPush(ctx, user, device)
	return sent.ID, sent.Code, err //nolint:wrapcheck // it names itself
}

// Result asks once.
func (p pusher) Result(ctx context.Context, user, push string) (duo.PushResult, error) {
	return p.VerificationPushResponse(ctx, user, push) //nolint:wrapcheck // it names itself
}
