package box

import (
	"context"
	"regexp"
	"strings"
	"time"

	"ringback/ivr"
	"ringback/twiml/carrier"
)

// Call is a call that is made by hand.
type Call struct {
	w     *World
	leg   *carrier.Leg
	phone *carrier.Phone
	began time.Time
	told  int
}

// Dial calls a line from a number.
func (w *World) Dial(ctx context.Context, line, from string) (*Call, error) {
	if err := checkNumber(from); err != nil {
		return nil, err
	}
	to, err := w.number(line)
	if err != nil {
		return nil, err
	}
	ph := w.Carrier.Phone(from)
	return &Call{w: w, phone: ph, leg: ph.Call(ctx, to), began: w.Clock.Now()}, nil
}

// News is what was heard, and which texts came, since the last time.
func (c *Call) News() []Moment {
	var news []Moment
	all := c.leg.Transcript()
	for _, m := range all[min(c.told, len(all)):] {
		news = append(news, Moment{At: m.At.Sub(c.began), Who: string(m.Kind), Text: m.Text})
	}
	c.told = len(all)
	for {
		t, ok := c.phone.TakeText(nil)
		if !ok {
			return news
		}
		news = append(news, Moment{At: t.At.Sub(c.began), Who: "text", Text: t.Body})
		if m := tapLink().FindStringSubmatch(t.Body); m != nil {
			c.w.tap = m[1]
		}
	}
}

func tapLink() *regexp.Regexp { return regexp.MustCompile(`text 2 of 2.*?(https?://\S+)`) }

// Do presses keys, or taps the activation link; the answer is what there is to say.
func (c *Call) Do(line string) string {
	switch {
	case line == "tap" && c.w.tap == "":
		return "No activation link has come yet."
	case line == "tap":
		if err := c.w.Duo.Open(c.w.tap); err != nil {
			return "The link does not work: " + err.Error()
		}
		return "Duo Mobile is activated on this phone."
	case line == "" || strings.Trim(line, "0123456789*#") != "":
		return "Those are no keys: type digits, * and #, or help."
	}
	c.leg.Press(line)
	return ""
}

// Hangup ends the call.
func (c *Call) Hangup() { c.leg.Hangup() }

// Ending is how the call ended by Ringback's own account, such as "abandoned
// (menu)"; false while it has not been told yet.
func (c *Call) Ending(ctx context.Context) (string, bool) {
	call, err := c.w.App.Line().Call(ctx, c.leg.SID())
	if err != nil || call.Ending.Result == ivr.ResultUnknown {
		return "", false
	}
	return call.Ending.Result.String() + " (" + call.Ending.Reason + ")", true
}

// Ended reports whether the call is over.
func (c *Call) Ended() bool {
	ended, _ := c.leg.Ended()
	return ended
}
