package clock

import (
	"context"
	"net/http"
	"strconv"
)

// requestHeader ties a served request to the task that sent it. It never leaves
// the process: both ends are wrapped by the same clock.
const requestHeader = "X-Virtual-Clock-Request"

// Transport has requests that carry a task wait on this clock: while the other
// side, wrapped by [Virtual.Handler], works on the answer, its task is the one
// that counts. A nil base is [http.DefaultTransport].
func (v *Virtual) Transport(base http.RoundTripper) http.RoundTripper {
	if base == nil {
		base = http.DefaultTransport
	}
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		t, ok := r.Context().Value(taskKey{}).(*task)
		if !ok {
			return base.RoundTrip(r)
		}
		id := v.send(r.Context(), t)
		r = r.Clone(r.Context())
		r.Header.Set(requestHeader, id)
		defer v.received(t, id)
		return base.RoundTrip(r)
	})
}

// Handler serves each request as a task of its own.
func (v *Virtual) Handler(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(requestHeader)
		r.Header.Del(requestHeader)
		t := v.begin()
		v.handOver(id)
		defer func() {
			v.handBack(id)
			v.end(t)
		}()
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), taskKey{}, t)))
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// request is one under way between two tasks of the same clock.
type request struct {
	sender *task
	ctx    context.Context //nolint:containedctx // the sender's, to see whether it gave up
}

// send notes that t waits for an answer; it stays busy until the request has
// reached a handler.
func (v *Virtual) send(ctx context.Context, t *task) (id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.reqSeq++
	id = strconv.FormatUint(v.reqSeq, 10)
	v.requests[id] = request{sender: t, ctx: ctx}
	return id
}

// handOver parks the sender, now that a handler's task counts in its place.
func (v *Virtual) handOver(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if r, ok := v.requests[id]; ok && r.ctx.Err() == nil {
		v.parked[r.sender] = r.ctx
		v.setBusy(r.sender, false)
	}
}

// handBack wakes the sender; the answer is on its way.
func (v *Virtual) handBack(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if r, ok := v.requests[id]; ok {
		delete(v.requests, id)
		v.wake(r.sender)
	}
}

// received ends the wait on the sender's side, however it ended.
func (v *Virtual) received(t *task, id string) {
	v.mu.Lock()
	delete(v.requests, id)
	v.mu.Unlock()
	v.unpark(t)
}
