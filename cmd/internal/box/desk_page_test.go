package box_test

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"ringback/cmd/internal/box"
	"ringback/twiml/carrier"
)

// desk is an agent's browser at a world's web desk.
type desk struct {
	t    *testing.T
	w    *box.World
	http http.Client
	page string // the last one
}

func (d *desk) send(ctx context.Context, method, path string, form url.Values) {
	d.t.Helper()
	var body io.Reader
	if form != nil {
		form.Set("token", d.field("token"))
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(ctx, method, d.w.URL+path, body)
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := d.http.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		d.t.Fatalf("%s %s: %d, %v", method, path, res.StatusCode, err)
	}
	d.page = string(b)
}

// field is the value of the first hidden field of that name.
func (d *desk) field(name string) string {
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(d.page)
	if m == nil {
		return ""
	}
	return m[1]
}

// shows looks at the page until its heading is there; the carrier may not be done.
func (d *desk) shows(ctx context.Context, heading string) {
	d.t.Helper()
	at := regexp.MustCompile(`<h2 id="now"[^>]*>([^<]*)<`)
	got := ""
	for range 20 {
		d.send(ctx, http.MethodGet, "/desk/calls", nil)
		if m := at.FindStringSubmatch(d.page); m != nil {
			got = m[1]
		}
		if got == heading {
			return
		}
		if err := d.w.Clock.Sleep(ctx, time.Second); err != nil {
			d.t.Fatal(err)
		}
	}
	d.t.Fatalf("the page says %q, want %q", got, heading)
}

// press is a button of the page, with what its form holds.
func (d *desk) press(ctx context.Context, deed string, more url.Values) {
	d.t.Helper()
	if !strings.Contains(d.page, `id="deed-`+deed+`"`) {
		d.t.Fatalf("there is no button %s", deed)
	}
	form := url.Values{"deed": {deed}, "offer": {d.field("offer")}, "picked_up": {d.field("picked_up")}}
	maps.Copy(form, more)
	d.send(ctx, http.MethodPost, "/desk/calls/deed", form)
}

func signIn(ctx context.Context, t *testing.T, w *box.World, name string) *desk {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, w: w, http: http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}}
	d.send(ctx, http.MethodGet, "/desk/sign-in", nil)
	d.send(ctx, http.MethodPost, "/desk/sign-in", url.Values{"name": {name}, "password": {"ringback-demo"}})
	return d
}

// From the page to the caller's ear and back: Alex accepts, holds, asks Robin, who
// accepts on a page, too, brings the caller in, and hands over.
func TestCallByThePages(t *testing.T) {
	t.Parallel()
	ctx := context.WithoutCancel(t.Context())
	w, err := box.Open(ctx, box.Options{Virtual: true, WebDesk: true, AlwaysOpen: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := w.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	w.Do(ctx, func(ctx context.Context) { callByThePages(ctx, t, w) })
	for _, p := range w.Carrier.Errors() {
		t.Errorf("the carrier found: %v", p)
	}
}

func callByThePages(ctx context.Context, t *testing.T, w *box.World) {
	t.Helper()
	alex, robin := signIn(ctx, t, w, "alex"), signIn(ctx, t, w, "robin")
	heard := func(l *carrier.Leg, words string) {
		t.Helper()
		if err := l.Hear(ctx, time.Minute, func(l *carrier.Leg) bool { return strings.Contains(l.SpokenSinceKey(), words) }); err != nil ||
			!strings.Contains(l.SpokenSinceKey(), words) {
			t.Fatalf("heard %q, want %q: %v", l.SpokenSinceKey(), words, err)
		}
	}
	away := func(d *desk) {
		d.send(ctx, http.MethodGet, "/desk/calls", nil)
		d.send(ctx, http.MethodPost, "/desk/calls/presence", url.Values{"state": {"away"}, "reason": {"break"}})
	}
	away(robin)
	away(signIn(ctx, t, w, "jo"))
	alex.send(ctx, http.MethodGet, "/desk/calls", nil)

	caller := w.Carrier.Phone("+19195550101").Call(ctx, string(w.Config.Lines[0].Number))
	heard(caller, "press 1")
	caller.Press("0")
	phone := w.Carrier.Phone(string(w.Config.Desk.Agents[0].Phone))
	leg, err := phone.WaitIncoming(ctx, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	alex.shows(ctx, "A caller for you")
	alex.press(ctx, "accept", nil)
	alex.shows(ctx, "Accepted")
	leg.Answer()
	alex.shows(ctx, "Picked up")
	alex.press(ctx, "accept", nil)
	heard(caller, "Alex from the service desk is joining you")
	alex.shows(ctx, "On a call")
	if err := w.Clock.Sleep(ctx, 15*time.Second); err != nil {
		t.Fatal(err)
	}
	alex.press(ctx, "hold", nil)
	heard(caller, "on hold")
	alex.shows(ctx, "On hold")
	robin.send(ctx, http.MethodGet, "/desk/calls", nil)
	robin.send(ctx, http.MethodPost, "/desk/calls/presence", url.Values{"state": {"ready"}})
	alex.send(ctx, http.MethodGet, "/desk/calls", nil)
	alex.press(ctx, "consult", url.Values{"colleague": {"robin"}})
	second, err := w.Carrier.Phone(string(w.Config.Desk.Agents[1].Phone)).WaitIncoming(ctx, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	alex.shows(ctx, "Asking Robin")
	robin.shows(ctx, "Alex asks for help")
	robin.press(ctx, "accept", nil)
	second.Answer()
	heard(second, "You accepted this call on your page")
	second.Press("1")
	robin.shows(ctx, "Talking apart with Alex")
	alex.shows(ctx, "Talking apart with Robin")
	if err := w.Clock.Sleep(ctx, 15*time.Second); err != nil {
		t.Fatal(err)
	}
	alex.press(ctx, "join", nil)
	heard(caller, "Robin from the service desk is with you now")
	alex.shows(ctx, "Three are talking")
	alex.press(ctx, "hand_over", nil)
	heard(leg, "Robin has the caller now")
	alex.shows(ctx, "Wrap-up")
	if !strings.Contains(alex.page, "Ready now") {
		t.Error("wrap-up has no button that ends it")
	}
	robin.shows(ctx, "On a call")
	robin.press(ctx, "end", nil)
	heard(caller, "Your agent has left")
	caller.Hangup()
}
