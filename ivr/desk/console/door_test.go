package console_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/desk/console"
)

// Every route, by who may use it: 0 is refused for want of a session, 403 for
// want of the role, anything else is let in (a form without its fields is 400).
func TestWhoMayWhat(t *testing.T) {
	r := newRig(t, nil)
	who := map[string]*browser{"nobody": r.browser(), "agent": r.as("alex"), "lead": r.as("jo")}
	public := map[string]bool{
		"GET /desk/assets/desk.css": true, "GET /desk/assets/desk.js": true, "GET /desk/sign-in": true, "POST /desk/sign-in": true,
		"POST /desk/sign-in/oidc": true, "GET /desk/sign-in/callback": true,
	}
	routes := console.Routes()
	if len(routes) < 20 {
		t.Fatalf("only %d routes", len(routes))
	}
	for _, route := range routes {
		method, path, _ := strings.Cut(route, " ")
		if strings.HasSuffix(path, "/sign-out") || path == "/desk/events" {
			continue // have tests of their own
		}
		for name, b := range who {
			var form url.Values
			if method == http.MethodPost {
				form = url.Values{"token": {b.get("/desk/calls").token()}}
			}
			got := b.do(method, path, form)
			refused := got.status == http.StatusUnauthorized || got.status == http.StatusSeeOther && strings.HasPrefix(got.location(), "/desk/sign-in")
			lead := strings.HasPrefix(path, "/desk/leads")
			switch {
			case public[route]:
				if refused {
					t.Errorf("%s is public and refuses %s", route, name)
				}
			case name == "nobody":
				if !refused {
					t.Errorf("%s lets nobody in: %d", route, got.status)
				}
			case refused:
				t.Errorf("%s refuses %s", route, name)
			case lead && name == "agent" && got.status != http.StatusForbidden:
				t.Errorf("%s lets an agent in: %d", route, got.status)
			case name == "lead" && got.status == http.StatusForbidden && path != "/desk/step-up":
				t.Errorf("%s is forbidden to a lead", route)
			}
		}
	}
	if n := r.counted("ringback_desk_requests_total", "forbidden", "threat"); n != 1 {
		t.Errorf("%v requests counted as forbidden", n)
	}
}

func TestEventsAndSignOutNeedASession(t *testing.T) {
	r := newRig(t, nil)
	r.browser().get("/desk/events").want(t, http.StatusUnauthorized)
	r.browser().do(http.MethodPost, "/desk/sign-out", url.Values{"token": {"x"}}).want(t, http.StatusUnauthorized)
}

