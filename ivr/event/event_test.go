package event_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/clock"
	"ringback/ivr/event"
	"ringback/ivr/ledger"
)

// A hook gets what it wants, signed, with an id; and of persons only what it is given.
func TestPosted(t *testing.T) {
	v := clock.NewVirtual(start)
	plain, told := receive(t, v, nil), receive(t, v, nil)
	r := newRig(t, v, []event.Hook{
		{Name: "events[0]", URL: plain.server.URL, Secret: secret, SecretOld: secretOld, Types: []event.Type{event.Frozen, event.AgentNote}},
		{Name: "events[1]", URL: told.server.URL + "/in?team=desk", Secret: secret, Types: event.Types(), Include: event.Parts()},
	}, nil)
	r.emit(time.Second, samples()...)
	r.emit(time.Second, samples()...) // the same once more
	if n := len(told.all()); n != len(event.Types()) {
		t.Errorf("%d events, want each type once", n)
	}
	came := plain.all()
	if len(came) != 2 {
		t.Fatalf("%d events, want the two that were asked for", len(came))
	}
	q := came[0]
	want := map[string]any{
		"version": 1.0, "type": "frozen", "at": "2026-11-24T15:00:00.000Z", "line": "university", "call": "00112233aabbccdd",
		"subject": "1f2e3d4c5b6a79880011223344556677", "id": q.header.Get(event.IDHeader), "data": map[string]any{"by": "line", "why": "reported"},
	}
	if diff := cmp.Diff(want, decoded(t, q.body)); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	if got := q.header.Get(event.TypeHeader); got != "frozen" || q.header.Get("Content-Type") != "application/json" {
		t.Errorf("headers %v", q.header)
	}
	for _, one := range []string{secret, secretOld} {
		if err := event.Verify(q.header.Get(event.SignatureHeader), q.body, v.Now(), event.Tolerance, one); err != nil {
			t.Errorf("signature: %v", err)
		}
	}
	for _, private := range []string{"1000001", "all well"} {
		if bytes.Contains(came[0].body, []byte(private)) || bytes.Contains(came[1].body, []byte(private)) {
			t.Errorf("%q went to a hook that was not given it", private)
		}
	}
	last := decoded(t, told.all()[6].body)
	if last["unique_id"] != "1000001" || last["data"].(map[string]any)["note"] != "new phone, all well" {
		t.Errorf("the hook that includes them did not get the parts: %v", last)
	}
	r.stats(ledger.NoticeStats{})
	if n := r.counted("ringback_events_total", "frozen", "sent"); n != 2 {
		t.Errorf("%v counted", n)
	}
}

// What is not taken comes again, with the same id and a new signature, after
// growing pauses, until it is; what hangs leaves the others their time.
func TestAtLeastOnce(t *testing.T) {
	v := clock.NewVirtual(start)
	var times []time.Time
	broken := receive(t, v, func(n int, w http.ResponseWriter, r *http.Request) {
		times = append(times, v.Now())
		switch n {
		case 1:
			w.WriteHeader(http.StatusInternalServerError)
		case 2:
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		case 3:
			_ = v.Sleep(r.Context(), time.Minute) // hangs
		case 4:
			panic(http.ErrAbortHandler) // took it, and died
		}
	})
	good := receive(t, v, nil)
	r := newRig(t, v, []event.Hook{
		{Name: "events[0]", URL: broken.server.URL, Secret: secret, Types: event.Types()},
		{Name: "events[1]", URL: good.server.URL, Secret: secret, Types: event.Types()},
	}, nil)
	r.emit(10*time.Minute, samples()[0])
	came := broken.all()
	if len(came) != 5 || len(good.all()) != 1 {
		t.Fatalf("%d and %d attempts, want 5 and 1", len(came), len(good.all()))
	}
	seen := map[string]bool{}
	for i, q := range came {
		if q.header.Get(event.IDHeader) != came[0].header.Get(event.IDHeader) || !bytes.Equal(q.body, came[0].body) {
			t.Errorf("attempt %d is another event", i+1)
		}
		s := q.header.Get(event.SignatureHeader)
		if seen[s] || event.Verify(s, q.body, times[i], event.Tolerance, secret) != nil {
			t.Errorf("attempt %d: signature %q", i+1, s)
		}
		seen[s] = true
		if i > 1 && times[i].Sub(times[i-1]) < times[1].Sub(times[0]) {
			t.Errorf("attempt %d came after %v", i+1, times[i].Sub(times[i-1]))
		}
	}
	r.stats(ledger.NoticeStats{})
	if logs := r.logs.String(); !strings.Contains(logs, `"hook":"events[0]"`) || strings.Contains(logs, "127.0.0.1") {
		t.Errorf("logs: %s", logs)
	}
}

