package twilio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
)

// The names under which requests about recordings are counted.
const (
	opFindRecording   = "find_recording"
	opFetchRecording  = "fetch_recording"
	opDeleteRecording = "delete_recording"
)

// RecordingLimit is the most that is taken of a recording, in bytes: several times
// a minute of MP3 as Twilio writes it.
const RecordingLimit = 2 << 20

// errNotThatCall is an answer about a recording of another call.
var errNotThatCall = errors.New("recording of something else")

// FetchRecording is what was recorded of a call, as MP3. Twilio is asked first
// whether the recording is of that call, and of this account: whoever can make a
// webhook say a SID must not learn what was said in another call.
//
// [ErrInvalid] is a SID that is none, or a recording of another call; [ErrTooLarge]
// one beyond [RecordingLimit]; [ErrGone] one that was deleted; [ErrUnavailable] one
// that Twilio still works on. It may be asked again.
func (c *Client) FetchRecording(ctx context.Context, callSID, recordingSID string) ([]byte, error) {
	if !isSID("CA", callSID) || !isSID("RE", recordingSID) {
		return nil, &Error{Op: opFindRecording, Kind: ErrInvalid}
	}
	ready, err := call(ctx, c, opFindRecording, false, func(a *api.ApiService) (bool, error) {
		r, err := a.FetchCallRecording(callSID, recordingSID, &api.FetchCallRecordingParams{})
		if err != nil {
			return false, err
		}
		if str(r.Sid) != recordingSID || str(r.CallSid) != callSID || str(r.AccountSid) != c.o.AccountSID {
			return false, errNotThatCall
		}
		return str(r.Status) == "completed", nil
	})
	if err != nil {
		return nil, err
	}
	if !ready {
		return nil, &Error{Op: opFindRecording, Kind: ErrUnavailable, Status: http.StatusOK}
	}
	return c.media(ctx, recordingSID)
}

// DeleteRecording has Twilio forget a recording. One that is gone is no error.
func (c *Client) DeleteRecording(ctx context.Context, recordingSID string) error {
	if !isSID("RE", recordingSID) {
		return &Error{Op: opDeleteRecording, Kind: ErrInvalid}
	}
	_, err := call(ctx, c, opDeleteRecording, true, func(a *api.ApiService) (struct{}, error) {
		return struct{}{}, a.DeleteRecording(recordingSID, &api.DeleteRecordingParams{})
	})
	if errors.Is(err, ErrGone) {
		return nil
	}
	return err
}

// media makes the request for the sound itself, which twilio-go does not know.
func (c *Client) media(ctx context.Context, sid string) ([]byte, error) {
	ctx, cancel := c.o.Clock.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	started := c.o.Clock.Now()
	t := &transport{ctx: ctx, base: c.base, next: c.o.HTTPClient.Transport}
	sound, err := c.getMedia(t, sid)
	err = classify(opFetchRecording, false, t, err)
	if c.o.Recorder != nil {
		c.o.Recorder.Observe(opFetchRecording, outcome(err), c.o.Clock.Now().Sub(started))
	}
	if err != nil {
		return nil, err
	}
	return sound, nil
}

// getMedia follows no redirect: the credentials are for Twilio alone.
func (c *Client) getMedia(t *transport, sid string) ([]byte, error) {
	u := url.URL{Path: "/2010-04-01/Accounts/" + c.o.AccountSID + "/Recordings/" + sid + ".mp3"}
	r, err := http.NewRequestWithContext(t.ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	r.SetBasicAuth(c.o.APIKey, c.o.APISecret)
	resp, err := t.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, &client.TwilioRestError{Status: resp.StatusCode}
	}
	sound, err := io.ReadAll(io.LimitReader(resp.Body, RecordingLimit+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read answer: %w", err)
	case len(sound) > RecordingLimit:
		return nil, ErrTooLarge
	}
	return sound, nil
}

// isSID keeps whatever is no SID of that kind out of paths.
func isSID(kind, s string) bool {
	hex, ok := strings.CutPrefix(s, kind)
	return ok && len(hex) == 32 && strings.Trim(hex, "0123456789abcdef") == ""
}