func TestHeaders(t *testing.T) {
	for _, c := range []struct {
		public, cookie string
		secure         bool
	}{{"", "ringback_desk_start=", false}, {"https://line.example.edu", "__Host-ringback_desk_start=", true}} {
		r := newRig(t, func(o *console.Options) {
			if c.public != "" {
				o.PublicURL = c.public
			}
		})
		for _, path := range []string{"/desk/sign-in", "/desk/calls", "/desk/assets/desk.js", "/desk/leads/threat"} {
			a := r.browser().get(path)
			if a.status == http.StatusMethodNotAllowed || a.status == http.StatusNotFound {
				continue
			}
			want := map[string]string{
				"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
				"X-Content-Type-Options":  "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
				"Cache-Control": "no-store", "Strict-Transport-Security": "",
			}
			if c.secure {
				want["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
			}
			if strings.Contains(path, "assets") {
				want["Cache-Control"] = "no-cache"
			}
			for k, v := range want {
				if got := a.header.Get(k); got != v {
					t.Errorf("%s: %s: %q, want %q", path, k, got, v)
				}
			}
			if n := a.doc.Find("script:not([src]), style, [style], [onclick], [onload], [onsubmit]").Length(); n > 0 {
				t.Errorf("%s: %d inline scripts or styles", path, n)
			}
		}
		set := r.browser().get("/desk/sign-in").header.Get("Set-Cookie")
		if !strings.HasPrefix(set, c.cookie) || strings.Contains(set, "Secure") != c.secure ||
			!strings.Contains(set, "HttpOnly") || !strings.Contains(set, "SameSite=Lax") || !strings.Contains(set, "Path=/") || strings.Contains(set, "Domain") {
			t.Errorf("cookie %s", strings.SplitN(set, "=", 2)[0])
		}
	}
}

// On https the session's cookie is for this host alone, and never for a script.
func TestSecureCookie(t *testing.T) {
	r := newRig(t, func(o *console.Options) { o.PublicURL = "https://line.example.edu" })
	b := r.browser()
	b.client.Jar = nil // it would keep Secure cookies to itself
	page := b.get("/desk/sign-in")
	begun, _, _ := strings.Cut(page.header.Get("Set-Cookie"), ";")
	b.header = http.Header{"Cookie": {begun}, "Origin": {"https://line.example.edu"}}
	a := b.do(http.MethodPost, "/desk/sign-in", url.Values{"token": {page.token()}, "name": {"jo"}, "password": {password}}).want(t, 303)
	set := ""
	for _, c := range a.header.Values("Set-Cookie") {
		if strings.HasPrefix(c, "__Host-ringback_desk=") {
			set = c
		}
	}
	value, rest, _ := strings.Cut(set, ";")
	if rest != " Path=/; HttpOnly; Secure; SameSite=Lax" {
		t.Errorf("the cookie has%s", rest)
	}
	b.header = http.Header{"Cookie": {value}}
	b.get("/desk/leads").want(t, 200)
	b.header = http.Header{"Cookie": {strings.TrimPrefix(value, "__Host-")}} // as another host could set it
	b.get("/desk/leads").want(t, 303)
	b.header = http.Header{"Cookie": {begun}, "Origin": {r.server.URL}}
	b.do(http.MethodPost, "/desk/sign-in", url.Values{"token": {page.token()}, "name": {"jo"}, "password": {password}}).want(t, 403)
}

func TestForgedPosts(t *testing.T) {
	r := newRig(t, nil)
	b := r.as("alex")
	token := b.get("/desk/calls").token()
	good := url.Values{"state": {"ready"}, "token": {token}}
	for _, c := range []struct {
		name   string
		header http.Header
		form   url.Values
		status int
	}{
		{"another site", http.Header{"Sec-Fetch-Site": {"cross-site"}}, good, 403},
		{"a sister site", http.Header{"Sec-Fetch-Site": {"same-site"}}, good, 403},
		{"typed in", http.Header{"Sec-Fetch-Site": {"none"}}, good, 403},
		{"another origin", http.Header{"Origin": {"https://evil.example"}}, good, 403},
		{"another origin, an old browser", http.Header{"Origin": {"https://evil.example"}, "Sec-Fetch-Site": nil}, good, 403},
		{"an opaque origin, an old browser", http.Header{"Origin": {"null"}, "Sec-Fetch-Site": nil}, good, 403},
		{"no browser", http.Header{"Origin": nil, "Sec-Fetch-Site": nil}, good, 403},
		{"no token", nil, url.Values{"state": {"ready"}}, 403},
		{"another token", nil, url.Values{"state": {"ready"}, "token": {token + "x"}}, 403},
		{"another session's token", nil, url.Values{"state": {"ready"}, "token": {r.as("robin").get("/desk/calls").token()}}, 403},
		{"no form", http.Header{"Content-Type": {"text/plain"}}, good, 400},
		{"JSON", http.Header{"Content-Type": {"application/json"}}, good, 400},
		{"a field twice", nil, url.Values{"state": {"ready", "away"}, "token": {token}}, 400},
		{"too large", nil, url.Values{"state": {"ready"}, "token": {token}, "x": {strings.Repeat("x", 20000)}}, 413},
		{"an old browser of ours", http.Header{"Sec-Fetch-Site": nil}, good, 303},
		{"no referrer told", http.Header{"Origin": {"null"}}, good, 303},
	} {
		b.header = http.Header{}
		maps.Copy(b.header, c.header)
		before := len(r.floor.set)
		got := b.do(http.MethodPost, "/desk/calls/presence", c.form)
		if got.status != c.status {
			t.Errorf("%s: status %d, want %d", c.name, got.status, c.status)
		}
		if done := len(r.floor.set) > before; done != (c.status == 303) {
			t.Errorf("%s: done: %v", c.name, done)
		}
	}
}

func TestStolenAndForgedCookies(t *testing.T) {
	r := newRig(t, nil)
	b := r.as("alex")
	token := b.cookie("ringback_desk")
	flip := "A"
	if token[0] == 'A' {
		flip = "B"
	}
	list, err := r.store.Desk().List(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"nothing": "", "junk": "junk", "one bit": flip + token[1:], "its ID": list[0].ID, "longer": token + "A",
		"two of them": token + "; ringback_desk=" + token,
	} {
		thief := r.browser()
		thief.header = http.Header{"Cookie": {"ringback_desk=" + value}}
		if got := thief.get("/desk/calls"); got.status != http.StatusSeeOther || !strings.HasPrefix(got.location(), "/desk/sign-in?") {
			t.Errorf("%s: status %d", name, got.status)
		}
	}
	// A stolen cookie works until it is ended, and not in another's form.
	thief := r.browser()
	thief.header = http.Header{"Cookie": {"ringback_desk=" + token}}
	thief.get("/desk/calls").want(t, 200)
	b.post("/desk/calls", "/desk/sign-out", url.Values{}).want(t, 303)
	thief.get("/desk/calls").want(t, 303)
	b.get("/desk/calls").want(t, 303)
}

func (b *browser) cookie(name string) string {
	u, err := url.Parse(b.base)
	if err != nil {
		b.r.t.Fatal(err)
	}
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// A session that was planted before the sign-in is not the one after it.
func TestNoFixation(t *testing.T) {
	r := newRig(t, nil)
	b := r.as("robin")
	planted := b.cookie("ringback_desk")
	b.signIn("alex", password).want(t, 303)
	if got := b.cookie("ringback_desk"); got == planted || got == "" {
		t.Error("the token stayed the same")
	}
	old := r.browser()
	old.header = http.Header{"Cookie": {"ringback_desk=" + planted}}
	old.get("/desk/calls").want(t, 303)
	if n := r.counted("ringback_desk_sessions"); n != 1 {
		t.Errorf("%v sessions", n)
	}
}

func TestTimeOuts(t *testing.T) {
	r := newRig(t, nil)
	b := r.as("alex")
	for range 4 { // a page that reloads itself keeps nothing open
		r.now.pass(3 * time.Minute)
		b.get("/desk/wall?auto=1").want(t, 200)
	}
	b.get("/desk/wall").want(t, 200)
	r.now.pass(15*time.Minute - time.Second)
	b.get("/desk/wall?auto=1").want(t, 200)
	r.now.pass(time.Second)
	b.get("/desk/wall").want(t, 303)
	b = r.as("alex")
	for range 60 {
		r.now.pass(10 * time.Minute)
		if at := r.now.Now(); at.Sub(start) > 11*time.Hour {
			break
		}
		if b.get("/desk/wall").status != 200 {
			return
		}
	}
	b.get("/desk/wall").want(t, 303)
}

// After signing in one lands on a page of ours, whatever the link said.
func TestNoOpenRedirect(t *testing.T) {
	r := newRig(t, nil)
	for asked, want := range map[string]string{
		"/desk/wall": "/desk/wall", "": "/desk", "https://evil.example": "/desk", "//evil.example": "/desk", "/\\evil.example": "/desk",
		"/desk/../voice": "/desk", "/desk/sign-out": "/desk", "/desk/leads/threat": "/desk", "javascript:alert(1)": "/desk", "/desk/wall\r\nX: y": "/desk",
		"/desk/wall?x=https://evil.example": "/desk",
	} {
		page := r.browser().get("/desk/sign-in?return_to=" + url.QueryEscape(asked))
		if v, _ := page.doc.Find("input[name=return_to]").First().Attr("value"); v != want {
			t.Errorf("%q: the form says %q, want %q", asked, v, want)
		}
		b := r.browser()
		got := b.post("/desk/sign-in", "/desk/sign-in", url.Values{"name": {"alex"}, "password": {password}, "return_to": {asked}})
		if got.location() != want {
			t.Errorf("%q: sent to %q, want %q", asked, got.location(), want)
		}
	}
	if got := r.browser().get("/desk/wall").location(); got != "/desk/sign-in?return_to=%2Fdesk%2Fwall" {
		t.Errorf("sent to %s", got)
	}
}

func TestLocalSignIn(t *testing.T) {
	r := newRig(t, nil)
	for i := range 10 {
		name := fmt.Sprintf("nobody-%d", i%2)
		if a := r.browser().signIn(name, "wrong"); a.status != 401 || a.text("#problem") != "Wrong name or password." {
			t.Fatalf("try %d: %d %s", i, a.status, a.text("#problem"))
		}
	}
	a := r.browser().signIn("alex", password) // the address has had its ten tries
	if a.status != 429 || r.counted("ringback_desk_sign_ins_total", "local", "limited") != 1 {
		t.Errorf("status %d after ten tries", a.status)
	}
	r.now.pass(time.Hour)
	b := r.browser()
	if a := b.signIn("alex", password); a.status != 303 || a.location() != "/desk" {
		t.Errorf("status %d, to %s", a.status, a.location())
	}
	if got := b.get("/desk").location(); got != "/desk/calls" {
		t.Errorf("home is %s", got)
	}
	// A form that was shown to another browser signs nobody in.
	c, other := r.browser(), r.browser()
	token := other.get("/desk/sign-in").token()
	c.get("/desk/sign-in")
	c.do(http.MethodPost, "/desk/sign-in", url.Values{"token": {token}, "name": {"alex"}, "password": {password}}).want(t, 403)
	r.browser().signIn("alex", strings.Repeat("x", 300)).want(t, 401)
	got := []float64{
		r.counted("ringback_desk_sign_ins_total", "local", "ok"), r.counted("ringback_desk_sign_ins_total", "local", "denied"),
		r.counted("ringback_desk_sign_ins_total", "local", "invalid"),
	}
	if diff := cmp.Diff([]float64{1, 11, 1}, got); diff != "" {
		t.Errorf("sign-ins (-want +got):\n%s", diff)
	}
	if log := r.log.String(); strings.Contains(log, password) || strings.Contains(log, "nobody-") {
		t.Error("the log tells names or passwords that were typed in")
	}
}

// Local accounts are for trying out, and say so; signing in again is a new session.
func TestLocalStepUp(t *testing.T) {
	for _, trust := range []bool{false, true} {
		r := newRig(t, func(o *console.Options) { o.TrustLocal = trust })
		b := r.as("jo")
		if a := b.get("/desk/step-up"); strings.Contains(a.body, "neither change numbers") == trust {
			t.Errorf("trusted %v: %s", trust, a.text("main"))
		}
		if !trust {
			b.post("/desk/leads", "/desk/step-up", url.Values{"password": {password}}).want(t, 403)
			continue
		}
		r.now.pass(6 * time.Minute)
		if a := b.get("/desk/step-up"); !strings.Contains(a.body, "at most five minutes old") {
			t.Error(a.text("main"))
		}
		before := b.cookie("ringback_desk")
		b.post("/desk/step-up", "/desk/step-up", url.Values{"password": {"wrong"}}).want(t, 403)
		b.post("/desk/step-up", "/desk/step-up", url.Values{"password": {password}, "return_to": {"/desk/leads"}}).want(t, 303)
		if b.cookie("ringback_desk") == before {
			t.Error("the token was not rotated")
		}
		if a := b.get("/desk/step-up"); !strings.Contains(a.body, "Approvals are open") {
			t.Error(a.text("main"))
		}
	}
}

func TestStoresDown(t *testing.T) {
	r := newRig(t, nil)
	b := r.as("jo")
	token := b.get("/desk/leads").token()
	down, ok := r.store.Embedded()
	if !ok {
		t.Fatal("not embedded")
	}
	down(true)
	for _, path := range []string{"/desk/calls", "/desk/leads"} {
		b.get(path).want(t, http.StatusServiceUnavailable)
	}
	b.do(http.MethodPost, "/desk/leads/threat", url.Values{"token": {token}, "threat": {"on"}, "minutes": {"30"}, "reason": {"many tries"}}).want(t, 503)
	down(false)
	b.get("/desk/leads").want(t, 200)
	if threat, err := r.ledger.Threat(t.Context()); err != nil || !threat.Until.IsZero() {
		t.Errorf("threat %v, %v", threat, err)
	}
}
