package carrier

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// ringBuffer is what Twilio adds to the time-out of calls made by REST.
const ringBuffer = 5 * time.Second

func (c *Carrier) callJSON(l *Leg) map[string]any {
	var parent, duration any
	if l.parent != nil {
		parent = l.parent.sid
	}
	if l.over() {
		duration = strconv.Itoa(l.duration())
	}
	return map[string]any{
		"sid": l.sid, "account_sid": c.opts.AccountSID, "parent_call_sid": parent,
		"to": l.to, "to_formatted": l.to, "from": l.from, "from_formatted": l.from,
		"status": apiStatus(l.status), "direction": l.direction, "api_version": apiVersion,
		"date_created": date(l.created), "date_updated": date(c.now()),
		"start_time": date(l.answered), "end_time": date(l.ended), "duration": duration,
		"price": nil, "price_unit": "USD", "answered_by": nil, "queue_time": "0",
		"uri": c.uri("/Calls/" + l.sid),
	}
}

// apiStatus is a leg's as the REST API shows it, which knows no initiated.
func apiStatus(s string) string {
	if s == statusInitiated {
		return statusQueued
	}
	return s
}

func (c *Carrier) listCalls(_ context.Context, r *http.Request, form url.Values) (answer, *restError) {
	var legs []*Leg
	for _, l := range newest(c.legs) {
		if fits(form, "Status", apiStatus(l.status)) && fits(form, "To", l.to) && fits(form, "From", l.from) &&
			(form.Get("ParentCallSid") == "" || l.parent != nil && l.parent.sid == form.Get("ParentCallSid")) {
			legs = append(legs, l)
		}
	}
	return page(r, form, "calls", legs, c.callJSON)
}

// fits reports whether a filter is not set or equal.
func fits(form url.Values, key, value string) bool {
	return form.Get(key) == "" || form.Get(key) == value
}

func (c *Carrier) fetchCall(_ context.Context, r *http.Request, _ url.Values) (answer, *restError) {
	l := c.legBySID[r.PathValue("sid")]
	if l == nil {
		return answer{}, notFound(r)
	}
	return ok(c.callJSON(l))
}

func (c *Carrier) createCall(ctx context.Context, _ *http.Request, form url.Values) (answer, *restError) {
	t := target{url: form.Get("Url"), method: form.Get("Method"), twiml: form.Get("Twiml")}
	if err := checkTarget(t, true); err != nil {
		return answer{}, err
	}
	l, err := c.newAPICall(form)
	if err != nil {
		return answer{}, err
	}
	c.place(ctx, l, ringTimeout(form), func(ctx context.Context) { l.program(ctx, &t) })
	return created(c.callJSON(l))
}

// checkTarget refuses what a call cannot go on with.
func checkTarget(t target, required bool) *restError {
	switch {
	case t.url == "" && t.twiml == "":
		if required {
			return badRequest(codeNoURL, "Url parameter is required.")
		}
	case t.twiml != "":
		if len(t.twiml) > 4000 {
			return badRequest(codeInvalid, "Twiml is longer than 4000 characters")
		}
	default:
		if _, err := resolve("", t.url); err != nil {
			return badRequest(codeNoURL, "Url is not a valid URL")
		}
	}
	return nil
}

// newAPICall checks who calls whom and makes the leg, not yet ringing.
func (c *Carrier) newAPICall(form url.Values) (*Leg, *restError) {
	to, from := form.Get("To"), form.Get("From")
	_, owned := c.owned(from)
	switch {
	case to == "":
		return nil, badRequest(codeNoTo, "No 'To' number is specified")
	case from == "":
		return nil, badRequest(codeNoFrom, "No 'From' number is specified")
	case !isE164(to):
		return nil, badRequest(codeInvalidTo, "Invalid 'To' Phone Number")
	case !owned && !c.verified(from) && !c.tokenAllows(form.Get("CallToken"), from):
		return nil, badRequest(codeFromNotVerified, "'From' phone number not verified")
	}
	l := c.newLeg(c.phone(to), outboundAPI, from, to)
	l.fallback, l.fallbackVerb = form.Get("FallbackUrl"), form.Get("FallbackMethod")
	l.callback = statusCallback{
		url: form.Get("StatusCallback"), method: form.Get("StatusCallbackMethod"),
		events: eventsOf(form, "StatusCallbackEvent", "completed"),
	}
	if n, err := strconv.Atoi(form.Get("TimeLimit")); err == nil && n > 0 {
		l.timeLimit = time.Duration(n) * time.Second
	}
	return l, nil
}

func (c *Carrier) verified(number string) bool {
	return slices.Contains(c.opts.VerifiedCallerIDs, number)
}

// tokenAllows reports whether a CallToken is that of a call from that number.
func (c *Carrier) tokenAllows(token, from string) bool {
	if token == "" {
		return false
	}
	for _, l := range c.legs {
		if l.direction == inbound && l.from == from && token == c.token("calltoken", uint64(l.n)) {
			return true
		}
	}
	return false
}

func ringTimeout(form url.Values) time.Duration {
	n, err := strconv.Atoi(form.Get("Timeout"))
	if err != nil || n < 5 || n > 600 {
		n = 60
	}
	return time.Duration(n)*time.Second + ringBuffer
}

// place rings a phone and, when it is answered, has the leg do something.
func (c *Carrier) place(ctx context.Context, l *Leg, timeout time.Duration, answered func(context.Context)) {
	var wait time.Duration
	if c.opts.CallsPerSecond > 0 {
		now := c.clk.Now()
		if c.nextCall.Before(now) {
			c.nextCall = now
		}
		wait = c.nextCall.Sub(now)
		c.nextCall = c.nextCall.Add(time.Second / time.Duration(c.opts.CallsPerSecond))
	}
	c.spawn(ctx, wait, func(ctx context.Context) {
		if !l.over() {
			l.ringOut(ctx, timeout)
		}
		if l.status == statusInProgress {
			answered(ctx)
		}
		l.finish(ctx)
	})
}

// updateCall redirects or ends a call. Canceled is only for one that has not
// been answered: on another it does nothing, and says so by the status that it
// answers. Completed ends any.
func (c *Carrier) updateCall(_ context.Context, r *http.Request, form url.Values) (answer, *restError) {
	l := c.legBySID[r.PathValue("sid")]
	if l == nil {
		return answer{}, notFound(r)
	}
	t := target{url: form.Get("Url"), method: form.Get("Method"), twiml: form.Get("Twiml")}
	if err := checkTarget(t, false); err != nil {
		return answer{}, err
	}
	if l.over() {
		return answer{}, badRequest(codeNotInProgress, "Call is not in-progress. Cannot redirect.")
	}
	switch status := form.Get("Status"); {
	case status == statusCanceled && l.status != statusInProgress, status == statusCompleted && l.status != statusInProgress:
		l.end(statusCanceled, "canceled by the application")
	case status == statusCompleted:
		l.end(statusCompleted, "hung up by the application")
	case status == statusCanceled:
	case status != "":
		return answer{}, badRequest(codeInvalid, "Status must be canceled or completed")
	case t.url == "" && t.twiml == "":
	case l.status != statusInProgress:
		return answer{}, badRequest(codeNotInProgress, "Call is not in-progress. Cannot redirect.")
	default:
		l.redirect(t)
	}
	return ok(c.callJSON(l))
}

// redirect takes the leg out of whatever it does.
func (l *Leg) redirect(t target) {
	l.jump = &t
	l.ring()
}
