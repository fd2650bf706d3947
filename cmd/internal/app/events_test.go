package app_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"ringback/cmd/internal/app"
	"ringback/cmd/internal/config"
	"ringback/ivr/event"
	"ringback/sessions/sessionstest"
)

const hookSecret = "secret-secret-secret-secret-secret"

// ticketSystem is what another system gets: it verifies and validates each event.
type ticketSystem struct {
	o   *outside
	url string

	mu   sync.Mutex
	came []map[string]any
}

func (o *outside) ticketSystem() *ticketSystem {
	o.t.Helper()
	f, err := os.Open("../../../docs/events.schema.json")
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		o.t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("events", doc); err != nil {
		o.t.Fatal(err)
	}
	schema, err := c.Compile("events")
	if err != nil {
		o.t.Fatal(err)
	}
	s := &ticketSystem{o: o}
	s.url = o.serve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if err := event.Verify(r.Header.Get(event.SignatureHeader), body, o.clock.Now(), event.Tolerance, hookSecret); err != nil {
			o.t.Errorf("signature: %v", err)
		}
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(body)))
		if err == nil {
			err = schema.Validate(v)
		}
		var m map[string]any
		if err != nil || json.Unmarshal(body, &m) != nil {
			o.t.Errorf("%s does not fit the schema: %v", body, err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.came = append(s.came, m)
	}))
	return s
}

// hook configures it.
func (s *ticketSystem) hook(include ...event.Part) func(*app.Options) {
	return func(o *app.Options) {
		e := config.Event{URL: config.NewSecret(s.url), Secret: config.NewSecret(hookSecret)}
		for _, t := range event.Types() {
			e.Types = append(e.Types, config.EventType(t))
		}
		for _, p := range include {
			e.Include = append(e.Include, config.EventPart(p))
		}
		o.Config.Events = append(o.Config.Events, e)
	}
}

func (s *ticketSystem) of(kind string) (all []map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.came {
		if m["type"] == kind {
			all = append(all, m)
		}
	}
	return all
}

// await waits for the n-th event of a type.
func (s *ticketSystem) await(kind event.Type, n int) map[string]any {
	s.o.t.Helper()
	s.o.until(nil, "event "+kind.String(), func() bool { return len(s.of(kind.String())) >= n })
	return s.of(kind.String())[n-1]
}

// hangUp is the carrier's word that the call is over.
func (h *handset) hangUp() {
	h.o.t.Helper()
	form := url.Values{
		"AccountSid": {accountSID}, "CallSid": {h.sid}, "From": {h.from}, "To": {university}, "CallStatus": {"completed"}, "Direction": {"inbound"},
	}
	if _, err := h.ask(h.o.places.Public+"/voice/status", form); err != nil {
		h.o.t.Fatal(err)
	}
}

// A ticket system hears of links, of the end of the call, of a freeze and of its
// end, each once, with the pseudonym of whom it is about and nothing else of them.
func TestEvents(t *testing.T) {
	o := openOutside(t, sessionstest.StartRedis(t).URL(), file(t))
	tickets := o.ticketSystem()
	a := o.serveBy(tickets.hook())
	subject := o.names().Subject(samID)
	h := o.calls(1, samPhone)
	h.identify(samID, samPIN)
	h.must("six digit code", o.code(samPhone, 1)+"#", "Which phone", "1")
	links := tickets.await(event.LinksSent, 1)
	if d := links["data"].(map[string]any); links["subject"] != subject || d["by"] != "line" || d["day"] != "2026-11-24" || links["unique_id"] != nil {
		t.Errorf("links %v", links)
	}
	o.later(90 * time.Second)
	h.hangUp()
	ended := tickets.await(event.CallEnded, 1)
	d := ended["data"].(map[string]any)
	if ended["call"] != links["call"] || ended["subject"] != subject || d["level"] != "links" || d["request"] != "same_number" || d["seconds"].(float64) < 90 {
		t.Errorf("ended %v", ended)
	}
	if err := a.Lead().Freeze(t.Context(), samID, "jo", "asked in person"); err != nil {
		t.Fatal(err)
	}
	if f := tickets.await(event.Frozen, 1); f["subject"] != subject || f["data"].(map[string]any)["why"] != "desk" {
		t.Errorf("frozen %v", f)
	}
	if err := a.Lead().Unfreeze(t.Context(), samID, "jo", "came with a passport"); err != nil {
		t.Fatal(err)
	}
	tickets.await(event.Unfrozen, 1)
	tickets.mu.Lock()
	defer tickets.mu.Unlock()
	ids := map[any]bool{}
	for _, m := range tickets.came {
		if ids[m["id"]] {
			t.Errorf("%v came twice", m)
		}
		ids[m["id"]] = true
	}
}

// A report freezes, and says so; a hook that is given the unique ID has it.
func TestEventOfAReport(t *testing.T) {
	o := withFile(t)
	tickets := o.ticketSystem()
	a := o.serveBy(tickets.hook(event.PartUniqueID))
	h := prepareReport(o, a)
	if err := h.press(o.reference + "#"); err != nil {
		t.Fatal(err)
	}
	f := tickets.await(event.Frozen, 1)
	if d := f["data"].(map[string]any); f["unique_id"] != samID || d["by"] != "line" || d["why"] != "reported" {
		t.Errorf("frozen %v", f)
	}
}
