package duo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// request is one request, as often as it has to be sent.
type request struct {
	op       string
	method   string
	path     string
	query    url.Values
	params   map[string]string // the JSON body of a POST: strings, as Duo's clients send
	unsigned bool
}

// write reports whether the request changes anything.
func (r request) write() bool { return r.method != http.MethodGet }

// answerLimit is far above any answer to what we ask.
const answerLimit = 1 << 20

// send sends a request until it is settled and decodes what Duo responded.
func send[T any](ctx context.Context, c *Client, r request) (T, error) {
	var plan retries
	for {
		began := c.clock.Now()
		v, e := try[T](ctx, c, r)
		c.observe(r.op, e, c.clock.Now().Sub(began))
		if e == nil {
			return v, nil
		}
		wait, again := plan.next(r, e, c.random)
		if !again || ctx.Err() != nil {
			return v, e
		}
		c.logger.InfoContext(ctx, "duo request will be tried again", slog.String("operation", r.op),
			slog.Int("status", e.Status), slog.Duration("after", wait))
		if c.clock.Sleep(ctx, wait) != nil {
			return v, e // the caller gave up; what came before is what happened
		}
	}
}

// retries counts the tries of one request.
type retries struct {
	throttled int
	failed    bool
}

// next says whether a request is sent again, and when. The waits after a 429 are
// at most 1, 2 and 4 s, each cut by up to a half.
func (p *retries) next(r request, e *Error, random func() float64) (wait time.Duration, again bool) {
	jittered := func(d time.Duration) time.Duration {
		return d/2 + time.Duration(random()*float64(d/2))
	}
	switch {
	case errors.Is(e, ErrThrottled):
		p.throttled++
		return jittered(time.Second << (p.throttled - 1)), p.throttled <= 3
	case !r.write() && !p.failed && (e.refused || e.Status >= 500):
		p.failed = true
		return jittered(200 * time.Millisecond), true
	}
	return 0, false
}

// try sends a request once.
func try[T any](ctx context.Context, c *Client, r request) (v T, e *Error) {
	ctx, cancel := c.clock.WithTimeout(ctx, c.timeout)
	defer cancel()
	var left departure
	req, err := c.build(left.watch(ctx), r)
	if err != nil {
		return v, &Error{Op: r.op, Kind: ErrInvalid}
	}
	if ctx.Err() != nil {
		return v, lost(r.op, r.write(), false, ended(ctx, ctx.Err()))
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return v, lost(r.op, r.write(), left.possible(), ended(ctx, err))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit+1))
	switch {
	case err != nil:
		e := unanswered(r.op, r.write(), resp.StatusCode)
		e.ended = ended(ctx, err)
		return v, e
	case len(body) > answerLimit:
		return v, unanswered(r.op, r.write(), resp.StatusCode)
	}
	return decode[T](r, resp.StatusCode, body)
}

// ended is what the context says, which knows better than the transport.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return ending(err)
}

// build makes a signed request of its own for each try.
func (c *Client) build(ctx context.Context, r request) (*http.Request, error) {
	var body []byte
	if r.method == http.MethodPost {
		var err error
		if body, err = json.Marshal(r.params); err != nil {
			return nil, err
		}
	}
	u := *c.base
	u.Path, u.RawQuery = r.path, canonicalQuery(r.query)
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "ringback")
	if r.method == http.MethodPost {
		req.Header.Set("Content-Type", "application/json")
	}
	if !r.unsigned {
		date := formatDate(c.clock.Now())
		req.Header.Set("Date", date)
		req.Header.Set("Authorization", c.authorization(date, r.method, r.path, u.RawQuery, body))
	}
	return req, nil
}

// departure knows whether a request can have left. A transport that does not say
// when it looks for a connection is taken to have sent it.
type departure struct{ looked, connected atomic.Bool }

func (d *departure) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { d.looked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { d.connected.Store(true) },
	})
}

func (d *departure) possible() bool { return d.connected.Load() || !d.looked.Load() }
