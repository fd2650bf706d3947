package console

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"ringback/ivr/desk/changes"
)

const (
	// heartbeat keeps proxies from closing a stream on which nothing happens.
	heartbeat = 15 * time.Second
	// writeTime is what a browser has to take an event.
	writeTime = 5 * time.Second
	// behind is how many events a browser may be behind before it is dropped. It
	// connects again by itself, and is up to date then.
	behind = 8
	// watchers is how many streams one instance serves.
	watchers = 1000
)

// update is what a look at the floor found.
type update struct {
	floor   Snapshot
	numbers []changes.View // under way, and of late
	down    bool
}

// hub looks at the floor for everybody who watches, and only while somebody does.
type hub struct {
	floor  Floor
	list   func(context.Context) ([]changes.View, error) // of number changes; nil: there are none
	tick   time.Duration
	logger *slog.Logger
	poked  chan struct{}
	run    sync.WaitGroup

	mu     sync.Mutex
	subs   map[chan update]struct{}
	stop   context.CancelFunc // nil: nobody watches
	closed bool
}

func newHub(f Floor, tick time.Duration, l *slog.Logger) *hub {
	return &hub{floor: f, tick: tick, logger: l, poked: make(chan struct{}, 1), subs: map[chan update]struct{}{}}
}

// subscribe returns a channel of updates, which is closed for one who does not
// keep up and when the hub closes; nil when it has, or is full.
func (h *hub) subscribe(ctx context.Context) chan update {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || len(h.subs) >= watchers {
		return nil
	}
	ch := make(chan update, behind)
	h.subs[ch] = struct{}{}
	if h.stop == nil {
		ctx, h.stop = context.WithCancel(context.WithoutCancel(ctx))
		h.run.Go(func() { h.watch(ctx) })
	}
	h.poke()
	return ch
}

func (h *hub) unsubscribe(ch chan update) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.subs, ch)
	if len(h.subs) == 0 && h.stop != nil {
		h.stop()
		h.stop = nil
	}
}

// poke has the floor looked at now.
func (h *hub) poke() {
	select {
	case h.poked <- struct{}{}:
	default: // it is about to be
	}
}

func (h *hub) close() {
	h.mu.Lock()
	h.closed = true
	if h.stop != nil {
		h.stop()
		h.stop = nil
	}
	for ch := range h.subs {
		delete(h.subs, ch)
		close(ch)
	}
	h.mu.Unlock()
	h.run.Wait()
}

// watch looks at the floor until ctx ends.
func (h *hub) watch(ctx context.Context) {
	t := time.NewTicker(h.tick)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		case <-h.poked:
		}
		ask, cancel := context.WithTimeout(ctx, writeTime)
		s, err := h.floor.Snapshot(ask)
		var numbers []changes.View
		if err == nil && h.list != nil {
			numbers, err = h.list(ask)
		}
		cancel()
		if err != nil && ctx.Err() == nil {
			h.logger.WarnContext(ctx, "desk floor not seen", "error", err.Error())
		}
		if ctx.Err() == nil {
			h.publish(update{floor: s, numbers: numbers, down: err != nil})
		}
	}
}

// publish never waits: who is too far behind is dropped.
func (h *hub) publish(u update) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for ch := range h.subs {
		select {
		case ch <- u:
		default:
			delete(h.subs, ch)
			close(ch)
		}
	}
}

// stream is one browser that watches.
type stream struct {
	c    *Console
	x    *exchange
	rc   *http.ResponseController
	last map[string][]byte // what was sent, by event
}

// events sends pieces of pages as they change, until the session or the browser
// ends.
func (c *Console) events(x *exchange) error {
	ch := c.hub.subscribe(x.ctx)
	if ch == nil {
		return refuse(outcomeUnavailable, "Too many pages listen, or this instance is stopping.")
	}
	defer c.hub.unsubscribe(ch)
	h := x.Response().Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	s := &stream{c: c, x: x, rc: http.NewResponseController(x.Response()), last: map[string][]byte{}}
	// The server's own time-outs are for turns; this answer has no end.
	_ = s.rc.SetReadDeadline(time.Time{})
	x.Response().WriteHeader(http.StatusOK)
	if s.write("retry: 2000\n\n") != nil {
		return nil
	}
	s.seen()
	beat, recheck := time.NewTicker(heartbeat), time.NewTicker(c.Recheck)
	defer beat.Stop()
	defer recheck.Stop()
	for {
		var err error
		select {
		case <-x.ctx.Done():
			return nil
		case u, open := <-ch:
			if !open {
				return nil
			}
			err = s.tell(u)
		case <-recheck.C:
			who, lost := c.signedIn(x, false)
			if lost == nil && who == nil {
				_ = s.send("bye", []byte("Your session has ended."))
				return nil
			}
		case <-beat.C:
			s.seen()
			err = s.write(":\n\n")
		}
		if err != nil {
			return nil //nolint:nilerr // the browser has gone
		}
	}
}

// seen tells that the agent's page is open.
func (s *stream) seen() {
	if s.x.who.Agent == "" {
		return
	}
	if err := s.c.Seen(s.x.ctx, s.x.who.Agent); err != nil {
		s.c.Logger.WarnContext(s.x.ctx, "desk page not noted", "error", err.Error())
	}
}

// tell sends the pieces that look different now.
func (s *stream) tell(u update) error {
	if u.down {
		return s.changed("stale", []byte("The desk's data cannot be read at the moment."))
	}
	delete(s.last, "stale")
	wall, err := s.c.fragment("wall", s.c.wallView(u.floor))
	if err != nil {
		return err
	}
	if err := s.changed("wall", wall); err != nil {
		return err
	}
	view, err := s.c.mineView(s.x.ctx, s.x.who, u.floor)
	if err != nil {
		return s.changed("stale", []byte("The caller's data cannot be read at the moment."))
	}
	mine, err := s.c.fragment("mine", view)
	if err != nil {
		return err
	}
	if err := s.changed("mine", mine); err != nil {
		return err
	}
	return s.tellNumbers(u.numbers)
}

func (s *stream) changed(event string, data []byte) error {
	if bytes.Equal(s.last[event], data) {
		return nil
	}
	s.last[event] = data
	return s.send(event, data)
}

// send writes one event; each line of data is a field of its own.
func (s *stream) send(event string, data []byte) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "event: %s\n", event)
	for line := range bytes.Lines(bytes.ReplaceAll(data, []byte("\r"), nil)) {
		fmt.Fprintf(&b, "data: %s\n", bytes.TrimSuffix(line, []byte("\n")))
	}
	b.WriteByte('\n')
	return s.write(b.String())
}

func (s *stream) write(text string) error {
	_ = s.rc.SetWriteDeadline(time.Now().Add(writeTime))
	if _, err := s.x.Response().Write([]byte(text)); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	if err := s.rc.Flush(); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return nil
}
