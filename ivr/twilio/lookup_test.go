package twilio_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/clock"
	"ringback/ivr/twilio"
	"ringback/twiml/carrier"
)

const dana = "+19195550101"

// answerOf is a whole answer of the Lookup API with the two fields as given.
func answerOf(line, sim string) string {
	return fmt.Sprintf(`{"calling_country_code":"1","country_code":"US","phone_number":%q,"valid":true,"validation_errors":[],
		"caller_name":null,"line_type_intelligence":%s,"sim_swap":%s,"url":"https://lookups.twilio.com/v2/PhoneNumbers/+19195550101"}`, dana, line, sim)
}

const (
	mobile = `{"type":"mobile","carrier_name":"A Carrier","mobile_country_code":"310","mobile_network_code":"456","error_code":null}`
	dated  = `{"last_sim_swap":{"last_sim_swap_date":"2026-11-22T10:18:50Z","swapped_period":"PT72H","swapped_in_period":true},"carrier_name":"A Carrier","error_code":null}`
)

func TestLookup(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 18, 50, 0, time.UTC)
	swap := func(last string) string { return `{"last_sim_swap":` + last + `,"error_code":null}` }
	for _, tt := range []struct {
		name string
		body string
		want twilio.Lookup
	}{
		{"everything", answerOf(mobile, dated), twilio.Lookup{
			Line: twilio.LineMobile,
			SIM:  twilio.SIM{Known: true, Swapped: true, SwappedAt: at, Period: 72 * time.Hour},
		}},
		{"no date", answerOf(mobile, swap(`{"last_sim_swap_date":null,"swapped_period":"PT24H","swapped_in_period":false}`)), twilio.Lookup{
			Line: twilio.LineMobile, SIM: twilio.SIM{Known: true, Period: 24 * time.Hour},
		}},
		{"a date alone", answerOf(`null`, swap(`{"last_sim_swap_date":"2026-11-22T11:18:50+01:00"}`)), twilio.Lookup{SIM: twilio.SIM{Known: true, SwappedAt: at}}},
		{"a line alone", answerOf(`{"type":"nonFixedVoip"}`, `null`), twilio.Lookup{Line: twilio.LineNonFixedVoIP}},
		{"null in the swap", answerOf(mobile, swap(`null`)), twilio.Lookup{Line: twilio.LineMobile}},
		{"all null in the swap", answerOf(mobile, swap(`{"last_sim_swap_date":null,"swapped_period":null,"swapped_in_period":null}`)), twilio.Lookup{Line: twilio.LineMobile}},
		{"an answer for no period", answerOf(mobile, swap(`{"swapped_period":"soon","swapped_in_period":false}`)), twilio.Lookup{Line: twilio.LineMobile}},
		{"error codes", answerOf(
			`{"type":"mobile","error_code":60601}`,
			`{"last_sim_swap":{"last_sim_swap_date":null,"swapped_period":"PT72H","swapped_in_period":false},"error_code":60620}`), twilio.Lookup{}},
		{"another type", answerOf(`{"type":7}`, `[]`), twilio.Lookup{}},
		{"a kind to come", answerOf(`{"type":"satellite","error_code":null}`, `"no"`), twilio.Lookup{}},
		{"fields that the account lacks", `{"phone_number":"` + dana + `","valid":true}`, twilio.Lookup{}},
		{"another number", strings.ReplaceAll(answerOf(mobile, dated), dana, "+19195550102"), twilio.Lookup{}},
		{"no JSON", `<html>`, twilio.Lookup{}},
		{"endless", strings.Repeat(" ", 65<<10) + answerOf(mobile, dated), twilio.Lookup{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var path, query, user string
			c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				path, query = r.URL.Path, r.URL.Query().Get("Fields")
				user, _, _ = r.BasicAuth()
				_, _ = io.WriteString(w, tt.body)
			})
			got, err := c.Lookup(t.Context(), dana)
			if err != nil {
				t.Errorf("err = %v", err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if path != "/v2/PhoneNumbers/"+dana || query != "sim_swap,line_type_intelligence" || user != "SK1" {
				t.Errorf("asked %s for %s as %s", path, query, user)
			}
		})
	}
}

