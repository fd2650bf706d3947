package duo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/clock"
	"ringback/ivr/duo"
)

// answering is a client whose every request has one answer. Nothing waits.
func answering(t testing.TB, status int, body string) *duo.Client {
	t.Helper()
	c, err := duo.New(duo.Options{
		APIHost: "api-12345678.duosecurity.com", IntegrationKey: integrationKey, SecretKey: secretKey,
		Clock: impatient{clock.NewVirtual(start)},
		HTTPClient: &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body))}, nil
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// impatient is a clock on which waits are over at once.
type impatient struct{ *clock.Virtual }

func (impatient) Sleep(context.Context, time.Duration) error { return nil }

// What Duo is known, or free, to write.
func TestLenientAnswers(t *testing.T) {
	tests := []struct {
		name string
		user string
		want duo.User
	}{
		{
			"fields that are new", `{"user_id":"DU1","username":"x","new":{"a":[1]},"is_enrolled":true}`,
			duo.User{ID: "DU1", Username: "x", Enrolled: true, Phones: []duo.Phone{}},
		},
		{
			"a status that is new", `{"user_id":"DU1","username":"x","status":"resting"}`,
			duo.User{ID: "DU1", Username: "x", Phones: []duo.Phone{}},
		},
		{
			"nulls", `{"user_id":"DU1","username":"x","alias1":null,"aliases":null,"email":null,"status":null,"phones":null}`,
			duo.User{ID: "DU1", Username: "x", Phones: []duo.Phone{}},
		},
		{
			"other types", `{"user_id":"DU1","username":"x","status":7,"realname":["y"],"aliases":[],"phones":{},"is_enrolled":"true"}`,
			duo.User{ID: "DU1", Username: "x", Enrolled: true, Phones: []duo.Phone{}},
		},
		{
			"aliases twice", `{"user_id":"DU1","username":"y","alias1":"x","alias2":"","aliases":{"alias1":"x","alias5":"z"},"status":"pending deletion"}`,
			duo.User{ID: "DU1", Username: "y", Aliases: []string{"x", "z"}, Status: duo.StatusDeleting, Phones: []duo.Phone{}},
		},
		{
			"the sample of a phone",
			`{"user_id":"DU1","username":"x","status":"bypass","phones":[{"phone_id":"DP1","number":"15555550100","extension":"",
			  "name":"","type":"mobile","platform":"Google Android","model":"Nexus","capabilities":["auto","push",null],
			  "activated":false,"last_seen":"2019-03-04T15:04:04","predelay":null,"postdelay":"0","sms_passcodes_sent":true}]}`,
			duo.User{ID: "DU1", Username: "x", Status: duo.StatusBypass, Phones: []duo.Phone{{
				ID: "DP1", Number: "+15555550100", Type: duo.TypeMobile, Platform: "Google Android", Model: "Nexus",
				Capabilities: []string{"auto", "push", ""}, LastSeen: time.Date(2019, 3, 4, 15, 4, 4, 0, time.UTC),
			}}},
		},
		{
			"a phone of another kind",
			`{"user_id":"DU1","username":"x","phones":[{"phone_id":"DP1","number":"n/a","type":"Watch","last_seen":"soon","activated":1}]}`,
			duo.User{ID: "DU1", Username: "x", Phones: []duo.Phone{{ID: "DP1", Activated: true}}},
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			u, err := answering(t, 200, `{"stat":"OK","response":[`+tc.user+`]}`).UserByUsername(t.Context(), "x")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, u); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// An answer about somebody else, or about several people, is no answer.
func TestUnusableAnswers(t *testing.T) {
	user := func(c *duo.Client) error { _, err := c.UserByUsername(t.Context(), "x"); return err }
	phone := func(c *duo.Client) error { _, err := c.Phone(t.Context(), danaPhone); return err }
	number := func(c *duo.Client) error { _, err := c.PhoneByNumber(t.Context(), danaNumber); return err }
	links := func(c *duo.Client) error { _, err := c.ActivationURL(t.Context(), danaPhone, 600); return err }
	create := func(c *duo.Client) error {
		_, err := c.CreatePhone(t.Context(), duo.NewPhone{Number: danaNumber})
		return err
	}
	push := func(c *duo.Client) error {
		_, err := c.SendVerificationPush(t.Context(), danaID, danaPhone)
		return err
	}
	pushed := func(c *duo.Client) error { _, err := c.VerificationPushResponse(t.Context(), danaID, "P1"); return err }
	ping := func(c *duo.Client) error { _, err := c.Ping(t.Context()); return err }
	tests := []struct {
		name     string
		call     func(*duo.Client) error
		response string
		want     error
	}{
		{"somebody else", user, `[{"user_id":"DU1","username":"y"}]`, duo.ErrUnavailable},
		{"two people", user, `[{"user_id":"DU1","username":"x"},{"user_id":"DU2","username":"x"}]`, duo.ErrUnavailable},
		{"nobody's id", user, `[{"username":"x"}]`, duo.ErrUnavailable},
		{"an id that is a path", user, `[{"user_id":"../x","username":"x"}]`, duo.ErrUnavailable},
		{"another phone", phone, `{"phone_id":"DP1"}`, duo.ErrUnavailable},
		{"another number", number, `[{"phone_id":"DP1","number":"+19195550102"}]`, duo.ErrUnavailable},
		{"two phones", number, `[{"phone_id":"DP1","number":"+19195550101"},{"phone_id":"DP2","number":"+19195550101"}]`, duo.ErrUnavailable},
		{"no activation link", links, `{"installation_url":"https://m"}`, duo.ErrUnclear},
		{"no installation link", links, `{"activation_url":"https://m/a"}`, duo.ErrUnclear},
		{"an activation link in the clear", links, `{"activation_url":"http://m/a","installation_url":"http://m"}`, duo.ErrUnclear},
		{"a link that is none", links, `{"activation_url":"javascript:alert(1)","installation_url":"http://m"}`, duo.ErrUnclear},
		{"a link without a host", links, `{"activation_url":"https:///a","installation_url":"http://m"}`, duo.ErrUnclear},
		{"no phone made", create, `{}`, duo.ErrUnclear},
		{"another phone made", create, `{"phone_id":"DP1","number":"+19195550102"}`, duo.ErrUnclear},
		{"no push", push, `{"confirmation_code":"004200"}`, duo.ErrUnclear},
		{"no code", push, `{"push_id":"P1"}`, duo.ErrUnclear},
		{"another push", pushed, `{"push_id":"P2","result":"approve"}`, duo.ErrUnavailable},
		{"no time", ping, `{"time":"now"}`, duo.ErrUnavailable},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			mustBe(t, tc.call(answering(t, 200, `{"stat":"OK","response":`+tc.response+`}`)), tc.want)
		})
	}
}

