package console

import (
	"context"
	"errors"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"
)

// maxBody bounds a form; ours have a few hundred bytes.
const maxBody = 16 << 10

// exchange is one request on its way through the door, and its answer.
type exchange struct {
	echo.Context
	ctx  context.Context //nolint:containedctx // the request's, for short
	who  *person         // nil: not signed in
	form url.Values      // of a POST
}

// door is the one way to a handler. Whatever the route, the headers are set, a
// POST is our own page's, and who comes in is known and may.
func (c *Console) door(r route) echo.HandlerFunc {
	return func(ec echo.Context) error {
		x := &exchange{Context: ec, ctx: ec.Request().Context()}
		c.setHeaders(x)
		err := c.admit(r, x)
		if err == nil {
			err = r.handler(c, x)
		}
		c.metrics.requests.WithLabelValues(r.name, outcomeOf(err).String()).Inc()
		if err == nil {
			return nil
		}
		return c.answerFault(r, x, err)
	}
}

// admit checks a request in the order in which it costs least.
func (c *Console) admit(r route, x *exchange) error {
	if r.method == http.MethodPost {
		if err := c.sameOrigin(x.Request()); err != nil {
			return err
		}
		if err := x.readForm(); err != nil {
			return err
		}
	}
	if site := x.Request().Header.Get("Sec-Fetch-Site"); r.quiet && site != "" && site != "same-origin" {
		return refuse(outcomeCrossSite, "That came from another site. Open the desk itself.")
	}
	var err error
	if x.who, err = c.signedIn(x, !r.quiet && x.QueryParam("auto") == ""); err != nil {
		return err
	}
	if r.need == RoleNone {
		return nil
	}
	if x.who == nil {
		return refuse(outcomeUnauthenticated, "Please sign in. Sessions end by themselves, and a lead can end them.")
	}
	if x.who.Role < r.need {
		return refuse(outcomeForbidden, "That is for leads.")
	}
	if r.method == http.MethodPost && !same(x.form.Get("token"), x.who.Token) {
		return refuse(outcomeCrossSite, "This form is too old. Go back, reload the page, and try again.")
	}
	return nil
}

// readForm reads a small form, once and strictly: nothing from the query.
func (x *exchange) readForm() error {
	req := x.Request()
	kind, _, err := mime.ParseMediaType(req.Header.Get(echo.HeaderContentType))
	if err != nil || kind != echo.MIMEApplicationForm {
		return refuse(outcomeInvalid, "That is not a form of ours.")
	}
	req.Body = http.MaxBytesReader(x.Response(), req.Body, maxBody)
	if err := req.ParseForm(); err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return refuse(outcomeTooLarge, "That is too much text.")
		}
		return refuse(outcomeInvalid, "That is not a form of ours.")
	}
	x.form = req.PostForm
	for _, values := range x.form {
		if len(values) != 1 {
			return refuse(outcomeInvalid, "That is not a form of ours.")
		}
	}
	return nil
}

// sameOrigin refuses a POST that another site has sent. Browsers say so in
// Sec-Fetch-Site, and older ones in Origin; who says neither is no browser. Our
// own pages tell no referrer, and then the Origin of a form of theirs is "null"
// (Fetch standard, "append a request Origin header").
func (c *Console) sameOrigin(r *http.Request) error {
	site, origin := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Origin")
	switch {
	case site != "" && site != "same-origin",
		origin != "" && origin != "null" && !c.ours(r, origin),
		site == "" && (origin == "" || origin == "null"):
		return refuse(outcomeCrossSite, "That came from another site. Open the desk itself.")
	}
	return nil
}

// ours reports whether an origin is our own. On loopback the name by which we
// are reached may be another one of loopback's.
func (c *Console) ours(r *http.Request, origin string) bool {
	if origin == c.origin {
		return true
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return !c.secure && loopback(host) && origin == "http://"+r.Host
}

// outcomeOf is what an error counts as.
func outcomeOf(err error) outcome {
	if err == nil {
		return outcomeOK
	}
	if f, ok := errors.AsType[*fault](err); ok {
		return f.outcome
	}
	return outcomeError
}

// answerFault answers a request that was not served. Only what an operator has
// to look at is logged.
func (c *Console) answerFault(r route, x *exchange, err error) error {
	f, ok := errors.AsType[*fault](err)
	if !ok {
		f = &fault{outcome: outcomeError, public: "Something went wrong here. It has been noted.", err: err}
	}
	if f.err != nil {
		c.Logger.ErrorContext(x.ctx, "desk request failed", "route", r.name, "outcome", f.outcome.String(), "error", f.err.Error())
	}
	if x.Response().Committed {
		return nil
	}
	if f.outcome == outcomeUnauthenticated {
		c.clearCookie(x, c.sessionCookie())
		if r.page {
			return x.Redirect(http.StatusSeeOther, pathSignIn+"?"+url.Values{"return_to": {x.Request().URL.Path}}.Encode())
		}
	}
	return c.render(x, f.outcome.status(), "fault", page{Title: "Not done", Data: f.public})
}

// setHeaders are on every answer, whatever it is.
func (c *Console) setHeaders(x *exchange) {
	h := x.Response().Header()
	actions := []string{"'self'"}
	if c.oidc != nil {
		actions = append(actions, c.oidc.origins()...) // Chromium checks where a form's answer leads, too
	}
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "+
		"form-action "+strings.Join(actions, " ")+"; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if c.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	}
}
