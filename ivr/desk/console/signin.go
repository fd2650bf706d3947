package console

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"ringback/sessions"
)

// Ten tries an hour, of an account and of an address.
const (
	maxTries   = 10
	tryWindow  = time.Hour
	noSuchName = "Wrong name or password."
)

// signInView is what the sign-in page shows.
type signInView struct {
	Token    string // ties the form to this browser
	ReturnTo string
	Local    bool
	OIDC     bool
	Problem  string
	Bye      bool
	StepUp   bool
}

// signInPage offers the ways to sign in. The cookie that it may set is the
// browser's own half of a secret; nothing is stored here.
func (c *Console) signInPage(x *exchange) error {
	return c.showSignIn(x, http.StatusOK, "", returnTo(x.QueryParam("return_to")))
}

func (c *Console) showSignIn(x *exchange, status int, problem, back string) error {
	start := x.cookie(c.startCookie())
	if start == "" {
		start = random()
		c.setCookie(x, c.startCookie(), start)
	}
	return c.render(x, status, "signin", page{Title: "Sign in", Data: signInView{
		Token: formToken(start), ReturnTo: back, Local: len(c.accounts.byID) > 0, OIDC: c.oidc != nil,
		Problem: problem, Bye: x.QueryParam("bye") != "",
	}})
}

// formToken is the other half: it goes into the form, and only a page of ours
// could put it there.
func formToken(start string) string {
	sum := sha256.Sum256([]byte("ringback desk form\n" + start))
	return hex.EncodeToString(sum[:])
}

// started refuses a sign-in form that was not shown to this browser, so that
// nobody can be signed in as somebody else.
func (c *Console) started(x *exchange) error {
	start := x.cookie(c.startCookie())
	if start == "" || !same(x.form.Get("token"), formToken(start)) {
		return refuse(outcomeCrossSite, "This form is too old, or cookies are off. Open the sign-in page again.")
	}
	return nil
}

// signInLocal signs in by a local account.
func (c *Console) signInLocal(x *exchange) error {
	if err := c.started(x); err != nil {
		c.countSignIn(methodLocal, signInInvalid)
		return err
	}
	back := returnTo(x.form.Get("return_to"))
	a, how, err := c.checkAccount(x, strings.TrimSpace(x.form.Get("name")), x.form.Get("password"))
	c.countSignIn(methodLocal, how)
	if err != nil {
		return err
	}
	switch how {
	case signInOK:
	case signInLimited:
		c.Logger.WarnContext(x.ctx, "desk sign-in limited")
		return c.showSignIn(x, http.StatusTooManyRequests, "Too many tries. Wait an hour, or ask a lead.", back)
	default:
		return c.showSignIn(x, http.StatusUnauthorized, noSuchName, back)
	}
	p := person{Actor: a.ID, Name: a.Name, Role: a.Role, Local: true, Account: "local/" + a.ID, Auth: c.Clock.Now().Unix()}
	if m, ok := c.member(func(m Member) bool { return m.ID == a.ID }); ok {
		p.Agent = m.ID
	}
	if err := c.begin(x, p); err != nil {
		return err
	}
	return x.Redirect(http.StatusSeeOther, back)
}

// checkAccount counts a try before it compares, and takes the count back when it
// was right.
func (c *Console) checkAccount(x *exchange, id, password string) (Account, signIn, error) {
	if len(c.accounts.byID) == 0 || len(id) > 64 || len(password) > maxPassword {
		return Account{}, signInDenied, nil
	}
	limits := []sessions.Limit{
		{Key: "desk.sign_in.account." + short(id), Max: maxTries, Window: tryWindow},
		{Key: "desk.sign_in.address." + short(address(x.Request())), Max: maxTries, Window: tryWindow},
	}
	ok, _, err := c.Limiter.Reserve(x.ctx, limits)
	if err != nil {
		return Account{}, signInUnavailable, unavailable(fmt.Errorf("limit sign-ins: %w", err))
	}
	if !ok {
		return Account{}, signInLimited, nil
	}
	a, ok, err := c.accounts.match(x.ctx, id, password)
	if err != nil {
		return Account{}, signInUnavailable, unavailable(err)
	}
	if !ok {
		return Account{}, signInDenied, nil
	}
	for _, l := range limits {
		if err := c.Limiter.Forget(x.ctx, l.Key); err != nil {
			return Account{}, signInUnavailable, unavailable(fmt.Errorf("limit sign-ins: %w", err))
		}
	}
	return a, signInOK, nil
}

func (c *Console) member(is func(Member) bool) (Member, bool) {
	if i := slices.IndexFunc(c.Staff, is); i >= 0 {
		return c.Staff[i], true
	}
	return Member{}, false
}

func (c *Console) countSignIn(m method, s signIn) {
	c.metrics.signIns.WithLabelValues(m.String(), s.String()).Inc()
}

// short is a hash that stands for a name or an address in a key.
func short(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:12])
}

// address is where a request comes from. Headers that a proxy may add are not
// read: anybody could.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// stepUpView is what the step-up page shows.
type stepUpView struct {
	ReturnTo string
	Fresh    bool
	May      bool
	Until    time.Time
	Local    bool
}

// stepUpPage says whether the sign-in is fresh enough to approve.
func (c *Console) stepUpPage(x *exchange) error {
	now := c.Clock.Now()
	v := stepUpView{
		ReturnTo: returnTo(x.QueryParam("return_to")), Fresh: x.who.fresh(now), May: c.mayDecide(x.who),
		Until: time.Unix(x.who.Auth, 0).Add(freshness), Local: x.who.Local,
	}
	return c.render(x, http.StatusOK, "stepup", page{Title: "Confirm that it is you", Data: v})
}

// stepUp has the person sign in once more: at the provider, which must ask again,
// or by the local account's password.
func (c *Console) stepUp(x *exchange) error {
	back := returnTo(x.form.Get("return_to"))
	if !x.who.Local {
		return c.redirectToProvider(x, back, x.who)
	}
	if !c.mayDecide(x.who) {
		return refuse(outcomeForbidden, "A local account can neither change numbers nor approve.")
	}
	a, how, err := c.checkAccount(x, x.who.Actor, x.form.Get("password"))
	c.countSignIn(methodLocal, how)
	if err != nil {
		return err
	}
	if how != signInOK || "local/"+a.ID != x.who.Account {
		return refuse(outcomeForbidden, "That was not the right password.")
	}
	p := *x.who
	p.Auth = c.Clock.Now().Unix()
	if err := c.begin(x, p); err != nil {
		return err
	}
	return x.Redirect(http.StatusSeeOther, back)
}

// signInOIDC sends the browser to the provider.
func (c *Console) signInOIDC(x *exchange) error {
	if err := c.started(x); err != nil {
		c.countSignIn(methodOIDC, signInInvalid)
		return err
	}
	return c.redirectToProvider(x, returnTo(x.form.Get("return_to")), nil)
}