// Whatever fails is not known; only what an operator must mend is an error.
func TestLookupRefused(t *testing.T) {
	for status, want := range map[int]error{
		http.StatusNotFound: nil, http.StatusTooManyRequests: nil, http.StatusForbidden: nil, http.StatusBadRequest: nil,
		http.StatusServiceUnavailable: nil, http.StatusFound: nil, http.StatusUnauthorized: twilio.ErrCredentials,
	} {
		c, n := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, answerOf(mobile, dated))
		})
		got, err := c.Lookup(t.Context(), dana)
		if got != (twilio.Lookup{}) || !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%d: %+v, %v; want %v", status, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "555") {
			t.Errorf("error tells: %v", err)
		}
		if n.Load() != 1 {
			t.Errorf("%d: %d requests, want 1", status, n.Load())
		}
	}
}

func TestLookupOfNoNumber(t *testing.T) {
	c, n := serve(t, func(http.ResponseWriter, *http.Request) {})
	for _, number := range []string{"", "9195550101", "+0195550101", "+1919555010a", "+1/../x?", "+12345", "+1234567890123456", "anonymous"} {
		got, err := c.Lookup(t.Context(), number)
		if got != (twilio.Lookup{}) || !errors.Is(err, twilio.ErrInvalid) || number != "" && strings.Contains(err.Error(), number) {
			t.Errorf("%q: %+v, %v", number, got, err)
		}
	}
	if n.Load() != 0 {
		t.Errorf("%d requests", n.Load())
	}
}

// silent is a server that never answers.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, context.Cause(r.Context())
}

type recorded struct{ operation, outcome string }

type recorder []recorded

func (r *recorder) Observe(operation, outcome string, _ time.Duration) {
	*r = append(*r, recorded{operation, outcome})
}

func TestLookupTakesItsBudgetAndNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, budget := range []time.Duration{0, 2 * time.Second} {
			var seen recorder
			c, err := twilio.New(twilio.Options{
				AccountSID: account, AuthToken: "t", HTTPClient: &http.Client{Transport: silent{}},
				Clock: clock.Real(), LookupTimeout: budget, Recorder: &seen,
			})
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			got, err := c.Lookup(t.Context(), dana)
			if budget == 0 {
				budget = 500 * time.Millisecond
			}
			if took := time.Since(start); took != budget || got != (twilio.Lookup{}) || err != nil {
				t.Errorf("after %v: %+v, %v; want unknown after %v", took, got, err, budget)
			}
			if diff := cmp.Diff(recorder{{"lookup", "unavailable"}}, seen, cmp.AllowUnexported(recorded{})); diff != "" {
				t.Errorf("counted (-want +got):\n%s", diff)
			}
		}
	})
}

// where is a transport that notes where requests go.
type where struct{ host string }

func (w *where) RoundTrip(r *http.Request) (*http.Response, error) {
	w.host = r.URL.Scheme + "://" + r.URL.Host + strings.TrimSuffix(r.URL.Path, "/v2/PhoneNumbers/"+dana)
	return nil, errors.New("no network")
}

