package twilio_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ringback/ivr/clock"
	"ringback/ivr/twilio"
)

const account = "AC00000000000000000000000000000001"

// serve makes a client of a server that answers as told, and counts requests.
func serve(t *testing.T, h http.HandlerFunc) (*twilio.Client, *atomic.Int32) {
	t.Helper()
	var n atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		h(w, r)
	}))
	t.Cleanup(s.Close)
	c, err := twilio.New(twilio.Options{
		AccountSID: account, APIKey: "SK1", APISecret: "secret", APIURL: s.URL, From: "+19196842200",
		HTTPClient: s.Client(), Clock: clock.Real(), Timeout: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, &n
}

func TestSendText(t *testing.T) {
	var form url.Values
	var path, user string
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		form, _ = url.ParseQuery(string(b))
		path = r.URL.Path
		user, _, _ = r.BasicAuth()
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"sid":"SM1","status":"queued"}`)
	})
	m, err := c.SendText(t.Context(), twilio.Text{To: "+19195550101", Body: "hello", StatusCallback: "https://x.example/texts/status", Validity: 10 * time.Minute})
	if err != nil || m.SID != "SM1" || m.Status != "queued" {
		t.Fatalf("SendText = %+v, %v", m, err)
	}
	if path != "/2010-04-01/Accounts/"+account+"/Messages.json" || user != "SK1" {
		t.Errorf("path %s, user %s", path, user)
	}
	for k, want := range map[string]string{"To": "+19195550101", "From": "+19196842200", "Body": "hello", "ValidityPeriod": "600"} {
		if form.Get(k) != want {
			t.Errorf("%s = %q, want %q", k, form.Get(k), want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		name         string
		code, status int
		want         error
	}{
		{"opted out", 21610, 400, twilio.ErrOptedOut},
		{"landline", 21614, 400, twilio.ErrNotTextable},
		{"landline too", 21635, 400, twilio.ErrNotTextable},
		{"bad number", 21211, 400, twilio.ErrNotTextable},
		{"blocked", 30450, 400, twilio.ErrNotTextable},
		{"something else", 21603, 400, twilio.ErrInvalid},
		{"throttled", 20429, 429, twilio.ErrThrottled},
		{"credentials", 20003, 401, twilio.ErrCredentials},
		{"ended", 21220, 400, twilio.ErrGone},
		{"down", 0, 503, twilio.ErrUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, n := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				fmt.Fprintf(w, `{"code":%d,"message":"about +19195550101","status":%d}`, tt.code, tt.status)
			})
			_, err := c.SendText(t.Context(), twilio.Text{To: "+19195550101", Body: "https://secret.example/link"})
			if !errors.Is(err, tt.want) {
				t.Errorf("err = %v, want %v", err, tt.want)
			}
			if strings.Contains(err.Error(), "555") || strings.Contains(err.Error(), "secret") {
				t.Errorf("error tells: %v", err)
			}
			if n.Load() != 1 {
				t.Errorf("%d requests, want 1", n.Load())
			}
		})
	}
}

func TestNoBlindRetry(t *testing.T) {
	block := make(chan struct{})
	c, n := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-block:
		}
	})
	defer close(block)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.PlaceCall(ctx, twilio.OutgoingCall{To: "+19195550201", URL: "https://x.example/"}); !errors.Is(err, twilio.ErrUnclear) {
		t.Errorf("err = %v, want unclear", err)
	}
	if n.Load() != 1 {
		t.Errorf("%d requests, want 1", n.Load())
	}
}

func TestConnectionRefusedIsUnavailable(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	c, err := twilio.New(twilio.Options{AccountSID: account, AuthToken: "t", APIURL: s.URL, From: "+19196842200", HTTPClient: &http.Client{}, Clock: clock.Real()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.SendText(t.Context(), twilio.Text{To: "+19195550101", Body: "x"}); !errors.Is(err, twilio.ErrUnavailable) {
		t.Errorf("err = %v, want unavailable", err)
	}
}

func TestAnswerWithoutSIDIsUnclear(t *testing.T) {
	c, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{}`)
	})
	if _, err := c.SendText(t.Context(), twilio.Text{To: "+19195550101", Body: "x"}); !errors.Is(err, twilio.ErrUnclear) {
		t.Errorf("err = %v, want unclear", err)
	}
	if _, err := c.PlaceCall(t.Context(), twilio.OutgoingCall{To: "+19195550201", URL: "https://x.example/"}); !errors.Is(err, twilio.ErrUnclear) {
		t.Errorf("err = %v, want unclear", err)
	}
}

func TestEndingAnEndedCallIsNoError(t *testing.T) {
	c, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"code":21220,"message":"Call is not in-progress","status":400}`)
	})
	if err := c.EndCall(t.Context(), "CA1"); err != nil {
		t.Error(err)
	}
	if err := c.RedirectCall(t.Context(), "CA1", "https://x.example/"); !errors.Is(err, twilio.ErrGone) {
		t.Errorf("err = %v, want gone", err)
	}
}

func TestFindText(t *testing.T) {
	c, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"messages":[{"sid":"SM1","status":"sent","body":"one"},{"sid":"SM2","status":"delivered","body":"two"}]}`)
	})
	m, ok, err := c.FindText(t.Context(), "+19195550101", time.Now().Add(-time.Minute), func(b string) bool { return b == "two" })
	if err != nil || !ok || m.SID != "SM2" {
		t.Errorf("FindText = %+v, %v, %v", m, ok, err)
	}
	if _, ok, _ := c.FindText(t.Context(), "+19195550101", time.Now(), func(string) bool { return false }); ok {
		t.Error("found what does not match")
	}
}

func TestNewRefuses(t *testing.T) {
	ok := twilio.Options{AccountSID: account, AuthToken: "t", From: "+19196842200", HTTPClient: &http.Client{}, Clock: clock.Real()}
	for name, change := range map[string]func(*twilio.Options){
		"no account":          func(o *twilio.Options) { o.AccountSID = "" },
		"no secret":           func(o *twilio.Options) { o.AuthToken = "" },
		"no client":           func(o *twilio.Options) { o.HTTPClient = nil },
		"plain http":          func(o *twilio.Options) { o.APIURL = "http://api.example.com" },
		"looks like loopback": func(o *twilio.Options) { o.APIURL = "http://127.0.0.1.example.com" },
		"another scheme":      func(o *twilio.Options) { o.APIURL = "ftp://localhost" },
		"no URL":              func(o *twilio.Options) { o.APIURL = "::" },
		"plain http look-ups": func(o *twilio.Options) { o.LookupURL = "http://lookups.example.com" },
		"no look-up URL":      func(o *twilio.Options) { o.LookupURL = "lookups.example.com" },
	} {
		o := ok
		change(&o)
		if _, err := twilio.New(o); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := twilio.New(ok); err != nil {
		t.Error(err)
	}
}