// What nobody takes for half a day is dead, and so is at once what a receiver says
// is gone. The dead stay to be looked at.
func TestDeadLetters(t *testing.T) {
	v := clock.NewVirtual(start)
	down := receive(t, v, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	gone := receive(t, v, func(_ int, w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	r := newRig(t, v, []event.Hook{
		{Name: "events[0]", URL: down.server.URL, Secret: secret, Types: event.Types()},
		{Name: "events[1]", URL: gone.server.URL, Secret: secret, Types: event.Types()},
	}, nil)
	r.emit(time.Minute, samples()[3])
	r.stats(ledger.NoticeStats{Pending: 1, Dead: 1})
	r.emit(13 * time.Hour)
	r.stats(ledger.NoticeStats{Dead: 2})
	if n := len(down.all()); n < 100 || n > 1000 {
		t.Errorf("%d attempts in half a day", n)
	}
	if len(gone.all()) != 1 {
		t.Errorf("%d attempts at what is gone", len(gone.all()))
	}
	dead, err := r.ledger.Notices(t.Context(), ledger.NoticeDead, 0)
	if err != nil || len(dead) != 2 || dead[0].Why != "refused" || dead[1].Why != "expired" || dead[0].Kind != "frozen" || len(dead[0].Sealed) > 0 {
		t.Errorf("dead %+v, %v", dead, err)
	}
	if n := r.counted("ringback_events_dead"); n != 2 {
		t.Errorf("%v dead in the metrics", n)
	}
}

// A redirect is not followed: it would take a signed event elsewhere.
func TestNoRedirects(t *testing.T) {
	v := clock.NewVirtual(start)
	other := receive(t, v, nil)
	c := receive(t, v, func(_ int, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.server.URL, http.StatusPermanentRedirect)
	})
	r := newRig(t, v, []event.Hook{{Name: "events[0]", URL: c.server.URL, Secret: secret, Types: event.Types()}}, nil)
	r.emit(time.Minute, samples()[0])
	if len(c.all()) == 0 || len(other.all()) > 0 {
		t.Errorf("%d attempts, %d followed", len(c.all()), len(other.all()))
	}
}

// An answer without an end is not read to it.
func TestEndlessAnswer(t *testing.T) {
	v := clock.NewVirtual(start)
	c := receive(t, v, func(_ int, w http.ResponseWriter, _ *http.Request) {
		chunk := bytes.Repeat([]byte("x"), 64<<10)
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	r := newRig(t, v, []event.Hook{{Name: "events[0]", URL: c.server.URL, Secret: secret, Types: event.Types()}}, nil)
	r.emit(time.Minute, samples()[0])
	r.stats(ledger.NoticeStats{})
}

// A hook that was taken out of the configuration is waited for: another instance
// may have it still.
func TestHookThatIsGone(t *testing.T) {
	v := clock.NewVirtual(start)
	r := newRig(t, v, []event.Hook{{Name: "events[0]", URL: "http://127.0.0.1:1/", Secret: secret, Types: event.Types()}}, nil)
	owed, err := r.Compose(samples()[0])
	if err != nil {
		t.Fatal(err)
	}
	other := newRig(t, v, nil, func(o *event.Options) { o.Ledger = r.ledger })
	if _, err := r.ledger.Owe(t.Context(), owed...); err != nil {
		t.Fatal(err)
	}
	v.Do(t.Context(), func(ctx context.Context) {
		other.Kick()
		_ = v.Sleep(ctx, time.Minute)
	})
	r.stats(ledger.NoticeStats{Pending: 1})
	if n := other.counted("ringback_events_total", "call_ended", "unavailable"); n == 0 {
		t.Error("no attempt was counted")
	}
}

func TestComposeRefuses(t *testing.T) {
	r := newRig(t, clock.NewVirtual(start), []event.Hook{{Name: "events[0]", URL: "https://tickets.example.edu/", Secret: secret, Types: event.Types()}}, nil)
	for name, change := range map[string]func(*event.Event){
		"no key":   func(e *event.Event) { e.Key = "" },
		"no time":  func(e *event.Event) { e.At = time.Time{} },
		"no data":  func(e *event.Event) { e.Data = nil },
		"too long": func(e *event.Event) { e.Data = event.Links{By: strings.Repeat("x", 20<<10)} },
	} {
		e := samples()[0]
		change(&e)
		if owed, err := r.Compose(e); err == nil || owed != nil {
			t.Errorf("%s: %d notices", name, len(owed))
		}
	}
	if owed, err := (*event.Sender)(nil).Compose(samples()[0]); owed != nil || err != nil {
		t.Errorf("without a sender: %d notices, %v", len(owed), err)
	}
}

func TestOptionsRefused(t *testing.T) {
	ok := event.Hook{Name: "events[0]", URL: "https://tickets.example.edu/in", Secret: secret, Types: event.Types()}
	for name, hooks := range map[string]func(h event.Hook) []event.Hook{
		"plain http":          func(h event.Hook) []event.Hook { h.URL = "http://tickets.example.edu/"; return []event.Hook{h} },
		"no URL":              func(h event.Hook) []event.Hook { h.URL = "tickets"; return []event.Hook{h} },
		"another scheme":      func(h event.Hook) []event.Hook { h.URL = "file:///etc/passwd"; return []event.Hook{h} },
		"a password":          func(h event.Hook) []event.Hook { h.URL = "https://u:p@tickets.example.edu/"; return []event.Hook{h} },
		"a short secret":      func(h event.Hook) []event.Hook { h.Secret = "short"; return []event.Hook{h} },
		"a short old secret":  func(h event.Hook) []event.Hook { h.SecretOld = "short"; return []event.Hook{h} },
		"no types":            func(h event.Hook) []event.Hook { h.Types = nil; return []event.Hook{h} },
		"the same hook twice": func(h event.Hook) []event.Hook { return []event.Hook{h, h} },
	} {
		_, err := event.New(event.Options{Ledger: &ledger.Ledger{}, Hooks: hooks(ok), Key: make([]byte, 32)})
		if err == nil {
			t.Errorf("%s: accepted", name)
		} else if strings.Contains(err.Error(), "u:p") || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error tells a secret", name)
		}
	}
}

// The transport of our own goes to no address at which a cloud keeps credentials,
// whatever a name resolves to.
func TestForbiddenAddresses(t *testing.T) {
	for address, want := range map[string]bool{
		"169.254.169.254:80": false, "[fe80::1%eth0]:443": false, "[fd00:ec2::254]:80": false, "0.0.0.0:80": false, "[::]:80": false,
		"224.0.0.1:80": false, "[::ffff:169.254.169.254]:80": false, "nonsense": false,
		"127.0.0.1:80": true, "10.1.2.3:443": true, "203.0.113.9:443": true, "[2001:db8::1]:443": true,
	} {
		if got := event.Control("tcp", address, nil) == nil; got != want {
			t.Errorf("%s: allowed %v, want %v", address, got, want)
		}
	}
	c := receive(t, clock.NewVirtual(start), nil)
	tr := event.Guarded()
	t.Cleanup(tr.CloseIdleConnections)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://169.254.0.1:80/", nil)
	if err != nil {
		t.Fatal(err)
	}
	tr.Proxy = nil
	if resp, err := tr.RoundTrip(req); err == nil {
		_ = resp.Body.Close()
		t.Error("a request went to a link-local address")
	} else if _, isDial := err.(*net.OpError); !isDial { //nolint:errorlint // as it comes
		t.Errorf("refused with %v", err)
	}
	if req, err = http.NewRequestWithContext(t.Context(), http.MethodPost, c.server.URL, nil); err != nil {
		t.Fatal(err)
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
}

func TestNames(t *testing.T) {
	for _, k := range event.Types() {
		if got, err := event.ParseType(k.String()); got != k || err != nil {
			t.Errorf("%v: %v, %v", k, got, err)
		}
	}
	for _, p := range event.Parts() {
		if got, err := event.ParsePart(p.String()); got != p || err != nil {
			t.Errorf("%v: %v, %v", p, got, err)
		}
	}
	for _, bad := range []string{"", "unknown", "type(9)"} {
		if _, err := event.ParseType(bad); err == nil {
			t.Errorf("type %q", bad)
		}
		if _, err := event.ParsePart(bad); err == nil {
			t.Errorf("part %q", bad)
		}
	}
}
