package carrier_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/twiml/carrier"
)

// lookUp asks the carrier for a number and returns the status and the answer.
func (w *world) lookUp(ctx context.Context, path, password string) (int, map[string]any) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, w.rest.URL+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.SetBasicAuth(account, password)
	resp, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var body map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		w.t.Errorf("%s: %v", path, err)
	}
	return resp.StatusCode, body
}

const both = "?Fields=sim_swap,line_type_intelligence"

// told is what a look-up says of a number, as "type; date in period error".
func (w *world) told(ctx context.Context, number string) string {
	w.t.Helper()
	status, body := w.lookUp(ctx, "/v2/PhoneNumbers/"+number+both, token)
	if status != http.StatusOK || body["phone_number"] != number {
		w.t.Errorf("%d %v", status, body)
	}
	line, _ := body["line_type_intelligence"].(map[string]any)
	sim, _ := body["sim_swap"].(map[string]any)
	last, _ := sim["last_sim_swap"].(map[string]any)
	return fmt.Sprintf("%v; %v %v in %v, error %v", line["type"], last["last_sim_swap_date"], last["swapped_in_period"], last["swapped_period"], sim["error_code"])
}

func TestLookups(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		w.cr.Phone(bob).SIM(start.Add(-48 * time.Hour))
		w.cr.Phone(carol).LineType("landline")
		w.cr.Phone("+19195550104").LineType("holographic")
		w.cr.Phone("+19195550105").SIM(time.Time{})
		for number, want := range map[string]string{
			alice:           "mobile; 2021-05-14T09:30:00Z false in PT72H, error <nil>",
			bob:             "mobile; 2026-11-22T15:00:00Z true in PT72H, error <nil>",
			carol:           "landline; <nil> <nil> in <nil>, error 60610",
			"+19195550104":  "unknown; <nil> <nil> in <nil>, error 60610",
			"+19195550105":  "mobile; <nil> <nil> in <nil>, error 60610",
			office:          "nonFixedVoip; <nil> <nil> in <nil>, error 60610",
			"+447700900123": "mobile; 2021-05-14T09:30:00Z false in PT72H, error <nil>", // nobody's phone so far
		} {
			if diff := cmp.Diff(want, w.told(ctx, number)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", number, diff)
			}
		}
		w.pass(ctx, 24*time.Hour)
		if got := w.told(ctx, bob); !strings.Contains(got, "false in PT72H") {
			t.Errorf("three days later: %s", got)
		}
		if _, body := w.lookUp(ctx, "/v2/PhoneNumbers/"+alice+"?Fields=sim_swap", token); body["line_type_intelligence"] != nil || body["sim_swap"] == nil {
			t.Errorf("asked for one field: %v", body)
		}
		if _, body := w.lookUp(ctx, "/v2/PhoneNumbers/"+alice, token); body["sim_swap"] != nil || body["valid"] != true {
			t.Errorf("asked for none: %v", body)
		}
	})
}

func TestLookupsRefused(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		for _, tt := range []struct {
			name, path, password string
			status, code         float64
		}{
			{"another password", "/v2/PhoneNumbers/" + alice, "wrong", 401, 20003},
			{"no number", "/v2/PhoneNumbers/anonymous" + both, token, 404, 20404},
			{"no plus", "/v2/PhoneNumbers/19195550101" + both, token, 404, 20404},
			{"no such field", "/v2/PhoneNumbers/" + alice + "?Fields=sim_swap,horoscope", token, 400, 20001},
		} {
			status, body := w.lookUp(ctx, tt.path, tt.password)
			if float64(status) != tt.status || body["code"] != tt.code {
				t.Errorf("%s: %d %v, want %v", tt.name, status, body["code"], tt.status)
			}
		}
	})
}

func TestLookupFaults(t *testing.T) {
	const nothing = "<nil>; <nil> <nil> in <nil>, error <nil>"
	play(t, nil, func(ctx context.Context, w *world) {
		whole := w.told(ctx, alice)
		w.cr.Fault(carrier.LookupFault{Times: 2})
		for i, want := range []string{nothing, nothing, whole} {
			if got := w.told(ctx, alice); got != want {
				t.Errorf("look-up %d: %s, want %s", i, got, want)
			}
		}
		undo := w.cr.Fault(carrier.LookupFault{Fields: []string{"sim_swap"}})
		if got := w.told(ctx, alice); got != "mobile; <nil> <nil> in <nil>, error <nil>" {
			t.Errorf("without sim_swap: %s", got)
		}
		undo()
		if got := w.told(ctx, alice); got != whole {
			t.Errorf("mended: %s", got)
		}
		// Faults of the whole API are faults of look-ups, and only those named so.
		w.cr.Fault(carrier.RESTFault{Path: "/PhoneNumbers", Status: 429, Code: 20429, Times: 1})
		if status, _ := w.lookUp(ctx, "/v2/PhoneNumbers/"+alice, token); status != 429 {
			t.Errorf("throttled: %d", status)
		}
	})
}