func TestWhereLookupsGo(t *testing.T) {
	for _, tt := range []struct{ api, lookup, want string }{
		{"", "", "https://lookups.twilio.com"},
		{"https://api.dublin.ie1.twilio.com", "", "https://lookups.dublin.ie1.twilio.com"},
		{"https://api.nottwilio.com", "", "https://api.nottwilio.com"},
		{"http://127.0.0.1:8081", "", "http://127.0.0.1:8081"},
		{"https://box.example/twilio/", "", "https://box.example/twilio"},
		{"", "http://localhost:1", "http://localhost:1"},
		{"http://127.0.0.1:8081", "https://lookups.example", "https://lookups.example"},
	} {
		var w where
		c, err := twilio.New(twilio.Options{
			AccountSID: account, AuthToken: "t", APIURL: tt.api, LookupURL: tt.lookup,
			HTTPClient: &http.Client{Transport: &w}, Clock: clock.Real(),
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Lookup(t.Context(), dana); err != nil || w.host != tt.want {
			t.Errorf("%q and %q: asked %s, %v; want %s", tt.api, tt.lookup, w.host, err, tt.want)
		}
	}
}

// The box tells what Twilio tells, and the client understands it.
func TestLookupInABox(t *testing.T) {
	now := time.Now()
	cr, err := carrier.New(carrier.Options{AccountSID: account, AuthToken: "t"})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(cr.Handler())
	t.Cleanup(s.Close)
	c, err := twilio.New(twilio.Options{
		AccountSID: account, AuthToken: "t", APIURL: s.URL, HTTPClient: s.Client(), Clock: clock.Real(), LookupTimeout: 10 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	cr.Phone("+19195550105").SIM(now.Add(-48 * time.Hour))
	cr.Phone("+19195550106").LineType("nonFixedVoip")
	for number, want := range map[string]string{
		dana:           "mobile, changed false, known true",
		"+19195550105": "mobile, changed true, known true",
		"+19195550106": "nonFixedVoip, changed false, known false",
	} {
		got, err := c.Lookup(t.Context(), number)
		changed, known := got.SIM.ChangedWithin(72*time.Hour, now)
		if said := fmt.Sprintf("%v, changed %t, known %t", got.Line, changed, known); said != want || err != nil {
			t.Errorf("%s: %s, %v; want %s", number, said, err, want)
		}
	}
	cr.Fault(carrier.LookupFault{})
	if got, err := c.Lookup(t.Context(), dana); got != (twilio.Lookup{}) || err != nil {
		t.Errorf("all null: %+v, %v", got, err)
	}
}

func TestChangedWithin(t *testing.T) {
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	const day, window = 24 * time.Hour, 72 * time.Hour
	for _, tt := range []struct {
		name           string
		sim            twilio.SIM
		changed, known bool
	}{
		{"nothing", twilio.SIM{}, false, false},
		{"not known, whatever it holds", twilio.SIM{Swapped: true, SwappedAt: ago(day), Period: day}, false, false},
		{"two days ago", twilio.SIM{Known: true, SwappedAt: ago(2 * day)}, true, true},
		{"just within", twilio.SIM{Known: true, SwappedAt: ago(window - 1)}, true, true},
		{"just over", twilio.SIM{Known: true, SwappedAt: ago(window)}, false, true},
		{"tomorrow", twilio.SIM{Known: true, SwappedAt: ago(-day)}, true, true},
		{"not within as long", twilio.SIM{Known: true, Period: window}, false, true},
		{"not within longer", twilio.SIM{Known: true, Period: 10 * day}, false, true},
		{"not within a day says nothing of three", twilio.SIM{Known: true, Period: day}, false, false},
		{"within a day", twilio.SIM{Known: true, Swapped: true, Period: day}, true, true},
		{"within ten days says nothing of three", twilio.SIM{Known: true, Swapped: true, Period: 10 * day}, false, false},
		{"within ten days, five ago", twilio.SIM{Known: true, Swapped: true, Period: 10 * day, SwappedAt: ago(5 * day)}, false, true},
		{"an old date, but within a day", twilio.SIM{Known: true, Swapped: true, Period: day, SwappedAt: ago(30 * day)}, true, true},
		{"a new date, but not within three", twilio.SIM{Known: true, Period: window, SwappedAt: ago(day)}, true, true},
	} {
		if changed, known := tt.sim.ChangedWithin(window, now); changed != tt.changed || known != tt.known {
			t.Errorf("%s: %v, %v; want %v, %v", tt.name, changed, known, tt.changed, tt.known)
		}
	}
}

func TestLineTypes(t *testing.T) {
	voip := map[twilio.LineType]bool{twilio.LineFixedVoIP: true, twilio.LineNonFixedVoIP: true}
	for l := twilio.LineUnknown; l <= twilio.LinePager; l++ {
		if got := twilio.ParseLineType(strings.ToUpper(l.String())); got != l {
			t.Errorf("%v is read as %v", l, got)
		}
		if l.VoIP() != voip[l] {
			t.Errorf("%v.VoIP() = %v", l, l.VoIP())
		}
	}
	if got := twilio.ParseLineType(""); got != twilio.LineUnknown {
		t.Errorf("nothing is read as %v", got)
	}
}
