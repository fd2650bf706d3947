package duobox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"ringback/ivr/duo/duobox"
)

// page opens a page of the box and returns its status and text.
func page(b *duobox.Box, method, link string) (int, string) {
	w := httptest.NewRecorder()
	b.ServeHTTP(w, httptest.NewRequest(method, link, nil))
	return w.Code, w.Body.String()
}

func TestLinkLives(t *testing.T) {
	b, c := newBox(t)
	link := issue(t, b, start, phone, "valid_secs", "600")
	if !strings.HasPrefix(link, "https://m.example.edu/activate/") || len(link) != len("https://m.example.edu/activate/")+20 {
		t.Errorf("link %q", link)
	}
	if p, _ := b.Phone(phone); p.Activated {
		t.Error("the credentials of before still work")
	}
	c.Set(start.Add(600*time.Second - 1))
	for _, method := range []string{"GET", "HEAD"} { // as previews do
		if status, _ := page(b, method, link); status != 200 {
			t.Errorf("%s: %d", method, status)
		}
	}
	if p, _ := b.Phone(phone); p.Activated {
		t.Error("looking at the page activated the phone")
	}
	status, text := page(b, "GET", link)
	if status != 200 || !strings.Contains(text, `<form method="post"><button>Activate</button>`) || !strings.Contains(text, "Duo in a box") {
		t.Errorf("page %d %s", status, text)
	}
	if status, text := page(b, "POST", link); status != 200 || !strings.Contains(text, "is activated") {
		t.Errorf("after the button: %d %s", status, text)
	}
	p, _ := b.Phone(phone)
	if !p.Activated || p.Model != "Android phone" || !p.LastSeen.Equal(start.Add(599*time.Second)) {
		t.Errorf("phone %#v", p)
	}
}

// A link that does not work says why, on the page and to Open, and does nothing.
func TestDeadLinks(t *testing.T) {
	tests := []struct {
		name   string
		kill   func(t *testing.T, b *duobox.Box, link string) (dead string, at time.Time)
		err    error
		status int
		says   string
	}{
		{"used", func(t *testing.T, b *duobox.Box, link string) (string, time.Time) {
			if err := b.Open(link); err != nil {
				t.Fatal(err)
			}
			return link, start
		}, duobox.ErrUsedLink, 410, "Already used"},
		{"voided", func(t *testing.T, b *duobox.Box, link string) (string, time.Time) {
			issue(t, b, start, phone)
			return link, start
		}, duobox.ErrVoidedLink, 410, "Replaced"},
		{"expired", func(_ *testing.T, _ *duobox.Box, link string) (string, time.Time) {
			return link, start.Add(24 * time.Hour)
		}, duobox.ErrExpiredLink, 410, "Expired"},
		{"unknown", func(_ *testing.T, _ *duobox.Box, link string) (string, time.Time) {
			return link + "x", start
		}, duobox.ErrUnknownLink, 404, "Unknown link"},
		{"down", func(_ *testing.T, b *duobox.Box, link string) (string, time.Time) {
			b.SetFault(duobox.Fault{Down: true})
			return link, start
		}, duobox.ErrDown, 503, "Out of order"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			b, c := newBox(t)
			dead, at := tc.kill(t, b, issue(t, b, start, phone))
			c.Set(at)
			before, _ := b.Phone(phone)
			if err := b.Open(dead); !errors.Is(err, tc.err) || strings.Contains(err.Error(), "/activate/") {
				t.Errorf("Open = %v, want %v", err, tc.err)
			}
			for _, method := range []string{"GET", "POST"} {
				status, text := page(b, method, dead)
				if status != tc.status || !strings.Contains(text, tc.says) || strings.Contains(text, "<form") {
					t.Errorf("%s: %d %s", method, status, text)
				}
			}
			if after, _ := b.Phone(phone); after != before {
				t.Errorf("the phone changed: %#v, %#v", before, after)
			}
		})
	}
	b, _ := newBox(t)
	for _, link := range []string{"", "https://m.example.edu/install", "::", "https://m.example.edu/activate/"} {
		if err := b.Open(link); !errors.Is(err, duobox.ErrUnknownLink) {
			t.Errorf("Open(%q) = %v", link, err)
		}
	}
}

