package carrier

import (
	"context"
	"slices"
	"strings"
	"time"

	"ringback/ivr/clock"
)

// Fault is something that goes wrong on purpose: a [RESTFault], a [LookupFault] or
// a [WebhookFault]. The last one that was added and fits is the one that counts.
type Fault interface{ isFault() }

// RESTFault breaks requests to the REST API.
type RESTFault struct {
	// Method of the requests that it breaks; empty is any.
	Method string
	// Path is a part of their path, such as "/Messages"; empty fits all.
	Path string
	// Status is the HTTP status to answer with, without doing anything; zero is
	// not to fail that way.
	Status int
	// Code is Twilio's error code in the body; zero is 20500.
	Code int
	// Delay comes before everything else.
	Delay time.Duration
	// Lost does what was asked and then breaks the connection.
	Lost bool
	// Down breaks the connection at once, as an API that is away.
	Down bool
	// Times is how many requests it breaks; zero is all.
	Times int
}

// WebhookFault breaks webhooks on their way to the application.
type WebhookFault struct {
	// URL is a part of their URL; empty fits all.
	URL string
	// Duplicate sends each twice with the same idempotency token; of a document
	// the second answer counts.
	Duplicate bool
	// Delay holds each back.
	Delay time.Duration
	// Swap lets the next one that fits overtake each, for 10 s at most.
	Swap bool
	// Drop loses each.
	Drop bool
	// Times is how many webhooks it breaks; zero is all.
	Times int
}

func (RESTFault) isFault()    {}
func (WebhookFault) isFault() {}

// fault is one that is in force.
type fault struct {
	f    Fault
	left int // zero is without end
	held clock.Signal
}

// Fault adds a fault; the function that it returns takes it away again.
func (c *Carrier) Fault(f Fault) (undo func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := &fault{f: f}
	switch f := f.(type) {
	case RESTFault:
		e.left = f.Times
	case WebhookFault:
		e.left = f.Times
	case LookupFault:
		e.left = f.Times
	}
	c.faults = append(c.faults, e)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.drop(e)
	}
}

func (c *Carrier) drop(e *fault) {
	c.faults = slices.DeleteFunc(c.faults, func(o *fault) bool { return o == e })
}

// used counts one use of a fault.
func (c *Carrier) used(e *fault) {
	if e.left > 0 {
		if e.left--; e.left == 0 {
			c.drop(e)
		}
	}
}

// restFault is what to break in a request to the REST API.
func (c *Carrier) restFault(method, path string) RESTFault {
	for _, e := range slices.Backward(c.faults) {
		f, ok := e.f.(RESTFault)
		if ok && (f.Method == "" || f.Method == method) && strings.Contains(path, f.Path) {
			c.used(e)
			return f
		}
	}
	return RESTFault{}
}

// webhookPlan is what to break in one webhook.
type webhookPlan struct {
	duplicate, drop bool
	delay           time.Duration
	waitFor, fires  clock.Signal
	held            *fault // whose turn it is to be overtaken
}

func (c *Carrier) webhookPlan(rawURL string) webhookPlan {
	for _, e := range slices.Backward(c.faults) {
		f, ok := e.f.(WebhookFault)
		if !ok || !strings.Contains(rawURL, f.URL) {
			continue
		}
		p := webhookPlan{duplicate: f.Duplicate, drop: f.Drop, delay: f.Delay}
		if f.Swap {
			if e.held != nil { // the one that overtakes
				p.fires, e.held = e.held, nil
				c.used(e)
				return p
			}
			e.held = c.clk.NewSignal()
			p.waitFor, p.held = e.held, e
			return p
		}
		c.used(e)
		return p
	}
	return webhookPlan{}
}

// hold waits as long as the plan says. It runs without the lock.
func (p webhookPlan) hold(ctx context.Context, c *Carrier) {
	if p.delay > 0 {
		_ = c.clk.Sleep(ctx, p.delay)
	}
	if p.waitFor == nil || p.waitFor.Wait(ctx, 10*time.Second) == nil {
		return
	}
	c.mu.Lock() // nobody came; the next one is held back in its turn
	defer c.mu.Unlock()
	if p.held.held == p.waitFor {
		p.held.held = nil
	}
}

// release lets the one go on that was overtaken.
func (p webhookPlan) release() {
	if p.fires != nil {
		p.fires.Fire()
	}
}
