package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// askTime bounds one exchange with the provider.
const askTime = 5 * time.Second

// skew is how far the provider's clock may be from ours.
const skew = 30 * time.Second

// errProvider says that the provider does not answer; everything else that it or
// a browser says wrong is errToken.
var (
	errProvider = errors.New("the provider does not answer")
	errToken    = errors.New("the token does not fit")
)

// provider is the institution's OIDC provider. It is asked about itself when it
// is first needed, so that the desk starts without it.
type provider struct {
	conf     OIDC
	redirect string
	client   *http.Client
	now      func() time.Time

	mu    sync.Mutex
	found *discovered
}

type discovered struct {
	oauth    oauth2.Config
	verifier *oidc.IDTokenVerifier
	origin   string // of the page where people sign in
}

func newProvider(conf OIDC, redirect string, client *http.Client, now func() time.Time) *provider {
	bounded := *client
	bounded.Timeout = askTime
	return &provider{conf: conf, redirect: redirect, client: &bounded, now: now}
}

// origins are where a form may lead to: the issuer's, and that of its page once
// that is known.
func (p *provider) origins() []string {
	all := []string{originOf(p.conf.Issuer)}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil && p.found.origin != all[0] {
		all = append(all, p.found.origin)
	}
	return all
}

func originOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// discover reads the provider's description, once.
func (p *provider) discover(ctx context.Context) (*discovered, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	// The key set keeps this context for as long as it lives.
	ctx = oidc.ClientContext(context.WithoutCancel(ctx), p.client)
	got, err := oidc.NewProvider(ctx, p.conf.Issuer)
	if err != nil {
		return nil, fmt.Errorf("discover the provider: %w: %w", errProvider, withoutURL(err))
	}
	end := got.Endpoint()
	if !secureURL(end.AuthURL) || !secureURL(end.TokenURL) {
		return nil, fmt.Errorf("discover the provider: %w: its endpoints must be https", errProvider)
	}
	p.found = &discovered{
		oauth: oauth2.Config{
			ClientID: p.conf.ClientID, ClientSecret: p.conf.ClientSecret, Endpoint: end, RedirectURL: p.redirect,
			Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
		},
		// Never "none", and never a key that we share with somebody.
		verifier: got.VerifierContext(ctx, &oidc.Config{
			ClientID: p.conf.ClientID, Now: p.now, SupportedSigningAlgs: []string{oidc.RS256, oidc.ES256, oidc.PS256, oidc.RS384, oidc.RS512, oidc.ES384},
		}),
		origin: originOf(end.AuthURL),
	}
	return p.found, nil
}

func secureURL(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()))
}

// withoutURL keeps what a client's error says and leaves the URL out: codes stand
// in it.
func withoutURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// attempt is a sign-in under way, kept by the hash of its state.
type attempt struct {
	Nonce    string `msgpack:"n"`
	Verifier string `msgpack:"v"` // of PKCE
	Browser  string `msgpack:"b"` // the start cookie of the browser that began it
	ReturnTo string `msgpack:"r"`
	Session  string `msgpack:"s,omitempty"` // of a step-up: the session's ID
	Account  string `msgpack:"c,omitempty"` // and whom it must be again
}

// url is where to send the browser.
func (p *provider) url(ctx context.Context, state string, a attempt) (string, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)}
	if len(p.conf.ACR) > 0 {
		options = append(options, oauth2.SetAuthURLParam("acr_values", strings.Join(p.conf.ACR, " ")))
	}
	if a.Session != "" {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"),
			oauth2.SetAuthURLParam("max_age", fmt.Sprint(int(freshness.Seconds()))))
	}
	return d.oauth.AuthCodeURL(state, options...), nil
}

// claims is what we read of an ID token.
type claims struct {
	Subject       string         `json:"sub"`
	Nonce         string         `json:"nonce"`
	AZP           string         `json:"azp"`
	ACR           string         `json:"acr"`
	AMR           []string       `json:"amr"`
	AuthTime      int64          `json:"auth_time"`
	Name          string         `json:"name"`
	Email         string         `json:"email"`
	EmailVerified bool           `json:"email_verified"`
	all           map[string]any // for the role
}

// redeem turns a code into the claims of a token that was made for us, now, and
// for this attempt.
func (p *provider) redeem(ctx context.Context, code string, a attempt) (claims, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return claims{}, err
	}
	token, err := d.oauth.Exchange(oidc.ClientContext(ctx, p.client), code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		// The provider's own words may hold what was sent to it.
		if _, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
			return claims{}, fmt.Errorf("redeem code: %w: refused", errToken)
		}
		return claims{}, fmt.Errorf("redeem code: %w", errProvider)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return claims{}, fmt.Errorf("redeem code: %w: no ID token", errToken)
	}
	id, err := d.verifier.Verify(oidc.ClientContext(ctx, p.client), raw)
	if err != nil {
		return claims{}, fmt.Errorf("verify token: %w", errToken)
	}
	var got claims
	if err := errors.Join(id.Claims(&got), id.Claims(&got.all)); err != nil {
		return claims{}, fmt.Errorf("read claims: %w", errToken)
	}
	switch {
	case !same(got.Nonce, a.Nonce):
		return claims{}, fmt.Errorf("verify token: %w: another nonce", errToken)
	case got.AZP != "" && got.AZP != p.conf.ClientID, len(id.Audience) > 1 && got.AZP == "":
		return claims{}, fmt.Errorf("verify token: %w: made for another party", errToken)
	case got.Subject == "" || len(got.Subject) > 255:
		return claims{}, fmt.Errorf("verify token: %w: no subject", errToken)
	}
	return got, nil
}

// mfa reports whether the token proves more than one factor.
func (o *OIDC) mfa(c claims) bool {
	return c.ACR != "" && slices.Contains(o.ACR, c.ACR) ||
		slices.ContainsFunc(c.AMR, func(v string) bool { return slices.Contains(o.AMR, v) })
}

// role reads the role from the claim that holds it.
func (o *OIDC) role(c claims) Role {
	var has []string
	switch v := c.all[o.RoleClaim].(type) {
	case string:
		has = []string{v}
	case []any:
		for _, one := range v {
			if s, ok := one.(string); ok {
				has = append(has, s)
			}
		}
	}
	in := func(list []string) bool {
		return slices.ContainsFunc(has, func(v string) bool { return slices.Contains(list, v) })
	}
	switch {
	case in(o.LeadValues):
		return RoleLead
	case in(o.AgentValues):
		return RoleAgent
	}
	return RoleNone
}
