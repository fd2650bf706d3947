package twilio_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/twilio"
)

func TestUpdateParticipant(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		name string
		u    twilio.ParticipantUpdate
		want url.Values
	}{
		{"hold", twilio.ParticipantUpdate{Hold: &yes, HoldURL: "https://x.example/hold"}, url.Values{
			"Hold": {"true"}, "HoldUrl": {"https://x.example/hold"}, "HoldMethod": {"POST"},
		}},
		{"unhold has no music", twilio.ParticipantUpdate{Hold: &no, HoldURL: "https://x.example/hold"}, url.Values{"Hold": {"false"}}},
		{"may leave alone", twilio.ParticipantUpdate{EndConferenceOnExit: &no}, url.Values{"EndConferenceOnExit": {"false"}}},
		{"hears something", twilio.ParticipantUpdate{AnnounceURL: "https://x.example/a"}, url.Values{
			"AnnounceUrl": {"https://x.example/a"}, "AnnounceMethod": {"POST"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var form url.Values
			var path string
			client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				form, _ = url.ParseQuery(string(b))
				path = r.URL.Path
				_, _ = io.WriteString(w, `{"call_sid":"CA1"}`)
			})
			if err := client.UpdateParticipant(t.Context(), "CF1", "CA1", c.u); err != nil {
				t.Fatal(err)
			}
			if want := "/2010-04-01/Accounts/" + account + "/Conferences/CF1/Participants/CA1.json"; path != want {
				t.Errorf("path %s, want %s", path, want)
			}
			if d := cmp.Diff(c.want, form); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParticipantWhoIsNotThere(t *testing.T) {
	c, n := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"code":20404,"message":"CA1 was not found","status":404}`)
	})
	if err := c.UpdateParticipant(t.Context(), "CF1", "CA1", twilio.ParticipantUpdate{}); !errors.Is(err, twilio.ErrGone) {
		t.Errorf("err = %v, want gone", err)
	}
	if _, err := c.Participants(t.Context(), "CF1"); !errors.Is(err, twilio.ErrGone) {
		t.Errorf("err = %v, want gone", err)
	}
	if n.Load() != 2 {
		t.Errorf("%d requests", n.Load())
	}
}

func TestFindConference(t *testing.T) {
	body := `{"conferences":[{"sid":"CF8","status":"completed"},{"sid":"CF7","status":"init"},{"sid":"CF6","status":"in-progress"}]}`
	var query url.Values
	c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		query = r.URL.Query()
		_, _ = io.WriteString(w, body)
	})
	if sid, ok, err := c.FindConference(t.Context(), "t1"); sid != "CF7" || !ok || err != nil {
		t.Errorf("found %q, %v, %v", sid, ok, err)
	}
	if query.Get("FriendlyName") != "t1" || query.Has("Status") {
		t.Errorf("asked for %v", query)
	}
	body = `{"conferences":[{"sid":"CF8","status":"completed"}]}`
	if _, ok, err := c.FindConference(t.Context(), "t1"); ok || err != nil {
		t.Errorf("found one that is not there: %v, %v", ok, err)
	}
}

func TestParticipants(t *testing.T) {
	c, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"participants":[{"call_sid":"CA1"},{"call_sid":"CA2"}]}`)
	})
	sids, err := c.Participants(t.Context(), "CF1")
	if d := cmp.Diff([]string{"CA1", "CA2"}, sids); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
}
