package duobox_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"ringback/ivr/duo/duobox"
)

const (
	second       = "DPSECOND"
	secondNumber = "+19195550112"
)

// withSecond gives Dana a second phone, on which Duo Mobile is not activated yet.
func withSecond(o *duobox.Options) {
	o.Users[0].Phones = append(o.Users[0].Phones, duobox.Phone{ID: second, Number: secondNumber})
}

// push sends one to a phone of Dana's and returns its id and code, or Duo's code
// for not doing it.
func push(t *testing.T, b *duobox.Box, at time.Time, phoneID string) (id, code string, refused int) {
	t.Helper()
	a := ask(t, b, at, "POST", "/admin/v1/users/DUDANA/send_verification_push", "phone_id", phoneID)
	if a.Stat == "FAIL" {
		return "", "", a.Code
	}
	return field(t, a, "push_id"), field(t, a, "confirmation_code"), 0
}

func result(t *testing.T, b *duobox.Box, at time.Time, id string) string {
	t.Helper()
	return field(t, ask(t, b, at, "GET", "/admin/v1/users/DUDANA/verification_push_response", "push_id="+id), "result")
}

func TestSecondDevice(t *testing.T) {
	b, c := newBox(t, withSecond)
	if _, _, refused := push(t, b, start, second); refused != 40002 {
		t.Errorf("a push to a phone without Duo Mobile: %d", refused)
	}
	if err := b.SetActivated(secondNumber, true); err != nil {
		t.Fatal(err)
	}
	if p, ok := b.Phone(second); !ok || !p.Activated || p.Model == "" || !p.LastSeen.IsZero() {
		t.Errorf("after SetActivated: %+v", p)
	}
	if _, ok := b.PushOn(second); ok {
		t.Error("a push that nobody sent")
	}
	first, _, _ := push(t, b, start, second)
	c.Set(start.Add(time.Second))
	id, code, refused := push(t, b, c.Now(), second)
	if refused != 0 {
		t.Fatalf("refused with %d", refused)
	}
	for _, name := range []string{second, secondNumber} {
		if p, ok := b.PushOn(name); !ok || p.ID != id || p.Code != code || p.PhoneID != second {
			t.Errorf("on %s: %v", name, p)
		}
	}
	for _, name := range []string{phone, "+19195550101", "DPNONE", ""} {
		if p, ok := b.PushOn(name); ok {
			t.Errorf("on %s: %v", name, p)
		}
	}
	if err := b.Answer(id, "approve"); err != nil || result(t, b, c.Now(), id) != "approve" {
		t.Errorf("answered: %v, %s", err, result(t, b, c.Now(), id))
	}
	// What waits goes with the app.
	if err := b.SetActivated(second, false); err != nil {
		t.Fatal(err)
	}
	if b.Answer(first, "approve") == nil || len(b.Pushes()) != 0 || result(t, b, c.Now(), first) != "waiting" {
		t.Error("a push was answered on a phone without Duo Mobile")
	}
	for name, err := range map[string]error{
		"nobody's": b.SetActivated("+19195550199", true), "a landline": b.SetActivated("DPDESK", true),
		"no platform": b.SetActivated("DPOTHER", true), "nothing": b.SetActivated("", true),
	} {
		if err == nil {
			t.Errorf("%s: activated", name)
		}
	}
	if err := b.SetActivated("DPDESK", false); err != nil {
		t.Errorf("taken off where it was not: %v", err)
	}
}

// screen is what a person sees on a device, or what came of pressing a button.
func screen(b *duobox.Box, phoneID string, form url.Values) *httptest.ResponseRecorder {
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	r := httptest.NewRequest(method, "http://box/device/"+url.PathEscape(phoneID), strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

func TestDevicePage(t *testing.T) {
	b, c := newBox(t, withSecond)
	if err := b.SetActivated(second, true); err != nil {
		t.Fatal(err)
	}
	for _, answer := range []string{"approve", "deny", "fraud"} {
		id, code, _ := push(t, b, c.Now(), second)
		w := screen(b, secondNumber, nil)
		if w.Code != 200 || !strings.Contains(w.Body.String(), "<output>"+code+"</output>") || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
		}
		if w := screen(b, phone, nil); strings.Contains(w.Body.String(), code) || !strings.Contains(w.Body.String(), "Nothing to answer") {
			t.Errorf("the other device shows %s", w.Body)
		}
		for name, form := range map[string]url.Values{
			"no answer": {"push": {id}}, "no push": {"answer": {answer}}, "another answer": {"push": {id}, "answer": {"waiting"}},
		} {
			if w := screen(b, second, form); w.Code != http.StatusGone {
				t.Errorf("%s: %d", name, w.Code)
			}
		}
		if w := screen(b, phone, url.Values{"push": {id}, "answer": {answer}}); w.Code != http.StatusGone {
			t.Errorf("answered on the other device: %d", w.Code)
		}
		if w := screen(b, second, url.Values{"push": {id}, "answer": {answer}}); w.Code != http.StatusSeeOther {
			t.Errorf("%s: %d", answer, w.Code)
		}
		if got := result(t, b, c.Now(), id); got != answer {
			t.Errorf("%s became %s", answer, got)
		}
		if w := screen(b, second, url.Values{"push": {id}, "answer": {answer}}); w.Code != http.StatusGone {
			t.Errorf("answered twice: %d", w.Code)
		}
	}
	id, _, _ := push(t, b, c.Now(), second)
	c.Set(c.Now().Add(time.Minute))
	if w := screen(b, second, url.Values{"push": {id}, "answer": {"approve"}}); w.Code != http.StatusGone {
		t.Errorf("answered after its time: %d", w.Code)
	}
	if w := screen(b, "DPNONE", nil); w.Code != http.StatusNotFound {
		t.Errorf("no such device: %d", w.Code)
	}
	b.SetFault(duobox.Fault{Down: true})
	if w := screen(b, second, nil); w.Code != http.StatusServiceUnavailable {
		t.Errorf("down: %d", w.Code)
	}
}
