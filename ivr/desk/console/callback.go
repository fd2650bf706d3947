package console

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/vmihailenco/msgpack/v5"
	"golang.org/x/oauth2"
)

var errNoProvider = errors.New("no OIDC provider is configured")

const (
	attemptKind = "desk_oidc"
	attemptLife = 10 * time.Minute
)

// redirectToProvider begins a sign-in, or with again a step-up of that person.
func (c *Console) redirectToProvider(x *exchange, back string, again *person) error {
	if c.oidc == nil {
		return internal(errNoProvider)
	}
	start := x.cookie(c.startCookie())
	if start == "" {
		start = random()
		c.setCookie(x, c.startCookie(), start)
	}
	a := attempt{Nonce: random(), Verifier: oauth2.GenerateVerifier(), Browser: start, ReturnTo: back}
	if again != nil {
		a.Session, a.Account = again.id, again.Account
	}
	state := random()
	to, err := c.oidc.url(x.ctx, state, a)
	if err != nil {
		c.countSignIn(methodOIDC, signInUnavailable)
		return &fault{outcomeUnavailable, "Your institution's sign-in does not answer. Try again in a minute.", err}
	}
	body, err := msgpack.Marshal(&a)
	if err != nil {
		return internal(fmt.Errorf("encode sign-in: %w", err))
	}
	if err := c.Kept.Put(x.ctx, attemptKind, short(state), attemptLife, body); err != nil {
		c.countSignIn(methodOIDC, signInUnavailable)
		return unavailable(fmt.Errorf("keep sign-in: %w", err))
	}
	return x.Redirect(http.StatusSeeOther, to)
}

// callback is where the provider sends the browser back to.
func (c *Console) callback(x *exchange) error {
	p, back, how, err := c.finish(x)
	if err == nil {
		err = c.begin(x, p)
	}
	c.countSignIn(methodOIDC, how)
	if err != nil {
		return err
	}
	return x.Redirect(http.StatusSeeOther, back)
}

// finish is who comes back from the provider.
func (c *Console) finish(x *exchange) (p person, back string, how signIn, err error) {
	if c.oidc == nil {
		return p, "", signInInvalid, refuse(outcomeInvalid, "There is no such way to sign in.")
	}
	a, err := c.attempt(x)
	if err != nil {
		how = signInInvalid
		if outcomeOf(err) == outcomeUnavailable {
			how = signInUnavailable
		}
		return p, "", how, err
	}
	if x.QueryParam("error") != "" {
		return p, "", signInDenied, refuse(outcomeForbidden, "Your institution's sign-in did not let you in.")
	}
	got, err := c.oidc.redeem(x.ctx, x.QueryParam("code"), a)
	switch {
	case errors.Is(err, errProvider):
		return p, "", signInUnavailable, &fault{outcomeUnavailable, "Your institution's sign-in does not answer. Try again in a minute.", err}
	case err != nil:
		c.Logger.WarnContext(x.ctx, "desk sign-in refused", "error", err.Error())
		return p, "", signInInvalid, refuse(outcomeForbidden, "That sign-in does not fit. Start again.")
	}
	p, how, err = c.judge(got, a)
	return p, a.ReturnTo, how, err
}

// attempt takes the sign-in that a browser comes back from: once, and only the
// browser that began it.
func (c *Console) attempt(x *exchange) (a attempt, err error) {
	stale := refuse(outcomeInvalid, "That sign-in is too old, or was begun in another browser. Start again.")
	state := x.QueryParam("state")
	if state == "" {
		return a, stale
	}
	body, ok, err := c.Kept.Take(x.ctx, attemptKind, short(state))
	if err != nil {
		return a, unavailable(fmt.Errorf("take sign-in: %w", err))
	}
	if !ok {
		return a, stale
	}
	if err := msgpack.Unmarshal(body, &a); err != nil {
		return a, internal(fmt.Errorf("decode sign-in: %w", err))
	}
	// RFC 9207: the answer says whose it is, if it says anything.
	if iss := x.QueryParam("iss"); iss != "" && iss != c.OIDC.Issuer {
		return a, stale
	}
	if !same(x.cookie(c.startCookie()), a.Browser) {
		return a, stale
	}
	if a.Session != "" && (x.who == nil || x.who.id != a.Session) {
		return a, stale
	}
	return a, nil
}

// judge says what a token's holder may do here.
func (c *Console) judge(got claims, a attempt) (person, signIn, error) {
	now := c.Clock.Now()
	if !c.OIDC.mfa(got) {
		return person{}, signInNoMFA, refuse(outcomeForbidden, "The desk needs a sign-in with more than one factor, and this one had only one.")
	}
	p := person{
		Actor: "oidc:" + short(c.OIDC.Issuer+"\n"+got.Subject), Name: got.Name, Account: "oidc/" + c.OIDC.Issuer + "/" + got.Subject, Auth: got.AuthTime,
	}
	m, listed := c.member(func(m Member) bool { return m.signsIn(got) })
	if listed {
		p.Actor, p.Agent, p.Name, p.Role = m.ID, m.ID, m.Name, m.Role
	}
	if c.OIDC.RoleClaim != "" {
		p.Role = c.OIDC.role(got)
	}
	if p.Name == "" {
		p.Name = p.Role.String()
	}
	if p.Role == RoleNone {
		return person{}, signInNoRole, refuse(outcomeForbidden, "You are not of this desk's staff. Ask a lead.")
	}
	if a.Session == "" {
		return p, signInOK, nil
	}
	if p.Account != a.Account {
		return person{}, signInInvalid, refuse(outcomeForbidden, "That was somebody else. The one who is signed in has to confirm.")
	}
	if age := now.Sub(time.Unix(got.AuthTime, 0)); got.AuthTime == 0 || age > freshness || age < -skew {
		return person{}, signInStale, refuse(outcomeForbidden, "Your institution's sign-in did not ask you again.")
	}
	return p, signInOK, nil
}

// signsIn reports whether a token is this member's: by the subject, or by an
// address that the provider has verified.
func (m Member) signsIn(c claims) bool {
	if m.SignIn == "" {
		return false
	}
	return m.SignIn == c.Subject || c.EmailVerified && strings.EqualFold(m.SignIn, c.Email)
}
