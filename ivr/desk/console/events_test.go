package console_test

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ringback/ivr/desk/console"
	"ringback/ivr/transfer"
)

// events is an open stream, read as a browser reads it.
type events struct {
	t    *testing.T
	scan *bufio.Scanner
	stop context.CancelFunc
}

func (b *browser) listen(t *testing.T) *events { return b.listenTo(t, "/desk/events") }

func (b *browser) listenTo(t *testing.T, path string) *events {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(stop)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := b.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" || resp.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("status %d, %v", resp.StatusCode, resp.Header)
	}
	s := bufio.NewScanner(resp.Body)
	s.Buffer(nil, 1<<20)
	return &events{t, s, stop}
}

// next is the next event, "" and "" at the end of the stream.
func (e *events) next() (name, data string) {
	for e.scan.Scan() {
		line := e.scan.Text()
		switch {
		case line == "" && name != "":
			return name, data
		case strings.HasPrefix(line, "event: "):
			name = strings.TrimPrefix(line, "event: ")
		case strings.HasPrefix(line, "data: "):
			data += strings.TrimPrefix(line, "data: ") + "\n"
		}
	}
	return "", ""
}

// until reads on to an event that has a text.
func (e *events) until(name, text string) string {
	e.t.Helper()
	for {
		got, data := e.next()
		if got == "" {
			e.t.Fatalf("the stream ended before %s with %q", name, text)
		}
		if got == name && strings.Contains(data, text) {
			return data
		}
	}
}

func TestLive(t *testing.T) {
	r := newRig(t, nil)
	b := r.as("alex")
	e := b.listen(t)
	until := func(name, text string) string {
		for {
			got, data := e.next()
			switch {
			case got == "": // too far behind on a busy machine: a browser connects again, too
				e = b.listen(t)
			case got == name && strings.Contains(data, text):
				return data
			}
		}
	}
	until("wall", "1 of 3 ready")
	mine := until("mine", "You are Away")
	if !strings.Contains(mine, b.get("/desk/calls").token()) {
		t.Error("the form of the piece has another token")
	}
	b.post("/desk/calls", "/desk/calls/presence", url.Values{"state": {"ready"}}).want(t, 303)
	until("wall", "2 of 3 ready")
	until("mine", "You are Ready")
	r.cards["T1"] = sampleCard()
	r.floor.give("alex", transfer.PresenceRinging, "T1")
	until("mine", "Their number or SIM has changed")
	r.floor.change(func(f *floor) { f.down = errors.New("redis is down") })
	until("stale", "cannot be read")
	r.floor.change(func(f *floor) { f.down, f.s.Lines[0].Waiting = nil, 7 })
	until("wall", "7 waiting")
	if strings.Contains(r.log.String(), r.cards["T1"].Subject) {
		t.Error("the log tells a subject")
	}
}

// An ended session's stream says so and ends.
func TestEndedSessionIsToldLive(t *testing.T) {
	r := newRig(t, func(o *console.Options) { o.Recheck = 5 * time.Millisecond })
	b := r.as("alex")
	e := b.listen(t)
	e.until("wall", "ready")
	b.post("/desk/calls", "/desk/sign-out", url.Values{}).want(t, 303)
	e.until("bye", "ended")
	if name, _ := e.next(); name != "" {
		t.Errorf("%s after the end", name)
	}
}

// A stream looks on: it keeps no session open.
func TestStreamKeepsNothingOpen(t *testing.T) {
	r := newRig(t, func(o *console.Options) { o.Recheck = 5 * time.Millisecond })
	e := r.as("alex").listen(t)
	e.until("wall", "ready")
	r.now.pass(15 * time.Minute)
	e.until("bye", "ended")
}

// Another site cannot listen, whatever cookies its page may carry.
func TestStreamIsForOurOwnPages(t *testing.T) {
	r := newRig(t, nil)
	b := r.as("alex")
	for _, site := range []string{"cross-site", "same-site", "none"} {
		b.header = http.Header{"Sec-Fetch-Site": {site}}
		b.get("/desk/events").want(t, http.StatusForbidden)
	}
}

func TestCloseEndsStreams(t *testing.T) {
	r := newRig(t, nil)
	b := r.as("alex")
	e := b.listen(t)
	e.until("wall", "ready")
	if err := r.web.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for {
		if name, _ := e.next(); name == "" {
			break
		}
	}
	b.get("/desk/events").want(t, http.StatusServiceUnavailable)
}
