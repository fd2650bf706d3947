// Package oidctest is an OpenID Connect provider for tests: whole enough that a
// client which is wrong about the protocol fails. It describes itself, shows its
// keys, checks the client, the redirect URL and PKCE, gives each code once, and
// signs its tokens with RS256 or ES256. [Provider.Rotate] changes the keys.
//
// Nobody signs in by hand: whoever comes to the authorization endpoint is the
// person that [Provider.Person] says, and is sent back at once.
package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"
)

// The one client that the provider knows.
const (
	ClientID     = "ringback-test"
	ClientSecret = "a secret of the tests"
)

// Provider is the provider. Make one with [Start].
type Provider struct {
	// URL is the issuer.
	URL string

	t        testing.TB
	redirect string
	now      func() time.Time

	mu     sync.Mutex
	person map[string]any     // the claims of who comes next
	header map[string]any     // of the next tokens, over what is right
	codes  map[string]granted // by code
	seen   []url.Values       // authorization requests
	algo   string             // RS256 or ES256
	number int                // of keys made
	rsa    *rsa.PrivateKey
	ecdsa  *ecdsa.PrivateKey
	down   bool
	refuse string // an error code instead of a code
	forge  bool   // sign with a key that is not shown
}

type granted struct{ challenge, redirect, nonce string }

// Start runs a provider on loopback until the test ends. redirect is the one URL
// that it sends people back to, and now is its clock.
func Start(t testing.TB, redirect string, now func() time.Time) *Provider {
	t.Helper()
	p := &Provider{t: t, redirect: redirect, now: now, codes: map[string]granted{}, algo: "RS256"}
	p.Rotate()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.describe)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.isDown() {
			http.Error(w, "down", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// Rotate makes new keys; tokens are signed with them from now on, and the old
// ones are shown no more.
func (p *Provider) Rotate() {
	p.t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		p.t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.number++
	p.rsa, p.ecdsa = r, e
}

// Person says who comes to sign in from now on: claims over the usual ones, nil
// takes one away.
func (p *Provider) Person(claims map[string]any) { p.set(func() { p.person = claims }) }

// Sign says by which algorithm tokens are signed: RS256 or ES256.
func (p *Provider) Sign(algo string) { p.set(func() { p.algo = algo }) }

// Forge has tokens signed with a key that is not the provider's.
func (p *Provider) Forge(on bool) { p.set(func() { p.forge = on }) }

// Header puts fields over those of the tokens' headers.
func (p *Provider) Header(h map[string]any) { p.set(func() { p.header = h }) }

// Down takes the provider away, or brings it back.
func (p *Provider) Down(down bool) { p.set(func() { p.down = down }) }

// Refuse has the next people sent back with an error; "" ends that.
func (p *Provider) Refuse(code string) { p.set(func() { p.refuse = code }) }

// Requests are the authorization requests so far.
func (p *Provider) Requests() []url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]url.Values(nil), p.seen...)
}

func (p *Provider) set(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

func (p *Provider) isDown() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.down
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (p *Provider) describe(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256", "ES256"}, "code_challenge_methods_supported": []string{"S256"},
	})
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	point, err := p.ecdsa.PublicKey.Bytes() // 4, x, y
	if err != nil {
		p.t.Error(err)
	}
	answer(w, http.StatusOK, map[string]any{"keys": []map[string]any{
		{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": p.kid("RS256"), "n": encode(p.rsa.N.Bytes()), "e": encode([]byte{1, 0, 1})},
		{"kty": "EC", "use": "sig", "alg": "ES256", "kid": p.kid("ES256"), "crv": "P-256", "x": encode(point[1:33]), "y": encode(point[33:])},
	}})
}

func (p *Provider) kid(algo string) string { return fmt.Sprintf("%s-%d", algo, p.number) }

// authorize takes a request as RFC 6749, 4.1.1 and RFC 7636 have it.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = append(p.seen, q)
	switch {
	case q.Get("client_id") != ClientID || q.Get("redirect_uri") != p.redirect:
		http.Error(w, "unknown client or redirect", http.StatusBadRequest)
		return
	case q.Get("response_type") != "code" || q.Get("state") == "" || q.Get("nonce") == "" ||
		q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43:
		http.Error(w, "a request without state, nonce or PKCE", http.StatusBadRequest)
		return
	}
	back := url.Values{"state": {q.Get("state")}, "iss": {p.URL}}
	if p.refuse != "" {
		back.Set("error", p.refuse)
	} else {
		code := rand.Text()
		p.codes[code] = granted{q.Get("code_challenge"), q.Get("redirect_uri"), q.Get("nonce")}
		back.Set("code", code)
	}
	http.Redirect(w, r, p.redirect+"?"+back.Encode(), http.StatusFound)
}

// token redeems a code, once, for whoever has the client's secret and the
// verifier of the challenge.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	id, secret, ok := r.BasicAuth()
	if !ok {
		id, secret = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	if id != ClientID || subtle.ConstantTimeCompare([]byte(secret), []byte(ClientSecret)) != 1 {
		answer(w, http.StatusUnauthorized, map[string]string{"error": "invalid_client"})
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	code := r.PostForm.Get("code")
	g, ok := p.codes[code]
	delete(p.codes, code)
	sum := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	if !ok || r.PostForm.Get("grant_type") != "authorization_code" || r.PostForm.Get("redirect_uri") != g.redirect || encode(sum[:]) != g.challenge {
		answer(w, http.StatusBadRequest, map[string]string{"error": "invalid_grant"})
		return
	}
	answer(w, http.StatusOK, map[string]any{
		"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 60, "id_token": p.sign(g.nonce),
	})
}

// sign makes the ID token of the present person.
func (p *Provider) sign(nonce string) string {
	now := p.now()
	claims := map[string]any{
		"iss": p.URL, "aud": ClientID, "sub": "sub-somebody", "nonce": nonce, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
		"auth_time": now.Unix(), "acr": "mfa", "amr": []string{"pwd", "otp"},
	}
	maps.Copy(claims, p.person)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	header := map[string]any{"alg": p.algo, "typ": "JWT", "kid": p.kid(p.algo)}
	maps.Copy(header, p.header)
	text := p.part(header) + "." + p.part(claims)
	return text + "." + encode(p.signature([]byte(text)))
}

func (p *Provider) part(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		p.t.Error(err)
	}
	return encode(b)
}

func (p *Provider) signature(text []byte) []byte {
	sum := sha256.Sum256(text)
	rsaKey, ecKey := p.rsa, p.ecdsa
	var err error
	if p.forge {
		rsaKey, err = rsa.GenerateKey(rand.Reader, 2048)
		if err == nil {
			ecKey, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		}
	}
	if err != nil {
		p.t.Error(err)
		return nil
	}
	if p.algo == "RS256" {
		sig, err := rsa.SignPKCS1v15(rand.Reader, rsaKey, crypto.SHA256, sum[:])
		if err != nil {
			p.t.Error(err)
		}
		return sig
	}
	r, s, err := ecdsa.Sign(rand.Reader, ecKey, sum[:])
	if err != nil {
		p.t.Error(err)
		return nil
	}
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
}
