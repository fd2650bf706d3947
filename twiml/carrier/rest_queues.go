package carrier

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"ringback/twiml"
)

func (c *Carrier) queueJSON(q *queue) map[string]any {
	return map[string]any{
		"sid": q.sid, "account_sid": c.opts.AccountSID, "friendly_name": q.name,
		"current_size": len(q.waiting), "max_size": q.max, "average_wait_time": seconds(q.average()),
		"date_created": date(q.created), "date_updated": date(q.updated), "uri": c.uri("/Queues/" + q.sid),
	}
}

func (c *Carrier) listQueues(_ context.Context, r *http.Request, form url.Values) (answer, *restError) {
	return page(r, form, "queues", c.queues, c.queueJSON)
}

// withQueue finds the queue of a route.
func (c *Carrier) queueOf(r *http.Request) (*queue, *restError) {
	if q := c.findQueue(r.PathValue("sid")); q != nil {
		return q, nil
	}
	return nil, notFound(r)
}

// maxSize reads MaxSize; not there is def.
func maxSize(form url.Values, def int) (int, *restError) {
	v := form.Get("MaxSize")
	if v == "" {
		return def, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > twiml.MaxQueueSize {
		return 0, badRequest(codeInvalid, "MaxSize is not between 1 and 5000")
	}
	return n, nil
}

func (c *Carrier) createQueue(_ context.Context, _ *http.Request, form url.Values) (answer, *restError) {
	name := form.Get("FriendlyName")
	if name == "" || len(name) > 64 {
		return answer{}, badRequest(codeInvalid, "FriendlyName has 1 to 64 characters")
	}
	if c.findQueue(name) != nil {
		return answer{}, badRequest(codeQueueExists, "A queue of that name exists already")
	}
	n, err := maxSize(form, 100)
	if err != nil {
		return answer{}, err
	}
	return created(c.queueJSON(c.queueNamed(name, n)))
}

func (c *Carrier) fetchQueue(_ context.Context, r *http.Request, _ url.Values) (answer, *restError) {
	q, err := c.queueOf(r)
	if err != nil {
		return answer{}, err
	}
	return ok(c.queueJSON(q))
}

func (c *Carrier) updateQueue(_ context.Context, r *http.Request, form url.Values) (answer, *restError) {
	q, err := c.queueOf(r)
	if err != nil {
		return answer{}, err
	}
	if q.max, err = maxSize(form, q.max); err != nil {
		return answer{}, err
	}
	if name := form.Get("FriendlyName"); name != "" {
		q.name = name
	}
	q.updated = c.now()
	return ok(c.queueJSON(q))
}

func (c *Carrier) deleteQueue(_ context.Context, r *http.Request, _ url.Values) (answer, *restError) {
	q, err := c.queueOf(r)
	if err != nil {
		return answer{}, err
	}
	if len(q.waiting) > 0 {
		return answer{}, badRequest(codeInvalid, "The queue is not empty")
	}
	c.queues = slices.DeleteFunc(c.queues, func(o *queue) bool { return o == q })
	return answer{http.StatusNoContent, nil}, nil
}

func (c *Carrier) queueMemberJSON(m *queueMember) map[string]any {
	return map[string]any{
		"call_sid": m.leg.sid, "queue_sid": m.q.sid, "date_enqueued": date(m.since),
		"wait_time": seconds(c.now().Sub(m.since)), "position": slices.Index(m.q.waiting, m) + 1,
		"uri": c.uri("/Queues/" + m.q.sid + "/Members/" + m.leg.sid),
	}
}

func (c *Carrier) listMembers(_ context.Context, r *http.Request, form url.Values) (answer, *restError) {
	q, err := c.queueOf(r)
	if err != nil {
		return answer{}, err
	}
	return page(r, form, "queue_members", q.waiting, c.queueMemberJSON)
}

// memberInQueue finds a member by its call's SID, or "Front".
func (c *Carrier) memberInQueue(r *http.Request) (*queueMember, *restError) {
	q, err := c.queueOf(r)
	if err != nil {
		return nil, err
	}
	key := r.PathValue("member")
	i := slices.IndexFunc(q.waiting, func(m *queueMember) bool { return m.leg.sid == key || key == "Front" })
	if i < 0 {
		return nil, notFound(r)
	}
	return q.waiting[i], nil
}

func (c *Carrier) fetchMember(_ context.Context, r *http.Request, _ url.Values) (answer, *restError) {
	m, err := c.memberInQueue(r)
	if err != nil {
		return answer{}, err
	}
	return ok(c.queueMemberJSON(m))
}

// dequeueMember takes a call out of the queue to a document.
func (c *Carrier) dequeueMember(_ context.Context, r *http.Request, form url.Values) (answer, *restError) {
	m, err := c.memberInQueue(r)
	if err != nil {
		return answer{}, err
	}
	t := target{url: form.Get("Url"), method: form.Get("Method")}
	if err := checkTarget(t, true); err != nil {
		return answer{}, err
	}
	body := c.queueMemberJSON(m)
	m.leg.redirect(t)
	return ok(body)
}
