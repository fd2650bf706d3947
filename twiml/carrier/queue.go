package carrier

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"ringback/twiml"
)

// queue is a named line of legs that wait. It stays when it is empty.
type queue struct {
	c                *Carrier
	sid, name        string
	max              int
	created, updated time.Time
	waiting          []*queueMember
	served           int // who left, and how long they had waited in all
	waited           time.Duration
	dialers          []*Leg // who wait for somebody to join
}

// queueMember is a leg in a queue.
type queueMember struct {
	q       *queue
	leg     *Leg
	since   time.Time
	taker   *Leg       // who dialled the queue and got this one
	taken   time.Time  // when
	bridge  *bridge    // once both talk
	ready   bool       // has heard what there is to hear before talking
	whisper *target    // what that is
	form    url.Values // more for that request
	gone    bool
}

// queueNamed finds a queue, or makes it with room for limit.
func (c *Carrier) queueNamed(name string, limit int) *queue {
	if q := c.findQueue(name); q != nil {
		return q
	}
	now := c.now()
	q := &queue{c: c, sid: c.sid(sidQueue), name: name, max: limit, created: now, updated: now}
	c.queues = append(c.queues, q)
	return q
}

// findQueue finds a queue by name or SID, or returns nil.
func (c *Carrier) findQueue(key string) *queue {
	i := slices.IndexFunc(c.queues, func(q *queue) bool { return q.name == key || q.sid == key })
	if i < 0 {
		return nil
	}
	return c.queues[i]
}

// average is how long those who left had waited.
func (q *queue) average() time.Duration {
	if q.served == 0 {
		return 0
	}
	return q.waited / time.Duration(q.served)
}