// However many tap at once, one activates.
func TestSingleUse(t *testing.T) {
	b, _ := newBox(t)
	link := issue(t, b, start, phone)
	var wg sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		wg.Go(func() { errs[i] = b.Open(link) })
	}
	wg.Wait()
	worked := 0
	for _, err := range errs {
		if err == nil {
			worked++
		} else if !errors.Is(err, duobox.ErrUsedLink) {
			t.Errorf("err = %v", err)
		}
	}
	if worked != 1 {
		t.Errorf("worked %d times", worked)
	}
}

// A link lives 24 h unless it is said, and a used one is not voided by the next.
func TestUsualLife(t *testing.T) {
	b, c := newBox(t)
	link := issue(t, b, start, phone)
	c.Set(start.Add(24*time.Hour - 1))
	if err := b.Open(link); err != nil {
		t.Error(err)
	}
	issue(t, b, start.Add(24*time.Hour), phone)
	if err := b.Open(link); !errors.Is(err, duobox.ErrUsedLink) {
		t.Errorf("the used one: %v", err)
	}
}

func TestInstallAndQR(t *testing.T) {
	b, c := newBox(t)
	a := ask(t, b, start, "POST", "/admin/v1/phones/DPDANA/activation_url", "install", "1", "valid_secs", "600")
	install, barcode, link := field(t, a, "installation_url"), field(t, a, "activation_barcode"), field(t, a, "activation_url")
	if status, text := page(b, "GET", install); status != 200 || !strings.Contains(text, "Install Duo Mobile") {
		t.Errorf("install page %d %s", status, text)
	}
	if field(t, ask(t, b, start, "POST", "/admin/v1/phones/DPOTHER", "platform", "apple ios"), "platform") != "Apple iOS" {
		t.Error("platform not set")
	}
	if a := ask(t, b, start, "POST", "/admin/v1/phones/DPOTHER/activation_url"); field(t, a, "installation_url") != "" {
		t.Error("an installation link that was not asked for")
	}
	status, text := page(b, "GET", barcode)
	if want := "duo://" + link[strings.LastIndex(link, "/")+1:]; status != 200 || text != want {
		t.Errorf("QR %d %q, want %q", status, text, want)
	}
	for _, value := range []string{"", "x", strings.TrimPrefix(text, "duo://"), "duo://x", "<script>"} {
		if status, text := page(b, "GET", "/frame/qr?value="+url.QueryEscape(value)); status != 404 || strings.Contains(text, "script") {
			t.Errorf("QR of %q: %d %q", value, status, text)
		}
	}
	c.Set(start.Add(600 * time.Second))
	if status, _ := page(b, "GET", barcode); status != 410 {
		t.Errorf("QR of an expired link: %d", status)
	}
}

// Links lead to where the box is reached.
func TestPublicURL(t *testing.T) {
	b, _ := newBox(t, func(o *duobox.Options) { o.PublicURL = "" })
	if link := issue(t, b, start, phone); !strings.HasPrefix(link, "http://box/activate/") {
		t.Errorf("link %q", link)
	}
	if err := b.SetPublicURL("http://127.0.0.1:8080/duo/"); err != nil {
		t.Fatal(err)
	}
	link := issue(t, b, start, phone)
	if !strings.HasPrefix(link, "http://127.0.0.1:8080/duo/activate/") {
		t.Errorf("link %q", link)
	}
	if err := b.Open(link); err != nil {
		t.Error(err)
	}
}

// Pages are not kept, not framed, and load nothing.
func TestPageHeaders(t *testing.T) {
	b, _ := newBox(t)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, httptest.NewRequest(http.MethodGet, issue(t, b, start, phone), nil))
	for name, part := range map[string]string{
		"Content-Security-Policy": "default-src 'none'", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
		"Content-Type": "text/html",
	} {
		if !strings.Contains(w.Header().Get(name), part) {
			t.Errorf("%s: %q", name, w.Header().Get(name))
		}
	}
}

