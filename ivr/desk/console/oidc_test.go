package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ringback/ivr/desk/console"
	"ringback/ivr/desk/console/oidctest"
)

// withProvider is a desk that signs people in by a provider of its own.
func withProvider(t *testing.T, edit func(*console.Options)) (*rig, *oidctest.Provider) {
	t.Helper()
	var p *oidctest.Provider
	tr := &http.Transport{}
	r := newRig(t, func(o *console.Options) {
		p = oidctest.Start(t, o.PublicURL+"/desk/sign-in/callback", o.Clock.Now)
		o.HTTPClient = &http.Client{Transport: tr}
		o.OIDC = &console.OIDC{
			Issuer: p.URL, ClientID: oidctest.ClientID, ClientSecret: oidctest.ClientSecret, ACR: []string{"mfa"}, AMR: []string{"hwk"},
			RoleClaim: "groups", AgentValues: []string{"agents"}, LeadValues: []string{"leads"},
		}
		if edit != nil {
			edit(o)
		}
	})
	t.Cleanup(tr.CloseIdleConnections)
	return r, p
}

// toProvider presses the button and goes to the provider; what comes back is
// where the provider sends the browser.
func (b *browser) toProvider(form url.Values) (callback string) {
	b.r.t.Helper()
	to := b.post("/desk/sign-in", "/desk/sign-in/oidc", form).want(b.r.t, http.StatusSeeOther).location()
	return b.do(http.MethodGet, to, nil).want(b.r.t, http.StatusFound).location()
}

func (b *browser) oidc() answer {
	b.r.t.Helper()
	return b.do(http.MethodGet, b.toProvider(url.Values{}), nil)
}

func TestOIDCSignIn(t *testing.T) {
	for _, c := range []struct {
		name   string
		claims map[string]any
		header map[string]any
		algo   string
		staff  bool // roles come from the staff, not from a claim
		status int
		count  string
		who    string
	}{
		{name: "a lead", claims: map[string]any{"groups": []string{"x", "leads"}, "name": "Pat"}, status: 303, count: "ok", who: "Pat lead"},
		{name: "an agent by one value", claims: map[string]any{"groups": "agents", "name": "Pat"}, status: 303, count: "ok", who: "Pat agent"},
		{name: "ES256", algo: "ES256", claims: map[string]any{"groups": "agents", "name": "Pat"}, status: 303, count: "ok", who: "Pat agent"},
		{name: "by amr", claims: map[string]any{"groups": "agents", "name": "Pat", "acr": nil, "amr": []string{"hwk"}}, status: 303, count: "ok", who: "Pat agent"},
		{name: "staff by subject", staff: true, claims: map[string]any{"sub": "sub-robin"}, status: 303, count: "ok", who: "Robin agent"},
		{name: "staff by address", staff: true, claims: map[string]any{"email": "Jo@example.edu", "email_verified": true}, status: 303, count: "ok", who: "Jo lead"},
		{name: "an address that nobody verified", staff: true, claims: map[string]any{"email": "jo@example.edu"}, status: 403, count: "no_role"},
		{name: "a stranger", staff: true, claims: map[string]any{"groups": "leads"}, status: 403, count: "no_role"},
		{name: "no role", claims: map[string]any{"groups": []string{"students"}}, status: 403, count: "no_role"},
		{name: "the claim says that one is staff, the groups do not", claims: map[string]any{"sub": "sub-robin"}, status: 403, count: "no_role"},
		{name: "one factor", claims: map[string]any{"groups": "leads", "acr": "pwd"}, status: 403, count: "no_mfa"},
		{name: "no word on factors", claims: map[string]any{"groups": "leads", "acr": nil, "amr": nil}, status: 403, count: "no_mfa"},
		{name: "another audience", claims: map[string]any{"groups": "leads", "aud": "other"}, status: 403, count: "invalid"},
		{name: "two audiences and no party", claims: map[string]any{"groups": "leads", "aud": []string{oidctest.ClientID, "other"}}, status: 403, count: "invalid"},
		{name: "another party", claims: map[string]any{"groups": "leads", "azp": "other"}, status: 403, count: "invalid"},
		{name: "another issuer", claims: map[string]any{"groups": "leads", "iss": "https://evil.example"}, status: 403, count: "invalid"},
		{name: "another nonce", claims: map[string]any{"groups": "leads", "nonce": "x"}, status: 403, count: "invalid"},
		{name: "no nonce", claims: map[string]any{"groups": "leads", "nonce": nil}, status: 403, count: "invalid"},
		{name: "expired", claims: map[string]any{"groups": "leads", "exp": start.Add(-time.Hour).Unix()}, status: 403, count: "invalid"},
		{name: "no subject", claims: map[string]any{"groups": "leads", "sub": ""}, status: 403, count: "invalid"},
		{name: "no algorithm", header: map[string]any{"alg": "none"}, claims: map[string]any{"groups": "leads"}, status: 403, count: "invalid"},
		{name: "a shared key", header: map[string]any{"alg": "HS256"}, claims: map[string]any{"groups": "leads"}, status: 403, count: "invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, p := withProvider(t, func(o *console.Options) {
				if c.staff {
					o.OIDC.RoleClaim = ""
				}
			})
			p.Person(c.claims)
			p.Header(c.header)
			if c.algo != "" {
				p.Sign(c.algo)
			}
			b := r.browser()
			a := b.oidc().want(t, c.status)
			if n := r.counted("ringback_desk_sign_ins_total", "oidc", c.count); n != 1 {
				t.Errorf("%v counted as %s", n, c.count)
			}
			if c.status != 303 {
				if b.cookie("ringback_desk") != "" {
					t.Error("refused, and signed in")
				}
				return
			}
			if got := b.get(a.location() + "/wall").text(".name"); got != c.who {
				t.Errorf("signed in as %q, want %q", got, c.who)
			}
		})
	}
}

