package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ringback/ivr"
	"ringback/ivr/desk/console"
	"ringback/ivr/duo"
	"ringback/ivr/transfer"
	"ringback/sessions"
)

// pushKept is what is kept of an agent's push, for the card.
type pushKept struct {
	Code   string    `json:"c"`
	At     time.Time `json:"a"`
	Result string    `json:"r"`
}

const (
	pushKind = "desk_push"
	// pushLife is how long the card shows a push.
	pushLife = 30 * time.Minute
	// pushAsk and pushFor are how often and for how long Duo is asked.
	pushAsk, pushFor = 2 * time.Second, 90 * time.Second
)

// push sends a push that proves nothing. It leaves only after a factor has passed:
// before that nobody learns whether the ID exists.
func (t tools) push(ctx context.Context, tr transfer.Transfer, call ivr.Call, u console.Use) error {
	if why := whyNoPush(t.policy, call, t.clock.Now()); why != "" {
		return refusal(why)
	}
	subject := t.names.Subject(call.ID)
	return t.audited(ctx, t.entry(call, u, "agent_push"), func() error {
		_, frozen, err := t.books.ledger.Frozen(ctx, subject)
		if err != nil {
			return err //nolint:wrapcheck // it names itself
		}
		if frozen {
			return refusal("frozen")
		}
		ok, _, err := t.windows.Reserve(ctx, []sessions.Limit{
			{Key: "desk_push:" + subject, Max: 3, Window: time.Hour}, {Key: "desk_push_gap:" + subject, Max: 1, Window: 30 * time.Second},
		})
		if err != nil {
			return err //nolint:wrapcheck // it names itself
		}
		if !ok {
			return refusal("push_limit")
		}
		return t.sendPush(ctx, tr, call)
	})
}

// whyNoPush is why an agent may not push, or "".
func whyNoPush(p ivr.Policy, call ivr.Call, at time.Time) string {
	switch v := ivr.Evaluate(p, call.Facts, call.Passed, at); {
	case call.ID == "":
		return "no_id"
	case len(call.Passed) == 0:
		return "nothing_proven"
	case v.Level == ivr.LevelRefused, call.Facts.Frozen:
		return v.Why
	}
	return ""
}

func (t tools) sendPush(ctx context.Context, tr transfer.Transfer, call ivr.Call) error {
	p, found, err := t.directory.ByID(ctx, call.ID)
	if err != nil {
		return err //nolint:wrapcheck // the directory names itself
	}
	if !found {
		return refusal("no_device")
	}
	user, devices, err := t.pusher.Devices(ctx, p.Username)
	switch {
	case errors.Is(err, duo.ErrNotFound), err == nil && len(devices) == 0:
		return refusal("no_device")
	case err != nil:
		return err //nolint:wrapcheck // it names itself
	}
	id, code, err := t.pusher.Send(ctx, user, devices[0].ID)
	if err != nil {
		return err //nolint:wrapcheck // it names itself
	}
	k := pushKept{Code: string(code), At: t.clock.Now(), Result: "waiting"}
	if err := t.keepPush(ctx, tr.ID, k); err != nil {
		return err
	}
	t.running.Add(1)
	t.clock.Go(context.WithoutCancel(ctx), func(ctx context.Context) {
		defer t.running.Done()
		t.watchPush(ctx, tr.ID, call, user, id, k)
	})
	return nil
}

func (t tools) keepPush(ctx context.Context, id string, k pushKept) error {
	body, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("keep push: %w", err)
	}
	return t.kept.Put(ctx, pushKind, id, pushLife, body) //nolint:wrapcheck // it names itself
}

// watchPush asks Duo until there is an answer, for the card. The one answer that
// does something is that it was somebody else's: that stops recovery.
func (t tools) watchPush(ctx context.Context, transferID string, call ivr.Call, user, push string, k pushKept) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(t.stopped, cancel)()
	for range int(pushFor / pushAsk) {
		if t.clock.Sleep(ctx, pushAsk) != nil {
			return
		}
		result, over := t.askPush(ctx, user, push)
		if !over {
			continue
		}
		k.Result = result
		if result == "fraud" {
			if _, err := t.freeze(ctx, call, lineActor, "push_reported", "reported"); err != nil {
				t.logger.ErrorContext(ctx, "a reported push froze nobody", "error", err.Error())
			}
		}
		break
	}
	if k.Result == "waiting" {
		k.Result = "expired"
	}
	if err := t.keepPush(context.WithoutCancel(ctx), transferID, k); err != nil {
		t.logger.WarnContext(ctx, "answer of a push not kept", "error", err.Error())
	}
}

// askPush asks once; over is true for an answer.
func (t tools) askPush(ctx context.Context, user, push string) (result string, over bool) {
	r, err := t.pusher.Result(ctx, user, push)
	switch {
	case errors.Is(err, duo.ErrNotFound):
		return "expired", true
	case err != nil, r == duo.PushWaiting:
		return "waiting", false
	}
	return r.String(), true
}

// pushed is the last push to the caller of a transfer, for the card.
func (t tools) pushed(ctx context.Context, transferID string) (*console.CardPush, error) {
	body, ok, err := t.kept.Get(ctx, pushKind, transferID)
	if err != nil || !ok {
		return nil, err //nolint:wrapcheck,nilnil // the store names itself; none is none
	}
	var k pushKept
	if err := json.Unmarshal(body, &k); err != nil {
		return nil, fmt.Errorf("read push: %w", err)
	}
	return &console.CardPush{Code: k.Code, Result: k.Result, At: k.At}, nil
}
