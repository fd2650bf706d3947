package twilio_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/twilio"
)

const (
	recordedCall = "CA00000000000000000000000000000001"
	recording    = "RE00000000000000000000000000000001"
	other        = "00000000000000000000000000000002"
)

func TestFetchRecording(t *testing.T) {
	for _, tt := range []struct {
		name                 string
		account, call, state string
		size, status         int
		want                 error
		requests             int32
	}{
		{"whole", account, recordedCall, "completed", 3, 200, nil, 2},
		{"just fits", account, recordedCall, "completed", twilio.RecordingLimit, 200, nil, 2},
		{"oversize", account, recordedCall, "completed", twilio.RecordingLimit + 1, 200, twilio.ErrTooLarge, 2},
		{"of another call", account, "CA" + other, "completed", 3, 200, twilio.ErrInvalid, 1},
		{"of another account", "AC" + other, recordedCall, "completed", 3, 200, twilio.ErrInvalid, 1},
		{"not ready", account, recordedCall, "processing", 3, 200, twilio.ErrUnavailable, 1},
		{"deleted", account, recordedCall, "completed", 3, 404, twilio.ErrGone, 2},
		{"elsewhere", account, recordedCall, "completed", 3, 302, twilio.ErrInvalid, 2},
		{"down", account, recordedCall, "completed", 3, 503, twilio.ErrUnavailable, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var paths []string
			c, n := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if user, secret, _ := r.BasicAuth(); user != "SK1" || secret != "secret" {
					t.Error("asked without credentials")
				}
				paths = append(paths, strings.TrimPrefix(r.URL.Path, "/2010-04-01/Accounts/"+account))
				if strings.HasSuffix(r.URL.Path, ".json") {
					fmt.Fprintf(w, `{"sid":%q,"account_sid":%q,"call_sid":%q,"status":%q}`, recording, tt.account, tt.call, tt.state)
					return
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, strings.Repeat("x", tt.size))
			})
			sound, err := c.FetchRecording(t.Context(), recordedCall, recording)
			if !errors.Is(err, tt.want) {
				t.Errorf("err = %v, want %v", err, tt.want)
			}
			if tt.want == nil && len(sound) != tt.size || tt.want != nil && sound != nil {
				t.Errorf("%d bytes", len(sound))
			}
			want := []string{"/Calls/" + recordedCall + "/Recordings/" + recording + ".json", "/Recordings/" + recording + ".mp3"}[:tt.requests]
			if d := cmp.Diff(want, paths); d != "" || n.Load() != tt.requests {
				t.Errorf("%d requests: %s", n.Load(), d)
			}
		})
	}
}

func TestNoRecordingOfWhatIsNoSID(t *testing.T) {
	c, n := serve(t, func(http.ResponseWriter, *http.Request) {})
	for _, sids := range [][2]string{
		{"", recording},
		{recordedCall, ""},
		{recording, recordedCall},
		{recordedCall, "RE../../Messages/0000000000000000"},
		{recordedCall, recording + "0"},
	} {
		if _, err := c.FetchRecording(t.Context(), sids[0], sids[1]); !errors.Is(err, twilio.ErrInvalid) {
			t.Errorf("%q: err = %v, want invalid", sids, err)
		}
	}
	if err := c.DeleteRecording(t.Context(), recordedCall); !errors.Is(err, twilio.ErrInvalid) {
		t.Errorf("err = %v, want invalid", err)
	}
	if n.Load() != 0 {
		t.Errorf("%d requests, want none", n.Load())
	}
}

func TestDeleteRecording(t *testing.T) {
	for status, want := range map[int]error{
		http.StatusNoContent: nil, http.StatusNotFound: nil,
		http.StatusServiceUnavailable: twilio.ErrUnavailable, http.StatusUnauthorized: twilio.ErrCredentials,
	} {
		var asked string
		c, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
			asked = r.Method + " " + r.URL.Path
			w.WriteHeader(status)
		})
		if err := c.DeleteRecording(t.Context(), recording); !errors.Is(err, want) {
			t.Errorf("%d: err = %v, want %v", status, err, want)
		}
		if want := "DELETE /2010-04-01/Accounts/" + account + "/Recordings/" + recording + ".json"; asked != want {
			t.Errorf("asked %s, want %s", asked, want)
		}
	}
}
