package duo_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/duo"
	"ringback/ivr/duo/duobox"
)

func TestUserByUsername(t *testing.T) {
	for _, name := range []string{"dana", "DANA", "dreyes", "1000001"} {
		w, _ := newBoxWorld(t, nil)
		w.do(t, func(ctx context.Context) {
			u, err := w.UserByUsername(ctx, name)
			if err != nil {
				t.Fatal(err)
			}
			want := duo.User{
				ID: danaID, Username: "dana", Aliases: []string{"dreyes", "1000001"}, RealName: "Dana Reyes",
				Email: "dana@example.edu", Status: duo.StatusActive, Enrolled: true, Phones: []duo.Phone{
					{
						ID: danaPhone, Number: danaNumber, Type: duo.TypeMobile, Platform: "Apple iOS", Activated: true,
						Capabilities: []string{"auto", "push", "sms", "phone", "mobile_otp"},
					},
					{ID: deskPhone, Number: "+19196842200", Type: duo.TypeLandline, Platform: "Unknown", Capabilities: []string{"phone"}},
					{ID: tablet, Type: duo.TypeMobile, Platform: "Apple iOS", Capabilities: []string{"auto", "push", "mobile_otp"}},
				},
			}
			if diff := cmp.Diff(want, u); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			for i, textable := range []bool{true, false, false} {
				if u.Phones[i].Textable() != textable {
					t.Errorf("phone %d textable %v", i, !textable)
				}
			}
			for i, activable := range []bool{true, false, true} {
				if u.Phones[i].CanActivate() != activable {
					t.Errorf("phone %d can activate %v", i, !activable)
				}
			}
			for i, push := range []bool{true, false, false} {
				if u.Phones[i].CanPush() != push {
					t.Errorf("phone %d can push %v", i, !push)
				}
			}
		})
	}
}

func TestReads(t *testing.T) {
	w, box := newBoxWorld(t, nil, func(o *duobox.Options) { o.OmitPlus = true })
	w.do(t, func(ctx context.Context) {
		_, err := w.UserByUsername(ctx, "nobody & none+=?")
		mustBe(t, err, duo.ErrNotFound)
		_, err = w.UserByUsername(ctx, " ")
		mustBe(t, err, duo.ErrInvalid)
		_, err = w.Phone(ctx, "DPNONE")
		mustBe(t, err, duo.ErrNotFound)
		_, err = w.Phones(ctx, "DUNONE")
		mustBe(t, err, duo.ErrNotFound)
		_, err = w.PhoneByNumber(ctx, "+19195550177")
		mustBe(t, err, duo.ErrNotFound)

		ps, err := w.Phones(ctx, danaID)
		if err != nil || len(ps) != 3 || ps[0].Number != danaNumber {
			t.Errorf("Phones = %v, %v", ps, err)
		}
		p, err := w.PhoneByNumber(ctx, danaNumber)
		if err != nil || p.ID != danaPhone || p.Number != danaNumber {
			t.Errorf("PhoneByNumber = %v, %v", p, err)
		}
		if diff := cmp.Diff([]string{danaID}, p.UserIDs); diff != "" {
			t.Error(diff)
		}
		if err := box.SetUserStatus(danaID, "locked out"); err != nil {
			t.Fatal(err)
		}
		u, err := w.UserByUsername(ctx, "dana")
		if err != nil || u.Status != duo.StatusLockedOut {
			t.Errorf("status %v, %v", u.Status, err)
		}
	})
}

// The whole way of a person: link, fresh link, tap.
func TestActivation(t *testing.T) {
	w, box := newBoxWorld(t, nil)
	w.do(t, func(ctx context.Context) {
		first, err := w.ActivationURL(ctx, danaPhone, 600)
		if err != nil {
			t.Fatal(err)
		}
		if first.ValidSecs != 600 || string(first.InstallationURL) != w.server.URL+"/install" {
			t.Errorf("valid %d s, install at %q", first.ValidSecs, string(first.InstallationURL))
		}
		if p, err := w.Phone(ctx, danaPhone); err != nil || p.Activated || p.CanPush() {
			t.Errorf("the former credentials live on: %v", err)
		}
		second, err := w.ActivationURL(ctx, danaPhone, 600)
		if err != nil {
			t.Fatal(err)
		}
		if err := box.Open(string(first.ActivationURL)); !errors.Is(err, duobox.ErrVoidedLink) {
			t.Errorf("the first link: %v", err)
		}
		if err := box.Open(string(second.ActivationURL)); err != nil {
			t.Fatal(err)
		}
		p, err := w.Phone(ctx, danaPhone)
		if err != nil || !p.Activated || !p.LastSeen.Equal(start.Truncate(time.Second)) || p.Model != "iPhone" {
			t.Errorf("Phone = %+v, %v", p, err)
		}
		for _, id := range []string{deskPhone} {
			_, err = w.ActivationURL(ctx, id, 600)
			mustBe(t, err, duo.ErrInvalid)
		}
	})
}

