package carrier

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"ringback/twiml"
	"ringback/twiml/signature"
)

// reply is what a webhook was answered with.
type reply struct {
	status      int
	body        []byte
	contentType string
}

// hookFailure is a webhook that came to nothing, with Twilio's code for it.
type hookFailure struct {
	code int
	text string
}

// hook is one request that the carrier makes to the application.
type hook struct {
	url    string // absolute, with its fragment
	method string // GET or POST
	form   url.Values
	sid    string // of whom it tells
	sorted bool   // query keys are sorted before the request, as for actions
}

// ask sends a webhook, again as its overrides say, and returns a successful
// answer. It gives up the lock meanwhile.
func (c *Carrier) ask(ctx context.Context, h hook) (reply, *hookFailure) {
	over := overridesOf(h.url)
	c.spawned++
	token := c.token("idempotency", c.spawned)
	plan := c.webhookPlan(h.url)
	var r reply
	var err *hookFailure
	c.unlocked(func() {
		if plan.hold(ctx, c); plan.drop {
			_ = c.clk.Sleep(ctx, over.read)
			err = &hookFailure{CodeHTTPConnection, "the request was lost"}
			return
		}
		tctx, cancel := c.clk.WithTimeout(ctx, over.total)
		defer cancel()
		done := c.track(cancel)
		defer done()
		r, err = c.attempts(tctx, h, over, token)
		if plan.duplicate && err == nil {
			r, err = c.attempts(tctx, h, over, token)
		}
		plan.release()
	})
	return r, err
}

// track lets Close cut a request short.
func (c *Carrier) track(cancel context.CancelFunc) (done func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spawned++
	id := c.spawned
	c.inFlight[id] = cancel
	if c.closed {
		cancel()
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.inFlight, id)
	}
}

// attempts sends until an answer is good, or the retries are used up or do not
// cover the failure. It runs without the lock.
func (c *Carrier) attempts(ctx context.Context, h hook, over overrides, token string) (r reply, err *hookFailure) {
	for n := 0; ; n++ {
		var class string
		r, class, err = c.attempt(ctx, h, over, token)
		if err == nil || n >= over.retries || !over.covers(class) || ctx.Err() != nil {
			return r, err
		}
	}
}

// attempt sends once. The class of a failure is one of those of the retry
// policy: ct, rt, 4xx, 5xx.
func (c *Carrier) attempt(ctx context.Context, h hook, over overrides, token string) (reply, string, *hookFailure) {
	ctx, cancel := c.clk.WithTimeout(ctx, over.read)
	defer cancel()
	req, err := c.newRequest(ctx, h, token)
	if err != nil {
		return reply{}, "", &hookFailure{CodeHTTPConnection, "the URL cannot be requested"}
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return reply{}, failureClass(ctx, err), &hookFailure{CodeHTTPConnection, connectionText(ctx)}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, twiml.MaxBytes+1))
	if err != nil {
		return reply{}, failureClass(ctx, err), &hookFailure{CodeHTTPConnection, connectionText(ctx)}
	}
	r := reply{status: resp.StatusCode, body: body, contentType: resp.Header.Get("Content-Type")}
	if r.status < 200 || r.status > 299 {
		class := strconv.Itoa(r.status/100) + "xx"
		return r, class, &hookFailure{CodeHTTPStatus, "got HTTP " + strconv.Itoa(r.status)}
	}
	if len(body) > twiml.MaxBytes {
		return r, "", &hookFailure{CodeTooLarge, "the answer is longer than 64 KB"}
	}
	return r, "", nil
}

func connectionText(ctx context.Context) string {
	if errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return "no answer in time"
	}
	return "no connection"
}

func failureClass(ctx context.Context, err error) string {
	var op *net.OpError
	if ctx.Err() == nil && errors.As(err, &op) && op.Op == "dial" {
		return "ct"
	}
	return "rt"
}

// newRequest builds and signs a request. What is signed is the URL as the
// application gave it; what is requested may have its query keys sorted.
func (c *Carrier) newRequest(ctx context.Context, h hook, token string) (*http.Request, error) {
	u, err := url.Parse(h.url)
	if err != nil {
		return nil, fmt.Errorf("parse webhook URL: %w", err)
	}
	user := u.User
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	var body io.Reader
	signed := *u
	form := h.form
	if h.method == http.MethodGet {
		signed.RawQuery = joinQuery(u.RawQuery, h.form.Encode())
		form = nil
	} else {
		body = strings.NewReader(h.form.Encode())
	}
	asked := signed
	if h.sorted {
		asked.RawQuery = sortQuery(signed.RawQuery)
	}
	if signed.Scheme == "https" { // Twilio signs voice URLs without their port then
		signed.Host = withoutPort(&signed)
	}
	req, err := http.NewRequestWithContext(ctx, h.method, asked.String(), body)
	if err != nil {
		return nil, fmt.Errorf("make webhook request: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	}
	if user != nil {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	req.Header.Set("User-Agent", "TwilioProxy/1.1")
	req.Header.Set("Accept", "*/*")
	req.Header.Set("I-Twilio-Idempotency-Token", token)
	req.Header.Set("X-Twilio-Signature", signature.Sign(c.opts.AuthToken, signed.String(), form))
	return req, nil
}

func withoutPort(u *url.URL) string {
	host := u.Hostname()
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// callback tells the application something, in a task of its own; nobody waits
// for the answer. What is wrong with it becomes a problem.
func (c *Carrier) callback(ctx context.Context, h hook) {
	if h.url == "" {
		return
	}
	if h.method == "" {
		h.method = http.MethodPost
	}
	c.spawn(ctx, callbackDelay, func(ctx context.Context) {
		r, err := c.ask(ctx, h)
		switch {
		case c.closed:
		case err != nil:
			c.problem(h.sid, err.code, h.url, "callback: "+err.text)
		case len(r.body) > 0 && !isXML(r.contentType):
			c.problem(h.sid, CodeContentType, h.url, "callback answered with "+strconv.Quote(r.contentType))
		}
	})
}

// callbackDelay is how long after the fact a callback leaves.
const callbackDelay = 20 * time.Millisecond

func isXML(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && (t == "text/xml" || t == "application/xml" || t == "text/html")
}