func TestOIDCKeys(t *testing.T) {
	r, p := withProvider(t, nil)
	p.Person(map[string]any{"groups": "agents"})
	r.browser().oidc().want(t, 303)
	p.Rotate()
	r.browser().oidc().want(t, 303)
	p.Forge(true)
	r.browser().oidc().want(t, 403)
	p.Forge(false)
	p.Refuse("access_denied")
	r.browser().oidc().want(t, 403)
}

// The way back is open once, for a while, and to the browser that began.
func TestOIDCWayBack(t *testing.T) {
	r, p := withProvider(t, nil)
	p.Person(map[string]any{"groups": "leads"})
	b := r.browser()
	back := b.toProvider(url.Values{"return_to": {"/desk/leads"}})
	edit := func(key, value string) string {
		u, err := url.Parse(back)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		q.Set(key, value)
		u.RawQuery = q.Encode()
		return u.String()
	}
	b.do(http.MethodGet, edit("state", "x"), nil).want(t, 400)
	if a := b.do(http.MethodGet, back, nil).want(t, 303); a.location() != "/desk/leads" {
		t.Errorf("sent to %s", a.location())
	}
	b.do(http.MethodGet, back, nil).want(t, 400) // again

	back = b.toProvider2(t)
	r.browser().do(http.MethodGet, back, nil).want(t, 400) // another browser, and that ends it
	b.do(http.MethodGet, back, nil).want(t, 400)

	back = b.toProvider2(t)
	b.do(http.MethodGet, edit("iss", "https://evil.example"), nil).want(t, 400)

	back = b.toProvider2(t)
	r.now.pass(11 * time.Minute)
	b.do(http.MethodGet, back, nil).want(t, 400)

	for _, q := range p.Requests() {
		if q.Get("code_challenge_method") != "S256" || q.Get("acr_values") != "mfa" || !strings.Contains(q.Get("scope"), "openid") {
			t.Errorf("asked without PKCE or the level: %v", len(q))
		}
	}
}

// toProvider2 is toProvider in a new browser, which b is from then on.
func (b *browser) toProvider2(t *testing.T) string {
	t.Helper()
	*b = *b.r.browser()
	return b.toProvider(url.Values{})
}

func TestOIDCDown(t *testing.T) {
	r, p := withProvider(t, nil)
	p.Down(true)
	b := r.browser()
	b.get("/desk/sign-in").want(t, 200) // the desk is there without it
	b.post("/desk/sign-in", "/desk/sign-in/oidc", url.Values{}).want(t, 503)
	p.Down(false)
	p.Person(map[string]any{"groups": "leads"})
	back := b.toProvider(url.Values{})
	p.Down(true)
	a := b.do(http.MethodGet, back, nil)
	if a.status != 503 && a.status != 403 {
		t.Errorf("status %d", a.status)
	}
	if csp := b.get("/desk/sign-in").header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' "+p.URL+";") {
		t.Errorf("the form may not lead to the provider: %s", csp)
	}
}

func TestOIDCStepUp(t *testing.T) {
	r, p := withProvider(t, nil)
	p.Person(map[string]any{"groups": "leads", "sub": "sub-1"})
	b := r.browser()
	b.oidc().want(t, 303)
	r.now.pass(6 * time.Minute)
	if a := b.get("/desk/step-up"); !strings.Contains(a.body, "at most five minutes old") {
		t.Error(a.text("main"))
	}
	again := func() answer {
		to := b.post("/desk/step-up", "/desk/step-up", url.Values{"return_to": {"/desk/leads"}}).want(t, 303).location()
		q := p.Requests()
		a := b.do(http.MethodGet, to, nil).want(t, 302)
		if last := p.Requests()[len(q)]; last.Get("prompt") != "login" || last.Get("max_age") != "300" {
			t.Errorf("prompt %q, max_age %q", last.Get("prompt"), last.Get("max_age"))
		}
		return b.do(http.MethodGet, a.location(), nil)
	}
	before := b.cookie("ringback_desk")
	for name, claims := range map[string]map[string]any{
		"somebody else": {"groups": "leads", "sub": "sub-2"},
		"not asked":     {"groups": "leads", "sub": "sub-1", "auth_time": start.Unix()},
		"not told":      {"groups": "leads", "sub": "sub-1", "auth_time": nil},
		"from tomorrow": {"groups": "leads", "sub": "sub-1", "auth_time": start.AddDate(0, 0, 1).Unix()},
	} {
		p.Person(claims)
		if a := again(); a.status != 403 || b.cookie("ringback_desk") != before {
			t.Errorf("%s: status %d", name, a.status)
		}
	}
	p.Person(map[string]any{"groups": "leads", "sub": "sub-1"})
	if a := again(); a.status != 303 || a.location() != "/desk/leads" || b.cookie("ringback_desk") == before {
		t.Errorf("status %d, to %s", a.status, a.location())
	}
	if a := b.get("/desk/step-up"); !strings.Contains(a.body, "Approvals are open") {
		t.Error(a.text("main"))
	}
}

func TestOIDCOptions(t *testing.T) {
	for name, o := range map[string]console.OIDC{
		"no issuer": {ClientID: "x", ACR: []string{"mfa"}}, "no client": {Issuer: "https://idp.example.edu", ACR: []string{"mfa"}},
		"no proof of factors": {Issuer: "https://idp.example.edu", ClientID: "x"},
	} {
		r := newRig(t, nil)
		opts := r.web.Options
		opts.OIDC, opts.Registerer = &o, nil
		if _, err := console.New(opts); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