func (q *queue) remove(m *queueMember) {
	i := slices.Index(q.waiting, m)
	if i < 0 {
		return
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	q.served++
	q.waited += q.c.now().Sub(m.since)
	q.updated = q.c.now()
}

// params are what a wait document's request says of the queue.
func (m *queueMember) params() url.Values {
	q := m.q
	return url.Values{
		"QueueSid": {q.sid}, "QueueTime": {strconv.Itoa(seconds(q.c.now().Sub(m.since)))},
		"QueuePosition":    {strconv.Itoa(slices.Index(q.waiting, m) + 1)},
		"CurrentQueueSize": {strconv.Itoa(len(q.waiting))}, "MaxQueueSize": {strconv.Itoa(q.max)},
		"AvgQueueTime": {strconv.Itoa(seconds(q.average()))},
	}
}

// The results of waiting, as the action of an Enqueue is told them.
const (
	queueBridged    = "bridged"
	queueBridging   = "bridging-in-process"
	queueError      = "error"
	queueHangup     = "hangup"
	queueLeave      = "leave"
	queueRedirected = "redirected"
	queueTakenAway  = "redirected-from-bridged"
	queueFull       = "queue-full"
)

// doEnqueue waits in a queue. When the leg has been redirected or has hung up,
// the action is only told so.
func (l *Leg) doEnqueue(ctx context.Context, doc *document, pl place, v twiml.Enqueue) step {
	q := l.c.queueNamed(v.Name, cmp.Or(v.MaxQueueSize, twiml.DefaultMaxQueueSize))
	m := &queueMember{q: q, leg: l, since: l.c.now()}
	result := queueFull
	if len(q.waiting) < q.max {
		result = l.queueUp(ctx, doc, m, v)
	}
	until := l.c.now()
	if !m.taken.IsZero() {
		until = m.taken
	}
	params := url.Values{
		"QueueResult": {result}, "QueueSid": {q.sid},
		"QueueTime": {strconv.Itoa(seconds(until.Sub(m.since)))},
	}
	if l.jump != nil && !l.over() {
		l.tell(ctx, doc, v.Action, v.Method, params)
		return stopAt(wasCut)
	}
	return l.after(ctx, doc, pl, v.Action, v.Method, params)
}

// queueUp joins, waits, is bridged perhaps, and says how it ended.
func (l *Leg) queueUp(ctx context.Context, doc *document, m *queueMember, v twiml.Enqueue) string {
	q := m.q
	q.waiting = append(q.waiting, m)
	q.updated = l.c.now()
	l.queued = m
	for _, d := range q.dialers {
		d.ring()
	}
	out := wasCut
	l.while(func() bool { return m.taker != nil }, func() { out = l.waitInQueue(ctx, doc, m, v) })
	q.remove(m)
	l.queued = nil
	defer func() {
		m.gone = true
		if m.taker != nil {
			m.taker.ring()
		}
	}()
	switch {
	case l.over():
		return queueHangup
	case l.jump != nil:
		return queueRedirected
	case m.taker != nil:
		return l.meetTaker(ctx, m)
	case out == leave:
		return queueLeave
	}
	return queueError
}

// waitInQueue plays the wait document, again each time that it runs out.
func (l *Leg) waitInQueue(ctx context.Context, doc *document, m *queueMember, v twiml.Enqueue) outcome {
	if !v.WaitURL.Set {
		l.music(ctx)
		return wasCut
	}
	if v.WaitURL.Value == "" {
		l.wait(ctx, forever, l.cut)
		return wasCut
	}
	t, ok := l.refer(doc, v.WaitURL.Value, v.WaitURLMethod)
	if !ok {
		return failed
	}
	pl := place{check: twiml.Response.ValidateWait, params: m.params}
	for {
		from := l.c.clk.Now()
		next := l.load(ctx, pl, t, nil, false)
		if l.cut() {
			return wasCut
		}
		if next == nil {
			return failed
		}
		if out := l.play(ctx, next, pl); out != ranOut {
			return out
		}
		if l.c.clk.Now().Sub(from) < time.Second { // an empty document is not asked for in a rush
			l.wait(ctx, time.Second, l.cut)
		}
	}
}

// meetTaker plays what the taker's Queue says, and talks.
func (l *Leg) meetTaker(ctx context.Context, m *queueMember) string {
	if m.whisper != nil {
		pl := place{check: twiml.Response.ValidateHold, params: func() url.Values { return m.form }}
		l.while(func() bool { return m.taker.over() }, func() {
			if doc := l.load(ctx, pl, *m.whisper, nil, false); doc != nil {
				l.play(ctx, doc, pl)
			}
		})
	}
	switch {
	case l.over():
		return queueHangup
	case l.jump != nil:
		return queueRedirected
	case m.taker.over() || m.taker.jump != nil:
		return queueBridging
	}
	m.ready = true
	m.taker.ring()
	l.wait(ctx, time.Minute, func() bool { return l.cut() || m.bridge != nil || m.taker.over() })
	if m.bridge == nil {
		return queueBridging
	}
	l.talk(ctx, m.bridge, forever)
	if l.jump != nil && !l.over() {
		return queueTakenAway
	}
	return queueBridged
}

// dialQueue is a Dial with a Queue: it takes the first who waits, or waits for
// one.
func (l *Leg) dialQueue(ctx context.Context, doc *document, pl place, d twiml.Dial, n twiml.Queue) step {
	params := url.Values{"DialCallStatus": {statusFailed}, "DialBridged": {"false"}}
	q := l.c.findQueue(n.Name)
	if q == nil {
		return l.after(ctx, doc, pl, d.Action, d.Method, params)
	}
	m := l.takeFirst(ctx, q, time.Duration(cmp.Or(d.Timeout, twiml.DefaultDialTimeout))*time.Second)
	params.Set("DialCallStatus", statusNoAnswer)
	if m == nil {
		return l.after(ctx, doc, pl, d.Action, d.Method, params)
	}
	if n.URL != "" {
		t, ok := l.refer(doc, n.URL, n.Method)
		if ok {
			m.whisper = &t
		}
	}
	m.form = url.Values{
		"QueueSid": {q.sid}, "QueueTime": {strconv.Itoa(seconds(m.taken.Sub(m.since)))}, "DequeingCallSid": {l.sid},
	}
	m.leg.ring()
	l.wait(ctx, forever, func() bool { return l.cut() || m.ready || m.gone })
	params.Set("DialCallSid", m.leg.sid)
	if m.ready && !m.gone && !l.cut() {
		m.bridge = l.c.connect(l, m.leg)
		l.talk(ctx, m.bridge, time.Duration(cmp.Or(d.TimeLimit, twiml.DefaultDialTimeLimit))*time.Second)
		params.Set("DialCallStatus", statusCompleted)
		params.Set("DialBridged", "true")
		params.Set("DialCallDuration", strconv.Itoa(seconds(l.c.now().Sub(m.bridge.from))))
	}
	return l.after(ctx, doc, pl, d.Action, d.Method, params)
}

// takeFirst claims the first who waits in the queue, within the time-out.
func (l *Leg) takeFirst(ctx context.Context, q *queue, timeout time.Duration) *queueMember {
	var m *queueMember
	find := func() bool {
		for _, o := range q.waiting {
			if m == nil && o.taker == nil && !o.leg.over() && o.leg.jump == nil {
				m = o
			}
		}
		return m != nil || l.cut()
	}
	q.dialers = append(q.dialers, l)
	l.wait(ctx, timeout, find)
	q.dialers = slices.DeleteFunc(q.dialers, func(o *Leg) bool { return o == l })
	if m == nil || l.cut() {
		return nil
	}
	m.taker, m.taken = l, l.c.now()
	q.remove(m)
	return m
}