// The later change of a number: create, associate, link, take the old one away.
func TestNumberChange(t *testing.T) {
	w, box := newBoxWorld(t, nil)
	w.do(t, func(ctx context.Context) {
		n, err := w.CreatePhone(ctx, duo.NewPhone{Number: "+447700900123", Name: "new", Platform: "apple ios"})
		if err != nil {
			t.Fatal(err)
		}
		if n.Type != duo.TypeMobile || n.Platform != "Apple iOS" || n.Name != "new" || n.Activated {
			t.Errorf("made %+v", n)
		}
		_, err = w.CreatePhone(ctx, duo.NewPhone{Number: "+447700900123"})
		if e := mustBe(t, err, duo.ErrInvalid); e.Code != 40003 {
			t.Errorf("code %d", e.Code)
		}
		for range 2 {
			if err := w.AssociatePhone(ctx, danaID, n.ID); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.ActivationURL(ctx, n.ID, 600); err != nil {
			t.Fatal(err)
		}
		for range 2 { // gone already is no error
			if err := w.DisassociatePhone(ctx, danaID, danaPhone); err != nil {
				t.Fatal(err)
			}
			if err := w.DeletePhone(ctx, danaPhone); err != nil {
				t.Fatal(err)
			}
		}
		mustBe(t, w.AssociatePhone(ctx, "DUNONE", n.ID), duo.ErrNotFound)
		mustBe(t, w.AssociatePhone(ctx, danaID, danaPhone), duo.ErrInvalid)
		mustBe(t, w.DisassociatePhone(ctx, "DUNONE", n.ID), duo.ErrNotFound)
	})
	var ids []string
	for _, p := range box.Users()[0].Phones {
		ids = append(ids, p.Number)
	}
	if diff := cmp.Diff([]string{"+19196842200", "", "+447700900123"}, ids); diff != "" {
		t.Error(diff)
	}
}

func TestPush(t *testing.T) {
	w, box := newBoxWorld(t, nil)
	w.do(t, func(ctx context.Context) {
		for _, result := range []duo.PushResult{duo.PushApproved, duo.PushDenied, duo.PushFraud} {
			push, err := w.SendVerificationPush(ctx, danaID, danaPhone)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := w.VerificationPushResponse(ctx, danaID, push.ID); err != nil || got != duo.PushWaiting {
				t.Errorf("before the answer: %v, %v", got, err)
			}
			pending := box.Pushes()
			if len(pending) != 1 || pending[0].ID != push.ID || pending[0].Code != string(push.Code) || len(push.Code) != 6 {
				t.Fatalf("pending %v", pending)
			}
			if err := box.Answer(push.ID, result.String()); err != nil {
				t.Fatal(err)
			}
			if got, err := w.VerificationPushResponse(ctx, danaID, push.ID); err != nil || got != result {
				t.Errorf("after the answer: %v, %v; want %v", got, err, result)
			}
		}
		push, err := w.SendVerificationPush(ctx, danaID, danaPhone)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.clock.Sleep(ctx, time.Minute); err != nil {
			t.Fatal(err)
		}
		_, err = w.VerificationPushResponse(ctx, danaID, push.ID)
		mustBe(t, err, duo.ErrNotFound)
		_, err = w.SendVerificationPush(ctx, danaID, tablet)
		mustBe(t, err, duo.ErrInvalid) // "push" among its capabilities, and not activated
		_, err = w.SendVerificationPush(ctx, "DUNONE", danaPhone)
		mustBe(t, err, duo.ErrNotFound)
	})
}

// What can only be refused is refused before it is sent: an id is part of a path.
func TestRefusedUnsent(t *testing.T) {
	w, box := newBoxWorld(t, nil)
	w.do(t, func(ctx context.Context) {
		for _, id := range []string{"", "../users", "DP 1", "DP/1", "DP?x", "DPé", "DP%2f"} {
			_, e1 := w.Phone(ctx, id)
			_, e2 := w.Phones(ctx, id)
			_, e3 := w.ActivationURL(ctx, id, 600)
			_, e4 := w.SendVerificationPush(ctx, id, danaPhone)
			_, e5 := w.SendVerificationPush(ctx, danaID, id)
			_, e6 := w.VerificationPushResponse(ctx, id, "p")
			errs := []error{
				e1, e2, e3, e4, e5, e6, w.AssociatePhone(ctx, id, danaPhone), w.AssociatePhone(ctx, danaID, id),
				w.DisassociatePhone(ctx, id, danaPhone), w.DisassociatePhone(ctx, danaID, id), w.DeletePhone(ctx, id),
			}
			for i, err := range errs {
				if !errors.Is(err, duo.ErrInvalid) {
					t.Errorf("id %q, request %d: %v", id, i, err)
				}
			}
		}
		for _, secs := range []int{-1, 0, 86401} {
			_, err := w.ActivationURL(ctx, danaPhone, secs)
			mustBe(t, err, duo.ErrInvalid)
		}
		for _, number := range []string{"", "9195550101", "+1 919 555 0101", "+0195550101", "+1919555010155555"} {
			_, err := w.CreatePhone(ctx, duo.NewPhone{Number: number})
			mustBe(t, err, duo.ErrInvalid)
			_, err = w.PhoneByNumber(ctx, number)
			mustBe(t, err, duo.ErrInvalid)
		}
		_, err := w.VerificationPushResponse(ctx, danaID, "")
		mustBe(t, err, duo.ErrInvalid)
	})
	if n := len(box.Log()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestCredentials(t *testing.T) {
	tests := []struct {
		name    string
		options func(*duo.Options)
		box     func(*duobox.Options)
		skew    time.Duration
		check   error
		write   error
		code    int
	}{
		{name: "right", options: nil},
		{name: "another integration", options: func(o *duo.Options) { o.IntegrationKey = "DIOTHER" }, check: duo.ErrCredentials, write: duo.ErrCredentials, code: 40102},
		{name: "wrong secret", options: func(o *duo.Options) { o.SecretKey = "wrong" }, check: duo.ErrCredentials, write: duo.ErrCredentials, code: 40103},
		{name: "no write permission", box: func(o *duobox.Options) { o.Accounts[0].ReadOnly = true }, write: duo.ErrForbidden, code: 40301},
		{name: "clock within the window", skew: 299 * time.Second},
		{name: "clock ahead", skew: 302 * time.Second, check: duo.ErrClock, write: duo.ErrClock, code: 40105},
		{name: "clock behind", skew: -302 * time.Second, check: duo.ErrClock, write: duo.ErrClock, code: 40105},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			w, box := newBoxWorld(t, func(o *duo.Options) {
				o.Clock = skewed{o.Clock, tc.skew}
				if tc.options != nil {
					tc.options(o)
				}
			}, func(o *duobox.Options) {
				if tc.box != nil {
					tc.box(o)
				}
			})
			w.do(t, func(ctx context.Context) {
				for i, err := range []error{w.Check(ctx), write(ctx, w)} {
					want := []error{tc.check, tc.write}[i]
					if want == nil {
						if err != nil {
							t.Errorf("request %d: %v", i, err)
						}
						continue
					}
					if e := mustBe(t, err, want); e.Code != tc.code {
						t.Errorf("request %d: code %d, want %d", i, e.Code, tc.code)
					}
				}
				ahead, err := w.Ping(ctx)
				if err != nil || ahead < -tc.skew-time.Second || ahead > -tc.skew+time.Second {
					t.Errorf("Ping = %v, %v; want %v", ahead, err, -tc.skew)
				}
			})
			if p, _ := box.Phone(danaPhone); p.Activated != (tc.write != nil) {
				t.Errorf("activated %v", p.Activated)
			}
		})
	}
}

// skewed is a clock that is wrong by something.
type skewed struct {
	duo.Clock
	by time.Duration
}

func (s skewed) Now() time.Time { return s.Clock.Now().Add(s.by) }

func ExampleLink() {
	l := duo.Link("https://m-12345678.duosecurity.com/iphone/7dmi4Oowz5g3J47FARLs")
	fmt.Println(l, len(string(l)))
	// Output: <link> 62
}