// Duo may know people without their domain.
func TestDomains(t *testing.T) {
	c := answering(t, 200, `{"stat":"OK","response":[{"user_id":"DU1","username":"dana"}]}`)
	for name, found := range map[string]bool{
		"dana": true, "dana@example.edu": true, `EXAMPLE\dana`: true, "Dana": true,
		"dan": false, "dana2": false, "x@dana": false, `dana\x`: false,
	} {
		if _, err := c.UserByUsername(t.Context(), name); (err == nil) != found {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestActivationLife(t *testing.T) {
	for response, want := range map[string]int{`"valid_secs":3600`: 3600, `"valid_secs":"300"`: 300, `"valid_secs":null`: 600, `"valid_secs":-1`: 600, `"x":0`: 600} {
		c := answering(t, 200, `{"stat":"OK","response":{"activation_url":"https://m/a","installation_url":"http://m",`+response+`}}`)
		if a, err := c.ActivationURL(t.Context(), danaPhone, 600); err != nil || a.ValidSecs != want {
			t.Errorf("%s: %d, %v; want %d", response, a.ValidSecs, err, want)
		}
	}
}

func TestPushResults(t *testing.T) {
	for _, want := range []duo.PushResult{duo.PushWaiting, duo.PushApproved, duo.PushDenied, duo.PushFraud} {
		if got := duo.ParsePushResult(strings.ToUpper(want.String())); got != want {
			t.Errorf("%v read as %v", want, got)
		}
	}
	for _, new := range []string{"unknown error", "approved by nobody", "", "unknown"} {
		if got := duo.ParsePushResult(new); got != duo.PushUnknown {
			t.Errorf("%q read as %v", new, got)
		}
	}
}

func TestNormalizeNumber(t *testing.T) {
	for in, want := range map[string]string{
		"+19195550101": "+19195550101", "15555550100": "+15555550100", "9195550101": "+19195550101",
		"+1 (919) 555-0101": "+19195550101", "919.555.0101": "+19195550101", " +447700900123 ": "+447700900123",
		"447700900123": "+447700900123", "": "", "+": "", "12345": "", "+1234567": "", "+1234567890123456": "",
		"0195550101x": "", "++19195550101": "", "1+9195550101": "", "+0195550101": "", "n/a": "", "٣٤٥٦٧٨٩٠١٢": "",
	} {
		if got := duo.NormalizeNumber(in); got != want {
			t.Errorf("NormalizeNumber(%q) = %q, want %q", in, got, want)
		}
	}
}

// However a person, a link or a code is printed, it is not shown.
func TestNothingPrints(t *testing.T) {
	values := []any{
		duo.Activation{ActivationURL: "hidden", InstallationURL: "hidden", Barcode: "hidden"},
		&duo.Activation{ActivationURL: "hidden"},
		struct{ A duo.Activation }{duo.Activation{ActivationURL: "hidden"}},
		duo.Link("hidden"), duo.Code("hidden"),
		duo.Push{ID: "P1", Code: "hidden"},
		duo.User{ID: "DU1", Username: "hidden", RealName: "hidden", Email: "hidden", Phones: []duo.Phone{{Number: "hidden"}}},
		duo.Phone{ID: "DP1", Number: "hidden", Name: "hidden"},
	}
	for _, v := range values {
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", v)
		printed := fmt.Sprintf("%v %+v %#v %s %q", v, v, v, v, v) + log.String()
		if strings.Contains(printed, "hidden") {
			t.Errorf("%T prints as %s", v, printed)
		}
	}
	for _, v := range values[:6] {
		if b, err := json.Marshal(v); err != nil || bytes.Contains(b, []byte("hidden")) {
			t.Errorf("%T marshals as %s, %v", v, b, err)
		}
	}
}

// Whatever a server says: no panic, an error is an Error that repeats none of it,
// and what is returned is what was asked for.
func FuzzAnswer(f *testing.F) {
	f.Add(200, `{"stat":"OK","response":[{"user_id":"DU1","username":"x","phones":[{"phone_id":"DP1","number":"1"}]}]}`)
	f.Add(200, `{"stat":"OK","response":{"activation_url":"https://m/a","installation_url":"https://m","valid_secs":"9"}}`)
	f.Add(200, `{"stat":"OK","response":{"push_id":"P1","result":"approve","confirmation_code":"004200"}}`)
	f.Add(400, `{"stat":"FAIL","code":"","message":"secret"}`)
	f.Add(429, `secret`)
	f.Fuzz(func(t *testing.T, status int, body string) {
		c, ctx := answering(t, status, body), t.Context()
		u, e1 := c.UserByUsername(ctx, "x")
		a, e2 := c.ActivationURL(ctx, danaPhone, 600)
		p, e3 := c.Phone(ctx, danaPhone)
		r, e4 := c.VerificationPushResponse(ctx, danaID, "P1")
		for _, err := range []error{e1, e2, e3, e4} {
			if e := (*duo.Error)(nil); err != nil && (!errors.As(err, &e) || e.Kind == nil) {
				t.Errorf("error %v has no kind", err)
			}
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("error %v repeats the answer", err)
			}
		}
		if ok := status >= 200 && status < 300; !ok && (e1 == nil || e2 == nil || e3 == nil || e4 == nil) {
			t.Errorf("status %d is a success", status)
		}
		if e1 == nil && (u.ID == "" || u.Username == "" && len(u.Aliases) == 0) {
			t.Errorf("user without a name")
		}
		if e2 == nil && (a.ActivationURL == "" || a.InstallationURL == "" || a.ValidSecs < 1) {
			t.Errorf("activation without links or life")
		}
		if e3 == nil && p.ID != danaPhone {
			t.Errorf("another phone")
		}
		if e4 != nil && r != duo.PushUnknown {
			t.Errorf("result %v with an error", r)
		}
	})
}

func FuzzNormalizeNumber(f *testing.F) {
	f.Add("+1 (919) 555-0101")
	f.Add("15555550100")
	f.Fuzz(func(t *testing.T, s string) {
		n := duo.NormalizeNumber(s)
		if n != "" && (n[0] != '+' || len(n) < 9 || len(n) > 16 || strings.Trim(n[1:], "0123456789") != "") {
			t.Errorf("%q became %q", s, n)
		}
		if again := duo.NormalizeNumber(n); again != n {
			t.Errorf("%q became %q, and that %q", s, n, again)
		}
	})
}
