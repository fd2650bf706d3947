package console

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"ringback/ivr/ledger"
)

// Closures are the desks that leads have closed on the spot.
type Closures interface {
	Closures(ctx context.Context) ([]ledger.Closure, error)
	// CloseDesk closes a line's desk, or every desk when line is "".
	CloseDesk(ctx context.Context, line, words string, until time.Time, by string) error
	OpenDesk(ctx context.Context, line, by, reason string) error
}

// closureView is what the leads' page shows of closures.
type closureView struct {
	Token   string
	Lines   []LineState // to choose from
	Closed  []closedView
	Minutes []int // how long a desk may be closed at once
}

type closedView struct {
	ledger.Closure
	Name string // of the line; "": every line
}

// closureMinutes are for how long a desk may be closed at once.
func closureMinutes() []int { return []int{30, 60, 120, 240, 480, 1440} }

// closureView reads which desks are closed.
func (c *Console) closureView(x *exchange) (closureView, error) {
	v := closureView{Token: x.who.Token, Minutes: closureMinutes()}
	floor, err := c.Floor.Snapshot(x.ctx)
	if err != nil {
		return v, fmt.Errorf("read floor: %w", err)
	}
	v.Lines = floor.Lines
	all, err := c.Closures.Closures(x.ctx)
	if err != nil {
		return v, fmt.Errorf("read closures: %w", err)
	}
	for _, one := range all {
		shown := closedView{Closure: one, Name: one.Line}
		for _, l := range v.Lines {
			if l.ID == one.Line {
				shown.Name = l.Name
			}
		}
		v.Closed = append(v.Closed, shown)
	}
	return v, nil
}

// lineOf is the line that a form names, "all" being every line.
func (c *Console) lineOf(x *exchange) (id string, err error) {
	id = x.form.Get("line")
	if id == "all" {
		return "", nil
	}
	floor, err := c.Floor.Snapshot(x.ctx)
	if err != nil {
		return "", unavailable(fmt.Errorf("read floor: %w", err))
	}
	if !slices.ContainsFunc(floor.Lines, func(l LineState) bool { return l.ID == id }) {
		return "", refuse(outcomeInvalid, "Choose a line.")
	}
	return id, nil
}

// closeDesk closes a desk on the spot. What is said is also the reason: callers
// hear it.
func (c *Console) closeDesk(x *exchange) error {
	line, err := c.lineOf(x)
	if err != nil {
		return err
	}
	words := strings.TrimSpace(x.form.Get("words"))
	odd := strings.ContainsFunc(words, func(r rune) bool {
		return unicode.IsControl(r) || r == utf8.RuneError || strings.ContainsRune("<>[]{}", r)
	})
	if n := utf8.RuneCountInString(words); n < 3 || n > maxReason || odd {
		return refuse(outcomeInvalid, "Say why, in 3 to 200 characters without brackets. Callers hear it as you write it.")
	}
	minutes, err := strconv.Atoi(x.form.Get("minutes"))
	if err != nil || !slices.Contains(closureMinutes(), minutes) {
		return refuse(outcomeInvalid, "Choose how long.")
	}
	until := c.Clock.Now().Add(time.Duration(minutes) * time.Minute)
	return c.done(x, "close desk", pathLeads, c.Closures.CloseDesk(x.ctx, line, words, until, x.who.Actor))
}

// openDesk ends a closure before its time.
func (c *Console) openDesk(x *exchange) error {
	why, err := x.reason()
	if err != nil {
		return err
	}
	line, err := c.lineOf(x)
	if err != nil {
		return err
	}
	return c.done(x, "open desk", pathLeads, c.Closures.OpenDesk(x.ctx, line, x.who.Actor, why))
}
