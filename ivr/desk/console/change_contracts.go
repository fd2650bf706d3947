package console

import (
	"context"

	"ringback/ivr/desk/changes"
	"ringback/ivr/numberchange"
)

// Numbers changes numbers; [changes.Service] does.
type Numbers interface {
	Changes
	Cases
}

// Changes are changes under way, and what people do to them.
type Changes interface {
	// List is the changes that have not ended and those of late, the newest first.
	List(ctx context.Context) ([]changes.View, error)
	// View is one of them as somebody sees it; the error may be [changes.ErrNotFound].
	View(ctx context.Context, id string, by changes.Actor) (changes.View, error)
	// Do has somebody do something to one. A refusal is an answer and no error.
	Do(ctx context.Context, id string, by changes.Actor, a changes.Act) (numberchange.Refusal, error)
}

// Cases begin changes: of callers, and of people who are with the desk.
type Cases interface {
	// Open opens a change; with [changes.ErrTaken] the id is that of the one that
	// there is.
	Open(ctx context.Context, by changes.Actor, o changes.Opening) (id string, why numberchange.Refusal, err error)
	// OpenCase opens a case by a lead's word; the error may be [changes.ErrNotFound].
	OpenCase(ctx context.Context, id, by, reason string) error
	// Cases are those that are open, the newest first.
	Cases(ctx context.Context) ([]changes.Case, error)
}