func TestPushes(t *testing.T) {
	b, c := newBox(t)
	var ids []string
	for i := range 3 {
		c.Set(start.Add(time.Duration(i) * time.Second))
		a := ask(t, b, start, "POST", "/admin/v1/users/DUDANA/send_verification_push", "phone_id", phone)
		if code := field(t, a, "confirmation_code"); len(code) != 6 || strings.Trim(code, "0123456789") != "" {
			t.Errorf("code %q", code)
		}
		ids = append(ids, field(t, a, "push_id"))
	}
	for i, p := range b.Pushes() {
		if p.ID != ids[i] || p.UserID != dana || p.PhoneID != phone || strings.Contains(p.String(), p.Code) {
			t.Errorf("push %d is %v", i, p)
		}
	}
	for _, answer := range []string{"", "waiting", "yes"} {
		if b.Answer(ids[0], answer) == nil {
			t.Errorf("answered %q", answer)
		}
	}
	if err := b.Answer(ids[0], "deny"); err != nil {
		t.Error(err)
	}
	if b.Answer(ids[0], "approve") == nil {
		t.Error("answered twice")
	}
	if b.Answer("x", "approve") == nil {
		t.Error("answered nothing")
	}
	result := func(user, id string) string {
		a := ask(t, b, c.Now(), "GET", "/admin/v1/users/"+user+"/verification_push_response", "push_id="+id)
		if a.Stat == "FAIL" {
			return fmt.Sprint(a.Code)
		}
		return field(t, a, "result")
	}
	if err := b.AddUser(duobox.User{ID: "DUOTHER", Username: "other"}); err != nil {
		t.Fatal(err)
	}
	got := []string{result(dana, ids[0]), result(dana, ids[1]), result("DUOTHER", ids[0])}
	c.Set(start.Add(61 * time.Second)) // the first two have expired
	got = append(got, result(dana, ids[0]), result(dana, ids[2]))
	if want := []string{"deny", "waiting", "40401", "40401", "waiting"}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("results %v, want %v", got, want)
	}
	if b.Answer(ids[1], "approve") == nil {
		t.Error("answered after its time")
	}
	if n := len(b.Pushes()); n != 1 {
		t.Errorf("%d wait", n)
	}
	ask(t, b, c.Now(), "DELETE", "/admin/v1/phones/DPDANA")
	if n := len(b.Pushes()); n != 0 {
		t.Errorf("%d wait on a deleted phone", n)
	}
}

// Whatever is asked with a good signature: an envelope, never a panic.
func FuzzParameters(f *testing.F) {
	f.Add("POST", "/admin/v1/phones/DPDANA/activation_url", "", `{"valid_secs":"600"}`)
	f.Add("POST", "/admin/v1/phones", "", `{"number":"+19195550199","type":"mobile"}`)
	f.Add("GET", "/admin/v1/users", "username=dana&limit=1", "")
	f.Fuzz(func(t *testing.T, method, path, query, body string) {
		if method != "GET" && method != "POST" && method != "DELETE" || !strings.HasPrefix(path, "/admin/") {
			return
		}
		u, err := url.ParseRequestURI(path)
		if err != nil || u.RawQuery != "" {
			return
		}
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		query = strings.ReplaceAll(values.Encode(), "+", "%20")
		b, _ := newBox(t)
		r := httptest.NewRequest(method, "http://box/", strings.NewReader(body))
		r.URL.Path, r.URL.RawPath, r.URL.RawQuery = u.Path, u.RawPath, query
		r.Header.Set("Content-Type", "application/json")
		sign(r, start, query, body)
		w := httptest.NewRecorder()
		b.ServeHTTP(w, r)
		if w.Code >= 300 && w.Code < 400 {
			return // the mux cleans paths
		}
		var a answer
		if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || a.Stat != "OK" && a.Stat != "FAIL" {
			t.Errorf("%d %q", w.Code, w.Body)
		}
	})
}
