package console

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"time"

	"github.com/vmihailenco/msgpack/v5"
)

// freshness is how old a sign-in may be for what needs a fresh one.
const freshness = 5 * time.Minute

// person is who is signed in, as the session keeps it: msgpack, names are short
// and are never reused.
type person struct {
	Actor   string `msgpack:"a"`           // what the audit names
	Agent   string `msgpack:"g,omitempty"` // of the floor; "": takes no calls
	Name    string `msgpack:"n"`
	Role    Role   `msgpack:"r"`
	Local   bool   `msgpack:"l,omitempty"` // signed in by a local account, for trying out
	Account string `msgpack:"c"`           // what the sign-in knows the person by
	Auth    int64  `msgpack:"t"`           // Unix seconds of the sign-in itself; 0: not told
	Token   string `msgpack:"k"`           // of the session's forms

	id string // of the session
}

// fresh reports whether the sign-in is young enough for an approval.
func (p *person) fresh(now time.Time) bool {
	return p.Auth != 0 && now.Sub(time.Unix(p.Auth, 0)) <= freshness
}

// mayDecide reports whether the session may change numbers and approve at all.
func (c *Console) mayDecide(p *person) bool { return !p.Local || c.TrustLocal }

// sessionCookie and startCookie are the names of our two cookies: the session's,
// and that of a browser which is about to sign in. With the prefix no other host
// or path can set them.
func (c *Console) sessionCookie() string { return c.cookieName("ringback_desk") }
func (c *Console) startCookie() string   { return c.cookieName("ringback_desk_start") }

func (c *Console) cookieName(name string) string {
	if c.secure {
		return "__Host-" + name
	}
	return name
}

// setCookie sets one for as long as the browser runs. Lax and not Strict: the
// OIDC provider sends people back to us.
func (c *Console) setCookie(x *exchange, name, value string) {
	x.SetCookie(&http.Cookie{
		Name: name, Value: value, Path: "/", Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func (c *Console) clearCookie(x *exchange, name string) {
	x.SetCookie(&http.Cookie{
		Name: name, Path: "/", MaxAge: -1, Secure: c.secure, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// cookie is the value of a cookie, "" when there is none or there are two.
func (x *exchange) cookie(name string) string {
	value := ""
	for i, k := range x.Request().CookiesNamed(name) {
		if i > 0 {
			return ""
		}
		value = k.Value
	}
	return value
}

// signedIn is who the cookie's session belongs to; nil without one.
func (c *Console) signedIn(x *exchange, use bool) (*person, error) {
	token := x.cookie(c.sessionCookie())
	if token == "" {
		return nil, nil //nolint:nilnil // nobody is no error
	}
	s, ok, err := c.Sessions.Get(x.ctx, token, use)
	if err != nil {
		return nil, unavailable(fmt.Errorf("read session: %w", err))
	}
	if !ok {
		return nil, nil //nolint:nilnil // as above
	}
	p, err := decodePerson(s.Body)
	if err != nil {
		return nil, internal(err)
	}
	p.id = s.ID
	return p, nil
}

func decodePerson(body []byte) (*person, error) {
	var p person
	if err := msgpack.Unmarshal(body, &p); err != nil {
		return nil, fmt.Errorf("decode session: %w", err)
	}
	return &p, nil
}

// begin signs somebody in: always with a new token, so that one that was planted
// or seen before is worth nothing. The session before it ends.
func (c *Console) begin(x *exchange, p person) error {
	p.Token = random()
	body, err := msgpack.Marshal(&p)
	if err != nil {
		return internal(fmt.Errorf("encode session: %w", err))
	}
	token, err := c.Sessions.Start(x.ctx, p.Actor, body, c.Idle, c.Absolute)
	if err != nil {
		return unavailable(fmt.Errorf("start session: %w", err))
	}
	if x.who != nil {
		if _, err := c.Sessions.End(x.ctx, x.who.id); err != nil {
			return unavailable(fmt.Errorf("end session: %w", err))
		}
	}
	c.clearCookie(x, c.startCookie())
	c.setCookie(x, c.sessionCookie(), token)
	c.Logger.InfoContext(x.ctx, "desk sign-in", "actor", p.Actor, "role", p.Role.String(), "local", p.Local)
	return nil
}

// signOut ends the session.
func (c *Console) signOut(x *exchange) error {
	if _, err := c.Sessions.End(x.ctx, x.who.id); err != nil {
		return unavailable(fmt.Errorf("end session: %w", err))
	}
	c.clearCookie(x, c.sessionCookie())
	c.Logger.InfoContext(x.ctx, "desk sign-out", "actor", x.who.Actor)
	return x.Redirect(http.StatusSeeOther, pathSignIn+"?bye=1")
}

// random is 256 random bits as text.
func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails, see its documentation
	return base64.RawURLEncoding.EncodeToString(b)
}

// same compares in constant time; nothing is not the same as nothing.
func same(a, b string) bool {
	return a != "" && subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
